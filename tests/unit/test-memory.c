/*
 * The timing model behind the ports: hand-worked clock crossings, what is requested, the arbiter,
 * bounds and equality with ideal where the memory is fast enough.
 */
#include "helpers/programs.h"
#include "hw/dram/requester.h"

#include <simdit/error.h>
#include <string.h>

#define MEMORY_FS 833000
#define FASTEST                                                                                    \
  "tBURST=1,CL=1,CWL=1,tRCDRD=1,tRCDWR=1,tRP=1,tRPab=1,tRAS=1,tRC=1,tRRD_S=1,tRRD_L=1,tFAW=1,"     \
  "tCCD_S=1,tCCD_L=1,tWTR_S=1,tWTR_L=1,tWR=1,tRTP=1,tRTW=1,tRTRS=1,tRFC=1,tREFI=0"

static SimditDramSpec
timing_spec (const SimditDramConfig *config, const SimditMachine *machine)
{
  SimditDramSpec spec = { .ops = &simdit_dram_timing_ops, .config = config, .machine = machine };

  simdit_port_weights (machine, spec.port_weights);
  return spec;
}

static SimditMachine
plain_machine (uint64_t clock_fs)
{
  return (SimditMachine){ .clock_fs = clock_fs,
                          .axi_burst_bytes = 256,
                          .axi_outstanding = 16,
                          .param_weight = 1,
                          .ibuf_weight = 1,
                          .obuf_weight = 1,
                          .simd_weight = 1 };
}

/* ---- single transfers ---- */

typedef struct
{
  SimditTransfer transfer;
  SimditEvent begin;
  SimditDram *dram;
  uint64_t start, end; /* [cycle] */
  uint64_t parts, moved_bits, moved_until;
  uint64_t waits[SIMDIT_DRAM_N_WAITS]; /* [cycle] */
} Client;

static void
on_begin (SimditEvent *event, SimditTick now)
{
  Client *self = SIMDIT_OWNER_OF (event, Client, begin);

  (void) now;
  self->dram->ops->submit (self->dram, &self->transfer, self->start);
}

static void
on_done (SimditEvent *event, SimditTick now)
{
  Client *self = SIMDIT_OWNER_OF (event, Client, transfer.done);

  self->end = self->transfer.end_cycle;
  g_assert_cmpuint (now, ==, self->end * self->dram->clock->period_fs);
}

static void
on_moved (SimditTransfer *transfer, uint64_t from, uint64_t cycles, uint64_t bits)
{
  Client *self = SIMDIT_OWNER_OF (transfer, Client, transfer);

  g_assert_cmpuint (from, >=, MAX (self->moved_until, self->start));
  g_assert_cmpuint (bits, <=, cycles * transfer->port_width);
  g_assert_cmpuint (bits, >, (cycles - 1) * transfer->port_width); /* at full rate */
  self->moved_until = from + cycles;
  self->moved_bits += bits;
  self->parts++;
}

static void
on_waited (SimditTransfer *transfer, SimditDramWait wait, uint64_t until)
{
  Client *self = SIMDIT_OWNER_OF (transfer, Client, transfer);
  uint64_t from = MAX (self->moved_until, self->start);

  g_assert_cmpuint (until, >, from);
  self->waits[wait] += until - from;
  self->moved_until = until;
}

/* @bits from @address [byte] on over a port of @width bits. */
static Client
make_client (guint port, uint64_t start, SimditDirection direction, uint64_t address, uint64_t bits,
             uint64_t width)
{
  return (Client){
    .start = start,
    .transfer = { .port = port,
                  .bits = bits,
                  .port_width = width,
                  .port_cycles = (bits + width - 1) / width,
                  .direction = direction,
                  .operand = SIMDIT_OPERAND_IFMAP,
                  .walk = { .bits = bits, .run_bits = bits, .address = address * 8, .left = 1 },
                  .moved = on_moved,
                  .waited = on_waited }
  };
}

