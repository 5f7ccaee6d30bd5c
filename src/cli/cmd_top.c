/* simdit top: where the cycles of a run went. */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

#define ALL G_MAXINT64 /* no number was asked for */
#define DEFAULT_WORST 15

/* Cycles of one layer that one thing took, or of all things, or of all layers. */
typedef struct
{
  uint64_t cycles;
  uint64_t layer; /* SIMDIT_RESULT_TOTAL: all */
  guint column;
} Part;

typedef struct
{
  const SimditResult *layers; /* borrowed */
  guint total;                /* column of all cycles */
  guint64 worst;
  bool for_people;
} Top;

static gint
compare_parts (gconstpointer a, gconstpointer b)
{
  const Part *x = a, *y = b;

  if (x->cycles != y->cycles)
    return x->cycles < y->cycles ? 1 : -1;
  if (x->layer != y->layer)
    return x->layer < y->layer ? -1 : 1;
  return (x->column > y->column) - (x->column < y->column);
}

static void
add_part (const Top *self, GArray *parts, uint64_t layer, guint column)
{
  Part part = { simdit_result_get_count (self->layers, layer, column), layer, column };

  if (part.cycles > 0)
    g_array_append_val (parts, part);
}

/* Every part of the cycles of @n rows from @first; the largest first. */
static GArray *
collect_parts (const Top *self, uint64_t first, uint64_t n)
{
  GArray *parts = g_array_new (FALSE, FALSE, sizeof (Part));

  for (uint64_t i = 0; i < n; i++)
    for (guint c = 0; c < simdit_result_get_n_columns (self->layers); c++)
      if (simdit_column_is_part_of_cycles (simdit_result_get_column (self->layers, c)))
        add_part (self, parts, first + i, c);
  g_array_sort (parts, compare_parts);
  return parts;
}

static GArray *
collect_layers (const Top *self)
{
  GArray *parts = g_array_new (FALSE, FALSE, sizeof (Part));

  for (uint64_t i = 0; i < simdit_result_get_n_rows (self->layers); i++)
    add_part (self, parts, i, self->total);
  g_array_sort (parts, compare_parts);
  return parts;
}

static char *
share_of_run (const Top *self, uint64_t cycles)
{
  uint64_t all = simdit_result_get_count (self->layers, SIMDIT_RESULT_TOTAL, self->total);
  double share = all > 0 ? (double) cycles / (double) all : 0;

  return self->for_people ? g_strdup_printf ("%.4f", share) : cli_number_text (share);
}

/* What the parts of a table are told apart by. */
typedef struct
{
  bool layers, causes;
} Shown;

static CliTable *
make_table (const Top *self, const GArray *parts, Shown shown)
{
  static const char *const names[] = { "layer", "name", "operation", "unit" };
  CliTable *table = cli_table_new ();
  guint64 n = shown.layers ? MIN (parts->len, self->worst) : parts->len; /* causes are few */

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (shown.layers)
      cli_table_add_column (table, names[i], i == 0, true);
  if (shown.causes)
    cli_table_add_column (table, "cause", false, true);
  cli_table_add_column (table, "cycles", true, true);
  cli_table_add_column (table, "share", true, true);
  for (guint i = 0; i < n; i++)
    {
      const Part *part = &g_array_index (parts, Part, i);
      char **cell = cli_table_add_row (table);

      if (shown.layers)
        {
          *cell++ = g_strdup_printf ("%" G_GUINT64_FORMAT, part->layer);
          for (gsize c = 1; c < G_N_ELEMENTS (names); c++)
            *cell++ = g_strdup (simdit_result_get_text (
                self->layers, part->layer, simdit_result_find_column (self->layers, names[c])));
        }
      if (shown.causes)
        *cell++ = g_strdup (cli_part_name (simdit_result_get_column (self->layers, part->column)));
      *cell++ = g_strdup_printf ("%" G_GUINT64_FORMAT, part->cycles);
      *cell++ = share_of_run (self, part->cycles);
    }
  return table;
}

