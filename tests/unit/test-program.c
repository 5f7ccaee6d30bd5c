/*
 * Programs: what the cursors enumerate against a walk over every step of the loop nest, for the
 * rows of the operator table and for random operators, nests, extents and tiles.
 */
#include "helpers/programs.h"
#include "base/arith.h"
#include "expect.h"
#include "model/tile.h"
#include "program/program.h"

#define MAX_STEPS 3000

/* The nest with every loop of the operator in it, also those of one tile, walked one by one. */
typedef struct
{
  const SimditProgram *program; /* borrowed */
  SimditDim nest[SIMDIT_N_LOOP_DIMS];
  guint depth;
  uint64_t count[SIMDIT_N_DIMS];
  uint64_t n_steps;
} Walk;

static uint64_t
draw (gint from, gint to)
{
  return (uint64_t) g_test_rand_int_range (from, to + 1);
}

static void
walk_init (Walk *self, const SimditProgram *program)
{
  *self = (Walk){ .program = program, .n_steps = 1 };
  for (guint d = 0; d < SIMDIT_N_DIMS; d++)
    self->count[d] = 1;
  for (; program->op->nest[self->depth] != SIMDIT_N_DIMS; self->depth++)
    {
      SimditDim dim = program->op->nest[self->depth];
      uint64_t extent = program->extents.of[dim], left = extent;

      self->nest[self->depth] = dim;
      for (self->count[dim] = 0; left > 0; self->count[dim]++)
        left -= MIN (left, program->tile.of[dim]);
      self->n_steps *= self->count[dim];
    }
}

/* Tile indices by dimension at @step. */
static void
walk_at (const Walk *self, uint64_t step, uint64_t *index)
{
  memset (index, 0, SIMDIT_N_DIMS * sizeof *index);
  for (guint i = self->depth; i-- > 0;)
    {
      index[self->nest[i]] = step % self->count[self->nest[i]];
      step /= self->count[self->nest[i]];
    }
}

/* The extents of the tile of @step, cut off at the ends. */
static void
walk_tile (const Walk *self, uint64_t step, uint64_t *tile)
{
  const SimditProgram *program = self->program;
  uint64_t index[SIMDIT_N_DIMS];

  walk_at (self, step, index);
  for (guint d = 0; d < SIMDIT_N_LOOP_DIMS; d++)
    {
      uint64_t start = index[d] * program->tile.of[d];

      tile[d] = MIN (program->tile.of[d], program->extents.of[d] - start);
    }
  tile[SIMDIT_DIM_IH] = (tile[SIMDIT_DIM_OH] - 1) * program->stride + tile[SIMDIT_DIM_KH];
  tile[SIMDIT_DIM_IW] = (tile[SIMDIT_DIM_OW] - 1) * program->stride + tile[SIMDIT_DIM_KW];
}

/* A number per set of tile indices in @dims: equal numbers, same elements. */
static uint64_t
walk_identity (const Walk *self, uint64_t step, SimditDimSet dims)
{
  uint64_t index[SIMDIT_N_DIMS], identity = 0;

  if (dims & SIMDIT_DIM (IH))
    dims |= SIMDIT_DIM (OH) | SIMDIT_DIM (KH);
  if (dims & SIMDIT_DIM (IW))
    dims |= SIMDIT_DIM (OW) | SIMDIT_DIM (KW);
  walk_at (self, step, index);
  for (guint d = 0; d < SIMDIT_N_LOOP_DIMS; d++)
    if (dims & (1u << d))
      identity = identity * self->count[d] + index[d];
  return identity;
}

static bool
is_kept (const SimditProgram *program)
{
  return program->discipline != SIMDIT_DISCIPLINE_LOCKSTEP
         || (program->op->output_stationary && program->extents.of[SIMDIT_DIM_N] == 1);
}

/* The first step after @step with another tile of @row. */
static uint64_t
walk_end_of_residency (const Walk *self, uint64_t step, const SimditOperandRow *row)
{
  SimditDimSet dims = row->volume | (row->passes != 0 ? SIMDIT_DIM (PASS) : 0);
  uint64_t end = step + 1;

  if (row->per_step && !is_kept (self->program))
    return end;
  while (end < self->n_steps && walk_identity (self, end, dims) == walk_identity (self, step, dims))
    end++;
  return end;
}

/* The last step before @step that has the same elements of @row; @step when there is none. */
static uint64_t
walk_previous (const Walk *self, uint64_t step, const SimditOperandRow *row)
{
  for (uint64_t s = step; s-- > 0;)
    if (walk_identity (self, s, row->volume) == walk_identity (self, step, row->volume))
      return s;
  return step;
}

