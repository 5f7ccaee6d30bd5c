/* simdit run: simulate a network on a machine. */
#include "cli/cli.h"

int
cli_run (int argc, char **argv)
{
  g_auto (CliSimulation) simulation = CLI_SIMULATION_INIT;
  gboolean stalls = FALSE;
  const GOptionEntry entries[] = {
    CLI_SUBJECT_OPTIONS (simulation.subject),
    CLI_SIMULATION_OPTIONS (simulation),
    { "stalls", 0, 0, G_OPTION_ARG_NONE, &stalls, "show what the stalls of each layer are due to",
      NULL },
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
  simulation.run.command_line = command_line;
  if (!cli_simulation_run (&simulation, simdit_simulate, &result, &error))
    return cli_input_error (error);
  return cli_report_print (&(CliReport){ .subject = &simulation.subject,
                                         .result = result,
                                         .n_rows = simdit_result_get_n_rows (result),
                                         .stalls = stalls });
}
