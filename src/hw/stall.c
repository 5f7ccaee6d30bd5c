#include "hw/stall.h"

/* Comes after all that can be waited for. */
#define NO_CAUSE ((SimditStall) (SIMDIT_N_STALLS - 1))

const char *
simdit_stall_name (SimditStall stall)
{
  static const char *const names[] = {
    [SIMDIT_STALL_WEIGHTS] = "weights",       [SIMDIT_STALL_BIAS] = "bias",
    [SIMDIT_STALL_IFMAP] = "ifmap",           [SIMDIT_STALL_PSUM_LOAD] = "psum_load",
    [SIMDIT_STALL_OBUF_HALF] = "obuf_half",   [SIMDIT_STALL_VMEM_LOAD] = "vmem_load",
    [SIMDIT_STALL_VMEM_STORE] = "vmem_store", [SIMDIT_STALL_WBUF_BANK] = "wbuf_bank",
    [SIMDIT_STALL_BBUF_BANK] = "bbuf_bank",   [SIMDIT_STALL_IBUF_BANK] = "ibuf_bank",
    [SIMDIT_STALL_OBUF_BANK] = "obuf_bank",   [SIMDIT_STALL_VMEM_BANK] = "vmem_bank",
    [SIMDIT_STALL_LAST_STORE] = "last_store"
  };

  return names[stall];
}

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

/* The port that moves what a unit waits for; SIMDIT_N_PORTS: none does. */
static guint
port_of (const SimditStallLog *self, SimditStall cause)
{
  switch (cause)
    {
    case SIMDIT_STALL_WEIGHTS:
    case SIMDIT_STALL_BIAS:
      return SIMDIT_PORT_PARAM;
    case SIMDIT_STALL_IFMAP:
      return SIMDIT_PORT_IBUF;
    case SIMDIT_STALL_PSUM_LOAD:
    case SIMDIT_STALL_OBUF_HALF:
      return SIMDIT_PORT_OBUF;
    case SIMDIT_STALL_VMEM_LOAD:
    case SIMDIT_STALL_VMEM_STORE:
      return SIMDIT_PORT_SIMD;
    case SIMDIT_STALL_LAST_STORE:
      return self->track == SIMDIT_TRACK_PE_ARRAY ? SIMDIT_PORT_OBUF : SIMDIT_PORT_SIMD;
    default:
      return SIMDIT_N_PORTS;
    }
}

static void
charge_memory (SimditStallLog *self, SimditStall cause, uint64_t cycle)
{
  guint port = port_of (self, cause);

  if (port != SIMDIT_N_PORTS && cycle > self->idle_since)
    simdit_port_history_sum (self->states->history, port, self->idle_since, cycle,
                             self->memory[cause]);
}

static void
charge (SimditStallLog *self, SimditStall cause, uint64_t cycle)
{
  if (self->states->history != NULL)
    charge_memory (self, cause, cycle);
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
