/*
 * Counters over windows of cycles. Activities that touch a window are found by the starts of their
 * blocks; each adds its cycles to a dense window, and its sums in closed form to a binned one. What
 * lies between is in the overview.
 */
#include "record/recording-private.h"

#include <string.h>

#define DENSE_EVERY 16                    /* bins of fewer cycles are summed cycle by cycle */
#define CHUNK_CYCLES (UINT64_C (1) << 18) /* expanded at a time */

/* Adds an activity of @shape that begins in cycle @start. */
typedef void (*Add) (const SimditRecording *self, const SimditShape *shape, uint64_t start,
                     const SimditWindow *window, uint64_t *values);

static void
add_cycles (const SimditRecording *self, const SimditShape *shape, uint64_t start,
            const SimditWindow *window, uint64_t *values)
{
  uint64_t skip = window->from > start ? window->from - start : 0;
  uint64_t at = start > window->from ? start - window->from : 0;

  for (uint64_t i = 0; i < shape->n_terms; i++)
    if (self->terms[shape->first_term + i].counter == window->counter)
      simdit_shape_term_expand (&self->terms[shape->first_term + i], skip, window->n - at,
                                values + at);
}

static void
add_sums (const SimditRecording *self, const SimditShape *shape, uint64_t start,
          const SimditWindow *window, uint64_t *values)
{
  uint64_t begin = MAX (start, window->from) - window->from;
  uint64_t end = MIN (start + shape->extent - window->from, window->n);

  for (uint64_t i = 0; i < shape->n_terms; i++)
    {
      const SimditShapeTerm *term = &self->terms[shape->first_term + i];
      uint64_t before;

      if (term->counter != window->counter)
        continue;
      before = start < window->from ? simdit_shape_term_sum (term, window->from - start) : 0;
      for (uint64_t bin = begin / window->every; bin <= (end - 1) / window->every; bin++)
        {
          uint64_t until = window->from + MIN ((bin + 1) * window->every, window->n) - start;
          uint64_t sum = until >= shape->extent ? simdit_shape_term_total (term)
                                                : simdit_shape_term_sum (term, until);

          values[bin] += sum - before;
          before = sum;
        }
    }
}

static void
add_changes (const SimditRecording *self, const SimditShape *shape, uint64_t start,
             const SimditWindow *window, uint64_t *values)
{
  SimditBinChanges *changes = (SimditBinChanges *) (void *) values;

  for (uint64_t i = 0; i < shape->n_terms; i++)
    {
      const SimditShapeTerm *term = &self->terms[shape->first_term + i];
      uint64_t at = start + term->offset - window->from, bin = at / window->every;

      if (term->counter != window->counter || start + term->offset < window->from
          || at >= window->n)
        continue;
      changes[bin].moment += (MIN ((bin + 1) * window->every, window->n) - at) * term->value;
      changes[bin].sum += term->value;
    }
}

/* Reads @block of @track unless it is the last one read; returns its length, 0 when that fails. */
static uint64_t
load_block (const SimditRecording *self, SimditRecordedTrack *track, uint64_t block)
{
  uint64_t first = block * self->per_block, n = MIN (self->per_block, track->n - first);
  uint64_t at = track->block_starts[block];

  if (track->starts != NULL && track->block == block)
    return n;
  if (track->starts == NULL)
    {
      track->starts = g_new (uint64_t, self->per_block);
      track->shapes = g_new (uint32_t, self->per_block);
    }
  track->block = UINT64_MAX;
  if (!simdit_recording_read_block (track, first, n, track->starts, track->shapes))
    return 0;
  for (uint64_t i = 0; i < n; i++)
    {
      if (track->shapes[i] >= self->n_shapes)
        return 0;
      at += i > 0 ? track->starts[i] : 0; /* the first gap is in the block's start */
      track->starts[i] = at;
      at += self->shapes[track->shapes[i]].duration;
    }
  track->block = block;
  return n;
}

/* The last of @n activities that begins at or before @cycle, or the first one. */
static uint64_t
find_activity (const SimditRecordedTrack *track, uint64_t n, uint64_t cycle)
{
  uint64_t low = 0, high = n;

  while (low < high)
    {
      uint64_t middle = low + (high - low) / 2;

      if (track->starts[middle] <= cycle)
        low = middle + 1;
      else
        high = middle;
    }
  return low - (low > 0);
}

/* Activities of a track do not overlap, but for the overhang: those before @earliest's are over. */
static bool
scan_track (const SimditRecording *self, SimditRecordedTrack *track, const SimditWindow *window,
            Add add, uint64_t *values)
{
  uint64_t earliest = window->from - MIN (window->from, self->overhang);
  uint64_t end = window->from + window->n;

  if (track->n_blocks == 0)
    return true;
  for (uint64_t block = simdit_recording_find_block (track, earliest);
       block < track->n_blocks && track->block_starts[block] < end; block++)
    {
      uint64_t n = load_block (self, track, block);

      if (n == 0)
        return false;
      for (uint64_t i = find_activity (track, n, earliest); i < n && track->starts[i] < end; i++)
        {
          const SimditShape *shape = &self->shapes[track->shapes[i]];

          if (track->starts[i] + shape->extent > window->from)
            add (self, shape, track->starts[i], window, values);
        }
    }
  return true;
}

static bool
scan (SimditRecording *self, const SimditWindow *window, Add add, uint64_t *values, GError **error)
{
  for (guint i = 0; i < self->n_tracks; i++)
    if (!scan_track (self, &self->tracks[i], window, add, values))
      return simdit_recording_fail (self, error, "its counters are damaged");
  return true;
}

