/* Extents of an expansion's layers, from those of the forward layers. */
#ifndef SIMDIT_WORKLOAD_RECIPES_H
#define SIMDIT_WORKLOAD_RECIPES_H

#include "workload/gradients.h"

typedef struct
{
  const SimditLayer *layer; /* borrowed: of the forward network */
  uint64_t c, h, w;         /* what it reads, without padding */
  bool reads_network_input;
  bool pool_gradient_over_input; /* an oddity of the network in the reference */
} SimditRecipeContext;

/** simdit_recipe_apply: sets extents, stride, padding and batch; false: an extent is too large. */
bool simdit_recipe_apply (const SimditRecipeContext *self, SimditRecipe recipe, SimditLayer *layer);

#endif
