/*
 * The shared channel: the worked example of its file, exact rational stepping of random transfers,
 * equality with ideal where the channel is wide enough.
 */
#include "hw/dram/dram.h"
#include "helpers/programs.h"

#define N 4
#define MAX_PARTS 64

typedef struct
{
  SimditTransfer transfer;
  uint64_t end;
  uint64_t part_start[MAX_PARTS], part_cycles[MAX_PARTS], part_bits[MAX_PARTS];
  guint n_parts;
} Client;

/* A transfer that begins in a given cycle. */
typedef struct
{
  SimditEvent begin;
  SimditDram *dram;
  Client *client;
  uint64_t cycle;
} Start;

static void
on_begin (SimditEvent *event, SimditTick now)
{
  Start *self = SIMDIT_OWNER_OF (event, Start, begin);

  (void) now;
  self->dram->ops->submit (self->dram, &self->client->transfer, self->cycle);
}

static void
on_done (SimditEvent *event, SimditTick now)
{
  Client *self = SIMDIT_OWNER_OF (event, Client, transfer.done);

  self->end = now / 1000;
  g_assert_cmpuint (self->end, ==, self->transfer.end_cycle);
}

static void
on_moved (SimditTransfer *transfer, uint64_t from, uint64_t cycles, uint64_t bits)
{
  Client *self = SIMDIT_OWNER_OF (transfer, Client, transfer);

  g_assert_cmpuint (self->n_parts, <, MAX_PARTS);
  self->part_start[self->n_parts] = from;
  self->part_cycles[self->n_parts] = cycles;
  self->part_bits[self->n_parts++] = bits;
}

static void
run_transfers (const char *model, Client *clients, const uint64_t *starts, guint n)
{
  g_autoptr (SimditEngine) engine = simdit_engine_new ();
  g_autoptr (SimditDram) dram = NULL;
  SimditDramSpec spec;
  SimditClock clock;
  Start begin[N];

  g_assert_true (simdit_dram_parse (model, &spec, NULL));
  simdit_clock_init (&clock, 1000);
  dram = simdit_dram_new (&spec, engine, &clock);
  for (guint i = 0; i < n; i++)
    {
      clients[i].transfer.port = i;
      clients[i].transfer.moved = on_moved;
      simdit_event_init (&clients[i].transfer.done, "done", SIMDIT_PHASE_DELIVER, on_done);
      begin[i] = (Start){ .dram = dram, .client = &clients[i], .cycle = starts[i] };
      simdit_event_init (&begin[i].begin, "begin", SIMDIT_PHASE_DECIDE, on_begin);
      simdit_engine_schedule (engine, &begin[i].begin, starts[i] * 1000);
    }
  g_assert_cmpint (simdit_engine_run (engine, UINT64_MAX, NULL), ==, SIMDIT_STOP_IDLE);
}

static void
test_worked_example (void)
{
  Client clients[2] = { { .transfer = { .bits = 480, .port_width = 128 } },
                        { .transfer = { .bits = 90, .port_width = 40 } } };
  const uint64_t starts[] = { 0, 0 };

  run_transfers ("shared:width=100", clients, starts, 2);
  g_assert_cmpuint (clients[0].end, ==, 6);
  g_assert_cmpuint (clients[1].end, ==, 3);
  g_assert_cmpuint (clients[0].n_parts, ==, 2);
  g_assert_cmpuint (clients[0].part_cycles[0], ==, 3);
  g_assert_cmpuint (clients[0].part_bits[0], ==, 180);
  g_assert_cmpuint (clients[0].part_bits[1], ==, 300);
  g_assert_cmpuint (clients[1].part_bits[0], ==, 90);
  clients[0].n_parts = clients[1].n_parts = 0;
  run_transfers ("shared:width=100,latency=7", clients, starts, 2);
  g_assert_cmpuint (clients[0].end, ==, 13);
  g_assert_cmpuint (clients[1].end, ==, 10);
}

/* ---- the definition, a cycle at a time, in exact fractions ---- */

#define UNITS UINT64_C (720720) /* every sum of up to four weights up to 4 divides it */

/* The level is raised until the channel is full or nobody wants more. */
static void
fair_rates (uint64_t channel, const uint64_t *widths, const uint64_t *weights, const bool *active,
            uint64_t *rates)
{
  uint64_t left = channel * UNITS;
  bool open[N];

  for (guint i = 0; i < N; i++)
    {
      open[i] = active[i];
      rates[i] = 0;
    }
  for (;;)
    {
      uint64_t sum = 0, step = UINT64_MAX;
      bool closed = false;

      for (guint i = 0; i < N; i++)
        sum += open[i] ? weights[i] : 0;
      if (sum == 0 || left == 0)
        return;
      step = left / sum;
      for (guint i = 0; i < N; i++)
        if (open[i])
          step = MIN (step, (widths[i] * UNITS - rates[i]) / weights[i]);
      for (guint i = 0; i < N; i++)
        if (open[i])
          {
            rates[i] += step * weights[i];
            left -= step * weights[i];
            open[i] = rates[i] < widths[i] * UNITS;
            closed |= !open[i];
          }
      if (!closed)
        return;
    }
}

