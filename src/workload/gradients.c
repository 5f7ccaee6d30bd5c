/*
 * The rules. Each step: suffix of its name; operation and extents in the complete expansion and in
 * the reference's; inputs; outputs; condition. Why the convolutions below are gradients:
 *
 *   dL/dx  a convolution of dL/dy, zeros inserted by the stride, with the weights turned by 180
 *          degrees, input and output channels swapped
 *   dL/dw  a convolution over the input with dL/dy, zeros inserted, as its kernel; the input's
 *          channels are the images there, and the images the channels over which it sums up
 */
#include "workload/gradients.h"

#define NOTHING                                                                                    \
  {                                                                                                \
    NULL, SIMDIT_RECIPE_NONE                                                                       \
  }
#define ZERO_ROW(operation)                                                                        \
  {                                                                                                \
    operation, SIMDIT_RECIPE_NONE                                                                  \
  }
#define OP(operation, recipe)                                                                      \
  {                                                                                                \
    operation, SIMDIT_RECIPE_##recipe                                                              \
  }
#define BOTH(operation, recipe)                                                                    \
  {                                                                                                \
    OP (operation, recipe), OP (operation, recipe)                                                 \
  }
#define FULL(operation, recipe)                                                                    \
  {                                                                                                \
    OP (operation, recipe), NOTHING                                                                \
  }
#define REFERENCE(operation, recipe)                                                               \
  {                                                                                                \
    NOTHING, OP (operation, recipe)                                                                \
  }
#define S(name) SIMDIT_SLOT_##name
#define END                                                                                        \
  {                                                                                                \
    0                                                                                              \
  }

/* ---- convolution and batch norm ---- */

static const SimditGradientStep conv_forward[] = {
  { "", BOTH ("conv", LAYER), { S (X), S (WEIGHT) }, { S (SUM) } },
  { ".mean_var", BOTH ("mean_var", OUTPUT), { S (SUM) }, { S (MEAN), S (ISTD) } },
  { ".batch_norm",
    BOTH ("batch_norm", OUTPUT),
    { S (SUM), S (MEAN), S (ISTD), S (SCALE), S (OFFSET) },
    { S (Y) } },
  END,
};

#define IGNORED_BATCH_NORM(part)                                                                   \
  {                                                                                                \
    "." part,                                                                                      \
    {                                                                                              \
      NOTHING, ZERO_ROW ("batchnorm_grad_" part)                                                   \
    }                                                                                              \
  }

/* From the gradient of its output on. */
#define CONV_BACKWARD(gradient)                                                                    \
  {                                                                                                \
    ".grad.dilate", FULL ("dilate", DILATE), { S (gradient) }, { S (gradient) }, SIMDIT_IF_STRIDED \
  },                                                                                               \
      { ".weight.transpose",                                                                       \
        { OP ("transpose_weights", WEIGHTS), ZERO_ROW ("tensor_transpose4d") },                    \
        { S (WEIGHT) },                                                                            \
        { S (WEIGHT_TURNED) },                                                                     \
        SIMDIT_IF_INPUT_GRADIENT },                                                                \
      { ".dx",                                                                                     \
        { OP ("conv", INPUT_GRADIENT), OP ("conv", UNPADDED_INPUT_GRADIENT) },                     \
        { S (gradient), S (WEIGHT_TURNED) },                                                       \
        { S (DX) },                                                                                \
        SIMDIT_IF_INPUT_GRADIENT },                                                                \
      { ".input.transpose",                                                                        \
        { OP ("transpose", INPUT), ZERO_ROW ("tensor_transpose4d") },                              \
        { S (X) },                                                                                 \
        { S (X_TURNED) } },                                                                        \
      { ".grad.transpose",                                                                         \
        { OP ("transpose", DILATED), ZERO_ROW ("tensor_transpose4d") },                            \
        { S (gradient) },                                                                          \
        { S (DY_TURNED) } },                                                                       \
      { ".dw",                                                                                     \
        { OP ("conv", WEIGHT_GRADIENT), OP ("conv", UNTRIMMED_WEIGHT_GRADIENT) },                  \
        { S (X_TURNED), S (DY_TURNED) },                                                           \
        { S (D_WEIGHT_TURNED) } },                                                                 \
      { ".dw.transpose",                                                                           \
        { OP ("transpose", WEIGHTS), ZERO_ROW ("tensor_transpose4d") },                            \
        { S (D_WEIGHT_TURNED) },                                                                   \
        { S (D_WEIGHT) } },                                                                        \
  {                                                                                                \
    ".weight.update", { OP (SIMDIT_UPDATE, WEIGHTS), OP ("sgd4d", KERNELS) },                      \
    {                                                                                              \
      S (WEIGHT), S (D_WEIGHT)                                                                     \
    }                                                                                              \
  }

