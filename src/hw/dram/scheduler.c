/*
 * FR-FCFS: of all commands that requests wait for, the one that is possible first; of those that
 * are possible at the same clock, the one for the oldest request. Reads and writes take turns (the
 * channel's mode); a row hit is not preferred as such, it wins because it is possible sooner.
 *
 * A bank offers at most two commands: a column command for its oldest hit and a PRE for its oldest
 * miss, or an ACT for its oldest request.
 */
#include "hw/dram/channel-private.h"

/* A command that is possible in some clocks, for a request of some age, as one number: the smaller
 * is first. No sum of constraints reaches 2^24 clocks, and no run takes 2^40 requests. */
#define AGE_BITS 40

static inline uint64_t
rank_command (uint64_t clocks, uint64_t age)
{
  return clocks << AGE_BITS | age;
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

/* One store per field: a choice is made for each command, and copying one would wait for them. */
static inline void
set_choice (SimditDramChoice *choice, uint64_t clock, SimditDramCommand command, uint16_t request,
            guint bank, bool queued)
{
  choice->clock = clock;
  choice->command = command;
  choice->request = request;
  choice->bank = (uint16_t) bank;
  choice->queued = queued;
}

static void
choose_opened (const SimditDramChannel *self, uint64_t from, SimditDramChoice *choice)
{
  uint64_t best = SIMDIT_DRAM_NEVER;
  const SimditDramRequest *request;
  guint first = 0;

  for (uint64_t set = self->opened; set != 0; set &= set - 1)
    {
      guint b = (guint) __builtin_ctzll (set);
      uint64_t key;

      request = &self->requests[self->banks[b].opened];
      key = rank_command (column_ready (&self->banks[b], request->write, from) - from,
                          request->age);
      first = key < best ? b : first;
      best = MIN (key, best);
    }
  request = &self->requests[self->banks[first].opened];
  set_choice (choice, from + (best >> AGE_BITS), column_command (self, request->write),
              self->banks[first].opened, first, false);
}

void
simdit_dram_update_offer (SimditDramChannel *self, guint b, bool write)
{
  const SimditDramConfig *config = self->config;
  const SimditDramBank *bank = &self->banks[b];
  const SimditDramList *list = &bank->lists[write];
  SimditDramOffer *offer = &self->offers[write][b];
  bool is_held = bank->opened != SIMDIT_DRAM_NONE;
  bool is_late = config->hit_cap != 0 && bank->columns > config->hit_cap;
  bool keeps_row = config->scheduler == SIMDIT_DRAM_ROWHIT && list->hit != SIMDIT_DRAM_NONE;

  offer->column_age = offer->row_age = SIMDIT_DRAM_NEVER;
  self->late[write] &= ~(UINT64_C (1) << b);
  offer->row_next = bank->is_open ? SIMDIT_DRAM_NEXT_PRE : SIMDIT_DRAM_NEXT_ACT;
  if (list->head == SIMDIT_DRAM_NONE)
    return;
  if (!bank->is_open)
    {
      offer->row_age = self->requests[list->head].age;
      return;
    }
  if (list->hit != SIMDIT_DRAM_NONE && is_late)
    self->late[write] |= UINT64_C (1) << b;
  else if (list->hit != SIMDIT_DRAM_NONE && !(is_held && config->page == SIMDIT_DRAM_CLOSED_PAGE))
    offer->column_age = self->requests[list->hit].age;
  if (list->miss != SIMDIT_DRAM_NONE && !is_held && (!keeps_row || is_late))
    offer->row_age = self->requests[list->miss].age;
}

/* The first offer of those of banks @set, as a rank; @where: twice its bank, plus 1 for a column.
 */
static inline uint64_t
find_offer (const SimditDramChannel *self, uint64_t set, uint64_t from, bool write, bool columns,
            bool rows, guint *where)
{
  uint64_t best = SIMDIT_DRAM_NEVER;

  for (; set != 0; set &= set - 1)
    {
      guint b = (guint) __builtin_ctzll (set);
      const SimditDramBank *bank = &self->banks[b];
      const SimditDramOffer *offer = &self->offers[write][b];
      uint64_t row = simdit_dram_bank_ready (bank, offer->row_next, from) - from;
      uint64_t column = column_ready (bank, write, from) - from;

      row = rows ? rank_command (row, offer->row_age) : SIMDIT_DRAM_NEVER;
      column = columns ? rank_command (column, offer->column_age) : SIMDIT_DRAM_NEVER;
      *where = row < best ? 2 * b : *where;
      best = MIN (row, best);
      *where = column < best ? 2 * b + 1 : *where;
      best = MIN (column, best);
    }
  return best;
}

/* A hit beyond the cap goes when it is the oldest of all and nothing else is possible. */
static void
choose_late (const SimditDramChannel *self, uint64_t from, bool write, SimditDramChoice *choice)
{
  uint64_t oldest = SIMDIT_DRAM_NEVER, ready;
  uint16_t first = SIMDIT_DRAM_NONE;
  guint b;

  for (uint64_t set = self->occupied[write]; set != 0; set &= set - 1)
    {
      uint16_t head = self->banks[__builtin_ctzll (set)].lists[write].head;

      if (self->requests[head].age < oldest)
        {
          oldest = self->requests[head].age;
          first = head;
        }
    }
  b = self->requests[first].bank;
  if (!((self->late[write] & ~self->due_banks) >> b & 1)
      || self->banks[b].lists[write].hit != first)
    return;
  ready = column_ready (&self->banks[b], write, from);
  if (ready < choice->clock)
    set_choice (choice, ready, column_command (self, write), first, b, true);
}

static void
choose_queued (const SimditDramChannel *self, uint64_t from, unsigned which, bool write,
               SimditDramChoice *choice)
{
  uint64_t set = self->occupied[write] & ~self->due_banks, best;
  guint where = 0;

  if (which == (SIMDIT_DRAM_COLUMNS | SIMDIT_DRAM_ROWS))
    best = find_offer (self, set, from, write, true, true, &where);
  else if (which == SIMDIT_DRAM_COLUMNS)
    best = find_offer (self, set, from, write, true, false, &where);
  else
    best = find_offer (self, set, from, write, false, true, &where);
  if (best != SIMDIT_DRAM_NEVER && from + (best >> AGE_BITS) < choice->clock)
    {
      const SimditDramBank *bank = &self->banks[where / 2];
      const SimditDramList *list = &bank->lists[write];
      uint64_t clock = from + (best >> AGE_BITS);

      if (where % 2 == 1)
        set_choice (choice, clock, column_command (self, write), list->hit, where / 2, true);
      else if (bank->is_open)
        set_choice (choice, clock, SIMDIT_DRAM_PRE, list->miss, where / 2, true);
      else
        set_choice (choice, clock, SIMDIT_DRAM_ACT, list->head, where / 2, true);
    }
  if (which & SIMDIT_DRAM_COLUMNS && self->late[write] != 0)
    choose_late (self, from, write, choice);
}

static void
choose_refresh (const SimditDramChannel *self, uint64_t from, SimditDramChoice *choice)
{
  const SimditDramRank *rank = &self->ranks[self->refresh_rank];
  bool close = self->open & rank->bank_set;
  uint64_t ready = rank->earliest.next[close ? SIMDIT_DRAM_NEXT_PREA : SIMDIT_DRAM_NEXT_REF];

  ready = MAX (ready, from);
  if (!(self->opened & rank->bank_set) && ready < choice->clock)
    set_choice (choice, ready, close ? SIMDIT_DRAM_PREA : SIMDIT_DRAM_REF, SIMDIT_DRAM_NONE,
                (guint) __builtin_ctzll (rank->bank_set), false);
}

/* For the banks whose own refresh is due; nothing else is chosen for them, but others go on. */
static void
choose_bank_refresh (const SimditDramChannel *self, uint64_t from, SimditDramChoice *choice)
{
  for (uint64_t set = self->due_banks & ~self->opened; set != 0; set &= set - 1)
    {
      guint b = (guint) __builtin_ctzll (set);
      bool close = self->banks[b].is_open;
      uint64_t ready = simdit_dram_bank_ready (
          &self->banks[b], close ? SIMDIT_DRAM_NEXT_PRE : SIMDIT_DRAM_NEXT_REFPB, from);

      if (ready < choice->clock)
        set_choice (choice, ready, close ? SIMDIT_DRAM_PRE : SIMDIT_DRAM_REFPB, SIMDIT_DRAM_NONE, b,
                    false);
    }
}

void
simdit_dram_choose (const SimditDramChannel *self, uint64_t from, unsigned which,
                    SimditDramChoice *choice)
{
  choice->clock = SIMDIT_DRAM_NEVER;
  if (which & SIMDIT_DRAM_COLUMNS && self->opened != 0)
    choose_opened (self, from, choice);
  if (self->refreshing)
    {
      if (which & SIMDIT_DRAM_ROWS)
        choose_refresh (self, from, choice);
      return;
    }
  if (which & SIMDIT_DRAM_ROWS && self->due_banks != 0)
    choose_bank_refresh (self, from, choice);
  choose_queued (self, from, which, simdit_dram_next_mode (self), choice);
}
