#include "record/rows.h"

#include "record/recording-private.h"
#include "record/types.h"

/* Whether the rows of @set have every column of @info; others would be left as they are. */
bool
simdit_record_has_columns (hid_t set, const SimditTableInfo *info)
{
  hid_t type = H5Dget_type (set);
  bool all = H5Tget_class (type) == H5T_COMPOUND;

  for (gsize i = 0; i < info->n_fields && all; i++)
    all = H5Tget_member_index (type, info->fields[i].column.name) >= 0;
  H5Tclose (type);
  return all;
}

static bool
texts_are_there (const SimditTableInfo *info, const char *row)
{
  for (gsize i = 0; i < info->n_fields; i++)
    if (info->fields[i].column.type == SIMDIT_COLUMN_TEXT
        && *(const char *const *) (const void *) (row + info->fields[i].offset) == NULL)
      return false;
  return true;
}

SimditRowsState
simdit_record_each_row (hid_t file, const char *name, const SimditTableInfo *info,
                        bool (*add) (void *data, const void *row), void *data)
{
  hid_t set = H5Dopen2 (file, name, H5P_DEFAULT), type, space;
  g_autofree char *rows = NULL;
  hssize_t n;
  bool good;

  if (set < 0)
    return SIMDIT_ROWS_MISSING;
  type = simdit_record_row_type (info);
  space = H5Dget_space (set);
  n = H5Sget_simple_extent_npoints (space);
  rows = n >= 0 ? g_try_malloc0_n ((gsize) n + 1, info->row_size) : NULL;
  good = rows != NULL && simdit_record_has_columns (set, info)
         && (n == 0 || H5Dread (set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, rows) >= 0);
  for (hssize_t i = 0; i < n && good; i++)
    {
      const char *row = rows + (gsize) i * info->row_size;

      good = texts_are_there (info, row) && add (data, row);
    }
  if (rows != NULL)
    H5Dvlen_reclaim (type, space, H5P_DEFAULT, rows);
  H5Sclose (space);
  H5Tclose (type);
  H5Dclose (set);
  return good ? SIMDIT_ROWS_GOOD : SIMDIT_ROWS_DAMAGED;
}

bool
simdit_recording_read_rows (const SimditRecording *self, const char *name,
                            const SimditTableInfo *info, bool (*add) (void *data, const void *row),
                            void *data, GError **error)
{
  g_autofree char *what = NULL;

  switch (simdit_record_each_row (self->file, name, info, add, data))
    {
    case SIMDIT_ROWS_GOOD:
      return true;
    case SIMDIT_ROWS_MISSING:
      what = g_strconcat ("it lacks ", name, NULL);
      break;
    default:
      what = g_strconcat ("it has a damaged ", name, NULL);
    }
  return simdit_recording_fail (self, error, what);
}

char *
simdit_recording_read_text (const SimditRecording *self, const char *name, GError **error)
{
  char *text = simdit_record_read_text (self->file, name);

  if (text == NULL)
    simdit_recording_fail (self, error, "it lacks or has a damaged definition");
  return text;
}

bool
simdit_recording_has (const SimditRecording *self, const char *name)
{
  return H5Lexists (self->file, name, H5P_DEFAULT) > 0;
}

bool
simdit_recording_has_column (const SimditRecording *self, const char *name, const char *column)
{
  hid_t set = H5Dopen2 (self->file, name, H5P_DEFAULT), type;
  bool has;

  if (set < 0)
    return false;
  type = H5Dget_type (set);
  has = H5Tget_class (type) == H5T_COMPOUND && H5Tget_member_index (type, column) >= 0;
  H5Tclose (type);
  H5Dclose (set);
  return has;
}

char *
simdit_recording_get_text (const SimditRecording *self, const char *name, GError **error)
{
  char *text = simdit_record_get_text (self->file, name);
  g_autofree char *what = text == NULL ? g_strconcat ("it lacks ", name, NULL) : NULL;

  if (text == NULL)
    simdit_recording_fail (self, error, what);
  return text;
}

const char *
simdit_recording_get_dram (const SimditRecording *self)
{
  return self->dram;
}
