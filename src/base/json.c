#include "base/json.h"

#include "base/json-text.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <simdit/error.h>
#include <stdio.h>
#include <string.h>

#define MAX_FILE_BYTES ((gsize) 256 << 20)
#define BLOCK_BYTES ((gsize) 64 << 10)
#define MAX_PERIOD_FS 1e12 /* 1 ms */
#define MAX_COMPARED 60    /* characters of a word that is not known */

struct SimditJsonDocument
{
  char *name;         /* owned: the file */
  JsonParser *parser; /* owned */
};

void
simdit_json_document_free (SimditJsonDocument *self)
{
  if (self == NULL)
    return;
  g_free (self->name);
  g_clear_object (&self->parser);
  g_free (self);
}

SimditJsonDocument *
simdit_json_parse (const char *text, gssize length, const char *name, GError **error)
{
  g_autoptr (SimditJsonDocument) self = g_new0 (SimditJsonDocument, 1);

  self->name = g_strdup (name);
  self->parser = json_parser_new_immutable ();
  if (!simdit_json_parse_text (self->parser, text, length < 0 ? strlen (text) : (gsize) length,
                               name, error))
    return NULL;
  return g_steal_pointer (&self);
}

static bool
fail_reading (const char *path, const char *what, GError **error)
{
  g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_IO, "%s: cannot be read: %s", path, what);
  return false;
}

/* Not g_file_get_contents(), which would read /dev/zero until memory ends. */
bool
simdit_json_read_file (const char *path, char **text, gsize *length, GError **error)
{
  g_autoptr (GString) contents = g_string_new (NULL);
  g_autofree char *block = g_malloc (BLOCK_BYTES);
  FILE *file = g_fopen (path, "rbe");
  gsize n;
  int failure;

  if (file == NULL)
    return fail_reading (path, g_strerror (errno), error);
  errno = 0;
  while (contents->len <= MAX_FILE_BYTES && (n = fread (block, 1, BLOCK_BYTES, file)) > 0)
    g_string_append_len (contents, block, (gssize) n);
  failure = ferror (file) ? errno : 0;
  fclose (file);
  if (failure != 0)
    return fail_reading (path, g_strerror (failure), error);
  if (contents->len > MAX_FILE_BYTES)
    return fail_reading (path, "expected at most 256 MiB of JSON", error);
  *length = contents->len;
  *text = g_string_free (g_steal_pointer (&contents), FALSE);
  return true;
}

SimditJsonDocument *
simdit_json_load (const char *path, GError **error)
{
  g_autofree char *text = NULL;
  gsize length;

  if (!simdit_json_read_file (path, &text, &length, error))
    return NULL;
  return simdit_json_parse (text, (gssize) length, path, error);
}

SimditJson
simdit_json_root (const SimditJsonDocument *document)
{
  return (SimditJson){ .document = document, .node = json_parser_get_root (document->parser) };
}

const char *
simdit_json_file (const SimditJson *self)
{
  return self->document->name;
}

static void
append_path (GString *path, const SimditJson *self)
{
  g_autofree char *key = NULL;

  if (self->parent == NULL)
    {
      g_string_append_c (path, '$');
      return;
    }
  append_path (path, self->parent);
  key = self->key != NULL ? simdit_json_quote (self->key) : NULL;
  if (key != NULL)
    g_string_append_printf (path, ".%s", key);
  else
    g_string_append_printf (path, "[%u]", self->index);
}

bool
simdit_json_fail (const SimditJson *self, GError **error, const char *format, ...)
{
  g_autoptr (GString) path = g_string_new (NULL);
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  append_path (path, self);
  g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_INVALID, "%s: %s: %s", self->document->name,
               path->str, message);
  return false;
}

char *
simdit_json_describe (const SimditJson *self)
{
  g_autofree char *text = NULL;

  if (self->node == NULL)
    return g_strdup ("nothing");
  if (JSON_NODE_HOLDS_OBJECT (self->node))
    return g_strdup ("an object");
  if (JSON_NODE_HOLDS_ARRAY (self->node))
    return g_strdup ("an array");
  text = json_to_string (self->node, FALSE);
  return simdit_json_quote (text);
}

