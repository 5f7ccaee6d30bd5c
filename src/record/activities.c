/* The activities of a recording, block by block. */
#include "record/recording-private.h"

#include <string.h>

/* FNV-1a. */
static uint64_t
digest (uint64_t hash, const void *data, gsize n)
{
  const unsigned char *bytes = data;

  for (gsize i = 0; i < n; i++)
    hash = (hash ^ bytes[i]) * UINT64_C (0x100000001b3);
  return hash;
}

static uint64_t
digest_text (uint64_t hash, const char *text)
{
  return text != NULL ? digest (hash, text, strlen (text) + 1) : hash;
}

/* By name: numbers of counters and labels differ between versions of the program. */
static uint64_t
digest_shape (const SimditRecording *self, const SimditShape *shape)
{
  uint64_t hash = digest (UINT64_C (0xcbf29ce484222325), &shape->duration, sizeof shape->duration);

  hash = digest_text (hash, self->labels[shape->label].text);
  for (uint64_t i = 0; i < shape->n_terms; i++)
    {
      const SimditShapeTerm *term = &self->terms[shape->first_term + i];

      hash = digest_text (hash, self->counters[term->counter].name);
      hash = digest (hash, &term->offset, sizeof term->offset);
      hash = digest (hash, &term->value, sizeof term->value);
      hash = digest (hash, term->loops, sizeof term->loops);
    }
  return hash;
}

void
simdit_recording_digest_shapes (SimditRecording *self)
{
  self->digests = g_new (uint64_t, self->n_shapes + 1);
  for (uint64_t i = 0; i < self->n_shapes; i++)
    self->digests[i] = digest_shape (self, &self->shapes[i]);
}

uint64_t
simdit_recording_sum_shape (const SimditRecording *self, uint32_t shape, guint counter)
{
  const SimditShapeTerm *terms = self->terms + self->shapes[shape].first_term;
  uint64_t sum = 0;

  for (uint64_t i = 0; i < self->shapes[shape].n_terms; i++)
    if (terms[i].counter == counter)
      sum += simdit_shape_term_total (&terms[i]);
  return sum;
}

uint64_t
simdit_recording_sum_transfers (const SimditRecording *self, uint32_t shape)
{
  return simdit_recording_sum_shape (self, shape, self->read_bits)
         + simdit_recording_sum_shape (self, shape, self->write_bits);
}

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
      activity->digest = recording->digests[activity->shape];
      activity->start = self->cycle + self->gaps[self->at++];
      activity->end = self->cycle = activity->start + shape->duration;
      activity->label = recording->labels[shape->label].text;
      activity->kind = recording->kinds[shape->label];
      activity->cause = recording->labels[shape->label].cause;
    }
  while (activity->end <= self->begin);
  return true;
}
