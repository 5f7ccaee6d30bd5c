/*
 * The SIMD array: K lanes that execute a micro-program over the vectors of a tile.
 *
 * A 6-stage in-order pipeline without forwarding; one instruction issues per cycle and works on K
 * words, lane l one cycle behind lane l - 1:
 *
 *   cycle   0      1       2        3     4        5
 *   lane 0  fetch  decode  address  read  execute  write
 *   lane 1                                read     execute  write
 *
 * An operation of n cycles holds its issue slot for n cycles and writes n - 1 cycles later; an
 * instruction that reads the result of the one before it waits 2 cycles (NOPs). The pipeline fills
 * and drains in (6 - 1) + (K - 1) cycles, once per block of the micro-program unless its row says
 * otherwise. Not modelled: nested-loop set-up, address registers. Source: DESIGN.md sections 2 and
 * 3, reference model sections 0.1, 6 and 7, whose cost constants follow from the table in
 * workload/operators.c.
 */
#include "hw/unit.h"

#include "base/arith.h"
#include "hw/counters.h"
#include "hw/state.h"

#define READ_STAGE 3
#define EXECUTE_STAGE 4
#define WRITE_STAGE 5

/* One tile's worth of a block. */
typedef struct
{
  const SimditUnitContext *context;
  const SimditStep *step;
  const SimditBlock *block;
  SimditShapeBook *book;
  uint64_t vectors;
  uint64_t vector_cycles; /* issue slots of the whole micro-program for one vector */
} Block;

static uint64_t
repeats (const Block *self, const SimditMicroOp *op)
{
  return simdit_micro_op_executions (op, &self->step->tile);
}

/* Issue slots of one execution of @op. */
static uint64_t
op_cycles (const Block *self, const SimditMicroOp *op)
{
  return simdit_micro_op_cycles (self->block, op, self->context->training);
}

static uint64_t
vectors_over (const SimditUnitContext *context, const SimditExtents *tile, SimditDimSet over)
{
  SimditExtents vectors = *tile;
  SimditDim lanes = context->program->op->lanes;

  vectors.of[lanes] = simdit_ceil_div (vectors.of[lanes], context->machine->columns);
  return simdit_extents_volume (&vectors, over);
}

/* When the executions of one micro-op issue. */
typedef struct
{
  uint64_t start; /* [cycle] the first */
  uint64_t latency;
  SimditShapeLoop repeat, vectors;
} Issue;

static void
add_term (const Block *self, guint counter, const Issue *issue, uint64_t stage, uint64_t value,
          bool every_lane, uint64_t held)
{
  SimditShapeTerm term = { .counter = counter,
                           .offset = issue->start + stage,
                           .value = value,
                           .loops = { issue->vectors, issue->repeat, { 1, 0 }, { 1, 0 } } };

  if (every_lane && self->block->over & (1u << self->context->program->op->lanes))
    term.loops[2] = (SimditShapeLoop){ self->context->machine->columns, 1 };
  if (held > 1)
    term.loops[3] = (SimditShapeLoop){ held, 1 };
  simdit_shape_book_add_term (self->book, &term);
}

/* Writes of @op: at the accumulator width, but for the last of several over one output. */
static void
add_writes (const Block *self, const SimditMicroOp *op, const Issue *issue)
{
  guint counter = simdit_counter_sram (SIMDIT_BUFFER_VMEM, SIMDIT_ACCESS_WRITE);
  const uint64_t *widths = self->context->program->widths;
  uint64_t stage = WRITE_STAGE + issue->latency - 1;
  bool final = op->repeat != SIMDIT_REPEAT_BATCH || self->step->last_of_group;
  Issue part = *issue;

  part.repeat.count = issue->repeat.count - 1;
  add_term (self, counter, &part, stage, widths[SIMDIT_WIDTH_ACCUMULATOR], true, 1);
  part.start += part.repeat.count * part.repeat.period;
  part.repeat = (SimditShapeLoop){ 1, 0 };
  add_term (self, counter, &part, stage, widths[final ? op->result : SIMDIT_WIDTH_ACCUMULATOR],
            true, 1);
}

/* The issue slots of @op: NOPs, then the issue, then the cycles for which it holds its slot. */
static void
add_states (const Block *self, const Issue *issue, uint64_t cycles)
{
  uint64_t nops = cycles - issue->latency, held = issue->latency - 1;
  Issue before = *issue;

  before.start -= nops;
  if (nops > 0)
    add_term (self, SIMDIT_COUNTER_STATE + SIMDIT_STATE_SIMD_NOP, &before, 0, 1, false, nops);
  add_term (self, SIMDIT_COUNTER_STATE + SIMDIT_STATE_SIMD_BUSY, issue, 0, 1, false, 1);
  if (held > 0)
    add_term (self, SIMDIT_COUNTER_STATE + SIMDIT_STATE_SIMD_MULTI_CYCLE, issue, 1, 1, false, held);
}

