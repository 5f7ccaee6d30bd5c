/* simdit report: a run or an exploration as a page for people. */
#include "cli/cli.h"

#include <simdit/report.h>

/* The file says what it is. */
static bool
report (const char *path, const char *output, GError **error)
{
  g_autofree char *format = simdit_file_format (path, error);
  g_autoptr (SimditRecording) recording = NULL;
  g_autoptr (SimditExploration) exploration = NULL;

  if (format == NULL)
    return false;
  if (g_str_equal (format, "simdit-exploration-shard"))
    {
      g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_INVALID,
                   "%s: expected a run or a whole exploration, got a shard of one; "
                   "\"simdit merge\" puts shards together",
                   path);
      return false;
    }
  if (g_str_equal (format, "simdit-exploration"))
    return (exploration = simdit_exploration_open (path, error)) != NULL
           && simdit_report_write_exploration (exploration, output, error);
  return (recording = simdit_recording_open (path, error)) != NULL
         && simdit_report_write (recording, output, error);
}

int
cli_report (int argc, char **argv)
{
  g_autofree char *output = NULL;
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "where to write it", "FILE.html" },
    { 0 },
  };
  GError *error = NULL;
  int status;

  if (!cli_parse_options (
          &argc, &argv, entries, "FILE.h5",
          "Writes a run as one HTML file: summary, time and traffic by layer, roofline, timeline, "
          "energy and power (of \"simdit run --energy\"), estimates (of \"simdit validate -o\"), "
          "all results. Or an exploration (\"simdit explore -o\"): heat map over the budgets, "
          "Pareto front, best designs.",
          simdit_report_is_interactive ()
              ? "Example: simdit report run.h5 -o run.html\n"
                "The page needs no network. Its charts can be zoomed and clicked."
              : "Example: simdit report run.h5 -o run.html\n"
                "The page needs no network. Its charts are drawings: to zoom and click them, run "
                "\"npm ci\" and build anew."))
    return CLI_BAD_USAGE;
  if (argc != 2)
    return cli_usage_error ("report", "expected FILE.h5");
  if (output == NULL || output[0] == '\0')
    return cli_usage_error ("report", "--output is needed");
  if ((status = cli_check_output ("report", output, argv + 1, 1)) != CLI_OK)
    return status;
  return report (argv[1], output, &error) ? CLI_OK : cli_input_error (error);
}
