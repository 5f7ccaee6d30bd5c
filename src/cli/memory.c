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

/* ---- what the memory was doing while units waited ---- */

typedef struct
{
  const char *cause, *memory; /* borrowed from the result */
  uint64_t cycles;
} Wait;

static gint
compare_waits (gconstpointer a, gconstpointer b)
{
  const Wait *x = a, *y = b;

  return (x->cycles < y->cycles) - (x->cycles > y->cycles);
}

/* Adds a row of the result to that of all layers. */
static void
add_wait (GArray *waits, const char *cause, const char *memory, uint64_t cycles)
{
  Wait wait = { cause, memory, cycles };

  for (guint i = 0; i < waits->len; i++)
    {
      Wait *known = &g_array_index (waits, Wait, i);

      if (!g_str_equal (known->cause, cause) || !g_str_equal (known->memory, memory))
        continue;
      known->cycles += cycles;
      return;
    }
  g_array_append_val (waits, wait);
}

static GArray *
sum_waits (const SimditResult *stalls)
{
  GArray *waits = g_array_new (FALSE, FALSE, sizeof (Wait));
  guint cause = cli_find_column (stalls, "cause"), memory = cli_find_column (stalls, "memory");
  guint cycles = cli_find_column (stalls, "stall_cycles");

  for (uint64_t row = 0; row < simdit_result_get_n_rows (stalls); row++)
    add_wait (waits, simdit_result_get_text (stalls, row, cause),
              simdit_result_get_text (stalls, row, memory),
              simdit_result_get_count (stalls, row, cycles));
  g_array_sort (waits, compare_waits);
  return waits;
}

CliTable *
cli_memory_stalls_table (const SimditResult *result)
{
  static const char *const names[] = { "waits_for", "memory", "stall_cycles", "share" };
  const SimditResult *stalls = simdit_result_get_memory_stalls (result);
  g_autoptr (GArray) waits = NULL;
  CliTable *table;

  if (stalls == NULL)
    return NULL;
  waits = sum_waits (stalls);
  table = cli_table_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    cli_table_add_column (table, names[i], i > 1, true);
  for (guint i = 0; i < waits->len; i++)
    {
      const Wait *wait = &g_array_index (waits, Wait, i);
      char **cells = cli_table_add_row (table);

      cells[0] = g_strdup (wait->cause);
      cells[1] = g_strdup (wait->memory);
      cells[2] = g_strdup_printf ("%" G_GUINT64_FORMAT, wait->cycles);
      cells[3] = g_strdup_printf (
          "%.5f", (double) wait->cycles / (double) total_cycles (result, SIMDIT_RESULT_TOTAL));
    }
  return table;
}
