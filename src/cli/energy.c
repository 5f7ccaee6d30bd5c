/* Prints the energy of a run or an estimate: simdit run --energy. */
#include "cli/cli.h"

#define UJ_OF_PJ 1e-6

static double
number (const SimditResult *view, uint64_t row, const char *column)
{
  return simdit_result_get_number (view, row, cli_find_column (view, column));
}

/* The columns of a table for people, in uJ: sums of a view's columns of one group. */
static const struct
{
  const char *name, *title;
} groups[] = { { "PEs", "PEs_uJ" },
               { "SIMD", "SIMD_uJ" },
               { "SRAM", "SRAM_uJ" },
               { "AXI", "AXI_uJ" },
               { "DRAM", "DRAM_uJ" } };

static double
sum_of (const SimditResult *view, uint64_t row, const char *group)
{
  double sum = 0;

  for (guint c = 0; c < simdit_result_get_n_columns (view); c++)
    if (g_strcmp0 (simdit_energy_group (simdit_result_get_column (view, c)->name), group) == 0)
      sum += simdit_result_get_number (view, row, c);
  return sum;
}

/* The parts of a whole are compared by their share: a line with that of each group. */
static void
append_shares (const SimditResult *view, GString *text)
{
  double total = number (view, SIMDIT_RESULT_TOTAL, "total_pj");

  for (guint i = 0; i < G_N_ELEMENTS (groups); i++)
    g_string_append_printf (
        text, "%s%s %.2f %%", i > 0 ? ", " : "", groups[i].name,
        total > 0 ? 100 * sum_of (view, SIMDIT_RESULT_TOTAL, groups[i].name) / total : 0);
}

/* @names: columns of @view that come first, NULL-terminated; their sums are the last row. */
static CliTable *
grouped_table (const SimditResult *view, const char *const *names)
{
  CliTable *table = cli_table_new ();
  guint n_names = g_strv_length ((char **) (void *) names);

  for (guint c = 0; c < n_names; c++)
    {
      SimditColumnType type = simdit_result_get_column (view, cli_find_column (view, names[c]))
                                  ->type;

      cli_table_add_column (table, names[c], type != SIMDIT_COLUMN_TEXT, true);
    }
  for (guint g = 0; g < G_N_ELEMENTS (groups); g++)
    cli_table_add_column (table, groups[g].title, true, true);
  cli_table_add_column (table, "total_uJ", true, true);
  cli_table_add_column (table, "mW", true, true);
  for (uint64_t i = 0; i <= simdit_result_get_n_rows (view); i++)
    {
      uint64_t row = i < simdit_result_get_n_rows (view) ? i : SIMDIT_RESULT_TOTAL;
      char **cells = cli_table_add_row (table);

      for (guint c = 0; c < n_names; c++)
        cells[c] = row == SIMDIT_RESULT_TOTAL && c == 0
                       ? g_strdup ("total")
                       : cli_cell_text (view, row, cli_find_column (view, names[c]), true);
      cells += n_names;
      for (guint g = 0; g < G_N_ELEMENTS (groups); g++)
        *cells++ = g_strdup_printf ("%.3f", sum_of (view, row, groups[g].name) * UJ_OF_PJ);
      *cells++ = g_strdup_printf ("%.3f", number (view, row, "total_pj") * UJ_OF_PJ);
      *cells = g_strdup_printf ("%.1f", number (view, row, "power_mw"));
    }
  return table;
}

static void
print_grouped (const SimditResult *view, const char *const *names, GString *text)
{
  g_autoptr (CliTable) table = grouped_table (view, names);

  cli_table_print (table, true, text);
}

/* ---- components, operands ---- */

static bool
has_area (const SimditResult *view)
{
  return simdit_result_find_column (view, "area_um2") < simdit_result_get_n_columns (view);
}

static void
print_components (const SimditResult *view, GString *text)
{
  static const char *const names[] = { "component", "dynamic_uJ", "clock_uJ", "leakage_uJ",
                                       "total_uJ",  "share",      "mW",       "area_mm2" };
  static const char *const energies[] = { "dynamic_pj", "clock_pj", "leakage_pj", "total_pj" };
  guint n = has_area (view) ? G_N_ELEMENTS (names) : G_N_ELEMENTS (names) - 1;
  g_autoptr (CliTable) table = cli_table_new ();

  for (guint c = 0; c < n; c++)
    cli_table_add_column (table, names[c], c > 0, true);
  for (uint64_t i = 0; i <= simdit_result_get_n_rows (view); i++)
    {
      uint64_t row = i < simdit_result_get_n_rows (view) ? i : SIMDIT_RESULT_TOTAL;
      char **cells = cli_table_add_row (table);

      cells[0] = row == SIMDIT_RESULT_TOTAL ? g_strdup ("total")
                                            : g_strdup (simdit_result_get_text (view, row, 0));
      for (guint c = 0; c < G_N_ELEMENTS (energies); c++)
        cells[c + 1] = g_strdup_printf ("%.3f", number (view, row, energies[c]) * UJ_OF_PJ);
      cells[5] = g_strdup_printf ("%.4f", number (view, row, "share"));
      cells[6] = g_strdup_printf ("%.1f", number (view, row, "power_mw"));
      if (has_area (view))
        cells[7] = g_strdup_printf ("%.4f", number (view, row, "area_um2") * 1e-6);
    }
  g_string_append_c (text, '\n');
  cli_table_print (table, true, text);
}

