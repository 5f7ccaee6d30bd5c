/*
 * Requests per second of the timing DRAM model, from requests in memory: sequential, four regions
 * with two reads for a write, random; all as fast as they go. An idle stream shows what waiting
 * costs.
 */
#include "sim/replay.h"

#include <stdio.h>
#include <time.h>

#define N 400000
#define ROUNDS 5

typedef void (*Fill) (SimditReplayRequest *requests, guint32 n);

static void
fill_sequential (SimditReplayRequest *requests, guint32 n)
{
  for (guint32 i = 0; i < n; i++)
    requests[i] = (SimditReplayRequest){ .address = (uint64_t) i * 64 };
}

/* Chunks of 16: weights, ifmap and psums read, psums and ofmap written. */
static void
fill_regions (SimditReplayRequest *requests, guint32 n)
{
  static const struct
  {
    guint region, chunk;
    bool write;
  } phases[] = {
    { 0, 24, false }, { 1, 24, false }, { 2, 16, false }, { 3, 16, true }, { 4, 16, true }
  };
  uint64_t next[G_N_ELEMENTS (phases)] = { 0 };

  for (guint32 i = 0, p = 0; i < n; p = (p + 1) % G_N_ELEMENTS (phases))
    for (guint k = 0; k < phases[p].chunk && i < n; k++)
      requests[i++] = (SimditReplayRequest){
        .address = ((uint64_t) phases[p].region << 26) + phases[p].region * 9 * 8192
                   + next[p]++ * 64,
        .write = phases[p].write,
      };
}

static void
fill_random (SimditReplayRequest *requests, guint32 n)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);

  for (guint32 i = 0; i < n; i++)
    requests[i] = (SimditReplayRequest){ .address = (uint64_t) g_rand_int_range (rand, 0, 1 << 24)
                                                    * 64 };
}

static void
fill_idle (SimditReplayRequest *requests, guint32 n)
{
  fill_random (requests, n);
  for (guint32 i = 0; i < n; i++)
    requests[i].arrival = (uint64_t) i * 1000;
}

static void
measure (const SimditDramConfig *config, const char *name, Fill fill)
{
  g_autofree SimditReplayRequest *requests = g_new (SimditReplayRequest, N);
  SimditReplaySummary summary;
  double us;
  clock_t best = 0; /* CPU time: other processes do not count */

  for (guint i = 0; i < ROUNDS; i++)
    {
      clock_t start, time;

      fill (requests, N);
      start = clock ();
      if (!simdit_replay (config, requests, N, NULL, NULL, &summary, NULL))
        g_error ("the replay failed");
      time = clock () - start;
      best = i == 0 ? time : MIN (best, time);
    }
  us = (double) best * 1e6 / CLOCKS_PER_SEC;
  printf ("%-11s %-11s %6.2f M requests/s %8.1f M clocks/s %5.2f events/request\n",
          simdit_dram_config_get_name (config), name, (double) N / us, (double) summary.end / us,
          (double) summary.events / N);
}

int
main (int argc, char **argv)
{
  for (int i = 1; i < argc; i++)
    {
      g_autoptr (SimditDramConfig) config = simdit_dram_config_load (argv[i], NULL, NULL);

      if (config == NULL)
        g_error ("%s: cannot be loaded", argv[i]);
      measure (config, "sequential", fill_sequential);
      measure (config, "regions", fill_regions);
      measure (config, "random", fill_random);
      measure (config, "idle", fill_idle);
    }
  return 0;
}
