#include "base/output.h"
#include "trace/format.h"

#include <simdit/error.h>

static const SimditTraceFormat *const formats[] = { &simdit_trace_perfetto, &simdit_trace_vcd,
                                                    &simdit_trace_csv };

const char *const *
simdit_trace_formats (void)
{
  static const char *const names[] = { "perfetto", "vcd", "csv", NULL };

  G_STATIC_ASSERT (G_N_ELEMENTS (names) == G_N_ELEMENTS (formats) + 1);
  return names;
}

static const SimditTraceFormat *
find_format (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (formats); i++)
    if (g_str_equal (formats[i]->name, name))
      return formats[i];
  return NULL;
}

const char *
simdit_trace_help (const char *format)
{
  const SimditTraceFormat *found = find_format (format);

  return found != NULL ? found->help : NULL;
}

static bool
refuse (GError **error, char *message)
{
  g_set_error_literal (error, SIMDIT_ERROR, SIMDIT_ERROR_INVALID, message);
  g_free (message);
  return false;
}

static bool
check_range (const SimditTraceJob *job, const SimditTraceFormat *format, GError **error)
{
  uint64_t cycles = job->to > job->from ? job->to - job->from : 0;

  if (cycles == 0)
    return refuse (
        error, g_strdup_printf ("cycles %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT
                                ": expected a range within the run, which has %" G_GUINT64_FORMAT
                                " cycles",
                                job->from, job->to, simdit_recording_get_cycles (job->recording)));
  if (format->max_cycles == 0 || cycles <= format->max_cycles)
    return true;
  return refuse (error, g_strdup_printf ("%s: expected a range of at most %" G_GUINT64_FORMAT
                                         " cycles, got %" G_GUINT64_FORMAT,
                                         format->name, format->max_cycles, cycles));
}

bool
simdit_trace_export (SimditRecording *recording, const SimditTraceOptions *options,
                     const char *path, SimditTraceSummary *summary, GError **error)
{
  const SimditTraceFormat *format = find_format (options->format);
  g_autoptr (SimditResult) layers = NULL;
  g_autoptr (SimditOutput) output = NULL;
  SimditTraceJob job = { .recording = recording,
                         .from = options->from,
                         .to = MIN (options->to, simdit_recording_get_cycles (recording)),
                         .max_slices = options->max_slices,
                         .summary = summary };

  if (format == NULL)
    return refuse (error, g_strdup_printf ("\"%s\": expected one of the trace formats: perfetto, "
                                           "vcd, csv",
                                           options->format));
  *summary = (SimditTraceSummary){ .from = job.from, .to = job.to };
  if (!check_range (&job, format, error)
      || (layers = simdit_recording_read_layers (recording, error)) == NULL
      || (output = simdit_output_new (path, error)) == NULL)
    return false;
  job.layers = layers;
  job.file = simdit_output_file (output);
  return format->write (&job, error) && simdit_output_finish (output, error);
}
