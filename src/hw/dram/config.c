/*
 * Reads DRAM definitions: tables (config-keys.h) say which keys a section may have, where they go
 * and what they may be. A file that names a base is read after it; what the user asks for comes
 * last.
 */
#include "hw/dram/config-keys.h"

#include "base/json.h"

#include <simdit/error.h>
#include <string.h>

#define MAX_BASES 8

/* Values are plain, or come with their source: {"value": 16, "source": "..."}. */
static bool
unwrap (const SimditJson *member, SimditJson *value, GError **error)
{
  static const char *const known[] = { "value", "source" };
  SimditJson source;
  const char *text;

  *value = *member;
  if (member->node == NULL || !JSON_NODE_HOLDS_OBJECT (member->node))
    return true;
  if (!simdit_json_check_keys (member, known, G_N_ELEMENTS (known), error)
      || !simdit_json_require (member, "value", value, error))
    return false;
  source = simdit_json_member (member, "source");
  return source.node == NULL || simdit_json_string (&source, &text, error);
}

static bool
read_key (SimditDramConfig *self, const SimditJson *section, const SimditDramKeyInfo *key,
          GError **error)
{
  SimditJson member = simdit_json_member (section, key->key), value;
  uint64_t *place = simdit_dram_key_field (self, key);

  if (member.node == NULL)
    return true;
  if (!unwrap (&member, &value, error)
      || !simdit_json_uint (&value, key->min, key->max, place, error))
    return false;
  if (simdit_dram_key_accepts (key, *place))
    return true;
  return simdit_json_fail (&value, error, "expected a power of two, got %" G_GUINT64_FORMAT,
                           *place);
}

static bool
read_time (SimditDramConfig *self, const SimditJson *section, guint time, GError **error)
{
  const SimditDramTimeInfo *info = &simdit_dram_times[time];
  SimditJson member = simdit_json_member (section, info->key), value;
  uint64_t clocks;

  if (member.node == NULL)
    return true;
  if (!unwrap (&member, &value, error)
      || !simdit_json_uint (&value, info->min, info->max, &clocks, error))
    return false;
  self->timing.times[time] = (uint32_t) clocks;
  return true;
}

/* One word out of two. */
static bool
read_choice (SimditDramConfig *self, const SimditJson *section, const SimditDramChoiceInfo *choice,
             GError **error)
{
  SimditJson member = simdit_json_member (section, choice->key), value;
  const char *word;

  if (member.node == NULL)
    return true;
  if (!unwrap (&member, &value, error) || !simdit_json_string (&value, &word, error))
    return false;
  for (guint i = 0; i < 2; i++)
    if (g_str_equal (word, choice->words[i]))
      {
        *simdit_dram_choice_field (self, choice) = i;
        return true;
      }
  return simdit_json_fail (&value, error, "expected \"%s\" or \"%s\", got \"%s\"", choice->words[0],
                           choice->words[1], word);
}

static bool
read_controller (SimditDramConfig *self, const SimditJson *section, GError **error)
{
  SimditJson map = simdit_json_member (section, "map"), value;
  const char *text;

  for (guint i = 0; i < SIMDIT_DRAM_N_CHOICES; i++)
    if (!read_choice (self, section, &simdit_dram_choices[i], error))
      return false;
  if (map.node == NULL)
    return true;
  if (!unwrap (&map, &value, error) || !simdit_json_string (&value, &text, error))
    return false;
  g_free (self->map_text);
  self->map_text = g_strdup (text);
  return true;
}

static bool
read_section (SimditDramConfig *self, const SimditJson *root, SimditDramSection section,
              GError **error)
{
  const char *names[SIMDIT_DRAM_MAX_KEY_NAMES];
  SimditJson member = simdit_json_member (root, simdit_dram_sections[section]);

  if (member.node == NULL)
    return true;
  if (!simdit_json_check_keys (&member, names, simdit_dram_key_names (section, names), error))
    return false;
  for (guint i = 0; i < simdit_dram_n_keys; i++)
    if (simdit_dram_keys[i].section == section
        && !read_key (self, &member, &simdit_dram_keys[i], error))
      return false;
  for (guint i = 0; section == SIMDIT_DRAM_TIMING && i < SIMDIT_DRAM_N_TIMES; i++)
    if (!read_time (self, &member, i, error))
      return false;
  return section != SIMDIT_DRAM_CONTROLLER || read_controller (self, &member, error);
}

static bool read_file (SimditDramConfig *self, const char *path, guint depth, GError **error);

