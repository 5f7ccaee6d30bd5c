/* simdit run: simulate a network on a machine. */
#include "cli/cli.h"

#include <string.h>

/* Beside the same run on ideal DRAM. */
static int
print_memory (CliSimulation *simulation, const SimditResult *result)
{
  const CliSubject *subject = &simulation->subject;
  SimditRunOptions options = simulation->run;
  g_autoptr (SimditResult) ideal = NULL;
  GError *error = NULL;

  if (simdit_result_get_memory (result) == NULL)
    return cli_usage_error ("run",
                            "--memory: %s DRAM has no rows; expected real DRAM, as "
                            "--dram ddr4-2400",
                            simdit_result_get_dram (result));
  options.dram = "ideal";
  options.memory = NULL;
  options.output_path = NULL;
  options.keep_partial = false;
  ideal = simdit_simulate (subject->machine, subject->network, &options, &error);
  return ideal != NULL ? cli_memory_print (subject, result, ideal) : cli_input_error (error);
}

/* Each shows the run in a table of its own, and only one is printed; CSV and JSON have stalls and
 * energy at once, as columns of the layers. */
static int
check_tables (const CliSimulation *simulation, bool stalls, bool memory)
{
  bool alone = memory || simulation->subject.form == CLI_FORMAT_TABLE;
  const char *asked[4] = { NULL };
  guint n = 0;
  g_autofree char *names = NULL;

  if (simulation->energy != NULL && alone)
    asked[n++] = "--energy";
  if (stalls && alone)
    asked[n++] = "--stalls";
  if (memory)
    asked[n++] = "--memory";
  if (n < 2)
    return CLI_OK;
  names = g_strjoinv (", ", (char **) asked);
  return cli_usage_error ("run", "%s: each prints a table of its own; expected one of them", names);
}

static bool
parse_record (const char *text, SimditRunOptions *options)
{
  g_auto (GStrv) parts = NULL;

  if (!g_str_has_prefix (text, "dram="))
    return false;
  parts = g_strsplit (text + strlen ("dram="), ":", 3);
  options->dram_window = true;
  return g_strv_length (parts) == 2
         && g_ascii_string_to_unsigned (parts[0], 10, 0, UINT64_MAX, &options->dram_from, NULL)
         && g_ascii_string_to_unsigned (parts[1], 10, options->dram_from, UINT64_MAX,
                                        &options->dram_to, NULL);
}

/* Only now, with the machine, is it known which DRAM there is. */
static SimditResult *
simulate (const SimditMachine *machine, const SimditNetwork *network,
          const SimditRunOptions *options, GError **error)
{
  if (!options->dram_window || options->memory != NULL)
    return simdit_simulate (machine, network, options, error);
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               "--record: %s DRAM has no commands and queues; expected real DRAM, as --dram "
               "ddr4-2400",
               options->dram != NULL ? options->dram : simdit_machine_get_dram (machine));
  return NULL;
}

static int
fail_run (GError *error)
{
  g_autoptr (GError) own = error;

  if (error->domain != G_OPTION_ERROR)
    return cli_input_error (g_steal_pointer (&own));
  return cli_usage_error ("run", "%s", error->message);
}

int
cli_run (int argc, char **argv)
{
  g_auto (CliSimulation) simulation = CLI_SIMULATION_INIT;
  gboolean stalls = FALSE, memory = FALSE;
  g_autofree char *record = NULL;
  const GOptionEntry entries[] = {
    CLI_SUBJECT_OPTIONS (simulation.subject),
    CLI_SIMULATION_OPTIONS (simulation),
    CLI_ENERGY_OPTION (simulation.energy),
    { "stalls", 0, 0, G_OPTION_ARG_NONE, &stalls, "show what the stalls of each layer are due to",
      NULL },
    { "memory", 0, 0, G_OPTION_ARG_NONE, &memory,
      "show what real DRAM did for each operand, and the slowdown against ideal DRAM", NULL },
    { "record", 0, 0, G_OPTION_ARG_STRING, &record,
      "of which cycles the file has the commands and queues of real DRAM (all; training: the "
      "first 10 million)",
      "dram=A:B" },
    { 0 },
  };
  g_autofree char *command_line = cli_quote_command_line (argv);
  g_autoptr (SimditResult) result = NULL;
  GError *error = NULL;
  int status;

  if (!cli_parse_options (
          &argc, &argv, entries, NULL,
          "Simulates a network on a machine and prints one row per layer.",
          "Cycles are those of the accelerator's clock. \"simdit list columns\" explains "
          "the columns."))
    return CLI_BAD_USAGE;
  if ((status = cli_simulation_check (&simulation, "run")) != CLI_OK)
    return status;
  if ((status = check_tables (&simulation, stalls, memory)) != CLI_OK)
    return status;
  if (record != NULL && !parse_record (record, &simulation.run))
    return cli_usage_error ("run", "--record: expected dram=A:B, cycles A to before B, got \"%s\"",
                            record);
  if (record != NULL && simulation.output == NULL)
    return cli_usage_error ("run", "--record: is about the file of --output, which is missing");
  simulation.run.command_line = command_line;
  simulation.run.keep_partial = true;
  if (!cli_simulation_run (&simulation, simulate, &result, &error))
    return fail_run (error);
  if (memory && !simdit_result_is_partial (result))
    return print_memory (&simulation, result);
  if (simulation.energy != NULL && simulation.subject.form == CLI_FORMAT_TABLE)
    return cli_simulation_end (&simulation, result,
                               cli_energy_print (&simulation.subject, result, simulation.table));
  status = cli_report_print (&(CliReport){ .subject = &simulation.subject,
                                           .result = result,
                                           .n_rows = simdit_result_get_n_rows (result),
                                           .stalls = stalls });
  return cli_simulation_end (&simulation, result, status);
}
