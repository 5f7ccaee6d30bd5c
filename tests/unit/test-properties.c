/*
 * What holds for every program on every machine: random layers, tiles, widths and ports, run under
 * every discipline.
 */
#include "helpers/programs.h"

#include <simdit/simdit.h>
#include <string.h>

#define N_DISCIPLINES 3

static const SimditDiscipline disciplines[N_DISCIPLINES] = { SIMDIT_DISCIPLINE_LOCKSTEP,
                                                             SIMDIT_DISCIPLINE_DECOUPLED,
                                                             SIMDIT_DISCIPLINE_SERIAL };

static uint64_t
longest_port (const ActivityLog *log)
{
  uint64_t longest = 0;

  for (guint i = SIMDIT_TRACK_PORTS; i < SIMDIT_N_TRACKS; i++)
    longest = MAX (longest, log->busy[i]);
  return longest;
}

static void
check_one (const SimditProgram *program, const SimditProgramReport *report, const ActivityLog *log)
{
  guint unit = simdit_operator_is_systolic (program->op) ? SIMDIT_TRACK_PE_ARRAY
                                                         : SIMDIT_TRACK_SIMD_ARRAY;

  const uint64_t *states = report->counters + SIMDIT_COUNTER_STATE;

  g_assert_cmpuint (report->end_cycle, >=, longest_port (log));
  g_assert_cmpuint (report->end_cycle, >=, report->compute_cycles);
  g_assert_cmpuint (report->compute_cycles, ==, log->busy[unit]);
  check_account (program, report, log);
  if (program->discipline == SIMDIT_DISCIPLINE_SERIAL && !simdit_operator_is_systolic (program->op))
    g_assert_cmpuint (report->end_cycle, ==,
                      report->compute_cycles + longest_port (log)
                          + states[SIMDIT_STATE_SIMD_PORT_WAIT_MEMORY]);
}

/* What moves in total does not depend on when it moves. */
static void
check_conservation (const SimditProgram *program, const SimditProgramReport *report)
{
  const SimditExtents *e = &program->extents;
  uint64_t macs = simdit_extents_volume (e, (1u << SIMDIT_N_LOOP_DIMS) - 1);
  uint64_t loads = 0, stores = 0;

  for (guint b = 0; b < SIMDIT_N_BUFFERS; b++)
    {
      loads += report->counters[simdit_counter_sram ((SimditBuffer) b, SIMDIT_ACCESS_DMA_WRITE)];
      stores += report->counters[simdit_counter_sram ((SimditBuffer) b, SIMDIT_ACCESS_DMA_READ)];
    }
  g_assert_cmpuint (loads, ==, report->counters[SIMDIT_COUNTER_DRAM_READ]);
  g_assert_cmpuint (stores, ==, report->counters[SIMDIT_COUNTER_DRAM_WRITE]);
  g_assert_cmpuint (loads + stores, ==,
                    report->dram_bits[0] + report->dram_bits[1] + report->dram_bits[2]
                        + report->dram_bits[3] + report->dram_bits[4] + report->dram_bits[5]);
  if (!simdit_operator_is_systolic (program->op))
    return;
  g_assert_cmpuint (report->counters[SIMDIT_COUNTER_ACTIVE_PES], >=, macs);
  g_assert_cmpuint (report->dram_bits[SIMDIT_OPERAND_WEIGHTS], ==,
                    simdit_extents_volume (e, SIMDIT_DIM (OC) | SIMDIT_DIM (IC) | SIMDIT_DIM (KH)
                                                  | SIMDIT_DIM (KW))
                        * program->widths[SIMDIT_WIDTH_WEIGHT]);
  g_assert_cmpuint (report->dram_bits[SIMDIT_OPERAND_OFMAP], ==,
                    simdit_extents_volume (e, SIMDIT_DIM (OC) | SIMDIT_DIM (N) | SIMDIT_DIM (OH)
                                                  | SIMDIT_DIM (OW))
                        * program->widths[SIMDIT_WIDTH_ACCUMULATOR]);
  g_assert_cmpuint (report->dram_bits[SIMDIT_OPERAND_PSUM_LOAD], ==,
                    report->dram_bits[SIMDIT_OPERAND_PSUM_STORE]);
}

