/*
 * A machine: array and buffer sizes, port widths, data widths, clock. Immutable once loaded, so one
 * may serve any number of runs at the same time.
 */
#ifndef SIMDIT_MACHINE_H
#define SIMDIT_MACHINE_H

#include <glib.h>
#include <simdit/export.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef struct SimditMachine SimditMachine;

/**
 * simdit_machine_load: reads a hardware definition (JSON, README "Definitions").
 * @path: the file
 *
 * Returns: (transfer full): errors IO, PARSE, INVALID (unknown key, value out of range).
 */
SIMDIT_API SimditMachine *simdit_machine_load (const char *path, GError **error);

/**
 * simdit_machine_parse: the same from text.
 * @length: in bytes, or -1 for a terminated string
 * @name: stands for the file name in messages
 */
SIMDIT_API SimditMachine *simdit_machine_parse (const char *text, gssize length, const char *name,
                                                GError **error);

SIMDIT_API void simdit_machine_free (SimditMachine *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimditMachine, simdit_machine_free)

/** simdit_machine_get_name: the file's name without directory and ".json"; owned by @self. */
SIMDIT_API const char *simdit_machine_get_name (const SimditMachine *self);

/** simdit_machine_get_description: one line for lists, "" when there is none; owned by @self. */
SIMDIT_API const char *simdit_machine_get_description (const SimditMachine *self);

/** simdit_machine_get_clock_fs: clock period [fs]. */
SIMDIT_API uint64_t simdit_machine_get_clock_fs (const SimditMachine *self);

/** simdit_machine_get_array: PE rows J (input channels) and columns K (output channels). */
SIMDIT_API void simdit_machine_get_array (const SimditMachine *self, uint64_t *rows,
                                          uint64_t *columns);

/** simdit_machine_get_dram: what it is connected to, as in SimditRunOptions; owned by @self. */
SIMDIT_API const char *simdit_machine_get_dram (const SimditMachine *self);
/** simdit_machine_get_energy: the energy table it names, NAME[:memory=M], or NULL; owned by @self.
 */
SIMDIT_API const char *simdit_machine_get_energy (const SimditMachine *self);

/**
 * simdit_machine_to_json: the resolved definition, every key with the value in force; loading it
 * again gives an equal machine. Newly allocated.
 */
SIMDIT_API char *simdit_machine_to_json (const SimditMachine *self);

/** simdit_machine_describe_keys: a table of the keys, ranges, defaults, help; newly allocated. */
SIMDIT_API char *simdit_machine_describe_keys (void);

G_END_DECLS

#endif
