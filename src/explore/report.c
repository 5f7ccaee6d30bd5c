#include "explore/report.h"

#include "explore/confirm.h"

#include <math.h>
#include <simdit/error.h>

#define NONE G_MAXUINT
#define UM2_OF_MM2 1e6

/* One cell's designs while they are worked out. */
typedef struct
{
  const SimditCell *cell;
  GArray *rows; /* owned, of SimditDesignRow: the best ones first, then baselines */
  guint n_best;
  guint baselines[SIMDIT_N_BASELINES]; /* among the rows; NONE: there is none */
  GArray *shared; /* owned, of SimditDesignCost: the best ones' SRAM, each once */
  SimditDesignCost uniform_shared;
  guint first_trial, n_trials; /* of the rows, then @shared, then @uniform_shared */
} CellReport;

static void
cell_report_free (gpointer data)
{
  CellReport *self = data;

  g_array_unref (self->rows);
  g_array_unref (self->shared);
  g_free (self);
}

static SimditDesignRow *
row_at (const CellReport *self, guint i)
{
  return &g_array_index (self->rows, SimditDesignRow, i);
}

/* ---- which designs are listed ---- */

static SimditDesignCost
cost_of (const SimditDesign *design)
{
  SimditDesignCost cost = { .rows = design->shape.rows, .columns = design->shape.columns };

  for (guint p = 0; p < SIMDIT_N_PARAMETERS; p++)
    cost.parameters[p] = design->parameters[p];
  return cost;
}

static guint
add_row (CellReport *self, const char *which, SimditDesignCost cost)
{
  SimditDesignRow row = { .sram_budget = self->cell->sram_budget,
                          .bandwidth_budget = self->cell->bandwidth_budget,
                          .which = which,
                          .design = cost };

  g_array_append_val (self->rows, row);
  return self->rows->len - 1;
}

static guint
add_score (CellReport *self, const SimditSearch *search, const char *which, SimditScore score)
{
  SimditDesign design = simdit_search_design (search, self->cell, score.index);

  return add_row (self, which, cost_of (&design));
}

static void
list_best (CellReport *self, const SimditSearch *search)
{
  const SimditSummary *summary = self->cell->summary;

  for (guint i = 0; i < summary->n_top; i++)
    {
      g_autofree char *name = i > 0 ? g_strdup_printf ("top_%u", i + 1) : g_strdup ("best");

      add_score (self, search, g_intern_string (name), summary->top[i]);
    }
  self->n_best = summary->n_top;
}

/* A parameter with one value keeps it; the others divide what is left of the budget equally. */
static void
share_equally (const SimditRequest *request, guint first, uint64_t budget, uint64_t *parameters)
{
  guint n_free = 0;

  for (guint p = first; p < first + SIMDIT_SPLIT_PARTS; p++)
    {
      const GArray *values = request->space->ranges[p].values;

      parameters[p] = values != NULL && values->len == 1 ? g_array_index (values, uint64_t, 0) : 0;
      n_free += parameters[p] == 0;
      budget -= MIN (budget, parameters[p]);
    }
  for (guint p = first; p < first + SIMDIT_SPLIT_PARTS; p++)
    if (parameters[p] == 0)
      parameters[p] = MAX (budget / n_free, 1);
}

/* On the PE array of the best one. */
static void
list_uniform (CellReport *self, const SimditRequest *request)
{
  SimditDesignCost cost = row_at (self, 0)->design;

  share_equally (request, 0, self->cell->sram_budget, cost.parameters);
  share_equally (request, SIMDIT_N_SRAM_PARAMETERS, self->cell->bandwidth_budget, cost.parameters);
  if (!simdit_design_estimate (request, &cost, NULL)
      || (request->area_budget != 0 && cost.area * UM2_OF_MM2 > (double) request->area_budget))
    return;
  self->baselines[SIMDIT_BASELINE_UNIFORM] = add_row (
      self, simdit_baseline_names[SIMDIT_BASELINE_UNIFORM], cost);
  self->uniform_shared = cost;
}

static void
list_baselines (CellReport *self, const SimditSearch *search)
{
  static const SimditBaseline medians[] = { SIMDIT_BASELINE_MEDIAN,
                                            SIMDIT_BASELINE_MEDIAN_ABOVE_HALF };
  static const SimditBaseline worsts[] = { SIMDIT_BASELINE_WORST,
                                           SIMDIT_BASELINE_WORST_ABOVE_HALF };
  static const SimditUse uses[] = { SIMDIT_USE_ALL, SIMDIT_USE_HALF };
  const SimditSummary *summary = self->cell->summary;
  SimditScore score;

  for (guint i = 0; i < G_N_ELEMENTS (uses); i++)
    {
      /* Where every design uses up its budgets there is nothing else to tell. */
      if (i > 0
          && simdit_summary_count (summary, uses[i]) == simdit_summary_count (summary, uses[0]))
        {
          self->baselines[medians[i]] = self->baselines[medians[0]];
          self->baselines[worsts[i]] = self->baselines[worsts[0]];
          break;
        }
      if (simdit_summary_median (summary, uses[i], &score))
        self->baselines[medians[i]] = add_score (self, search, simdit_baseline_names[medians[i]],
                                                 score);
      if (simdit_summary_worst (summary, uses[i], &score))
        self->baselines[worsts[i]] = add_score (self, search, simdit_baseline_names[worsts[i]],
                                                score);
    }
}

