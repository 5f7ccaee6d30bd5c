/*
 * What designs cost beside cycles: energy and area. All counters of an estimate follow from the
 * tiles, what an access costs from a buffer's size, so that
 *
 *   energy = (counters by what they cost: a split of SRAM) + cycles * (clock and leakage: a split
 * of SRAM, and the sum of the ports' widths)
 *
 * Costs of many designs are put together from those of sizes; equal to what one machine costs to
 * the last digit, as a test says.
 */
#ifndef SIMDIT_EXPLORE_COSTS_H
#define SIMDIT_EXPLORE_COSTS_H

#include "explore/layers.h"
#include "explore/splits.h"

/* Of a machine but for its ports. */
typedef struct
{
  double dynamic_fj; /* of all workloads, by weight; ports' transfers included */
  double cycle_fj;   /* clock and leakage */
  double area_um2;   /* NAN: the table has none */
} SimditSplitCost;

/* Of a bit of a port's width. */
typedef struct
{
  double cycle_fj, area_um2;
} SimditPortCost;

/** simdit_split_cost: of @model, which has done what @counters say. */
SimditSplitCost simdit_split_cost (const SimditEnergyModel *model,
                                   const SimditCounterSums *counters);

/** simdit_port_cost: error INVALID: the table lacks what @machine needs. */
bool simdit_port_cost (const SimditEnergyTable *table, const SimditMachine *machine,
                       SimditPortCost *cost, GError **error);

/** simdit_design_fj: of a design with ports of @widths bits all together, in scaled @cycles. */
static inline double
simdit_design_fj (const SimditSplitCost *split, const SimditPortCost *port, uint64_t widths,
                  int64_t cycles)
{
  return split->dynamic_fj
         + (double) cycles / SIMDIT_CYCLE_FRACTION
               * (split->cycle_fj + (double) widths * port->cycle_fj);
}

static inline double
simdit_design_area (const SimditSplitCost *split, const SimditPortCost *port, uint64_t widths)
{
  return split->area_um2 + (double) widths * port->area_um2;
}

typedef struct SimditCosts SimditCosts;

/**
 * simdit_costs_new: energy models of every size of a buffer in @splits.
 * @machine: everything else
 *
 * Error INVALID: the table lacks what the machine needs.
 */
SimditCosts *simdit_costs_new (const SimditEnergyTable *table, const SimditMachine *machine,
                               const SimditSplits *splits, GError **error);
void simdit_costs_free (SimditCosts *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimditCosts, simdit_costs_free)

/** simdit_costs_model: of @split of SRAM; valid until the next call. */
const SimditEnergyModel *simdit_costs_model (SimditCosts *self, const SimditSplit *split);

#endif
