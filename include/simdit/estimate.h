/*
 * Estimates: what the analytical model says about a network on a machine, without simulating it,
 * and what the simulator makes of that. An estimate takes well below a millisecond; nothing is
 * global, any number may be made at the same time.
 */
#ifndef SIMDIT_ESTIMATE_H
#define SIMDIT_ESTIMATE_H

#include <glib.h>
#include <simdit/energy.h>
#include <simdit/export.h>
#include <simdit/machine.h>
#include <simdit/network.h>
#include <simdit/result.h>
#include <simdit/simulation.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/**
 * SimditEstimateOptions: start from SIMDIT_ESTIMATE_OPTIONS_INIT.
 * @batch: 1 to SIMDIT_MAX_BATCH
 * @compatible: the numbers of SimDIT, its quirks included, in its columns
 * @fuse: a layer of the PE array hands its output to the SIMD layer after it on chip
 * @spec_tiling: tiles, passes and widths that the network, a SimDIT spec, has of its own; channels
 *   are not padded, and the batch is the spec's
 * @spec_loop_order: that of the keys of the spec's dimensions, instead of weight stationary
 * @energy: (borrowed for the call) what events cost, for estimates that are not compatible; NULL:
 *   energy is not accounted
 *
 * The two before it are for compatible estimates, and for a batch of 1 the first of them.
 */
typedef struct
{
  uint64_t batch;
  bool compatible, fuse, spec_tiling, spec_loop_order;
  const SimditEnergyTable *energy;
} SimditEstimateOptions;

#define SIMDIT_ESTIMATE_OPTIONS_INIT ((SimditEstimateOptions){ .batch = 1 })

/**
 * simdit_estimate: every layer of @network on @machine, and their sums.
 *
 * Compatible estimates have SimDIT's 20 columns (TEXT and AMOUNT; accesses in KiB). The others have
 * the columns of a run: lockstep slots over the true tiles, tiles that stay on chip not moved.
 *
 * Returns: (transfer full): errors INVALID (batch, options that exclude each other, a spec without
 * the tiling or with another loop order than those SimDIT models), CAPACITY (a tile that cannot
 * fit, a size beyond 64 bits), UNSUPPORTED (layers that cannot be fused; a machine that SimDIT
 * lacks).
 */
SIMDIT_API SimditResult *simdit_estimate (const SimditMachine *machine,
                                          const SimditNetwork *network,
                                          const SimditEstimateOptions *options, GError **error);

/**
 * simdit_validate: simulates @network and compares each layer with SimDIT's estimate.
 *
 * Every difference in cycles is the sum of its causes' columns; what is left is in the columns
 * "unexplained_cycles" and "unexplained_dram_bytes", whose totals are 0 unless something is wrong.
 * With an output path the comparison is in the file, too, as "/validation".
 *
 * Returns: (transfer full): errors as simdit_simulate().
 */
SIMDIT_API SimditResult *simdit_validate (const SimditMachine *machine,
                                          const SimditNetwork *network,
                                          const SimditRunOptions *options, GError **error);

G_END_DECLS

#endif