static bool
is_transferred (const Walk *self, uint64_t step, const SimditOperandRow *row)
{
  uint64_t index[SIMDIT_N_DIMS];

  walk_at (self, step, index);
  if (row->passes != 0 && !(row->passes & (1u << index[SIMDIT_DIM_PASS])))
    return false;
  /* A fresh accumulation has nothing to load. */
  return row->operand != SIMDIT_OPERAND_PSUM_LOAD || self->program->op->reduction == 0
         || walk_previous (self, step, row) != step;
}

static void
expect_tile (const Walk *self, uint64_t step, const SimditCursor *cursor, SimditLoopSet ragged,
             SimditDimSet dims)
{
  uint64_t expected[SIMDIT_N_DIMS];
  SimditExtents got;

  walk_tile (self, step, expected);
  simdit_program_tile_extents (self->program, cursor->last & ragged, &got);
  for (guint d = 0; d < SIMDIT_N_DIMS; d++)
    if (dims & (1u << d))
      g_assert_cmpuint (got.of[d], ==, expected[d]);
}

/* Walks all residencies of @row; those transferred must be what the cursor of @stream yields. */
static uint64_t
check_stream (const Walk *self, const SimditOperandRow *row, const SimditStream *stream,
              bool table_row)
{
  const SimditProgram *program = self->program;
  SimditCursor cursor = { 0 };
  uint64_t n = 0, end;

  if (stream != NULL)
    simdit_cursor_init (&cursor, program, stream);
  for (uint64_t step = 0; step < self->n_steps; step = end)
    {
      end = walk_end_of_residency (self, step, row);
      if (!is_transferred (self, step, row))
        continue;
      n++;
      if (stream == NULL)
        continue;
      g_assert_cmpuint (cursor.step, ==, step);
      g_assert_cmpuint (stream->run, ==, end - step);
      expect_tile (self, step, &cursor, stream->ragged, row->volume);
      /* Reduction loops of the table are next to each other: every visit is equally far back. */
      if (table_row && row->operand == SIMDIT_OPERAND_PSUM_LOAD)
        g_assert_cmpuint (step - stream->revisit_steps, ==, walk_previous (self, step, row));
      simdit_cursor_next (&cursor, program, stream);
    }
  if (stream != NULL)
    g_assert_cmpuint (cursor.step, ==, program->n_steps);
  return n;
}

/* An intermediate between passes whose passes follow each other step by step. */
static bool
is_spilled_for_next_step (const Walk *self, const SimditOperandRow *row)
{
  if (row->passes == 0
      || (row->operand != SIMDIT_OPERAND_PSUM_LOAD && row->operand != SIMDIT_OPERAND_PSUM_STORE))
    return false;
  for (uint64_t step = 1; step < self->n_steps; step += 2)
    if (walk_identity (self, step, row->volume) != walk_identity (self, step - 1, row->volume))
      return false;
  return true;
}

static void
check_streams (const Walk *self, bool table_row)
{
  const SimditProgram *program = self->program;
  guint n = 0;

  for (const SimditOperandRow *row = program->op->operands; row->volume != 0; row++)
    {
      const SimditStream *stream = n < program->n_streams && program->streams[n].row == row
                                       ? &program->streams[n]
                                       : NULL;
      uint64_t transfers = check_stream (self, row, stream, table_row);

      /* Left out are psum loads that never happen, and spills that the next step would load again.
       */
      if (stream == NULL && transfers > 0)
        {
          g_assert_cmpint (program->discipline, ==, SIMDIT_DISCIPLINE_DECOUPLED);
          g_assert_true (is_spilled_for_next_step (self, row));
        }
      else if (stream == NULL)
        g_assert_cmpint (row->operand, ==, SIMDIT_OPERAND_PSUM_LOAD);
      n += stream != NULL;
    }
  g_assert_cmpuint (n, ==, program->n_streams);
}

/* Whether no step before (@forward: after) @step has the same output tile. */
static bool
is_extreme_visit (const Walk *self, uint64_t step, SimditDimSet output, bool forward)
{
  uint64_t from = forward ? step + 1 : 0, to = forward ? self->n_steps : step;

  for (uint64_t s = from; s < to; s++)
    if (walk_identity (self, s, output) == walk_identity (self, step, output))
      return false;
  return true;
}

