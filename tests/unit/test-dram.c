/* The timing DRAM model piece by piece: address maps, queues, refreshes, channels. */
#include "helpers/programs.h"
#include "sim/replay.h"
#include "unit/expect.h"

#include <glib/gstdio.h>

#define R(clock, place)                                                                            \
  {                                                                                                \
    .arrival = (clock), .address = (place)                                                         \
  }
#define W(clock, place)                                                                            \
  {                                                                                                \
    .arrival = (clock), .address = (place), .write = true                                          \
  }

static const char *const presets[] = { "ddr4-2400",   "ddr4-3200", "lpddr4-3200",
                                       "lpddr4-2400", "hbm2",      "hbm2-2400",
                                       "hbm2-x128",   "ddr5-4800", "lpddr5-6400" };

static char *
path_of (const char *name)
{
  g_autofree char *file = g_strdup_printf ("%s.json", name);

  return g_test_build_filename (G_TEST_DIST, "..", "hwdefs", "dram", file, NULL);
}

static SimditReplaySummary
replay (const SimditDramConfig *config, SimditReplayRequest *requests, guint n)
{
  SimditReplaySummary summary;
  GError *error = NULL;

  simdit_replay (config, requests, n, NULL, NULL, &summary, &error);
  g_assert_no_error (error);
  return summary;
}

static void
test_map (void)
{
  SimditDramMap map;
  g_autofree char *why = NULL;
  SimditDramPlace place;

  g_assert_true (simdit_dram_map_parse (&map, "ro16-co5-ra1-ba2-bg2-co2-ch1", 6, &why));
  /* row 5, column 0b10110_01, rank 1, bank 2, group 3, channel 1, offset 63 */
  place = simdit_dram_map_find (
      &map, ((((((((UINT64_C (5) << 5 | 22) << 1 | 1) << 2 | 2) << 2 | 3) << 2 | 1) << 1) | 1) << 6)
                | 63);
  g_assert_cmpuint (place.row, ==, 5);
  g_assert_cmpuint (place.column, ==, 22 * 4 + 1);
  g_assert_cmpuint (place.bank, ==, (1 * 4 + 3) * 4 + 2);
  g_assert_cmpuint (place.channel, ==, 1);
  place = simdit_dram_map_find (&map, UINT64_C (1) << 35); /* beyond the map */
  g_assert_cmpuint (place.row + place.column + place.bank + place.channel, ==, 0);
}

static void
test_bad_maps (void)
{
  static const char *const bad[] = { "",         "ro",   "ro16-",     "xx3",          "ro-1",
                                     "ro16 ba2", "ro31", "ro16-ro16", "ro30-co30-bg4" };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *why = NULL;
      SimditDramMap map;

      g_assert_false (simdit_dram_map_parse (&map, bad[i], 6, &why));
      g_assert_nonnull (strstr (why, "expected"));
    }
}

static void
test_bad_config (void)
{
  static const struct
  {
    const char *overrides, *message;
  } bad[] = {
    { "rq=0", "rq: expected an integer from 1 to 1024, got \"0\"" },
    { "rq", "expected key=value, got \"rq\"" },
    { "qr=3", "unknown key \"qr\"; did you mean \"rq\"?" },
    { "sched=fifo", "sched: expected frfcfs or rowhit, got \"fifo\"" },
    { "page=shut", "page: expected open or closed, got \"shut\"" },
    { "refresh=all", "refresh: expected rank or bank, got \"all\"" },
    { "refresh=bank", "$.timing: refresh=bank needs a value of tRFCpb (REFpb to ACT of its bank)" },
    { "refresh=bank,tRFCpb=150,tRREFD=5", "refresh=bank needs a value of tREFIpb" },
    { "refresh=bank,tRFCpb=150,tRREFD=5,tREFIpb=221",
      "$.timing.tREFIpb: expected more than the 221 clocks of a bank's refresh" },
    { "ranks=3", "ranks: expected a power of two, got 3" },
    { "ranks=8", "expected at most 64 banks in a channel" },
    { "write_low=80", "expected write_low below write_high" },
    { "tREFI=400", "expected 0 or more than the" },
    { "tACT=2", "expected 1 with one command bus, got 2" },
    { "map=ro16-ba2-co7", "expected 2 bits of \"bg\" (groups: 4), got 0" },
    { "map=ro16-ra1-ba2-co7-bg2,ranks=4", "expected 2 bits of \"ra\" (ranks: 4), got 1" },
    { "map=rows", "map: expected fields such as ro16" },
  };
  g_autofree char *path = path_of ("ddr4-2400");

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      GError *error = NULL;

      g_assert_null (simdit_dram_config_load (path, bad[i].overrides, &error));
      expect_error (&error, SIMDIT_ERROR_INVALID, bad[i].message);
    }
}

