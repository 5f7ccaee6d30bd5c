/*
 * A DRAM channel and its controller (a memory controller of an SoC with its DIMM, LPDDR package or
 * HBM pseudo-channel).
 *
 * Modelled: FR-FCFS over a read and a write queue; write drain between watermarks; forwarding;
 * refresh of ranks, or of banks in turn, without postponement; open and closed page; one command
 * per clock, or one row and one column command. The rules are those of Ramulator 2.1 (reference:
 * its results on our traces); timing constraints are JEDEC's (timing.c).
 *
 * Not modelled: power-down, ECC, read/write ordering of equal addresses beyond
 * forwarding (a write may overtake an older read of its address: no data are kept).
 *
 * A request leaves its queue when its ACT is issued and is then "opened": served before anything
 * else, and its row is not closed before. Queue sizes and watermarks count the queues only.
 *
 *   clock    10     11  ...  27  ...  43 44 45 46  47       (DDR4-2400, closed bank)
 *   request  taken                                 ends
 *   command         ACT      RD
 *   data                              [  burst  ]
 */
#include "hw/dram/constraints.h"

static void
update_offers (SimditDramChannel *self, guint b)
{
  simdit_dram_update_offer (self, b, false);
  simdit_dram_update_offer (self, b, true);
}

/* The mode is decided at every clock that serves neither an opened request nor a refresh. Nothing
 * changes between steps: it is enough to do so before the queues change. */
static inline void
settle_mode (SimditDramChannel *self, uint64_t clock)
{
  if (self->mode_due <= clock)
    self->write_mode = simdit_dram_next_mode (self);
}

static void
tell (const SimditDramChannel *self, const SimditDramChoice *choice, uint64_t clock)
{
  const SimditDramRequest *request = choice->request != SIMDIT_DRAM_NONE
                                         ? &self->requests[choice->request]
                                         : NULL;
  SimditDramIssue issue = { .clock = clock,
                            .command = choice->command,
                            .rank = choice->bank
                                    / (guint) (self->config->groups * self->config->banks),
                            .bank = choice->bank };

  if (choice->command == SIMDIT_DRAM_PRE)
    issue.row = self->banks[choice->bank].row;
  else if (request != NULL)
    issue.row = request->row;
  if (request != NULL && choice->command != SIMDIT_DRAM_PRE && choice->command != SIMDIT_DRAM_ACT)
    issue.column = request->column;
  self->client->issued (self->owner, self->number, &issue);
}

static guint
hash_place (guint bank, uint32_t row, uint32_t column)
{
  uint64_t key = ((uint64_t) row << 32 | column) * 64 + bank;

  return (guint) (key * UINT64_C (0x9e3779b97f4a7c15) >> 54);
}

static inline void
tell_queue (const SimditDramChannel *self, bool write, uint64_t clock)
{
  if (self->client->queued != NULL)
    self->client->queued (self->owner, self->number, write, self->n_queued[write], clock);
}

static void
leave_queue (SimditDramChannel *self, uint16_t i, uint64_t clock)
{
  const SimditDramRequest *request = &self->requests[i];
  SimditDramBank *bank = &self->banks[request->bank];
  SimditDramList *list = &bank->lists[request->write];

  simdit_dram_list_remove (bank, self->requests, list, i);
  if (list->head == SIMDIT_DRAM_NONE)
    self->occupied[request->write] &= ~(UINT64_C (1) << request->bank);
  self->n_queued[request->write]--;
  self->freed[request->write] = true;
  tell_queue (self, request->write, clock);
}

/* The column command of @request is issued at @clock. */
static inline void
tell_service (SimditDramChannel *self, const SimditDramRequest *request, uint64_t clock,
              uint64_t end)
{
  SimditDramService service = { .tag = request->tag,
                                .outcome = (SimditDramOutcome) request->outcome,
                                .accepted = request->accepted,
                                .started = request->first,
                                .column = clock,
                                .end = end,
                                .previous = self->last_column,
                                .previous_tag = self->last_tag,
                                .turned = self->last_write != request->write,
                                .refresh_begin = self->banks[request->bank].refresh_begin,
                                .refresh_end = self->banks[request->bank].refresh_end };

  self->last_column = clock;
  self->last_tag = request->tag;
  self->last_write = request->write;
  self->client->served (self->owner, &service);
}

