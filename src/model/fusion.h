/* Which layers are fused: a layer of the PE array with the SIMD layer after it (model 8.1). */
#ifndef SIMDIT_MODEL_FUSION_H
#define SIMDIT_MODEL_FUSION_H

#include "workload/network-private.h"

/**
 * simdit_fusion_find: sets @fused for each layer of @network.
 *
 * Like the reference, looks at the nearest layers that can be fused at all. Error UNSUPPORTED,
 * naming both layers, for a pair that cannot be; and where such a layer is looked for in vain.
 */
bool simdit_fusion_find (const SimditNetwork *network, bool *fused, GError **error);

#endif
