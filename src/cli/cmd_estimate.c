/* simdit estimate: the analytical model. */
#include "cli/cli.h"

#include <math.h>

/* One cell; the model counts fractions of tiles, people need no more than two decimals. */
static char *
cell_text (const SimditEstimate *estimate, uint64_t row, guint column, bool for_people)
{
  double value;

  if (simdit_estimate_get_column (estimate, column)->type == SIMDIT_COLUMN_TEXT)
    return g_strdup (row == SIMDIT_RESULT_TOTAL && for_people
                         ? "total"
                         : simdit_estimate_get_text (estimate, row, column));
  value = simdit_estimate_get_amount (estimate, row, column);
  if (for_people && value != floor (value))
    return g_strdup_printf ("%.2f", value);
  return cli_number_text (value);
}

static void
add_row (CliTable *table, const SimditEstimate *estimate, uint64_t row, bool for_people)
{
  char **cells = cli_table_add_row (table);

  for (guint c = 0; c < simdit_estimate_get_n_columns (estimate); c++)
    cells[c] = cell_text (estimate, row, c, for_people);
}

static CliTable *
build_table (const SimditEstimate *estimate, bool for_people)
{
  CliTable *table = cli_table_new ();

  for (guint c = 0; c < simdit_estimate_get_n_columns (estimate); c++)
    {
      const SimditColumn *column = simdit_estimate_get_column (estimate, c);

      cli_table_add_column (table, column->name, column->type != SIMDIT_COLUMN_TEXT,
                            column->summary);
    }
  for (uint64_t row = 0; row < simdit_estimate_get_n_rows (estimate); row++)
    add_row (table, estimate, row, for_people);
  return table;
}

static void
print_json (const CliSubject *subject, const SimditEstimate *estimate, const CliTable *table,
            GString *text)
{
  bool first = true;

  g_string_append (text, "{\"hw\": ");
  cli_append_json_string (text, subject->hw);
  g_string_append (text, ", \"net\": ");
  cli_append_json_string (text, subject->net);
  g_string_append_printf (text, ", \"batch\": %" G_GINT64_FORMAT ",\n \"layers\": [\n",
                          subject->batch);
  for (guint i = 0; i < table->rows->len; i++)
    {
      g_string_append (text, "  ");
      cli_table_print_json_row (table, i, text);
      g_string_append (text, i + 1 < table->rows->len ? ",\n" : "\n");
    }
  g_string_append (text, " ],\n \"totals\": {");
  for (guint c = 0; c < simdit_estimate_get_n_columns (estimate); c++)
    {
      const SimditColumn *column = simdit_estimate_get_column (estimate, c);
      g_autofree char *value = cell_text (estimate, SIMDIT_RESULT_TOTAL, c, false);

      if (column->type == SIMDIT_COLUMN_TEXT)
        continue;
      g_string_append_printf (text, "%s\"%s\": %s", first ? "" : ", ", column->name, value);
      first = false;
    }
  g_string_append (text, "}}\n");
}

static void
print_summary (const CliSubject *subject, const SimditEstimate *estimate, GString *text)
{
  double cycles = simdit_estimate_get_cycles (estimate);
  double clock_fs = (double) simdit_machine_get_clock_fs (subject->machine);

  g_string_append_printf (text,
                          "\n%s on %s, batch %" G_GINT64_FORMAT
                          ", estimated: %.0f cycles = %.4g ms at %.4g GHz; DRAM accesses in KiB\n",
                          simdit_network_get_name (subject->network),
                          simdit_machine_get_name (subject->machine), subject->batch, cycles,
                          cycles * clock_fs * 1e-12, 1e6 / clock_fs);
}

static int
print_estimate (const CliSubject *subject, const SimditEstimate *estimate)
{
  bool for_people = subject->form == CLI_FORMAT_TABLE;
  g_autoptr (CliTable) table = build_table (estimate, for_people);
  g_autoptr (GString) text = g_string_new (NULL);

  switch (subject->form)
    {
    case CLI_FORMAT_CSV:
      cli_table_print_csv (table, text);
      break;
    case CLI_FORMAT_JSON:
      print_json (subject, estimate, table, text);
      break;
    default:
      add_row (table, estimate, SIMDIT_RESULT_TOTAL, true);
      cli_table_print (table, true, text);
      print_summary (subject, estimate, text);
    }
  return cli_write_stdout (text) ? CLI_OK : CLI_BAD_INPUT;
}

int
cli_estimate (int argc, char **argv)
{
  g_auto (CliSubject) subject = { .batch = 1 };
  gboolean compatible = FALSE, fuse = FALSE;
  const GOptionEntry entries[] = {
    CLI_SUBJECT_OPTIONS (subject),
    { "compat", 0, 0, G_OPTION_ARG_NONE, &compatible, "the numbers of SimDIT, quirks included",
      NULL },
    { "fuse", 0, 0, G_OPTION_ARG_NONE, &fuse,
      "hand outputs of the PE array to the SIMD layer after it on chip", NULL },
    { 0 },
  };
  SimditEstimateOptions options = SIMDIT_ESTIMATE_OPTIONS_INIT;
  g_autoptr (SimditEstimate) estimate = NULL;
  GError *error = NULL;
  int status;

  if (!cli_parse_options (&argc, &argv, entries, NULL,
                          "Works out what each layer costs in closed form and prints one row per "
                          "layer.",
                          "Accesses are in KiB, times in cycles of the accelerator's clock. Tile "
                          "counts are quotients, so cycles and accesses may have fractions."))
    return CLI_BAD_USAGE;
  if ((status = cli_subject_check (&subject, "estimate")) != CLI_OK)
    return status;
  options.batch = (uint64_t) subject.batch;
  options.compatible = compatible;
  options.fuse = fuse;
  if (!cli_subject_load (&subject, &error)
      || (estimate = simdit_estimate (subject.machine, subject.network, &options, &error)) == NULL)
    return cli_input_error (error);
  return print_estimate (&subject, estimate);
}