/* Ranks and channels find their place in the map; a map says how many there are. */
static void
test_completed_map (void)
{
  g_autoptr (SimditDramConfig) plain = load_dram ("ddr4-2400", "ranks=2,channels=4");
  g_autoptr (SimditDramConfig) mapped = load_dram ("ddr4-2400", "map=ro16-ra1-ba2-co7-bg2-ch2");

  g_assert_cmpstr (plain->map_text, ==, "ro16-ra1-ba2-co7-bg2-ch2");
  g_assert_cmpuint (mapped->ranks, ==, 2);
  g_assert_cmpuint (mapped->channels, ==, 4);
}

/* DDR4-2400: taken at 10, ACT at 11, RD at 27, first datum at 43, last before 47. */
static void
test_one_read (void)
{
  g_autoptr (SimditDramConfig) config = load_dram ("ddr4-2400", NULL);
  SimditReplayRequest requests[] = { R (10, 0) };
  SimditReplaySummary summary = replay (config, requests, 1);

  g_assert_cmpuint (requests[0].accepted, ==, 10);
  g_assert_cmpuint (requests[0].completed, ==, 47);
  g_assert_cmpuint (summary.end, ==, 47);
  g_assert_cmpuint (summary.counts.outcomes[SIMDIT_DRAM_MISS], ==, 1);
}

/* A write alone must not wait for others. */
static void
test_lone_write (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (presets); i++)
    {
      g_autoptr (SimditDramConfig) config = load_dram (presets[i], NULL);
      SimditReplayRequest requests[] = { R (1, 0), W (2, 1 << 20) };
      SimditReplaySummary summary = replay (config, requests, 2);

      g_assert_cmpuint (summary.counts.commands[SIMDIT_DRAM_WR], ==, 1);
      g_assert_cmpuint (requests[1].completed, <, 200);
    }
}

static void
test_forwarding (void)
{
  g_autoptr (SimditDramConfig) config = load_dram ("ddr4-2400", NULL);
  /* The first write is opened when it is read; the second one still lies in the queue. */
  SimditReplayRequest requests[] = { W (5, 0),       W (6, 1 << 20), W (7, 1 << 20),
                                     R (8, 1 << 20), R (9, 0),       R (10, 64) };
  SimditReplaySummary summary = replay (config, requests, G_N_ELEMENTS (requests));

  g_assert_cmpuint (summary.counts.merged, ==, 1);
  g_assert_cmpuint (summary.counts.forwarded, ==, 2);
  g_assert_cmpuint (requests[2].completed, ==, 8);
  g_assert_cmpuint (requests[3].completed, ==, 9);
  g_assert_cmpuint (requests[4].completed, ==, 10);
  g_assert_cmpuint (summary.counts.commands[SIMDIT_DRAM_RD], ==, 1);
  g_assert_cmpuint (summary.counts.commands[SIMDIT_DRAM_WR], ==, 2);
}

