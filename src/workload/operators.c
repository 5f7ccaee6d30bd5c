/*
 * The rows. Section numbers refer to the reference model (simdit-model.md); where this file and
 * that document give a cost, the cost follows from the micro-program here and a test compares the
 * two.
 */
#include "workload/operator-rows.h"

#include "base/json.h"

#include <string.h>

/* ---- loop nests, outermost first ---- */

static const SimditDim conv_nest[] = { SIMDIT_DIM_OC, SIMDIT_DIM_IC, SIMDIT_DIM_KH, SIMDIT_DIM_KW,
                                       SIMDIT_DIM_N,  SIMDIT_DIM_OH, SIMDIT_DIM_OW, END_DIM };
const SimditDim simdit_channel_nest[] = { SIMDIT_DIM_OC, SIMDIT_DIM_PASS, SIMDIT_DIM_N,
                                          SIMDIT_DIM_OH, SIMDIT_DIM_OW,   END_DIM };
/* A reduction over channels has to see all of them before its second pass. */
const SimditDim simdit_softmax_nest[] = { SIMDIT_DIM_N,    SIMDIT_DIM_OH, SIMDIT_DIM_OW,
                                          SIMDIT_DIM_PASS, SIMDIT_DIM_OC, END_DIM };

/* A region of interest is a batch element; what is computed once per region comes first. */
static const SimditDim region_nest[] = { SIMDIT_DIM_N, SIMDIT_DIM_OC, SIMDIT_DIM_OH, SIMDIT_DIM_OW,
                                         END_DIM };

/* ---- tensors ---- */

static const SimditOperandRow conv_operands[] = {
  { SIMDIT_OPERAND_WEIGHTS, LOAD, SIMDIT_BUFFER_WBUF, D (OC) | D (IC) | D (KH) | D (KW),
    SIMDIT_WIDTH_WEIGHT, 0, false },
  { SIMDIT_OPERAND_BIAS, LOAD, SIMDIT_BUFFER_BBUF, D (OC), SIMDIT_WIDTH_BIAS, 0, false },
  { SIMDIT_OPERAND_IFMAP, LOAD, SIMDIT_BUFFER_IBUF, D (IC) | D (N) | D (IH) | D (IW),
    SIMDIT_WIDTH_ACTIVATION, 0, true },
  { SIMDIT_OPERAND_PSUM_LOAD, LOAD, SIMDIT_BUFFER_OBUF, OUTPUT_DIMS, SIMDIT_WIDTH_ACCUMULATOR, 0,
    true },
  { SIMDIT_OPERAND_OFMAP, STORE, SIMDIT_BUFFER_OBUF, OUTPUT_DIMS, SIMDIT_WIDTH_ACCUMULATOR, 0,
    true },
  { 0 },
};
static const SimditOperandRow unary_operands[] = { SIMD_IN (OUTPUT_DIMS),
                                                   SIMD_OUT (OUTPUT_DIMS),
                                                   { 0 } };
static const SimditOperandRow binary_operands[] = {
  SIMD_IN (OUTPUT_DIMS), SIMD_IN (OUTPUT_DIMS), SIMD_OUT (OUTPUT_DIMS), { 0 }
};
static const SimditOperandRow pool_operands[] = { SIMD_IN (WINDOW_DIMS),
                                                  SIMD_OUT (OUTPUT_DIMS),
                                                  { 0 } };
static const SimditOperandRow pool_grad_operands[] = { SIMD_IN (OUTPUT_DIMS),
                                                       SIMD_OUT (WINDOW_DIMS),
                                                       { 0 } };
static const SimditOperandRow max_pool_grad_operands[] /* gradient and index of the maximum */
    = { SIMD_IN (OUTPUT_DIMS), SIMD_IN (OUTPUT_DIMS), SIMD_OUT (WINDOW_DIMS), { 0 } };
static const SimditOperandRow reduce_operands[] = { SIMD_IN (OUTPUT_DIMS),
                                                    SIMD_OUT (D (OC)),
                                                    { 0 } };
static const SimditOperandRow softmax_operands[] = { SIMD_IN_PASSES (OUTPUT_DIMS, 1),
                                                     SPILL_IN (OUTPUT_DIMS, 2),
                                                     SPILL_OUT (OUTPUT_DIMS, 1),
                                                     SIMD_OUT_PASSES (OUTPUT_DIMS, 2),
                                                     { 0 } };
