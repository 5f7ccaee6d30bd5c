/* From what a search found to its tables: lists designs, has them simulated, compares. */
#ifndef SIMDIT_EXPLORE_REPORT_H
#define SIMDIT_EXPLORE_REPORT_H

#include "explore/search.h"
#include "explore/tables.h"

#define SIMDIT_EXPLORATION_FORMAT "simdit-exploration"
#define SIMDIT_EXPLORATION_VERSION 1

struct SimditExploration
{
  char *title;           /* owned, like all below */
  const char *objective; /* static */
  SimditResult *tables[SIMDIT_N_EXPLORATION_TABLES];
  GPtrArray *notes; /* of char * */
};

/** simdit_exploration_new: of @request, with tables that are empty. */
SimditExploration *simdit_exploration_new (const SimditRequest *request);

/** simdit_report: errors INVALID (no design fits), those of simulations, IO ("cancelled"). */
SimditExploration *simdit_report (const SimditSearch *search, const SimditSearchRun *run,
                                  GError **error);

/** simdit_exploration_write: the file of an exploration; error IO. */
bool simdit_exploration_write (const SimditExploration *self, const SimditSearch *search,
                               const char *path, GError **error);

#endif
