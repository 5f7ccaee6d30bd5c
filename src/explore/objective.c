#include "explore/objective.h"

#include <math.h>

#define MOST_FJ 0x1p62

int64_t
simdit_whole_fj (double fj)
{
  return (int64_t) llrint (MIN (fj, MOST_FJ));
}

static double
figure_of_cycles (double cycles, double pj G_GNUC_UNUSED)
{
  return cycles;
}

static int64_t
score_of_cycles (int64_t cycles, double fj G_GNUC_UNUSED)
{
  return cycles;
}

static double
figure_of_energy (double cycles G_GNUC_UNUSED, double pj)
{
  return pj;
}

static int64_t
score_of_energy (int64_t cycles G_GNUC_UNUSED, double fj)
{
  return simdit_whole_fj (fj);
}

/* Its root: the product itself can be beyond 63 bits. */
static int64_t
score_of_edp (int64_t cycles, double fj)
{
  return (int64_t) llrint (sqrt (MIN (fj, MOST_FJ) * (double) cycles));
}

static const SimditObjective objectives[] = {
  [SIMDIT_OBJECTIVE_CYCLES] = { "cycles", SIMDIT_UNIT_CYCLES, false, figure_of_cycles,
                                score_of_cycles },
  [SIMDIT_OBJECTIVE_ENERGY] = { "energy", SIMDIT_UNIT_ENERGY, true, figure_of_energy,
                                score_of_energy },
  [SIMDIT_OBJECTIVE_EDP] = { "edp", SIMDIT_UNIT_EDP, true, simdit_edp, score_of_edp },
};

G_STATIC_ASSERT (G_N_ELEMENTS (objectives) == SIMDIT_N_OBJECTIVES);

const SimditObjective *
simdit_objective (guint number)
{
  return &objectives[number];
}

const char *const *
simdit_objective_names (void)
{
  static const char *const names[] = { "cycles", "energy", "edp", NULL };

  G_STATIC_ASSERT (G_N_ELEMENTS (names) == G_N_ELEMENTS (objectives) + 1);
  return names;
}

bool
simdit_objective_needs_energy (guint objective)
{
  return objective < G_N_ELEMENTS (objectives) && objectives[objective].needs_energy;
}
