#include "explore/request.h"

#include "energy/model.h"
#include "workload/network-private.h"

#include <math.h>
#include <simdit/error.h>

#define FORMAT "simdit-exploration-request"
#define MAX_TOP 1000
#define MAX_ITEMS 64                  /* budgets of a kind, arrays, workloads */
#define MAX_AREA (UINT64_C (1) << 50) /* [um2] */
#define UM2_OF_MM2 1e6

void
simdit_request_free (SimditRequest *self)
{
  if (self == NULL)
    return;
  g_free (self->text);
  g_free (self->digest);
  simdit_machine_free (self->machine);
  simdit_space_free (self->space);
  g_clear_pointer (&self->networks, g_ptr_array_unref);
  g_clear_pointer (&self->workloads, g_array_unref);
  g_clear_pointer (&self->arrays, g_array_unref);
  g_clear_pointer (&self->sram_budgets, g_array_unref);
  g_clear_pointer (&self->bandwidth_budgets, g_array_unref);
  simdit_energy_table_free (self->energy);
  g_free (self);
}

/* ---- options to text ---- */

static void
append_string (GString *text, const char *key, const char *value)
{
  g_autofree char *quoted = simdit_json_string_text (value);

  g_string_append_printf (text, "\"%s\": %s,\n", key, quoted);
}

static void
append_count (GString *text, const char *key, uint64_t value)
{
  g_string_append_printf (text, "\"%s\": %" G_GUINT64_FORMAT ",\n", key, value);
}

static void
append_list (GString *text, const char *key, const uint64_t *values, guint n)
{
  g_string_append_printf (text, "\"%s\": [", key);
  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "%s%" G_GUINT64_FORMAT, i > 0 ? ", " : "", values[i]);
  g_string_append (text, "],\n");
}

static void
append_workload (GString *text, const SimditWorkload *workload)
{
  const SimditNetwork *network = workload->network;

  g_string_append (text, "{");
  append_string (text, "file", network->file != NULL ? network->file : network->name);
  append_string (text, "source", network->source);
  append_count (text, "expanded", network->expanded);
  append_count (text, "expansion", network->training.expansion);
  append_count (text, "optimizer", network->training.optimizer);
  append_count (text, "weight_decay", network->training.weight_decay);
  append_count (text, "batch", workload->batch);
  g_string_append_printf (text, "\"weight\": %" G_GUINT64_FORMAT "}", workload->weight);
}

static void
append_arrays (GString *text, const SimditExploreOptions *options)
{
  uint64_t values[2 * MAX_ITEMS];
  guint n = 1;

  simdit_machine_get_array (options->machine, &values[0], &values[1]);
  if (options->arrays != NULL)
    for (n = 0; n < options->n_arrays && n < MAX_ITEMS; n++)
      {
        values[2 * n] = options->arrays[n][0];
        values[2 * n + 1] = options->arrays[n][1];
      }
  append_list (text, "arrays", values, 2 * n);
}

/* Only where there is any, so that the text of other explorations is as ever. */
static void
append_energy (GString *text, const SimditExploreOptions *options)
{
  const SimditEnergyTable *table = options->energy;

  if (table != NULL)
    {
      append_string (text, "energy_file", table->file);
      append_string (text, "energy_memory", table->memory != NULL ? table->memory : "");
      append_string (text, "energy", table->source);
    }
  if (options->area_budget > 0)
    append_count (text, "area_budget_um2",
                  (uint64_t) MIN (options->area_budget * UM2_OF_MM2 + 0.5, (double) MAX_AREA));
}