static const SimditOperandRow roialign_operands[] /* the region's box; four neighbours per point */
    = { SIMD_IN (D (N) | D (IC)),
        { SIMDIT_OPERAND_IFMAP, LOAD, SIMDIT_BUFFER_VMEM, OUTPUT_DIMS | D (KH) | D (KW),
          SIMDIT_WIDTH_ACCUMULATOR, 0, false, D (KH) | D (KW) },
        SIMD_OUT (OUTPUT_DIMS),
        { 0 } };
static const SimditOperandRow mean_var_operands[] /* out: mean, inverse standard deviation */
    = { SIMD_IN (OUTPUT_DIMS), SIMD_OUT (D (OC)), SIMD_OUT (D (OC)), { 0 } };
static const SimditOperandRow batch_norm_operands[] /* mean, istd, scale, offset */
    = { SIMD_IN (OUTPUT_DIMS),
        SIMD_IN (D (OC)),
        SIMD_IN (D (OC)),
        SIMD_IN (D (OC)),
        SIMD_IN (D (OC)),
        SIMD_OUT (OUTPUT_DIMS),
        { 0 } };
static const SimditOperandRow batch_norm_grad_operands[] = {
  SIMD_IN_PASSES (OUTPUT_DIMS, 1), /* data */
  SIMD_IN_PASSES (OUTPUT_DIMS, 3), /* upstream gradient, in both passes */
  SIMD_IN (D (OC)),                /* istd */
  SIMD_IN (D (OC)),                /* mean */
  SIMD_IN (D (OC)),                /* scale */
  SPILL_IN (OUTPUT_DIMS, 2),       /* normalised data */
  SPILL_OUT (OUTPUT_DIMS, 1),
  SIMD_OUT (D (OC)),                /* gradient of the scale */
  SIMD_OUT (D (OC)),                /* gradient of the offset */
  SIMD_OUT_PASSES (OUTPUT_DIMS, 2), /* gradient of the data */
  { 0 },
};

/* ---- micro-programs: op, VMEM reads, IMM words, IMM per lane, dependent, repeat, result ---- */

static const SimditBlock relu_blocks[] = {
  { .over = OUTPUT_DIMS, .ops = { { SIMDIT_OP_MAX, 1, 1, false, false, ONCE, OUT } } },
  { .over = 0 }
};
static const SimditBlock add_blocks[] = {
  { .over = OUTPUT_DIMS, .ops = { { SIMDIT_OP_ADD, 2, 0, false, false, ONCE, OUT } } },
  { .over = 0 }
};
static const SimditBlock max_pool_blocks[] = {
  { .over = OUTPUT_DIMS,
    .ops = { { SIMDIT_OP_MAX, 2, 0, false, false, SIMDIT_REPEAT_WINDOW, OUT } } },
  { .over = 0 }
};
static const SimditBlock avg_pool_blocks[] /* the divisor lies in VMEM */
    = { { .over = OUTPUT_DIMS,
          .ops = { { SIMDIT_OP_ADD, 2, 0, false, false, SIMDIT_REPEAT_WINDOW, ACC },
                   { SIMDIT_OP_DIV, 2, 0, false, false, ONCE, OUT } } },
        { .over = 0 } };
/* Each block drains before the next: a sum needs every exponential, a quotient the sum. */
static const SimditBlock softmax_blocks[] = {
  { .over = OUTPUT_DIMS, .ops = { { SIMDIT_OP_EXP, 1, 0, false, false, ONCE, ACC } }, .pass = 0 },
  { .over = OUTPUT_DIMS, .ops = { { SIMDIT_OP_ADD, 2, 0, false, false, ONCE, ACC } }, .pass = 0 },
  { .over = OUTPUT_DIMS, .ops = { { SIMDIT_OP_DIV, 2, 0, false, false, ONCE, OUT } }, .pass = 1 },
  { .over = 0 },
};
static const SimditBlock roialign_blocks[] = {
  /* sizes and steps of the region's bins, on one lane */
  { .over = D (N),
    .when = SIMDIT_WHEN_FIRST_OF_GROUP,
    .no_fill = true,
    .ops = { { SIMDIT_OP_DIV, 2, 0, false, false, ONCE, ACC, 7 } } },
  /* position, weights and weighted mean of the neighbours */
  { .over = OUTPUT_DIMS,
    .ops = { { SIMDIT_OP_ADD, 2, 0, false, false, ONCE, ACC, 9 },
             { SIMDIT_OP_SUB, 2, 0, false, false, ONCE, ACC, 10 },
             { SIMDIT_OP_MUL, 2, 0, false, false, ONCE, ACC, 12 },
             { SIMDIT_OP_DIV, 2, 0, false, false, ONCE, OUT, 3 } } },
  { .over = 0 },
};
static const SimditBlock sgd_blocks[] /* scale the gradient, subtract it */
    = { { .over = OUTPUT_DIMS,
          .ops = { { SIMDIT_OP_GENERIC, 2, 0, false, false, ONCE, ACC },
                   { SIMDIT_OP_GENERIC, 2, 0, false, false, ONCE, OUT } } },
        { .over = 0 } };
