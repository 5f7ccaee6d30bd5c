/* Layers as data: what both input formats read into, and what the scheduler takes. */
#ifndef SIMDIT_WORKLOAD_NETWORK_PRIVATE_H
#define SIMDIT_WORKLOAD_NETWORK_PRIVATE_H

#include "base/json.h"
#include "workload/operator.h"

#include <simdit/network.h>

/* One extent; products of them are checked where they are formed. */
#define SIMDIT_MAX_EXTENT (UINT64_C (1) << 31)

typedef struct
{
  char *name; /* owned */
  const SimditOperator *op;
  SimditExtents extents; /* as written: channels not padded, batch not applied */
  uint64_t stride;       /* of the window, both directions */
  int32_t *inputs;       /* owned; layer index, or -1 - i for input i of the network */
  guint n_inputs;        /* 0 in SimDIT specs, which carry no edges */
} SimditLayer;

struct SimditNetwork
{
  char *name;        /* owned */
  char *file;        /* owned; as messages call it */
  char *description; /* owned */
  char *source;      /* owned */
  SimditMode mode;
  GArray *layers; /* owned, of SimditLayer */
};

static inline const SimditLayer *
simdit_network_layer (const SimditNetwork *self, guint index)
{
  return &g_array_index (self->layers, SimditLayer, index);
}

/** simdit_layer_init: extents and stride are 1, PASS is the number of passes. */
void simdit_layer_init (SimditLayer *self, const char *name, const SimditOperator *op);

/** simdit_graph_read: our own format; fills name, description and layers. */
bool simdit_graph_read (SimditNetwork *self, const SimditJson *root, GError **error);

/** simdit_spec_read: a SimDIT network spec; fills mode and layers. */
bool simdit_spec_read (SimditNetwork *self, const SimditJson *root, GError **error);

#endif
