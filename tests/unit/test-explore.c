/*
 * Exploration: what is worked out once for many designs equals what each costs by itself, to the
 * last digit; and no result depends on threads, shards or their order.
 */
#include "unit/expect.h"

#include "explore/costs.h"
#include "explore/evaluator.h"
#include "explore/search.h"
#include "explore/shard.h"

#include <glib/gstdio.h>
#include <simdit/simdit.h>

/* What is explored: an example of each kind of layer. */
typedef struct
{
  const char *network;
  bool training, compatible, vmem_double;
  uint64_t batch;
  const char *energy; /* a table, or NULL */
} Subject;

static const Subject subjects[] = {
  { "resnet18", false, true, false, 1 },
  { "resnet18", false, false, false, 3 },
  { "resnet50", false, false, true, 1 },
  { "resnet50", false, true, false, 4 },
  { "resnet18", true, true, false, 8 },
  { "resnet18", true, false, true, 8 },
  { "resnet50", false, false, false, 1, "22nm" },
  { "resnet18", true, false, true, 8, "osu018-8x8-int8-45nm" },
};

static SimditNetwork *
load_network (const Subject *subject)
{
  g_autofree char *file = g_strdup_printf ("%s.json", subject->network);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "traces", file, NULL);
  SimditTrainingOptions training = SIMDIT_TRAINING_OPTIONS_INIT;
  g_autoptr (GError) error = NULL;
  g_autoptr (SimditNetwork) network = simdit_network_load (path, &error);
  SimditNetwork *expanded;

  g_assert_no_error (error);
  if (!subject->training)
    return g_steal_pointer (&network);
  expanded = simdit_network_expand_training (network, &training, &error);
  g_assert_no_error (error);
  return expanded;
}

static SimditMachine *
load_machine (const char *name)
{
  g_autofree char *file = g_strdup_printf ("%s.json", name);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "hwdefs", file, NULL);
  g_autoptr (GError) error = NULL;
  SimditMachine *machine = simdit_machine_load (path, &error);

  g_assert_no_error (error);
  return machine;
}

static SimditEnergyTable *
load_energy (const char *name)
{
  g_autofree char *file = g_strdup_printf ("%s.json", name);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "hwdefs", "energy", file, NULL);
  g_autoptr (GError) error = NULL;
  SimditEnergyTable *table = simdit_energy_table_load (path, NULL, &error);

  g_assert_no_error (error);
  return table;
}

static SimditSpace *
parse_space (const char *text)
{
  g_autoptr (GError) error = NULL;
  SimditSpace *space = simdit_space_parse (text, -1, "space.json", &error);

  g_assert_no_error (error);
  return space;
}

/* ---- memoised and plain ---- */

static uint64_t
random_value (guint parameter)
{
  if (parameter < SIMDIT_N_SRAM_PARAMETERS)
    return (uint64_t) g_test_rand_int_range (8, 1500);
  return (uint64_t) g_test_rand_int_range (7, 1500);
}

/* Three or so values of each parameter, anything but powers of two. */
static SimditSpace *
random_space (void)
{
  g_autoptr (GString) text = g_string_new ("{\"parameters\": {");

  for (guint p = 0; p < SIMDIT_N_PARAMETERS; p++)
    {
      uint64_t first = random_value (p);

      g_string_append_printf (
          text, "%s\"%s\": [%" G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT "]",
          p > 0 ? ", " : "", simdit_parameter_names[p], first, first + 1,
          2 * first + (uint64_t) g_test_rand_int_range (0, 99));
    }
  g_string_append (text, "}}");
  return parse_space (text->str);
}

/* What a user gets for a design; 0 cycles: it does not fit. */
typedef struct
{
  double cycles, fj, area_um2;
} Estimate;

static double
total_of (const SimditResult *result, SimditEnergyView view, const char *column)
{
  const SimditResult *energy = simdit_result_get_energy (result, view);

  return simdit_result_get_number (energy, SIMDIT_RESULT_TOTAL,
                                   simdit_result_find_column (energy, column));
}

