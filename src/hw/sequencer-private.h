/* What the sequencer consists of: for sequencer.c (what happens), sequencer-banks.c (steps that
 * wait for banks) and sequencer-report.c (what is said of it). */
#ifndef SIMDIT_HW_SEQUENCER_PRIVATE_H
#define SIMDIT_HW_SEQUENCER_PRIVATE_H

#include "hw/mover.h"
#include "hw/sequencer.h"
#include "hw/sram.h"

typedef struct
{
  SimditMover *moving;     /* NULL: idle */
  SimditMover *next_load;  /* first in program order; NULL: all done */
  SimditMover *next_store; /* the one whose residency ends first; NULL: all done */
  const SimditVariant *variant;
  uint64_t start_cycle;
  bool told; /* the DRAM model tells of the parts of the transfer */
  SimditSequencer *sequencer;
  SimditTransfer transfer;
  guint track;
  guint *banks;         /* borrowed: counts the transfers that use what the last one used */
  SimditEvent accessed; /* it uses them no more; scheduled where that matters */
  guint n_loads, n_movers;
  SimditMover *movers[SIMDIT_MAX_OPERANDS]; /* loads in program order, then stores */
} SimditSequencerPort;

struct SimditSequencer
{
  SimditWaiter waiter;
  const SimditProgram *program; /* borrowed; NULL: idle */
  SimditEvent decide;
  SimditEvent computed;
  SimditEvent drained; /* after the last step and transfer: all is in memory */
  bool computing;
  guint in_flight;                   /* transfers and the step under way */
  guint32 changed_ports;             /* bit p: ports[p] may be able to start something */
  uint64_t steps_done, steps_before; /* of this program, of those before */
  uint64_t ready_until;              /* steps below this have all their loaded tiles */
  uint64_t room_until;               /* steps below this have a half for each of their outputs */
  uint64_t cycle;    /* the present, of the last completion and the decision after it */
  uint64_t slot;     /* lockstep: computes step slot - 1, loads up to step slot */
  SimditCursor step; /* the next to compute */
  SimditStallLog stalls;
  SimditStateLog states;
  SimditHalfRules halves;
  SimditHalfChanges step_frees; /* the step under way, when it ends */
  uint64_t step_start_cycle, step_end_cycle;
  SimditSram sram;
  SimditSramDma dma; /* the transfers that use banks */
  const SimditVariant *step_variant;
  const SimditUnitOps *unit;
  guint n_active_ports, n_movers;
  SimditSequencerPort *active_ports[SIMDIT_N_PORTS]; /* those that serve the program */
  SimditMover movers[SIMDIT_MAX_OPERANDS];
  SimditMover *stores[SIMDIT_MAX_OPERANDS]; /* those that store */
  guint n_stores;
  SimditSequencerPort ports[SIMDIT_N_PORTS];
  SimditSequencerConfig config;
  SimditUnitContext unit_context;
  SimditProgramReport report;
  SimditVariantTable step_variants;
  SimditVariantTable mover_variants[SIMDIT_MAX_OPERANDS];
};

static inline void
simdit_sequencer_request_decision (SimditSequencer *self)
{
  if (!simdit_event_is_pending (&self->decide))
    simdit_engine_schedule_next (self->config.engine, &self->decide);
}

static inline SimditTrack
simdit_sequencer_track (const SimditSequencer *self)
{
  return self->program->op->unit == SIMDIT_UNIT_PE_ARRAY ? SIMDIT_TRACK_PE_ARRAY
                                                         : SIMDIT_TRACK_SIMD_ARRAY;
}

/** simdit_sequencer_describe_step: the one that computes next. */
SimditStep simdit_sequencer_describe_step (const SimditSequencer *self);

/* Where banks have too few ports (sram.h): */

/** simdit_sequencer_take_banks: a transfer of @port has begun. */
void simdit_sequencer_take_banks (SimditSequencer *self, SimditSequencerPort *port);
/** simdit_sequencer_on_accessed: the event of a port whose transfer needs no banks any more. */
void simdit_sequencer_on_accessed (SimditEvent *event, SimditTick now);
/** simdit_sequencer_start_contended_step: of self->step_variant; schedules its end. */
void simdit_sequencer_start_contended_step (SimditSequencer *self);
/** simdit_sequencer_update_contention: after all decisions of an instant. */
void simdit_sequencer_update_contention (SimditSequencer *self);
/** simdit_sequencer_log_bank_waits: the step that has ended waited for @wait cycles. */
void simdit_sequencer_log_bank_waits (SimditSequencer *self, uint64_t wait);

/** simdit_sequencer_fill_report: the program has ended. */
void simdit_sequencer_fill_report (SimditSequencer *self);
/** simdit_sequencer_describe_waiting: of a SimditWaiter that is the sequencer's. */
char *simdit_sequencer_describe_waiting (const SimditWaiter *waiter);

#endif
