/* A clock domain: an integer period, edges at its multiples. Only this file turns cycles to time.
 */
#ifndef SIMDIT_ENGINE_CLOCK_H
#define SIMDIT_ENGINE_CLOCK_H

#include "engine/event.h"

typedef struct
{
  SimditTick period_fs;
  SimditTick last_tick; /* memo of the last conversion: most callers ask several times an instant */
  uint64_t last_cycle;
} SimditClock;

static inline void
simdit_clock_init (SimditClock *self, SimditTick period_fs)
{
  *self = (SimditClock){ .period_fs = period_fs };
}

/** simdit_clock_cycle: number of the first edge at or after @tick. */
static inline uint64_t
simdit_clock_cycle (SimditClock *self, SimditTick tick)
{
  if (tick != self->last_tick)
    {
      self->last_tick = tick;
      self->last_cycle = tick / self->period_fs + (tick % self->period_fs != 0);
    }
  return self->last_cycle;
}

/** simdit_clock_tick: when edge @cycle is; UINT64_MAX (refused by the engine) when out of range. */
static inline SimditTick
simdit_clock_tick (const SimditClock *self, uint64_t cycle)
{
  SimditTick tick;

  return __builtin_mul_overflow (cycle, self->period_fs, &tick) ? UINT64_MAX : tick;
}

#endif
