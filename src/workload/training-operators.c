/*
 * Operators of the complete training expansion that the reference has not, or has for free. Its
 * cost rule for them: load the tile, one instruction per vector of K words and operation, store.
 * Instructions run over the whole tile one after the other, so that no dependence is paid.
 */
#include "workload/operator-rows.h"

/* What is added up over channels is complete when all of them have passed. */
static const SimditDim position_nest[] = { SIMDIT_DIM_N, SIMDIT_DIM_OH, SIMDIT_DIM_OW,
                                           SIMDIT_DIM_OC, END_DIM };

/* ---- tensors ---- */

#define POSITION_DIMS (D (N) | D (OH) | D (OW)) /* one number for all channels */
/* The optimizer keeps parameters and its state at full width, whatever reads them next. */
#define WIDE_OUT(dims)                                                                             \
  {                                                                                                \
    SIMDIT_OPERAND_OFMAP, STORE, SIMDIT_BUFFER_VMEM, (dims), SIMDIT_WIDTH_ACCUMULATOR, 0, false    \
  }

static const SimditOperandRow transpose_operands[] = { SIMD_IN (OUTPUT_DIMS),
                                                       SIMD_OUT (OUTPUT_DIMS),
                                                       { 0 } };
static const SimditOperandRow reduce_maps_operands[] = { SIMD_IN (OUTPUT_DIMS),
                                                         SIMD_OUT (D (OC)),
                                                         { 0 } };
static const SimditOperandRow dilate_operands[] /* zeros are stored, too */
    = { SIMD_IN (OUTPUT_DIMS), SIMD_OUT (WINDOW_DIMS), { 0 } };
static const SimditOperandRow max_pool_index_operands[] = {
  SIMD_IN (WINDOW_DIMS), SIMD_OUT (OUTPUT_DIMS), WIDE_OUT (OUTPUT_DIMS), { 0 }
};
static const SimditOperandRow
    softmax_grad_operands[] /* the sum needs all, so both are read twice */
    = { SIMD_IN_PASSES (OUTPUT_DIMS, 3),
        SIMD_IN_PASSES (OUTPUT_DIMS, 3),
        SIMD_OUT_PASSES (OUTPUT_DIMS, 2),
        { 0 } };
static const SimditOperandRow loss_operands[] = {
  SIMD_IN (OUTPUT_DIMS), SIMD_IN (OUTPUT_DIMS), SIMD_OUT (POSITION_DIMS), { 0 }
};
static const SimditOperandRow loss_grad_operands[] = {
  SIMD_IN (OUTPUT_DIMS), SIMD_IN (OUTPUT_DIMS), SIMD_OUT (OUTPUT_DIMS), { 0 }
};
static const SimditOperandRow sgd_operands[] /* parameter, gradient */
    = { SIMD_IN (OUTPUT_DIMS), SIMD_IN (OUTPUT_DIMS), WIDE_OUT (OUTPUT_DIMS), { 0 } };
static const SimditOperandRow momentum_operands[] /* and velocity */
    = { SIMD_IN (OUTPUT_DIMS),  SIMD_IN (OUTPUT_DIMS),  SIMD_IN (OUTPUT_DIMS),
        WIDE_OUT (OUTPUT_DIMS), WIDE_OUT (OUTPUT_DIMS), { 0 } };
static const SimditOperandRow adam_operands[] /* and two moments */
    = { SIMD_IN (OUTPUT_DIMS),  SIMD_IN (OUTPUT_DIMS),
        SIMD_IN (OUTPUT_DIMS),  SIMD_IN (OUTPUT_DIMS),
        WIDE_OUT (OUTPUT_DIMS), WIDE_OUT (OUTPUT_DIMS),
        WIDE_OUT (OUTPUT_DIMS), { 0 } };

/* ---- micro-programs ---- */

/* Both operands in VMEM, or one of them an immediate. */
#define TWO(op)                                                                                    \
  {                                                                                                \
    SIMDIT_OP_##op, 2, 0, false, false, ONCE, ACC                                                  \
  }
#define IMM(op)                                                                                    \
  {                                                                                                \
    SIMDIT_OP_##op, 1, 1, false, false, ONCE, ACC                                                  \
  }
#define ONE(op)                                                                                    \
  {                                                                                                \
    SIMDIT_OP_##op, 1, 0, false, false, ONCE, ACC                                                  \
  }
#define LAST_TWO(op)                                                                               \
  {                                                                                                \
    SIMDIT_OP_##op, 2, 0, false, false, ONCE, OUT                                                  \
  }
