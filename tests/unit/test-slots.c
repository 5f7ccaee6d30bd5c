/*
 * The exact model against the simulator: two programs that share operators and loops, one in closed
 * form, one by events, agree to the cycle and the bit.
 */
#include "helpers/programs.h"

#include "model/slots.h"
#include "sched/schedule.h"

#define CASES 12000

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
                                          "conv",
                                          "batchnorm_grad_x_mu",
                                          "conv",
                                          "max_pool_grad",
                                          "average_pool_grad",
                                          "gemm",
                                          TRAINING_OPERATIONS };

static uint64_t
accesses (const SimditProgramReport *report, SimditBuffer buffer)
{
  return report->counters[simdit_counter_sram (buffer, SIMDIT_ACCESS_READ)]
         + report->counters[simdit_counter_sram (buffer, SIMDIT_ACCESS_WRITE)];
}

static void
check_work (const SimditTileWork *work, const SimditProgramReport *report)
{
  g_assert_cmpuint (work->cycles, ==, report->compute_cycles);
  g_assert_cmpuint (work->padded_macs, ==, report->counters[SIMDIT_COUNTER_ACTIVE_PES]);
  g_assert_cmpuint (work->hazards, ==, report->counters[SIMDIT_COUNTER_HAZARDS]);
  g_assert_cmpuint (work->wbuf, ==, accesses (report, SIMDIT_BUFFER_WBUF));
  g_assert_cmpuint (work->ibuf, ==, accesses (report, SIMDIT_BUFFER_IBUF));
  g_assert_cmpuint (work->obuf, ==, accesses (report, SIMDIT_BUFFER_OBUF));
  g_assert_cmpuint (work->bbuf, ==, accesses (report, SIMDIT_BUFFER_BBUF));
  g_assert_cmpuint (work->vmem, ==, accesses (report, SIMDIT_BUFFER_VMEM));
  g_assert_cmpuint (work->obuf_reads, ==,
                    report->counters[simdit_counter_sram (SIMDIT_BUFFER_OBUF, SIMDIT_ACCESS_READ)]);
  g_assert_cmpuint (work->vmem_reads, ==,
                    report->counters[simdit_counter_sram (SIMDIT_BUFFER_VMEM, SIMDIT_ACCESS_READ)]);
  g_assert_cmpuint (work->active_lanes, ==, report->counters[SIMDIT_COUNTER_ACTIVE_LANES]);
  for (guint i = 0; i < SIMDIT_N_OPS; i++)
    g_assert_cmpuint (work->operations[i], ==,
                      report->counters[SIMDIT_COUNTER_SIMD_OPERATIONS + i]);
  g_assert_cmpuint (work->immediates, ==, report->counters[SIMDIT_COUNTER_IMM_READ]);
  g_assert_cmpuint (work->instructions, ==, report->counters[SIMDIT_COUNTER_INSTRUCTION_READ]);
}

/* No port moves more bits in a cycle than it is wide. */
static void
check_bound (const SimditMachine *machine, const SimditProgram *program, const SimditSlotCost *cost)
{
  const uint64_t *bits = cost->dram_bits;
  uint64_t parameters = bits[SIMDIT_OPERAND_WEIGHTS] + bits[SIMDIT_OPERAND_BIAS];
  uint64_t outputs = bits[SIMDIT_OPERAND_PSUM_LOAD] + bits[SIMDIT_OPERAND_PSUM_STORE]
                     + bits[SIMDIT_OPERAND_OFMAP];
  uint64_t bound = simdit_model_bound (cost);

  g_assert_cmpuint (bound, >=, cost->work.cycles);
  if (!simdit_operator_is_systolic (program->op))
    {
      g_assert_cmpuint (bound * machine->simd_port, >=, bits[SIMDIT_OPERAND_IFMAP] + outputs);
      return;
    }
  g_assert_cmpuint (bound * simdit_machine_param_port_width (machine), >=, parameters);
  g_assert_cmpuint (bound * machine->ibuf_port, >=, bits[SIMDIT_OPERAND_IFMAP]);
  g_assert_cmpuint (bound * machine->obuf_port, >=, outputs);
}

