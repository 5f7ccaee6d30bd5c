#include "explore/layers.h"

#include "sim/slot-counters.h"

#include <math.h>
#include <simdit/error.h>
#include <string.h>

#define ROOMY_BITS (UINT64_C (1) << 48) /* everything fits */
#define BITS_PER_KIB 8192
#define MOST_CYCLES 0x1p44

static SimditSchedule
schedule_of (const SimditUniqueLayers *self, guint workload, const SimditMachine *machine)
{
  const SimditWorkload *work = simdit_request_workload (self->request, workload);

  /* As estimates have it: see simdit_estimate(). */
  return (SimditSchedule){ .machine = machine,
                           .network = work->network,
                           .batch = work->batch,
                           .pipeline = self->request->compatible ? SIMDIT_PIPELINE_LOCKSTEP
                                                                 : SIMDIT_PIPELINE_DECOUPLED };
}

static bool
is_training (const SimditUniqueLayers *self, const SimditUniqueLayer *layer)
{
  return simdit_request_workload (self->request, layer->workload)->network->mode
         == SIMDIT_MODE_TRAINING;
}

static bool
are_equal (const SimditUniqueLayers *self, const SimditUniqueLayer *a, const SimditUniqueLayer *b)
{
  const SimditProgram *p = &a->program, *q = &b->program;

  return p->op == q->op && p->stride == q->stride && is_training (self, a) == is_training (self, b)
         && memcmp (&p->extents, &q->extents, sizeof p->extents) == 0
         && memcmp (p->widths, q->widths, sizeof p->widths) == 0
         && memcmp (p->dram_widths, q->dram_widths, sizeof p->dram_widths) == 0;
}

static void
add_layer (const SimditUniqueLayers *self, GArray *layers, const SimditUniqueLayer *layer)
{
  for (guint i = 0; i < layers->len; i++)
    if (are_equal (self, simdit_unique_layer (layers, i), layer))
      {
        g_array_index (layers, SimditUniqueLayer, i).times += layer->times;
        return;
      }
  g_array_append_val (layers, *layer);
}

static bool
add_workload (SimditUniqueLayers *self, guint workload, const SimditMachine *roomy, GError **error)
{
  SimditSchedule schedule = schedule_of (self, workload, roomy);

  for (guint i = 0; i < schedule.network->layers->len; i++)
    {
      const SimditOperator *op = simdit_network_layer (schedule.network, i)->op;
      SimditUniqueLayer layer = {
        .workload = workload,
        .index = i,
        .times = simdit_request_workload (self->request, workload)->weight
      };

      if (op->unit == SIMDIT_UNIT_NONE)
        continue;
      if (!simdit_schedule_layer (&schedule, i, &layer.program, error))
        return false;
      add_layer (self, simdit_operator_is_systolic (op) ? self->array : self->simd, &layer);
    }
  return true;
}

SimditUniqueLayers *
simdit_unique_layers_new (const SimditRequest *request, SimditArrayShape shape, GError **error)
{
  g_autoptr (SimditUniqueLayers) self = g_new0 (SimditUniqueLayers, 1);
  SimditMachine roomy = *request->machine;

  self->request = request;
  self->shape = shape;
  self->array = g_array_new (FALSE, FALSE, sizeof (SimditUniqueLayer));
  self->simd = g_array_new (FALSE, FALSE, sizeof (SimditUniqueLayer));
  roomy.rows = shape.rows;
  roomy.columns = shape.columns;
  roomy.wbuf_bits = roomy.ibuf_bits = roomy.obuf_bits = roomy.vmem_bits = ROOMY_BITS;
  for (guint w = 0; w < request->workloads->len; w++)
    if (!add_workload (self, w, &roomy, error))
      return NULL;
  if (self->array->len + self->simd->len > SIMDIT_MAX_UNIQUE_LAYERS)
    {
      g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_CAPACITY,
                   "the workloads have %u different layers; expected at most %u",
                   self->array->len + self->simd->len, SIMDIT_MAX_UNIQUE_LAYERS);
      return NULL;
    }
  return g_steal_pointer (&self);
}

void
simdit_unique_layers_free (SimditUniqueLayers *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->array);
  g_array_unref (self->simd);
  g_free (self);
}