/* The cursor of the steps themselves: place, true extents, pass, first and last visits. */
static void
check_steps (const Walk *self)
{
  const SimditProgram *program = self->program;
  SimditDimSet uncounted = program->op->uncounted,
               output = ((1u << SIMDIT_N_LOOP_DIMS) - 1) & ~program->op->reduction;
  SimditCursor cursor;
  uint64_t counted = 0;

  g_assert_cmpuint (program->n_steps, ==, self->n_steps);
  simdit_cursor_init (&cursor, program, NULL);
  for (uint64_t step = 0; step < self->n_steps; step++)
    {
      uint64_t index[SIMDIT_N_DIMS];

      walk_at (self, step, index);
      g_assert_cmpuint (cursor.step, ==, step);
      expect_tile (self, step, &cursor, program->ragged, (1u << SIMDIT_N_DIMS) - 1);
      g_assert_cmpuint (simdit_cursor_pass (&cursor, program), ==, index[SIMDIT_DIM_PASS]);
      counted += walk_identity (self, step, uncounted) == 0;
      if (self->n_steps <= 300)
        {
          g_assert_true (simdit_cursor_is_fresh (&cursor, program->reduction)
                         == is_extreme_visit (self, step, output, false));
          g_assert_true (simdit_cursor_is_final (&cursor, program->reduction)
                         == is_extreme_visit (self, step, output, true));
        }
      simdit_cursor_next (&cursor, program, NULL);
    }
  g_assert_cmpuint (cursor.step, ==, program->n_steps);
  g_assert_cmpuint (program->counted_steps, ==, counted);
}

/* Every tile of a group takes the same, in whatever place; or each group is one tile. */
static void
check_no_group_work (const SimditProgram *program)
{
  const SimditMachine machine = { .rows = 4, .columns = 4 };
  const SimditModelLayer layer = { .machine = &machine, .program = program };
  SimditDimSet outside = (1u << program->op->group) | SIMDIT_DIM (PASS);
  uint64_t tiles_of_group = 1;

  for (guint i = 0; i < program->n_loops; i++)
    if ((outside & (1u << program->loops[i].dim)) != 0)
      tiles_of_group = 1; /* loops outside the group's own do not count */
    else
      tiles_of_group *= program->loops[i].count;
  for (guint kind = 1; kind < 8 && tiles_of_group > 1; kind++)
    {
      SimditTileKind one = { .extents = program->tile, .pass = kind >> 2 }, other = one;
      SimditTileWork work, expected;

      other.first_of_group = (kind & 1) != 0;
      other.last_of_group = (kind & 2) != 0;
      simdit_model_tile (&layer, &one, &expected);
      simdit_model_tile (&layer, &other, &work);
      g_assert_cmpmem (&work, sizeof work, &expected, sizeof expected);
    }
}

/* Per-group work happens where a channel tile (of one pass) begins and ends. */
static void
check_groups (const Walk *self)
{
  const SimditProgram *program = self->program;
  SimditDimSet dims = (1u << program->op->group) | SIMDIT_DIM (PASS);
  SimditCursor cursor;

  if (program->op->blocks == NULL)
    return;
  if (program->inside_group == 0)
    {
      check_no_group_work (program);
      return;
    }
  simdit_cursor_init (&cursor, program, NULL);
  for (uint64_t step = 0; step < self->n_steps; step++)
    {
      uint64_t here = walk_identity (self, step, dims);
      bool first = step == 0 || walk_identity (self, step - 1, dims) != here;
      bool last = step + 1 == self->n_steps || walk_identity (self, step + 1, dims) != here;

      g_assert_true (simdit_cursor_is_fresh (&cursor, program->inside_group) == first);
      g_assert_true (simdit_cursor_is_final (&cursor, program->inside_group) == last);
      simdit_cursor_next (&cursor, program, NULL);
    }
}

/* Random extents and tiles for the loops of program->op, at most MAX_STEPS steps. */
static void
draw_program (SimditProgram *program)
{
  const SimditOperator *op = program->op;
  uint64_t n_steps = 1;

  program->stride = draw (1, 3);
  program->discipline = (SimditDiscipline) draw (0, 2);
  for (guint w = 0; w < SIMDIT_N_WIDTHS; w++)
    program->widths[w] = draw (1, 32);
  for (guint d = 0; d < SIMDIT_N_DIMS; d++)
    program->extents.of[d] = program->tile.of[d] = 1;
  for (const SimditDim *dim = op->nest; *dim != SIMDIT_N_DIMS; dim++)
    {
      uint64_t extent = draw (1, 12), tile = draw (0, 2) == 0 ? extent : draw (1, (gint) extent);

      if (*dim == SIMDIT_DIM_PASS)
        {
          extent = MAX (op->passes, 1);
          tile = 1;
        }
      if (n_steps * simdit_ceil_div (extent, tile) > MAX_STEPS)
        tile = extent;
      n_steps *= simdit_ceil_div (extent, tile);
      program->extents.of[*dim] = extent;
      program->tile.of[*dim] = tile;
    }
}

