/* What the file of a run consists of: the tracks, counters and labels of units and ports, and,
 * where DRAM is simulated, of its channels. */
#ifndef SIMDIT_SIM_RECORD_PLAN_H
#define SIMDIT_SIM_RECORD_PLAN_H

#include "hw/dram/watch.h"

typedef struct
{
  GPtrArray *tracks;   /* of const char * */
  GArray *counters;    /* of SimditCounterInfo */
  GArray *labels;      /* of SimditLabelInfo */
  GStringChunk *texts; /* of those above */
  SimditDramWatchConfig watch;
} SimditRecordPlan;

/** simdit_record_plan_init: @n_channels of DRAM: 0 where it is not simulated. */
void simdit_record_plan_init (SimditRecordPlan *self, guint n_channels);
void simdit_record_plan_clear (SimditRecordPlan *self);

#endif
