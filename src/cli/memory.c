/* Prints what real DRAM did for a run: simdit run --memory. */
#include "cli/cli.h"

/* Columns behind those of the result's own table. */
static const char *const added[] = { "ideal_cycles", "slowdown" };

static uint64_t
total_cycles (const SimditResult *result, uint64_t row)
{
  return simdit_result_get_count (result, row, cli_find_column (result, "total_cycles"));
}

static void
add_row (CliTable *table, const SimditResult *result, const SimditResult *ideal, uint64_t row,
         bool for_people)
{
  const SimditResult *memory = simdit_result_get_memory (result);
  bool total = row == SIMDIT_RESULT_TOTAL;
  uint64_t layer = total ? row : simdit_result_get_count (memory, row, 0);
  double slowdown = (double) total_cycles (result, layer) / (double) total_cycles (ideal, layer);
  guint n = simdit_result_get_n_columns (memory);
  char **cells = cli_table_add_row (table);

  for (guint c = 0; c < n; c++)
    cells[c] = cli_cell_text (memory, row, c, for_people);
  if (total)
    {
      guint c = cli_find_column (memory, "total_cycles");

      g_free (cells[c]);
      cells[c] = g_strdup_printf ("%" G_GUINT64_FORMAT, total_cycles (result, layer));
    }
  cells[n] = g_strdup_printf ("%" G_GUINT64_FORMAT, total_cycles (ideal, layer));
  cells[n + 1] = for_people ? g_strdup_printf ("%.3f", slowdown) : cli_number_text (slowdown);
}

static CliTable *
build_table (const SimditResult *result, const SimditResult *ideal, bool for_people)
{
  const SimditResult *memory = simdit_result_get_memory (result);
  CliTable *table = cli_table_new ();

  for (guint c = 0; c < simdit_result_get_n_columns (memory); c++)
    {
      const SimditColumn *column = simdit_result_get_column (memory, c);

      cli_table_add_column (table, column->name, column->type != SIMDIT_COLUMN_TEXT, true);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (added); i++)
    cli_table_add_column (table, added[i], true, true);
  for (uint64_t row = 0; row < simdit_result_get_n_rows (memory); row++)
    add_row (table, result, ideal, row, for_people);
  return table;
}

int
cli_memory_print (const CliSubject *subject, const SimditResult *result, const SimditResult *ideal)
{
  bool for_people = subject->form == CLI_FORMAT_TABLE;
  g_autoptr (CliTable) table = build_table (result, ideal, for_people);
  g_autoptr (GString) text = g_string_new (NULL);

  if (for_people)
    {
      add_row (table, result, ideal, SIMDIT_RESULT_TOTAL, true);
      cli_table_print (table, true, text);
    }
  else
    cli_table_print_as (table, subject->form, text);
  return cli_write_stdout (text) ? CLI_OK : CLI_BAD_INPUT;
}