#define LAST_IMM(op)                                                                               \
  {                                                                                                \
    SIMDIT_OP_##op, 1, 1, false, false, ONCE, OUT                                                  \
  }

static const SimditBlock transpose_blocks[] = {
  { .over = OUTPUT_DIMS, .ops = { { SIMDIT_OP_COND_MOVE, 1, 0, false, false, ONCE, OUT } } },
  { .over = 0 }
};
static const SimditBlock reduce_maps_blocks[] = { { .over = OUTPUT_DIMS, .ops = { TWO (ADD) } },
                                                  { .over = 0 } };
static const SimditBlock max_pool_index_blocks[] /* compare; keep the larger's position */
    = { { .over = OUTPUT_DIMS,
          .ops = { { SIMDIT_OP_MAX, 2, 0, false, false, SIMDIT_REPEAT_WINDOW, OUT },
                   { SIMDIT_OP_COND_MOVE, 2, 0, false, false, SIMDIT_REPEAT_WINDOW, ACC } } },
        { .over = 0 } };
/* y (dy - sum y dy): the sum, then the rest. */
static const SimditBlock softmax_grad_blocks[] = {
  { .over = OUTPUT_DIMS, .ops = { TWO (MUL), TWO (ADD) }, .pass = 0 },
  { .over = OUTPUT_DIMS, .ops = { TWO (SUB), LAST_TWO (MUL) }, .pass = 1 },
  { .over = 0 },
};
/* - sum of target * log probability */
static const SimditBlock loss_blocks[] = {
  { .over = OUTPUT_DIMS, .ops = { ONE (LOG), TWO (MUL), LAST_TWO (SUB) } }, { .over = 0 }
};
/* (probability - target) / batch */
static const SimditBlock loss_grad_blocks[] = {
  { .over = OUTPUT_DIMS, .ops = { TWO (SUB), LAST_IMM (MUL) } }, { .over = 0 }
};

/* g += decay * w */
#define DECAY IMM (MUL), TWO (ADD)
/* w -= rate * g */
#define STEP IMM (MUL), TWO (SUB)
/* v = momentum * v + g */
#define VELOCITY IMM (MUL), TWO (ADD)
/* m = b1 * m + (1 - b1) * g */
#define MOMENT IMM (MUL), IMM (MUL), TWO (ADD)
/* v = b2 * v + (1 - b2) * g * g */
#define SECOND_MOMENT IMM (MUL), TWO (MUL), IMM (MUL), TWO (ADD)
/* w -= rate * m / (sqrt (v) + epsilon), the root as v times the inverse root; the corrections for
 * the number of the iteration are in rate and epsilon. */
#define ADAM_STEP ONE (INV_SQRT), TWO (MUL), IMM (ADD), TWO (DIV), IMM (MUL), TWO (SUB)

static const SimditBlock sgd_blocks[] = { { .over = OUTPUT_DIMS, .ops = { STEP } }, { .over = 0 } };
static const SimditBlock sgd_decay_blocks[] = { { .over = OUTPUT_DIMS, .ops = { DECAY, STEP } },
                                                { .over = 0 } };
static const SimditBlock momentum_blocks[] = { { .over = OUTPUT_DIMS, .ops = { VELOCITY, STEP } },
                                               { .over = 0 } };
static const SimditBlock momentum_decay_blocks[] = {
  { .over = OUTPUT_DIMS, .ops = { DECAY, VELOCITY, STEP } }, { .over = 0 }
};
static const SimditBlock adam_blocks[] = {
  { .over = OUTPUT_DIMS, .ops = { MOMENT } },
  { .over = OUTPUT_DIMS, .ops = { SECOND_MOMENT }, .no_fill = true },
  { .over = OUTPUT_DIMS, .ops = { ADAM_STEP }, .no_fill = true },
  { .over = 0 }
};
static const SimditBlock adam_decay_blocks[] = {
  { .over = OUTPUT_DIMS, .ops = { DECAY, MOMENT } },
  { .over = OUTPUT_DIMS, .ops = { SECOND_MOMENT }, .no_fill = true },
  { .over = OUTPUT_DIMS, .ops = { ADAM_STEP }, .no_fill = true },
  { .over = 0 }
};

/* ---- tiling ---- */

/* Gradients with zeros between their elements have extents that share no divisor. */
#define PARTS                                                                                      \
  {                                                                                                \
    SIMDIT_TILE_PARTS, SIMDIT_TILE_OC, SIMDIT_TILE_N, SIMDIT_TILE_END                              \
  }
