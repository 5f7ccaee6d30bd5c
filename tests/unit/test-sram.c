/* Ports of banks: against a walk through every cycle; whole programs; the default changes nothing.
 */
#include "helpers/programs.h"
#include "hw/sram.h"

#include <string.h>

#define N_CYCLES 400

static const SimditSramPorts all_ports[] = { SIMDIT_SRAM_1R1W, SIMDIT_SRAM_1RW, SIMDIT_SRAM_2RW };

/* Half cycles of work that a unit does in a cycle, from the accesses that a bank can serve. */
static guint
work_in_cycle (SimditSramPorts ports, bool shared, const SimditSramUse *use,
               const SimditSramDma *dma)
{
  guint work = 2;

  for (guint b = 0; b < SIMDIT_N_BUFFERS && shared; b++)
    {
      guint reads = use->reads[b], writes = use->writes[b], load = dma->active[b][SIMDIT_LOAD] > 0;
      guint store = dma->active[b][SIMDIT_STORE] > 0, able = 2;

      if (reads + writes == 0 || load + store == 0)
        continue;
      if (ports == SIMDIT_SRAM_1RW)
        able = 0;
      else if (ports == SIMDIT_SRAM_1R1W)
        able = (load && writes) || (store && reads) ? 0 : 2;
      else
        able = reads + writes > 1 ? 1 : 2; /* one port is left */
      work = MIN (work, able);
    }
  return work;
}

static void
check_step (SimditSramPorts ports, bool shared)
{
  SimditMachine machine = { .sram_ports = ports, .sram_shared = shared };
  SimditSramUse use = { 0 };
  uint64_t cycles = random_to (50), work, at = 0, end, waits[SIMDIT_N_BUFFERS], sum = 0;
  SimditSramDma dma[N_CYCLES] = { 0 };
  SimditSram sram;

  for (guint b = 0; b < SIMDIT_N_BUFFERS; b++)
    {
      use.reads[b] = g_test_rand_bit ();
      use.writes[b] = g_test_rand_bit ();
      use.doubles[b] = use.reads[b] && use.writes[b] ? random_to (20) - 1 : 0;
    }
  for (guint i = 0; i < 4; i++)
    {
      guint b = (guint) random_to (SIMDIT_N_BUFFERS) - 1, d = g_test_rand_bit ();
      guint from = (guint) random_to (80), to = from + (guint) random_to (80);

      for (guint t = from; t < to; t++)
        dma[t].active[b][d]++;
    }
  simdit_sram_init (&sram, &machine);
  simdit_sram_begin (&sram, &use, cycles, 0, &dma[0]);
  work = 2 * cycles;
  for (guint b = 0; b < SIMDIT_N_BUFFERS; b++)
    work += ports == SIMDIT_SRAM_1RW ? 2 * use.doubles[b] : 0;
  for (; work > 0; at++)
    {
      guint done = work_in_cycle (ports, shared, &use, &dma[at]);

      g_assert_cmpuint (at, <, N_CYCLES - 1);
      work -= MIN (work, done);
    }
  for (guint t = 1; (end = simdit_sram_end (&sram)) > t; t++)
    simdit_sram_change (&sram, t, &dma[t]);
  g_assert_cmpuint (end, ==, at);
  if (end == cycles)
    return;
  simdit_sram_waits (&sram, end, end - cycles, waits);
  for (guint b = 0; b < SIMDIT_N_BUFFERS; b++)
    {
      sum += waits[b];
      g_assert_true (waits[b] == 0 || use.reads[b] || use.writes[b]);
    }
  g_assert_cmpuint (sum, ==, end - cycles);
}

static void
test_every_cycle (void)
{
  for (guint i = 0; i < 6000; i++)
    check_step (all_ports[i % 3], i / 3 % 2);
}

/* ---- programs ---- */

static const char *const operations[] = { "conv",     "gemm",    "relu",
                                          "elem_add", "softmax", "batchnorm_grad_x_mu" };

static void
check_program (const char *operation, SimditDiscipline discipline)
{
  SimditMachine machine = random_machine ();
  SimditProgram program = random_program (operation, false);
  SimditProgramReport usual, report;
  ActivityLog log, shuffled;

  program.discipline = discipline;
  usual = run_program (&machine, &program, 0, &log);
  machine.sram_ports = SIMDIT_SRAM_2RW; /* more ports, halves apart: nothing changes */
  report = run_program (&machine, &program, 0, &log);
  g_assert_cmpmem (&report, sizeof report, &usual, sizeof usual);
  for (guint i = 0; i < G_N_ELEMENTS (all_ports); i++)
    for (guint shared = 0; shared < 2; shared++)
      {
        machine.sram_ports = all_ports[i];
        machine.sram_shared = shared;
        report = run_program (&machine, &program, 0, &log);
        check_account (&program, &report, &log);
        g_assert_cmpuint (report.compute_cycles, ==, usual.compute_cycles);
        if (discipline != SIMDIT_DISCIPLINE_DECOUPLED) /* loads and stores keep their order */
          g_assert_cmpuint (report.end_cycle, >=, usual.end_cycle);
        run_program (&machine, &program, 1 + (guint) g_test_rand_int_range (0, 1 << 20), &shuffled);
        g_assert_cmpmem (log.track_hash, sizeof log.track_hash, shuffled.track_hash,
                         sizeof shuffled.track_hash);
      }
}

static void
test_random_programs (void)
{
  static const SimditDiscipline disciplines[] = { SIMDIT_DISCIPLINE_LOCKSTEP,
                                                  SIMDIT_DISCIPLINE_DECOUPLED };

  for (guint i = 0; i < 600; i++)
    check_program (operations[i / 2 % G_N_ELEMENTS (operations)], disciplines[i % 2]);
}

/* One tile of 10 vectors on 2 x 2 PEs, computed once its operands are there: with one port each
 * vector that reads a psum costs a cycle more, those that read biases do not. */
static void
test_alone (void)
{
  SimditMachine machine = { .rows = 2,
                            .columns = 2,
                            .weight_width = 8,
                            .ibuf_port = 64,
                            .param_port = 64,
                            .obuf_port = 64,
                            .sram_ports = SIMDIT_SRAM_1RW };
  SimditProgram program = { .op = any_operator ("conv"),
                            .discipline = SIMDIT_DISCIPLINE_DECOUPLED,
                            .stride = 1 };
  SimditProgramReport report;
  ActivityLog log;

  program.extents = (SimditExtents){ { 2, 4, 1, 1, 1, 1, 5, 1 } }; /* two passes of 5 */
  program.tile = program.extents;
  for (guint w = 0; w < SIMDIT_N_WIDTHS; w++)
    program.widths[w] = 8;
  report = run_program (&machine, &program, 0, &log);
  g_assert_cmpuint (report.compute_cycles, ==, 10 + 2);
  g_assert_cmpuint (report.stall_cycles[SIMDIT_STALL_OBUF_BANK], ==, 5);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sram/every-cycle", test_every_cycle);
  g_test_add_func ("/sram/random-programs", test_random_programs);
  g_test_add_func ("/sram/alone", test_alone);
  return g_test_run ();
}
