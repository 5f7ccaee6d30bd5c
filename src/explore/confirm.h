/* Listed designs, estimated and simulated as a user would, all workloads with their weights. */
#ifndef SIMDIT_EXPLORE_CONFIRM_H
#define SIMDIT_EXPLORE_CONFIRM_H

#include "explore/tables.h"

/* A design to be worked out, and where its cycles go. */
typedef struct
{
  SimditDesignCost *cost; /* borrowed: which design; set: the cycles */
  uint64_t shared;        /* [bit/cycle] of a channel that all ports share; 0: each has its own */
  bool estimate, failed;
} SimditTrial;

/**
 * simdit_confirm: estimates (where asked for) and simulates every one of @trials (of SimditTrial).
 *
 * A design that does not fit is marked as failed; other errors end it.
 */
bool simdit_confirm (const SimditRequest *request, GArray *trials, const SimditSearchRun *run,
                     GError **error);

/** simdit_design_estimate: the estimate alone; error CAPACITY. */
bool simdit_design_estimate (const SimditRequest *request, SimditDesignCost *cost, GError **error);

#endif