static const SimditBlock relu_grad_blocks[] = {
  { .over = OUTPUT_DIMS, .ops = { { SIMDIT_OP_GENERIC, 2, 0, false, false, ONCE, OUT } } },
  { .over = 0 }
};
static const SimditBlock reduce_blocks[] = {
  { .over = D (OC),
    .ops = { { SIMDIT_OP_GENERIC, 2, 0, false, false, SIMDIT_REPEAT_BATCH, OUT } },
    .fill_once = true },
  { .over = 0 }
};
static const SimditBlock max_pool_grad_blocks[] /* per element of the window */
    = { { .over = OUTPUT_DIMS | D (KH) | D (KW),
          .per_element = true,
          .ops = { { SIMDIT_OP_COND_MOVE, 2, 0, false, false, ONCE, ACC },
                   { SIMDIT_OP_ADD, 2, 0, false, true, ONCE, ACC } } },
        { .over = 0 } };
static const SimditBlock avg_pool_grad_blocks[] = {
  { .over = OUTPUT_DIMS,
    .per_element = true,
    .ops = { { SIMDIT_OP_DIV, 2, 0, false, false, ONCE, ACC },
             { SIMDIT_OP_ADD, 2, 0, false, true, ONCE, ACC },
             { SIMDIT_OP_ADD, 2, 0, false, false, SIMDIT_REPEAT_WINDOW_BUT_ONE, ACC } } },
  { .over = 0 }
};
static const SimditBlock mean_var_blocks[] = {
  /* sum, square, sum of squares */
  { .over = OUTPUT_DIMS,
    .per_element = true,
    .ops = { { SIMDIT_OP_ADD, 2, 0, false, false, ONCE, ACC },
             { SIMDIT_OP_MUL, 2, 0, false, false, ONCE, ACC },
             { SIMDIT_OP_ADD, 2, 0, false, true, ONCE, ACC } } },
  /* mean, its square, mean square, variance, plus epsilon, inverse root */
  { .over = D (OC),
    .per_element = true,
    .when = SIMDIT_WHEN_LAST_OF_GROUP,
    .no_fill = true,
    .ops = { { SIMDIT_OP_DIV, 2, 0, false, false, ONCE, ACC },
             { SIMDIT_OP_MUL, 2, 0, false, true, ONCE, ACC },
             { SIMDIT_OP_DIV, 2, 0, false, false, ONCE, ACC },
             { SIMDIT_OP_SUB, 2, 0, false, true, ONCE, ACC },
             { SIMDIT_OP_ADD, 1, 1, true, true, ONCE, ACC },
             { SIMDIT_OP_INV_SQRT, 1, 1, true, true, ONCE, ACC } } },
  { .over = 0 },
};
static const SimditBlock batch_norm_blocks[] = {
  { .over = OUTPUT_DIMS,
    .per_element = true,
    .ops = { { SIMDIT_OP_SUB, 2, 0, false, false, ONCE, ACC },
             { SIMDIT_OP_MUL, 2, 0, false, true, ONCE, ACC },
             { SIMDIT_OP_MUL, 2, 0, false, true, ONCE, ACC },
             { SIMDIT_OP_ADD, 2, 0, false, true, ONCE, OUT } } },
  { .over = 0 }
};
static const SimditBlock batch_norm_grad_blocks[] = {
  /* normalise again; accumulate the gradients of scale and offset */
  { .over = OUTPUT_DIMS,
    .per_element = true,
    .ops = { { SIMDIT_OP_SUB, 2, 0, false, false, ONCE, ACC },
             { SIMDIT_OP_MUL, 2, 0, false, true, ONCE, ACC },
             { SIMDIT_OP_MUL, 2, 0, false, true, ONCE, ACC },
             { SIMDIT_OP_ADD, 2, 0, false, true, ONCE, ACC },
             { SIMDIT_OP_ADD, 2, 0, false, false, ONCE, ACC } } },
  { .over = D (OC),
    .per_element = true,
    .when = SIMDIT_WHEN_FIRST_OF_GROUP,
    .pass = 1,
    .no_fill = true,
    .ops = { { SIMDIT_OP_MUL, 2, 0, false, false, ONCE, ACC },
             { SIMDIT_OP_DIV, 2, 0, false, true, ONCE, ACC } } },
  { .over = OUTPUT_DIMS,
    .per_element = true,
    .pass = 1,
    .ops = { { SIMDIT_OP_MUL, 2, 0, false, false, ONCE, ACC },
             { SIMDIT_OP_MUL, 2, 0, false, false, ONCE, ACC },
             { SIMDIT_OP_SUB, 2, 0, false, true, ONCE, ACC },
             { SIMDIT_OP_SUB, 2, 0, false, true, ONCE, ACC },
             { SIMDIT_OP_MUL, 2, 0, false, true, ONCE, OUT } } },
  { .over = 0 },
};

