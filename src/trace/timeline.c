#include "trace/timeline.h"

/* A track, or the layers. */
typedef struct
{
  SimditActivities *activities;     /* owned; NULL: the layers */
  SimditActivity current;           /* without a label: none is left */
  bool open;                        /* it has begun */
  SimditActivity before;            /* that ended last */
  uint64_t flow;                    /* of the present load or store */
  uint64_t ended_flow, ended_cause; /* of the last one that ended */
} Source;

struct SimditTimeline
{
  const SimditResult *layers; /* borrowed */
  guint start_column, total_column, name_column;
  uint64_t next_layer, layer;
  uint64_t from, to;
  guint n_tracks;
  Source *sources; /* owned: the tracks, then the layers */
  uint64_t n_flows;
  bool started; /* each source has its first activity */
};

/* The next layer that takes time. */
static void
next_layer (SimditTimeline *self, SimditActivity *activity)
{
  *activity = (SimditActivity){ .kind = SIMDIT_ACTIVITY_COMPUTE };
  while (self->next_layer < simdit_result_get_n_rows (self->layers))
    {
      uint64_t row = self->next_layer++;

      activity->start = simdit_result_get_count (self->layers, row, self->start_column);
      activity->end = activity->start
                      + simdit_result_get_count (self->layers, row, self->total_column);
      if (activity->end == activity->start || activity->end <= self->from)
        continue;
      activity->label = simdit_result_get_text (self->layers, row, self->name_column);
      return;
    }
}

static bool
advance (SimditTimeline *self, Source *source, GError **error)
{
  SimditActivity *activity = &source->current;

  source->open = false;
  if (source->activities == NULL)
    next_layer (self, activity);
  else if (!simdit_activities_next (source->activities, activity, error))
    return false;
  if (activity->start >= self->to)
    activity->label = NULL;
  activity->start = MAX (activity->start, self->from);
  activity->end = MIN (activity->end, self->to);
  return true;
}

SimditTimeline *
simdit_timeline_new (const SimditRecording *recording, const SimditResult *layers, uint64_t from,
                     uint64_t to)
{
  SimditTimeline *self = g_new0 (SimditTimeline, 1);

  self->layers = layers;
  self->start_column = simdit_result_find_column (layers, "start_cycle");
  self->total_column = simdit_result_find_column (layers, "total_cycles");
  self->name_column = simdit_result_find_column (layers, "name");
  self->from = from;
  self->to = to;
  self->n_tracks = simdit_recording_get_n_tracks (recording);
  self->sources = g_new0 (Source, self->n_tracks + 1);
  for (guint i = 0; i < self->n_tracks; i++)
    self->sources[i].activities = simdit_recording_read_track (recording, i, from);
  return self;
}

void
simdit_timeline_free (SimditTimeline *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < self->n_tracks; i++)
    simdit_activities_free (self->sources[i].activities);
  g_free (self->sources);
  g_free (self);
}

static inline bool
is_transfer (const SimditActivity *activity)
{
  return activity->kind == SIMDIT_ACTIVITY_LOAD || activity->kind == SIMDIT_ACTIVITY_STORE;
}

static inline uint64_t
when (const Source *source)
{
  return source->open ? source->current.end : source->current.start;
}

/* The source of the first event; layers begin before and end after what happens in them. */
static Source *
first_source (const SimditTimeline *self)
{
  Source *first = NULL;

  for (guint i = 0; i <= self->n_tracks; i++)
    {
      /* The layers come first of those that begin, last of those that end. */
      Source *source = &self->sources[i == 0 ? self->n_tracks : i - 1];

      if (source->current.label == NULL)
        continue;
      if (first == NULL || when (source) < when (first)
          || (when (source) == when (first) && source->open
              && (!first->open || first == &self->sources[self->n_tracks])))
        first = source;
    }
  return first;
}

/*
 * The load or store that @source has waited for until now: of the same cause, the last of a track
 * on which something ended just now (it, or the latency after it).
 */
static uint64_t
find_flow (const SimditTimeline *self, const Source *source)
{
  const SimditActivity *wait = &source->before;
  uint64_t now = source->current.start;

  if (wait->kind != SIMDIT_ACTIVITY_WAIT || wait->cause == 0 || wait->end != now)
    return 0;
  for (guint i = 0; i < self->n_tracks; i++)
    if (self->sources[i].ended_cause == wait->cause && self->sources[i].before.end == now)
      return self->sources[i].ended_flow;
  return 0;
}

static uint64_t
begin (SimditTimeline *self, Source *source)
{
  source->open = true;
  if (source->activities == NULL)
    {
      self->layer = self->next_layer - 1;
      return 0;
    }
  if (is_transfer (&source->current))
    return source->flow = ++self->n_flows;
  return source->current.kind == SIMDIT_ACTIVITY_COMPUTE ? find_flow (self, source) : 0;
}

static bool
end (SimditTimeline *self, Source *source, GError **error)
{
  source->before = source->current;
  if (is_transfer (&source->current))
    {
      source->ended_flow = source->flow;
      source->ended_cause = source->current.cause;
    }
  return advance (self, source, error);
}

bool
simdit_timeline_next (SimditTimeline *self, SimditTimelineEvent *event, GError **error)
{
  Source *source;

  for (guint i = 0; i <= self->n_tracks && !self->started; i++)
    if (!advance (self, &self->sources[i], error))
      return false;
  self->started = true;
  source = first_source (self);
  *event = (SimditTimelineEvent){ .more = source != NULL };
  if (source == NULL)
    return true;
  event->begins = !source->open;
  event->cycle = when (source);
  event->track = (guint) (source - self->sources);
  event->activity = source->current;
  if (event->begins)
    event->flow = begin (self, source);
  event->layer = self->layer;
  return event->begins || end (self, source, error);
}