/* On a channel of any width and latency what must hold of one discipline by itself holds, too. */
static void
check_shared (const SimditMachine *ideal, SimditProgram *program)
{
  g_autofree char *dram = g_strdup_printf ("shared:width=%" G_GUINT64_FORMAT
                                           ",latency=%" G_GUINT64_FORMAT,
                                           random_to (1000), random_to (30));
  SimditMachine machine = *ideal;
  SimditProgramReport report;
  ActivityLog log;

  machine.dram = dram;
  report = run_program (&machine, program, 0, &log);
  check_one (program, &report, &log);
  check_conservation (program, &report);
}

static void
check_program (const char *operation)
{
  SimditMachine machine = random_machine ();
  SimditProgram program = random_program (operation, false);
  SimditProgramReport reports[N_DISCIPLINES];

  for (guint i = 0; i < N_DISCIPLINES; i++)
    {
      ActivityLog log, shuffled;

      if (i == 2 && simdit_operator_is_systolic (program.op))
        break;
      program.discipline = disciplines[i];
      reports[i] = run_program (&machine, &program, 0, &log);
      check_one (&program, &reports[i], &log);
      check_conservation (&program, &reports[i]);
      check_shared (&machine, &program);
      run_program (&machine, &program, 1 + (guint) g_test_rand_int_range (0, 1 << 20), &shuffled);
      g_assert_cmpmem (log.track_hash, sizeof log.track_hash, shuffled.track_hash,
                       sizeof shuffled.track_hash);
      g_assert_cmpuint (reports[i].compute_cycles, ==, reports[0].compute_cycles);
    }
  g_assert_cmpuint (reports[1].end_cycle, <=, reports[0].end_cycle);
  if (!simdit_operator_is_systolic (program.op))
    g_assert_cmpuint (reports[1].end_cycle, <=, reports[2].end_cycle);
}

/* ---- a tile that is spilled is stored before it is loaded ---- */

static const SimditDim spill_nest[] = { SIMDIT_DIM_OC, SIMDIT_DIM_PASS, SIMDIT_DIM_N, SIMDIT_DIM_OH,
                                        SIMDIT_N_DIMS };
static const SimditOperandRow spill_operands[] = {
  { .operand = SIMDIT_OPERAND_PSUM_LOAD,
    .direction = SIMDIT_LOAD,
    .buffer = SIMDIT_BUFFER_VMEM,
    .volume = SIMDIT_DIM (OC) | SIMDIT_DIM (N) | SIMDIT_DIM (OH),
    .width = SIMDIT_WIDTH_ACCUMULATOR,
    .passes = 2 },
  { .operand = SIMDIT_OPERAND_PSUM_STORE,
    .direction = SIMDIT_STORE,
    .buffer = SIMDIT_BUFFER_VMEM,
    .volume = SIMDIT_DIM (OC) | SIMDIT_DIM (N) | SIMDIT_DIM (OH),
    .width = SIMDIT_WIDTH_ACCUMULATOR,
    .passes = 1 },
  { .volume = 0 },
};
static const SimditBlock spill_blocks[] = {
  { .over = SIMDIT_DIM (OC), .pass = 0, .ops = { { .op = SIMDIT_OP_ADD, .reads = 1 } } },
  { .over = SIMDIT_DIM (OC), .pass = 1, .ops = { { .op = SIMDIT_OP_ADD, .reads = 1 } } },
  { .over = 0 },
};
static const SimditOperator spill_operator = { .name = "spill",
                                               .unit = SIMDIT_UNIT_SIMD_ARRAY,
                                               .nest = spill_nest,
                                               .passes = 2,
                                               .operands = spill_operands,
                                               .blocks = spill_blocks };

