/*
 * The simulator against SimDIT's estimate, layer by layer, with every difference given its cause.
 *
 * From the estimate to the simulation in steps, each of which changes one thing; the exact model
 * (model/slots.h) says what each is worth:
 *
 *   SimDIT's formulas -> true tiles, true slots -> SIMD double buffers -> ifmap tiles stay on chip
 *   -> psum tiles stay on chip -> ports run ahead (the simulation with ideal DRAM and banks)
 *   -> the machine's banks -> other DRAM
 *
 * What a step may change is known beforehand: nothing, in the first, for a layer whose tile counts
 * are integers and at least two in the weight-stationary loops; only downwards, and not below the
 * work of the unit and of each port, in the last. Anything else is unexplained: a bug in one of
 * them.
 */
#include <simdit/estimate.h>

#include "base/arith.h"
#include "model/slots.h"
#include "sim/causes.h"
#include "sim/layer-result.h"
#include "sim/simulation-private.h"

#include <math.h>
#include <string.h>

typedef struct
{
  uint64_t layer;
  const char *name, *operation, *unit;
  uint64_t simulated_compute_cycles, simulated_stall_cycles, simulated_total_cycles;
  double estimated_compute_cycles, estimated_stall_cycles, estimated_total_cycles;
  double difference_cycles;
  uint64_t simulated_dram_bytes;
  double estimated_dram_bytes, difference_dram_bytes;
  const char *cause, *dram_cause;
  double cycles[SIMDIT_N_CAUSES], bytes[SIMDIT_N_CAUSES];
} Row;

