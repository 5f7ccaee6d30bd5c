/*
 * Main memory. A model decides when a transfer over a port is complete; ports and sequencer do not
 * know which model it is.
 *
 * A model is asked for as NAME[:KEY=VALUE,...], in a machine's "dram" and after --dram.
 */
#ifndef SIMDIT_HW_DRAM_DRAM_H
#define SIMDIT_HW_DRAM_DRAM_H

#include "engine/clock.h"
#include "engine/event.h"
#include "hw/dram/watch.h"
#include "machine/machine-private.h"
#include "program/tile-walk.h"

#define SIMDIT_DRAM_BUS_PORTS 4 /* told apart in waits */

/* What a port waits for whose transfer is under way while no data pass: the request whose data are
 * next. In the order of a request's life. */
typedef enum
{
  SIMDIT_DRAM_WAIT_ANYTHING, /* the model does not say */
  SIMDIT_DRAM_WAIT_QUEUE,    /* not taken yet: no room in the queue, or too many bursts under way */
  SIMDIT_DRAM_WAIT_BUS,      /* its bank or the bus serves others: plus the port they are of */
  SIMDIT_DRAM_WAIT_REFRESH = SIMDIT_DRAM_WAIT_BUS + SIMDIT_DRAM_BUS_PORTS,
  SIMDIT_DRAM_WAIT_TURNAROUND, /* between reads and writes */
  SIMDIT_DRAM_WAIT_CONFLICT,   /* another row is closed, its own opened */
  SIMDIT_DRAM_WAIT_MISS,       /* its row is opened */
  SIMDIT_DRAM_WAIT_LATENCY,    /* from its column command to its last datum */
  SIMDIT_DRAM_N_WAITS,
} SimditDramWait;

/* One tile on its way over a port. */
typedef struct SimditTransfer SimditTransfer;
struct SimditTransfer
{
  SimditEvent done;     /* owned by the port; the model schedules it */
  guint port;           /* number of the port */
  uint64_t bits;        /* at least 1 */
  uint64_t port_width;  /* [bit/cycle] */
  uint64_t port_cycles; /* at the port's full width: ceil (bits / port_width) */
  uint64_t end_cycle;   /* set by the model with the event: when @done happens */
  SimditDirection direction;
  SimditOperand operand;
  SimditTileWalk walk; /* where the tile lies; set for models that ask for addresses */
  /* Called by models that do not use the full width all the time, for each part of constant rate.
   */
  void (*moved) (SimditTransfer *self, uint64_t from_cycle, uint64_t cycles, uint64_t bits);
  /* Called by models that know why, from the end of the part before up to @until_cycle. */
  void (*waited) (SimditTransfer *self, SimditDramWait wait, uint64_t until_cycle);
};

#define SIMDIT_DRAM_MAX_PORTS 8

typedef struct SimditDram SimditDram;

/* A parameter of a model; all are numbers. */
typedef struct
{
  const char *key;             /* NULL ends a list */
  uint64_t min, max, fallback; /* fallback SIMDIT_DRAM_REQUIRED: must be given */
  const char *help;
} SimditDramKey;

#define SIMDIT_DRAM_REQUIRED UINT64_MAX
#define SIMDIT_DRAM_MAX_KEYS 8

/* What a memory did for a program. */
typedef struct
{
  uint64_t requests[SIMDIT_N_OPERANDS][SIMDIT_DRAM_N_OUTCOMES];
  uint64_t commands[SIMDIT_DRAM_N_COMMANDS];
} SimditDramReport;

typedef struct SimditDramSpec SimditDramSpec;

/* One const table per model. */
typedef struct
{
  const char *name, *help;
  const SimditDramKey *keys; /* in the order of SimditDramSpec.values */
  SimditDram *(*create) (const SimditDramSpec *spec, SimditEngine *engine, SimditClock *clock);
  void (*destroy) (SimditDram *self);
  /* @now_cycle: the present, on the accelerator's clock */
  void (*submit) (SimditDram *self, SimditTransfer *transfer, uint64_t now_cycle);
  /* NULL: a transfer that is done is in memory. Else: a store is done when the memory has taken it;
   * true when everything has been written, false: @drained (SIMDIT_PHASE_DECIDE) will happen then.
   */
  bool (*drain) (SimditDram *self, SimditEvent *drained);
  /* NULL: there is nothing to tell. Else what was done since it was last asked; drained. */
  void (*report) (SimditDram *self, SimditDramReport *report);
  bool uses_addresses;
} SimditDramOps;

/* First member of each model. */
struct SimditDram
{
  const SimditDramOps *ops;
  SimditEngine *engine; /* borrowed */
  SimditClock *clock;   /* borrowed: the accelerator's */
};

extern const SimditDramOps simdit_dram_ideal_ops, simdit_dram_shared_ops, simdit_dram_timing_ops;

/* A model with its parameters. */
struct SimditDramSpec
{
  const SimditDramOps *ops;
  uint64_t values[SIMDIT_DRAM_MAX_KEYS];
  /* timing: */
  const SimditDramConfig *config; /* borrowed */
  const SimditMachine *machine;   /* borrowed: bursts, arbiter */
  const SimditDramWatchConfig
      *watch; /* borrowed: what is recorded of the channels; NULL: nothing */
  uint64_t port_weights[SIMDIT_DRAM_MAX_PORTS];
};

/** simdit_dram_parse: error INVALID says what is accepted. */
bool simdit_dram_parse (const char *text, SimditDramSpec *spec, GError **error);

SimditDram *simdit_dram_new (const SimditDramSpec *spec, SimditEngine *engine, SimditClock *clock);
void simdit_dram_free (SimditDram *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimditDram, simdit_dram_free)

/** simdit_dram_model_names: NULL-terminated, static. */
const char *const *simdit_dram_model_names (void);

#endif
