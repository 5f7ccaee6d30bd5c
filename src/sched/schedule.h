/* From a layer of a network to its program on a machine: batch, padding, widths, tiles. */
#ifndef SIMDIT_SCHED_SCHEDULE_H
#define SIMDIT_SCHED_SCHEDULE_H

#include "machine/machine-private.h"
#include "program/program.h"
#include "workload/network-private.h"
#include "workload/spec-tiling.h"

typedef struct
{
  const SimditMachine *machine; /* borrowed */
  const SimditNetwork *network; /* borrowed */
  uint64_t batch;
  SimditPipeline pipeline;
  const SimditSpecTiling *tilings;         /* borrowed, by layer; NULL: the tiler's */
  const struct SimditPlacement *placement; /* borrowed; NULL: nobody asks for addresses */
} SimditSchedule;

/** simdit_schedule_check_batch: error INVALID unless @batch is in the accepted range. */
bool simdit_schedule_check_batch (uint64_t batch, GError **error);

/** simdit_schedule_extents: the layer's, with the batch where it belongs; channels not padded. */
SimditExtents simdit_schedule_extents (const SimditSchedule *self, const SimditLayer *layer);

/**
 * simdit_schedule_layer: the program of layer @index; its operator must not be a zero row.
 *
 * Errors, prefixed with the network and the layer: CAPACITY.
 */
bool simdit_schedule_layer (const SimditSchedule *self, guint index, SimditProgram *program,
                            GError **error);

/** simdit_schedule_macs: multiply-accumulates of layer @index without channel padding. */
uint64_t simdit_schedule_macs (const SimditSchedule *self, guint index);

#endif
