#include "hw/state.h"

#include "hw/counters.h"
#include "hw/stall.h"
#include "hw/unit.h"

#define COMPUTE "compute"
#define LOAD "load"
#define STORE "store"
#define WAIT "wait"
#define IDLE "idle"

/* A wait and what is waited for have the same number; 0: no stall has to do with it. */
#define NOTHING 0
#define WEIGHTS (SIMDIT_STALL_WEIGHTS + 1)
#define BIAS (SIMDIT_STALL_BIAS + 1)
#define IFMAP (SIMDIT_STALL_IFMAP + 1)
#define PSUM_LOAD (SIMDIT_STALL_PSUM_LOAD + 1)
#define OBUF_HALF (SIMDIT_STALL_OBUF_HALF + 1)
#define VMEM_LOAD (SIMDIT_STALL_VMEM_LOAD + 1)
#define VMEM_STORE (SIMDIT_STALL_VMEM_STORE + 1)
#define WBUF_BANK (SIMDIT_STALL_WBUF_BANK + 1)
#define BBUF_BANK (SIMDIT_STALL_BBUF_BANK + 1)
#define IBUF_BANK (SIMDIT_STALL_IBUF_BANK + 1)
#define OBUF_BANK (SIMDIT_STALL_OBUF_BANK + 1)
#define VMEM_BANK (SIMDIT_STALL_VMEM_BANK + 1)
#define LAST_STORE (SIMDIT_STALL_LAST_STORE + 1)

const char *
simdit_track_name (guint track)
{
  switch (track)
    {
    case SIMDIT_TRACK_PE_ARRAY:
      return simdit_pe_array_ops.name;
    case SIMDIT_TRACK_SIMD_ARRAY:
      return simdit_simd_array_ops.name;
    default:
      return simdit_port_name ((SimditPort) (track - SIMDIT_TRACK_PORTS));
    }
}

const SimditLabelInfo *
simdit_state_labels (void)
{
  static const SimditLabelInfo labels[] = {
#define ROW(where, state, name, label, kind, cause, help) { label, kind, cause },
    SIMDIT_STATES (ROW)
#undef ROW
  };

  G_STATIC_ASSERT (G_N_ELEMENTS (labels) == SIMDIT_N_STATES);
  return labels;
}

void
simdit_state_add_term (SimditShapeBook *book, SimditState state, uint64_t offset, uint64_t cycles)
{
  SimditShapeTerm term = { .counter = SIMDIT_COUNTER_STATE + state,
                           .offset = offset,
                           .value = 1,
                           .loops = { { cycles, 1 }, { 1, 0 }, { 1, 0 }, { 1, 0 } } };

  simdit_shape_book_add_term (book, &term);
}

SimditState
simdit_state_of_transfer (guint port, SimditOperand operand)
{
  static const SimditState states[SIMDIT_N_PORTS][SIMDIT_N_OPERANDS] = {
    [SIMDIT_PORT_PARAM] = { [SIMDIT_OPERAND_WEIGHTS] = SIMDIT_STATE_PARAM_LOAD_WEIGHTS,
                            [SIMDIT_OPERAND_BIAS] = SIMDIT_STATE_PARAM_LOAD_BIAS },
    [SIMDIT_PORT_IBUF] = { [SIMDIT_OPERAND_IFMAP] = SIMDIT_STATE_IBUF_LOAD_IFMAP },
    [SIMDIT_PORT_OBUF] = { [SIMDIT_OPERAND_PSUM_LOAD] = SIMDIT_STATE_OBUF_LOAD_PSUM,
                           [SIMDIT_OPERAND_PSUM_STORE] = SIMDIT_STATE_OBUF_STORE_PSUM,
                           [SIMDIT_OPERAND_OFMAP] = SIMDIT_STATE_OBUF_STORE_OFMAP },
    [SIMDIT_PORT_SIMD] = { [SIMDIT_OPERAND_IFMAP] = SIMDIT_STATE_SIMD_PORT_LOAD_IFMAP,
                           [SIMDIT_OPERAND_PSUM_LOAD] = SIMDIT_STATE_SIMD_PORT_LOAD_PSUM,
                           [SIMDIT_OPERAND_PSUM_STORE] = SIMDIT_STATE_SIMD_PORT_STORE_PSUM,
                           [SIMDIT_OPERAND_OFMAP] = SIMDIT_STATE_SIMD_PORT_STORE_OFMAP },
  };

  return states[port][operand];
}