static bool
read_base (SimditDramConfig *self, const SimditJson *root, const char *path, guint depth,
           GError **error)
{
  SimditJson member = simdit_json_member (root, "base");
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *file = NULL, *base_path = NULL;
  const char *base;

  if (member.node == NULL)
    return true;
  if (!simdit_json_string (&member, &base, error))
    return false;
  if (strchr (base, '/') != NULL)
    return simdit_json_fail (
        &member, error, "expected the name of a definition in the same folder, got \"%s\"", base);
  if (depth == MAX_BASES)
    return simdit_json_fail (&member, error, "expected at most %d bases of bases", MAX_BASES);
  file = g_strdup_printf ("%s.json", base);
  base_path = g_build_filename (folder, file, NULL);
  if (read_file (self, base_path, depth + 1, error))
    return true;
  g_prefix_error (error, "%s: $.base: ", path);
  return false;
}

static bool
read_document (SimditDramConfig *self, const SimditJsonDocument *document, const char *path,
               guint depth, GError **error)
{
  static const char *const known[] = { "base",       "description", "clock_ps", "organisation",
                                       "controller", "timing",      "energy" };
  SimditJson root = simdit_json_root (document), description, clock, value;
  const char *text;

  if (!simdit_json_check_keys (&root, known, G_N_ELEMENTS (known), error)
      || !read_base (self, &root, path, depth, error))
    return false;
  description = simdit_json_member (&root, "description");
  if (description.node != NULL)
    {
      if (!simdit_json_string (&description, &text, error))
        return false;
      g_free (self->description);
      self->description = g_strdup (text);
    }
  clock = simdit_json_member (&root, "clock_ps");
  if (clock.node != NULL
      && (!unwrap (&clock, &value, error) || !simdit_json_period (&value, &self->clock_fs, error)))
    return false;
  for (guint s = 0; s < SIMDIT_DRAM_N_SECTIONS; s++)
    if (!read_section (self, &root, (SimditDramSection) s, error))
      return false;
  return true;
}

static bool
read_file (SimditDramConfig *self, const char *path, guint depth, GError **error)
{
  g_autoptr (SimditJsonDocument) document = simdit_json_load (path, error);

  return document != NULL && read_document (self, document, path, depth, error);
}

/* Channels below all other fields, so that neighbouring requests use all of them; ranks below the
 * row. */
static void
complete_map (SimditDramConfig *self, guint channel_bits, guint rank_bits)
{
  char *text = self->map_text;
  const char *rest = strchr (text, '-');

  if (channel_bits > 0 && strstr (text, "ch") == NULL)
    {
      self->map_text = g_strdup_printf ("%s-ch%u", text, channel_bits);
      g_free (text);
      text = self->map_text;
      rest = strchr (text, '-');
    }
  if (rank_bits > 0 && strstr (text, "ra") == NULL && rest != NULL)
    {
      self->map_text = g_strdup_printf ("%.*s-ra%u%s", (int) (rest - text), text, rank_bits, rest);
      g_free (text);
    }
}

static guint
log2_of (uint64_t value)
{
  return (guint) (63 - __builtin_clzll (value));
}

static bool
finish_map (SimditDramConfig *self, bool own_map, const char *path, GError **error)
{
  const struct
  {
    SimditDramField field;
    const char *key;
    uint64_t *size;
    bool follows; /* takes its size from the user's map */
  } fields[] = {
    { SIMDIT_DRAM_CHANNEL_BITS, "channels", &self->channels, true },
    { SIMDIT_DRAM_RANK_BITS, "ranks", &self->ranks, true },
    { SIMDIT_DRAM_GROUP_BITS, "groups", &self->groups, false },
    { SIMDIT_DRAM_BANK_BITS, "banks", &self->banks, false },
    { SIMDIT_DRAM_ROW_BITS, "rows", &self->rows, false },
    { SIMDIT_DRAM_COLUMN_BITS, "columns", &self->columns, false },
  };
  const char *where = own_map ? SIMDIT_DRAM_CHANGES ": map" : path;
  g_autofree char *why = NULL;

  if (self->map_text == NULL)
    return simdit_dram_config_fail (error, path, "$.controller: the key \"map\" is missing");
  if (!own_map)
    complete_map (self, log2_of (self->channels), log2_of (self->ranks));
  if (!simdit_dram_map_parse (&self->map, self->map_text, log2_of (self->request_bytes), &why))
    return simdit_dram_config_fail (error, where, "%s", why);
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      guint width = self->map.widths[fields[i].field];

      if (own_map && fields[i].follows && *fields[i].size == 1)
        *fields[i].size = UINT64_C (1) << width;
      if (UINT64_C (1) << width != *fields[i].size)
        return simdit_dram_config_fail (
            error, where,
            "expected %u bits of \"%s\" (%s: %" G_GUINT64_FORMAT "), got %u in \"%s\"",
            log2_of (*fields[i].size), simdit_dram_field_name (fields[i].field), fields[i].key,
            *fields[i].size, width, self->map_text);
    }
  return true;
}