static void
print_operands (const SimditResult *view, GString *text)
{
  static const char *const names[] = { "weights",    "bias",  "ifmap", "psum_load",
                                       "psum_store", "ofmap", "other" };
  double whole = number (view, SIMDIT_RESULT_TOTAL, "dram_pj");
  g_autoptr (CliTable) table = cli_table_new ();

  cli_table_add_column (table, "DRAM of", false, true);
  cli_table_add_column (table, "total_uJ", true, true);
  cli_table_add_column (table, "share", true, true);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *column = g_strdup_printf ("dram_%s_pj", names[i]);
      double pj = number (view, SIMDIT_RESULT_TOTAL, column);
      char **cells;

      if (pj <= 0)
        continue;
      cells = cli_table_add_row (table);
      cells[0] = g_strdup (names[i]);
      cells[1] = g_strdup_printf ("%.3f", pj * UJ_OF_PJ);
      cells[2] = g_strdup_printf ("%.4f", pj / whole);
    }
  g_string_append_c (text, '\n');
  cli_table_print (table, false, text);
}

/* ---- power over time ---- */

static uint64_t
count (const SimditResult *view, uint64_t row, const char *column)
{
  return simdit_result_get_count (view, row, cli_find_column (view, column));
}

void
cli_energy_summary (const SimditResult *result, GString *text)
{
  const SimditResult *layers = simdit_result_get_energy (result, SIMDIT_ENERGY_LAYERS);
  const SimditResult *power = simdit_result_get_energy (result, SIMDIT_ENERGY_POWER);
  uint64_t peak;

  if (layers == NULL)
    return;
  g_string_append_printf (text, "\nenergy %.3f uJ, %.1f mW: ",
                          number (layers, SIMDIT_RESULT_TOTAL, "total_pj") * UJ_OF_PJ,
                          number (layers, SIMDIT_RESULT_TOTAL, "power_mw"));
  append_shares (layers, text);
  g_string_append_printf (text, " (%s)\n", simdit_result_get_energy_memory (result));
  if (power == NULL || simdit_result_get_n_rows (power) == 0)
    return;
  peak = simdit_energy_peak (power);
  g_string_append_printf (text,
                          "peak power %.1f mW in the %" G_GUINT64_FORMAT
                          " cycles from %" G_GUINT64_FORMAT " on\n",
                          number (power, peak, "power_mw"), count (power, peak, "total_cycles"),
                          count (power, peak, "start_cycle"));
}

int
cli_energy_print (const CliSubject *subject, const SimditResult *result,
                  const SimditEnergyTable *table)
{
  static const char *const of_layers[] = { "layer", "name", "operation", "total_cycles", NULL };
  static const char *const of_phases[] = { "phase", "total_cycles", NULL };
  const SimditResult *layers = simdit_result_get_energy (result, SIMDIT_ENERGY_LAYERS);
  const SimditResult *phases = simdit_result_get_energy (result, SIMDIT_ENERGY_PHASES);
  g_autoptr (GString) text = g_string_new (NULL);

  print_grouped (layers, of_layers, text);
  print_components (simdit_result_get_energy (result, SIMDIT_ENERGY_COMPONENTS), text);
  print_operands (layers, text);
  if (simdit_network_get_mode (subject->network) == SIMDIT_MODE_TRAINING)
    {
      g_string_append_c (text, '\n');
      print_grouped (phases, of_phases, text);
    }
  cli_energy_summary (result, text);
  g_string_append_printf (text, "%s on %s, batch %" G_GINT64_FORMAT ", energy table %s: %s\n",
                          simdit_network_get_name (subject->network),
                          simdit_machine_get_name (subject->machine), subject->batch,
                          simdit_energy_table_get_name (table),
                          simdit_energy_table_get_description (table));
  return cli_write_stdout (text) ? CLI_OK : CLI_BAD_INPUT;
}

/* ---- JSON ---- */

static void
append_view (const SimditResult *view, const char *name, GString *text)
{
  CliReport report = { .result = view, .n_rows = simdit_result_get_n_rows (view) };
  g_autoptr (CliTable) table = cli_report_table (&report, false);

  g_string_append_printf (text, "  \"%s\": ", name);
  cli_table_print_as (table, CLI_FORMAT_JSON, text);
  g_string_truncate (text, text->len - 1);
  g_string_append (text, ",\n");
}

void
cli_energy_json (const SimditResult *result, GString *text)
{
  const SimditResult *layers = simdit_result_get_energy (result, SIMDIT_ENERGY_LAYERS);
  const SimditResult *power = simdit_result_get_energy (result, SIMDIT_ENERGY_POWER);
  g_autofree char *total = NULL, *mean = NULL;

  if (layers == NULL)
    return;
  total = cli_number_text (number (layers, SIMDIT_RESULT_TOTAL, "total_pj"));
  mean = cli_number_text (number (layers, SIMDIT_RESULT_TOTAL, "power_mw"));
  g_string_append (text, " \"energy\": {\n");
  append_view (simdit_result_get_energy (result, SIMDIT_ENERGY_COMPONENTS), "components", text);
  append_view (simdit_result_get_energy (result, SIMDIT_ENERGY_PHASES), "phases", text);
  if (power != NULL && simdit_result_get_n_rows (power) > 0)
    {
      uint64_t peak = simdit_energy_peak (power);
      g_autofree char *mw = cli_number_text (number (power, peak, "power_mw"));

      g_string_append_printf (text,
                              "  \"peak_power_mw\": %s, \"peak_start_cycle\": %" G_GUINT64_FORMAT
                              ", \"peak_cycles\": %" G_GUINT64_FORMAT ",\n",
                              mw, count (power, peak, "start_cycle"),
                              count (power, peak, "total_cycles"));
    }
  g_string_append_printf (text, "  \"memory\": \"%s\", \"total_pj\": %s, \"power_mw\": %s},\n",
                          simdit_result_get_energy_memory (result), total, mean);
}
