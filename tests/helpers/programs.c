#include "programs.h"

#include "base/arith.h"

#include <simdit/simdit.h>
#include <string.h>

#define MAX_CHECKED_CYCLES 4096 /* beyond that only sums are looked at: tests are to end */

/* Each cycle of an activity is in exactly one state. */
static void
check_states (const SimditShape *shape, const SimditShapeTerm *terms)
{
  uint64_t n = shape->duration <= MAX_CHECKED_CYCLES ? shape->duration : 0, all = 0;
  uint64_t states[MAX_CHECKED_CYCLES] = { 0 };

  for (uint64_t i = 0; i < shape->n_terms; i++)
    if (terms[i].counter >= SIMDIT_COUNTER_STATE
        && terms[i].counter < SIMDIT_COUNTER_STATE + SIMDIT_N_STATES)
      {
        if (n > 0)
          simdit_shape_term_expand (&terms[i], 0, n, states);
        all += simdit_shape_term_total (&terms[i]);
      }
  g_assert_cmpuint (all, ==, shape->duration);
  for (uint64_t i = 0; i < n; i++)
    g_assert_cmpuint (states[i], ==, 1);
}

static bool
has_kind (const SimditShape *shape, const char *kind)
{
  return g_str_equal (simdit_state_labels ()[shape->label].kind, kind);
}

static void
log_change (ActivityLog *self, uint64_t cycle, const SimditShapeTerm *term)
{
  gint64 counter = (gint64) term->counter - SIMDIT_COUNTER_HALVES_TAKEN;
  bool taken = counter < SIMDIT_N_BUFFERS;

  if (counter < 0)
    return;
  g_assert_cmpint (counter, <, 2 * SIMDIT_N_BUFFERS);
  g_assert_cmpuint (term->offset, ==, 0);
  if (self->n_changes++ < LOGGED_CHANGES)
    self->changes[self->n_changes - 1] = (HalfChange){
      .cycle = cycle,
      .buffer = (guint) counter % SIMDIT_N_BUFFERS,
      .more = taken ? (int64_t) term->value : -(int64_t) term->value,
    };
}

static void
log_activity (void *data, guint track, uint64_t start, uint32_t number)
{
  ActivityLog *self = data;
  const SimditShape *shape = simdit_shape_book_get (self->book, number);
  const SimditShapeTerm *terms = simdit_shape_book_terms (self->book) + shape->first_term;

  g_assert_cmpuint (start, ==, self->end[track]); /* one thing at a time, and no gap */
  self->end[track] = start + shape->duration;
  if (number >= self->shapes_checked)
    {
      check_states (shape, terms);
      self->shapes_checked = number + 1; /* they are numbered as they come up */
    }
  for (uint64_t i = 0; i < shape->n_terms; i++)
    {
      self->counters[terms[i].counter] += simdit_shape_term_total (&terms[i]);
      log_change (self, start, &terms[i]);
    }
  self->track_hash[track] = (self->track_hash[track] ^ (start * 31 + shape->duration))
                            * UINT64_C (0x100000001b3);
  if (has_kind (shape, "wait") || has_kind (shape, "idle"))
    return;
  self->busy[track] += shape->duration;
  if (has_kind (shape, "load"))
    self->load_starts[MIN (self->n_loads++, LOGGED_TRANSFERS - 1)] = start;
  else if (has_kind (shape, "store"))
    self->store_ends[MIN (self->n_stores++, LOGGED_TRANSFERS - 1)] = start + shape->duration;
}

static void
keep_report (void *data, const SimditProgramReport *report)
{
  *(SimditProgramReport *) data = *report;
}

SimditProgramReport
run_program_on (const SimditDramSpec *spec, const SimditMachine *machine, SimditProgram *program,
                guint shuffle_seed, ActivityLog *log)
{
  g_autoptr (SimditEngine) engine = simdit_engine_new ();
  g_autoptr (SimditShapeBook) book = simdit_shape_book_new (true);
  g_autoptr (SimditDram) dram = NULL;
  g_autoptr (SimditSequencer) sequencer = NULL;
  g_autoptr (GError) error = NULL;
  SimditProgramReport report = { 0 };
  SimditClock clock;
  SimditSequencerConfig config = { .machine = machine,
                                   .engine = engine,
                                   .clock = &clock,
                                   .book = book,
                                   .sink = { log_activity, log },
                                   .training = true,
                                   .finished = keep_report,
                                   .data = &report };

  *log = (ActivityLog){ .book = book };
  if (shuffle_seed != 0)
    simdit_engine_shuffle_ties (engine, shuffle_seed);
  simdit_clock_init (&clock, machine->clock_fs != 0 ? machine->clock_fs : 800);
  dram = config.dram = simdit_dram_new (spec, engine, &clock);
  g_assert_true (simdit_program_build (program, &error));
  sequencer = simdit_sequencer_new (&config);
  simdit_sequencer_start (sequencer, program);
  g_assert_cmpint (simdit_engine_run (engine, UINT64_MAX, &error), ==, SIMDIT_STOP_IDLE);
  g_assert_no_error (error);
  return report;
}

