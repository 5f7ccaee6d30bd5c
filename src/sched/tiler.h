/* Cuts a layer into DRAM tiles: the generator of the reference model, section 3. */
#ifndef SIMDIT_SCHED_TILER_H
#define SIMDIT_SCHED_TILER_H

#include "machine/machine-private.h"
#include "workload/operator.h"

typedef struct
{
  const SimditMachine *machine;
  const SimditOperator *op;
  SimditExtents extents; /* channels padded, batch applied */
  uint64_t stride;
  uint64_t widths[SIMDIT_N_WIDTHS];
} SimditTilingProblem;

/**
 * simdit_tile: the extents of one tile.
 *
 * Error CAPACITY, naming the buffer, where no tile fits (the original asserts or loops for ever).
 */
bool simdit_tile (const SimditTilingProblem *problem, SimditExtents *tile, GError **error);

/** simdit_tile_room: bits of @buffer that one tile may use (half of a double buffer). */
uint64_t simdit_tile_room (const SimditMachine *machine, SimditBuffer buffer);

#endif