/* Reads and writes of a few addresses, in every preset, with tiny and large queues. */
static void
test_same_addresses (void)
{
  static const char *const variants[] = { "rq=1,wq=1", "rq=2,wq=3,page=closed", "ranks=2",
                                          "sched=rowhit,cap=2", "cap=1" };

  for (guint i = 0; i < G_N_ELEMENTS (presets); i++)
    for (guint v = 0; v < G_N_ELEMENTS (variants); v++)
      {
        g_autoptr (SimditDramConfig) config = load_dram (presets[i], variants[v]);
        SimditReplayRequest requests[3000];
        uint64_t writes = 0;
        SimditReplaySummary summary;

        for (guint n = 0; n < G_N_ELEMENTS (requests); n++)
          {
            requests[n] = (SimditReplayRequest){
              .address = (uint64_t) g_test_rand_int_range (0, 8) << g_test_rand_int_range (5, 24),
              .write = g_test_rand_int_range (0, 2) == 1,
            };
            writes += requests[n].write;
          }
        summary = replay (config, requests, G_N_ELEMENTS (requests));
        for (guint n = 0; n < G_N_ELEMENTS (requests); n++)
          g_assert_cmpuint (requests[n].completed, >, requests[n].accepted);
        g_assert_cmpuint (summary.counts.commands[SIMDIT_DRAM_WR]
                              + summary.counts.commands[SIMDIT_DRAM_WRA] + summary.counts.merged,
                          ==, writes);
        g_assert_cmpuint (summary.counts.commands[SIMDIT_DRAM_RD]
                              + summary.counts.commands[SIMDIT_DRAM_RDA] + summary.counts.forwarded,
                          ==, G_N_ELEMENTS (requests) - writes);
        g_assert_cmpuint (summary.counts.outcomes[SIMDIT_DRAM_HIT]
                              + summary.counts.outcomes[SIMDIT_DRAM_MISS]
                              + summary.counts.outcomes[SIMDIT_DRAM_CONFLICT]
                              + summary.counts.forwarded + summary.counts.merged,
                          ==, G_N_ELEMENTS (requests));
      }
}

static void
count_refreshes (void *data, guint channel, const SimditDramIssue *issue)
{
  uint64_t *n = data;

  (void) channel;
  *n += issue->command == SIMDIT_DRAM_REF || issue->command == SIMDIT_DRAM_REFPB;
}

static const struct
{
  const char *preset, *overrides;
} idlers[] = {
  { "ddr4-2400", NULL },
  { "ddr4-3200", "ranks=2" },
  { "lpddr4-3200", NULL },
  { "lpddr4-2400", "ranks=2" },
  { "hbm2", NULL },
  { "hbm2-2400", "ranks=2" },
  { "hbm2-x128", NULL },
  { "hbm2", "refresh=bank" },
  { "hbm2", "ranks=4,refresh=bank" },
  { "lpddr4-3200", "refresh=bank" },
  { "lpddr5-6400", "refresh=bank" },
  { "ddr5-4800", "ranks=2" },
};

/* While nothing waits, time costs nothing; and what is skipped changes nothing. */
static void
test_idle (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (idlers); i++)
    for (guint64 gap = 1000; gap < UINT64_C (10000000000); gap = gap * 7 + 1)
      {
        g_autoptr (SimditDramConfig) config = load_dram (idlers[i].preset, idlers[i].overrides);
        bool banks = config->refresh == SIMDIT_DRAM_REFRESH_BANK;
        uint64_t interval = config->timing.times[banks ? SIMDIT_DRAM_T_REFIPB : SIMDIT_DRAM_T_REFI];
        guint command = banks ? SIMDIT_DRAM_REFPB : SIMDIT_DRAM_REF;
        uint64_t listed = 0;
        SimditReplayRequest requests[] = { R (1, 0), R (gap, 1 << 26), R (2 * gap, 0) };
        SimditReplayRequest again[] = { R (1, 0), R (gap, 1 << 26), R (2 * gap, 0) };
        SimditReplaySummary summary = replay (config, requests, 3), other;

        g_assert_cmpuint (summary.events, <, 30);
        g_assert_cmpuint (summary.counts.commands[command] + config->ranks, >=,
                          summary.end / interval * config->ranks);
        g_assert_cmpuint (summary.counts.commands[command], <=,
                          summary.end / interval * config->ranks);
        if (gap > 10000000)
          continue;
        g_assert_true (simdit_replay (config, again, 3, count_refreshes, &listed, &other, NULL));
        g_assert_cmpuint (listed, ==, summary.counts.commands[command]);
        for (guint n = 0; n < 3; n++)
          g_assert_cmpuint (requests[n].completed, ==, again[n].completed);
      }
}

typedef struct
{
  uint64_t n[16], interval;
} Turns;