/* ---- tiling (section 3) ---- */

static const SimditTilingRule conv_tiling = {
  /* 3.1 */
  .steps = { SIMDIT_TILE_KERNEL, SIMDIT_TILE_IC, SIMDIT_TILE_SPATIAL, SIMDIT_TILE_N, SIMDIT_TILE_OC,
             SIMDIT_TILE_END },
  .fits = { { SIMDIT_BUFFER_WBUF,
              { { 1, D (KW) | D (KH) | D (IC) | D (OC), SIMDIT_WIDTH_WEIGHT } },
              0,
              false },
            { SIMDIT_BUFFER_IBUF,
              { { 1, D (IW) | D (IH) | D (IC) | D (N), SIMDIT_WIDTH_ACTIVATION } },
              0,
              false },
            { SIMDIT_BUFFER_OBUF, { { 1, OUTPUT_DIMS, ACC } }, 0, false },
            { SIMDIT_BUFFER_BBUF, { { 1, D (OC), SIMDIT_WIDTH_BIAS } }, 0, false } },
  /* a 3x3 kernel; the (7 - 1) * 2 + 3 = 15 wide ifmap of a 7x7 ofmap; that ofmap; a bias vector */
  .minimums = { { SIMDIT_BUFFER_WBUF, 9, true, true, SIMDIT_WIDTH_WEIGHT },
                { SIMDIT_BUFFER_IBUF, 225, true, false, SIMDIT_WIDTH_ACTIVATION },
                { SIMDIT_BUFFER_OBUF, 49, false, true, ACC },
                { SIMDIT_BUFFER_BBUF, 1, false, true, SIMDIT_WIDTH_BIAS } },
};
static const SimditTilingRule elementwise_tiling = {
  /* 3.2 */
  .steps = OC_BEFORE_BATCH,
  .fits = { { VMEM, { { 1, OUTPUT_DIMS, ACC } }, 0, false } },
  .minimums = { { VMEM, 1, false, true, ACC } },
};
static const SimditTilingRule pool_tiling = {
  /* 3.3 */
  .steps = OC_BEFORE_BATCH,
  .fits = { { VMEM, { { 1, WINDOW_DIMS, ACC } }, 0, false } },
  .minimums = { { VMEM, 49, false, true, ACC } },
};
static const SimditTilingRule pool_grad_tiling = {
  /* 3.3, with the final check */
  .steps = OC_BEFORE_BATCH,
  .fits = { { VMEM, { { 1, WINDOW_DIMS, ACC } }, 0, false },
            { VMEM, { { 1, OUTPUT_DIMS, ACC } }, 1, true } },
  .minimums = { { VMEM, 49, false, true, ACC } },
};
static const SimditTilingRule max_pool_grad_tiling = {
  /* 3.4 */
  .steps = OC_BEFORE_BATCH,
  .fits = { { VMEM, { { 1, WINDOW_DIMS, ACC }, { 1, OUTPUT_DIMS, ACC } }, 0, false } },
  .minimums = { { VMEM, 50, false, true, ACC } },
};
static const SimditTilingRule mean_var_tiling = {
  /* 3.5 */
  .steps = BATCH_BEFORE_OC,
  .fits = { { VMEM, { { 1, OUTPUT_DIMS, ACC } }, 1, false },
            { VMEM, { { 2, D (OC), ACC } }, 0, false } },
  .minimums = { { VMEM, 2, false, true, ACC } },
};
static const SimditTilingRule batch_norm_tiling = {
  /* 3.6 */
  .steps = BATCH_BEFORE_OC,
  .fits = { { VMEM, { { 1, OUTPUT_DIMS, ACC } }, 0, false },
            { VMEM, { { 4, D (OC), ACC } }, 0, false } },
  .minimums = { { VMEM, 4, false, true, ACC } },
};
static const SimditTilingRule batch_norm_grad_tiling = {
  /* 3.7 */
  .steps = BATCH_BEFORE_OC,
  .fits = { { VMEM, { { 1, OUTPUT_DIMS, ACC }, { 3, D (OC), ACC } }, 0, false } },
  .minimums = { { VMEM, 4, false, true, ACC } },
};

