/*
 * The event queue: an implicit 4-ary heap of (time, order, event) with the key beside the pointer,
 * so that a comparison touches no event. The order holds the phase above the sequence number.
 *
 * The root of an event that has been taken stays empty until the next event comes or goes: most
 * handlers schedule one event, which then sinks from the root instead of a removal and an
 * insertion.
 *
 * An event scheduled for the present instant skips the heap: it goes to a ring that is merged with
 * the heap's top by the same key. Half of all events of a run are decisions made in the instant of
 * a completion, for which this is the difference between a store and a sift.
 */
#include "engine/event.h"

#include <simdit/error.h>
#include <string.h>

#define PHASE_SHIFT 62
#define PHASE_STEP (UINT64_C (1) << PHASE_SHIFT) /* the next phase, as in a key's order */
#define DEFAULT_LIVELOCK_LIMIT 1000000
#define REMEMBERED_LABELS 8
#define RING_SLOT (UINT64_C (1) << 63) /* marks SimditEvent.slot of an event in the ring */

/* Time, then order: what a wide comparison compares at once, without a branch to mispredict. */
typedef unsigned __int128 Key;

/* Out of the way of what happens at every event. */
#define SELDOM __attribute__ ((noinline, cold))

typedef struct
{
  Key key;
  SimditEvent *event; /* borrowed; NULL in the ring after a cancellation */
} Node;

static inline Key
make_key (SimditTick when, uint64_t order)
{
  return (Key) when << 64 | order;
}

static inline SimditTick
key_when (Key key)
{
  return (SimditTick) (key >> 64);
}

static inline uint64_t
key_order (Key key)
{
  return (uint64_t) key;
}

struct SimditEngine
{
  SimditTick now;
  uint64_t now_phase; /* of the event being handled, as in a key's order */
  uint64_t sequence;
  uint64_t events;
  uint64_t instant_events; /* handled since time last advanced */
  uint64_t budget;         /* events that run() may still handle */
  uint64_t livelock_limit;
  Node *heap; /* owned */
  size_t heap_size, heap_room;
  bool root_is_empty; /* heap[0] holds the key of an event that has been taken */
  Node *ring; /* owned; room is a power of two; sorted by order while ties are not shuffled */
  size_t ring_head, ring_tail, ring_room;
  GPtrArray *waiters;                    /* owned array of borrowed waiters */
  GError *error;                         /* owned */
  GRand *shuffle;                        /* owned; NULL: first come, first served */
  const char *recent[REMEMBERED_LABELS]; /* labels for the livelock report, kept near the limit */
};

SimditEngine *
simdit_engine_new (void)
{
  SimditEngine *self = g_new0 (SimditEngine, 1);

  self->livelock_limit = DEFAULT_LIVELOCK_LIMIT;
  self->heap_room = 64;
  self->heap = g_new (Node, self->heap_room);
  self->ring_room = 64;
  self->ring = g_new (Node, self->ring_room);
  self->waiters = g_ptr_array_new ();
  return self;
}

void
simdit_engine_free (SimditEngine *self)
{
  if (self == NULL)
    return;
  g_free (self->heap);
  g_free (self->ring);
  g_ptr_array_unref (self->waiters);
  g_clear_error (&self->error);
  g_clear_pointer (&self->shuffle, g_rand_free);
  g_free (self);
}

void
simdit_engine_add_waiter (SimditEngine *self, const SimditWaiter *waiter)
{
  g_ptr_array_add (self->waiters, (gpointer) (uintptr_t) waiter);
}

SimditTick
simdit_engine_now (const SimditEngine *self)
{
  return self->now;
}

uint64_t
simdit_engine_events (const SimditEngine *self)
{
  return self->events;
}

void
simdit_engine_set_livelock_limit (SimditEngine *self, uint64_t limit)
{
  self->livelock_limit = limit;
}

void
simdit_engine_shuffle_ties (SimditEngine *self, uint64_t seed)
{
  g_clear_pointer (&self->shuffle, g_rand_free);
  self->shuffle = g_rand_new_with_seed ((guint32) seed);
}

