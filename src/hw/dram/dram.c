/*
 * The DRAM models by name, and the simplest of them.
 *
 * ideal: each port has its own bandwidth, its width per cycle, and no latency: the assumption of
 * analytical models. Not modelled: everything else about a memory.
 */
#include "hw/dram/dram.h"

#include "base/json.h"

#include <simdit/error.h>
#include <string.h>

static const SimditDramOps *const models[] = { &simdit_dram_ideal_ops, &simdit_dram_shared_ops };

const char *const *
simdit_dram_model_names (void)
{
  static const char *const names[] = { "ideal", "shared", NULL };

  G_STATIC_ASSERT (G_N_ELEMENTS (names) == G_N_ELEMENTS (models) + 1);
  return names;
}

static bool fail (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static bool
fail (GError **error, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_INVALID, "dram: %s", message);
  return false;
}

static bool
find_model (const char *name, SimditDramSpec *spec, GError **error)
{
  const char *const *names = simdit_dram_model_names ();
  g_autofree char *accepted = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (models); i++)
    if (g_str_equal (models[i]->name, name))
      {
        spec->ops = models[i];
        return true;
      }
  accepted = g_strjoinv (", ", (char **) (uintptr_t) names);
  return fail (error, "nothing is called \"%s\"; expected one of: %s", name, accepted);
}

static bool
set_value (SimditDramSpec *spec, const char *setting, GError **error)
{
  const char *equals = strchr (setting, '=');
  const SimditDramKey *key = spec->ops->keys;
  g_autoptr (GError) number_error = NULL;
  guint i = 0;

  while (key[i].key != NULL
         && (equals == NULL || strlen (key[i].key) != (gsize) (equals - setting)
             || strncmp (key[i].key, setting, (gsize) (equals - setting)) != 0))
    i++;
  if (key[i].key == NULL)
    {
      g_autoptr (GString) known = g_string_new (NULL);

      for (; key->key != NULL; key++)
        g_string_append_printf (known, "%s%s=N", known->len > 0 ? ", " : "", key->key);
      return fail (error, "%s: what is \"%s\"? expected %s", spec->ops->name, setting,
                   known->len > 0 ? known->str : "no parameters");
    }
  if (g_ascii_string_to_unsigned (equals + 1, 10, key[i].min, key[i].max, &spec->values[i],
                                  &number_error))
    return true;
  return fail (error,
               "%s: %s: expected an integer from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT
               ", got \"%s\"",
               spec->ops->name, key[i].key, key[i].min, key[i].max, equals + 1);
}

bool
simdit_dram_parse (const char *text, SimditDramSpec *spec, GError **error)
{
  const char *colon = strchr (text, ':');
  g_autofree char *name = colon != NULL ? g_strndup (text, (gsize) (colon - text))
                                        : g_strdup (text);
  g_auto (GStrv) settings = g_strsplit (colon != NULL ? colon + 1 : "", ",", -1);

  if (!find_model (name, spec, error))
    return false;
  for (guint i = 0; spec->ops->keys[i].key != NULL; i++)
    spec->values[i] = spec->ops->keys[i].fallback;
  for (char **setting = settings; *setting != NULL; setting++)
    if (!set_value (spec, *setting, error))
      return false;
  for (guint i = 0; spec->ops->keys[i].key != NULL; i++)
    if (spec->values[i] == SIMDIT_DRAM_REQUIRED)
      return fail (error, "%s needs %s=N (%s)", name, spec->ops->keys[i].key,
                   spec->ops->keys[i].help);
  return true;
}

SimditDram *
simdit_dram_new (const SimditDramSpec *spec, SimditEngine *engine, SimditClock *clock)
{
  return spec->ops->create (spec, engine, clock);
}

void
simdit_dram_free (SimditDram *self)
{
  if (self != NULL)
    self->ops->destroy (self);
}

/* ---- ideal ---- */

static SimditDram *
ideal_create (const SimditDramSpec *spec, SimditEngine *engine, SimditClock *clock)
{
  SimditDram *self = g_new (SimditDram, 1);

  *self = (SimditDram){ spec->ops, engine, clock };
  return self;
}

static void
ideal_destroy (SimditDram *self)
{
  g_free (self);
}

static void
ideal_submit (SimditDram *self, SimditTransfer *transfer, uint64_t now_cycle)
{
  transfer->end_cycle = now_cycle + transfer->port_cycles;
  simdit_engine_schedule (self->engine, &transfer->done,
                          simdit_clock_tick (self->clock, transfer->end_cycle));
}

static const SimditDramKey ideal_keys[] = { { .key = NULL } };

const SimditDramOps simdit_dram_ideal_ops = {
  .name = "ideal",
  .help = "every port at its own width, no latency",
  .keys = ideal_keys,
  .create = ideal_create,
  .destroy = ideal_destroy,
  .submit = ideal_submit,
};
