/*
 * Which addresses a tile occupies in DRAM: runs of neighbouring bits, in the order in which they
 * lie there. Only real elements have addresses: padded channels and the zeros around an image pass
 * over a port, but are in no tensor.
 */
#ifndef SIMDIT_PROGRAM_TILE_WALK_H
#define SIMDIT_PROGRAM_TILE_WALK_H

#include "program/program.h"

/* A loop over runs. */
typedef struct
{
  uint64_t count, index;
  uint64_t stride; /* [bit] */
} SimditTileLevel;

typedef struct
{
  uint64_t bits;     /* of all runs; 0: nothing of the tile is real */
  uint64_t run_bits; /* of each */
  uint64_t address;  /* [bit] of the next run */
  uint64_t left;     /* runs to come */
  guint n_levels;
  SimditTileLevel levels[SIMDIT_N_DIMS]; /* innermost first */
} SimditTileWalk;

/**
 * simdit_tile_walk_init: the tile of @stream at @at, a residency of it.
 * @width: of a word in DRAM [bit]
 *
 * Needs program->addresses.
 */
void simdit_tile_walk_init (SimditTileWalk *self, const SimditProgram *program,
                            const SimditStream *stream, const SimditCursor *at, uint64_t width);

/** simdit_tile_walk_next: the address of the next run [bit]; @self has runs left. */
static inline uint64_t
simdit_tile_walk_next (SimditTileWalk *self)
{
  uint64_t address = self->address;

  self->left--;
  for (guint i = 0; i < self->n_levels; i++)
    {
      SimditTileLevel *level = &self->levels[i];

      if (++level->index < level->count)
        {
          self->address += level->stride;
          break;
        }
      self->address -= (level->count - 1) * level->stride;
      level->index = 0;
    }
  return address;
}

#endif
