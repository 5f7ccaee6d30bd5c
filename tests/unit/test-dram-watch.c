/* What is recorded of DRAM's channels, cycle by cycle, against counts and depths kept per cycle. */
#include "hw/dram/watch.h"

#define N_CYCLES 4000
#define N_CHANNELS 2
#define N_COUNTERS 7 /* of a channel: ACT, PRE, RD, WR, REF, both queues */
#define FIRST 5      /* of tracks and counters */

typedef struct
{
  SimditShapeBook *book;
  uint64_t recorded[N_CHANNELS * N_COUNTERS][N_CYCLES];
  uint64_t expected[N_CHANNELS * N_COUNTERS][N_CYCLES];
  uint64_t ends[N_CHANNELS * 3]; /* of the last activity of each track */
} Test;

static void
on_activity (void *data, guint track, uint64_t start, uint32_t number)
{
  Test *test = data;
  const SimditShape *shape = simdit_shape_book_get (test->book, number);

  g_assert_cmpuint (start, >=, test->ends[track - FIRST]);
  test->ends[track - FIRST] = start + shape->duration;
  g_assert_cmpuint (start + shape->duration, <=, N_CYCLES);
  for (uint64_t i = 0; i < shape->n_terms; i++)
    {
      const SimditShapeTerm *term = simdit_shape_book_terms (test->book) + shape->first_term + i;

      simdit_shape_term_expand (term, 0, N_CYCLES - start,
                                test->recorded[term->counter - FIRST] + start);
    }
}

static const guint counter_of[SIMDIT_DRAM_N_COMMANDS] = {
  [SIMDIT_DRAM_ACT] = 0, [SIMDIT_DRAM_PRE] = 1, [SIMDIT_DRAM_PREA] = 1,
  [SIMDIT_DRAM_RD] = 2,  [SIMDIT_DRAM_RDA] = 2, [SIMDIT_DRAM_WR] = 3,
  [SIMDIT_DRAM_WRA] = 3, [SIMDIT_DRAM_REF] = 4, [SIMDIT_DRAM_REFPB] = 4,
};

/* Commands and changes of queues at random edges of a clock of @memory_fs; @from, @to: recorded. */
static void
check (SimditTick memory_fs, uint64_t from, uint64_t to)
{
  g_autoptr (SimditShapeBook) book = simdit_shape_book_new (true);
  g_autofree Test *test = g_new0 (Test, 1);
  SimditDramWatchConfig config = { .sink = { on_activity, test },
                                   .book = book,
                                   .first_track = FIRST,
                                   .first_counter = FIRST,
                                   .from = from,
                                   .to = to };
  SimditDramWatch *watch = simdit_dram_watch_new (&config, N_CHANNELS, memory_fs, 1000);
  uint32_t depths[N_CHANNELS][2] = { { 0 } };
  uint64_t done = 0; /* cycles that are over */

  test->book = book;
  for (uint64_t clock = 0; clock * memory_fs < (N_CYCLES - 1) * UINT64_C (1000); clock++)
    {
      uint64_t cycle = clock * memory_fs / 1000;
      uint64_t before = (clock - (clock > 0)) * memory_fs / 1000; /* the last edge's */
      bool is_idle = clock % 512 > 400;

      for (; done < cycle; done++)
        for (guint q = 0; q < N_CHANNELS * 2; q++)
          test->expected[q / 2 * N_COUNTERS + 5 + q % 2][done] = depths[q / 2][q % 2];
      if (before < cycle && g_test_rand_int_range (0, 100) == 0)
        simdit_dram_watch_flush (watch, cycle);
      for (guint c = 0; c < N_CHANNELS && !is_idle; c++)
        {
          guint command = (guint) g_test_rand_int_range (0, SIMDIT_DRAM_N_COMMANDS);
          guint write = (guint) g_test_rand_int_range (0, 2);

          if (g_test_rand_int_range (0, 3) > 0)
            {
              bool more = simdit_dram_watch_issue (watch, c, (SimditDramCommand) command, clock);

              g_assert_true (more == (cycle < to));
              test->expected[c * N_COUNTERS + counter_of[command]][cycle]++;
            }
          if (g_test_rand_int_range (0, 2) > 0)
            {
              depths[c][write] = (uint32_t) g_test_rand_int_range (0, 4);
              simdit_dram_watch_queue (watch, c, write, depths[c][write], clock);
            }
        }
    }
  simdit_dram_watch_flush (watch, done);
  simdit_dram_watch_free (watch);
  for (guint i = 0; i < N_CHANNELS * N_COUNTERS; i++)
    for (uint64_t cycle = 0; cycle < done; cycle++)
      g_assert_cmpuint (test->recorded[i][cycle], ==,
                        cycle >= from && cycle < to ? test->expected[i][cycle] : 0);
}

static void
test_cycles (void)
{
  static const SimditTick periods[] = { 1000, 833, 625, 416, 1250, 3000, 90 };

  for (guint i = 0; i < G_N_ELEMENTS (periods); i++)
    {
      check (periods[i], 0, UINT64_MAX);
      check (periods[i], 700, 1900);
      check (periods[i], 901, 902);
    }
}

static void
test_names (void)
{
  g_autoptr (GPtrArray) tracks = g_ptr_array_new ();
  g_autoptr (GArray) counters = g_array_new (FALSE, FALSE, sizeof (SimditCounterInfo));
  GStringChunk *texts = g_string_chunk_new (64);

  simdit_dram_watch_describe (N_CHANNELS, tracks, counters, texts);
  g_assert_cmpuint (tracks->len, ==, N_CHANNELS * 3);
  g_assert_cmpuint (counters->len, ==, N_CHANNELS * N_COUNTERS);
  g_assert_cmpstr (tracks->pdata[3], ==, "dram1");
  g_assert_cmpstr (tracks->pdata[5], ==, "dram1_write_queue");
  g_assert_cmpstr (g_array_index (counters, SimditCounterInfo, 9).name, ==, "dram1.rd");
  g_assert_cmpstr (g_array_index (counters, SimditCounterInfo, 12).name, ==, "dram1.read_queue");
  g_string_chunk_free (texts);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dram-watch/cycles", test_cycles);
  g_test_add_func ("/dram-watch/names", test_names);
  return g_test_run ();
}
