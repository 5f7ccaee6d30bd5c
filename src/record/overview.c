#include "record/overview.h"

#define N_REPEATS 64 /* power of two */

/* Activities of one shape in one bin, not added yet. */
typedef struct
{
  uint32_t shape;
  uint64_t last; /* [cycle] of @shape: extent - 1 */
  uint64_t bin, n;
} Repeat;

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
  guint shift;    /* a bin is 2^shift cycles */
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
  bins_init (&self->committed, n_counters);
  bins_init (&self->added, n_counters);
  return self;
}

void
simdit_overview_free (SimditOverview *self)
{
  if (self == NULL)
    return;
  g_free (self->committed.sums);
  g_free (self->added.sums);
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
    row[term->counter] += repeat->n * simdit_shape_term_total (term);
  repeat->n = 0;
}

static void
flush_repeats (SimditOverview *self)
{
  for (guint i = 0; i < N_REPEATS; i++)
    flush_repeat (self, &self->repeats[i]);
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
    }
}

/* Of another shape, in another bin, or in several ones: seldom enough to be kept out of the way. */
static G_GNUC_NO_INLINE void
add_other (SimditOverview *self, Repeat *repeat, uint64_t start, uint32_t number)
{
  const SimditShape *shape;

  flush_repeat (self, repeat);
  shape = simdit_shape_book_get (self->book, number);
  if (shape->n_terms == 0)
    return;
  reach (self, start + shape->extent - 1);
  *repeat = (Repeat){ .shape = number, .last = shape->extent - 1, .bin = start >> self->shift };
  if ((start + repeat->last) >> self->shift == repeat->bin)
    repeat->n = 1;
  else
    add_straddling (self, start, shape);
}

void
simdit_overview_activity (SimditOverview *self, uint64_t start, uint32_t number)
{
  Repeat *repeat = &self->repeats[number % N_REPEATS];

  if (repeat->n > 0 && repeat->shape == number && start >> self->shift == repeat->bin
      && (start + repeat->last) >> self->shift == repeat->bin)
    repeat->n++;
  else
    add_other (self, repeat, start, number);
}

void
simdit_overview_commit (SimditOverview *self, uint64_t cycle)
{
  Bins *from = &self->added, *to = &self->committed;

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

uint64_t *
simdit_overview_get (const SimditOverview *self)
{
  uint64_t n_bins = self->committed.last;
  uint64_t *sums = g_new (uint64_t, n_bins * self->n_counters + 1);

  for (uint64_t bin = 0; bin < n_bins; bin++)
    for (guint i = 0; i < self->n_counters; i++)
      sums[i * n_bins + bin] = row_of (self, &self->committed, bin)[i];
  return sums;
}
