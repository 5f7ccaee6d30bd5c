/* The rows of an exploration's tables, as printed and stored. */
#ifndef SIMDIT_EXPLORE_TABLES_H
#define SIMDIT_EXPLORE_TABLES_H

#include "explore/search.h"
#include "sim/result-private.h"

/* Cycles and energy [pJ] of all workloads, by weight. */
typedef struct
{
  double cycles, pj, edp; /* without an energy table: 0, both */
} SimditCost;

/* What is said of every design; 0 where it has not been simulated. */
typedef struct
{
  uint64_t rows, columns;
  uint64_t parameters[SIMDIT_N_PARAMETERS];
  SimditCost estimated, simulated;
  double area; /* [mm2]; 0: unknown */
} SimditDesignCost;

typedef struct
{
  uint64_t sram_budget, bandwidth_budget;
  const char *which; /* static, or in the result's texts */
  SimditDesignCost design;
  double estimated, simulated;             /* the objective's figure; not columns */
  double estimated_ratio, simulated_ratio; /* to the best's */
  uint64_t estimated_rank, simulated_rank; /* among the cell's listed designs, from 1 */
} SimditDesignRow;

/* What the best one is compared with. */
typedef enum
{
  SIMDIT_BASELINE_UNIFORM,
  SIMDIT_BASELINE_MEDIAN,
  SIMDIT_BASELINE_WORST,
  SIMDIT_BASELINE_MEDIAN_ABOVE_HALF,
  SIMDIT_BASELINE_WORST_ABOVE_HALF,
  SIMDIT_N_BASELINES,
} SimditBaseline;

extern const char *const simdit_baseline_names[SIMDIT_N_BASELINES];

/* The objective's figure, and the ratios to the best's; NAN: there is no such design. */
typedef struct
{
  double estimated, ratio, simulated, simulated_ratio;
} SimditBaselineCost;

typedef struct
{
  uint64_t sram_budget, bandwidth_budget;
  uint64_t designs, left_out;
  double best, best_simulated;
  SimditBaselineCost baselines[SIMDIT_N_BASELINES];
} SimditBudgetRow;

typedef struct
{
  uint64_t sram_budget, bandwidth_budget;
  double best, per_layer, per_layer_ratio;     /* estimated */
  double best_simulated, shared, shared_ratio; /* simulated */
  double uniform_simulated, uniform_shared;    /* NAN: does not fit */
  SimditDesignCost design;                     /* that is fastest with a shared channel */
} SimditSharingRow;

typedef struct
{
  uint64_t sram, bandwidth;
  SimditDesignCost design;
} SimditParetoRow;

/** simdit_exploration_table_info: columns of energy and area only where they are known. */
const SimditTableInfo *simdit_exploration_table_info (const SimditRequest *request,
                                                      SimditExplorationTable table);

#endif
