#include "record/recorder.h"

#include "record/types.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <hdf5.h>
#include <simdit/error.h>
#include <string.h>
#include <unistd.h>

/* Activities of a chunk, and between entries of the start index: their shapes fill zlib's window.
 */
#define BLOCK 8192
#define STARTS 512 /* of blocks, written at a time */
#define DEFLATE_LEVEL 1
#define REUSED_BYTES (1 << 22)
#define METADATA_BYTES (1 << 17) /* of HDF5, in memory */

/* The activities of one track since the last block was written. */
typedef struct
{
  guint n, n_starts;
  bool has_gaps; /* otherwise they are all 0 */
  uint64_t end;  /* [cycle] of the last activity */
  uint64_t written, written_starts;
  uint64_t committed; /* activities */
  hid_t gap, shape, start;
  uint64_t gaps[BLOCK];
  uint32_t shapes[BLOCK];
  uint64_t starts[STARTS]; /* when blocks begin */
} Track;

struct SimditRecorder
{
  SimditRecorderConfig config;
  char *path, *temporary; /* owned */
  hid_t file;
  Track *tracks;            /* owned */
  SimditOverview *overview; /* owned */
  bool failed;
  int failure; /* errno of the first failed call, or 0 */
};

/*
 * HDF5 must not write to stderr by itself. Nor close files at exit: everything is closed here, and
 * what could not be closed, because the disk is full, makes it crash then (h5py issue 914).
 */
static void
silence_hdf5 (void)
{
  H5dont_atexit ();
  H5Eset_auto2 (H5E_DEFAULT, NULL, NULL);
}

/* Notes a failed call: everything HDF5 returns is negative then, errno tells of the first one. */
static inline bool
ok (SimditRecorder *self, int64_t status)
{
  if (status < 0 && !self->failed)
    {
      self->failed = true;
      self->failure = errno;
    }
  return status >= 0;
}

/* Creation properties of a chunked, compressed dataset without time stamps. */
static hid_t
dataset_properties (hsize_t chunk)
{
  hid_t properties = H5Pcreate (H5P_DATASET_CREATE);

  H5Pset_obj_track_times (properties, false);
  if (chunk > 0)
    {
      H5Pset_chunk (properties, 1, &chunk);
      H5Pset_shuffle (properties);
      H5Pset_deflate (properties, DEFLATE_LEVEL);
    }
  return properties;
}

static void
create_group (SimditRecorder *self, const char *name)
{
  hid_t properties = H5Pcreate (H5P_GROUP_CREATE), group;

  H5Pset_obj_track_times (properties, false);
  H5Pset_link_creation_order (properties, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  group = H5Gcreate2 (self->file, name, H5P_DEFAULT, properties, H5P_DEFAULT);
  if (ok (self, group))
    H5Gclose (group);
  H5Pclose (properties);
}

/* A growing dataset of integers. */
static hid_t
create_series (SimditRecorder *self, const char *track, const char *name, hid_t type, hsize_t chunk)
{
  g_autofree char *path = g_strdup_printf ("/counters/tracks/%s/%s", track, name);
  hsize_t none = 0, unlimited = H5S_UNLIMITED;
  hid_t space = H5Screate_simple (1, &none, &unlimited);
  hid_t properties = dataset_properties (chunk);
  hid_t set = H5Dcreate2 (self->file, path, type, space, H5P_DEFAULT, properties, H5P_DEFAULT);

  ok (self, set);
  H5Pclose (properties);
  H5Sclose (space);
  return set;
}

static void
create_tracks (SimditRecorder *self)
{
  if (self->config.n_tracks == 0)
    return;
  create_group (self, "/counters");
  create_group (self, "/counters/tracks");
  for (guint i = 0; i < self->config.n_tracks; i++)
    {
      Track *track = &self->tracks[i];
      const char *name = self->config.tracks[i];
      g_autofree char *group = g_strdup_printf ("/counters/tracks/%s", name);

      create_group (self, group);
      track->gap = create_series (self, name, "gap", H5T_STD_U64LE, BLOCK);
      track->shape = create_series (self, name, "shape", H5T_STD_U32LE, BLOCK);
      track->start = create_series (self, name, "block_start", H5T_STD_U64LE, STARTS);
    }
}

static bool
fail_io (const SimditRecorder *self, const char *what, GError **error)
{
  g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_IO, "%s: cannot be written: %s", self->path, what);
  return false;
}

