/* Prints a result in the format that was asked for: what run, estimate and validate have in common.
 */
#include "cli/cli.h"

#include <math.h>
#include <string.h>

char *
cli_cell_text (const SimditResult *result, uint64_t row, guint column, bool for_people)
{
  SimditColumnType type = simdit_result_get_column (result, column)->type;
  bool total = row == SIMDIT_RESULT_TOTAL;
  double value;

  if (total && (type == SIMDIT_COLUMN_TEXT || type == SIMDIT_COLUMN_INDEX))
    return g_strdup (column == 0 ? "total" : "");
  if (type == SIMDIT_COLUMN_TEXT)
    return g_strdup (simdit_result_get_text (result, row, column));
  if (type == SIMDIT_COLUMN_INDEX || type == SIMDIT_COLUMN_COUNT)
    return g_strdup_printf ("%" G_GUINT64_FORMAT, simdit_result_get_count (result, row, column));
  value = simdit_result_get_number (result, row, column);
  if (isnan (value)) /* there is no such figure */
    return g_strdup (for_people ? "-" : "");
  if (!for_people || (type == SIMDIT_COLUMN_AMOUNT && value == floor (value)))
    return cli_number_text (value);
  return g_strdup_printf (type == SIMDIT_COLUMN_RATIO ? "%.4f" : "%.2f", value);
}

guint
cli_find_column (const SimditResult *result, const char *name)
{
  guint n = simdit_result_get_n_columns (result), c = 0;

  while (c < n && !g_str_equal (simdit_result_get_column (result, c)->name, name))
    c++;
  g_assert (c < n);
  return c;
}

/* The energies of the layers, whose columns come after those of @result in tables for programs. */
static const SimditResult *
added_energy (const SimditResult *result, bool for_people, guint *first)
{
  const SimditResult *energy = simdit_result_get_energy (result, SIMDIT_ENERGY_LAYERS);

  if (energy == NULL || for_people)
    return NULL;
  *first = cli_find_column (energy, "total_cycles") + 1;
  return energy;
}

static void
add_row (CliTable *table, const SimditResult *result, uint64_t row, bool for_people)
{
  char **cells = cli_table_add_row (table);
  guint n = simdit_result_get_n_columns (result), first = 0;
  const SimditResult *energy = added_energy (result, for_people, &first);

  for (guint c = 0; c < n; c++)
    cells[c] = cli_cell_text (result, row, c, for_people);
  for (guint c = 0; energy != NULL && first + c < simdit_result_get_n_columns (energy); c++)
    cells[n + c] = cli_cell_text (energy, row, first + c, for_people);
}

/* In a table for people: the usual columns, or what the cycles consist of. */
static bool
is_shown (const CliReport *report, const SimditColumn *column)
{
  static const char *const always[] = {
    "layer", "name", "operation", "compute_cycles", "stall_cycles", "total_cycles", NULL
  };

  if (!report->stalls)
    return column->summary;
  return cli_choose (column->name, always) >= 0 || simdit_column_is_part_of_cycles (column);
}

const char *
cli_part_name (const SimditColumn *column)
{
  static const char *const names[][2] = { { "busy_cycles", "busy" },
                                          { "fill_cycles", "fill" },
                                          { "drain_cycles", "drain" },
                                          { "nop_cycles", "nop" },
                                          { "multi_cycle_cycles", "multi_cycle" } };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (column->name, names[i][0]))
      return names[i][1];
  return column->name;
}

/* A column's name without its unit, short enough for a table. */
static const char *
heading (const SimditColumn *column)
{
  static const char *const words[][2] = { { "pe_utilization", "util" },
                                          { "pe_utilization_padded", "util_padded" },
                                          { "compute_cycles", "compute" },
                                          { "stall_cycles", "stall" },
                                          { "total_cycles", "total" },
                                          { "dram_bytes", "dram_B" },
                                          { "weight_bytes", "weight" },
                                          { "bias_bytes", "bias" },
                                          { "ifmap_bytes", "ifmap" },
                                          { "psum_load_bytes", "psum_ld" },
                                          { "psum_store_bytes", "psum_st" },
                                          { "ofmap_bytes", "ofmap" },
                                          { "simulated_compute_cycles", "compute" },
                                          { "estimated_compute_cycles", "estimated" },
                                          { "simulated_stall_cycles", "stall" },
                                          { "estimated_stall_cycles", "estimated" },
                                          { "simulated_total_cycles", "total" },
                                          { "estimated_total_cycles", "estimated" },
                                          { "difference_cycles", "difference" },
                                          { "simulated_dram_bytes", "dram_B" },
                                          { "estimated_dram_bytes", "estimated_B" },
                                          { "difference_dram_bytes", "difference_B" } };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_str_equal (column->name, words[i][0]))
      return words[i][1];
  if (g_str_has_prefix (column->name, "stall_"))
    return column->name + strlen ("stall_");
  return cli_part_name (column);
}

