/* The keys of a DRAM definition: for config.c, which reads files, and config-text.c, which is about
 * what users type and read. */
#ifndef SIMDIT_HW_DRAM_CONFIG_KEYS_H
#define SIMDIT_HW_DRAM_CONFIG_KEYS_H

#include "hw/dram/config.h"

typedef enum
{
  SIMDIT_DRAM_ORGANISATION,
  SIMDIT_DRAM_CONTROLLER,
  SIMDIT_DRAM_ENERGY,
  SIMDIT_DRAM_TIMING, /* its keys are simdit_dram_times */
  SIMDIT_DRAM_N_SECTIONS,
} SimditDramSection;

extern const char *const simdit_dram_sections[SIMDIT_DRAM_N_SECTIONS];

/* A key that holds a number. */
typedef struct
{
  const char *key;
  SimditDramSection section;
  size_t offset; /* of a uint64_t in SimditDramConfig */
  uint64_t min, max;
  uint64_t fallback; /* SIMDIT_DRAM_UNSET: the key must be there */
  bool power_of_two;
  const char *help;
} SimditDramKeyInfo;

#define SIMDIT_DRAM_UNSET UINT64_MAX
#define SIMDIT_DRAM_MAX_KEY_NAMES 64 /* of a section, or of all */

extern const SimditDramKeyInfo simdit_dram_keys[];
extern const guint simdit_dram_n_keys;

/* A key of the controller that holds one of two words. */
typedef struct
{
  const char *key;
  size_t offset; /* of a guint in SimditDramConfig: the index of the word */
  const char *words[2];
  const char *help;
} SimditDramChoiceInfo;

#define SIMDIT_DRAM_N_CHOICES 3

extern const SimditDramChoiceInfo simdit_dram_choices[SIMDIT_DRAM_N_CHOICES];

/** simdit_dram_choice_field: where @choice is kept. */
guint *simdit_dram_choice_field (SimditDramConfig *self, const SimditDramChoiceInfo *choice);

/** simdit_dram_key_field: where @key is kept. */
uint64_t *simdit_dram_key_field (SimditDramConfig *self, const SimditDramKeyInfo *key);

/** simdit_dram_key_accepts: @value is a power of two where it must be. */
bool simdit_dram_key_accepts (const SimditDramKeyInfo *key, uint64_t value);

/** simdit_dram_key_names: of @section, into @names; returns how many. */
guint simdit_dram_key_names (SimditDramSection section, const char **names);

/** simdit_dram_config_fail: sets error INVALID, "@where: ..."; returns false. */
bool simdit_dram_config_fail (GError **error, const char *where, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

#define SIMDIT_DRAM_CHANGES "NAME:key=value" /* as a place in messages */

/**
 * simdit_dram_config_override: what the user wants different, "key=value,key=value".
 * @own_map: set when the map is among it; it then also says how many channels and ranks there are
 */
bool simdit_dram_config_override (SimditDramConfig *self, const char *overrides, bool *own_map,
                                  GError **error);

#endif
