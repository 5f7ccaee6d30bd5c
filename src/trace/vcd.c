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

/* "dram.read_bits" is read_bits in the scope dram. */
typedef struct
{
  const char *type, *scope, *name; /* borrowed */
  guint number;
} Variable;

static void
declare (FILE *file, const Variable *variable)
{
  char code[8];

  fprintf (file, "$var %s %s ", variable->type, code_of (variable->number, code));
  write_word (file, variable->name);
  fputs (" $end\n", file);
}

/* Each scope once, in the order of their first variables. */
static void
declare_all (FILE *file, GArray *variables)
{
  while (variables->len > 0)
    {
      const char *scope = g_array_index (variables, Variable, 0).scope;
      guint left = 0;

      fputs ("$scope module ", file);
      write_word (file, scope);
      fputs (" $end\n", file);
      for (guint i = 0; i < variables->len; i++)
        {
          Variable variable = g_array_index (variables, Variable, i);

          if (g_str_equal (variable.scope, scope))
            declare (file, &variable);
          else
            g_array_index (variables, Variable, left++) = variable;
        }
      fputs ("$upscope $end\n", file);
      g_array_set_size (variables, left);
    }
}

static Variable
counter_variable (const Writer *self, guint counter, GStringChunk *scopes)
{
  const char *name = simdit_recording_get_name (self->job->recording, counter);
  const char *dot = strchr (name, '.');

  return (Variable){ .type = "wire 64",
                     .scope = dot != NULL ? g_string_chunk_insert_len (scopes, name, dot - name)
                                          : "run",
                     .name = dot != NULL ? dot + 1 : name,
                     .number = self->n_tracks + 1 + counter };
}

static void
write_variables (const Writer *self)
{
  const SimditRecording *recording = self->job->recording;
  g_autoptr (GStringChunk) scopes = g_string_chunk_new (1024);
  g_autoptr (GArray) variables = g_array_new (FALSE, FALSE, sizeof (Variable));

  for (guint i = 0; i <= self->n_tracks; i++)
    {
      bool track = i < self->n_tracks;
      Variable variable = { "string 1",
                            track ? simdit_recording_get_track_name (recording, i) : "run",
                            track ? "activity" : "layer", i };

      g_array_append_val (variables, variable);
    }
  for (guint i = 0; i < simdit_recording_get_n_counters (recording); i++)
    if (simdit_samples_has (self->samples, i))
      {
        Variable variable = counter_variable (self, i, scopes);

        g_array_append_val (variables, variable);
      }
  declare_all (self->job->file, variables);
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
  write_variables (self);
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
