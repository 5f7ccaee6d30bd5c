/* What a run, an estimate or a comparison says: one row per layer, and the totals. */
#ifndef SIMDIT_RESULT_H
#define SIMDIT_RESULT_H

#include <glib.h>
#include <simdit/export.h>
#include <simdit/network.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef struct SimditResult SimditResult;

/**
 * SimditColumnType:
 * @SIMDIT_COLUMN_TEXT: a name
 * @SIMDIT_COLUMN_INDEX: a number that has no sum
 * @SIMDIT_COLUMN_COUNT: a count whose total is the sum of the rows
 * @SIMDIT_COLUMN_RATIO: a quotient of sums
 * @SIMDIT_COLUMN_AMOUNT: a number with a fraction whose total is the sum of the rows
 */
typedef enum
{
  SIMDIT_COLUMN_TEXT,
  SIMDIT_COLUMN_INDEX,
  SIMDIT_COLUMN_COUNT,
  SIMDIT_COLUMN_RATIO,
  SIMDIT_COLUMN_AMOUNT,
} SimditColumnType;

/**
 * SimditColumn:
 * @name: as in CSV, JSON and HDF5
 * @unit: "" for names and plain numbers
 * @summary: worth a place in a table for people
 */
typedef struct
{
  const char *name, *unit, *help;
  SimditColumnType type;
  bool summary;
} SimditColumn;

/** simdit_column_is_part_of_cycles: whether the cycles of a layer of a run are the sum of @self and
 * others like it. */
SIMDIT_API bool simdit_column_is_part_of_cycles (const SimditColumn *self);

SIMDIT_API void simdit_result_free (SimditResult *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimditResult, simdit_result_free)

/** simdit_result_get_n_columns: columns of every result; @column counts from 0 below. */
SIMDIT_API guint simdit_result_get_n_columns (const SimditResult *self);
SIMDIT_API const SimditColumn *simdit_result_get_column (const SimditResult *self, guint column);

/** simdit_result_find_column: the number of the column called @name; of all columns: none is. */
SIMDIT_API guint simdit_result_find_column (const SimditResult *self, const char *name);

/** simdit_result_get_n_rows: layers, in program order. */
SIMDIT_API uint64_t simdit_result_get_n_rows (const SimditResult *self);

#define SIMDIT_RESULT_TOTAL UINT64_MAX /* as a row: the totals */

/** simdit_result_get_text: of a TEXT column; owned by @self; "" in the totals. */
SIMDIT_API const char *simdit_result_get_text (const SimditResult *self, uint64_t row,
                                               guint column);
/** simdit_result_get_count: of an INDEX or COUNT column. */
SIMDIT_API uint64_t simdit_result_get_count (const SimditResult *self, uint64_t row, guint column);
/** simdit_result_get_number: of a RATIO or AMOUNT column. */
SIMDIT_API double simdit_result_get_number (const SimditResult *self, uint64_t row, guint column);

/** simdit_result_get_cycles: of the whole network; an estimate may have a fraction. */
SIMDIT_API double simdit_result_get_cycles (const SimditResult *self);
/** simdit_result_get_stage_cycles: those of a part of the iteration that are the PE array's work
 * (convolution, GEMM), or the SIMD array's. */
SIMDIT_API double simdit_result_get_stage_cycles (const SimditResult *self, SimditStage stage,
                                                  bool pe_array);
/** simdit_result_get_seconds: the same in time [s]. */
SIMDIT_API double simdit_result_get_seconds (const SimditResult *self);
/** simdit_result_is_partial: the run was stopped; rows and cycles are of the layers before. */
SIMDIT_API bool simdit_result_is_partial (const SimditResult *self);
/** simdit_result_get_events: events that the engine has handled; 0 in an estimate. */
SIMDIT_API uint64_t simdit_result_get_events (const SimditResult *self);
/** simdit_result_get_pipeline, simdit_result_get_dram: what was in force; "" in an estimate. */
SIMDIT_API const char *simdit_result_get_pipeline (const SimditResult *self);
SIMDIT_API const char *simdit_result_get_dram (const SimditResult *self);
/** simdit_result_get_memory: of a run on real DRAM, a row for each operand of each layer; else
 * NULL. Owned by @self. */
SIMDIT_API const SimditResult *simdit_result_get_memory (const SimditResult *self);
/** simdit_result_get_memory_stalls: of a run on DRAM that is not ideal, what the memory was doing
 * while units waited for data: a row for each layer, cause and state of the memory; else NULL.
 * Owned by @self. */
SIMDIT_API const SimditResult *simdit_result_get_memory_stalls (const SimditResult *self);

/**
 * simdit_network_describe: the program of @network as a table: names, extents, data flow.
 *
 * Returns: (transfer full): without totals and cycles.
 */
SIMDIT_API SimditResult *simdit_network_describe (const SimditNetwork *network);

/** simdit_run_column: column @column of a run's result, or NULL beyond the last; static. */
SIMDIT_API const SimditColumn *simdit_run_column (guint column);

G_END_DECLS

#endif
