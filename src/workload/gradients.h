/*
 * The table of gradients: for each operation of our own format, what training adds to it. A rule is
 * two lists of steps, forward and backward; a step becomes a layer of the expanded network. Both
 * expansions follow the same rules: a step says what it is in each of them.
 */
#ifndef SIMDIT_WORKLOAD_GRADIENTS_H
#define SIMDIT_WORKLOAD_GRADIENTS_H

#include "workload/network-private.h"

/* Tensors that the steps of one layer pass on to each other; those of other layers are not seen. */
typedef enum
{
  SIMDIT_SLOT_NONE, /* ends a list */
  SIMDIT_SLOT_X,    /* inputs of the layer */
  SIMDIT_SLOT_X2,
  SIMDIT_SLOT_Y,  /* its output, read by other layers */
  SIMDIT_SLOT_DY, /* gradients of the loss: of the output ... */
  SIMDIT_SLOT_DX, /* ... and of each input */
  SIMDIT_SLOT_WEIGHT,
  SIMDIT_SLOT_BIAS,
  SIMDIT_SLOT_SCALE, /* of batch norm */
  SIMDIT_SLOT_OFFSET,
  SIMDIT_SLOT_D_WEIGHT,
  SIMDIT_SLOT_D_BIAS,
  SIMDIT_SLOT_D_SCALE,
  SIMDIT_SLOT_D_OFFSET,
  SIMDIT_SLOT_SUM,   /* of a convolution, before batch norm */
  SIMDIT_SLOT_D_SUM, /* later with zeros between its elements */
  SIMDIT_SLOT_MEAN,
  SIMDIT_SLOT_ISTD, /* inverse standard deviation */
  SIMDIT_SLOT_INDEX,
  SIMDIT_SLOT_TARGET,
  SIMDIT_SLOT_LOSS,
  SIMDIT_SLOT_X_TURNED, /* transposed */
  SIMDIT_SLOT_DY_TURNED,
  SIMDIT_SLOT_WEIGHT_TURNED,
  SIMDIT_SLOT_D_WEIGHT_TURNED,
  SIMDIT_N_SLOTS,
} SimditSlot;

/* The extents of a step, from those of the layer that it belongs to. */
typedef enum
{
  SIMDIT_RECIPE_NONE,     /* a row that costs nothing */
  SIMDIT_RECIPE_LAYER,    /* the layer's own */
  SIMDIT_RECIPE_OUTPUT,   /* an element-wise operation on the output */
  SIMDIT_RECIPE_INPUT,    /* ... on the input */
  SIMDIT_RECIPE_DILATE,   /* zero insertion into the output's gradient */
  SIMDIT_RECIPE_DILATED,  /* an element-wise operation on its result */
  SIMDIT_RECIPE_WEIGHTS,  /* ... on the weights */
  SIMDIT_RECIPE_CHANNELS, /* ... on one number per channel */
  SIMDIT_RECIPE_ROWS,     /* ... on the channels of a vector, for each image */
  SIMDIT_RECIPE_INPUT_GRADIENT,
  SIMDIT_RECIPE_WEIGHT_GRADIENT,
  /* Only in the reference: */
  SIMDIT_RECIPE_POOL_GRADIENT,             /* of some networks over the input (pool) */
  SIMDIT_RECIPE_UNPADDED_INPUT_GRADIENT,   /* an image's gradient includes its padding */
  SIMDIT_RECIPE_UNTRIMMED_WEIGHT_GRADIENT, /* windows that slid out are computed, too */
  SIMDIT_RECIPE_KERNELS,                   /* weights, channels in multiples of 32 */
  SIMDIT_RECIPE_MATRIX,
  SIMDIT_RECIPE_PADDED_CHANNELS,
  SIMDIT_RECIPE_PADDED_ROWS,
  SIMDIT_N_RECIPES,
} SimditRecipe;

typedef enum
{
  SIMDIT_IF_ALWAYS,
  SIMDIT_IF_INPUT_GRADIENT, /* something upstream has parameters */
  SIMDIT_IF_STRIDED,
} SimditCondition;

#define SIMDIT_STEP_MAX_INPUTS 5
#define SIMDIT_STEP_MAX_OUTPUTS 3

/* What a step is in one of the expansions. */
typedef struct
{
  const char *operation; /* NULL: it does not exist there */
  SimditRecipe recipe;
} SimditStepForm;

typedef struct
{
  const char *suffix;      /* of the layer's name; NULL ends a list */
  SimditStepForm forms[2]; /* by SimditExpansion */
  SimditSlot inputs[SIMDIT_STEP_MAX_INPUTS];
  SimditSlot outputs[SIMDIT_STEP_MAX_OUTPUTS];
  SimditCondition when;
} SimditGradientStep;

/* The operation of a step whose inputs are a parameter and its gradient: what the optimizer is. */
#define SIMDIT_UPDATE "update"

typedef struct
{
  const char *operation; /* of the forward network; NULL ends the table */
  const SimditGradientStep *forward, *backward;
  SimditSlot parameters[3]; /* that the layer has */
  SimditSlot gradient;      /* the slot that is the gradient of every input */
  bool full_only;           /* the reference has no gradient of it */
  bool without_batch_norm;  /* of a convolution */
} SimditGradientRule;

/** simdit_gradient_rule: of the operation of @layer, or NULL. */
const SimditGradientRule *simdit_gradient_rule (const SimditLayer *layer);

/** simdit_loss_rule: what follows the network's output; its input is what a softmax would read. */
const SimditGradientRule *simdit_loss_rule (void);

#endif
