#include "explore/search.h"

#include "base/arith.h"

#include <simdit/error.h>

static void
free_cell (gpointer data)
{
  SimditCell *cell = data;

  g_clear_pointer (&cell->sram, simdit_splits_free);
  g_clear_pointer (&cell->widths, simdit_splits_free);
  g_clear_pointer (&cell->summary, simdit_summary_free);
  g_free (cell);
}

static bool
add_cell (SimditSearch *self, uint64_t sram_budget, uint64_t bandwidth_budget, GError **error)
{
  SimditCell *cell = g_new0 (SimditCell, 1);

  g_ptr_array_add (self->cells, cell);
  cell->sram_budget = sram_budget;
  cell->bandwidth_budget = bandwidth_budget;
  cell->sram = simdit_splits_new (self->request, true, sram_budget, error);
  if (cell->sram != NULL)
    cell->widths = simdit_splits_new (self->request, false, bandwidth_budget, error);
  if (cell->widths == NULL)
    return false;
  cell->chunks_per_array = (guint) simdit_ceil_div (cell->widths->n, SIMDIT_BLOCK_SPLITS);
  cell->n_chunks = cell->chunks_per_array * self->request->arrays->len;
  cell->first_chunk = self->n_chunks;
  self->n_chunks += cell->n_chunks;
  cell->summary = simdit_summary_new (cell->sram, cell->widths, self->request->top);
  return true;
}

SimditSearch *
simdit_search_new (const SimditRequest *request, GError **error)
{
  g_autoptr (SimditSearch) self = g_new0 (SimditSearch, 1);

  self->request = request;
  self->cells = g_ptr_array_new_with_free_func (free_cell);
  for (guint s = 0; s < request->sram_budgets->len; s++)
    for (guint b = 0; b < request->bandwidth_budgets->len; b++)
      if (!add_cell (self, g_array_index (request->sram_budgets, uint64_t, s),
                     g_array_index (request->bandwidth_budgets, uint64_t, b), error))
        return NULL;
  return g_steal_pointer (&self);
}

void
simdit_search_free (SimditSearch *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->cells);
  g_free (self);
}

SimditDesign
simdit_search_design (const SimditSearch *self, const SimditCell *cell, uint64_t index)
{
  SimditDesign design;

  design.width = (guint) (index % cell->widths->n);
  index /= cell->widths->n;
  design.sram = (guint) (index % cell->sram->n);
  design.array = (guint) (index / cell->sram->n);
  design.shape = simdit_request_array (self->request, design.array);
  for (guint part = 0; part < SIMDIT_SPLIT_PARTS; part++)
    {
      design.parameters[part] = cell->sram->splits[design.sram].of[part];
      design.parameters[SIMDIT_SPLIT_PARTS + part] = cell->widths->splits[design.width].of[part];
    }
  return design;
}

/* ---- one chunk ---- */

/* Threads at work on the chunks of one array in one cell. */
typedef struct
{
  const SimditSearch *search;
  SimditCell *cell;
  SimditEvaluator *evaluator; /* owned */
  guint array;
  const SimditSearchRun *run;
  GMutex lock;    /* of what follows */
  GQueue idle;    /* of Worker: those that no thread uses */
  uint64_t *done; /* designs */
  uint64_t all;
  bool cancelled;
} Team;

/* What a thread needs for itself. */
typedef struct
{
  SimditScratch *scratch;
  SimditSummary *summary;
} Worker;

static SimditUse
use_of (const SimditCell *cell, uint64_t sram, uint64_t widths)
{
  if (sram == cell->sram_budget && widths == cell->bandwidth_budget)
    return SIMDIT_USE_ALL;
  return 2 * sram > cell->sram_budget && 2 * widths > cell->bandwidth_budget ? SIMDIT_USE_HALF
                                                                             : SIMDIT_USE_WITHIN;
}

/* Splits of bandwidth of the block from @first on that have the same sum. */
static guint
run_length (const SimditCell *cell, guint first, guint end)
{
  guint last = first + 1;

  while (last < end && cell->widths->splits[last].sum == cell->widths->splits[first].sum)
    last++;
  return last - first;
}

static guint
find_sum (const uint64_t *sums, guint n, uint64_t sum)
{
  guint low = 0;

  while (n > 1)
    {
      guint half = n / 2;

      if (sums[low + half] <= sum)
        low += half;
      n -= half;
    }
  return low;
}

/* A block of splits of bandwidth as runs; their uses and numbers are those of no row yet. */
static guint
split_into_runs (const SimditCell *cell, guint first, guint end, SimditRun *runs)
{
  guint n = 0;

  for (guint at = first; at < end; at += runs[n++].n)
    runs[n] = (SimditRun){ .n = run_length (cell, at, end),
                           .first = at,
                           .front = find_sum (cell->summary->width_sums,
                                              cell->summary->n_width_sums,
                                              cell->widths->splits[at].sum) };
  return n;
}

