#include "workload/network-private.h"

#include <simdit/error.h>
#include <string.h>

void
simdit_layer_init (SimditLayer *self, const char *name, const SimditOperator *op)
{
  *self = (SimditLayer){ .name = g_strdup (name), .op = op, .stride = 1, .batch = SIMDIT_N_DIMS };
  for (guint d = 0; d < SIMDIT_N_DIMS; d++)
    self->extents.of[d] = 1;
  self->extents.of[SIMDIT_DIM_PASS] = MAX (op->passes, 1);
}

void
simdit_layer_place_batch (SimditLayer *self, SimditMode mode)
{
  bool reduces = self->op->batch == SIMDIT_BATCH_REPLACES_N_OR_IC && mode == SIMDIT_MODE_TRAINING
                 && self->extents.of[SIMDIT_DIM_N] != 1;

  if (self->op->batch == SIMDIT_BATCH_IGNORED || self->op->fixed != NULL)
    self->batch = SIMDIT_N_DIMS;
  else
    self->batch = reduces ? SIMDIT_DIM_IC : SIMDIT_DIM_N;
}

void
simdit_layer_set_stage (SimditLayer *self, bool backward)
{
  if (!simdit_operator_is_systolic (self->op))
    self->stage = self->op->stage != SIMDIT_STAGE_FORWARD ? self->op->stage : SIMDIT_STAGE_OTHER;
  else if (self->batch == SIMDIT_DIM_IC)
    self->stage = SIMDIT_STAGE_WEIGHT_GRADIENT;
  else
    self->stage = backward ? SIMDIT_STAGE_INPUT_GRADIENT : SIMDIT_STAGE_FORWARD;
}

static SimditTensorClass
class_without_edge (const SimditLayer *layer, guint index)
{
  if (layer->stage == SIMDIT_STAGE_INPUT_GRADIENT || layer->stage == SIMDIT_STAGE_FORWARD)
    {
      if (index > 0)
        return SIMDIT_CLASS_WEIGHT;
      return layer->stage == SIMDIT_STAGE_FORWARD ? SIMDIT_CLASS_ACTIVATION : SIMDIT_CLASS_GRADIENT;
    }
  if (layer->stage == SIMDIT_STAGE_WEIGHT_GRADIENT)
    return index > 0 ? SIMDIT_CLASS_GRADIENT : SIMDIT_CLASS_ACTIVATION;
  if (layer->stage == SIMDIT_STAGE_UPDATE)
    return index > 0 ? SIMDIT_CLASS_GRADIENT : SIMDIT_CLASS_WEIGHT;
  return layer->op->makes == SIMDIT_CLASS_GRADIENT ? SIMDIT_CLASS_GRADIENT
                                                   : SIMDIT_CLASS_ACTIVATION;
}

SimditTensorClass
simdit_network_input_class (const SimditNetwork *self, const SimditLayer *layer, guint index)
{
  static const SimditTensorClass classes[] = {
    [SIMDIT_TENSOR_INPUT] = SIMDIT_CLASS_ACTIVATION,
    [SIMDIT_TENSOR_TARGET] = SIMDIT_CLASS_ACTIVATION,
    [SIMDIT_TENSOR_PARAMETER] = SIMDIT_CLASS_WEIGHT,
    [SIMDIT_TENSOR_STATE] = SIMDIT_CLASS_STATE,
  };
  int32_t from;

  if (index >= layer->n_inputs)
    return class_without_edge (layer, index);
  from = layer->inputs[index];
  if (from < 0)
    return classes[simdit_network_tensor (self, (guint) (-1 - from))->kind];
  return simdit_network_layer (self, (guint) from)->makes;
}

void
simdit_network_set_class (const SimditNetwork *self, SimditLayer *layer)
{
  if (simdit_operator_is_systolic (layer->op))
    layer->makes = layer->stage == SIMDIT_STAGE_FORWARD ? SIMDIT_CLASS_ACTIVATION
                                                        : SIMDIT_CLASS_GRADIENT;
  else if (layer->op->makes == SIMDIT_CLASS_OF_INPUT)
    layer->makes = simdit_network_input_class (self, layer, 0);
  else
    layer->makes = layer->op->makes;
}

