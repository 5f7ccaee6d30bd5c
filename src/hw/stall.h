/* Which cycles of a unit are stalls, and what each of them waits for. */
#ifndef SIMDIT_HW_STALL_H
#define SIMDIT_HW_STALL_H

#include "hw/mover.h"
#include "hw/state.h"

/*
 * What a unit that does not compute waits for: the operand that arrives last; of those that arrive
 * in one cycle the first in this list. Lockstep: the transfer that ends the slot. Serial (single
 * buffers): each cycle belongs to what the port moves in it.
 */
typedef enum
{
  SIMDIT_STALL_WEIGHTS,
  SIMDIT_STALL_BIAS,
  SIMDIT_STALL_IFMAP,
  SIMDIT_STALL_PSUM_LOAD,
  SIMDIT_STALL_OBUF_HALF, /* an output half that is still being stored */
  SIMDIT_STALL_VMEM_LOAD,
  SIMDIT_STALL_VMEM_STORE,
  SIMDIT_STALL_WBUF_BANK, /* a port of a bank that is taken, during a step (sram.h) */
  SIMDIT_STALL_BBUF_BANK,
  SIMDIT_STALL_IBUF_BANK,
  SIMDIT_STALL_OBUF_BANK,
  SIMDIT_STALL_VMEM_BANK,
  SIMDIT_STALL_LAST_STORE, /* nothing is left to compute */
  SIMDIT_N_STALLS,
} SimditStall;

/** simdit_stall_name: as the layers' columns call it, without "stall_". */
const char *simdit_stall_name (SimditStall stall);

/* A unit's stalls so far; with its compute cycles they are all cycles. */
typedef struct
{
  uint64_t cycles[SIMDIT_N_STALLS];
  uint64_t idle_since;  /* [cycle] when the last step ended, or up to where waiting has a cause */
  uint64_t cause_cycle; /* when what the unit waits for arrived, or part of it */
  SimditStall cause;
  /* Of waits for data: what the memory was doing; 0 on ideal DRAM. */
  uint64_t memory[SIMDIT_N_STALLS][SIMDIT_N_MEMORY_STATES];
  SimditStateLog *states; /* borrowed: is told of every stall */
  SimditTrack track;      /* of the unit */
} SimditStallLog;

/** simdit_stall_log_init: a program begins in @cycle on the unit of @track. */
void simdit_stall_log_init (SimditStallLog *self, SimditStateLog *states, SimditTrack track,
                            uint64_t cycle);

/** simdit_stall_log_idle: a step has ended in @cycle. */
void simdit_stall_log_idle (SimditStallLog *self, uint64_t cycle);

/** simdit_stall_log_busy: a step begins in @cycle; what arrived last was waited for. */
void simdit_stall_log_busy (SimditStallLog *self, uint64_t cycle);

/** simdit_stall_log_arrival: what @mover moved has arrived in @cycle and was waited for. */
void simdit_stall_log_arrival (SimditStallLog *self, const SimditMover *mover, uint64_t cycle);

/** simdit_stall_log_banks: a step has ended in @cycle, for the last @waits of it (by buffer, to be
 * added up) it waited for ports of banks. */
void simdit_stall_log_banks (SimditStallLog *self, const uint64_t waits[SIMDIT_N_BUFFERS],
                             uint64_t cycle);

/** simdit_stall_log_charge: the cycles up to @cycle belong to @mover's transfer (NULL: last store).
 */
void simdit_stall_log_charge (SimditStallLog *self, const SimditMover *mover, uint64_t cycle);

#endif
