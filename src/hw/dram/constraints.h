/* What a command means for those after it: raises the earliest clocks. Part of channel.c: one call
 * per command. */
#ifndef SIMDIT_HW_DRAM_CONSTRAINTS_H
#define SIMDIT_HW_DRAM_CONSTRAINTS_H

#include "hw/dram/channel-private.h"

static inline void
simdit_dram_raise (uint64_t *earliest, uint64_t clock)
{
  *earliest = MAX (*earliest, clock);
}

/* Four ACTs have to lie tFAW before the next. */
static inline void
simdit_dram_apply_window (SimditDramRank *rank, const SimditDramConstraint *constraint,
                          uint64_t clock)
{
  rank->last_acts[rank->n_acts++ % 4] = clock;
  if (rank->n_acts >= 4)
    simdit_dram_raise (&rank->earliest[constraint->next],
                       rank->last_acts[rank->n_acts % 4] + constraint->clocks);
}

/* Constraints of the bank's rank as a whole, or beyond it. */
static inline void
simdit_dram_apply_widely (SimditDramChannel *self, SimditDramRank *rank,
                          const SimditDramConstraint *constraint, uint64_t clock)
{
  if (constraint->scope == SIMDIT_DRAM_FOURTH)
    simdit_dram_apply_window (rank, constraint, clock);
  else
    for (guint r = 0; r < self->config->ranks; r++)
      if (constraint->scope == SIMDIT_DRAM_CHANNEL || &self->ranks[r] != rank)
        simdit_dram_raise (&self->ranks[r].earliest[constraint->next], clock + constraint->clocks);
}

/* What @command at @clock means for the commands after it. */
static inline void
simdit_dram_apply (SimditDramChannel *self, SimditDramCommand command, guint b, uint64_t clock)
{
  const SimditDramConstraint *constraint = self->config->timing.constraints[command];
  const SimditDramConstraint *end = constraint + self->config->timing.n_constraints[command];
  const SimditDramBank *bank = &self->banks[b];

  /* They come by scope. */
  for (; constraint < end && constraint->scope == SIMDIT_DRAM_SAME_BANK; constraint++)
    simdit_dram_raise (&self->earliest[constraint->next][b], clock + constraint->clocks);
  for (; constraint < end && constraint->scope == SIMDIT_DRAM_SAME_GROUP; constraint++)
    for (guint g = 0; g < self->config->banks; g++)
      simdit_dram_raise (&self->earliest[constraint->next][bank->group + g],
                         clock + constraint->clocks);
  for (; constraint < end && constraint->scope == SIMDIT_DRAM_SAME_RANK; constraint++)
    simdit_dram_raise (&bank->rank->earliest[constraint->next], clock + constraint->clocks);
  for (; constraint < end; constraint++)
    simdit_dram_apply_widely (self, bank->rank, constraint, clock);
}

#endif