/* The same PE array and the same SRAM. */
static bool
are_alike (const SimditDesignCost *a, const SimditDesignCost *b)
{
  bool alike = a->rows == b->rows && a->columns == b->columns;

  for (guint p = 0; p < SIMDIT_N_SRAM_PARAMETERS; p++)
    alike &= a->parameters[p] == b->parameters[p];
  return alike;
}

static void
list_shared (CellReport *self)
{
  for (guint i = 0; i < self->n_best; i++)
    {
      const SimditDesignCost *cost = &row_at (self, i)->design;
      bool known = false;

      for (guint k = 0; k < self->shared->len; k++)
        known |= are_alike (cost, &g_array_index (self->shared, SimditDesignCost, k));
      if (!known)
        g_array_append_val (self->shared, *cost);
    }
}

static CellReport *
list_designs (const SimditSearch *search, const SimditCell *cell, GError **error)
{
  CellReport *self = g_new0 (CellReport, 1);

  self->cell = cell;
  self->rows = g_array_new (FALSE, FALSE, sizeof (SimditDesignRow));
  self->shared = g_array_new (FALSE, FALSE, sizeof (SimditDesignCost));
  for (guint b = 0; b < SIMDIT_N_BASELINES; b++)
    self->baselines[b] = NONE;
  if (cell->summary->n_top == 0)
    {
      g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_INVALID,
                   "%" G_GUINT64_FORMAT " KiB of SRAM and %" G_GUINT64_FORMAT
                   " bits per cycle: no design of the grid fits every layer%s; expected larger "
                   "budgets or finer steps",
                   cell->sram_budget, cell->bandwidth_budget,
                   search->request->area_budget != 0 ? " within the area" : "");
      cell_report_free (self);
      return NULL;
    }
  list_best (self, search);
  list_uniform (self, search->request);
  if (!search->request->best_only) /* else it depends on threads which designs were looked at */
    list_baselines (self, search);
  list_shared (self);
  return self;
}

/* ---- working them out ---- */

static void
add_trials (CellReport *self, GArray *trials)
{
  uint64_t channel = self->cell->bandwidth_budget;

  for (guint i = 0; i < self->rows->len; i++)
    {
      SimditTrial trial = { .cost = &row_at (self, i)->design, .estimate = true };

      g_array_append_val (trials, trial);
    }
  for (guint i = 0; i < self->shared->len; i++)
    {
      SimditTrial trial = { .cost = &g_array_index (self->shared, SimditDesignCost, i),
                            .shared = channel };

      g_array_append_val (trials, trial);
    }
  if (self->baselines[SIMDIT_BASELINE_UNIFORM] != NONE)
    {
      SimditTrial trial = { .cost = &self->uniform_shared, .shared = channel };

      g_array_append_val (trials, trial);
    }
}

static void
rank (CellReport *self, const SimditObjective *objective)
{
  const SimditDesignRow *best = row_at (self, 0);

  for (guint i = 0; i < self->rows->len; i++)
    {
      SimditDesignRow *row = row_at (self, i);

      row->estimated = objective->figure (row->design.estimated.cycles, row->design.estimated.pj);
      row->simulated = objective->figure (row->design.simulated.cycles, row->design.simulated.pj);
    }
  for (guint i = 0; i < self->rows->len; i++)
    {
      SimditDesignRow *row = row_at (self, i);

      row->estimated_ratio = row->estimated / best->estimated;
      row->simulated_ratio = row->simulated / best->simulated;
      row->estimated_rank = row->simulated_rank = 1;
      for (guint k = 0; k < self->rows->len; k++)
        {
          row->estimated_rank += row_at (self, k)->estimated < row->estimated;
          row->simulated_rank += row_at (self, k)->simulated < row->simulated;
        }
    }
}

/* ---- notes ---- */

static bool
are_swapped (const SimditDesignRow *a, const SimditDesignRow *b)
{
  return (a->estimated < b->estimated && a->simulated > b->simulated)
         || (a->estimated > b->estimated && a->simulated < b->simulated);
}

