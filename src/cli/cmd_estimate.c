/* simdit estimate: the analytical model. */
#include "cli/cli.h"

int
cli_estimate (int argc, char **argv)
{
  g_auto (CliSubject) subject = { .batch = 1 };
  gboolean compatible = FALSE, fuse = FALSE;
  const GOptionEntry entries[] = {
    CLI_SUBJECT_OPTIONS (subject),
    { "compat", 0, 0, G_OPTION_ARG_NONE, &compatible,
      "SimDIT's columns and numbers, quirks included", NULL },
    { "fuse", 0, 0, G_OPTION_ARG_NONE, &fuse,
      "hand outputs of the PE array to the SIMD layer after it on chip", NULL },
    { 0 },
  };
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
  if ((status = cli_subject_check (&subject, "estimate")) != CLI_OK)
    return status;
  options.batch = (uint64_t) subject.batch;
  options.compatible = compatible;
  options.fuse = fuse;
  if (!cli_subject_load (&subject, &error)
      || (estimate = simdit_estimate (subject.machine, subject.network, &options, &error)) == NULL)
    return cli_input_error (error);
  return cli_report_print (&(CliReport){
      .subject = &subject, .result = estimate, .n_rows = simdit_result_get_n_rows (estimate) });
}
