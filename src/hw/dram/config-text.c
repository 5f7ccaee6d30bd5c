/* DRAM definitions as users type and read them: keys, what to change in a definition, and the whole
 * of one as JSON. */
#include "hw/dram/config-keys.h"

#include "base/json.h"

#include <simdit/error.h>
#include <string.h>

const char *const simdit_dram_sections[] = { [SIMDIT_DRAM_ORGANISATION] = "organisation",
                                             [SIMDIT_DRAM_CONTROLLER] = "controller",
                                             [SIMDIT_DRAM_ENERGY] = "energy",
                                             [SIMDIT_DRAM_TIMING] = "timing" };

#define FIELD(name) offsetof (SimditDramConfig, name)

const SimditDramKeyInfo simdit_dram_keys[] = {
  { "channels", SIMDIT_DRAM_ORGANISATION, FIELD (channels), 1, 256, 1, true,
    "independent channels" },
  { "ranks", SIMDIT_DRAM_ORGANISATION, FIELD (ranks), 1, 8, 1, true, "ranks of a channel" },
  { "groups", SIMDIT_DRAM_ORGANISATION, FIELD (groups), 1, 16, SIMDIT_DRAM_UNSET, true,
    "bank groups of a rank" },
  { "banks", SIMDIT_DRAM_ORGANISATION, FIELD (banks), 1, 64, SIMDIT_DRAM_UNSET, true,
    "banks of a group" },
  { "rows", SIMDIT_DRAM_ORGANISATION, FIELD (rows), 1, 1 << 24, SIMDIT_DRAM_UNSET, true,
    "rows of a bank" },
  { "columns", SIMDIT_DRAM_ORGANISATION, FIELD (columns), 1, 1 << 16, SIMDIT_DRAM_UNSET, true,
    "requests of a row" },
  { "request_bytes", SIMDIT_DRAM_ORGANISATION, FIELD (request_bytes), 1, 4096, SIMDIT_DRAM_UNSET,
    true, "bytes of a request: one burst" },
  { "command_buses", SIMDIT_DRAM_ORGANISATION, FIELD (command_buses), 1, 2, 1, false,
    "2: row and column commands have their own" },
  { "rq", SIMDIT_DRAM_CONTROLLER, FIELD (read_queue), 1, SIMDIT_DRAM_MAX_QUEUE, 32, false,
    "read queue" },
  { "wq", SIMDIT_DRAM_CONTROLLER, FIELD (write_queue), 1, SIMDIT_DRAM_MAX_QUEUE, 32, false,
    "write queue" },
  { "write_high", SIMDIT_DRAM_CONTROLLER, FIELD (write_high), 1, 99, 80, false,
    "writes drain above this percentage of wq" },
  { "write_low", SIMDIT_DRAM_CONTROLLER, FIELD (write_low), 0, 98, 20, false,
    "until they are below this one and reads wait" },
  { "cap", SIMDIT_DRAM_CONTROLLER, FIELD (hit_cap), 0, 65535, 0, false,
    "columns of a row beyond which hits come last; 0: none" },
  { "act_fj", SIMDIT_DRAM_ENERGY, FIELD (energy.act), 0, 1u << 31, 0, false,
    "ACT and its PRE [fJ]" },
  { "rd_fj", SIMDIT_DRAM_ENERGY, FIELD (energy.rd), 0, 1u << 31, 0, false, "RD [fJ]" },
  { "wr_fj", SIMDIT_DRAM_ENERGY, FIELD (energy.wr), 0, 1u << 31, 0, false, "WR [fJ]" },
  { "ref_fj", SIMDIT_DRAM_ENERGY, FIELD (energy.ref), 0, 1u << 31, 0, false, "REF [fJ]" },
};

const guint simdit_dram_n_keys = G_N_ELEMENTS (simdit_dram_keys);

const SimditDramChoiceInfo simdit_dram_choices[] = {
  { "sched",
    FIELD (scheduler),
    { [SIMDIT_DRAM_FRFCFS] = "frfcfs", [SIMDIT_DRAM_ROWHIT] = "rowhit" },
    "frfcfs (oldest ready first) or rowhit (and rows stay open for hits)" },
  { "page",
    FIELD (page),
    { [SIMDIT_DRAM_OPEN_PAGE] = "open", [SIMDIT_DRAM_CLOSED_PAGE] = "closed" },
    "open or closed (every access closes its row)" },
  { "refresh",
    FIELD (refresh),
    { [SIMDIT_DRAM_REFRESH_RANK] = "rank", [SIMDIT_DRAM_REFRESH_BANK] = "bank" },
    "rank (all banks at once) or bank (one after the other; tRFCpb, tREFIpb, tRREFD)" },
};