/* A split of SRAM, with a block of splits of bandwidth. */
typedef struct
{
  guint sram;
  uint64_t sum;                /* of its sizes [KiB] */
  uint64_t number;             /* of its first design */
  guint fronts;                /* where those of its sum begin */
  const SimditSplitCost *cost; /* NULL: there is no energy table */
} Row;

static uint64_t
widths_of (const Team *team, const SimditRun *run)
{
  return team->cell->widths->splits[run->first].sum;
}

static double
energy_of (const Team *team, const Row *row, const SimditRun *run, int64_t cycles)
{
  return row->cost == NULL
             ? 0
             : simdit_design_fj (row->cost, simdit_evaluator_port_cost (team->evaluator),
                                 widths_of (team, run), cycles);
}

static SimditPoint
point_of (const Team *team, const Row *row, const SimditRun *run, SimditScore cycles)
{
  return (SimditPoint){ cycles.index, cycles.value,
                        simdit_whole_fj (energy_of (team, row, run, cycles.value)) };
}

/* Whether the row has anything that may be among the best. */
static bool
may_matter (const Team *team, Worker *worker, const Row *row, const SimditRun *runs, guint n_runs)
{
  const SimditObjective *objective = simdit_objective (team->search->request->objective);
  int64_t bound;

  if (!simdit_scratch_bound (worker->scratch, row->sram, &bound))
    return true; /* to be counted */
  for (guint r = 0; r < n_runs; r++)
    {
      int64_t value = objective->score (bound, energy_of (team, row, &runs[r], bound));

      if (simdit_summary_needs (worker->summary, row->fronts + runs[r].front, value,
                                point_of (team, row, &runs[r], (SimditScore){ 0, bound })))
        return true;
    }
  return false;
}

static bool
is_too_large (const Team *team, const Row *row, const SimditRun *run)
{
  uint64_t budget = team->search->request->area_budget;

  return budget != 0
         && simdit_design_area (row->cost, simdit_evaluator_port_cost (team->evaluator),
                                widths_of (team, run))
                > (double) budget;
}

/*
 * Takes the designs of a run, which differ in cycles only: whichever takes the fewest takes the
 * least energy, too.
 */
static void
add_run (const Team *team, SimditSummary *summary, const Row *row, const SimditRun *block_run,
         const int64_t *cycles)
{
  const SimditRequest *request = team->search->request;
  const SimditObjective *objective = simdit_objective (request->objective);
  SimditRun run = *block_run;
  int64_t values[SIMDIT_BLOCK_SPLITS];
  SimditScore least = { 0, INT64_MAX };

  run.use = use_of (team->cell, row->sum, widths_of (team, block_run));
  run.first += row->number;
  run.front += row->fronts;
  for (guint i = 0; i < run.n; i++)
    if (cycles[i] < least.value)
      least = (SimditScore){ run.first + i, cycles[i] };
  simdit_summary_offer_point (summary, run.front, point_of (team, row, block_run, least));
  if (!objective->needs_energy)
    {
      simdit_summary_add (summary, &run, cycles);
      return;
    }
  for (guint i = 0; i < run.n; i++)
    values[i] = objective->score (cycles[i], energy_of (team, row, block_run, cycles[i]));
  simdit_summary_add (summary, &run, values);
}

static void
add_row (const Team *team, Worker *worker, guint sram, const SimditRun *runs, guint n_runs)
{
  const SimditCell *cell = team->cell;
  const SimditSummary *summary = cell->summary;
  Row row = { .sram = sram,
              .sum = cell->sram->splits[sram].sum,
              .number = ((uint64_t) team->array * cell->sram->n + sram) * cell->widths->n,
              .cost = simdit_evaluator_split_cost (team->evaluator, sram) };
  int64_t cycles[SIMDIT_BLOCK_SPLITS], *at = cycles;
  guint n = 0;
  bool skip;

  row.fronts = find_sum (summary->sram_sums, summary->n_sram_sums, row.sum) * summary->n_width_sums;
  for (guint r = 0; r < n_runs; r++)
    n += runs[r].n;
  skip = team->search->request->best_only && !may_matter (team, worker, &row, runs, n_runs);
  if (!skip && !simdit_scratch_row (worker->scratch, sram, cycles))
    {
      worker->summary->left_out += n;
      return;
    }
  for (guint r = 0; r < n_runs; at += runs[r++].n)
    if (is_too_large (team, &row, &runs[r]))
      worker->summary->left_out += runs[r].n;
    else if (!skip)
      add_run (team, worker->summary, &row, &runs[r], at);
}

static Worker *
take_worker (Team *team)
{
  Worker *worker;

  g_mutex_lock (&team->lock);
  worker = team->cancelled ? NULL : g_queue_pop_head (&team->idle);
  g_mutex_unlock (&team->lock);
  return worker;
}

