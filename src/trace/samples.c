#include "trace/samples.h"

#define CHUNK 4096 /* samples of each counter in memory */

typedef struct
{
  guint counter;
  uint64_t sums[CHUNK];
  uint64_t last_sum, last_cycles; /* of the last change */
} Series;

struct SimditSamples
{
  SimditRecording *recording; /* borrowed */
  uint64_t to, period;
  uint64_t chunk_cycle; /* where the samples in memory begin */
  uint64_t n, at;       /* samples in memory, the next of them */
  Series *series;       /* owned */
  guint n_series;
};

/* Not so: a counter of cycles, which is 1 while a state lasts; changes of what is shown itself. */
static bool
is_shown (const SimditRecording *recording, guint counter)
{
  return !g_str_equal (simdit_recording_get_unit (recording, counter), "cycle")
         && !simdit_recording_is_change (recording, counter);
}

SimditSamples *
simdit_samples_new (SimditRecording *recording, uint64_t from, uint64_t to, uint64_t period)
{
  SimditSamples *self = g_new0 (SimditSamples, 1);
  guint n = simdit_recording_get_n_counters (recording);

  self->recording = recording;
  self->to = to;
  self->period = period;
  self->chunk_cycle = from;
  self->series = g_new0 (Series, n);
  for (guint i = 0; i < n; i++)
    if (is_shown (recording, i))
      self->series[self->n_series++].counter = i;
  return self;
}

void
simdit_samples_free (SimditSamples *self)
{
  if (self == NULL)
    return;
  g_free (self->series);
  g_free (self);
}

bool
simdit_samples_has (const SimditSamples *self, guint counter)
{
  return is_shown (self->recording, counter);
}

/* The cycles of the sample that begins in @cycle: the last one may be shorter. */
static uint64_t
length_at (const SimditSamples *self, uint64_t cycle)
{
  return MIN (self->period, self->to - cycle);
}

static bool
read_chunk (SimditSamples *self, GError **error)
{
  SimditWindow window = { .every = self->period };

  self->chunk_cycle += self->n * self->period;
  self->chunk_cycle = MIN (self->chunk_cycle, self->to);
  window.from = self->chunk_cycle;
  window.n = MIN (CHUNK * self->period, self->to - self->chunk_cycle);
  self->n = simdit_window_n_values (&window);
  self->at = 0;
  for (guint i = 0; i < self->n_series; i++)
    {
      window.counter = self->series[i].counter;
      if (!simdit_recording_reduce (self->recording, &window, self->series[i].sums, error))
        return false;
    }
  return true;
}

/* Means are compared without a fraction: a / b and c / d by a * d and c * b. */
static bool
has_changed (const Series *series, uint64_t sum, uint64_t cycles)
{
  uint64_t before = MAX (series->last_cycles, 1);

  return (unsigned __int128) sum * before != (unsigned __int128) series->last_sum * cycles;
}

bool
simdit_samples_until (SimditSamples *self, uint64_t cycle, SimditSampleFunc change, void *data,
                      GError **error)
{
  for (;;)
    {
      uint64_t now = self->chunk_cycle + self->at * self->period;

      if (now >= cycle || now >= self->to)
        return true;
      if (self->at == self->n)
        {
          if (!read_chunk (self, error))
            return false;
          continue;
        }
      for (guint i = 0; i < self->n_series; i++)
        {
          Series *series = &self->series[i];
          uint64_t sum = series->sums[self->at], cycles = length_at (self, now);

          if (!has_changed (series, sum, cycles))
            continue;
          series->last_sum = sum;
          series->last_cycles = cycles;
          change (data, series->counter, now, sum, cycles);
        }
      self->at++;
    }
}