static void
check_program (SimditProgram *program, bool table_row)
{
  g_autoptr (GError) error = NULL;
  Walk walk;

  if (!simdit_program_build (program, &error))
    g_error ("%s", error->message);
  walk_init (&walk, program);
  check_steps (&walk);
  check_streams (&walk, table_row);
  if (table_row)
    check_groups (&walk);
}

#define N_TABLE 40

static void
test_table (gconstpointer data)
{
  SimditProgram program = { .op = any_operator (data) };

  g_assert_nonnull (program.op);
  for (guint i = 0; i < N_TABLE; i++)
    {
      draw_program (&program);
      check_program (&program, true);
    }
}

static void
test_fixed_shape (void)
{
  SimditProgram program = { .op = simdit_operator_find ("softmax", true), .stride = 1 };

  program.extents = program.op->fixed->extents;
  program.tile = program.op->fixed->tile;
  memcpy (program.widths, program.op->fixed->widths, sizeof program.widths);
  check_program (&program, true);
  g_assert_cmpuint (program.n_steps, ==, 2 * 16 * 2);
}

/* ---- random operators: nests in any order, operands over any dimensions ---- */

static void
draw_nest (SimditDim *nest)
{
  for (guint i = 0; i < SIMDIT_N_LOOP_DIMS; i++)
    {
      guint at = (guint) draw (0, (gint) i);

      nest[i] = nest[at];
      nest[at] = (SimditDim) i;
    }
  nest[draw (1, SIMDIT_N_LOOP_DIMS)] = SIMDIT_N_DIMS;
}

static void
draw_operands (const SimditOperator *op, SimditOperandRow *rows)
{
  SimditDimSet all = ((1u << SIMDIT_N_LOOP_DIMS) - 1) & ~SIMDIT_DIM (PASS);
  guint n = (guint) draw (1, 5);

  for (guint i = 0; i < n; i++)
    {
      SimditOperandRow *row = &rows[i];

      *row = (SimditOperandRow){ .operand = SIMDIT_OPERAND_IFMAP,
                                 .width = (SimditWidth) draw (0, SIMDIT_N_WIDTHS - 1),
                                 .per_step = draw (0, 1) == 1 };
      row->volume = ((SimditDimSet) draw (1, 1023) & ~SIMDIT_DIM (PASS)) | SIMDIT_DIM (OC);
      if (op->passes > 1 && draw (0, 1) == 1)
        row->passes = (uint8_t) draw (1, 3);
      if (op->reduction != 0 && draw (0, 1) == 1)
        {
          row->operand = SIMDIT_OPERAND_PSUM_LOAD;
          row->volume = all & ~op->reduction;
          row->passes = 0;
        }
    }
  rows[n] = (SimditOperandRow){ 0 };
}

#define N_RANDOM 400

static void
test_random (void)
{
  for (guint i = 0; i < N_RANDOM; i++)
    {
      SimditDim nest[SIMDIT_N_LOOP_DIMS + 1];
      SimditOperandRow rows[6];
      SimditOperator op = { .nest = nest, .operands = rows, .passes = (guint) draw (1, 2) };
      SimditProgram program = { .op = &op };

      op.output_stationary = draw (0, 3) == 0;
      /* OC stays, so that every psum has an identity; what is no output is reduced. */
      op.reduction = op.passes > 1 ? 0 : (SimditDimSet) draw (0, 127) & ~SIMDIT_DIM (OC);
      op.uncounted = (SimditDimSet) draw (0, 127);
      draw_nest (nest);
      draw_operands (&op, rows);
      draw_program (&program);
      check_program (&program, false);
    }
}

/* ---- limits ---- */

/* A relu over @channels words of 32 bits in @tiles tiles. */
static bool
builds (uint64_t channels, uint64_t tiles)
{
  SimditProgram program = { .op = simdit_operator_find ("relu", true), .stride = 1 };
  g_autoptr (GError) error = NULL;

  for (guint d = 0; d < SIMDIT_N_DIMS; d++)
    program.extents.of[d] = program.tile.of[d] = 1;
  for (guint w = 0; w < SIMDIT_N_WIDTHS; w++)
    program.widths[w] = 32;
  program.extents.of[SIMDIT_DIM_OC] = channels;
  program.tile.of[SIMDIT_DIM_OC] = channels / tiles;
  if (simdit_program_build (&program, &error))
    return true;
  expect_error (&error, SIMDIT_ERROR_CAPACITY, "overflow");
  return false;
}

