/* The activities of a recording, block by block. */
#include "record/recording-private.h"

/* Elements of @set into @values. */
static bool
read_elements (hid_t set, hid_t type, uint64_t first, uint64_t n, void *values)
{
  hsize_t start = first, count = n;
  hid_t file_space = H5Dget_space (set), memory_space = H5Screate_simple (1, &count, NULL);
  bool good;

  H5Sselect_hyperslab (file_space, H5S_SELECT_SET, &start, NULL, &count, NULL);
  good = H5Dread (set, type, memory_space, file_space, H5P_DEFAULT, values) >= 0;
  H5Sclose (memory_space);
  H5Sclose (file_space);
  return good;
}

bool
simdit_recording_read_block (const SimditRecordedTrack *track, uint64_t first, uint64_t n,
                             uint64_t *gaps, uint32_t *shapes)
{
  return read_elements (track->gap, H5T_NATIVE_UINT64, first, n, gaps)
         && read_elements (track->shape, H5T_NATIVE_UINT32, first, n, shapes);
}

uint64_t
simdit_recording_find_block (const SimditRecordedTrack *track, uint64_t cycle)
{
  uint64_t low = 0, high = track->n_blocks;

  while (high - low > 1)
    {
      uint64_t middle = low + (high - low) / 2;

      if (track->block_starts[middle] <= cycle)
        low = middle;
      else
        high = middle;
    }
  return low;
}

guint
simdit_recording_get_n_tracks (const SimditRecording *self)
{
  return self->n_tracks;
}

const char *
simdit_recording_get_track_name (const SimditRecording *self, guint track)
{
  return self->tracks[track].name;
}

struct SimditActivities
{
  const SimditRecording *recording; /* borrowed, like the next */
  const SimditRecordedTrack *track;
  uint64_t *gaps; /* owned: one block, like the next */
  uint32_t *shapes;
  uint64_t block;        /* number of the next block to be read */
  uint64_t at, n;        /* in the present block */
  uint64_t begin, cycle; /* those that end before are left out; end of the last one */
};

SimditActivities *
simdit_recording_read_track (const SimditRecording *self, guint track, uint64_t from)
{
  SimditActivities *activities = g_new0 (SimditActivities, 1);

  activities->recording = self;
  activities->track = &self->tracks[track];
  activities->gaps = g_new (uint64_t, self->per_block);
  activities->shapes = g_new (uint32_t, self->per_block);
  activities->begin = from;
  activities->block = simdit_recording_find_block (activities->track, from);
  return activities;
}

void
simdit_activities_free (SimditActivities *self)
{
  if (self == NULL)
    return;
  g_free (self->gaps);
  g_free (self->shapes);
  g_free (self);
}

/* The next block; false with an error set when it cannot be. */
static bool
read_next_block (SimditActivities *self, GError **error)
{
  const SimditRecording *recording = self->recording;
  uint64_t first = self->block * recording->per_block;

  self->at = 0;
  self->n = MIN (recording->per_block, self->track->n - first);
  self->cycle = self->track->block_starts[self->block++];
  if (!simdit_recording_read_block (self->track, first, self->n, self->gaps, self->shapes))
    return simdit_recording_fail (recording, error, "its counters are damaged");
  self->gaps[0] = 0; /* it is in the block's start */
  for (uint64_t i = 0; i < self->n; i++)
    if (self->shapes[i] >= recording->n_shapes)
      return simdit_recording_fail (recording, error, "its counters are damaged");
  return true;
}

bool
simdit_activities_next (SimditActivities *self, SimditActivity *activity, GError **error)
{
  const SimditRecording *recording = self->recording;

  do
    {
      const SimditShape *shape;

      *activity = (SimditActivity){ 0 };
      if (self->at == self->n)
        {
          if (self->block == self->track->n_blocks)
            return true;
          if (!read_next_block (self, error))
            return false;
        }
      shape = &recording->shapes[self->shapes[self->at]];
      activity->shape = self->shapes[self->at];
      activity->start = self->cycle + self->gaps[self->at++];
      activity->end = self->cycle = activity->start + shape->duration;
      activity->label = recording->labels[shape->label].text;
      activity->kind = recording->kinds[shape->label];
      activity->cause = recording->labels[shape->label].cause;
    }
  while (activity->end <= self->begin);
  return true;
}
