#include "hw/variant.h"

void
simdit_variant_table_sum (const SimditVariantTable *self, const SimditShapeBook *book, guint limit,
                          uint64_t *counters)
{
  for (guint i = 0; i < self->n; i++)
    {
      const SimditVariant *variant = &self->variants[i];
      const SimditShape *shape = simdit_shape_book_get (book, variant->shape);
      const SimditShapeTerm *terms = simdit_shape_book_terms (book) + shape->first_term;

      for (uint64_t t = 0; t < shape->n_terms; t++)
        if (terms[t].counter < limit)
          counters[terms[t].counter] += variant->uses * simdit_shape_term_total (&terms[t]);
    }
}
