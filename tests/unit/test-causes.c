/* Explanations that must come out, and those that must not: what may not be is unexplained. */
#include "helpers/programs.h"
#include "sim/causes.h"

/* A layer for which all models agree. */
static SimditEvidence
agreement (void)
{
  SimditPath path = { .compatible = 1000,
                      .exact = 1000,
                      .buffered = 1000,
                      .ifmap_kept = 1000,
                      .kept = 1000,
                      .ideal = 1000,
                      .ported = 1000,
                      .simulated = 1000 };

  return (SimditEvidence){ .bound = 900, .cycles = path, .bytes = path };
}

/* From @from on the path is @change higher. */
static void
shift (SimditPath *path, double *from, double change)
{
  for (double *p = from; p <= &path->simulated; p++)
    *p += change;
}

static void
expect (const SimditEvidence *evidence, SimditCause cycles_cause, double cycles,
        SimditCause bytes_cause, double bytes)
{
  double got_cycles[SIMDIT_N_CAUSES], got_bytes[SIMDIT_N_CAUSES];

  simdit_explain (evidence, got_cycles, got_bytes);
  for (guint i = 0; i < SIMDIT_N_CAUSES; i++)
    {
      g_assert_cmpfloat (got_cycles[i], ==, i == cycles_cause ? cycles : 0);
      g_assert_cmpfloat (got_bytes[i], ==, i == bytes_cause ? bytes : 0);
    }
}

#define NOTHING SIMDIT_N_CAUSES, 0
#define UNEXPLAINED SIMDIT_CAUSE_UNEXPLAINED

static void
test_agreement (void)
{
  SimditEvidence e = agreement ();
  double none[SIMDIT_N_CAUSES] = { 0 };
  g_autofree char *text = simdit_list_causes (none);

  expect (&e, NOTHING, NOTHING);
  e.cycles.compatible += 1e-7; /* rounding of floating point */
  expect (&e, NOTHING, NOTHING);
  g_assert_cmpstr (text, ==, "exact");
}

static void
test_formulas (void)
{
  SimditEvidence e = agreement ();

  shift (&e.cycles, &e.cycles.exact, 7);
  expect (&e, UNEXPLAINED, 7, NOTHING); /* whole tiles, but not exact */
  e.ragged = true;
  expect (&e, SIMDIT_CAUSE_RAGGED_TILES, 7, NOTHING);
  e.cycles.whole_change = 7; /* not the fractions: whole tiles differ as much */
  expect (&e, UNEXPLAINED, 7, NOTHING);
  e.few_tiles = true;
  expect (&e, SIMDIT_CAUSE_FEW_TILES, 7, NOTHING);
  e.quirk = true;
  expect (&e, SIMDIT_CAUSE_QUIRK, 7, NOTHING);
  e.ragged = e.quirk = e.few_tiles = false;
  expect (&e, UNEXPLAINED, 7, NOTHING);
  shift (&e.bytes, &e.bytes.exact, -8);
  e.bytes.whole_change = -8;
  expect (&e, UNEXPLAINED, 7, UNEXPLAINED, 8);
  e.one_row = true;
  expect (&e, UNEXPLAINED, 7, SIMDIT_CAUSE_IFMAP_RESIDENCY, -8);
}

static void
test_residency (void)
{
  SimditEvidence e = agreement ();

  shift (&e.cycles, &e.cycles.buffered, -5);
  expect (&e, SIMDIT_CAUSE_VMEM_BUFFERING, -5, NOTHING);
  e = agreement ();
  shift (&e.cycles, &e.cycles.ifmap_kept, -5);
  shift (&e.bytes, &e.bytes.ifmap_kept, -40);
  expect (&e, SIMDIT_CAUSE_IFMAP_RESIDENCY, -5, SIMDIT_CAUSE_IFMAP_RESIDENCY, -40);
  e = agreement ();
  shift (&e.cycles, &e.cycles.kept, -5);
  shift (&e.bytes, &e.bytes.kept, -40);
  expect (&e, SIMDIT_CAUSE_PSUM_RESIDENCY, -5, SIMDIT_CAUSE_PSUM_RESIDENCY, -40);
}

