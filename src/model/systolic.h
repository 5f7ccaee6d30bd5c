/* Convolution and GEMM (model sections 4 and 5). */
#ifndef SIMDIT_MODEL_SYSTOLIC_H
#define SIMDIT_MODEL_SYSTOLIC_H

#include "model/model.h"

/** simdit_model_systolic: all but the totals. */
void simdit_model_systolic (const SimditModelLayer *layer, SimditLayerCost *cost);

#endif
