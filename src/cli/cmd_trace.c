/* simdit trace: what happened when, for other programs' viewers. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#define MIN_SLICES 10 /* at least one for each track */

typedef struct
{
  char *format, *output, *layers; /* owned, as given */
  gint64 from, to, max_slices;
  SimditRecording *recording; /* owned, like @rows */
  SimditResult *rows;
} Request;

static void
request_clear (Request *self)
{
  g_free (self->format);
  g_free (self->output);
  g_free (self->layers);
  simdit_recording_free (self->recording);
  simdit_result_free (self->rows);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Request, request_clear)

static int
check_request (const Request *self, int argc)
{
  if (argc != 2)
    return cli_usage_error ("trace", "expected FILE.h5");
  if (self->output == NULL || !self->output[0])
    return cli_usage_error ("trace", "--output is needed");
  if (self->format != NULL && cli_choose (self->format, simdit_trace_formats ()) < 0)
    return cli_usage_error ("trace", "--format: expected perfetto, vcd or csv, got \"%s\"",
                            self->format);
  if (self->layers != NULL && (self->from != 0 || self->to != -1))
    return cli_usage_error ("trace", "--layers and --from or --to exclude each other");
  if (self->from < 0 || self->to < -1 || (self->to >= 0 && self->to <= self->from))
    return cli_usage_error ("trace", "expected 0 <= --from < --to");
  if (self->max_slices < MIN_SLICES)
    return cli_usage_error ("trace", "--max-slices: expected 10 or more, got %" G_GINT64_FORMAT,
                            self->max_slices);
  return CLI_OK;
}

/* "A:B", or one layer: "A". */
static bool
parse_layers (const char *text, uint64_t n, uint64_t *first, uint64_t *last)
{
  const char *colon = strchr (text, ':');
  g_autofree char *a = colon != NULL ? g_strndup (text, (gsize) (colon - text)) : g_strdup (text);

  return n > 0 && g_ascii_string_to_unsigned (a, 10, 0, n - 1, first, NULL)
         && g_ascii_string_to_unsigned (colon != NULL ? colon + 1 : a, 10, *first, n - 1, last,
                                        NULL);
}

/* The cycles of the layers that were asked for; CLI_OK or, after a message, another status. */
static int
choose_layers (const Request *self, SimditTraceOptions *options)
{
  uint64_t n = simdit_result_get_n_rows (self->rows), first, last;
  guint start = simdit_result_find_column (self->rows, "start_cycle");
  guint total = simdit_result_find_column (self->rows, "total_cycles");

  if (!parse_layers (self->layers, n, &first, &last))
    return cli_usage_error ("trace",
                            "--layers: expected A:B or A, 0 <= A <= B < %" G_GUINT64_FORMAT
                            " layers, got \"%s\"",
                            n, self->layers);
  options->from = simdit_result_get_count (self->rows, first, start);
  options->to = simdit_result_get_count (self->rows, last, start)
                + simdit_result_get_count (self->rows, last, total);
  return CLI_OK;
}

/* What the trace does not have of what was asked for. */
static void
tell_what_is_left_out (const Request *self, const SimditTraceOptions *options,
                       const SimditTraceSummary *summary)
{
  uint64_t end = MIN (options->to, simdit_recording_get_cycles (self->recording));

  if (summary->to < end)
    fprintf (stderr,
             "simdit: the trace ends in cycle %" G_GUINT64_FORMAT " with %" G_GUINT64_FORMAT
             " slices; cycles up to %" G_GUINT64_FORMAT
             " are left out (see --layers, --from, --max-slices)\n",
             summary->to, summary->slices, end);
  /* What holds for one counter of a channel of DRAM holds for all. */
  for (guint i = 0; i < simdit_recording_get_n_counters (self->recording); i++)
    if (!cli_note_unrecorded (self->recording, i, summary->from, summary->to))
      break;
}

int
cli_trace (int argc, char **argv)
{
  g_auto (Request) request = { .to = -1, .max_slices = (gint64) SIMDIT_TRACE_MAX_SLICES };
  const GOptionEntry entries[] = {
    { "format", 0, 0, G_OPTION_ARG_STRING, &request.format, "perfetto (default), vcd or csv",
      "FORMAT" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &request.output, "where to write it", "FILE" },
    { "layers", 0, 0, G_OPTION_ARG_STRING, &request.layers, "only layers A to B", "A:B" },
    { "from", 0, 0, G_OPTION_ARG_INT64, &request.from, "first cycle (0)", "A" },
    { "to", 0, 0, G_OPTION_ARG_INT64, &request.to, "cycle after the last (the end of the run)",
      "B" },
    { "max-slices", 0, 0, G_OPTION_ARG_INT64, &request.max_slices,
      "perfetto: end where these are used up (4194304)", "N" },
    { 0 },
  };
  SimditTraceOptions options = SIMDIT_TRACE_OPTIONS_INIT;
  SimditTraceSummary summary;
  GError *error = NULL;
  int status;

  if (!cli_parse_options (
          &argc, &argv, entries, "FILE.h5",
          "Writes what each unit and port did when, for other programs.",
          "perfetto: for ui.perfetto.dev, with layers, arrows from a transfer to the computation "
          "that waited for it, and counters (of more than 131071 cycles means over 1/65536 of "
          "them).\nvcd: for waveform viewers such as GTKWave, up to "
          "1000000 cycles.\ncsv: a line for each computation, transfer and wait.\nOne cycle is "
          "written as 1 ns."))
    return CLI_BAD_USAGE;
  if ((status = check_request (&request, argc)) != CLI_OK
      || (status = cli_check_output ("trace", request.output, argv + 1, 1)) != CLI_OK)
    return status;
  request.recording = simdit_recording_open (argv[1], &error);
  if (request.recording == NULL
      || (request.rows = simdit_recording_read_layers (request.recording, &error)) == NULL)
    return cli_input_error (error);
  options.format = request.format != NULL ? request.format : options.format;
  options.from = (uint64_t) request.from;
  options.to = request.to >= 0 ? (uint64_t) request.to : options.to;
  options.max_slices = (uint64_t) request.max_slices;
  if (request.layers != NULL && (status = choose_layers (&request, &options)) != CLI_OK)
    return status;
  if (!simdit_trace_export (request.recording, &options, request.output, &summary, &error))
    return cli_input_error (error);
  tell_what_is_left_out (&request, &options, &summary);
  return CLI_OK;
}
