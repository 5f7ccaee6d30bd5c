/*
 * A processor that offers a trace's requests to a memory: one per clock, in order, the first one
 * blocking the others, not before its arrival and not before clock 1.
 */
#include "sim/replay.h"

#include "engine/clock.h"

#include <simdit/error.h>

typedef struct
{
  const SimditDramConfig *config;
  SimditEngine *engine;         /* borrowed */
  SimditDramChannel **channels; /* borrowed */
  SimditClock clock;
  SimditEvent offer_event;
  SimditWaiter waiter;
  SimditReplayRequest *requests; /* borrowed */
  uint32_t n, next;
  SimditDramPlace place; /* of request @next */
  uint64_t offer_clock;  /* of the pending event */
  uint64_t end;
  void (*issued) (void *data, guint channel, const SimditDramIssue *issue);
  void *data;
} Replay;

/* Offers the next request at @clock. When the one after it would be refused at once, no event is
 * spent on that: the channel calls. */
static void
offer (Replay *self, uint64_t clock)
{
  SimditReplayRequest *request = &self->requests[self->next];

  if (!simdit_dram_channel_submit (self->channels[self->place.channel], &self->place,
                                   request->write, self->next, clock))
    return;
  request->accepted = clock;
  if (++self->next == self->n)
    return;
  request++;
  self->place = simdit_dram_map_find (&self->config->map, request->address);
  if (request->arrival <= clock + 1
      && !simdit_dram_channel_await (self->channels[self->place.channel], &self->place,
                                     request->write))
    return;
  self->offer_clock = MAX (request->arrival, clock + 1);
  simdit_engine_schedule (self->engine, &self->offer_event,
                          simdit_clock_tick (&self->clock, self->offer_clock));
}

static void
on_offer (SimditEvent *event, SimditTick now)
{
  Replay *self = SIMDIT_OWNER_OF (event, Replay, offer_event);

  (void) now;
  offer (self, self->offer_clock);
}

static void
on_served (void *owner, const SimditDramService *service)
{
  Replay *self = owner;

  self->requests[service->tag].completed = service->end;
  self->end = MAX (self->end, service->end);
}

static void
on_room (void *owner, uint64_t clock)
{
  Replay *self = owner;

  if (!simdit_event_is_pending (&self->offer_event) && self->next < self->n)
    offer (self, clock);
}

static void
on_issued (void *owner, guint channel, const SimditDramIssue *issue)
{
  Replay *self = owner;

  self->issued (self->data, channel, issue);
}

static char *
describe (const SimditWaiter *waiter)
{
  const Replay *self = SIMDIT_OWNER_OF (waiter, Replay, waiter);

  if (self->next == self->n)
    return NULL;
  return g_strdup_printf ("request %u of the trace has not been taken", self->next);
}

bool
simdit_replay (const SimditDramConfig *config, SimditReplayRequest *requests, uint32_t n,
               void (*issued) (void *data, guint channel, const SimditDramIssue *issue), void *data,
               SimditReplaySummary *summary, GError **error)
{
  const SimditDramClient client = { .served = on_served,
                                    .room = on_room,
                                    .issued = issued != NULL ? on_issued : NULL };
  g_autoptr (SimditEngine) engine = simdit_engine_new ();
  g_autofree SimditDramChannel **channels = g_new0 (SimditDramChannel *, config->channels);
  Replay self = { .config = config,
                  .engine = engine,
                  .channels = channels,
                  .waiter = { describe },
                  .requests = requests,
                  .n = n,
                  .issued = issued,
                  .data = data };
  bool good;

  for (guint i = 0; i < config->channels; i++)
    channels[i] = simdit_dram_channel_new (config, i, engine, &client, &self);
  simdit_clock_init (&self.clock, config->clock_fs);
  simdit_event_init (&self.offer_event, "trace", SIMDIT_PHASE_DECIDE, on_offer);
  simdit_engine_add_waiter (engine, &self.waiter);
  if (n > 0)
    {
      self.offer_clock = MAX (requests[0].arrival, 1);
      self.place = simdit_dram_map_find (&config->map, requests[0].address);
      simdit_engine_schedule (engine, &self.offer_event,
                              simdit_clock_tick (&self.clock, self.offer_clock));
    }
  good = simdit_engine_run (engine, UINT64_MAX, error) == SIMDIT_STOP_IDLE;
  *summary = (SimditReplaySummary){ .end = self.end, .events = simdit_engine_events (engine) };
  for (guint i = 0; i < config->channels; i++)
    {
      if (good)
        simdit_dram_channel_finish (channels[i], self.end);
      simdit_dram_counts_add (&summary->counts, simdit_dram_channel_counts (channels[i]));
      simdit_dram_channel_free (channels[i]);
    }
  return good;
}