static Estimate
estimate (const SimditRequest *request, SimditArrayShape shape, const uint64_t *parameters)
{
  SimditMachine machine = simdit_design_machine (request, shape, parameters);
  const SimditWorkload *workload = simdit_request_workload (request, 0);
  SimditEstimateOptions options = { .batch = workload->batch,
                                    .compatible = request->compatible,
                                    .energy = request->energy };
  g_autoptr (SimditResult) result = simdit_estimate (&machine, workload->network, &options, NULL);
  Estimate estimate = { 0 };

  if (result == NULL)
    return estimate;
  estimate.cycles = simdit_result_get_cycles (result);
  if (request->energy != NULL)
    estimate.fj = total_of (result, SIMDIT_ENERGY_LAYERS, "total_pj") * 1e3;
  if (request->has_area)
    estimate.area_um2 = total_of (result, SIMDIT_ENERGY_COMPONENTS, "area_um2");
  return estimate;
}

/* A design of a search, and what was worked out for it. */
typedef struct
{
  const SimditRequest *request;
  const SimditEvaluator *evaluator;
  SimditDesign design;
  bool fits;
  int64_t cycles;
} Checked;

/* What a whole design does, PE array layers first. */
static void
count_layers (const SimditUniqueLayers *layers, const SimditMachine *machine,
              SimditCounterSums *sums)
{
  const GArray *groups[] = { layers->array, layers->simd };

  for (guint g = 0; g < G_N_ELEMENTS (groups); g++)
    {
      SimditCounterSums group = { 0 };

      for (guint i = 0; i < groups[g]->len; i++)
        g_assert_true (simdit_unique_layer_count (layers, simdit_unique_layer (groups[g], i),
                                                  machine, &group));
      simdit_counter_sums_join (sums, &group);
    }
}

/* What a whole design costs but for its ports, from a model of its own machine. */
static SimditSplitCost
plain_cost (const Checked *self, SimditPortCost *port)
{
  SimditMachine machine = simdit_design_machine (self->request, self->design.shape,
                                                 self->design.parameters);
  SimditCounterSums counters = { 0 };
  SimditEnergyModel model;

  count_layers (simdit_evaluator_layers (self->evaluator), &machine, &counters);
  g_assert_true (simdit_energy_model_init (&model, self->request->energy, &machine, NULL, NULL));
  g_assert_true (simdit_port_cost (self->request->energy, &machine, port, NULL));
  return simdit_split_cost (&model, &counters);
}

static void
check_energy (const Checked *self, const Estimate *expected)
{
  const SimditSplitCost *split = simdit_evaluator_split_cost (self->evaluator, self->design.sram);
  const SimditPortCost *port = simdit_evaluator_port_cost (self->evaluator);
  SimditPortCost plain_port;
  SimditSplitCost plain = plain_cost (self, &plain_port);
  double fj, area;
  uint64_t widths = 0;

  for (guint p = SIMDIT_N_SRAM_PARAMETERS; p < SIMDIT_N_PARAMETERS; p++)
    widths += self->design.parameters[p];
  fj = simdit_design_fj (&plain, &plain_port, widths, self->cycles);
  area = simdit_design_area (&plain, &plain_port, widths);
  g_assert_cmpfloat (simdit_design_fj (split, port, widths, self->cycles), ==, fj);
  g_assert_cmpfloat_with_epsilon (fj, expected->fj, 1e-12 * fj);
  g_assert_cmpfloat (fj, >, 0);
  if (!self->request->has_area)
    return;
  g_assert_cmpfloat (simdit_design_area (split, port, widths), ==, area);
  g_assert_cmpfloat_with_epsilon (area, expected->area_um2, 1e-12 * area);
  g_assert_cmpfloat (area, >, 0);
}

