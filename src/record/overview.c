#include "record/overview.h"

#define N_REPEATS 64 /* power of two */
#define NONE UINT32_MAX

/* Activities of one shape in one bin, not added yet. */
typedef struct
{
  uint32_t shape;        /* NONE: nobody's place */
  uint64_t first, range; /* [cycle] such an activity begins in: from first, below first + range */
  uint64_t bin, n;
  uint64_t starts; /* [cycle] the sum of them */
} Repeat;

/* What a counter is to a view. */
typedef struct
{
  uint64_t view;   /* a counter */
  uint64_t factor; /* modulo 2^64: of what is added 1, of what is removed -1; 0: of no view */
} Part;

/* Sums by bin and counter. */
typedef struct
{
  uint64_t *sums;       /* owned: [bin * n_counters + counter] */
  uint64_t first, last; /* bins that may not be 0: first to below last */
} Bins;

struct SimditOverview
{
  const SimditShapeBook *book; /* borrowed */
  guint n_counters;
  guint shift;                    /* a bin is 2^shift cycles */
  uint64_t end;                   /* [cycle] of what is committed */
  const SimditCounterView *views; /* borrowed */
  guint n_views;
  Part *parts; /* owned, by counter */
  /*
   * In the place of a view's sum is what it takes to find it, and what merging bins keeps: changes
   * times the cycle of each, modulo 2^64.
   */
  Bins committed; /* from bin 0 on */
  Bins added;
  Repeat repeats[N_REPEATS]; /* by shape; what has another shape's place is added at once */
};

static void
bins_init (Bins *self, guint n_counters)
{
  self->sums = g_new0 (uint64_t, (gsize) SIMDIT_OVERVIEW_BINS * n_counters);
  self->first = self->last = 0;
}

SimditOverview *
simdit_overview_new (guint n_counters, const SimditShapeBook *book, uint64_t cycles)
{
  SimditOverview *self = g_new0 (SimditOverview, 1);

  self->book = book;
  self->n_counters = n_counters;
  while (self->shift < 51 && cycles >> self->shift > SIMDIT_OVERVIEW_BINS)
    self->shift++;
  self->parts = g_new0 (Part, n_counters);
  for (guint i = 0; i < N_REPEATS; i++)
    self->repeats[i].shape = NONE;
  bins_init (&self->committed, n_counters);
  bins_init (&self->added, n_counters);
  return self;
}

void
simdit_overview_set_views (SimditOverview *self, const SimditCounterView *views, guint n_views)
{
  self->views = views;
  self->n_views = n_views;
  for (guint i = 0; i < n_views; i++)
    {
      self->parts[views[i].added] = (Part){ views[i].counter, 1 };
      self->parts[views[i].removed] = (Part){ views[i].counter, UINT64_MAX };
    }
}

void
simdit_overview_free (SimditOverview *self)
{
  if (self == NULL)
    return;
  g_free (self->committed.sums);
  g_free (self->added.sums);
  g_free (self->parts);
  g_free (self);
}

static inline uint64_t *
row_of (const SimditOverview *self, const Bins *bins, uint64_t bin)
{
  return bins->sums + bin * self->n_counters;
}

/* The bins from @first to @last are about to be added to. */
static inline void
touch (Bins *self, uint64_t first, uint64_t last)
{
  self->first = self->first < self->last ? MIN (self->first, first) : first;
  self->last = MAX (self->last, last + 1);
}

/* Changes of a view: of @n activities, @starts the sum of the cycles in which they begin. */
static inline void
add_changes (const SimditOverview *self, uint64_t *row, const SimditShapeTerm *term, uint64_t n,
             uint64_t starts)
{
  const Part *part = &self->parts[term->counter];

  if (part->factor != 0)
    row[part->view] += part->factor * term->value * (starts + n * term->offset);
}

static void
flush_repeat (SimditOverview *self, Repeat *repeat)
{
  const SimditShape *shape;
  const SimditShapeTerm *term;
  uint64_t *row = row_of (self, &self->added, repeat->bin);

  if (repeat->n == 0)
    return;
  touch (&self->added, repeat->bin, repeat->bin);
  shape = simdit_shape_book_get (self->book, repeat->shape);
  term = simdit_shape_book_terms (self->book) + shape->first_term;
  for (const SimditShapeTerm *end = term + shape->n_terms; term < end; term++)
    {
      row[term->counter] += repeat->n * simdit_shape_term_total (term);
      add_changes (self, row, term, repeat->n, repeat->starts);
    }
  repeat->n = 0;
}

static void
flush_repeats (SimditOverview *self)
{
  for (guint i = 0; i < N_REPEATS; i++)
    {
      flush_repeat (self, &self->repeats[i]);
      self->repeats[i].shape = NONE;
    }
}

