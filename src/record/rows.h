/* Tables of an output file, read back. */
#ifndef SIMDIT_RECORD_ROWS_H
#define SIMDIT_RECORD_ROWS_H

#include "base/table.h"

#include <simdit/recording.h>

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

#endif
