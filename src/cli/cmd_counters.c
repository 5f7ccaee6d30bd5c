/* simdit counters: per-cycle counters of an output file, over any range of cycles. */
#include "cli/cli.h"

#include <stdio.h>

#define CHUNK_CYCLES (UINT64_C (1) << 20) /* expanded at a time */

static const char *const reductions[] = { "sum", "mean", "max", NULL };

typedef enum
{
  REDUCE_SUM,
  REDUCE_MEAN,
  REDUCE_MAX,
} Reduction;

typedef struct
{
  char *counter, *format; /* owned */
  gint64 from, to, every;
  CliFormat form;
  Reduction reduction;
  SimditRecording *recording; /* owned */
} Request;

static void
request_clear (Request *self)
{
  g_free (self->counter);
  g_free (self->format);
  simdit_recording_free (self->recording);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Request, request_clear)

/* The words and numbers; returns CLI_OK or, after a message, CLI_BAD_USAGE. */
static int
check_request (Request *self, int argc, char **argv)
{
  int reduction = argc == 3 ? cli_choose (argv[2], reductions) : REDUCE_SUM;
  int form = self->format != NULL ? cli_choose (self->format, cli_format_names) : CLI_FORMAT_TABLE;

  if (argc < 2 || argc > 3)
    return cli_usage_error ("counters", "expected FILE.h5, and with --every one of sum, mean, max");
  if (reduction < 0 || (argc == 3 && self->every == 0))
    return cli_usage_error ("counters", "what is \"%s\"? expected sum, mean or max, with --every",
                            argv[2]);
  if (form < 0)
    return cli_usage_error ("counters", "--format: expected table, csv or json, got \"%s\"",
                            self->format);
  self->reduction = (Reduction) reduction;
  self->form = (CliFormat) form;
  if (self->from < 0 || self->every < 0 || self->every > (gint64) CHUNK_CYCLES
      || (self->to >= 0 && self->to < self->from))
    return cli_usage_error ("counters",
                            "expected 0 <= --from <= --to and --every from 1 to %" G_GUINT64_FORMAT,
                            CHUNK_CYCLES);
  if (self->every == 0)
    self->every = 1;
  return CLI_OK;
}

static bool
list_counters (const Request *self)
{
  g_autoptr (CliTable) table = cli_table_new ();
  g_autoptr (GString) text = g_string_new (NULL);

  cli_table_add_column (table, "counter", false, true);
  cli_table_add_column (table, "unit", false, true);
  cli_table_add_column (table, "meaning", false, true);
  for (guint i = 0; i < simdit_recording_get_n_counters (self->recording); i++)
    {
      char **cells = cli_table_add_row (table);

      cells[0] = g_strdup (simdit_recording_get_name (self->recording, i));
      cells[1] = g_strdup (simdit_recording_get_unit (self->recording, i));
      cells[2] = g_strdup (simdit_recording_get_help (self->recording, i));
    }
  cli_table_print_as (table, self->form, text);
  return cli_write_stdout (text);
}

static char *
reduce (const Request *self, const uint64_t *values, uint64_t n)
{
  uint64_t sum = 0, most = 0;

  for (uint64_t i = 0; i < n; i++)
    {
      sum += values[i];
      most = MAX (most, values[i]);
    }
  if (self->reduction == REDUCE_MEAN)
    return cli_number_text ((double) sum / (double) n);
  return g_strdup_printf ("%" G_GUINT64_FORMAT, self->reduction == REDUCE_MAX ? most : sum);
}

static void
append_value (const Request *self, GString *text, uint64_t cycle, const char *value, bool first)
{
  switch (self->form)
    {
    case CLI_FORMAT_CSV:
      g_string_append_printf (text, "%" G_GUINT64_FORMAT ",%s\n", cycle, value);
      break;
    case CLI_FORMAT_JSON:
      g_string_append_printf (text, "%s{\"cycle\": %" G_GUINT64_FORMAT ", \"value\": %s}",
                              first ? "" : ",\n ", cycle, value);
      break;
    default:
      g_string_append_printf (text, "%15" G_GUINT64_FORMAT "  %s\n", cycle, value);
    }
}

/* The range, chunk by chunk, so that its length costs no memory. */
static bool
print_range (Request *self, guint counter, GError **error)
{
  static const char *const heads[] = { "          cycle  value\n", "cycle,value\n", "[" };
  g_autofree uint64_t *values = g_new (uint64_t, CHUNK_CYCLES);
  g_autoptr (GString) text = g_string_new (heads[self->form]);
  uint64_t every = (uint64_t) self->every, chunk = CHUNK_CYCLES / every * every;
  uint64_t end = simdit_recording_get_cycles (self->recording);
  bool first = true;

  if (self->to >= 0)
    end = (uint64_t) self->to;
  for (uint64_t at = (uint64_t) self->from; at < end; at += chunk)
    {
      uint64_t n = MIN (chunk, end - at);

      if (!simdit_recording_expand (self->recording, counter, at, n, values, error))
        return false;
      for (uint64_t i = 0; i < n; i += every)
        {
          g_autofree char *value = reduce (self, values + i, MIN (every, n - i));

          append_value (self, text, at + i, value, first);
          first = false;
        }
      if (!cli_write_stdout (text))
        return true; /* said so, and nothing more can be */
      g_string_truncate (text, 0);
    }
  g_string_append (text, self->form == CLI_FORMAT_JSON ? "]\n" : "");
  cli_write_stdout (text);
  return true;
}

int
cli_counters (int argc, char **argv)
{
  g_auto (Request) request = { .to = -1 };
  const GOptionEntry entries[] = {
    { "counter", 0, 0, G_OPTION_ARG_STRING, &request.counter, "which; without, all are listed",
      "NAME" },
    { "from", 0, 0, G_OPTION_ARG_INT64, &request.from, "first cycle (0)", "A" },
    { "to", 0, 0, G_OPTION_ARG_INT64, &request.to, "cycle after the last (the end of the run)",
      "B" },
    { "every", 0, 0, G_OPTION_ARG_INT64, &request.every, "one value for N cycles: sum, mean or max",
      "N" },
    { "format", 0, 0, G_OPTION_ARG_STRING, &request.format, "table (default), csv or json",
      "FORMAT" },
    { 0 },
  };
  GError *error = NULL;
  guint counter;
  int status;

  if (!cli_parse_options (
          &argc, &argv, entries, "FILE.h5 [sum|mean|max]",
          "Prints a counter of a run for each cycle of a range, exactly.",
          "Example: simdit counters run.h5 --counter pe_array.active_pes --from 1000 "
          "--to 2000 --every 100 mean"))
    return CLI_BAD_USAGE;
  if ((status = check_request (&request, argc, argv)) != CLI_OK)
    return status;
  request.recording = simdit_recording_open (argv[1], &error);
  if (request.recording == NULL)
    return cli_input_error (error);
  if (request.counter == NULL)
    return list_counters (&request) ? CLI_OK : CLI_BAD_INPUT;
  if (!simdit_recording_find (request.recording, request.counter, &counter, &error)
      || !print_range (&request, counter, &error))
    return cli_input_error (error);
  return ferror (stdout) ? CLI_BAD_INPUT : CLI_OK;
}