static void
merge_pairs (const SimditOverview *self, Bins *bins)
{
  for (uint64_t bin = bins->first; bin < bins->last; bin++)
    {
      uint64_t *from = row_of (self, bins, bin), *to = row_of (self, bins, bin / 2);

      if (bin == 0)
        continue;
      for (guint i = 0; i < self->n_counters; i++)
        {
          uint64_t sum = from[i];

          from[i] = 0;
          to[i] += sum;
        }
    }
  bins->first /= 2;
  bins->last = (bins->last + 1) / 2;
}

/* Makes the bins so long that one of them has @cycle. */
static void
reach (SimditOverview *self, uint64_t cycle)
{
  if (cycle >> self->shift < SIMDIT_OVERVIEW_BINS)
    return;
  flush_repeats (self);
  for (; cycle >> self->shift >= SIMDIT_OVERVIEW_BINS; self->shift++)
    {
      merge_pairs (self, &self->committed);
      merge_pairs (self, &self->added);
    }
}

/* An activity from cycle @start on that reaches over the end of a bin. */
static void
add_straddling (SimditOverview *self, uint64_t start, const SimditShape *shape)
{
  const SimditShapeTerm *terms = simdit_shape_book_terms (self->book) + shape->first_term;
  uint64_t first = start >> self->shift, last = (start + shape->extent - 1) >> self->shift;

  touch (&self->added, first, last);
  for (uint64_t i = 0; i < shape->n_terms; i++)
    {
      uint64_t before = 0;

      for (uint64_t bin = first; bin <= last; bin++)
        {
          uint64_t sum = simdit_shape_term_sum (&terms[i], ((bin + 1) << self->shift) - start);

          row_of (self, &self->added, bin)[terms[i].counter] += sum - before;
          before = sum;
        }
      add_changes (self, row_of (self, &self->added, (start + terms[i].offset) >> self->shift),
                   &terms[i], 1, start);
    }
}

/* Of another shape, in another bin, or in several ones: seldom enough to be kept out of the way. */
static G_GNUC_NO_INLINE void
add_other (SimditOverview *self, Repeat *repeat, uint64_t start, uint32_t number)
{
  const SimditShape *shape;
  uint64_t bin;

  flush_repeat (self, repeat);
  repeat->shape = NONE;
  shape = simdit_shape_book_get (self->book, number);
  if (shape->n_terms == 0)
    return;
  reach (self, start + shape->extent - 1);
  bin = start >> self->shift;
  if ((start + shape->extent - 1) >> self->shift != bin)
    {
      add_straddling (self, start, shape);
      return;
    }
  *repeat = (Repeat){ .shape = number,
                      .first = bin << self->shift,
                      .range = (UINT64_C (1) << self->shift) - shape->extent + 1,
                      .bin = bin,
                      .n = 1,
                      .starts = start };
}

void
simdit_overview_activity (SimditOverview *self, uint64_t start, uint32_t number)
{
  Repeat *repeat = &self->repeats[number % N_REPEATS];

  if (repeat->shape != number || start - repeat->first >= repeat->range)
    {
      add_other (self, repeat, start, number);
      return;
    }
  repeat->n++;
  repeat->starts += start;
}

void
simdit_overview_commit (SimditOverview *self, uint64_t cycle)
{
  Bins *from = &self->added, *to = &self->committed;

  self->end = cycle;
  if (cycle > 0)
    {
      reach (self, cycle - 1);
      touch (to, 0, (cycle - 1) >> self->shift);
    }
  flush_repeats (self);
  for (uint64_t i = from->first * self->n_counters; i < from->last * self->n_counters; i++)
    {
      to->sums[i] += from->sums[i];
      from->sums[i] = 0;
    }
  to->last = MAX (to->last, from->last);
  from->first = from->last = 0;
}

uint64_t
simdit_overview_bin_cycles (const SimditOverview *self)
{
  return UINT64_C (1) << self->shift;
}

uint64_t
simdit_overview_n_bins (const SimditOverview *self)
{
  return self->committed.last;
}

/* From changes and their cycles: a bin begins with what there was, and has each change from its
 * cycle to the bin's end, or the run's. */
static void
work_out_view (const SimditOverview *self, const SimditCounterView *view, uint64_t *bins)
{
  uint64_t level = 0;

  for (uint64_t bin = 0; bin < self->committed.last; bin++)
    {
      const uint64_t *row = row_of (self, &self->committed, bin);
      uint64_t begin = MIN (bin << self->shift, self->end);
      uint64_t end = MIN ((bin + 1) << self->shift, self->end);
      uint64_t changes = row[view->added] - row[view->removed];

      bins[bin] = level * (end - begin) + changes * end - row[view->counter];
      level += changes;
    }
}

void
simdit_overview_get (const SimditOverview *self, guint counter, uint64_t *bins)
{
  for (uint64_t bin = 0; bin < self->committed.last; bin++)
    bins[bin] = row_of (self, &self->committed, bin)[counter];
  for (guint i = 0; i < self->n_views; i++)
    if (self->views[i].counter == counter)
      work_out_view (self, &self->views[i], bins);
}
