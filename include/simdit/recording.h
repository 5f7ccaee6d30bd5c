/*
 * The output file of a run, read back: any per-cycle counter over any range of cycles, exactly.
 */
#ifndef SIMDIT_RECORDING_H
#define SIMDIT_RECORDING_H

#include <glib.h>
#include <simdit/export.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef struct SimditRecording SimditRecording;

/** simdit_recording_open: errors IO (not a file that simdit wrote, or of another version). */
SIMDIT_API SimditRecording *simdit_recording_open (const char *path, GError **error);
SIMDIT_API void simdit_recording_free (SimditRecording *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimditRecording, simdit_recording_free)

/** simdit_recording_get_cycles: of the whole run. */
SIMDIT_API uint64_t simdit_recording_get_cycles (const SimditRecording *self);

/** simdit_recording_get_n_counters: @counter counts from 0 below; texts are owned by @self. */
SIMDIT_API guint simdit_recording_get_n_counters (const SimditRecording *self);
SIMDIT_API const char *simdit_recording_get_name (const SimditRecording *self, guint counter);
SIMDIT_API const char *simdit_recording_get_unit (const SimditRecording *self, guint counter);
SIMDIT_API const char *simdit_recording_get_help (const SimditRecording *self, guint counter);

/** simdit_recording_find: the number of the counter called @name; error INVALID names the nearest.
 */
SIMDIT_API bool simdit_recording_find (const SimditRecording *self, const char *name,
                                       guint *counter, GError **error);

/**
 * simdit_recording_expand: the counter's value in each of @n cycles from @from.
 * @values: room for @n; cycles after the end of the run are 0
 *
 * Takes time in proportion to what happens in the range, not to the run. Error IO.
 */
SIMDIT_API bool simdit_recording_expand (SimditRecording *self, guint counter, uint64_t from,
                                         uint64_t n, uint64_t *values, GError **error);

G_END_DECLS

#endif
