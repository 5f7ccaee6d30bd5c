/* What a unit does for one tile: cycles and accesses, from the operator's row. */
#ifndef SIMDIT_MODEL_TILE_H
#define SIMDIT_MODEL_TILE_H

#include "model/model.h"

/* What distinguishes tiles of one program. */
typedef struct
{
  SimditExtents extents;
  bool fresh;                         /* the first visit of an output: biases instead of psums */
  bool first_of_group, last_of_group; /* of the tiles of some channels, in this pass */
  guint pass;
} SimditTileKind;

/* Accesses of the unit, reads and writes together [bit]. */
typedef struct
{
  uint64_t cycles;
  uint64_t padded_macs; /* PE-cycles in use */
  uint64_t hazards;     /* tiles whose passes are too short for their psums to have returned */
  uint64_t wbuf, ibuf, obuf, bbuf, vmem, immediates, instructions;
  uint64_t obuf_reads, vmem_reads;   /* of obuf, vmem */
  uint64_t active_lanes;             /* lanes of the SIMD array times issue slots in use */
  uint64_t operations[SIMDIT_N_OPS]; /* of a lane each */
} SimditTileWork;

void simdit_model_tile (const SimditModelLayer *layer, const SimditTileKind *kind,
                        SimditTileWork *work);

/** simdit_tile_work_add: adds @times what @work is. */
void simdit_tile_work_add (SimditTileWork *self, const SimditTileWork *work, uint64_t times);

#endif
