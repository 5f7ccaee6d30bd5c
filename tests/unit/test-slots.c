/*
 * The exact model against the simulator: two programs that share operators and loops, one in closed
 * form, one by events, agree to the cycle and the bit.
 */
#include "helpers/programs.h"

#include "model/slots.h"

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
  g_assert_cmpuint (work->wbuf, ==, accesses (report, SIMDIT_BUFFER_WBUF));
  g_assert_cmpuint (work->ibuf, ==, accesses (report, SIMDIT_BUFFER_IBUF));
  g_assert_cmpuint (work->obuf, ==, accesses (report, SIMDIT_BUFFER_OBUF));
  g_assert_cmpuint (work->bbuf, ==, accesses (report, SIMDIT_BUFFER_BBUF));
  g_assert_cmpuint (work->vmem, ==, accesses (report, SIMDIT_BUFFER_VMEM));
  g_assert_cmpuint (work->immediates, ==, report->counters[SIMDIT_COUNTER_IMM_READ]);
  g_assert_cmpuint (work->instructions, ==, report->counters[SIMDIT_COUNTER_INSTRUCTION_READ]);
}

static void
check (const char *operation, SimditDiscipline discipline)
{
  SimditMachine machine = random_machine ();
  SimditProgram program = random_program (operation, g_test_rand_bit ());
  SimditModelLayer layer = { .machine = &machine, .program = &program, .training = true };
  SimditProgramReport report;
  SimditSlotCost cost;
  ActivityLog log;

  program.discipline = discipline;
  report = run_program (&machine, &program, 0, &log);
  simdit_model_slots (&layer, &cost);
  check_work (&cost.work, &report);
  g_assert_cmpmem (cost.dram_bits, sizeof cost.dram_bits, report.dram_bits,
                   sizeof report.dram_bits);
  if (discipline != SIMDIT_DISCIPLINE_DECOUPLED)
    {
      g_assert_cmpuint (cost.total, ==, report.end_cycle);
      return;
    }
  g_assert_cmpuint (report.end_cycle, >=, simdit_model_bound (&cost));
  if (program.op->passes < 2) /* slots ignore the hazards of spilled intermediates */
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

/* The reference pads channels to whole vectors. */
static void
pad (SimditProgram *program, const SimditMachine *machine)
{
  program->tile.of[SIMDIT_DIM_OC] *= machine->columns;
  program->extents.of[SIMDIT_DIM_OC] *= machine->columns;
  if (simdit_operator_is_systolic (program->op))
    {
      program->tile.of[SIMDIT_DIM_IC] *= machine->rows;
      program->extents.of[SIMDIT_DIM_IC] *= machine->rows;
    }
}

/* Lockstep by events is the reference's formula, wherever that means to be exact. */
static void
test_reference (void)
{
  guint exact = 0;

  for (guint i = 0; exact < 10000; i++)
    {
      const char *operation = operations[i % G_N_ELEMENTS (operations)];
      SimditMachine machine = random_machine ();
      SimditProgram program = random_program (operation, true);
      SimditModelLayer layer = { .machine = &machine, .program = &program, .training = true };
      SimditProgramReport report;
      SimditLayerCost cost;
      ActivityLog log;

      program.discipline = simdit_operator_is_systolic (program.op) ? SIMDIT_DISCIPLINE_LOCKSTEP
                                                                    : SIMDIT_DISCIPLINE_SERIAL;
      pad (&program, &machine);
      report = run_program (&machine, &program, 0, &log);
      if (!is_exact_in_reference (&program) || program.op->fixed != NULL)
        continue;
      simdit_model_compatible (&layer, &cost);
      g_assert_cmpfloat (cost.array_compute + cost.simd_compute, ==,
                         (double) report.compute_cycles);
      g_assert_cmpfloat (cost.total, ==, (double) report.end_cycle);
      exact++;
    }
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