static char *
text_of (const SimditExploreOptions *options)
{
  g_autoptr (GString) text = g_string_new ("{");
  g_autofree char *machine = simdit_machine_to_json (options->machine);

  append_string (text, "format", FORMAT);
  append_string (text, "machine_name", simdit_machine_get_name (options->machine));
  append_string (text, "machine", machine);
  append_arrays (text, options);
  append_list (text, "sram_budgets", options->sram_budgets, options->n_sram_budgets);
  append_list (text, "bandwidth_budgets", options->bandwidth_budgets, options->n_bandwidth_budgets);
  append_count (text, "grid", options->grid);
  append_count (text, "sram_step", options->sram_step);
  append_count (text, "bandwidth_step", options->bandwidth_step);
  append_count (text, "compatible", options->compatible);
  append_count (text, "best_only", options->best_only);
  append_count (text, "objective", options->objective);
  append_count (text, "top", options->top);
  append_energy (text, options);
  append_string (text, "space", options->space != NULL ? options->space->source : "{}");
  g_string_append (text, "\"workloads\": [");
  for (guint i = 0; i < options->n_workloads; i++)
    {
      g_string_append (text, i > 0 ? ",\n" : "");
      append_workload (text, &options->workloads[i]);
    }
  g_string_append (text, "]}\n");
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* ---- text to request ---- */

static bool
read_count (const SimditJson *object, const char *key, uint64_t max, uint64_t *value,
            GError **error)
{
  SimditJson member;

  return simdit_json_require (object, key, &member, error)
         && simdit_json_uint (&member, 0, max, value, error);
}

static bool
read_text (const SimditJson *object, const char *key, const char **value, GError **error)
{
  SimditJson member;

  return simdit_json_require (object, key, &member, error)
         && simdit_json_text (&member, value, error);
}

static bool
read_list (const SimditJson *root, const char *key, uint64_t max, GArray **list, GError **error)
{
  SimditJson member;
  uint64_t value;
  guint n = 0;

  *list = g_array_new (FALSE, FALSE, sizeof (uint64_t));
  if (!simdit_json_require (root, key, &member, error)
      || !simdit_json_expect_array (&member, &n, error))
    return false;
  if (n < 1 || n > 2 * MAX_ITEMS)
    return simdit_json_fail (&member, error, "expected 1 to %d numbers, got %u", MAX_ITEMS, n);
  for (guint i = 0; i < n; i++)
    {
      SimditJson element = simdit_json_element (&member, i);

      if (!simdit_json_uint (&element, 1, max, &value, error))
        return false;
      g_array_append_val (*list, value);
    }
  return true;
}

static bool
read_arrays (SimditRequest *self, const SimditJson *root, GError **error)
{
  g_autoptr (GArray) numbers = NULL;

  self->arrays = g_array_new (FALSE, FALSE, sizeof (SimditArrayShape));
  if (!read_list (root, "arrays", 65536, &numbers, error))
    return false;
  for (guint i = 0; i + 1 < numbers->len; i += 2)
    {
      SimditArrayShape shape = { g_array_index (numbers, uint64_t, i),
                                 g_array_index (numbers, uint64_t, i + 1) };

      g_array_append_val (self->arrays, shape);
    }
  return true;
}

/* The network as it was when the request was made: expanded again where it was a forward graph. */
static SimditNetwork *
read_network (const SimditJson *object, GError **error)
{
  g_autoptr (SimditNetwork) forward = NULL;
  SimditTrainingOptions training = SIMDIT_TRAINING_OPTIONS_INIT;
  uint64_t expanded, expansion, optimizer, decay;
  const char *source, *file;

  if (!read_text (object, "source", &source, error) || !read_text (object, "file", &file, error)
      || !read_count (object, "expanded", 1, &expanded, error)
      || !read_count (object, "expansion", SIMDIT_EXPANSION_SIMDIT, &expansion, error)
      || !read_count (object, "optimizer", SIMDIT_OPTIMIZER_ADAM, &optimizer, error)
      || !read_count (object, "weight_decay", 1, &decay, error))
    return NULL;
  forward = simdit_network_parse (source, -1, file, error);
  if (forward == NULL || !expanded)
    return g_steal_pointer (&forward);
  training.expansion = (SimditExpansion) expansion;
  training.optimizer = (SimditOptimizer) optimizer;
  training.weight_decay = decay != 0;
  return simdit_network_expand_training (forward, &training, error);
}

static void
free_network (gpointer network)
{
  simdit_network_free (network);
}

static bool
read_workloads (SimditRequest *self, const SimditJson *root, GError **error)
{
  SimditJson list;
  guint n = 0;

  self->networks = g_ptr_array_new_with_free_func (free_network);
  self->workloads = g_array_new (FALSE, FALSE, sizeof (SimditWorkload));
  if (!simdit_json_require (root, "workloads", &list, error)
      || !simdit_json_expect_array (&list, &n, error))
    return false;
  if (n < 1 || n > MAX_ITEMS)
    return simdit_json_fail (&list, error, "expected 1 to %d workloads, got %u", MAX_ITEMS, n);
  for (guint i = 0; i < n; i++)
    {
      SimditJson element = simdit_json_element (&list, i);
      SimditNetwork *network = read_network (&element, error);
      SimditWorkload workload = { .network = network };
      SimditJson batch = simdit_json_member (&element, "batch");
      SimditJson weight = simdit_json_member (&element, "weight");

      if (network == NULL)
        return false;
      g_ptr_array_add (self->networks, network);
      if (!simdit_json_uint (&batch, 1, SIMDIT_MAX_BATCH, &workload.batch, error)
          || !simdit_json_uint (&weight, 1, SIMDIT_MAX_WEIGHT, &workload.weight, error))
        return false;
      g_array_append_val (self->workloads, workload);
    }
  return true;
}

static bool
read_machine (SimditRequest *self, const SimditJson *root, GError **error)
{
  const char *text, *name;

  if (!read_text (root, "machine", &text, error) || !read_text (root, "machine_name", &name, error))
    return false;
  self->machine = simdit_machine_parse (text, -1, name, error);
  if (self->machine == NULL)
    return false;
  if (self->compatible)
    self->machine->vmem_double = false;
  return true;
}

static bool
read_space (SimditRequest *self, const SimditJson *root, GError **error)
{
  const char *text;

  if (!read_text (root, "space", &text, error))
    return false;
  self->space = simdit_space_parse (text, -1, "space", error);
  return self->space != NULL;
}

static bool
read_table (SimditRequest *self, const SimditJson *root, GError **error)
{
  const char *text, *file, *memory;

  if (simdit_json_member (root, "energy").node == NULL)
    return true;
  if (!read_text (root, "energy", &text, error) || !read_text (root, "energy_file", &file, error)
      || !read_text (root, "energy_memory", &memory, error))
    return false;
  self->energy = simdit_energy_table_parse (text, -1, file, memory[0] != '\0' ? memory : NULL,
                                            error);
  return self->energy != NULL;
}

/* Whether the table has all that the machine needs, and areas. */
static bool
check_table (SimditRequest *self, GError **error)
{
  SimditEnergyModel model;

  if (!simdit_energy_model_init (&model, self->energy, self->machine, NULL, error))
    return false;
  self->has_area = true;
  for (guint i = 0; i < SIMDIT_N_COMPONENTS; i++)
    if (isnan (model.area_um2[i]))
      {
        self->has_area = false;
        if (self->area_budget == 0)
          return true;
        g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_INVALID,
                     "a budget of area: expected an energy table with the area of every component, "
                     "got %s, which has none of %s",
                     self->energy->file, simdit_component_name (i));
        return false;
      }
  return true;
}

