/* What a command means for those after it: raises the earliest clocks. Part of channel.c: one call
 * per command. */
#ifndef SIMDIT_HW_DRAM_CONSTRAINTS_H
#define SIMDIT_HW_DRAM_CONSTRAINTS_H

#include "hw/dram/channel-private.h"

static inline void
simdit_dram_raise (SimditDramEarliest *earliest, SimditDramNext next, uint64_t clock)
{
  earliest->next[next] = MAX (earliest->next[next], clock);
}

/* All banks of a rank. Its groups take this down, so that a bank has only one other place to look;
 * commands to the whole rank have their own. */
static inline void
simdit_dram_raise_rank (const SimditDramChannel *self, SimditDramRank *rank, SimditDramNext next,
                        uint64_t clock)
{
  if (next == SIMDIT_DRAM_NEXT_PREA || next == SIMDIT_DRAM_NEXT_REF)
    simdit_dram_raise (&rank->earliest, next, clock);
  else
    for (guint g = 0; g < self->config->groups; g++)
      simdit_dram_raise (&rank->groups[g], next, clock);
}

/* Four ACTs have to lie tFAW before the next. */
static inline void
simdit_dram_apply_window (const SimditDramChannel *self, SimditDramRank *rank,
                          const SimditDramConstraint *constraint, uint64_t clock)
{
  rank->last_acts[rank->n_acts++ % 4] = clock;
  if (rank->n_acts >= 4)
    simdit_dram_raise_rank (self, rank, constraint->next,
                            rank->last_acts[rank->n_acts % 4] + constraint->clocks);
}

static inline void
simdit_dram_apply_to_ranks (SimditDramChannel *self, const SimditDramRank *except,
                            const SimditDramConstraint *constraint, uint64_t clock)
{
  for (guint r = 0; r < self->config->ranks; r++)
    if (&self->ranks[r] != except)
      simdit_dram_raise_rank (self, &self->ranks[r], constraint->next, clock + constraint->clocks);
}

/* Constraints beyond the bank's own rank. */
static inline void
simdit_dram_apply_widely (SimditDramChannel *self, SimditDramRank *rank,
                          const SimditDramConstraint *constraint, uint64_t clock)
{
  if (constraint->scope == SIMDIT_DRAM_FOURTH)
    simdit_dram_apply_window (self, rank, constraint, clock);
  else
    simdit_dram_apply_to_ranks (self, constraint->scope == SIMDIT_DRAM_OTHER_RANKS ? rank : NULL,
                                constraint, clock);
}

/* What @command at @clock means for the commands after it. */
static inline void
simdit_dram_apply (SimditDramChannel *self, SimditDramCommand command, guint b, uint64_t clock)
{
  const SimditDramTiming *timing = &self->config->timing;
  SimditDramBank *bank = &self->banks[b];

  for (guint i = 0; i < timing->n_constraints[command]; i++)
    {
      const SimditDramConstraint *constraint = &timing->constraints[command][i];

      if (constraint->scope == SIMDIT_DRAM_SAME_BANK)
        simdit_dram_raise (&bank->earliest, constraint->next, clock + constraint->clocks);
      else if (constraint->scope == SIMDIT_DRAM_SAME_GROUP)
        simdit_dram_raise (bank->group, constraint->next, clock + constraint->clocks);
      else if (constraint->scope == SIMDIT_DRAM_SAME_RANK)
        simdit_dram_raise_rank (self, bank->rank, constraint->next, clock + constraint->clocks);
      else
        simdit_dram_apply_widely (self, bank->rank, constraint, clock);
    }
}

#endif
