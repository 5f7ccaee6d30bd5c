#include "model/fusion.h"

#include <simdit/error.h>

#define NONE (-1)

static const SimditOperator *
operator_at (const SimditNetwork *network, gint64 index)
{
  return simdit_network_layer (network, (guint) index)->op;
}

static bool
fail_search (const SimditNetwork *network, guint index, const char *where, GError **error)
{
  const SimditLayer *layer = simdit_network_layer (network, index);

  g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_UNSUPPORTED,
               "%s: layer %u \"%s\" (%s): no layer %s it can be part of a fused pair; expected one "
               "unless this layer is the %s",
               network->name, index, layer->name, layer->op->name, where,
               g_str_equal (where, "after") ? "last" : "first");
  return false;
}

static bool
find_next (const SimditNetwork *network, guint index, gint64 *found, GError **error)
{
  gint64 n = network->layers->len, at = (gint64) index + 1;

  *found = NONE;
  if (at == n && index > 0)
    return true;
  while (at < n && operator_at (network, at)->fusion == SIMDIT_FUSION_SKIPPED)
    at++;
  *found = at;
  return at < n || fail_search (network, index, "after", error);
}

/* Beyond the first layer the reference goes on from the last, until it has seen all. */
static bool
find_previous (const SimditNetwork *network, guint index, gint64 *found, GError **error)
{
  gint64 n = network->layers->len, at = (gint64) index - 1;

  *found = NONE;
  if (index == 0)
    return true;
  while (at >= -n && operator_at (network, at < 0 ? at + n : at)->fusion == SIMDIT_FUSION_SKIPPED)
    at--;
  *found = at < 0 ? at + n : at;
  return at >= -n || fail_search (network, index, "before", error);
}

static bool
is_first (SimditFusion fusion)
{
  return fusion == SIMDIT_FUSION_CONV || fusion == SIMDIT_FUSION_GEMM;
}

static bool
check_pair (const SimditNetwork *network, guint first, guint second, GError **error)
{
  const SimditLayer *a = simdit_network_layer (network, first);
  const SimditLayer *b = simdit_network_layer (network, second);
  bool conv = a->op->fusion == SIMDIT_FUSION_CONV;

  if (b->op->fusion == SIMDIT_FUSION_AFTER_ANY
      || b->op->fusion == (conv ? SIMDIT_FUSION_AFTER_CONV : SIMDIT_FUSION_AFTER_GEMM))
    return true;
  g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_UNSUPPORTED,
               "%s: layer %u \"%s\" (%s) and layer %u \"%s\" (%s) cannot be fused; expected %s",
               network->name, first, a->name, a->op->name, second, b->name, b->op->name,
               conv ? "relu, elem_add, mean_var or sgd4d after a convolution"
                    : "sgd2d after a GEMM");
  return false;
}

static bool
set_fused (const SimditNetwork *network, guint index, bool *fused, GError **error)
{
  SimditFusion fusion = operator_at (network, index)->fusion;
  gint64 next, previous;

  if (!find_next (network, index, &next, error)
      || !find_previous (network, index, &previous, error))
    return false;
  fused[index] = false;
  if (fusion == SIMDIT_FUSION_SKIPPED)
    return true;
  if (is_first (fusion))
    {
      fused[index] = next != NONE && !is_first (operator_at (network, next)->fusion);
      return !fused[index] || check_pair (network, index, (guint) next, error);
    }
  fused[index] = previous != NONE && is_first (operator_at (network, previous)->fusion);
  return !fused[index] || check_pair (network, (guint) previous, index, error);
}

bool
simdit_fusion_find (const SimditNetwork *network, bool *fused, GError **error)
{
  for (guint i = 0; i < network->layers->len; i++)
    if (!set_fused (network, i, fused, error))
      return false;
  return true;
}
