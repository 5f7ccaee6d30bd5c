/* A table of records: which members a row has, under which names and in which units. */
#ifndef SIMDIT_BASE_TABLE_H
#define SIMDIT_BASE_TABLE_H

#include <simdit/result.h>
#include <stddef.h>

/* How a member of a row is read, and what a caller is told about it. */
typedef struct
{
  SimditColumn column;
  size_t offset; /* of a char *, uint64_t (INDEX, COUNT) or double in the row */
} SimditField;

typedef struct
{
  const SimditField *fields;
  gsize n_fields;
  gsize row_size;
  /* Works out what follows from the sums in @row, a row or the totals; @latest: the row added last.
   * May be NULL. */
  void (*finish) (void *row, const void *latest);
} SimditTableInfo;

#endif
