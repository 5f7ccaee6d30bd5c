/* A file that simdit wrote, read back as what it is at the least: named facts, texts and tables. */
#ifndef SIMDIT_RECORD_TABLES_H
#define SIMDIT_RECORD_TABLES_H

#include "base/table.h"

#include <stdbool.h>

typedef struct SimditTables SimditTables;

/**
 * simdit_tables_open: the file at @path of the given "format" and "format_version".
 *
 * Returns: (transfer full): error IO (none there, cut short, another format or version).
 */
SimditTables *simdit_tables_open (const char *path, const char *format, uint64_t version,
                                  GError **error);
void simdit_tables_free (SimditTables *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimditTables, simdit_tables_free)

/** simdit_tables_get_text, simdit_tables_get_count: a fact about the whole; error IO. The text is
 * newly allocated. */
char *simdit_tables_get_text (const SimditTables *self, const char *name, GError **error);
bool simdit_tables_get_count (const SimditTables *self, const char *name, uint64_t *value,
                              GError **error);

/** simdit_tables_read_text: a dataset that is one string; newly allocated; error IO. */
char *simdit_tables_read_text (const SimditTables *self, const char *name, GError **error);

/** simdit_tables_each_row: calls @add for each row of a table; texts live for the call only; error
 * IO, also when @add returned false. */
bool simdit_tables_each_row (const SimditTables *self, const char *name,
                             const SimditTableInfo *info, bool (*add) (void *data, const void *row),
                             void *data, GError **error);

/** simdit_tables_read: the rows of a table without TEXT columns; error IO. */
GByteArray *simdit_tables_read (const SimditTables *self, const char *name,
                                const SimditTableInfo *info, GError **error);

#endif
