#include "base/output.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <simdit/error.h>
#include <unistd.h>

struct SimditOutput
{
  char *path, *temporary; /* owned */
  FILE *file;             /* NULL: finished */
};

bool
simdit_output_fail (const SimditOutput *self, const char *what, GError **error)
{
  g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_IO, "%s: cannot be written: %s", self->path, what);
  return false;
}

/* Renaming over a device or a pipe would remove it. */
static bool
may_be_replaced (const SimditOutput *self, GError **error)
{
  if (!g_file_test (self->path, G_FILE_TEST_EXISTS)
      || g_file_test (self->path, G_FILE_TEST_IS_REGULAR))
    return true;
  return simdit_output_fail (self,
                             g_file_test (self->path, G_FILE_TEST_IS_DIR)
                                 ? "it is a directory"
                                 : "it is not a regular file",
                             error);
}

SimditOutput *
simdit_output_new (const char *path, GError **error)
{
  g_autoptr (SimditOutput) self = g_new0 (SimditOutput, 1);
  int descriptor;

  self->path = g_strdup (path);
  if (!may_be_replaced (self, error))
    return NULL;
  self->temporary = g_strdup_printf ("%s.XXXXXX.tmp", path);
  descriptor = g_mkstemp_full (self->temporary, O_WRONLY, 0666);
  if (descriptor < 0)
    {
      simdit_output_fail (self, g_strerror (errno), error);
      return NULL;
    }
  self->file = fdopen (descriptor, "w");
  return g_steal_pointer (&self);
}

void
simdit_output_free (SimditOutput *self)
{
  if (self == NULL)
    return;
  if (self->file != NULL)
    {
      fclose (self->file);
      g_unlink (self->temporary);
    }
  g_free (self->path);
  g_free (self->temporary);
  g_free (self);
}

FILE *
simdit_output_file (const SimditOutput *self)
{
  return self->file;
}

const char *
simdit_output_temporary (const SimditOutput *self)
{
  return self->temporary;
}

bool
simdit_output_finish (SimditOutput *self, GError **error)
{
  bool failed = ferror (self->file) != 0 || fflush (self->file) != 0;
  int failure = errno;

  if (fclose (self->file) != 0 && !failed)
    {
      failed = true;
      failure = errno;
    }
  self->file = NULL;
  if (!failed && g_rename (self->temporary, self->path) != 0)
    {
      failed = true;
      failure = errno;
    }
  if (!failed)
    return true;
  g_unlink (self->temporary);
  return simdit_output_fail (self, g_strerror (failure), error);
}
