/*
 * timing: real channels behind the ports (an SoC's interconnect and its memory controllers).
 *
 * Each port has a DMA engine (requester.h) whose requests, one at a time and in order, wait for the
 * channel they go to. At every edge of the memory's clock each channel takes at most one request
 * and each port gets at most one of its bursts on its way; when several ports want a channel, the
 * arbiter decides. A port whose request finds its queue full waits until there is room: it
 * blocks its later requests, not those of other ports.
 *
 * The two clocks need have nothing in common: edges are integer multiples of both periods.
 *
 * Not modelled: the interconnect's own latency and width, reordering between the bursts of a port.
 * Nothing happens while nobody waits: there is an event when a request can be offered or a
 * channel has something to issue, and none in between.
 */
#include "hw/dram/requester.h"

#include "base/arith.h"

#define MAX_CHANNELS 256

typedef struct
{
  SimditArbiter policy;
  uint64_t weights[SIMDIT_DRAM_MAX_PORTS];
  guint last;       /* the port that was served last */
  uint64_t granted; /* in a row */
} Arbiter;

typedef struct
{
  SimditDram base;
  const SimditDramConfig *config; /* borrowed */
  SimditDramClient *clients;      /* owned: of each channel */
  SimditDramWatch *watch;         /* owned; NULL: nobody wants to know */
  SimditDramChannel **channels;   /* owned */
  SimditClock clock;              /* the memory's */
  SimditEvent arbitrate;
  uint64_t edge; /* of the pending event */
  Arbiter arbiter;
  SimditDramRequester ports[SIMDIT_DRAM_MAX_PORTS];
  guint32 heads;   /* bit p: port p has a request to offer, now or later */
  guint32 blocked; /* bit p: port p found its queue full */
  bool submitting; /* a channel is being offered a request ... */
  bool answered;   /* ... and has served it at once: */
  SimditDramService answer;
  uint64_t writes;         /* taken and not yet written */
  SimditTick written;      /* when the last of them will be */
  SimditEvent *drained;    /* borrowed: somebody waits for all of them; NULL: nobody does */
  SimditDramReport report; /* since it was asked for, but for commands: */
  SimditDramCounts told;   /* those told of */
} Memory;

/* ---- the arbiter ---- */

/* The port after @last in turn. */
static guint
next_in_turn (guint32 ports, guint last)
{
  guint32 later = ports & ~((2u << last) - 1);

  return (guint) __builtin_ctz (later != 0 ? later : ports);
}

static guint
choose_port (const Arbiter *self, guint32 ports)
{
  guint best = next_in_turn (ports, self->last);

  if (self->policy == SIMDIT_ARBITER_WEIGHTED && (ports >> self->last & 1)
      && self->granted < self->weights[self->last])
    return self->last;
  if (self->policy != SIMDIT_ARBITER_PRIORITY)
    return best;
  for (guint32 set = ports; set != 0; set &= set - 1)
    {
      guint p = (guint) __builtin_ctz (set);

      best = self->weights[p] > self->weights[best] ? p : best;
    }
  return best;
}

static void
note_grant (Arbiter *self, guint port)
{
  self->granted = port == self->last ? self->granted + 1 : 1;
  self->last = port;
}

/* ---- offering ---- */

/* The edge after @tick. */
static uint64_t
edge_after (const Memory *self, SimditTick tick)
{
  return tick / self->clock.period_fs + 1;
}

static void
want_edge (Memory *self, uint64_t edge)
{
  if (simdit_event_is_pending (&self->arbitrate))
    {
      if (self->edge <= edge)
        return;
      simdit_engine_cancel (self->base.engine, &self->arbitrate);
    }
  self->edge = edge;
  simdit_engine_schedule (self->base.engine, &self->arbitrate,
                          simdit_clock_tick (&self->clock, edge));
}

/* Offers the head of @port; false: the queue is full. */
static bool
offer (Memory *self, guint port, SimditTick now)
{
  SimditDramRequester *requester = &self->ports[port];
  bool store = requester->transfer->direction == SIMDIT_STORE;
  SimditDramTag tag = { port, requester->transfer->operand, store,
                        simdit_dram_requester_number (requester) };
  bool taken;

  self->submitting = true;
  self->answered = false;
  taken = simdit_dram_channel_submit (self->channels[requester->place.channel], &requester->place,
                                      store, simdit_dram_tag_pack (tag), self->edge);
  self->submitting = false;
  if (!taken)
    return false;
  if (store)
    self->writes += !self->answered;
  simdit_dram_requester_taken (requester, now);
  if (!requester->head.exists)
    self->heads &= ~(1u << port);
  if (!store && self->answered)
    simdit_dram_requester_arrived (requester, tag.number, &self->answer);
  return true;
}

