/*
 * Where the tensors of a network lie in DRAM: one after the other, each at the start of a page, in
 * the order in which the program makes them; nothing is freed. A memory smaller than that wraps
 * around (no data are kept).
 *
 * A network without edges (a SimDIT spec) has new tensors for each layer. An update writes its
 * parameter and state in place; a view is its input.
 */
#ifndef SIMDIT_SCHED_PLACEMENT_H
#define SIMDIT_SCHED_PLACEMENT_H

#include "sched/schedule.h"

typedef struct SimditPlacement SimditPlacement;

/** simdit_placement_new: @schedule is borrowed for the call. */
SimditPlacement *simdit_placement_new (const SimditSchedule *schedule);
void simdit_placement_free (SimditPlacement *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimditPlacement, simdit_placement_free)

/** simdit_placement_get: of the tensors of layer @index. */
const SimditAddresses *simdit_placement_get (const SimditPlacement *self, guint index);

/** simdit_placement_bytes: of all tensors together. */
uint64_t simdit_placement_bytes (const SimditPlacement *self);

#endif
