/*
 * How long it takes to expand windows of an output file, with one recording open:
 *
 *   bench-windows MACHINE NETWORK OUTPUT BATCH
 *
 * records a training iteration, then expands windows of 1000 cycles all over the run, of one
 * counter and of all, and sums and maxima in bins. Prints median and worst of the repetitions.
 */
#include <simdit/simdit.h>

#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#define REPETITIONS 201
#define CYCLES 1000

static int
compare (const void *a, const void *b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;

  return (x > y) - (x < y);
}

static void
print_times (const char *what, gint64 *times, guint n)
{
  qsort (times, n, sizeof *times, compare);
  printf ("%s: median %.2f ms, worst %.2f ms\n", what, (double) times[n / 2] * 1e-3,
          (double) times[n - 1] * 1e-3);
}

static void
record (char **argv)
{
  SimditTrainingOptions training = SIMDIT_TRAINING_OPTIONS_INIT;
  SimditRunOptions options = SIMDIT_RUN_OPTIONS_INIT;
  g_autoptr (GError) error = NULL;
  g_autoptr (SimditMachine) machine = simdit_machine_load (argv[1], &error);
  g_autoptr (SimditNetwork) forward = machine != NULL ? simdit_network_load (argv[2], &error)
                                                      : NULL;
  g_autoptr (SimditNetwork) network = NULL;
  g_autoptr (SimditResult) result = NULL;

  if (forward != NULL)
    network = simdit_network_expand_training (forward, &training, &error);
  options.output_path = argv[3];
  options.batch = g_ascii_strtoull (argv[4], NULL, 10);
  if (network != NULL)
    result = simdit_simulate (machine, network, &options, &error);
  if (result == NULL)
    g_error ("%s", error->message);
}

/* Windows of counters @first to below @end, anywhere: each time in cycles not looked at before. */
static void
expand (SimditRecording *recording, guint first, guint end, const char *what)
{
  uint64_t values[CYCLES], cycles = simdit_recording_get_cycles (recording) - CYCLES;
  gint64 times[REPETITIONS];
  g_autoptr (GRand) random = g_rand_new_with_seed (1);

  for (guint i = 0; i < REPETITIONS; i++)
    {
      uint64_t from = (uint64_t) (g_rand_double (random) * (double) cycles);
      gint64 start = g_get_monotonic_time ();

      for (guint counter = first; counter < end; counter++)
        if (!simdit_recording_expand (recording, counter, from, CYCLES, values, NULL))
          g_error ("the file cannot be read");
      times[i] = g_get_monotonic_time () - start;
    }
  print_times (what, times, REPETITIONS);
}

static void
reduce (SimditRecording *recording, guint bins, const char *what)
{
  uint64_t cycles = simdit_recording_get_cycles (recording);
  SimditWindow window = { .n = cycles, .every = cycles / bins + 1 };
  g_autofree uint64_t *values = g_new (uint64_t, bins + 1);
  gint64 start = g_get_monotonic_time (), time;

  if (!simdit_recording_reduce (recording, &window, values, NULL))
    g_error ("the file cannot be read");
  time = g_get_monotonic_time () - start;
  print_times (what, &time, 1);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SimditRecording) recording = NULL;
  guint n_counters;

  g_assert_true (argc == 5);
  record (argv);
  recording = simdit_recording_open (argv[3], &error);
  if (recording == NULL)
    g_error ("%s", error->message);
  n_counters = simdit_recording_get_n_counters (recording);
  expand (recording, 0, 1, "1000 cycles of a counter");
  expand (recording, 0, n_counters, "1000 cycles of all counters");
  reduce (recording, 100, "the run in 100 bins of any length");
  reduce (recording, 100000, "the run in 100000 bins");
  g_unlink (argv[3]);
  return 0;
}