static void
run_clients (const SimditDramConfig *config, const SimditMachine *machine, Client *clients, guint n,
             SimditDramReport *report)
{
  g_autoptr (SimditEngine) engine = simdit_engine_new ();
  g_autoptr (SimditDram) dram = NULL;
  SimditDramSpec spec = timing_spec (config, machine);
  g_autoptr (GError) error = NULL;
  SimditClock clock;

  simdit_clock_init (&clock, machine->clock_fs);
  dram = simdit_dram_new (&spec, engine, &clock);
  for (guint i = 0; i < n; i++)
    {
      clients[i].dram = dram;
      simdit_event_init (&clients[i].transfer.done, "done", SIMDIT_PHASE_DELIVER, on_done);
      simdit_event_init (&clients[i].begin, "begin", SIMDIT_PHASE_DECIDE, on_begin);
      simdit_engine_schedule (engine, &clients[i].begin, clients[i].start * machine->clock_fs);
    }
  g_assert_cmpint (simdit_engine_run (engine, UINT64_MAX, &error), ==, SIMDIT_STOP_IDLE);
  g_assert_no_error (error);
  for (guint i = 0; i < n; i++)
    g_assert_cmpuint (clients[i].moved_bits, ==, clients[i].transfer.bits);
  dram->ops->report (dram, report);
}

/* A request of one cycle's width: offered at the first memory edge after the start, then ACT one
 * clock later, RD after tRCD, data after CL and the burst; the port takes it at its next edge. */
static void
test_clock_crossing (void)
{
  g_autoptr (SimditDramConfig) config = load_dram ("ddr4-2400", NULL);
  const uint64_t periods[] = { 1000000, 800000, 833000, 300, 7 * 833000 };

  for (guint i = 0; i < G_N_ELEMENTS (periods); i++)
    for (uint64_t start = 0; start < 12; start++)
      {
        SimditMachine machine = plain_machine (periods[i]);
        Client client = make_client (1, start, SIMDIT_LOAD, 0, 512, 512);
        uint64_t edge = start * periods[i] / MEMORY_FS + 1; /* the first after the start */
        uint64_t data = (edge + 1 + 16 + 16 + 4) * MEMORY_FS, cycle;
        SimditDramReport report;

        run_clients (config, &machine, &client, 1, &report);
        cycle = (data + periods[i] - 1) / periods[i];
        g_assert_cmpuint (client.end, ==, cycle + 1);
        g_assert_cmpuint (report.requests[SIMDIT_OPERAND_IFMAP][SIMDIT_DRAM_MISS], ==, 1);
      }
}

/* A store is done in the cycle after the memory has taken its last request, which is offered at
 * the edge after its data have passed the port. */
static void
test_posted_store (void)
{
  g_autoptr (SimditDramConfig) config = load_dram ("ddr4-2400", NULL);
  SimditMachine machine = plain_machine (1000000);
  Client client = make_client (2, 5, SIMDIT_STORE, 4096, 512, 128);
  SimditDramReport report;

  run_clients (config, &machine, &client, 1, &report);
  /* data have passed at cycle 9 = 9 000 000 fs; edge 11 = 9 163 000 fs; cycle 10 */
  g_assert_cmpuint (client.end, ==, 10);
  g_assert_cmpuint (report.commands[SIMDIT_DRAM_WR], ==, 1); /* drains by itself */
}

/* Blocks: those that a misaligned run touches; a block that two runs share once. */
static void
test_blocks (void)
{
  g_autoptr (SimditDramConfig) config = load_dram ("ddr4-2400", NULL);
  SimditMachine machine = plain_machine (1000000);
  Client client = make_client (1, 0, SIMDIT_LOAD, 60, 8 * 8, 64);
  SimditDramReport report;

  run_clients (config, &machine, &client, 1, &report);
  g_assert_cmpuint (report.commands[SIMDIT_DRAM_RD], ==, 2); /* bytes 60 to 67 */
  client = make_client (1, 0, SIMDIT_LOAD, 0, 10 * 8 * 8, 64);
  client.transfer.walk = (SimditTileWalk){ .bits = 10 * 8 * 8,
                                           .run_bits = 8 * 8,
                                           .left = 10,
                                           .n_levels = 1,
                                           .levels = { { 10, 0, 20 * 8 } } };
  run_clients (config, &machine, &client, 1, &report);
  g_assert_cmpuint (report.commands[SIMDIT_DRAM_RD], ==, 3); /* 8 of every 20 bytes up to 188 */
}