static void
serve (SimditDramChannel *self, const SimditDramChoice *choice, uint64_t clock)
{
  const uint32_t *times = self->config->timing.times;
  SimditDramRequest *request = &self->requests[choice->request];
  SimditDramBank *bank = &self->banks[choice->bank];
  uint32_t latency = times[request->write ? SIMDIT_DRAM_T_CWL : SIMDIT_DRAM_T_CL];

  bank->columns++;
  if (choice->queued)
    leave_queue (self, choice->request, clock);
  else
    {
      bank->opened = SIMDIT_DRAM_NONE;
      self->opened &= ~(UINT64_C (1) << choice->bank);
    }
  if (self->config->page == SIMDIT_DRAM_CLOSED_PAGE)
    {
      bank->is_open = false;
      self->open &= ~(UINT64_C (1) << choice->bank);
    }
  if (choice->queued && bank->is_open && self->config->hit_cap == 0)
    simdit_dram_update_hit (self, choice->bank, request->write); /* the others see no change */
  else
    update_offers (self, choice->bank);
  if (request->write)
    {
      self->n_writes--;
      self->filter[hash_place (choice->bank, request->row, request->column)]--;
    }
  self->n_waiting--;
  request->next = self->free_list;
  self->free_list = choice->request;
  tell_service (self, request, clock, clock + latency + times[SIMDIT_DRAM_T_BURST]);
}

static void
open_row (SimditDramChannel *self, const SimditDramChoice *choice, uint64_t clock)
{
  SimditDramBank *bank = &self->banks[choice->bank];

  leave_queue (self, choice->request, clock);
  bank->is_open = true;
  bank->row = self->requests[choice->request].row;
  bank->columns = 0;
  bank->opened = choice->request;
  self->open |= UINT64_C (1) << choice->bank;
  self->opened |= UINT64_C (1) << choice->bank;
  simdit_dram_bank_sort (bank, self->requests);
  update_offers (self, choice->bank);
}

static void
close_rows (SimditDramChannel *self, uint64_t bank_set)
{
  for (uint64_t set = bank_set & self->open; set != 0; set &= set - 1)
    {
      self->banks[__builtin_ctzll (set)].is_open = false;
      update_offers (self, (guint) __builtin_ctzll (set));
    }
  self->open &= ~bank_set;
}

static guint
n_banks (const SimditDramChannel *self)
{
  return (guint) (self->config->ranks * self->config->groups * self->config->banks);
}

static void
end_refresh (SimditDramChannel *self, uint64_t clock)
{
  for (guint b = 0; b < n_banks (self); b++)
    self->banks[b].refresh_end = clock + self->config->timing.times[SIMDIT_DRAM_T_RFC];
  if (++self->refresh_rank < self->config->ranks)
    return;
  self->refreshing = false;
  self->mode_due = clock + 1;
}

static void
count_first (SimditDramChannel *self, const SimditDramChoice *choice, uint64_t clock)
{
  SimditDramRequest *request = &self->requests[choice->request];

  if (request->started)
    return;
  request->started = true;
  request->first = clock;
  if (choice->command == SIMDIT_DRAM_ACT)
    request->outcome = SIMDIT_DRAM_MISS;
  else
    request->outcome = choice->command == SIMDIT_DRAM_PRE ? SIMDIT_DRAM_CONFLICT : SIMDIT_DRAM_HIT;
  self->counts.outcomes[request->outcome]++;
}

static void
issue (SimditDramChannel *self, const SimditDramChoice *choice, uint64_t clock)
{
  if (self->client->issued != NULL)
    tell (self, choice, clock);
  if (choice->request != SIMDIT_DRAM_NONE)
    count_first (self, choice, clock);
  if (!self->refreshing)
    {
      /* A clock that serves an opened request decides no mode, unless it has a row slot too. */
      bool decides = choice->queued || self->config->command_buses > 1;

      settle_mode (self, choice->queued ? clock : clock - 1);
      self->mode_due = decides && !choice->queued ? clock : clock + 1;
    }
  self->counts.commands[choice->command]++;
  simdit_dram_apply (self, choice->command, choice->bank, clock);
  switch (choice->command)
    {
    case SIMDIT_DRAM_ACT:
      open_row (self, choice, clock);
      break;
    case SIMDIT_DRAM_PRE:
      close_rows (self, UINT64_C (1) << choice->bank);
      break;
    case SIMDIT_DRAM_PREA:
      close_rows (self, self->ranks[self->refresh_rank].bank_set);
      break;
    case SIMDIT_DRAM_REF:
      end_refresh (self, clock);
      break;
    case SIMDIT_DRAM_REFPB:
      self->due_banks &= ~(UINT64_C (1) << choice->bank);
      self->banks[choice->bank].refresh_end = clock
                                              + self->config->timing.times[SIMDIT_DRAM_T_RFCPB];
      break;
    default:
      serve (self, choice, clock);
    }
}

