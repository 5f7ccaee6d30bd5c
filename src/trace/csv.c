/* One line for each thing that a unit or port did, but for idleness, in the order of time. */
#include "trace/format.h"
#include "trace/timeline.h"

#include <string.h>

/* Quoted where it must be. */
static void
write_text (FILE *file, const char *text)
{
  if (strpbrk (text, ",\"\r\n") == NULL)
    {
      fputs (text, file);
      return;
    }
  putc ('"', file);
  for (; *text != '\0'; text++)
    fprintf (file, *text == '"' ? "\"\"" : "%c", *text);
  putc ('"', file);
}

static void
write_activity (const SimditTraceJob *job, const SimditTimelineEvent *event, guint name_column)
{
  const SimditActivity *activity = &event->activity;

  fprintf (job->file, "%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT ",%s,%s,%s,", activity->start,
           activity->end, simdit_recording_get_track_name (job->recording, event->track),
           simdit_activity_kind_name (activity->kind), activity->label);
  fprintf (job->file, "%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT ",",
           simdit_recording_sum_transfers (job->recording, activity->shape), event->layer);
  write_text (job->file, simdit_result_get_text (job->layers, event->layer, name_column));
  putc ('\n', job->file);
}

static bool
export_trace (const SimditTraceJob *job, GError **error)
{
  g_autoptr (SimditTimeline)
      timeline = simdit_timeline_new (job->recording, job->layers, job->from, job->to);
  guint layers = simdit_recording_get_n_tracks (job->recording);
  guint name_column = simdit_result_find_column (job->layers, "name");
  SimditTimelineEvent event;

  fputs ("start,end,track,kind,activity,bits,layer,name\n", job->file);
  for (;;)
    {
      if (!simdit_timeline_next (timeline, &event, error))
        return false;
      if (!event.more)
        return true;
      if (!event.begins || event.track == layers || event.activity.kind == SIMDIT_ACTIVITY_IDLE)
        continue;
      write_activity (job, &event, name_column);
      job->summary->slices++;
    }
}

const SimditTraceFormat simdit_trace_csv = {
  .name = "csv",
  .help = "a line for each computation, transfer and wait",
  .write = export_trace,
};