static void
check (const char *operation, SimditDiscipline discipline)
{
  SimditMachine machine = random_machine ();
  SimditProgram program = random_program (operation, g_test_rand_bit ());
  SimditModelLayer layer;
  SimditProgramReport report;
  SimditSlotCost cost;
  ActivityLog log;

  program.discipline = discipline;
  for (guint i = 0; i < SIMDIT_MAX_OPERANDS; i++)
    program.dram_widths[i] = g_test_rand_bit () ? random_to (32) : 0;
  report = run_program (&machine, &program, 0, &log);
  simdit_model_layer_init (&layer, &machine, &program, true, NULL);
  simdit_model_slots (&layer, &cost);
  check_work (&cost.work, &report);
  check_bound (&machine, &program, &cost);
  g_assert_cmpmem (cost.dram_bits, sizeof cost.dram_bits, report.dram_bits,
                   sizeof report.dram_bits);
  if (discipline != SIMDIT_DISCIPLINE_DECOUPLED)
    {
      g_assert_cmpuint (cost.total, ==, report.end_cycle);
      return;
    }
  g_assert_cmpuint (report.end_cycle, >=, simdit_model_bound (&cost));
  g_assert_cmpuint (report.end_cycle, <=, cost.total);
}

static void
test_lockstep (void)
{
  for (guint i = 0; i < CASES; i++)
    check (operations[i % G_N_ELEMENTS (operations)], SIMDIT_DISCIPLINE_LOCKSTEP);
}

static void
test_serial (void)
{
  for (guint i = 0; i < CASES / 4; i++)
    {
      const char *operation = operations[i % G_N_ELEMENTS (operations)];

      if (!simdit_operator_is_systolic (any_operator (operation)))
        check (operation, SIMDIT_DISCIPLINE_SERIAL);
    }
}

static void
test_decoupled (void)
{
  for (guint i = 0; i < CASES; i++)
    check (operations[i % G_N_ELEMENTS (operations)], SIMDIT_DISCIPLINE_DECOUPLED);
}

/* Whether the reference's formulas hold: whole tiles, two of them while a weight tile stays. */
static bool
is_exact_in_reference (const SimditProgram *program)
{
  const SimditExtents *e = &program->extents, *t = &program->tile;

  if (program->ragged != 0 || program->op->uncounted != 0)
    return false;
  if (!simdit_operator_is_systolic (program->op)
      || (program->op->output_stationary && e->of[SIMDIT_DIM_N] == 1))
    return true;
  return e->of[SIMDIT_DIM_N] > t->of[SIMDIT_DIM_N] || e->of[SIMDIT_DIM_OH] > t->of[SIMDIT_DIM_OH]
         || e->of[SIMDIT_DIM_OW] > t->of[SIMDIT_DIM_OW];
}

/* Buffers that hold the smallest tile the generator accepts, or somewhat more. */
static SimditMachine
random_tiled_machine (void)
{
  SimditMachine m = { .name = (char *) "random",
                      .rows = 2 + random_to (298),
                      .columns = 2 + random_to (298),
                      .weight_width = random_to (17),
                      .activation_width = random_to (17),
                      .bias_width = random_to (40),
                      .accumulator_width = random_to (40) };

  m.wbuf_bits = m.rows * m.columns * 18 * m.weight_width * random_to (5) + random_to (999);
  m.ibuf_bits = m.rows * 450 * m.activation_width * random_to (5) + random_to (999);
  m.obuf_bits = m.columns * 49 * m.accumulator_width * random_to (5) + random_to (999);
  m.bbuf_bits = m.columns * 2 * m.bias_width * random_to (5) + random_to (999);
  m.vmem_bits = m.columns * 50 * m.accumulator_width * random_to (9) + random_to (999);
  m.ibuf_port = random_to (2000);
  m.param_port = random_to (2000);
  m.obuf_port = random_to (2000);
  m.simd_port = random_to (2000);
  return m;
}