/* Of the same bank of each rank; all others are served meanwhile. */
static void
begin_bank_refresh (SimditDramChannel *self)
{
  guint per_rank = (guint) (self->config->groups * self->config->banks);

  for (guint b = self->refresh_turn; b < n_banks (self); b += per_rank)
    {
      self->due_banks |= UINT64_C (1) << b;
      self->banks[b].refresh_begin = self->refresh_due;
    }
  self->refresh_turn = (self->refresh_turn + 1) % per_rank;
}

/* At @clock: later than it came due where the one before took longer than the time between two. */
static void
begin_refresh (SimditDramChannel *self, uint64_t clock)
{
  if (self->config->refresh == SIMDIT_DRAM_REFRESH_BANK)
    begin_bank_refresh (self);
  else
    {
      settle_mode (self, clock - 1);
      self->mode_due = SIMDIT_DRAM_NEVER;
      self->refreshing = true;
      self->refresh_rank = 0;
      for (guint b = 0; b < n_banks (self); b++)
        self->banks[b].refresh_begin = self->refresh_due;
    }
  self->refresh_due += self->refresh_interval;
}

/* Everything that happens at edge @clock before requests are taken. */
static void
step (SimditDramChannel *self, uint64_t clock)
{
  bool is_due = !self->refreshing && clock >= self->refresh_due;

  if (is_due)
    begin_refresh (self, clock);
  if (self->config->command_buses == 1)
    {
      if (is_due)
        simdit_dram_choose (self, clock, SIMDIT_DRAM_COLUMNS | SIMDIT_DRAM_ROWS, &self->choice);
      if (self->choice.clock == clock)
        issue (self, &self->choice, clock);
      return;
    }
  for (unsigned which = SIMDIT_DRAM_COLUMNS; which <= SIMDIT_DRAM_ROWS; which <<= 1)
    {
      simdit_dram_choose (self, clock, which, &self->choice);
      if (self->choice.clock == clock)
        issue (self, &self->choice, clock);
    }
}

/* Finds out what comes next, from edge @from on. */
static void
look_ahead (SimditDramChannel *self, uint64_t from)
{
  simdit_dram_choose (self, from, SIMDIT_DRAM_COLUMNS | SIMDIT_DRAM_ROWS, &self->choice);
  self->plan_is_write = simdit_dram_next_mode (self);
  self->wake = self->choice.clock;
  if (!self->refreshing)
    self->wake = MIN (self->wake, MAX (self->refresh_due, from));
}

/* Makes it an event. An empty channel has none. */
static void
schedule_wake (SimditDramChannel *self)
{
  if (simdit_event_is_pending (&self->wake_event))
    {
      if (self->event_clock == self->wake && self->n_waiting > 0)
        return;
      simdit_engine_cancel (self->engine, &self->wake_event);
    }
  if (self->n_waiting == 0)
    return;
  self->event_clock = self->wake;
  simdit_engine_schedule (self->engine, &self->wake_event,
                          simdit_clock_tick (&self->clock, self->wake));
}

/* What happens at @wake, and what comes next. */
static void
wake (SimditDramChannel *self)
{
  uint64_t clock = self->wake;

  self->stepping = true;
  step (self, clock);
  if ((self->awaited[0] && self->freed[0]) || (self->awaited[1] && self->freed[1]))
    {
      self->awaited[0] = self->awaited[1] = false;
      self->client->room (self->owner, clock);
    }
  self->freed[0] = self->freed[1] = false;
  self->stepping = false;
  look_ahead (self, clock + 1);
}

static void
on_wake (SimditEvent *event, SimditTick now)
{
  SimditDramChannel *self = SIMDIT_OWNER_OF (event, SimditDramChannel, wake_event);

  (void) now;
  do
    wake (self);
  while (
      self->n_waiting > 0
      && simdit_engine_advance (self->engine, event, simdit_clock_tick (&self->clock, self->wake)));
  schedule_wake (self);
}

