/*
 * Tile counts as the reference has them: quotients, not integers, multiplied in an order of its
 * own. The order matters, since products are rounded up afterwards (model section 0.4).
 */
#ifndef SIMDIT_MODEL_COUNTS_H
#define SIMDIT_MODEL_COUNTS_H

#include "model/model.h"

#include <math.h>

#define SIMDIT_ALL_DIMS ((1u << SIMDIT_N_LOOP_DIMS) - 1)

/* Tiles of a layer, or passes of a tile, per dimension. */
typedef struct
{
  double of[SIMDIT_N_LOOP_DIMS];
} SimditCounts;

static inline SimditCounts
simdit_counts_of_tiles (const SimditProgram *program)
{
  SimditCounts counts;

  for (guint d = 0; d < SIMDIT_N_LOOP_DIMS; d++)
    counts.of[d] = (double) program->extents.of[d] / (double) program->tile.of[d];
  return counts;
}

static inline SimditCounts
simdit_counts_of_passes (const SimditModelLayer *layer)
{
  SimditCounts counts;

  for (guint d = 0; d < SIMDIT_N_LOOP_DIMS; d++)
    counts.of[d] = (double) layer->program->tile.of[d] / (double) layer->pass.of[d];
  return counts;
}

/** simdit_pass_volume: elements of a pass in @dims. */
static inline double
simdit_pass_volume (const SimditModelLayer *layer, SimditDimSet dims)
{
  double volume = 1;

  for (; dims != 0; dims &= dims - 1)
    volume *= (double) layer->pass.of[__builtin_ctz (dims)];
  return volume;
}

/**
 * simdit_counts_product: @value times those counts that are in @dims.
 * @order: from left to right; ends with SIMDIT_N_DIMS
 * @ceiled: counts that are rounded up first
 */
static inline double
simdit_counts_product (double value, const SimditCounts *counts, const SimditDim *order,
                       SimditDimSet dims, SimditDimSet ceiled)
{
  for (; *order != SIMDIT_N_DIMS; order++)
    if (dims & (1u << *order))
      value *= ceiled & (1u << *order) ? ceil (counts->of[*order]) : counts->of[*order];
  return value;
}

#endif
