/*
 * A run, from a network on a machine to its result. READ THIS FIRST: the scheduler turns each layer
 * into a program (sched/), the sequencer executes it on units and ports (hw/) as events (engine/),
 * what they did becomes a row of the result, and activities go to the file (record/).
 */
#include <simdit/simulation.h>

#include "base/arith.h"
#include "base/json.h"
#include "hw/sequencer.h"
#include "record/recorder.h"
#include "sched/placement.h"
#include "sched/schedule.h"
#include "sim/energy-result.h"
#include "sim/layer-result.h"
#include "sim/memory-result.h"
#include "sim/record-plan.h"
#include "sim/simulation-private.h"

#include <simdit/error.h>
#include <string.h>

#define EVENTS_PER_LOOK 65536          /* between calls of the progress function */
#define RECORDED_CYCLES 10000000       /* of real DRAM, in training, unless more is asked for */
#define MAX_STEPS (UINT64_C (1) << 32) /* of a run: tens of minutes */

typedef struct
{
  const SimditRunOptions *options; /* borrowed */
  SimditSchedule schedule;
  SimditEngine *engine; /* owned, like all below */
  SimditClock clock;
  SimditDramSpec dram_spec;
  SimditPlacement *placement; /* NULL: the DRAM model asks for no addresses */
  SimditDram *dram;
  SimditShapeBook *book;
  SimditOverview *overview; /* of the counters, for power over time, if there is no recorder */
  SimditRecordPlan plan;    /* of: */
  SimditRecorder *recorder; /* NULL: nothing is recorded */
  SimditSequencer *sequencer;
  SimditProgram program;
  guint layer;      /* being executed */
  uint64_t n_steps; /* of all layers */
  SimditResult *result;
} Run;