/* Counts @n refreshes of closed rows, which nothing that follows can notice. */
static void
skip_refreshes (SimditDramChannel *self, uint64_t n)
{
  bool banks = self->config->refresh == SIMDIT_DRAM_REFRESH_BANK;
  uint64_t per_rank = self->config->groups * self->config->banks;

  self->counts.commands[banks ? SIMDIT_DRAM_REFPB : SIMDIT_DRAM_REF] += n * self->config->ranks;
  self->refresh_turn = (guint) ((self->refresh_turn + n) % per_rank);
  self->refresh_due += n * self->refresh_interval;
  self->wake = self->refresh_due;
}

/* What an empty channel did up to edge @clock: refreshes. Those after the rows have been closed,
 * but for the last two, need only be counted. */
static void
catch_up (SimditDramChannel *self, uint64_t clock)
{
  uint64_t interval = self->refresh_interval;

  while (self->wake <= clock)
    {
      if (!self->refreshing && self->due_banks == 0 && self->open == 0
          && self->client->issued == NULL && clock - self->refresh_due > 3 * interval)
        skip_refreshes (self, (clock - self->refresh_due) / interval - 2);
      step (self, self->wake);
      look_ahead (self, self->wake + 1);
    }
}

static bool
is_waiting_write (const SimditDramChannel *self, const SimditDramPlace *place)
{
  const SimditDramBank *bank = &self->banks[place->bank];
  uint16_t i = bank->opened;

  if (self->n_writes == 0 || self->filter[hash_place (place->bank, place->row, place->column)] == 0)
    return false;
  if (i != SIMDIT_DRAM_NONE && self->requests[i].write && self->requests[i].row == place->row
      && self->requests[i].column == place->column)
    return true;
  for (i = bank->lists[1].head; i != SIMDIT_DRAM_NONE; i = self->requests[i].next)
    if (self->requests[i].row == place->row && self->requests[i].column == place->column)
      return true;
  return false;
}

static void
enqueue (SimditDramChannel *self, const SimditDramPlace *place, bool write, uint32_t tag,
         uint64_t clock)
{
  const SimditDramList *list = &self->banks[place->bank].lists[write];
  uint16_t i = self->free_list;
  SimditDramRequest *request = &self->requests[i];

  self->free_list = request->next;
  *request = (SimditDramRequest){ .age = self->ages++,
                                  .accepted = clock,
                                  .row = place->row,
                                  .column = place->column,
                                  .tag = tag,
                                  .bank = (uint8_t) place->bank,
                                  .write = write };
  simdit_dram_list_append (self->requests, &self->banks[place->bank], i);
  if (list->head == i || list->hit == i || list->miss == i)
    simdit_dram_update_offer (self, place->bank, write);
  self->occupied[write] |= UINT64_C (1) << place->bank;
  self->n_queued[write]++;
  self->n_waiting++;
  tell_queue (self, write, clock);
  if (write)
    {
      self->n_writes++;
      self->filter[hash_place (place->bank, place->row, place->column)]++;
    }
}

/* Whether the youngest request changes what comes next. */
static bool
changes_plan (const SimditDramChannel *self, const SimditDramPlace *place, bool write)
{
  const SimditDramList *list = &self->banks[place->bank].lists[write];

  if (!simdit_event_is_pending (&self->wake_event)
      || simdit_dram_next_mode (self) != self->plan_is_write)
    return true;
  if (self->refreshing || write != self->plan_is_write)
    return false;
  return list->head == list->tail || list->hit == list->tail || list->miss == list->tail;
}

bool
simdit_dram_channel_await (SimditDramChannel *self, const SimditDramPlace *place, bool write)
{
  if (self->n_queued[write] < self->room[write] || is_waiting_write (self, place))
    return true;
  self->awaited[write] = true;
  return false;
}

/* A waiting write has what a read asks for, or takes what another one brings. */
static void
answer (const SimditDramChannel *self, uint32_t tag, uint64_t clock)
{
  SimditDramService service = { .tag = tag,
                                .outcome = SIMDIT_DRAM_QUEUED,
                                .accepted = clock,
                                .started = clock,
                                .column = clock,
                                .end = clock + 1 };

  self->client->served (self->owner, &service);
}

