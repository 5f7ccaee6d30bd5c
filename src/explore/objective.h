/* What is minimised. A new objective is a name here, a row in objective.c, and its unit in
 * tables.c. */
#ifndef SIMDIT_EXPLORE_OBJECTIVE_H
#define SIMDIT_EXPLORE_OBJECTIVE_H

#include <simdit/explore.h>

typedef enum
{
  SIMDIT_OBJECTIVE_CYCLES,
  SIMDIT_OBJECTIVE_ENERGY,
  SIMDIT_OBJECTIVE_EDP,
  SIMDIT_N_OBJECTIVES,
} SimditObjectiveNumber;

#define SIMDIT_UNIT_CYCLES "cycle"
#define SIMDIT_UNIT_ENERGY "pJ"
#define SIMDIT_UNIT_EDP "uJ kcycle"

typedef struct
{
  const char *name, *unit;
  bool needs_energy;
  /* What it is of a design that takes @cycles and @pj (0: unknown). */
  double (*figure) (double cycles, double pj);
  /* The same as an integer that searches compare: of scaled cycles and fJ. Where a design takes no
   * less of both than another, its score is not lower. */
  int64_t (*score) (int64_t cycles, double fj);
} SimditObjective;

/** simdit_objective: a row, by SimditObjectiveNumber. */
const SimditObjective *simdit_objective (guint number);

/** simdit_edp: the energy-delay product [uJ kcycle]. */
static inline double
simdit_edp (double cycles, double pj)
{
  return pj * 1e-6 * (cycles * 1e-3);
}

/** simdit_whole_fj: an energy as an integer; 2^62 fJ where it is more. */
int64_t simdit_whole_fj (double fj);

#endif
