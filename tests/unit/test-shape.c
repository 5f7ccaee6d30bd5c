/* Shapes: expansion and totals against the definition, numbering. */
#include "engine/shape.h"

#include <string.h>

static SimditShapeTerm
random_term (void)
{
  SimditShapeTerm term = { .counter = (uint64_t) g_test_rand_int_range (0, 3),
                           .offset = (uint64_t) g_test_rand_int_range (0, 20),
                           .value = (uint64_t) g_test_rand_int_range (1, 9) };

  for (guint i = 0; i < SIMDIT_SHAPE_MAX_LOOPS; i++)
    term.loops[i] = (SimditShapeLoop){ (uint64_t) g_test_rand_int_range (1, 6),
                                       (uint64_t) g_test_rand_int_range (1, 12) };
  return term;
}

static void
define_dense (const SimditShapeTerm *t, uint64_t *dense)
{
  for (uint64_t a = 0; a < t->loops[0].count; a++)
    for (uint64_t b = 0; b < t->loops[1].count; b++)
      for (uint64_t c = 0; c < t->loops[2].count; c++)
        for (uint64_t d = 0; d < t->loops[3].count; d++)
          dense[t->offset + a * t->loops[0].period + b * t->loops[1].period + c * t->loops[2].period
                + d * t->loops[3].period] += t->value;
}

static void
test_expand (void)
{
  for (guint n = 0; n < 2000; n++)
    {
      SimditShapeTerm term = random_term ();
      uint64_t expected[512] = { 0 }, got[512] = { 0 }, sum = 0;
      uint64_t start = (uint64_t) g_test_rand_int_range (0, 300);
      uint64_t length = (uint64_t) g_test_rand_int_range (0, 200);

      define_dense (&term, expected);
      for (guint t = 0; t < 512; t++)
        sum += expected[t];
      g_assert_cmpuint (simdit_shape_term_total (&term), ==, sum);
      simdit_shape_term_expand (&term, start, length, got);
      g_assert_cmpmem (got, length * sizeof *got, expected + start, length * sizeof *got);
      for (uint64_t t = length; t < 512; t++)
        g_assert_cmpuint (got[t], ==, 0);
    }
}

/* Nests as random ones, and with periods in common, which random ones seldom have. */
static void
test_sum (void)
{
  for (guint n = 0; n < 3000; n++)
    {
      SimditShapeTerm term = random_term ();
      uint64_t dense[512] = { 0 }, got[512] = { 0 }, sum = 0;
      uint64_t start = (uint64_t) g_test_rand_int_range (0, 300);

      for (guint i = 0; i < SIMDIT_SHAPE_MAX_LOOPS; i++)
        if (g_test_rand_int_range (0, 2) != 0)
          term.loops[i].period = (uint64_t) g_test_rand_int_range (0, 3);
      define_dense (&term, dense);
      for (uint64_t t = 0; t < 512; t++)
        {
          g_assert_cmpuint (simdit_shape_term_sum (&term, t), ==, sum);
          sum += dense[t];
        }
      simdit_shape_term_sample (&term, start, 200, got);
      g_assert_cmpmem (got, 200 * sizeof *got, dense + start, 200 * sizeof *got);
    }
}

/* A wavefront too long to be walked: products beyond 64 bits on the way to sums within. */
static void
test_long_sum (void)
{
  const uint64_t vectors = UINT64_C (1) << 40, j = 256, k = 128;
  SimditShapeTerm term = { .value = 3, .loops = { { vectors, 1 }, { j, 1 }, { k, 1 }, { 1, 0 } } };
  uint64_t window[4] = { 0 }, total = 3 * j * k * vectors;

  g_assert_cmpuint (simdit_shape_term_sum (&term, vectors + j + k - 2), ==, total);
  g_assert_cmpuint (simdit_shape_term_sum (&term, vectors + j + k - 3), ==, total - 3);
  g_assert_cmpuint (simdit_shape_term_sum (&term, vectors + j + k - 4), ==, total - 3 - 9);
  simdit_shape_term_expand (&term, vectors / 2, 4, window);
  for (guint i = 0; i < 4; i++)
    g_assert_cmpuint (window[i], ==, 3 * j * k);
}

static void
test_numbering (void)
{
  g_autoptr (SimditShapeBook) unique = simdit_shape_book_new (true);
  g_autoptr (SimditShapeBook) apart = simdit_shape_book_new (false);
  SimditShapeTerm terms[64];
  uint32_t label_seven;

  for (guint i = 0; i < 64; i++)
    terms[i] = random_term ();
  for (guint n = 0; n < 5000; n++)
    {
      SimditShapeTerm term = terms[n % 64];

      term.value = 1 + n % 64 + 64 * ((n / 64) % 40);
      simdit_shape_book_add_term (unique, &term);
      simdit_shape_book_add_term (apart, &term);
      g_assert_cmpuint (simdit_shape_book_finish (unique, n % 64 / 8, term.value), ==,
                        n % (64 * 40));
      g_assert_cmpuint (simdit_shape_book_finish (apart, 0, term.value), ==, n);
    }
  g_assert_cmpuint (simdit_shape_book_size (unique), ==, 64 * 40);
  g_assert_cmpuint (simdit_shape_book_n_terms (unique), ==, 64 * 40);
  simdit_shape_book_add_term (unique, &terms[0]);
  label_seven = simdit_shape_book_finish (unique, 7, 1);
  simdit_shape_book_add_term (unique, &terms[0]);
  g_assert_cmpuint (simdit_shape_book_finish (unique, 8, 1), !=, label_seven);
  simdit_shape_book_forget (apart);
  g_assert_cmpuint (simdit_shape_book_size (apart), ==, 0);
}

static void
test_empty_terms (void)
{
  g_autoptr (SimditShapeBook) book = simdit_shape_book_new (true);
  SimditShapeTerm term = random_term ();

  term.loops[2].count = 0;
  simdit_shape_book_add_term (book, &term);
  g_assert_cmpuint (simdit_shape_book_get (book, simdit_shape_book_finish (book, 0, 7))->n_terms,
                    ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/shape/expand", test_expand);
  g_test_add_func ("/shape/sum", test_sum);
  g_test_add_func ("/shape/long-sum", test_long_sum);
  g_test_add_func ("/shape/numbering", test_numbering);
  g_test_add_func ("/shape/empty-terms", test_empty_terms);
  return g_test_run ();
}
