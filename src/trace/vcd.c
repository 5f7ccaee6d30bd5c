/*
 * Value change dump (IEEE 1364-2005, 18.2), 1 ns = 1 cycle: what each unit and port does and the
 * layer as text, which GTKWave and its converters take ("$var string", values "sTEXT"), counters as
 * vectors of 64 bits.
 */
#include "trace/format.h"
#include "trace/samples.h"
#include "trace/timeline.h"

#include <string.h>

#define MAX_CYCLES 1000000
#define FIRST_CODE '!' /* identifiers are of printable characters */
#define N_CODES ('~' - '!' + 1)

typedef struct
{
  const SimditTraceJob *job; /* borrowed */
  SimditSamples *samples;    /* borrowed */
  guint n_tracks;
  uint64_t cycle; /* that was written last */
} Writer;

/* The identifier of variable @number: tracks, the layers, counters. */
static const char *
code_of (guint number, char *text)
{
  char *p = text;

  do
    {
      *p++ = (char) (FIRST_CODE + number % N_CODES);
      number /= N_CODES;
    }
  while (number > 0);
  *p = '\0';
  return text;
}

/* Text without what ends a word. */
static void
write_word (FILE *file, const char *text)
{
  for (; *text != '\0'; text++)
    putc (g_ascii_isgraph (*text) || (guchar) *text >= 0x80 ? *text : '_', file);
}

/* A variable in a scope: "dram.read_bits" is read_bits in dram. */
static void
declare (FILE *file, const char *type, guint number, const char *scope, const char *name)
{
  char code[8];

  fprintf (file, "$scope module ");
  write_word (file, scope);
  fprintf (file, " $end\n$var %s %s ", type, code_of (number, code));
  write_word (file, name);
  fprintf (file, " $end\n$upscope $end\n");
}

static void
declare_counter (const Writer *self, guint counter)
{
  const char *name = simdit_recording_get_name (self->job->recording, counter);
  const char *dot = strchr (name, '.');
  g_autofree char *scope = dot != NULL ? g_strndup (name, (gsize) (dot - name)) : g_strdup ("run");

  declare (self->job->file, "wire 64", self->n_tracks + 1 + counter, scope,
           dot != NULL ? dot + 1 : name);
}

static void
write_label (const Writer *self, guint number, const char *text)
{
  char code[8];

  putc ('s', self->job->file);
  write_word (self->job->file, text);
  fprintf (self->job->file, " %s\n", code_of (number, code));
}

static void
write_number (const Writer *self, guint number, uint64_t value)
{
  char code[8], digits[65], *p = digits + sizeof digits - 1;

  *p = '\0';
  do
    *--p = (char) ('0' + (value & 1));
  while ((value >>= 1) != 0);
  fprintf (self->job->file, "b%s %s\n", p, code_of (number, code));
}

static void
write_header (const Writer *self)
{
  const SimditRecording *recording = self->job->recording;
  FILE *file = self->job->file;
  guint n = simdit_recording_get_n_counters (recording);

  fputs ("$comment 1 ns = 1 cycle: ", file);
  write_word (file, simdit_recording_get_title (recording));
  fputs (" $end\n$timescale 1 ns $end\n", file);
  for (guint i = 0; i < self->n_tracks; i++)
    declare (file, "string 1", i, simdit_recording_get_track_name (recording, i), "activity");
  declare (file, "string 1", self->n_tracks, "run", "layer");
  for (guint i = 0; i < n; i++)
    if (simdit_samples_has (self->samples, i))
      declare_counter (self, i);
  fprintf (file, "$enddefinitions $end\n#%" G_GUINT64_FORMAT "\n$dumpvars\n", self->job->from);
  for (guint i = 0; i <= self->n_tracks; i++)
    write_label (self, i, "-");
  for (guint i = 0; i < n; i++)
    if (simdit_samples_has (self->samples, i))
      write_number (self, self->n_tracks + 1 + i, 0);
  fputs ("$end\n", file);
}

static void
go_to (Writer *self, uint64_t cycle)
{
  if (cycle != self->cycle)
    fprintf (self->job->file, "#%" G_GUINT64_FORMAT "\n", cycle);
  self->cycle = cycle;
}

static void
write_sample (void *data, guint counter, uint64_t cycle, uint64_t sum, uint64_t cycles)
{
  Writer *self = data;

  (void) cycles; /* 1 */
  go_to (self, cycle);
  write_number (self, self->n_tracks + 1 + counter, sum);
}

static bool
write_events (Writer *self, SimditTimeline *timeline, GError **error)
{
  SimditTimelineEvent event;

  do
    {
      if (!simdit_timeline_next (timeline, &event, error)
          || !simdit_samples_until (self->samples, event.more ? event.cycle : self->job->to,
                                    write_sample, self, error))
        return false;
      if (!event.more || !event.begins)
        continue; /* the next thing begins where one ends */
      go_to (self, event.cycle);
      write_label (self, event.track, event.activity.label);
      self->job->summary->slices += event.track != self->n_tracks;
    }
  while (event.more);
  go_to (self, self->job->to);
  return true;
}

static bool
export_trace (const SimditTraceJob *job, GError **error)
{
  g_autoptr (SimditTimeline)
      timeline = simdit_timeline_new (job->recording, job->layers, job->from, job->to);
  g_autoptr (SimditSamples) samples = simdit_samples_new (job->recording, job->from, job->to, 1);
  Writer writer = { .job = job,
                    .samples = samples,
                    .n_tracks = simdit_recording_get_n_tracks (job->recording),
                    .cycle = job->from };

  write_header (&writer);
  return write_events (&writer, timeline, error);
}

const SimditTraceFormat simdit_trace_vcd = {
  .name = "vcd",
  .help = "for waveform viewers, up to 1000000 cycles",
  .max_cycles = MAX_CYCLES,
  .write = export_trace,
};
