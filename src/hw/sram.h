/*
 * The ports of the buffers' banks, and the cycles that a unit waits for one.
 *
 * In the default, one read and one write port per bank and halves in separate banks, nothing
 * conflicts and nothing here is asked. Otherwise:
 *
 *   alone     In a cycle a unit may read and write one bank (psums in OBUF; two operands and a
 *             result in the two VMEMs). One port (1rw) does that in two cycles.
 *   with DMA  Where both halves of a buffer share their banks (sram_halves shared), a transfer
 * takes a port of a bank it reads or writes in every cycle in which data pass over its AXI port,
 * and goes first: the words of a tile lie across the banks, and the unit uses all of them at once,
 * so that in such a cycle it finds 1rw    no port: it waits; 1r1w   the read port (a store) or the
 * write port (a load) taken: it waits if it needs that one; 2rw    one port left: half its pace if
 * it reads and writes, else no difference.
 *
 * All banks of a buffer wait together, since a systolic array advances as a whole; a cycle in which
 * several buffers make it wait belongs to the first of them. While the pipeline fills and drains,
 * the unit is taken to use all banks, too. A transfer that takes longer than its AXI port needs
 * (other than ideal DRAM) uses the banks from its beginning, at the port's full width: as many
 * cycles as there are, but not exactly those.
 */
#ifndef SIMDIT_HW_SRAM_H
#define SIMDIT_HW_SRAM_H

#include "hw/unit.h"

/* Transfers that use banks: by buffer and direction, how many. */
typedef struct
{
  guint active[SIMDIT_N_BUFFERS][2]; /* [SIMDIT_LOAD], [SIMDIT_STORE] */
} SimditSramDma;

/* A step under way. Paces are in half steps of work per cycle: 2 is full, 0 is a wait. */
typedef struct
{
  SimditSramPorts ports; /* of the machine, like the next */
  bool shared;
  bool ideal; /* nothing ever conflicts */
  SimditSramUse use;
  uint64_t left;  /* half cycles of work */
  uint64_t cycle; /* up to which that is known */
  guint pace;
  SimditBuffer culprit;             /* that makes the pace less than full */
  uint64_t lost[SIMDIT_N_BUFFERS];  /* half cycles, of this step */
  uint64_t alone[SIMDIT_N_BUFFERS]; /* cycles */
} SimditSram;

void simdit_sram_init (SimditSram *self, const SimditMachine *machine);

/** simdit_sram_begin: a step of @cycles cycles begins in @cycle, while @dma transfers are active.
 */
void simdit_sram_begin (SimditSram *self, const SimditSramUse *use, uint64_t cycles, uint64_t cycle,
                        const SimditSramDma *dma);

/**
 * simdit_sram_change: from @cycle on, @dma transfers are active.
 *
 * Returns: whether the step's end is another now.
 */
bool simdit_sram_change (SimditSram *self, uint64_t cycle, const SimditSramDma *dma);

/** simdit_sram_end: when the step ends if nothing changes; UINT64_MAX: not before. */
uint64_t simdit_sram_end (const SimditSram *self);

/**
 * simdit_sram_waits: of the step that ends in @end_cycle, the cycles it waited, by buffer.
 * @wait: all of them: its duration less the cycles it would have taken
 */
void simdit_sram_waits (const SimditSram *self, uint64_t end_cycle, uint64_t wait,
                        uint64_t waits[SIMDIT_N_BUFFERS]);

#endif
