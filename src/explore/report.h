/* From what a search found to its tables: lists designs, has them simulated, compares. */
#ifndef SIMDIT_EXPLORE_REPORT_H
#define SIMDIT_EXPLORE_REPORT_H

#include "explore/search.h"

/** simdit_report: errors INVALID (no design fits), those of simulations, IO ("cancelled"). */
SimditExploration *simdit_report (const SimditSearch *search, const SimditSearchRun *run,
                                  GError **error);

/** simdit_exploration_write: the file of an exploration; error IO. */
bool simdit_exploration_write (const SimditExploration *self, const SimditSearch *search,
                               const char *path, GError **error);

#endif
