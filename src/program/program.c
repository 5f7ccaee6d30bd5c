#include "program/program.h"

#include "base/arith.h"

#include <simdit/error.h>
#include <string.h>

/* Loops that change which elements of a tile with extents @volume are meant. */
static SimditDimSet
identity_of (const SimditOperandRow *row)
{
  SimditDimSet dims = row->volume & ~(SIMDIT_DIM (IH) | SIMDIT_DIM (IW));

  if (row->volume & SIMDIT_DIM (IH))
    dims |= SIMDIT_DIM (OH) | SIMDIT_DIM (KH);
  if (row->volume & SIMDIT_DIM (IW))
    dims |= SIMDIT_DIM (OW) | SIMDIT_DIM (KW);
  if (row->passes != 0)
    dims |= SIMDIT_DIM (PASS);
  return dims;
}

static SimditLoopSet
loops_over (const SimditProgram *self, SimditDimSet dims)
{
  SimditLoopSet set = 0;

  for (guint i = 0; i < self->n_loops; i++)
    if (dims & (1u << self->loops[i].dim))
      set |= 1u << i;
  return set;
}

/* Iterations of the loops from @depth inwards. */
static uint64_t
iterations_inside (const SimditProgram *self, guint depth)
{
  uint64_t n = 1;

  for (guint i = depth; i < self->n_loops; i++)
    n *= self->loops[i].count;
  return n;
}

static bool
fail_too_large (GError **error, const char *what)
{
  g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_CAPACITY,
               "%s would overflow 64-bit counters; expected smaller extents or a smaller batch",
               what);
  return false;
}

static uint64_t
widest_word (const SimditProgram *self, const SimditOperandRow *row)
{
  return MAX (simdit_program_dram_width (self, row, true),
              simdit_program_dram_width (self, row, false));
}

static bool
check_volumes (const SimditProgram *self, GError **error)
{
  uint64_t product, widest = 1;
  SimditExtents largest;

  /* A tile that a spec brings along may be larger than the layer. */
  for (guint d = 0; d < SIMDIT_N_DIMS; d++)
    largest.of[d] = MAX (self->extents.of[d], self->tile.of[d]);
  for (guint w = 0; w < SIMDIT_N_WIDTHS; w++)
    widest = MAX (widest, self->widths[w]);
  if (!simdit_extents_checked_volume (&largest, (1u << SIMDIT_N_LOOP_DIMS) - 1, 1,
                                      SIMDIT_MAX_VOLUME / widest, &product))
    return fail_too_large (error, "the number of operations");
  for (const SimditOperandRow *row = self->op->operands; row->volume != 0; row++)
    if (!simdit_extents_checked_volume (&largest, row->volume, widest_word (self, row),
                                        SIMDIT_MAX_VOLUME, &product))
      return fail_too_large (error, "the bits of an operand");
  return true;
}

/* The steps over the run of each, without a division. */
static uint64_t
residencies (const SimditProgram *self, const SimditStream *stream)
{
  uint64_t n = 1;

  for (guint i = 0; i < stream->depth; i++)
    n *= self->loops[i].count;
  return n;
}

/* The traffic of a stream: its tile, as often as it can be moved. */
static bool
check_traffic (const SimditProgram *self, const SimditStream *stream, GError **error)
{
  uint64_t tile_bits = simdit_extents_volume (&self->tile, stream->row->volume)
                       * widest_word (self, stream->row);
  uint64_t factors[] = { residencies (self, stream), tile_bits }, product;

  return simdit_checked_product (factors, 2, SIMDIT_MAX_VOLUME, &product)
         || fail_too_large (error, "the DRAM traffic of an operand");
}

/* Whether it matters to the micro-program which tile of its group one is. */
static bool
has_group_work (const SimditOperator *op)
{
  for (const SimditBlock *block = op->blocks; block != NULL && block->over != 0; block++)
    {
      if (block->when != SIMDIT_WHEN_TILE || block->fill_once)
        return true;
      for (guint i = 0; i < SIMDIT_MAX_MICRO_OPS && block->ops[i].reads != 0; i++)
        if (block->ops[i].repeat == SIMDIT_REPEAT_BATCH)
          return true;
    }
  return false;
}

static void
build_loops (SimditProgram *self)
{
  guint group_end = 0;

  self->n_loops = 0;
  self->inside_group = 0;
  self->pass_loop = -1;
  self->ragged = 0;
  self->n_steps = self->counted_steps = 1;
  for (const SimditDim *dim = self->op->nest; *dim != SIMDIT_N_DIMS; dim++)
    {
      uint64_t extent = self->extents.of[*dim], tile = self->tile.of[*dim];
      uint64_t count = extent > tile ? simdit_ceil_div (extent, tile) : 1; /* mostly 1 */

      if (count > 1)
        {
          if (*dim == SIMDIT_DIM_PASS)
            self->pass_loop = (gint) self->n_loops;
          if (extent % tile != 0)
            self->ragged |= 1u << self->n_loops;
          self->loops[self->n_loops++] = (SimditLoop){ *dim, extent, tile, count };
          self->n_steps *= count;
          if (!(self->op->uncounted & (1u << *dim)))
            self->counted_steps *= count;
        }
      if (*dim == self->op->group || *dim == SIMDIT_DIM_PASS)
        group_end = self->n_loops;
    }
  if (has_group_work (self->op))
    self->inside_group = ((1u << self->n_loops) - 1) & ~((1u << group_end) - 1);
  self->reduction = loops_over (self, self->op->reduction);
}

