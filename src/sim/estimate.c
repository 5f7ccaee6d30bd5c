/*
 * Estimates of a network: the scheduler tiles each layer as for a run, the analytical model
 * (model/) says what it costs: with SimDIT's formulas, or exactly.
 */
#include <simdit/estimate.h>

#include "model/fusion.h"
#include "model/slots.h"
#include "sim/energy-result.h"
#include "sim/layer-result.h"
#include "sim/slot-counters.h"

#include <simdit/error.h>

#define BITS_PER_KIB 8192.0

typedef struct
{
  const char *name;
  SimditLayerCost cost; /* accesses in KiB here */
} CompatibleRow;

#define FIELD(name, member, unit, summary, help)                                                   \
  {                                                                                                \
    { name, unit, help, SIMDIT_COLUMN_AMOUNT, summary }, offsetof (CompatibleRow, cost.member)     \
  }
#define ACCESS(name, member, summary, help) FIELD (name, member, "KiB", summary, help)
#define CYCLES(name, member, help) FIELD (name, member, "cycle", true, help)

/* The reference's columns, under its names (model 9.1). */
static const SimditField compatible_fields[] = {
  { { "Layer name", "", "the kind of layer", SIMDIT_COLUMN_TEXT, true },
    offsetof (CompatibleRow, name) },
  ACCESS ("WBUF access", wbuf, false, "weights read by the PE array"),
  ACCESS ("IBUF access", ibuf, false, "inputs read by the PE array"),
  ACCESS ("OBUF access", obuf, false, "psums read and written by the PE array"),
  ACCESS ("BBUF access", bbuf, false, "biases read by the PE array"),
  ACCESS ("VMEM access", vmem, false, "words read and written by the SIMD array"),
  ACCESS ("IMM access", immediates, false, "immediates read"),
  ACCESS ("InsMem access", instructions, false, "SIMD instructions read"),
  ACCESS ("DRAM access filter", dram_weights, false, "weights loaded"),
  ACCESS ("DRAM access ifmap", dram_ifmap, false, "inputs loaded"),
  ACCESS ("DRAM access psum", dram_psum, false, "partial results stored and loaded again"),
  ACCESS ("DRAM access ofmap", dram_ofmap, false, "results stored"),
  ACCESS ("DRAM access bias", dram_bias, false, "biases loaded"),
  ACCESS ("total DRAM access", dram_total, true, "the sum of the five before"),
  CYCLES ("SA compute cycles", array_compute, "in which the PE array works"),
  CYCLES ("SA stall cycles", array_stall, "in which the PE array waits for transfers"),
  CYCLES ("SIMD compute cycles", simd_compute, "in which the SIMD array works"),
  CYCLES ("SIMD stall cycles", simd_stall, "in which the SIMD array waits for transfers"),
  CYCLES ("total cycles", total, "the sum of the four before"),
  FIELD ("Op count", operations, "operation", true,
         "two per multiply-accumulate (padded channels counted); SIMD operations by latency"),
};

static const SimditTableInfo compatible_table = { .fields = compatible_fields,
                                                  .n_fields = G_N_ELEMENTS (compatible_fields),
                                                  .row_size = sizeof (CompatibleRow) };

static bool
check_options (const SimditMachine *machine, const SimditEstimateOptions *options, GError **error)
{
  if (!simdit_schedule_check_batch (options->batch, error))
    return false;
  if ((options->spec_tiling || options->spec_loop_order) && !options->compatible)
    {
      g_set_error_literal (error, SIMDIT_ERROR, SIMDIT_ERROR_INVALID,
                           "the tiling and loop order of a spec: expected a compatible estimate");
      return false;
    }
  if (options->energy != NULL && options->compatible)
    {
      g_set_error_literal (error, SIMDIT_ERROR, SIMDIT_ERROR_INVALID,
                           "energy: expected an estimate that is not compatible; SimDIT has none");
      return false;
    }
  if (options->spec_tiling && options->batch != 1)
    {
      g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_INVALID,
                   "batch: expected 1 with the tiling of a spec, which has its own, got "
                   "%" G_GUINT64_FORMAT,
                   options->batch);
      return false;
    }
  if (!options->compatible || !machine->vmem_double)
    return true;
  g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_UNSUPPORTED,
               "%s: estimates compatible with SimDIT expect \"vmem_buffering\": \"single\", "
               "got \"double\"; without --compat double buffers are modelled",
               machine->name);
  return false;
}

/* The model counts bits. */
static bool
add_compatible_row (SimditResult *result, const SimditLayer *described,
                    const SimditModelLayer *layer)
{
  CompatibleRow row = { .name = described->op->reference_name };

  if (layer != NULL)
    simdit_model_compatible (layer, &row.cost);
  simdit_result_account (result, described, row.cost.total);
  for (gsize i = 0; i < G_N_ELEMENTS (compatible_fields); i++)
    if (compatible_fields[i].column.unit[0] == 'K')
      *(double *) (void *) ((char *) &row + compatible_fields[i].offset) /= BITS_PER_KIB;
  return simdit_result_add (result, &row);
}

