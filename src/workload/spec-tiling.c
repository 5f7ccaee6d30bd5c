/*
 * The rest of a SimDIT spec (section 11 of the reference model): "tiling" and "dtype" of its
 * tensors, and the order of its loops, which is that of the keys of "iterable_dimensions".
 */
#include "workload/spec-tiling.h"

#include "base/arith.h"

#include <simdit/error.h>

#define D(name) SIMDIT_DIM_##name
#define MAX_WIDTH 1024 /* [bit] */
#define MAX_KEYS 16

/* ---- where tiles are, by operator ---- */

#define CONV_OUTPUT                                                                                \
  {                                                                                                \
    { "OW", D (OW) }, { "OH", D (OH) }, { "OC", D (OC) },                                          \
    {                                                                                              \
      "N", D (N)                                                                                   \
    }                                                                                              \
  }
#define CONV_WEIGHTS                                                                               \
  {                                                                                                \
    { "KW", D (KW) }, { "KH", D (KH) },                                                            \
    {                                                                                              \
      "IC", D (IC)                                                                                 \
    }                                                                                              \
  }
#define GEMM_OUTPUT                                                                                \
  {                                                                                                \
    { "P", D (OC) },                                                                               \
    {                                                                                              \
      "M", D (N)                                                                                   \
    }                                                                                              \
  }
#define GEMM_WEIGHTS                                                                               \
  {                                                                                                \
    {                                                                                              \
      "N", D (IC)                                                                                  \
    }                                                                                              \
  }
#define MAP                                                                                        \
  {                                                                                                \
    { "W", D (OW) }, { "H", D (OH) }, { "C", D (OC) },                                             \
    {                                                                                              \
      "N", D (N)                                                                                   \
    }                                                                                              \
  }
#define POOLED                                                                                     \
  {                                                                                                \
    { "OW", D (OW) }, { "OH", D (OH) }, { "C", D (OC) },                                           \
    {                                                                                              \
      "N", D (N)                                                                                   \
    }                                                                                              \
  }
#define WINDOW                                                                                     \
  {                                                                                                \
    { "IW", D (IW) },                                                                              \
    {                                                                                              \
      "IH", D (IH)                                                                                 \
    }                                                                                              \
  }

const SimditSpecTile simdit_spec_tiles_conv[] = {
  { "outputs", 0, "OBUF", false, CONV_OUTPUT },    { "inputs", 1, "WBUF", false, CONV_WEIGHTS },
  { "outputs", 0, "pe_array", true, CONV_OUTPUT }, { "inputs", 1, "pe_array", true, CONV_WEIGHTS },
  { "inputs", 0, "pe_array", true, WINDOW },       { 0 },
};
const SimditSpecTile simdit_spec_tiles_gemm[] = {
  { "outputs", 0, "OBUF", false, GEMM_OUTPUT },
  { "inputs", 1, "WBUF", false, GEMM_WEIGHTS },
  { "outputs", 0, "pe_array", true, GEMM_OUTPUT },
  { "inputs", 1, "pe_array", true, GEMM_WEIGHTS },
  { 0 },
};
const SimditSpecTile simdit_spec_tiles_map[] = {
  { "outputs", 0, "VMEM1", false, MAP },
  { "outputs", 0, "SIMD", true, MAP },
  { 0 },
};
const SimditSpecTile simdit_spec_tiles_pool[] = {
  { "outputs", 0, "VMEM2", false, POOLED },
  { "outputs", 0, "SIMD", true, POOLED },
  { "inputs", 0, "SIMD", true, WINDOW },
  { 0 },
};
const SimditSpecTile simdit_spec_tiles_pool_grad[] = {
  { "inputs", 1, "VMEM1", false, POOLED },
  { "inputs", 1, "SIMD", true, POOLED },
  { "outputs", 0, "SIMD", true, WINDOW },
  { 0 },
};
const SimditSpecTile simdit_spec_tiles_normalisation[] = {
  { "inputs", 0, "VMEM1", false, MAP },
  { "inputs", 0, "SIMD", true, MAP },
  { 0 },
};

/* ---- tensors ---- */

/* A tensor of a layer, with the values that its place in the document is made of. */
typedef struct
{
  SimditJson list, tensor, tiling;
} Tensor;

static bool
find_tensor (const SimditJson *entry, const char *list, guint index, Tensor *found, GError **error)
{
  guint n;

  if (!simdit_json_require (entry, list, &found->list, error)
      || !simdit_json_expect_array (&found->list, &n, error))
    return false;
  if (index >= n)
    return simdit_json_fail (&found->list, error,
                             "its own tiling needs at least %u of them, got %u", index + 1, n);
  found->tensor = simdit_json_element (&found->list, index);
  return simdit_json_expect_object (&found->tensor, error);
}

