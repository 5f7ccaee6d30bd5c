/*
 * Traces for other programs' viewers, made from a recording: what each unit and port did when, the
 * layers, per-cycle counters. Written as a stream: memory does not grow with the run.
 */
#ifndef SIMDIT_TRACE_H
#define SIMDIT_TRACE_H

#include <glib.h>
#include <simdit/export.h>
#include <simdit/recording.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

#define SIMDIT_TRACE_MAX_SLICES (UINT64_C (4) << 20) /* Perfetto's viewer holds about 7 million */

/**
 * SimditTraceOptions: start from SIMDIT_TRACE_OPTIONS_INIT.
 * @format: one of simdit_trace_formats()
 * @from, @to: [cycle] the first, and after the last; what crosses them is cut off there
 * @max_slices: of the Perfetto format; the trace ends in the cycle where there may be too many
 */
typedef struct
{
  const char *format;
  uint64_t from, to;
  uint64_t max_slices;
} SimditTraceOptions;

#define SIMDIT_TRACE_OPTIONS_INIT                                                                  \
  ((SimditTraceOptions){                                                                           \
      .format = "perfetto", .to = UINT64_MAX, .max_slices = SIMDIT_TRACE_MAX_SLICES })

/**
 * SimditTraceSummary: what a trace holds.
 * @from, @to: [cycle] less than was asked for when slices were used up
 * @slices: activities (of Perfetto: and layers)
 */
typedef struct
{
  uint64_t from, to;
  uint64_t slices;
} SimditTraceSummary;

/** simdit_trace_formats: the names, NULL-terminated, static; simdit_trace_help: of each, or NULL.
 */
SIMDIT_API const char *const *simdit_trace_formats (void);
SIMDIT_API const char *simdit_trace_help (const char *format);

/**
 * simdit_trace_export: writes a trace to @path, which is there only when it is complete.
 * @summary: what was written, on success
 *
 * Errors INVALID (no such format, an empty range, more cycles than the format takes), IO.
 */
SIMDIT_API bool simdit_trace_export (SimditRecording *recording, const SimditTraceOptions *options,
                                     const char *path, SimditTraceSummary *summary, GError **error);

G_END_DECLS

#endif
