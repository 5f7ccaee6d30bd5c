#include "model/tile.h"

#include "base/arith.h"

static void
array_tile (const SimditModelLayer *layer, const SimditTileKind *kind, SimditTileWork *work)
{
  const uint64_t *of = kind->extents.of, *widths = layer->program->widths;
  uint64_t rows = layer->machine->rows, columns = layer->machine->columns;
  uint64_t outputs = of[SIMDIT_DIM_OW] * of[SIMDIT_DIM_OH] * of[SIMDIT_DIM_N]
                     * simdit_ceil_div (of[SIMDIT_DIM_OC], columns);
  uint64_t vectors = outputs * of[SIMDIT_DIM_KW] * of[SIMDIT_DIM_KH]
                     * simdit_ceil_div (of[SIMDIT_DIM_IC], rows);
  uint64_t biases = kind->fresh ? outputs : 0;

  work->cycles = vectors + rows - 1 + columns - 1;
  work->padded_macs = vectors * rows * columns;
  work->hazards = of[SIMDIT_DIM_OW] * of[SIMDIT_DIM_OH] * of[SIMDIT_DIM_N] < rows
                  && vectors > outputs;
  work->wbuf = work->padded_macs * widths[SIMDIT_WIDTH_WEIGHT];
  work->ibuf = vectors * rows * widths[SIMDIT_WIDTH_ACTIVATION];
  work->bbuf = biases * columns * widths[SIMDIT_WIDTH_BIAS];
  work->obuf_reads = (vectors - biases) * columns * widths[SIMDIT_WIDTH_ACCUMULATOR];
  work->obuf = (2 * vectors - biases) * columns * widths[SIMDIT_WIDTH_ACCUMULATOR];
}

/* An instruction of @block over @vectors; the last of its results has the width of the output. */
static void
add_op (const SimditModelLayer *layer, const SimditTileKind *kind, const SimditBlock *block,
        const SimditMicroOp *op, uint64_t vectors, SimditTileWork *work)
{
  const uint64_t *widths = layer->program->widths;
  uint64_t word = widths[SIMDIT_WIDTH_ACCUMULATOR], columns = layer->machine->columns;
  uint64_t executions = simdit_micro_op_executions (op, &kind->extents), all = vectors * executions;
  bool final = op->repeat != SIMDIT_REPEAT_BATCH || kind->last_of_group;
  uint64_t last = executions > 0 && final ? vectors : 0;
  uint64_t lanes = block->over & (1u << layer->program->op->lanes) ? columns : 1;

  work->cycles += all * simdit_micro_op_cycles (block, op, layer->training);
  work->instructions += all * SIMDIT_SIMD_INSTRUCTION_BITS;
  work->immediates += all * op->imm * word * (op->imm_per_lane ? columns : 1);
  work->operations[op->op] += all * lanes;
  work->active_lanes += all * lanes * simdit_simd_latency (op->op, layer->training);
  work->vmem_reads += columns * all * op->reads * word;
  work->vmem += columns
                * (all * op->reads * word + (all - last) * word + last * widths[op->result]);
}

static void
simd_tile (const SimditModelLayer *layer, const SimditTileKind *kind, SimditTileWork *work)
{
  uint64_t fill = SIMDIT_SIMD_STAGES - 1 + layer->machine->columns - 1;

  for (const SimditBlock *block = layer->program->op->blocks; block->over != 0; block++)
    {
      SimditExtents vectors = kind->extents;
      uint64_t *lanes = &vectors.of[layer->program->op->lanes];

      if (!simdit_block_is_executed (block, kind->pass, kind->first_of_group, kind->last_of_group))
        continue;
      *lanes = simdit_ceil_div (*lanes, layer->machine->columns);
      for (guint i = 0; i < SIMDIT_MAX_MICRO_OPS && block->ops[i].reads != 0; i++)
        add_op (layer, kind, block, &block->ops[i], simdit_extents_volume (&vectors, block->over),
                work);
      if (!block->no_fill && (!block->fill_once || kind->last_of_group))
        work->cycles += fill;
    }
}

void
simdit_model_tile (const SimditModelLayer *layer, const SimditTileKind *kind, SimditTileWork *work)
{
  *work = (SimditTileWork){ 0 };
  if (simdit_operator_is_systolic (layer->program->op))
    array_tile (layer, kind, work);
  else
    simd_tile (layer, kind, work);
}

void
simdit_tile_work_add (SimditTileWork *self, const SimditTileWork *work, uint64_t times)
{
  self->cycles += work->cycles * times;
  self->padded_macs += work->padded_macs * times;
  self->hazards += work->hazards * times;
  self->wbuf += work->wbuf * times;
  self->ibuf += work->ibuf * times;
  self->obuf += work->obuf * times;
  self->bbuf += work->bbuf * times;
  self->vmem += work->vmem * times;
  self->immediates += work->immediates * times;
  self->instructions += work->instructions * times;
  self->obuf_reads += work->obuf_reads * times;
  self->vmem_reads += work->vmem_reads * times;
  self->active_lanes += work->active_lanes * times;
  for (guint i = 0; i < SIMDIT_N_OPS; i++)
    self->operations[i] += work->operations[i] * times;
}
