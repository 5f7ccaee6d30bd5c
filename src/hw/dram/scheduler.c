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
order_of (uint64_t clocks, uint64_t age)
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

static inline SimditDramNext
column_next (bool write)
{
  return write ? SIMDIT_DRAM_NEXT_WR : SIMDIT_DRAM_NEXT_RD;
}

/* The earliest clock from @from on at which bank @b may see a command. */
static inline uint64_t
bank_ready (const SimditDramChannel *self, guint b, SimditDramNext next, uint64_t from)
{
  uint64_t rank = MAX (self->banks[b].rank->earliest[next], from);

  return MAX (self->earliest[next][b], rank);
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
      key = order_of (bank_ready (self, b, column_next (request->write), from) - from,
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
  SimditDramOffers *offers = &self->offers[write];
  bool is_held = bank->opened != SIMDIT_DRAM_NONE;
  bool is_late = config->hit_cap != 0 && bank->columns > config->hit_cap;
  bool keeps_row = config->scheduler == SIMDIT_DRAM_ROWHIT && list->hit != SIMDIT_DRAM_NONE;
  uint64_t bit = UINT64_C (1) << b;

  offers->columns &= ~bit;
  offers->acts &= ~bit;
  offers->pres &= ~bit;
  self->late[write] &= ~bit;
  if (list->head == SIMDIT_DRAM_NONE)
    return;
  if (!bank->is_open)
    {
      offers->acts |= bit;
      offers->row_ages[b] = self->requests[list->head].age;
      return;
    }
  if (list->hit != SIMDIT_DRAM_NONE && is_late)
    self->late[write] |= bit;
  else if (list->hit != SIMDIT_DRAM_NONE && !(is_held && config->page == SIMDIT_DRAM_CLOSED_PAGE))
    {
      offers->columns |= bit;
      offers->column_ages[b] = self->requests[list->hit].age;
    }
  if (list->miss != SIMDIT_DRAM_NONE && !is_held && (!keeps_row || is_late))
    {
      offers->pres |= bit;
      offers->row_ages[b] = self->requests[list->miss].age;
    }
}

/* Of several commands to several banks the first so far. */
typedef struct
{
  uint64_t key; /* as order_of() has it; SIMDIT_DRAM_NEVER: none */
  guint bank;
  SimditDramNext next;
} First;

/* Considers command @next to each of the banks @set, for requests of @ages. */
static inline void
consider (const SimditDramChannel *self, uint64_t set, SimditDramNext next, const uint64_t *ages,
          uint64_t from, First *first)
{
  const uint64_t *earliest = self->earliest[next];

  for (const SimditDramRank *rank = self->ranks; set != 0; rank++)
    {
      uint64_t ready = MAX (rank->earliest[next], from), best = first->key;
      guint bank = SIMDIT_DRAM_MAX_BANKS;

      if (order_of (ready - from, 0) < best)
        for (uint64_t rest = set & rank->bank_set; rest != 0; rest &= rest - 1)
          {
            guint b = (guint) __builtin_ctzll (rest);
            uint64_t key = order_of (MAX (earliest[b], ready) - from, ages[b]);

            bank = key < best ? b : bank;
            best = MIN (key, best);
          }
      if (bank != SIMDIT_DRAM_MAX_BANKS)
        *first = (First){ best, bank, next };
      set &= ~rank->bank_set;
    }
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
  ready = bank_ready (self, b, column_next (write), from);
  if (ready < choice->clock)
    set_choice (choice, ready, column_command (self, write), first, b, true);
}

static void
choose_queued (const SimditDramChannel *self, uint64_t from, unsigned which, bool write,
               SimditDramChoice *choice)
{
  const SimditDramOffers *offers = &self->offers[write];
  First first = { .key = SIMDIT_DRAM_NEVER };
  const SimditDramList *list;

  if (which & SIMDIT_DRAM_COLUMNS)
    consider (self, offers->columns & ~self->due_banks, column_next (write), offers->column_ages,
              from, &first);
  if (which & SIMDIT_DRAM_ROWS)
    {
      consider (self, offers->acts & ~self->due_banks, SIMDIT_DRAM_NEXT_ACT, offers->row_ages, from,
                &first);
      consider (self, offers->pres & ~self->due_banks, SIMDIT_DRAM_NEXT_PRE, offers->row_ages, from,
                &first);
    }
  if (first.key != SIMDIT_DRAM_NEVER && from + (first.key >> AGE_BITS) < choice->clock)
    {
      uint64_t clock = from + (first.key >> AGE_BITS);

      list = &self->banks[first.bank].lists[write];
      if (first.next == SIMDIT_DRAM_NEXT_ACT)
        set_choice (choice, clock, SIMDIT_DRAM_ACT, list->head, first.bank, true);
      else if (first.next == SIMDIT_DRAM_NEXT_PRE)
        set_choice (choice, clock, SIMDIT_DRAM_PRE, list->miss, first.bank, true);
      else
        set_choice (choice, clock, column_command (self, write), list->hit, first.bank, true);
    }
  if (which & SIMDIT_DRAM_COLUMNS && self->late[write] != 0)
    choose_late (self, from, write, choice);
}

static void
choose_refresh (const SimditDramChannel *self, uint64_t from, SimditDramChoice *choice)
{
  const SimditDramRank *rank = &self->ranks[self->refresh_rank];
  bool close = self->open & rank->bank_set;
  uint64_t ready = rank->earliest[close ? SIMDIT_DRAM_NEXT_PREA : SIMDIT_DRAM_NEXT_REF];

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
      uint64_t ready = bank_ready (self, b, close ? SIMDIT_DRAM_NEXT_PRE : SIMDIT_DRAM_NEXT_REFPB,
                                   from);

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