static const SimditTilingRule map_tiling = {
  .steps = PARTS,
  .fits = { { VMEM, { { 1, OUTPUT_DIMS, ACC } }, 0, false } },
  .minimums = { { VMEM, 1, false, true, ACC } },
};

/* Up to four tensors of one shape, two in each VMEM. */
static const SimditTilingRule paired_tiling = {
  .steps = PARTS,
  .fits = { { VMEM, { { 2, OUTPUT_DIMS, ACC } }, 0, false } },
  .minimums = { { VMEM, 2, false, true, ACC } },
};
/* The window in one VMEM, its maxima and their positions in the other. */
static const SimditTilingRule max_pool_index_tiling = {
  .steps = OC_BEFORE_BATCH,
  .fits = { { VMEM, { { 1, WINDOW_DIMS, ACC } }, 0, false },
            { VMEM, { { 2, OUTPUT_DIMS, ACC } }, 0, false } },
  .minimums = { { VMEM, 49, false, true, ACC } },
};
static const SimditTilingRule dilate_tiling = {
  .steps = PARTS,
  .fits = { { VMEM, { { 1, WINDOW_DIMS, ACC } }, 0, false } },
  .minimums = { { VMEM, 1, false, true, ACC } },
};

/* ---- the table ---- */

#define OPTIMIZER(moves, program)                                                                  \
  SIMD ("Optimizer", AFTER_ANY, 2, simdit_channel_nest, NULL, paired_tiling, moves, program),      \
      .training_only = true, .makes = SIMDIT_CLASS_WEIGHT, .batch = SIMDIT_BATCH_IGNORED,          \
      .stage = SIMDIT_STAGE_UPDATE

const SimditOperator simdit_training_operators[] = {
  { .name = "transpose",
    .makes = SIMDIT_CLASS_OF_INPUT,
    SIMD ("Transpose", SKIPPED, 1, simdit_channel_nest, NULL, map_tiling, transpose_operands,
          transpose_blocks),
    .training_only = true },
  { .name = "transpose_weights",
    .makes =
        SIMDIT_CLASS_OF_INPUT, /* and turn them by 180 degrees: other addresses, no other cost */
    SIMD ("Transpose", SKIPPED, 1, simdit_channel_nest, NULL, map_tiling, transpose_operands,
          transpose_blocks),
    .training_only = true },
  { .name = "dilate",
    .makes = SIMDIT_CLASS_OF_INPUT,
    SIMD ("Dilate", SKIPPED, 1, simdit_channel_nest, NULL, dilate_tiling, dilate_operands,
          transpose_blocks),
    .training_only = true },
  { .name = "reduce_maps", /* a number per channel; reduce_sum knows maps of one element only */
    .makes = SIMDIT_CLASS_GRADIENT,
    SIMD ("Reduce_Maps", SKIPPED, 1, simdit_channel_nest, NULL, map_tiling, reduce_maps_operands,
          reduce_maps_blocks),
    .training_only = true },
  { .name = "max_pool_index",
    SIMD ("MaxPool", FORBIDDEN, 1, simdit_channel_nest, NULL, max_pool_index_tiling,
          max_pool_index_operands, max_pool_index_blocks),
    .training_only = true },
  { .name = "softmax_grad",
    .makes = SIMDIT_CLASS_GRADIENT,
    SIMD ("Softmax_Grad", SKIPPED, 2, simdit_softmax_nest, NULL, paired_tiling,
          softmax_grad_operands, softmax_grad_blocks),
    .training_only = true,
    .passes = 2 },
  { .name = "cross_entropy",
    SIMD ("CrossEntropy", SKIPPED, 2, position_nest, NULL, paired_tiling, loss_operands,
          loss_blocks),
    .group = SIMDIT_DIM_N,
    .training_only = true },
  { .name = "cross_entropy_grad",
    .makes = SIMDIT_CLASS_GRADIENT,
    SIMD ("CrossEntropy_Grad", SKIPPED, 2, simdit_channel_nest, NULL, map_tiling,
          loss_grad_operands, loss_grad_blocks),
    .training_only = true },
  { .name = "sgd", OPTIMIZER (sgd_operands, sgd_blocks) },
  { .name = "sgd_decay", OPTIMIZER (sgd_operands, sgd_decay_blocks) },
  { .name = "momentum", OPTIMIZER (momentum_operands, momentum_blocks) },
  { .name = "momentum_decay", OPTIMIZER (momentum_operands, momentum_decay_blocks) },
  { .name = "adam", OPTIMIZER (adam_operands, adam_blocks) },
  { .name = "adam_decay", OPTIMIZER (adam_operands, adam_decay_blocks) },
  { 0 },
};
