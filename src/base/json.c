#include "base/json.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <simdit/error.h>
#include <stdio.h>
#include <string.h>

#define MAX_FILE_BYTES ((gsize) 256 << 20)
#define BLOCK_BYTES ((gsize) 64 << 10)
#define MAX_PERIOD_FS 1e12 /* 1 ms */
#define MAX_QUOTED 60      /* characters of a key or value in a message */

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

/*
 * What json-glib accepts though it is not JSON or cannot be kept: 010 (as eight), 0x10, .5,
 * integers that do not fit 64 bits (they wrap), comments (even "/ x /"), several values in a row,
 * nesting that exhausts the stack.
 */
#define MAX_DEPTH 256

typedef struct
{
  const char *at, *end; /* borrowed */
  guint line, depth;
  bool complete; /* the outermost value has ended */
} Lexer;

static gsize
skip_digits (Lexer *self)
{
  const char *start = self->at;

  while (self->at < self->end && g_ascii_isdigit (*self->at))
    self->at++;
  return (gsize) (self->at - start);
}

static bool
skip_char (Lexer *self, const char *accepted)
{
  if (self->at == self->end || *self->at == '\0' || strchr (accepted, *self->at) == NULL)
    return false;
  self->at++;
  return true;
}

static bool
fits_int64 (const char *digits, gsize n, bool negative)
{
  uint64_t value = 0;

  for (gsize i = 0; i < n; i++)
    if (__builtin_mul_overflow (value, 10, &value)
        || __builtin_add_overflow (value, (uint64_t) (digits[i] - '0'), &value))
      return false;
  return value <= (uint64_t) INT64_MAX + negative;
}

/* The number at the present place; false when it is malformed or an integer beyond 64 bits. */
static bool
skip_number (Lexer *self)
{
  bool negative = skip_char (self, "-"), whole = true;
  const char *digits = self->at;
  gsize n = skip_digits (self);

  if (n == 0 || (n > 1 && digits[0] == '0'))
    return false;
  if (skip_char (self, "."))
    {
      whole = false;
      if (skip_digits (self) == 0)
        return false;
    }
  if (skip_char (self, "eE"))
    {
      whole = false;
      skip_char (self, "+-");
      if (skip_digits (self) == 0)
        return false;
    }
  if (self->at < self->end && (g_ascii_isalnum (*self->at) || *self->at == '_'))
    return false;
  return !whole || fits_int64 (digits, n, negative);
}

static void
skip_string (Lexer *self)
{
  for (self->at++; self->at < self->end && *self->at != '"'; self->at++)
    {
      if (*self->at == '\\' && self->at + 1 < self->end)
        self->at++;
      self->line += *self->at == '\n';
    }
  self->at += self->at < self->end;
}

/* The next token or character; false: @why (static) says what is wrong with it. */
static bool
skip_token (Lexer *self, const char **why)
{
  char c = *self->at;

  *why = "expected the end of the file after the value";
  if (self->complete && !g_ascii_isspace (c))
    return false;
  if (c == '"')
    skip_string (self);
  else if (c == '-' || c == '.' || g_ascii_isdigit (c))
    {
      *why = "expected a number that fits 64 bits, without leading zeros";
      return skip_number (self);
    }
  else if (g_ascii_isalpha (c) || c == '_')
    while (self->at < self->end && (g_ascii_isalnum (*self->at) || *self->at == '_'))
      self->at++;
  else
    {
      self->at++;
      self->line += c == '\n';
      self->depth += c == '[' || c == '{';
      self->depth -= (c == ']' || c == '}') && self->depth > 0;
      self->complete |= (c == ']' || c == '}') && self->depth == 0;
      *why = c == '/' ? "comments are not JSON" : "arrays and objects are nested too deeply";
      return c != '/' && self->depth <= MAX_DEPTH;
    }
  return true;
}

static bool
check_tokens (const char *text, gsize length, const char *name, GError **error)
{
  Lexer lexer = { .at = text, .end = text + length, .line = 1 };

  while (lexer.at < lexer.end)
    {
      const char *start = lexer.at, *why = NULL;

      if (skip_token (&lexer, &why))
        continue;
      while (lexer.at < lexer.end && g_ascii_isalnum (*lexer.at))
        lexer.at++;
      g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_PARSE,
                   "%s: not valid JSON: line %u: %s, got %.*s", name, lexer.line, why,
                   (int) MIN (lexer.at - start, 40), start);
      return false;
    }
  return true;
}

