/* simdit estimate: the analytical model. */
#include "cli/cli.h"

/* By whether it is the spec's. */
static const char *const tilings[] = { "generate", "file", NULL };
static const char *const loop_orders[] = { "stationary", "file", NULL };

typedef struct
{
  CliSubject subject;
  char *tiling, *loop_order, *energy; /* as given */
  SimditEnergyTable *table;           /* owned; NULL: energy is not accounted, or not loaded yet */
  gboolean compatible, fuse;
} Request;

static void
request_clear (Request *self)
{
  cli_subject_clear (&self->subject);
  g_free (self->tiling);
  g_free (self->loop_order);
  g_free (self->energy);
  simdit_energy_table_free (self->table);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Request, request_clear)

/* CLI_OK or, after a message, CLI_BAD_USAGE. */
static int
choose (const char *option, const char *word, const char *const *names, bool compatible,
        bool *from_file)
{
  int choice = word != NULL ? cli_choose (word, names) : 0;

  if (choice < 0)
    return cli_usage_error ("estimate", "%s: expected %s or %s, got \"%s\"", option, names[0],
                            names[1], word);
  if (choice > 0 && !compatible)
    return cli_usage_error ("estimate", "%s %s: only --compat has that", option, word);
  *from_file = choice > 0;
  return CLI_OK;
}

static int
check_request (Request *self, SimditEstimateOptions *options)
{
  bool compatible = self->compatible;
  int status;

  if ((status = cli_subject_check (&self->subject, "estimate")) != CLI_OK
      || (status = choose ("--tiling", self->tiling, tilings, compatible, &options->spec_tiling))
             != CLI_OK
      || (status = choose ("--loop-order", self->loop_order, loop_orders, compatible,
                           &options->spec_loop_order))
             != CLI_OK)
    return status;
  if (self->energy != NULL && compatible)
    return cli_usage_error ("estimate", "--energy: --compat has SimDIT's columns only");
  if (options->spec_tiling && self->subject.batch != 1)
    return cli_usage_error ("estimate",
                            "--batch: with --tiling file the batch is the spec's; expected 1, got "
                            "%" G_GINT64_FORMAT,
                            self->subject.batch);
  options->batch = (uint64_t) self->subject.batch;
  options->compatible = compatible;
  options->fuse = self->fuse;
  return CLI_OK;
}

/* The table that was asked for, or else the machine's, if there is one. */
static bool
load_energy (Request *self, GError **error)
{
  const char *name = self->energy;

  if (name == NULL && !self->compatible)
    name = simdit_machine_get_energy (self->subject.machine);
  return name == NULL || (self->table = cli_load_energy (name, error)) != NULL;
}

static int
print (const Request *self, const SimditResult *estimate)
{
  if (self->energy != NULL && self->subject.form == CLI_FORMAT_TABLE)
    return cli_energy_print (&self->subject, estimate, self->table);
  return cli_report_print (&(CliReport){ .subject = &self->subject,
                                         .result = estimate,
                                         .n_rows = simdit_result_get_n_rows (estimate) });
}

int
cli_estimate (int argc, char **argv)
{
  g_auto (Request) request = { .subject = { .batch = 1 } };
  const GOptionEntry entries[] = {
    CLI_SUBJECT_OPTIONS (request.subject),
    { "compat", 0, 0, G_OPTION_ARG_NONE, &request.compatible,
      "SimDIT's columns and numbers, quirks included", NULL },
    { "fuse", 0, 0, G_OPTION_ARG_NONE, &request.fuse,
      "hand outputs of the PE array to the SIMD layer after it on chip", NULL },
    { "tiling", 0, 0, G_OPTION_ARG_STRING, &request.tiling,
      "generate (default), or file: the tiles of a SimDIT spec (with --compat)", "WORD" },
    { "loop-order", 0, 0, G_OPTION_ARG_STRING, &request.loop_order,
      "stationary (default), or file: that of a SimDIT spec (with --compat)", "WORD" },
    CLI_ENERGY_OPTION (request.energy),
    { 0 },
  };
  CliSubject *subject = &request.subject;
  SimditEstimateOptions options = SIMDIT_ESTIMATE_OPTIONS_INIT;
  g_autoptr (SimditResult) estimate = NULL;
  GError *error = NULL;
  int status;

  if (!cli_parse_options (
          &argc, &argv, entries, NULL,
          "Works out what each layer costs in closed form and prints one row per "
          "layer.",
          "Without --compat: lockstep slots over the true tiles, tiles that stay on "
          "chip not moved.\nWith it: accesses in KiB; tile counts are quotients, so "
          "cycles and accesses may have fractions."))
    return CLI_BAD_USAGE;
  if ((status = check_request (&request, &options)) != CLI_OK)
    return status;
  if (!cli_subject_load (subject, &error) || !load_energy (&request, &error))
    return cli_input_error (error);
  options.energy = request.table;
  if ((estimate = simdit_estimate (subject->machine, subject->network, &options, &error)) == NULL)
    return cli_input_error (error);
  return print (&request, estimate);
}
