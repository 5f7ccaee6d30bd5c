/*
 * Our own network format: a graph of layers in execution order.
 *
 *   {"format": "simdit-network", "version": 1, "name": "...", "description": "...",
 *    "inputs": {"image": [3, 224, 224]},
 *    "layers": [{"name": "conv1", "operation": "conv_bias", "inputs": ["image"],
 *                "channels": 64, "kernel": 7, "stride": 2, "pad": 3}, ...]}
 *
 * Shapes are [channels, height, width] without the batch and follow from the edges. Parameters:
 * conv channels kernel [stride] [pad]; pools kernel [stride] [pad]; gemm channels. "kernel" is a
 * number or [height, width]. A tensor is named by the layer that computes it.
 */
#include "base/arith.h"
#include "workload/network-private.h"

#include <simdit/error.h>

#define FORMAT_NAME "simdit-network"
#define FORMAT_VERSION 1
#define POOL_GRADIENT_OVER_INPUT "pool_gradient_over_input"

typedef struct
{
  uint64_t c, h, w;
} Shape;

typedef struct
{
  SimditNetwork *network;   /* borrowed */
  const SimditJson *layers; /* borrowed: the JSON array */
  GHashTable *indices;      /* owned: name (borrowed) to index as in SimditLayer.inputs */
  GArray *shapes;           /* owned, of Shape: what each layer computes */
} Reader;

