/* simdit validate: the simulator against SimDIT's estimate. */
#include "cli/cli.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define ALL G_MAXINT64 /* layers, in program order */

typedef struct
{
  const SimditResult *result;
  guint column;
} Order;

/* The larger difference first; equal ones in program order. */
static gint
compare_rows (gconstpointer a, gconstpointer b, gpointer data)
{
  const Order *order = data;
  uint64_t i = *(const uint64_t *) a, k = *(const uint64_t *) b;
  double x = fabs (simdit_result_get_number (order->result, i, order->column));
  double y = fabs (simdit_result_get_number (order->result, k, order->column));

  if (x != y)
    return x < y ? 1 : -1;
  return (i > k) - (i < k);
}

/* All rows, those with the largest differences in cycles first. */
static uint64_t *
sort_rows (const SimditResult *result)
{
  uint64_t n = simdit_result_get_n_rows (result), *rows = g_new (uint64_t, n);
  Order order = { result, simdit_result_find_column (result, "difference_cycles") };

  for (uint64_t i = 0; i < n; i++)
    rows[i] = i;
  g_qsort_with_data (rows, (gint) n, sizeof *rows, compare_rows, &order);
  return rows;
}

/* CLI_OK, or a message and CLI_BAD_INPUT when a difference has no cause. */
static int
check_explained (const SimditResult *result)
{
  static const char *const columns[] = { "unexplained_cycles", "unexplained_dram_bytes" };
  int status = CLI_OK;

  for (gsize i = 0; i < G_N_ELEMENTS (columns); i++)
    {
      guint column = simdit_result_find_column (result, columns[i]);

      for (uint64_t row = 0; row < simdit_result_get_n_rows (result); row++)
        if (simdit_result_get_number (result, row, column) != 0)
          {
            fprintf (stderr, "simdit: layer %" G_GUINT64_FORMAT ": %s is %g, expected 0: a bug\n",
                     row, columns[i], simdit_result_get_number (result, row, column));
            status = CLI_BAD_INPUT;
          }
    }
  return status;
}

static int
report (CliSimulation *simulation, const SimditResult *result, gint64 worst)
{
  uint64_t n = simdit_result_get_n_rows (result);
  g_autofree uint64_t *rows = worst != ALL ? sort_rows (result) : NULL;
  CliReport printed = { .subject = &simulation->subject,
                        .result = result,
                        .rows = rows,
                        .n_rows = MIN (n, (uint64_t) worst),
                        .first_cause = cli_find_column (result, "dram_cause") + 1 };
  int status = cli_report_print (&printed);

  return status != CLI_OK ? status : check_explained (result);
}

int
cli_validate (int argc, char **argv)
{
  g_auto (CliSimulation) simulation = CLI_SIMULATION_INIT;
  gint64 worst = ALL;
  const GOptionEntry entries[] = {
    CLI_SUBJECT_OPTIONS (simulation.subject),
    CLI_SIMULATION_OPTIONS (simulation),
    { "worst", 0, 0, G_OPTION_ARG_INT64, &worst, "only the N largest differences in cycles", "N" },
    { 0 },
  };
  g_autofree char *command_line = cli_quote_command_line (argv);
  g_autoptr (SimditResult) result = NULL;
  GError *error = NULL;
  int status;

  if (!cli_parse_options (&argc, &argv, entries, NULL,
                          "Simulates a network, compares each layer with SimDIT's estimate, and "
                          "says what each difference is due to.",
                          "The exit status is 1 when a difference has no known cause."))
    return CLI_BAD_USAGE;
  if ((status = cli_simulation_check (&simulation, "validate")) != CLI_OK)
    return status;
  if (worst < 1)
    return cli_usage_error ("validate", "--worst: expected 1 or more, got %" G_GINT64_FORMAT,
                            worst);
  simulation.run.command_line = command_line;
  if (!cli_simulation_run (&simulation, simdit_validate, &result, &error))
    return cli_input_error (error);
  return report (&simulation, result, worst);
}