static void
random_layer (SimditLayer *layer, const char *operation)
{
  bool gemm;

  simdit_layer_init (layer, operation, simdit_operator_find (operation, true));
  gemm = layer->op->output_stationary;
  layer->extents.of[SIMDIT_DIM_OC] = random_to (1200);
  layer->extents.of[SIMDIT_DIM_IC] = random_to (1200);
  layer->extents.of[SIMDIT_DIM_N] = random_to (2) == 1 ? 1 : random_to (40);
  if (gemm)
    return;
  layer->extents.of[SIMDIT_DIM_KH] = layer->extents.of[SIMDIT_DIM_KW] = random_to (7);
  layer->extents.of[SIMDIT_DIM_OH] = layer->extents.of[SIMDIT_DIM_OW] = random_to (56);
  layer->stride = random_to (3);
}

/* A random layer on a random machine, tiled; false when it does not fit or takes long. */
static bool
random_tiled_program (SimditMachine *machine, const char *operation, SimditProgram *program)
{
  g_autoptr (GArray) layers = g_array_new (FALSE, FALSE, sizeof (SimditLayer));
  SimditNetwork network = { .name = (char *) "random",
                            .mode = SIMDIT_MODE_TRAINING,
                            .layers = layers };
  SimditSchedule schedule = { .machine = machine,
                              .network = &network,
                              .batch = random_to (16),
                              .pipeline = SIMDIT_PIPELINE_LOCKSTEP };
  SimditLayer layer;
  bool fits;

  *machine = random_tiled_machine ();
  random_layer (&layer, operation);
  g_array_append_val (layers, layer);
  fits = simdit_schedule_layer (&schedule, 0, program, NULL);
  g_free (layer.name);
  return fits && program->n_steps < 2000;
}

/* Lockstep by events is the reference's formula, wherever that means to be exact. */
static void
test_reference (void)
{
  guint exact = 0, array = 0;

  for (guint i = 0; exact < 10000; i++)
    {
      g_assert_cmpuint (i, <, 10000000); /* or nothing is exact any more */
      /* Few layers of the array have whole tiles: try many. */
      const char *array_operation = i % 3 != 0 ? "conv" : "gemm";
      const char *operation = i % 12 != 0 ? array_operation
                                          : operations[i / 12 % G_N_ELEMENTS (operations)];
      SimditMachine machine;
      SimditProgram program;
      SimditModelLayer layer;
      SimditProgramReport report;
      SimditLayerCost cost;
      ActivityLog log;

      if (simdit_operator_find (operation, true) == NULL /* not in the reference */
          || !random_tiled_program (&machine, operation, &program)
          || !is_exact_in_reference (&program) || program.op->fixed != NULL)
        continue;
      report = run_program (&machine, &program, 0, &log);
      simdit_model_layer_init (&layer, &machine, &program, true, NULL);
      simdit_model_compatible (&layer, &cost);
      g_assert_cmpfloat (cost.array_compute + cost.simd_compute, ==,
                         (double) report.compute_cycles);
      g_assert_cmpfloat (cost.total, ==, (double) report.end_cycle);
      exact++;
      array += simdit_operator_is_systolic (program.op);
    }
  g_test_message ("%u layers of the PE array, %u of the SIMD array", array, exact - array);
  g_assert_cmpuint (array, >, 3000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/slots/lockstep", test_lockstep);
  g_test_add_func ("/slots/serial", test_serial);
  g_test_add_func ("/slots/decoupled", test_decoupled);
  g_test_add_func ("/slots/reference", test_reference);
  return g_test_run ();
}