/* A port that moves nothing, before a transfer in @direction. */
static SimditState
state_of_waiting (guint port, SimditDirection direction)
{
  static const SimditState rooms[] = { [SIMDIT_PORT_PARAM] = SIMDIT_STATE_PARAM_WAIT_ROOM,
                                       [SIMDIT_PORT_IBUF] = SIMDIT_STATE_IBUF_WAIT_ROOM,
                                       [SIMDIT_PORT_OBUF] = SIMDIT_STATE_OBUF_WAIT_ROOM,
                                       [SIMDIT_PORT_SIMD] = SIMDIT_STATE_SIMD_PORT_WAIT_ROOM };

  if (direction == SIMDIT_LOAD)
    return rooms[port];
  return port == SIMDIT_PORT_OBUF ? SIMDIT_STATE_OBUF_WAIT_DATA : SIMDIT_STATE_SIMD_PORT_WAIT_DATA;
}

/* A port whose transfer makes no progress. */
static SimditState
state_of_memory (guint port, SimditDramWait wait)
{
  static const SimditState states[] = { [SIMDIT_PORT_PARAM] = SIMDIT_STATE_PARAM_WAIT_MEMORY,
                                        [SIMDIT_PORT_IBUF] = SIMDIT_STATE_IBUF_WAIT_MEMORY,
                                        [SIMDIT_PORT_OBUF] = SIMDIT_STATE_OBUF_WAIT_MEMORY,
                                        [SIMDIT_PORT_SIMD] = SIMDIT_STATE_SIMD_PORT_WAIT_MEMORY };

  G_STATIC_ASSERT (SIMDIT_STATE_PARAM_WAIT_LATENCY - SIMDIT_STATE_PARAM_WAIT_MEMORY
                   == SIMDIT_DRAM_WAIT_LATENCY);
  return (SimditState) ((guint) states[port] + (guint) wait);
}

/* A unit or port that has nothing to do. */
static SimditState
state_of_idleness (guint track)
{
  static const SimditState states[] = {
    [SIMDIT_TRACK_PE_ARRAY] = SIMDIT_STATE_PE_IDLE,
    [SIMDIT_TRACK_SIMD_ARRAY] = SIMDIT_STATE_SIMD_IDLE,
    [SIMDIT_TRACK_PORTS + SIMDIT_PORT_PARAM] = SIMDIT_STATE_PARAM_IDLE,
    [SIMDIT_TRACK_PORTS + SIMDIT_PORT_IBUF] = SIMDIT_STATE_IBUF_IDLE,
    [SIMDIT_TRACK_PORTS + SIMDIT_PORT_OBUF] = SIMDIT_STATE_OBUF_IDLE,
    [SIMDIT_TRACK_PORTS + SIMDIT_PORT_SIMD] = SIMDIT_STATE_SIMD_PORT_IDLE,
  };

  return states[track];
}

/* The shape of @cycles in @state; waits of one kind are often equally long. */
static uint32_t
shape_of (SimditStateLog *self, SimditState state, uint64_t cycles)
{
  if (self->memo_durations[state] != cycles)
    {
      simdit_state_add_term (self->book, state, 0, cycles);
      self->memo_shapes[state] = simdit_shape_book_finish (self->book, state, cycles);
      self->memo_durations[state] = cycles;
    }
  return self->memo_shapes[state];
}

void
simdit_state_log_begin (SimditStateLog *self, uint64_t cycle, uint64_t *cycles)
{
  self->cycles = cycles;
  for (guint i = 0; i < SIMDIT_N_TRACKS; i++)
    self->reached[i] = cycle;
}

