/*
 * Perfetto's native format: protobuf messages, one packet for each beginning and end. Names are
 * interned: the packet that needs a name first brings its text, later ones its number. A packet is
 * written as a Trace of its own: messages one after the other are one message.
 */
#include "trace/format.h"
#include "trace/samples.h"
#include "trace/timeline.h"

#include "perfetto.pb-c.h"

#define SEQUENCE 1 /* everything is written by one "producer" */
#define STATE_CLEARED 1
#define STATE_NEEDED 2
#define MAX_SAMPLES 65536 /* of a counter, more or less: below twice as many */

typedef enum
{
  INTERNED_CATEGORY,
  INTERNED_NAME,
  INTERNED_ANNOTATION,
  N_INTERNED,
} Interned;

typedef struct
{
  const SimditTraceJob *job;    /* borrowed */
  GHashTable *iids[N_INTERNED]; /* owned: text (owned by the recording) -> number */
  Perfetto__InternedName interned_name[N_INTERNED], *interned_names[N_INTERNED];
  Perfetto__InternedData interned;
  bool has_new_names; /* @interned has something for the next packet */
  bool started;       /* a packet has cleared the state */
  uint64_t cycle;     /* in which something began last */
  GByteArray *buffer; /* owned */
  guint n_tracks;
  bool *declared; /* owned, by counter: its track has been described */
  bool *open;     /* owned, by track: a slice has begun */
} Writer;

/* ---- packets ---- */

static void
write_packet (Writer *self, Perfetto__TracePacket *packet)
{
  Perfetto__Trace trace = PERFETTO__TRACE__INIT;

  packet->has_trusted_packet_sequence_id = true;
  packet->trusted_packet_sequence_id = SEQUENCE;
  packet->has_sequence_flags = true;
  packet->sequence_flags = self->started ? STATE_NEEDED : STATE_CLEARED | STATE_NEEDED;
  self->started = true;
  if (self->has_new_names)
    packet->interned_data = &self->interned;
  trace.n_packet = 1;
  trace.packet = &packet;
  g_byte_array_set_size (self->buffer, (guint) perfetto__trace__get_packed_size (&trace));
  perfetto__trace__pack (&trace, self->buffer->data);
  fwrite (self->buffer->data, 1, self->buffer->len, self->job->file);
  self->has_new_names = false;
  perfetto__interned_data__init (&self->interned);
}

/* The number of @text, which goes with the next packet when it is new. */
static uint64_t
intern (Writer *self, Interned kind, const char *text)
{
  uint64_t iid = GPOINTER_TO_SIZE (g_hash_table_lookup (self->iids[kind], text));
  Perfetto__InternedName *name = &self->interned_name[kind];

  if (iid != 0)
    return iid;
  iid = g_hash_table_size (self->iids[kind]) + 1;
  g_hash_table_insert (self->iids[kind], (gpointer) (uintptr_t) text, GSIZE_TO_POINTER (iid));
  perfetto__interned_name__init (name);
  name->has_iid = true;
  name->iid = iid;
  name->name = (char *) (uintptr_t) text;
  self->interned_names[kind] = name;
  self->has_new_names = true;
  if (kind == INTERNED_CATEGORY)
    {
      self->interned.n_event_categories = 1;
      self->interned.event_categories = &self->interned_names[kind];
    }
  else if (kind == INTERNED_NAME)
    {
      self->interned.n_event_names = 1;
      self->interned.event_names = &self->interned_names[kind];
    }
  else
    {
      self->interned.n_debug_annotation_names = 1;
      self->interned.debug_annotation_names = &self->interned_names[kind];
    }
  return iid;
}

/* ---- tracks: 1 is the run, then come the layers, units and ports, counters ---- */

#define RUN_UUID 1

static uint64_t
track_uuid (const Writer *self, guint track)
{
  return RUN_UUID + 1 + (track == self->n_tracks ? 0 : 1 + track);
}

static uint64_t
counter_uuid (const Writer *self, guint counter)
{
  return RUN_UUID + 2 + self->n_tracks + counter;
}

