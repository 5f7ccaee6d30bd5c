#include "hw/stall.h"

/* Comes after all that can be waited for. */
#define NO_CAUSE ((SimditStall) (SIMDIT_N_STALLS - 1))

static SimditStall
stall_of (const SimditMover *mover)
{
  static const SimditStall loads[] = { [SIMDIT_BUFFER_WBUF] = SIMDIT_STALL_WEIGHTS,
                                       [SIMDIT_BUFFER_BBUF] = SIMDIT_STALL_BIAS,
                                       [SIMDIT_BUFFER_IBUF] = SIMDIT_STALL_IFMAP,
                                       [SIMDIT_BUFFER_OBUF] = SIMDIT_STALL_PSUM_LOAD,
                                       [SIMDIT_BUFFER_VMEM] = SIMDIT_STALL_VMEM_LOAD };
  SimditBuffer buffer = mover->stream->row->buffer;

  if (simdit_mover_is_load (mover))
    return loads[buffer];
  return buffer == SIMDIT_BUFFER_OBUF ? SIMDIT_STALL_OBUF_HALF : SIMDIT_STALL_VMEM_STORE;
}

static SimditStall
stall_of_bank (guint buffer)
{
  static const SimditStall stalls[] = { [SIMDIT_BUFFER_WBUF] = SIMDIT_STALL_WBUF_BANK,
                                        [SIMDIT_BUFFER_BBUF] = SIMDIT_STALL_BBUF_BANK,
                                        [SIMDIT_BUFFER_IBUF] = SIMDIT_STALL_IBUF_BANK,
                                        [SIMDIT_BUFFER_OBUF] = SIMDIT_STALL_OBUF_BANK,
                                        [SIMDIT_BUFFER_VMEM] = SIMDIT_STALL_VMEM_BANK };

  return stalls[buffer];
}

static SimditState
state_of (const SimditStallLog *self, SimditStall cause)
{
  static const SimditState states[] = {
    [SIMDIT_STALL_WEIGHTS] = SIMDIT_STATE_PE_STALL_WEIGHTS,
    [SIMDIT_STALL_BIAS] = SIMDIT_STATE_PE_STALL_BIAS,
    [SIMDIT_STALL_IFMAP] = SIMDIT_STATE_PE_STALL_IFMAP,
    [SIMDIT_STALL_PSUM_LOAD] = SIMDIT_STATE_PE_STALL_PSUM_LOAD,
    [SIMDIT_STALL_OBUF_HALF] = SIMDIT_STATE_PE_STALL_OBUF_HALF,
    [SIMDIT_STALL_VMEM_LOAD] = SIMDIT_STATE_SIMD_STALL_VMEM_LOAD,
    [SIMDIT_STALL_VMEM_STORE] = SIMDIT_STATE_SIMD_STALL_VMEM_STORE,
    [SIMDIT_STALL_WBUF_BANK] = SIMDIT_STATE_PE_STALL_WBUF_BANK,
    [SIMDIT_STALL_BBUF_BANK] = SIMDIT_STATE_PE_STALL_BBUF_BANK,
    [SIMDIT_STALL_IBUF_BANK] = SIMDIT_STATE_PE_STALL_IBUF_BANK,
    [SIMDIT_STALL_OBUF_BANK] = SIMDIT_STATE_PE_STALL_OBUF_BANK,
    [SIMDIT_STALL_VMEM_BANK] = SIMDIT_STATE_SIMD_STALL_VMEM_BANK,
    [SIMDIT_STALL_LAST_STORE] = SIMDIT_STATE_SIMD_STALL_LAST_STORE,
  };

  if (cause == SIMDIT_STALL_LAST_STORE && self->track == SIMDIT_TRACK_PE_ARRAY)
    return SIMDIT_STATE_PE_STALL_LAST_STORE;
  return states[cause];
}

static void
charge (SimditStallLog *self, SimditStall cause, uint64_t cycle)
{
  simdit_state_log_wait (self->states, self->track, state_of (self, cause), cycle);
  self->cycles[cause] += cycle - self->idle_since;
  self->idle_since = cycle;
}

void
simdit_stall_log_init (SimditStallLog *self, SimditStateLog *states, SimditTrack track,
                       uint64_t cycle)
{
  *self = (SimditStallLog){
    .idle_since = cycle, .cause_cycle = cycle, .cause = NO_CAUSE, .states = states, .track = track
  };
}

void
simdit_stall_log_idle (SimditStallLog *self, uint64_t cycle)
{
  self->idle_since = cycle;
}

void
simdit_stall_log_busy (SimditStallLog *self, uint64_t cycle)
{
  charge (self, self->cause, cycle);
  self->cause = NO_CAUSE;
}

void
simdit_stall_log_arrival (SimditStallLog *self, const SimditMover *mover, uint64_t cycle)
{
  SimditStall cause = stall_of (mover);

  if (cycle > self->cause_cycle || cause < self->cause)
    self->cause = cause;
  self->cause_cycle = cycle;
}

void
simdit_stall_log_charge (SimditStallLog *self, const SimditMover *mover, uint64_t cycle)
{
  charge (self, mover != NULL ? stall_of (mover) : SIMDIT_STALL_LAST_STORE, cycle);
}

void
simdit_stall_log_banks (SimditStallLog *self, const uint64_t waits[SIMDIT_N_BUFFERS],
                        uint64_t cycle)
{
  uint64_t left = 0;

  for (guint b = 0; b < SIMDIT_N_BUFFERS; b++)
    left += waits[b];
  self->idle_since = cycle - left;
  for (guint b = 0; b < SIMDIT_N_BUFFERS; b++)
    charge (self, stall_of_bank (b), self->idle_since + waits[b]);
}
