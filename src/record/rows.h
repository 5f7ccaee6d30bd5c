/* Tables of an output file, read back. */
#ifndef SIMDIT_RECORD_ROWS_H
#define SIMDIT_RECORD_ROWS_H

#include "base/table.h"

#include <hdf5.h>
#include <simdit/recording.h>

/** simdit_record_has_columns: whether the rows of a dataset have every column of @info. */
bool simdit_record_has_columns (hid_t set, const SimditTableInfo *info);

typedef enum
{
  SIMDIT_ROWS_GOOD,
  SIMDIT_ROWS_MISSING, /* there is no such table */
  SIMDIT_ROWS_DAMAGED, /* or it lacks a column, or @add returned false */
} SimditRowsState;

/**
 * simdit_record_each_row: calls @add for each row of the table called @name.
 * @info: the columns; texts live for the call only
 */
SimditRowsState simdit_record_each_row (hid_t file, const char *name, const SimditTableInfo *info,
                                        bool (*add) (void *data, const void *row), void *data);

/**
 * simdit_recording_read_rows: calls @add for each row of the table called @name.
 * @info: the columns, each of which the file must have; texts live for the call only
 *
 * Returns: false with error IO, also when @add returned false.
 */
bool simdit_recording_read_rows (const SimditRecording *self, const char *name,
                                 const SimditTableInfo *info,
                                 bool (*add) (void *data, const void *row), void *data,
                                 GError **error);

/** simdit_recording_read_text: a dataset that is one string; newly allocated; error IO. */
char *simdit_recording_read_text (const SimditRecording *self, const char *name, GError **error);

/** simdit_recording_get_text: a fact about the whole; newly allocated; error IO. */
char *simdit_recording_get_text (const SimditRecording *self, const char *name, GError **error);

/** simdit_recording_has: whether there is a dataset called @name. */
bool simdit_recording_has (const SimditRecording *self, const char *name);
/** simdit_recording_has_column: whether it is a table with a column called @column. */
bool simdit_recording_has_column (const SimditRecording *self, const char *name,
                                  const char *column);

/** simdit_recording_get_dram: what the run's DRAM was called; owned by @self. */
const char *simdit_recording_get_dram (const SimditRecording *self);

#endif
