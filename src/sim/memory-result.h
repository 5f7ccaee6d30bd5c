/* What real DRAM did for each operand of each layer: rows beside those of the layers. */
#ifndef SIMDIT_SIM_MEMORY_RESULT_H
#define SIMDIT_SIM_MEMORY_RESULT_H

#include "hw/sequencer.h"
#include "sim/layer-result.h"

extern const SimditTableInfo simdit_memory_table;

/** simdit_memory_result_add: a row to @self for each operand of @layer that made requests. */
void simdit_memory_result_add (SimditResult *self, const SimditLayerResult *layer,
                               const SimditProgramReport *report, const SimditDramConfig *config);

/**
 * simdit_memory_result_finish: the bandwidth of the total, over the @cycles of the whole run.
 *
 * Cycles of transfer of different operands overlap, so their sum is no time. To be called when all
 * rows have been added.
 */
void simdit_memory_result_finish (SimditResult *self, double cycles);

extern const SimditTableInfo simdit_memory_stall_table;

/** simdit_memory_stalls_add: a row to @self for each cause of stalls and state of the memory. */
void simdit_memory_stalls_add (SimditResult *self, const SimditLayerResult *layer,
                               const SimditProgramReport *report);

#endif
