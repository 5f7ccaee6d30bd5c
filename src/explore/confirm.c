#include "explore/confirm.h"

#include <simdit/error.h>
#include <simdit/estimate.h>
#include <simdit/simulation.h>

#define MM2_OF_UM2 1e-6

static SimditMachine
machine_of (const SimditRequest *request, const SimditDesignCost *cost)
{
  return simdit_design_machine (request, (SimditArrayShape){ cost->rows, cost->columns },
                                cost->parameters);
}

static void
add_cost (SimditCost *cost, const SimditResult *result, uint64_t weight)
{
  const SimditResult *energy = simdit_result_get_energy (result, SIMDIT_ENERGY_LAYERS);

  cost->cycles += simdit_result_get_cycles (result) * (double) weight;
  if (energy != NULL)
    cost->pj += simdit_result_get_number (energy, SIMDIT_RESULT_TOTAL,
                                          simdit_result_find_column (energy, "total_pj"))
                * (double) weight;
  cost->edp = simdit_edp (cost->cycles, cost->pj);
}

static double
area_of (const SimditResult *result)
{
  const SimditResult *parts = simdit_result_get_energy (result, SIMDIT_ENERGY_COMPONENTS);

  return simdit_result_get_number (parts, SIMDIT_RESULT_TOTAL,
                                   simdit_result_find_column (parts, "area_um2"))
         * MM2_OF_UM2;
}

bool
simdit_design_estimate (const SimditRequest *request, SimditDesignCost *cost, GError **error)
{
  SimditMachine machine = machine_of (request, cost);
  SimditEstimateOptions options = SIMDIT_ESTIMATE_OPTIONS_INIT;

  cost->estimated = (SimditCost){ 0 };
  options.energy = request->energy;
  options.compatible = request->compatible;
  for (guint w = 0; w < request->workloads->len; w++)
    {
      const SimditWorkload *workload = simdit_request_workload (request, w);
      g_autoptr (SimditResult) result = NULL;

      options.batch = workload->batch;
      result = simdit_estimate (&machine, workload->network, &options, error);
      if (result == NULL)
        return false;
      add_cost (&cost->estimated, result, workload->weight);
      if (request->has_area)
        cost->area = area_of (result);
    }
  return true;
}

/* On the ports' own widths, or on one channel: then every port can take all of it. */
static bool
simulate (const SimditRequest *request, const SimditTrial *trial, GError **error)
{
  SimditMachine machine = machine_of (request, trial->cost);
  SimditRunOptions options = SIMDIT_RUN_OPTIONS_INIT;
  g_autofree char *dram = NULL;

  options.dram = "ideal";
  if (trial->shared != 0)
    {
      dram = g_strdup_printf ("shared:width=%" G_GUINT64_FORMAT, trial->shared);
      options.dram = dram;
      machine.param_port = machine.ibuf_port = machine.obuf_port = trial->shared;
      machine.simd_port = trial->shared;
    }
  else
    options.energy = request->energy; /* what one channel costs is not asked */
  trial->cost->simulated = (SimditCost){ 0 };
  for (guint w = 0; w < request->workloads->len; w++)
    {
      const SimditWorkload *workload = simdit_request_workload (request, w);
      g_autoptr (SimditResult) result = NULL;

      options.batch = workload->batch;
      result = simdit_simulate (&machine, workload->network, &options, error);
      if (result == NULL)
        return false;
      add_cost (&trial->cost->simulated, result, workload->weight);
    }
  return true;
}

typedef struct
{
  const SimditRequest *request;
  const SimditSearchRun *run;
  GMutex lock; /* of the error and of calls of the progress function */
  GError *error;
  uint64_t done, all;
} Team;

static bool
is_over (Team *self)
{
  bool over;

  g_mutex_lock (&self->lock);
  over = self->error != NULL;
  g_mutex_unlock (&self->lock);
  return over;
}

/* Whatever came first is kept. */
static void
finish (Team *self, GError *error)
{
  g_mutex_lock (&self->lock);
  self->done++;
  if (error == NULL && self->error == NULL && self->run->progress != NULL
      && !self->run->progress (self->done, self->all, self->run->progress_data))
    error = g_error_new_literal (SIMDIT_ERROR, SIMDIT_ERROR_IO, "the exploration was cancelled");
  if (error != NULL && self->error == NULL)
    self->error = g_steal_pointer (&error);
  g_clear_error (&error);
  g_mutex_unlock (&self->lock);
}

static void
work (gpointer data, gpointer user_data)
{
  SimditTrial *trial = data;
  Team *team = user_data;
  GError *error = NULL;

  if (is_over (team))
    return;
  if ((trial->estimate && !simdit_design_estimate (team->request, trial->cost, &error))
      || !simulate (team->request, trial, &error))
    {
      trial->failed = true;
      if (g_error_matches (error, SIMDIT_ERROR, SIMDIT_ERROR_CAPACITY))
        g_clear_error (&error);
    }
  finish (team, error);
}

bool
simdit_confirm (const SimditRequest *request, GArray *trials, const SimditSearchRun *run,
                GError **error)
{
  Team team = { .request = request, .run = run, .all = trials->len };
  guint n_threads = run->n_threads != 0 ? run->n_threads : g_get_num_processors ();
  GThreadPool *pool;

  g_mutex_init (&team.lock);
  pool = g_thread_pool_new (work, &team, (gint) MIN (n_threads, MAX (trials->len, 1)), FALSE, NULL);
  for (guint i = 0; i < trials->len; i++)
    g_thread_pool_push (pool, &g_array_index (trials, SimditTrial, i), NULL);
  g_thread_pool_free (pool, FALSE, TRUE);
  g_mutex_clear (&team.lock);
  if (team.error == NULL)
    return true;
  g_propagate_error (error, team.error);
  return false;
}
