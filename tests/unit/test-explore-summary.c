/* What is kept of very many designs, against keeping them all. */
#include "unit/expect.h"

#include "explore/summary.h"

static gint
compare_scores (gconstpointer a, gconstpointer b)
{
  const SimditScore *x = a, *y = b;

  if (x->value != y->value)
    return x->value < y->value ? -1 : 1;
  return (x->index > y->index) - (x->index < y->index);
}

/* Of one split of each budget, with the @top best. */
static SimditSummary *
new_summary (guint top)
{
  SimditSplit split = { { 16, 16, 16, 16 }, 64 };
  SimditSplits splits = { .budget = 64, .splits = &split, .n = 1 };

  return simdit_summary_new (&splits, &splits, top);
}

#define SCORES 5000

/* Against all scores, sorted; in two parts that are merged. */
static void
test_summary (void)
{
  g_autoptr (SimditSummary) all = new_summary (10);
  g_autoptr (SimditSummary) part = new_summary (10);
  g_autofree SimditScore *scores = g_new (SimditScore, SCORES);
  SimditScore found;

  for (guint i = 0; i < SCORES; i++)
    {
      SimditRun run = { .use = (SimditUse) g_test_rand_int_range (0, 2), .first = i, .n = 1 };

      scores[i] = (SimditScore){ i, g_test_rand_int_range (1000000, 1003000) * INT64_C (1024) };
      simdit_summary_add (g_test_rand_bit () ? all : part, &run, &scores[i].value);
    }
  simdit_summary_merge (all, part);
  qsort (scores, SCORES, sizeof *scores, compare_scores);
  g_assert_cmpuint (all->n_top, ==, 10);
  for (guint i = 0; i < 10; i++)
    g_assert_cmpint (compare_scores (&all->top[i], &scores[i]), ==, 0);
  g_assert_cmpuint (simdit_summary_count (all, SIMDIT_USE_WITHIN), ==, SCORES);
  g_assert_true (simdit_summary_worst (all, SIMDIT_USE_WITHIN, &found));
  g_assert_cmpint (found.value, ==, scores[SCORES - 1].value);
  g_assert_true (simdit_summary_median (all, SIMDIT_USE_WITHIN, &found));
  g_assert_cmpfloat_with_epsilon ((double) found.value, (double) scores[(SCORES - 1) / 2].value,
                                  (double) found.value / 4096);
  g_assert_false (simdit_summary_median (all, SIMDIT_USE_ALL, &found));
}

#define POINTS 300

/* Against all pairs of points; in two parts that are merged. */
static void
test_fronts (void)
{
  g_autoptr (SimditSummary) all = new_summary (1);
  g_autoptr (SimditSummary) part = new_summary (1);
  SimditPoint points[POINTS];
  guint n_left = 0;

  for (guint i = 0; i < POINTS; i++)
    points[i] = (SimditPoint){ i, g_test_rand_int_range (0, 40), g_test_rand_int_range (0, 40) };
  for (guint i = 0; i < POINTS; i++)
    simdit_summary_offer_point (g_test_rand_bit () ? all : part, 0, points[POINTS - 1 - i]);
  simdit_summary_merge (all, part);
  g_assert_false (simdit_summary_offer_point (all, 1, points[0]));
  for (guint i = 0; i < POINTS; i++)
    {
      bool left = true;

      for (guint k = 0; k < POINTS; k++)
        {
          const SimditPoint *a = &points[i], *b = &points[k];
          bool same = a->cycles == b->cycles && a->energy == b->energy;

          left &= !(b->cycles <= a->cycles && b->energy <= a->energy && (!same || k < i));
        }
      if (!left)
        continue;
      n_left++;
      for (guint k = 0; k < all->fronts[0]->len; k++)
        left &= g_array_index (all->fronts[0], SimditPoint, k).index != i;
      g_assert_false (left); /* it is there */
    }
  g_assert_cmpuint (all->fronts[0]->len, ==, n_left);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/explore-summary/scores", test_summary);
  g_test_add_func ("/explore-summary/fronts", test_fronts);
  return g_test_run ();
}
