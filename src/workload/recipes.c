/* Extents of the steps of an expansion. Sources: gradients.c; for the reference, its training nets.
 */
#include "workload/recipes.h"

#include "base/arith.h"

/* The reference counts channels of what it updates in multiples of this. */
#define REFERENCE_CHANNELS 32

/* In the order of SimditDim: OC IC KH KW N OH OW. */
static void
set (SimditLayer *layer, const uint64_t *loop_extents)
{
  for (guint d = 0; d < SIMDIT_DIM_PASS; d++)
    layer->extents.of[d] = loop_extents[d];
}

/* A map of @c channels; a layer over parameters has @n rows of them instead of a batch. */
static void
set_map (SimditLayer *layer, SimditDim batch, uint64_t c, uint64_t n, uint64_t h, uint64_t w)
{
  set (layer, (uint64_t[]){ c, 1, 1, 1, n, h, w });
  layer->batch = batch;
}

static uint64_t
in_reference_channels (uint64_t channels)
{
  return simdit_round_up (channels, REFERENCE_CHANNELS);
}

/* @n elements with stride - 1 zeros after each but the last. */
static uint64_t
dilated (uint64_t n, uint64_t stride)
{
  return (n - 1) * stride + 1;
}

/* dL/dx: @h x @w elements, the window slides one by one over the dilated gradient of the output. */
static void
set_input_gradient (const SimditRecipeContext *self, uint64_t h, uint64_t w, SimditLayer *layer)
{
  const uint64_t *of = self->layer->extents.of;

  set (layer, (uint64_t[]){ of[SIMDIT_DIM_IC], of[SIMDIT_DIM_OC], of[SIMDIT_DIM_KH],
                            of[SIMDIT_DIM_KW], 1, h, w });
  layer->pad_h = (int64_t) of[SIMDIT_DIM_KH] - 1 - self->layer->pad_h;
  layer->pad_w = (int64_t) of[SIMDIT_DIM_KW] - 1 - self->layer->pad_w;
  layer->batch = SIMDIT_DIM_N;
}

/* dL/dw: @h x @w elements per kernel; the dilated gradient of the output is the window. */
static void
set_weight_gradient (const SimditRecipeContext *self, uint64_t h, uint64_t w, SimditLayer *layer)
{
  const uint64_t *of = self->layer->extents.of;
  uint64_t stride = self->layer->stride;

  set (layer, (uint64_t[]){ of[SIMDIT_DIM_OC], 1, dilated (of[SIMDIT_DIM_OH], stride),
                            dilated (of[SIMDIT_DIM_OW], stride), of[SIMDIT_DIM_IC], h, w });
  layer->pad_h = self->layer->pad_h;
  layer->pad_w = self->layer->pad_w;
  layer->batch = SIMDIT_DIM_IC;
}

/* The padded input, of which the reference forgets what an image has beyond the last window. */
static uint64_t
padded (const SimditRecipeContext *self, uint64_t input, int64_t pad, SimditDim window)
{
  if (self->reads_network_input)
    return self->layer->extents.of[window];
  return (uint64_t) ((int64_t) input + 2 * pad);
}

static void
set_untrimmed_weight_gradient (const SimditRecipeContext *self, SimditLayer *layer)
{
  const uint64_t *of = self->layer->extents.of;
  uint64_t stride = self->layer->stride;
  uint64_t h = padded (self, self->h, self->layer->pad_h, SIMDIT_DIM_IH);
  uint64_t w = padded (self, self->w, self->layer->pad_w, SIMDIT_DIM_IW);

  set_weight_gradient (self, h - dilated (of[SIMDIT_DIM_OH], stride) + 1,
                       w - dilated (of[SIMDIT_DIM_OW], stride) + 1, layer);
}

static void
copy_layer (const SimditRecipeContext *self, SimditLayer *layer)
{
  uint64_t passes = layer->extents.of[SIMDIT_DIM_PASS];

  layer->extents = self->layer->extents;
  layer->extents.of[SIMDIT_DIM_PASS] = passes;
  layer->stride = self->layer->stride;
  layer->pad_h = self->layer->pad_h;
  layer->pad_w = self->layer->pad_w;
  layer->in_h = self->h;
  layer->in_w = self->w;
  layer->batch = SIMDIT_DIM_N;
}