/* Banks are refreshed in turn, one each interval; requests delay that, but never by a round. */
static void
check_turn (void *data, guint channel, const SimditDramIssue *issue)
{
  Turns *turns = data;
  uint64_t due = (turns->n[issue->bank] * 16 + issue->bank + 1) * turns->interval;

  (void) channel;
  g_assert_cmpuint (issue->command, !=, SIMDIT_DRAM_REF);
  g_assert_cmpuint (issue->command, !=, SIMDIT_DRAM_PREA);
  if (issue->command != SIMDIT_DRAM_REFPB)
    return;
  g_assert_cmpuint (issue->clock, >=, due);
  g_assert_cmpuint (issue->clock, <, due + 16 * turns->interval);
  turns->n[issue->bank]++;
}

static void
test_bank_turns (void)
{
  g_autoptr (SimditDramConfig) config = load_dram ("hbm2", "refresh=bank");
  SimditReplayRequest requests[20000];
  Turns turns = { { 0 }, config->timing.times[SIMDIT_DRAM_T_REFIPB] };
  SimditReplaySummary summary;

  for (guint n = 0; n < G_N_ELEMENTS (requests); n++)
    requests[n] = (SimditReplayRequest){
      .address = (uint64_t) g_test_rand_int_range (0, 1 << 20) * 32, .write = n % 3 == 0
    };
  g_assert_true (simdit_replay (config, requests, G_N_ELEMENTS (requests), check_turn, &turns,
                                &summary, NULL));
  for (guint b = 0; b < 16; b++)
    g_assert_cmpuint (turns.n[b], >, 10);
}

/* HBM2, idle: bank 0 is refreshed at 244. A request at 250 opens its row at 251, one of bank 0 not
 * before 244 + tRFCpb - 1 = 403; that of a whole rank at 3900 keeps all banks waiting. */
