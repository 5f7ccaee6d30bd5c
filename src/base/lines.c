#include "base/lines.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <simdit/error.h>
#include <stdio.h>
#include <string.h>

#define BLOCK_BYTES ((gsize) 64 << 10)
#define MAX_LINE_BYTES BLOCK_BYTES

struct SimditLines
{
  char *path;         /* owned */
  FILE *file;         /* owned */
  GConverter *gunzip; /* owned; NULL: plain text */
  char *raw;          /* owned: bytes of the file, [raw_at, raw_end) not yet used */
  gsize raw_at, raw_end;
  bool raw_is_over;
  bool in_member; /* of a gzip file */
  char *text;     /* owned: [at, end) not yet handed out */
  gsize at, end;
  uint64_t number;
};

static bool
fail (const SimditLines *self, SimditError code, GError **error, const char *what)
{
  if (code == SIMDIT_ERROR_IO)
    g_set_error (error, SIMDIT_ERROR, (gint) code, "%s: cannot be read: %s", self->path, what);
  else
    g_set_error (error, SIMDIT_ERROR, (gint) code, "%s: line %" G_GUINT64_FORMAT ": %s", self->path,
                 self->number + 1, what);
  return false;
}

/* Reads another block of the file once the last one is used up. */
static bool
fill_raw (SimditLines *self, GError **error)
{
  if (self->raw_at < self->raw_end || self->raw_is_over)
    return true;
  errno = 0;
  self->raw_at = 0;
  self->raw_end = fread (self->raw, 1, BLOCK_BYTES, self->file);
  self->raw_is_over = self->raw_end == 0;
  return !ferror (self->file) || fail (self, SIMDIT_ERROR_IO, error, g_strerror (errno));
}

SimditLines *
simdit_lines_open (const char *path, GError **error)
{
  g_autoptr (SimditLines) self = g_new0 (SimditLines, 1);

  self->path = g_strdup (path);
  self->raw = g_malloc (BLOCK_BYTES);
  self->text = g_malloc (MAX_LINE_BYTES + BLOCK_BYTES + 1);
  self->file = g_fopen (path, "rbe");
  if (self->file == NULL)
    {
      fail (self, SIMDIT_ERROR_IO, error, g_strerror (errno));
      return NULL;
    }
  if (!fill_raw (self, error))
    return NULL;
  if (self->raw_end >= 2 && memcmp (self->raw, "\x1f\x8b", 2) == 0)
    self->gunzip = G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP));
  return g_steal_pointer (&self);
}

void
simdit_lines_free (SimditLines *self)
{
  if (self == NULL)
    return;
  if (self->file != NULL)
    fclose (self->file);
  g_clear_object (&self->gunzip);
  g_free (self->path);
  g_free (self->raw);
  g_free (self->text);
  g_free (self);
}

/* Appends up to a block of text to [at, end); @n: how much, 0 at the end of the file. */
static bool
read_text (SimditLines *self, gsize *n, GError **error)
{
  *n = 0;
  while (*n == 0)
    {
      g_autoptr (GError) broken = NULL;
      gsize used;
      GConverterResult result;

      if (!fill_raw (self, error))
        return false;
      if (self->raw_is_over)
        return !self->in_member
               || fail (self, SIMDIT_ERROR_PARSE, error, "the gzip file ends too early");
      if (self->gunzip == NULL)
        {
          *n = self->raw_end - self->raw_at;
          memcpy (self->text + self->end, self->raw + self->raw_at, *n);
          self->raw_at = self->raw_end;
          break;
        }
      self->in_member = true;
      result = g_converter_convert (self->gunzip, self->raw + self->raw_at,
                                    self->raw_end - self->raw_at, self->text + self->end,
                                    BLOCK_BYTES, G_CONVERTER_NO_FLAGS, &used, n, &broken);
      if (result == G_CONVERTER_ERROR
          && !g_error_matches (broken, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT))
        return fail (self, SIMDIT_ERROR_PARSE, error, "the gzip file is damaged");
      if (result == G_CONVERTER_ERROR)
        {
          self->raw_at = self->raw_end;
          *n = 0;
          continue;
        }
      self->raw_at += used;
      if (result == G_CONVERTER_FINISHED)
        {
          g_converter_reset (self->gunzip);
          self->in_member = false;
        }
    }
  self->end += *n;
  return true;
}

bool
simdit_lines_next (SimditLines *self, char **line, GError **error)
{
  gsize searched = 0, n;
  char *stop;

  while ((stop = memchr (self->text + self->at + searched, '\n', self->end - self->at - searched))
         == NULL)
    {
      searched = self->end - self->at;
      if (searched > MAX_LINE_BYTES)
        return fail (self, SIMDIT_ERROR_PARSE, error, "expected lines of at most 64 KiB");
      memmove (self->text, self->text + self->at, searched);
      self->at = 0;
      self->end = searched;
      if (!read_text (self, &n, error))
        return false;
      if (n == 0)
        break;
    }
  *line = NULL;
  if (stop == NULL && self->at == self->end)
    return true;
  n = stop != NULL ? (gsize) (stop - self->text) : self->end;
  if (memchr (self->text + self->at, '\0', n - self->at) != NULL)
    return fail (self, SIMDIT_ERROR_PARSE, error, "expected text, got a NUL byte");
  self->text[n] = '\0';
  *line = self->text + self->at;
  if (n > self->at && self->text[n - 1] == '\r')
    self->text[n - 1] = '\0';
  self->at = MIN (n + 1, self->end);
  self->number++;
  return true;
}

uint64_t
simdit_lines_number (const SimditLines *self)
{
  return self->number;
}
