/*
 * The exact model: lockstep slots over the true tiles of a program, in closed form. Smaller last
 * tiles have their own extents, tiles that stay on chip are not moved, and no tile count is a
 * fraction. The simulator must agree to the cycle with what it says of the same program.
 *
 * Slot s computes tile s while tile s + 1 is loaded and tile s - 1 stored; it lasts as long as the
 * slowest of the unit and the ports. Slots differ only by where in their loops three successive
 * tiles are, so that each kind is worked out once and multiplied.
 */
#ifndef SIMDIT_MODEL_SLOTS_H
#define SIMDIT_MODEL_SLOTS_H

#include "model/model.h"
#include "model/tile.h"

#define SIMDIT_MODEL_PORTS SIMDIT_N_BUFFERS /* a port per buffer; WBUF's serves BBUF too */

typedef struct
{
  uint64_t total;      /* [cycle] */
  SimditTileWork work; /* of all tiles; its cycles are the compute cycles */
  uint64_t port_cycles[SIMDIT_MODEL_PORTS];
  uint64_t dram_bits[SIMDIT_N_OPERANDS];
} SimditSlotCost;

/** simdit_model_slots: of @layer's program, whose streams say which tiles move. */
void simdit_model_slots (const SimditModelLayer *layer, SimditSlotCost *cost);

/* Slots that are alike; no machine's port widths are in it. */
typedef struct
{
  uint64_t times;
  uint64_t cycles;                    /* of the unit; 0: it has nothing to do */
  uint64_t bits[SIMDIT_MAX_OPERANDS]; /* that each stream of the program moves */
} SimditSlotKind;

typedef void (*SimditSlotFunc) (void *data, const SimditSlotKind *kind);

/** simdit_model_slot_kinds: the same; @func is told of every kind of slot, of some repeatedly. */
void simdit_model_slot_kinds (const SimditModelLayer *layer, SimditSlotCost *cost,
                              SimditSlotFunc func, void *data);

/** simdit_model_bound: no pipeline of this program is faster: its unit's work, each port's traffic.
 */
uint64_t simdit_model_bound (const SimditSlotCost *cost);

#endif
