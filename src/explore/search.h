/*
 * The search: cells (pairs of budgets), each cut into chunks (a PE array and a block of splits of
 * bandwidth, with every split of SRAM), which threads work through in any order.
 */
#ifndef SIMDIT_EXPLORE_SEARCH_H
#define SIMDIT_EXPLORE_SEARCH_H

#include "explore/evaluator.h"
#include "explore/summary.h"

/* A pair of budgets: its part of the space, and what was found there. */
typedef struct
{
  uint64_t sram_budget, bandwidth_budget; /* [KiB], [bit/cycle] */
  SimditSplits *sram, *widths;            /* owned */
  uint64_t first_chunk;                   /* of all cells' */
  guint n_chunks, chunks_per_array;
  SimditSummary *summary; /* owned */
} SimditCell;

/* A design, read from its number within its cell. */
typedef struct
{
  SimditArrayShape shape;
  guint array, sram, width; /* numbers among the arrays and splits */
  uint64_t parameters[SIMDIT_N_PARAMETERS];
} SimditDesign;

typedef struct
{
  const SimditRequest *request; /* borrowed */
  GPtrArray *cells;             /* owned, of SimditCell */
  uint64_t n_chunks;
} SimditSearch;

/* How a search is gone through. */
typedef struct
{
  uint64_t begin, end; /* chunks */
  guint n_threads;     /* 0: one per processor */
  SimditExploreProgress progress;
  void *progress_data;
} SimditSearchRun;

/** simdit_search_new: every cell, nothing found yet; errors INVALID, CAPACITY. */
SimditSearch *simdit_search_new (const SimditRequest *request, GError **error);
void simdit_search_free (SimditSearch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimditSearch, simdit_search_free)

/** simdit_search_run: some chunks; errors CAPACITY, IO ("cancelled"). */
bool simdit_search_run (SimditSearch *self, const SimditSearchRun *run, GError **error);

static inline SimditCell *
simdit_search_cell (const SimditSearch *self, guint i)
{
  return g_ptr_array_index (self->cells, i);
}

/** simdit_search_n_designs: of cell @i, those that are left out included. */
static inline uint64_t
simdit_search_n_designs (const SimditSearch *self, guint i)
{
  const SimditCell *cell = simdit_search_cell (self, i);

  return (uint64_t) self->request->arrays->len * cell->sram->n * cell->widths->n;
}

SimditDesign simdit_search_design (const SimditSearch *self, const SimditCell *cell,
                                   uint64_t index);

#endif