/* ---- keys of SimDIT specs (section 2.2) ---- */

static const SimditSpecKey conv_keys[] = {
  { "OC", SIMDIT_DIM_OC, false }, { "IC", SIMDIT_DIM_IC, false },
  { "KH", SIMDIT_DIM_KH, false }, { "KW", SIMDIT_DIM_KW, false },
  { "N", SIMDIT_DIM_N, false },   { "OH", SIMDIT_DIM_OH, false },
  { "OW", SIMDIT_DIM_OW, false }, { "IH", END_DIM, true },
  { "IW", END_DIM, true },        { 0 }
};
static const SimditSpecKey gemm_keys[] = {
  { "P", SIMDIT_DIM_OC, false }, { "N", SIMDIT_DIM_IC, false }, { "M", SIMDIT_DIM_N, false }, { 0 }
};
static const SimditSpecKey map_keys[] = { { "C", SIMDIT_DIM_OC, false },
                                          { "N", SIMDIT_DIM_N, false },
                                          { "H", SIMDIT_DIM_OH, false },
                                          { "W", SIMDIT_DIM_OW, false },
                                          { 0 } };
static const SimditSpecKey pool_keys[] = {
  { "C", SIMDIT_DIM_OC, false },  { "N", SIMDIT_DIM_N, false },   { "OH", SIMDIT_DIM_OH, false },
  { "OW", SIMDIT_DIM_OW, false }, { "KH", SIMDIT_DIM_KH, false }, { "KW", SIMDIT_DIM_KW, false },
  { "IH", END_DIM, true },        { "IW", END_DIM, true },        { 0 }
};
static const SimditSpecKey global_pool_keys[] /* the window is the whole input */
    = { { "C", SIMDIT_DIM_OC, false },
        { "N", SIMDIT_DIM_N, false },
        { "OH", SIMDIT_DIM_OH, false },
        { "OW", SIMDIT_DIM_OW, false },
        { "IH", SIMDIT_DIM_KH, false },
        { "IW", SIMDIT_DIM_KW, false },
        { "KH", END_DIM, true },
        { "KW", END_DIM, true },
        { 0 } };
static const SimditSpecKey matrix_keys[] = { { "C", SIMDIT_DIM_OC, false },
                                             { "N", SIMDIT_DIM_N, false },
                                             { 0 } };
static const SimditSpecKey vector_keys[] = { { "C", SIMDIT_DIM_OC, false }, { 0 } };

/* ---- the table ---- */

#define SYSTOLIC(title, part, keys, tiles, stride)                                                 \
  .reference_name = (title), .fusion = SIMDIT_FUSION_##part, .unit = SIMDIT_UNIT_PE_ARRAY,         \
  .n_inputs = 1, .spec_keys = (keys), .spec_tiles = (tiles), .spec_stride = (stride),              \
  .batch = SIMDIT_BATCH_REPLACES_N_OR_IC, .nest = conv_nest, .tiling = &conv_tiling,               \
  .reduction = D (IC) | D (KH) | D (KW), .operands = conv_operands
#define COMMON_GRADIENT(part, inputs, keys, moves, program)                                        \
  .quirks = SIMDIT_QUIRK_BATCH_FIRST | SIMDIT_QUIRK_PACKED_WORDS,                                  \
  SIMD ("Common_SIMD_Backward", part, inputs, simdit_channel_nest, keys, elementwise_tiling,       \
        moves, program)
