/* Stall attribution: a machine with one narrow port waits for what comes over it. */
#include "helpers/programs.h"

#define WIDE 1000000
#define NARROW 1

static SimditProgram
conv_program (SimditDiscipline discipline)
{
  SimditProgram program = { .op = simdit_operator_find ("conv", true),
                            .stride = 1,
                            .discipline = discipline,
                            .widths = { 8, 8, 32, 32, 32 } };

  for (guint d = 0; d < SIMDIT_N_DIMS; d++)
    program.extents.of[d] = program.tile.of[d] = 1;
  program.extents.of[SIMDIT_DIM_OC] = 8;
  program.extents.of[SIMDIT_DIM_IC] = 16; /* mostly weights alone, biases with every fourth tile */
  program.extents.of[SIMDIT_DIM_OH] = 6;
  program.tile.of[SIMDIT_DIM_OC] = program.tile.of[SIMDIT_DIM_IC] = 4;
  return program;
}

static SimditMachine
wide_machine (void)
{
  return (SimditMachine){ .rows = 4,
                          .columns = 4,
                          .weight_width = WIDE,
                          .ibuf_port = WIDE,
                          .param_port = WIDE,
                          .obuf_port = WIDE,
                          .simd_port = WIDE };
}

/* The cause of most stalls, the wait for the last store aside. */
static guint
main_cause (const SimditMachine *machine, SimditProgram *program)
{
  ActivityLog log;
  SimditProgramReport report = run_program (machine, program, 0, &log);
  guint cause = 0;

  for (guint i = 0; i < SIMDIT_STALL_LAST_STORE; i++)
    if (report.stall_cycles[i] > report.stall_cycles[cause])
      cause = i;
  return cause;
}

static void
test_narrow_ports (void)
{
  static const SimditDiscipline disciplines[] = { SIMDIT_DISCIPLINE_LOCKSTEP,
                                                  SIMDIT_DISCIPLINE_DECOUPLED };

  for (guint i = 0; i < G_N_ELEMENTS (disciplines); i++)
    {
      SimditProgram program = conv_program (disciplines[i]);
      SimditMachine machine = wide_machine ();

      machine.ibuf_port = NARROW;
      g_assert_cmpuint (main_cause (&machine, &program), ==, SIMDIT_STALL_IFMAP);
      machine = wide_machine ();
      machine.param_port = NARROW;
      g_assert_cmpuint (main_cause (&machine, &program), ==, SIMDIT_STALL_WEIGHTS);
      program.widths[SIMDIT_WIDTH_BIAS] = 4000;
      g_assert_cmpuint (main_cause (&machine, &program), ==, SIMDIT_STALL_BIAS);
    }
}

/* Psums leave and come back over one port: decoupled waits for loads, without a reduction for room.
 */
static void
test_narrow_output (void)
{
  SimditProgram program = conv_program (SIMDIT_DISCIPLINE_DECOUPLED);
  SimditMachine machine = wide_machine ();

  machine.obuf_port = NARROW;
  g_assert_cmpuint (main_cause (&machine, &program), ==, SIMDIT_STALL_PSUM_LOAD);
  program.extents.of[SIMDIT_DIM_IC] = 4;
  g_assert_cmpuint (main_cause (&machine, &program), ==, SIMDIT_STALL_OBUF_HALF);
}

/* By hand: loads of 2 x 64 bits and stores of 64 over 16 bits a cycle, one step after the other. */
static void
test_serial (void)
{
  SimditProgram program = conv_program (SIMDIT_DISCIPLINE_SERIAL);
  SimditMachine machine = wide_machine ();
  SimditProgramReport report;
  ActivityLog log;

  program.op = simdit_operator_find ("elem_add", true);
  program.extents.of[SIMDIT_DIM_IC] = program.tile.of[SIMDIT_DIM_IC] = 1;
  program.extents.of[SIMDIT_DIM_OC] = program.tile.of[SIMDIT_DIM_OC] = 2;
  program.extents.of[SIMDIT_DIM_OH] = 3;
  machine.simd_port = 16;
  report = run_program (&machine, &program, 0, &log);
  g_assert_cmpuint (report.compute_cycles, ==, 3 * (1 + 5 + 3));
  g_assert_cmpuint (report.stall_cycles[SIMDIT_STALL_VMEM_LOAD], ==, 3 * 2 * 4);
  g_assert_cmpuint (report.stall_cycles[SIMDIT_STALL_VMEM_STORE], ==, 2 * 4);
  g_assert_cmpuint (report.stall_cycles[SIMDIT_STALL_LAST_STORE], ==, 4);
}

/*
 * By hand: weights, bias and the next step's weights take a cycle each, the ifmap tile three. The
 * first step waits for the latter alone, whatever else arrives in the same cycle.
 */
static void
test_what_the_step_needs (void)
{
  SimditProgram program = conv_program (SIMDIT_DISCIPLINE_DECOUPLED);
  SimditMachine machine = wide_machine ();
  SimditProgramReport report;
  ActivityLog log;

  program.extents.of[SIMDIT_DIM_IC] = 4;
  program.tile.of[SIMDIT_DIM_OH] = 6;
  program.widths[SIMDIT_WIDTH_WEIGHT] = program.widths[SIMDIT_WIDTH_BIAS] = 32;
  machine.param_port = 4 * 4 * 32;
  machine.ibuf_port = 4 * 6 * program.widths[SIMDIT_WIDTH_ACTIVATION] / 3;
  report = run_program (&machine, &program, 0, &log);
  g_assert_cmpuint (report.stall_cycles[SIMDIT_STALL_IFMAP], ==, 3);
  g_assert_cmpuint (report.stall_cycles[SIMDIT_STALL_WEIGHTS], ==, 0);
  g_assert_cmpuint (report.stall_cycles[SIMDIT_STALL_BIAS], ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stalls/narrow-ports", test_narrow_ports);
  g_test_add_func ("/stalls/narrow-output", test_narrow_output);
  g_test_add_func ("/stalls/serial", test_serial);
  g_test_add_func ("/stalls/what-the-step-needs", test_what_the_step_needs);
  return g_test_run ();
}
