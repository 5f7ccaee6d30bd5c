#include "model/model.h"

#include "model/simd.h"
#include "model/systolic.h"

void
simdit_model_layer_init (SimditModelLayer *self, const SimditMachine *machine,
                         const SimditProgram *program, bool training,
                         const SimditSpecTiling *external)
{
  const SimditOperator *op = program->op;

  *self = (SimditModelLayer){
    .machine = machine, .program = program, .training = training, .external = external
  };
  if (external != NULL && external->has_tile)
    {
      self->pass = external->pass;
      return;
    }
  for (guint d = 0; d < SIMDIT_N_DIMS; d++)
    self->pass.of[d] = 1;
  if (simdit_operator_is_systolic (op))
    self->pass.of[SIMDIT_DIM_IC] = machine->rows;
  self->pass.of[simdit_operator_is_systolic (op) ? SIMDIT_DIM_OC : op->lanes] = machine->columns;
}

void
simdit_model_compatible (const SimditModelLayer *layer, SimditLayerCost *cost)
{
  *cost = (SimditLayerCost){ 0 };
  if (simdit_operator_is_systolic (layer->program->op))
    simdit_model_systolic (layer, cost);
  else
    simdit_model_simd (layer, cost);
  cost->dram_total = cost->dram_weights + cost->dram_ifmap + cost->dram_psum + cost->dram_ofmap
                     + cost->dram_bias;
  cost->total = cost->array_compute + cost->array_stall + cost->simd_compute + cost->simd_stall;
}
