/*
 * A network: layers in program order, each an operation with its extents. Read from our own graph
 * format or from a SimDIT network spec, told apart by content. Immutable once loaded.
 */
#ifndef SIMDIT_NETWORK_H
#define SIMDIT_NETWORK_H

#include <glib.h>
#include <simdit/export.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef struct SimditNetwork SimditNetwork;

typedef enum
{
  SIMDIT_MODE_INFERENCE,
  SIMDIT_MODE_TRAINING,
} SimditMode;

/**
 * simdit_network_load: reads a network (JSON, README "Networks").
 *
 * Returns: (transfer full): errors IO, PARSE, INVALID (shape, dangling or cyclic edge),
 * UNSUPPORTED (unknown operation).
 */
SIMDIT_API SimditNetwork *simdit_network_load (const char *path, GError **error);

/** simdit_network_parse: the same from text; @name stands for the file name in messages. */
SIMDIT_API SimditNetwork *simdit_network_parse (const char *text, gssize length, const char *name,
                                                GError **error);

SIMDIT_API void simdit_network_free (SimditNetwork *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimditNetwork, simdit_network_free)

/** simdit_network_get_name: owned by @self. */
SIMDIT_API const char *simdit_network_get_name (const SimditNetwork *self);
/** simdit_network_get_description: one line for lists, "" when there is none; owned by @self. */
SIMDIT_API const char *simdit_network_get_description (const SimditNetwork *self);
/** simdit_network_get_mode: a SimDIT spec carries its mode; our own format is inference. */
SIMDIT_API SimditMode simdit_network_get_mode (const SimditNetwork *self);
/** simdit_network_get_n_layers: rows of the program, those that cost nothing included. */
SIMDIT_API uint64_t simdit_network_get_n_layers (const SimditNetwork *self);
/** simdit_network_get_source: the text it was read from; owned by @self. */
SIMDIT_API const char *simdit_network_get_source (const SimditNetwork *self);

G_END_DECLS

#endif