static void
test_spilled_tiles (void)
{
  for (guint i = 0; i < 500; i++)
    {
      SimditMachine machine = random_machine ();
      SimditProgram program = random_program ("relu", false);
      ActivityLog log;

      program.op = &spill_operator;
      program.discipline = SIMDIT_DISCIPLINE_DECOUPLED;
      program.extents.of[SIMDIT_DIM_PASS] = 2;
      program.extents.of[SIMDIT_DIM_OW] = program.tile.of[SIMDIT_DIM_OW] = 1;
      run_program (&machine, &program, 0, &log);
      g_assert_cmpuint (log.n_loads, ==, log.n_stores);
      for (guint n = 0; n < MIN (log.n_loads, LOGGED_TRANSFERS - 1); n++)
        g_assert_cmpuint (log.load_starts[n], >=, log.store_ends[n]);
    }
}

static const char *const operations[] = { "conv",
                                          "gemm",
                                          "relu",
                                          "elem_add",
                                          "max_pool",
                                          "avg_pool",
                                          "softmax",
                                          "sgd4d",
                                          "relu_grad",
                                          "reduce_sum",
                                          "mean_var",
                                          "batch_norm",
                                          "batchnorm_grad_x_mu",
                                          "max_pool_grad",
                                          "average_pool_grad",
                                          TRAINING_OPERATIONS };

static void
test_pe_array (void)
{
  for (guint i = 0; i < 4000; i++)
    check_program (operations[i % 2]);
}

static void
test_simd_array (void)
{
  for (guint i = 0; i < 2000; i++)
    check_program (operations[2 + i % (G_N_ELEMENTS (operations) - 2)]);
}

static const char machine_text[] =
    "{\"ARRAY_N\": 16, \"ARRAY_M\": 16, \"WGT_DATA_WIDTH\": 8, \"ACT_DATA_WIDTH\": 8,"
    " \"BIAS_WIDTH\": 32, \"ACC_WIDTH\": 32, \"IBUF_CAPACITY_BITS\": 262144,"
    " \"WBUF_CAPACITY_BITS\": 262144, \"OBUF_CAPACITY_BITS\": 262144,"
    " \"BBUF_CAPACITY_BITS\": 16384, \"IBUF_AXI_DATA_WIDTH\": 128,"
    " \"PARAMBUF_AXI_DATA_WIDTH\": 64, \"OBUF_AXI_DATA_WIDTH\": 128,"
    " \"SIMD_VMEM_CAPACITY_BITS\": 524288, \"SIMD_AXI_DATA_WIDTH\": 128}";
static const char network_text[] =
    "{\"format\": \"simdit-network\", \"version\": 1, \"inputs\": {\"x\": [24, 20, 20]},"
    " \"layers\": ["
    "{\"name\": \"a\", \"operation\": \"conv\", \"inputs\": [\"x\"], \"channels\": 200,"
    " \"kernel\": 3, \"pad\": 1},"
    "{\"name\": \"b\", \"operation\": \"relu\", \"inputs\": [\"a\"]},"
    "{\"name\": \"c\", \"operation\": \"avg_pool\", \"inputs\": [\"b\"], \"kernel\": 2,"
    " \"stride\": 2},"
    "{\"name\": \"d\", \"operation\": \"flatten\", \"inputs\": [\"c\"]},"
    "{\"name\": \"e\", \"operation\": \"gemm\", \"inputs\": [\"d\"], \"channels\": 100},"
    "{\"name\": \"f\", \"operation\": \"softmax\", \"inputs\": [\"e\"]}]}";

static gpointer
simulate_in_thread (gpointer data)
{
  const SimditRunOptions *options = data;
  g_autoptr (SimditMachine) machine = simdit_machine_parse (machine_text, -1, "m.json", NULL);
  g_autoptr (SimditNetwork) network = simdit_network_parse (network_text, -1, "n.json", NULL);
  g_autoptr (GError) error = NULL;
  SimditResult *result = simdit_simulate (machine, network, options, &error);

  g_assert_no_error (error);
  return result;
}

