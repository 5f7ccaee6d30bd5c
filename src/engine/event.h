/*
 * Discrete-event engine: time, events, and the order in which they happen.
 *
 * Events are embedded in the components that own them, so scheduling allocates nothing. The total
 * order is (time, phase, sequence): within one instant every completion is delivered before any
 * decision is made, and handing over inside an instant costs no time. Components must therefore
 * only note what was completed in SIMDIT_PHASE_DELIVER and act on it in SIMDIT_PHASE_DECIDE; then
 * the order of equal events (same time, same phase) cannot change a result, which
 * simdit_engine_shuffle_ties() lets a test prove.
 */
#ifndef SIMDIT_ENGINE_EVENT_H
#define SIMDIT_ENGINE_EVENT_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* [fs] since the start of the run; 2^63 fs are 2.5 simulated hours. */
typedef uint64_t SimditTick;

#define SIMDIT_TICK_MAX ((SimditTick) INT64_MAX)

typedef enum
{
  SIMDIT_PHASE_DELIVER, /* something has finished: note it */
  SIMDIT_PHASE_DECIDE,  /* everything of this instant is known: start what can start */
  SIMDIT_PHASE_OBSERVE, /* the instant is over: look, change nothing */
} SimditPhase;

typedef struct SimditEngine SimditEngine;
typedef struct SimditEvent SimditEvent;
typedef void (*SimditEventFunc) (SimditEvent *event, SimditTick now);

struct SimditEvent
{
  SimditEventFunc func;
  const char *label; /* borrowed; names the event in reports */
  uint64_t slot;     /* place in the engine's queue + 1; 0 while not pending */
  SimditPhase phase;
};

/* The component that embeds @event as @member. */
#define SIMDIT_OWNER_OF(event, Type, member)                                                       \
  ((Type *) (void *) ((char *) (event) -offsetof (Type, member)))

/**
 * SimditWaiter: somebody who may be waiting when no event is left.
 * @describe: what it waits for, as a newly allocated phrase ("pe_array waits for ..."), or NULL
 *   when it is idle. Called for the deadlock report only.
 */
typedef struct SimditWaiter SimditWaiter;
struct SimditWaiter
{
  char *(*describe) (const SimditWaiter *self);
};

SimditEngine *simdit_engine_new (void);
void simdit_engine_free (SimditEngine *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimditEngine, simdit_engine_free)

/** simdit_engine_add_waiter: @waiter (borrowed) must live as long as @self. */
void simdit_engine_add_waiter (SimditEngine *self, const SimditWaiter *waiter);

SimditTick simdit_engine_now (const SimditEngine *self);

/** simdit_engine_events: events handled so far. */
uint64_t simdit_engine_events (const SimditEngine *self);

/** simdit_event_init: @label is borrowed and must outlive the event. */
void simdit_event_init (SimditEvent *event, const char *label, SimditPhase phase,
                        SimditEventFunc func);

static inline bool
simdit_event_is_pending (const SimditEvent *event)
{
  return event->slot != 0;
}

/**
 * simdit_engine_schedule: @event happens at @when.
 *
 * @when must not lie in the past and @event must not be pending (both checked in every build). A
 * @when beyond SIMDIT_TICK_MAX ends the run with SIMDIT_ERROR_CAPACITY. Within an instant phases
 * only go forward: scheduling for now a phase that has passed is a bug, checked likewise.
 */
void simdit_engine_schedule (SimditEngine *self, SimditEvent *event, SimditTick when);

/**
 * simdit_engine_schedule_next: @event happens in this instant, in its phase.
 *
 * The same as scheduling it for now; but where nothing else is left before it, it happens at once,
 * inside this call, which must therefore be the last thing a handler does.
 */
void simdit_engine_schedule_next (SimditEngine *self, SimditEvent *event);

/**
 * simdit_engine_advance: time passes inside the handler of @event, which would otherwise schedule
 * @event for @when and be called again.
 *
 * Returns: false when anything else is to happen before or at @when, no time would pass, or the
 * budget is used up; then nothing has changed, and @event has to be scheduled. True: it is @when,
 * and one more event has been handled. So a component that is alone for a while costs no queue.
 */
bool simdit_engine_advance (SimditEngine *self, const SimditEvent *event, SimditTick when);

/** simdit_engine_cancel: no effect when @event is not pending. */
void simdit_engine_cancel (SimditEngine *self, SimditEvent *event);

/** simdit_engine_fail: ends the run with @error (owned by the engine from here); the first wins. */
void simdit_engine_fail (SimditEngine *self, GError *error);

typedef enum
{
  SIMDIT_STOP_IDLE,   /* no event is left and nobody waits */
  SIMDIT_STOP_BUDGET, /* the given number of events was handled; call again to go on */
  SIMDIT_STOP_ERROR,  /* @error is set */
} SimditStop;

/**
 * simdit_engine_run: handles up to @budget events.
 *
 * SIMDIT_ERROR_DEADLOCK: the queue is empty and a waiter is not idle (the message lists all of
 * them), or the livelock limit of events happened without time passing (it names the last ones).
 */
SimditStop simdit_engine_run (SimditEngine *self, uint64_t budget, GError **error);

/** simdit_engine_set_livelock_limit: events in one instant taken for a livelock (1,000,000). */
void simdit_engine_set_livelock_limit (SimditEngine *self, uint64_t limit);

/** simdit_engine_shuffle_ties: equal events happen in an order drawn from @seed (tests). */
void simdit_engine_shuffle_ties (SimditEngine *self, uint64_t seed);

#endif
