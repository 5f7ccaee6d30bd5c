/*
 * How many halves of the buffers are occupied: counters *.occupied_halves.
 *
 * A half is occupied from the first cycle in which its tile is on its way: a port takes up the load
 * (data may follow later), or the step begins that is the first to write it; to before the cycle in
 * which it is free again: the last step that reads the tile has ended, with all waits for banks
 * (WBUF, BBUF, IBUF, operands in VMEM), or its store has ended (OBUF, results in VMEM). Thus halves
 * being filled, full, in use, and being drained all count, and a tile that stays for the next step
 * goes on counting. Psums that come back take a half of OBUF from the beginning of their load on.
 *
 * VMEM has two halves for each operand and result, or with single buffers one place for each, which
 * counts as a half; an intermediate that is not moved has none. Lockstep takes no heed of halves:
 * in one slot OBUF may have the psums of three steps (to be loaded, in use, being stored).
 *
 * What is recorded are changes, in the cycle from which they hold: the activity that begins then on
 * the track of the port or unit has terms for them. How many are occupied is the sum of all changes
 * so far (SimditCounterView). The last store of a run ends as the run does: no cycle is left that
 * its half could be free in, and the change is not recorded.
 */
#ifndef SIMDIT_HW_HALVES_H
#define SIMDIT_HW_HALVES_H

#include "engine/shape.h"
#include "program/program.h"

/* Halves taken and freed in one cycle, by buffer: added up. */
typedef uint64_t SimditHalfChanges;

#define SIMDIT_HALF_BITS 6 /* of each number; there are at most SIMDIT_MAX_OPERANDS */

static inline SimditHalfChanges
simdit_half_taken (SimditBuffer buffer)
{
  return UINT64_C (1) << 2 * SIMDIT_HALF_BITS * buffer;
}

static inline SimditHalfChanges
simdit_half_freed (SimditBuffer buffer)
{
  return simdit_half_taken (buffer) << SIMDIT_HALF_BITS;
}

/* Of a stream: what a step changes at one end of a residency. */
typedef struct
{
  const SimditStream *stream; /* borrowed, like the next */
  const SimditStream *load;   /* that has taken the half already, where it is moved; or NULL */
  SimditLoopSet inside;       /* the loops within a residency */
  SimditHalfChanges change;
} SimditHalfRule;

/* The rules of one end of residencies. */
typedef struct
{
  SimditHalfChanges always; /* of every step: no rule is needed */
  SimditHalfRule rules[SIMDIT_MAX_OPERANDS];
  guint n;
} SimditHalfRuleList;

typedef struct
{
  SimditHalfRuleList begins, ends;
} SimditHalfRules;

/** simdit_half_rules_init: of the steps of @program, which is borrowed. */
void simdit_half_rules_init (SimditHalfRules *self, const SimditProgram *program);

/** simdit_half_rules_begin: what the step at @cursor takes when it begins. */
SimditHalfChanges simdit_half_rules_begin (const SimditHalfRules *self,
                                           const SimditProgram *program,
                                           const SimditCursor *cursor);

/** simdit_half_rules_end: what the step at @cursor frees when it has ended. */
SimditHalfChanges simdit_half_rules_end (const SimditHalfRules *self, const SimditProgram *program,
                                         const SimditCursor *cursor);

/** simdit_half_changes_shape: @shape with @changes in its first cycle. */
uint32_t simdit_half_changes_shape (SimditHalfChanges changes, uint32_t shape,
                                    SimditShapeBook *book);

#endif