void
simdit_machine_set_size (SimditMachine *machine, guint parameter, uint64_t kib)
{
  switch (parameter)
    {
    case SIMDIT_PARAMETER_WBUF:
      machine->wbuf_bits = kib * BITS_PER_KIB;
      break;
    case SIMDIT_PARAMETER_IBUF:
      machine->ibuf_bits = kib * BITS_PER_KIB;
      break;
    case SIMDIT_PARAMETER_OBUF:
      machine->obuf_bits = kib * (BITS_PER_KIB / 2);
      break;
    default:
      machine->vmem_bits = kib * (BITS_PER_KIB / 2);
    }
}

SimditMachine
simdit_design_machine (const SimditRequest *request, SimditArrayShape shape,
                       const uint64_t *parameters)
{
  SimditMachine machine = *request->machine;

  machine.rows = shape.rows;
  machine.columns = shape.columns;
  for (guint p = 0; p < SIMDIT_N_SRAM_PARAMETERS; p++)
    simdit_machine_set_size (&machine, p, parameters[p]);
  machine.param_port = parameters[SIMDIT_PARAMETER_PARAM_PORT];
  machine.ibuf_port = parameters[SIMDIT_PARAMETER_IBUF_PORT];
  machine.obuf_port = parameters[SIMDIT_PARAMETER_OBUF_PORT];
  machine.simd_port = parameters[SIMDIT_PARAMETER_SIMD_PORT];
  return machine;
}

bool
simdit_unique_layer_schedule (const SimditUniqueLayers *self, const SimditUniqueLayer *layer,
                              const SimditMachine *machine, SimditProgram *program)
{
  SimditSchedule schedule = schedule_of (self, layer->workload, machine);

  return simdit_schedule_layer (&schedule, layer->index, program, NULL);
}

int64_t
simdit_scaled_cycles (double cycles, uint64_t times)
{
  double all = cycles * (double) times;

  return (int64_t) llrint (MIN (all, MOST_CYCLES) * SIMDIT_CYCLE_FRACTION);
}

int64_t
simdit_unique_layer_cycles (const SimditUniqueLayers *self, const SimditUniqueLayer *layer,
                            const SimditMachine *machine)
{
  SimditProgram program;
  SimditModelLayer model;
  SimditLayerCost compatible;
  SimditSlotCost exact;

  if (!simdit_unique_layer_schedule (self, layer, machine, &program))
    return SIMDIT_NO_CYCLES;
  simdit_model_layer_init (&model, machine, &program, is_training (self, layer), NULL);
  if (!self->request->compatible)
    {
      simdit_model_slots (&model, &exact);
      return simdit_scaled_cycles ((double) exact.total, layer->times);
    }
  simdit_model_compatible (&model, &compatible);
  return simdit_scaled_cycles (compatible.total, layer->times);
}

int64_t
simdit_plain_cycles (const SimditUniqueLayers *self, const uint64_t *parameters)
{
  SimditMachine machine = simdit_design_machine (self->request, self->shape, parameters);
  const GArray *groups[] = { self->array, self->simd };
  int64_t sum = 0;

  for (guint g = 0; g < G_N_ELEMENTS (groups); g++)
    for (guint i = 0; i < groups[g]->len; i++)
      {
        int64_t cycles = simdit_unique_layer_cycles (self, simdit_unique_layer (groups[g], i),
                                                     &machine);

        if (cycles == SIMDIT_NO_CYCLES)
          return SIMDIT_NO_CYCLES;
        sum += cycles;
      }
  return sum;
}

/* ---- counters ---- */

void
simdit_counter_sums_add (SimditCounterSums *self, const SimditProgram *program,
                         const SimditSlotCost *cost, uint64_t times)
{
  uint64_t counters[SIMDIT_N_COUNTERS];

  simdit_slot_counters (program, cost, counters);
  for (guint i = 0; i < SIMDIT_N_COUNTERS; i++)
    self->of[i] += (double) counters[i] * (double) times;
}

void
simdit_counter_sums_join (SimditCounterSums *self, const SimditCounterSums *other)
{
  for (guint i = 0; i < SIMDIT_N_COUNTERS; i++)
    self->of[i] += other->of[i];
}

bool
simdit_unique_layer_count (const SimditUniqueLayers *self, const SimditUniqueLayer *layer,
                           const SimditMachine *machine, SimditCounterSums *sums)
{
  SimditProgram program;
  SimditModelLayer model;
  SimditSlotCost cost;

  if (!simdit_unique_layer_schedule (self, layer, machine, &program))
    return false;
  simdit_model_layer_init (&model, machine, &program, is_training (self, layer), NULL);
  simdit_model_slots (&model, &cost);
  simdit_counter_sums_add (sums, &program, &cost, layer->times);
  return true;
}
