#include "hw/mover.h"

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

static const SimditVariant *
variant_of (SimditMover *self, const SimditProgram *program, const SimditMachine *machine,
            SimditShapeBook *book)
{
  uint32_t key = key_of (self);
  SimditVariant *variant = simdit_variant_find (self->variants, key);
  const SimditOperandRow *row = self->stream->row;
  SimditExtents tile;

  if (variant->shape == SIMDIT_NO_SHAPE)
    {
      simdit_program_tile_extents (program, self->next.last, &tile);
      variant->amount = simdit_extents_volume (&tile, row->volume)
                        * simdit_program_dram_width (program, row);
      variant->operand = row->operand == SIMDIT_OPERAND_OFMAP && !(key >> 16)
                             ? SIMDIT_OPERAND_PSUM_STORE
                             : row->operand;
      variant->shape = simdit_transfer_shape (
          row, variant->amount, simdit_port_width (machine, simdit_port_of (row->buffer)), book);
    }
  variant->uses++;
  return variant;
}

const SimditVariant *
simdit_mover_take (SimditMover *self, const SimditProgram *program, const SimditMachine *machine,
                   SimditShapeBook *book)
{
  const SimditVariant *variant = variant_of (self, program, machine, book);

  self->half_ends[0] = self->half_ends[1];
  self->half_ends[1] = self->next_end;
  simdit_cursor_next (&self->next, program, self->stream);
  set_next_end (self);
  return variant;
}