/* Buffers and tiles that stay on chip never cost anything. */
static void
test_increase (void)
{
  SimditEvidence e = agreement ();

  shift (&e.cycles, &e.cycles.buffered, 5);
  expect (&e, UNEXPLAINED, 5, NOTHING);
  e = agreement ();
  shift (&e.cycles, &e.cycles.ifmap_kept, 5);
  shift (&e.bytes, &e.bytes.ifmap_kept, 40);
  expect (&e, UNEXPLAINED, 5, UNEXPLAINED, 40);
  e = agreement ();
  shift (&e.cycles, &e.cycles.kept, 5);
  shift (&e.bytes, &e.bytes.kept, 40);
  expect (&e, UNEXPLAINED, 5, UNEXPLAINED, 40);
}

static void
test_pipeline (void)
{
  SimditEvidence e = agreement ();

  shift (&e.cycles, &e.cycles.ideal, -50);
  expect (&e, UNEXPLAINED, 50, NOTHING); /* lockstep has no slack */
  e.ahead = true;
  expect (&e, SIMDIT_CAUSE_PORT_SLACK, -50, NOTHING);
  shift (&e.cycles, &e.cycles.ideal, -51); /* 899: less than the bound */
  expect (&e, UNEXPLAINED, 101, NOTHING);
  e = agreement ();
  e.ahead = true;
  shift (&e.cycles, &e.cycles.ideal, 9);
  expect (&e, UNEXPLAINED, 9, NOTHING); /* decoupled is never slower */
  e.two_pass = true;
  expect (&e, SIMDIT_CAUSE_PSUM_HAZARD, 9, NOTHING);
}

static void
test_memory (void)
{
  SimditEvidence e = agreement ();

  shift (&e.cycles, &e.cycles.ported, 7);
  expect (&e, SIMDIT_CAUSE_BANK_CONFLICTS, 7, NOTHING);
  e = agreement ();
  shift (&e.cycles, &e.cycles.ported, -7);
  expect (&e, UNEXPLAINED, 7, NOTHING);
  e = agreement ();
  e.cycles.simulated += 30;
  expect (&e, SIMDIT_CAUSE_DRAM_CONTENTION, 30, NOTHING);
  e.bytes.simulated += 1; /* a DRAM model moves no more than another */
  expect (&e, SIMDIT_CAUSE_DRAM_CONTENTION, 30, UNEXPLAINED, 1);
  e = agreement ();
  e.cycles.simulated -= 30; /* a slot that a slower memory makes shorter */
  expect (&e, UNEXPLAINED, 30, NOTHING);
  e.ahead = true;
  expect (&e, SIMDIT_CAUSE_DRAM_CONTENTION, -30, NOTHING);
  e.cycles.simulated = 899; /* less than the bound */
  expect (&e, UNEXPLAINED, 101, NOTHING);
  e = agreement ();
  shift (&e.bytes, &e.bytes.ideal, 1); /* nor does the simulator than the exact model */
  expect (&e, NOTHING, UNEXPLAINED, 1);
}

/* ---- what is known of a program beforehand ---- */

/* 8 x 8 maps in tiles of @height rows, batch @n in tiles of @images, 32 channels in tiles of @oc.
 */
static SimditEvidence
judge (const char *operation, uint64_t height, uint64_t n, uint64_t images, uint64_t oc)
{
  SimditProgram program = { .op = any_operator (operation), .stride = 1 };
  SimditEvidence evidence = { 0 };
  g_autoptr (GError) error = NULL;
  bool maps = !program.op->output_stationary;

  for (guint w = 0; w < SIMDIT_N_WIDTHS; w++)
    program.widths[w] = 16;
  for (guint d = 0; d < SIMDIT_N_DIMS; d++)
    program.extents.of[d] = program.tile.of[d] = 1;
  program.extents.of[SIMDIT_DIM_PASS] = MAX (program.op->passes, 1);
  program.extents.of[SIMDIT_DIM_OC] = 32;
  program.tile.of[SIMDIT_DIM_OC] = oc;
  program.extents.of[SIMDIT_DIM_N] = n;
  program.tile.of[SIMDIT_DIM_N] = images;
  program.extents.of[SIMDIT_DIM_OH] = program.extents.of[SIMDIT_DIM_OW] = maps ? 8 : 1;
  program.tile.of[SIMDIT_DIM_OH] = maps ? height : 1;
  program.tile.of[SIMDIT_DIM_OW] = maps ? 8 : 1;
  simdit_program_build (&program, &error);
  g_assert_no_error (error);
  simdit_evidence_judge (&evidence, &program);
  return evidence;
}

