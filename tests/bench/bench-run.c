/*
 * Wall time and peak memory of runs, machine and network loaded:
 *
 *   bench-run MACHINE NETWORK OUTPUT [EXPANSION BATCH | DRAM]
 *
 * An empty OUTPUT writes no file; an EXPANSION (full, simdit) makes it a training iteration; DRAM
 * is a memory's file. Prints the best and the median of the repetitions.
 */
#include <simdit/simdit.h>

#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#define REPETITIONS 21

static int
compare (const void *a, const void *b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;

  return (x > y) - (x < y);
}

static SimditNetwork *
expand (SimditNetwork *forward, const char *expansion)
{
  SimditTrainingOptions options = SIMDIT_TRAINING_OPTIONS_INIT;
  g_autoptr (GError) error = NULL;
  SimditNetwork *network;

  if (g_str_equal (expansion, "simdit"))
    options.expansion = SIMDIT_EXPANSION_SIMDIT;
  network = simdit_network_expand_training (forward, &options, &error);
  if (network == NULL)
    g_error ("%s", error->message);
  simdit_network_free (forward);
  return network;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SimditMachine) machine = NULL;
  g_autoptr (SimditNetwork) network = NULL;
  g_autoptr (SimditDramConfig) memory = NULL;
  SimditRunOptions options = SIMDIT_RUN_OPTIONS_INIT;
  gint64 times[REPETITIONS];
  uint64_t events = 0;
  double cycles = 0;
  struct rusage usage;

  g_assert_true (argc >= 4 && argc <= 6);
  if ((machine = simdit_machine_load (argv[1], &error)) == NULL
      || (network = simdit_network_load (argv[2], &error)) == NULL)
    g_error ("%s", error->message);
  if (argc == 6)
    {
      network = expand (network, argv[4]);
      options.batch = g_ascii_strtoull (argv[5], NULL, 10);
    }
  if (argc == 5 && (memory = simdit_dram_config_load (argv[4], NULL, &error)) == NULL)
    g_error ("%s", error->message);
  options.memory = memory;
  options.output_path = argv[3][0] != '\0' ? argv[3] : NULL;
  for (guint i = 0; i < REPETITIONS; i++)
    {
      gint64 start = g_get_monotonic_time ();
      g_autoptr (SimditResult) result = simdit_simulate (machine, network, &options, &error);

      if (result == NULL)
        g_error ("%s", error->message);
      times[i] = g_get_monotonic_time () - start;
      cycles = simdit_result_get_cycles (result);
      events = simdit_result_get_events (result);
    }
  if (options.output_path != NULL)
    g_unlink (options.output_path);
  qsort (times, REPETITIONS, sizeof *times, compare);
  getrusage (RUSAGE_SELF, &usage);
  printf ("%s, %s: best %.2f ms, median %.2f ms; %.1f M events/s, %.1f G cycles/s; "
          "peak %.1f MB\n",
          memory != NULL ? simdit_dram_config_get_name (memory) : simdit_machine_get_name (machine),
          options.output_path != NULL ? "with -o" : "no output", (double) times[0] * 1e-3,
          (double) times[REPETITIONS / 2] * 1e-3, (double) events / (double) times[0],
          cycles / (double) times[0] * 1e-3, (double) usage.ru_maxrss / 1024);
  return 0;
}
