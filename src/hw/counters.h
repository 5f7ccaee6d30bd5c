/* The per-cycle counters of a run, in one table; a counter is its index. */
#ifndef SIMDIT_HW_COUNTERS_H
#define SIMDIT_HW_COUNTERS_H

#include "engine/shape.h"
#include "hw/state.h"
#include "workload/operator.h"

typedef enum
{
  SIMDIT_COUNTER_ACTIVE_PES,
  SIMDIT_COUNTER_HAZARDS,
  SIMDIT_COUNTER_ACTIVE_LANES,
  SIMDIT_COUNTER_SIMD_OPERATIONS, /* first of SIMDIT_N_OPS */
  SIMDIT_COUNTER_IMM_READ = SIMDIT_COUNTER_SIMD_OPERATIONS + SIMDIT_N_OPS,
  SIMDIT_COUNTER_INSTRUCTION_READ,
  SIMDIT_COUNTER_DRAM_READ,
  SIMDIT_COUNTER_DRAM_WRITE,
  SIMDIT_COUNTER_SRAM, /* first of SIMDIT_N_BUFFERS x SIMDIT_N_ACCESSES */
} SimditCounter;

/* By whom an SRAM is accessed, and how. */
typedef enum
{
  SIMDIT_ACCESS_READ,      /* by the unit */
  SIMDIT_ACCESS_WRITE,     /* by the unit */
  SIMDIT_ACCESS_DMA_READ,  /* for a store to DRAM */
  SIMDIT_ACCESS_DMA_WRITE, /* by a load from DRAM */
  SIMDIT_N_ACCESSES,
} SimditAccess;

/* First of SIMDIT_N_STATES: hw/state.h. */
#define SIMDIT_COUNTER_STATE (SIMDIT_COUNTER_SRAM + SIMDIT_N_BUFFERS * SIMDIT_N_ACCESSES)

/* Each the first of SIMDIT_N_BUFFERS: hw/halves.h. */
#define SIMDIT_COUNTER_HALVES_TAKEN (SIMDIT_COUNTER_STATE + SIMDIT_N_STATES)
#define SIMDIT_COUNTER_HALVES_FREED (SIMDIT_COUNTER_HALVES_TAKEN + SIMDIT_N_BUFFERS)
#define SIMDIT_COUNTER_HALVES (SIMDIT_COUNTER_HALVES_FREED + SIMDIT_N_BUFFERS) /* views */

#define SIMDIT_N_COUNTERS (SIMDIT_COUNTER_HALVES + SIMDIT_N_BUFFERS)

static inline guint
simdit_counter_sram (SimditBuffer buffer, SimditAccess access)
{
  return SIMDIT_COUNTER_SRAM + (guint) buffer * SIMDIT_N_ACCESSES + (guint) access;
}

/** simdit_counters: SIMDIT_N_COUNTERS rows. */
const SimditCounterInfo *simdit_counters (void);

/** simdit_counter_views: SIMDIT_N_BUFFERS rows: those counters that are views of others. */
const SimditCounterView *simdit_counter_views (void);

#endif
