#include "explore/summary.h"

#include <string.h>

/* ---- making one ---- */

static gint
compare_uints (gconstpointer a, gconstpointer b)
{
  uint64_t x = *(const uint64_t *) a, y = *(const uint64_t *) b;

  return (x > y) - (x < y);
}

static uint64_t *
distinct_sums (const SimditSplits *splits, guint *n)
{
  uint64_t *sums = g_new (uint64_t, splits->n);
  guint kept = 0;

  for (guint i = 0; i < splits->n; i++)
    sums[i] = splits->splits[i].sum;
  qsort (sums, splits->n, sizeof *sums, compare_uints);
  for (guint i = 0; i < splits->n; i++)
    if (kept == 0 || sums[i] != sums[kept - 1])
      sums[kept++] = sums[i];
  *n = kept;
  return sums;
}

SimditSummary *
simdit_summary_new (const SimditSplits *sram, const SimditSplits *widths, guint most)
{
  SimditSummary *self = g_new0 (SimditSummary, 1);

  self->most = most;
  self->top = g_new (SimditScore, most + 1);
  self->sram_sums = distinct_sums (sram, &self->n_sram_sums);
  self->width_sums = distinct_sums (widths, &self->n_width_sums);
  self->fronts = g_new0 (GArray *, (gsize) self->n_sram_sums * self->n_width_sums);
  for (guint use = 0; use < SIMDIT_N_USES; use++)
    self->uses[use].buckets = g_new0 (SimditBucket, SIMDIT_N_BUCKETS);
  return self;
}

void
simdit_summary_free (SimditSummary *self)
{
  if (self == NULL)
    return;
  for (guint use = 0; use < SIMDIT_N_USES; use++)
    g_free (self->uses[use].buckets);
  g_free (self->sram_sums);
  g_free (self->width_sums);
  for (gsize i = 0; i < (gsize) self->n_sram_sums * self->n_width_sums; i++)
    g_clear_pointer (&self->fronts[i], g_array_unref);
  g_free (self->fronts);
  g_free (self->top);
  g_free (self);
}

/* ---- adding ---- */

/* A lower value, or the same and a lower number. */
static inline bool
is_better (SimditScore a, SimditScore b)
{
  return a.value != b.value ? a.value < b.value : a.index < b.index;
}

static inline bool
is_worse (SimditScore a, SimditScore b)
{
  return a.value != b.value ? a.value > b.value : a.index < b.index;
}

void
simdit_summary_offer (SimditSummary *self, SimditScore score)
{
  guint i = self->n_top;

  if (i == self->most && !is_better (score, self->top[i - 1]))
    return;
  for (; i > 0 && is_better (score, self->top[i - 1]); i--)
    self->top[i] = self->top[i - 1];
  self->top[i] = score;
  self->n_top = MIN (self->n_top + 1, self->most);
}

static inline guint
bucket_of (int64_t value)
{
  uint64_t bits = (uint64_t) MAX (value, 1);
  guint exponent = 63u - (guint) __builtin_clzll (bits);
  uint64_t fraction = exponent >= SIMDIT_BUCKET_BITS ? bits >> (exponent - SIMDIT_BUCKET_BITS)
                                                     : bits << (SIMDIT_BUCKET_BITS - exponent);

  return exponent << SIMDIT_BUCKET_BITS | (guint) (fraction & ((1u << SIMDIT_BUCKET_BITS) - 1));
}

static inline void
fill_bucket (SimditBucket *bucket, uint64_t count, SimditScore first)
{
  if (bucket->count == 0 || first.index < bucket->first)
    {
      bucket->first = first.index;
      bucket->value = first.value;
    }
  bucket->count += count;
}

static void
note_worst (SimditUseSummary *use, SimditScore score)
{
  if (use->count == 0 || is_worse (score, use->worst))
    use->worst = score;
}

void
simdit_summary_add (SimditSummary *self, const SimditRun *run, const int64_t *values)
{
  SimditUseSummary *use = &self->uses[run->use];
  SimditScore worst = { run->first, values[0] };
  int64_t limit = self->n_top == self->most ? self->top[self->most - 1].value : INT64_MAX;

  for (guint i = 0; i < run->n; i++)
    {
      SimditScore score = { run->first + i, values[i] };

      if (score.value > worst.value)
        worst = score;
      fill_bucket (&use->buckets[bucket_of (score.value)], 1, score);
      if (score.value <= limit)
        {
          simdit_summary_offer (self, score);
          limit = self->n_top == self->most ? self->top[self->most - 1].value : INT64_MAX;
        }
    }
  note_worst (use, worst);
  use->count += run->n;
}

/* ---- the best by cycles and energy ---- */