/* Nothing of the tile is real: the port is occupied, the memory is not. */
static void
test_padding_only (void)
{
  g_autoptr (SimditDramConfig) config = load_dram ("ddr4-2400", NULL);
  SimditMachine machine = plain_machine (1000000);
  Client client = make_client (1, 3, SIMDIT_LOAD, 0, 1000, 64);
  SimditDramReport report;

  client.transfer.walk = (SimditTileWalk){ .bits = 0 };
  run_clients (config, &machine, &client, 1, &report);
  g_assert_cmpuint (client.end, ==, 3 + 16);
  g_assert_cmpuint (client.parts, ==, 1);
  g_assert_cmpuint (report.commands[SIMDIT_DRAM_RD], ==, 0);
}

/* One burst of one request at a time: the next is offered when its data have passed. */
static void
test_outstanding (void)
{
  g_autoptr (SimditDramConfig) config = load_dram ("ddr4-2400", NULL);
  SimditMachine machine = plain_machine (MEMORY_FS);
  Client one = make_client (1, 0, SIMDIT_LOAD, 0, 4 * 512, 512), many = one;
  SimditDramReport report;

  machine.axi_burst_bytes = 64;
  machine.axi_outstanding = 1;
  run_clients (config, &machine, &one, 1, &report);
  /* a miss of 37 clocks after edge 1, then hits in another group: offered at the edge after the
   * data have passed (a clock), 1 + CL + 4 clocks */
  g_assert_cmpuint (one.end, ==, 1 + 37 + 1 + 3 * (1 + 37 + 1));
  machine.axi_outstanding = 16;
  run_clients (config, &machine, &many, 1, &report);
  g_assert_cmpuint (many.end, <, one.end / 2);
}

/* ---- the arbiter ---- */

static void
run_two_ports (SimditMachine *machine, Client *clients)
{
  g_autoptr (SimditDramConfig) config = load_dram ("ddr4-2400", NULL);
  SimditDramReport report;

  clients[0] = make_client (0, 0, SIMDIT_LOAD, 0, 512 * 512, 4096);
  clients[1] = make_client (1, 0, SIMDIT_LOAD, 1 << 24, 512 * 512, 4096);
  run_clients (config, machine, clients, 2, &report);
}

static void
test_arbiter (void)
{
  SimditMachine machine = plain_machine (MEMORY_FS);
  Client fair[2], weighted[2], strict[2];

  run_two_ports (&machine, fair);
  g_assert_cmpuint (MAX (fair[0].end, fair[1].end) - MIN (fair[0].end, fair[1].end), <,
                    fair[0].end / 20);
  machine.arbiter = SIMDIT_ARBITER_WEIGHTED;
  machine.ibuf_weight = 3; /* has 3/4 of it until it is done at 2/3 */
  run_two_ports (&machine, weighted);
  g_assert_cmpuint (weighted[1].end, >, weighted[0].end * 60 / 100);
  g_assert_cmpuint (weighted[1].end, <, weighted[0].end * 75 / 100);
  machine.arbiter = SIMDIT_ARBITER_PRIORITY;
  run_two_ports (&machine, strict);
  g_assert_cmpuint (strict[1].end, <, strict[0].end * 60 / 100);
}

/* ---- programs ---- */

static const char *const operations[] = { "conv",      "gemm",    "elem_add",
                                          "max_pool",  "softmax", "batchnorm_grad_x_mu",
                                          "adam_decay" };

/* What the operands' tiles touch, one by one: runs and their blocks in order. */
static uint64_t
count_blocks (const SimditProgram *program, uint64_t block_bits)
{
  uint64_t n = 0;

  for (guint i = 0; i < program->n_streams; i++)
    {
      const SimditStream *stream = &program->streams[i];
      SimditCursor at;

      simdit_cursor_init (&at, program, stream);
      while (at.step < program->n_steps)
        {
          bool final = simdit_cursor_is_final (&at, stream->reduction);
          uint64_t last = UINT64_MAX;
          SimditTileWalk walk;

          simdit_tile_walk_init (&walk, program, stream, &at,
                                 simdit_program_dram_width (program, stream->row, final));
          while (walk.left > 0)
            {
              uint64_t run = simdit_tile_walk_next (&walk);

              for (uint64_t b = run / block_bits; b <= (run + walk.run_bits - 1) / block_bits; b++)
                {
                  n += b != last;
                  last = b;
                }
            }
          simdit_cursor_next (&at, program, stream);
        }
    }
  return n;
}

static uint64_t
sum_requests (const SimditDramReport *report)
{
  uint64_t n = 0;

  for (guint o = 0; o < SIMDIT_N_OPERANDS; o++)
    for (guint i = 0; i < SIMDIT_DRAM_N_OUTCOMES; i++)
      n += report->requests[o][i];
  return n;
}

