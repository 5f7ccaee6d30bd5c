/*
 * Rates of an exploration of ResNet-50 on one thread, designs per second of CPU time: the search of
 * the reference's largest space (455 x 39,711 designs), and single designs without anything
 * remembered from one to the next. bench-explore MACHINE NETWORK
 */
#include "explore/search.h"

#include <simdit/simdit.h>
#include <stdio.h>
#include <time.h>

#define PLAIN_DESIGNS 2000
#define REPETITIONS 5 /* the best of them: what it takes when nothing else disturbs */

/* Of this process: others may be at work, too. */
static gint64
cpu_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
  return (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static void
die_of (const GError *error)
{
  if (error != NULL)
    g_error ("%s", error->message);
}

static void
print_rate (const char *what, bool compatible, double designs, gint64 us)
{
  printf ("%s, %s: %.0f designs in %.3f s: %.0f per second\n", what,
          compatible ? "compatible" : "exact", designs, (double) us * 1e-6,
          designs / ((double) us * 1e-6));
}

static void
time_search (const SimditRequest *request)
{
  gint64 best = G_MAXINT64;
  double designs = 0;

  for (int i = 0; i < REPETITIONS; i++)
    {
      g_autoptr (GError) error = NULL;
      gint64 start = cpu_us ();
      g_autoptr (SimditSearch) search = simdit_search_new (request, &error);
      SimditSearchRun run = { .n_threads = 1 };

      die_of (error);
      run.end = search->n_chunks;
      simdit_search_run (search, &run, &error);
      die_of (error);
      best = MIN (best, cpu_us () - start);
      designs = (double) simdit_search_n_designs (search, 0);
    }
  print_rate ("search", request->compatible, designs, best);
}

/* Neighbours in the space differ in everything. */
static void
time_plain (const SimditRequest *request)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SimditSearch) search = simdit_search_new (request, &error);
  g_autoptr (SimditUniqueLayers)
      layers = simdit_unique_layers_new (request, simdit_request_array (request, 0), &error);
  gint64 best = G_MAXINT64;

  die_of (error);
  for (int i = 0; i < REPETITIONS; i++)
    {
      gint64 start = cpu_us ();

      for (uint64_t k = 0; k < PLAIN_DESIGNS; k++)
        {
          SimditDesign design = simdit_search_design (search, simdit_search_cell (search, 0),
                                                      k * 7919 * 104729
                                                          % simdit_search_n_designs (search, 0));

          if (simdit_plain_cycles (layers, design.parameters) == 0)
            g_error ("a design without cycles");
        }
      best = MIN (best, cpu_us () - start);
    }
  print_rate ("plain evaluation", request->compatible, PLAIN_DESIGNS, best);
}

int
main (int argc, char **argv)
{
  const uint64_t budget = 2048;
  g_autoptr (GError) error = NULL;
  g_autoptr (SimditMachine) machine = NULL;
  g_autoptr (SimditNetwork) network = NULL;

  g_assert_cmpint (argc, ==, 3);
  if ((machine = simdit_machine_load (argv[1], &error)) != NULL)
    network = simdit_network_load (argv[2], &error);
  die_of (error);
  for (int compatible = 0; compatible < 2; compatible++)
    {
      SimditWorkload workload = { network, 1, 1 };
      SimditExploreOptions options = { .machine = machine,
                                       .workloads = &workload,
                                       .n_workloads = 1,
                                       .sram_budgets = &budget,
                                       .n_sram_budgets = 1,
                                       .bandwidth_budgets = &budget,
                                       .n_bandwidth_budgets = 1,
                                       .grid = SIMDIT_GRID_STEP,
                                       .compatible = compatible != 0,
                                       .top = 10 };
      g_autoptr (SimditRequest) request = simdit_request_new (&options, &error);

      die_of (error);
      time_search (request);
      time_plain (request);
    }
  return 0;
}
