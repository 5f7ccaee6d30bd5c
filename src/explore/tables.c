#include "explore/tables.h"

#define BUDGETS(row)                                                                               \
  { { "sram_budget", "KiB", "WBUF, IBUF, OBUF and both VMEMs together", SIMDIT_COLUMN_INDEX,       \
      true },                                                                                      \
    offsetof (row, sram_budget) },                                                                 \
  {                                                                                                \
    { "bandwidth_budget", "bit/cycle", "widths of the four ports together", SIMDIT_COLUMN_INDEX,   \
      true },                                                                                      \
        offsetof (row, bandwidth_budget)                                                           \
  }

#define COUNT(row, name, member, unit, help)                                                       \
  {                                                                                                \
    { name, unit, help, SIMDIT_COLUMN_INDEX, true }, offsetof (row, member)                        \
  }
#define AMOUNT(row, name, member, unit, help)                                                      \
  {                                                                                                \
    { name, unit, help, SIMDIT_COLUMN_AMOUNT, true }, offsetof (row, member)                       \
  }
#define CYCLES(row, name, member, help) AMOUNT (row, name, member, SIMDIT_UNIT_CYCLES, help)
#define RATIO(row, name, member, help)                                                             \
  {                                                                                                \
    { name, "", help, SIMDIT_COLUMN_RATIO, true }, offsetof (row, member)                          \
  }
#define PARAMETER(row, name, number, unit, help)                                                   \
  COUNT (row, name, design.parameters[number], unit, help)

#define SIZES(row)                                                                                 \
  COUNT (row, "rows", design.rows, "", "of the PE array"),                                         \
      COUNT (row, "columns", design.columns, "", "of the PE array; lanes of the SIMD array"),      \
      PARAMETER (row, "wbuf_kib", SIMDIT_PARAMETER_WBUF, "KiB", "both halves"),                    \
      PARAMETER (row, "ibuf_kib", SIMDIT_PARAMETER_IBUF, "KiB", "both halves"),                    \
      PARAMETER (row, "obuf_kib", SIMDIT_PARAMETER_OBUF, "KiB", "both halves"),                    \
      PARAMETER (row, "vmem_kib", SIMDIT_PARAMETER_VMEM, "KiB", "both VMEMs")
#define WIDTHS(row)                                                                                \
  PARAMETER (row, "param_port", SIMDIT_PARAMETER_PARAM_PORT, "bit/cycle", "weights and biases"),   \
      PARAMETER (row, "ibuf_port", SIMDIT_PARAMETER_IBUF_PORT, "bit/cycle", "ifmaps"),             \
      PARAMETER (row, "obuf_port", SIMDIT_PARAMETER_OBUF_PORT, "bit/cycle", "psums and ofmaps"),   \
      PARAMETER (row, "simd_port", SIMDIT_PARAMETER_SIMD_PORT, "bit/cycle", "of the SIMD array")

/* Last, so that tables without energy, or without area, are the same but shorter. */
#define N_ENERGIES(simulated) (simulated ? 4 : 2)
#define ENERGIES(row, what)                                                                        \
  AMOUNT (row, #what "_pj", design.what.pj, SIMDIT_UNIT_ENERGY,                                    \
          "energy of all workloads, by weight"),                                                   \
      AMOUNT (row, #what "_edp", design.what.edp, SIMDIT_UNIT_EDP,                                 \
              "that energy times those cycles")
#define AREA(row)                                                                                  \
  {                                                                                                \
    { "area_mm2", "mm2", "of all components", SIMDIT_COLUMN_RATIO, true },                         \
        offsetof (row, design.area)                                                                \
  }

static const SimditField design_fields[] = {
  BUDGETS (SimditDesignRow),
  { { "which", "", "best, top_N (the next), or what they are compared with", SIMDIT_COLUMN_TEXT,
      true },
    offsetof (SimditDesignRow, which) },
  SIZES (SimditDesignRow),
  WIDTHS (SimditDesignRow),
  CYCLES (SimditDesignRow, "estimated_cycles", design.estimated.cycles,
          "of all workloads, by weight"),
  RATIO (SimditDesignRow, "estimated_ratio", estimated_ratio, "by the objective, to the best's"),
  CYCLES (SimditDesignRow, "simulated_cycles", design.simulated.cycles, "likewise"),
  RATIO (SimditDesignRow, "simulated_ratio", simulated_ratio, "likewise"),
  COUNT (SimditDesignRow, "estimated_rank", estimated_rank, "", "among those listed"),
  COUNT (SimditDesignRow, "simulated_rank", simulated_rank, "", "among those listed"),
  ENERGIES (SimditDesignRow, estimated),
  ENERGIES (SimditDesignRow, simulated),
  AREA (SimditDesignRow),
};

const char *const simdit_baseline_names[SIMDIT_N_BASELINES] = {
  [SIMDIT_BASELINE_UNIFORM] = "uniform",
  [SIMDIT_BASELINE_MEDIAN] = "median",
  [SIMDIT_BASELINE_WORST] = "worst",
  [SIMDIT_BASELINE_MEDIAN_ABOVE_HALF] = "median_above_half",
  [SIMDIT_BASELINE_WORST_ABOVE_HALF] = "worst_above_half",
};

#define BASELINE(name, number, unit, help)                                                         \
  AMOUNT (SimditBudgetRow, name "_estimated", baselines[number].estimated, unit, help),            \
      RATIO (SimditBudgetRow, name "_estimated_ratio", baselines[number].ratio, "to the best's"),  \
      AMOUNT (SimditBudgetRow, name "_simulated", baselines[number].simulated, unit,               \
              "that design"),                                                                      \
      RATIO (SimditBudgetRow, name "_simulated_ratio", baselines[number].simulated_ratio,          \
             "to the best's")