static SimditMachine
random_port_machine (uint64_t clock_fs)
{
  SimditMachine machine = random_machine ();

  machine.clock_fs = clock_fs;
  machine.axi_burst_bytes = UINT64_C (1) << g_test_rand_int_range (0, 13);
  machine.axi_outstanding = random_to (8);
  machine.arbiter = (SimditArbiter) g_test_rand_int_range (0, 3);
  machine.param_weight = random_to (4);
  machine.ibuf_weight = random_to (4);
  machine.obuf_weight = random_to (4);
  machine.simd_weight = random_to (4);
  return machine;
}

/* Each cycle of a wait for data is in one state of the memory. */
static void
check_memory_stalls (const SimditProgramReport *report)
{
  for (guint i = 0; i < SIMDIT_N_STALLS; i++)
    {
      uint64_t sum = 0;

      for (guint s = 0; s < SIMDIT_N_MEMORY_STATES; s++)
        sum += report->memory_stalls[i][s];
      g_assert_cmpuint (sum, ==, report->stall_cycles[i]);
    }
}

static void
check_conservation (const SimditProgram *program, const SimditProgramReport *report,
                    const ActivityLog *log, const SimditDramConfig *config, uint64_t clock_fs)
{
  uint64_t n = sum_requests (&report->dram), columns;

  g_assert_cmpuint (n, ==, count_blocks (program, config->request_bytes * 8));
  columns = report->dram.commands[SIMDIT_DRAM_RD] + report->dram.commands[SIMDIT_DRAM_WR]
            + report->dram.commands[SIMDIT_DRAM_RDA] + report->dram.commands[SIMDIT_DRAM_WRA];
  for (guint o = 0; o < SIMDIT_N_OPERANDS; o++)
    n -= report->dram.requests[o][SIMDIT_DRAM_QUEUED];
  g_assert_cmpuint (n, ==, columns);
  check_memory_stalls (report);
  check_account (program, report, log);
  /* never faster than the data bus */
  g_assert_cmpuint (report->end_cycle * clock_fs, >=,
                    columns / config->channels * config->timing.times[SIMDIT_DRAM_T_BURST]
                        * config->clock_fs);
}

static void
check_program (const SimditDramConfig *config, const char *operation)
{
  static const SimditDiscipline disciplines[] = { SIMDIT_DISCIPLINE_LOCKSTEP,
                                                  SIMDIT_DISCIPLINE_DECOUPLED,
                                                  SIMDIT_DISCIPLINE_SERIAL };
  uint64_t clock_fs = 1 + (uint64_t) g_test_rand_int_range (0, 3000000);
  SimditMachine machine = random_port_machine (clock_fs);
  SimditProgram program = random_program (operation, false);
  SimditDramSpec spec = timing_spec (config, &machine);

  place_randomly (&program);
  for (guint i = 0; i < 3; i++)
    {
      SimditProgramReport report, ideal;
      ActivityLog log, shuffled;

      if (i == 2 && simdit_operator_is_systolic (program.op))
        break;
      program.discipline = disciplines[i];
      report = run_program_on (&spec, &machine, &program, 0, &log);
      check_conservation (&program, &report, &log, config, clock_fs);
      run_program_on (&spec, &machine, &program, 1 + (guint) g_test_rand_int_range (0, 1 << 20),
                      &shuffled);
      g_assert_cmpmem (log.track_hash, sizeof log.track_hash, shuffled.track_hash,
                       sizeof shuffled.track_hash);
      ideal = run_program (&machine, &program, 0, &log);
      g_assert_cmpuint (report.compute_cycles, ==, ideal.compute_cycles);
      g_assert_cmpmem (report.dram_bits, sizeof report.dram_bits, ideal.dram_bits,
                       sizeof ideal.dram_bits);
      if (program.discipline != SIMDIT_DISCIPLINE_DECOUPLED) /* in order: never faster */
        g_assert_cmpuint (report.end_cycle, >=, ideal.end_cycle);
    }
}

static void
test_random_programs (void)
{
  static const char *const memories[][2] = {
    { "ddr4-2400", NULL },
    { "ddr4-3200", "channels=2,sched=rowhit,ranks=2" },
    { "hbm2", "channels=8,rq=8,wq=8" },
    { "lpddr4-3200", "page=closed" },
  };

  for (guint m = 0; m < G_N_ELEMENTS (memories); m++)
    {
      g_autoptr (SimditDramConfig) config = load_dram (memories[m][0], memories[m][1]);

      for (guint i = 0; i < 70; i++)
        check_program (config, operations[i % G_N_ELEMENTS (operations)]);
    }
}

