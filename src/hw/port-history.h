/*
 * What the ports, and the memory behind them, have done lately: below a stall for data, what the
 * memory was doing. Kept from the last end of a step on, for DRAM that is not ideal.
 *
 * A stalled cycle waits for an operand; the port that moves it is then in one of the states below.
 */
#ifndef SIMDIT_HW_PORT_HISTORY_H
#define SIMDIT_HW_PORT_HISTORY_H

#include "hw/axi_port.h"

typedef enum
{
  SIMDIT_MEMORY_NOTHING,  /* no transfer is under way on the port */
  SIMDIT_MEMORY_OWN_PORT, /* data pass at the port's full width */
  SIMDIT_MEMORY_SHARED,   /* data pass, but more slowly: the channel serves other ports, too */
  SIMDIT_MEMORY_WAITS,    /* no data pass: plus SimditDramWait */
  SIMDIT_N_MEMORY_STATES = SIMDIT_MEMORY_WAITS + SIMDIT_DRAM_N_WAITS,
} SimditMemoryState;

/** simdit_memory_state_name: as results call it. */
const char *simdit_memory_state_name (SimditMemoryState state);

typedef struct SimditPortHistory SimditPortHistory;

SimditPortHistory *simdit_port_history_new (void);
void simdit_port_history_free (SimditPortHistory *self);

/** simdit_port_history_add: @port was in @state in the cycles from @begin to before @end. */
void simdit_port_history_add (SimditPortHistory *self, guint port, uint64_t begin, uint64_t end,
                              SimditMemoryState state);

/** simdit_port_history_forget: nobody will ask for cycles before @cycle. */
void simdit_port_history_forget (SimditPortHistory *self, uint64_t cycle);

/** simdit_port_history_sum: adds the cycles from @begin to before @end by state to @cycles. */
void simdit_port_history_sum (const SimditPortHistory *self, guint port, uint64_t begin,
                              uint64_t end, uint64_t cycles[SIMDIT_N_MEMORY_STATES]);

#endif