static void
add_op (const Block *self, const SimditMicroOp *op, const Issue *issue)
{
  uint64_t word = self->context->program->widths[SIMDIT_WIDTH_ACCUMULATOR];

  add_states (self, issue, op_cycles (self, op));
  add_term (self, SIMDIT_COUNTER_INSTRUCTION_READ, issue, 0, SIMDIT_SIMD_INSTRUCTION_BITS, false,
            1);
  add_term (self, simdit_counter_sram (SIMDIT_BUFFER_VMEM, SIMDIT_ACCESS_READ), issue, READ_STAGE,
            op->reads * word, true, 1);
  add_term (self, SIMDIT_COUNTER_IMM_READ, issue, READ_STAGE, op->imm * word, op->imm_per_lane, 1);
  add_term (self, SIMDIT_COUNTER_ACTIVE_LANES, issue, EXECUTE_STAGE, 1, true, issue->latency);
  add_term (self, SIMDIT_COUNTER_SIMD_OPERATIONS + (guint) op->op, issue, EXECUTE_STAGE, 1, true,
            1);
  add_writes (self, op, issue);
}

/* Lays the block's instructions out from cycle @start; returns the cycle after the last slot. */
static uint64_t
place_block (Block *self, uint64_t start)
{
  uint64_t at = start;

  for (guint i = 0; i < SIMDIT_MAX_MICRO_OPS && self->block->ops[i].reads != 0; i++)
    self->vector_cycles += op_cycles (self, &self->block->ops[i])
                           * repeats (self, &self->block->ops[i]);
  for (guint i = 0; i < SIMDIT_MAX_MICRO_OPS && self->block->ops[i].reads != 0; i++)
    {
      const SimditMicroOp *op = &self->block->ops[i];
      uint64_t n = repeats (self, op), cycles = op_cycles (self, op);
      Issue issue = { .latency = simdit_simd_latency (op->op, self->context->training) };

      issue.start = at + cycles - issue.latency;
      if (self->block->per_element)
        {
          issue.vectors = (SimditShapeLoop){ self->vectors, self->vector_cycles };
          issue.repeat = (SimditShapeLoop){ n, cycles };
          at += n * cycles;
        }
      else
        {
          issue.vectors = (SimditShapeLoop){ self->vectors, cycles };
          issue.repeat = (SimditShapeLoop){ n, self->vectors * cycles };
          at += n * self->vectors * cycles;
        }
      if (n > 0)
        add_op (self, op, &issue);
    }
  return start + self->vectors * self->vector_cycles;
}

static uint32_t
shape_step (const SimditUnitContext *context, const SimditStep *step, SimditShapeBook *book)
{
  uint64_t fill = SIMDIT_SIMD_STAGES - 1 + context->machine->columns - 1, now = 0;
  bool must_drain = false;

  for (const SimditBlock *block = context->program->op->blocks; block->over != 0; block++)
    {
      Block tile_block = { .context = context, .step = step, .block = block, .book = book };

      if (!simdit_block_is_executed (block, step->pass, step->first_of_group, step->last_of_group))
        continue;
      if (must_drain && !block->no_fill)
        {
          simdit_state_add_term (book, SIMDIT_STATE_SIMD_DRAIN, now, fill);
          now += fill;
          must_drain = false;
        }
      tile_block.vectors = vectors_over (context, &step->tile, block->over);
      now = place_block (&tile_block, now);
      must_drain |= !block->no_fill && (!block->fill_once || step->last_of_group);
    }
  if (must_drain)
    simdit_state_add_term (book, SIMDIT_STATE_SIMD_DRAIN, now, fill);
  return simdit_shape_book_finish (book, SIMDIT_STATE_SIMD_BUSY, now + (must_drain ? fill : 0));
}

/* Two operands lie in one VMEM each, so that the result goes to a bank that is read; a single one
 * leaves the other VMEM to the result. An operation of several cycles has a cycle for each. */
static uint64_t
count_doubles (const Block *self)
{
  uint64_t n = 0;

  for (guint i = 0; i < SIMDIT_MAX_MICRO_OPS && self->block->ops[i].reads != 0; i++)
    if (self->block->ops[i].reads > 1 && op_cycles (self, &self->block->ops[i]) == 1)
      n += repeats (self, &self->block->ops[i]);
  return n * self->vectors;
}

static void
use_sram (const SimditUnitContext *context, const SimditStep *step, SimditSramUse *use)
{
  use->reads[SIMDIT_BUFFER_VMEM] = use->writes[SIMDIT_BUFFER_VMEM] = true;
  for (const SimditBlock *block = context->program->op->blocks; block->over != 0; block++)
    {
      Block tile_block = { .context = context, .step = step, .block = block };

      if (!simdit_block_is_executed (block, step->pass, step->first_of_group, step->last_of_group))
        continue;
      tile_block.vectors = vectors_over (context, &step->tile, block->over);
      use->doubles[SIMDIT_BUFFER_VMEM] += count_doubles (&tile_block);
    }
}

const SimditUnitOps simdit_simd_array_ops = { "simd_array", shape_step, use_sram };
