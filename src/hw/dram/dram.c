/*
 * DRAM models.
 *
 * ideal: each port has its own bandwidth, its width per cycle, and no latency: the assumption of
 * analytical models. Not modelled: everything else about a memory.
 */
#include "hw/dram/dram.h"

#include "base/arith.h"

static void
ideal_submit (SimditDram *self, SimditTransfer *transfer, uint64_t now_cycle)
{
  uint64_t cycles = simdit_ceil_div (transfer->bits, transfer->port_width);

  simdit_engine_schedule (self->engine, &transfer->done,
                          simdit_clock_tick (self->clock, now_cycle + cycles));
}

static const SimditDramOps models[] = {
  { "ideal", "every port at its own width, no latency", ideal_submit },
};

const SimditDramOps *
simdit_dram_find (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (models); i++)
    if (g_str_equal (models[i].name, name))
      return &models[i];
  return NULL;
}

const char *const *
simdit_dram_model_names (void)
{
  static const char *const names[] = { "ideal", NULL };

  return names;
}