bool
simdit_dram_channel_submit (SimditDramChannel *self, const SimditDramPlace *place, bool write,
                            uint32_t tag, uint64_t clock)
{
  if (self->n_waiting == 0 && !self->stepping)
    catch_up (self, clock);
  if (is_waiting_write (self, place))
    {
      if (write)
        self->counts.merged++;
      else
        self->counts.forwarded++;
      answer (self, tag, clock);
      return true;
    }
  if (self->n_queued[write] == self->room[write])
    {
      self->awaited[write] = true;
      return false;
    }
  settle_mode (self, clock);
  if (!self->refreshing)
    self->mode_due = clock + 1;
  enqueue (self, place, write, tag, clock);
  if (!self->stepping && changes_plan (self, place, write))
    {
      look_ahead (self, clock + 1);
      schedule_wake (self);
    }
  return true;
}

void
simdit_dram_channel_finish (SimditDramChannel *self, uint64_t clock)
{
  g_assert (self->n_waiting == 0);
  catch_up (self, clock);
}

const SimditDramCounts *
simdit_dram_channel_counts (const SimditDramChannel *self)
{
  return &self->counts;
}

void
simdit_dram_counts_add (SimditDramCounts *sum, const SimditDramCounts *counts)
{
  for (guint i = 0; i < SIMDIT_DRAM_N_COMMANDS; i++)
    sum->commands[i] += counts->commands[i];
  for (guint i = 0; i < SIMDIT_DRAM_N_OUTCOMES; i++)
    sum->outcomes[i] += counts->outcomes[i];
  sum->forwarded += counts->forwarded;
  sum->merged += counts->merged;
}

static void
init_banks (SimditDramChannel *self)
{
  const SimditDramConfig *config = self->config;

  self->ranks = g_new0 (SimditDramRank, config->ranks);
  for (guint b = 0; b < n_banks (self); b++)
    {
      SimditDramBank *bank = &self->banks[b];
      guint group = b / (guint) config->banks, rank = group / (guint) config->groups;

      bank->group = group * (guint) config->banks;
      bank->rank = &self->ranks[rank];
      bank->opened = SIMDIT_DRAM_NONE;
      for (guint w = 0; w < 2; w++)
        bank->lists[w] = (SimditDramList){ SIMDIT_DRAM_NONE, SIMDIT_DRAM_NONE, SIMDIT_DRAM_NONE,
                                           SIMDIT_DRAM_NONE };
      self->ranks[rank].bank_set |= UINT64_C (1) << b;
      update_offers (self, b);
    }
}

SimditDramChannel *
simdit_dram_channel_new (const SimditDramConfig *config, guint number, SimditEngine *engine,
                         const SimditDramClient *client, void *owner)
{
  SimditDramChannel *self = g_new0 (SimditDramChannel, 1);
  uint32_t n = (uint32_t) (config->read_queue + config->write_queue) + SIMDIT_DRAM_MAX_BANKS;
  SimditDramTime interval = config->refresh == SIMDIT_DRAM_REFRESH_BANK ? SIMDIT_DRAM_T_REFIPB
                                                                        : SIMDIT_DRAM_T_REFI;

  self->config = config;
  self->number = number;
  self->engine = engine;
  self->client = client;
  self->owner = owner;
  simdit_clock_init (&self->clock, config->clock_fs);
  simdit_event_init (&self->wake_event, "DRAM channel", SIMDIT_PHASE_DELIVER, on_wake);
  self->room[0] = (uint32_t) config->read_queue;
  self->room[1] = (uint32_t) config->write_queue;
  self->write_start = (uint32_t) (config->write_high * config->write_queue / 100) + 1;
  self->write_stop = (uint32_t) ((config->write_low * config->write_queue + 99) / 100);
  self->write_stop -= self->write_stop > 0;
  self->requests = g_new0 (SimditDramRequest, n);
  for (uint32_t i = 0; i < n; i++)
    self->requests[i].next = i + 1 < n ? (uint16_t) (i + 1) : SIMDIT_DRAM_NONE;
  init_banks (self);
  self->refresh_interval = config->timing.times[interval];
  self->refresh_due = self->refresh_interval != 0 ? self->refresh_interval : SIMDIT_DRAM_NEVER;
  self->choice = (SimditDramChoice){ .clock = SIMDIT_DRAM_NEVER };
  self->wake = self->refresh_due;
  return self;
}

void
simdit_dram_channel_free (SimditDramChannel *self)
{
  if (self == NULL)
    return;
  simdit_engine_cancel (self->engine, &self->wake_event);
  g_free (self->requests);
  g_free (self->ranks);
  g_free (self);
}
