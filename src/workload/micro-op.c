/* How often and for how long the SIMD array executes an instruction. */
#include "workload/operator.h"

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
      return 3;
    case SIMDIT_OP_INV_SQRT:
      return training ? 11 : 13;
    default:
      return 1;
    }
}
