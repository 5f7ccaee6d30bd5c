#include "record/types.h"

#include "engine/shape.h"

hid_t
simdit_record_text_type (void)
{
  hid_t type = H5Tcopy (H5T_C_S1);

  H5Tset_size (type, H5T_VARIABLE);
  H5Tset_cset (type, H5T_CSET_UTF8);
  return type;
}

hid_t
simdit_record_counter_type (void)
{
  hid_t text = simdit_record_text_type ();
  hid_t type = H5Tcreate (H5T_COMPOUND, sizeof (SimditCounterInfo));

  H5Tinsert (type, "name", HOFFSET (SimditCounterInfo, name), text);
  H5Tinsert (type, "unit", HOFFSET (SimditCounterInfo, unit), text);
  H5Tinsert (type, "help", HOFFSET (SimditCounterInfo, help), text);
  H5Tclose (text);
  return type;
}

hid_t
simdit_record_view_type (void)
{
  hid_t type = H5Tcreate (H5T_COMPOUND, sizeof (SimditCounterView));

  H5Tinsert (type, "counter", HOFFSET (SimditCounterView, counter), H5T_NATIVE_UINT64);
  H5Tinsert (type, "added", HOFFSET (SimditCounterView, added), H5T_NATIVE_UINT64);
  H5Tinsert (type, "removed", HOFFSET (SimditCounterView, removed), H5T_NATIVE_UINT64);
  return type;
}

hid_t
simdit_record_shape_type (void)
{
  hid_t type = H5Tcreate (H5T_COMPOUND, sizeof (SimditShape));

  H5Tinsert (type, "duration", HOFFSET (SimditShape, duration), H5T_NATIVE_UINT64);
  H5Tinsert (type, "extent", HOFFSET (SimditShape, extent), H5T_NATIVE_UINT64);
  H5Tinsert (type, "first_term", HOFFSET (SimditShape, first_term), H5T_NATIVE_UINT64);
  H5Tinsert (type, "n_terms", HOFFSET (SimditShape, n_terms), H5T_NATIVE_UINT64);
  H5Tinsert (type, "label", HOFFSET (SimditShape, label), H5T_NATIVE_UINT64);
  return type;
}

hid_t
simdit_record_term_type (void)
{
  hsize_t counts_and_periods[] = { SIMDIT_SHAPE_MAX_LOOPS, 2 };
  hid_t loops = H5Tarray_create2 (H5T_NATIVE_UINT64, 2, counts_and_periods);
  hid_t type = H5Tcreate (H5T_COMPOUND, sizeof (SimditShapeTerm));

  H5Tinsert (type, "counter", HOFFSET (SimditShapeTerm, counter), H5T_NATIVE_UINT64);
  H5Tinsert (type, "offset", HOFFSET (SimditShapeTerm, offset), H5T_NATIVE_UINT64);
  H5Tinsert (type, "value", HOFFSET (SimditShapeTerm, value), H5T_NATIVE_UINT64);
  H5Tinsert (type, "loops", HOFFSET (SimditShapeTerm, loops), loops);
  H5Tclose (loops);
  return type;
}

hid_t
simdit_record_label_type (void)
{
  hid_t text = simdit_record_text_type ();
  hid_t type = H5Tcreate (H5T_COMPOUND, sizeof (SimditLabelInfo));

  H5Tinsert (type, "text", HOFFSET (SimditLabelInfo, text), text);
  H5Tinsert (type, "kind", HOFFSET (SimditLabelInfo, kind), text);
  H5Tinsert (type, "cause", HOFFSET (SimditLabelInfo, cause), H5T_NATIVE_UINT64);
  H5Tclose (text);
  return type;
}

hid_t
simdit_record_member_type (SimditColumnType type, hid_t text)
{
  if (type == SIMDIT_COLUMN_TEXT)
    return text;
  return type == SIMDIT_COLUMN_RATIO || type == SIMDIT_COLUMN_AMOUNT ? H5T_NATIVE_DOUBLE
                                                                     : H5T_NATIVE_UINT64;
}

hid_t
simdit_record_row_type (const SimditTableInfo *info)
{
  hid_t text = simdit_record_text_type ();
  hid_t type = H5Tcreate (H5T_COMPOUND, info->row_size);

  for (gsize i = 0; i < info->n_fields; i++)
    H5Tinsert (type, info->fields[i].column.name, info->fields[i].offset,
               simdit_record_member_type (info->fields[i].column.type, text));
  H5Tclose (text);
  return type;
}

/* A string that HDF5 allocated, or NULL. */
static char *
take_text (char *text)
{
  char *copy = text != NULL ? g_utf8_make_valid (text, -1) : NULL;

  if (text != NULL)
    H5free_memory (text);
  return copy;
}

/* Whether @stored is a string of variable length, as we write them. */
static bool
is_text (hid_t stored)
{
  bool text = H5Tis_variable_str (stored) > 0;

  H5Tclose (stored);
  return text;
}

char *
simdit_record_get_text (hid_t file, const char *name)
{
  hid_t attribute = H5Aopen (file, name, H5P_DEFAULT), type;
  char *text = NULL;

  if (attribute < 0)
    return NULL;
  type = simdit_record_text_type ();
  if (!is_text (H5Aget_type (attribute)) || H5Aread (attribute, type, &text) < 0)
    text = NULL;
  H5Tclose (type);
  H5Aclose (attribute);
  return take_text (text);
}

char *
simdit_record_read_text (hid_t file, const char *name)
{
  hid_t set = H5Dopen2 (file, name, H5P_DEFAULT), type;
  char *text = NULL;

  if (set < 0)
    return NULL;
  type = simdit_record_text_type ();
  if (!is_text (H5Dget_type (set)) || H5Dread (set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &text) < 0)
    text = NULL;
  H5Tclose (type);
  H5Dclose (set);
  return take_text (text);
}
