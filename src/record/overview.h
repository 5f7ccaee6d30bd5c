/*
 * The overview of a run: for every counter its exact sum in each of a few thousand bins of equal
 * length, however long the run is. When the bins are used up, they merge in pairs.
 *
 * What is added between two commits can be dropped again: a run that is given up in the middle of a
 * layer keeps the layers before.
 */
#ifndef SIMDIT_RECORD_OVERVIEW_H
#define SIMDIT_RECORD_OVERVIEW_H

#include "engine/shape.h"

#define SIMDIT_OVERVIEW_BINS 4096 /* at most; a long run has more than half of them */

typedef struct SimditOverview SimditOverview;

/**
 * simdit_overview_new: @book (borrowed) has the shapes of the activities.
 * @cycles: which the run takes at least: bins begin as long as they will be anyway
 */
SimditOverview *simdit_overview_new (guint n_counters, const SimditShapeBook *book,
                                     uint64_t cycles);

/** simdit_overview_set_views: which counters are views (borrowed); before any activity. */
void simdit_overview_set_views (SimditOverview *self, const SimditCounterView *views,
                                guint n_views);

void simdit_overview_free (SimditOverview *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimditOverview, simdit_overview_free)

/** simdit_overview_activity: in any order; @start [cycle]. */
void simdit_overview_activity (SimditOverview *self, uint64_t start, uint32_t shape);

/** simdit_overview_commit: the run has come to @cycle, and what has been added is there to stay. */
void simdit_overview_commit (SimditOverview *self, uint64_t cycle);

/** simdit_overview_bin_cycles: the length of a bin, a power of two. */
uint64_t simdit_overview_bin_cycles (const SimditOverview *self);

/** simdit_overview_n_bins: those that cover what has been committed. */
uint64_t simdit_overview_n_bins (const SimditOverview *self);

/** simdit_overview_get: the sums of @counter in all bins into @bins. */
void simdit_overview_get (const SimditOverview *self, guint counter, uint64_t *bins);

#endif
