/*
 * What each unit and each port does in each cycle: exactly one of the states below. The activities
 * of a unit or port follow each other without a gap, from the first cycle of a run to its last, and
 * each cycle of each activity has one state: the states of a unit or port add up to all cycles. A
 * state is a counter that is 1 while it lasts; the state after which an activity is named is its
 * label.
 *
 * In the rows: name of the counter after that of the unit or port; label; kind of an activity of
 * this label; what a unit that stalls waits for when it waits for it (see hw/stall.h), of stalls
 * and transfers; definition. "Step" is a tile's computation.
 *
 * PE array: a step of L vectors on J x K elements fills in the first J + K - 2 cycles (all L if
 * there are fewer), and drains in the last J + K - 2. SIMD array: each slot of the instruction
 * stream is one of issue, multi-cycle and NOP; the pipeline drains (and fills again, 6 stages and K
 * lanes) where the next instruction must wait for it to be empty. Port: a transfer lasts from its
 * start to its end; a port without one waits for what it does next.
 */
#ifndef SIMDIT_HW_STATE_H
#define SIMDIT_HW_STATE_H

#include "engine/shape.h"
#include "hw/axi_port.h"
#include "hw/halves.h"
#include "hw/port-history.h"

#define SIMDIT_STATES(ROW)                                                                         \
  ROW (PE, BUSY, "busy", "compute", COMPUTE, NOTHING, "every PE has a vector")                     \
  ROW (PE, FILL, "fill", "fill", COMPUTE, NOTHING, "vectors enter and have not reached every PE")  \
  ROW (PE, DRAIN, "drain", "drain", COMPUTE, NOTHING, "the last vector of a step has entered")     \
  ROW (PE, STALL_WEIGHTS, "stall_weights", "wait weights", WAIT, WEIGHTS,                          \
       "stalled: waits for weights, which arrive last")                                            \
  ROW (PE, STALL_BIAS, "stall_bias", "wait bias", WAIT, BIAS, "stalled: waits for biases")         \
  ROW (PE, STALL_IFMAP, "stall_ifmap", "wait ifmap", WAIT, IFMAP, "stalled: waits for the ifmap")  \
  ROW (PE, STALL_PSUM_LOAD, "stall_psum_load", "wait psum load", WAIT, PSUM_LOAD,                  \
       "stalled: waits for psums to come back")                                                    \
  ROW (PE, STALL_OBUF_HALF, "stall_obuf_half", "wait obuf half", WAIT, OBUF_HALF,                  \
       "stalled: waits for half of the output buffer, which is being stored")                      \
  ROW (PE, STALL_WBUF_BANK, "stall_wbuf_bank", "wait wbuf bank", WAIT, WBUF_BANK,                  \
       "stalled: waits for a port of WBUF's banks; shown after the step it happens in")            \
  ROW (PE, STALL_BBUF_BANK, "stall_bbuf_bank", "wait bbuf bank", WAIT, BBUF_BANK,                  \
       "stalled: waits for a port of BBUF's banks; shown after the step it happens in")            \
  ROW (PE, STALL_IBUF_BANK, "stall_ibuf_bank", "wait ibuf bank", WAIT, IBUF_BANK,                  \
       "stalled: waits for a port of IBUF's banks; shown after the step it happens in")            \
  ROW (PE, STALL_OBUF_BANK, "stall_obuf_bank", "wait obuf bank", WAIT, OBUF_BANK,                  \
       "stalled: waits for a port of OBUF's banks; shown after the step it happens in")            \
  ROW (PE, STALL_LAST_STORE, "stall_last_store", "wait last store", WAIT, LAST_STORE,              \
       "stalled: waits for the last store of the layer")                                           \
  ROW (PE, IDLE, "idle", "idle", IDLE, NOTHING, "no layer of the PE array runs")                   \
  ROW (SIMD, BUSY, "busy", "compute", COMPUTE, NOTHING, "an instruction issues")                   \
  ROW (SIMD, MULTI_CYCLE, "multi_cycle", "multi-cycle", COMPUTE, NOTHING,                          \
       "an instruction of several cycles holds the issue slot")                                    \
  ROW (SIMD, NOP, "nop", "nop", COMPUTE, NOTHING,                                                  \
       "an instruction waits for the result of the one before it")                                 \
  ROW (SIMD, DRAIN, "drain", "drain", COMPUTE, NOTHING,                                            \
       "nothing issues until the pipeline has drained")                                            \
  ROW (SIMD, STALL_VMEM_LOAD, "stall_vmem_load", "wait vmem load", WAIT, VMEM_LOAD,                \
       "stalled: waits for an operand")                                                            \
  ROW (SIMD, STALL_VMEM_STORE, "stall_vmem_store", "wait vmem store", WAIT, VMEM_STORE,            \
       "stalled: waits for a result to be stored")                                                 \
  ROW (SIMD, STALL_VMEM_BANK, "stall_vmem_bank", "wait vmem bank", WAIT, VMEM_BANK,                \
       "stalled: waits for a port of VMEM's banks; shown after the step it happens in")            \
  ROW (SIMD, STALL_LAST_STORE, "stall_last_store", "wait last store", WAIT, LAST_STORE,            \
       "stalled: waits for the last store of the layer")                                           \
  ROW (SIMD, IDLE, "idle", "idle", IDLE, NOTHING, "no layer of the SIMD array runs")               \
  ROW (PARAM, LOAD_WEIGHTS, "load_weights", "load weights", LOAD, WEIGHTS, "weights arrive")       \
  ROW (PARAM, LOAD_BIAS, "load_bias", "load bias", LOAD, BIAS, "biases arrive")                    \
  SIMDIT_PORT_STATES (ROW, PARAM)                                                                  \
  ROW (IBUF, LOAD_IFMAP, "load_ifmap", "load ifmap", LOAD, IFMAP, "an ifmap arrives")              \
  SIMDIT_PORT_STATES (ROW, IBUF)                                                                   \
  ROW (OBUF, LOAD_PSUM, "load_psum", "load psum", LOAD, PSUM_LOAD, "psums come back")              \
  ROW (OBUF, STORE_PSUM, "store_psum", "store psum", STORE, OBUF_HALF, "psums leave")              \
  ROW (OBUF, STORE_OFMAP, "store_ofmap", "store ofmap", STORE, OBUF_HALF, "an ofmap leaves")       \
  ROW (OBUF, WAIT_DATA, "wait_data", "wait data", WAIT, NOTHING, "the step to be stored computes") \
  SIMDIT_PORT_STATES (ROW, OBUF)                                                                   \
  ROW (SIMD_PORT, LOAD_IFMAP, "load_ifmap", "load ifmap", LOAD, VMEM_LOAD, "an operand arrives")   \
  ROW (SIMD_PORT, LOAD_PSUM, "load_psum", "load psum", LOAD, VMEM_LOAD,                            \
       "partial results come back")                                                                \
  ROW (SIMD_PORT, STORE_PSUM, "store_psum", "store psum", STORE, VMEM_STORE,                       \
       "partial results leave")                                                                    \
  ROW (SIMD_PORT, STORE_OFMAP, "store_ofmap", "store ofmap", STORE, VMEM_STORE, "an ofmap leaves") \
  ROW (SIMD_PORT, WAIT_DATA, "wait_data", "wait data", WAIT, NOTHING,                              \
       "the step to be stored computes")                                                           \
  SIMDIT_PORT_STATES (ROW, SIMD_PORT)

