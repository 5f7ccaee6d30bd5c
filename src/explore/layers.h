/*
 * The layers of all workloads that differ from each other, and what one of them costs on a machine:
 * the plain evaluation, against which the memoised one (evaluator.h) is tested.
 */
#ifndef SIMDIT_EXPLORE_LAYERS_H
#define SIMDIT_EXPLORE_LAYERS_H

#include "energy/model.h"
#include "explore/request.h"
#include "model/model.h"
#include "model/slots.h"
#include "sched/schedule.h"

/* Cycles are integers of this fraction: sums do not depend on their order then. */
#define SIMDIT_CYCLE_FRACTION 1024.0
#define SIMDIT_MAX_UNIQUE_LAYERS 256 /* their sum has 62 bits */
#define SIMDIT_NO_CYCLES INT64_MAX   /* a layer does not fit */

typedef struct
{
  guint workload, index; /* one of the layers it stands for */
  SimditProgram program; /* its tile is the whole layer */
  uint64_t times;        /* it occurs, weights included */
} SimditUniqueLayer;

typedef struct
{
  const SimditRequest *request; /* borrowed */
  SimditArrayShape shape;
  GArray *array, *simd; /* owned, of SimditUniqueLayer: of the PE array, of the SIMD array */
} SimditUniqueLayers;

/** simdit_unique_layers_new: on PE arrays of @shape; error CAPACITY. */
SimditUniqueLayers *simdit_unique_layers_new (const SimditRequest *request, SimditArrayShape shape,
                                              GError **error);
void simdit_unique_layers_free (SimditUniqueLayers *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimditUniqueLayers, simdit_unique_layers_free)

/** simdit_design_machine: the request's machine with the given parameters; borrows its texts. */
SimditMachine simdit_design_machine (const SimditRequest *request, SimditArrayShape shape,
                                     const uint64_t *parameters);

/** simdit_machine_set_size: of buffer @parameter. */
void simdit_machine_set_size (SimditMachine *machine, guint parameter, uint64_t kib);

/** simdit_unique_layer_schedule: its program on @machine; false: it does not fit. */
bool simdit_unique_layer_schedule (const SimditUniqueLayers *self, const SimditUniqueLayer *layer,
                                   const SimditMachine *machine, SimditProgram *program);

/** simdit_unique_layer_cycles: all its occurrences, scaled; SIMDIT_NO_CYCLES: it does not fit. */
int64_t simdit_unique_layer_cycles (const SimditUniqueLayers *self, const SimditUniqueLayer *layer,
                                    const SimditMachine *machine);

/* Sums of counters: exact up to 2^53, and always in the same order. */
typedef struct
{
  double of[SIMDIT_N_COUNTERS];
} SimditCounterSums;

/** simdit_counter_sums_add: @times a layer as @program cuts it, which costs @cost. */
void simdit_counter_sums_add (SimditCounterSums *self, const SimditProgram *program,
                              const SimditSlotCost *cost, uint64_t times);

/** simdit_unique_layer_count: adds all its occurrences; false: it does not fit. */
bool simdit_unique_layer_count (const SimditUniqueLayers *self, const SimditUniqueLayer *layer,
                                const SimditMachine *machine, SimditCounterSums *sums);

/** simdit_counter_sums_join: adds those of other layers. */
void simdit_counter_sums_join (SimditCounterSums *self, const SimditCounterSums *other);

/** simdit_scaled_cycles: of a layer that occurs @times; 2^44 cycles where they are more. */
int64_t simdit_scaled_cycles (double cycles, uint64_t times);

/** simdit_plain_cycles: of a whole design. */
int64_t simdit_plain_cycles (const SimditUniqueLayers *self, const uint64_t *parameters);

static inline const SimditUniqueLayer *
simdit_unique_layer (const GArray *layers, guint i)
{
  return &g_array_index (layers, SimditUniqueLayer, i);
}

#endif