static void
reader_clear (Reader *self)
{
  g_clear_pointer (&self->indices, g_hash_table_unref);
  g_clear_pointer (&self->shapes, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reader, reader_clear)

/* The window of a conv or pool. */
typedef struct
{
  uint64_t kh, kw, stride, pad;
} Window;

static bool
check_header (const SimditJson *root, GError **error)
{
  static const char *const keys[] = { "format", "version", "name",           "description",
                                      "inputs", "layers",  "simdit_oddities" };
  SimditJson member;
  const char *format;
  uint64_t version;

  if (!simdit_json_check_keys (root, keys, G_N_ELEMENTS (keys), error)
      || !simdit_json_require (root, "format", &member, error)
      || !simdit_json_string (&member, &format, error))
    return false;
  if (!g_str_equal (format, FORMAT_NAME))
    return simdit_json_fail (&member, error, "expected \"" FORMAT_NAME "\", got \"%s\"", format);
  return simdit_json_require (root, "version", &member, error)
         && simdit_json_uint (&member, FORMAT_VERSION, FORMAT_VERSION, &version, error);
}

static bool
read_text (const SimditJson *root, const char *key, char **text, GError **error)
{
  SimditJson member = simdit_json_member (root, key);
  const char *value;

  if (member.node == NULL)
    return true;
  if (!simdit_json_string (&member, &value, error))
    return false;
  g_free (*text);
  *text = g_strdup (value);
  return true;
}

static bool
add_name (Reader *self, const SimditJson *where, const char *name, gint index, GError **error)
{
  if (g_hash_table_contains (self->indices, name))
    return simdit_json_fail (where, error, "the name \"%s\" is taken already", name);
  g_hash_table_insert (self->indices, (gpointer) (uintptr_t) name, GINT_TO_POINTER (index));
  return true;
}

static bool
read_shape (const SimditJson *array, Shape *shape, GError **error)
{
  uint64_t *extents[] = { &shape->c, &shape->h, &shape->w };
  guint n;

  if (!simdit_json_expect_array (array, &n, error))
    return false;
  if (n != G_N_ELEMENTS (extents))
    return simdit_json_fail (array, error, "expected [channels, height, width], got %u numbers", n);
  for (guint i = 0; i < n; i++)
    {
      SimditJson element = simdit_json_element (array, i);

      if (!simdit_json_uint (&element, 1, SIMDIT_MAX_EXTENT, extents[i], error))
        return false;
    }
  return true;
}

static bool
read_network_inputs (Reader *self, const SimditJson *root, GError **error)
{
  g_autoptr (GList) names = NULL;
  SimditJson inputs;

  if (!simdit_json_require (root, "inputs", &inputs, error)
      || !simdit_json_expect_object (&inputs, error))
    return false;
  names = json_object_get_members (json_node_get_object (inputs.node));
  for (GList *link = names; link != NULL; link = link->next)
    {
      SimditJson member = simdit_json_member (&inputs, link->data);
      Shape shape;

      if (!read_shape (&member, &shape, error)
          || !add_name (self, &member, link->data, -1 - (gint) self->network->tensors->len, error))
        return false;
      simdit_network_add_tensor (self->network, link->data, SIMDIT_TENSOR_INPUT,
                                 (uint64_t[]){ 1, shape.c, shape.h, shape.w });
    }
  return true;
}

/* First pass: names and operations, so that edges can be resolved whatever their direction. */
static bool
read_layer_name (Reader *self, const SimditJson *entry, GError **error)
{
  SimditJson name_member, operation_member;
  const char *name, *operation;
  const SimditOperator *row;
  SimditLayer layer;

  if (!simdit_json_expect_object (entry, error)
      || !simdit_json_require (entry, "name", &name_member, error)
      || !simdit_json_string (&name_member, &name, error)
      || !simdit_json_require (entry, "operation", &operation_member, error)
      || !simdit_json_string (&operation_member, &operation, error))
    return false;
  row = simdit_operator_find (operation, false);
  if (row == NULL)
    return simdit_json_fail (&operation_member, error,
                             "nothing models the operation \"%s\"; did you mean \"%s\"?", operation,
                             simdit_operator_nearest (operation, false));
  if (!add_name (self, &name_member, name, (gint) self->network->layers->len, error))
    return false;
  simdit_layer_init (&layer, name, row);
  g_array_append_val (self->network->layers, layer);
  return true;
}

/* Second pass: who reads whom. */
static bool
read_edges (Reader *self, SimditLayer *layer, const SimditJson *entry, GError **error)
{
  SimditJson inputs;
  guint n;

  if (!simdit_json_require (entry, "inputs", &inputs, error)
      || !simdit_json_expect_array (&inputs, &n, error))
    return false;
  if (n != layer->op->n_inputs)
    return simdit_json_fail (&inputs, error, "%s reads %u tensor(s), got %u", layer->op->name,
                             layer->op->n_inputs, n);
  layer->inputs = g_new (int32_t, n);
  layer->n_inputs = n;
  for (guint i = 0; i < n; i++)
    {
      SimditJson element = simdit_json_element (&inputs, i);
      const char *name;
      gpointer index;

      if (!simdit_json_string (&element, &name, error))
        return false;
      if (!g_hash_table_lookup_extended (self->indices, name, NULL, &index))
        return simdit_json_fail (&element, error,
                                 "nothing is named \"%s\": expected an input of the network or a "
                                 "layer",
                                 name);
      layer->inputs[i] = GPOINTER_TO_INT (index);
    }
  return true;
}

/* Whether @from reads @target, directly or not. */
static bool
depends_on (const SimditNetwork *network, guint from, guint target)
{
  g_autofree bool *seen = g_new0 (bool, network->layers->len);
  g_autoptr (GArray) open = g_array_new (FALSE, FALSE, sizeof (guint));

  seen[from] = true;
  g_array_append_val (open, from);
  while (open->len > 0 && !seen[target])
    {
      const SimditLayer *layer = simdit_network_layer (network,
                                                       g_array_index (open, guint, open->len - 1));

      g_array_set_size (open, open->len - 1);
      for (guint i = 0; i < layer->n_inputs; i++)
        if (layer->inputs[i] >= 0 && !seen[layer->inputs[i]])
          {
            seen[layer->inputs[i]] = true;
            g_array_append_val (open, layer->inputs[i]);
          }
    }
  return seen[target];
}

static bool
check_order (Reader *self, guint index, const SimditJson *entry, GError **error)
{
  const SimditLayer *layer = simdit_network_layer (self->network, index);
  SimditJson inputs = simdit_json_member (entry, "inputs");

  for (guint i = 0; i < layer->n_inputs; i++)
    {
      SimditJson element = simdit_json_element (&inputs, i);
      const char *name;

      if (layer->inputs[i] < (int32_t) index)
        continue;
      name = simdit_network_layer (self->network, (guint) layer->inputs[i])->name;
      if (depends_on (self->network, (guint) layer->inputs[i], index))
        return simdit_json_fail (&element, error, "\"%s\" and \"%s\" form a cycle", layer->name,
                                 name);
      return simdit_json_fail (&element, error,
                               "\"%s\" is listed after \"%s\", which reads it; expected layers in "
                               "execution order",
                               name, layer->name);
    }
  return true;
}

static bool
read_optional (const SimditJson *entry, const char *key, uint64_t min, uint64_t *value,
               GError **error)
{
  SimditJson member = simdit_json_member (entry, key);

  return member.node == NULL || simdit_json_uint (&member, min, SIMDIT_MAX_EXTENT, value, error);
}

static bool
read_window (const SimditJson *entry, Window *window, GError **error)
{
  SimditJson kernel;

  *window = (Window){ .stride = 1 };
  if (!simdit_json_require (entry, "kernel", &kernel, error))
    return false;
  if (JSON_NODE_HOLDS_ARRAY (kernel.node))
    {
      SimditJson h, w;
      guint n;

      if (!simdit_json_expect_array (&kernel, &n, error))
        return false;
      if (n != 2)
        return simdit_json_fail (&kernel, error,
                                 "expected a number or [height, width], got %u numbers", n);
      h = simdit_json_element (&kernel, 0);
      w = simdit_json_element (&kernel, 1);
      if (!simdit_json_uint (&h, 1, SIMDIT_MAX_EXTENT, &window->kh, error)
          || !simdit_json_uint (&w, 1, SIMDIT_MAX_EXTENT, &window->kw, error))
        return false;
    }
  else
    {
      if (!simdit_json_uint (&kernel, 1, SIMDIT_MAX_EXTENT, &window->kh, error))
        return false;
      window->kw = window->kh;
    }
  return read_optional (entry, "stride", 1, &window->stride, error)
         && read_optional (entry, "pad", 0, &window->pad, error);
}

/* Slides @window over @in: the extents of the layer's output, padding included in its input. */
static bool
apply_window (SimditLayer *layer, const SimditJson *entry, const Window *window, const Shape *in,
              GError **error)
{
  SimditExtents *extents = &layer->extents;

  if (in->h + 2 * window->pad < window->kh || in->w + 2 * window->pad < window->kw)
    return simdit_json_fail (entry, error,
                             "the %" G_GUINT64_FORMAT "x%" G_GUINT64_FORMAT
                             " window does not fit its %" G_GUINT64_FORMAT "x%" G_GUINT64_FORMAT
                             " input padded by %" G_GUINT64_FORMAT,
                             window->kh, window->kw, in->h, in->w, window->pad);
  layer->stride = window->stride;
  layer->pad_h = layer->pad_w = (int64_t) window->pad;
  extents->of[SIMDIT_DIM_KH] = window->kh;
  extents->of[SIMDIT_DIM_KW] = window->kw;
  extents->of[SIMDIT_DIM_OH] = (in->h + 2 * window->pad - window->kh) / window->stride + 1;
  extents->of[SIMDIT_DIM_OW] = (in->w + 2 * window->pad - window->kw) / window->stride + 1;
  return true;
}

/* The keys a layer may have besides name, operation and inputs, by what shapes its output. */
static bool
check_layer_keys (const SimditLayer *layer, const SimditJson *entry, GError **error)
{
  static const char *const keys[] = { "name",   "operation", "inputs", "channels",
                                      "kernel", "stride",    "pad",    "batch_norm" };
  static const char *const pool_keys[] = {
    "name", "operation", "inputs", "kernel", "stride", "pad"
  };

  switch (layer->op->shape)
    {
    case SIMDIT_SHAPE_CONV:
      return simdit_json_check_keys (entry, keys, G_N_ELEMENTS (keys), error);
    case SIMDIT_SHAPE_GEMM:
      return simdit_json_check_keys (entry, keys, 4, error);
    case SIMDIT_SHAPE_POOL:
      return simdit_json_check_keys (entry, pool_keys, G_N_ELEMENTS (pool_keys), error);
    default:
      return simdit_json_check_keys (entry, keys, 3, error);
    }
}

static bool
read_channels (SimditLayer *layer, const SimditJson *entry, const Shape *in, GError **error)
{
  SimditJson channels;

  layer->extents.of[SIMDIT_DIM_IC] = in->c;
  return simdit_json_require (entry, "channels", &channels, error)
         && simdit_json_uint (&channels, 1, SIMDIT_MAX_EXTENT, &layer->extents.of[SIMDIT_DIM_OC],
                              error);
}

static bool
read_batch_norm (SimditLayer *layer, const SimditJson *entry, GError **error)
{
  SimditJson member = simdit_json_member (entry, "batch_norm");
  bool wanted = true;

  if (member.node != NULL && !simdit_json_boolean (&member, &wanted, error))
    return false;
  layer->without_batch_norm = !wanted;
  return true;
}

static bool
check_same_shape (const SimditLayer *layer, const SimditJson *entry, const Shape *a, const Shape *b,
                  GError **error)
{
  return (a->c == b->c && a->h == b->h && a->w == b->w)
         || simdit_json_fail (entry, error,
                              "%s needs inputs of one shape, got [%" G_GUINT64_FORMAT
                              ", %" G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT
                              "] and [%" G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT
                              ", %" G_GUINT64_FORMAT "]",
                              layer->op->name, a->c, a->h, a->w, b->c, b->h, b->w);
}

/* Extents from the input's shape and the parameters. */
static bool
infer (SimditLayer *layer, const SimditJson *entry, const Shape *in, GError **error)
{
  SimditExtents *extents = &layer->extents;
  Window window;

  extents->of[SIMDIT_DIM_OC] = in->c;
  switch (layer->op->shape)
    {
    case SIMDIT_SHAPE_CONV:
      return read_channels (layer, entry, in, error) && read_batch_norm (layer, entry, error)
             && read_window (entry, &window, error)
             && apply_window (layer, entry, &window, in, error);
    case SIMDIT_SHAPE_POOL:
      return read_window (entry, &window, error) && apply_window (layer, entry, &window, in, error);
    case SIMDIT_SHAPE_GLOBAL_POOL:
      window = (Window){ in->h, in->w, 1, 0 };
      return apply_window (layer, entry, &window, in, error);
    case SIMDIT_SHAPE_GEMM:
      if (in->h != 1 || in->w != 1)
        return simdit_json_fail (entry, error,
                                 "gemm reads a vector, got %" G_GUINT64_FORMAT "x%" G_GUINT64_FORMAT
                                 " maps; put a flatten before it",
                                 in->h, in->w);
      return read_channels (layer, entry, in, error);
    case SIMDIT_SHAPE_FLATTEN:
      return simdit_checked_product ((uint64_t[]){ in->c, in->h, in->w }, 3, SIMDIT_MAX_EXTENT,
                                     &extents->of[SIMDIT_DIM_OC])
             || simdit_json_fail (entry, error, "the flattened tensor has too many elements");
    default:
      extents->of[SIMDIT_DIM_OH] = in->h;
      extents->of[SIMDIT_DIM_OW] = in->w;
      return true;
    }
}

static Shape
shape_of (const Reader *self, int32_t input)
{
  const uint64_t *shape;

  if (input >= 0)
    return g_array_index (self->shapes, Shape, input);
  shape = simdit_network_tensor (self->network, (guint) (-1 - input))->shape;
  return (Shape){ shape[1], shape[2], shape[3] };
}

/* Third pass: extents, in execution order. */
static bool
read_extents (Reader *self, SimditLayer *layer, const SimditJson *entry, GError **error)
{
  Shape in[2], out;

  for (guint i = 0; i < layer->n_inputs; i++)
    in[i] = shape_of (self, layer->inputs[i]);
  if (!check_layer_keys (layer, entry, error) || !infer (layer, entry, &in[0], error)
      || (layer->n_inputs == 2 && !check_same_shape (layer, entry, &in[0], &in[1], error)))
    return false;
  simdit_extents_set_input (&layer->extents, layer->stride);
  simdit_layer_place_batch (layer, SIMDIT_MODE_INFERENCE);
  simdit_layer_set_stage (layer, false);
  simdit_network_set_class (self->network, layer);
  out = (Shape){ layer->extents.of[SIMDIT_DIM_OC], layer->extents.of[SIMDIT_DIM_OH],
                 layer->extents.of[SIMDIT_DIM_OW] };
  g_array_append_val (self->shapes, out);
  return true;
}

typedef enum
{
  PASS_NAMES,
  PASS_EDGES,
  PASS_ORDER,
  PASS_EXTENTS,
  N_PASSES,
} Pass;

static bool
read_layers (Reader *self, guint n, GError **error)
{
  for (guint pass = 0; pass < N_PASSES; pass++)
    for (guint i = 0; i < n; i++)
      {
        SimditJson entry = simdit_json_element (self->layers, i);
        SimditLayer *layer = pass != PASS_NAMES
                                 ? &g_array_index (self->network->layers, SimditLayer, i)
                                 : NULL;

        if ((pass == PASS_NAMES && !read_layer_name (self, &entry, error))
            || (pass == PASS_EDGES && !read_edges (self, layer, &entry, error))
            || (pass == PASS_ORDER && !check_order (self, i, &entry, error))
            || (pass == PASS_EXTENTS && !read_extents (self, layer, &entry, error)))
          return false;
      }
  return true;
}

/* What only the reference's training graph of this network has. */
static bool
read_oddities (SimditNetwork *network, const SimditJson *root, GError **error)
{
  SimditJson oddities = simdit_json_member (root, "simdit_oddities");
  guint n;

  if (oddities.node == NULL)
    return true;
  if (!simdit_json_expect_array (&oddities, &n, error))
    return false;
  for (guint i = 0; i < n; i++)
    {
      SimditJson element = simdit_json_element (&oddities, i);
      const char *word;

      if (!simdit_json_string (&element, &word, error))
        return false;
      if (!g_str_equal (word, POOL_GRADIENT_OVER_INPUT))
        return simdit_json_fail (&element, error,
                                 "expected \"" POOL_GRADIENT_OVER_INPUT "\", got \"%s\"", word);
      network->pool_gradient_over_input = true;
    }
  return true;
}

bool
simdit_graph_read (SimditNetwork *network, const SimditJson *root, GError **error)
{
  g_auto (Reader) self = { .network = network };
  SimditJson layers;
  guint n;

  if (!check_header (root, error) || !read_text (root, "name", &network->name, error)
      || !read_text (root, "description", &network->description, error)
      || !read_oddities (network, root, error)
      || !simdit_json_require (root, "layers", &layers, error)
      || !simdit_json_expect_array (&layers, &n, error))
    return false;
  if (n == 0)
    return simdit_json_fail (&layers, error, "expected at least one layer, got an empty array");
  self.layers = &layers;
  self.indices = g_hash_table_new (g_str_hash, g_str_equal);
  self.shapes = g_array_new (FALSE, FALSE, sizeof (Shape));
  return read_network_inputs (&self, root, error) && read_layers (&self, n, error);
}
