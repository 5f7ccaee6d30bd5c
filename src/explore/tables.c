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
#define CYCLES(row, name, member, help)                                                            \
  {                                                                                                \
    { name, "cycle", help, SIMDIT_COLUMN_AMOUNT, true }, offsetof (row, member)                    \
  }
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

static const SimditField design_fields[] = {
  BUDGETS (SimditDesignRow),
  { { "which", "", "best, top_N (the next), or what they are compared with", SIMDIT_COLUMN_TEXT,
      true },
    offsetof (SimditDesignRow, which) },
  SIZES (SimditDesignRow),
  WIDTHS (SimditDesignRow),
  CYCLES (SimditDesignRow, "estimated_cycles", design.estimated, "of all workloads, by weight"),
  RATIO (SimditDesignRow, "estimated_ratio", estimated_ratio, "to the best's"),
  CYCLES (SimditDesignRow, "simulated_cycles", design.simulated, "likewise"),
  RATIO (SimditDesignRow, "simulated_ratio", simulated_ratio, "to the best's"),
  COUNT (SimditDesignRow, "estimated_rank", estimated_rank, "", "among those listed"),
  COUNT (SimditDesignRow, "simulated_rank", simulated_rank, "", "among those listed"),
};

const char *const simdit_baseline_names[SIMDIT_N_BASELINES] = {
  [SIMDIT_BASELINE_UNIFORM] = "uniform",
  [SIMDIT_BASELINE_MEDIAN] = "median",
  [SIMDIT_BASELINE_WORST] = "worst",
  [SIMDIT_BASELINE_MEDIAN_ABOVE_HALF] = "median_above_half",
  [SIMDIT_BASELINE_WORST_ABOVE_HALF] = "worst_above_half",
};

#define BASELINE(name, number, help)                                                               \
  CYCLES (SimditBudgetRow, name "_estimated", baselines[number].cycles, help),                     \
      RATIO (SimditBudgetRow, name "_estimated_ratio", baselines[number].ratio, "to the best's"),  \
      CYCLES (SimditBudgetRow, name "_simulated", baselines[number].simulated, "that design"),     \
      RATIO (SimditBudgetRow, name "_simulated_ratio", baselines[number].simulated_ratio,          \
             "to the best's")

static const SimditField budget_fields[] = {
  BUDGETS (SimditBudgetRow),
  COUNT (SimditBudgetRow, "designs", designs, "design", "of the grid"),
  COUNT (SimditBudgetRow, "left_out", left_out, "design", "of these: a layer does not fit"),
  CYCLES (SimditBudgetRow, "best_estimated", best, "the fewest of any design"),
  CYCLES (SimditBudgetRow, "best_simulated", best_simulated, "that design"),
  BASELINE ("uniform", SIMDIT_BASELINE_UNIFORM, "equal buffers and ports; 0: does not fit"),
  BASELINE ("median", SIMDIT_BASELINE_MEDIAN,
            "of designs that use up both budgets, within 2^-12; 0: unknown, as for all below"),
  BASELINE ("worst", SIMDIT_BASELINE_WORST, "of designs that use up both budgets"),
  BASELINE ("median_above_half", SIMDIT_BASELINE_MEDIAN_ABOVE_HALF,
            "of designs that use more than half of both budgets"),
  BASELINE ("worst_above_half", SIMDIT_BASELINE_WORST_ABOVE_HALF,
            "of designs that use more than half of both budgets"),
};

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
  CYCLES (SimditSharingRow, "uniform_simulated", uniform_simulated, "equal buffers and ports"),
  CYCLES (SimditSharingRow, "uniform_shared_simulated", uniform_shared,
          "equal buffers, one shared channel"),
  SIZES (SimditSharingRow),
};

static const SimditField pareto_fields[] = {
  COUNT (SimditParetoRow, "sram", sram, "KiB", "WBUF, IBUF, OBUF and both VMEMs together"),
  COUNT (SimditParetoRow, "bandwidth", bandwidth, "bit/cycle", "widths of the four ports together"),
  CYCLES (SimditParetoRow, "estimated_cycles", design.estimated, "of all workloads, by weight"),
  SIZES (SimditParetoRow),
  WIDTHS (SimditParetoRow),
};

#define TABLE(list, row)                                                                           \
  {                                                                                                \
    .fields = list, .n_fields = G_N_ELEMENTS (list), .row_size = sizeof (row)                      \
  }

const SimditTableInfo simdit_exploration_tables[SIMDIT_N_EXPLORATION_TABLES] = {
  [SIMDIT_EXPLORATION_DESIGNS] = TABLE (design_fields, SimditDesignRow),
  [SIMDIT_EXPLORATION_BUDGETS] = TABLE (budget_fields, SimditBudgetRow),
  [SIMDIT_EXPLORATION_SHARING] = TABLE (sharing_fields, SimditSharingRow),
  [SIMDIT_EXPLORATION_PARETO] = TABLE (pareto_fields, SimditParetoRow),
};