/* @shape with @changes. */
static G_GNUC_NO_INLINE uint32_t
find_changed (SimditStateLog *self, SimditHalfChanges changes, uint32_t shape)
{
  uint64_t hash = (changes ^ (uint64_t) shape << 8) * UINT64_C (0x9e3779b97f4a7c15);
  SimditChangedShapes *memo = &self->changed[hash >> (64 - SIMDIT_STATE_MEMO_BITS)];
  SimditChangedShape *way = memo->ways;

  while (way < memo->ways + SIMDIT_STATE_MEMO_WAYS
         && (way->changes != changes || way->shape != shape))
    way++;
  if (way == memo->ways + SIMDIT_STATE_MEMO_WAYS)
    {
      way = &memo->ways[memo->next++ % SIMDIT_STATE_MEMO_WAYS];
      *way = (SimditChangedShape){ .changes = changes,
                                   .shape = shape,
                                   .changed = simdit_half_changes_shape (changes, shape,
                                                                         self->book) };
    }
  return way->changed;
}

/* @shape with what changes on @track when it begins. */
static inline uint32_t
take_changes (SimditStateLog *self, SimditTrack track, uint32_t shape)
{
  SimditHalfChanges changes = self->changes[track];
  SimditChangedShape *recent = &self->recent[track][shape % SIMDIT_STATE_RECENT];

  self->changes[track] = 0;
  if (G_UNLIKELY (recent->changes != changes || recent->shape != shape))
    *recent = (SimditChangedShape){ .changes = changes,
                                    .shape = shape,
                                    .changed = find_changed (self, changes, shape) };
  return recent->changed;
}

/* An activity of @track from @from on. */
static inline void
tell (SimditStateLog *self, SimditTrack track, uint64_t from, uint32_t shape)
{
  if (self->sink.activity == NULL)
    return;
  if (self->changes[track] != 0)
    shape = take_changes (self, track, shape);
  self->sink.activity (self->sink.data, track, from, shape);
}

void
simdit_state_log_step (SimditStateLog *self, SimditTrack track, uint64_t cycle, uint32_t shape)
{
  tell (self, track, self->reached[track], shape);
  self->reached[track] = cycle;
}

void
simdit_state_log_wait (SimditStateLog *self, SimditTrack track, SimditState state, uint64_t cycle)
{
  uint64_t cycles = cycle - self->reached[track];
  uint32_t shape = 0;

  if (cycles == 0)
    return;
  self->cycles[state] += cycles;
  if (self->sink.activity != NULL)
    shape = shape_of (self, state, cycles);
  simdit_state_log_step (self, track, cycle, shape);
}

static inline SimditTrack
track_of (const SimditTransfer *transfer)
{
  return SIMDIT_TRACK_PORTS + transfer->port;
}

void
simdit_state_log_start (SimditStateLog *self, const SimditTransfer *transfer, uint64_t cycle)
{
  simdit_state_log_wait (self, track_of (transfer),
                         state_of_waiting (transfer->port, transfer->direction), cycle);
}

void
simdit_state_log_move (SimditStateLog *self, const SimditTransfer *transfer, bool full,
                       uint64_t cycle, uint32_t shape)
{
  SimditTrack track = track_of (transfer);

  if (self->history != NULL)
    simdit_port_history_add (self->history, transfer->port, self->reached[track], cycle,
                             full ? SIMDIT_MEMORY_OWN_PORT : SIMDIT_MEMORY_SHARED);

  self->cycles[simdit_state_of_transfer (transfer->port, transfer->operand)] +=
      cycle - self->reached[track];
  simdit_state_log_step (self, track, cycle, shape);
}

void
simdit_state_log_stand (SimditStateLog *self, const SimditTransfer *transfer, SimditDramWait wait,
                        uint64_t cycle)
{
  SimditTrack track = track_of (transfer);

  if (self->history != NULL)
    simdit_port_history_add (self->history, transfer->port, self->reached[track], cycle,
                             SIMDIT_MEMORY_WAITS + wait);
  simdit_state_log_wait (self, track, state_of_memory (transfer->port, wait), cycle);
}

void
simdit_state_log_end (SimditStateLog *self, uint64_t cycle)
{
  for (guint i = 0; i < SIMDIT_N_TRACKS; i++)
    simdit_state_log_wait (self, i, state_of_idleness (i), cycle);
}
