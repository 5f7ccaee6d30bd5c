/*
 * Runs conv and GEMM layers with explicit tiles, one per line of standard input (the columns of
 * stress.csv up to T_ow), and prints what each discipline did, one line each.
 */
#include "base/arith.h"
#include "hw/sequencer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_NUMBERS 24 /* between the operation and the results */

typedef struct
{
  uint64_t j, k, param, ibuf, obuf, ifmap, filter, psum, bias, stride;
  uint64_t extents[7], tile[7]; /* OC IC KH KW N OH OW, as SimditDim begins */
} Case;

static void
keep_report (void *data, const SimditProgramReport *report)
{
  *(SimditProgramReport *) data = *report;
}

static SimditProgramReport
run (const Case *c, SimditProgram *program)
{
  /* The file gives the width that is used; a wide weight keeps the machine from narrowing it. */
  const SimditMachine machine = { .rows = c->j,
                                  .columns = c->k,
                                  .weight_width = c->param,
                                  .ibuf_port = c->ibuf,
                                  .param_port = c->param,
                                  .obuf_port = c->obuf };
  g_autoptr (SimditEngine) engine = simdit_engine_new ();
  g_autoptr (SimditShapeBook) book = simdit_shape_book_new (false);
  g_autoptr (SimditDram) dram = NULL;
  g_autoptr (SimditSequencer) sequencer = NULL;
  SimditProgramReport report = { 0 };
  SimditClock clock;
  SimditDramSpec spec;
  SimditSequencerConfig config = { .machine = &machine,
                                   .engine = engine,
                                   .clock = &clock,
                                   .book = book,
                                   .finished = keep_report,
                                   .data = &report };
  g_autoptr (GError) error = NULL;

  g_assert_true (simdit_dram_parse ("ideal", &spec, &error));
  dram = config.dram = simdit_dram_new (&spec, engine, &clock);
  simdit_clock_init (&clock, 1000);
  if (!simdit_program_build (program, &error))
    g_error ("%s", error->message);
  sequencer = simdit_sequencer_new (&config);
  simdit_sequencer_start (sequencer, program);
  if (simdit_engine_run (engine, UINT64_MAX, &error) != SIMDIT_STOP_IDLE)
    g_error ("%s", error->message);
  return report;
}

static void
print_case (const char *operation, const Case *c)
{
  static const SimditDiscipline disciplines[] = { SIMDIT_DISCIPLINE_LOCKSTEP,
                                                  SIMDIT_DISCIPLINE_DECOUPLED };
  SimditProgram program = { .op = simdit_operator_find (operation, true), .stride = c->stride };
  SimditProgramReport reports[2];

  program.widths[SIMDIT_WIDTH_WEIGHT] = c->filter;
  program.widths[SIMDIT_WIDTH_ACTIVATION] = c->ifmap;
  program.widths[SIMDIT_WIDTH_BIAS] = c->bias;
  program.widths[SIMDIT_WIDTH_ACCUMULATOR] = c->psum;
  program.widths[SIMDIT_WIDTH_OUTPUT] = c->psum;
  for (guint d = 0; d < SIMDIT_N_DIMS; d++)
    {
      program.extents.of[d] = d < 7 ? c->extents[d] : 1;
      program.tile.of[d] = d < 7 ? c->tile[d] : 1;
    }
  for (guint i = 0; i < 2; i++)
    {
      program.discipline = disciplines[i];
      reports[i] = run (c, &program);
    }
  printf ("%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT, program.counted_steps,
          reports[0].compute_cycles);
  for (guint i = 0; i < 2; i++)
    printf (",%" G_GUINT64_FORMAT, reports[i].end_cycle);
  for (guint i = 0; i < 2; i++)
    {
      const uint64_t *bits = reports[i].dram_bits;

      printf (",%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT
              ",%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT,
              bits[SIMDIT_OPERAND_WEIGHTS], bits[SIMDIT_OPERAND_BIAS], bits[SIMDIT_OPERAND_IFMAP],
              bits[SIMDIT_OPERAND_PSUM_LOAD],
              bits[SIMDIT_OPERAND_PSUM_STORE] + bits[SIMDIT_OPERAND_OFMAP]);
    }
  putchar ('\n');
}

int
main (void)
{
  char line[1024];

  while (fgets (line, sizeof line, stdin) != NULL)
    {
      char *at = strchr (line, ',');
      Case c;

      g_assert_nonnull (at);
      *at++ = '\0';
      G_STATIC_ASSERT (sizeof c == N_NUMBERS * sizeof (uint64_t));
      for (guint i = 0; i < N_NUMBERS; i++, at += *at == ',')
        ((uint64_t *) (void *) &c)[i] = g_ascii_strtoull (at, &at, 10);
      print_case (line, &c);
    }
  return 0;
}