static void
test_bank_blocked (void)
{
  static const struct
  {
    const char *overrides;
    uint64_t arrival, address, end;
  } cases[] = {
    { "refresh=bank", 200, 0, 200 + 32 },
    { "refresh=bank", 250, 0, 403 + 31 },
    { "refresh=bank", 250, 1 << 12, 250 + 32 },
    { "refresh=bank", 245, 1 << 12, 244 + 7 + 31 }, /* tRREFD - 1 */
    { "refresh=bank", 494, 0, 494 + 32 },           /* it is the turn of bank 1 */
    { "refresh=bank", 494, 1 << 12, 488 + 159 + 31 },
    { "refresh=rank", 3906, 0, 3900 + 259 + 31 },
    { "refresh=rank", 3906, 1 << 12, 3900 + 259 + 31 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (SimditDramConfig) config = load_dram ("hbm2", cases[i].overrides);
      SimditReplayRequest requests[] = { R (cases[i].arrival, cases[i].address) };

      replay (config, requests, 1);
      g_assert_cmpuint (requests[0].completed, ==, cases[i].end);
    }
}

/* What refresh takes of a stream: of a whole rank tRFC in tREFI; of banks much less when the stream
 * goes on in others, and when it is in one, tRFCpb in a round and up to tRREFD for each other bank.
 */
static void
test_refresh_bandwidth (void)
{
  static const char *const overrides[] = { "tREFI=0", "refresh=rank", "refresh=bank" };
  const double rank_share = 260. / 3900, round = 16 * 244;
  double ends[2][3]; /* [1]: conflicts in a single bank */

  for (guint k = 0; k < 2; k++)
    for (guint i = 0; i < 3; i++)
      {
        g_autoptr (SimditDramConfig) config = load_dram ("hbm2", overrides[i]);
        g_autofree SimditReplayRequest *requests = g_new0 (SimditReplayRequest, 40000);

        for (guint n = 0; n < 40000; n++)
          requests[n].address = k == 0 ? n * UINT64_C (32) : (n % 64) * UINT64_C (16384);
        ends[k][i] = (double) replay (config, requests, 40000).end;
        g_test_message ("%u %s: %g", k, overrides[i], ends[k][i]);
      }
  for (guint k = 0; k < 2; k++)
    g_assert_cmpfloat_with_epsilon (1 - ends[k][0] / ends[k][1], rank_share, 0.01);
  g_assert_cmpfloat (1 - ends[0][0] / ends[0][2], <, rank_share / 2);
  g_assert_cmpfloat (1 - ends[1][0] / ends[1][2], >, 155 / round);
  g_assert_cmpfloat (1 - ends[1][0] / ends[1][2], <, (165 + 15 * 8) / round);
}

/* Each channel adds its bandwidth to a stream, until one offer per clock is too few. */
static void
test_channels (void)
{
  static const char *const overrides[] = { "channels=1", "channels=2", "channels=4" };
  uint64_t ends[G_N_ELEMENTS (overrides)];

  for (guint i = 0; i < G_N_ELEMENTS (overrides); i++)
    {
      g_autoptr (SimditDramConfig) config = load_dram ("ddr4-2400", overrides[i]);
      SimditReplayRequest requests[4000];

      for (guint n = 0; n < G_N_ELEMENTS (requests); n++)
        requests[n] = (SimditReplayRequest){ .address = n * 64 };
      ends[i] = replay (config, requests, G_N_ELEMENTS (requests)).end;
    }
  g_assert_cmpuint (ends[1] * 18, <, ends[0] * 10);
  g_assert_cmpuint (ends[2] * 30, <, ends[0] * 10);
}

/* With a closed page every access opens its row anew. */
static void
test_closed_page (void)
{
  g_autoptr (SimditDramConfig) config = load_dram ("ddr4-2400", "page=closed");
  SimditReplayRequest requests[100];
  SimditReplaySummary summary;

  for (guint n = 0; n < G_N_ELEMENTS (requests); n++)
    requests[n] = (SimditReplayRequest){ .address = n * 64, .write = n % 3 == 0 };
  summary = replay (config, requests, G_N_ELEMENTS (requests));
  g_assert_cmpuint (summary.counts.commands[SIMDIT_DRAM_ACT], ==, 100);
  g_assert_cmpuint (summary.counts.commands[SIMDIT_DRAM_RDA], ==, 66);
  g_assert_cmpuint (summary.counts.commands[SIMDIT_DRAM_PRE], ==, 0);
}

/* The whole definition as text gives the same memory again. */
static void
test_json_round_trip (void)
{
  g_autofree char *directory = g_dir_make_tmp ("simdit-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (directory, "again.json", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (presets); i++)
    {
      g_autoptr (SimditDramConfig)
          config = load_dram (presets[i], "channels=4,ranks=2,sched=rowhit,page=closed,tRP=17,rq=7,"
                                          "refresh=bank,tRFCpb=100,tREFIpb=1000,tRREFD=5");
      g_autofree char *text = simdit_dram_config_to_json (config), *again = NULL;
      g_autoptr (SimditDramConfig) copy = NULL;
      g_autoptr (GError) error = NULL;

      g_assert_true (g_file_set_contents (path, text, -1, NULL));
      copy = simdit_dram_config_load (path, NULL, &error);
      g_assert_no_error (error);
      again = simdit_dram_config_to_json (copy);
      g_assert_cmpstr (again, ==, text);
      g_assert_cmpmem (&copy->timing, sizeof copy->timing, &config->timing, sizeof config->timing);
    }
  g_remove (path);
  g_rmdir (directory);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dram/map", test_map);
  g_test_add_func ("/dram/bad-maps", test_bad_maps);
  g_test_add_func ("/dram/bad-config", test_bad_config);
  g_test_add_func ("/dram/completed-map", test_completed_map);
  g_test_add_func ("/dram/one-read", test_one_read);
  g_test_add_func ("/dram/lone-write", test_lone_write);
  g_test_add_func ("/dram/forwarding", test_forwarding);
  g_test_add_func ("/dram/same-addresses", test_same_addresses);
  g_test_add_func ("/dram/idle", test_idle);
  g_test_add_func ("/dram/bank-turns", test_bank_turns);
  g_test_add_func ("/dram/bank-blocked", test_bank_blocked);
  g_test_add_func ("/dram/refresh-bandwidth", test_refresh_bandwidth);
  g_test_add_func ("/dram/channels", test_channels);
  g_test_add_func ("/dram/closed-page", test_closed_page);
  g_test_add_func ("/dram/json-round-trip", test_json_round_trip);
  return g_test_run ();
}
