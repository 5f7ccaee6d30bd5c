/*
 * Main memory. A model decides when a transfer over a port is complete; ports and sequencer do not
 * know which model it is.
 */
#ifndef SIMDIT_HW_DRAM_DRAM_H
#define SIMDIT_HW_DRAM_DRAM_H

#include "engine/clock.h"
#include "engine/event.h"
#include "workload/operator.h"

/* One tile on its way over a port. */
typedef struct
{
  SimditEvent done;    /* owned by the port; the model schedules it */
  uint64_t bits;       /* at least 1 */
  uint64_t port_width; /* [bit/cycle] */
  SimditDirection direction;
} SimditTransfer;

typedef struct SimditDram SimditDram;

typedef struct
{
  const char *name, *help;
  /* @now_cycle: the present, on the accelerator's clock */
  void (*submit) (SimditDram *self, SimditTransfer *transfer, uint64_t now_cycle);
} SimditDramOps;

struct SimditDram
{
  const SimditDramOps *ops;
  SimditEngine *engine; /* borrowed */
  SimditClock *clock;   /* borrowed: the accelerator's */
};

/** simdit_dram_find: the model called @name, or NULL. */
const SimditDramOps *simdit_dram_find (const char *name);

/** simdit_dram_model_names: NULL-terminated, static. */
const char *const *simdit_dram_model_names (void);

#endif
