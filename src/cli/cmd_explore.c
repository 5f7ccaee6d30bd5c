/* simdit explore: the best division of budgets of SRAM and bandwidth. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_ITEMS 64 /* budgets of a kind, PE arrays */
#define DEFAULT_MACHINE "default"
#define PROGRESS_DELAY_US G_USEC_PER_SEC
#define PROGRESS_PERIOD_US (G_USEC_PER_SEC / 8)

/* What is asked for; strings are owned. */
typedef struct
{
  CliSubject subject;
  CliExplorationReport report;
  char *arrays, *sram, *bandwidth, *grid, *objective, *shard, *space_file, *output; /* as given */
  char *energy, *area;                                                              /* likewise */
  SimditEnergyTable *table; /* owned; NULL: there is none */
  gboolean compatible, best_only;
  gint64 top, threads, sram_step;
  SimditSpace *space;  /* owned */
  GPtrArray *networks; /* owned */
  GArray *workloads;   /* owned, of SimditWorkload */
  uint64_t array_values[MAX_ITEMS][2], sram_values[MAX_ITEMS], bandwidth_values[MAX_ITEMS];
  SimditExploreOptions options;
} Request;

static void
request_clear (Request *self)
{
  cli_subject_clear (&self->subject);
  cli_exploration_clear (&self->report);
  g_free (self->arrays);
  g_free (self->sram);
  g_free (self->bandwidth);
  g_free (self->grid);
  g_free (self->objective);
  g_free (self->shard);
  g_free (self->space_file);
  g_free (self->output);
  g_free (self->energy);
  g_free (self->area);
  simdit_energy_table_free (self->table);
  simdit_space_free (self->space);
  g_clear_pointer (&self->networks, g_ptr_array_unref);
  g_clear_pointer (&self->workloads, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Request, request_clear)

/* ---- words to numbers ---- */

/* A whole number from 1 to @max up to @end; false: it is none. */
static bool
parse_number (const char *text, const char **end, uint64_t max, uint64_t *value)
{
  char *after;

  if (!g_ascii_isdigit (text[0]))
    return false;
  *value = g_ascii_strtoull (text, &after, 10);
  *end = after;
  return *value >= 1 && *value <= max;
}

/* "2048", "2048KiB" or "2MiB". */
static bool
parse_size (const char *text, uint64_t *kib)
{
  const char *unit;

  if (!parse_number (text, &unit, 1 << 24, kib))
    return false;
  if (g_str_equal (unit, "MiB") && *kib <= 1 << 14)
    *kib *= 1024;
  else if (!g_str_equal (unit, "KiB") && unit[0] != '\0')
    return false;
  return true;
}

static bool
parse_width (const char *text, uint64_t *bits)
{
  const char *end;

  return parse_number (text, &end, 1 << 22, bits) && end[0] == '\0';
}

/* At least a square micrometre. */
static bool
parse_area (const char *text, double *mm2)
{
  char *end;

  if (!g_ascii_isdigit (text[0]))
    return false;
  *mm2 = g_ascii_strtod (text, &end);
  return end[0] == '\0' && *mm2 >= 1e-6 && *mm2 <= 1e9;
}

/* Numbers with commas between them. */
static bool
parse_list (const char *text, bool (*parse) (const char *, uint64_t *), uint64_t *values, guint *n)
{
  g_auto (GStrv) words = g_strsplit (text, ",", MAX_ITEMS + 1);

  *n = g_strv_length (words);
  if (*n < 1 || *n > MAX_ITEMS)
    return false;
  for (guint i = 0; i < *n; i++)
    if (!parse (words[i], &values[i]))
      return false;
  return true;
}

static bool
parse_arrays (Request *self)
{
  g_auto (GStrv) words = g_strsplit (self->arrays, ",", MAX_ITEMS + 1);
  guint n = g_strv_length (words);
  const char *end;

  if (n < 1 || n > MAX_ITEMS)
    return false;
  for (guint i = 0; i < n; i++)
    if (!parse_number (words[i], &end, 65536, &self->array_values[i][0]) || end[0] != 'x'
        || !parse_number (end + 1, &end, 65536, &self->array_values[i][1]) || end[0] != '\0')
      return false;
  self->options.arrays = (const uint64_t (*)[2]) self->array_values;
  self->options.n_arrays = n;
  return true;
}

/* "pow2", "step", "step:32"; or "step" with the number as the next word. */
static bool
parse_grid (Request *self, const char *word)
{
  const char *grid = self->grid != NULL ? self->grid : "pow2";
  const char *number = g_str_has_prefix (grid, "step:") ? grid + strlen ("step:") : word;

  if (word != NULL && !g_str_equal (grid, "step"))
    return false;
  if (g_str_equal (grid, "pow2"))
    return true;
  if (!g_str_equal (grid, "step") && !g_str_has_prefix (grid, "step:"))
    return false;
  self->options.grid = SIMDIT_GRID_STEP;
  return number == NULL || parse_width (number, &self->options.bandwidth_step);
}

static bool
parse_shard (Request *self)
{
  uint64_t number, of;
  const char *end;

  if (!parse_number (self->shard, &end, 1 << 20, &number) || end[0] != '/'
      || !parse_number (end + 1, &end, 1 << 20, &of) || end[0] != '\0' || number > of)
    return false;
  self->options.shard = (guint) number;
  self->options.n_shards = (guint) of;
  return true;
}

/* ---- checks ---- */

static int
check_budgets (Request *self)
{
  SimditExploreOptions *options = &self->options;

  if (self->sram == NULL || self->bandwidth == NULL)
    return cli_usage_error ("explore", "--sram-budget and --bandwidth-budget are needed");
  if (!parse_list (self->sram, parse_size, self->sram_values, &options->n_sram_budgets))
    return cli_usage_error ("explore",
                            "--sram-budget: expected sizes as 2048KiB or 2MiB with commas between "
                            "them, got \"%s\"",
                            self->sram);
  if (!parse_list (self->bandwidth, parse_width, self->bandwidth_values,
                   &options->n_bandwidth_budgets))
    return cli_usage_error ("explore",
                            "--bandwidth-budget: expected bits per cycle with commas between them, "
                            "got \"%s\"",
                            self->bandwidth);
  options->sram_budgets = self->sram_values;
  options->bandwidth_budgets = self->bandwidth_values;
  return CLI_OK;
}

static int
check_objective (Request *self)
{
  int choice = self->objective != NULL ? cli_choose (self->objective, simdit_objective_names ())
                                       : 0;

  if (choice < 0)
    return cli_usage_error ("explore", "--objective: expected cycles, energy or edp, got \"%s\"",
                            self->objective);
  if (self->compatible && (self->energy != NULL || simdit_objective_needs_energy ((guint) choice)))
    return cli_usage_error ("explore",
                            "--%s: --compat has SimDIT's estimates, which know no energy",
                            self->energy != NULL ? "energy" : "objective");
  if (self->area != NULL && !parse_area (self->area, &self->options.area_budget))
    return cli_usage_error ("explore", "--area-budget: expected a number of mm2, got \"%s\"",
                            self->area);
  self->options.objective = (guint) choice;
  return CLI_OK;
}

static int
check_numbers (Request *self)
{
  if (self->top < 1 || self->top > 1000)
    return cli_usage_error ("explore", "--top: expected 1 to 1000, got %" G_GINT64_FORMAT,
                            self->top);
  if (self->threads < 0 || self->threads > CLI_MAX_THREADS)
    return cli_usage_error ("explore", "--threads: expected 0 to %d, got %" G_GINT64_FORMAT,
                            CLI_MAX_THREADS, self->threads);
  if (self->sram_step < 0 || self->sram_step > 1 << 24)
    return cli_usage_error (
        "explore", "--sram-step: expected a number of KiB, got %" G_GINT64_FORMAT, self->sram_step);
  self->options.top = (guint) self->top;
  self->options.n_threads = (guint) self->threads;
  self->options.sram_step = (uint64_t) self->sram_step;
  self->options.compatible = self->compatible;
  self->options.best_only = self->best_only;
  self->options.output_path = self->output;
  return CLI_OK;
}

static int
check_words (Request *self, const char *word)
{
  if (self->arrays != NULL && !parse_arrays (self))
    return cli_usage_error ("explore",
                            "--array: expected ROWSxCOLUMNS with commas between them, got \"%s\"",
                            self->arrays);
  if (!parse_grid (self, word))
    return cli_usage_error ("explore", "--grid: expected pow2, step or step N, got \"%s%s%s\"",
                            self->grid != NULL ? self->grid : "", word != NULL ? " " : "",
                            word != NULL ? word : "");
  if (self->shard != NULL && !parse_shard (self))
    return cli_usage_error ("explore", "--shard: expected K/N, K from 1 to N, got \"%s\"",
                            self->shard);
  if (self->shard != NULL && self->output == NULL)
    return cli_usage_error ("explore", "--shard needs -o");
  return CLI_OK;
}

static int
check_request (Request *self, const char *word)
{
  int (*const checks[]) (Request *) = { check_budgets, check_objective, check_numbers };
  int status = check_words (self, word);

  for (gsize i = 0; i < G_N_ELEMENTS (checks) && status == CLI_OK; i++)
    status = checks[i](self);
  self->report.format = g_strdup (self->subject.format);
  if (status == CLI_OK)
    status = cli_exploration_check (&self->report, "explore");
  if (self->subject.hw == NULL)
    self->subject.hw = g_strdup (DEFAULT_MACHINE);
  return status;
}

/* ---- definitions ---- */

static void
free_network (gpointer network)
{
  simdit_network_free (network);
}

static void
add_workload (Request *self, SimditNetwork *network, uint64_t batch, uint64_t weight)
{
  SimditWorkload workload = { network, batch, weight };

  g_ptr_array_add (self->networks, network);
  g_array_append_val (self->workloads, workload);
}

static bool
load_workload (Request *self, guint i, GError **error)
{
  g_auto (CliSubject) subject = { .net = g_strdup (simdit_space_get_net (self->space, i)),
                                  .phase = g_strdup (simdit_space_get_phase (self->space, i)) };

  subject.training = SIMDIT_TRAINING_OPTIONS_INIT;
  if (!cli_network_load (&subject, error))
    return false;
  add_workload (self, g_steal_pointer (&subject.network), simdit_space_get_batch (self->space, i),
                simdit_space_get_weight (self->space, i));
  return true;
}

/* Machine and networks: those of the space, or else the one that options name. */
static bool
load (Request *self, GError **error)
{
  CliSubject *subject = &self->subject;
  g_autofree char *path = cli_find_definition (CLI_MACHINES, subject->hw, error);

  if (path == NULL || (subject->machine = simdit_machine_load (path, error)) == NULL)
    return false;
  for (guint i = 0; self->space != NULL && i < simdit_space_get_n_workloads (self->space); i++)
    if (!load_workload (self, i, error))
      return false;
  if (self->workloads->len == 0)
    {
      if (!cli_network_load (subject, error))
        return false;
      add_workload (self, g_steal_pointer (&subject->network), (uint64_t) subject->batch, 1);
    }
  self->options.machine = subject->machine;
  self->options.space = self->space;
  self->options.workloads = (const SimditWorkload *) (const void *) self->workloads->data;
  self->options.n_workloads = self->workloads->len;
  return true;
}

/* The table that was asked for, or else the machine's, if there is one. */
static bool
load_energy (Request *self, GError **error)
{
  const char *name = self->energy;

  if (name == NULL && !self->compatible)
    name = simdit_machine_get_energy (self->subject.machine);
  if (name != NULL)
    self->table = cli_load_energy (name, error);
  self->options.energy = self->table;
  return name == NULL || self->table != NULL;
}

/* Reads the space; then whether options and space together say what is to be run. */
static int
check_workloads (Request *self, GError **error)
{
  self->networks = g_ptr_array_new_with_free_func (free_network);
  self->workloads = g_array_new (FALSE, FALSE, sizeof (SimditWorkload));
  if (self->space_file != NULL
      && (self->space = simdit_space_load (self->space_file, error)) == NULL)
    return CLI_BAD_INPUT;
  if (self->space == NULL || simdit_space_get_n_workloads (self->space) == 0)
    return cli_subject_check (&self->subject, "explore");
  if (self->subject.net != NULL)
    return cli_usage_error ("explore", "--net: the workloads are those of %s; expected either",
                            self->space_file);
  return CLI_OK;
}

/* ---- running ---- */

typedef struct
{
  gint64 start, last; /* [us] */
  bool wanted, shown;
} Progress;

static bool
show_progress (uint64_t done, uint64_t all, void *user_data)
{
  Progress *self = user_data;
  gint64 now = g_get_monotonic_time ();
  double left = done > 0 ? (double) (now - self->start) * (double) (all - done) / (double) done : 0;

  if (cli_is_interrupted ())
    return false;
  if (!self->wanted || now - self->start < PROGRESS_DELAY_US
      || now - self->last < PROGRESS_PERIOD_US)
    return true;
  self->last = now;
  self->shown = true;
  fprintf (stderr, "\r%5.1f %% of %" G_GUINT64_FORMAT ", %.0f s left      ",
           100 * (double) done / (double) all, all, left * 1e-6);
  fflush (stderr);
  return true;
}

static int
run_shard (Request *self, GError **error)
{
  bool redone = false;

  if (!simdit_explore_shard (&self->options, &redone, error))
    return CLI_BAD_INPUT;
  fprintf (stderr, "simdit: shard %s: %s\n", self->shard,
           redone ? "written" : "complete already, left as it is");
  return CLI_OK;
}

static int
run (Request *self, GError **error)
{
  g_autoptr (SimditExploration) exploration = NULL;
  Progress progress = { .start = g_get_monotonic_time (), .wanted = isatty (STDERR_FILENO) };
  int status = CLI_BAD_INPUT;

  cli_catch_signals ();
  self->options.progress = show_progress;
  self->options.progress_data = &progress;
  if (self->options.n_shards > 0)
    status = run_shard (self, error);
  else
    exploration = simdit_explore (&self->options, error);
  if (progress.shown)
    fprintf (stderr, "\r%60s\r", "");
  if (*error != NULL)
    cli_end_interrupted (*error);
  return exploration != NULL ? cli_exploration_print (&self->report, exploration) : status;
}

int
cli_explore (int argc, char **argv)
{
  g_auto (Request)
      request = { .subject = { .batch = 1 }, .top = 10, .options = SIMDIT_EXPLORE_OPTIONS_INIT };
  const GOptionEntry entries[] = {
    CLI_SUBJECT_OPTIONS (request.subject),
    { "array", 0, 0, G_OPTION_ARG_STRING, &request.arrays, "PE arrays to try (the machine's)",
      "JxK,..." },
    { "sram-budget", 0, 0, G_OPTION_ARG_STRING, &request.sram, "as 2048KiB or 2MiB", "SIZE,..." },
    { "bandwidth-budget", 0, 0, G_OPTION_ARG_STRING, &request.bandwidth,
      "bits per cycle of all ports", "B,..." },
    { "grid", 0, 0, G_OPTION_ARG_STRING, &request.grid,
      "pow2 (default), or step N: multiples of N bits and of --sram-step", "GRID" },
    { "sram-step", 0, 0, G_OPTION_ARG_INT64, &request.sram_step, "(1/16 of the budget)", "KIB" },
    { "space", 0, 0, G_OPTION_ARG_FILENAME, &request.space_file,
      "workloads with weights, values of parameters (JSON)", "FILE" },
    { "objective", 0, 0, G_OPTION_ARG_STRING, &request.objective,
      "what is minimised: cycles (default); energy or edp, with an energy table", "OBJECTIVE" },
    { "energy", 0, 0, G_OPTION_ARG_STRING, &request.energy,
      "account energy with this table, NAME[:memory=DRAM] (the machine's)", "TABLE" },
    { "area-budget", 0, 0, G_OPTION_ARG_STRING, &request.area,
      "leave out designs that are larger by the energy table", "MM2" },
    { "top", 0, 0, G_OPTION_ARG_INT64, &request.top, "simulate and list the K best (10)", "K" },
    { "best-only", 0, 0, G_OPTION_ARG_NONE, &request.best_only,
      "skip what cannot be among the best: no median, no worst", NULL },
    { "compat", 0, 0, G_OPTION_ARG_NONE, &request.compatible,
      "SimDIT's estimates, quirks included; VMEM single buffered", NULL },
    { "threads", 0, 0, G_OPTION_ARG_INT64, &request.threads, "(one per processor)", "N" },
    { "shard", 0, 0, G_OPTION_ARG_STRING, &request.shard,
      "only part K of N, to -o; \"simdit merge\" puts them together", "K/N" },
    CLI_EXPLORATION_TABLE_OPTION (request.report),
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &request.output, "write an HDF5 file", "FILE.h5" },
    { 0 },
  };
  GError *error = NULL;
  int status;

  if (!cli_parse_options (
          &argc, &argv, entries, "[N]",
          "Estimates every way to divide a budget of SRAM and one of bandwidth, simulates the best "
          "and those they are compared with.",
          "SRAM: WBUF, IBUF, OBUF (both halves of each), both VMEMs. Bandwidth: the widths of the "
          "four ports.\nBaselines: uniform (equal shares); median and worst of the designs that "
          "use up both budgets,\nand of those that use more than half of each (above_half)."))
    return CLI_BAD_USAGE;
  if (argc > 2)
    return cli_usage_error ("explore", "what is \"%s\"? expected options only", argv[2]);
  if ((status = check_request (&request, argc > 1 ? argv[1] : NULL)) != CLI_OK)
    return status;
  status = check_workloads (&request, &error);
  if (status == CLI_OK)
    status = load (&request, &error) && load_energy (&request, &error) ? run (&request, &error)
                                                                       : CLI_BAD_INPUT;
  return error != NULL ? cli_input_error (error) : status;
}
