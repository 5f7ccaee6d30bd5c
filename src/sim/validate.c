/*
 * The simulator against SimDIT's estimate, layer by layer, with every difference given its cause.
 *
 * From the estimate to the simulation in steps, each of which changes one thing; the exact model
 * (model/slots.h) says what each is worth:
 *
 *   SimDIT's formulas -> true tiles, true slots -> SIMD double buffers -> ifmap tiles stay on chip
 *   -> psum tiles stay on chip -> ports run ahead (the simulation)
 *
 * What a step may change is known beforehand: nothing, in the first, for a layer whose tile counts
 * are integers and at least two in the weight-stationary loops; only downwards, and not below the
 * work of the unit and of each port, in the last. Anything else is unexplained: a bug in one of
 * them.
 */
#include <simdit/estimate.h>

#include "base/arith.h"
#include "model/slots.h"
#include "sim/layer-result.h"
#include "sim/simulation-private.h"

#include <math.h>
#include <string.h>

#define TOLERANCE 1e-9 /* relative: the estimate is in floating point */

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
  double ragged_tiles_cycles, few_tiles_cycles, quirk_cycles, vmem_buffering_cycles;
  double ifmap_residency_cycles, psum_residency_cycles, psum_hazard_cycles, port_slack_cycles;
  double unexplained_cycles, unexplained_dram_bytes; /* absolute values */
} Row;