static void
append_table (const Top *self, const GArray *parts, Shown shown, const char *title, GString *text)
{
  g_autoptr (CliTable) table = make_table (self, parts, shown);

  g_string_append_printf (text, "\n%s", title);
  if (table->rows->len < parts->len)
    g_string_append_printf (text, " (%" G_GUINT64_FORMAT " of %u)", self->worst, parts->len);
  g_string_append (text, ":\n");
  cli_table_print (table, false, text);
}

/* Below waits for data, where DRAM is not ideal. */
static void
append_memory (const Top *self, GString *text)
{
  g_autoptr (CliTable) table = cli_memory_stalls_table (self->layers);

  if (table == NULL || table->rows->len == 0)
    return;
  g_string_append (text, "\nWhat the memory was doing while they waited for data:\n");
  cli_table_print (table, false, text);
}

static bool
print_top (const Top *self, const SimditRecording *recording, CliFormat form)
{
  g_autoptr (GArray) pairs = collect_parts (self, 0, simdit_result_get_n_rows (self->layers));
  g_autoptr (GArray) layers = collect_layers (self);
  g_autoptr (GArray) causes = collect_parts (self, SIMDIT_RESULT_TOTAL, 1);
  g_autoptr (GString) text = g_string_new (NULL);

  if (form != CLI_FORMAT_TABLE)
    {
      g_autoptr (CliTable) table = make_table (self, pairs, (Shown){ true, true });

      cli_table_print_as (table, form, text);
      return cli_write_stdout (text);
    }
  g_string_append_printf (text, "%s: %" G_GUINT64_FORMAT " cycles\n",
                          simdit_recording_get_title (recording),
                          simdit_recording_get_cycles (recording));
  append_table (self, causes, (Shown){ false, true }, "What they are", text);
  append_memory (self, text);
  append_table (self, layers, (Shown){ true, false }, "By layer", text);
  append_table (self, pairs, (Shown){ true, true }, "By layer and cause", text);
  return cli_write_stdout (text);
}

int
cli_top (int argc, char **argv)
{
  g_autofree char *format = NULL;
  gint64 worst = ALL;
  const GOptionEntry entries[] = {
    { "worst", 0, 0, G_OPTION_ARG_INT64, &worst, "only the N that cost most (15; csv, json: all)",
      "N" },
    { "format", 0, 0, G_OPTION_ARG_STRING, &format, "table (default), csv or json", "FORMAT" },
    { 0 },
  };
  g_autoptr (SimditRecording) recording = NULL;
  g_autoptr (SimditResult) layers = NULL;
  GError *error = NULL;
  int form = CLI_FORMAT_TABLE;
  Top top;

  if (!cli_parse_options (
          &argc, &argv, entries, "FILE.h5",
          "Lists the layers of a run, and what they spent their cycles on, by cost.",
          "A cause is a part of computation (busy, fill, drain, nop, multi_cycle) "
          "or a stall; \"simdit list columns\" explains them. Together they are "
          "all cycles of a run."))
    return CLI_BAD_USAGE;
  if (argc != 2)
    return cli_usage_error ("top", "expected FILE.h5");
  if (format != NULL && (form = cli_choose (format, cli_format_names)) < 0)
    return cli_usage_error ("top", "--format: expected table, csv or json, got \"%s\"", format);
  if (worst < 1)
    return cli_usage_error ("top", "--worst: expected 1 or more, got %" G_GINT64_FORMAT, worst);
  recording = simdit_recording_open (argv[1], &error);
  layers = recording != NULL ? simdit_recording_read_layers (recording, &error) : NULL;
  if (layers == NULL)
    return cli_input_error (error);
  top = (Top){ layers, simdit_result_find_column (layers, "total_cycles"),
               (guint64) (worst == ALL && form == CLI_FORMAT_TABLE ? DEFAULT_WORST : worst),
               form == CLI_FORMAT_TABLE };
  return print_top (&top, recording, (CliFormat) form) ? CLI_OK : CLI_BAD_INPUT;
}
