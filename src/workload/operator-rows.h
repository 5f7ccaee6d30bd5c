/* What the rows of the table of operators are written with: for operators.c and
 * training-operators.c only. Macros have short names because the rows are many.
 */
#ifndef SIMDIT_WORKLOAD_OPERATOR_ROWS_H
#define SIMDIT_WORKLOAD_OPERATOR_ROWS_H

#include "workload/operator.h"

#define D(name) SIMDIT_DIM (name)
#define END_DIM SIMDIT_N_DIMS

extern const SimditDim simdit_channel_nest[], simdit_softmax_nest[];

/* ---- tensors ---- */

#define OUTPUT_DIMS (D (OC) | D (N) | D (OH) | D (OW))
#define WINDOW_DIMS (D (OC) | D (N) | D (IH) | D (IW)) /* with the halo of the pooling window */
#define LOAD SIMDIT_LOAD
#define STORE SIMDIT_STORE
#define SIMD_IN(dims)                                                                              \
  {                                                                                                \
    SIMDIT_OPERAND_IFMAP, LOAD, SIMDIT_BUFFER_VMEM, (dims), SIMDIT_WIDTH_ACCUMULATOR, 0, false     \
  }
#define SIMD_IN_PASSES(dims, passes)                                                               \
  {                                                                                                \
    SIMDIT_OPERAND_IFMAP, LOAD, SIMDIT_BUFFER_VMEM, (dims), SIMDIT_WIDTH_ACCUMULATOR, (passes),    \
        false                                                                                      \
  }
#define SIMD_OUT(dims)                                                                             \
  {                                                                                                \
    SIMDIT_OPERAND_OFMAP, STORE, SIMDIT_BUFFER_VMEM, (dims), SIMDIT_WIDTH_OUTPUT, 0, false         \
  }
#define SIMD_OUT_PASSES(dims, passes)                                                              \
  {                                                                                                \
    SIMDIT_OPERAND_OFMAP, STORE, SIMDIT_BUFFER_VMEM, (dims), SIMDIT_WIDTH_OUTPUT, (passes), false  \
  }
/* An intermediate that one pass leaves in DRAM for the next. */
#define SPILL_OUT(dims, passes)                                                                    \
  {                                                                                                \
    SIMDIT_OPERAND_PSUM_STORE, STORE, SIMDIT_BUFFER_VMEM, (dims), SIMDIT_WIDTH_ACCUMULATOR,        \
        (passes), false                                                                            \
  }
#define SPILL_IN(dims, passes)                                                                     \
  {                                                                                                \
    SIMDIT_OPERAND_PSUM_LOAD, LOAD, SIMDIT_BUFFER_VMEM, (dims), SIMDIT_WIDTH_ACCUMULATOR,          \
        (passes), false                                                                            \
  }

/* ---- micro-programs ---- */

#define ACC SIMDIT_WIDTH_ACCUMULATOR
#define OUT SIMDIT_WIDTH_OUTPUT
#define ONCE SIMDIT_REPEAT_ONCE

/* ---- tiling ---- */

#define VMEM SIMDIT_BUFFER_VMEM
#define OC_BEFORE_BATCH                                                                            \
  {                                                                                                \
    SIMDIT_TILE_SPATIAL, SIMDIT_TILE_OC, SIMDIT_TILE_N, SIMDIT_TILE_END                            \
  }
#define BATCH_BEFORE_OC                                                                            \
  {                                                                                                \
    SIMDIT_TILE_SPATIAL, SIMDIT_TILE_N, SIMDIT_TILE_OC, SIMDIT_TILE_END                            \
  }

/* ---- rows ---- */

#define SIMD(title, part, inputs, loops, keys, tiles, moves, program)                              \
  .reference_name = (title), .fusion = SIMDIT_FUSION_##part, .unit = SIMDIT_UNIT_SIMD_ARRAY,       \
  .n_inputs = (inputs), .nest = (loops), .spec_keys = (keys), .tiling = &(tiles),                  \
  .operands = (moves), .blocks = (program)

/* Operators that only our own training expansion uses; ends with a row without a name. */
extern const SimditOperator simdit_training_operators[];

#endif