#define FIELD(member, unit, type, summary, help)                                                   \
  {                                                                                                \
    { #member, unit, help, SIMDIT_COLUMN_##type, summary }, offsetof (Row, member)                 \
  }
#define CAUSE(member, help) FIELD (member, "cycle", AMOUNT, false, "of the difference: " help)

static const SimditField fields[] = {
  FIELD (layer, "", INDEX, true, "position in the program, from 0"),
  FIELD (name, "", TEXT, true, "the network's name for the layer"),
  FIELD (operation, "", TEXT, true, "what it computes"),
  FIELD (unit, "", TEXT, false, "where"),
  FIELD (simulated_compute_cycles, "cycle", COUNT, false, "cycles in which the unit works"),
  FIELD (estimated_compute_cycles, "cycle", AMOUNT, false, "the same by SimDIT's formulas"),
  FIELD (simulated_stall_cycles, "cycle", COUNT, false, "total less compute"),
  FIELD (estimated_stall_cycles, "cycle", AMOUNT, false, "the same by SimDIT's formulas"),
  FIELD (simulated_total_cycles, "cycle", COUNT, true, "from the layer before to the last store"),
  FIELD (estimated_total_cycles, "cycle", AMOUNT, true, "the same by SimDIT's formulas"),
  FIELD (difference_cycles, "cycle", AMOUNT, true, "simulated less estimated"),
  FIELD (cause, "", TEXT, true, "what the difference in cycles is due to, the largest part first"),
  FIELD (simulated_dram_bytes, "byte", COUNT, true, "all transfers"),
  FIELD (estimated_dram_bytes, "byte", AMOUNT, true, "the same by SimDIT's formulas"),
  FIELD (difference_dram_bytes, "byte", AMOUNT, false, "simulated less estimated"),
  FIELD (dram_cause, "", TEXT, true, "what the difference in bytes is due to"),
  CAUSE (ragged_tiles_cycles, "last tiles counted as fractions by the estimate"),
  CAUSE (few_tiles_cycles, "fewer than two weight-stationary tiles, where its formula breaks down"),
  CAUSE (quirk_cycles, "loads or operations that the estimate leaves out"),
  CAUSE (vmem_buffering_cycles, "SIMD transfers overlap computation (double-buffered VMEM)"),
  CAUSE (ifmap_residency_cycles, "ifmap tiles that stay on chip"),
  CAUSE (psum_residency_cycles, "psum tiles that stay on chip"),
  CAUSE (psum_hazard_cycles, "loads that wait for the store of the same tile"),
  CAUSE (port_slack_cycles, "ports that run ahead of slots (decoupled)"),
  CAUSE (unexplained_cycles, "no known cause: a bug (absolute value)"),
  FIELD (unexplained_dram_bytes, "byte", AMOUNT, false, "no known cause: a bug (absolute value)"),
};

static const SimditTableInfo table = { .fields = fields,
                                       .n_fields = G_N_ELEMENTS (fields),
                                       .row_size = sizeof (Row) };

/* A layer on its way from the estimate to the simulation. */
typedef struct
{
  SimditModelLayer model;
  SimditProgram lockstep, decoupled; /* SIMD layers: as the machine buffers VMEM */
  SimditLayerCost compatible;
  double whole_tiles_change;                      /* of the first step, were all tiles whole */
  SimditSlotCost serial, slots, ifmap_kept, kept; /* the steps above */
} Comparison;

/* SimDIT's stall formula needs two tiles while a weight tile stays (model 4.4). */
static bool
has_few_tiles (const SimditProgram *program)
{
  const SimditExtents *e = &program->extents, *t = &program->tile;

  if (!simdit_operator_is_systolic (program->op)
      || (program->op->output_stationary && e->of[SIMDIT_DIM_N] == 1))
    return false;
  return e->of[SIMDIT_DIM_N] == t->of[SIMDIT_DIM_N] && e->of[SIMDIT_DIM_OH] == t->of[SIMDIT_DIM_OH]
         && e->of[SIMDIT_DIM_OW] == t->of[SIMDIT_DIM_OW];
}

/* reduce_sum over several tiles is charged one load (Q19), roialign one of three divisions (Q30).
 */
static bool
has_quirk (const SimditProgram *program)
{
  return (program->op->uncounted != 0 && program->n_steps != program->counted_steps)
         || (program->op->quirks & SIMDIT_QUIRK_ISSUED_ONCE) != 0;
}

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
  self->whole_tiles_change = (double) slots.total - compatible.total;
  if (fabs (self->whole_tiles_change) <= TOLERANCE * compatible.total)
    self->whole_tiles_change = 0;
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
  self->model = (SimditModelLayer){ .machine = schedule->machine,
                                    .program = &self->lockstep,
                                    .training = schedule->network->mode == SIMDIT_MODE_TRAINING };
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

static bool
is_close (double a, double b)
{
  return fabs (a - b) <= TOLERANCE * MAX (fabs (a), fabs (b));
}

static double
less (uint64_t a, uint64_t b)
{
  return (double) a - (double) b;
}

/*
 * From SimDIT's formulas to true tiles and slots. What is left with whole tiles is due to the
 * formulas, the rest to fractions of tiles.
 */
static void
explain_formulas (const Comparison *self, Row *row)
{
  double change = (double) self->serial.total - self->compatible.total;
  double whole = self->whole_tiles_change;

  if (is_close ((double) self->serial.total, self->compatible.total))
    change = 0;
  if (self->lockstep.ragged != 0)
    row->ragged_tiles_cycles = change - whole;
  else if (change != whole)
    row->unexplained_cycles += fabs (change - whole);
  if (has_quirk (&self->lockstep))
    row->quirk_cycles = whole;
  else if (has_few_tiles (&self->lockstep))
    row->few_tiles_cycles = whole;
  else
    row->unexplained_cycles += fabs (whole);
}

/* From slots to the simulation. */
static void
explain_pipeline (const Comparison *self, bool decoupled, uint64_t simulated, Row *row)
{
  const SimditSlotCost *last = decoupled ? &self->kept : &self->slots;
  double change = less (simulated, last->total);
  bool ahead = decoupled && self->decoupled.discipline == SIMDIT_DISCIPLINE_DECOUPLED;

  if (change == 0)
    return;
  if (ahead && change < 0 && simulated >= simdit_model_bound (last))
    row->port_slack_cycles = change;
  else if (ahead && change > 0 && self->decoupled.op->passes > 1)
    row->psum_hazard_cycles = change;
  else
    row->unexplained_cycles += fabs (change);
}

static uint64_t
sum_bits (const SimditSlotCost *cost)
{
  uint64_t bits = 0;

  for (guint i = 0; i < SIMDIT_N_OPERANDS; i++)
    bits += cost->dram_bits[i];
  return bits;
}

static void
explain_dram (const Comparison *self, bool decoupled, Row *row)
{
  const SimditSlotCost *last = decoupled ? &self->kept : &self->slots;
  bool one_row = self->lockstep.op->output_stationary
                 && self->lockstep.extents.of[SIMDIT_DIM_N] == 1;
  double exact = (double) sum_bits (&self->serial);

  row->dram_cause = "exact";
  if (!is_close (exact, self->compatible.dram_total))
    {
      if (self->lockstep.ragged != 0)
        row->dram_cause = "ragged tiles";
      else if (one_row)
        row->dram_cause = "ifmap residency";
      else if (has_quirk (&self->lockstep))
        row->dram_cause = "known quirk";
      else
        row->unexplained_dram_bytes += fabs (exact - self->compatible.dram_total) / 8;
    }
  else if (sum_bits (last) != sum_bits (&self->slots))
    row->dram_cause = sum_bits (last) != sum_bits (&self->ifmap_kept) ? "psum residency"
                                                                      : "ifmap residency";
  if (row->simulated_dram_bytes != simdit_ceil_div (sum_bits (last), 8))
    row->unexplained_dram_bytes += fabs (
        less (row->simulated_dram_bytes, simdit_ceil_div (sum_bits (last), 8)));
  if (row->unexplained_dram_bytes != 0)
    row->dram_cause = "unexplained";
}

/* The causes of the row, the largest first. */
static char *
list_causes (const Row *row)
{
  struct
  {
    const char *name;
    double cycles;
  } causes[] = { { "unexplained", row->unexplained_cycles },
                 { "ragged tiles", row->ragged_tiles_cycles },
                 { "fewer than two weight-stationary tiles", row->few_tiles_cycles },
                 { "known quirk", row->quirk_cycles },
                 { "VMEM double buffering", row->vmem_buffering_cycles },
                 { "ifmap residency", row->ifmap_residency_cycles },
                 { "psum residency", row->psum_residency_cycles },
                 { "psum hazard", row->psum_hazard_cycles },
                 { "port slack", row->port_slack_cycles } };
  g_autoptr (GString) text = g_string_new (NULL);

  for (;;)
    {
      guint largest = 0;

      for (guint i = 1; i < G_N_ELEMENTS (causes); i++)
        if (fabs (causes[i].cycles) > fabs (causes[largest].cycles))
          largest = i;
      if (causes[largest].cycles == 0)
        break;
      g_string_append_printf (text, "%s%s", text->len > 0 ? " + " : "", causes[largest].name);
      causes[largest].cycles = 0;
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
explain (const Comparison *self, bool decoupled, const SimditLayerResult *simulated, Row *row)
{
  row->estimated_compute_cycles = self->compatible.array_compute + self->compatible.simd_compute;
  row->estimated_stall_cycles = self->compatible.array_stall + self->compatible.simd_stall;
  row->estimated_total_cycles = self->compatible.total;
  row->estimated_dram_bytes = self->compatible.dram_total / 8;
  row->difference_cycles = (double) simulated->total_cycles - self->compatible.total;
  row->difference_dram_bytes = (double) simulated->dram_bytes - row->estimated_dram_bytes;
  explain_formulas (self, row);
  row->vmem_buffering_cycles = less (self->slots.total, self->serial.total);
  if (decoupled)
    {
      row->ifmap_residency_cycles = less (self->ifmap_kept.total, self->slots.total);
      row->psum_residency_cycles = less (self->kept.total, self->ifmap_kept.total);
    }
  explain_pipeline (self, decoupled, simulated->total_cycles, row);
  explain_dram (self, decoupled, row);
}

typedef struct
{
  SimditSchedule schedule;
  SimditResult *result; /* owned */
  Comparison *layers;   /* owned; of rows that cost nothing: unused */
} Validation;

static void
validation_clear (Validation *self)
{
  g_free (self->layers);
  g_clear_pointer (&self->result, simdit_result_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Validation, validation_clear)

static void
compare (Validation *self, const SimditResult *simulation)
{
  bool decoupled = self->schedule.pipeline == SIMDIT_PIPELINE_DECOUPLED;

  for (guint i = 0; i < simulation->n_rows; i++)
    {
      const SimditLayerResult *simulated = simdit_result_row (simulation, i);
      const SimditOperator *op = simdit_network_layer (self->schedule.network, i)->op;
      g_autofree char *causes = NULL;
      Row row = { .layer = i,
                  .name = simulated->name,
                  .operation = simulated->operation,
                  .unit = simulated->unit,
                  .simulated_compute_cycles = simulated->compute_cycles,
                  .simulated_stall_cycles = simulated->stall_cycles,
                  .simulated_total_cycles = simulated->total_cycles,
                  .simulated_dram_bytes = simulated->dram_bytes,
                  .dram_cause = "exact" };

      if (op->unit != SIMDIT_UNIT_NONE)
        explain (&self->layers[i], decoupled, simulated, &row);
      causes = list_causes (&row);
      row.cause = causes[0] != '\0' ? causes : "exact";
      simdit_result_add (self->result, &row);
    }
  memcpy (self->result->stage_cycles, simulation->stage_cycles, sizeof simulation->stage_cycles);
  self->result->cycles = simulation->cycles;
  self->result->events = simulation->events;
  self->result->pipeline = simulation->pipeline;
  self->result->dram = simulation->dram;
}

static void
write_comparison (SimditRecorder *recorder, const SimditResult *simulation, void *data)
{
  Validation *self = data;

  compare (self, simulation);
  simdit_recorder_write_table (recorder, "/validation", &table, self->result->rows->data,
                               self->result->n_rows);
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
  self.result = simdit_result_new (&table, machine->clock_fs);
  for (guint i = 0; i < network->layers->len; i++)
    if (simdit_network_layer (network, i)->op->unit != SIMDIT_UNIT_NONE
        && !comparison_init (&self.layers[i], &self.schedule, i, error))
      return NULL;
  simulation = simdit_simulate_extended (machine, network, options, write_comparison, &self, error);
  if (simulation == NULL)
    return NULL;
  if (options->output_path == NULL)
    compare (&self, simulation);
  return g_steal_pointer (&self.result);
}
