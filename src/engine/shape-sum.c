/*
 * How much of a term lies before a cycle, in closed form.
 *
 * m loops of one period reach cycle q * period in as many ways as q is a sum of m indices below
 * their counts; up to q that are, by inclusion and exclusion,
 *   sum over subsets S of (-1)^|S| C (q - (counts in S) + m, m).
 * Loops of different periods nest: a long period's iterations are past in full, but for the few
 * that the shorter ones spread over.
 */
#include "engine/shape.h"

/* The loops of more than one iteration, long periods first. */
typedef struct
{
  SimditShapeLoop loops[SIMDIT_SHAPE_MAX_LOOPS];
  guint n;
  uint64_t factor; /* of the loops that stay in one cycle, and the value */
} Nest;

static void
nest_init (Nest *self, const SimditShapeTerm *term)
{
  self->n = 0;
  self->factor = term->value;
  for (guint i = 0; i < SIMDIT_SHAPE_MAX_LOOPS; i++)
    {
      SimditShapeLoop loop = term->loops[i];
      guint place = self->n;

      if (loop.count == 1 || loop.period == 0)
        {
          self->factor *= loop.count;
          continue;
        }
      for (; place > 0 && self->loops[place - 1].period < loop.period; place--)
        self->loops[place] = self->loops[place - 1];
      self->loops[place] = loop;
      self->n++;
    }
}

/*
 * C (n, m), n >= m, m <= 4, modulo 2^64. Dividing by the odd part of m! is multiplying by its
 * inverse, so that only the shift needs bits above 64.
 */
static uint64_t
choose (uint64_t n, guint m)
{
  static const guint shifts[] = { 0, 0, 1, 1, 3 };
  const uint64_t third = UINT64_C (0xaaaaaaaaaaaaaaab);
  unsigned __int128 product = 1;

  for (guint i = 0; i < m; i++)
    product *= n - i;
  product >>= shifts[m];
  return (uint64_t) product * (m >= 3 ? third : 1);
}

/* Combinations of @m indices with a sum of at most @q, of which the first @bounded have counts. */
static uint64_t
combinations (const SimditShapeLoop *loops, guint m, guint bounded, uint64_t q)
{
  uint64_t n;

  if (bounded == 0)
    return choose (q + m, m);
  n = combinations (loops, m, bounded - 1, q);
  if (q >= loops[bounded - 1].count)
    n -= combinations (loops, m, bounded - 1, q - loops[bounded - 1].count);
  return n;
}

/* Combinations of the loops from @first on that fall before cycle @end. */
static uint64_t
count_before (const Nest *self, guint first, uint64_t end)
{
  const SimditShapeLoop *loops = self->loops + first;
  uint64_t inside = 1, spread = 0, last = 0, q = 0, n = 0, before;
  guint m = 0;

  if (end == 0 || first == self->n)
    return end > 0;
  for (; first + m < self->n && loops[m].period == loops[0].period; m++)
    last += loops[m].count - 1;
  for (guint i = first + m; i < self->n; i++)
    {
      inside *= self->loops[i].count;
      spread += (self->loops[i].count - 1) * self->loops[i].period;
    }
  last = MIN (last, (end - 1) / loops[0].period);
  if (end > spread)
    {
      q = MIN (last, (end - 1 - spread) / loops[0].period) + 1;
      n = combinations (loops, m, m, q - 1) * inside;
    }
  before = q > 0 ? combinations (loops, m, m, q - 1) : 0;
  for (; q <= last; q++)
    {
      uint64_t until = combinations (loops, m, m, q);

      n += (until - before) * count_before (self, first + m, end - q * loops[0].period);
      before = until;
    }
  return n;
}

uint64_t
simdit_shape_term_sum (const SimditShapeTerm *term, uint64_t end)
{
  Nest nest;

  if (end <= term->offset)
    return 0;
  nest_init (&nest, term);
  return nest.factor * count_before (&nest, 0, end - term->offset);
}

void
simdit_shape_term_sample (const SimditShapeTerm *term, uint64_t start, uint64_t n, uint64_t *dense)
{
  uint64_t before = simdit_shape_term_sum (term, start);

  for (uint64_t t = 0; t < n; t++)
    {
      uint64_t sum = simdit_shape_term_sum (term, start + t + 1);

      dense[t] += sum - before;
      before = sum;
    }
}
