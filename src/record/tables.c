#include "record/tables.h"

#include "record/rows.h"
#include "record/types.h"

#include <simdit/error.h>

#define MAX_TABLE_BYTES (UINT64_C (1) << 31)

struct SimditTables
{
  char *path; /* owned */
  hid_t file;
};

void
simdit_tables_free (SimditTables *self)
{
  if (self == NULL)
    return;
  if (self->file >= 0)
    H5Fclose (self->file);
  g_free (self->path);
  g_free (self);
}

static bool
fail (const SimditTables *self, GError **error, const char *what, const char *name)
{
  g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_IO, "%s: cannot be read: %s%s", self->path, what,
               name);
  return false;
}

char *
simdit_tables_get_text (const SimditTables *self, const char *name, GError **error)
{
  char *text = simdit_record_get_text (self->file, name);

  if (text == NULL)
    fail (self, error, "it lacks ", name);
  return text;
}

bool
simdit_tables_get_count (const SimditTables *self, const char *name, uint64_t *value,
                         GError **error)
{
  hid_t attribute = H5Aopen (self->file, name, H5P_DEFAULT);
  bool good;

  if (attribute < 0)
    return fail (self, error, "it lacks ", name);
  good = H5Aread (attribute, H5T_NATIVE_UINT64, value) >= 0;
  H5Aclose (attribute);
  return good || fail (self, error, "it lacks ", name);
}

char *
simdit_tables_read_text (const SimditTables *self, const char *name, GError **error)
{
  char *text = simdit_record_read_text (self->file, name);

  if (text == NULL)
    fail (self, error, "it lacks or has a damaged ", name);
  return text;
}

GByteArray *
simdit_tables_read (const SimditTables *self, const char *name, const SimditTableInfo *info,
                    GError **error)
{
  hid_t set = H5Dopen2 (self->file, name, H5P_DEFAULT), type, space;
  GByteArray *rows = NULL;
  hssize_t n;

  if (set < 0)
    {
      fail (self, error, "it lacks ", name);
      return NULL;
    }
  type = simdit_record_row_type (info);
  space = H5Dget_space (set);
  n = H5Sget_simple_extent_npoints (space);
  if (n >= 0 && (uint64_t) n <= MAX_TABLE_BYTES / info->row_size
      && simdit_record_has_columns (set, info))
    {
      rows = g_byte_array_new ();
      g_byte_array_set_size (rows, (guint) ((uint64_t) n * info->row_size));
      if (n > 0 && H5Dread (set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, rows->data) < 0)
        g_clear_pointer (&rows, g_byte_array_unref);
    }
  H5Sclose (space);
  H5Tclose (type);
  H5Dclose (set);
  if (rows == NULL)
    fail (self, error, "it has a damaged ", name);
  return rows;
}

bool
simdit_tables_each_row (const SimditTables *self, const char *name, const SimditTableInfo *info,
                        bool (*add) (void *data, const void *row), void *data, GError **error)
{
  switch (simdit_record_each_row (self->file, name, info, add, data))
    {
    case SIMDIT_ROWS_GOOD:
      return true;
    case SIMDIT_ROWS_MISSING:
      return fail (self, error, "it lacks ", name);
    default:
      return fail (self, error, "it has a damaged ", name);
    }
}

static bool
check_format (const SimditTables *self, const char *format, uint64_t version, GError **error)
{
  g_autofree char *found = simdit_tables_get_text (self, "format", error);
  uint64_t number;

  if (found == NULL || !simdit_tables_get_count (self, "format_version", &number, error))
    return false;
  if (g_str_equal (found, format) && number == version)
    return true;
  g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_IO,
               "%s: cannot be read: expected format %s, version %" G_GUINT64_FORMAT
               ", got %s, version %" G_GUINT64_FORMAT,
               self->path, format, version, found, number);
  return false;
}

static SimditTables *
open_file (const char *path, GError **error)
{
  g_autoptr (SimditTables) self = g_new0 (SimditTables, 1);

  H5dont_atexit ();
  H5Eset_auto2 (H5E_DEFAULT, NULL, NULL);
  self->path = g_strdup (path);
  self->file = H5Fopen (path, H5F_ACC_RDONLY, H5P_DEFAULT);
  if (self->file >= 0)
    return g_steal_pointer (&self);
  fail (self, error, "there is no such file, it is not HDF5, or it was cut short", "");
  return NULL;
}

SimditTables *
simdit_tables_open (const char *path, const char *format, uint64_t version, GError **error)
{
  g_autoptr (SimditTables) self = open_file (path, error);

  if (self == NULL || !check_format (self, format, version, error))
    return NULL;
  return g_steal_pointer (&self);
}

char *
simdit_file_format (const char *path, GError **error)
{
  g_autoptr (SimditTables) self = open_file (path, error);

  return self != NULL ? simdit_tables_get_text (self, "format", error) : NULL;
}
