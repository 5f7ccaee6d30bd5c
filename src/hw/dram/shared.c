/*
 * shared: one channel of B bits per cycle and a fixed latency, shared max-min fairly as a fluid.
 *
 * At every instant each port with a transfer in flight gets min (its own width, weight x level),
 * the level chosen so that the rates add up to B, or every port runs at its width. Rates change
 * only when a transfer starts or has all its bits through. It ends at the first cycle edge at which
 * they are, plus the latency, during which it takes no bandwidth. With equal weights and four ports
 * rates are multiples of 1/12 bit, with weights of 1 / D bit, so that integers are exact.
 *
 *   B = 100, latency 0; A: 480 bits over a port of 128, B: 90 over one of 40, starting together
 *   cycle      0    1    2    3    4    5
 *   rate of A  60   60   60   100  100  100     3 x 60 + 3 x 100 = 480: ends at 6
 *   rate of B  40   40   40                     90 bits are through at 2.25: ends at 3
 *
 * Not modelled: banks, rows, refresh, turnaround; see the timing model for those. Source: DESIGN.md
 * section 2 and the memory-system issue.
 */
#include "hw/dram/dram.h"

typedef struct SharedDram SharedDram;

/* Of 1 / D bit: the largest tile times the largest D has more than 64 bits. */
typedef unsigned __int128 Units;

/* A port's transfer. */
typedef struct
{
  SimditEvent through; /* all bits are */
  SharedDram *dram;
  SimditTransfer *transfer; /* borrowed; NULL: none, or all bits are through */
  Units remaining, moved;
  uint64_t reported; /* [bit] of @moved, to the transfer */
  uint64_t rate;     /* per cycle */
  uint64_t weight;
} Flow;

struct SharedDram
{
  SimditDram base;
  Flow flows[SIMDIT_DRAM_MAX_PORTS];
  uint64_t width, latency; /* B [bit/cycle], [cycle] */
  uint64_t units;          /* D */
  uint64_t cycle;          /* up to which flows are accounted for */
};

enum
{
  KEY_WIDTH,
  KEY_LATENCY,
  KEY_WEIGHTS, /* first of four, by port */
};

static const SimditDramKey keys[] = {
  { "width", 1, 1 << 24, SIMDIT_DRAM_REQUIRED, "bits per cycle of the channel" },
  { "latency", 0, 1 << 30, 0, "cycles from the last bit to the end of a transfer" },
  { "param", 1, 4, 1, "weight of the weight and bias port" },
  { "ibuf", 1, 4, 1, "weight of the ifmap port" },
  { "obuf", 1, 4, 1, "weight of the psum port" },
  { "simd", 1, 4, 1, "weight of the SIMD port" },
  { .key = NULL },
};

/* Accounts for the cycles since the last change, and tells the transfers of them. */
static void
advance (SharedDram *self, uint64_t now)
{
  uint64_t cycles = now - self->cycle;

  for (guint i = 0; i < SIMDIT_DRAM_MAX_PORTS && cycles > 0; i++)
    {
      Flow *flow = &self->flows[i];
      Units units = MIN (flow->remaining, (Units) flow->rate * cycles);
      uint64_t bits;

      if (flow->transfer == NULL)
        continue;
      flow->remaining -= units;
      flow->moved += units;
      bits = (uint64_t) (flow->moved / self->units) - flow->reported;
      flow->reported += bits;
      if (flow->transfer->moved != NULL)
        flow->transfer->moved (flow->transfer, self->cycle, cycles, bits);
    }
  self->cycle = now;
}

static inline bool
is_flowing (const Flow *flow)
{
  return flow->transfer != NULL && flow->remaining > 0;
}

/* Max-min fair rates: ports below the common level are taken out, the level is raised, ... */
static void
share (SharedDram *self)
{
  uint64_t left = self->width * self->units, weights = 0;
  bool found = true;

  for (guint i = 0; i < SIMDIT_DRAM_MAX_PORTS; i++)
    {
      self->flows[i].rate = 0;
      weights += is_flowing (&self->flows[i]) ? self->flows[i].weight : 0;
    }
  while (found)
    {
      uint64_t level = left, sum = weights;

      found = false;
      for (guint i = 0; i < SIMDIT_DRAM_MAX_PORTS; i++)
        {
          Flow *flow = &self->flows[i];
          uint64_t full = is_flowing (flow) ? flow->transfer->port_width * self->units : 0;

          if (full == 0 || flow->rate != 0 || full * sum > level * flow->weight)
            continue;
          flow->rate = full;
          left -= full;
          weights -= flow->weight;
          found = true;
        }
    }
  for (guint i = 0; i < SIMDIT_DRAM_MAX_PORTS; i++)
    if (is_flowing (&self->flows[i]) && self->flows[i].rate == 0)
      self->flows[i].rate = left / weights * self->flows[i].weight;
}