static void
run_clear (Run *self)
{
  g_clear_pointer (&self->sequencer, simdit_sequencer_free);
  g_clear_pointer (&self->dram, simdit_dram_free);
  g_clear_pointer (&self->placement, simdit_placement_free);
  g_clear_pointer (&self->recorder, simdit_recorder_free);
  g_clear_pointer (&self->overview, simdit_overview_free);
  simdit_record_plan_clear (&self->plan);
  g_clear_pointer (&self->book, simdit_shape_book_free);
  g_clear_pointer (&self->engine, simdit_engine_free);
  g_clear_pointer (&self->result, simdit_result_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

static void
on_activity (void *data, guint track, uint64_t start, uint32_t shape)
{
  Run *self = data;

  if (self->recorder != NULL)
    simdit_recorder_activity (self->recorder, track, start, shape);
  if (self->overview != NULL)
    simdit_overview_activity (self->overview, start, shape);
}

/* The same where there is a recorder and nothing else: millions of times. */
static void
on_recorded_activity (void *data, guint track, uint64_t start, uint32_t shape)
{
  simdit_recorder_activity (data, track, start, shape);
}

static SimditLayerResult
new_row (Run *self)
{
  SimditLayerResult row;

  simdit_layer_result_init (&row, &self->schedule, self->layer);
  row.start_cycle = simdit_clock_cycle (&self->clock, simdit_engine_now (self->engine));
  return row;
}

/* Begins the next layer that costs something; rows of the others are empty. */
static void
start_next_layer (Run *self)
{
  const SimditNetwork *network = self->schedule.network;
  GError *error = NULL;

  for (; self->layer < network->layers->len; self->layer++)
    {
      if (simdit_network_layer (network, self->layer)->op->unit != SIMDIT_UNIT_NONE)
        {
          if (simdit_schedule_layer (&self->schedule, self->layer, &self->program, &error))
            simdit_sequencer_start (self->sequencer, &self->program);
          else
            simdit_engine_fail (self->engine, error);
          return;
        }
      SimditLayerResult row = new_row (self);

      simdit_result_add (self->result, &row);
      if (self->result->energy != NULL)
        simdit_energy_account_add (self->result->energy, &row, NULL);
    }
}

static uint64_t
unit_bits (const SimditProgramReport *report, SimditBuffer buffer)
{
  return report->counters[simdit_counter_sram (buffer, SIMDIT_ACCESS_READ)]
         + report->counters[simdit_counter_sram (buffer, SIMDIT_ACCESS_WRITE)];
}

static void
set_accesses (SimditLayerResult *row, const SimditProgramReport *report)
{
  row->wbuf_bits = unit_bits (report, SIMDIT_BUFFER_WBUF);
  row->ibuf_bits = unit_bits (report, SIMDIT_BUFFER_IBUF);
  row->obuf_bits = unit_bits (report, SIMDIT_BUFFER_OBUF);
  row->bbuf_bits = unit_bits (report, SIMDIT_BUFFER_BBUF);
  row->vmem_bits = unit_bits (report, SIMDIT_BUFFER_VMEM);
  row->imm_bits = report->counters[SIMDIT_COUNTER_IMM_READ];
  row->instruction_bits = report->counters[SIMDIT_COUNTER_INSTRUCTION_READ];
}

static void
set_stalls (SimditLayerResult *row, const SimditProgramReport *report)
{
  uint64_t *stalls[SIMDIT_N_STALLS] = { [SIMDIT_STALL_WEIGHTS] = &row->stall_weights,
                                        [SIMDIT_STALL_BIAS] = &row->stall_bias,
                                        [SIMDIT_STALL_IFMAP] = &row->stall_ifmap,
                                        [SIMDIT_STALL_PSUM_LOAD] = &row->stall_psum_load,
                                        [SIMDIT_STALL_OBUF_HALF] = &row->stall_obuf_half,
                                        [SIMDIT_STALL_VMEM_LOAD] = &row->stall_vmem_load,
                                        [SIMDIT_STALL_VMEM_STORE] = &row->stall_vmem_store,
                                        [SIMDIT_STALL_WBUF_BANK] = &row->stall_wbuf_bank,
                                        [SIMDIT_STALL_BBUF_BANK] = &row->stall_bbuf_bank,
                                        [SIMDIT_STALL_IBUF_BANK] = &row->stall_ibuf_bank,
                                        [SIMDIT_STALL_OBUF_BANK] = &row->stall_obuf_bank,
                                        [SIMDIT_STALL_VMEM_BANK] = &row->stall_vmem_bank,
                                        [SIMDIT_STALL_LAST_STORE] = &row->stall_last_store };

  for (guint i = 0; i < SIMDIT_N_STALLS; i++)
    *stalls[i] = report->stall_cycles[i];
}

/* What compute_cycles consist of. */
static void
set_compute_states (SimditLayerResult *row, const SimditProgramReport *report)
{
  const uint64_t *states = report->counters + SIMDIT_COUNTER_STATE;

  row->busy_cycles = states[SIMDIT_STATE_PE_BUSY] + states[SIMDIT_STATE_SIMD_BUSY];
  row->fill_cycles = states[SIMDIT_STATE_PE_FILL];
  row->drain_cycles = states[SIMDIT_STATE_PE_DRAIN] + states[SIMDIT_STATE_SIMD_DRAIN];
  row->nop_cycles = states[SIMDIT_STATE_SIMD_NOP];
  row->multi_cycle_cycles = states[SIMDIT_STATE_SIMD_MULTI_CYCLE];
}

/* What the layer was beside its row. */
static void
add_details (Run *self, const SimditLayerResult *row, const SimditProgramReport *report)
{
  SimditResult *result = self->result;
  SimditEnergyActivity activity = { .counters = report->counters,
                                    .dram_bits = report->dram_bits,
                                    .dram = self->options->memory != NULL ? &report->dram : NULL,
                                    .cycles = row->total_cycles };

  if (result->memory != NULL)
    simdit_memory_result_add (result->memory, row, report, self->options->memory);
  if (result->memory_stalls != NULL)
    simdit_memory_stalls_add (result->memory_stalls, row, report);
  if (result->energy != NULL)
    simdit_energy_account_add (result->energy, row, &activity);
}

static void
on_layer_finished (void *data, const SimditProgramReport *report)
{
  Run *self = data;
  SimditLayerResult row = new_row (self);

  row.start_cycle = report->start_cycle;
  row.steps = self->program.counted_steps;
  row.padded_macs = report->counters[SIMDIT_COUNTER_ACTIVE_PES];
  row.hazard_steps = report->counters[SIMDIT_COUNTER_HAZARDS];
  simdit_layer_result_set_cycles (&row, report->compute_cycles,
                                  report->end_cycle - report->start_cycle);
  simdit_layer_result_set_traffic (&row, report->dram_bits);
  set_accesses (&row, report);
  set_compute_states (&row, report);
  set_stalls (&row, report);
  if (!simdit_result_add (self->result, &row))
    {
      simdit_engine_fail (self->engine,
                          simdit_layer_result_overflow (&self->schedule, self->layer));
      return;
    }
  add_details (self, &row, report);
  simdit_result_account (self->result, simdit_network_layer (self->schedule.network, self->layer),
                         (double) row.total_cycles);
  simdit_shape_book_forget (self->book);
  if (self->recorder != NULL)
    simdit_recorder_commit (self->recorder, report->end_cycle);
  if (self->overview != NULL)
    simdit_overview_commit (self->overview, report->end_cycle);
  self->layer++;
  start_next_layer (self);
}

const char *
simdit_version (void)
{
  return SIMDIT_VERSION;
}

bool
simdit_dram_is_model (const char *dram)
{
  g_auto (GStrv) parts = g_strsplit (dram, ":", 2);

  return parts[0] != NULL && g_strv_contains (simdit_dram_model_names (), parts[0]);
}

bool
simdit_dram_check (const char *dram, GError **error)
{
  SimditDramSpec spec;

  return simdit_dram_parse (dram, &spec, error);
}

/* Before the first layer is simulated: whether each fits, and the run ends while someone waits. */
static bool
check_layers (Run *self, GError **error)
{
  const SimditSchedule *schedule = &self->schedule;

  for (guint i = 0; i < schedule->network->layers->len; i++)
    {
      const SimditLayer *layer = simdit_network_layer (schedule->network, i);
      SimditProgram program;

      if (layer->op->unit == SIMDIT_UNIT_NONE)
        continue;
      if (!simdit_schedule_layer (schedule, i, &program, error))
        return false;
      self->n_steps += program.n_steps;
      if (self->n_steps <= MAX_STEPS)
        continue;
      g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_CAPACITY,
                   "%s: layer %u \"%s\" (%s) on %s: too many tiles: expected at most "
                   "%" G_GUINT64_FORMAT " in all layers, got %" G_GUINT64_FORMAT
                   " up to this one; use a smaller batch or network, or larger buffers",
                   schedule->network->name, i, layer->name, layer->op->name,
                   schedule->machine->name, MAX_STEPS, self->n_steps);
      return false;
    }
  return true;
}

/* Cycles that the run takes at least: every PE works on something in each. */
static uint64_t
least_cycles (const SimditSchedule *schedule)
{
  double macs = 0;

  for (guint i = 0; i < schedule->network->layers->len; i++)
    macs += (double) simdit_schedule_macs (schedule, i);
  return (uint64_t) (macs / (double) (schedule->machine->rows * schedule->machine->columns));
}

/* The cycles of which the file has what real DRAM does. */
static void
choose_window (Run *self)
{
  const SimditRunOptions *options = self->options;
  SimditDramWatchConfig *watch = &self->plan.watch;
  bool training = self->schedule.network->mode == SIMDIT_MODE_TRAINING;

  watch->sink = (SimditActivitySink){ on_activity, self };
  watch->book = self->book;
  watch->from = options->dram_window ? options->dram_from : 0;
  watch->to = options->dram_window ? options->dram_to : training ? RECORDED_CYCLES : UINT64_MAX;
  self->dram_spec.watch = watch;
}

static bool
open_recorder (Run *self, GError **error)
{
  const SimditDramConfig *memory = self->options->memory;
  SimditRecordPlan *plan = &self->plan;
  SimditRecorderConfig config = { .path = self->options->output_path, .book = self->book };

  if (config.path == NULL)
    return true;
  simdit_record_plan_init (plan, memory != NULL ? (guint) memory->channels : 0);
  if (memory != NULL)
    choose_window (self);
  config.tracks = (const char *const *) plan->tracks->pdata;
  config.n_tracks = plan->tracks->len;
  config.counters = (const SimditCounterInfo *) (const void *) plan->counters->data;
  config.n_counters = plan->counters->len;
  config.views = simdit_counter_views ();
  config.n_views = SIMDIT_N_BUFFERS;
  config.cycles = least_cycles (&self->schedule);
  self->recorder = simdit_recorder_new (&config, error);
  return self->recorder != NULL;
}

/* What the options ask for, or else the machine. */
static bool
choose_dram (Run *self, const SimditMachine *machine, const SimditRunOptions *options,
             GError **error)
{
  SimditDramSpec *spec = &self->dram_spec;

  if (options->memory != NULL)
    {
      *spec = (SimditDramSpec){ .ops = &simdit_dram_timing_ops,
                                .config = options->memory,
                                .machine = machine };
      simdit_port_weights (machine, spec->port_weights);
      return true;
    }
  if (options->dram != NULL)
    return simdit_dram_parse (options->dram, spec, error);
  if (simdit_dram_parse (machine->dram, spec, error))
    return true;
  g_prefix_error (error, "%s: $.dram: ", machine->file);
  return false;
}

static const char *
dram_name (const Run *self)
{
  if (self->options->dram != NULL)
    return self->options->dram;
  if (self->options->memory != NULL)
    return simdit_dram_config_get_name (self->options->memory);
  return self->schedule.machine->dram;
}

/* Shapes are kept where activities are looked at once more. */
static bool
wants_activities (const SimditRunOptions *options)
{
  return options->output_path != NULL || options->energy != NULL;
}

/* The tables beside that of the layers. */
static bool
new_result (Run *self, GError **error)
{
  const SimditSchedule *schedule = &self->schedule;
  const SimditRunOptions *options = self->options;
  uint64_t clock_fs = schedule->machine->clock_fs, n = schedule->network->layers->len;
  SimditResult *result = simdit_result_new (&simdit_layer_table, clock_fs, n);

  self->result = result;
  if (options->memory != NULL)
    result->memory = simdit_result_new (&simdit_memory_table, clock_fs, n);
  if (self->dram_spec.ops != &simdit_dram_ideal_ops)
    result->memory_stalls = simdit_result_new (&simdit_memory_stall_table, clock_fs, n);
  result->pipeline = simdit_pipeline_name (schedule->pipeline);
  result->dram = g_string_chunk_insert (result->texts, dram_name (self));
  if (options->energy == NULL)
    return true;
  result->energy = simdit_energy_account_new (options->energy, schedule->machine, options->memory,
                                              error);
  return result->energy != NULL;
}

static bool
run_init (Run *self, const SimditMachine *machine, const SimditNetwork *network,
          const SimditRunOptions *options, GError **error)
{
  SimditSequencerConfig config = { .machine = machine,
                                   .finished = on_layer_finished,
                                   .data = self };

  if (!simdit_schedule_check_batch (options->batch, error)
      || !choose_dram (self, machine, options, error))
    return false;
  self->options = options;
  self->schedule = (SimditSchedule){ .machine = machine,
                                     .network = network,
                                     .batch = options->batch,
                                     .pipeline = options->override_pipeline ? options->pipeline
                                                                            : machine->pipeline };
  self->book = simdit_shape_book_new (wants_activities (options));
  if (!new_result (self, error) || !check_layers (self, error) || !open_recorder (self, error))
    return false;
  if (options->energy != NULL && self->recorder == NULL)
    self->overview = simdit_overview_new (SIMDIT_N_COUNTERS, self->book,
                                          least_cycles (&self->schedule));
  if (self->dram_spec.ops->uses_addresses)
    self->schedule.placement = self->placement = simdit_placement_new (&self->schedule);
  self->engine = simdit_engine_new ();
  if (options->shuffle_ties)
    simdit_engine_shuffle_ties (self->engine, options->shuffle_seed);
  simdit_clock_init (&self->clock, machine->clock_fs);
  self->dram = simdit_dram_new (&self->dram_spec, self->engine, &self->clock);
  config.engine = self->engine;
  config.clock = &self->clock;
  config.dram = self->dram;
  config.book = self->book;
  config.training = network->mode == SIMDIT_MODE_TRAINING;
  if (self->recorder != NULL)
    config.sink = (SimditActivitySink){ on_recorded_activity, self->recorder };
  else if (wants_activities (options))
    config.sink = (SimditActivitySink){ on_activity, self };
  self->sequencer = simdit_sequencer_new (&config);
  return true;
}

/* Returns: false to stop. */
static bool
tell_progress (Run *self)
{
  const SimditRunOptions *options = self->options;
  SimditProgressState state = {
    .layer = self->layer,
    .n_layers = self->schedule.network->layers->len,
    .step = simdit_sequencer_steps (self->sequencer),
    .n_steps = self->n_steps,
    .cycle = simdit_clock_cycle (&self->clock, simdit_engine_now (self->engine)),
  };

  return options->progress == NULL || options->progress (&state, options->progress_data);
}

/* The layers that have finished are the result, or nothing is. */
static bool
stop_early (Run *self, GError **error)
{
  self->result->partial = true;
  if (!self->options->keep_partial)
    g_set_error_literal (error, SIMDIT_ERROR, SIMDIT_ERROR_IO, "the run was cancelled");
  return self->options->keep_partial;
}

static bool
execute (Run *self, GError **error)
{
  SimditStop stop = SIMDIT_STOP_BUDGET;

  start_next_layer (self);
  while (stop == SIMDIT_STOP_BUDGET && tell_progress (self))
    stop = simdit_engine_run (self->engine, EVENTS_PER_LOOK, error);
  self->result->events = simdit_engine_events (self->engine);
  self->result->cycles = (double) ((const SimditLayerResult *) self->result->total)->total_cycles;
  if (self->result->memory != NULL)
    simdit_memory_result_finish (self->result->memory, self->result->cycles);
  if (self->result->energy != NULL)
    simdit_energy_account_finish (self->result->energy,
                                  self->recorder != NULL ? simdit_recorder_overview (self->recorder)
                                                         : self->overview);
  if (stop == SIMDIT_STOP_BUDGET)
    return stop_early (self, error);
  if (stop == SIMDIT_STOP_IDLE)
    tell_progress (self); /* too late to stop */
  return stop == SIMDIT_STOP_IDLE;
}

/* What, with the graph in /network, gives the program of a training iteration again. */
static void
write_expansion (SimditRecorder *recorder, const SimditNetwork *network)
{
  if (!network->expanded)
    return;
  simdit_recorder_set_text (recorder, "expand",
                            simdit_expansion_names ()[network->training.expansion]);
  simdit_recorder_set_text (recorder, "optimizer",
                            simdit_optimizer_names ()[network->training.optimizer]);
  simdit_recorder_set_count (recorder, "weight_decay", network->training.weight_decay);
}

static void
write_memory (const Run *self, SimditRecorder *recorder)
{
  const SimditResult *memory = self->result->memory;
  const SimditDramWatchConfig *watch = &self->plan.watch;
  uint64_t cycles = (uint64_t) self->result->cycles;
  g_autofree char *definition = simdit_dram_config_to_json (self->options->memory);

  simdit_recorder_set_recorded (recorder, MIN (watch->from, cycles), MIN (watch->to, cycles));
  simdit_recorder_write_text (recorder, "/memory", definition);
  simdit_recorder_write_table (recorder, "/memory_requests", memory->table, memory->rows->data,
                               memory->n_rows);
}

static void
write_energy (const Run *self, SimditRecorder *recorder)
{
  simdit_recorder_write_text (recorder, "/energy_table", self->options->energy->source);
  simdit_recorder_set_text (recorder, "energy_memory",
                            simdit_energy_account_memory (self->result->energy));
  for (guint i = 0; i < SIMDIT_ENERGY_N_VIEWS; i++)
    {
      const SimditResult *view = simdit_energy_account_view (self->result->energy,
                                                             (SimditEnergyView) i);
      g_autofree char *name = g_strconcat ("/", simdit_energy_view_name ((SimditEnergyView) i),
                                           NULL);

      simdit_recorder_write_table (recorder, name, view->table, view->rows->data, view->n_rows);
    }
}

static bool
write_file (Run *self, SimditFileExtra extra, void *data, GError **error)
{
  SimditRecorder *recorder = self->recorder;
  const SimditMachine *machine = self->schedule.machine;
  const SimditNetwork *network = self->schedule.network;
  g_autofree char *definition = NULL;

  if (recorder == NULL)
    return true;
  definition = simdit_machine_to_json (machine);
  simdit_recorder_set_text (recorder, "program_version", SIMDIT_VERSION);
  simdit_recorder_set_text (recorder, "command_line",
                            self->options->command_line != NULL ? self->options->command_line : "");
  simdit_recorder_set_text (recorder, "machine_name", machine->name);
  simdit_recorder_set_text (recorder, "network_name", network->name);
  simdit_recorder_set_text (recorder, "phase",
                            network->mode == SIMDIT_MODE_TRAINING ? "training" : "inference");
  write_expansion (recorder, network);
  simdit_recorder_set_text (recorder, "pipeline", simdit_result_get_pipeline (self->result));
  simdit_recorder_set_text (recorder, "dram", dram_name (self));
  simdit_recorder_set_count (recorder, "batch", self->options->batch);
  simdit_recorder_set_count (recorder, "clock_fs", machine->clock_fs);
  simdit_recorder_set_count (recorder, "cycles", (uint64_t) self->result->cycles);
  simdit_recorder_set_count (recorder, "partial", self->result->partial);
  simdit_recorder_write_text (recorder, "/machine", definition);
  simdit_recorder_write_text (recorder, "/network", network->source);
  simdit_recorder_write_table (recorder, "/layers", self->result->table, self->result->rows->data,
                               self->result->n_rows);
  if (self->result->memory_stalls != NULL)
    simdit_recorder_write_table (recorder, "/memory_stalls", self->result->memory_stalls->table,
                                 self->result->memory_stalls->rows->data,
                                 self->result->memory_stalls->n_rows);
  if (self->result->memory != NULL)
    write_memory (self, recorder);
  if (self->result->energy != NULL)
    write_energy (self, recorder);
  simdit_recorder_write_labels (recorder,
                                (const SimditLabelInfo *) (const void *) self->plan.labels->data,
                                self->plan.labels->len);
  if (extra != NULL)
    extra (recorder, self->result, data);
  return simdit_recorder_finish (recorder, error);
}

SimditResult *
simdit_simulate_extended (const SimditMachine *machine, const SimditNetwork *network,
                          const SimditRunOptions *options, SimditFileExtra extra, void *data,
                          GError **error)
{
  g_auto (Run) self = { 0 };

  if (!run_init (&self, machine, network, options, error) || !execute (&self, error)
      || !write_file (&self, extra, data, error))
    return NULL;
  return g_steal_pointer (&self.result);
}

SimditResult *
simdit_simulate (const SimditMachine *machine, const SimditNetwork *network,
                 const SimditRunOptions *options, GError **error)
{
  return simdit_simulate_extended (machine, network, options, NULL, NULL, error);
}