static bool
find_tiling (const SimditJson *entry, const char *list, guint index, Tensor *found, GError **error)
{
  return find_tensor (entry, list, index, found, error)
         && simdit_json_require (&found->tensor, "tiling", &found->tiling, error)
         && simdit_json_expect_object (&found->tiling, error);
}

/* The width of a word is what digits there are in "dtype". */
static bool
read_width (const SimditJson *entry, const char *list, guint index, uint64_t *width, GError **error)
{
  Tensor at;
  SimditJson dtype;
  const char *text;
  uint64_t bits = 0;

  if (!find_tensor (entry, list, index, &at, error)
      || !simdit_json_require (&at.tensor, "dtype", &dtype, error)
      || !simdit_json_string (&dtype, &text, error))
    return false;
  for (const char *c = text; *c != '\0' && bits <= MAX_WIDTH; c++)
    if (g_ascii_isdigit (*c))
      bits = bits * 10 + (uint64_t) g_ascii_digit_value (*c);
  if (bits < 1 || bits > MAX_WIDTH)
    return simdit_json_fail (&dtype, error,
                             "expected a type of 1 to %d bits, like \"FXP32\", got \"%s\"",
                             MAX_WIDTH, text);
  *width = bits;
  return true;
}

static bool
read_widths (const SimditLayer *layer, const SimditJson *entry, uint64_t *widths, GError **error)
{
  uint64_t *of = widths;

  if (!read_width (entry, "outputs", 0, &of[SIMDIT_WIDTH_OUTPUT], error))
    return false;
  if (!simdit_operator_is_systolic (layer->op))
    return read_width (entry, "inputs", 0, &of[SIMDIT_WIDTH_ACCUMULATOR], error);
  of[SIMDIT_WIDTH_BIAS] = of[SIMDIT_WIDTH_ACCUMULATOR] = of[SIMDIT_WIDTH_OUTPUT];
  return read_width (entry, "inputs", 0, &of[SIMDIT_WIDTH_ACTIVATION], error)
         && read_width (entry, "inputs", 1, &of[SIMDIT_WIDTH_WEIGHT], error)
         && (!layer->op->spec_bias
             || read_width (entry, "inputs", 2, &of[SIMDIT_WIDTH_BIAS], error));
}

/* ---- tiles ---- */

static bool
read_extent (const SimditJson *place, const char *key, uint64_t *extent, GError **error)
{
  SimditJson member;

  return simdit_json_require (place, key, &member, error)
         && simdit_json_uint (&member, 1, SIMDIT_MAX_EXTENT, extent, error);
}

static void
set_all (SimditExtents *extents, uint64_t value)
{
  for (guint d = 0; d < SIMDIT_N_DIMS; d++)
    extents->of[d] = value;
}

static bool
read_tiles (const SimditLayer *layer, const SimditJson *entry, SimditSpecTiling *tiling,
            GError **error)
{
  for (const SimditSpecTile *from = layer->op->spec_tiles; from->list != NULL; from++)
    {
      SimditExtents *to = from->pass ? &tiling->pass : &tiling->tile;
      Tensor at;
      SimditJson place;

      if (!find_tiling (entry, from->list, from->index, &at, error)
          || !simdit_json_require (&at.tiling, from->place, &place, error)
          || !simdit_json_expect_object (&place, error))
        return false;
      for (const SimditSpecKey *key = from->keys; key->key != NULL; key++)
        if (!read_extent (&place, key->key, &to->of[key->dim], error))
          return false;
    }
  /* A window is never cut. */
  if (!simdit_operator_is_systolic (layer->op))
    {
      tiling->tile.of[D (KH)] = layer->extents.of[D (KH)];
      tiling->tile.of[D (KW)] = layer->extents.of[D (KW)];
    }
  return true;
}

/* ---- tiles of each tensor ---- */

/* The buffer that a tensor's tile is in: the first that is named. */
static bool
find_vector_memory (const SimditJson *tiling, SimditJson *place, GError **error)
{
  const char *key;

  for (guint i = 0; (key = simdit_json_key (tiling, i)) != NULL; i++)
    if (g_str_equal (key, "VMEM1") || g_str_equal (key, "VMEM2"))
      {
        *place = simdit_json_member (tiling, key);
        return simdit_json_expect_object (place, error);
      }
  return simdit_json_fail (tiling, error, "expected a key \"VMEM1\" or \"VMEM2\"");
}

static SimditDim
find_dim (const SimditOperator *op, const char *key)
{
  const SimditSpecKey *known = op->spec_keys;

  while (known->key != NULL && !g_str_equal (known->key, key))
    known++;
  return known->key != NULL ? known->dim : SIMDIT_N_DIMS;
}

