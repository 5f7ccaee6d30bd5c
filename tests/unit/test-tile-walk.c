/* Addresses of tiles: against the address of each element of each tile, worked out one by one. */
#include "program/tile-walk.h"
#include "helpers/programs.h"

#include <string.h>

#define MAX_BITS (1u << 20)

/* Where the tensor's dimensions are, outermost first. */
static guint
layout_of (const SimditProgram *program, SimditDimSet volume, SimditDim *order)
{
  static const SimditDim maps[2][7] = {
    { SIMDIT_DIM_N, SIMDIT_DIM_IH, SIMDIT_DIM_OH, SIMDIT_DIM_IW, SIMDIT_DIM_OW, SIMDIT_DIM_IC,
      SIMDIT_DIM_OC },
    { SIMDIT_DIM_N, SIMDIT_DIM_IC, SIMDIT_DIM_OC, SIMDIT_DIM_IH, SIMDIT_DIM_OH, SIMDIT_DIM_IW,
      SIMDIT_DIM_OW },
  };
  static const SimditDim weights[2][4] = {
    { SIMDIT_DIM_OC, SIMDIT_DIM_KH, SIMDIT_DIM_KW, SIMDIT_DIM_IC },
    { SIMDIT_DIM_OC, SIMDIT_DIM_IC, SIMDIT_DIM_KH, SIMDIT_DIM_KW },
  };
  bool is_weight = (volume & SIMDIT_DIM (OC)) && (volume & SIMDIT_DIM (IC));
  const SimditDim *all = is_weight ? weights[program->addresses.channels_first]
                                   : maps[program->addresses.channels_first];
  guint n = 0;

  for (guint i = 0; i < (is_weight ? 4 : 7); i++)
    if (volume & (1u << all[i]))
      order[n++] = all[i];
  return n;
}

/* The first element of the tile along @dim, in the tensor's own coordinates. */
static int64_t
origin (const SimditProgram *program, const SimditCursor *at, SimditDim dim)
{
  for (guint i = 0; i < program->n_loops; i++)
    if (program->loops[i].dim == dim)
      return (int64_t) (at->index[i] * program->loops[i].tile);
  if (dim == SIMDIT_DIM_IH)
    return origin (program, at, SIMDIT_DIM_OH) * (int64_t) program->stride
           + origin (program, at, SIMDIT_DIM_KH) - program->addresses.pad_h;
  if (dim == SIMDIT_DIM_IW)
    return origin (program, at, SIMDIT_DIM_OW) * (int64_t) program->stride
           + origin (program, at, SIMDIT_DIM_KW) - program->addresses.pad_w;
  return 0;
}

/* Marks the bits of each real element; returns how many. */
static uint64_t
mark_elements (const SimditProgram *program, const SimditStream *stream, const SimditCursor *at,
               uint64_t width, guint8 *bits)
{
  SimditDim order[SIMDIT_N_DIMS];
  guint n = layout_of (program, stream->row->volume, order);
  uint64_t elements, marked = 0;
  SimditExtents tile;

  simdit_program_tile_extents (program, at->last, &tile);
  elements = simdit_extents_volume (&tile, stream->row->volume);
  for (uint64_t e = 0; e < elements; e++)
    {
      uint64_t rest = e, number = 0, scale = 1;
      bool real = true;

      for (guint i = n; i-- > 0;)
        {
          int64_t extent = (int64_t) program->addresses.stored.of[order[i]];
          int64_t x = origin (program, at, order[i]) + (int64_t) (rest % tile.of[order[i]]);

          rest /= tile.of[order[i]];
          real = real && x >= 0 && x < extent;
          number += (uint64_t) x * scale;
          scale *= (uint64_t) extent;
        }
      for (uint64_t b = 0; real && b < width; b++, marked++)
        {
          g_assert_cmpuint (number * width + b, <, MAX_BITS);
          bits[number * width + b]++;
        }
    }
  return marked;
}

