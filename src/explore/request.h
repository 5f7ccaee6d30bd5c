/*
 * What is explored, in full: a text that holds machine and networks, too, so that a part of an
 * exploration can be finished anywhere; and what it reads as. Options and files alike go through
 * the text, so that both mean the same.
 */
#ifndef SIMDIT_EXPLORE_REQUEST_H
#define SIMDIT_EXPLORE_REQUEST_H

#include "explore/objective.h"
#include "explore/space.h"
#include "machine/machine-private.h"

typedef struct
{
  uint64_t rows, columns;
} SimditArrayShape;

typedef struct
{
  char *text;             /* owned, like all below */
  char *digest;           /* of text and program version */
  SimditMachine *machine; /* single buffered, if compatible */
  SimditSpace *space;
  GPtrArray *networks;                      /* of SimditNetwork */
  GArray *workloads;                        /* of SimditWorkload */
  GArray *arrays;                           /* of SimditArrayShape */
  GArray *sram_budgets, *bandwidth_budgets; /* of uint64_t */
  SimditGrid grid;
  uint64_t sram_step, bandwidth_step;
  bool compatible, best_only;
  guint objective, top;
  SimditEnergyTable *energy; /* NULL: energy and area are unknown */
  bool has_area;             /* the table knows that of every component */
  uint64_t area_budget;      /* [um2]; 0: none */
} SimditRequest;

/** simdit_request_new: of @options; error INVALID. */
SimditRequest *simdit_request_new (const SimditExploreOptions *options, GError **error);

/** simdit_request_parse: of a text made by it; @name stands for the file in messages. */
SimditRequest *simdit_request_parse (const char *text, const char *name, GError **error);

void simdit_request_free (SimditRequest *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimditRequest, simdit_request_free)

static inline const SimditWorkload *
simdit_request_workload (const SimditRequest *self, guint i)
{
  return &g_array_index (self->workloads, SimditWorkload, i);
}

static inline SimditArrayShape
simdit_request_array (const SimditRequest *self, guint i)
{
  return g_array_index (self->arrays, SimditArrayShape, i);
}

#endif
