/*
 * One operand's tiles on their way: which residency moves next, and how far those moved reach. The
 * sequencer decides when; a mover knows what.
 */
#ifndef SIMDIT_HW_MOVER_H
#define SIMDIT_HW_MOVER_H

#include "engine/shape.h"
#include "hw/variant.h"
#include "machine/machine-private.h"
#include "program/tile-walk.h"

#define SIMDIT_NO_MOVER SIMDIT_MAX_OPERANDS

typedef struct
{
  const SimditStream *stream; /* borrowed */
  uint64_t next_end;          /* the step after the last of the residency to move next */
  uint64_t reached;           /* steps below this have their tile (load), are stored (store) */
  uint64_t half_ends[2];      /* loads: where the residencies in the two halves end, older first */
  SimditCursor next;          /* the residency to move next */
  SimditCursor ahead;         /* stores: the residency that has no half yet */
  guint spilled_by;           /* loads: the store that writes what is loaded, or SIMDIT_NO_MOVER */
  SimditVariantTable *variants; /* borrowed */
} SimditMover;

/** simdit_mover_init: of stream @index; empties @variants, which must outlive @self. */
void simdit_mover_init (SimditMover *self, const SimditProgram *program, guint index,
                        SimditVariantTable *variants);

/** simdit_mover_walk: where the next residency lies in DRAM; needs program->addresses. */
void simdit_mover_walk (const SimditMover *self, const SimditProgram *program,
                        SimditTileWalk *walk);

/** simdit_mover_take: the transfer of the next residency begins; returns its variant. */
const SimditVariant *simdit_mover_take (SimditMover *self, const SimditProgram *program,
                                        const SimditMachine *machine, SimditShapeBook *book);

/** simdit_mover_describe: appends whom it waits for, of a run that is stuck. */
void simdit_mover_describe (const SimditMover *self, bool moving, GString *text);

static inline bool
simdit_mover_is_load (const SimditMover *self)
{
  return self->stream->row->direction == SIMDIT_LOAD;
}

static inline bool
simdit_mover_is_done (const SimditMover *self, const SimditProgram *program)
{
  return self->next.step >= program->n_steps;
}

/** Program order: loads by the step that needs them, stores by the step that completes them. */
static inline uint64_t
simdit_mover_order (const SimditMover *self)
{
  return simdit_mover_is_load (self) ? self->next.step : self->next_end;
}

#endif