guint *
simdit_dram_choice_field (SimditDramConfig *self, const SimditDramChoiceInfo *choice)
{
  return (guint *) (void *) ((char *) self + choice->offset);
}

uint64_t *
simdit_dram_key_field (SimditDramConfig *self, const SimditDramKeyInfo *key)
{
  return (uint64_t *) (void *) ((char *) self + key->offset);
}

bool
simdit_dram_key_accepts (const SimditDramKeyInfo *key, uint64_t value)
{
  return !key->power_of_two || (value & (value - 1)) == 0;
}

guint
simdit_dram_key_names (SimditDramSection section, const char **names)
{
  guint n = 0;

  for (guint i = 0; section != SIMDIT_DRAM_TIMING && i < simdit_dram_n_keys; i++)
    if (simdit_dram_keys[i].section == section)
      names[n++] = simdit_dram_keys[i].key;
  for (guint i = 0; section == SIMDIT_DRAM_TIMING && i < SIMDIT_DRAM_N_TIMES; i++)
    names[n++] = simdit_dram_times[i].key;
  if (section == SIMDIT_DRAM_CONTROLLER)
    {
      for (guint i = 0; i < SIMDIT_DRAM_N_CHOICES; i++)
        names[n++] = simdit_dram_choices[i].key;
      names[n++] = "map";
    }
  return n;
}

bool
simdit_dram_config_fail (GError **error, const char *where, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_INVALID, "%s: %s", where, message);
  return false;
}

static bool
override_number (const char *key, const char *text, uint64_t min, uint64_t max, uint64_t *value,
                 GError **error)
{
  if (g_ascii_string_to_unsigned (text, 10, min, max, value, NULL))
    return true;
  return simdit_dram_config_fail (error, SIMDIT_DRAM_CHANGES,
                                  "%s: expected an integer from %" G_GUINT64_FORMAT
                                  " to %" G_GUINT64_FORMAT ", got \"%s\"",
                                  key, min, max, text);
}

static bool
override_choice (SimditDramConfig *self, const SimditDramChoiceInfo *choice, const char *text,
                 GError **error)
{
  guint *field = simdit_dram_choice_field (self, choice);

  *field = g_str_equal (text, choice->words[1]);
  if (*field == 1 || g_str_equal (text, choice->words[0]))
    return true;
  return simdit_dram_config_fail (error, SIMDIT_DRAM_CHANGES, "%s: expected %s or %s, got \"%s\"",
                                  choice->key, choice->words[0], choice->words[1], text);
}

static bool
override_one (SimditDramConfig *self, const char *key, const char *text, GError **error)
{
  const char *names[SIMDIT_DRAM_MAX_KEY_NAMES];
  uint64_t value;
  guint n = 0;

  for (guint i = 0; i < simdit_dram_n_keys; i++)
    if (g_str_equal (key, simdit_dram_keys[i].key))
      {
        if (!override_number (key, text, simdit_dram_keys[i].min, simdit_dram_keys[i].max,
                              simdit_dram_key_field (self, &simdit_dram_keys[i]), error))
          return false;
        return simdit_dram_key_accepts (&simdit_dram_keys[i],
                                        *simdit_dram_key_field (self, &simdit_dram_keys[i]))
               || simdit_dram_config_fail (error, SIMDIT_DRAM_CHANGES,
                                           "%s: expected a power of two, got %s", key, text);
      }
  for (guint i = 0; i < SIMDIT_DRAM_N_TIMES; i++)
    if (g_str_equal (key, simdit_dram_times[i].key))
      {
        if (!override_number (key, text, simdit_dram_times[i].min, simdit_dram_times[i].max, &value,
                              error))
          return false;
        self->timing.times[i] = (uint32_t) value;
        return true;
      }
  for (guint i = 0; i < SIMDIT_DRAM_N_CHOICES; i++)
    if (g_str_equal (key, simdit_dram_choices[i].key))
      return override_choice (self, &simdit_dram_choices[i], text, error);
  for (guint s = 0; s < SIMDIT_DRAM_N_SECTIONS; s++)
    n += simdit_dram_key_names ((SimditDramSection) s, names + n);
  return simdit_dram_config_fail (error, SIMDIT_DRAM_CHANGES,
                                  "unknown key \"%s\"; did you mean \"%s\"?", key,
                                  simdit_nearest (key, names, n));
}

