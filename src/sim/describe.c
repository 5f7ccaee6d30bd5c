/* The program of a network as a table. */
#include "sim/result-private.h"
#include "workload/network-private.h"

typedef struct
{
  uint64_t layer;
  const char *name, *operation, *unit, *phase;
  uint64_t n, ic, oc, ih, iw, kh, kw, oh, ow, stride;
  const char *batch, *inputs;
} Row;

#define FIELD(member, type, help)                                                                  \
  {                                                                                                \
    { #member, "", help, SIMDIT_COLUMN_##type, true }, offsetof (Row, member)                      \
  }

static const SimditField fields[] = {
  FIELD (layer, INDEX, "position in the program, from 0"),
  FIELD (name, TEXT, "the network's name for the layer"),
  FIELD (operation, TEXT, "what it computes"),
  FIELD (unit, TEXT, "where: pe_array, simd_array, or none for a row that costs nothing"),
  FIELD (phase, TEXT, "part of a training iteration"),
  FIELD (n, INDEX, "images, or rows of parameters"),
  FIELD (ic, INDEX, "input channels of a convolution or gemm"),
  FIELD (oc, INDEX, "output channels"),
  FIELD (ih, INDEX, "rows of the input, padding included"),
  FIELD (iw, INDEX, "columns of the input, padding included"),
  FIELD (kh, INDEX, "rows of the window"),
  FIELD (kw, INDEX, "columns of the window"),
  FIELD (oh, INDEX, "rows of the output"),
  FIELD (ow, INDEX, "columns of the output"),
  FIELD (stride, INDEX, "of the window"),
  FIELD (batch, TEXT, "the extent that the batch replaces"),
  FIELD (inputs, TEXT, "layers (layer.output for all but the first output) and outer tensors"),
};

static const SimditTableInfo table = { .fields = fields,
                                       .n_fields = G_N_ELEMENTS (fields),
                                       .row_size = sizeof (Row) };

static char *
list_inputs (const SimditNetwork *network, const SimditLayer *layer)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < layer->n_inputs; i++)
    {
      int32_t from = layer->inputs[i];

      if (i > 0)
        g_string_append_c (text, ' ');
      if (from < 0)
        g_string_append (text, simdit_network_tensor (network, (guint) (-1 - from))->name);
      else
        g_string_append_printf (text, "%d", from);
      if (from >= 0 && layer->ports != NULL && layer->ports[i] > 0)
        g_string_append_printf (text, ".%u", layer->ports[i]);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static const char *
batch_name (const SimditLayer *layer)
{
  if (layer->batch == SIMDIT_N_DIMS || layer->op->unit == SIMDIT_UNIT_NONE)
    return "";
  return layer->batch == SIMDIT_DIM_IC ? "ic" : "n";
}

SimditResult *
simdit_network_describe (const SimditNetwork *network)
{
  SimditResult *self = simdit_result_new (&table, 0, network->layers->len);

  for (guint i = 0; i < network->layers->len; i++)
    {
      const SimditLayer *layer = simdit_network_layer (network, i);
      const uint64_t *of = layer->extents.of;
      g_autofree char *inputs = list_inputs (network, layer);
      Row row = { .layer = i,
                  .name = layer->name,
                  .operation = layer->op->name,
                  .unit = simdit_unit_name (layer->op->unit),
                  .phase = simdit_stage_name (layer->stage),
                  .n = of[SIMDIT_DIM_N],
                  .ic = of[SIMDIT_DIM_IC],
                  .oc = of[SIMDIT_DIM_OC],
                  .ih = of[SIMDIT_DIM_IH],
                  .iw = of[SIMDIT_DIM_IW],
                  .kh = of[SIMDIT_DIM_KH],
                  .kw = of[SIMDIT_DIM_KW],
                  .oh = of[SIMDIT_DIM_OH],
                  .ow = of[SIMDIT_DIM_OW],
                  .stride = layer->stride,
                  .batch = batch_name (layer),
                  .inputs = inputs };

      simdit_result_add (self, &row);
    }
  return self;
}
