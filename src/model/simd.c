/*
 * Operations of the SIMD array: traffic follows from the operand rows of the operator, cycles and
 * accesses from its micro-program; nothing here knows an operation by name. Tiles are serial, so
 * that every cycle of a transfer is a stall.
 */
#include "model/simd.h"

#include "base/arith.h"
#include "model/counts.h"

#define D(name) SIMDIT_DIM (name)

static const SimditDim usual_order[] = { SIMDIT_DIM_OH, SIMDIT_DIM_OW, SIMDIT_DIM_OC, SIMDIT_DIM_N,
                                         SIMDIT_N_DIMS };
static const SimditDim batch_first_order[] = { SIMDIT_DIM_N, SIMDIT_DIM_OH, SIMDIT_DIM_OW,
                                               SIMDIT_DIM_OC, SIMDIT_N_DIMS };
static const SimditDimSet window_dims = D (KH) | D (KW);

/* What one tile and one group of tiles (model 7.2: the tiles of some channels) take. */
typedef struct
{
  double per_tile, per_group;
} Work;

typedef struct
{
  const SimditModelLayer *layer;
  const SimditProgram *program;
  const SimditOperator *op;
  const SimditDim *order;
  SimditCounts counts;     /* tiles of the layer */
  SimditCounts passes;     /* of a tile */
  SimditExtents reduction; /* the tile, but with the whole batch, which accumulations run over */
  double tiles;            /* steps, as the reference counts them */
  double groups, tiles_of_group;
  bool has_group_work;
  double word; /* [bit] */
} Layer;

static bool
has_quirk (const Layer *self, SimditQuirk quirk)
{
  return (self->op->quirks & quirk) != 0;
}

static double
count_product (const Layer *self, SimditDimSet dims)
{
  return simdit_counts_product (1, &self->counts, self->order, dims, 0);
}

static void
layer_init (Layer *self, const SimditModelLayer *layer)
{
  const SimditOperator *op = layer->program->op;
  SimditDimSet steps = SIMDIT_ALL_DIMS & ~op->uncounted;

  self->layer = layer;
  self->program = layer->program;
  self->op = op;
  self->order = has_quirk (self, SIMDIT_QUIRK_BATCH_FIRST) ? batch_first_order : usual_order;
  if (layer->external != NULL && layer->external->has_tensors)
    self->order = layer->external->order;
  self->counts = simdit_counts_of_tiles (layer->program);
  self->passes = simdit_counts_of_passes (layer);
  self->reduction = layer->program->tile;
  self->reduction.of[SIMDIT_DIM_N] = layer->program->extents.of[SIMDIT_DIM_N];
  self->tiles = count_product (self, steps);
  self->groups = self->counts.of[op->group];
  self->tiles_of_group = count_product (self, steps & ~(1u << op->group));
  self->has_group_work = false;
  for (const SimditBlock *block = op->blocks; block->over != 0; block++)
    self->has_group_work |= block->when != SIMDIT_WHEN_TILE;
  self->word = (double) layer->program->widths[SIMDIT_WIDTH_ACCUMULATOR];
}

/* ---- traffic and stalls ---- */

/* Loops that bring another tile of an operand. */
static SimditDimSet
loops_of (SimditDimSet volume)
{
  SimditDimSet dims = volume & SIMDIT_ALL_DIMS;

  if (volume & D (IH))
    dims |= D (OH);
  if (volume & D (IW))
    dims |= D (OW);
  return dims;
}

static double *
column_of (const Layer *self, const SimditOperandRow *row, SimditLayerCost *cost)
{
  switch (row->operand)
    {
    case SIMDIT_OPERAND_OFMAP:
      return &cost->dram_ofmap;
    case SIMDIT_OPERAND_PSUM_LOAD:
    case SIMDIT_OPERAND_PSUM_STORE:
      return has_quirk (self, SIMDIT_QUIRK_SPILL_INPUT) ? &cost->dram_ifmap : &cost->dram_psum;
    default:
      return &cost->dram_ifmap;
    }
}

static double
transfer_cycles (const Layer *self, const SimditOperandRow *row, const SimditExtents *tile)
{
  SimditDimSet burst = row->burst != 0 ? row->burst : row->volume;
  uint64_t bits = simdit_extents_volume (tile, burst)
                  * simdit_program_dram_width (self->program, row, true);

  return (double) simdit_ceil_div (bits, self->layer->machine->simd_port)
         * (double) simdit_extents_volume (tile, row->volume & ~burst);
}

