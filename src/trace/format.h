/* What a trace format is: a new one is a file with such a table, and a row in trace.c. */
#ifndef SIMDIT_TRACE_FORMAT_H
#define SIMDIT_TRACE_FORMAT_H

#include <simdit/trace.h>
#include <stdio.h>

/* One export. Pointers are borrowed. */
typedef struct
{
  SimditRecording *recording;
  const SimditResult *layers;
  uint64_t from, to; /* [cycle] within the run */
  uint64_t max_slices;
  FILE *file;
  SimditTraceSummary *summary; /* filled in by the caller; the format corrects it */
} SimditTraceJob;

typedef struct
{
  const char *name, *help;
  uint64_t max_cycles; /* of a trace; 0: any */
  /* Error IO (reading); failures of writing are seen to by the caller. */
  bool (*write) (const SimditTraceJob *job, GError **error);
} SimditTraceFormat;

extern const SimditTraceFormat simdit_trace_perfetto, simdit_trace_vcd, simdit_trace_csv;

#endif
