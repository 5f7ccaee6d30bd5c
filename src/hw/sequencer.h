/*
 * The tile sequencer: runs one program at a time on a unit and its ports, under the program's
 * pipeline discipline. It decides once per instant, after everything that completes in that instant
 * has been delivered; what it may start is bounded by a few step numbers ("horizons"):
 *
 *   a load may start    when its half is free (decoupled), its slot has come (lockstep) or
 *                       everything before it is done (serial), and its port is idle;
 *   a step may compute  when every tile it reads has arrived and its output has a place;
 *   a store may start   when the last step of its residency has computed.
 */
#ifndef SIMDIT_HW_SEQUENCER_H
#define SIMDIT_HW_SEQUENCER_H

#include "hw/axi_port.h"
#include "hw/counters.h"
#include "hw/stall.h"
#include "hw/state.h"
#include "hw/unit.h"

typedef struct SimditSequencer SimditSequencer;

/* What a finished program did. */
typedef struct
{
  uint64_t start_cycle, end_cycle;
  uint64_t compute_cycles;
  uint64_t stall_cycles[SIMDIT_N_STALLS]; /* with compute_cycles: all cycles */
  /* Of waits for data: what the memory was doing; 0 on ideal DRAM. */
  uint64_t memory_stalls[SIMDIT_N_STALLS][SIMDIT_N_MEMORY_STATES];
  uint64_t dram_bits[SIMDIT_N_OPERANDS];
  uint64_t transfer_cycles[SIMDIT_N_OPERANDS]; /* during which a tile of it was on its way */
  SimditDramReport dram;                       /* all 0 from models that do not say */
  uint64_t counters[SIMDIT_N_COUNTERS];        /* summed over cycles */
} SimditProgramReport;

typedef struct
{
  const SimditMachine *machine; /* borrowed, like all others here */
  SimditEngine *engine;
  SimditClock *clock;
  SimditDram *dram;
  SimditShapeBook *book;
  SimditActivitySink sink; /* .activity NULL: nobody */
  bool training;
  /* Called in the instant in which a program ends; may start the next one. */
  void (*finished) (void *data, const SimditProgramReport *report);
  void *data;
} SimditSequencerConfig;

SimditSequencer *simdit_sequencer_new (const SimditSequencerConfig *config);
void simdit_sequencer_free (SimditSequencer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimditSequencer, simdit_sequencer_free)

/** simdit_sequencer_steps: computed so far, of all programs. */
uint64_t simdit_sequencer_steps (const SimditSequencer *self);

/** simdit_sequencer_start: @program (borrowed until it has finished) begins at once. */
void simdit_sequencer_start (SimditSequencer *self, const SimditProgram *program);

#endif