static void
step_by_cycle (uint64_t channel, const uint64_t *widths, const uint64_t *weights,
               const uint64_t *bits, const uint64_t *starts, uint64_t *ends)
{
  uint64_t remaining[N], rates[N];
  guint n_left = N;

  for (guint i = 0; i < N; i++)
    remaining[i] = bits[i] * UNITS;
  for (uint64_t t = 0; n_left > 0; t++)
    {
      bool active[N];

      for (guint i = 0; i < N; i++)
        active[i] = starts[i] <= t && remaining[i] > 0;
      fair_rates (channel, widths, weights, active, rates);
      for (guint i = 0; i < N; i++)
        if (active[i])
          {
            remaining[i] -= MIN (remaining[i], rates[i]);
            if (remaining[i] == 0)
              {
                ends[i] = t + 1;
                n_left--;
              }
          }
    }
}

/* Widths in multiples of 12 x weight keep the level a whole number of units in the definition. */
static void
test_random (void)
{
  for (guint round = 0; round < 2000; round++)
    {
      uint64_t widths[N], weights[N], bits[N], starts[N], ends[N] = { 0 }, latency = random_to (20);
      uint64_t channel = random_to (400);
      g_autofree char *model = NULL;
      Client clients[N] = { 0 };

      for (guint i = 0; i < N; i++)
        {
          weights[i] = round % 2 == 0 ? 1 : random_to (4);
          widths[i] = random_to (200);
          bits[i] = random_to (5000);
          starts[i] = random_to (30);
          clients[i].transfer.bits = bits[i];
          clients[i].transfer.port_width = widths[i];
        }
      model = g_strdup_printf ("shared:width=%lu,latency=%lu,param=%lu,ibuf=%lu,obuf=%lu,simd=%lu",
                               channel, latency, weights[0], weights[1], weights[2], weights[3]);
      run_transfers (model, clients, starts, N);
      step_by_cycle (channel, widths, weights, bits, starts, ends);
      for (guint i = 0; i < N; i++)
        {
          uint64_t moved = 0;

          g_assert_cmpuint (clients[i].end, ==, ends[i] + latency);
          for (guint p = 0; p < clients[i].n_parts; p++)
            moved += clients[i].part_bits[p];
          g_assert_cmpuint (moved, ==, bits[i]);
        }
    }
}

/* A channel as wide as all ports together is no channel at all; a narrow one never helps. */
static void
test_against_ideal (void)
{
  static const char *const operations[] = { "conv", "gemm", "relu", "batch_norm" };

  for (guint i = 0; i < 1000; i++)
    {
      SimditMachine machine = random_machine ();
      SimditProgram program = random_program (operations[i % 4], false);
      SimditProgramReport ideal, wide, narrow;
      g_autofree char *model = NULL;
      ActivityLog a, b, c;
      uint64_t bits = 0;

      program.discipline = i % 3 == 0 ? SIMDIT_DISCIPLINE_LOCKSTEP : SIMDIT_DISCIPLINE_DECOUPLED;
      ideal = run_program (&machine, &program, 0, &a);
      machine.dram = (char *) "shared:width=2400";
      wide = run_program (&machine, &program, 1 + i, &b);
      g_assert_cmpuint (wide.end_cycle, ==, ideal.end_cycle);
      g_assert_cmpmem (wide.counters, sizeof wide.counters, ideal.counters, sizeof ideal.counters);
      g_assert_cmpmem (a.counters, sizeof a.counters, b.counters, sizeof b.counters);
      model = g_strdup_printf ("shared:width=%lu", random_to (100));
      machine.dram = model;
      narrow = run_program (&machine, &program, 0, &c);
      for (guint o = 0; o < SIMDIT_N_OPERANDS; o++)
        bits += narrow.dram_bits[o];
      g_assert_cmpuint (narrow.end_cycle, >=, bits / g_ascii_strtoull (model + 13, NULL, 10));
      g_assert_cmpmem (a.counters, SIMDIT_COUNTER_STATE * sizeof *a.counters, c.counters,
                       SIMDIT_COUNTER_STATE * sizeof *c.counters);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/shared-dram/worked-example", test_worked_example);
  g_test_add_func ("/shared-dram/random", test_random);
  g_test_add_func ("/shared-dram/against-ideal", test_against_ideal);
  return g_test_run ();
}