SimditProgramReport
run_program (const SimditMachine *machine, SimditProgram *program, guint shuffle_seed,
             ActivityLog *log)
{
  g_autoptr (GError) error = NULL;
  SimditDramSpec spec;

  g_assert_true (
      simdit_dram_parse (machine->dram != NULL ? machine->dram : "ideal", &spec, &error));
  return run_program_on (&spec, machine, program, shuffle_seed, log);
}

void
place_randomly (SimditProgram *program)
{
  SimditAddresses *addresses = &program->addresses;
  SimditExtents *stored = &addresses->stored;

  addresses->channels_first = g_test_rand_bit ();
  addresses->pad_h = g_test_rand_int_range (-1, 2);
  addresses->pad_w = g_test_rand_int_range (-1, 2);
  *stored = program->extents;
  simdit_extents_set_input (stored, program->stride);
  for (guint d = SIMDIT_DIM_OC; d <= SIMDIT_DIM_IC; d++)
    stored->of[d] = (guint64) g_test_rand_int_range ((gint) stored->of[d] / 2,
                                                     (gint) stored->of[d] + 1);
  for (guint d = SIMDIT_DIM_IH; d <= SIMDIT_DIM_IW; d++)
    stored->of[d] = random_to (stored->of[d] + 2);
  for (guint i = 0; i < SIMDIT_MAX_OPERANDS; i++)
    addresses->bases[i] = ((guint64) i << 20) + (guint64) g_test_rand_int_range (0, 4096);
}

SimditDramConfig *
load_dram (const char *name, const char *overrides)
{
  g_autofree char *file = g_strdup_printf ("%s.json", name);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "hwdefs", "dram", file, NULL);
  g_autoptr (GError) error = NULL;
  SimditDramConfig *config = simdit_dram_config_load (path, overrides, &error);

  g_assert_no_error (error);
  return config;
}

/* The track that the counter of @state belongs to. */
static guint
track_of (guint state)
{
  const char *name = simdit_counters ()[SIMDIT_COUNTER_STATE + state].name;
  guint track = 0;

  while (!g_str_has_prefix (name, simdit_track_name (track))
         || name[strlen (simdit_track_name (track))] != '.')
    track++;
  return track;
}

static int
compare_changes (const void *a, const void *b)
{
  const HalfChange *x = a, *y = b;

  return (x->cycle > y->cycle) - (x->cycle < y->cycle);
}

static int64_t
most_tiles (const SimditProgram *program, guint buffer)
{
  if (buffer == SIMDIT_BUFFER_VMEM)
    return program->n_streams * (program->discipline == SIMDIT_DISCIPLINE_SERIAL ? 1 : 2);
  return 2 + (program->discipline == SIMDIT_DISCIPLINE_LOCKSTEP && buffer == SIMDIT_BUFFER_OBUF);
}

static void
check_halves (const SimditProgram *program, const ActivityLog *log)
{
  g_autofree HalfChange *changes = g_memdup2 (log->changes, sizeof log->changes);
  int64_t levels[SIMDIT_N_BUFFERS] = { 0 };

  if (log->n_changes > LOGGED_CHANGES)
    return;
  qsort (changes, log->n_changes, sizeof *changes, compare_changes);
  for (guint i = 0; i < log->n_changes; i++)
    {
      levels[changes[i].buffer] += changes[i].more;
      for (guint b = 0; b < SIMDIT_N_BUFFERS; b++)
        if (i + 1 == log->n_changes || changes[i].cycle < changes[i + 1].cycle)
          {
            g_assert_cmpint (levels[b], >=, 0);
            g_assert_cmpint (levels[b], <=, most_tiles (program, b));
          }
    }
  /* What is freed as the run ends begins no activity. */
  for (guint b = 0; b < SIMDIT_N_BUFFERS; b++)
    g_assert_cmpint (levels[b], <=, program->n_streams);
}

