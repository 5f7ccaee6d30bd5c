#include "engine/event.h"

#include <string.h>

/* ---- schedule_next: an event of this instant, at once if nothing is before it ---- */

typedef struct
{
  SimditEvent first, second, earlier, decide, late;
  SimditEngine *engine; /* borrowed */
  GString *order;       /* borrowed */
  bool adds_late;       /* the first completion schedules another decision before its own */
} Instant;

static void
on_first (SimditEvent *event, SimditTick now)
{
  Instant *self = SIMDIT_OWNER_OF (event, Instant, first);

  g_string_append (self->order, "1");
  if (self->adds_late)
    simdit_engine_schedule (self->engine, &self->late, now);
  simdit_engine_schedule_next (self->engine, &self->decide);
}

static void
on_second (SimditEvent *event, SimditTick now)
{
  (void) now;
  g_string_append (SIMDIT_OWNER_OF (event, Instant, second)->order, "2");
}

static void
on_earlier (SimditEvent *event, SimditTick now)
{
  (void) now;
  g_string_append (SIMDIT_OWNER_OF (event, Instant, earlier)->order, "e");
}

static void
on_late (SimditEvent *event, SimditTick now)
{
  (void) now;
  g_string_append (SIMDIT_OWNER_OF (event, Instant, late)->order, "l");
}

static void
on_decide_next (SimditEvent *event, SimditTick now)
{
  g_assert_cmpuint (now, ==, 10);
  g_string_append (SIMDIT_OWNER_OF (event, Instant, decide)->order, "d");
}

/* The instant 10, with or without a second completion and other decisions before this one. */
static void
check_instant (bool second, bool earlier, bool late, bool shuffle, const char *expected)
{
  g_autoptr (SimditEngine) engine = simdit_engine_new ();
  g_autoptr (GString) order = g_string_new (NULL);
  Instant instant = { .engine = engine, .order = order, .adds_late = late };

  if (shuffle)
    simdit_engine_shuffle_ties (engine, 7);
  simdit_event_init (&instant.first, "first", SIMDIT_PHASE_DELIVER, on_first);
  simdit_event_init (&instant.second, "second", SIMDIT_PHASE_DELIVER, on_second);
  simdit_event_init (&instant.earlier, "earlier", SIMDIT_PHASE_DECIDE, on_earlier);
  simdit_event_init (&instant.decide, "decide", SIMDIT_PHASE_DECIDE, on_decide_next);
  simdit_event_init (&instant.late, "late", SIMDIT_PHASE_DECIDE, on_late);
  if (earlier)
    simdit_engine_schedule (engine, &instant.earlier, 10);
  simdit_engine_schedule (engine, &instant.first, 10);
  if (second)
    simdit_engine_schedule (engine, &instant.second, 10);
  g_assert_cmpint (simdit_engine_run (engine, UINT64_MAX, NULL), ==, SIMDIT_STOP_IDLE);
  g_assert_cmpuint (simdit_engine_events (engine), ==, strlen (order->str));
  if (!shuffle)
    g_assert_cmpstr (order->str, ==, expected);
  else
    g_assert_cmpuint (order->len, ==, strlen (expected));
}

static void
test_schedule_next (void)
{
  for (guint shuffle = 0; shuffle < 2; shuffle++)
    {
      check_instant (false, false, false, shuffle, "1d");
      check_instant (true, false, false, shuffle, "12d");
      check_instant (false, true, false, shuffle, "1ed");
      check_instant (true, true, false, shuffle, "12ed");
      check_instant (false, false, true, shuffle, "1ld");
      check_instant (true, false, true, shuffle, "12ld");
      check_instant (false, true, true, shuffle, "1eld");
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/schedule-next", test_schedule_next);
  return g_test_run ();
}
