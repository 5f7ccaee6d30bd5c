/* A file that is either complete or not there: written beside its place, moved when finished. */
#ifndef SIMDIT_BASE_OUTPUT_H
#define SIMDIT_BASE_OUTPUT_H

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

typedef struct SimditOutput SimditOutput;

/** simdit_output_new: until simdit_output_finish() a file at @path stays untouched; error IO. */
SimditOutput *simdit_output_new (const char *path, GError **error);

/** simdit_output_free: what has not been finished disappears. */
void simdit_output_free (SimditOutput *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimditOutput, simdit_output_free)

/** simdit_output_file: to write to; failures show at the end. */
FILE *simdit_output_file (const SimditOutput *self);

/** simdit_output_temporary: where it is until then, for libraries that open files themselves. */
const char *simdit_output_temporary (const SimditOutput *self);

/** simdit_output_fail: sets error IO, "the file cannot be written: @what"; returns false. */
bool simdit_output_fail (const SimditOutput *self, const char *what, GError **error);

/** simdit_output_finish: error IO. */
bool simdit_output_finish (SimditOutput *self, GError **error);

#endif
