#include "explore/space.h"

#include <string.h>

#define MAX_WORKLOADS 64
#define MAX_VALUES 256

const char *const simdit_parameter_names[SIMDIT_N_PARAMETERS] = {
  [SIMDIT_PARAMETER_WBUF] = "wbuf_kib",         [SIMDIT_PARAMETER_IBUF] = "ibuf_kib",
  [SIMDIT_PARAMETER_OBUF] = "obuf_kib",         [SIMDIT_PARAMETER_VMEM] = "vmem_kib",
  [SIMDIT_PARAMETER_PARAM_PORT] = "param_port", [SIMDIT_PARAMETER_IBUF_PORT] = "ibuf_port",
  [SIMDIT_PARAMETER_OBUF_PORT] = "obuf_port",   [SIMDIT_PARAMETER_SIMD_PORT] = "simd_port",
};

uint64_t
simdit_parameter_max (SimditParameter parameter)
{
  return parameter < SIMDIT_N_SRAM_PARAMETERS ? SIMDIT_MAX_SRAM_KIB : SIMDIT_MAX_BANDWIDTH;
}

static void
clear_workload (gpointer data)
{
  SimditSpaceWorkload *workload = data;

  g_free (workload->net);
  g_free (workload->phase);
}

void
simdit_space_free (SimditSpace *self)
{
  if (self == NULL)
    return;
  for (guint p = 0; p < SIMDIT_N_PARAMETERS; p++)
    g_clear_pointer (&self->ranges[p].values, g_array_unref);
  g_array_unref (self->workloads);
  g_free (self->source);
  g_free (self);
}

/* An optional integer; @value keeps what it has. */
static bool
read_uint (const SimditJson *object, const char *key, uint64_t max, uint64_t *value, GError **error)
{
  SimditJson member = simdit_json_member (object, key);

  return member.node == NULL || simdit_json_uint (&member, 1, max, value, error);
}

static bool
read_workload (SimditSpace *self, const SimditJson *object, GError **error)
{
  static const char *const keys[] = { "net", "phase", "batch", "weight" };
  SimditSpaceWorkload workload = { .batch = 1, .weight = 1 };
  SimditJson member;
  const char *net, *phase = NULL;

  if (!simdit_json_expect_object (object, error)
      || !simdit_json_check_keys (object, keys, G_N_ELEMENTS (keys), error)
      || !simdit_json_require (object, "net", &member, error)
      || !simdit_json_string (&member, &net, error)
      || !read_uint (object, "batch", SIMDIT_MAX_BATCH, &workload.batch, error)
      || !read_uint (object, "weight", SIMDIT_MAX_WEIGHT, &workload.weight, error))
    return false;
  member = simdit_json_member (object, "phase");
  if (member.node != NULL && !simdit_json_string (&member, &phase, error))
    return false;
  if (phase != NULL && !g_str_equal (phase, "inference") && !g_str_equal (phase, "training"))
    return simdit_json_fail (&member, error, "expected \"inference\" or \"training\", got \"%s\"",
                             phase);
  workload.net = g_strdup (net);
  workload.phase = g_strdup (phase);
  g_array_append_val (self->workloads, workload);
  return true;
}

static bool
read_workloads (SimditSpace *self, const SimditJson *root, GError **error)
{
  SimditJson list = simdit_json_member (root, "workloads");
  guint n = 0;

  if (list.node == NULL)
    return true;
  if (!simdit_json_expect_array (&list, &n, error))
    return false;
  if (n < 1 || n > MAX_WORKLOADS)
    return simdit_json_fail (&list, error, "expected 1 to %d workloads, got %u", MAX_WORKLOADS, n);
  for (guint i = 0; i < n; i++)
    {
      SimditJson element = simdit_json_element (&list, i);

      if (!read_workload (self, &element, error))
        return false;
    }
  return true;
}

static bool
read_values (SimditRange *range, const SimditJson *list, uint64_t max, GError **error)
{
  uint64_t value, last = 0;
  guint n;

  if (!simdit_json_expect_array (list, &n, error))
    return false;
  if (n < 1 || n > MAX_VALUES)
    return simdit_json_fail (list, error, "expected 1 to %d values, got %u", MAX_VALUES, n);
  range->values = g_array_new (FALSE, FALSE, sizeof (uint64_t));
  for (guint i = 0; i < n; i++)
    {
      SimditJson element = simdit_json_element (list, i);

      if (!simdit_json_uint (&element, last + 1, max, &value, error))
        return false;
      g_array_append_val (range->values, value);
      last = value;
    }
  return true;
}

