/*
 * FR-FCFS: of all commands that requests wait for, the one that is possible first; of those that
 * are possible at the same clock, the one for the oldest request. Reads and writes take turns (the
 * channel's mode); a row hit is not preferred as such, it wins because it is possible sooner.
 *
 * A bank offers at most two commands: a column command for its oldest hit and a PRE for its oldest
 * miss, or an ACT for its oldest request.
 */
#include "hw/dram/channel-private.h"

static inline void
consider (SimditDramChoice *best, uint64_t clock, SimditDramCommand command,
          const SimditDramRequest *request, uint16_t index)
{
  if (clock < best->clock || (clock == best->clock && request->age < best->age))
    *best = (SimditDramChoice){ .clock = clock,
                                .age = request->age,
                                .command = command,
                                .request = index,
                                .bank = request->bank };
}

static inline SimditDramCommand
column_command (const SimditDramChannel *self, bool write)
{
  if (self->config->page == SIMDIT_DRAM_CLOSED_PAGE)
    return write ? SIMDIT_DRAM_WRA : SIMDIT_DRAM_RDA;
  return write ? SIMDIT_DRAM_WR : SIMDIT_DRAM_RD;
}

static inline uint64_t
column_ready (const SimditDramBank *bank, bool write, uint64_t from)
{
  return simdit_dram_bank_ready (bank, write ? SIMDIT_DRAM_NEXT_WR : SIMDIT_DRAM_NEXT_RD, from);
}

static void
choose_opened (const SimditDramChannel *self, uint64_t from, SimditDramChoice *best)
{
  for (uint64_t set = self->opened; set != 0; set &= set - 1)
    {
      const SimditDramBank *bank = &self->banks[__builtin_ctzll (set)];
      const SimditDramRequest *request = &self->requests[bank->opened];

      consider (best, column_ready (bank, request->write, from),
                column_command (self, request->write), request, bank->opened);
    }
}

/* The candidates of an open bank. @late: the oldest hit beyond the cap. */
static inline void
consider_open (const SimditDramChannel *self, const SimditDramBank *bank, bool write, uint64_t from,
               unsigned which, SimditDramChoice *best, SimditDramChoice *late)
{
  const SimditDramConfig *config = self->config;
  const SimditDramList *list = &bank->lists[write];
  bool capped = config->hit_cap != 0 && bank->columns > config->hit_cap;
  bool has_hit = list->hit != SIMDIT_DRAM_NONE, is_held = bank->opened != SIMDIT_DRAM_NONE;

  if (has_hit && which & SIMDIT_DRAM_COLUMNS
      && !(is_held && config->page == SIMDIT_DRAM_CLOSED_PAGE))
    {
      const SimditDramRequest *request = &self->requests[list->hit];

      if (!capped)
        consider (best, column_ready (bank, write, from), column_command (self, write), request,
                  list->hit);
      else if (request->age < late->age)
        {
          late->clock = SIMDIT_DRAM_NEVER;
          consider (late, column_ready (bank, write, from), column_command (self, write), request,
                    list->hit);
        }
    }
  if (list->miss != SIMDIT_DRAM_NONE && which & SIMDIT_DRAM_ROWS && !is_held
      && !(config->scheduler == SIMDIT_DRAM_ROWHIT && has_hit && !capped))
    consider (best, simdit_dram_bank_ready (bank, SIMDIT_DRAM_NEXT_PRE, from), SIMDIT_DRAM_PRE,
              &self->requests[list->miss], list->miss);
}

/* A hit beyond the cap goes when it is the oldest of all and nothing else is ready. */
static void
choose_queued (const SimditDramChannel *self, uint64_t from, unsigned which, bool write,
               SimditDramChoice *best)
{
  SimditDramChoice late = { .clock = SIMDIT_DRAM_NEVER, .age = SIMDIT_DRAM_NEVER };
  uint64_t oldest = SIMDIT_DRAM_NEVER;

  for (uint64_t set = self->occupied[write]; set != 0; set &= set - 1)
    {
      const SimditDramBank *bank = &self->banks[__builtin_ctzll (set)];
      uint16_t head = bank->lists[write].head;

      if (bank->is_open)
        consider_open (self, bank, write, from, which, best, &late);
      else if (which & SIMDIT_DRAM_ROWS)
        consider (best, simdit_dram_bank_ready (bank, SIMDIT_DRAM_NEXT_ACT, from), SIMDIT_DRAM_ACT,
                  &self->requests[head], head);
      oldest = MIN (oldest, self->requests[head].age);
    }
  if (late.age == oldest && late.clock < best->clock)
    *best = late;
  best->queued = true;
}

static void
choose_refresh (const SimditDramChannel *self, uint64_t from, SimditDramChoice *best)
{
  const SimditDramRank *rank = &self->ranks[self->refresh_rank];
  bool close = self->open & rank->bank_set;
  uint64_t ready = rank->earliest.next[close ? SIMDIT_DRAM_NEXT_PREA : SIMDIT_DRAM_NEXT_REF];

  if (self->opened & rank->bank_set)
    return;
  *best = (SimditDramChoice){ .clock = MAX (ready, from),
                              .command = close ? SIMDIT_DRAM_PREA : SIMDIT_DRAM_REF,
                              .request = SIMDIT_DRAM_NONE,
                              .bank = (uint16_t) __builtin_ctzll (rank->bank_set) };
}

SimditDramChoice
simdit_dram_choose (const SimditDramChannel *self, uint64_t from, unsigned which)
{
  SimditDramChoice best = { .clock = SIMDIT_DRAM_NEVER, .age = SIMDIT_DRAM_NEVER }, other = best;

  if (which & SIMDIT_DRAM_COLUMNS)
    choose_opened (self, from, &best);
  if (!self->refreshing)
    choose_queued (self, from, which, simdit_dram_next_mode (self), &other);
  else if (which & SIMDIT_DRAM_ROWS)
    choose_refresh (self, from, &other);
  return other.clock < best.clock ? other : best;
}
