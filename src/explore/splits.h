/* The ways to divide a budget over four parameters: one side (SRAM or ports) of a design space. */
#ifndef SIMDIT_EXPLORE_SPLITS_H
#define SIMDIT_EXPLORE_SPLITS_H

#include "explore/request.h"

#define SIMDIT_SPLIT_PARTS SIMDIT_N_SRAM_PARAMETERS

typedef struct
{
  uint64_t of[SIMDIT_SPLIT_PARTS];
  uint64_t sum;
} SimditSplit;

typedef struct
{
  uint64_t budget;
  SimditSplit *splits; /* owned; VMEM varies fastest; widths by sum first */
  guint n;
  GArray *values[SIMDIT_SPLIT_PARTS]; /* owned, of uint64_t: each part's, ascending */
} SimditSplits;

/**
 * simdit_splits_new: of a @budget of SRAM, or of bandwidth.
 *
 * Errors INVALID (no split adds up), CAPACITY (too many).
 */
SimditSplits *simdit_splits_new (const SimditRequest *request, bool sram, uint64_t budget,
                                 GError **error);
void simdit_splits_free (SimditSplits *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimditSplits, simdit_splits_free)

/** simdit_splits_index: of @value among those of @part, which it is one of. */
guint simdit_splits_index (const SimditSplits *self, guint part, uint64_t value);

#endif