/* Load @index as a spec cuts it, or NULL: like the rest of the layer. */
static const SimditSpecTensor *
own_tensor (const Layer *self, guint index)
{
  const SimditSpecTiling *external = self->layer->external;

  return external != NULL && external->has_tensors ? &external->loads[index] : NULL;
}

static double
elements_moved (const Layer *self, const SimditOperandRow *row, const SimditSpecTensor *own)
{
  if (own != NULL)
    return (double) simdit_extents_volume (&own->extents, row->volume);
  return simdit_counts_product ((double) simdit_extents_volume (&self->program->tile, row->volume),
                                &self->counts, self->order, loops_of (row->volume), 0);
}

static void
add_transfers (const Layer *self, SimditLayerCost *cost)
{
  guint n_loads = 0;

  for (const SimditOperandRow *row = self->op->operands; row->volume != 0; row++)
    {
      bool load = row->direction == SIMDIT_LOAD;
      const SimditSpecTensor *own = load ? own_tensor (self, n_loads) : NULL;
      double passes = row->passes != 0 ? (double) __builtin_popcount (row->passes) : 1;

      /* The partner's output does not come from DRAM; operands of a binary operation are alike. */
      n_loads += load;
      if (self->layer->fused && load && n_loads == 1)
        continue;
      *column_of (self, row,
                  cost) += elements_moved (self, row, own)
                           * (double) simdit_program_dram_width (self->program, row, true) * passes;
      cost->simd_stall += transfer_cycles (self, row,
                                           own != NULL ? &own->tile : &self->program->tile)
                          * count_product (self, loops_of (row->volume) & ~self->op->uncounted)
                          * passes;
    }
}

/* ---- the micro-program ---- */

/* Words that an instruction of a block makes per tile. */
static double
words_of (const Layer *self, const SimditBlock *block)
{
  SimditDimSet ceiled = has_quirk (self, SIMDIT_QUIRK_WHOLE_VECTORS) ? 1u << self->op->lanes : 0;
  SimditDimSet over = block->over & ~window_dims;

  return simdit_counts_product (simdit_pass_volume (self->layer, over), &self->passes, usual_order,
                                over, ceiled)
         * (double) simdit_extents_volume (&self->program->tile, block->over & window_dims);
}

/* Vectors that a block works through per tile, @times each; the last may be a fraction of one. */
static double
vectors_of (const Layer *self, const SimditBlock *block, double times)
{
  const SimditExtents *tile = &self->program->tile;
  double columns = (double) self->layer->machine->columns;
  SimditDimSet lanes = 1u << self->op->lanes, over = block->over & ~window_dims;

  if (has_quirk (self, SIMDIT_QUIRK_PACKED_WORDS))
    return times * ceil ((double) simdit_extents_volume (tile, block->over) / columns);
  times *= simdit_pass_volume (self->layer, over) / (over & lanes ? columns : 1);
  return simdit_counts_product (times, &self->passes, usual_order, over,
                                self->op->fixed != NULL ? lanes : 0)
         * (double) simdit_extents_volume (tile, block->over & window_dims);
}

/* Instructions that @op stands for, per vector. */
static uint64_t
issues_of (const Layer *self, const SimditBlock *block, const SimditMicroOp *op)
{
  if (has_quirk (self, SIMDIT_QUIRK_ISSUED_ONCE) && op->op == SIMDIT_OP_DIV
      && block->when == SIMDIT_WHEN_TILE)
    return 1;
  return simdit_micro_op_executions (op, &self->reduction);
}

/* Instructions of @op per tile. */
static double
op_instructions (const Layer *self, const SimditBlock *block, const SimditMicroOp *op,
                 double vectors)
{
  const SimditExtents *tile = &self->program->tile;

  if (op->repeat == SIMDIT_REPEAT_WINDOW)
    return vectors * (double) tile->of[SIMDIT_DIM_KH] * (double) tile->of[SIMDIT_DIM_KW];
  return vectors * (double) issues_of (self, block, op);
}

/* Quirk WORDS_FIRST, which leaves out operations of several cycles. */
static double
cycles_of_words (const Layer *self, const SimditBlock *block, double words)
{
  double columns = (double) self->layer->machine->columns;
  double several = 0, others = 0;

  for (guint i = 0; i < SIMDIT_MAX_MICRO_OPS && block->ops[i].reads != 0; i++)
    {
      const SimditMicroOp *op = &block->ops[i];
      double made = words * (double) issues_of (self, block, op);
      double cycles = (double) simdit_micro_op_cycles (block, op, self->layer->training);

      if (simdit_simd_latency (op->op, self->layer->training) > 1)
        several += cycles * (made / columns);
      else
        others += made * cycles;
    }
  return several + others / columns;
}