/* A value, a list of values, or limits of the grid's. */
static bool
read_range (SimditRange *range, const SimditJson *member, uint64_t max, GError **error)
{
  static const char *const keys[] = { "min", "max" };
  uint64_t value;

  if (JSON_NODE_HOLDS_ARRAY (member->node))
    return read_values (range, member, max, error);
  if (JSON_NODE_HOLDS_OBJECT (member->node))
    {
      if (!simdit_json_check_keys (member, keys, G_N_ELEMENTS (keys), error)
          || !read_uint (member, "min", max, &range->min, error)
          || !read_uint (member, "max", max, &range->max, error))
        return false;
      return range->min <= range->max
             || simdit_json_fail (member, error, "expected min to be at most max");
    }
  if (!simdit_json_uint (member, 1, max, &value, error))
    return false;
  range->values = g_array_new (FALSE, FALSE, sizeof (uint64_t));
  g_array_append_val (range->values, value);
  return true;
}

static bool
read_parameters (SimditSpace *self, const SimditJson *root, GError **error)
{
  SimditJson parameters = simdit_json_member (root, "parameters");

  if (parameters.node == NULL)
    return true;
  if (!simdit_json_expect_object (&parameters, error)
      || !simdit_json_check_keys (&parameters, simdit_parameter_names, SIMDIT_N_PARAMETERS, error))
    return false;
  for (guint p = 0; p < SIMDIT_N_PARAMETERS; p++)
    {
      SimditJson member = simdit_json_member (&parameters, simdit_parameter_names[p]);

      if (member.node != NULL
          && !read_range (&self->ranges[p], &member, simdit_parameter_max (p), error))
        return false;
    }
  return true;
}

SimditSpace *
simdit_space_parse (const char *text, gssize length, const char *name, GError **error)
{
  static const char *const keys[] = { "workloads", "parameters" };
  g_autoptr (SimditJsonDocument) document = simdit_json_parse (text, length, name, error);
  g_autoptr (SimditSpace) self = NULL;
  SimditJson root;

  if (document == NULL)
    return NULL;
  root = simdit_json_root (document);
  self = g_new0 (SimditSpace, 1);
  self->source = length < 0 ? g_strdup (text) : g_strndup (text, (gsize) length);
  self->workloads = g_array_new (FALSE, FALSE, sizeof (SimditSpaceWorkload));
  g_array_set_clear_func (self->workloads, clear_workload);
  for (guint p = 0; p < SIMDIT_N_PARAMETERS; p++)
    self->ranges[p] = (SimditRange){ 1, simdit_parameter_max (p), NULL };
  if (!simdit_json_check_keys (&root, keys, G_N_ELEMENTS (keys), error)
      || !read_workloads (self, &root, error) || !read_parameters (self, &root, error))
    return NULL;
  return g_steal_pointer (&self);
}

SimditSpace *
simdit_space_load (const char *path, GError **error)
{
  g_autofree char *text = NULL;
  gsize length;

  if (!simdit_json_read_file (path, &text, &length, error))
    return NULL;
  return simdit_space_parse (text, (gssize) length, path, error);
}

static const SimditSpaceWorkload *
workload_at (const SimditSpace *self, guint i)
{
  return &g_array_index (self->workloads, SimditSpaceWorkload, i);
}

guint
simdit_space_get_n_workloads (const SimditSpace *self)
{
  return self->workloads->len;
}

const char *
simdit_space_get_net (const SimditSpace *self, guint i)
{
  return workload_at (self, i)->net;
}

const char *
simdit_space_get_phase (const SimditSpace *self, guint i)
{
  return workload_at (self, i)->phase;
}

uint64_t
simdit_space_get_batch (const SimditSpace *self, guint i)
{
  return workload_at (self, i)->batch;
}

uint64_t
simdit_space_get_weight (const SimditSpace *self, guint i)
{
  return workload_at (self, i)->weight;
}