const char *
simdit_stage_name (SimditStage stage)
{
  static const char *const names[] = {
    [SIMDIT_STAGE_FORWARD] = "forward",       [SIMDIT_STAGE_INPUT_GRADIENT] = "dL/dx",
    [SIMDIT_STAGE_WEIGHT_GRADIENT] = "dL/dw", [SIMDIT_STAGE_BATCH_NORM] = "batch_norm",
    [SIMDIT_STAGE_OTHER] = "other",           [SIMDIT_STAGE_UPDATE] = "update"
  };

  return names[stage];
}

static void
layer_clear (gpointer data)
{
  SimditLayer *self = data;

  g_free (self->name);
  g_free (self->inputs);
  g_free (self->ports);
}

static void
tensor_clear (gpointer data)
{
  g_free (((SimditTensor *) data)->name);
}

SimditNetwork *
simdit_network_new (const char *name, const char *source, gssize length)
{
  SimditNetwork *self = g_new0 (SimditNetwork, 1);

  self->name = g_strdup (name);
  self->description = g_strdup ("");
  self->source = length < 0 ? g_strdup (source) : g_strndup (source, (gsize) length);
  self->layers = g_array_new (FALSE, TRUE, sizeof (SimditLayer));
  self->tensors = g_array_new (FALSE, TRUE, sizeof (SimditTensor));
  g_array_set_clear_func (self->layers, layer_clear);
  g_array_set_clear_func (self->tensors, tensor_clear);
  return self;
}

int32_t
simdit_network_add_tensor (SimditNetwork *self, const char *name, SimditTensorKind kind,
                           const uint64_t *shape)
{
  SimditTensor tensor = { .name = g_strdup (name), .kind = kind };

  memcpy (tensor.shape, shape, sizeof tensor.shape);
  g_array_append_val (self->tensors, tensor);
  return -(int32_t) self->tensors->len;
}

static bool
read_either_format (SimditNetwork *self, const SimditJson *root, GError **error)
{
  if (!simdit_json_expect_object (root, error))
    return false;
  if (simdit_json_member (root, "format").node != NULL)
    return simdit_graph_read (self, root, error);
  if (simdit_json_member (root, "program").node != NULL)
    return simdit_spec_read (self, root, error);
  return simdit_json_fail (root, error,
                           "expected a network: \"format\": \"simdit-network\", or a SimDIT spec "
                           "with \"mode\" and \"program\"");
}

SimditNetwork *
simdit_network_parse (const char *text, gssize length, const char *name, GError **error)
{
  g_autoptr (SimditJsonDocument) document = simdit_json_parse (text, length, name, error);
  g_autoptr (SimditNetwork) self = NULL;
  g_autofree char *short_name = NULL;
  SimditJson root;

  if (document == NULL)
    return NULL;
  short_name = simdit_file_stem (name);
  self = simdit_network_new (short_name, text, length);
  self->file = g_strdup (name);
  root = simdit_json_root (document);
  if (!read_either_format (self, &root, error))
    return NULL;
  return g_steal_pointer (&self);
}

SimditNetwork *
simdit_network_load (const char *path, GError **error)
{
  g_autofree char *text = NULL;
  gsize length;

  if (!simdit_json_read_file (path, &text, &length, error))
    return NULL;
  return simdit_network_parse (text, (gssize) length, path, error);
}

void
simdit_network_free (SimditNetwork *self)
{
  if (self == NULL)
    return;
  g_free (self->name);
  g_free (self->file);
  g_free (self->description);
  g_free (self->source);
  g_clear_pointer (&self->layers, g_array_unref);
  g_clear_pointer (&self->tensors, g_array_unref);
  g_free (self);
}

const char *
simdit_network_get_name (const SimditNetwork *self)
{
  return self->name;
}

const char *
simdit_network_get_description (const SimditNetwork *self)
{
  return self->description;
}

SimditMode
simdit_network_get_mode (const SimditNetwork *self)
{
  return self->mode;
}

bool
simdit_network_is_spec (const SimditNetwork *self)
{
  return self->is_spec;
}

uint64_t
simdit_network_get_n_layers (const SimditNetwork *self)
{
  return self->layers->len;
}

const char *
simdit_network_get_source (const SimditNetwork *self)
{
  return self->source;
}