void
simdit_engine_fail (SimditEngine *self, GError *error)
{
  if (self->error == NULL)
    self->error = error;
  else
    g_error_free (error);
}

void
simdit_event_init (SimditEvent *event, const char *label, SimditPhase phase, SimditEventFunc func)
{
  *event = (SimditEvent){ .func = func, .label = label, .phase = phase };
}

static inline void
heap_put (SimditEngine *self, size_t i, Key key, SimditEvent *event)
{
  self->heap[i] = (Node){ key, event };
  event->slot = i + 1;
}

/* Keys and events go as arguments of their own: a Node would go through memory. */
static void
heap_sift_up (SimditEngine *self, size_t i, Key key, SimditEvent *event)
{
  while (i > 0)
    {
      const Node *parent = &self->heap[(i - 1) / 4];

      if (parent->key <= key)
        break;
      heap_put (self, i, parent->key, parent->event);
      i = (i - 1) / 4;
    }
  heap_put (self, i, key, event);
}

/* The first of the nodes from @first to before @end. */
static inline size_t
first_of (const SimditEngine *self, size_t first, size_t end)
{
  size_t best = first;
  Key key = self->heap[first].key;

  for (size_t i = first + 1; i < end; i++)
    {
      bool before = self->heap[i].key < key;

      best = before ? i : best;
      key = before ? self->heap[i].key : key;
    }
  return best;
}

static void
heap_sift_down (SimditEngine *self, size_t i, Key key, SimditEvent *event)
{
  size_t n = self->heap_size;

  for (size_t child = 4 * i + 1; child < n; child = 4 * i + 1)
    {
      size_t best = first_of (self, child, MIN (child + 4, n));

      if (key <= self->heap[best].key)
        break;
      heap_put (self, i, self->heap[best].key, self->heap[best].event);
      i = best;
    }
  heap_put (self, i, key, event);
}

SELDOM static void
heap_grow (SimditEngine *self)
{
  self->heap = g_renew (Node, self->heap, self->heap_room *= 2);
}

static inline void
heap_push (SimditEngine *self, Key key, SimditEvent *event)
{
  if (self->root_is_empty)
    {
      self->root_is_empty = false;
      heap_sift_down (self, 0, key, event);
      return;
    }
  if (G_UNLIKELY (self->heap_size == self->heap_room))
    heap_grow (self);
  heap_sift_up (self, self->heap_size++, key, event);
}

/* Takes the node at @i out. */
static void
heap_remove (SimditEngine *self, size_t i)
{
  Node last = self->heap[--self->heap_size];

  if (i == self->heap_size)
    return;
  if (i > 0 && last.key < self->heap[(i - 1) / 4].key)
    heap_sift_up (self, i, last.key, last.event);
  else
    heap_sift_down (self, i, last.key, last.event);
}

/* The first node, or NULL; an empty root is looked past. */
static inline const Node *
heap_first (const SimditEngine *self)
{
  size_t end = MIN (self->heap_size, 5);

  if (!self->root_is_empty)
    return self->heap_size > 0 ? &self->heap[0] : NULL;
  return end > 1 ? &self->heap[first_of (self, 1, end)] : NULL;
}

/* Whether a node comes before @key: less to compare than for the first one. */
static inline bool
heap_has_before (const SimditEngine *self, Key key)
{
  size_t first = self->root_is_empty ? 1 : 0, end = MIN (self->heap_size, 5);

  for (size_t i = first; i < end; i++)
    if (self->heap[i].key < key)
      return true;
  return false;
}

/* Fills an empty root with the last node. */
static inline void
heap_settle (SimditEngine *self)
{
  if (!self->root_is_empty)
    return;
  self->root_is_empty = false;
  if (--self->heap_size > 0)
    heap_sift_down (self, 0, self->heap[self->heap_size].key, self->heap[self->heap_size].event);
}