/* A memory that answers within a cycle costs each transfer at most a cycle: less than a burst. */
static void
test_fast_memory (void)
{
  g_autoptr (SimditDramConfig) config = load_dram ("ddr4-2400", FASTEST);

  for (guint i = 0; i < 400; i++)
    {
      SimditMachine machine = random_port_machine (UINT64_C (1000) * MEMORY_FS);
      SimditProgram program = random_program (operations[i % G_N_ELEMENTS (operations)], false);
      SimditDramSpec spec = timing_spec (config, &machine);
      SimditProgramReport report, ideal;
      ActivityLog log;

      machine.axi_outstanding = 256;
      machine.axi_burst_bytes = 4096;
      place_randomly (&program);
      program.discipline = i % 2 == 0 ? SIMDIT_DISCIPLINE_LOCKSTEP : SIMDIT_DISCIPLINE_DECOUPLED;
      report = run_program_on (&spec, &machine, &program, 0, &log);
      ideal = run_program (&machine, &program, 0, &log);
      g_assert_cmpuint (report.end_cycle, >=, ideal.end_cycle);
      g_assert_cmpuint (report.end_cycle, <=, ideal.end_cycle + log.n_loads + log.n_stores + 1);
    }
}

/* On a channel shared by all ports, too. */
static void
test_shared_stalls (void)
{
  for (guint i = 0; i < 100; i++)
    {
      SimditMachine machine = random_machine ();
      SimditProgram program = random_program (operations[i % G_N_ELEMENTS (operations)], false);
      g_autofree char *dram = g_strdup_printf ("shared:width=%u,latency=%u",
                                               (guint) random_to (400), (guint) random_to (9) - 1);
      SimditProgramReport report;
      ActivityLog log;

      machine.dram = dram;
      program.discipline = i % 2 == 0 ? SIMDIT_DISCIPLINE_LOCKSTEP : SIMDIT_DISCIPLINE_DECOUPLED;
      report = run_program (&machine, &program, 0, &log);
      check_memory_stalls (&report);
    }
}

/* One load of four requests of an open row, each offered when the data of the one before have
 * passed: the port's cycles, one by one (the memory's clock is the port's). */
static void
test_waits (void)
{
  g_autoptr (SimditDramConfig) config = load_dram ("ddr4-2400", NULL);
  SimditMachine machine = plain_machine (MEMORY_FS);
  Client client = make_client (1, 0, SIMDIT_LOAD, 0, 4 * 512, 512);
  SimditDramReport report;

  machine.axi_burst_bytes = 64;
  machine.axi_outstanding = 1;
  run_clients (config, &machine, &client, 1, &report);
  g_assert_cmpuint (client.waits[SIMDIT_DRAM_WAIT_LATENCY], ==, 4 * (16 + 4));
  g_assert_cmpuint (client.waits[SIMDIT_DRAM_WAIT_MISS], ==, 4 * 16); /* a bank group each */
  g_assert_cmpuint (client.waits[SIMDIT_DRAM_WAIT_QUEUE], ==, 4);     /* to the edge after */
  g_assert_cmpuint (client.waits[SIMDIT_DRAM_WAIT_BUS + 1], ==, 3);
  g_assert_cmpuint (client.waits[SIMDIT_DRAM_WAIT_BUS], ==, 1); /* before anybody: port 0 */
  g_assert_cmpuint (client.parts, ==, 4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/memory/clock-crossing", test_clock_crossing);
  g_test_add_func ("/memory/posted-store", test_posted_store);
  g_test_add_func ("/memory/blocks", test_blocks);
  g_test_add_func ("/memory/padding-only", test_padding_only);
  g_test_add_func ("/memory/outstanding", test_outstanding);
  g_test_add_func ("/memory/arbiter", test_arbiter);
  g_test_add_func ("/memory/waits", test_waits);
  g_test_add_func ("/memory/shared-stalls", test_shared_stalls);
  g_test_add_func ("/memory/random-programs", test_random_programs);
  g_test_add_func ("/memory/fast-memory", test_fast_memory);
  return g_test_run ();
}