SimditJsonDocument *
simdit_json_parse (const char *text, gssize length, const char *name, GError **error)
{
  g_autoptr (SimditJsonDocument) self = g_new0 (SimditJsonDocument, 1);
  g_autoptr (GError) parse_error = NULL;
  gsize size = length < 0 ? strlen (text) : (gsize) length;
  const char *end;

  self->name = g_strdup (name);
  self->parser = json_parser_new_immutable ();
  if (!g_utf8_validate (text, (gssize) size, &end))
    {
      g_set_error (
          error, SIMDIT_ERROR, SIMDIT_ERROR_PARSE,
          "%s: not JSON: expected UTF-8 text, got the byte 0x%02x at offset %" G_GSIZE_FORMAT, name,
          (unsigned char) *end, (gsize) (end - text));
      return NULL;
    }
  if (!check_tokens (text, size, name, error))
    return NULL;
  if (!json_parser_load_from_data (self->parser, text, (gssize) size, &parse_error))
    {
      /* json-glib's message begins with its own stand-in for the file name. */
      const char *what = strstr (parse_error->message, "<data>:");

      g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_PARSE, "%s: not valid JSON: line %s", name,
                   what != NULL ? what + strlen ("<data>:") : parse_error->message);
      return NULL;
    }
  if (json_parser_get_root (self->parser) == NULL)
    {
      g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_PARSE, "%s: not valid JSON: it is empty",
                   name);
      return NULL;
    }
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

/* @text as it goes into a message: one line, not too long. */
static char *
quote (const char *text)
{
  g_autoptr (GString) quoted = g_string_new (NULL);
  glong n = 0;

  for (; *text != '\0' && n < MAX_QUOTED; text = g_utf8_next_char (text), n++)
    if (g_unichar_iscntrl (g_utf8_get_char (text)))
      g_string_append_printf (quoted, "\\u%04x", g_utf8_get_char (text));
    else
      g_string_append_unichar (quoted, g_utf8_get_char (text));
  g_string_append (quoted, *text != '\0' ? "..." : "");
  return g_string_free (g_steal_pointer (&quoted), FALSE);
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
  key = self->key != NULL ? quote (self->key) : NULL;
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
  return quote (text);
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

bool
simdit_json_period (const SimditJson *self, uint64_t *fs, GError **error)
{
  g_autofree char *got = NULL;

  if (self->node != NULL && JSON_NODE_HOLDS_VALUE (self->node)
      && (json_node_get_value_type (self->node) == G_TYPE_INT64
          || json_node_get_value_type (self->node) == G_TYPE_DOUBLE))
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
simdit_json_string (const SimditJson *self, const char **value, GError **error)
{
  g_autofree char *got = NULL;

  if (self->node != NULL && JSON_NODE_HOLDS_VALUE (self->node)
      && json_node_get_value_type (self->node) == G_TYPE_STRING
      && json_node_get_string (self->node)[0] != '\0'
      && is_one_line (json_node_get_string (self->node)))
    {
      *value = json_node_get_string (self->node);
      return true;
    }
  got = simdit_json_describe (self);
  if (self->node != NULL && JSON_NODE_HOLDS_VALUE (self->node)
      && json_node_get_value_type (self->node) == G_TYPE_STRING)
    return simdit_json_fail (self, error, "expected one line of text, not empty, got %s", got);
  return simdit_json_fail (self, error, "expected a string, got %s", got);
}

/* Levenshtein distance of two words, case ignored; only the start of @a counts if it is long. */
static gsize
edit_distance (const char *a, const char *b)
{
  gsize n = strlen (b);
  g_autofree gsize *row = g_new (gsize, n + 1);

  for (gsize j = 0; j <= n; j++)
    row[j] = j;
  for (gsize i = 0; a[i] != '\0' && i < MAX_QUOTED; i++)
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
      quoted = quote (key);
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
simdit_json_quote (const char *text)
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
