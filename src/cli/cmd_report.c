/* simdit report: a run as a page for people. */
#include "cli/cli.h"

#include <simdit/report.h>

int
cli_report (int argc, char **argv)
{
  g_autofree char *output = NULL;
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "where to write it", "FILE.html" },
    { 0 },
  };
  g_autoptr (SimditRecording) recording = NULL;
  GError *error = NULL;

  if (!cli_parse_options (
          &argc, &argv, entries, "FILE.h5",
          "Writes a run as one HTML file: summary, time and traffic by layer, roofline, timeline, "
          "estimates (of \"simdit validate -o\"), all results.",
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
  recording = simdit_recording_open (argv[1], &error);
  if (recording == NULL || !simdit_report_write (recording, output, &error))
    return cli_input_error (error);
  return CLI_OK;
}