/* No more of either. */
static inline bool
covers (const SimditPoint *a, const SimditPoint *b)
{
  return a->cycles <= b->cycles && a->energy <= b->energy;
}

static inline bool
are_equal (const SimditPoint *a, const SimditPoint *b)
{
  return a->cycles == b->cycles && a->energy == b->energy;
}

bool
simdit_summary_offer_point (SimditSummary *self, uint64_t front, SimditPoint point)
{
  GArray *points;
  guint at = 0, n = 0;

  if (front >= (uint64_t) self->n_sram_sums * self->n_width_sums)
    return false;
  if (self->fronts[front] == NULL)
    self->fronts[front] = g_array_new (FALSE, FALSE, sizeof (SimditPoint));
  points = self->fronts[front];
  for (guint i = 0; i < points->len; i++)
    {
      const SimditPoint *other = &g_array_index (points, SimditPoint, i);

      if (covers (other, &point) && (!are_equal (other, &point) || other->index <= point.index))
        return true;
      at += other->cycles < point.cycles; /* with more energy: it stays */
      n += covers (&point, other);
    }
  if (n > 0)
    g_array_remove_range (points, at, n);
  g_array_insert_val (points, at, point);
  return true;
}

/* Whether @point, or one that takes no less of anything, could be in the front. */
static bool
may_join (const GArray *points, const SimditPoint *point)
{
  for (guint i = 0; points != NULL && i < points->len; i++)
    {
      const SimditPoint *other = &g_array_index (points, SimditPoint, i);

      if (covers (other, point) && !are_equal (other, point))
        return false;
    }
  return true;
}

bool
simdit_summary_needs (const SimditSummary *self, guint front, int64_t value, SimditPoint bound)
{
  return self->n_top < self->most || value <= self->top[self->most - 1].value
         || may_join (self->fronts[front], &bound);
}

bool
simdit_summary_note (SimditSummary *self, SimditUse use, uint64_t count, SimditScore worst)
{
  if (count == 0)
    return false;
  note_worst (&self->uses[use], worst);
  self->uses[use].count += count;
  return true;
}

bool
simdit_summary_fill (SimditSummary *self, SimditUse use, guint bucket, uint64_t count,
                     SimditScore first)
{
  if (count == 0 || bucket >= SIMDIT_N_BUCKETS)
    return false;
  fill_bucket (&self->uses[use].buckets[bucket], count, first);
  return true;
}

void
simdit_summary_merge (SimditSummary *self, const SimditSummary *other)
{
  self->left_out += other->left_out;
  for (guint use = 0; use < SIMDIT_N_USES; use++)
    {
      const SimditUseSummary *from = &other->uses[use];

      if (!simdit_summary_note (self, use, from->count, from->worst))
        continue;
      for (guint i = 0; i < SIMDIT_N_BUCKETS; i++)
        if (from->buckets[i].count > 0)
          fill_bucket (&self->uses[use].buckets[i], from->buckets[i].count,
                       (SimditScore){ from->buckets[i].first, from->buckets[i].value });
    }
  for (guint i = 0; i < other->n_top; i++)
    simdit_summary_offer (self, other->top[i]);
  for (guint i = 0; i < self->n_sram_sums * self->n_width_sums; i++)
    for (guint k = 0; other->fronts[i] != NULL && k < other->fronts[i]->len; k++)
      simdit_summary_offer_point (self, i, g_array_index (other->fronts[i], SimditPoint, k));
}

/* ---- asking ---- */

uint64_t
simdit_summary_count (const SimditSummary *self, SimditUse use)
{
  uint64_t count = 0;

  for (guint i = use; i < SIMDIT_N_USES; i++)
    count += self->uses[i].count;
  return count;
}

bool
simdit_summary_worst (const SimditSummary *self, SimditUse use, SimditScore *worst)
{
  bool found = false;

  for (guint i = use; i < SIMDIT_N_USES; i++)
    if (self->uses[i].count > 0 && (!found || is_worse (self->uses[i].worst, *worst)))
      {
        *worst = self->uses[i].worst;
        found = true;
      }
  return found;
}

bool
simdit_summary_median (const SimditSummary *self, SimditUse use, SimditScore *median)
{
  uint64_t below = 0, count = simdit_summary_count (self, use);

  for (guint b = 0; b < SIMDIT_N_BUCKETS && count > 0; b++)
    {
      SimditBucket bucket = { 0 };

      for (guint i = use; i < SIMDIT_N_USES; i++)
        {
          const SimditBucket *from = &self->uses[i].buckets[b];

          if (from->count > 0)
            fill_bucket (&bucket, from->count, (SimditScore){ from->first, from->value });
        }
      below += bucket.count;
      if (below > (count - 1) / 2)
        {
          *median = (SimditScore){ bucket.first, bucket.value };
          return true;
        }
    }
  return false;
}
