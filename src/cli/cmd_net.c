/* simdit net: the program of a network, as it would run. */
#include "cli/cli.h"

static int
print (const CliSubject *subject, const SimditResult *program)
{
  CliReport report = { .subject = subject,
                       .result = program,
                       .n_rows = simdit_result_get_n_rows (program) };
  g_autoptr (CliTable) table = cli_report_table (&report, subject->form == CLI_FORMAT_TABLE);
  g_autoptr (GString) text = g_string_new (NULL);

  if (subject->form == CLI_FORMAT_CSV)
    cli_table_print_csv (table, text);
  else if (subject->form == CLI_FORMAT_JSON)
    cli_table_print_as (table, CLI_FORMAT_JSON, text);
  else
    cli_table_print (table, false, text);
  return cli_write_stdout (text) ? CLI_OK : CLI_BAD_INPUT;
}

int
cli_net (int argc, char **argv)
{
  g_auto (CliSubject) subject = { .batch = 1 };
  const GOptionEntry entries[] = { CLI_NETWORK_OPTIONS (subject), { 0 } };
  g_autoptr (SimditResult) program = NULL;
  GError *error = NULL;
  int status;

  if (!cli_parse_options (
          &argc, &argv, entries, NULL,
          "Prints the program of a network: one row per layer, with its extents.",
          "Extents are those of the network: channels are not padded, and \"batch\" "
          "names the extent\nthat the batch replaces. \"inputs\" are layers and, by "
          "name, what enters from outside."))
    return CLI_BAD_USAGE;
  if ((status = cli_network_check (&subject, "net")) != CLI_OK)
    return status;
  if (!cli_network_load (&subject, &error))
    return cli_input_error (error);
  program = simdit_network_describe (subject.network);
  return print (&subject, program);
}