#define FREE(operation) .name = operation, .reference_name = operation "_ignored"

static const SimditOperator operators[] = {
  { .name = "conv",
    SYSTOLIC ("Convolution", CONV, conv_keys, simdit_spec_tiles_conv, "stride"),
    .shape = SIMDIT_SHAPE_CONV },
  { .name = "conv_bias",
    SYSTOLIC ("Convolution", CONV, conv_keys, simdit_spec_tiles_conv, "stride"),
    .spec_bias = true,
    .shape = SIMDIT_SHAPE_CONV },
  { .name = "gemm",
    SYSTOLIC ("GEMM", GEMM, gemm_keys, simdit_spec_tiles_gemm, NULL),
    .spec_bias = true,
    .shape = SIMDIT_SHAPE_GEMM,
    .output_stationary = true },
  { .name = "gemm_no_bias",
    SYSTOLIC ("GEMM", GEMM, gemm_keys, simdit_spec_tiles_gemm, NULL),
    .shape = SIMDIT_SHAPE_GEMM,
    .output_stationary = true },
  { .name = "relu",
    SIMD ("ReLU", AFTER_CONV, 1, simdit_channel_nest, map_keys, elementwise_tiling, unary_operands,
          relu_blocks),
    .shape = SIMDIT_SHAPE_ELEMENTWISE,
    .spec_tiles = simdit_spec_tiles_map },
  { .name = "elem_add",
    .makes = SIMDIT_CLASS_OF_INPUT,
    SIMD ("ElemAdd", AFTER_CONV, 2, simdit_channel_nest, map_keys, elementwise_tiling,
          binary_operands, add_blocks),
    .shape = SIMDIT_SHAPE_ELEMENTWISE,
    .spec_tiles = simdit_spec_tiles_map },
  { .name = "max_pool",
    SIMD ("MaxPool", FORBIDDEN, 1, simdit_channel_nest, pool_keys, pool_tiling, pool_operands,
          max_pool_blocks),
    .shape = SIMDIT_SHAPE_POOL,
    .spec_stride = "sx",
    .spec_tiles = simdit_spec_tiles_pool },
  { .name = "avg_pool",
    SIMD ("AvgPool", FORBIDDEN, 1, simdit_channel_nest, pool_keys, pool_tiling, pool_operands,
          avg_pool_blocks),
    .shape = SIMDIT_SHAPE_POOL,
    .spec_stride = "sx",
    .spec_tiles = simdit_spec_tiles_pool },
  { .name = "global_avg_pool",
    SIMD ("AvgPool", FORBIDDEN, 1, simdit_channel_nest, global_pool_keys, pool_tiling,
          pool_operands, avg_pool_blocks),
    .shape = SIMDIT_SHAPE_GLOBAL_POOL,
    .spec_tiles = simdit_spec_tiles_pool },
  { .name = "softmax",
    SIMD ("Softmax", SKIPPED, 1, simdit_softmax_nest, NULL, elementwise_tiling, softmax_operands,
          softmax_blocks),
    .shape = SIMDIT_SHAPE_ELEMENTWISE,
    .passes = 2 },
  { .name = "sgd4d",
    .makes = SIMDIT_CLASS_WEIGHT,
    COMMON_GRADIENT (AFTER_CONV, 2, map_keys, binary_operands, sgd_blocks),
    .stage = SIMDIT_STAGE_UPDATE,
    .training_only = true,
    .batch = SIMDIT_BATCH_IGNORED },
  { .name = "sgd2d",
    .makes = SIMDIT_CLASS_WEIGHT,
    COMMON_GRADIENT (AFTER_GEMM, 2, matrix_keys, binary_operands, sgd_blocks),
    .stage = SIMDIT_STAGE_UPDATE,
    .training_only = true,
    .batch = SIMDIT_BATCH_IGNORED },
  { .name = "sgd1d",
    .makes = SIMDIT_CLASS_WEIGHT,
    COMMON_GRADIENT (FORBIDDEN, 2, vector_keys, binary_operands, sgd_blocks),
    .stage = SIMDIT_STAGE_UPDATE,
    .training_only = true,
    .batch = SIMDIT_BATCH_IGNORED },
  { .name = "relu_grad",
    .makes = SIMDIT_CLASS_GRADIENT,
    COMMON_GRADIENT (FORBIDDEN, 2, map_keys, binary_operands, relu_grad_blocks),
    .training_only = true },
  { .name = "reduce_sum",
    .makes = SIMDIT_CLASS_GRADIENT,
    COMMON_GRADIENT (FORBIDDEN, 1, matrix_keys, reduce_operands, reduce_blocks),
    .training_only = true,
    .uncounted = D (N) },
  { .name = "mean_var",
    SIMD ("MeanIstd", AFTER_CONV, 1, simdit_channel_nest, map_keys, mean_var_tiling,
          mean_var_operands, mean_var_blocks),
    .stage = SIMDIT_STAGE_BATCH_NORM,
    .training_only = true,
    .spec_tiles = simdit_spec_tiles_normalisation,
    .channels_outermost = true },
  { .name = "batch_norm",
    SIMD ("BatchNorm", FORBIDDEN, 1, simdit_channel_nest, map_keys, batch_norm_tiling,
          batch_norm_operands, batch_norm_blocks),
    .stage = SIMDIT_STAGE_BATCH_NORM,
    .training_only = true,
    .spec_tiles = simdit_spec_tiles_normalisation,
    .channels_outermost = true },
  { .name = "batchnorm_grad_x_mu", /* the whole backward pass; its siblings are free */
    .makes = SIMDIT_CLASS_GRADIENT,
    .quirks = SIMDIT_QUIRK_SPILL_INPUT,
    SIMD ("BatchNorm_Backward", FORBIDDEN, 1, simdit_channel_nest, map_keys, batch_norm_grad_tiling,
          batch_norm_grad_operands, batch_norm_grad_blocks),
    .stage = SIMDIT_STAGE_BATCH_NORM,
    .training_only = true,
    .passes = 2,
    .spec_tiles = simdit_spec_tiles_normalisation,
    .channels_outermost = true },
  { .name = "max_pool_grad",
    .makes = SIMDIT_CLASS_GRADIENT,
    SIMD ("MaxPool_Grad", FORBIDDEN, 2, simdit_channel_nest, pool_keys, max_pool_grad_tiling,
          max_pool_grad_operands, max_pool_grad_blocks),
    .training_only = true,
    .spec_stride = "sx",
    .spec_tiles = simdit_spec_tiles_pool_grad,
    .quirks = SIMDIT_QUIRK_WORDS_FIRST },
  { .name = "average_pool_grad",
    .makes = SIMDIT_CLASS_GRADIENT,
    SIMD ("AvgPool_Grad", FORBIDDEN, 1, simdit_channel_nest, pool_keys, pool_grad_tiling,
          pool_grad_operands, avg_pool_grad_blocks),
    .training_only = true,
    .spec_stride = "sx",
    .spec_tiles = simdit_spec_tiles_pool_grad,
    .quirks = SIMDIT_QUIRK_WORDS_FIRST },
  { .name = "global_average_pool_grad",
    .makes = SIMDIT_CLASS_GRADIENT,
    SIMD ("AvgPool_Grad", FORBIDDEN, 1, simdit_channel_nest, global_pool_keys, pool_grad_tiling,
          pool_grad_operands, avg_pool_grad_blocks),
    .training_only = true,
    .spec_tiles = simdit_spec_tiles_pool_grad,
    .quirks = SIMDIT_QUIRK_WORDS_FIRST },
  /* Views: no data moves. */
  { FREE ("flatten"), .makes = SIMDIT_CLASS_OF_INPUT, .shape = SIMDIT_SHAPE_FLATTEN,
    .n_inputs = 1 },
  { FREE ("coarse_flatten"), .makes = SIMDIT_CLASS_OF_INPUT, .shape = SIMDIT_SHAPE_FLATTEN,
    .n_inputs = 1 },
  /* Free in the reference (7.6), known in its specs only. */
  { FREE ("flatten_grad"), .makes = SIMDIT_CLASS_OF_INPUT },
  { FREE ("tensor_transpose4d") },
  { FREE ("tensor_transpose2d") },
  { FREE ("cross_entropy_loss") },
  { FREE ("cross_entropy_loss_grad") },
  { FREE ("batchnorm_grad_inv_std"), .stage = SIMDIT_STAGE_BATCH_NORM },
  { FREE ("batchnorm_grad_xhat"), .stage = SIMDIT_STAGE_BATCH_NORM },
  { FREE ("batchnorm_grad_dbeta"), .stage = SIMDIT_STAGE_BATCH_NORM },
  { FREE ("batchnorm_grad_dgamma"), .stage = SIMDIT_STAGE_BATCH_NORM },
  { FREE ("batchnorm_grad_dgamma_mul_xhat"), .stage = SIMDIT_STAGE_BATCH_NORM },
  { FREE ("batchnorm_grad_gamma_inv_std"), .stage = SIMDIT_STAGE_BATCH_NORM },
  { FREE ("batchnorm_grad_scaled_gy"), .stage = SIMDIT_STAGE_BATCH_NORM },
  { FREE ("batchnorm_grad_dx_rhs"), .stage = SIMDIT_STAGE_BATCH_NORM },
  { FREE ("batchnorm_grad_dx"), .stage = SIMDIT_STAGE_BATCH_NORM },
};

