/* Every operation of the SIMD array (model sections 6 and 7), from its operand and block rows. */
#ifndef SIMDIT_MODEL_SIMD_H
#define SIMDIT_MODEL_SIMD_H

#include "model/model.h"

/** simdit_model_simd: all but the totals. */
void simdit_model_simd (const SimditModelLayer *layer, SimditLayerCost *cost);

#endif
