/* Everything a user of the library needs. */
#ifndef SIMDIT_SIMDIT_H
#define SIMDIT_SIMDIT_H

#include <simdit/dram.h>
#include <simdit/energy.h>
#include <simdit/error.h>
#include <simdit/estimate.h>
#include <simdit/explore.h>
#include <simdit/machine.h>
#include <simdit/network.h>
#include <simdit/recording.h>
#include <simdit/report.h>
#include <simdit/result.h>
#include <simdit/simulation.h>
#include <simdit/trace.h>

#endif