CliTable *
cli_report_table (const CliReport *report, bool for_people)
{
  CliTable *table = cli_table_new ();
  guint first = 0;
  const SimditResult *energy = added_energy (report->result, for_people, &first);

  for (guint c = 0; c < simdit_result_get_n_columns (report->result); c++)
    {
      const SimditColumn *column = simdit_result_get_column (report->result, c);

      cli_table_add_column (table, for_people ? heading (column) : column->name,
                            column->type != SIMDIT_COLUMN_TEXT, is_shown (report, column));
    }
  for (guint c = first; energy != NULL && c < simdit_result_get_n_columns (energy); c++)
    cli_table_add_column (table, simdit_result_get_column (energy, c)->name, true, false);
  for (guint i = 0; i < report->n_rows; i++)
    add_row (table, report->result, report->rows != NULL ? report->rows[i] : i, for_people);
  return table;
}

static void
append_member (GString *text, const char *name, const char *value)
{
  g_autofree char *valid = g_utf8_make_valid (value, -1);

  g_string_append_printf (text, "\"%s\": ", name);
  cli_append_json_string (text, valid);
  g_string_append (text, ", ");
}

/* The totals: every column that has one. */
static void
append_totals (GString *text, const SimditResult *result)
{
  const char *separator = "";

  for (guint c = 0; c < simdit_result_get_n_columns (result); c++)
    {
      const SimditColumn *column = simdit_result_get_column (result, c);
      g_autofree char *value = cli_cell_text (result, SIMDIT_RESULT_TOTAL, c, false);

      if (column->type == SIMDIT_COLUMN_TEXT || column->type == SIMDIT_COLUMN_INDEX)
        continue;
      g_string_append_printf (text, "%s\"%s\": %s", separator, column->name, value);
      separator = ", ";
    }
}

/* ---- where a training iteration spends its time ---- */

static bool
is_training (const CliReport *report)
{
  return simdit_network_get_mode (report->subject->network) == SIMDIT_MODE_TRAINING;
}

static void
add_stage (CliTable *table, const char *name, double pe_array, double simd_array, double all)
{
  char **cells = cli_table_add_row (table);
  double share = all > 0 ? (pe_array + simd_array) / all : 0;

  cells[0] = g_strdup (name);
  cells[1] = cli_number_text (pe_array);
  cells[2] = cli_number_text (simd_array);
  cells[3] = g_strdup_printf ("%.5f", share);
}

/* One row per part of the iteration; @total: the sums, too. Returns the SIMD array's share. */
static double
add_stages (const SimditResult *result, CliTable *table, bool total)
{
  static const char *const names[] = { "phase", "pe_array_cycles", "simd_array_cycles", "share" };
  double sums[2] = { 0 }, all;

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    cli_table_add_column (table, names[i], i > 0, true);
  for (guint stage = 0; stage < SIMDIT_N_STAGES; stage++)
    for (guint pe_array = 0; pe_array < 2; pe_array++)
      sums[pe_array] += simdit_result_get_stage_cycles (result, stage, pe_array);
  all = sums[0] + sums[1];
  for (guint stage = 0; stage < SIMDIT_N_STAGES; stage++)
    add_stage (table, simdit_stage_name (stage),
               simdit_result_get_stage_cycles (result, stage, true),
               simdit_result_get_stage_cycles (result, stage, false), all);
  if (total)
    add_stage (table, "total", sums[1], sums[0], all);
  return all > 0 ? sums[0] / all : 0;
}

static void
print_stages (const CliReport *report, GString *text)
{
  g_autoptr (CliTable) table = cli_table_new ();
  double share;

  if (!is_training (report))
    return;
  share = add_stages (report->result, table, true);
  g_string_append_c (text, '\n');
  cli_table_print (table, true, text);
  g_string_append_printf (text, "\n%.3f %% of the cycles are not convolution or gemm\n",
                          100 * share);
}

static void
print_stages_json (const CliReport *report, GString *text)
{
  g_autoptr (CliTable) table = cli_table_new ();
  g_autofree char *share = NULL;

  if (!is_training (report))
    return;
  share = cli_number_text (add_stages (report->result, table, false));
  g_string_append_printf (text, " \"non_convolution_share\": %s,\n \"phases\": ", share);
  cli_table_print_as (table, CLI_FORMAT_JSON, text);
  g_string_truncate (text, text->len - 1);
  g_string_append (text, ",\n");
}

/* ---- what the memory was doing during stalls ---- */

static void
print_memory_stalls (const CliReport *report, GString *text)
{
  g_autoptr (CliTable) table = report->stalls ? cli_memory_stalls_table (report->result) : NULL;

  if (table == NULL)
    return;
  g_string_append_c (text, '\n');
  cli_table_print (table, false, text);
}

/* ---- what all differences of a comparison are due to ---- */

/* The total of the column named @cause and @quantity, from @first on; "0" where there is none. */
static char *
total_of_part (const SimditResult *result, guint first, const char *cause, const char *quantity)
{
  g_autofree char *name = g_strconcat (cause, quantity, NULL);

  for (guint c = first; c < simdit_result_get_n_columns (result); c++)
    if (g_str_equal (simdit_result_get_column (result, c)->name, name))
      return cli_cell_text (result, SIMDIT_RESULT_TOTAL, c, true);
  return g_strdup ("0");
}