static bool
check (const SimditDramConfig *self, const char *path, GError **error)
{
  if (self->clock_fs == 0)
    return simdit_dram_config_fail (error, path, "$: the key \"clock_ps\" is missing");
  for (guint i = 0; i < simdit_dram_n_keys; i++)
    if (*(const uint64_t *) (const void *) ((const char *) self + simdit_dram_keys[i].offset)
        == SIMDIT_DRAM_UNSET)
      return simdit_dram_config_fail (error, path, "$.%s: the key \"%s\" is missing",
                                      simdit_dram_sections[simdit_dram_keys[i].section],
                                      simdit_dram_keys[i].key);
  for (guint i = 0; i < SIMDIT_DRAM_N_TIMES; i++)
    if (self->timing.times[i] == UINT32_MAX)
      return simdit_dram_config_fail (error, path, "$.timing: the key \"%s\" is missing",
                                      simdit_dram_times[i].key);
  if (self->ranks * self->groups * self->banks > SIMDIT_DRAM_MAX_BANKS)
    return simdit_dram_config_fail (
        error, path,
        "$.organisation: expected at most %d banks in a channel, got %" G_GUINT64_FORMAT
        " ranks x %" G_GUINT64_FORMAT " groups x %" G_GUINT64_FORMAT " banks",
        SIMDIT_DRAM_MAX_BANKS, self->ranks, self->groups, self->banks);
  if (self->write_low >= self->write_high)
    return simdit_dram_config_fail (
        error, path,
        "$.controller: expected write_low below write_high, got %" G_GUINT64_FORMAT
        " and %" G_GUINT64_FORMAT,
        self->write_low, self->write_high);
  return true;
}

/* A bank's refresh is over before the next one's is due, so that none is ever left out, and other
 * banks' rows can be opened in between. */
static bool
check_bank_refresh (const SimditDramConfig *self, const char *path, GError **error)
{
  static const SimditDramTime needed[] = { SIMDIT_DRAM_T_RFCPB, SIMDIT_DRAM_T_REFIPB,
                                           SIMDIT_DRAM_T_RREFD };
  const uint32_t *times = self->timing.times;
  uint64_t refresh = (uint64_t) MAX (times[SIMDIT_DRAM_T_RFCPB], times[SIMDIT_DRAM_T_RREFD])
                     + times[SIMDIT_DRAM_T_RP] + times[SIMDIT_DRAM_T_RC];

  for (guint i = 0; i < G_N_ELEMENTS (needed); i++)
    if (times[needed[i]] == 0)
      return simdit_dram_config_fail (
          error, path, "$.timing: refresh=bank needs a value of %s (%s), got 0",
          simdit_dram_times[needed[i]].key, simdit_dram_times[needed[i]].help);
  return times[SIMDIT_DRAM_T_REFIPB] > refresh
         || simdit_dram_config_fail (
             error, path,
             "$.timing.tREFIpb: expected more than the %" G_GUINT64_FORMAT
             " clocks of a bank's refresh (the longer of tRFCpb and tRREFD, + tRP "
             "+ tRC), got %u",
             refresh, times[SIMDIT_DRAM_T_REFIPB]);
}

