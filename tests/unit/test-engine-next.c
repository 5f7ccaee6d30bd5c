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

/* ---- advance: time passes inside a handler that is alone ---- */

#define STRIDE 3
#define WALK_END 30

typedef struct
{
  SimditEvent walk, other, echo;
  SimditEngine *engine; /* borrowed */
  GString *order;       /* borrowed */
  bool alone;           /* asks whether it is */
  bool echoes;          /* leaves something to do in its own instant */
  guint advances;
} Walk;

static void
on_walk (SimditEvent *event, SimditTick now)
{
  Walk *self = SIMDIT_OWNER_OF (event, Walk, walk);

  for (;; self->advances++)
    {
      g_assert_cmpuint (simdit_engine_now (self->engine), ==, now);
      g_string_append_printf (self->order, "w%d ", (int) now);
      if (self->echoes && now % 2 == 0)
        simdit_engine_schedule (self->engine, &self->echo, now);
      now += STRIDE;
      if (now > WALK_END)
        return;
      if (!self->alone || !simdit_engine_advance (self->engine, event, now))
        break;
    }
  simdit_engine_schedule (self->engine, event, now);
}

static void
on_other (SimditEvent *event, SimditTick now)
{
  g_string_append_printf (SIMDIT_OWNER_OF (event, Walk, other)->order, "o%d ", (int) now);
}

static void
on_echo (SimditEvent *event, SimditTick now)
{
  g_string_append_printf (SIMDIT_OWNER_OF (event, Walk, echo)->order, "e%d ", (int) now);
}

/* What happens, in order, when another event comes at @other, and the run is cut into pieces of
 * @budget events. */
static char *
walk (SimditPhase phase, SimditTick other, SimditPhase other_phase, bool echoes, bool alone,
      uint64_t budget, guint *advances)
{
  g_autoptr (SimditEngine) engine = simdit_engine_new ();
  GString *order = g_string_new (NULL);
  Walk walk = { .engine = engine, .order = order, .alone = alone, .echoes = echoes };
  SimditStop stop;
  uint64_t pieces = 0;

  simdit_event_init (&walk.walk, "walk", phase, on_walk);
  simdit_event_init (&walk.other, "other", other_phase, on_other);
  simdit_event_init (&walk.echo, "echo", SIMDIT_PHASE_DECIDE, on_echo);
  simdit_engine_schedule (engine, &walk.walk, STRIDE);
  simdit_engine_schedule (engine, &walk.other, other);
  while ((stop = simdit_engine_run (engine, budget, NULL)) == SIMDIT_STOP_BUDGET)
    g_assert_cmpuint (simdit_engine_events (engine), ==, ++pieces * budget);
  g_assert_cmpint (stop, ==, SIMDIT_STOP_IDLE);
  g_string_append_printf (order, "%d events", (int) simdit_engine_events (engine));
  *advances = walk.advances;
  return g_string_free (order, FALSE);
}

static void
test_advance (void)
{
  for (guint phase = SIMDIT_PHASE_DELIVER; phase <= SIMDIT_PHASE_DECIDE; phase++)
    for (guint other = 1; other <= WALK_END + STRIDE; other++)
      for (guint rest = 0; rest < 12; rest++)
        {
          SimditPhase other_phase = rest % 2 == 0 ? SIMDIT_PHASE_DELIVER : SIMDIT_PHASE_DECIDE;
          bool echoes = rest / 2 % 2 == 1;
          uint64_t budget = (uint64_t[]){ 1, 3, UINT64_MAX }[rest / 4];
          guint none, some;
          g_autofree char *expected = walk ((SimditPhase) phase, other, other_phase, echoes, false,
                                            UINT64_MAX, &none);
          g_autofree char *order = walk ((SimditPhase) phase, other, other_phase, echoes, true,
                                         budget, &some);

          g_assert_cmpstr (order, ==, expected);
          g_assert_cmpuint (none, ==, 0);
          g_assert_true (budget > 1 ? some > 0 : some == 0);
        }
}

/* Neither the present, nor time beyond the end, nor a failed run. */
static void
on_beyond (SimditEvent *event, SimditTick now)
{
  Walk *self = SIMDIT_OWNER_OF (event, Walk, walk);

  g_assert_false (simdit_engine_advance (self->engine, event, now));
  g_assert_false (simdit_engine_advance (self->engine, event, UINT64_MAX));
  g_assert_true (simdit_engine_advance (self->engine, event, SIMDIT_TICK_MAX));
  simdit_engine_fail (self->engine, g_error_new_literal (G_FILE_ERROR, G_FILE_ERROR_FAILED, "no"));
  g_assert_false (simdit_engine_advance (self->engine, event, SIMDIT_TICK_MAX));
}

static void
test_advance_end (void)
{
  g_autoptr (SimditEngine) engine = simdit_engine_new ();
  g_autoptr (GError) error = NULL;
  Walk walk = { .engine = engine };

  simdit_event_init (&walk.walk, "walk", SIMDIT_PHASE_DELIVER, on_beyond);
  simdit_engine_schedule (engine, &walk.walk, 1);
  g_assert_cmpint (simdit_engine_run (engine, UINT64_MAX, &error), ==, SIMDIT_STOP_ERROR);
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED);
  g_assert_cmpuint (simdit_engine_events (engine), ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/schedule-next", test_schedule_next);
  g_test_add_func ("/engine/advance", test_advance);
  g_test_add_func ("/engine/advance/end", test_advance_end);
  return g_test_run ();
}