static void
test_few_tiles (void)
{
  g_assert_true (judge ("conv", 8, 4, 4, 16).few_tiles); /* of channels there may be many */
  g_assert_false (judge ("conv", 4, 4, 4, 16).few_tiles);
  g_assert_false (judge ("conv", 8, 4, 2, 16).few_tiles);
  g_assert_true (judge ("gemm", 1, 4, 4, 16).few_tiles);
  g_assert_false (judge ("gemm", 1, 4, 2, 16).few_tiles);
  g_assert_false (judge ("gemm", 1, 1, 1, 16).few_tiles); /* output stationary */
  g_assert_false (judge ("relu", 8, 4, 4, 16).few_tiles);
}

static void
test_quirks (void)
{
  g_assert_false (judge ("conv", 8, 4, 4, 16).quirk);
  g_assert_false (judge ("relu", 8, 4, 4, 16).quirk);
  g_assert_false (judge ("reduce_sum", 8, 4, 4, 16).quirk);
  g_assert_true (judge ("reduce_sum", 8, 4, 2, 16).quirk);
  g_assert_false (judge ("sgd4d", 8, 4, 2, 16).quirk);
  g_assert_true (judge ("roialign", 8, 4, 4, 16).quirk);
}

/* The estimate takes what a convolution stores for accumulators. */
static void
test_narrow_stores (void)
{
  static const char *const operations[] = { "conv", "relu" };

  for (gsize i = 0; i < G_N_ELEMENTS (operations); i++)
    {
      SimditProgram program = { .op = any_operator (operations[i]), .stride = 1 };
      SimditEvidence same = { 0 }, narrow = { 0 };

      for (guint w = 0; w < SIMDIT_N_WIDTHS; w++)
        program.widths[w] = 16;
      for (guint d = 0; d < SIMDIT_N_DIMS; d++)
        program.extents.of[d] = program.tile.of[d] = 1;
      g_assert_true (simdit_program_build (&program, NULL));
      for (guint k = 0; k < SIMDIT_MAX_OPERANDS; k++)
        program.dram_widths[k] = 16;
      simdit_evidence_judge (&same, &program);
      for (guint k = 0; k < SIMDIT_MAX_OPERANDS; k++)
        program.dram_widths[k] = 8;
      simdit_evidence_judge (&narrow, &program);
      g_assert_false (same.quirk);
      g_assert_true (narrow.quirk == simdit_operator_is_systolic (program.op));
    }
}

static void
test_other_evidence (void)
{
  g_assert_false (judge ("conv", 4, 4, 2, 16).ragged);
  g_assert_true (judge ("conv", 3, 4, 2, 16).ragged);
  g_assert_true (judge ("relu", 8, 4, 4, 12).ragged);
  g_assert_true (judge ("gemm", 1, 1, 1, 16).one_row);
  g_assert_false (judge ("gemm", 1, 4, 4, 16).one_row);
  g_assert_false (judge ("conv", 8, 1, 1, 16).one_row);
  g_assert_true (judge ("batchnorm_grad_x_mu", 8, 4, 4, 16).two_pass);
  g_assert_false (judge ("batch_norm", 8, 4, 4, 16).two_pass);
}

static void
test_list (void)
{
  double parts[SIMDIT_N_CAUSES] = {
    [SIMDIT_CAUSE_RAGGED_TILES] = 3, [SIMDIT_CAUSE_PORT_SLACK] = -40, [SIMDIT_CAUSE_UNEXPLAINED] = 1
  };
  g_autofree char *text = simdit_list_causes (parts);

  g_assert_cmpstr (text, ==, "port slack + ragged tiles + unexplained");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/causes/agreement", test_agreement);
  g_test_add_func ("/causes/formulas", test_formulas);
  g_test_add_func ("/causes/residency", test_residency);
  g_test_add_func ("/causes/increase", test_increase);
  g_test_add_func ("/causes/pipeline", test_pipeline);
  g_test_add_func ("/causes/memory", test_memory);
  g_test_add_func ("/causes/few-tiles", test_few_tiles);
  g_test_add_func ("/causes/quirks", test_quirks);
  g_test_add_func ("/causes/narrow-stores", test_narrow_stores);
  g_test_add_func ("/causes/other-evidence", test_other_evidence);
  g_test_add_func ("/causes/list", test_list);
  return g_test_run ();
}