/*
 * HDF5 keeps no chunks, as each is written once and in full, and little of the index of chunks, so
 * that memory does not grow with the run.
 */
static hid_t
access_properties (void)
{
  hid_t properties = H5Pcreate (H5P_FILE_ACCESS);
  H5AC_cache_config_t config = { .version = H5AC__CURR_CACHE_CONFIG_VERSION };

  H5Pset_cache (properties, 0, 0, 0, 0);
  H5Pget_mdc_config (properties, &config);
  config.set_initial_size = true;
  config.initial_size = config.min_size = config.max_size = METADATA_BYTES;
  config.incr_mode = H5C_incr__off;
  config.flash_incr_mode = H5C_flash_incr__off;
  config.decr_mode = H5C_decr__off;
  H5Pset_mdc_config (properties, &config);
  return properties;
}

/*
 * For each chunk HDF5 and zlib allocate and free some 100 KB, which glibc would give back to the
 * system and take anew every time, unless a larger block has been freed before (mallopt(3),
 * M_MMAP_THRESHOLD: "adjusted upwards").
 */
static void
keep_freed_memory (void)
{
  g_free (g_malloc (REUSED_BYTES));
}

/* An empty file beside the place of the result, with a name that nobody else has. */
static bool
create_temporary (SimditRecorder *self, GError **error)
{
  int file;

  self->temporary = g_strdup_printf ("%s.XXXXXX.tmp", self->path);
  file = g_mkstemp_full (self->temporary, O_RDWR, 0666);
  if (file < 0)
    return fail_io (self, g_strerror (errno), error);
  close (file);
  return true;
}

SimditRecorder *
simdit_recorder_new (const SimditRecorderConfig *config, GError **error)
{
  g_autoptr (SimditRecorder) self = g_new0 (SimditRecorder, 1);
  const char *path = config->path;
  hid_t properties, access;

  silence_hdf5 ();
  self->file = H5I_INVALID_HID;
  self->config = *config;
  self->path = g_strdup (path);
  /* Renaming over a device or a pipe would remove it. */
  if (g_file_test (path, G_FILE_TEST_EXISTS) && !g_file_test (path, G_FILE_TEST_IS_REGULAR))
    {
      fail_io (self,
               g_file_test (path, G_FILE_TEST_IS_DIR) ? "it is a directory"
                                                      : "it is not a regular file",
               error);
      return NULL;
    }
  if (!create_temporary (self, error))
    return NULL;
  keep_freed_memory ();
  properties = H5Pcreate (H5P_FILE_CREATE);
  H5Pset_obj_track_times (properties, false);
  errno = 0;
  access = access_properties ();
  self->file = H5Fcreate (self->temporary, H5F_ACC_TRUNC, properties, access);
  H5Pclose (access);
  H5Pclose (properties);
  if (self->file < 0)
    {
      fail_io (self, errno != 0 ? g_strerror (errno) : "HDF5 cannot create it", error);
      g_unlink (self->temporary); /* created, but its first bytes were refused */
      return NULL;
    }
  self->tracks = g_new0 (Track, config->n_tracks);
  if (config->n_tracks > 0)
    {
      self->overview = simdit_overview_new (config->n_counters, config->book, config->cycles);
      simdit_overview_set_views (self->overview, config->views, config->n_views);
    }
  create_tracks (self);
  self->config.tracks = NULL; /* only needed to create them */
  return g_steal_pointer (&self);
}

void
simdit_recorder_free (SimditRecorder *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < self->config.n_tracks && self->tracks != NULL; i++)
    {
      const hid_t sets[] = { self->tracks[i].gap, self->tracks[i].shape, self->tracks[i].start };

      for (guint s = 0; s < G_N_ELEMENTS (sets); s++)
        if (sets[s] > 0)
          H5Dclose (sets[s]);
    }
  if (self->file >= 0)
    {
      H5Fclose (self->file);
      g_unlink (self->temporary);
    }
  g_clear_pointer (&self->overview, simdit_overview_free);
  g_free (self->tracks);
  g_free (self->path);
  g_free (self->temporary);
  g_free (self);
}

