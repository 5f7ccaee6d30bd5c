/* The overview against sums over every cycle, with bins that merge and activities that are dropped.
 */
#include "record/overview.h"

#include <string.h>

#define N_PLAIN 3
#define UP 3
#define DOWN 4
#define LEVEL 5
#define N_COUNTERS 6
#define MAX_CYCLES (1 << 18)

static const SimditCounterView view = { .counter = LEVEL, .added = UP, .removed = DOWN };

typedef struct
{
  uint64_t cycles[N_COUNTERS][MAX_CYCLES];
} Dense;

static uint64_t
up_to (gint most)
{
  return (uint64_t) g_test_rand_int_range (1, most + 1);
}

static void
add_random_shapes (SimditShapeBook *book, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      for (guint terms = (guint) up_to (3); terms > 0; terms--)
        {
          SimditShapeTerm term = {
            .counter = up_to (N_PLAIN) - 1,
            .offset = up_to (9) - 1,
            .value = up_to (5),
            .loops = { { up_to (60), up_to (2) }, { up_to (9), 1 }, { up_to (5), 1 }, { 1, 0 } }
          };

          simdit_shape_book_add_term (book, &term);
        }
      if (up_to (3) == 1)
        {
          SimditShapeTerm change = { .counter = up_to (2) == 1 ? UP : DOWN,
                                     .value = up_to (3),
                                     .loops = { { 1, 0 }, { 1, 0 }, { 1, 0 }, { 1, 0 } } };

          simdit_shape_book_add_term (book, &change);
        }
      simdit_shape_book_finish (book, 0, up_to (90));
    }
}

/* What there was before, and what a cycle brings; nothing after the run's @end. */
static void
define_level (Dense *dense, uint64_t end)
{
  uint64_t level = 0;

  for (uint64_t t = 0; t < end; t++)
    dense->cycles[LEVEL][t] = level += dense->cycles[UP][t] - dense->cycles[DOWN][t];
}

static void
define (const SimditShapeBook *book, uint32_t number, uint64_t start, Dense *dense)
{
  const SimditShape *shape = simdit_shape_book_get (book, number);
  const SimditShapeTerm *terms = simdit_shape_book_terms (book) + shape->first_term;

  for (uint64_t i = 0; i < shape->n_terms; i++)
    simdit_shape_term_expand (&terms[i], 0, shape->extent, dense->cycles[terms[i].counter] + start);
}

static void
assert_equals_dense (const SimditOverview *overview, const Dense *dense)
{
  uint64_t bin = simdit_overview_bin_cycles (overview), n = simdit_overview_n_bins (overview);
  g_autofree uint64_t *sums = g_new (uint64_t, n + 1);

  g_assert_cmpuint (n, <=, SIMDIT_OVERVIEW_BINS);
  for (guint c = 0; c < N_COUNTERS; c++)
    {
      simdit_overview_get (overview, c, sums);
      for (uint64_t i = 0; i < MAX_CYCLES / bin; i++)
        {
          uint64_t sum = 0;

          for (uint64_t t = i * bin; t < (i + 1) * bin; t++)
            sum += dense->cycles[c][t];
          g_assert_cmpuint (i < n ? sums[i] : 0, ==, sum);
        }
    }
}

/* Layers one after the other; sometimes one is dropped and the run ends. */
static void
run_once (Dense *dense)
{
  g_autoptr (SimditShapeBook) book = simdit_shape_book_new (true);
  g_autoptr (SimditOverview) overview = NULL;
  uint64_t end = up_to (MAX_CYCLES - 2000), cycle = 0;

  memset (dense, 0, sizeof *dense);
  add_random_shapes (book, 100);
  overview = simdit_overview_new (N_COUNTERS, book, end / up_to (9));
  simdit_overview_set_views (overview, &view, 1);
  while (cycle < end)
    {
      for (guint n = (guint) up_to (400); n > 0 && cycle < end; n--)
        {
          uint32_t shape = (uint32_t) up_to (100) - 1;

          for (uint64_t repeats = up_to (5); repeats > 0; repeats--, cycle += up_to (30))
            {
              simdit_overview_activity (overview, cycle, shape);
              define (book, shape, cycle, dense);
            }
        }
      simdit_overview_commit (overview, cycle);
    }
  g_assert_cmpuint (simdit_overview_n_bins (overview) * simdit_overview_bin_cycles (overview), >=,
                    cycle);
  g_assert_true (simdit_overview_n_bins (overview) > SIMDIT_OVERVIEW_BINS / 2
                 || simdit_overview_bin_cycles (overview) == 1);
  for (guint n = (guint) up_to (50); n > 0; n--) /* never committed */
    simdit_overview_activity (overview, cycle + n, (uint32_t) up_to (100) - 1);
  define_level (dense, cycle);
  assert_equals_dense (overview, dense);
}

static void
test_random (void)
{
  g_autofree Dense *dense = g_new (Dense, 1);

  for (guint n = 0; n < 40; n++)
    run_once (dense);
}

static void
test_empty (void)
{
  g_autoptr (SimditShapeBook) book = simdit_shape_book_new (true);
  g_autoptr (SimditOverview) overview = simdit_overview_new (N_COUNTERS, book, 1000000);

  simdit_overview_commit (overview, 0);
  g_assert_cmpuint (simdit_overview_n_bins (overview), ==, 0);
  simdit_overview_commit (overview, UINT64_C (1) << 40);
  g_assert_cmpuint (simdit_overview_n_bins (overview), ==, SIMDIT_OVERVIEW_BINS);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/overview/random", test_random);
  g_test_add_func ("/overview/empty", test_empty);
  return g_test_run ();
}