static uint64_t
cycles_left (const Flow *flow)
{
  return (uint64_t) ((flow->remaining + flow->rate - 1) / flow->rate);
}

static void
plan (SharedDram *self)
{
  share (self);
  for (guint i = 0; i < SIMDIT_DRAM_MAX_PORTS; i++)
    {
      Flow *flow = &self->flows[i];

      if (!is_flowing (flow))
        continue;
      simdit_engine_cancel (self->base.engine, &flow->through);
      simdit_engine_schedule (
          self->base.engine, &flow->through,
          simdit_clock_tick (self->base.clock, self->cycle + cycles_left (flow)));
    }
}

static void
on_through (SimditEvent *event, SimditTick now)
{
  Flow *flow = SIMDIT_OWNER_OF (event, Flow, through);
  SharedDram *self = flow->dram;
  SimditTransfer *transfer = flow->transfer;

  advance (self, simdit_clock_cycle (self->base.clock, now));
  flow->transfer = NULL;
  transfer->end_cycle = self->cycle + self->latency;
  simdit_engine_schedule (self->base.engine, &transfer->done,
                          simdit_clock_tick (self->base.clock, transfer->end_cycle));
  plan (self);
}

static void
shared_submit (SimditDram *dram, SimditTransfer *transfer, uint64_t now_cycle)
{
  SharedDram *self = (SharedDram *) dram;
  Flow *flow = &self->flows[transfer->port];

  advance (self, now_cycle);
  flow->transfer = transfer;
  flow->remaining = (Units) transfer->bits * self->units;
  flow->moved = flow->reported = 0;
  plan (self);
}

static uint64_t
least_common_multiple (uint64_t a, uint64_t b)
{
  uint64_t x = a, y = b;

  while (y != 0)
    {
      uint64_t rest = x % y;

      x = y;
      y = rest;
    }
  return a / x * b;
}

/* Every sum of weights divides it. */
static uint64_t
choose_units (const SharedDram *self, guint n)
{
  uint64_t units = 1;

  for (guint set = 1; set < 1u << n; set++)
    {
      uint64_t sum = 0;

      for (guint i = 0; i < n; i++)
        sum += (set >> i & 1) != 0 ? self->flows[i].weight : 0;
      units = least_common_multiple (units, sum);
    }
  return units;
}

static SimditDram *
shared_create (const SimditDramSpec *spec, SimditEngine *engine, SimditClock *clock)
{
  SharedDram *self = g_new0 (SharedDram, 1);
  const uint64_t *values = spec->values;
  guint n = G_N_ELEMENTS (keys) - 1 - KEY_WEIGHTS;

  self->base = (SimditDram){ spec->ops, engine, clock };
  self->width = values[KEY_WIDTH];
  self->latency = values[KEY_LATENCY];
  for (guint i = 0; i < SIMDIT_DRAM_MAX_PORTS; i++)
    {
      self->flows[i].dram = self;
      self->flows[i].weight = i < n ? values[KEY_WEIGHTS + i] : 1;
      simdit_event_init (&self->flows[i].through, "dram.through", SIMDIT_PHASE_DELIVER, on_through);
    }
  self->units = choose_units (self, n);
  return &self->base;
}

static void
shared_destroy (SimditDram *dram)
{
  SharedDram *self = (SharedDram *) dram;

  for (guint i = 0; i < SIMDIT_DRAM_MAX_PORTS; i++)
    simdit_engine_cancel (dram->engine, &self->flows[i].through);
  g_free (self);
}

const SimditDramOps simdit_dram_shared_ops = {
  .name = "shared",
  .help = "one channel, shared max-min fairly",
  .keys = keys,
  .create = shared_create,
  .destroy = shared_destroy,
  .submit = shared_submit,
};
