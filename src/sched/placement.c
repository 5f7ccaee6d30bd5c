#include "sched/placement.h"

#include "base/arith.h"

#define PAGE_BYTES 4096
#define MAX_OUTPUTS 3

struct SimditPlacement
{
  uint64_t bytes;                   /* given away so far */
  uint64_t *tensors;                /* owned: [byte] by tensor of the network */
  uint64_t (*outputs)[MAX_OUTPUTS]; /* owned: [byte] by layer */
  SimditAddresses *layers;          /* owned */
};

/* Room for @volume words. Absurd sizes wrap around like any address beyond the memory. */
static uint64_t
allocate (SimditPlacement *self, uint64_t volume, uint64_t width)
{
  uint64_t base = self->bytes;

  self->bytes += simdit_round_up (simdit_ceil_div (volume * width, 8), PAGE_BYTES);
  return base;
}

/* The widest that a word may be stored. */
static uint64_t
widest_word (const SimditMachine *machine)
{
  uint64_t widths[] = {
    machine->weight_width,          machine->activation_width,    machine->bias_width,
    machine->accumulator_width,     machine->stored_weight_width, machine->stored_activation_width,
    machine->stored_gradient_width, machine->stored_state_width
  };
  uint64_t widest = 1;

  for (guint i = 0; i < G_N_ELEMENTS (widths); i++)
    widest = MAX (widest, widths[i]);
  return widest;
}

/* ---- extents ---- */

/* Rows or columns of what a layer stores: its output, or the input that it makes a gradient of. */
static uint64_t
output_extent (const SimditLayer *layer, SimditDim out, SimditDim in, uint64_t input)
{
  for (const SimditOperandRow *row = layer->op->operands; row != NULL && row->volume != 0; row++)
    if (row->direction == SIMDIT_STORE && (row->volume & (1u << in)))
      return input != 0 ? input : layer->extents.of[in];
  return layer->extents.of[out];
}

/* The layer or tensor behind views; negative as in SimditLayer.inputs. */
static int32_t
look_through (const SimditNetwork *network, int32_t from)
{
  while (from >= 0)
    {
      const SimditLayer *layer = simdit_network_layer (network, (guint) from);

      if (layer->op->unit != SIMDIT_UNIT_NONE || layer->n_inputs == 0)
        break;
      from = layer->inputs[0];
    }
  return from;
}

/* Rows and columns of the first input, where the network says whose output that is. */
static void
set_input_extents (const SimditNetwork *network, const SimditLayer *layer, SimditExtents *stored)
{
  uint64_t *h = &stored->of[SIMDIT_DIM_IH], *w = &stored->of[SIMDIT_DIM_IW];
  int32_t from;

  if (layer->n_inputs == 0)
    return;
  from = layer->inputs[0];
  if (from < 0)
    {
      *h = simdit_network_tensor (network, (guint) (-1 - from))->shape[2];
      *w = simdit_network_tensor (network, (guint) (-1 - from))->shape[3];
      return;
    }
  layer = simdit_network_layer (network, (guint) from);
  if (layer->op->unit == SIMDIT_UNIT_NONE)
    return; /* a flattened one is read as a vector */
  *h = output_extent (layer, SIMDIT_DIM_OH, SIMDIT_DIM_IH, layer->in_h);
  *w = output_extent (layer, SIMDIT_DIM_OW, SIMDIT_DIM_IW, layer->in_w);
}

static bool
stores_input_gradient (const SimditLayer *layer)
{
  for (const SimditOperandRow *row = layer->op->operands; row->volume != 0; row++)
    if (row->direction == SIMDIT_STORE && (row->volume & SIMDIT_DIM (IH)))
      return true;
  return false;
}

static void
set_extents (const SimditSchedule *schedule, const SimditLayer *layer, SimditAddresses *addresses)
{
  SimditExtents *stored = &addresses->stored;

  *stored = simdit_schedule_extents (schedule, layer);
  simdit_extents_set_input (stored, layer->stride);
  addresses->pad_h = layer->pad_h;
  addresses->pad_w = layer->pad_w;
  if (stores_input_gradient (layer))
    {
      stored->of[SIMDIT_DIM_IH] = output_extent (layer, SIMDIT_DIM_OH, SIMDIT_DIM_IH, layer->in_h);
      stored->of[SIMDIT_DIM_IW] = output_extent (layer, SIMDIT_DIM_OW, SIMDIT_DIM_IW, layer->in_w);
    }
  else
    set_input_extents (schedule->network, layer, stored);
}

/* ---- bases ---- */

typedef struct
{
  SimditPlacement *placement;
  const SimditSchedule *schedule;
  uint64_t width;
  guint layer;
  guint n_inputs, n_outputs; /* rows seen so far */
  uint64_t spill;            /* [byte] of the intermediate; UINT64_MAX: none yet */
} Placing;

static uint64_t
allocate_row (const Placing *self, const SimditOperandRow *row)
{
  const SimditAddresses *addresses = &self->placement->layers[self->layer];

  return allocate (self->placement, simdit_extents_volume (&addresses->stored, row->volume),
                   self->width);
}