static void
set_accesses (SimditLayerResult *row, const SimditTileWork *work)
{
  row->padded_macs = work->padded_macs;
  row->hazard_steps = work->hazards;
  row->wbuf_bits = work->wbuf;
  row->ibuf_bits = work->ibuf;
  row->obuf_bits = work->obuf;
  row->bbuf_bits = work->bbuf;
  row->vmem_bits = work->vmem;
  row->imm_bits = work->immediates;
  row->instruction_bits = work->instructions;
}

static void
add_energy (SimditEnergyAccount *account, const SimditLayerResult *row,
            const SimditProgram *program, const SimditSlotCost *cost)
{
  uint64_t counters[SIMDIT_N_COUNTERS];
  SimditEnergyActivity activity = { .counters = counters,
                                    .dram_bits = cost->dram_bits,
                                    .cycles = cost->total };

  simdit_slot_counters (program, cost, counters);
  simdit_energy_account_add (account, row, &activity);
}

static bool
add_exact_row (SimditResult *result, const SimditSchedule *schedule, guint index,
               const SimditModelLayer *layer)
{
  SimditLayerResult row;
  SimditSlotCost cost;

  simdit_layer_result_init (&row, schedule, index);
  row.start_cycle = ((const SimditLayerResult *) result->total)->total_cycles;
  if (layer != NULL)
    {
      simdit_model_slots (layer, &cost);
      row.steps = layer->program->counted_steps;
      simdit_layer_result_set_cycles (&row, cost.work.cycles, cost.total);
      simdit_layer_result_set_traffic (&row, cost.dram_bits);
      set_accesses (&row, &cost.work);
    }
  if (result->energy != NULL && layer != NULL)
    add_energy (result->energy, &row, layer->program, &cost);
  else if (result->energy != NULL)
    simdit_energy_account_add (result->energy, &row, NULL);
  simdit_result_account (result, simdit_network_layer (schedule->network, index),
                         (double) row.total_cycles);
  return simdit_result_add (result, &row);
}

static bool
add_layer (SimditResult *result, const SimditSchedule *schedule, guint index, bool compatible,
           bool fused, GError **error)
{
  const SimditNetwork *network = schedule->network;
  const SimditLayer *described = simdit_network_layer (network, index);
  SimditProgram program;
  SimditModelLayer model;
  const SimditModelLayer *layer = described->op->unit != SIMDIT_UNIT_NONE ? &model : NULL;

  if (layer != NULL)
    {
      if (!simdit_schedule_layer (schedule, index, &program, error))
        return false;
      simdit_model_layer_init (&model, schedule->machine, &program,
                               network->mode == SIMDIT_MODE_TRAINING,
                               schedule->tilings != NULL ? &schedule->tilings[index] : NULL);
      model.fused = fused;
    }
  if (compatible ? add_compatible_row (result, described, layer)
                 : add_exact_row (result, schedule, index, layer))
    return true;
  g_propagate_error (error, simdit_layer_result_overflow (schedule, index));
  return false;
}

SimditResult *
simdit_estimate (const SimditMachine *machine, const SimditNetwork *network,
                 const SimditEstimateOptions *options, GError **error)
{
  /* Decoupled programs keep tiles on chip; that is what the exact estimate corrects. */
  SimditSchedule schedule = { .machine = machine,
                              .network = network,
                              .batch = options->batch,
                              .pipeline = options->compatible ? SIMDIT_PIPELINE_LOCKSTEP
                                                              : SIMDIT_PIPELINE_DECOUPLED };
  g_autoptr (SimditResult) self = NULL;
  g_autofree SimditSpecTiling *tilings = NULL;
  g_autofree bool *fused = NULL;

  if (!check_options (machine, options, error))
    return NULL;
  if (options->spec_tiling || options->spec_loop_order)
    {
      SimditSpecWish wish = { .tiles = options->spec_tiling,
                              .loop_order = options->spec_loop_order };

      schedule.tilings = tilings = simdit_spec_read_tilings (network, wish, error);
      if (tilings == NULL)
        return NULL;
    }
  self = simdit_result_new (options->compatible ? &compatible_table : &simdit_layer_table,
                            machine->clock_fs, network->layers->len);
  if (options->energy != NULL
      && (self->energy = simdit_energy_account_new (options->energy, machine, NULL, error)) == NULL)
    return NULL;
  fused = g_new0 (bool, network->layers->len);
  if (options->fuse && !simdit_fusion_find (network, fused, error))
    return NULL;
  for (guint i = 0; i < network->layers->len; i++)
    if (!add_layer (self, &schedule, i, options->compatible, fused[i], error))
      return NULL;
  if (self->energy != NULL)
    simdit_energy_account_finish (self->energy, NULL);
  if (options->compatible)
    self->cycles = ((const CompatibleRow *) self->total)->cost.total;
  else
    self->cycles = (double) ((const SimditLayerResult *) self->total)->total_cycles;
  return g_steal_pointer (&self);
}