/* Cycles of a block per tile, without the fill. Where a factor stands decides roundings (0.4). */
static double
block_cycles (const Layer *self, const SimditBlock *block, double vectors, double words)
{
  uint64_t per_vector = 0;
  double cycles = 0;

  if (has_quirk (self, SIMDIT_QUIRK_WORDS_FIRST))
    return cycles_of_words (self, block, words);
  for (guint i = 0; i < SIMDIT_MAX_MICRO_OPS && block->ops[i].reads != 0; i++)
    {
      const SimditMicroOp *op = &block->ops[i];

      per_vector += issues_of (self, block, op)
                    * simdit_micro_op_cycles (block, op, self->layer->training);
      cycles += op_instructions (self, block, op, vectors)
                * (double) simdit_micro_op_cycles (block, op, self->layer->training);
    }
  return block->per_element ? vectors_of (self, block, (double) per_vector) : cycles;
}

/* Vectors per tile, the last of them counted as one (quirk Q28). */
static double
whole_vectors (const Layer *self, const SimditBlock *block)
{
  SimditDimSet lanes = 1u << self->op->lanes;

  return simdit_counts_product (simdit_pass_volume (self->layer, block->over & ~lanes),
                                &self->passes, usual_order, block->over, lanes);
}

/* @words: that one execution makes per tile. */
static void
add_op_accesses (const Layer *self, const SimditBlock *block, const SimditMicroOp *op, double words,
                 SimditLayerCost *cost)
{
  const SimditModelLayer *layer = self->layer;
  double runs = block->when == SIMDIT_WHEN_TILE ? self->tiles : self->groups;
  double executions = (double) simdit_micro_op_executions (op, &self->reduction);
  double results = words * runs;
  double all = results * executions;
  double last = executions > 0 ? results : 0;
  double reads = all * op->reads;

  /* What slides over a window is an input. */
  if (op->repeat == SIMDIT_REPEAT_WINDOW)
    reads *= simdit_pass_volume (layer, D (IH) | D (IW))
             / simdit_pass_volume (layer, D (OH) | D (OW));
  cost->vmem += reads * self->word + (all - last) * self->word
                + last * (double) self->program->widths[op->result];
  if (op->imm > 0)
    cost->immediates += (op->imm_per_lane ? all : whole_vectors (self, block) * runs * executions)
                        * op->imm * self->word;
  cost->operations += all * simdit_simd_latency (op->op, layer->training);
}

static double
total_of (const Layer *self, const Work *work)
{
  if (!self->has_group_work)
    return work->per_tile * self->tiles;
  return (work->per_tile * self->tiles_of_group + work->per_group) * self->groups;
}

static void
add_micro_program (const Layer *self, SimditLayerCost *cost)
{
  double fill = (double) (SIMDIT_SIMD_STAGES - 1 + self->layer->machine->columns - 1);
  Work cycles = { 0 }, instructions = { 0 };
  bool whole_instructions = true;

  for (const SimditBlock *block = self->op->blocks; block->over != 0; block++)
    {
      bool tile = block->when == SIMDIT_WHEN_TILE;
      double vectors = vectors_of (self, block, 1), words = words_of (self, block);
      double *taken = tile ? &cycles.per_tile : &cycles.per_group;
      double *issued = tile ? &instructions.per_tile : &instructions.per_group;

      for (guint i = 0; i < SIMDIT_MAX_MICRO_OPS && block->ops[i].reads != 0; i++)
        {
          *issued += op_instructions (self, block, &block->ops[i], vectors);
          add_op_accesses (self, block, &block->ops[i], words, cost);
        }
      *taken += block_cycles (self, block, vectors, words) + (block->no_fill ? 0 : fill);
      whole_instructions &= !block->per_element; /* quirk Q21 */
    }
  cost->simd_compute = ceil (total_of (self, &cycles));
  cost->instructions = total_of (self, &instructions);
  if (whole_instructions)
    cost->instructions = ceil (cost->instructions);
  cost->instructions *= SIMDIT_SIMD_INSTRUCTION_BITS;
}

void
simdit_model_simd (const SimditModelLayer *layer, SimditLayerCost *cost)
{
  Layer self;

  layer_init (&self, layer);
  add_transfers (&self, cost);
  add_micro_program (&self, cost);
}
