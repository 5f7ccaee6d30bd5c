/* simdit counters: per-cycle counters of an output file, over any range of cycles. */
#include "cli/cli.h"

#include <stdio.h>

#define CHUNK_VALUES 65536 /* reduced at a time */

static const char *const reductions[] = { "sum", "mean", "max", NULL }; /* by SimditReduction */
static const char *const file_formats[] = { "npy", "h5", NULL };        /* by SimditExportForm */

typedef struct
{
  char *counter, *format, *output; /* owned */
  gint64 from, to, every;
  CliFormat form;
  SimditExport target; /* with @output */
  SimditWindow window;
  SimditRecording *recording; /* owned */
} Request;

static void
request_clear (Request *self)
{
  g_free (self->counter);
  g_free (self->format);
  g_free (self->output);
  simdit_recording_free (self->recording);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Request, request_clear)

/* Formats for people go to stdout, those for programs to a file. */
static int
check_format (Request *self)
{
  int form = self->format != NULL ? cli_choose (self->format, cli_format_names) : CLI_FORMAT_TABLE;
  int file_form = self->format != NULL ? cli_choose (self->format, file_formats) : -1;

  if (form < 0 && file_form < 0)
    return cli_usage_error (
        "counters", "--format: expected table, csv, json, npy or h5, got \"%s\"", self->format);
  if ((file_form >= 0) != (self->output != NULL))
    return cli_usage_error ("counters", "expected --output FILE with --format npy or h5, and with "
                                        "no other");
  if (file_form >= 0 && (self->counter == NULL || self->output[0] == '\0'))
    return cli_usage_error ("counters", "--format %s: expected --counter and the name of a file",
                            self->format);
  if (file_form >= 0)
    self->target = (SimditExport){ self->output, (SimditExportForm) file_form };
  else
    self->form = (CliFormat) form;
  return CLI_OK;
}

/* The words and numbers; returns CLI_OK or, after a message, CLI_BAD_USAGE. */
static int
check_request (Request *self, int argc, char **argv)
{
  int reduction = argc == 3 ? cli_choose (argv[2], reductions) : 0;

  if (argc < 2 || argc > 3)
    return cli_usage_error ("counters", "expected FILE.h5, and with --every one of sum, mean, max");
  if (reduction < 0 || (argc == 3 && self->every == 0))
    return cli_usage_error ("counters", "what is \"%s\"? expected sum, mean or max, with --every",
                            argv[2]);
  self->window.reduction = (SimditReduction) reduction;
  if (self->from < 0 || self->every < 0 || (self->to >= 0 && self->to < self->from))
    return cli_usage_error ("counters", "expected 0 <= --from <= --to and --every of at least 1");
  self->window.every = self->every > 0 ? (uint64_t) self->every : 1;
  return check_format (self);
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

static void
append_values (const Request *self, GString *text, const SimditWindow *window,
               const uint64_t *values)
{
  for (uint64_t i = 0; i < simdit_window_n_values (window); i++)
    {
      g_autofree char *value = window->reduction == SIMDIT_REDUCTION_MEAN
                                   ? cli_number_text (simdit_window_mean (window, i, values[i]))
                                   : g_strdup_printf ("%" G_GUINT64_FORMAT, values[i]);
      uint64_t cycle = window->from + i * window->every;

      append_value (self, text, cycle, value, cycle == self->window.from);
    }
}

/* The range, chunk by chunk, so that its length costs no memory. */
static bool
print_range (Request *self, GError **error)
{
  static const char *const heads[] = { "          cycle  value\n", "cycle,value\n", "[" };
  g_autofree uint64_t *values = g_new (uint64_t, CHUNK_VALUES);
  g_autoptr (GString) text = g_string_new (heads[self->form]);
  uint64_t left = simdit_window_n_values (&self->window);
  SimditWindow part = self->window;

  for (; left > 0; left -= MIN (left, CHUNK_VALUES))
    {
      if (left > CHUNK_VALUES)
        part.n = CHUNK_VALUES * part.every;
      else
        part.n = self->window.from + self->window.n - part.from;
      if (!simdit_recording_reduce (self->recording, &part, values, error))
        return false;
      append_values (self, text, &part, values);
      if (!cli_write_stdout (text))
        return true; /* said so, and nothing more can be */
      g_string_truncate (text, 0);
      part.from += part.n;
    }
  g_string_append (text, self->form == CLI_FORMAT_JSON ? "]\n" : "");
  cli_write_stdout (text);
  return true;
}

/* What the range is, now that the file is open; then prints or exports it. What ends after the run
 * ends with it. */
static bool
show_range (Request *self, GError **error)
{
  SimditWindow *window = &self->window;
  uint64_t cycles = simdit_recording_get_cycles (self->recording);
  uint64_t end = self->to >= 0 ? MIN ((uint64_t) self->to, cycles) : cycles;

  window->from = (uint64_t) self->from;
  if (window->from > 0 && window->from >= cycles)
    {
      g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_INVALID,
                   "--from: expected a cycle of the run, which has %" G_GUINT64_FORMAT
                   ", got %" G_GUINT64_FORMAT,
                   cycles, window->from);
      return false;
    }
  window->n = end - window->from;
  if (!simdit_recording_find (self->recording, self->counter, &window->counter, error))
    return false;
  cli_note_unrecorded (self->recording, window->counter, window->from, window->from + window->n);
  if (self->output != NULL)
    return simdit_recording_export (self->recording, window, &self->target, error);
  return print_range (self, error);
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
    { "format", 0, 0, G_OPTION_ARG_STRING, &request.format,
      "table (default), csv, json; with --output: npy or h5", "FORMAT" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &request.output, "write an npy or h5 file", "FILE" },
    { 0 },
  };
  GError *error = NULL;
  int status;

  if (!cli_parse_options (
          &argc, &argv, entries, "FILE.h5 [sum|mean|max]",
          "Prints a counter of a run for each cycle of a range, exactly.",
          "Example: simdit counters run.h5 --counter pe_array.active_pes --from 1000 "
          "--to 2000 --every 100 mean"))
    return CLI_BAD_USAGE;
  if ((status = check_request (&request, argc, argv)) != CLI_OK
      || (status = cli_check_output ("counters", request.output, argv + 1, 1)) != CLI_OK)
    return status;
  request.recording = simdit_recording_open (argv[1], &error);
  if (request.recording == NULL)
    return cli_input_error (error);
  if (request.counter == NULL)
    return list_counters (&request) ? CLI_OK : CLI_BAD_INPUT;
  if (!show_range (&request, &error))
    return cli_input_error (error);
  return ferror (stdout) ? CLI_BAD_INPUT : CLI_OK;
}