/* Extents of @tensor that are in @volume; @order: as they follow each other in the file. */
static bool
read_tensor (const SimditOperator *op, const SimditJson *tiling, SimditDimSet volume,
             SimditSpecTensor *tensor, SimditDim *order, GError **error)
{
  SimditJson whole, part;
  const char *known[MAX_KEYS], *key;
  gsize n = 0;

  for (const SimditSpecKey *k = op->spec_keys; k->key != NULL; k++)
    if (volume & (1u << k->dim))
      known[n++] = k->key;
  if (!simdit_json_require (tiling, "DRAM", &whole, error)
      || !simdit_json_check_keys (&whole, known, n, error)
      || !find_vector_memory (tiling, &part, error)
      || !simdit_json_check_keys (&part, known, n, error))
    return false;
  for (guint i = 0; (key = simdit_json_key (&whole, i)) != NULL; i++)
    {
      SimditDim dim = find_dim (op, key);

      if (!read_extent (&whole, key, &tensor->extents.of[dim], error)
          || !read_extent (&part, key, &tensor->tile.of[dim], error))
        return false;
      *order++ = dim;
    }
  *order = SIMDIT_N_DIMS;
  return true;
}

/* Sizes that are not checked with those of the program. */
static bool
check_size (const SimditJson *place, const SimditSpecTensor *tensor, uint64_t width, GError **error)
{
  const SimditExtents *sizes[] = { &tensor->extents, &tensor->tile };
  uint64_t bits;

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    if (!simdit_checked_product (sizes[i]->of, SIMDIT_N_LOOP_DIMS, SIMDIT_MAX_VOLUME / width,
                                 &bits))
      return simdit_json_fail (place, error, "the tensor is too large; expected smaller extents");
  return true;
}

static bool
read_tensors (const SimditLayer *layer, const SimditJson *entry, SimditSpecTiling *tiling,
              GError **error)
{
  SimditSpecTensor output = { 0 };
  SimditDim order[SIMDIT_N_LOOP_DIMS + 1];
  guint n_loads = 0;
  Tensor at;

  for (const SimditOperandRow *row = layer->op->operands; row->volume != 0; row++)
    {
      bool load = row->direction == SIMDIT_LOAD;
      SimditSpecTensor *tensor = load ? &tiling->loads[n_loads] : &output;

      set_all (&tensor->extents, 1);
      set_all (&tensor->tile, 1);
      if (!find_tiling (entry, load ? "inputs" : "outputs", load ? n_loads : 0, &at, error)
          || !read_tensor (layer->op, &at.tiling, row->volume, tensor, load ? order : tiling->order,
                           error)
          || !check_size (&at.tiling, tensor, tiling->widths[row->width], error))
        return false;
      n_loads += load;
    }
  /* The reference would load another operand of a reduction, for which there is no row. */
  if (layer->op->uncounted != 0)
    {
      SimditJson inputs = simdit_json_member (entry, "inputs");
      guint n;

      if (!simdit_json_expect_array (&inputs, &n, error))
        return false;
      if (n > n_loads)
        return simdit_json_fail (&inputs, error, "expected %u to be reduced, got %u", n_loads, n);
    }
  /* The output lacks what is reduced. */
  for (guint d = 0; d < SIMDIT_N_LOOP_DIMS; d++)
    if (layer->op->uncounted & (1u << d))
      output.extents.of[d] = output.tile.of[d] = layer->extents.of[d];
  tiling->extents = output.extents;
  tiling->tile = output.tile;
  tiling->has_tensors = true;
  return true;
}

static bool
read_tiling (const SimditLayer *layer, const SimditJson *entry, SimditSpecTiling *tiling,
             GError **error)
{
  tiling->has_tile = true;
  tiling->extents = layer->extents;
  set_all (&tiling->tile, 1);
  set_all (&tiling->pass, 1);
  return read_widths (layer, entry, tiling->widths, error)
         && (layer->op->spec_tiles != NULL ? read_tiles (layer, entry, tiling, error)
                                           : read_tensors (layer, entry, tiling, error));
}

/* ---- loop orders ---- */

/* Those that the reference has a model for, outermost first. */
typedef struct
{
  SimditDim loops[SIMDIT_N_LOOP_DIMS]; /* ends with SIMDIT_N_DIMS */
  SimditDimSet reloads;
} LoopOrder;

static const LoopOrder loop_orders[] = {
  { { D (OC), D (IC), D (KH), D (KW), D (N), D (OH), D (OW), SIMDIT_N_DIMS }, 0 },
  { { D (OC), D (N), D (IC), D (KH), D (KW), D (OH), D (OW), SIMDIT_N_DIMS }, SIMDIT_DIM (N) },
  { { D (OC), D (IC), D (N), SIMDIT_N_DIMS }, 0 },
};