static void
check_tile (const SimditProgram *program, const SimditStream *stream, const SimditCursor *at)
{
  uint64_t width = random_to (17), expected, last = 0, first;
  g_autofree guint8 *bits = g_malloc0 (MAX_BITS);
  SimditTileWalk walk;

  expected = mark_elements (program, stream, at, width, bits);
  simdit_tile_walk_init (&walk, program, stream, at, width);
  g_assert_cmpuint (walk.bits, ==, expected);
  first = program->addresses.bases[stream->row - program->op->operands] * 8;
  while (walk.left > 0)
    {
      uint64_t address = simdit_tile_walk_next (&walk);

      g_assert_cmpuint (address, >=, last); /* in order */
      last = address + walk.run_bits;
      for (uint64_t b = 0; b < walk.run_bits; b++)
        g_assert_cmpuint (bits[address - first + b]--, ==, 1);
    }
  for (guint b = 0; b < MAX_BITS; b++)
    g_assert_cmpuint (bits[b], ==, 0);
}

static void
check_program (const char *operation)
{
  SimditProgram program = random_program (operation, false);

  place_randomly (&program);
  g_assert_true (simdit_program_build (&program, NULL));
  for (guint i = 0; i < program.n_streams; i++)
    {
      const SimditStream *stream = &program.streams[i];
      SimditCursor at;
      guint n = 0;

      simdit_cursor_init (&at, &program, stream);
      for (; at.step < program.n_steps && n < 12; n++)
        {
          check_tile (&program, stream, &at);
          for (uint64_t skip = random_to (3); skip > 0 && at.step < program.n_steps; skip--)
            simdit_cursor_next (&at, &program, stream);
        }
    }
}

static void
test_random_tiles (void)
{
  static const char *const operations[] = { "conv",   "gemm",       "elem_add",     "max_pool",
                                            "dilate", "batch_norm", "max_pool_grad" };

  for (guint i = 0; i < 140; i++)
    check_program (operations[i % G_N_ELEMENTS (operations)]);
}

/* A 3x3 window over a padded 4x4 image of 3 (padded: 8) channels: whole rows are one run. */
static void
test_merged_rows (void)
{
  SimditProgram program = { .op = any_operator ("conv"), .stride = 1 };
  const SimditStream *ifmap;
  SimditTileWalk walk;
  SimditCursor at;

  program.extents = (SimditExtents){ { 8, 8, 3, 3, 1, 4, 4, 1 } };
  program.tile = program.extents;
  program.tile.of[SIMDIT_DIM_OH] = 2;
  for (guint w = 0; w < SIMDIT_N_WIDTHS; w++)
    program.widths[w] = 8;
  program.addresses = (SimditAddresses){
    .stored = { { 8, 3, 3, 3, 1, 4, 4, 1, 4, 4 } }, .pad_h = 1, .pad_w = 1, .bases = { 0, 0, 4096 }
  };
  g_assert_true (simdit_program_build (&program, NULL));
  ifmap = &program.streams[2];
  g_assert_cmpint (ifmap->row->operand, ==, SIMDIT_OPERAND_IFMAP);
  simdit_cursor_init (&at, &program, ifmap);
  simdit_tile_walk_init (&walk, &program, ifmap, &at, 8);
  g_assert_cmpuint (walk.left, ==, 1);
  g_assert_cmpuint (walk.run_bits, ==, 3 * 4 * 3 * 8); /* rows 0 to 2; row -1 is padding */
  g_assert_cmpuint (simdit_tile_walk_next (&walk), ==, 4096 * 8);
  simdit_cursor_next (&at, &program, ifmap);
  simdit_tile_walk_init (&walk, &program, ifmap, &at, 8);
  g_assert_cmpuint (walk.run_bits, ==, 3 * 4 * 3 * 8); /* rows 1 to 3 */
  g_assert_cmpuint (simdit_tile_walk_next (&walk), ==, (4096 + 4 * 3) * 8);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tile-walk/random-tiles", test_random_tiles);
  g_test_add_func ("/tile-walk/merged-rows", test_merged_rows);
  return g_test_run ();
}
