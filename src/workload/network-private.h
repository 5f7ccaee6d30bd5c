/* Layers as data: what both input formats read into, and what the scheduler takes. */
#ifndef SIMDIT_WORKLOAD_NETWORK_PRIVATE_H
#define SIMDIT_WORKLOAD_NETWORK_PRIVATE_H

#include "base/json.h"
#include "workload/operator.h"

#include <simdit/network.h>

/* One extent; products of them are checked where they are formed. */
#define SIMDIT_MAX_EXTENT (UINT64_C (1) << 31)

/* What enters a network from outside: images and labels of a batch, or what outlives it. */
typedef enum
{
  SIMDIT_TENSOR_INPUT,     /* of a batch: [C, H, W] for each image */
  SIMDIT_TENSOR_TARGET,    /* likewise: what the output should be, as probabilities */
  SIMDIT_TENSOR_PARAMETER, /* [OC, IC, KH, KW]; an update writes it */
  SIMDIT_TENSOR_STATE,     /* of the optimizer, in the shape of a parameter */
} SimditTensorKind;

typedef struct
{
  char *name; /* owned */
  SimditTensorKind kind;
  uint64_t shape[4]; /* N C H W, or OC IC KH KW; N is 1 */
} SimditTensor;

typedef struct
{
  char *name; /* owned */
  const SimditOperator *op;
  SimditExtents extents; /* as written: channels not padded, batch not applied */
  uint64_t stride;       /* of the window, both directions */
  int64_t pad_h, pad_w;  /* zeros around the input; negative: the border is cut off */
  uint64_t in_h, in_w;   /* of a window's input without padding; of a pool's gradient: its result */
  bool without_batch_norm; /* a convolution that training does not follow by one */
  SimditDim batch;         /* the extent that the batch replaces; SIMDIT_N_DIMS: none */
  SimditStage stage;
  SimditTensorClass makes; /* the class of its outputs; an update's others are state */
  int32_t *inputs;         /* owned; layer index, or -1 - i for tensor i of the network */
  uint8_t *ports;          /* owned; which output of that layer; NULL: always the first */
  guint n_inputs;          /* 0 in SimDIT specs, which carry no edges */
} SimditLayer;

/* The data flow of a layer: inputs and outputs of the operations that training adds, in order.
 *
 *   mean_var             x                        mean, inverse deviation
 *   batch_norm           x, mean, istd, scale, offset
 *   batchnorm_grad_x_mu  x, dy, mean, istd, scale dx, d scale, d offset
 *   max_pool_index       x                        y, index of the maximum
 *   max_pool_grad        dy, index                dx
 *   relu_grad            y, dy                    dx      softmax_grad likewise
 *   conv, gemm           x, weights [, bias]
 *   cross_entropy        probabilities, target    loss per image
 *   cross_entropy_grad   probabilities, target    gradient of what the softmax read
 *   update               parameter, gradient, state ...: writes all but the gradient
 *
 * "transpose" swaps the two outer dimensions (images and channels), "transpose_weights" too and
 * turns each kernel by 180 degrees; "dilate" puts stride - 1 zeros between elements. Weights are
 * [OC, IC, KH, KW]. A convolution reads zeros wherever its window leaves the padded input.
 */

struct SimditNetwork
{
  char *name;        /* owned */
  char *file;        /* owned; as messages call it */
  char *description; /* owned */
  char *source;      /* owned */
  SimditMode mode;
  bool is_spec;
  bool pool_gradient_over_input; /* an oddity of the reference's training graph of this network */
  bool expanded;                 /* from a forward graph, with @training */
  SimditTrainingOptions training;
  GArray *tensors; /* owned, of SimditTensor */
  GArray *layers;  /* owned, of SimditLayer */
};

static inline const SimditTensor *
simdit_network_tensor (const SimditNetwork *self, guint index)
{
  return &g_array_index (self->tensors, SimditTensor, index);
}

static inline const SimditLayer *
simdit_network_layer (const SimditNetwork *self, guint index)
{
  return &g_array_index (self->layers, SimditLayer, index);
}

/** simdit_network_new: without layers; @name and @source are copied. */
SimditNetwork *simdit_network_new (const char *name, const char *source, gssize length);

/** simdit_network_add_tensor: returns how layers refer to it; @name is copied. */
int32_t simdit_network_add_tensor (SimditNetwork *self, const char *name, SimditTensorKind kind,
                                   const uint64_t *shape);

/** simdit_layer_init: extents and stride are 1, PASS is the number of passes. */
void simdit_layer_init (SimditLayer *self, const char *name, const SimditOperator *op);

/**
 * simdit_layer_place_batch: where the reference puts the batch (model 2.4), from the extents.
 *
 * In training, a convolution or GEMM with a batch of its own is a weight gradient: it reduces over
 * the batch.
 */
void simdit_layer_place_batch (SimditLayer *self, SimditMode mode);

/**
 * simdit_network_input_class: of what @layer reads as its input @index.
 *
 * Where a spec or an inference network has no edge for it, by the operation: weights of the PE
 * array, and gradients wherever a gradient is made.
 */
SimditTensorClass simdit_network_input_class (const SimditNetwork *self, const SimditLayer *layer,
                                              guint index);

/** simdit_network_set_class: of what @layer makes, from its operation, stage and inputs. */
void simdit_network_set_class (const SimditNetwork *self, SimditLayer *layer);

/** simdit_layer_set_stage: from operation and batch; @backward: gradients have begun. */
void simdit_layer_set_stage (SimditLayer *self, bool backward);

/** simdit_graph_read: our own format; fills name, description and layers. */
bool simdit_graph_read (SimditNetwork *self, const SimditJson *root, GError **error);

/** simdit_spec_read: a SimDIT network spec; fills mode and layers. */
bool simdit_spec_read (SimditNetwork *self, const SimditJson *root, GError **error);

#endif