bool
simdit_json_expect_object (const SimditJson *self, GError **error)
{
  g_autofree char *got = NULL;

  if (self->node != NULL && JSON_NODE_HOLDS_OBJECT (self->node))
    return true;
  got = simdit_json_describe (self);
  return simdit_json_fail (self, error, "expected an object, got %s", got);
}

bool
simdit_json_expect_array (const SimditJson *self, guint *length, GError **error)
{
  g_autofree char *got = NULL;

  if (self->node != NULL && JSON_NODE_HOLDS_ARRAY (self->node))
    {
      *length = json_array_get_length (json_node_get_array (self->node));
      return true;
    }
  got = simdit_json_describe (self);
  return simdit_json_fail (self, error, "expected an array, got %s", got);
}

SimditJson
simdit_json_member (const SimditJson *self, const char *key)
{
  return (SimditJson){ .document = self->document,
                       .node = json_object_get_member (json_node_get_object (self->node), key),
                       .parent = self,
                       .key = key };
}

bool
simdit_json_require (const SimditJson *self, const char *key, SimditJson *member, GError **error)
{
  *member = simdit_json_member (self, key);
  if (member->node != NULL)
    return true;
  return simdit_json_fail (self, error, "the key \"%s\" is missing", key);
}

const char *
simdit_json_key (const SimditJson *self, guint index)
{
  g_autoptr (GList) keys = json_object_get_members (json_node_get_object (self->node));

  return g_list_nth_data (keys, index);
}

SimditJson
simdit_json_element (const SimditJson *self, guint index)
{
  return (SimditJson){ .document = self->document,
                       .node = json_array_get_element (json_node_get_array (self->node), index),
                       .parent = self,
                       .index = index };
}

bool
simdit_json_uint (const SimditJson *self, uint64_t min, uint64_t max, uint64_t *value,
                  GError **error)
{
  g_autofree char *got = NULL;

  if (self->node != NULL && JSON_NODE_HOLDS_VALUE (self->node)
      && json_node_get_value_type (self->node) == G_TYPE_INT64)
    {
      gint64 number = json_node_get_int (self->node);

      if (number >= 0 && (uint64_t) number >= min && (uint64_t) number <= max)
        {
          *value = (uint64_t) number;
          return true;
        }
    }
  got = simdit_json_describe (self);
  return simdit_json_fail (self, error,
                           "expected an integer from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT
                           ", got %s",
                           min, max, got);
}

/* Whether it is a number, of either of json-glib's types. */
static bool
is_number (const SimditJson *self)
{
  return self->node != NULL && JSON_NODE_HOLDS_VALUE (self->node)
         && (json_node_get_value_type (self->node) == G_TYPE_INT64
             || json_node_get_value_type (self->node) == G_TYPE_DOUBLE);
}

bool
simdit_json_number (const SimditJson *self, double *value, GError **error)
{
  g_autofree char *got = NULL;

  *value = is_number (self) ? json_node_get_double (self->node) : -1;
  if (*value >= 0 && isfinite (*value))
    return true;
  got = simdit_json_describe (self);
  return simdit_json_fail (self, error, "expected a number that is not negative, got %s", got);
}

bool
simdit_json_is_null (const SimditJson *self)
{
  return self->node != NULL && JSON_NODE_HOLDS_NULL (self->node);
}

bool
simdit_json_period (const SimditJson *self, uint64_t *fs, GError **error)
{
  g_autofree char *got = NULL;

  if (is_number (self))
    {
      double period = json_node_get_double (self->node) * 1000;

      if (period >= 1 && period <= MAX_PERIOD_FS && fabs (period - round (period)) < 1e-3)
        {
          *fs = (uint64_t) llround (period);
          return true;
        }
    }
  got = simdit_json_describe (self);
  return simdit_json_fail (self, error,
                           "expected a clock period from 0.001 to 1000000000 ps with at most "
                           "three decimals, got %s",
                           got);
}

static bool
is_one_line (const char *text)
{
  for (; *text != '\0'; text = g_utf8_next_char (text))
    if (g_unichar_iscntrl (g_utf8_get_char (text)))
      return false;
  return true;
}