/* What a SimDIT spec means by a name that our own format uses otherwise. */
static const SimditOperator spec_operators[] = {
  { .name = "softmax",
    SIMD ("Softmax", SKIPPED, 1, simdit_softmax_nest, NULL, elementwise_tiling, softmax_operands,
          softmax_blocks),
    .passes = 2,
    .lanes = SIMDIT_DIM_N,
    .quirks = SIMDIT_QUIRK_WHOLE_VECTORS,
    .fixed = &simdit_fixed_softmax },
  { .name = "roialign",
    SIMD ("ROIAlignPool", SKIPPED, 1, region_nest, NULL, elementwise_tiling, roialign_operands,
          roialign_blocks),
    .group = SIMDIT_DIM_N,
    .quirks = SIMDIT_QUIRK_ISSUED_ONCE,
    .fixed = &simdit_fixed_roialign },
};

static bool
is_available (const SimditOperator *row, bool spec)
{
  return spec || row->shape != SIMDIT_SHAPE_NONE;
}

const SimditOperator *
simdit_operator_find (const char *operation, bool spec)
{
  for (gsize i = 0; spec && i < G_N_ELEMENTS (spec_operators); i++)
    if (g_str_equal (spec_operators[i].name, operation))
      return &spec_operators[i];
  for (gsize i = 0; i < G_N_ELEMENTS (operators); i++)
    if (g_str_equal (operators[i].name, operation))
      return is_available (&operators[i], spec) ? &operators[i] : NULL;
  return NULL;
}

