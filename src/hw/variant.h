/*
 * The few kinds of steps or transfers that a program consists of. Most tiles are alike: only those
 * at the end of a loop, or on the first visit, differ, so that what one does is worked out once.
 */
#ifndef SIMDIT_HW_VARIANT_H
#define SIMDIT_HW_VARIANT_H

#include "engine/shape.h"
#include "workload/operator.h"

#include <glib.h>
#include <stdint.h>

#define SIMDIT_NO_SHAPE UINT32_MAX
/* Every subset of 7 ragged loops (of the 4 of a SIMD nest), times the flags a key may hold. */
#define SIMDIT_MAX_VARIANTS 256

typedef struct
{
  uint32_t key;
  uint32_t shape;  /* SIMDIT_NO_SHAPE: not worked out yet */
  uint64_t amount; /* bits of a transfer, cycles of a step */
  uint64_t cycles; /* of a transfer at the port's full width, of a step */
  uint64_t uses;
  SimditOperand operand; /* of a transfer */
} SimditVariant;

typedef struct
{
  SimditVariant variants[SIMDIT_MAX_VARIANTS];
  guint n, recent;
} SimditVariantTable;

static inline void
simdit_variant_table_init (SimditVariantTable *self)
{
  self->n = self->recent = 0;
}

/** simdit_variant_find: the variant of @key, new (SIMDIT_NO_SHAPE, no uses) if there was none. */
static inline SimditVariant *
simdit_variant_find (SimditVariantTable *self, uint32_t key)
{
  guint i = self->recent;

  if (i < self->n && self->variants[i].key == key)
    return &self->variants[i];
  for (i = 0; i < self->n && self->variants[i].key != key; i++)
    continue;
  if (i == self->n)
    {
      g_assert (i < SIMDIT_MAX_VARIANTS);
      self->variants[self->n++] = (SimditVariant){ .key = key, .shape = SIMDIT_NO_SHAPE };
    }
  self->recent = i;
  return &self->variants[i];
}

/**
 * simdit_variant_table_sum: adds what all uses of all variants do to the counters below @limit.
 * @book: of their shapes
 */
void simdit_variant_table_sum (const SimditVariantTable *self, const SimditShapeBook *book,
                               guint limit, uint64_t *counters);

#endif
