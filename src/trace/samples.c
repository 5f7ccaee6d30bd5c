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
  uint64_t *dense;      /* owned: room for the cycles of a chunk */
  Series *series;       /* owned */
  guint n_series;
};

/* A counter of cycles is 1 while a state lasts. */
static bool
is_state (const SimditRecording *recording, guint counter)
{
  return g_str_equal (simdit_recording_get_unit (recording, counter), "cycle");
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
  self->dense = g_new (uint64_t, CHUNK * period);
  self->series = g_new0 (Series, n);
  for (guint i = 0; i < n; i++)
    if (!is_state (recording, i))
      self->series[self->n_series++].counter = i;
  return self;
}

void
simdit_samples_free (SimditSamples *self)
{
  if (self == NULL)
    return;
  g_free (self->dense);
  g_free (self->series);
  g_free (self);
}

bool
simdit_samples_has (const SimditSamples *self, guint counter)
{
  return !is_state (self->recording, counter);
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
  uint64_t cycles;

  self->chunk_cycle += self->n * self->period;
  self->chunk_cycle = MIN (self->chunk_cycle, self->to);
  cycles = MIN (CHUNK * self->period, self->to - self->chunk_cycle);
  self->n = cycles / self->period + (cycles % self->period != 0);
  self->at = 0;
  for (guint i = 0; i < self->n_series; i++)
    {
      Series *series = &self->series[i];

      if (!simdit_recording_expand (self->recording, series->counter, self->chunk_cycle, cycles,
                                    self->dense, error))
        return false;
      for (uint64_t s = 0; s < self->n; s++)
        {
          series->sums[s] = 0;
          for (uint64_t t = s * self->period; t < MIN ((s + 1) * self->period, cycles); t++)
            series->sums[s] += self->dense[t];
        }
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
