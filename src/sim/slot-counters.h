/* What a run's counters would be, from the exact model. */
#ifndef SIMDIT_SIM_SLOT_COUNTERS_H
#define SIMDIT_SIM_SLOT_COUNTERS_H

#include "hw/counters.h"
#include "model/slots.h"

/**
 * simdit_slot_counters: those of a layer, but for the counters of states, which stay 0.
 * @counters: SIMDIT_N_COUNTERS sums to set
 */
void simdit_slot_counters (const SimditProgram *program, const SimditSlotCost *cost,
                           uint64_t *counters);

#endif