SELDOM static void
ring_grow (SimditEngine *self)
{
  Node *ring = g_new (Node, self->ring_room * 2);
  size_t n = 0;

  for (size_t i = self->ring_head; i != self->ring_tail; i++, n++)
    {
      ring[n] = self->ring[i & (self->ring_room - 1)];
      if (ring[n].event != NULL)
        ring[n].event->slot = RING_SLOT | n;
    }
  g_free (self->ring);
  self->ring = ring;
  self->ring_room *= 2;
  self->ring_head = 0;
  self->ring_tail = n;
}

static inline void
ring_push (SimditEngine *self, Key key, SimditEvent *event)
{
  if (G_UNLIKELY (self->ring_tail - self->ring_head == self->ring_room))
    ring_grow (self);
  event->slot = RING_SLOT | self->ring_tail;
  self->ring[self->ring_tail++ & (self->ring_room - 1)] = (Node){ key, event };
}

/* What must not be: a bug of the caller, or more time than there is. */
SELDOM static void
refuse (SimditEngine *self, const SimditEvent *event, SimditTick when)
{
  if (event->slot != 0)
    g_error ("event %s is already pending", event->label);
  if (when <= self->now)
    g_error ("event %s is scheduled in the past", event->label);
  simdit_engine_fail (self, g_error_new (SIMDIT_ERROR, SIMDIT_ERROR_CAPACITY,
                                         "%s: the run goes beyond simulated time, which ends "
                                         "after %" G_GINT64_FORMAT " fs (2.5 hours)",
                                         event->label, (gint64) SIMDIT_TICK_MAX));
}

/* The ring is sorted: it takes what comes after all that it holds. */
static inline bool
ring_takes (const SimditEngine *self, Key key)
{
  return self->ring_head == self->ring_tail
         || self->ring[(self->ring_tail - 1) & (self->ring_room - 1)].key < key;
}

/* The sequence number of an event where ties are shuffled: drawn at random, and still unique. */
SELDOM static uint64_t
shuffled_sequence (SimditEngine *self, uint64_t sequence)
{
  return ((uint64_t) g_rand_int (self->shuffle) << 24) | (sequence & 0xffffff);
}

void
simdit_engine_schedule (SimditEngine *self, SimditEvent *event, SimditTick when)
{
  uint64_t phase = (uint64_t) event->phase << PHASE_SHIFT;
  uint64_t sequence = self->sequence++;
  Key key;

  if (G_UNLIKELY (self->shuffle != NULL))
    sequence = shuffled_sequence (self, sequence);
  key = make_key (when, phase | sequence);
  /* As signed numbers, times beyond the end are before the present, too. */
  if (G_UNLIKELY (event->slot != 0 || (int64_t) when < (int64_t) self->now
                  || (when == self->now && phase < self->now_phase)))
    refuse (self, event, when);
  else if (when == self->now && self->shuffle == NULL && ring_takes (self, key))
    ring_push (self, key, event);
  else
    heap_push (self, key, event);
}

void
simdit_engine_schedule_next (SimditEngine *self, SimditEvent *event)
{
  uint64_t phase = (uint64_t) event->phase << PHASE_SHIFT;
  bool is_next = self->ring_head == self->ring_tail
                 && !heap_has_before (self, make_key (self->now, phase + PHASE_STEP));

  if (!is_next || self->shuffle != NULL || event->slot != 0 || phase < self->now_phase)
    {
      simdit_engine_schedule (self, event, self->now);
      return;
    }
  self->now_phase = phase;
  self->events++;
  self->instant_events++;
  event->func (event, self->now);
}

bool
simdit_engine_advance (SimditEngine *self, const SimditEvent *event, SimditTick when)
{
  if (when <= self->now || when > SIMDIT_TICK_MAX || self->budget == 0 || self->error != NULL
      || event->slot != 0 || self->ring_head != self->ring_tail
      || heap_has_before (self, make_key (when, UINT64_MAX)))
    return false;
  self->budget--;
  self->events++;
  self->now = when;
  self->now_phase = (uint64_t) event->phase << PHASE_SHIFT;
  self->instant_events = 1;
  return true;
}