/* Where input @index of the layer is; a network without an edge for it has it nowhere else. */
static uint64_t
input_base (const Placing *self, const SimditOperandRow *row, guint index)
{
  const SimditNetwork *network = self->schedule->network;
  const SimditLayer *layer = simdit_network_layer (network, self->layer);
  int32_t from;

  if (index >= layer->n_inputs)
    return allocate_row (self, row);
  from = look_through (network, layer->inputs[index]);
  if (from < 0)
    return self->placement->tensors[-1 - from];
  return self->placement
      ->outputs[from]
               [from == layer->inputs[index] && layer->ports != NULL ? layer->ports[index] : 0];
}

static uint64_t
output_base (Placing *self, const SimditOperandRow *row)
{
  const SimditLayer *layer = simdit_network_layer (self->schedule->network, self->layer);
  guint index = self->n_outputs++;
  uint64_t base;

  if (layer->stage == SIMDIT_STAGE_UPDATE) /* parameter, gradient, state ... */
    base = input_base (self, row, index == 0 ? 0 : index + 1);
  else
    base = allocate_row (self, row);
  self->placement->outputs[self->layer][MIN (index, MAX_OUTPUTS - 1)] = base;
  return base;
}

static uint64_t
spill_base (Placing *self, const SimditOperandRow *row)
{
  if (self->spill == UINT64_MAX)
    self->spill = allocate_row (self, row);
  return self->spill;
}

static uint64_t
base_of (Placing *self, const SimditOperandRow *row)
{
  switch (row->operand)
    {
    case SIMDIT_OPERAND_WEIGHTS:
      return input_base (self, row, 1);
    case SIMDIT_OPERAND_BIAS:
      return input_base (self, row, 2);
    case SIMDIT_OPERAND_IFMAP:
      return input_base (self, row, self->n_inputs++);
    case SIMDIT_OPERAND_OFMAP:
      return row->buffer == SIMDIT_BUFFER_OBUF ? self->placement->outputs[self->layer][0]
                                               : output_base (self, row);
    default:
      return row->buffer == SIMDIT_BUFFER_OBUF ? self->placement->outputs[self->layer][0]
                                               : spill_base (self, row);
    }
}

static void
place_layer (SimditPlacement *self, const SimditSchedule *schedule, guint index)
{
  const SimditLayer *layer = simdit_network_layer (schedule->network, index);
  SimditAddresses *addresses = &self->layers[index];
  Placing placing = { .placement = self,
                      .schedule = schedule,
                      .width = widest_word (schedule->machine),
                      .layer = index,
                      .spill = UINT64_MAX };

  addresses->channels_first = schedule->machine->channels_first;
  if (layer->op->unit == SIMDIT_UNIT_NONE)
    return;
  set_extents (schedule, layer, addresses);
  /* The PE array comes back to its output, and its row is the last. */
  for (const SimditOperandRow *row = layer->op->operands; row->volume != 0; row++)
    if (row->operand == SIMDIT_OPERAND_OFMAP && row->buffer == SIMDIT_BUFFER_OBUF)
      output_base (&placing, row);
  for (const SimditOperandRow *row = layer->op->operands; row->volume != 0; row++)
    addresses->bases[row - layer->op->operands] = base_of (&placing, row);
}

static void
place_tensors (SimditPlacement *self, const SimditSchedule *schedule)
{
  const SimditNetwork *network = schedule->network;
  uint64_t width = widest_word (schedule->machine);

  for (guint i = 0; i < network->tensors->len; i++)
    {
      const SimditTensor *tensor = simdit_network_tensor (network, i);
      bool is_batch = tensor->kind == SIMDIT_TENSOR_INPUT || tensor->kind == SIMDIT_TENSOR_TARGET;
      uint64_t volume = is_batch ? schedule->batch : 1;

      for (guint d = 0; d < G_N_ELEMENTS (tensor->shape); d++)
        volume *= tensor->shape[d];
      self->tensors[i] = allocate (self, volume, width);
    }
}

SimditPlacement *
simdit_placement_new (const SimditSchedule *schedule)
{
  SimditPlacement *self = g_new0 (SimditPlacement, 1);
  guint n = schedule->network->layers->len;

  self->tensors = g_new0 (uint64_t, schedule->network->tensors->len);
  self->outputs = g_malloc0_n (n, sizeof *self->outputs);
  self->layers = g_new0 (SimditAddresses, n);
  place_tensors (self, schedule);
  for (guint i = 0; i < n; i++)
    place_layer (self, schedule, i);
  return self;
}

void
simdit_placement_free (SimditPlacement *self)
{
  if (self == NULL)
    return;
  g_free (self->tensors);
  g_free (self->outputs);
  g_free (self->layers);
  g_free (self);
}

const SimditAddresses *
simdit_placement_get (const SimditPlacement *self, guint index)
{
  return &self->layers[index];
}

uint64_t
simdit_placement_bytes (const SimditPlacement *self)
{
  return self->bytes;
}