/* @unit: the objective's. */
#define BUDGET_FIELDS(unit)                                                                        \
  {                                                                                                \
    BUDGETS (SimditBudgetRow),                                                                     \
        COUNT (SimditBudgetRow, "designs", designs, "design", "of the grid"),                      \
        COUNT (SimditBudgetRow, "left_out", left_out, "design",                                    \
               "of these: a layer does not fit, or the area is too large"),                        \
        AMOUNT (SimditBudgetRow, "best_estimated", best, unit,                                     \
                "the objective: the lowest of any"),                                               \
        AMOUNT (SimditBudgetRow, "best_simulated", best_simulated, unit, "that design"),           \
        BASELINE ("uniform", SIMDIT_BASELINE_UNIFORM, unit,                                        \
                  "equal buffers and ports; not a number: does not fit"),                          \
        BASELINE ("median", SIMDIT_BASELINE_MEDIAN, unit,                                          \
                  "of designs that use up both budgets, within 2^-12 (of edp: 2^-11); not "        \
                  "a number: unknown, as for all below"),                                          \
        BASELINE ("worst", SIMDIT_BASELINE_WORST, unit, "of designs that use up both budgets"),    \
        BASELINE ("median_above_half", SIMDIT_BASELINE_MEDIAN_ABOVE_HALF, unit,                    \
                  "of designs that use more than half of both budgets"),                           \
        BASELINE ("worst_above_half", SIMDIT_BASELINE_WORST_ABOVE_HALF, unit,                      \
                  "of designs that use more than half of both budgets"),                           \
  }

static const SimditField budget_fields[] = BUDGET_FIELDS (SIMDIT_UNIT_CYCLES);
static const SimditField budget_energy_fields[] = BUDGET_FIELDS (SIMDIT_UNIT_ENERGY);
static const SimditField budget_edp_fields[] = BUDGET_FIELDS (SIMDIT_UNIT_EDP);

static const SimditField sharing_fields[] = {
  BUDGETS (SimditSharingRow),
  CYCLES (SimditSharingRow, "best_estimated", best, "the best static design"),
  CYCLES (SimditSharingRow, "per_layer_estimated", per_layer,
          "its ports; every layer with the division of SRAM that suits it best: a bound"),
  RATIO (SimditSharingRow, "per_layer_ratio", per_layer_ratio, "best_estimated to that"),
  CYCLES (SimditSharingRow, "best_simulated", best_simulated, "the best static design"),
  CYCLES (SimditSharingRow, "shared_simulated", shared,
          "ports that share one channel as wide as the budget: the fastest of the designs listed"),
  RATIO (SimditSharingRow, "shared_ratio", shared_ratio, "best_simulated to that"),
  CYCLES (SimditSharingRow, "uniform_simulated", uniform_simulated,
          "equal buffers and ports; not a number: does not fit"),
  CYCLES (SimditSharingRow, "uniform_shared_simulated", uniform_shared,
          "equal buffers, one shared channel; likewise"),
  SIZES (SimditSharingRow),
};

static const SimditField pareto_fields[] = {
  COUNT (SimditParetoRow, "sram", sram, "KiB", "WBUF, IBUF, OBUF and both VMEMs together"),
  COUNT (SimditParetoRow, "bandwidth", bandwidth, "bit/cycle", "widths of the four ports together"),
  CYCLES (SimditParetoRow, "estimated_cycles", design.estimated.cycles,
          "of all workloads, by weight"),
  SIZES (SimditParetoRow),
  WIDTHS (SimditParetoRow),
  ENERGIES (SimditParetoRow, estimated),
  AREA (SimditParetoRow),
};

#define TABLE(list, row, left_out)                                                                 \
  {                                                                                                \
    .fields = list, .n_fields = G_N_ELEMENTS (list) - (left_out), .row_size = sizeof (row)         \
  }

/* By what is known: nothing, energy, area too. */
static const SimditTableInfo design_tables[] = {
  TABLE (design_fields, SimditDesignRow, N_ENERGIES (true) + 1),
  TABLE (design_fields, SimditDesignRow, 1), TABLE (design_fields, SimditDesignRow, 0)
};
static const SimditTableInfo pareto_tables[] = {
  TABLE (pareto_fields, SimditParetoRow, N_ENERGIES (false) + 1),
  TABLE (pareto_fields, SimditParetoRow, 1), TABLE (pareto_fields, SimditParetoRow, 0)
};
static const SimditTableInfo budget_tables[] = {
  [SIMDIT_OBJECTIVE_CYCLES] = TABLE (budget_fields, SimditBudgetRow, 0),
  [SIMDIT_OBJECTIVE_ENERGY] = TABLE (budget_energy_fields, SimditBudgetRow, 0),
  [SIMDIT_OBJECTIVE_EDP] = TABLE (budget_edp_fields, SimditBudgetRow, 0),
};
G_STATIC_ASSERT (G_N_ELEMENTS (budget_tables) == SIMDIT_N_OBJECTIVES);

static const SimditTableInfo sharing_table = TABLE (sharing_fields, SimditSharingRow, 0);

const SimditTableInfo *
simdit_exploration_table_info (const SimditRequest *request, SimditExplorationTable table)
{
  guint known = request->energy == NULL ? 0 : request->has_area ? 2 : 1;

  switch (table)
    {
    case SIMDIT_EXPLORATION_DESIGNS:
      return &design_tables[known];
    case SIMDIT_EXPLORATION_BUDGETS:
      return &budget_tables[request->objective];
    case SIMDIT_EXPLORATION_SHARING:
      return &sharing_table;
    default:
      return &pareto_tables[known];
    }
}
