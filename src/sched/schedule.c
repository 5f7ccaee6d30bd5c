#include "sched/schedule.h"

#include "base/arith.h"
#include "sched/placement.h"
#include "sched/tiler.h"

#include <simdit/error.h>
#include <string.h>

bool
simdit_schedule_check_batch (uint64_t batch, GError **error)
{
  if (batch >= 1 && batch <= SIMDIT_MAX_BATCH)
    return true;
  g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_INVALID,
               "batch: expected an integer from 1 to %d, got %" G_GUINT64_FORMAT, SIMDIT_MAX_BATCH,
               batch);
  return false;
}

SimditExtents
simdit_schedule_extents (const SimditSchedule *self, const SimditLayer *layer)
{
  SimditExtents extents = layer->extents;

  if (layer->batch != SIMDIT_N_DIMS)
    extents.of[layer->batch] = self->batch;
  return extents;
}

static void
pad_channels (const SimditMachine *machine, const SimditOperator *op, SimditExtents *extents)
{
  if (op->fixed != NULL)
    return;
  extents->of[SIMDIT_DIM_OC] = simdit_round_up (extents->of[SIMDIT_DIM_OC], machine->columns);
  if (simdit_operator_is_systolic (op))
    extents->of[SIMDIT_DIM_IC] = simdit_round_up (extents->of[SIMDIT_DIM_IC], machine->rows);
}

static bool
feeds_array (const SimditNetwork *network, guint index)
{
  return index + 1 < network->layers->len
         && simdit_operator_is_systolic (simdit_network_layer (network, index + 1)->op);
}

static void
set_widths (const SimditSchedule *self, guint index, uint64_t *widths)
{
  const SimditMachine *machine = self->machine;
  const SimditOperator *op = simdit_network_layer (self->network, index)->op;

  if (op->fixed != NULL)
    {
      memcpy (widths, op->fixed->widths, sizeof op->fixed->widths);
      return;
    }
  widths[SIMDIT_WIDTH_WEIGHT] = machine->weight_width;
  widths[SIMDIT_WIDTH_ACTIVATION] = machine->activation_width;
  widths[SIMDIT_WIDTH_BIAS] = machine->bias_width;
  widths[SIMDIT_WIDTH_ACCUMULATOR] = machine->accumulator_width;
  widths[SIMDIT_WIDTH_OUTPUT] = feeds_array (self->network, index) ? machine->activation_width
                                                                   : machine->accumulator_width;
}

/* The width that the machine stores tensors of a class in; 0: as usual. */
static uint64_t
stored_width (const SimditMachine *machine, SimditTensorClass class)
{
  const uint64_t widths[SIMDIT_N_CLASSES] = {
    [SIMDIT_CLASS_ACTIVATION] = machine->stored_activation_width,
    [SIMDIT_CLASS_WEIGHT] = machine->stored_weight_width,
    [SIMDIT_CLASS_GRADIENT] = machine->stored_gradient_width,
    [SIMDIT_CLASS_STATE] = machine->stored_state_width,
  };

  return widths[class];
}

static void
override (uint64_t *width, uint64_t stored)
{
  if (stored != 0)
    *width = stored;
}

/* The PE array takes words as they are stored; its psums stay as wide as the accumulators. */
static void
set_array_widths (const SimditSchedule *self, const SimditLayer *layer, SimditProgram *program)
{
  const SimditMachine *machine = self->machine;
  SimditTensorClass ifmap = simdit_network_input_class (self->network, layer, 0);
  SimditTensorClass weight = simdit_network_input_class (self->network, layer, 1);

  override (&program->widths[SIMDIT_WIDTH_ACTIVATION], stored_width (machine, ifmap));
  override (&program->widths[SIMDIT_WIDTH_WEIGHT], stored_width (machine, weight));
  override (&program->widths[SIMDIT_WIDTH_BIAS], stored_width (machine, SIMDIT_CLASS_WEIGHT));
  for (const SimditOperandRow *row = layer->op->operands; row->volume != 0; row++)
    if (row->operand == SIMDIT_OPERAND_OFMAP)
      program->dram_widths[row - layer->op->operands] = stored_width (machine, layer->makes);
}

/*
 * The SIMD array widens what it loads, so that only transfers change. Its loads are the layer's
 * inputs in order, its stores the outputs.
 */
