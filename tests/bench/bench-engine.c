/*
 * Events per second of the engine under the hold model: a fixed number of pending events, each of
 * which schedules itself again a random time ahead when it happens.
 */
#include "engine/event.h"

#include <stdio.h>

#define EVENTS UINT64_C (20000000)

typedef struct
{
  SimditEvent event;
  SimditEngine *engine; /* borrowed */
  uint32_t random;
} Holder;

static void
on_hold (SimditEvent *event, SimditTick now)
{
  Holder *self = SIMDIT_OWNER_OF (event, Holder, event);

  self->random = self->random * 1664525u + 1013904223u;
  simdit_engine_schedule (self->engine, event, now + 1 + (self->random >> 16));
}

static void
hold (guint pending)
{
  g_autoptr (SimditEngine) engine = simdit_engine_new ();
  g_autofree Holder *holders = g_new0 (Holder, pending);
  gint64 start;

  for (guint i = 0; i < pending; i++)
    {
      holders[i].engine = engine;
      holders[i].random = i * 2654435761u;
      simdit_event_init (&holders[i].event, "hold", SIMDIT_PHASE_DELIVER, on_hold);
      simdit_engine_schedule (engine, &holders[i].event, holders[i].random >> 16);
    }
  simdit_engine_run (engine, EVENTS / 10, NULL);
  start = g_get_monotonic_time ();
  simdit_engine_run (engine, EVENTS, NULL);
  printf ("%6u pending: %6.1f M events/s\n", pending,
          (double) EVENTS / (double) (g_get_monotonic_time () - start));
  for (guint i = 0; i < pending; i++)
    simdit_engine_cancel (engine, &holders[i].event);
}

int
main (void)
{
  hold (10);
  hold (1000);
  hold (100000);
  return 0;
}