static void
append (SimditRecorder *self, hid_t set, hid_t type, uint64_t at, uint64_t n, const void *values)
{
  hsize_t size = at + n, start = at, count = n;
  hid_t file_space, memory_space;

  if (!ok (self, H5Dset_extent (set, &size)))
    return;
  file_space = H5Dget_space (set);
  memory_space = H5Screate_simple (1, &count, NULL);
  H5Sselect_hyperslab (file_space, H5S_SELECT_SET, &start, NULL, &count, NULL);
  ok (self, H5Dwrite (set, type, memory_space, file_space, H5P_DEFAULT, values));
  H5Sclose (memory_space);
  H5Sclose (file_space);
}

static void
flush_starts (SimditRecorder *self, Track *track)
{
  if (track->n_starts > 0 && !self->failed)
    append (self, track->start, H5T_NATIVE_UINT64, track->written_starts, track->n_starts,
            track->starts);
  track->written_starts += track->n_starts;
  track->n_starts = 0;
}

static void
flush_track (SimditRecorder *self, Track *track)
{
  hsize_t size = track->written + track->n;

  if (track->n > 0 && !self->failed)
    {
      /* What has not been written of a chunked dataset is 0, and costs nothing. */
      if (track->has_gaps)
        append (self, track->gap, H5T_NATIVE_UINT64, track->written, track->n, track->gaps);
      else
        ok (self, H5Dset_extent (track->gap, &size));
      append (self, track->shape, H5T_NATIVE_UINT32, track->written, track->n, track->shapes);
    }
  if (track->has_gaps)
    memset (track->gaps, 0, sizeof track->gaps);
  track->has_gaps = false;
  track->written += track->n;
  track->n = 0;
}

static G_GNUC_NO_INLINE void
begin_block (SimditRecorder *self, Track *track, uint64_t start)
{
  flush_track (self, track);
  if (track->n_starts == STARTS)
    flush_starts (self, track);
  track->starts[track->n_starts++] = start;
}

void
simdit_recorder_activity (SimditRecorder *self, guint index, uint64_t start, uint32_t shape)
{
  Track *track = &self->tracks[index];

  if (track->n % BLOCK == 0)
    begin_block (self, track, start);
  if (start != track->end)
    {
      track->gaps[track->n] = start - track->end;
      track->has_gaps = true;
    }
  track->shapes[track->n] = shape;
  track->n++;
  track->end = start + simdit_shape_book_get (self->config.book, shape)->duration;
  simdit_overview_activity (self->overview, start, shape);
}

const SimditOverview *
simdit_recorder_overview (const SimditRecorder *self)
{
  return self->overview;
}

void
simdit_recorder_commit (SimditRecorder *self, uint64_t cycle)
{
  for (guint i = 0; i < self->config.n_tracks; i++)
    self->tracks[i].committed = self->tracks[i].written + self->tracks[i].n;
  simdit_overview_commit (self->overview, cycle);
}

static void
set_attribute (SimditRecorder *self, hid_t object, const char *name, hid_t type, const void *value)
{
  hid_t space = H5Screate (H5S_SCALAR);
  hid_t attribute = H5Acreate2 (object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);

  if (ok (self, attribute))
    {
      ok (self, H5Awrite (attribute, type, value));
      H5Aclose (attribute);
    }
  H5Sclose (space);
}

static void
set_text_attribute (SimditRecorder *self, hid_t object, const char *name, const char *value)
{
  hid_t type = simdit_record_text_type ();

  set_attribute (self, object, name, type, &value);
  H5Tclose (type);
}

void
simdit_recorder_set_text (SimditRecorder *self, const char *name, const char *value)
{
  set_text_attribute (self, self->file, name, value);
}