/* From WAIT_MEMORY on in the order of SimditDramWait. */
#define SIMDIT_PORT_STATES(ROW, PORT)                                                              \
  ROW (PORT, WAIT_MEMORY, "wait_memory", "wait memory", WAIT, NOTHING,                             \
       "a transfer is under way, but no data pass")                                                \
  ROW (PORT, WAIT_QUEUE, "wait_queue", "wait queue", WAIT, NOTHING,                                \
       "its next request is not taken: no room in the queue, or too many bursts under way")        \
  ROW (PORT, WAIT_BUS_PARAM, "wait_bus_param", "wait bus param", WAIT, NOTHING,                    \
       "bus or bank serve the weight and bias port")                                               \
  ROW (PORT, WAIT_BUS_IBUF, "wait_bus_ibuf", "wait bus ibuf", WAIT, NOTHING,                       \
       "bus or bank serve the ifmap port")                                                         \
  ROW (PORT, WAIT_BUS_OBUF, "wait_bus_obuf", "wait bus obuf", WAIT, NOTHING,                       \
       "bus or bank serve the psum port")                                                          \
  ROW (PORT, WAIT_BUS_SIMD, "wait_bus_simd", "wait bus simd", WAIT, NOTHING,                       \
       "bus or bank serve the SIMD port")                                                          \
  ROW (PORT, WAIT_REFRESH, "wait_refresh", "wait refresh", WAIT, NOTHING,                          \
       "the memory is refreshed")                                                                  \
  ROW (PORT, WAIT_TURNAROUND, "wait_turnaround", "wait turnaround", WAIT, NOTHING,                 \
       "the bus turns between reads and writes")                                                   \
  ROW (PORT, WAIT_CONFLICT, "wait_conflict", "wait conflict", WAIT, NOTHING,                       \
       "another row of the bank is closed, its own opened")                                        \
  ROW (PORT, WAIT_MISS, "wait_miss", "wait miss", WAIT, NOTHING, "its row is opened")              \
  ROW (PORT, WAIT_LATENCY, "wait_latency", "wait latency", WAIT, NOTHING,                          \
       "from the column command to the data")                                                      \
  ROW (PORT, WAIT_ROOM, "wait_room", "wait room", WAIT, NOTHING,                                   \
       "half a buffer is to be free for the next load; in lockstep: its slot is to come")          \
  ROW (PORT, IDLE, "idle", "idle", IDLE, NOTHING, "the layer has nothing left to move here")

