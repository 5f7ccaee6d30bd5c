/* A window of a counter as a file of its own. */
#include "base/output.h"
#include "record/recording-private.h"
#include "record/types.h"

#include <string.h>

#define CHUNK_VALUES 65536 /* reduced at a time */
#define DEFLATE_LEVEL 1

/* Where the values go; both kinds of value have 8 bytes. */
typedef struct
{
  const SimditWindow *window;
  FILE *file; /* borrowed; of HDF5 unused */
  hid_t set;
  bool failed;
} Sink;

/* Values from number @first on, to be written as they are. */
typedef void (*Write) (Sink *self, uint64_t first, uint64_t n, const void *values);

static void
write_npy (Sink *self, uint64_t first, uint64_t n, const void *values)
{
  (void) first;
  fwrite (values, sizeof (uint64_t), n, self->file); /* failures show at the end */
}

static void
write_hdf5 (Sink *self, uint64_t first, uint64_t n, const void *values)
{
  hsize_t start = first, count = n;
  hid_t file_space = H5Dget_space (self->set), memory_space = H5Screate_simple (1, &count, NULL);
  hid_t type = self->window->reduction == SIMDIT_REDUCTION_MEAN ? H5T_NATIVE_DOUBLE
                                                                : H5T_NATIVE_UINT64;

  H5Sselect_hyperslab (file_space, H5S_SELECT_SET, &start, NULL, &count, NULL);
  self->failed |= H5Dwrite (self->set, type, memory_space, file_space, H5P_DEFAULT, values) < 0;
  H5Sclose (memory_space);
  H5Sclose (file_space);
}

/* All values of the window, chunk by chunk, so that its length costs no memory. */
static bool
write_values (SimditRecording *self, Sink *sink, Write write, GError **error)
{
  const SimditWindow *window = sink->window;
  g_autofree uint64_t *values = g_new (uint64_t, CHUNK_VALUES);
  uint64_t n_values = simdit_window_n_values (window);

  for (uint64_t first = 0; first < n_values; first += CHUNK_VALUES)
    {
      uint64_t n = MIN (CHUNK_VALUES, n_values - first), skip = first * window->every;
      SimditWindow part = *window;

      part.from += skip;
      part.n = MIN (window->n - skip, n * window->every);
      if (!simdit_recording_reduce (self, &part, values, error))
        return false;
      for (uint64_t i = 0; i < n && window->reduction == SIMDIT_REDUCTION_MEAN; i++)
        {
          double mean = simdit_window_mean (&part, i, values[i]);

          memcpy (&values[i], &mean, sizeof mean);
        }
      write (sink, first, n, values);
    }
  return true;
}

/* NumPy's format version 1.0: magic, version, length of the header, a Python dictionary. */
static bool
export_npy (SimditRecording *self, const SimditWindow *window, const SimditOutput *output,
            GError **error)
{
  Sink sink = { .window = window, .file = simdit_output_file (output) };
  const char order = G_BYTE_ORDER == G_LITTLE_ENDIAN ? '<' : '>';
  g_autofree char *header = g_strdup_printf (
      "{'descr': '%c%s', 'fortran_order': False, 'shape': (%" G_GUINT64_FORMAT ",), }", order,
      window->reduction == SIMDIT_REDUCTION_MEAN ? "f8" : "u8", simdit_window_n_values (window));
  const gsize prefix = 10, alignment = 64;
  gsize size = (prefix + strlen (header) + 1 + alignment - 1) / alignment * alignment - prefix;

  fprintf (sink.file, "\x93NUMPY%c%c%c%c%-*s\n", 1, 0, (int) (size & 255), (int) (size >> 8),
           (int) size - 1, header);
  return write_values (self, &sink, write_npy, error);
}

static void
set_attribute (hid_t set, const char *name, hid_t type, const void *value)
{
  hid_t space = H5Screate (H5S_SCALAR);
  hid_t attribute = H5Acreate2 (set, name, type, space, H5P_DEFAULT, H5P_DEFAULT);

  H5Awrite (attribute, type, value);
  H5Aclose (attribute);
  H5Sclose (space);
}

/* What the values are, as attributes. */
static void
describe (const SimditRecording *self, const SimditWindow *window, hid_t set)
{
  static const char *const reductions[] = { "sum", "mean", "max" };
  hid_t text = simdit_record_text_type ();

  set_attribute (set, "unit", text, &self->counters[window->counter].unit);
  set_attribute (set, "help", text, &self->counters[window->counter].help);
  set_attribute (set, "reduction", text, &reductions[window->reduction]);
  set_attribute (set, "from", H5T_NATIVE_UINT64, &window->from);
  set_attribute (set, "to", H5T_NATIVE_UINT64, &(uint64_t){ window->from + window->n });
  set_attribute (set, "every", H5T_NATIVE_UINT64, &window->every);
  H5Tclose (text);
}

/* One dataset, called as the counter. */
static hid_t
create_dataset (const SimditRecording *self, const SimditWindow *window, hid_t file)
{
  hsize_t size = simdit_window_n_values (window), chunk = MAX (MIN (size, CHUNK_VALUES), 1);
  hid_t space = H5Screate_simple (1, &size, NULL), properties = H5Pcreate (H5P_DATASET_CREATE);
  hid_t type = window->reduction == SIMDIT_REDUCTION_MEAN ? H5T_IEEE_F64LE : H5T_STD_U64LE;
  hid_t set;

  H5Pset_obj_track_times (properties, false);
  H5Pset_chunk (properties, 1, &chunk);
  H5Pset_shuffle (properties);
  H5Pset_deflate (properties, DEFLATE_LEVEL);
  set = H5Dcreate2 (file, self->counters[window->counter].name, type, space, H5P_DEFAULT,
                    properties, H5P_DEFAULT);
  H5Pclose (properties);
  H5Sclose (space);
  return set;
}

static bool
export_hdf5 (SimditRecording *self, const SimditWindow *window, const SimditOutput *output,
             GError **error)
{
  Sink sink = { .window = window };
  hid_t properties = H5Pcreate (H5P_FILE_CREATE), file;
  bool good;

  H5Pset_obj_track_times (properties, false);
  file = H5Fcreate (simdit_output_temporary (output), H5F_ACC_TRUNC, properties, H5P_DEFAULT);
  H5Pclose (properties);
  if (file < 0)
    return simdit_output_fail (output, "HDF5 cannot create it", error);
  sink.set = create_dataset (self, window, file);
  if (sink.set >= 0)
    describe (self, window, sink.set);
  good = sink.set >= 0 && write_values (self, &sink, write_hdf5, error);
  sink.failed |= sink.set < 0 || H5Dclose (sink.set) < 0;
  sink.failed |= H5Fflush (file, H5F_SCOPE_GLOBAL) < 0;
  sink.failed |= H5Fclose (file) < 0;
  if (good && sink.failed)
    return simdit_output_fail (output, "HDF5 cannot write it", error);
  return good;
}

bool
simdit_recording_export (SimditRecording *self, const SimditWindow *window,
                         const SimditExport *target, GError **error)
{
  g_autoptr (SimditOutput) output = simdit_output_new (target->path, error);

  if (output == NULL)
    return false;
  if (!(target->form == SIMDIT_EXPORT_NPY ? export_npy : export_hdf5) (self, window, output, error))
    return false;
  return simdit_output_finish (output, error);
}