static void
note_disagreement (const CellReport *self, const SimditObjective *objective, GPtrArray *notes)
{
  guint swapped = 0, pairs = 0, best = 0;
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < self->rows->len; i++)
    for (guint k = i + 1; k < self->rows->len; k++)
      {
        pairs++;
        swapped += are_swapped (row_at (self, i), row_at (self, k));
      }
  if (swapped == 0)
    return;
  for (guint i = 1; i < self->rows->len; i++)
    if (row_at (self, i)->simulated < row_at (self, best)->simulated)
      best = i;
  g_string_append_printf (text,
                          "%" G_GUINT64_FORMAT " KiB, %" G_GUINT64_FORMAT
                          " bits/cycle: the simulator ranks %u of %u pairs of the designs listed "
                          "otherwise than the estimate; ",
                          self->cell->sram_budget, self->cell->bandwidth_budget, swapped, pairs);
  if (best == 0)
    g_string_append (text, "the best is the same");
  else
    g_string_append_printf (text,
                            "the best as simulated is %s (%.0f %s), not that by estimate (%.0f)",
                            row_at (self, best)->which, row_at (self, best)->simulated,
                            objective->unit, row_at (self, 0)->simulated);
  g_ptr_array_add (notes, g_string_free (g_steal_pointer (&text), FALSE));
}

/* ---- tables ---- */

static void
add_budgets (const CellReport *self, const SimditSearch *search, guint cell, SimditResult *table)
{
  const SimditDesignRow *best = row_at (self, 0);
  SimditBudgetRow row = { .sram_budget = self->cell->sram_budget,
                          .bandwidth_budget = self->cell->bandwidth_budget,
                          .designs = simdit_search_n_designs (search, cell),
                          .left_out = self->cell->summary->left_out,
                          .best = best->estimated,
                          .best_simulated = best->simulated };

  for (guint b = 0; b < SIMDIT_N_BASELINES; b++)
    {
      const SimditDesignRow *from;

      row.baselines[b] = (SimditBaselineCost){ NAN, NAN, NAN, NAN };
      if (self->baselines[b] == NONE)
        continue;
      from = row_at (self, self->baselines[b]);
      row.baselines[b] = (SimditBaselineCost){ from->estimated, from->estimated_ratio,
                                               from->simulated, from->simulated_ratio };
    }
  simdit_result_add (table, &row);
}

static bool
add_sharing (const CellReport *self, const SimditSearch *search, SimditResult *table,
             GError **error)
{
  const SimditCell *cell = self->cell;
  SimditDesign best = simdit_search_design (search, cell, cell->summary->top[0].index);
  g_autoptr (SimditEvaluator) evaluator = simdit_evaluator_new (search->request, best.shape,
                                                                cell->sram, cell->widths, error);
  const SimditDesignCost *cost = &row_at (self, 0)->design;
  SimditSharingRow row = { .sram_budget = cell->sram_budget,
                           .bandwidth_budget = cell->bandwidth_budget,
                           .best = cost->estimated.cycles,
                           .best_simulated = cost->simulated.cycles,
                           .uniform_simulated = NAN,
                           .uniform_shared = NAN,
                           .design = g_array_index (self->shared, SimditDesignCost, 0) };

  if (evaluator == NULL)
    return false;
  row.per_layer = (double) simdit_evaluator_per_layer (evaluator, best.width)
                  / SIMDIT_CYCLE_FRACTION;
  row.per_layer_ratio = row.best / row.per_layer;
  for (guint i = 1; i < self->shared->len; i++)
    {
      const SimditDesignCost *shared = &g_array_index (self->shared, SimditDesignCost, i);

      if (shared->simulated.cycles < row.design.simulated.cycles)
        row.design = *shared;
    }
  row.shared = row.design.simulated.cycles;
  row.shared_ratio = row.best_simulated / row.shared;
  if (self->baselines[SIMDIT_BASELINE_UNIFORM] != NONE)
    {
      row.uniform_simulated = row_at (self, self->baselines[SIMDIT_BASELINE_UNIFORM])
                                  ->design.simulated.cycles;
      row.uniform_shared = self->uniform_shared.simulated.cycles;
    }
  simdit_result_add (table, &row);
  return true;
}

/* ---- the Pareto front ---- */

typedef struct
{
  SimditParetoRow row;
  const SimditCell *cell;
  SimditPoint point;
} Candidate;

static int
order (int64_t a, int64_t b)
{
  return (a > b) - (a < b);
}

/* Less SRAM first, then less bandwidth, fewer cycles, less energy. */
static gint
compare_candidates (gconstpointer a, gconstpointer b)
{
  const Candidate *x = a, *y = b;
  const int orders[] = { order ((int64_t) x->row.sram, (int64_t) y->row.sram),
                         order ((int64_t) x->row.bandwidth, (int64_t) y->row.bandwidth),
                         order (x->point.cycles, y->point.cycles),
                         order (x->point.energy, y->point.energy),
                         order ((int64_t) x->cell->first_chunk, (int64_t) y->cell->first_chunk),
                         order ((int64_t) x->point.index, (int64_t) y->point.index) };

  for (guint i = 0; i < G_N_ELEMENTS (orders); i++)
    if (orders[i] != 0)
      return orders[i];
  return 0;
}