typedef enum
{
#define ROW(where, name, ...) SIMDIT_STATE_##where##_##name,
  SIMDIT_STATES (ROW)
#undef ROW
      SIMDIT_N_STATES,
} SimditState;

/* The tracks of a run: one per unit and port. */
typedef enum
{
  SIMDIT_TRACK_PE_ARRAY,
  SIMDIT_TRACK_SIMD_ARRAY,
  SIMDIT_TRACK_PORTS, /* first of SIMDIT_N_PORTS */
  SIMDIT_N_TRACKS = SIMDIT_TRACK_PORTS + SIMDIT_N_PORTS,
} SimditTrack;

/** simdit_track_name: of a SimditTrack; static. */
const char *simdit_track_name (guint track);

/** simdit_state_labels: SIMDIT_N_STATES rows; an activity's label is a state. */
const SimditLabelInfo *simdit_state_labels (void);

/** simdit_state_add_term: @state lasts @cycles from @offset in the shape in the making. */
void simdit_state_add_term (SimditShapeBook *book, SimditState state, uint64_t offset,
                            uint64_t cycles);

/** simdit_state_of_transfer: a port that moves @operand. */
SimditState simdit_state_of_transfer (guint port, SimditOperand operand);

/* What a shape with changes has become. */
typedef struct
{
  SimditHalfChanges changes; /* 0: none yet */
  uint32_t shape, changed;
} SimditChangedShape;

/* A few for each hash: those of one layer alternate. */
#define SIMDIT_STATE_MEMO_BITS 7
#define SIMDIT_STATE_MEMO_WAYS 4
#define SIMDIT_STATE_RECENT 4 /* of a track; power of two */

typedef struct
{
  guint next; /* to be replaced */
  SimditChangedShape ways[SIMDIT_STATE_MEMO_WAYS];
} SimditChangedShapes;

/* Accounts for every cycle of every track, in order; without a sink no shape is needed. */
typedef struct
{
  uint64_t *cycles;                  /* borrowed: counters, by state */
  uint64_t reached[SIMDIT_N_TRACKS]; /* [cycle] up to which it is known what the track did */
  SimditActivitySink sink;
  SimditShapeBook *book;      /* borrowed */
  SimditPortHistory *history; /* borrowed; NULL: nobody asks */
  uint64_t memo_durations[SIMDIT_N_STATES];
  uint32_t memo_shapes[SIMDIT_N_STATES];
  SimditHalfChanges changes[SIMDIT_N_TRACKS]; /* that the next activity begins with */
  SimditChangedShape recent[SIMDIT_N_TRACKS][SIMDIT_STATE_RECENT];
  SimditChangedShapes changed[1 << SIMDIT_STATE_MEMO_BITS];
} SimditStateLog;

/** simdit_state_log_begin: of a program, in @cycle; @cycles: one per state, borrowed. */
void simdit_state_log_begin (SimditStateLog *self, uint64_t cycle, uint64_t *cycles);

/** simdit_state_log_wait: @track was in @state up to @cycle: an activity by itself. */
void simdit_state_log_wait (SimditStateLog *self, SimditTrack track, SimditState state,
                            uint64_t cycle);

/** simdit_state_log_start: up to @cycle the port waited for what it takes to start @transfer. */
void simdit_state_log_start (SimditStateLog *self, const SimditTransfer *transfer, uint64_t cycle);

/** simdit_state_log_move: @transfer, or a part of it, took its port up to @cycle; @full: at its
 * full width. */
void simdit_state_log_move (SimditStateLog *self, const SimditTransfer *transfer, bool full,
                            uint64_t cycle, uint32_t shape);

/** simdit_state_log_stand: up to @cycle no data of @transfer moved. */
void simdit_state_log_stand (SimditStateLog *self, const SimditTransfer *transfer,
                             SimditDramWait wait, uint64_t cycle);

/** simdit_state_log_step: the unit of @track computed up to @cycle; @shape has the states. */
void simdit_state_log_step (SimditStateLog *self, SimditTrack track, uint64_t cycle,
                            uint32_t shape);

/** simdit_state_log_change: in the cycle up to which it is known what @track did. */
static inline void
simdit_state_log_change (SimditStateLog *self, SimditTrack track, SimditHalfChanges changes)
{
  self->changes[track] += changes;
}

/** simdit_state_log_end: of a program, in @cycle: who has nothing left to do was idle. */
void simdit_state_log_end (SimditStateLog *self, uint64_t cycle);

#endif