/* What only the reference does. */
static void
apply_reference (const SimditRecipeContext *self, SimditRecipe recipe, SimditLayer *layer)
{
  const uint64_t *of = self->layer->extents.of;
  bool padding_too = self->reads_network_input;

  switch (recipe)
    {
    case SIMDIT_RECIPE_POOL_GRADIENT:
      copy_layer (self, layer);
      if (self->pool_gradient_over_input)
        {
          layer->extents.of[SIMDIT_DIM_OH] = self->h;
          layer->extents.of[SIMDIT_DIM_OW] = self->w;
        }
      return;
    case SIMDIT_RECIPE_UNPADDED_INPUT_GRADIENT:
      set_input_gradient (self, padding_too ? of[SIMDIT_DIM_IH] : self->h,
                          padding_too ? of[SIMDIT_DIM_IW] : self->w, layer);
      return;
    case SIMDIT_RECIPE_UNTRIMMED_WEIGHT_GRADIENT:
      set_untrimmed_weight_gradient (self, layer);
      return;
    case SIMDIT_RECIPE_KERNELS:
      set_map (layer, SIMDIT_N_DIMS, in_reference_channels (of[SIMDIT_DIM_IC]), of[SIMDIT_DIM_OC],
               of[SIMDIT_DIM_KH], of[SIMDIT_DIM_KW]);
      return;
    case SIMDIT_RECIPE_MATRIX:
      set_map (layer, SIMDIT_N_DIMS, in_reference_channels (of[SIMDIT_DIM_OC]), of[SIMDIT_DIM_IC],
               1, 1);
      return;
    case SIMDIT_RECIPE_PADDED_CHANNELS:
      set_map (layer, SIMDIT_N_DIMS, in_reference_channels (of[SIMDIT_DIM_OC]), 1, 1, 1);
      return;
    default: /* PADDED_ROWS */
      set_map (layer, SIMDIT_DIM_N, in_reference_channels (of[SIMDIT_DIM_OC]), 1, 1, 1);
    }
}

static void
apply (const SimditRecipeContext *self, SimditRecipe recipe, SimditLayer *layer)
{
  const uint64_t *of = self->layer->extents.of;
  uint64_t stride = self->layer->stride, h = of[SIMDIT_DIM_OH], w = of[SIMDIT_DIM_OW];

  switch (recipe)
    {
    case SIMDIT_RECIPE_NONE:
      return;
    case SIMDIT_RECIPE_LAYER:
      copy_layer (self, layer);
      return;
    case SIMDIT_RECIPE_OUTPUT:
      set_map (layer, SIMDIT_DIM_N, of[SIMDIT_DIM_OC], 1, h, w);
      return;
    case SIMDIT_RECIPE_INPUT:
      set_map (layer, SIMDIT_DIM_N, self->c, 1, self->h, self->w);
      return;
    case SIMDIT_RECIPE_DILATE:
      set_map (layer, SIMDIT_DIM_N, of[SIMDIT_DIM_OC], 1, h, w);
      layer->stride = stride;
      return;
    case SIMDIT_RECIPE_DILATED:
      set_map (layer, SIMDIT_DIM_N, of[SIMDIT_DIM_OC], 1, dilated (h, stride), dilated (w, stride));
      return;
    case SIMDIT_RECIPE_WEIGHTS:
      set_map (layer, SIMDIT_N_DIMS, of[SIMDIT_DIM_OC], of[SIMDIT_DIM_IC], of[SIMDIT_DIM_KH],
               of[SIMDIT_DIM_KW]);
      return;
    case SIMDIT_RECIPE_CHANNELS:
      set_map (layer, SIMDIT_N_DIMS, of[SIMDIT_DIM_OC], 1, 1, 1);
      return;
    case SIMDIT_RECIPE_ROWS:
      set_map (layer, SIMDIT_DIM_N, of[SIMDIT_DIM_OC], 1, 1, 1);
      return;
    case SIMDIT_RECIPE_INPUT_GRADIENT:
      set_input_gradient (self, self->h, self->w, layer);
      return;
    case SIMDIT_RECIPE_WEIGHT_GRADIENT:
      set_weight_gradient (self, of[SIMDIT_DIM_KH], of[SIMDIT_DIM_KW], layer);
      return;
    default:
      apply_reference (self, recipe, layer);
    }
}

bool
simdit_recipe_apply (const SimditRecipeContext *self, SimditRecipe recipe, SimditLayer *layer)
{
  apply (self, recipe, layer);
  for (guint d = 0; d < SIMDIT_N_LOOP_DIMS; d++)
    if (layer->extents.of[d] > SIMDIT_MAX_EXTENT)
      return false;
  simdit_extents_set_input (&layer->extents, layer->stride);
  return true;
}
