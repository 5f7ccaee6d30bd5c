#include "model/model.h"

#include "model/simd.h"
#include "model/systolic.h"

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