static void
print_causes (const CliReport *report, GString *text)
{
  g_autoptr (CliTable) table = cli_table_new ();

  cli_table_add_column (table, "cause", false, true);
  cli_table_add_column (table, "cycles", true, true);
  cli_table_add_column (table, "dram_B", true, true);
  for (guint c = report->first_cause; c < simdit_result_get_n_columns (report->result); c++)
    {
      const char *name = simdit_result_get_column (report->result, c)->name;
      g_autofree char *cause = NULL, *cycles = NULL, *bytes = NULL;
      char **cells;

      if (!g_str_has_suffix (name, "_cycles"))
        continue;
      cause = g_strndup (name, strlen (name) - strlen ("_cycles"));
      cycles = total_of_part (report->result, c, cause, "_cycles");
      bytes = total_of_part (report->result, c, cause, "_dram_bytes");
      if (g_str_equal (cycles, "0") && g_str_equal (bytes, "0"))
        continue;
      cells = cli_table_add_row (table);
      cells[0] = g_strdelimit (g_steal_pointer (&cause), "_", ' ');
      cells[1] = g_steal_pointer (&cycles);
      cells[2] = g_steal_pointer (&bytes);
    }
  if (table->rows->len == 0)
    return;
  g_string_append_c (text, '\n');
  cli_table_print (table, false, text);
}

static void
print_memory_stalls_json (const CliReport *report, GString *text)
{
  g_autoptr (CliTable) table = cli_memory_stalls_table (report->result);

  if (table == NULL)
    return;
  g_string_append (text, " \"memory_stalls\": ");
  cli_table_print_as (table, CLI_FORMAT_JSON, text);
  g_string_truncate (text, text->len - 1);
  g_string_append (text, ",\n");
}

/* ---- the three formats ---- */

static void
print_json (const CliReport *report, const CliTable *table, GString *text)
{
  const SimditResult *result = report->result;
  g_autofree char *seconds = cli_number_text (simdit_result_get_seconds (result));

  g_string_append (text, "{");
  append_member (text, "hw", report->subject->hw);
  append_member (text, "net", report->subject->net);
  if (simdit_result_get_pipeline (result)[0] != '\0')
    {
      append_member (text, "pipeline", simdit_result_get_pipeline (result));
      append_member (text, "dram", simdit_result_get_dram (result));
    }
  g_string_append_printf (text,
                          "\"batch\": %" G_GINT64_FORMAT ", \"seconds\": %s,\n \"layers\": [\n",
                          report->subject->batch, seconds);
  for (guint i = 0; i < table->rows->len; i++)
    {
      g_string_append (text, "  ");
      cli_table_print_json_row (table, i, text);
      g_string_append (text, i + 1 < table->rows->len ? ",\n" : "\n");
    }
  g_string_append (text, " ],\n");
  print_stages_json (report, text);
  print_memory_stalls_json (report, text);
  cli_energy_json (result, text);
  g_string_append (text, " \"totals\": {");
  append_totals (text, result);
  g_string_append (text, "}}\n");
}

static void
print_summary (const CliReport *report, GString *text)
{
  const CliSubject *subject = report->subject;
  const SimditResult *result = report->result;

  g_string_append_printf (text, "\n%s on %s, batch %" G_GINT64_FORMAT ", ",
                          simdit_network_get_name (subject->network),
                          simdit_machine_get_name (subject->machine), subject->batch);
  if (simdit_result_get_pipeline (result)[0] != '\0')
    g_string_append_printf (text, "%s, dram %s", simdit_result_get_pipeline (result),
                            simdit_result_get_dram (result));
  else
    g_string_append (text, "estimated");
  g_string_append_printf (text, ": %.0f cycles = %.4g ms at %.4g GHz\n",
                          simdit_result_get_cycles (result),
                          simdit_result_get_seconds (result) * 1e3,
                          1e6 / (double) simdit_machine_get_clock_fs (subject->machine));
}

int
cli_report_print (const CliReport *report)
{
  bool for_people = report->subject->form == CLI_FORMAT_TABLE;
  g_autoptr (CliTable) table = cli_report_table (report, for_people);
  g_autoptr (GString) text = g_string_new (NULL);

  switch (report->subject->form)
    {
    case CLI_FORMAT_CSV:
      cli_table_print_csv (table, text);
      break;
    case CLI_FORMAT_JSON:
      print_json (report, table, text);
      break;
    default:
      add_row (table, report->result, SIMDIT_RESULT_TOTAL, true);
      cli_table_print (table, true, text);
      if (report->first_cause != 0)
        print_causes (report, text);
      print_stages (report, text);
      print_memory_stalls (report, text);
      cli_energy_summary (report->result, text);
      print_summary (report, text);
    }
  return cli_write_stdout (text) ? CLI_OK : CLI_BAD_INPUT;
}