void
simdit_recorder_set_count (SimditRecorder *self, const char *name, uint64_t value)
{
  set_attribute (self, self->file, name, H5T_NATIVE_UINT64, &value);
}

void
simdit_recorder_set_recorded (SimditRecorder *self, uint64_t from, uint64_t to)
{
  hid_t group = H5Gopen2 (self->file, "/counters", H5P_DEFAULT);

  if (!ok (self, group))
    return;
  set_attribute (self, group, SIMDIT_RECORD_CHANNELS_FROM, H5T_NATIVE_UINT64, &from);
  set_attribute (self, group, SIMDIT_RECORD_CHANNELS_TO, H5T_NATIVE_UINT64, &to);
  H5Gclose (group);
}

/* Creates and writes a whole dataset; returns it open, or an invalid handle. */
static hid_t
write_dataset (SimditRecorder *self, const char *name, hid_t file_type, hid_t memory_type,
               const uint64_t *n, const void *values)
{
  hsize_t size = n != NULL ? *n : 0;
  hid_t space = n != NULL ? H5Screate_simple (1, &size, NULL) : H5Screate (H5S_SCALAR);
  hid_t properties = dataset_properties (MIN (size, BLOCK));
  hid_t set = H5Dcreate2 (self->file, name, file_type, space, H5P_DEFAULT, properties, H5P_DEFAULT);

  if (ok (self, set) && (n == NULL || size > 0))
    ok (self, H5Dwrite (set, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values));
  H5Pclose (properties);
  H5Sclose (space);
  return set;
}

void
simdit_recorder_write_text (SimditRecorder *self, const char *name, const char *text)
{
  hid_t type = simdit_record_text_type (),
        set = write_dataset (self, name, type, type, NULL, &text);

  if (set >= 0)
    H5Dclose (set);
  H5Tclose (type);
}

/* The fields of @info without gaps and in its order, which need not be that of the row. */
static hid_t
packed_type (const SimditTableInfo *info, hid_t text)
{
  size_t size = 0;
  hid_t type;

  for (gsize i = 0; i < info->n_fields; i++)
    size += H5Tget_size (simdit_record_member_type (info->fields[i].column.type, text));
  type = H5Tcreate (H5T_COMPOUND, size);
  size = 0;
  for (gsize i = 0; i < info->n_fields; i++)
    {
      hid_t member = simdit_record_member_type (info->fields[i].column.type, text);

      H5Tinsert (type, info->fields[i].column.name, size, member);
      size += H5Tget_size (member);
    }
  return type;
}

void
simdit_recorder_write_table (SimditRecorder *self, const char *name, const SimditTableInfo *info,
                             const void *rows, uint64_t n_rows)
{
  hid_t text = simdit_record_text_type (), memory = simdit_record_row_type (info), set;
  hid_t packed = packed_type (info, text);

  set = write_dataset (self, name, packed, memory, &n_rows, rows);
  for (gsize i = 0; i < info->n_fields && set >= 0; i++)
    {
      const SimditColumn *column = &info->fields[i].column;
      g_autofree char *unit = g_strdup_printf ("%s.unit", column->name);
      g_autofree char *help = g_strdup_printf ("%s.help", column->name);

      set_text_attribute (self, set, unit, column->unit);
      set_text_attribute (self, set, help, column->help);
    }
  if (set >= 0)
    H5Dclose (set);
  H5Tclose (packed);
  H5Tclose (memory);
  H5Tclose (text);
}

static void
write_typed (SimditRecorder *self, const char *name, hid_t type, uint64_t n, const void *values)
{
  hid_t set = write_dataset (self, name, type, type, &n, values);

  if (set >= 0)
    H5Dclose (set);
  H5Tclose (type);
}

/* One counter at a time: all of them are as large as the overview itself. */
static void
write_bins (SimditRecorder *self, hid_t set, hid_t space, uint64_t n_bins)
{
  g_autofree uint64_t *bins = g_new (uint64_t, n_bins);
  hsize_t row[] = { 1, n_bins };
  hid_t memory = H5Screate_simple (2, row, NULL);

  for (hsize_t i = 0; i < self->config.n_counters; i++)
    {
      hsize_t start[] = { i, 0 };

      simdit_overview_get (self->overview, (guint) i, bins);
      ok (self, H5Sselect_hyperslab (space, H5S_SELECT_SET, start, NULL, row, NULL));
      ok (self, H5Dwrite (set, H5T_NATIVE_UINT64, memory, space, H5P_DEFAULT, bins));
    }
  H5Sclose (memory);
}

