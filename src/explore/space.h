/* What a space file says: workloads, and which values a parameter may take. */
#ifndef SIMDIT_EXPLORE_SPACE_H
#define SIMDIT_EXPLORE_SPACE_H

#include "base/json.h"

#include <simdit/explore.h>
#include <simdit/simulation.h>

typedef struct
{
  char *net, *phase; /* owned; phase NULL: the network's own */
  uint64_t batch, weight;
} SimditSpaceWorkload;

typedef struct
{
  uint64_t min, max;
  GArray *values; /* owned, of uint64_t, ascending; NULL: the grid's between @min and @max */
} SimditRange;

struct SimditSpace
{
  char *source;      /* owned: the text */
  GArray *workloads; /* owned, of SimditSpaceWorkload */
  SimditRange ranges[SIMDIT_N_PARAMETERS];
};

#define SIMDIT_MAX_SRAM_KIB (UINT64_C (1) << 24)
#define SIMDIT_MAX_BANDWIDTH (UINT64_C (1) << 22) /* [bit/cycle] */
#define SIMDIT_MAX_WEIGHT 1000

extern const char *const simdit_parameter_names[SIMDIT_N_PARAMETERS];

/** simdit_parameter_max: the largest value of @parameter, or of a budget of its kind. */
uint64_t simdit_parameter_max (SimditParameter parameter);

#endif
