/*
 * An estimate: what the analytical model says about a network on a machine, without simulating it.
 * Takes well below a millisecond; nothing is global, any number may be made at the same time.
 */
#ifndef SIMDIT_ESTIMATE_H
#define SIMDIT_ESTIMATE_H

#include <glib.h>
#include <simdit/export.h>
#include <simdit/machine.h>
#include <simdit/network.h>
#include <simdit/result.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef struct SimditEstimate SimditEstimate;

/**
 * SimditEstimateOptions: start from SIMDIT_ESTIMATE_OPTIONS_INIT.
 */
typedef struct
{
  uint64_t batch;  /* 1 or more */
  bool compatible; /* the numbers of SimDIT, its quirks included */
  bool fuse;       /* a layer of the PE array hands its output to the SIMD layer after it on chip */
} SimditEstimateOptions;

#define SIMDIT_ESTIMATE_OPTIONS_INIT ((SimditEstimateOptions){ .batch = 1 })

/**
 * simdit_estimate: every layer of @network on @machine, and their sums.
 *
 * Returns: (transfer full): errors INVALID (batch), CAPACITY (a tile that cannot fit, a size beyond
 * 64 bits), UNSUPPORTED (layers that cannot be fused; a machine or mode that the model lacks).
 */
SIMDIT_API SimditEstimate *simdit_estimate (const SimditMachine *machine,
                                            const SimditNetwork *network,
                                            const SimditEstimateOptions *options, GError **error);

SIMDIT_API void simdit_estimate_free (SimditEstimate *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimditEstimate, simdit_estimate_free)

/** simdit_estimate_get_n_columns: @column counts from 0 below; columns are TEXT or AMOUNT. */
SIMDIT_API guint simdit_estimate_get_n_columns (const SimditEstimate *self);
SIMDIT_API const SimditColumn *simdit_estimate_get_column (const SimditEstimate *self,
                                                           guint column);

/** simdit_estimate_get_n_rows: layers, in program order; SIMDIT_RESULT_TOTAL is one more row. */
SIMDIT_API uint64_t simdit_estimate_get_n_rows (const SimditEstimate *self);

/** simdit_estimate_get_text: of a TEXT column; owned by @self; "" in the totals. */
SIMDIT_API const char *simdit_estimate_get_text (const SimditEstimate *self, uint64_t row,
                                                 guint column);
/** simdit_estimate_get_amount: of an AMOUNT column. */
SIMDIT_API double simdit_estimate_get_amount (const SimditEstimate *self, uint64_t row,
                                              guint column);

/** simdit_estimate_get_cycles: of the whole network; tile counts are quotients, so a fraction. */
SIMDIT_API double simdit_estimate_get_cycles (const SimditEstimate *self);

G_END_DECLS

#endif