static void
check_design (const Checked *self)
{
  const SimditUniqueLayers *layers = simdit_evaluator_layers (self->evaluator);
  int64_t plain = simdit_plain_cycles (layers, self->design.parameters);
  Estimate expected = estimate (self->request, self->design.shape, self->design.parameters);

  g_assert_cmpint (self->fits ? self->cycles : SIMDIT_NO_CYCLES, ==, plain);
  if (!self->fits)
    g_assert_cmpfloat (expected.cycles, ==, 0);
  else if (self->request->compatible)
    g_assert_cmpfloat_with_epsilon ((double) plain / SIMDIT_CYCLE_FRACTION, expected.cycles,
                                    1e-9 * expected.cycles + 0.2);
  else
    g_assert_cmpfloat ((double) plain, ==, expected.cycles * SIMDIT_CYCLE_FRACTION);
  if (self->fits && self->request->energy != NULL)
    check_energy (self, &expected);
}

static void
check_block (const SimditSearch *search, const SimditCell *cell, const SimditEvaluator *evaluator,
             guint first)
{
  guint n = MIN (SIMDIT_BLOCK_SPLITS, cell->widths->n - first);
  g_autoptr (SimditScratch) scratch = simdit_scratch_new (evaluator);
  int64_t cycles[SIMDIT_BLOCK_SPLITS], bound;

  simdit_scratch_begin (scratch, first, n);
  for (guint sram = 0; sram < cell->sram->n; sram += 7)
    {
      bool fits = simdit_scratch_row (scratch, sram, cycles);
      guint i = (guint) g_test_rand_int_range (0, (gint) n);
      Checked checked = {
        .request = search->request, .evaluator = evaluator, .fits = fits, .cycles = cycles[i]
      };

      checked.design = simdit_search_design (search, cell,
                                             (uint64_t) sram * cell->widths->n + first + i);
      check_design (&checked);
      g_assert_true (simdit_scratch_bound (scratch, sram, &bound) == fits);
      if (fits)
        g_assert_cmpint (bound, <=, cycles[i]);
    }
}

static void
test_memoised (gconstpointer data)
{
  const Subject *subject = data;
  g_autoptr (SimditMachine) machine = load_machine ("default");
  g_autoptr (SimditNetwork) network = load_network (subject);
  g_autoptr (SimditSpace) space = random_space ();
  const uint64_t budgets[] = { 1 << 14 };
  const uint64_t arrays[][2] = { { (uint64_t) g_test_rand_int_range (8, 70), 24 } };
  g_autoptr (SimditEnergyTable) energy = subject->energy != NULL ? load_energy (subject->energy)
                                                                 : NULL;
  SimditWorkload workload = { network, subject->batch, 1 };
  SimditExploreOptions options = { .machine = machine,
                                   .energy = energy,
                                   .workloads = &workload,
                                   .n_workloads = 1,
                                   .arrays = arrays,
                                   .n_arrays = 1,
                                   .sram_budgets = budgets,
                                   .n_sram_budgets = 1,
                                   .bandwidth_budgets = budgets,
                                   .n_bandwidth_budgets = 1,
                                   .space = space,
                                   .compatible = subject->compatible,
                                   .top = 1 };
  g_autoptr (GError) error = NULL;
  g_autoptr (SimditRequest) request = NULL;
  g_autoptr (SimditSearch) search = NULL;
  g_autoptr (SimditEvaluator) evaluator = NULL;
  SimditCell *cell;

  machine->vmem_double = subject->vmem_double;
  request = simdit_request_new (&options, &error);
  g_assert_no_error (error);
  search = simdit_search_new (request, &error);
  g_assert_no_error (error);
  cell = simdit_search_cell (search, 0);
  g_assert_cmpuint (cell->sram->n, ==, 81);
  g_assert_cmpuint (cell->widths->n, ==, 81);
  evaluator = simdit_evaluator_new (request, simdit_request_array (request, 0), cell->sram,
                                    cell->widths, &error);
  g_assert_no_error (error);
  check_block (search, cell, evaluator, 0);
  check_block (search, cell, evaluator, SIMDIT_BLOCK_SPLITS);
}

/* ---- threads and shards ---- */

