/* When, how often and for how long the SIMD array executes an instruction. */
#include "workload/operator.h"

#define NOP_CYCLES 2 /* between an instruction and the next if that reads its result */

uint64_t
simdit_micro_op_executions (const SimditMicroOp *op, const SimditExtents *tile)
{
  uint64_t window = tile->of[SIMDIT_DIM_KH] * tile->of[SIMDIT_DIM_KW];
  uint64_t times = MAX (op->times, 1);

  switch (op->repeat)
    {
    case SIMDIT_REPEAT_WINDOW:
      return window * times;
    case SIMDIT_REPEAT_WINDOW_BUT_ONE:
      return (window - 1) * times;
    case SIMDIT_REPEAT_BATCH:
      return tile->of[SIMDIT_DIM_N] * times;
    default:
      return times;
    }
}

guint
simdit_simd_latency (SimditSimdOp op, bool training)
{
  switch (op)
    {
    case SIMDIT_OP_DIV:
      return training ? 5 : 9;
    case SIMDIT_OP_EXP:
    case SIMDIT_OP_LOG:
      return 3;
    case SIMDIT_OP_INV_SQRT:
      return training ? 11 : 13;
    default:
      return 1;
    }
}

guint
simdit_micro_op_cycles (const SimditBlock *block, const SimditMicroOp *op, bool training)
{
  /* Where each instruction goes over all vectors, its operands are ready long before. */
  bool waits = op->dependent && block->per_element;

  return simdit_simd_latency (op->op, training) + (waits ? NOP_CYCLES : 0);
}

bool
simdit_block_is_executed (const SimditBlock *self, guint pass, bool first, bool last)
{
  return self->pass == pass
         && (self->when == SIMDIT_WHEN_TILE || (self->when == SIMDIT_WHEN_FIRST_OF_GROUP && first)
             || (self->when == SIMDIT_WHEN_LAST_OF_GROUP && last));
}
