/* A result: rows of a table, their totals, and a few facts about the whole. */
#ifndef SIMDIT_SIM_RESULT_PRIVATE_H
#define SIMDIT_SIM_RESULT_PRIVATE_H

#include "base/table.h"
#include "workload/network-private.h"

#include <simdit/simulation.h>

struct SimditResult
{
  const SimditTableInfo *table; /* static */
  GByteArray *rows;             /* owned: n_rows of table->row_size bytes */
  uint64_t n_rows;
  void *total;         /* owned: a row */
  GStringChunk *texts; /* owned: what TEXT columns point to */
  double cycles;       /* of the whole, set by the maker, like the rest */
  uint64_t clock_fs;
  double stage_cycles[SIMDIT_N_STAGES][2]; /* of the SIMD array, of the PE array */
  uint64_t events;
  bool partial;
  SimditResult *memory;               /* owned: what real DRAM did; NULL: there was none */
  SimditResult *memory_stalls;        /* owned: what DRAM was doing during stalls; NULL: ideal */
  struct SimditEnergyAccount *energy; /* owned; NULL: none was asked for */
  const char *pipeline, *dram;        /* static or in @texts; "" where they mean nothing */
};

/** simdit_result_new: room is made for @n_rows at once. */
SimditResult *simdit_result_new (const SimditTableInfo *table, uint64_t clock_fs, uint64_t n_rows);

/**
 * simdit_result_add: takes a copy of @row and adds its COUNT and AMOUNT columns to the totals.
 *
 * Returns: false when a total does not fit 64 bits.
 */
bool simdit_result_add (SimditResult *self, const void *row);

/** simdit_result_account: adds the @cycles of @layer to its part of the iteration. */
void simdit_result_account (SimditResult *self, const SimditLayer *layer, double cycles);

/** simdit_result_row: the record of row @index, writable. */
void *simdit_result_row (const SimditResult *self, uint64_t index);

extern const SimditTableInfo simdit_validation_table; /* of simdit_validate() */

#endif
