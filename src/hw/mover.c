#include "hw/mover.h"

#include "base/arith.h"
#include "hw/axi_port.h"

/* The store whose tiles @load brings back. */
static guint
find_spiller (const SimditProgram *program, const SimditStream *load)
{
  if (load->row->operand != SIMDIT_OPERAND_PSUM_LOAD)
    return SIMDIT_NO_MOVER;
  for (guint i = 0; i < program->n_streams; i++)
    {
      const SimditOperandRow *row = program->streams[i].row;

      if (row->direction == SIMDIT_STORE && row->buffer == load->row->buffer
          && (row->operand == SIMDIT_OPERAND_PSUM_STORE || row->buffer == SIMDIT_BUFFER_OBUF))
        return i;
    }
  return SIMDIT_NO_MOVER;
}

static inline void
set_next_end (SimditMover *self)
{
  self->next_end = self->next.step + self->stream->run;
}

void
simdit_mover_init (SimditMover *self, const SimditProgram *program, guint index,
                   SimditVariantTable *variants)
{
  const SimditStream *stream = &program->streams[index];

  self->stream = stream;
  self->half_ends[0] = self->half_ends[1] = 0;
  self->spilled_by = find_spiller (program, stream);
  self->variants = variants;
  simdit_variant_table_init (variants);
  simdit_cursor_init (&self->next, program, stream);
  set_next_end (self);
  self->reached = self->next.step;
  self->ahead = self->next;
  for (guint half = 0; half < 2 && self->ahead.step < program->n_steps; half++)
    simdit_cursor_next (&self->ahead, program, stream);
}

/* Tells transfers apart: which loops are at a smaller last tile; whether it is the last visit. */
static uint32_t
key_of (const SimditMover *self)
{
  bool final = simdit_cursor_is_final (&self->next, self->stream->reduction);

  return (self->next.last & self->stream->ragged) | (uint32_t) final << 16;
}

/* Once per variant. */
static void
work_out (const SimditMover *self, const SimditProgram *program, const SimditMachine *machine,
          SimditShapeBook *book, SimditVariant *variant)
{
  const SimditOperandRow *row = self->stream->row;
  uint64_t width = simdit_port_width (machine, simdit_port_of (row->buffer));
  bool final = variant->key >> 16 != 0;
  SimditExtents tile;

  simdit_program_tile_extents (program, self->next.last, &tile);
  variant->amount = simdit_extents_volume (&tile, row->volume)
                    * simdit_program_dram_width (program, row, final);
  variant->operand = row->operand == SIMDIT_OPERAND_OFMAP && !final ? SIMDIT_OPERAND_PSUM_STORE
                                                                    : row->operand;
  variant->cycles = simdit_ceil_div (variant->amount, width);
  variant->shape = simdit_transfer_shape (row, variant->operand, variant->amount, width, book);
}

void
simdit_mover_walk (const SimditMover *self, const SimditProgram *program, SimditTileWalk *walk)
{
  bool final = simdit_cursor_is_final (&self->next, self->stream->reduction);

  simdit_tile_walk_init (walk, program, self->stream, &self->next,
                         simdit_program_dram_width (program, self->stream->row, final));
}

const SimditVariant *
simdit_mover_take (SimditMover *self, const SimditProgram *program, const SimditMachine *machine,
                   SimditShapeBook *book)
{
  SimditVariant *variant = simdit_variant_find (self->variants, key_of (self));

  if (G_UNLIKELY (variant->shape == SIMDIT_NO_SHAPE))
    work_out (self, program, machine, book, variant);
  variant->uses++;
  self->half_ends[0] = self->half_ends[1];
  self->half_ends[1] = self->next_end;
  simdit_cursor_next (&self->next, program, self->stream);
  set_next_end (self);
  return variant;
}

void
simdit_mover_describe (const SimditMover *self, bool moving, GString *text)
{
  const SimditOperandRow *row = self->stream->row;
  const char *what = row->direction == SIMDIT_LOAD ? "load" : "store";

  g_string_append_printf (text, ", %s ", simdit_port_name (simdit_port_of (row->buffer)));
  if (moving)
    g_string_append_printf (text, "waits for the DRAM to %s %s", what,
                            simdit_buffer_name (row->buffer));
  else
    g_string_append_printf (text, "waits to %s %s for step %" G_GUINT64_FORMAT, what,
                            simdit_buffer_name (row->buffer), self->next.step);
}
