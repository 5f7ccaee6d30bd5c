/* Explanations that must come out, and those that must not: what may not be is unexplained. */
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
  g_test_add_func ("/causes/list", test_list);
  return g_test_run ();
}