#define FIELD(member, unit, type, summary, help)                                                   \
  {                                                                                                \
    { #member, unit, help, SIMDIT_COLUMN_##type, summary }, offsetof (Row, member)                 \
  }
#define CAUSE(name, cause, help)                                                                   \
  {                                                                                                \
    { name "_cycles", "cycle", "of the difference: " help, SIMDIT_COLUMN_AMOUNT, false },          \
        offsetof (Row, cycles[SIMDIT_CAUSE_##cause])                                               \
  }
#define BYTES(name, cause, help)                                                                   \
  {                                                                                                \
    { name "_dram_bytes", "byte", "of the difference: " help, SIMDIT_COLUMN_AMOUNT, false },       \
        offsetof (Row, bytes[SIMDIT_CAUSE_##cause])                                                \
  }

static const SimditField fields[] = {
  FIELD (layer, "", INDEX, true, "position in the program, from 0"),
  FIELD (name, "", TEXT, true, "the network's name for the layer"),
  FIELD (operation, "", TEXT, true, "what it computes"),
  FIELD (unit, "", TEXT, false, "where"),
  FIELD (simulated_compute_cycles, "cycle", COUNT, true, "cycles in which the unit works"),
  FIELD (estimated_compute_cycles, "cycle", AMOUNT, true, "the same by SimDIT's formulas"),
  FIELD (simulated_stall_cycles, "cycle", COUNT, true, "total less compute"),
  FIELD (estimated_stall_cycles, "cycle", AMOUNT, true, "the same by SimDIT's formulas"),
  FIELD (simulated_total_cycles, "cycle", COUNT, true, "from the layer before to the last store"),
  FIELD (estimated_total_cycles, "cycle", AMOUNT, true, "the same by SimDIT's formulas"),
  FIELD (difference_cycles, "cycle", AMOUNT, true, "simulated less estimated"),
  FIELD (cause, "", TEXT, true, "what the difference in cycles is due to, the largest part first"),
  FIELD (simulated_dram_bytes, "byte", COUNT, true,
         "of all tiles that are moved, padding included"),
  FIELD (estimated_dram_bytes, "byte", AMOUNT, true, "the same by SimDIT's formulas"),
  FIELD (difference_dram_bytes, "byte", AMOUNT, true, "simulated less estimated"),
  FIELD (dram_cause, "", TEXT, true, "what the difference in bytes is due to"),
  CAUSE ("ragged_tiles", RAGGED_TILES, "last tiles counted as fractions by the estimate"),
  CAUSE ("few_tiles", FEW_TILES, "fewer than two weight-stationary tiles: its formula breaks down"),
  CAUSE ("quirk", QUIRK, "loads or operations that the estimate leaves out"),
  CAUSE ("vmem_buffering", VMEM_BUFFERING, "SIMD transfers overlap computation (double buffers)"),
  CAUSE ("ifmap_residency", IFMAP_RESIDENCY, "ifmap tiles that stay on chip"),
  CAUSE ("psum_residency", PSUM_RESIDENCY, "psum tiles that stay on chip"),
  CAUSE ("psum_hazard", PSUM_HAZARD, "loads that wait for the store of the same tile"),
  CAUSE ("port_slack", PORT_SLACK, "ports that run ahead of slots (decoupled)"),
  CAUSE ("bank_conflicts", BANK_CONFLICTS, "steps wait for ports of a buffer's banks"),
  CAUSE ("dram_contention", DRAM_CONTENTION, "what the DRAM model takes beyond ideal ports"),
  CAUSE ("unexplained", UNEXPLAINED, "no known cause: a bug (absolute value)"),
  BYTES ("ragged_tiles", RAGGED_TILES, "last tiles counted as fractions by the estimate"),
  BYTES ("quirk", QUIRK, "loads that the estimate leaves out"),
  BYTES ("ifmap_residency", IFMAP_RESIDENCY, "ifmap tiles that stay on chip"),
  BYTES ("psum_residency", PSUM_RESIDENCY, "psum tiles that stay on chip"),
  BYTES ("unexplained", UNEXPLAINED, "no known cause: a bug (absolute value)"),
};

const SimditTableInfo simdit_validation_table = { .fields = fields,
                                                  .n_fields = G_N_ELEMENTS (fields),
                                                  .row_size = sizeof (Row) };

/* A layer on its way from the estimate to the simulation. */
typedef struct
{
  SimditModelLayer model;
  SimditProgram lockstep, decoupled; /* SIMD layers: as the machine buffers VMEM */
  SimditLayerCost compatible;
  double whole_cycles, whole_bits; /* what the first step changes, were all tiles whole */
  SimditSlotCost serial, slots, ifmap_kept, kept; /* the steps above */
} Comparison;

/* The lockstep program, but its ifmap tiles move as in the decoupled one. */
static SimditProgram
with_ifmap_kept (const Comparison *self)
{
  SimditProgram mixed = self->lockstep;

  for (guint i = 0; i < mixed.n_streams; i++)
    for (guint k = 0; k < self->decoupled.n_streams; k++)
      if (mixed.streams[i].row == self->decoupled.streams[k].row
          && mixed.streams[i].row->operand == SIMDIT_OPERAND_IFMAP)
        mixed.streams[i] = self->decoupled.streams[k];
  return mixed;
}

static void
evaluate (const SimditModelLayer *model, const SimditProgram *program, SimditSlotCost *cost)
{
  SimditModelLayer layer = *model;

  layer.program = program;
  simdit_model_slots (&layer, cost);
}

static uint64_t
sum_bits (const SimditSlotCost *cost)
{
  uint64_t bits = 0;

  for (guint i = 0; i < SIMDIT_N_OPERANDS; i++)
    bits += cost->dram_bits[i];
  return bits;
}

/* What the first step is worth for @program with its extents rounded up to whole tiles. */
static bool
evaluate_whole_tiles (Comparison *self, const SimditProgram *program, GError **error)
{
  SimditProgram whole = *program;
  SimditModelLayer layer = self->model;
  SimditLayerCost compatible;
  SimditSlotCost slots;

  for (guint d = 0; d < SIMDIT_N_LOOP_DIMS; d++)
    whole.extents.of[d] = simdit_round_up (whole.extents.of[d], whole.tile.of[d]);
  if (!simdit_program_build (&whole, error))
    return false;
  layer.program = &whole;
  simdit_model_compatible (&layer, &compatible);
  simdit_model_slots (&layer, &slots);
  self->whole_cycles = (double) slots.total - compatible.total;
  self->whole_bits = (double) sum_bits (&slots) - compatible.dram_total;
  return true;
}

static bool
comparison_init (Comparison *self, const SimditSchedule *schedule, guint index, GError **error)
{
  SimditSchedule lockstep = *schedule, decoupled = *schedule;
  SimditProgram serial, mixed;

  lockstep.pipeline = SIMDIT_PIPELINE_LOCKSTEP;
  decoupled.pipeline = SIMDIT_PIPELINE_DECOUPLED;
  if (!simdit_schedule_layer (&lockstep, index, &self->lockstep, error)
      || !simdit_schedule_layer (&decoupled, index, &self->decoupled, error))
    return false;
  simdit_model_layer_init (&self->model, schedule->machine, &self->lockstep,
                           schedule->network->mode == SIMDIT_MODE_TRAINING, NULL);
  simdit_model_compatible (&self->model, &self->compatible);
  serial = self->lockstep;
  if (!simdit_operator_is_systolic (serial.op))
    serial.discipline = SIMDIT_DISCIPLINE_SERIAL;
  mixed = with_ifmap_kept (self);
  evaluate (&self->model, &serial, &self->serial);
  evaluate (&self->model, &self->lockstep, &self->slots);
  evaluate (&self->model, &mixed, &self->ifmap_kept);
  evaluate (&self->model, &self->decoupled, &self->kept);
  return evaluate_whole_tiles (self, &serial, error);
}

/* The step of a quantity through the evaluations of @self; @last: those of the pipeline simulated.
 */
static SimditEvidence
collect_evidence (const Comparison *self, bool decoupled)
{
  const SimditSlotCost *ifmap = decoupled ? &self->ifmap_kept : &self->slots;
  const SimditSlotCost *kept = decoupled ? &self->kept : &self->slots;
  SimditEvidence evidence = {
    .ahead = decoupled && self->decoupled.discipline == SIMDIT_DISCIPLINE_DECOUPLED,
    .bound = (double) simdit_model_bound (kept),
    .cycles = { .compatible = self->compatible.total,
                .whole_change = self->whole_cycles,
                .exact = (double) self->serial.total,
                .buffered = (double) self->slots.total,
                .ifmap_kept = (double) ifmap->total,
                .kept = (double) kept->total },
    .bytes = { .compatible = self->compatible.dram_total / 8,
               .whole_change = self->whole_bits / 8,
               .exact = (double) sum_bits (&self->serial) / 8,
               .buffered = (double) sum_bits (&self->slots) / 8,
               .ifmap_kept = (double) sum_bits (ifmap) / 8,
               .kept = (double) sum_bits (kept) / 8 },
  };

  simdit_evidence_judge (&evidence, &self->lockstep);
  return evidence;
}

static void
explain (const Comparison *self, bool decoupled, const SimditLayerResult *simulated,
         const SimditLayerResult *ported, const SimditLayerResult *ideal, Row *row)
{
  SimditEvidence evidence = collect_evidence (self, decoupled);
  bool whole = simulated->dram_bytes == (uint64_t) ceil (evidence.bytes.kept);

  evidence.cycles.ideal = (double) ideal->total_cycles;
  evidence.cycles.ported = (double) ported->total_cycles;
  evidence.cycles.simulated = (double) simulated->total_cycles;
  /* Bits that do not fill a byte are rounded up in the simulation's result only. */
  evidence.bytes.ideal = evidence.bytes.simulated = whole ? evidence.bytes.kept
                                                          : (double) simulated->dram_bytes;
  simdit_explain (&evidence, row->cycles, row->bytes);
  row->estimated_compute_cycles = self->compatible.array_compute + self->compatible.simd_compute;
  row->estimated_stall_cycles = self->compatible.array_stall + self->compatible.simd_stall;
  row->estimated_total_cycles = self->compatible.total;
  row->estimated_dram_bytes = self->compatible.dram_total / 8;
  row->difference_cycles = (double) simulated->total_cycles - self->compatible.total;
  row->difference_dram_bytes = (double) simulated->dram_bytes - row->estimated_dram_bytes;
}

typedef struct
{
  SimditSchedule schedule;
  SimditResult *result; /* owned */
  Comparison *layers;   /* owned; of rows that cost nothing: unused */
  SimditResult *ported; /* owned: with ideal DRAM; NULL: as the simulation */
  SimditResult *ideal;  /* owned: with ideal banks, too; NULL: as @ported */
} Validation;

static void
validation_clear (Validation *self)
{
  g_free (self->layers);
  g_clear_pointer (&self->ported, simdit_result_free);
  g_clear_pointer (&self->ideal, simdit_result_free);
  g_clear_pointer (&self->result, simdit_result_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Validation, validation_clear)

static const SimditLayerResult *
row_or (const SimditResult *result, uint64_t index, const SimditLayerResult *fallback)
{
  return result != NULL ? simdit_result_row (result, index) : fallback;
}

static void
compare (Validation *self, const SimditResult *simulation)
{
  bool decoupled = self->schedule.pipeline == SIMDIT_PIPELINE_DECOUPLED;

  for (guint i = 0; i < simulation->n_rows; i++)
    {
      const SimditLayerResult *simulated = simdit_result_row (simulation, i);
      const SimditLayerResult *ported = row_or (self->ported, i, simulated);
      const SimditLayerResult *ideal = row_or (self->ideal, i, ported);
      const SimditOperator *op = simdit_network_layer (self->schedule.network, i)->op;
      g_autofree char *cause = NULL, *dram_cause = NULL;
      Row row = { .layer = i,
                  .name = simulated->name,
                  .operation = simulated->operation,
                  .unit = simulated->unit,
                  .simulated_compute_cycles = simulated->compute_cycles,
                  .simulated_stall_cycles = simulated->stall_cycles,
                  .simulated_total_cycles = simulated->total_cycles,
                  .simulated_dram_bytes = simulated->dram_bytes };

      if (op->unit != SIMDIT_UNIT_NONE)
        explain (&self->layers[i], decoupled, simulated, ported, ideal, &row);
      row.cause = cause = simdit_list_causes (row.cycles);
      row.dram_cause = dram_cause = simdit_list_causes (row.bytes);
      simdit_result_add (self->result, &row);
    }
  memcpy (self->result->stage_cycles, simulation->stage_cycles, sizeof simulation->stage_cycles);
  self->result->cycles = simulation->cycles;
  self->result->events = simulation->events;
  self->result->pipeline = simulation->pipeline;
  self->result->dram = g_string_chunk_insert (self->result->texts, simulation->dram);
}

static void
write_comparison (SimditRecorder *recorder, const SimditResult *simulation, void *data)
{
  Validation *self = data;

  compare (self, simulation);
  simdit_recorder_write_table (recorder, "/validation", &simdit_validation_table,
                               self->result->rows->data, self->result->n_rows);
}

/* The same run with ideal DRAM, and then with ideal banks, if the machine has others. */
static bool
simulate_ideal (Validation *self, const SimditRunOptions *options, GError **error)
{
  const SimditMachine *machine = self->schedule.machine;
  SimditMachine conflict_free = *machine;
  SimditRunOptions ideal = *options;

  ideal.dram = "ideal";
  ideal.memory = NULL;
  ideal.output_path = NULL;
  if (!g_str_equal (options->dram != NULL ? options->dram : machine->dram, "ideal")
      && (self->ported = simdit_simulate (machine, self->schedule.network, &ideal, error)) == NULL)
    return false;
  conflict_free.sram_ports = SIMDIT_SRAM_1R1W;
  conflict_free.sram_shared = false;
  if (machine->sram_ports == conflict_free.sram_ports && !machine->sram_shared)
    return true;
  self->ideal = simdit_simulate (&conflict_free, self->schedule.network, &ideal, error);
  return self->ideal != NULL;
}

SimditResult *
simdit_validate (const SimditMachine *machine, const SimditNetwork *network,
                 const SimditRunOptions *options, GError **error)
{
  g_auto (Validation) self = { 0 };
  g_autoptr (SimditResult) simulation = NULL;

  self.schedule = (SimditSchedule){ .machine = machine,
                                    .network = network,
                                    .batch = options->batch,
                                    .pipeline = options->override_pipeline ? options->pipeline
                                                                           : machine->pipeline };
  if (!simdit_schedule_check_batch (options->batch, error))
    return NULL;
  self.layers = g_new (Comparison, network->layers->len);
  self.result = simdit_result_new (&simdit_validation_table, machine->clock_fs,
                                   network->layers->len);
  for (guint i = 0; i < network->layers->len; i++)
    if (simdit_network_layer (network, i)->op->unit != SIMDIT_UNIT_NONE
        && !comparison_init (&self.layers[i], &self.schedule, i, error))
      return NULL;
  if (!simulate_ideal (&self, options, error))
    return NULL;
  simulation = simdit_simulate_extended (machine, network, options, write_comparison, &self, error);
  if (simulation == NULL)
    return NULL;
  if (options->output_path == NULL)
    compare (&self, simulation);
  return g_steal_pointer (&self.result);
}
