/*
 * DRAM by itself: memories (standards with their organisation, timing and controller) and the
 * replay of request traces on them.
 */
#ifndef SIMDIT_DRAM_H
#define SIMDIT_DRAM_H

#include <glib.h>
#include <simdit/export.h>
#include <simdit/result.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/* A memory; immutable once loaded. */
typedef struct SimditDramConfig SimditDramConfig;

/**
 * simdit_dram_config_load: reads a DRAM definition (JSON, README "DRAM"); a "base" that it names is
 * a file beside it.
 * @overrides: "key=value,key=value" with the keys of any section, or NULL
 *
 * Returns: (transfer full): errors IO, PARSE, INVALID (unknown key, value out of range).
 */
SIMDIT_API SimditDramConfig *simdit_dram_config_load (const char *path, const char *overrides,
                                                      GError **error);
SIMDIT_API void simdit_dram_config_free (SimditDramConfig *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimditDramConfig, simdit_dram_config_free)

/** simdit_dram_config_get_name: the file's name without directory and ".json"; owned by @self. */
SIMDIT_API const char *simdit_dram_config_get_name (const SimditDramConfig *self);
/** simdit_dram_config_get_description: one line for lists, maybe ""; owned by @self. */
SIMDIT_API const char *simdit_dram_config_get_description (const SimditDramConfig *self);
/** simdit_dram_config_get_clock_fs: period of the memory clock [fs]. */
SIMDIT_API uint64_t simdit_dram_config_get_clock_fs (const SimditDramConfig *self);
/** simdit_dram_config_get_bandwidth: peak of all channels [byte/s]. */
SIMDIT_API double simdit_dram_config_get_bandwidth (const SimditDramConfig *self);
/** simdit_dram_config_to_json: the resolved definition, without base and sources; loading it again
 * gives an equal memory. Newly allocated. */
SIMDIT_API char *simdit_dram_config_to_json (const SimditDramConfig *self);
/** simdit_dram_config_describe_keys: a table of the keys, ranges, help; newly allocated. */
SIMDIT_API char *simdit_dram_config_describe_keys (void);

/**
 * SimditDramReplayOptions: start from SIMDIT_DRAM_REPLAY_OPTIONS_INIT.
 */
typedef struct
{
  const char *commands_path; /* CSV of every command of every channel, or NULL */
  const char *requests_path; /* CSV of when every request was taken and served, or NULL */
} SimditDramReplayOptions;

#define SIMDIT_DRAM_REPLAY_OPTIONS_INIT ((SimditDramReplayOptions){ .commands_path = NULL })

/**
 * simdit_dram_replay: offers the requests of a trace to @config, one per memory clock and in order.
 * @path: lines "ARRIVAL R|W HEXADDRESS" (clocks, bytes), plain or gzip; a request is not offered
 *   before its arrival, nor before the one ahead of it has been taken; the first clock is 1
 *
 * Returns: (transfer full): one row; errors IO, PARSE (file and line), CAPACITY.
 */
SIMDIT_API SimditResult *simdit_dram_replay (const SimditDramConfig *config, const char *path,
                                             const SimditDramReplayOptions *options,
                                             GError **error);

G_END_DECLS

#endif