bool
simdit_json_text (const SimditJson *self, const char **value, GError **error)
{
  g_autofree char *got = NULL;

  if (self->node != NULL && JSON_NODE_HOLDS_VALUE (self->node)
      && json_node_get_value_type (self->node) == G_TYPE_STRING)
    {
      *value = json_node_get_string (self->node);
      return true;
    }
  got = simdit_json_describe (self);
  return simdit_json_fail (self, error, "expected a string, got %s", got);
}

bool
simdit_json_string (const SimditJson *self, const char **value, GError **error)
{
  g_autofree char *got = NULL;
  const char *text;

  if (!simdit_json_text (self, &text, error))
    return false;
  if (text[0] != '\0' && is_one_line (text))
    {
      *value = text;
      return true;
    }
  got = simdit_json_describe (self);
  return simdit_json_fail (self, error, "expected one line of text, not empty, got %s", got);
}

bool
simdit_json_boolean (const SimditJson *self, bool *value, GError **error)
{
  g_autofree char *got = NULL;

  if (self->node != NULL && JSON_NODE_HOLDS_VALUE (self->node)
      && json_node_get_value_type (self->node) == G_TYPE_BOOLEAN)
    {
      *value = json_node_get_boolean (self->node);
      return true;
    }
  got = simdit_json_describe (self);
  return simdit_json_fail (self, error, "expected true or false, got %s", got);
}

/* Levenshtein distance of two words, case ignored; only the start of @a counts if it is long. */
static gsize
edit_distance (const char *a, const char *b)
{
  gsize n = strlen (b);
  g_autofree gsize *row = g_new (gsize, n + 1);

  for (gsize j = 0; j <= n; j++)
    row[j] = j;
  for (gsize i = 0; a[i] != '\0' && i < MAX_COMPARED; i++)
    {
      gsize diagonal = row[0];

      row[0] = i + 1;
      for (gsize j = 0; j < n; j++)
        {
          gsize same = diagonal + (g_ascii_tolower (a[i]) != g_ascii_tolower (b[j]));

          diagonal = row[j + 1];
          row[j + 1] = MIN (same, MIN (row[j], diagonal) + 1);
        }
    }
  return row[n];
}

const char *
simdit_nearest (const char *word, const char *const *known, gsize n)
{
  const char *best = known[0];
  gsize best_distance = G_MAXSIZE;

  for (gsize i = 0; i < n; i++)
    {
      gsize distance = edit_distance (word, known[i]);

      if (distance < best_distance)
        {
          best = known[i];
          best_distance = distance;
        }
    }
  return best;
}

bool
simdit_json_check_keys (const SimditJson *self, const char *const *known, gsize n, GError **error)
{
  g_autoptr (GList) keys = NULL;

  if (!simdit_json_expect_object (self, error))
    return false;
  keys = json_object_get_members (json_node_get_object (self->node));
  for (GList *link = keys; link != NULL; link = link->next)
    {
      const char *key = link->data;
      g_autofree char *quoted = NULL;
      bool found = false;

      for (gsize i = 0; i < n && !found; i++)
        found = g_str_equal (key, known[i]);
      if (found)
        continue;
      quoted = simdit_json_quote (key);
      return simdit_json_fail (self, error, "unknown key \"%s\"; did you mean \"%s\"?", quoted,
                               simdit_nearest (key, known, n));
    }
  return true;
}

char *
simdit_file_stem (const char *path)
{
  char *name = g_filename_display_basename (path);

  if (g_str_has_suffix (name, ".json"))
    name[strlen (name) - strlen (".json")] = '\0';
  return name;
}

char *
simdit_json_string_text (const char *text)
{
  g_autoptr (JsonNode) node = json_node_init_string (json_node_alloc (), text);

  return json_to_string (node, FALSE);
}

char *
simdit_json_period_text (uint64_t period_fs)
{
  if (period_fs % 1000 == 0)
    return g_strdup_printf ("%" G_GUINT64_FORMAT, period_fs / 1000);
  return g_strdup_printf ("%" G_GUINT64_FORMAT ".%03u", period_fs / 1000,
                          (unsigned) (period_fs % 1000));
}