/* Everything that a table says, as text. */
static char *
text_of (const SimditExploration *exploration)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint t = 0; t < SIMDIT_N_EXPLORATION_TABLES; t++)
    {
      const SimditResult *table = simdit_exploration_get_table (exploration, t);

      for (uint64_t row = 0; row < simdit_result_get_n_rows (table); row++)
        for (guint c = 0; c < simdit_result_get_n_columns (table); c++)
          switch (simdit_result_get_column (table, c)->type)
            {
            case SIMDIT_COLUMN_TEXT:
              g_string_append_printf (text, "%s ", simdit_result_get_text (table, row, c));
              break;
            case SIMDIT_COLUMN_INDEX:
              g_string_append_printf (text, "%" G_GUINT64_FORMAT " ",
                                      simdit_result_get_count (table, row, c));
              break;
            default:
              g_string_append_printf (text, "%a ", simdit_result_get_number (table, row, c));
            }
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

typedef struct
{
  SimditMachine *machine;
  SimditNetwork *networks[2];
  SimditWorkload workloads[2];
  uint64_t arrays[2][2], sram[2], bandwidth[1];
  SimditExploreOptions options;
  SimditEnergyTable *energy;
  char *directory;
} Fixture;

/* What is minimised, and with what. */
typedef struct
{
  const char *name, *energy;
  guint objective;
  double area;
} Aim;

static const Aim aims[] = {
  { "cycles", NULL, 0, 0 },
  { "cycles with energy", "45nm", 0, 0 },
  { "energy", "45nm", 1, 0 },
  { "edp within an area", "osu018-8x8-int8-45nm", 2, 8.2 },
};

static void
set_up (Fixture *self, gconstpointer data)
{
  const Aim *aim = data;

  self->energy = aim->energy != NULL ? load_energy (aim->energy) : NULL;
  self->machine = load_machine ("default");
  self->networks[0] = load_network (&subjects[0]);
  self->networks[1] = load_network (&subjects[2]);
  self->workloads[0] = (SimditWorkload){ self->networks[0], 2, 3 };
  self->workloads[1] = (SimditWorkload){ self->networks[1], 1, 1 };
  self->arrays[0][0] = self->arrays[1][1] = 32;
  self->arrays[0][1] = self->arrays[1][0] = 64;
  self->sram[0] = 1024;
  self->sram[1] = 700;
  self->bandwidth[0] = 1000;
  self->options = (SimditExploreOptions){ .machine = self->machine,
                                          .workloads = self->workloads,
                                          .n_workloads = 2,
                                          .arrays = (const uint64_t (*)[2]) self->arrays,
                                          .n_arrays = 2,
                                          .sram_budgets = self->sram,
                                          .n_sram_budgets = aim->energy != NULL ? 1 : 2,
                                          .bandwidth_budgets = self->bandwidth,
                                          .n_bandwidth_budgets = 1,
                                          .n_threads = 1,
                                          .objective = aim->objective,
                                          .energy = self->energy,
                                          .area_budget = aim->area,
                                          .top = 4 };
  self->directory = g_dir_make_tmp ("simdit-explore-XXXXXX", NULL);
}

static void
tear_down (Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
  simdit_machine_free (self->machine);
  simdit_network_free (self->networks[0]);
  simdit_network_free (self->networks[1]);
  simdit_energy_table_free (self->energy);
  g_rmdir (self->directory);
  g_free (self->directory);
}

static char *
explore (Fixture *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SimditExploration) exploration = simdit_explore (&self->options, &error);

  g_assert_no_error (error);
  return text_of (exploration);
}

static void
test_threads (Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *one = explore (self), *many = NULL;

  self->options.n_threads = 7;
  many = explore (self);
  g_assert_cmpstr (one, ==, many);
}