const SimditOperator *
simdit_operator_find_training (const char *operation)
{
  for (const SimditOperator *row = simdit_training_operators; row->name != NULL; row++)
    if (g_str_equal (row->name, operation))
      return row;
  for (gsize i = 0; i < G_N_ELEMENTS (operators); i++)
    if (g_str_equal (operators[i].name, operation))
      return &operators[i];
  return NULL;
}

const char *
simdit_operator_nearest (const char *operation, bool spec)
{
  const char *names[G_N_ELEMENTS (operators)];
  gsize n = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (operators); i++)
    if (is_available (&operators[i], spec))
      names[n++] = operators[i].name;
  return simdit_nearest (operation, names, n);
}

const char *
simdit_operand_name (SimditOperand operand)
{
  static const char *const names[] = {
    [SIMDIT_OPERAND_WEIGHTS] = "weights",       [SIMDIT_OPERAND_BIAS] = "bias",
    [SIMDIT_OPERAND_IFMAP] = "ifmap",           [SIMDIT_OPERAND_PSUM_LOAD] = "psum_load",
    [SIMDIT_OPERAND_PSUM_STORE] = "psum_store", [SIMDIT_OPERAND_OFMAP] = "ofmap"
  };

  return names[operand];
}

const char *
simdit_unit_name (SimditUnitKind unit)
{
  static const char *const names[] = { [SIMDIT_UNIT_NONE] = "none",
                                       [SIMDIT_UNIT_PE_ARRAY] = "pe_array",
                                       [SIMDIT_UNIT_SIMD_ARRAY] = "simd_array" };

  return names[unit];
}

const char *
simdit_buffer_name (SimditBuffer buffer)
{
  static const char *const names[] = { [SIMDIT_BUFFER_WBUF] = "wbuf",
                                       [SIMDIT_BUFFER_BBUF] = "bbuf",
                                       [SIMDIT_BUFFER_IBUF] = "ibuf",
                                       [SIMDIT_BUFFER_OBUF] = "obuf",
                                       [SIMDIT_BUFFER_VMEM] = "vmem" };

  return names[buffer];
}
