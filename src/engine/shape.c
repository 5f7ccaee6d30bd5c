#include "engine/shape.h"

#include <string.h>

#define SAMPLE_RATIO 16 /* a cycle by its sum costs as much as this many by running sums */

struct SimditShapeBook
{
  GArray *shapes;      /* owned, of SimditShape */
  GArray *terms;       /* owned, of SimditShapeTerm */
  uint64_t first_term; /* of the shape in the making */
  uint32_t *buckets; /* owned; number + 1 of a shape, 0: empty; NULL: equal shapes are kept apart */
  uint64_t n_buckets; /* power of two */
};

SimditShapeBook *
simdit_shape_book_new (bool unique)
{
  SimditShapeBook *self = g_new0 (SimditShapeBook, 1);

  self->shapes = g_array_new (FALSE, FALSE, sizeof (SimditShape));
  /* Never NULL, so that no terms are a place, too. */
  self->terms = g_array_sized_new (FALSE, FALSE, sizeof (SimditShapeTerm), 64);
  if (unique)
    {
      self->n_buckets = 1024;
      self->buckets = g_new0 (uint32_t, self->n_buckets);
    }
  return self;
}

void
simdit_shape_book_free (SimditShapeBook *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->shapes);
  g_array_unref (self->terms);
  g_free (self->buckets);
  g_free (self);
}

void
simdit_shape_book_add_term (SimditShapeBook *self, const SimditShapeTerm *term)
{
  if (simdit_shape_term_total (term) != 0)
    g_array_append_val (self->terms, *term);
}

static uint64_t
term_extent (const SimditShapeTerm *term)
{
  uint64_t end = term->offset + 1;

  for (guint i = 0; i < SIMDIT_SHAPE_MAX_LOOPS; i++)
    end += (term->loops[i].count - 1) * term->loops[i].period;
  return end;
}

/* FNV-1a over 64-bit words. */
static uint64_t
hash_words (uint64_t hash, const void *data, uint64_t bytes)
{
  const uint64_t *words = data;

  for (uint64_t i = 0; i < bytes / sizeof *words; i++)
    hash = (hash ^ words[i]) * UINT64_C (0x100000001b3);
  return hash ^ hash >> 29;
}

static uint64_t
hash_shape (const SimditShapeBook *self, const SimditShape *shape)
{
  uint64_t hash = hash_words (UINT64_C (0xcbf29ce484222325), &shape->duration, sizeof (uint64_t));

  hash = hash_words (hash, &shape->label, sizeof (uint64_t));
  return hash_words (hash, simdit_shape_book_terms (self) + shape->first_term,
                     shape->n_terms * sizeof (SimditShapeTerm));
}

static bool
shapes_equal (const SimditShapeBook *self, const SimditShape *a, const SimditShape *b)
{
  const SimditShapeTerm *terms = simdit_shape_book_terms (self);

  return a->duration == b->duration && a->label == b->label && a->n_terms == b->n_terms
         && (a->n_terms == 0
             || memcmp (terms + a->first_term, terms + b->first_term,
                        a->n_terms * sizeof (SimditShapeTerm))
                    == 0);
}

/* The bucket of @shape or of its equal. */
static uint32_t *
find_bucket (SimditShapeBook *self, const SimditShape *shape)
{
  for (uint64_t i = hash_shape (self, shape);; i++)
    {
      uint32_t *bucket = &self->buckets[i & (self->n_buckets - 1)];

      if (*bucket == 0 || shapes_equal (self, shape, simdit_shape_book_get (self, *bucket - 1)))
        return bucket;
    }
}

static void
grow_buckets (SimditShapeBook *self)
{
  g_free (self->buckets);
  self->n_buckets *= 2;
  self->buckets = g_new0 (uint32_t, self->n_buckets);
  for (uint32_t i = 0; i < self->shapes->len; i++)
    *find_bucket (self, simdit_shape_book_get (self, i)) = i + 1;
}

uint32_t
simdit_shape_book_finish (SimditShapeBook *self, uint64_t label, uint64_t duration)
{
  SimditShape shape = { .duration = duration,
                        .extent = duration,
                        .first_term = self->first_term,
                        .n_terms = self->terms->len - self->first_term,
                        .label = label };
  uint32_t *bucket;

  for (uint64_t i = 0; i < shape.n_terms; i++)
    shape.extent = MAX (shape.extent, term_extent (&g_array_index (self->terms, SimditShapeTerm,
                                                                   shape.first_term + i)));
  if (self->buckets != NULL)
    {
      if (2 * self->shapes->len >= self->n_buckets)
        grow_buckets (self);
      bucket = find_bucket (self, &shape);
      if (*bucket != 0)
        {
          g_array_set_size (self->terms, (guint) self->first_term);
          return *bucket - 1;
        }
      *bucket = self->shapes->len + 1;
    }
  g_array_append_val (self->shapes, shape);
  self->first_term = self->terms->len;
  return self->shapes->len - 1;
}

uint64_t
simdit_shape_book_size (const SimditShapeBook *self)
{
  return self->shapes->len;
}

uint64_t
simdit_shape_book_n_terms (const SimditShapeBook *self)
{
  return self->terms->len;
}

const SimditShape *
simdit_shape_book_get (const SimditShapeBook *self, uint32_t shape)
{
  return &g_array_index (self->shapes, SimditShape, shape);
}

const SimditShapeTerm *
simdit_shape_book_terms (const SimditShapeBook *self)
{
  return (const SimditShapeTerm *) (const void *) self->terms->data;
}

void
simdit_shape_book_forget (SimditShapeBook *self)
{
  if (self->buckets != NULL)
    return;
  g_array_set_size (self->shapes, 0);
  g_array_set_size (self->terms, 0);
  self->first_term = 0;
}

uint64_t
simdit_shape_term_total (const SimditShapeTerm *term)
{
  uint64_t total = term->value;

  for (guint i = 0; i < SIMDIT_SHAPE_MAX_LOOPS; i++)
    total *= term->loops[i].count;
  return total;
}

/* One loop of a term: y[t] = x[t] + x[t - period] + ... (count terms), as a running sum. */
static void
apply_loop (const SimditShapeLoop *loop, uint64_t n, const uint64_t *x, uint64_t *y)
{
  uint64_t span = loop->count * loop->period;

  for (uint64_t t = 0; t < n; t++)
    {
      y[t] = x[t];
      if (t >= loop->period)
        y[t] += y[t - loop->period];
      if (t >= span)
        y[t] -= x[t - span];
    }
}

void
simdit_shape_term_expand (const SimditShapeTerm *term, uint64_t start, uint64_t n, uint64_t *dense)
{
  uint64_t end = MIN (term_extent (term), start + n), begin;
  g_autofree uint64_t *x = NULL, *y = NULL;

  if (term->offset >= end || end <= start)
    return;
  begin = MAX (start, term->offset);
  if ((end - term->offset) / SAMPLE_RATIO > end - begin)
    {
      simdit_shape_term_sample (term, begin, end - begin, dense + (begin - start));
      return;
    }
  end -= term->offset;
  x = g_new0 (uint64_t, end);
  y = g_new (uint64_t, end);
  x[0] = term->value;
  for (guint i = 0; i < SIMDIT_SHAPE_MAX_LOOPS; i++)
    if (term->loops[i].count > 1)
      {
        uint64_t *swap = x;

        apply_loop (&term->loops[i], end, x, y);
        x = y;
        y = swap;
      }
  for (uint64_t t = begin - term->offset; t < end; t++)
    dense[t + term->offset - start] += x[t];
}
