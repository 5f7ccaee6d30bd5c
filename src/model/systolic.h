/* Convolution and GEMM (model sections 4 and 5). */
#ifndef SIMDIT_MODEL_SYSTOLIC_H
#define SIMDIT_MODEL_SYSTOLIC_H

#include "model/model.h"

/** simdit_model_systolic: all but the totals. */
void simdit_model_systolic (const SimditModelLayer *layer, SimditLayerCost *cost);

/* What is moved besides a tile's computation, in the order of simdit_model_stalls(). */
typedef enum
{
  SIMDIT_TRAFFIC_WEIGHTS, /* with biases on the parameter port */
  SIMDIT_TRAFFIC_BIAS,
  SIMDIT_TRAFFIC_IFMAP,
  SIMDIT_TRAFFIC_PSUM, /* with stores on the output port */
  SIMDIT_TRAFFIC_STORE,
  SIMDIT_N_TRAFFIC,
} SimditTraffic;

/* So many tiles (or not even that: counts may be negative, quirk Q4) with some traffic each. */
typedef struct
{
  guint traffic; /* bit t: SimditTraffic t */
  double count;
} SimditStallCase;

#define SIMDIT_MAX_STALL_CASES 6

/*
 * Why a layer that is not fused stalls, without the widths of ports: the sum over the cases, in
 * order, of @count times by how much the slowest port outlasts @tile_cycles; then the first load
 * (weights, bias, ifmap) and the last store, beside which nothing is computed.
 */
typedef struct
{
  double compute, tile_cycles;     /* [cycle] */
  uint64_t bits[SIMDIT_N_TRAFFIC]; /* of one tile */
  SimditStallCase cases[SIMDIT_MAX_STALL_CASES];
  guint n_cases;
} SimditStallModel;

void simdit_model_stalls (const SimditModelLayer *layer, SimditStallModel *stalls);

#endif
