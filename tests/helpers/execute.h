/*
 * Executes a training program numerically, so that it is known to be training and not only to look
 * like it. Sizes come from the layers' extents; an input of another size is a failure.
 */
#ifndef TEST_EXECUTE_H
#define TEST_EXECUTE_H

#include "workload/network-private.h"

#define EXECUTION_EPSILON 0.1 /* of batch norm; large, so that differences are near derivatives */
#define EXECUTION_RATE 1e-6   /* of the optimizers, like all below */
#define EXECUTION_DECAY 0.1
#define EXECUTION_MOMENTUM 0.9
#define EXECUTION_BETA1 0.9
#define EXECUTION_BETA2 0.999
#define EXECUTION_ADAM_EPSILON 1e-12
#define EXECUTION_MAX_PORTS 3

/* A dense tensor: [N, C, H, W], or as parameters have them. */
typedef struct
{
  uint64_t dims[4];
  double *values; /* owned */
} Dense;

typedef struct
{
  const SimditNetwork *network; /* borrowed */
  uint64_t batch;
  bool update;                           /* parameters and state are written */
  guint iteration;                       /* from 1 */
  Dense *outer;                          /* owned, by tensor of the network; set before */
  Dense (*results)[EXECUTION_MAX_PORTS]; /* owned, by layer */
  double loss;                           /* mean over the batch */
} Execution;

/** execution_init: outer tensors are zero, in their sizes. */
void execution_init (Execution *self, const SimditNetwork *network, uint64_t batch);
void execution_clear (Execution *self);

/** execution_run: all layers in order. */
void execution_run (Execution *self);

/** execution_gradient: what the update of parameter @index reads; NULL: nothing updates it. */
const Dense *execution_gradient (const Execution *self, guint index);

uint64_t dense_size (const Dense *self);

#endif
