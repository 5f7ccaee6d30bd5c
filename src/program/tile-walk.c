#include "program/tile-walk.h"

/* Along one dimension: what of the tensor the tile covers. */
typedef struct
{
  uint64_t start, count, extent;
} Axis;

#define END SIMDIT_N_DIMS

/* How tensors lie in DRAM, outermost first; a tensor has only some of the dimensions. Weights are
 * told apart by having both kinds of channels. */
static const SimditDim nhwc[] = {
  SIMDIT_DIM_N,  SIMDIT_DIM_OH, SIMDIT_DIM_IH, SIMDIT_DIM_OW, SIMDIT_DIM_IW,
  SIMDIT_DIM_KH, SIMDIT_DIM_KW, SIMDIT_DIM_IC, SIMDIT_DIM_OC, END
};
static const SimditDim nchw[] = {
  SIMDIT_DIM_N,  SIMDIT_DIM_IC, SIMDIT_DIM_OC, SIMDIT_DIM_OH, SIMDIT_DIM_IH,
  SIMDIT_DIM_OW, SIMDIT_DIM_IW, SIMDIT_DIM_KH, SIMDIT_DIM_KW, END
};
static const SimditDim ohwi[] = { SIMDIT_DIM_OC, SIMDIT_DIM_KH, SIMDIT_DIM_KW, SIMDIT_DIM_IC, END };
static const SimditDim oihw[] = { SIMDIT_DIM_OC, SIMDIT_DIM_IC, SIMDIT_DIM_KH, SIMDIT_DIM_KW, END };

static const SimditDim *
order_of (const SimditProgram *program, SimditDimSet volume)
{
  bool weights = (volume & SIMDIT_DIM (OC)) && (volume & SIMDIT_DIM (IC));

  if (program->addresses.channels_first)
    return weights ? oihw : nchw;
  return weights ? ohwi : nhwc;
}

/* What of [first, first + count) lies in a tensor of @extent. */
static Axis
clip (int64_t first, uint64_t count, uint64_t extent)
{
  int64_t begin = CLAMP (first, 0, (int64_t) extent);
  int64_t end = CLAMP (first + (int64_t) count, 0, (int64_t) extent);

  return (Axis){ (uint64_t) begin, (uint64_t) (end - begin), extent };
}

/* Where the tile begins, by dimension. */
static void
find_starts (const SimditProgram *program, const SimditCursor *at, int64_t *starts)
{
  const SimditAddresses *addresses = &program->addresses;
  int64_t stride = (int64_t) program->stride;

  for (guint d = 0; d < SIMDIT_N_DIMS; d++)
    starts[d] = 0;
  for (guint i = 0; i < program->n_loops; i++)
    starts[program->loops[i].dim] = (int64_t) (at->index[i] * program->loops[i].tile);
  starts[SIMDIT_DIM_IH] = starts[SIMDIT_DIM_OH] * stride + starts[SIMDIT_DIM_KH] - addresses->pad_h;
  starts[SIMDIT_DIM_IW] = starts[SIMDIT_DIM_OW] * stride + starts[SIMDIT_DIM_KW] - addresses->pad_w;
}

static void
add_level (SimditTileWalk *self, uint64_t count, uint64_t stride)
{
  if (count == 1)
    return;
  self->levels[self->n_levels++] = (SimditTileLevel){ .count = count, .stride = stride };
  self->left *= count;
}

void
simdit_tile_walk_init (SimditTileWalk *self, const SimditProgram *program,
                       const SimditStream *stream, const SimditCursor *at, uint64_t width)
{
  const SimditOperandRow *row = stream->row;
  const SimditDim *order = order_of (program, row->volume);
  uint64_t inner = width; /* [bit] of what lies inside a dimension */
  int64_t starts[SIMDIT_N_DIMS];
  bool contiguous = true;
  SimditExtents tile;
  guint n = 0;

  simdit_program_tile_extents (program, at->last, &tile);
  find_starts (program, at, starts);
  *self = (SimditTileWalk){ .address = program->addresses.bases[row - program->op->operands] * 8,
                            .run_bits = width,
                            .left = 1 };
  while (order[n] != END)
    n++;
  while (n-- > 0)
    {
      SimditDim d = order[n];
      Axis axis;

      if (!(row->volume & (1u << d)))
        continue;
      axis = clip (starts[d], tile.of[d], program->addresses.stored.of[d]);
      self->address += axis.start * inner;
      if (contiguous)
        self->run_bits = axis.count * inner;
      else
        add_level (self, axis.count, inner);
      contiguous = contiguous && axis.count == axis.extent;
      inner *= axis.extent;
      if (axis.count == 0)
        self->left = 0;
    }
  if (self->run_bits == 0)
    self->left = 0;
  self->bits = self->left * self->run_bits;
}