static void
return_worker (Team *team, Worker *worker, uint64_t designs)
{
  const SimditSearchRun *run = team->run;

  g_mutex_lock (&team->lock);
  g_queue_push_tail (&team->idle, worker);
  *team->done += designs;
  if (run->progress != NULL && !team->cancelled)
    team->cancelled = !run->progress (*team->done, team->all, run->progress_data);
  g_mutex_unlock (&team->lock);
}

/* @data: the chunk's number within the array, plus 1. */
static void
work (gpointer data, gpointer user_data)
{
  Team *team = user_data;
  const SimditCell *cell = team->cell;
  guint first = (GPOINTER_TO_UINT (data) - 1) * SIMDIT_BLOCK_SPLITS;
  guint end = MIN (first + SIMDIT_BLOCK_SPLITS, cell->widths->n);
  SimditRun runs[SIMDIT_BLOCK_SPLITS];
  guint n_runs = split_into_runs (cell, first, end, runs);
  Worker *worker = take_worker (team);

  if (worker == NULL)
    return;
  simdit_scratch_begin (worker->scratch, first, end - first);
  for (guint sram = 0; sram < cell->sram->n; sram++)
    add_row (team, worker, sram, runs, n_runs);
  return_worker (team, worker, (uint64_t) (end - first) * cell->sram->n);
}

/* ---- all of them ---- */

static bool
fail_cancelled (GError **error)
{
  g_set_error_literal (error, SIMDIT_ERROR, SIMDIT_ERROR_IO, "the exploration was cancelled");
  return false;
}

static void
add_workers (Team *team, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      Worker *worker = g_new (Worker, 1);

      worker->scratch = simdit_scratch_new (team->evaluator);
      worker->summary = simdit_summary_new (team->cell->sram, team->cell->widths,
                                            team->search->request->top);
      g_queue_push_tail (&team->idle, worker);
    }
}

static void
dissolve (Team *team)
{
  Worker *worker;

  while ((worker = g_queue_pop_head (&team->idle)) != NULL)
    {
      simdit_summary_merge (team->cell->summary, worker->summary);
      simdit_summary_free (worker->summary);
      simdit_scratch_free (worker->scratch);
      g_free (worker);
    }
  simdit_evaluator_free (team->evaluator);
  g_mutex_clear (&team->lock);
}

/* The chunks @begin to below @end of array @array in @cell. */
static bool
run_array (const SimditSearch *self, Team *team, guint begin, guint end, GError **error)
{
  SimditCell *cell = team->cell;
  guint wanted = team->run->n_threads != 0 ? team->run->n_threads : g_get_num_processors ();
  guint n_threads = MIN (wanted, MAX (end - begin, 1));
  GThreadPool *pool;

  team->evaluator = simdit_evaluator_new (self->request,
                                          simdit_request_array (self->request, team->array),
                                          cell->sram, cell->widths, error);
  if (team->evaluator == NULL)
    return false;
  g_mutex_init (&team->lock);
  g_queue_init (&team->idle);
  add_workers (team, n_threads);
  pool = g_thread_pool_new (work, team, (gint) n_threads, FALSE, NULL);
  for (guint chunk = begin; chunk < end; chunk++)
    g_thread_pool_push (pool, GUINT_TO_POINTER (chunk + 1), NULL);
  g_thread_pool_free (pool, FALSE, TRUE);
  dissolve (team);
  return !team->cancelled || fail_cancelled (error);
}

/* Those of the run's chunks that are in @cell, as numbers within it. */
static void
clip (const SimditSearchRun *run, const SimditCell *cell, guint *begin, guint *end)
{
  uint64_t first = cell->first_chunk, last = first + cell->n_chunks;

  *begin = (guint) (CLAMP (run->begin, first, last) - first);
  *end = (guint) (CLAMP (run->end, first, last) - first);
}

static uint64_t
count_designs (const SimditSearch *self, const SimditSearchRun *run)
{
  uint64_t sum = 0;
  guint begin, end;

  for (guint i = 0; i < self->cells->len; i++)
    {
      const SimditCell *cell = simdit_search_cell (self, i);

      clip (run, cell, &begin, &end);
      sum += (uint64_t) (end - begin) * cell->sram->n * MIN (SIMDIT_BLOCK_SPLITS, cell->widths->n);
    }
  return sum;
}

bool
simdit_search_run (SimditSearch *self, const SimditSearchRun *run, GError **error)
{
  uint64_t done = 0, all = count_designs (self, run);
  guint begin, end;

  for (guint i = 0; i < self->cells->len; i++)
    {
      SimditCell *cell = simdit_search_cell (self, i);

      clip (run, cell, &begin, &end);
      for (guint array = 0; array < self->request->arrays->len; array++)
        {
          guint first = array * cell->chunks_per_array, last = first + cell->chunks_per_array;
          Team team = {
            .search = self, .cell = cell, .array = array, .run = run, .done = &done, .all = all
          };
          guint from = CLAMP (begin, first, last), to = CLAMP (end, first, last);

          if (from < to && !run_array (self, &team, from - first, to - first, error))
            return false;
        }
    }
  return true;
}