static bool
read_energy (SimditRequest *self, const SimditJson *root, GError **error)
{
  const SimditObjective *objective = simdit_objective (self->objective);
  SimditJson area = simdit_json_member (root, "area_budget_um2");

  if (!read_table (self, root, error)
      || (area.node != NULL && !simdit_json_uint (&area, 1, MAX_AREA, &self->area_budget, error)))
    return false;
  if (self->energy != NULL && !self->compatible)
    return check_table (self, error);
  if (self->energy != NULL)
    {
      g_set_error_literal (error, SIMDIT_ERROR, SIMDIT_ERROR_INVALID,
                           "energy: expected estimates that are not compatible; SimDIT has none");
      return false;
    }
  if (!objective->needs_energy && self->area_budget == 0)
    return true;
  g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_INVALID,
               "%s %s: expected an energy table (--energy, or \"energy\" in the machine), got none",
               objective->needs_energy ? "objective" : "a budget of",
               objective->needs_energy ? objective->name : "area");
  return false;
}

static bool
read_choices (SimditRequest *self, const SimditJson *root, GError **error)
{
  uint64_t grid, compatible, best_only, objective, top;
  SimditJson member = simdit_json_member (root, "top");

  if (!read_count (root, "grid", SIMDIT_GRID_STEP, &grid, error)
      || !read_count (root, "sram_step", SIMDIT_MAX_SRAM_KIB, &self->sram_step, error)
      || !read_count (root, "bandwidth_step", SIMDIT_MAX_BANDWIDTH, &self->bandwidth_step, error)
      || !read_count (root, "compatible", 1, &compatible, error)
      || !read_count (root, "best_only", 1, &best_only, error)
      || !read_count (root, "objective", SIMDIT_N_OBJECTIVES - 1, &objective, error)
      || !simdit_json_uint (&member, 1, MAX_TOP, &top, error))
    return false;
  self->grid = (SimditGrid) grid;
  self->compatible = compatible != 0;
  self->best_only = best_only != 0;
  self->objective = (guint) objective;
  self->top = (guint) top;
  return true;
}

SimditRequest *
simdit_request_parse (const char *text, const char *name, GError **error)
{
  g_autoptr (SimditJsonDocument) document = simdit_json_parse (text, -1, name, error);
  g_autoptr (SimditRequest) self = NULL;
  g_autofree char *identity = NULL;
  SimditJson root;

  if (document == NULL)
    return NULL;
  root = simdit_json_root (document);
  self = g_new0 (SimditRequest, 1);
  self->text = g_strdup (text);
  identity = g_strdup_printf ("%s\n%s", simdit_version (), text);
  self->digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, identity, -1);
  if (!simdit_json_expect_object (&root, error) || !read_choices (self, &root, error)
      || !read_machine (self, &root, error) || !read_energy (self, &root, error)
      || !read_arrays (self, &root, error)
      || !read_list (&root, "sram_budgets", SIMDIT_MAX_SRAM_KIB, &self->sram_budgets, error)
      || !read_list (&root, "bandwidth_budgets", SIMDIT_MAX_BANDWIDTH, &self->bandwidth_budgets,
                     error)
      || !read_space (self, &root, error) || !read_workloads (self, &root, error))
    return NULL;
  return g_steal_pointer (&self);
}

SimditRequest *
simdit_request_new (const SimditExploreOptions *options, GError **error)
{
  g_autofree char *text = text_of (options);

  return simdit_request_parse (text, "exploration", error);
}
