/* The event engine: order, cancellation, ends of a run, and a random comparison with a list. */
#include "engine/event.h"
#include "expect.h"

typedef struct Log Log;

typedef struct Probe Probe; /* an event that notes when it happens; @act may do more */
struct Probe
{
  SimditEvent event;
  Log *log; /* borrowed */
  void (*act) (Probe *self, SimditTick now);
  Probe *other; /* borrowed; what @act works on */
  guint left;   /* times @act goes on */
};

struct Log
{
  SimditEngine *engine; /* owned */
  GString *text;        /* owned: "label@time " per event */
};

static void
on_probe (SimditEvent *event, SimditTick now)
{
  Probe *self = SIMDIT_OWNER_OF (event, Probe, event);

  g_assert_false (simdit_event_is_pending (event));
  g_assert_cmpuint (simdit_engine_now (self->log->engine), ==, now);
  g_string_append_printf (self->log->text, "%s@%" G_GUINT64_FORMAT " ", event->label, now);
  if (self->act != NULL)
    self->act (self, now);
}

static void
log_init (Log *self)
{
  self->engine = simdit_engine_new ();
  self->text = g_string_new (NULL);
}

static void
log_clear (Log *self)
{
  simdit_engine_free (self->engine);
  g_string_free (self->text, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Log, log_clear)

static void
probe_init (Probe *self, Log *log, const char *label, SimditPhase phase)
{
  *self = (Probe){ .log = log };
  simdit_event_init (&self->event, label, phase, on_probe);
}

static void
expect_log (Log *self, const char *text)
{
  g_autoptr (GError) error = NULL;
  SimditStop stop = simdit_engine_run (self->engine, UINT64_MAX, &error);

  g_assert_no_error (error);
  g_assert_cmpint (stop, ==, SIMDIT_STOP_IDLE);
  g_assert_cmpstr (self->text->str, ==, text);
}

static void
test_total_order (void)
{
  static const struct
  {
    const char *label;
    SimditPhase phase;
    SimditTick when;
  } events[] = {
    { "f", SIMDIT_PHASE_OBSERVE, 5 }, { "g", SIMDIT_PHASE_DELIVER, 7 },
    { "d", SIMDIT_PHASE_DECIDE, 5 },  { "e", SIMDIT_PHASE_DECIDE, 5 },
    { "b", SIMDIT_PHASE_DELIVER, 5 }, { "h", SIMDIT_PHASE_DELIVER, SIMDIT_TICK_MAX },
    { "a", SIMDIT_PHASE_OBSERVE, 0 }, { "c", SIMDIT_PHASE_DELIVER, 5 },
  };
  Probe probes[G_N_ELEMENTS (events)];
  g_auto (Log) log = { 0 };

  log_init (&log);
  for (gsize i = 0; i < G_N_ELEMENTS (events); i++)
    {
      probe_init (&probes[i], &log, events[i].label, events[i].phase);
      simdit_engine_schedule (log.engine, &probes[i].event, events[i].when);
      g_assert_true (simdit_event_is_pending (&probes[i].event));
    }
  expect_log (&log, "a@0 b@5 c@5 d@5 e@5 f@5 g@7 h@9223372036854775807 ");
  g_assert_cmpuint (simdit_engine_events (log.engine), ==, G_N_ELEMENTS (events));
}

static void
schedule_other_now (Probe *self, SimditTick now)
{
  simdit_engine_schedule (self->log->engine, &self->other->event, now);
}

/* Events made in an instant come after older ones of their phase and before later phases. */
static void
test_present_instant (void)
{
  Probe a, b, c, decide, early_decide, observe;
  g_auto (Log) log = { 0 };

  log_init (&log);
  probe_init (&a, &log, "a", SIMDIT_PHASE_DELIVER);
  probe_init (&b, &log, "b", SIMDIT_PHASE_DELIVER);
  probe_init (&c, &log, "c", SIMDIT_PHASE_DELIVER);
  probe_init (&early_decide, &log, "early", SIMDIT_PHASE_DECIDE);
  probe_init (&decide, &log, "decide", SIMDIT_PHASE_DECIDE);
  probe_init (&observe, &log, "observe", SIMDIT_PHASE_OBSERVE);
  a.act = b.act = c.act = schedule_other_now;
  a.other = &decide; /* goes to the ring first: the next two must overtake or follow it */
  b.other = &c;
  c.other = &observe;
  simdit_engine_schedule (log.engine, &early_decide.event, 3);
  simdit_engine_schedule (log.engine, &a.event, 3);
  simdit_engine_schedule (log.engine, &b.event, 3);
  expect_log (&log, "a@3 b@3 c@3 early@3 decide@3 observe@3 ");
}

static void
cancel_other (Probe *self, SimditTick now G_GNUC_UNUSED)
{
  simdit_engine_cancel (self->log->engine, &self->other->event);
}

static void
test_cancel (void)
{
  Probe canceller, heap[6], ring[3];
  static const char *const heap_names[] = { "h0", "h1", "h2", "h3", "h4", "h5" };
  static const char *const ring_names[] = { "r0", "r1", "r2" };
  g_auto (Log) log = { 0 };

  log_init (&log);
  probe_init (&canceller, &log, "x", SIMDIT_PHASE_DELIVER);
  canceller.act = cancel_other;
  canceller.other = &ring[1];
  simdit_engine_schedule (log.engine, &canceller.event, 0);
  for (guint i = 0; i < 6; i++)
    {
      probe_init (&heap[i], &log, heap_names[i], SIMDIT_PHASE_DELIVER);
      simdit_engine_schedule (log.engine, &heap[i].event, 10 + i);
    }
  for (guint i = 0; i < 3; i++)
    {
      probe_init (&ring[i], &log, ring_names[i], SIMDIT_PHASE_DECIDE);
      simdit_engine_schedule (log.engine, &ring[i].event, 0);
    }
  simdit_engine_cancel (log.engine, &heap[0].event);
  simdit_engine_cancel (log.engine, &heap[3].event);
  simdit_engine_cancel (log.engine, &heap[5].event);
  simdit_engine_cancel (log.engine, &heap[5].event); /* not pending any more: no effect */
  g_assert_false (simdit_event_is_pending (&heap[3].event));
  simdit_engine_schedule (log.engine, &heap[5].event, 1);
  expect_log (&log, "x@0 r0@0 r2@0 h5@1 h1@11 h2@12 h4@14 ");
  g_assert_false (simdit_event_is_pending (&ring[1].event));
}

static void
go_on (Probe *self, SimditTick now)
{
  if (self->left-- > 0)
    simdit_engine_schedule (self->log->engine, &self->event, now + (self->left % 2) * 5);
}

static void
test_reschedule_and_budget (void)
{
  Probe probe;
  g_auto (Log) log = { 0 };
  g_autoptr (GError) error = NULL;

  log_init (&log);
  probe_init (&probe, &log, "p", SIMDIT_PHASE_DECIDE);
  probe.act = go_on;
  probe.left = 5;
  simdit_engine_schedule (log.engine, &probe.event, 2);
  g_assert_cmpint (simdit_engine_run (log.engine, 0, &error), ==, SIMDIT_STOP_BUDGET);
  g_assert_cmpstr (log.text->str, ==, "");
  g_assert_cmpint (simdit_engine_run (log.engine, 2, &error), ==, SIMDIT_STOP_BUDGET);
  g_assert_cmpint (simdit_engine_run (log.engine, 2, &error), ==, SIMDIT_STOP_BUDGET);
  g_assert_no_error (error);
  g_assert_cmpstr (log.text->str, ==, "p@2 p@2 p@7 p@7 ");
  g_assert_cmpuint (simdit_engine_events (log.engine), ==, 4);
  expect_log (&log, "p@2 p@2 p@7 p@7 p@12 p@12 ");
  /* An idle engine takes new work. */
  simdit_engine_schedule (log.engine, &probe.event, 20);
  probe.left = 0;
  expect_log (&log, "p@2 p@2 p@7 p@7 p@12 p@12 p@20 ");
}

static void
fail_twice (Probe *self, SimditTick now G_GNUC_UNUSED)
{
  simdit_engine_fail (self->log->engine,
                      g_error_new (SIMDIT_ERROR, SIMDIT_ERROR_IO, "the first failure"));
  simdit_engine_fail (self->log->engine,
                      g_error_new (SIMDIT_ERROR, SIMDIT_ERROR_PARSE, "the second failure"));
}

static void
test_fail (void)
{
  Probe first, second;
  g_auto (Log) log = { 0 };
  g_autoptr (GError) error = NULL;

  log_init (&log);
  probe_init (&first, &log, "first", SIMDIT_PHASE_DELIVER);
  probe_init (&second, &log, "second", SIMDIT_PHASE_DELIVER);
  first.act = fail_twice;
  simdit_engine_schedule (log.engine, &first.event, 1);
  simdit_engine_schedule (log.engine, &second.event, 1);
  g_assert_cmpint (simdit_engine_run (log.engine, UINT64_MAX, &error), ==, SIMDIT_STOP_ERROR);
  expect_error (&error, SIMDIT_ERROR_IO, "the first failure");
  g_assert_cmpstr (log.text->str, ==, "first@1 ");
}

static void
schedule_beyond (Probe *self, SimditTick now G_GNUC_UNUSED)
{
  simdit_engine_schedule (self->log->engine, &self->event, SIMDIT_TICK_MAX + 1);
}

static void
test_out_of_time (void)
{
  Probe probe;
  g_auto (Log) log = { 0 };
  g_autoptr (GError) error = NULL;

  log_init (&log);
  probe_init (&probe, &log, "the_last", SIMDIT_PHASE_DELIVER);
  probe.act = schedule_beyond;
  simdit_engine_schedule (log.engine, &probe.event, SIMDIT_TICK_MAX);
  g_assert_cmpint (simdit_engine_run (log.engine, UINT64_MAX, &error), ==, SIMDIT_STOP_ERROR);
  g_assert_false (simdit_event_is_pending (&probe.event));
  expect_error (&error, SIMDIT_ERROR_CAPACITY, "the_last", "9223372036854775807 fs");
}

typedef struct
{
  SimditWaiter base;
  const char *what; /* NULL: idle */
} Waiter;

static char *
describe_waiter (const SimditWaiter *waiter)
{
  return g_strdup (((const Waiter *) waiter)->what);
}

static void
test_deadlock (void)
{
  Waiter waiters[] = { { { describe_waiter }, "the array waits for weights" },
                       { { describe_waiter }, NULL },
                       { { describe_waiter }, "the port waits for a buffer" } };
  Probe probe;
  g_auto (Log) log = { 0 };
  g_autoptr (GError) error = NULL;

  log_init (&log);
  for (gsize i = 0; i < G_N_ELEMENTS (waiters); i++)
    simdit_engine_add_waiter (log.engine, &waiters[i].base);
  probe_init (&probe, &log, "p", SIMDIT_PHASE_DELIVER);
  simdit_engine_schedule (log.engine, &probe.event, 77);
  g_assert_cmpint (simdit_engine_run (log.engine, UINT64_MAX, &error), ==, SIMDIT_STOP_ERROR);
  expect_error (&error, SIMDIT_ERROR_DEADLOCK, "deadlock at 77 fs",
                "the array waits for weights; the port waits for a buffer");
  waiters[0].what = waiters[2].what = NULL;
  expect_log (&log, "p@77 ");
}

static void
test_livelock (void)
{
  Probe ping, pong;
  g_auto (Log) log = { 0 };
  g_autoptr (GError) error = NULL;

  log_init (&log);
  simdit_engine_set_livelock_limit (log.engine, 50);
  probe_init (&ping, &log, "ping", SIMDIT_PHASE_DECIDE);
  ping.act = go_on;
  ping.left = 120; /* time advances every second event: no livelock */
  simdit_engine_schedule (log.engine, &ping.event, 0);
  g_assert_cmpint (simdit_engine_run (log.engine, UINT64_MAX, &error), ==, SIMDIT_STOP_IDLE);
  probe_init (&pong, &log, "pong", SIMDIT_PHASE_DECIDE);
  ping.act = pong.act = schedule_other_now;
  ping.other = &pong;
  pong.other = &ping;
  simdit_engine_schedule (log.engine, &ping.event, 1000);
  g_assert_cmpint (simdit_engine_run (log.engine, UINT64_MAX, &error), ==, SIMDIT_STOP_ERROR);
  expect_error (&error, SIMDIT_ERROR_DEADLOCK, "livelock at 1000 fs", "ping pong ping pong");
}

static void
schedule_earlier (Probe *self, SimditTick now)
{
  simdit_engine_schedule (self->log->engine, &self->other->event, now - 1);
}

static void
schedule_self_twice (Probe *self, SimditTick now)
{
  simdit_engine_schedule (self->log->engine, &self->event, now + 1);
  simdit_engine_schedule (self->log->engine, &self->event, now + 2);
}

/* Runs one misuse in a subprocess; it must not get further than the call. */
static void
expect_abort (void (*act) (Probe *self, SimditTick now), const char *message)
{
  if (g_test_subprocess ())
    {
      Probe culprit, victim;
      g_auto (Log) log = { 0 };

      log_init (&log);
      probe_init (&culprit, &log, "culprit", SIMDIT_PHASE_DECIDE);
      probe_init (&victim, &log, "victim", SIMDIT_PHASE_DELIVER);
      culprit.act = act;
      culprit.other = &victim;
      simdit_engine_schedule (log.engine, &culprit.event, 9);
      simdit_engine_run (log.engine, UINT64_MAX, NULL);
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr (message);
}

static void
test_abort_past (void)
{
  expect_abort (schedule_earlier, "*victim is scheduled in the past*");
}

/* DELIVER is over when DECIDE runs. */
static void
test_abort_past_phase (void)
{
  expect_abort (schedule_other_now, "*victim is scheduled in the past*");
}

static void
test_abort_pending (void)
{
  expect_abort (schedule_self_twice, "*culprit is already pending*");
}

#define N_TIED 60

static void
note_order (Probe *self, SimditTick now)
{
  if (self->other != NULL && self->left-- > 0)
    simdit_engine_schedule (self->log->engine, &self->other->event, now);
}

/* The log of N_TIED pairs of events, labelled by phase; @positions: who of them came when. */
static char *
shuffled_order (guint64 seed, GString *positions)
{
  static const char *const labels[] = { "0", "1", "2" };
  Probe probes[N_TIED], made[N_TIED];
  g_auto (Log) log = { 0 };

  log_init (&log);
  if (seed != 0)
    simdit_engine_shuffle_ties (log.engine, seed);
  for (guint i = 0; i < N_TIED; i++)
    {
      SimditPhase phase = (SimditPhase) (i % 3);

      probe_init (&probes[i], &log, labels[phase], phase);
      probe_init (&made[i], &log, labels[phase], phase);
      probes[i].act = note_order;
      probes[i].other = &made[i]; /* a second event of the same instant and phase */
      probes[i].left = 1;
      simdit_engine_schedule (log.engine, &probes[i].event, i % 2 ? 8 : 4);
    }
  while (simdit_engine_run (log.engine, 1, NULL) == SIMDIT_STOP_BUDGET)
    for (guint i = 0; i < N_TIED; i++)
      if (probes[i].left == 0 && probes[i].other != NULL)
        {
          probes[i].other = NULL;
          g_string_append_printf (positions, "%u ", i);
        }
  return g_strdup (log.text->str);
}

/* Times and phases are in the same order always, equal events are not. */
static void
test_shuffle_ties (void)
{
  g_autoptr (GString) plain = g_string_new (NULL), first = g_string_new (NULL),
                      again = g_string_new (NULL), second = g_string_new (NULL);
  g_autofree char *plain_order = shuffled_order (0, plain);
  g_autofree char *first_order = shuffled_order (1, first);
  g_autofree char *again_order = shuffled_order (1, again);
  g_autofree char *second_order = shuffled_order (2, second);

  g_assert_cmpstr (first_order, ==, plain_order);
  g_assert_cmpstr (second_order, ==, plain_order);
  g_assert_cmpstr (again_order, ==, plain_order);
  g_assert_cmpstr (first->str, ==, again->str);
  g_assert_cmpstr (first->str, !=, plain->str);
  g_assert_cmpstr (first->str, !=, second->str);
  g_assert_cmpuint (first->len, ==, plain->len);
}

/* ---- random operations, compared with a list searched from end to end ---- */

#define N_EVENTS 300
#define N_HANDLED 20000

typedef struct
{
  SimditEvent event;
  gpointer stress; /* borrowed */
  bool pending;
  SimditTick when;
  uint64_t sequence;
} Item;

typedef struct
{
  SimditEngine *engine; /* owned */
  uint64_t sequence, handled;
  SimditPhase phase; /* of the event being handled */
  Item items[N_EVENTS];
} Stress;

static Item *
model_first (Stress *self)
{
  Item *best = NULL;

  for (guint i = 0; i < N_EVENTS; i++)
    {
      Item *item = &self->items[i];

      if (!item->pending || (best != NULL && item->when > best->when))
        continue;
      if (best == NULL || item->when < best->when || item->event.phase < best->event.phase
          || (item->event.phase == best->event.phase && item->sequence < best->sequence))
        best = item;
    }
  return best;
}

/* A few random schedulings and cancellations at @now. */
static void
stress_act (Stress *self, SimditTick now)
{
  for (gint n = g_test_rand_int_range (0, 4); n > 0; n--)
    {
      Item *item = &self->items[g_test_rand_int_range (0, N_EVENTS)];
      SimditTick delay = g_test_rand_bit () ? 0 : (SimditTick) g_test_rand_int_range (0, 40);

      g_assert_true (simdit_event_is_pending (&item->event) == item->pending);
      if (item->pending && g_test_rand_int_range (0, 3) == 0)
        {
          simdit_engine_cancel (self->engine, &item->event);
          item->pending = false;
        }
      else if (!item->pending && self->handled < N_HANDLED)
        {
          item->when = now + delay + (delay == 0 && item->event.phase < self->phase);
          item->sequence = self->sequence++;
          item->pending = true;
          simdit_engine_schedule (self->engine, &item->event, item->when);
        }
    }
}

static void
on_item (SimditEvent *event, SimditTick now)
{
  Item *item = SIMDIT_OWNER_OF (event, Item, event);
  Stress *self = item->stress;

  g_assert_true (model_first (self) == item);
  g_assert_cmpuint (now, ==, item->when);
  item->pending = false;
  self->phase = event->phase;
  self->handled++;
  stress_act (self, now);
}

static Stress *
stress_new (void)
{
  Stress *self = g_new0 (Stress, 1);

  self->engine = simdit_engine_new ();
  for (guint i = 0; i < N_EVENTS; i++)
    {
      self->items[i].stress = self;
      simdit_event_init (&self->items[i].event, "item", (SimditPhase) g_test_rand_int_range (0, 3),
                         on_item);
    }
  return self;
}

/* Handles up to @budget events; feeds the queue from outside when it runs dry. */
static void
stress_run (Stress *self, uint64_t budget)
{
  g_autoptr (GError) error = NULL;
  SimditStop stop = simdit_engine_run (self->engine, budget, &error);

  g_assert_no_error (error);
  g_assert_cmpint (stop, !=, SIMDIT_STOP_ERROR);
  g_assert_cmpuint (simdit_engine_events (self->engine), ==, self->handled);
  if (stop == SIMDIT_STOP_IDLE)
    g_assert_null (model_first (self));
  stress_act (self, simdit_engine_now (self->engine));
}

static void
stress_free (Stress *self)
{
  simdit_engine_free (self->engine);
  g_free (self);
}

/* Two engines in turn: neither notices the other. */
static void
test_stress (void)
{
  Stress *stresses[] = { stress_new (), stress_new () };

  while (stresses[0]->handled < N_HANDLED || stresses[1]->handled < N_HANDLED)
    for (guint i = 0; i < 2; i++)
      stress_run (stresses[i], (uint64_t) g_test_rand_int_range (1, 400));
  for (guint i = 0; i < 2; i++)
    {
      while (model_first (stresses[i]) != NULL)
        stress_run (stresses[i], UINT64_MAX);
      stress_free (stresses[i]);
    }
}

#define N_BURST 1000

/* Many events of one instant: heap and ring grow while some of their entries are cancelled. */
static void
test_growth (void)
{
  g_autofree Probe *probes = g_new (Probe, N_BURST);
  g_autoptr (GString) expected = g_string_new (NULL);
  g_auto (Log) log = { 0 };

  log_init (&log);
  for (guint i = 0; i < N_BURST; i++)
    {
      if (i == 10) /* the ring does not begin at its first entry when it grows */
        g_assert_cmpint (simdit_engine_run (log.engine, 4, NULL), ==, SIMDIT_STOP_BUDGET);
      probe_init (&probes[i], &log, i < N_BURST / 2 ? "now" : "later", SIMDIT_PHASE_DELIVER);
      simdit_engine_schedule (log.engine, &probes[i].event, i < N_BURST / 2 ? 0 : 1);
      if (i % 3 == 0)
        simdit_engine_cancel (log.engine, &probes[i / 2].event);
    }
  g_string_assign (expected, log.text->str);
  for (guint i = 0; i < N_BURST; i++)
    if (simdit_event_is_pending (&probes[i].event))
      g_string_append_printf (expected, "%s@%d ", probes[i].event.label, i >= N_BURST / 2);
  expect_log (&log, expected->str);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/total-order", test_total_order);
  g_test_add_func ("/engine/present-instant", test_present_instant);
  g_test_add_func ("/engine/cancel", test_cancel);
  g_test_add_func ("/engine/reschedule-and-budget", test_reschedule_and_budget);
  g_test_add_func ("/engine/fail", test_fail);
  g_test_add_func ("/engine/out-of-time", test_out_of_time);
  g_test_add_func ("/engine/deadlock", test_deadlock);
  g_test_add_func ("/engine/livelock", test_livelock);
  g_test_add_func ("/engine/abort/past", test_abort_past);
  g_test_add_func ("/engine/abort/past-phase", test_abort_past_phase);
  g_test_add_func ("/engine/abort/pending", test_abort_pending);
  g_test_add_func ("/engine/shuffle-ties", test_shuffle_ties);
  g_test_add_func ("/engine/stress", test_stress);
  g_test_add_func ("/engine/growth", test_growth);
  return g_test_run ();
}
