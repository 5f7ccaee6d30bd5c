/* Text files line by line, plain or gzip (told by content, several members included). */
#ifndef SIMDIT_BASE_LINES_H
#define SIMDIT_BASE_LINES_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct SimditLines SimditLines;

/** simdit_lines_open: error IO. */
SimditLines *simdit_lines_open (const char *path, GError **error);
void simdit_lines_free (SimditLines *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimditLines, simdit_lines_free)

/**
 * simdit_lines_next: the next line, terminated, without its line end, in @line; it may be changed
 * and is gone after the next call. NULL at the end of the file.
 *
 * Returns: false on errors IO and PARSE (broken gzip, a line beyond 64 KiB, a NUL byte).
 */
bool simdit_lines_next (SimditLines *self, char **line, GError **error);

/** simdit_lines_number: of the line that was read last, from 1. */
uint64_t simdit_lines_number (const SimditLines *self);

#endif
