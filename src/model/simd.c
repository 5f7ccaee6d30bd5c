/*
 * Operations of the SIMD array: traffic follows from the operand rows of the operator, cycles and
 * accesses from its micro-program; nothing here knows an operation by name. Tiles are serial, so
 * that every cycle of a transfer is a stall.
 */
#include "model/simd.h"

#include "base/arith.h"
#include "model/counts.h"

#define D(name) SIMDIT_DIM (name)
#define PIPELINE_STAGES 6
#define NOP_CYCLES 2
#define INSTRUCTION_BITS 32

static const SimditDim usual_order[] = { SIMDIT_DIM_OH, SIMDIT_DIM_OW, SIMDIT_DIM_OC, SIMDIT_DIM_N,
                                         SIMDIT_N_DIMS };
static const SimditDim batch_first_order[] = { SIMDIT_DIM_N, SIMDIT_DIM_OH, SIMDIT_DIM_OW,
                                               SIMDIT_DIM_OC, SIMDIT_N_DIMS };

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
  SimditCounts counts;
  SimditExtents passes; /* the tile, but with the whole batch, which accumulations run over */
  double tiles;         /* steps, as the reference counts them */
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
  self->counts = simdit_counts_of_tiles (layer->program);
  self->passes = layer->program->tile;
  self->passes.of[SIMDIT_DIM_N] = layer->program->extents.of[SIMDIT_DIM_N];
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
transfer_cycles (const Layer *self, const SimditOperandRow *row)
{
  const SimditExtents *tile = &self->program->tile;
  SimditDimSet burst = row->burst != 0 ? row->burst : row->volume;
  uint64_t bits = simdit_extents_volume (tile, burst)
                  * simdit_program_dram_width (self->program, row);

  return (double) simdit_ceil_div (bits, self->layer->machine->simd_port)
         * (double) simdit_extents_volume (tile, row->volume & ~burst);
}

static void
add_transfers (const Layer *self, SimditLayerCost *cost)
{
  bool is_partner = self->layer->fused;

  for (const SimditOperandRow *row = self->op->operands; row->volume != 0; row++)
    {
      SimditDimSet loops = loops_of (row->volume);
      double passes = row->passes != 0 ? (double) __builtin_popcount (row->passes) : 1;
      double elements = (double) simdit_extents_volume (&self->program->tile, row->volume);

      /* The partner's output does not come from DRAM; operands of a binary operation are alike. */
      if (is_partner && row->direction == SIMDIT_LOAD)
        {
          is_partner = false;
          continue;
        }
      *column_of (self, row,
                  cost) += simdit_counts_product (elements, &self->counts, self->order, loops, 0)
                           * (double) simdit_program_dram_width (self->program, row) * passes;
      cost->simd_stall += transfer_cycles (self, row)
                          * count_product (self, loops & ~self->op->uncounted) * passes;
    }
}

/* ---- the micro-program ---- */

/* Vectors that a block works through per tile. */
static uint64_t
vectors_of (const Layer *self, const SimditBlock *block)
{
  SimditExtents vectors = self->program->tile;
  uint64_t *lanes = &vectors.of[self->op->lanes];

  *lanes = simdit_ceil_div (*lanes, self->layer->machine->columns);
  return simdit_extents_volume (&vectors, block->over);
}

/* Words that an instruction of a block makes per tile. */
static double
elements_of (const Layer *self, const SimditBlock *block)
{
  if (has_quirk (self, SIMDIT_QUIRK_WHOLE_VECTORS))
    return (double) (vectors_of (self, block) * self->layer->machine->columns);
  return (double) simdit_extents_volume (&self->program->tile, block->over);
}

/* Instructions that @op stands for, per vector. */
static uint64_t
issues_of (const Layer *self, const SimditBlock *block, const SimditMicroOp *op)
{
  if (has_quirk (self, SIMDIT_QUIRK_ISSUED_ONCE) && op->op == SIMDIT_OP_DIV
      && block->when == SIMDIT_WHEN_TILE)
    return 1;
  return simdit_micro_op_executions (op, &self->passes);
}

static uint64_t
op_cycles (const Layer *self, const SimditBlock *block, const SimditMicroOp *op)
{
  bool waits = op->dependent && block->per_element;

  return simdit_simd_latency (op->op, self->layer->training) + (waits ? NOP_CYCLES : 0);
}

static void
add_op_accesses (const Layer *self, const SimditBlock *block, const SimditMicroOp *op,
                 SimditLayerCost *cost)
{
  double runs = block->when == SIMDIT_WHEN_TILE ? self->tiles : self->groups;
  double executions = (double) simdit_micro_op_executions (op, &self->passes);
  double results = elements_of (self, block) * runs;
  double all = results * executions;
  double last = executions > 0 ? results : 0;

  cost->vmem += all * op->reads * self->word + (all - last) * self->word
                + last * (double) self->program->widths[op->result];
  cost->immediates += (op->imm_per_lane ? all
                                        : (double) vectors_of (self, block) * runs * executions)
                      * op->imm * self->word;
  cost->operations += all * simdit_simd_latency (op->op, self->layer->training);
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
  double fill = (double) (PIPELINE_STAGES - 1 + self->layer->machine->columns - 1);
  Work cycles = { 0 }, instructions = { 0 };
  bool whole_instructions = true;

  for (const SimditBlock *block = self->op->blocks; block->over != 0; block++)
    {
      bool tile = block->when == SIMDIT_WHEN_TILE;
      double vectors = (double) vectors_of (self, block);
      double *taken = tile ? &cycles.per_tile : &cycles.per_group;
      double *issued = tile ? &instructions.per_tile : &instructions.per_group;

      for (guint i = 0; i < SIMDIT_MAX_MICRO_OPS && block->ops[i].reads != 0; i++)
        {
          const SimditMicroOp *op = &block->ops[i];
          double issues = (double) issues_of (self, block, op);

          *issued += vectors * issues;
          *taken += vectors * issues * (double) op_cycles (self, block, op);
          add_op_accesses (self, block, op, cost);
        }
      *taken += block->no_fill ? 0 : fill;
      whole_instructions &= !block->per_element; /* quirk Q21 */
    }
  cost->simd_compute = ceil (total_of (self, &cycles));
  cost->instructions = total_of (self, &instructions);
  if (whole_instructions)
    cost->instructions = ceil (cost->instructions);
  cost->instructions *= INSTRUCTION_BITS;
}

void
simdit_model_simd (const SimditModelLayer *layer, SimditLayerCost *cost)
{
  Layer self;

  layer_init (&self, layer);
  add_transfers (&self, cost);
  add_micro_program (&self, cost);
}