static void
set_simd_widths (const SimditSchedule *self, const SimditLayer *layer, SimditProgram *program)
{
  const SimditMachine *machine = self->machine;
  guint n_loads = 0, n_stores = 0;
  SimditTensorClass class;

  override (&program->widths[SIMDIT_WIDTH_OUTPUT], stored_width (machine, layer->makes));
  for (const SimditOperandRow *row = layer->op->operands; row->volume != 0; row++)
    {
      if (row->operand == SIMDIT_OPERAND_IFMAP)
        class = simdit_network_input_class (self->network, layer, n_loads++);
      else if (row->operand != SIMDIT_OPERAND_OFMAP)
        continue; /* a spilled intermediate */
      else if (n_stores++ > 0 && layer->makes == SIMDIT_CLASS_WEIGHT)
        class = SIMDIT_CLASS_STATE;
      else
        class = layer->makes;
      program->dram_widths[row - layer->op->operands] = stored_width (machine, class);
    }
}

static bool
set_tile (const SimditSchedule *self, SimditProgram *program, GError **error)
{
  SimditTilingProblem problem = { .machine = self->machine,
                                  .op = program->op,
                                  .extents = program->extents,
                                  .stride = program->stride };

  if (program->op->fixed != NULL)
    {
      program->tile = program->op->fixed->tile;
      return true;
    }
  memcpy (problem.widths, program->widths, sizeof problem.widths);
  return simdit_tile (&problem, &program->tile, error);
}

/* Extents, widths and tile as the tiler makes them. */
static bool
cut_by_tiler (const SimditSchedule *self, guint index, SimditProgram *program, GError **error)
{
  const SimditLayer *layer = simdit_network_layer (self->network, index);

  program->extents = simdit_schedule_extents (self, layer);
  pad_channels (self->machine, layer->op, &program->extents);
  set_widths (self, index, program->widths);
  if (simdit_operator_is_systolic (layer->op))
    set_array_widths (self, layer, program);
  else if (layer->op->fixed == NULL)
    set_simd_widths (self, layer, program);
  return set_tile (self, program, error);
}

/* The same as the spec has them (model 11.1). */
static void
cut_by_spec (const SimditSchedule *self, guint index, SimditProgram *program)
{
  const SimditSpecTiling *tiling = &self->tilings[index];

  program->extents = tiling->extents;
  program->tile = tiling->tile;
  memcpy (program->widths, tiling->widths, sizeof program->widths);
  if (feeds_array (self->network, index))
    program->widths[SIMDIT_WIDTH_OUTPUT] = self->machine->activation_width;
}

static bool
cut (const SimditSchedule *self, guint index, SimditProgram *program, GError **error)
{
  if (self->tilings == NULL || !self->tilings[index].has_tile)
    return cut_by_tiler (self, index, program, error);
  cut_by_spec (self, index, program);
  return true;
}

static SimditDiscipline
choose_discipline (const SimditSchedule *self, const SimditOperator *op)
{
  if (!simdit_operator_is_systolic (op) && !self->machine->vmem_double)
    return SIMDIT_DISCIPLINE_SERIAL;
  return self->pipeline == SIMDIT_PIPELINE_LOCKSTEP ? SIMDIT_DISCIPLINE_LOCKSTEP
                                                    : SIMDIT_DISCIPLINE_DECOUPLED;
}

bool
simdit_schedule_layer (const SimditSchedule *self, guint index, SimditProgram *program,
                       GError **error)
{
  const SimditLayer *layer = simdit_network_layer (self->network, index);

  program->op = layer->op;
  program->stride = layer->stride;
  program->discipline = choose_discipline (self, layer->op);
  memset (program->dram_widths, 0, sizeof program->dram_widths);
  if (self->placement != NULL)
    program->addresses = *simdit_placement_get (self->placement, index);
  if (cut (self, index, program, error) && simdit_program_build (program, error))
    return true;
  g_prefix_error (error, "%s: layer %u \"%s\" (%s) on %s: ", self->network->name, index,
                  layer->name, layer->op->name, self->machine->name);
  return false;
}

uint64_t
simdit_schedule_macs (const SimditSchedule *self, guint index)
{
  const SimditLayer *layer = simdit_network_layer (self->network, index);
  SimditExtents extents = simdit_schedule_extents (self, layer);

  if (!simdit_operator_is_systolic (layer->op))
    return 0;
  return simdit_extents_volume (&extents, SIMDIT_DIM (OC) | SIMDIT_DIM (IC) | SIMDIT_DIM (KH)
                                              | SIMDIT_DIM (KW) | SIMDIT_DIM (N) | SIMDIT_DIM (OH)
                                              | SIMDIT_DIM (OW));
}
