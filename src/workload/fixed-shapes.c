/* Operations whose shape the reference keeps constant, whatever a spec says (sections 6.4, 6.5). */
#include "workload/operator.h"

#define DIM(name) [SIMDIT_DIM_##name]

/* 1000 classes, and a batch of 128 spread over the lanes. */
const SimditFixedShape simdit_fixed_softmax = {
  .extents = { { DIM (OC) = 1000, DIM (IC) = 1, DIM (KH) = 1, DIM (KW) = 1, DIM (N) = 128,
                 DIM (OH) = 1, DIM (OW) = 1, DIM (PASS) = 2, DIM (IH) = 1, DIM (IW) = 1 } },
  .tile = { { DIM (OC) = 64, DIM (IC) = 1, DIM (KH) = 1, DIM (KW) = 1, DIM (N) = 64, DIM (OH) = 1,
              DIM (OW) = 1, DIM (PASS) = 1, DIM (IH) = 1, DIM (IW) = 1 } },
  .widths = { [SIMDIT_WIDTH_ACCUMULATOR] = 32, [SIMDIT_WIDTH_OUTPUT] = 8 },
};

/*
 * 1000 regions of each of 4 images, 7x7 points of 256 channels. IC stands for the five numbers of a
 * region's box, KH and KW for the 2x2 neighbours of a point.
 */
const SimditFixedShape simdit_fixed_roialign = {
  .extents = { { DIM (OC) = 256, DIM (IC) = 5, DIM (KH) = 2, DIM (KW) = 2, DIM (N) = 4 * 1000,
                 DIM (OH) = 7, DIM (OW) = 7, DIM (PASS) = 1, DIM (IH) = 8, DIM (IW) = 8 } },
  .tile = { { DIM (OC) = 64, DIM (IC) = 5, DIM (KH) = 2, DIM (KW) = 2, DIM (N) = 1, DIM (OH) = 4,
              DIM (OW) = 4, DIM (PASS) = 1, DIM (IH) = 5, DIM (IW) = 5 } },
  .widths = { [SIMDIT_WIDTH_ACCUMULATOR] = 32, [SIMDIT_WIDTH_OUTPUT] = 8 },
};