static void
describe_track (Writer *self, uint64_t uuid, const char *name, const char *counter_unit)
{
  Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;
  Perfetto__TrackDescriptor track = PERFETTO__TRACK_DESCRIPTOR__INIT;
  Perfetto__CounterDescriptor counter = PERFETTO__COUNTER_DESCRIPTOR__INIT;

  track.has_uuid = true;
  track.uuid = uuid;
  track.name = (char *) (uintptr_t) name;
  if (uuid == RUN_UUID)
    {
      track.has_child_ordering = true;
      track.child_ordering = PERFETTO__TRACK_DESCRIPTOR__CHILD_TRACKS_ORDERING__EXPLICIT;
    }
  else
    {
      track.has_parent_uuid = true;
      track.parent_uuid = RUN_UUID;
      track.has_sibling_order_rank = true;
      track.sibling_order_rank = (int32_t) uuid;
    }
  if (counter_unit != NULL)
    {
      counter.unit_name = (char *) (uintptr_t) counter_unit;
      track.counter = &counter;
    }
  packet.track_descriptor = &track;
  write_packet (self, &packet);
}

static void
describe_tracks (Writer *self)
{
  const SimditRecording *recording = self->job->recording;
  g_autofree char *run = g_strdup_printf ("%s (1 ns = 1 cycle)",
                                          simdit_recording_get_title (recording));

  describe_track (self, RUN_UUID, run, NULL);
  describe_track (self, track_uuid (self, self->n_tracks), "layers (1 ns = 1 cycle)", NULL);
  for (guint i = 0; i < self->n_tracks; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s (1 ns = 1 cycle)",
                                               simdit_recording_get_track_name (recording, i));

      describe_track (self, track_uuid (self, i), name, NULL);
    }
}

/* ---- events ---- */

static void
write_event (Writer *self, uint64_t cycle, Perfetto__TrackEvent *event)
{
  Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;

  event->has_type = event->has_track_uuid = true;
  packet.has_timestamp = true;
  packet.timestamp = cycle;
  packet.track_event = event;
  write_packet (self, &packet);
}

static void
write_end (Writer *self, uint64_t cycle, guint track)
{
  Perfetto__TrackEvent event = PERFETTO__TRACK_EVENT__INIT;

  event.type = PERFETTO__TRACK_EVENT__TYPE__SLICE_END;
  event.track_uuid = track_uuid (self, track);
  write_event (self, cycle, &event);
}

static void
write_layer (Writer *self, const SimditTimelineEvent *what)
{
  Perfetto__TrackEvent event = PERFETTO__TRACK_EVENT__INIT;
  Perfetto__DebugAnnotation number = PERFETTO__DEBUG_ANNOTATION__INIT, *numbers[] = { &number };

  event.type = PERFETTO__TRACK_EVENT__TYPE__SLICE_BEGIN;
  event.track_uuid = track_uuid (self, what->track);
  event.name = (char *) (uintptr_t) what->activity.label;
  number.has_name_iid = number.has_uint_value = true;
  number.name_iid = intern (self, INTERNED_ANNOTATION, "layer");
  number.uint_value = what->layer;
  event.n_debug_annotations = 1;
  event.debug_annotations = numbers;
  write_event (self, what->cycle, &event);
}

static void
write_activity (Writer *self, const SimditTimelineEvent *what)
{
  Perfetto__TrackEvent event = PERFETTO__TRACK_EVENT__INIT;
  Perfetto__DebugAnnotation bits = PERFETTO__DEBUG_ANNOTATION__INIT, *annotations[] = { &bits };
  SimditActivityKind kind = what->activity.kind;
  bool moves = kind == SIMDIT_ACTIVITY_LOAD || kind == SIMDIT_ACTIVITY_STORE;
  uint64_t category = intern (self, INTERNED_CATEGORY, simdit_activity_kind_name (kind));
  uint64_t flow = what->flow;

  event.type = PERFETTO__TRACK_EVENT__TYPE__SLICE_BEGIN;
  event.track_uuid = track_uuid (self, what->track);
  event.has_name_iid = true;
  event.name_iid = intern (self, INTERNED_NAME, what->activity.label);
  event.n_category_iids = 1;
  event.category_iids = &category;
  if (moves)
    {
      bits.has_name_iid = bits.has_uint_value = true;
      bits.name_iid = intern (self, INTERNED_ANNOTATION, "bits");
      bits.uint_value = simdit_recording_sum_transfers (self->job->recording, what->activity.shape);
      event.n_debug_annotations = 1;
      event.debug_annotations = annotations;
      event.n_flow_ids = 1;
      event.flow_ids = &flow;
    }
  else if (flow != 0)
    {
      event.n_terminating_flow_ids = 1;
      event.terminating_flow_ids = &flow;
    }
  write_event (self, what->cycle, &event);
}

