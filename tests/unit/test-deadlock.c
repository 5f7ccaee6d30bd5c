/* A run in which nothing can happen any more says who waits for whom. */
#include "expect.h"
#include "helpers/programs.h"

/* Ideal, but one transfer never ends. */
typedef struct
{
  SimditDram base;
  guint n_transfers, lost;
} LossyDram;

static void
lossy_submit (SimditDram *dram, SimditTransfer *transfer, uint64_t now_cycle)
{
  LossyDram *self = (LossyDram *) (void *) dram;

  if (self->n_transfers++ != self->lost)
    simdit_dram_ideal_ops.submit (dram, transfer, now_cycle);
}

static const SimditDramOps lossy_ops = { .name = "lossy", .submit = lossy_submit };

/* A convolution of two weight tiles, a cycle for each transfer; transfer number @lost is lost. */
static void
expect_deadlock (guint lost, const char *first, const char *second)
{
  const SimditMachine machine = { .rows = 4,
                                  .columns = 4,
                                  .weight_width = 10000,
                                  .ibuf_port = 10000,
                                  .param_port = 10000,
                                  .obuf_port = 10000 };
  SimditProgram program = { .op = simdit_operator_find ("conv", true),
                            .stride = 1,
                            .discipline = SIMDIT_DISCIPLINE_DECOUPLED,
                            .widths = { 8, 8, 32, 32, 32 } };
  g_autoptr (SimditEngine) engine = simdit_engine_new ();
  g_autoptr (SimditShapeBook) book = simdit_shape_book_new (false);
  g_autoptr (SimditSequencer) sequencer = NULL;
  g_autoptr (GError) error = NULL;
  SimditClock clock;
  LossyDram dram = { .base = { &lossy_ops, engine, &clock }, .lost = lost };
  SimditSequencerConfig config = {
    .machine = &machine, .engine = engine, .clock = &clock, .dram = &dram.base, .book = book
  };

  simdit_clock_init (&clock, 1000);
  for (guint d = 0; d < SIMDIT_N_DIMS; d++)
    program.extents.of[d] = program.tile.of[d] = 1;
  program.extents.of[SIMDIT_DIM_OC] = 8;
  program.tile.of[SIMDIT_DIM_OC] = 4;
  g_assert_true (simdit_program_build (&program, &error));
  sequencer = simdit_sequencer_new (&config);
  simdit_sequencer_start (sequencer, &program);
  g_assert_cmpint (simdit_engine_run (engine, UINT64_MAX, &error), ==, SIMDIT_STOP_ERROR);
  expect_error (&error, SIMDIT_ERROR_DEADLOCK, first, second);
}

static void
test_lost_transfers (void)
{
  expect_deadlock (0, "pe_array waits at step 0 of 2, axi_param waits for the DRAM to load wbuf",
                   "axi_param waits to load bbuf for step 0");
  expect_deadlock (1, "pe_array waits at step 0 of 2, ",
                   "axi_ibuf waits for the DRAM to load ibuf");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/deadlock/lost-transfers", test_lost_transfers);
  return g_test_run ();
}
