/*
 * Wall time and peak memory of runs, machine and network loaded:
 *
 *   bench-run MACHINE NETWORK OUTPUT [EXPANSION BATCH | DRAM]
 *
 * With an OUTPUT, runs without and with a file take turns, so that both see the same machine. An
 * EXPANSION (full, simdit) makes it a training iteration; DRAM is a memory's file. Prints the best
 * and the median of the repetitions.
 */
#include <simdit/simdit.h>

#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* [MB] of this program; a process's ru_maxrss would also be that of whoever started it. */
static double
peak_memory (void)
{
  g_autofree char *status = NULL;
  const char *line;

  if (!g_file_get_contents ("/proc/self/status", &status, NULL, NULL)
      || (line = strstr (status, "VmHWM:")) == NULL)
    return 0;
  return (double) g_ascii_strtoull (line + strlen ("VmHWM:"), NULL, 10) / 1024;
}

typedef struct
{
  const SimditMachine *machine;
  const SimditNetwork *network;
  SimditRunOptions options;
  gint64 times[REPETITIONS]; /* [us] */
  uint64_t events;
  double cycles;
} Bench;

static void
run_once (Bench *self, guint i)
{
  gint64 start = g_get_monotonic_time ();
  g_autoptr (GError) error = NULL;
  g_autoptr (SimditResult)
      result = simdit_simulate (self->machine, self->network, &self->options, &error);

  if (result == NULL)
    g_error ("%s", error->message);
  self->times[i] = g_get_monotonic_time () - start;
  self->cycles = simdit_result_get_cycles (result);
  self->events = simdit_result_get_events (result);
}

static void
print (Bench *self, const char *name, const char *what)
{
  double best;

  qsort (self->times, REPETITIONS, sizeof *self->times, compare);
  best = (double) self->times[0];
  printf ("%s, %s: best %.2f ms, median %.2f ms; %.1f M events/s, %.1f G cycles/s; "
          "peak %.1f MB\n",
          name, what, best * 1e-3, (double) self->times[REPETITIONS / 2] * 1e-3,
          (double) self->events / best, self->cycles / best * 1e-3, peak_memory ());
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SimditMachine) machine = NULL;
  g_autoptr (SimditNetwork) network = NULL;
  g_autoptr (SimditDramConfig) memory = NULL;
  Bench plain = { .options = SIMDIT_RUN_OPTIONS_INIT }, output;
  const char *name;
  bool writes;

  g_assert_true (argc >= 4 && argc <= 6);
  writes = argv[3][0] != '\0';
  if ((machine = simdit_machine_load (argv[1], &error)) == NULL
      || (network = simdit_network_load (argv[2], &error)) == NULL)
    g_error ("%s", error->message);
  if (argc == 6)
    {
      network = expand (network, argv[4]);
      plain.options.batch = g_ascii_strtoull (argv[5], NULL, 10);
    }
  if (argc == 5 && (memory = simdit_dram_config_load (argv[4], NULL, &error)) == NULL)
    g_error ("%s", error->message);
  plain.machine = machine;
  plain.network = network;
  plain.options.memory = memory;
  output = plain;
  output.options.output_path = argv[3];
  for (guint i = 0; i < REPETITIONS; i++)
    {
      run_once (&plain, i);
      if (writes)
        run_once (&output, i);
    }
  name = memory != NULL ? simdit_dram_config_get_name (memory) : simdit_machine_get_name (machine);
  print (&plain, name, "no output");
  if (!writes)
    return 0;
  g_unlink (argv[3]);
  print (&output, name, "with -o");
  printf ("with -o takes %.2f times as long (best), %.2f (median)\n",
          (double) output.times[0] / (double) plain.times[0],
          (double) output.times[REPETITIONS / 2] / (double) plain.times[REPETITIONS / 2]);
  return 0;
}