/* The best designs are the same when others are skipped, and so is the Pareto front. */
static void
test_best_only (Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
  static const SimditExplorationTable kept[] = { SIMDIT_EXPLORATION_SHARING,
                                                 SIMDIT_EXPLORATION_PARETO };
  g_autoptr (GError) error = NULL;
  g_autoptr (SimditExploration) all = simdit_explore (&self->options, &error), best = NULL;

  self->options.best_only = true;
  self->options.n_threads = 3;
  best = simdit_explore (&self->options, &error);
  g_assert_no_error (error);
  for (guint t = 0; t < G_N_ELEMENTS (kept); t++)
    {
      const SimditResult *a = simdit_exploration_get_table (all, kept[t]);
      const SimditResult *b = simdit_exploration_get_table (best, kept[t]);

      g_assert_cmpuint (simdit_result_get_n_rows (a), ==, simdit_result_get_n_rows (b));
      for (uint64_t row = 0; row < simdit_result_get_n_rows (a); row++)
        for (guint c = 0; c < simdit_result_get_n_columns (a); c++)
          if (simdit_result_get_column (a, c)->type == SIMDIT_COLUMN_INDEX)
            g_assert_cmpuint (simdit_result_get_count (a, row, c), ==,
                              simdit_result_get_count (b, row, c));
    }
}

#define SHARDS 5

static void
test_shards (Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
  static const guint order[SHARDS] = { 3, 1, 5, 2, 4 };
  g_autofree char *whole = explore (self), *merged = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (SimditExploration) exploration = NULL;
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  bool redone;

  for (guint i = 0; i < SHARDS; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u.h5", order[i]);

      g_ptr_array_add (paths, g_build_filename (self->directory, name, NULL));
      self->options.shard = order[i];
      self->options.n_shards = SHARDS;
      self->options.n_threads = i + 1;
      self->options.output_path = g_ptr_array_index (paths, i);
      simdit_explore_shard (&self->options, &redone, &error);
      g_assert_no_error (error);
      g_assert_true (redone);
      simdit_explore_shard (&self->options, &redone, &error);
      g_assert_no_error (error);
      g_assert_false (redone);
    }
  exploration = simdit_explore_merge ((const char *const *) paths->pdata, SHARDS, NULL, 2, &error);
  g_assert_no_error (error);
  merged = text_of (exploration);
  g_assert_cmpstr (whole, ==, merged);
  for (guint i = 0; i < SHARDS; i++)
    g_unlink (g_ptr_array_index (paths, i));
}

/* ---- spaces ---- */

static void
test_space_errors (void)
{
  static const char *const bad[][2] = {
    { "{\"workload\": []}", "workloads" },
    { "{\"workloads\": []}", "expected 1 to 64 workloads" },
    { "{\"workloads\": [{\"phase\": \"training\"}]}", "\"net\" is missing" },
    { "{\"workloads\": [{\"net\": \"a\", \"phase\": \"both\"}]}", "$.workloads[0].phase" },
    { "{\"workloads\": [{\"net\": \"a\", \"weight\": 0}]}", "$.workloads[0].weight" },
    { "{\"parameters\": {\"wbuf\": 64}}", "wbuf_kib" },
    { "{\"parameters\": {\"wbuf_kib\": 0}}", "$.parameters.wbuf_kib" },
    { "{\"parameters\": {\"wbuf_kib\": [64, 32]}}", "$.parameters.wbuf_kib[1]" },
    { "{\"parameters\": {\"wbuf_kib\": []}}", "expected 1 to 256 values" },
    { "{\"parameters\": {\"ibuf_port\": {\"min\": 64, \"max\": 32}}}", "min to be at most max" },
    { "{\"parameters\": {\"ibuf_port\": {\"least\": 64}}}", "least" },
    { "[]", "expected an object" },
  };
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_assert_null (simdit_space_parse (bad[i][0], -1, "space.json", &error));
      expect_error (&error, SIMDIT_ERROR_INVALID, "space.json", bad[i][1]);
    }
}

static void
add_fixtures (const Aim *aim)
{
  static const struct
  {
    const char *name;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = { { "threads", test_threads },
                { "best-only", test_best_only },
                { "shards", test_shards } };

  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strdup_printf ("/explore/%s/%s", tests[i].name, aim->name);

      g_test_add (path, Fixture, aim, set_up, tests[i].test, tear_down);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (subjects); i++)
    {
      g_autofree char *path = g_strdup_printf ("/explore/memoised/%zu", i);

      g_test_add_data_func (path, &subjects[i], test_memoised);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (aims); i++)
    add_fixtures (&aims[i]);
  g_test_add_func ("/explore/space-errors", test_space_errors);
  return g_test_run ();
}