/* Ports that have something to offer at this edge. */
static guint32
find_offers (const Memory *self, SimditTick now)
{
  guint32 ports = 0;

  for (guint32 set = self->heads & ~self->blocked; set != 0; set &= set - 1)
    {
      guint p = (guint) __builtin_ctz (set);

      if (simdit_dram_requester_offers (&self->ports[p], now))
        ports |= 1u << p;
    }
  return ports;
}

/* Those of @ports whose channel has taken nothing yet. */
static guint32
find_free (const Memory *self, guint32 ports, const uint64_t *taken)
{
  guint32 free = 0;

  for (guint32 set = ports; set != 0; set &= set - 1)
    {
      guint p = (guint) __builtin_ctz (set), channel = self->ports[p].place.channel;

      if (!(taken[channel / 64] >> channel % 64 & 1))
        free |= 1u << p;
    }
  return free;
}

static void
offer_all (Memory *self, SimditTick now)
{
  uint64_t taken[MAX_CHANNELS / 64] = { 0 }; /* channels */
  guint32 ports = find_offers (self, now);

  while ((ports = find_free (self, ports, taken)) != 0)
    {
      guint p = choose_port (&self->arbiter, ports);
      SimditDramRequester *requester = &self->ports[p];
      guint channel = requester->place.channel;

      if (!offer (self, p, now))
        {
          self->blocked |= 1u << p;
          ports &= ~(1u << p);
          continue;
        }
      note_grant (&self->arbiter, p);
      taken[channel / 64] |= UINT64_C (1) << channel % 64;
      if (!simdit_dram_requester_offers (requester, now) || requester->head.starts_burst)
        ports &= ~(1u << p);
    }
}

/* After edge @edge: what would be refused at the next one waits for room instead. */
static void
expect_all (Memory *self, uint64_t edge)
{
  SimditTick next = simdit_clock_tick (&self->clock, edge + 1);

  for (guint32 set = self->heads & ~self->blocked; set != 0; set &= set - 1)
    {
      guint p = (guint) __builtin_ctz (set);
      const SimditDramRequester *requester = &self->ports[p];

      if (requester->ready < next
          && !simdit_dram_channel_await (self->channels[requester->place.channel],
                                         &requester->place,
                                         requester->transfer->direction == SIMDIT_STORE))
        self->blocked |= 1u << p;
      else if (requester->ready != SIMDIT_DRAM_WAITS)
        want_edge (self, MAX (edge_after (self, requester->ready), edge + 1));
    }
}

static void
on_arbitrate (SimditEvent *event, SimditTick now)
{
  Memory *self = SIMDIT_OWNER_OF (event, Memory, arbitrate);
  uint64_t edge = self->edge;

  offer_all (self, now);
  expect_all (self, edge);
}

/* ---- what the channels tell ---- */

static void
note_written (Memory *self, SimditTick end)
{
  self->writes--;
  self->written = MAX (self->written, end);
  if (self->writes > 0 || self->drained == NULL)
    return;
  simdit_engine_schedule (
      self->base.engine, self->drained,
      simdit_clock_tick (self->base.clock,
                         simdit_ceil_div (self->written, self->base.clock->period_fs)));
  self->drained = NULL;
}

static void
on_served (void *owner, const SimditDramService *service)
{
  Memory *self = owner;
  SimditDramTag tag = simdit_dram_tag_unpack (service->tag);
  SimditDramRequester *requester = &self->ports[tag.port];
  SimditTick end = simdit_clock_tick (&self->clock, service->end);
  bool waits;

  self->report.requests[tag.operand][service->outcome]++;
  if (self->submitting)
    {
      self->answered = true;
      self->answer = *service;
      if (tag.store)
        self->written = MAX (self->written, end);
      return;
    }
  if (tag.store)
    {
      note_written (self, end);
      return;
    }
  waits = requester->head.exists && requester->ready == SIMDIT_DRAM_WAITS;
  simdit_dram_requester_arrived (requester, tag.number, service);
  if (waits && requester->ready != SIMDIT_DRAM_WAITS)
    want_edge (self, edge_after (self, requester->ready));
}

static void
on_room (void *owner, uint64_t clock)
{
  Memory *self = owner;

  self->blocked = 0;
  want_edge (self, clock);
}

/* ---- recording ---- */

static void
on_issued (void *owner, guint channel, const SimditDramIssue *issue)
{
  Memory *self = owner;

  if (!simdit_dram_watch_issue (self->watch, channel, issue->command, issue->clock))
    self->clients[channel].issued = NULL;
}

