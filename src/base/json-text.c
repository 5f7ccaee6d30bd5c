/*
 * What json-glib accepts though it is not JSON or cannot be kept is refused: 010 (as eight), 0x10,
 * .5, numbers that do not fit 64 bits (integers wrap, others become infinite), NUL characters (a
 * string ends there), comments (even "/ x /"), several values in a row, nesting that exhausts the
 * stack, several members of one name (the last would win).
 */
#include "base/json-text.h"

#include <math.h>
#include <simdit/error.h>
#include <stdint.h>
#include <string.h>

#define MAX_DEPTH 256
#define MAX_QUOTED 60 /* characters of a key or value in a message */

char *
simdit_json_quote (const char *text)
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

/* Not 1e999, which is JSON, but would be infinite. */
static bool
fits_double (const char *number, const char *end)
{
  g_autofree char *text = g_strndup (number, (gsize) (end - number));

  return isfinite (g_ascii_strtod (text, NULL));
}

/* The number at the present place; false when it is malformed or does not fit 64 bits. */
static bool
skip_number (Lexer *self)
{
  const char *start = self->at;
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
  return whole ? fits_int64 (digits, n, negative) : fits_double (start, self->at);
}

/* False at a NUL character. */
static bool
skip_string (Lexer *self)
{
  for (self->at++; self->at < self->end && *self->at != '"'; self->at++)
    {
      if (self->end - self->at >= 6 && strncmp (self->at, "\\u0000", 6) == 0)
        {
          self->at += 6;
          return false;
        }
      if (*self->at == '\\' && self->at + 1 < self->end)
        self->at++;
      self->line += *self->at == '\n';
    }
  self->at += self->at < self->end;
  return true;
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
    {
      *why = "expected a string without NUL characters";
      return skip_string (self);
    }
  if (c == '-' || c == '.' || g_ascii_isdigit (c))
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
check_encoding (const char *text, gsize size, const char *name, GError **error)
{
  const char *end;

  if (g_utf8_validate (text, (gssize) size, &end))
    return true;
  g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_PARSE,
               "%s: not JSON: expected UTF-8 text, got the byte 0x%02x at offset %" G_GSIZE_FORMAT,
               name, (unsigned char) *end, (gsize) (end - text));
  return false;
}

static bool
check_tokens (const char *text, gsize length, const char *name, GError **error)
{
  Lexer lexer = { .at = text, .end = text + length, .line = 1 };

  while (lexer.at < lexer.end)
    {
      const char *start = lexer.at, *why = NULL;
      g_autofree char *token = NULL, *quoted = NULL;

      if (skip_token (&lexer, &why))
        continue;
      if (lexer.at == start)
        lexer.at = g_utf8_next_char (start);
      while (lexer.at < lexer.end && g_ascii_isalnum (*lexer.at))
        lexer.at++;
      token = g_strndup (start, (gsize) (lexer.at - start));
      quoted = simdit_json_quote (token);
      g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_PARSE,
                   "%s: not valid JSON: line %u: %s, got %s", name, lexer.line, why, quoted);
      return false;
    }
  return true;
}

/* json-glib keeps the last of several members of one name; here only one may be. */
typedef struct
{
  GArray *members; /* owned, of guint: of each object around the present place, so far */
  char *twice;     /* owned; the first name that came again, or NULL */
  guint line;      /* where */
} Duplicates;

static void
on_object_start (Duplicates *self)
{
  guint none = 0;

  g_array_append_val (self->members, none);
}

static void
on_object_member (Duplicates *self, JsonObject *object, const char *name, JsonParser *parser)
{
  guint *n = &g_array_index (self->members, guint, self->members->len - 1);

  if (++*n == json_object_get_size (object) || self->twice != NULL)
    return;
  self->twice = simdit_json_quote (name);
  self->line = json_parser_get_current_line (parser);
}

static void
on_object_end (Duplicates *self)
{
  g_array_set_size (self->members, self->members->len - 1);
}

static bool
build_tree (JsonParser *parser, const char *text, gsize size, const char *name, GError **error)
{
  g_autoptr (GError) failure = NULL;
  const char *what;

  if (!json_parser_load_from_data (parser, text, (gssize) size, &failure))
    {
      /* json-glib's message begins with its own stand-in for the file name. */
      what = strstr (failure->message, "<data>:");
      g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_PARSE, "%s: not valid JSON: line %s", name,
                   what != NULL ? what + strlen ("<data>:") : failure->message);
    }
  else if (json_parser_get_root (parser) == NULL)
    g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_PARSE, "%s: not valid JSON: it is empty", name);
  else
    return true;
  return false;
}

bool
simdit_json_parse_text (JsonParser *parser, const char *text, gsize size, const char *name,
                        GError **error)
{
  g_autoptr (GArray) members = g_array_new (FALSE, FALSE, sizeof (guint));
  Duplicates duplicates = { .members = members };
  g_autofree char *twice = NULL;
  bool good;

  if (!check_encoding (text, size, name, error) || !check_tokens (text, size, name, error))
    return false;
  g_signal_connect_swapped (parser, "object-start", G_CALLBACK (on_object_start), &duplicates);
  g_signal_connect_swapped (parser, "object-member", G_CALLBACK (on_object_member), &duplicates);
  g_signal_connect_swapped (parser, "object-end", G_CALLBACK (on_object_end), &duplicates);
  good = build_tree (parser, text, size, name, error);
  g_signal_handlers_disconnect_by_data (parser, &duplicates);
  twice = duplicates.twice;
  if (!good || twice == NULL)
    return good;
  g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_PARSE,
               "%s: line %u: expected each key once, got \"%s\" twice in one object", name,
               duplicates.line, twice);
  return false;
}
