/*
 * A layer of the PE array cut into one tile: what its slots compute and move, with the widths of
 * the ports left open. Evaluates many divisions of bandwidth at the cost of a few sums each, to the
 * same digits as the model.
 */
#ifndef SIMDIT_EXPLORE_PROFILE_H
#define SIMDIT_EXPLORE_PROFILE_H

#include "explore/layers.h"
#include "explore/splits.h"

#define SIMDIT_PROFILE_PORTS 3 /* param, ibuf, obuf, in the order of a split of bandwidth */

typedef struct SimditProfile SimditProfile;

/**
 * simdit_profile_new: of @layer, cut as @program says.
 * @widths: of the ports that will be asked for
 */
SimditProfile *simdit_profile_new (const SimditUniqueLayers *layers, const SimditUniqueLayer *layer,
                                   const SimditMachine *machine, const SimditProgram *program,
                                   const SimditSplits *widths);
void simdit_profile_free (SimditProfile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimditProfile, simdit_profile_free)

/** simdit_profile_counters: of all occurrences; owned by @self; means nothing if compatible. */
const SimditCounterSums *simdit_profile_counters (const SimditProfile *self);

/** simdit_profile_cycles: scaled, with each port's width by its number among the splits' values. */
int64_t simdit_profile_cycles (const SimditProfile *self, const uint32_t *widths);

#endif