static const char *
find_key (const SimditOperator *op, SimditDim dim)
{
  const SimditSpecKey *key = op->spec_keys;

  while (key->key != NULL && key->dim != dim)
    key++;
  return key->key;
}

/* Whether @order has the loops of @op: each that it needs, no other. */
static bool
is_order_of (const LoopOrder *order, const SimditOperator *op)
{
  guint n = 0;

  for (const SimditDim *dim = order->loops; *dim != SIMDIT_N_DIMS; dim++, n++)
    if (find_key (op, *dim) == NULL)
      return false;
  for (const SimditSpecKey *key = op->spec_keys; key->key != NULL; key++)
    n -= key->dim != SIMDIT_N_DIMS;
  return n == 0;
}

static bool
matches (const LoopOrder *order, const SimditOperator *op, const SimditJson *dimensions)
{
  guint i = 0;
  const char *key;

  for (; (key = simdit_json_key (dimensions, i)) != NULL; i++)
    if (order->loops[i] == SIMDIT_N_DIMS || find_dim (op, key) != order->loops[i])
      return false;
  return order->loops[i] == SIMDIT_N_DIMS;
}

static bool
fail_order (const SimditOperator *op, const SimditJson *dimensions, GError **error)
{
  g_autoptr (GString) text = g_string_new ("expected the keys in an order that SimDIT models: ");
  const char *separator = "", *key;

  for (gsize i = 0; i < G_N_ELEMENTS (loop_orders); i++)
    if (is_order_of (&loop_orders[i], op))
      for (const SimditDim *dim = loop_orders[i].loops; *dim != SIMDIT_N_DIMS; dim++)
        {
          bool last = dim[1] == SIMDIT_N_DIMS;

          g_string_append_printf (text, "%s%s", separator, find_key (op, *dim));
          separator = last ? " or " : " ";
        }
  g_string_append (text, "; got");
  for (guint i = 0; (key = simdit_json_key (dimensions, i)) != NULL; i++)
    g_string_append_printf (text, " %s", key);
  simdit_json_fail (dimensions, error, "%s", text->str);
  return false;
}

/* The keys are the loops, outermost first. */
static bool
read_loop_order (const SimditLayer *layer, const SimditJson *entry, SimditSpecTiling *tiling,
                 GError **error)
{
  SimditJson dimensions;
  const char *first;

  if (!simdit_json_require (entry, "iterable_dimensions", &dimensions, error)
      || !simdit_json_expect_object (&dimensions, error))
    return false;
  first = simdit_json_key (&dimensions, 0);
  if (!simdit_operator_is_systolic (layer->op))
    return !layer->op->channels_outermost || find_dim (layer->op, first) == D (OC)
           || simdit_json_fail (&dimensions, error, "expected the key \"C\" first, got \"%s\"",
                                first);
  for (gsize i = 0; i < G_N_ELEMENTS (loop_orders); i++)
    if (matches (&loop_orders[i], layer->op, &dimensions))
      {
        tiling->reloads = loop_orders[i].reloads;
        return true;
      }
  return fail_order (layer->op, &dimensions, error);
}

/* ---- networks ---- */

static bool
read_layers (const SimditNetwork *network, const SimditJson *program, SimditSpecWish wish,
             SimditSpecTiling *tilings, GError **error)
{
  for (guint i = 0; i < network->layers->len; i++)
    {
      const SimditLayer *layer = simdit_network_layer (network, i);
      SimditJson entry = simdit_json_element (program, i);

      /* The reference knows some by heart. */
      if (layer->op->unit == SIMDIT_UNIT_NONE || layer->op->fixed != NULL)
        continue;
      if ((wish.tiles && !read_tiling (layer, &entry, &tilings[i], error))
          || (wish.loop_order && !read_loop_order (layer, &entry, &tilings[i], error)))
        return false;
    }
  return true;
}

SimditSpecTiling *
simdit_spec_read_tilings (const SimditNetwork *network, SimditSpecWish wish, GError **error)
{
  g_autofree SimditSpecTiling *tilings = g_new0 (SimditSpecTiling, network->layers->len);
  g_autoptr (SimditJsonDocument) document = NULL;
  SimditJson root, program;

  document = simdit_json_parse (network->source, -1, network->file, error);
  if (document == NULL)
    return NULL;
  root = simdit_json_root (document);
  program = simdit_json_member (&root, "program");
  if (program.node == NULL)
    {
      simdit_json_fail (
          &root, error,
          "tilings and loop orders are in SimDIT specs; expected one, with \"mode\" and "
          "\"program\"");
      return NULL;
    }
  return read_layers (network, &program, wish, tilings, error) ? g_steal_pointer (&tilings) : NULL;
}
