/*
 * Activity shapes: what the per-cycle counters do while a component is busy.
 *
 * A shape is a short sum of terms. A term adds a value to one counter in every cycle
 *   offset + i0 * period0 + i1 * period1 + ...,  0 <= iK < countK
 * of the activity, once per combination of indices. So the wavefront of L vectors through a J x K
 * array is one term with loops (L, 1), (J, 1), (K, 1). Shapes are stored once and referred to by
 * number; with the start cycles of the activities they hold the counters of a whole run without
 * loss.
 */
#ifndef SIMDIT_ENGINE_SHAPE_H
#define SIMDIT_ENGINE_SHAPE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define SIMDIT_SHAPE_MAX_LOOPS 4

typedef struct
{
  uint64_t count, period; /* iterations; cycles from one to the next */
} SimditShapeLoop;

typedef struct
{
  uint64_t counter;                              /* index into the run's list of counters */
  uint64_t offset;                               /* [cycle] from the start of the activity */
  uint64_t value;                                /* in the counter's unit */
  SimditShapeLoop loops[SIMDIT_SHAPE_MAX_LOOPS]; /* unused ones are (1, 0) */
} SimditShapeTerm;

typedef struct
{
  uint64_t duration; /* [cycle] for which the component is busy */
  uint64_t extent;   /* [cycle] until the last term ends: more when a pipeline drains later */
  uint64_t first_term, n_terms;
  uint64_t label; /* index into the run's list of labels: what such an activity is called */
} SimditShape;

/* What activities are called, and how those of one label relate to those of others. */
typedef struct
{
  const char *text; /* "load weights" */
  const char *kind; /* "compute", "load", "store", "wait", "idle" or "memory" */
  uint64_t cause;   /* a wait ends with a load or store of the same number; 0: with none */
} SimditLabelInfo;

/* Name, unit and meaning of a counter. */
typedef struct
{
  const char *name, *unit, *help;
} SimditCounterInfo;

/*
 * A counter without terms of its own: in each cycle the sum, over it and all cycles before, of
 * @added less that of @removed. Terms of those two have no loops.
 */
typedef struct
{
  uint64_t counter, added, removed;
} SimditCounterView;

/* The shapes of a run. */
typedef struct SimditShapeBook SimditShapeBook;

/** simdit_shape_book_new: @unique: equal shapes get one number (at the price of a look-up). */
SimditShapeBook *simdit_shape_book_new (bool unique);
void simdit_shape_book_free (SimditShapeBook *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimditShapeBook, simdit_shape_book_free)

/** simdit_shape_book_add_term: adds to the shape in the making; a term of no value is dropped. */
void simdit_shape_book_add_term (SimditShapeBook *self, const SimditShapeTerm *term);

/** simdit_shape_book_finish: ends the shape in the making and returns its number. */
uint32_t simdit_shape_book_finish (SimditShapeBook *self, uint64_t label, uint64_t duration);

uint64_t simdit_shape_book_size (const SimditShapeBook *self);
uint64_t simdit_shape_book_n_terms (const SimditShapeBook *self);
const SimditShape *simdit_shape_book_get (const SimditShapeBook *self, uint32_t shape);
/** simdit_shape_book_terms: all terms; a shape's are [first_term, first_term + n_terms). */
const SimditShapeTerm *simdit_shape_book_terms (const SimditShapeBook *self);

/** simdit_shape_book_forget: drops all shapes (a book that is not unique, between layers). */
void simdit_shape_book_forget (SimditShapeBook *self);

/** simdit_shape_term_total: the sum over all cycles. */
uint64_t simdit_shape_term_total (const SimditShapeTerm *term);

/** simdit_shape_term_sum: over the cycles before @end, counted from the activity's start. */
uint64_t simdit_shape_term_sum (const SimditShapeTerm *term, uint64_t end);

/**
 * simdit_shape_term_expand: adds the term's value to each of its cycles.
 * @dense: @n cycles from @start (relative to the activity)
 */
void simdit_shape_term_expand (const SimditShapeTerm *term, uint64_t start, uint64_t n,
                               uint64_t *dense);

/** simdit_shape_term_sample: the same, in a time that depends on @n alone, but slower per cycle. */
void simdit_shape_term_sample (const SimditShapeTerm *term, uint64_t start, uint64_t n,
                               uint64_t *dense);

/** SimditActivitySink: who wants to know of every activity; @start in cycles. */
typedef struct
{
  void (*activity) (void *data, guint track, uint64_t start, uint32_t shape);
  void *data;
} SimditActivitySink;

#endif