/* Tiles stay on chip from step to step: always in hardware that need not meet slot boundaries. */
static bool
keeps_tiles (const SimditProgram *self)
{
  return self->discipline != SIMDIT_DISCIPLINE_LOCKSTEP
         || (self->op->output_stationary && self->extents.of[SIMDIT_DIM_N] == 1);
}

/* Steps between two visits of a spilled tile: the iterations inside the innermost loop over it. */
static uint64_t
revisit_steps (const SimditProgram *self)
{
  SimditLoopSet over = self->reduction;

  if (self->pass_loop >= 0)
    over |= 1u << self->pass_loop;
  return over == 0 ? 0 : iterations_inside (self, 32u - (guint) __builtin_clz (over));
}

static void
init_stream (SimditProgram *self, SimditStream *stream, const SimditOperandRow *row)
{
  SimditLoopSet identity = loops_over (self, identity_of (row)), within;

  *stream = (SimditStream){ .row = row };
  if (row->per_step && !keeps_tiles (self))
    stream->depth = self->n_loops;
  else
    stream->depth = identity == 0 ? 0 : 32u - (guint) __builtin_clz (identity);
  stream->run = iterations_inside (self, stream->depth);
  within = (1u << stream->depth) - 1;
  stream->ragged = identity & self->ragged;
  stream->reduction = self->reduction & within;
  stream->skips = row->passes != 0;
  if (row->operand == SIMDIT_OPERAND_PSUM_LOAD)
    {
      stream->revisit_steps = revisit_steps (self);
      stream->skips |= stream->reduction != 0;
    }
}

/*
 * Not so: a psum load that no residency needs, because no loop over a reduction brings a tile back;
 * an intermediate that the very next step uses, which stays on chip where buffers are double.
 */
static bool
is_needed (const SimditProgram *self, const SimditStream *stream)
{
  bool load = stream->row->operand == SIMDIT_OPERAND_PSUM_LOAD;

  if (load || stream->row->operand == SIMDIT_OPERAND_PSUM_STORE)
    {
      if (self->op->reduction != 0)
        return !load || stream->reduction != 0;
      return self->discipline != SIMDIT_DISCIPLINE_DECOUPLED || revisit_steps (self) != 1;
    }
  return true;
}

bool
simdit_program_build (SimditProgram *self, GError **error)
{
  simdit_extents_set_input (&self->extents, self->stride);
  simdit_extents_set_input (&self->tile, self->stride);
  if (!check_volumes (self, error))
    return false;
  build_loops (self);
  self->n_streams = 0;
  for (const SimditOperandRow *row = self->op->operands; row->volume != 0; row++)
    {
      SimditStream *stream = &self->streams[self->n_streams];

      g_assert (self->n_streams < SIMDIT_MAX_OPERANDS);
      init_stream (self, stream, row);
      if (!check_traffic (self, stream, error))
        return false;
      self->n_streams += is_needed (self, stream);
    }
  return true;
}

/* Starts the loops from @depth inwards again and steps the first loop outside that can. */
static void
carry (SimditCursor *self, const SimditProgram *program, guint depth)
{
  for (guint i = depth; i-- > 0;)
    {
      uint64_t left = program->loops[i].count - 1 - self->index[i];
      SimditLoopSet bit = 1u << i;

      if (left > 0)
        {
          self->index[i]++;
          self->nonzero |= bit;
          if (left == 1)
            self->last |= bit;
          return;
        }
      self->index[i] = 0;
      self->nonzero &= ~bit;
      self->last &= ~bit;
    }
  self->step = program->n_steps;
}

void
simdit_cursor_init (SimditCursor *self, const SimditProgram *program, const SimditStream *stream)
{
  memset (self, 0, sizeof *self);
  if (stream != NULL && !simdit_cursor_is_moved (self, program, stream))
    simdit_cursor_next (self, program, stream);
}

void
simdit_cursor_carry (SimditCursor *self, const SimditProgram *program, const SimditStream *stream)
{
  guint depth = stream != NULL ? stream->depth : program->n_loops;

  do
    {
      self->step += stream != NULL ? stream->run : 1;
      carry (self, program, depth);
    }
  while (stream != NULL && stream->skips && self->step < program->n_steps
         && !simdit_cursor_is_moved (self, program, stream));
}

void
simdit_program_tile_extents (const SimditProgram *self, SimditLoopSet last, SimditExtents *extents)
{
  *extents = self->tile;
  for (last &= self->ragged; last != 0; last &= last - 1)
    {
      const SimditLoop *loop = &self->loops[__builtin_ctz (last)];

      extents->of[loop->dim] = loop->extent - (loop->count - 1) * loop->tile;
    }
  simdit_extents_set_input (extents, self->stride);
}
