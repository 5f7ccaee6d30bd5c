/*
 * SimDIT network specs: {"mode", "program": [{"operation", "iterable_dimensions",
 * "operation_parameters", "inputs", "outputs"}]} (reference model section 2). Everything that the
 * original ignores while it tiles by itself is ignored here too.
 */
#include "workload/network-private.h"

#include <simdit/error.h>
#include <string.h>

#define MAX_KEYS 16

static bool
read_dimensions (SimditLayer *layer, const SimditJson *dimensions, GError **error)
{
  const char *known[MAX_KEYS];
  gsize n = 0;

  for (const SimditSpecKey *key = layer->op->spec_keys; key->key != NULL; key++)
    known[n++] = key->key;
  if (!simdit_json_check_keys (dimensions, known, n, error))
    return false;
  for (const SimditSpecKey *key = layer->op->spec_keys; key->key != NULL; key++)
    {
      SimditJson member = simdit_json_member (dimensions, key->key);
      uint64_t extent;

      if (member.node == NULL && key->optional)
        continue;
      if (!simdit_json_require (dimensions, key->key, &member, error)
          || !simdit_json_uint (&member, 1, SIMDIT_MAX_EXTENT, &extent, error))
        return false;
      if (key->dim != SIMDIT_N_DIMS)
        layer->extents.of[key->dim] = extent;
    }
  return true;
}

static bool
read_stride (SimditLayer *layer, const SimditJson *entry, GError **error)
{
  SimditJson parameters, stride;

  if (layer->op->spec_stride == NULL)
    return true;
  return simdit_json_require (entry, "operation_parameters", &parameters, error)
         && simdit_json_expect_object (&parameters, error)
         && simdit_json_require (&parameters, layer->op->spec_stride, &stride, error)
         && simdit_json_uint (&stride, 1, SIMDIT_MAX_EXTENT, &layer->stride, error);
}

/* Word @index (from the end when negative) of a tensor's data_path must be @expected. */
static bool
check_path_end (const SimditJson *tensor, bool last, const char *expected, GError **error)
{
  SimditJson path, word;
  const char *got;
  guint length;

  if (!simdit_json_expect_object (tensor, error)
      || !simdit_json_require (tensor, "data_path", &path, error)
      || !simdit_json_expect_array (&path, &length, error))
    return false;
  if (length == 0)
    return simdit_json_fail (&path, error, "expected a path, got an empty array");
  word = simdit_json_element (&path, last ? length - 1 : 0);
  if (!simdit_json_string (&word, &got, error))
    return false;
  return g_str_equal (got, expected)
         || simdit_json_fail (&word, error, "expected \"%s\", got \"%s\"", expected, got);
}

/* Every tensor comes from DRAM and goes back there, through the unit of the operation. */
static bool
check_data_paths (const SimditLayer *layer, const SimditJson *entry, GError **error)
{
  const char *unit = simdit_operator_is_systolic (layer->op) ? "pe_array" : "SIMD";
  SimditJson inputs, outputs, output;
  guint n;

  if (!simdit_json_require (entry, "inputs", &inputs, error)
      || !simdit_json_expect_array (&inputs, &n, error))
    return false;
  if (n < layer->op->n_inputs)
    return simdit_json_fail (&inputs, error, "expected at least %u inputs, got %u",
                             layer->op->n_inputs, n);
  for (guint i = 0; i < layer->op->n_inputs; i++)
    {
      SimditJson input = simdit_json_element (&inputs, i);

      if (!check_path_end (&input, false, "DRAM", error)
          || (i == 0 && !check_path_end (&input, true, unit, error)))
        return false;
    }
  if (!simdit_json_require (entry, "outputs", &outputs, error)
      || !simdit_json_expect_array (&outputs, &n, error))
    return false;
  if (n == 0)
    return simdit_json_fail (&outputs, error, "expected an output, got an empty array");
  output = simdit_json_element (&outputs, 0);
  return check_path_end (&output, true, "DRAM", error);
}

static const SimditOperator *
find_operator (const SimditJson *entry, SimditMode mode, GError **error)
{
  SimditJson member;
  const SimditOperator *row;
  const char *operation;

  if (!simdit_json_expect_object (entry, error)
      || !simdit_json_require (entry, "operation", &member, error)
      || !simdit_json_string (&member, &operation, error))
    return NULL;
  row = simdit_operator_find (operation, true);
  if (row == NULL)
    {
      simdit_json_fail (&member, error, "nothing models the operation \"%s\"; did you mean \"%s\"?",
                        operation, simdit_operator_nearest (operation, true));
      return NULL;
    }
  if (row->training_only && mode != SIMDIT_MODE_TRAINING)
    {
      simdit_json_fail (&member, error,
                        "the operation \"%s\" is modelled in specs of mode \"training\" only",
                        operation);
      return NULL;
    }
  return row;
}

/* A spec has no phases; its backward pass begins with the first gradient. */
static bool
is_gradient (const SimditOperator *row)
{
  return strstr (row->name, "_grad") != NULL;
}

static bool
read_layer (SimditNetwork *self, const SimditJson *entry, bool *backward, GError **error)
{
  const SimditOperator *row = find_operator (entry, self->mode, error);
  g_autofree char *name = NULL;
  SimditJson dimensions;
  SimditLayer *layer;

  if (row == NULL)
    return false;
  name = g_strdup_printf ("%s_%u", row->name, self->layers->len);
  g_array_set_size (self->layers, self->layers->len + 1);
  layer = &g_array_index (self->layers, SimditLayer, self->layers->len - 1);
  simdit_layer_init (layer, name, row);
  if (row->fixed != NULL)
    layer->extents = row->fixed->extents;
  if (row->spec_keys != NULL
      && !(simdit_json_require (entry, "iterable_dimensions", &dimensions, error)
           && read_dimensions (layer, &dimensions, error) && read_stride (layer, entry, error)
           && check_data_paths (layer, entry, error)))
    return false;
  simdit_extents_set_input (&layer->extents, layer->stride);
  simdit_layer_place_batch (layer, self->mode);
  *backward |= is_gradient (row);
  simdit_layer_set_stage (layer, *backward);
  simdit_network_set_class (self, layer);
  return true;
}

bool
simdit_spec_read (SimditNetwork *self, const SimditJson *root, GError **error)
{
  SimditJson mode, program;
  bool backward = false;
  const char *word;
  guint n;

  self->is_spec = true;
  if (!simdit_json_require (root, "mode", &mode, error)
      || !simdit_json_string (&mode, &word, error))
    return false;
  if (!g_str_equal (word, "inference") && !g_str_equal (word, "training"))
    return simdit_json_fail (&mode, error, "expected \"inference\" or \"training\", got \"%s\"",
                             word);
  self->mode = g_str_equal (word, "training") ? SIMDIT_MODE_TRAINING : SIMDIT_MODE_INFERENCE;
  if (!simdit_json_require (root, "program", &program, error)
      || !simdit_json_expect_array (&program, &n, error))
    return false;
  if (n == 0)
    return simdit_json_fail (&program, error, "expected at least one layer, got an empty array");
  for (guint i = 0; i < n; i++)
    {
      SimditJson entry = simdit_json_element (&program, i);

      if (!read_layer (self, &entry, &backward, error))
        return false;
    }
  return true;
}