static void
add_candidates (const SimditCell *cell, GArray *candidates)
{
  const SimditSummary *summary = cell->summary;

  for (guint i = 0; i < summary->n_sram_sums * summary->n_width_sums; i++)
    for (guint k = 0; summary->fronts[i] != NULL && k < summary->fronts[i]->len; k++)
      {
        Candidate candidate = { .cell = cell,
                                .point = g_array_index (summary->fronts[i], SimditPoint, k) };

        candidate.row.sram = summary->sram_sums[i / summary->n_width_sums];
        candidate.row.bandwidth = summary->width_sums[i % summary->n_width_sums];
        g_array_append_val (candidates, candidate);
      }
}

/* Candidates come in order: what is in the front has no more SRAM. */
static bool
is_beaten (const GArray *front, const Candidate *candidate)
{
  for (guint i = 0; i < front->len; i++)
    {
      const Candidate *other = &g_array_index (front, Candidate, i);

      if (other->row.bandwidth <= candidate->row.bandwidth
          && other->point.cycles <= candidate->point.cycles
          && other->point.energy <= candidate->point.energy)
        return true;
    }
  return false;
}

static bool
add_pareto (const SimditSearch *search, SimditResult *table, GError **error)
{
  g_autoptr (GArray) candidates = g_array_new (FALSE, FALSE, sizeof (Candidate));
  g_autoptr (GArray) front = g_array_new (FALSE, FALSE, sizeof (Candidate));

  for (guint i = 0; i < search->cells->len; i++)
    add_candidates (simdit_search_cell (search, i), candidates);
  g_array_sort (candidates, compare_candidates);
  for (guint i = 0; i < candidates->len; i++)
    {
      Candidate *candidate = &g_array_index (candidates, Candidate, i);
      SimditDesign design;

      if (is_beaten (front, candidate))
        continue;
      g_array_append_val (front, *candidate);
      design = simdit_search_design (search, candidate->cell, candidate->point.index);
      candidate->row.design = cost_of (&design);
      if (!simdit_design_estimate (search->request, &candidate->row.design, error))
        return false;
      simdit_result_add (table, &candidate->row);
    }
  return true;
}

/* ---- all of it ---- */

static bool
fill_tables (SimditExploration *self, const SimditSearch *search, const GPtrArray *cells,
             GError **error)
{
  const SimditObjective *objective = simdit_objective (search->request->objective);

  for (guint c = 0; c < cells->len; c++)
    {
      CellReport *cell = g_ptr_array_index (cells, c);

      rank (cell, objective);
      note_disagreement (cell, objective, self->notes);
      for (guint i = 0; i < cell->rows->len; i++)
        simdit_result_add (self->tables[SIMDIT_EXPLORATION_DESIGNS], row_at (cell, i));
      add_budgets (cell, search, c, self->tables[SIMDIT_EXPLORATION_BUDGETS]);
      if (!add_sharing (cell, search, self->tables[SIMDIT_EXPLORATION_SHARING], error))
        return false;
    }
  return add_pareto (search, self->tables[SIMDIT_EXPLORATION_PARETO], error);
}

static bool
check_trials (const GArray *trials, GError **error)
{
  for (guint i = 0; i < trials->len; i++)
    if (g_array_index (trials, SimditTrial, i).failed)
      {
        g_set_error_literal (error, SIMDIT_ERROR, SIMDIT_ERROR_CAPACITY,
                             "a listed design cannot be simulated: too many tiles or cycles; "
                             "expected a smaller batch or network");
        return false;
      }
  return true;
}

SimditExploration *
simdit_report (const SimditSearch *search, const SimditSearchRun *run, GError **error)
{
  g_autoptr (SimditExploration) self = simdit_exploration_new (search->request);
  g_autoptr (GPtrArray) cells = g_ptr_array_new_with_free_func (cell_report_free);
  g_autoptr (GArray) trials = g_array_new (FALSE, FALSE, sizeof (SimditTrial));

  for (guint i = 0; i < search->cells->len; i++)
    {
      CellReport *cell = list_designs (search, simdit_search_cell (search, i), error);

      if (cell == NULL)
        return NULL;
      g_ptr_array_add (cells, cell);
      add_trials (cell, trials);
    }
  if (!simdit_confirm (search->request, trials, run, error) || !check_trials (trials, error)
      || !fill_tables (self, search, cells, error))
    return NULL;
  return g_steal_pointer (&self);
}