void
check_account (const SimditProgram *program, const SimditProgramReport *report,
               const ActivityLog *log)
{
  guint unit = simdit_operator_is_systolic (program->op) ? SIMDIT_TRACK_PE_ARRAY
                                                         : SIMDIT_TRACK_SIMD_ARRAY;
  const uint64_t *states = report->counters + SIMDIT_COUNTER_STATE;
  const SimditLabelInfo *labels = simdit_state_labels ();
  uint64_t sums[SIMDIT_N_TRACKS] = { 0 }, stalls[SIMDIT_N_STALLS + 1] = { 0 };
  uint64_t cycles = report->compute_cycles;

  for (guint i = 0; i < SIMDIT_N_STATES; i++)
    {
      sums[track_of (i)] += states[i];
      if (track_of (i) == unit && g_str_equal (labels[i].kind, "wait"))
        stalls[labels[i].cause] += states[i];
    }
  for (guint i = 0; i < SIMDIT_N_TRACKS; i++)
    {
      g_assert_cmpuint (sums[i], ==, report->end_cycle);
      g_assert_cmpuint (log->end[i], ==, report->end_cycle);
    }
  for (guint i = 0; i < SIMDIT_N_STALLS; i++)
    cycles += report->stall_cycles[i];
  g_assert_cmpuint (report->end_cycle, ==, cycles); /* every stall has a cause */
  g_assert_cmpuint (stalls[0], ==, 0);
  g_assert_cmpmem (stalls + 1, sizeof report->stall_cycles, report->stall_cycles,
                   sizeof report->stall_cycles);
  g_assert_cmpmem (report->counters, SIMDIT_COUNTER_HALVES_TAKEN * sizeof *report->counters,
                   log->counters, SIMDIT_COUNTER_HALVES_TAKEN * sizeof *log->counters);
  check_halves (program, log);
}

uint64_t
random_to (uint64_t most)
{
  return (uint64_t) g_test_rand_int_range (1, (gint) most + 1);
}

const SimditOperator *
any_operator (const char *operation)
{
  const SimditOperator *row = simdit_operator_find (operation, true);

  return row != NULL ? row : simdit_operator_find_training (operation);
}

SimditMachine
random_machine (void)
{
  return (SimditMachine){ .rows = random_to (12),
                          .columns = random_to (12),
                          .weight_width = random_to (16),
                          .ibuf_port = random_to (600),
                          .param_port = random_to (600),
                          .obuf_port = random_to (600),
                          .simd_port = random_to (600) };
}

static void
cut_evenly (SimditProgram *program, SimditDim dim)
{
  uint64_t count = random_to (4);

  program->extents.of[dim] = program->tile.of[dim] * count;
}

/* At least two tiles pass each weight tile: the reference's formulas need them. */
static void
make_divisible (SimditProgram *program)
{
  static const SimditDim stationary[] = { SIMDIT_DIM_N, SIMDIT_DIM_OH, SIMDIT_DIM_OW };
  bool systolic = simdit_operator_is_systolic (program->op);

  for (const SimditDim *dim = program->op->nest; *dim != SIMDIT_N_DIMS; dim++)
    if (program->extents.of[*dim] > 1 && *dim != SIMDIT_DIM_PASS)
      cut_evenly (program, *dim);
  if (systolic && !program->op->output_stationary)
    {
      SimditDim dim = stationary[g_test_rand_int_range (0, 3)];

      program->extents.of[dim] = program->tile.of[dim] * (1 + random_to (3));
    }
}

SimditProgram
random_program (const char *operation, bool divisible)
{
  SimditProgram program = { .op = any_operator (operation), .stride = random_to (3) };
  bool systolic = simdit_operator_is_systolic (program.op);
  bool gemm = program.op->output_stationary;

  for (guint w = 0; w < SIMDIT_N_WIDTHS; w++)
    program.widths[w] = random_to (32);
  for (guint d = 0; d < SIMDIT_N_DIMS; d++)
    program.extents.of[d] = program.tile.of[d] = 1;
  for (const SimditDim *dim = program.op->nest; *dim != SIMDIT_N_DIMS; dim++)
    {
      bool spatial = *dim == SIMDIT_DIM_OH || *dim == SIMDIT_DIM_OW || *dim == SIMDIT_DIM_KH
                     || *dim == SIMDIT_DIM_KW;
      uint64_t most = *dim == SIMDIT_DIM_OC || *dim == SIMDIT_DIM_IC ? 30 : spatial ? 5 : 4;

      if (gemm && spatial)
        continue;
      program.extents.of[*dim] = g_test_rand_int_range (0, 3) == 0 ? 1 : random_to (most);
      program.tile.of[*dim] = random_to (program.extents.of[*dim]);
    }
  program.extents.of[SIMDIT_DIM_PASS] = MAX (program.op->passes, 1);
  program.tile.of[SIMDIT_DIM_PASS] = 1;
  if (!systolic)
    for (guint d = SIMDIT_DIM_KH; d <= SIMDIT_DIM_KW; d++)
      program.extents.of[d] = program.tile.of[d] = random_to (3);
  if (divisible)
    make_divisible (&program);
  return program;
}