/* A refresh cycle must leave room for work, or nothing is ever served. */
static bool
check_times (const SimditDramConfig *self, const char *path, GError **error)
{
  const uint32_t *times = self->timing.times;
  uint64_t refresh = self->ranks
                     * ((uint64_t) times[SIMDIT_DRAM_T_RFC] + times[SIMDIT_DRAM_T_RPAB]
                        + times[SIMDIT_DRAM_T_RC]);

  if (times[SIMDIT_DRAM_T_REFI] != 0 && times[SIMDIT_DRAM_T_REFI] <= refresh)
    return simdit_dram_config_fail (error, path,
                                    "$.timing.tREFI: expected 0 or more than the %" G_GUINT64_FORMAT
                                    " clocks of a refresh (ranks x (tRFC + tRPab + tRC)), got %u",
                                    refresh, times[SIMDIT_DRAM_T_REFI]);
  if (times[SIMDIT_DRAM_T_ACT] > 1 && self->command_buses == 1)
    return simdit_dram_config_fail (error, path,
                                    "$.timing.tACT: expected 1 with one command bus, got %u",
                                    times[SIMDIT_DRAM_T_ACT]);
  if (times[SIMDIT_DRAM_T_ACT] > times[SIMDIT_DRAM_T_RP])
    return simdit_dram_config_fail (error, path, "$.timing.tACT: expected at most tRP (%u), got %u",
                                    times[SIMDIT_DRAM_T_RP], times[SIMDIT_DRAM_T_ACT]);
  return self->refresh == SIMDIT_DRAM_REFRESH_RANK || check_bank_refresh (self, path, error);
}

/* Without a value but for those that may be missing. */
static SimditDramConfig *
config_new (const char *path)
{
  SimditDramConfig *self = g_new0 (SimditDramConfig, 1);

  for (guint i = 0; i < simdit_dram_n_keys; i++)
    *simdit_dram_key_field (self, &simdit_dram_keys[i]) = simdit_dram_keys[i].fallback;
  for (guint i = 0; i < SIMDIT_DRAM_N_TIMES; i++)
    self->timing.times[i] = simdit_dram_times[i].optional ? (uint32_t) simdit_dram_times[i].min
                                                          : UINT32_MAX;
  self->name = g_filename_display_basename (path);
  if (g_str_has_suffix (self->name, ".json"))
    self->name[strlen (self->name) - strlen (".json")] = '\0';
  return self;
}

/* Everything has been read. */
static bool
complete (SimditDramConfig *self, bool own_map, const char *path, GError **error)
{
  if (!check (self, path, error) || !finish_map (self, own_map, path, error)
      || !check (self, path, error) || !check_times (self, path, error))
    return false;
  simdit_dram_timing_compile (&self->timing, (SimditDramRefresh) self->refresh, self->ranks == 1);
  return true;
}

SimditDramConfig *
simdit_dram_config_load (const char *path, const char *overrides, GError **error)
{
  g_autoptr (SimditDramConfig) self = config_new (path);
  bool own_map = false;

  if (!read_file (self, path, 0, error)
      || (overrides != NULL && !simdit_dram_config_override (self, overrides, &own_map, error))
      || !complete (self, own_map, path, error))
    return NULL;
  return g_steal_pointer (&self);
}

SimditDramConfig *
simdit_dram_config_parse (const char *text, const char *name, GError **error)
{
  g_autoptr (SimditDramConfig) self = config_new (name);
  g_autoptr (SimditJsonDocument) document = simdit_json_parse (text, -1, name, error);

  if (document == NULL || !read_document (self, document, name, 0, error)
      || !complete (self, false, name, error))
    return NULL;
  return g_steal_pointer (&self);
}

double
simdit_dram_command_energy (const SimditDramConfig *self, SimditDramCommand command)
{
  switch (command)
    {
    case SIMDIT_DRAM_ACT:
      return (double) self->energy.act;
    case SIMDIT_DRAM_RD:
    case SIMDIT_DRAM_RDA:
      return (double) self->energy.rd;
    case SIMDIT_DRAM_WR:
    case SIMDIT_DRAM_WRA:
      return (double) self->energy.wr;
    case SIMDIT_DRAM_REF:
      return (double) self->energy.ref;
    case SIMDIT_DRAM_REFPB:
      return (double) self->energy.ref / (double) (self->groups * self->banks);
    default:
      return 0;
    }
}

void
simdit_dram_config_free (SimditDramConfig *self)
{
  if (self == NULL)
    return;
  g_free (self->name);
  g_free (self->description);
  g_free (self->map_text);
  g_free (self);
}

const char *
simdit_dram_config_get_name (const SimditDramConfig *self)
{
  return self->name;
}

const char *
simdit_dram_config_get_description (const SimditDramConfig *self)
{
  return self->description != NULL ? self->description : "";
}

uint64_t
simdit_dram_config_get_clock_fs (const SimditDramConfig *self)
{
  return self->clock_fs;
}

double
simdit_dram_config_get_bandwidth (const SimditDramConfig *self)
{
  double seconds = (double) self->clock_fs * self->timing.times[SIMDIT_DRAM_T_BURST] * 1e-15;

  return (double) (self->channels * self->request_bytes) / seconds;
}