static void
assert_same_results (const SimditResult *a, const SimditResult *b)
{
  g_assert_cmpuint (simdit_result_get_n_rows (a), ==, simdit_result_get_n_rows (b));
  for (uint64_t row = 0; row < simdit_result_get_n_rows (a); row++)
    for (guint c = 0; c < simdit_result_get_n_columns (a); c++)
      if (simdit_result_get_column (a, c)->type == SIMDIT_COLUMN_COUNT)
        g_assert_cmpuint (simdit_result_get_count (a, row, c), ==,
                          simdit_result_get_count (b, row, c));
}

/* A run is a value: several at a time, in any number of threads, do not meet. */
static void
test_runs_at_once (void)
{
  SimditRunOptions options = SIMDIT_RUN_OPTIONS_INIT;
  g_autoptr (SimditResult) alone = simulate_in_thread (&options);
  GThread *threads[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("run", simulate_in_thread, &options);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      g_autoptr (SimditResult) result = g_thread_join (threads[i]);

      assert_same_results (alone, result);
    }
}

static void
test_shuffled_network (void)
{
  SimditRunOptions options = SIMDIT_RUN_OPTIONS_INIT;
  g_autoptr (SimditResult) plain = simulate_in_thread (&options);

  options.shuffle_ties = true;
  for (options.shuffle_seed = 1; options.shuffle_seed < 6; options.shuffle_seed++)
    {
      g_autoptr (SimditResult) result = simulate_in_thread (&options);

      assert_same_results (plain, result);
    }
}

static bool
stop_at_once (const SimditProgressState *state, void *user_data)
{
  (void) state;
  (void) user_data;
  return false;
}

static void
test_cancel (void)
{
  g_autoptr (SimditMachine) machine = simdit_machine_parse (machine_text, -1, "m.json", NULL);
  g_autoptr (SimditNetwork) network = simdit_network_parse (network_text, -1, "n.json", NULL);
  SimditRunOptions options = SIMDIT_RUN_OPTIONS_INIT;
  g_autoptr (GError) error = NULL;

  options.progress = stop_at_once;
  g_assert_null (simdit_simulate (machine, network, &options, &error));
  g_assert_error (error, SIMDIT_ERROR, SIMDIT_ERROR_IO);
}

/* Steps and cycles only grow, and the last call finds all steps done. */
static bool
note_progress (const SimditProgressState *state, void *user_data)
{
  SimditProgressState *last = user_data;

  g_assert_cmpuint (state->layer, >=, last->layer);
  g_assert_cmpuint (state->step, >=, last->step);
  g_assert_cmpuint (state->cycle, >=, last->cycle);
  *last = *state;
  return true;
}

static void
test_progress (void)
{
  SimditProgressState last = { 0 };
  SimditRunOptions options = SIMDIT_RUN_OPTIONS_INIT;
  g_autoptr (SimditResult) result = NULL;

  options.progress = note_progress;
  options.progress_data = &last;
  result = simulate_in_thread (&options);
  g_assert_false (simdit_result_is_partial (result));
  g_assert_cmpuint (last.layer, ==, last.n_layers);
  g_assert_cmpuint (last.n_layers, ==, simdit_result_get_n_rows (result));
  g_assert_cmpuint (last.step, ==, last.n_steps);
  g_assert_cmpuint (last.cycle, ==, (uint64_t) simdit_result_get_cycles (result));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/properties/pe-array", test_pe_array);
  g_test_add_func ("/properties/simd-array", test_simd_array);
  g_test_add_func ("/properties/spilled-tiles", test_spilled_tiles);
  g_test_add_func ("/properties/runs-at-once", test_runs_at_once);
  g_test_add_func ("/properties/shuffled-network", test_shuffled_network);
  g_test_add_func ("/properties/cancel", test_cancel);
  g_test_add_func ("/properties/progress", test_progress);
  return g_test_run ();
}
