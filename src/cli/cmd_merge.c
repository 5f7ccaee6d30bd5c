/* simdit merge: from the shards of an exploration to its result. */
#include "cli/cli.h"

int
cli_merge (int argc, char **argv)
{
  g_auto (CliExplorationReport) report = { 0 };
  g_autofree char *output = NULL;
  gint64 threads = 0;
  const GOptionEntry entries[] = {
    CLI_EXPLORATION_TABLE_OPTION (report),
    { "threads", 0, 0, G_OPTION_ARG_INT64, &threads, "for the simulations (one per processor)",
      "N" },
    { "format", 0, 0, G_OPTION_ARG_STRING, &report.format, "table (default), csv or json",
      "FORMAT" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "write an HDF5 file", "FILE.h5" },
    { 0 },
  };
  g_autoptr (SimditExploration) exploration = NULL;
  GError *error = NULL;
  int status;

  if (!cli_parse_options (&argc, &argv, entries, "SHARD.h5...",
                          "Puts the shards of an exploration together and finishes it: simulates "
                          "the best designs, prints and stores what \"simdit explore\" would have.",
                          "Every shard has to be there, once; machine and networks are in the "
                          "files."))
    return CLI_BAD_USAGE;
  if ((status = cli_exploration_check (&report, "merge")) != CLI_OK)
    return status;
  if (argc < 2)
    return cli_usage_error ("merge", "expected SHARD.h5...");
  if (threads < 0 || threads > CLI_MAX_THREADS)
    return cli_usage_error ("merge", "--threads: expected 0 to %d, got %" G_GINT64_FORMAT,
                            CLI_MAX_THREADS, threads);
  if ((status = cli_check_output ("merge", output, argv + 1, (guint) argc - 1)) != CLI_OK)
    return status;
  exploration = simdit_explore_merge ((const char *const *) argv + 1, (guint) argc - 1, output,
                                      (guint) threads, &error);
  if (exploration == NULL)
    return cli_input_error (error);
  return cli_exploration_print (&report, exploration);
}
