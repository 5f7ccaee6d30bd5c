/* A run whose caller adds something to its file. */
#ifndef SIMDIT_SIM_SIMULATION_PRIVATE_H
#define SIMDIT_SIM_SIMULATION_PRIVATE_H

#include "record/recorder.h"

#include <simdit/simulation.h>

/** SimditFileExtra: writes to @recorder what follows from @result. */
typedef void (*SimditFileExtra) (SimditRecorder *recorder, const SimditResult *result, void *data);

/** simdit_simulate_extended: simdit_simulate() with @extra (or NULL) before the file is complete.
 */
SimditResult *simdit_simulate_extended (const SimditMachine *machine, const SimditNetwork *network,
                                        const SimditRunOptions *options, SimditFileExtra extra,
                                        void *data, GError **error);

#endif