bool
simdit_recording_sum_changes (SimditRecording *self, const SimditWindow *window,
                              SimditBinChanges *changes, GError **error)
{
  return scan (self, window, add_changes, (uint64_t *) (void *) changes, error);
}

/* Adds the sums of the bins of @window, from activities. */
static bool
sum_window (SimditRecording *self, const SimditWindow *window, uint64_t *values, GError **error)
{
  SimditRecordedView *view = simdit_recording_find_view (self, window->counter);

  return view != NULL ? simdit_recording_sum_view (self, view, window, values, error)
                      : scan (self, window, add_sums, values, error);
}

bool
simdit_recording_expand (SimditRecording *self, guint counter, uint64_t from, uint64_t n,
                         uint64_t *values, GError **error)
{
  SimditWindow window = { .counter = counter, .from = from, .n = n, .every = 1 };
  SimditRecordedView *view = simdit_recording_find_view (self, counter);

  if (view != NULL)
    return simdit_recording_expand_view (self, view, from, n, values, error);
  memset (values, 0, n * sizeof *values);
  return n == 0 || n > UINT64_MAX - from || scan (self, &window, add_cycles, values, error);
}

/* The bins of the overview of @counter, in memory. */
static bool
load_bins (SimditRecording *self, guint counter, GError **error)
{
  hsize_t start[] = { counter, 0 }, count[] = { 1, self->n_bins };
  hid_t file_space, memory_space;
  bool good;

  if (self->binned_counter == counter || self->n_bins == 0)
    return true;
  if (self->bins == NULL)
    self->bins = g_new0 (uint64_t, self->n_bins);
  self->binned_counter = counter;
  file_space = H5Dget_space (self->overview);
  memory_space = H5Screate_simple (2, count, NULL);
  H5Sselect_hyperslab (file_space, H5S_SELECT_SET, start, NULL, count, NULL);
  good = H5Dread (self->overview, H5T_NATIVE_UINT64, memory_space, file_space, H5P_DEFAULT,
                  self->bins)
         >= 0;
  H5Sclose (memory_space);
  H5Sclose (file_space);
  if (good)
    return true;
  self->binned_counter = self->n_counters;
  return simdit_recording_fail (self, error, "its overview is damaged");
}

/* Adds the sum over @n cycles from @from to @sum, from activities. */
static bool
add_range (SimditRecording *self, guint counter, uint64_t from, uint64_t n, uint64_t *sum,
           GError **error)
{
  SimditWindow window = { .counter = counter, .from = from, .n = n, .every = n };

  return n == 0 || sum_window (self, &window, sum, error);
}

bool
simdit_recording_sum_range (SimditRecording *self, guint counter, uint64_t from, uint64_t n,
                            uint64_t *sum, GError **error)
{
  uint64_t first = (from + self->bin_cycles - 1) / self->bin_cycles;
  uint64_t last = (from + n) / self->bin_cycles;

  if (first >= last)
    return add_range (self, counter, from, n, sum, error);
  if (!load_bins (self, counter, error))
    return false;
  for (uint64_t bin = first; bin < MIN (last, self->n_bins); bin++)
    *sum += self->bins[bin];
  return add_range (self, counter, from, first * self->bin_cycles - from, sum, error)
         && add_range (self, counter, last * self->bin_cycles, from + n - last * self->bin_cycles,
                       sum, error);
}

static bool
reduce_with_overview (SimditRecording *self, const SimditWindow *window, uint64_t *values,
                      GError **error)
{
  for (uint64_t at = 0; at < window->n; at += window->every)
    if (!simdit_recording_sum_range (self, window->counter, window->from + at,
                                     MIN (window->every, window->n - at), values++, error))
      return false;
  return true;
}

/* Cycle by cycle: sums over a few cycles, and maxima. */
static bool
reduce_cycles (SimditRecording *self, const SimditWindow *window, uint64_t *values, GError **error)
{
  g_autofree uint64_t *cycles = g_new (uint64_t, MIN (window->n, CHUNK_CYCLES));
  uint64_t end = self->n_bins * self->bin_cycles; /* nothing happens after it */

  for (uint64_t at = 0; at < window->n && window->from + at < end; at += CHUNK_CYCLES)
    {
      uint64_t n = MIN (CHUNK_CYCLES, window->n - at);

      if (!simdit_recording_expand (self, window->counter, window->from + at, n, cycles, error))
        return false;
      for (uint64_t i = 0; i < n; i++)
        {
          uint64_t *value = &values[(at + i) / window->every];

          *value = window->reduction == SIMDIT_REDUCTION_MAX ? MAX (*value, cycles[i])
                                                             : *value + cycles[i];
        }
    }
  return true;
}

uint64_t
simdit_window_n_values (const SimditWindow *self)
{
  return self->n / self->every + (self->n % self->every != 0);
}

double
simdit_window_mean (const SimditWindow *self, uint64_t index, uint64_t sum)
{
  return (double) sum / (double) MIN (self->every, self->n - index * self->every);
}

bool
simdit_recording_reduce (SimditRecording *self, const SimditWindow *window, uint64_t *values,
                         GError **error)
{
  memset (values, 0, simdit_window_n_values (window) * sizeof *values);
  if (window->n == 0 || window->n > UINT64_MAX - window->from - self->bin_cycles)
    return true;
  if (window->every == 1)
    return simdit_recording_expand (self, window->counter, window->from, window->n, values, error);
  if (window->reduction == SIMDIT_REDUCTION_MAX || window->every < DENSE_EVERY)
    return reduce_cycles (self, window, values, error);
  if (MIN (window->every, window->n) / 4 >= self->bin_cycles
      || (window->every % self->bin_cycles == 0 && window->from % self->bin_cycles == 0))
    return reduce_with_overview (self, window, values, error);
  return sum_window (self, window, values, error);
}