static void
write_overview (SimditRecorder *self)
{
  uint64_t bins = simdit_overview_n_bins (self->overview);
  uint64_t length = simdit_overview_bin_cycles (self->overview);
  hsize_t size[] = { self->config.n_counters, bins }, chunk[] = { 1, MAX (bins, 1) };
  hid_t space = H5Screate_simple (2, size, NULL), properties = dataset_properties (1);
  hid_t set;

  H5Pset_chunk (properties, 2, chunk);
  set = H5Dcreate2 (self->file, "/counters/overview", H5T_STD_U64LE, space, H5P_DEFAULT, properties,
                    H5P_DEFAULT);
  if (ok (self, set))
    {
      if (bins > 0)
        write_bins (self, set, space, bins);
      set_attribute (self, set, "bin_cycles", H5T_NATIVE_UINT64, &length);
      H5Dclose (set);
    }
  H5Pclose (properties);
  H5Sclose (space);
}

static void
write_counters (SimditRecorder *self)
{
  const SimditShapeBook *book = self->config.book;

  write_typed (self, "/counters/names", simdit_record_counter_type (), self->config.n_counters,
               self->config.counters);
  write_typed (self, "/counters/views", simdit_record_view_type (), self->config.n_views,
               self->config.views);
  write_typed (self, "/counters/shapes", simdit_record_shape_type (), simdit_shape_book_size (book),
               simdit_shape_book_size (book) > 0 ? simdit_shape_book_get (book, 0) : NULL);
  write_typed (self, "/counters/terms", simdit_record_term_type (),
               simdit_shape_book_n_terms (book), simdit_shape_book_terms (book));
  write_overview (self);
}

void
simdit_recorder_write_labels (SimditRecorder *self, const SimditLabelInfo *labels, guint n_labels)
{
  write_typed (self, "/counters/labels", simdit_record_label_type (), n_labels, labels);
}

static void
shorten (SimditRecorder *self, hid_t set, uint64_t n)
{
  hsize_t size = n;

  ok (self, H5Dset_extent (set, &size));
}

/* Writes what is left of a track, and takes away what has not been committed. */
static void
finish_track (SimditRecorder *self, Track *track)
{
  flush_track (self, track);
  flush_starts (self, track);
  if (track->committed < track->written)
    {
      shorten (self, track->gap, track->committed);
      shorten (self, track->shape, track->committed);
      shorten (self, track->start, (track->committed + BLOCK - 1) / BLOCK);
    }
  ok (self, H5Dclose (track->gap));
  ok (self, H5Dclose (track->shape));
  ok (self, H5Dclose (track->start));
  track->gap = track->shape = track->start = 0;
}

bool
simdit_recorder_finish (SimditRecorder *self, GError **error)
{
  errno = 0;
  if (self->config.n_tracks > 0)
    {
      simdit_recorder_set_text (self, "format", SIMDIT_FILE_FORMAT);
      simdit_recorder_set_count (self, "format_version", SIMDIT_FILE_VERSION);
      simdit_recorder_set_count (self, "activities_per_block", BLOCK);
      write_counters (self);
    }
  for (guint i = 0; i < self->config.n_tracks; i++)
    finish_track (self, &self->tracks[i]);
  ok (self, H5Fflush (self->file, H5F_SCOPE_GLOBAL));
  ok (self, H5Fclose (self->file));
  self->file = H5I_INVALID_HID;
  if (!self->failed)
    ok (self, g_rename (self->temporary, self->path));
  if (!self->failed)
    return true;
  fail_io (self, self->failure != 0 ? g_strerror (self->failure) : "HDF5 cannot write it", error);
  g_unlink (self->temporary);
  return false;
}