void
simdit_engine_cancel (SimditEngine *self, SimditEvent *event)
{
  if (event->slot == 0)
    return;
  if (event->slot & RING_SLOT)
    self->ring[(event->slot & ~RING_SLOT) & (self->ring_room - 1)].event = NULL;
  else
    heap_remove (self, event->slot - 1);
  event->slot = 0;
}

/* Takes the next event off the queue, with its key; NULL: there is none. */
static inline SimditEvent *
pop (SimditEngine *self, Key *key)
{
  while (self->ring_head != self->ring_tail)
    {
      const Node *ring = &self->ring[self->ring_head & (self->ring_room - 1)];
      const Node *heap = heap_first (self);

      if (heap != NULL && heap->key < ring->key)
        break;
      self->ring_head++;
      *key = ring->key;
      if (ring->event != NULL)
        return ring->event;
    }
  heap_settle (self);
  if (self->heap_size == 0)
    return NULL;
  *key = self->heap[0].key;
  self->root_is_empty = true;
  return self->heap[0].event;
}

static void
fail_deadlock (SimditEngine *self, GError **error)
{
  g_autoptr (GString) who = g_string_new (NULL);

  for (guint i = 0; i < self->waiters->len; i++)
    {
      const SimditWaiter *waiter = g_ptr_array_index (self->waiters, i);
      g_autofree char *what = waiter->describe (waiter);

      if (what != NULL)
        g_string_append_printf (who, "%s%s", who->len > 0 ? "; " : "", what);
    }
  if (who->len > 0)
    g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_DEADLOCK,
                 "deadlock at %" G_GUINT64_FORMAT " fs: no event is left, but %s", self->now,
                 who->str);
}

/* Remembers the last events before the limit; true, with the error set, beyond it. */
SELDOM static bool
watch_livelock (SimditEngine *self, const SimditEvent *event, GError **error)
{
  uint64_t n = self->instant_events;
  g_autoptr (GString) labels = NULL;

  self->recent[n % REMEMBERED_LABELS] = event->label;
  if (n <= self->livelock_limit)
    return false;
  labels = g_string_new (NULL);
  for (uint64_t i = n - MIN (n, REMEMBERED_LABELS) + 1; i <= n; i++)
    g_string_append_printf (labels, " %s", self->recent[i % REMEMBERED_LABELS]);
  g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_DEADLOCK,
               "livelock at %" G_GUINT64_FORMAT " fs: %" G_GUINT64_FORMAT
               " events and no time has passed; the last ones were%s",
               self->now, n, labels->str);
  return true;
}

/* No event is left: the end, or everybody waits for somebody else. */
SELDOM static SimditStop
end_of_events (SimditEngine *self, GError **error)
{
  GError *failure = NULL;

  fail_deadlock (self, &failure);
  if (failure == NULL)
    return SIMDIT_STOP_IDLE;
  g_propagate_error (error, failure);
  return SIMDIT_STOP_ERROR;
}

SimditStop
simdit_engine_run (SimditEngine *self, uint64_t budget, GError **error)
{
  self->budget = budget;
  while (self->error == NULL && self->budget > 0)
    {
      Key key;
      SimditEvent *event = pop (self, &key);

      if (event == NULL)
        return end_of_events (self, error);
      self->budget--;
      if (key_when (key) != self->now)
        {
          self->now = key_when (key);
          self->instant_events = 0;
        }
      self->now_phase = key_order (key) >> PHASE_SHIFT << PHASE_SHIFT;
      self->events++;
      if (G_UNLIKELY (++self->instant_events + REMEMBERED_LABELS > self->livelock_limit)
          && watch_livelock (self, event, error))
        return SIMDIT_STOP_ERROR;
      event->slot = 0;
      event->func (event, self->now);
    }
  if (self->error == NULL)
    return SIMDIT_STOP_BUDGET;
  g_propagate_error (error, g_steal_pointer (&self->error));
  return SIMDIT_STOP_ERROR;
}
