#include "hw/sram.h"

#include "base/arith.h"

#include <string.h>

#define FULL 2

void
simdit_sram_init (SimditSram *self, const SimditMachine *machine)
{
  *self = (SimditSram){ .ports = machine->sram_ports,
                        .shared = machine->sram_shared,
                        .ideal = machine->sram_ports != SIMDIT_SRAM_1RW && !machine->sram_shared };
}

/* The unit's pace while a transfer in @direction uses the banks of @buffer. */
static guint
pace_beside (const SimditSram *self, SimditBuffer buffer, SimditDirection direction)
{
  bool reads = self->use.reads[buffer], writes = self->use.writes[buffer];

  switch (self->ports)
    {
    case SIMDIT_SRAM_1RW:
      return reads || writes ? 0 : FULL;
    case SIMDIT_SRAM_2RW:
      return reads && writes ? FULL / 2 : FULL;
    default:
      return (direction == SIMDIT_LOAD ? writes : reads) ? 0 : FULL;
    }
}

static void
set_pace (SimditSram *self, const SimditSramDma *dma)
{
  self->pace = FULL;
  for (guint b = 0; b < SIMDIT_N_BUFFERS && self->shared; b++)
    for (guint d = SIMDIT_LOAD; d <= SIMDIT_STORE; d++)
      {
        guint pace = dma->active[b][d] > 0
                         ? pace_beside (self, (SimditBuffer) b, (SimditDirection) d)
                         : FULL;

        if (pace >= self->pace)
          continue;
        self->pace = pace;
        self->culprit = (SimditBuffer) b;
      }
}

void
simdit_sram_begin (SimditSram *self, const SimditSramUse *use, uint64_t cycles, uint64_t cycle,
                   const SimditSramDma *dma)
{
  self->use = *use;
  self->cycle = cycle;
  self->left = FULL * cycles;
  memset (self->lost, 0, sizeof self->lost);
  for (guint b = 0; b < SIMDIT_N_BUFFERS; b++)
    {
      self->alone[b] = self->ports == SIMDIT_SRAM_1RW ? use->doubles[b] : 0;
      self->left += FULL * self->alone[b];
    }
  set_pace (self, dma);
}

bool
simdit_sram_change (SimditSram *self, uint64_t cycle, const SimditSramDma *dma)
{
  uint64_t cycles = cycle - self->cycle;
  guint pace = self->pace;

  self->left -= MIN (self->left, pace * cycles);
  self->lost[self->culprit] += (FULL - pace) * cycles;
  self->cycle = cycle;
  set_pace (self, dma);
  return self->pace != pace;
}

uint64_t
simdit_sram_end (const SimditSram *self)
{
  return self->pace > 0 ? self->cycle + simdit_ceil_div (self->left, self->pace) : UINT64_MAX;
}

/* Half cycles are rounded down, and what is missing is given to who has most. */
void
simdit_sram_waits (const SimditSram *self, uint64_t end_cycle, uint64_t wait,
                   uint64_t waits[SIMDIT_N_BUFFERS])
{
  uint64_t halves[SIMDIT_N_BUFFERS];
  guint most = 0;

  for (guint b = 0; b < SIMDIT_N_BUFFERS; b++)
    {
      halves[b] = FULL * self->alone[b] + self->lost[b];
      if (b == self->culprit)
        halves[b] += (FULL - self->pace) * (end_cycle - self->cycle);
      waits[b] = MIN (halves[b] / FULL, wait);
      wait -= waits[b];
      most = halves[b] > halves[most] ? b : most;
    }
  waits[most] += wait;
}