/* A conv of extents and widths 1. */
static SimditProgram
smallest_conv (void)
{
  SimditProgram program = { .op = simdit_operator_find ("conv", true), .stride = 1 };

  for (guint d = 0; d < SIMDIT_N_DIMS; d++)
    program.extents.of[d] = program.tile.of[d] = 1;
  for (guint w = 0; w < SIMDIT_N_WIDTHS; w++)
    program.widths[w] = 1;
  return program;
}

static void
set_extent (SimditProgram *program, SimditDim dim, uint64_t extent, uint64_t tile)
{
  program->extents.of[dim] = extent;
  program->tile.of[dim] = tile;
}

static void
test_overflow (void)
{
  const uint64_t limit = SIMDIT_MAX_VOLUME / 32;
  SimditProgram program = smallest_conv ();
  g_autoptr (GError) error = NULL;

  g_assert_true (builds (limit, 1));
  g_assert_true (builds (limit, limit));
  g_assert_false (builds (limit + 1, 1));
  g_assert_false (builds (UINT64_MAX, 1));
  /* Each extent harmless, the product not. */
  for (guint d = 0; d < SIMDIT_DIM_PASS; d++)
    set_extent (&program, (SimditDim) d, 1 << 16, 1 << 16);
  g_assert_false (simdit_program_build (&program, &error));
  expect_error (&error, SIMDIT_ERROR_CAPACITY, "the number of operations would overflow");
  /* Bits are counted, not words. */
  program = smallest_conv ();
  for (guint d = 0; d < SIMDIT_DIM_KW; d++)
    set_extent (&program, (SimditDim) d, 1 << 19, 1 << 19);
  g_assert_true (simdit_program_build (&program, &error));
  program.widths[SIMDIT_WIDTH_BIAS] = 32;
  g_assert_false (simdit_program_build (&program, &error));
  expect_error (&error, SIMDIT_ERROR_CAPACITY, "the number of operations would overflow");
  /* Few operations, but the stride makes a vast input of them. */
  program = smallest_conv ();
  program.stride = 1u << 30;
  set_extent (&program, SIMDIT_DIM_OH, 3, 3);
  set_extent (&program, SIMDIT_DIM_OW, 3, 3);
  g_assert_false (simdit_program_build (&program, &error));
  expect_error (&error, SIMDIT_ERROR_CAPACITY, "the bits of an operand would overflow");
  /* The input fits, but lockstep loads it anew for each of many output channels. */
  program = smallest_conv ();
  program.stride = 1u << 20;
  set_extent (&program, SIMDIT_DIM_OH, 2, 2);
  set_extent (&program, SIMDIT_DIM_OW, 2, 2);
  set_extent (&program, SIMDIT_DIM_OC, 1 << 29, 1);
  g_assert_false (simdit_program_build (&program, &error));
  expect_error (&error, SIMDIT_ERROR_CAPACITY, "the DRAM traffic of an operand would overflow");
  program.discipline = SIMDIT_DISCIPLINE_DECOUPLED;
  g_assert_true (simdit_program_build (&program, &error));
  g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
  static const char *const operations[] = { "conv",
                                            "conv_bias",
                                            "gemm",
                                            "gemm_no_bias",
                                            "relu",
                                            "elem_add",
                                            "max_pool",
                                            "avg_pool",
                                            "global_avg_pool",
                                            "softmax",
                                            "sgd4d",
                                            "sgd2d",
                                            "sgd1d",
                                            "relu_grad",
                                            "reduce_sum",
                                            "mean_var",
                                            "batch_norm",
                                            "max_pool_grad",
                                            "average_pool_grad",
                                            "batchnorm_grad_x_mu",
                                            "global_average_pool_grad",
                                            TRAINING_OPERATIONS };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (operations); i++)
    {
      g_autofree char *path = g_strdup_printf ("/program/table/%s", operations[i]);

      g_test_add_data_func (path, operations[i], test_table);
    }
  g_test_add_func ("/program/fixed-shape", test_fixed_shape);
  g_test_add_func ("/program/random", test_random);
  g_test_add_func ("/program/overflow", test_overflow);
  return g_test_run ();
}
