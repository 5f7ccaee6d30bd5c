#include "explore/splits.h"

#include <simdit/error.h>

#define MAX_SPLITS (1u << 22)
#define MAX_WIDTHS 1024 /* values of one part */
#define LEAST_POW2 32
#define STEPS_OF_SRAM 16 /* of a budget, unless a step is asked for */
#define BANDWIDTH_STEP 32

static uint64_t
step_of (const SimditRequest *request, bool sram, uint64_t budget)
{
  if (sram)
    return request->sram_step != 0 ? request->sram_step : budget / STEPS_OF_SRAM;
  return request->bandwidth_step != 0 ? request->bandwidth_step : BANDWIDTH_STEP;
}

/* The grid's values of a parameter that the space does not list. */
static void
add_grid (GArray *values, const SimditRequest *request, const SimditRange *range, uint64_t budget,
          uint64_t step)
{
  bool pow2 = request->grid == SIMDIT_GRID_POW2;

  for (uint64_t value = pow2 ? LEAST_POW2 : step; value > 0 && value <= budget;
       value = pow2 ? 2 * value : value + step)
    if (value >= range->min && value <= range->max)
      g_array_append_val (values, value);
}

static bool
set_values (SimditSplits *self, const SimditRequest *request, bool sram, GError **error)
{
  uint64_t step = step_of (request, sram, self->budget);

  for (guint part = 0; part < SIMDIT_SPLIT_PARTS; part++)
    {
      guint parameter = part + (sram ? 0 : SIMDIT_N_SRAM_PARAMETERS);
      const SimditRange *range = &request->space->ranges[parameter];

      if (request->grid == SIMDIT_GRID_STEP && self->budget / MAX (step, 1) > MAX_WIDTHS)
        {
          g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_CAPACITY,
                       "a budget of %" G_GUINT64_FORMAT " in steps of %" G_GUINT64_FORMAT
                       ": expected at most %d steps",
                       self->budget, step, MAX_WIDTHS);
          return false;
        }
      self->values[part] = g_array_new (FALSE, FALSE, sizeof (uint64_t));
      if (range->values != NULL)
        g_array_append_vals (self->values[part], range->values->data, range->values->len);
      else
        add_grid (self->values[part], request, range, self->budget, step);
    }
  return true;
}

static bool
is_value (const GArray *values, uint64_t value)
{
  guint low = 0, n = values->len;

  while (n > 1)
    {
      guint half = n / 2;

      if (g_array_index (values, uint64_t, low + half) <= value)
        low += half;
      n -= half;
    }
  return n > 0 && g_array_index (values, uint64_t, low) == value;
}

/* Ends a split with @value; false: too many. */
static bool
add_split (const SimditSplit *begun, uint64_t value, GArray *splits)
{
  SimditSplit split = *begun;

  split.of[SIMDIT_SPLIT_PARTS - 1] = value;
  split.sum += value;
  g_array_append_val (splits, split);
  return splits->len <= MAX_SPLITS;
}

/* Adds every split that begins with the first @part parts of @split; false: too many. */
static bool
add_splits (const SimditSplits *self, bool exact, guint part, SimditSplit *split, GArray *splits)
{
  bool last = part + 1 == SIMDIT_SPLIT_PARTS;
  uint64_t sum = split->sum;

  if (last && exact)
    return !is_value (self->values[part], self->budget - sum)
           || add_split (split, self->budget - sum, splits);
  for (guint i = 0; i < self->values[part]->len; i++)
    {
      uint64_t value = g_array_index (self->values[part], uint64_t, i);

      if (sum + value > self->budget)
        break;
      if (last && !add_split (split, value, splits))
        return false;
      split->of[part] = value;
      split->sum = sum + value;
      if (!last && !add_splits (self, exact, part + 1, split, splits))
        return false;
      split->sum = sum;
    }
  return true;
}

static gint
compare_sums (gconstpointer a, gconstpointer b)
{
  const SimditSplit *x = a, *y = b;

  if (x->sum != y->sum)
    return x->sum < y->sum ? -1 : 1;
  for (guint part = 0; part < SIMDIT_SPLIT_PARTS; part++)
    if (x->of[part] != y->of[part])
      return x->of[part] < y->of[part] ? -1 : 1;
  return 0;
}

SimditSplits *
simdit_splits_new (const SimditRequest *request, bool sram, uint64_t budget, GError **error)
{
  g_autoptr (SimditSplits) self = g_new0 (SimditSplits, 1);
  g_autoptr (GArray) splits = g_array_new (FALSE, FALSE, sizeof (SimditSplit));
  SimditSplit first = { 0 };
  const char *what = sram ? "KiB of SRAM" : "bits per cycle";

  self->budget = budget;
  if (!set_values (self, request, sram, error))
    return NULL;
  if (!add_splits (self, request->grid == SIMDIT_GRID_STEP, 0, &first, splits))
    {
      g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_CAPACITY,
                   "%" G_GUINT64_FORMAT " %s can be divided in too many ways: expected at most %u",
                   budget, what, MAX_SPLITS);
      return NULL;
    }
  if (splits->len == 0)
    {
      g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_INVALID,
                   "%" G_GUINT64_FORMAT " %s cannot be divided: expected a budget that values of "
                   "the grid and of the space add up to",
                   budget, what);
      return NULL;
    }
  if (!sram)
    g_array_sort (splits, compare_sums);
  self->n = splits->len;
  self->splits = (SimditSplit *) (void *) g_array_free (g_steal_pointer (&splits), FALSE);
  return g_steal_pointer (&self);
}

void
simdit_splits_free (SimditSplits *self)
{
  if (self == NULL)
    return;
  for (guint part = 0; part < SIMDIT_SPLIT_PARTS; part++)
    g_clear_pointer (&self->values[part], g_array_unref);
  g_free (self->splits);
  g_free (self);
}

guint
simdit_splits_index (const SimditSplits *self, guint part, uint64_t value)
{
  guint i = 0;

  while (g_array_index (self->values[part], uint64_t, i) != value)
    i++;
  return i;
}