static void
on_queued (void *owner, guint channel, bool write, uint32_t n, uint64_t clock)
{
  Memory *self = owner;

  if (!simdit_dram_watch_queue (self->watch, channel, write, n, clock))
    self->clients[channel].queued = NULL;
}

/* ---- the model ---- */

static void
memory_submit (SimditDram *dram, SimditTransfer *transfer, uint64_t now_cycle)
{
  Memory *self = (Memory *) dram;

  SimditDramRequester *requester = &self->ports[transfer->port];

  simdit_dram_requester_start (requester, transfer, now_cycle);
  if (!requester->head.exists)
    return;
  self->heads |= 1u << transfer->port;
  want_edge (self, edge_after (self, requester->ready));
}

static bool
memory_drain (SimditDram *dram, SimditEvent *drained)
{
  Memory *self = (Memory *) dram;

  if (self->writes > 0)
    self->drained = drained;
  else if (self->written <= simdit_engine_now (dram->engine))
    return true;
  else
    simdit_engine_schedule (
        dram->engine, drained,
        simdit_clock_tick (dram->clock, simdit_ceil_div (self->written, dram->clock->period_fs)));
  return false;
}

static void
memory_report (SimditDram *dram, SimditDramReport *report)
{
  Memory *self = (Memory *) dram;
  SimditDramCounts counts = { 0 };
  SimditTick now = simdit_engine_now (dram->engine);

  /* Up to now, but not at an edge that begins what comes next. */
  for (guint c = 0; c < self->config->channels && now > 0; c++)
    simdit_dram_channel_finish (self->channels[c], (now - 1) / self->clock.period_fs);
  if (self->watch != NULL)
    simdit_dram_watch_flush (self->watch, simdit_clock_cycle (dram->clock, now));
  for (guint c = 0; c < self->config->channels; c++)
    simdit_dram_counts_add (&counts, simdit_dram_channel_counts (self->channels[c]));
  for (guint i = 0; i < SIMDIT_DRAM_N_COMMANDS; i++)
    self->report.commands[i] = counts.commands[i] - self->told.commands[i];
  *report = self->report;
  self->told = counts;
  self->report = (SimditDramReport){ 0 };
}

static SimditDram *
memory_create (const SimditDramSpec *spec, SimditEngine *engine, SimditClock *clock)
{
  Memory *self = g_new0 (Memory, 1);

  self->base = (SimditDram){ spec->ops, engine, clock };
  self->config = spec->config;
  self->channels = g_new0 (SimditDramChannel *, self->config->channels);
  self->clients = g_new0 (SimditDramClient, self->config->channels);
  if (spec->watch != NULL && spec->watch->from < spec->watch->to)
    self->watch = simdit_dram_watch_new (spec->watch, (guint) self->config->channels,
                                         self->config->clock_fs, clock->period_fs);
  for (guint c = 0; c < self->config->channels; c++)
    {
      self->clients[c] = (SimditDramClient){ .served = on_served,
                                             .room = on_room,
                                             .issued = self->watch != NULL ? on_issued : NULL,
                                             .queued = self->watch != NULL ? on_queued : NULL };
      self->channels[c] = simdit_dram_channel_new (self->config, c, engine, &self->clients[c],
                                                   self);
    }
  simdit_clock_init (&self->clock, self->config->clock_fs);
  simdit_event_init (&self->arbitrate, "DRAM arbiter", SIMDIT_PHASE_DECIDE, on_arbitrate);
  self->arbiter.policy = spec->machine->arbiter;
  for (guint p = 0; p < SIMDIT_DRAM_MAX_PORTS; p++)
    {
      self->arbiter.weights[p] = spec->port_weights[p];
      simdit_dram_requester_init (&self->ports[p], &self->base, spec);
    }
  return &self->base;
}

static void
memory_destroy (SimditDram *dram)
{
  Memory *self = (Memory *) dram;

  simdit_engine_cancel (dram->engine, &self->arbitrate);
  for (guint c = 0; c < self->config->channels; c++)
    simdit_dram_channel_free (self->channels[c]);
  for (guint p = 0; p < SIMDIT_DRAM_MAX_PORTS; p++)
    simdit_dram_requester_clear (&self->ports[p]);
  simdit_dram_watch_free (self->watch);
  g_free (self->clients);
  g_free (self->channels);
  g_free (self);
}

static const SimditDramKey memory_keys[] = { { .key = NULL } };

const SimditDramOps simdit_dram_timing_ops = {
  .name = "timing",
  .help = "channels with banks, rows and refresh",
  .keys = memory_keys,
  .create = memory_create,
  .destroy = memory_destroy,
  .submit = memory_submit,
  .drain = memory_drain,
  .report = memory_report,
  .uses_addresses = true,
};
