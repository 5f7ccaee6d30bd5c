/* Tiles, passes, widths and loop orders that SimDIT specs have of their own (model section 11). */
#ifndef SIMDIT_WORKLOAD_SPEC_TILING_H
#define SIMDIT_WORKLOAD_SPEC_TILING_H

#include "workload/network-private.h"

#define SIMDIT_SPEC_TENSORS 2

/* A tensor, and its tile; extents that it does not have are 1. */
typedef struct
{
  SimditExtents extents, tile;
} SimditSpecTensor;

typedef struct
{
  bool has_tile;                    /* else @reloads is all there is */
  SimditExtents extents;            /* channels not padded, batch as written */
  SimditExtents tile;               /* may be larger than the extents */
  SimditExtents pass;               /* of a tile: what the unit takes at a time */
  uint64_t widths[SIMDIT_N_WIDTHS]; /* OUTPUT: unless the next layer runs on the PE array */
  bool has_tensors;                 /* each has its own tile; @extents and @tile: the output's */
  SimditSpecTensor loads[SIMDIT_SPEC_TENSORS]; /* in the order of the operator's loads */
  SimditDim order[SIMDIT_N_LOOP_DIMS + 1]; /* of the output's extents; ends with SIMDIT_N_DIMS */
  SimditDimSet reloads; /* loops outside those over weights: each iteration loads them again */
} SimditSpecTiling;

/* What to read. */
typedef struct
{
  bool tiles, loop_order;
} SimditSpecWish;

/**
 * simdit_spec_read_tilings: one for each layer of @network, from its source; newly allocated.
 *
 * Errors, naming file and JSON path: INVALID (not a SimDIT spec; what @wish asks for is missing or
 * malformed), UNSUPPORTED (a loop order for which there is no model).
 */
SimditSpecTiling *simdit_spec_read_tilings (const SimditNetwork *network, SimditSpecWish wish,
                                            GError **error);

#endif