static const SimditGradientStep conv_backward[] = {
  { ".batch_norm.grad",
    BOTH ("batchnorm_grad_x_mu", OUTPUT),
    { S (SUM), S (DY), S (MEAN), S (ISTD), S (SCALE) },
    { S (D_SUM), S (D_SCALE), S (D_OFFSET) } },
  /* What the reference has separate rows for is in the one before. */
  IGNORED_BATCH_NORM ("inv_std"),
  IGNORED_BATCH_NORM ("xhat"),
  IGNORED_BATCH_NORM ("dbeta"),
  IGNORED_BATCH_NORM ("dgamma"),
  IGNORED_BATCH_NORM ("dgamma_mul_xhat"),
  IGNORED_BATCH_NORM ("gamma_inv_std"),
  IGNORED_BATCH_NORM ("scaled_gy"),
  IGNORED_BATCH_NORM ("dx_rhs"),
  IGNORED_BATCH_NORM ("dx"),
  { ".scale.update",
    { OP (SIMDIT_UPDATE, CHANNELS), OP ("sgd1d", PADDED_CHANNELS) },
    { S (SCALE), S (D_SCALE) } },
  { ".offset.update",
    { OP (SIMDIT_UPDATE, CHANNELS), OP ("sgd1d", PADDED_CHANNELS) },
    { S (OFFSET), S (D_OFFSET) } },
  CONV_BACKWARD (D_SUM),
  END,
};

/* ---- convolution without batch norm ---- */

static const SimditGradientStep plain_conv_forward[] = {
  { "", BOTH ("conv", LAYER), { S (X), S (WEIGHT) }, { S (Y) } },
  END,
};
static const SimditGradientStep plain_conv_backward[] = { CONV_BACKWARD (DY), END };
static const SimditGradientStep conv_bias_forward[] = {
  { "", FULL ("conv_bias", LAYER), { S (X), S (WEIGHT), S (BIAS) }, { S (Y) } },
  END,
};
static const SimditGradientStep conv_bias_backward[] = {
  { ".bias.grad", FULL ("reduce_maps", OUTPUT), { S (DY) }, { S (D_BIAS) } },
  { ".bias.update", FULL (SIMDIT_UPDATE, CHANNELS), { S (BIAS), S (D_BIAS) } },
  CONV_BACKWARD (DY),
  END,
};

/* ---- GEMM: the same with windows of one element ---- */

static const SimditGradientStep gemm_forward[] = {
  { "", BOTH ("gemm", LAYER), { S (X), S (WEIGHT), S (BIAS) }, { S (Y) } },
  END,
};
static const SimditGradientStep gemm_no_bias_forward[] = {
  { "", BOTH ("gemm_no_bias", LAYER), { S (X), S (WEIGHT) }, { S (Y) } },
  END,
};

#define GEMM_BACKWARD                                                                              \
  { ".weight.transpose",                                                                           \
    FULL ("transpose_weights", WEIGHTS),                                                           \
    { S (WEIGHT) },                                                                                \
    { S (WEIGHT_TURNED) },                                                                         \
    SIMDIT_IF_INPUT_GRADIENT },                                                                    \
      { ".dx",                                                                                     \
        BOTH ("gemm_no_bias", INPUT_GRADIENT),                                                     \
        { S (DY), S (WEIGHT_TURNED) },                                                             \
        { S (DX) },                                                                                \
        SIMDIT_IF_INPUT_GRADIENT },                                                                \
      { ".input.transpose", FULL ("transpose", INPUT), { S (X) }, { S (X_TURNED) } },              \
      { ".grad.transpose", FULL ("transpose", OUTPUT), { S (DY) }, { S (DY_TURNED) } },            \
      { ".dw",                                                                                     \
        BOTH ("gemm_no_bias", WEIGHT_GRADIENT),                                                    \
        { S (X_TURNED), S (DY_TURNED) },                                                           \
        { S (D_WEIGHT_TURNED) } },                                                                 \
      { ".dw.transpose", FULL ("transpose", WEIGHTS), { S (D_WEIGHT_TURNED) }, { S (D_WEIGHT) } }, \
  {                                                                                                \
    ".weight.update", { OP (SIMDIT_UPDATE, WEIGHTS), OP ("sgd2d", MATRIX) },                       \
    {                                                                                              \
      S (WEIGHT), S (D_WEIGHT)                                                                     \
    }                                                                                              \
  }

static const SimditGradientStep gemm_no_bias_backward[] = { GEMM_BACKWARD, END };
static const SimditGradientStep gemm_backward[] = {
  GEMM_BACKWARD,
  { ".bias.grad",
    { OP ("reduce_sum", ROWS), OP ("reduce_sum", PADDED_ROWS) },
    { S (DY) },
    { S (D_BIAS) } },
  { ".bias.update",
    { OP (SIMDIT_UPDATE, CHANNELS), OP ("sgd1d", PADDED_CHANNELS) },
    { S (BIAS), S (D_BIAS) } },
  END,
};

/* ---- what has no parameters ---- */

