/*
 * All designs of one pair of budgets on one PE array, evaluated with what they share worked out
 * once: tiles of a PE array layer depend on three buffer sizes only, its cycles then on the widths
 * of three ports; a SIMD layer depends on VMEM and its port. Equal to the plain evaluation
 * (layers.h) to the last digit, as a test says.
 *
 * Read-only once made: threads share it, each with a scratch of its own.
 */
#ifndef SIMDIT_EXPLORE_EVALUATOR_H
#define SIMDIT_EXPLORE_EVALUATOR_H

#include "explore/costs.h"
#include "explore/splits.h"

#define SIMDIT_BLOCK_SPLITS 64 /* of bandwidth that are evaluated together */

typedef struct SimditEvaluator SimditEvaluator;
typedef struct SimditScratch SimditScratch;

/** simdit_evaluator_new: @sram and @widths are borrowed; errors CAPACITY, INVALID (energy). */
SimditEvaluator *simdit_evaluator_new (const SimditRequest *request, SimditArrayShape shape,
                                       const SimditSplits *sram, const SimditSplits *widths,
                                       GError **error);
void simdit_evaluator_free (SimditEvaluator *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimditEvaluator, simdit_evaluator_free)

const SimditUniqueLayers *simdit_evaluator_layers (const SimditEvaluator *self);

/** simdit_evaluator_split_cost, simdit_evaluator_port_cost: NULL without an energy table; of a
 * split of SRAM that fits. */
const SimditSplitCost *simdit_evaluator_split_cost (const SimditEvaluator *self, guint sram);
const SimditPortCost *simdit_evaluator_port_cost (const SimditEvaluator *self);

SimditScratch *simdit_scratch_new (const SimditEvaluator *evaluator);
void simdit_scratch_free (SimditScratch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimditScratch, simdit_scratch_free)

/** simdit_scratch_begin: the splits of bandwidth from @first on, at most a block. */
void simdit_scratch_begin (SimditScratch *self, guint first, guint n);

/**
 * simdit_scratch_row: the block's designs with split @sram of SRAM.
 * @cycles: set to their scaled cycles
 *
 * Returns: false when some layer does not fit.
 */
bool simdit_scratch_row (SimditScratch *self, guint sram, int64_t *cycles);

/** simdit_scratch_bound: none of them takes less; likewise. */
bool simdit_scratch_bound (SimditScratch *self, guint sram, int64_t *cycles);

/**
 * simdit_evaluator_per_layer: scaled cycles with split @width of bandwidth where every layer has
 * the split of SRAM that suits it best: a bound for machines that divide SRAM anew per layer.
 */
int64_t simdit_evaluator_per_layer (const SimditEvaluator *self, guint width);

#endif