/* Whole numbers where a sample is one cycle, else means. */
static void
write_sample (void *data, guint counter, uint64_t cycle, uint64_t sum, uint64_t cycles)
{
  Writer *self = data;
  const SimditRecording *recording = self->job->recording;
  Perfetto__TrackEvent event = PERFETTO__TRACK_EVENT__INIT;

  if (!self->declared[counter])
    {
      self->declared[counter] = true;
      describe_track (self, counter_uuid (self, counter),
                      simdit_recording_get_name (recording, counter),
                      simdit_recording_get_unit (recording, counter));
    }
  event.type = PERFETTO__TRACK_EVENT__TYPE__COUNTER;
  event.track_uuid = counter_uuid (self, counter);
  if (sum % cycles == 0)
    {
      event.has_counter_value = true;
      event.counter_value = (int64_t) (sum / cycles);
    }
  else
    {
      event.has_double_counter_value = true;
      event.double_counter_value = (double) sum / (double) cycles;
    }
  write_event (self, cycle, &event);
}

/* ---- the whole ---- */

static void
writer_init (Writer *self, const SimditTraceJob *job)
{
  guint n = simdit_recording_get_n_counters (job->recording);

  *self = (Writer){ .job = job, .n_tracks = simdit_recording_get_n_tracks (job->recording) };
  for (guint i = 0; i < N_INTERNED; i++)
    self->iids[i] = g_hash_table_new (g_str_hash, g_str_equal);
  perfetto__interned_data__init (&self->interned);
  self->buffer = g_byte_array_new ();
  self->declared = g_new0 (bool, n);
  self->open = g_new0 (bool, self->n_tracks + 1);
}

static void
writer_clear (Writer *self)
{
  for (guint i = 0; i < N_INTERNED; i++)
    g_hash_table_unref (self->iids[i]);
  g_byte_array_unref (self->buffer);
  g_free (self->declared);
  g_free (self->open);
}

/* No more slices: the trace ends in @cycle. */
static void
cut (Writer *self, uint64_t cycle)
{
  for (guint i = 0; i <= self->n_tracks; i++)
    if (self->open[i])
      write_end (self, cycle, i);
  self->job->summary->to = cycle;
}

/* Returns: false when there are slices enough. */
static bool
write_timeline_event (Writer *self, const SimditTimelineEvent *event)
{
  SimditTraceSummary *summary = self->job->summary;

  /* Whatever begins in a cycle is written, or none of it: slices that are cut have a length. */
  if (event->begins && event->cycle > self->cycle
      && summary->slices + self->n_tracks + 1 > self->job->max_slices)
    {
      cut (self, event->cycle);
      return false;
    }
  if (event->begins)
    self->cycle = event->cycle;
  if (event->activity.kind == SIMDIT_ACTIVITY_IDLE)
    return true;
  if (!event->begins)
    write_end (self, event->cycle, event->track);
  else
    {
      summary->slices++;
      if (event->track == self->n_tracks)
        write_layer (self, event);
      else
        write_activity (self, event);
    }
  self->open[event->track] = event->begins;
  return true;
}

static bool
write_events (Writer *self, SimditTimeline *timeline, SimditSamples *samples, GError **error)
{
  SimditTimelineEvent event;

  do
    {
      if (!simdit_timeline_next (timeline, &event, error))
        return false;
      if (!simdit_samples_until (samples, event.more ? event.cycle : self->job->to, write_sample,
                                 self, error))
        return false;
    }
  while (event.more && write_timeline_event (self, &event));
  return true;
}

static bool
export_trace (const SimditTraceJob *job, GError **error)
{
  uint64_t cycles = job->to - job->from;
  g_autoptr (SimditTimeline)
      timeline = simdit_timeline_new (job->recording, job->layers, job->from, job->to);
  g_autoptr (SimditSamples) samples = simdit_samples_new (job->recording, job->from, job->to,
                                                          MAX (cycles / MAX_SAMPLES, 1));
  Writer writer;
  bool good;

  writer_init (&writer, job);
  describe_tracks (&writer);
  good = write_events (&writer, timeline, samples, error);
  writer_clear (&writer);
  return good;
}

const SimditTraceFormat simdit_trace_perfetto = {
  .name = "perfetto",
  .help = "protobuf for ui.perfetto.dev: slices, flows, counters",
  .write = export_trace,
};