bool
simdit_dram_config_override (SimditDramConfig *self, const char *overrides, bool *own_map,
                             GError **error)
{
  g_auto (GStrv) words = g_strsplit (overrides, ",", -1);

  for (guint i = 0; words[i] != NULL; i++)
    {
      char *text = strchr (words[i], '=');

      if (text == NULL)
        return simdit_dram_config_fail (error, SIMDIT_DRAM_CHANGES,
                                        "expected key=value, got \"%s\"", words[i]);
      *text++ = '\0';
      if (g_str_equal (words[i], "map"))
        {
          g_free (self->map_text);
          self->map_text = g_strdup (text);
          *own_map = true;
        }
      else if (!override_one (self, words[i], text, error))
        return false;
    }
  return true;
}

static void
describe_key (GString *text, const char *key, const char *help, uint64_t min, uint64_t max)
{
  g_string_append_printf (text, "  %-14s %s; %" G_GUINT64_FORMAT "..%" G_GUINT64_FORMAT "\n", key,
                          help, min, max);
}

char *
simdit_dram_config_describe_keys (void)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < simdit_dram_n_keys; i++)
    describe_key (text, simdit_dram_keys[i].key, simdit_dram_keys[i].help, simdit_dram_keys[i].min,
                  simdit_dram_keys[i].max);
  for (guint i = 0; i < SIMDIT_DRAM_N_CHOICES; i++)
    g_string_append_printf (text, "  %-14s %s\n", simdit_dram_choices[i].key,
                            simdit_dram_choices[i].help);
  g_string_append (text, "  map            address bits from the top: ch, ra, bg, ba, ro, co with "
                         "widths, as ro16-ba2-co7-bg2\n");
  for (guint i = 0; i < SIMDIT_DRAM_N_TIMES; i++)
    describe_key (text, simdit_dram_times[i].key, simdit_dram_times[i].help,
                  simdit_dram_times[i].min, simdit_dram_times[i].max);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* One section's keys and values. */
static void
append_section (const SimditDramConfig *self, SimditDramSection section, GString *text)
{
  const char *separator = "\n";

  g_string_append_printf (text, ",\n  \"%s\": {", simdit_dram_sections[section]);
  for (guint i = 0; section != SIMDIT_DRAM_TIMING && i < simdit_dram_n_keys; i++)
    {
      const SimditDramKeyInfo *key = &simdit_dram_keys[i];
      const void *place = (const char *) self + key->offset;

      if (key->section != section)
        continue;
      g_string_append_printf (text, "%s    \"%s\": %" G_GUINT64_FORMAT, separator, key->key,
                              *(const uint64_t *) place);
      separator = ",\n";
    }
  for (guint i = 0; section == SIMDIT_DRAM_TIMING && i < SIMDIT_DRAM_N_TIMES; i++)
    g_string_append_printf (text, "%s    \"%s\": %u", i > 0 ? ",\n" : "\n",
                            simdit_dram_times[i].key, self->timing.times[i]);
  if (section == SIMDIT_DRAM_CONTROLLER)
    g_string_append_printf (text, ",\n    \"map\": \"%s\"", self->map_text);
  for (guint i = 0; section == SIMDIT_DRAM_CONTROLLER && i < SIMDIT_DRAM_N_CHOICES; i++)
    {
      const SimditDramChoiceInfo *choice = &simdit_dram_choices[i];
      const void *place = (const char *) self + choice->offset;

      g_string_append_printf (text, ",\n    \"%s\": \"%s\"", choice->key,
                              choice->words[*(const guint *) place]);
    }
  g_string_append (text, "\n  }");
}

char *
simdit_dram_config_to_json (const SimditDramConfig *self)
{
  g_autoptr (GString) text = g_string_new ("{\n");
  g_autofree char *clock = simdit_json_period_text (self->clock_fs);
  g_autofree char *description = simdit_json_string_text (
      simdit_dram_config_get_description (self));

  g_string_append_printf (text, "  \"description\": %s,\n  \"clock_ps\": %s", description, clock);
  for (guint s = 0; s < SIMDIT_DRAM_N_SECTIONS; s++)
    append_section (self, (SimditDramSection) s, text);
  g_string_append (text, "\n}\n");
  return g_string_free (g_steal_pointer (&text), FALSE);
}
