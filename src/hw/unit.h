/*
 * An execution unit: the PE array or the SIMD array. It computes one step at a time; how long that
 * takes and what the counters do meanwhile is the shape its kind gives to the step.
 */
#ifndef SIMDIT_HW_UNIT_H
#define SIMDIT_HW_UNIT_H

#include "engine/clock.h"
#include "engine/event.h"
#include "engine/shape.h"
#include "machine/machine-private.h"
#include "program/program.h"

/* What distinguishes steps of one program besides the extents of their tiles. */
typedef struct
{
  SimditExtents tile;
  bool fresh;          /* the first visit of the output tile: biases instead of psums are read */
  bool first_of_group; /* of the tiles of one group (channels), in this pass */
  bool last_of_group;
  guint pass;
} SimditStep;

typedef struct
{
  const SimditMachine *machine; /* borrowed */
  const SimditProgram *program; /* borrowed */
  bool training;                /* latencies of the SIMD array */
} SimditUnitContext;

/* Which buffers a step uses, and how. */
typedef struct
{
  bool reads[SIMDIT_N_BUFFERS], writes[SIMDIT_N_BUFFERS];
  uint64_t doubles[SIMDIT_N_BUFFERS]; /* cycles in which it reads and writes one bank */
} SimditSramUse;

/* One const table per kind of unit. */
typedef struct
{
  const char *name;
  /* The shape of @step; its duration is the step's cycles. */
  uint32_t (*shape_step) (const SimditUnitContext *context, const SimditStep *step,
                          SimditShapeBook *book);
  /* Of the buffers, by @step; @use is zero. */
  void (*use_sram) (const SimditUnitContext *context, const SimditStep *step, SimditSramUse *use);
} SimditUnitOps;

extern const SimditUnitOps simdit_pe_array_ops, simdit_simd_array_ops;

/** simdit_unit_ops: of a kind that is not NONE. */
const SimditUnitOps *simdit_unit_ops (SimditUnitKind kind);

#endif