static const SimditGradientStep relu_forward[] = {
  { "", BOTH ("relu", LAYER), { S (X) }, { S (Y) } },
  END,
};
static const SimditGradientStep relu_backward[] = {
  { ".grad", BOTH ("relu_grad", OUTPUT), { S (Y), S (DY) }, { S (DX) } },
  END,
};
static const SimditGradientStep add_forward[] = {
  { "", BOTH ("elem_add", LAYER), { S (X), S (X2) }, { S (Y) } },
  END,
};
static const SimditGradientStep nothing_backward[] = { END };
static const SimditGradientStep max_pool_forward[] = {
  { "", { OP ("max_pool_index", LAYER), OP ("max_pool", LAYER) }, { S (X) }, { S (Y), S (INDEX) } },
  END,
};
static const SimditGradientStep max_pool_backward[] = {
  { ".grad",
    { OP ("max_pool_grad", LAYER), OP ("max_pool_grad", POOL_GRADIENT) },
    { S (DY), S (INDEX) },
    { S (DX) } },
  END,
};
static const SimditGradientStep avg_pool_forward[] = {
  { "", BOTH ("avg_pool", LAYER), { S (X) }, { S (Y) } },
  END,
};
static const SimditGradientStep avg_pool_backward[] = {
  { ".grad",
    { OP ("average_pool_grad", LAYER), OP ("average_pool_grad", POOL_GRADIENT) },
    { S (DY) },
    { S (DX) } },
  END,
};
static const SimditGradientStep global_pool_forward[] = {
  { "", BOTH ("global_avg_pool", LAYER), { S (X) }, { S (Y) } },
  END,
};
static const SimditGradientStep global_pool_backward[] = {
  { ".grad",
    { OP ("global_average_pool_grad", LAYER), OP ("global_average_pool_grad", POOL_GRADIENT) },
    { S (DY) },
    { S (DX) } },
  END,
};
static const SimditGradientStep flatten_forward[] = {
  { "", BOTH ("coarse_flatten", LAYER), { S (X) }, { S (Y) } },
  END,
};
static const SimditGradientStep flatten_backward[] = {
  { ".grad", BOTH ("flatten_grad", INPUT), { S (DY) }, { S (DX) } },
  END,
};
static const SimditGradientStep softmax_forward[] = {
  { "", FULL ("softmax", LAYER), { S (X) }, { S (Y) } },
  END,
};
static const SimditGradientStep softmax_backward[] = {
  { ".grad", FULL ("softmax_grad", OUTPUT), { S (Y), S (DY) }, { S (DX) } },
  END,
};

static const SimditGradientRule rules[] = {
  { "conv", conv_forward, conv_backward, { S (WEIGHT), S (SCALE), S (OFFSET) }, S (DX) },
  /* The bias is batch norm's offset. */
  { "conv_bias", conv_forward, conv_backward, { S (WEIGHT), S (SCALE), S (OFFSET) }, S (DX) },
  { "conv",
    plain_conv_forward,
    plain_conv_backward,
    { S (WEIGHT) },
    S (DX),
    .without_batch_norm = true },
  { "conv_bias",
    conv_bias_forward,
    conv_bias_backward,
    { S (WEIGHT), S (BIAS) },
    S (DX),
    .full_only = true,
    .without_batch_norm = true },
  { "gemm", gemm_forward, gemm_backward, { S (WEIGHT), S (BIAS) }, S (DX) },
  { "gemm_no_bias", gemm_no_bias_forward, gemm_no_bias_backward, { S (WEIGHT) }, S (DX) },
  { "relu", relu_forward, relu_backward, { 0 }, S (DX) },
  { "elem_add", add_forward, nothing_backward, { 0 }, S (DY) },
  { "max_pool", max_pool_forward, max_pool_backward, { 0 }, S (DX) },
  { "avg_pool", avg_pool_forward, avg_pool_backward, { 0 }, S (DX) },
  { "global_avg_pool", global_pool_forward, global_pool_backward, { 0 }, S (DX) },
  { "flatten", flatten_forward, flatten_backward, { 0 }, S (DX) },
  { "coarse_flatten", flatten_forward, flatten_backward, { 0 }, S (DX) },
  { "softmax", softmax_forward, softmax_backward, { 0 }, S (DX), .full_only = true },
};

/* The softmax has its gradient together with the cross entropy: probabilities less target. */
static const SimditGradientStep loss_forward[] = {
  { "", FULL ("softmax", OUTPUT), { S (X) }, { S (Y) } },
  { ".cross_entropy",
    { OP ("cross_entropy", OUTPUT), ZERO_ROW ("cross_entropy_loss") },
    { S (Y), S (TARGET) },
    { S (LOSS) } },
  END,
};
static const SimditGradientStep loss_backward[] = {
  { ".grad",
    { OP ("cross_entropy_grad", OUTPUT), ZERO_ROW ("cross_entropy_loss_grad") },
    { S (Y), S (TARGET) },
    { S (DX) } },
  END,
};
static const SimditGradientRule loss_rule = {
  "softmax", loss_forward, loss_backward, { 0 }, S (DX)
};

const SimditGradientRule *
simdit_gradient_rule (const SimditLayer *layer)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rules); i++)
    if (g_str_equal (rules[i].operation, layer->op->name)
        && rules[i].without_batch_norm == layer->without_batch_norm)
      return &rules[i];
  return NULL;
}

const SimditGradientRule *
simdit_loss_rule (void)
{
  return &loss_rule;
}
