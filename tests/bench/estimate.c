/* Times estimates, tiling included: bench-estimate MACHINE NETWORK BATCH [REPETITIONS]. */
#include <simdit/simdit.h>

#include <stdio.h>
#include <stdlib.h>

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SimditMachine) machine = NULL;
  g_autoptr (SimditNetwork) network = NULL;
  SimditEstimateOptions options = SIMDIT_ESTIMATE_OPTIONS_INIT;
  int repetitions = argc > 4 ? atoi (argv[4]) : 1000;
  gint64 best = G_MAXINT64, start;
  double cycles = 0;

  g_assert_cmpint (argc, >=, 4);
  options.compatible = true;
  options.batch = g_ascii_strtoull (argv[3], NULL, 10);
  if ((machine = simdit_machine_load (argv[1], &error)) == NULL
      || (network = simdit_network_load (argv[2], &error)) == NULL)
    g_error ("%s", error->message);
  /* The best of many: what the estimate takes when nothing else disturbs. */
  for (int i = 0; i < repetitions; i++)
    {
      g_autoptr (SimditResult) estimate = NULL;

      start = g_get_monotonic_time ();
      estimate = simdit_estimate (machine, network, &options, &error);
      best = MIN (best, g_get_monotonic_time () - start);
      if (estimate == NULL)
        g_error ("%s", error->message);
      cycles = simdit_result_get_cycles (estimate);
    }
  printf ("%s on %s, batch %s: %.17g cycles, estimated in %" G_GINT64_FORMAT " us\n",
          simdit_network_get_name (network), simdit_machine_get_name (machine), argv[3], cycles,
          best);
  return 0;
}
