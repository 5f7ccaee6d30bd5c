#include "record/recording-private.h"

#include "base/json.h"
#include "record/recorder.h"
#include "record/types.h"

#include <simdit/error.h>
#include <string.h>

#define MAX_PER_BLOCK (UINT64_C (1) << 24) /* activities: so many are held in memory */

bool
simdit_recording_fail (const SimditRecording *self, GError **error, const char *what)
{
  g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_IO, "%s: cannot be read: %s", self->path, what);
  return false;
}

void
simdit_recording_free (SimditRecording *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < self->n_tracks; i++)
    {
      if (self->tracks[i].gap > 0)
        H5Dclose (self->tracks[i].gap);
      if (self->tracks[i].shape > 0)
        H5Dclose (self->tracks[i].shape);
      g_free (self->tracks[i].block_starts);
      g_free (self->tracks[i].starts);
      g_free (self->tracks[i].shapes);
      g_free (self->tracks[i].name);
    }
  for (guint i = 0; i < self->n_counters; i++)
    {
      H5free_memory ((void *) (uintptr_t) self->counters[i].name);
      H5free_memory ((void *) (uintptr_t) self->counters[i].unit);
      H5free_memory ((void *) (uintptr_t) self->counters[i].help);
    }
  for (uint64_t i = 0; i < self->n_labels; i++)
    {
      H5free_memory ((void *) (uintptr_t) self->labels[i].text);
      H5free_memory ((void *) (uintptr_t) self->labels[i].kind);
    }
  if (self->overview > 0)
    H5Dclose (self->overview);
  if (self->file >= 0)
    H5Fclose (self->file);
  g_free (self->bins);
  g_free (self->counters);
  g_free (self->views);
  g_free (self->shapes);
  g_free (self->digests);
  g_free (self->terms);
  g_free (self->labels);
  g_free (self->kinds);
  g_free (self->tracks);
  g_free (self->title);
  g_free (self->dram);
  g_free (self->path);
  g_free (self);
}

/* Elements of an open one-dimensional dataset. */
static uint64_t
length_of (hid_t set)
{
  hid_t space = H5Dget_space (set);
  hssize_t n = H5Sget_simple_extent_npoints (space);

  H5Sclose (space);
  return n > 0 ? (uint64_t) n : 0;
}

/* A whole dataset of records of @size bytes, newly allocated; NULL when it is not there or wrong.
 */
static void *
read_all (const SimditRecording *self, const char *name, hid_t type, size_t size, uint64_t *n)
{
  hid_t set = H5Dopen2 (self->file, name, H5P_DEFAULT);
  void *values = NULL;

  if (set < 0)
    return NULL;
  *n = length_of (set);
  values = g_try_malloc0_n (*n + 1, size);
  if (values != NULL && *n > 0 && H5Dread (set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
    g_clear_pointer (&values, g_free);
  H5Dclose (set);
  return values;
}

static bool
read_count_of (const SimditRecording *self, const char *object, const char *name, uint64_t *value)
{
  hid_t attribute = H5Aopen_by_name (self->file, object, name, H5P_DEFAULT, H5P_DEFAULT);
  bool good;

  if (attribute < 0)
    return false;
  good = H5Aread (attribute, H5T_NATIVE_UINT64, value) >= 0;
  H5Aclose (attribute);
  return good;
}

static bool
read_count (const SimditRecording *self, const char *name, uint64_t *value)
{
  return read_count_of (self, "/", name, value);
}

/* A text attribute, newly allocated; "" when there is none. */
static char *
read_text (const SimditRecording *self, const char *name)
{
  char *text = simdit_record_get_text (self->file, name);

  return text != NULL ? text : g_strdup ("");
}

static bool
read_facts (SimditRecording *self)
{
  g_autofree char *network = read_text (self, "network_name");
  g_autofree char *machine = read_text (self, "machine_name");
  g_autofree char *phase = read_text (self, "phase");
  g_autofree char *pipeline = read_text (self, "pipeline");
  uint64_t batch = 0, partial = 0;

  if (!read_count (self, "cycles", &self->cycles) || !read_count (self, "partial", &partial)
      || !read_count (self, "clock_fs", &self->clock_fs) || !read_count (self, "batch", &batch)
      || !read_count (self, "activities_per_block", &self->per_block) || self->per_block == 0
      || self->per_block > MAX_PER_BLOCK)
    return false;
  if (!read_count_of (self, "/counters", SIMDIT_RECORD_CHANNELS_FROM, &self->channels_from)
      || !read_count_of (self, "/counters", SIMDIT_RECORD_CHANNELS_TO, &self->channels_to))
    {
      self->channels_from = 0; /* an older file, or one without channels */
      self->channels_to = self->cycles;
    }
  self->dram = read_text (self, "dram");
  self->title = g_strdup_printf ("%s on %s, %s, batch %" G_GUINT64_FORMAT ", %s, dram %s%s",
                                 network, machine, phase, batch, pipeline, self->dram,
                                 partial != 0 ? ", only the first layers: stopped" : "");
  return true;
}

/* Of the counter called @name; n_counters: there is none. */
static guint
number_of (const SimditRecording *self, const char *name)
{
  guint i = 0;

  while (i < self->n_counters && g_strcmp0 (self->counters[i].name, name) != 0)
    i++;
  return i;
}

static bool
read_counters (SimditRecording *self)
{
  hid_t type = simdit_record_counter_type ();
  uint64_t n = 0;

  self->counters = read_all (self, "/counters/names", type, sizeof *self->counters, &n);
  self->n_counters = self->counters != NULL ? (guint) n : 0;
  H5Tclose (type);
  self->read_bits = number_of (self, "dram.read_bits");
  self->write_bits = number_of (self, "dram.write_bits");
  return self->counters != NULL;
}

static bool
read_views (SimditRecording *self)
{
  hid_t type = simdit_record_view_type ();
  uint64_t n = 0;
  g_autofree SimditCounterView *views = read_all (self, "/counters/views", type, sizeof *views, &n);

  H5Tclose (type);
  if (views == NULL || n > self->n_counters)
    return false;
  self->views = g_new0 (SimditRecordedView, n + 1);
  self->n_views = (guint) n;
  for (uint64_t i = 0; i < n; i++)
    self->views[i].of = views[i];
  for (uint64_t i = 0; i < n; i++)
    if (views[i].counter >= self->n_counters || views[i].added >= self->n_counters
        || views[i].removed >= self->n_counters
        || simdit_recording_find_view (self, (guint) views[i].added) != NULL
        || simdit_recording_find_view (self, (guint) views[i].removed) != NULL)
      return false;
  return true;
}

static const char *const kinds[] = {
  [SIMDIT_ACTIVITY_COMPUTE] = "compute", [SIMDIT_ACTIVITY_LOAD] = "load",
  [SIMDIT_ACTIVITY_STORE] = "store",     [SIMDIT_ACTIVITY_WAIT] = "wait",
  [SIMDIT_ACTIVITY_IDLE] = "idle",       [SIMDIT_ACTIVITY_MEMORY] = "memory"
};

const char *
simdit_activity_kind_name (SimditActivityKind kind)
{
  return kinds[kind];
}

static bool
read_labels (SimditRecording *self)
{
  hid_t type = simdit_record_label_type ();
  uint64_t n = 0;

  self->labels = read_all (self, "/counters/labels", type, sizeof *self->labels, &n);
  H5Tclose (type);
  if (self->labels == NULL)
    return false;
  self->n_labels = n;
  self->kinds = g_new0 (SimditActivityKind, n + 1);
  for (uint64_t i = 0; i < n; i++)
    {
      guint kind = 0;

      while (kind < G_N_ELEMENTS (kinds) && g_strcmp0 (self->labels[i].kind, kinds[kind]) != 0)
        kind++;
      if (kind == G_N_ELEMENTS (kinds) || self->labels[i].text == NULL)
        return false;
      self->kinds[i] = (SimditActivityKind) kind;
    }
  return true;
}

/* The shapes, and whether each refers to terms and counters that exist. */
static bool
read_shapes (SimditRecording *self)
{
  hid_t shape_type = simdit_record_shape_type (), term_type = simdit_record_term_type ();

  self->shapes = read_all (self, "/counters/shapes", shape_type, sizeof *self->shapes,
                           &self->n_shapes);
  self->terms = read_all (self, "/counters/terms", term_type, sizeof *self->terms, &self->n_terms);
  H5Tclose (shape_type);
  H5Tclose (term_type);
  if (self->shapes == NULL || self->terms == NULL)
    return false;
  for (uint64_t i = 0; i < self->n_shapes; i++)
    {
      const SimditShape *shape = &self->shapes[i];

      if (shape->first_term > self->n_terms || shape->n_terms > self->n_terms - shape->first_term
          || shape->label >= self->n_labels)
        return false;
      self->overhang = MAX (self->overhang, shape->extent - MIN (shape->extent, shape->duration));
    }
  for (uint64_t i = 0; i < self->n_terms; i++)
    for (guint k = 0; k < SIMDIT_SHAPE_MAX_LOOPS; k++)
      if (self->terms[i].loops[k].count == 0 || self->terms[i].counter >= self->n_counters)
        return false;
  return true;
}

static bool
open_track (SimditRecording *self, const char *name)
{
  SimditRecordedTrack *track = &self->tracks[self->n_tracks++];
  g_autofree char *gap = g_strdup_printf ("/counters/tracks/%s/gap", name);
  g_autofree char *shape = g_strdup_printf ("/counters/tracks/%s/shape", name);
  g_autofree char *starts = g_strdup_printf ("/counters/tracks/%s/block_start", name);

  track->name = g_strdup (name);
  track->gap = H5Dopen2 (self->file, gap, H5P_DEFAULT);
  track->shape = H5Dopen2 (self->file, shape, H5P_DEFAULT);
  if (track->gap < 0 || track->shape < 0)
    return false;
  track->n = length_of (track->gap);
  track->block_starts = read_all (self, starts, H5T_NATIVE_UINT64, sizeof (uint64_t),
                                  &track->n_blocks);
  return track->block_starts != NULL && length_of (track->shape) == track->n
         && track->n_blocks == (track->n + self->per_block - 1) / self->per_block;
}

static bool
open_overview (SimditRecording *self)
{
  hsize_t size[2] = { 0, 0 };
  hid_t space, attribute;
  bool good;

  self->overview = H5Dopen2 (self->file, "/counters/overview", H5P_DEFAULT);
  if (self->overview < 0)
    return false;
  space = H5Dget_space (self->overview);
  good = H5Sget_simple_extent_ndims (space) == 2
         && H5Sget_simple_extent_dims (space, size, NULL) == 2 && size[0] == self->n_counters;
  self->n_bins = size[1];
  self->binned_counter = self->n_counters;
  H5Sclose (space);
  attribute = H5Aopen (self->overview, "bin_cycles", H5P_DEFAULT);
  if (attribute < 0)
    return false;
  good = good && H5Aread (attribute, H5T_NATIVE_UINT64, &self->bin_cycles) >= 0;
  H5Aclose (attribute);
  return good && self->bin_cycles > 0 && self->n_bins <= UINT32_MAX
         && self->n_bins <= UINT64_MAX / self->bin_cycles;
}

static bool
open_tracks (SimditRecording *self)
{
  H5G_info_t info;

  if (H5Gget_info_by_name (self->file, "/counters/tracks", &info, H5P_DEFAULT) < 0)
    return false;
  self->tracks = g_new0 (SimditRecordedTrack, info.nlinks + 1);
  for (hsize_t i = 0; i < info.nlinks; i++)
    {
      char name[64];

      if (H5Lget_name_by_idx (self->file, "/counters/tracks", H5_INDEX_CRT_ORDER, H5_ITER_INC, i,
                              name, sizeof name, H5P_DEFAULT)
              < 0
          || !open_track (self, name))
        return false;
    }
  return true;
}

SimditRecording *
simdit_recording_open (const char *path, GError **error)
{
  g_autoptr (SimditRecording) self = g_new0 (SimditRecording, 1);
  uint64_t version = 0;

  H5dont_atexit ();
  H5Eset_auto2 (H5E_DEFAULT, NULL, NULL);
  self->path = g_strdup (path);
  self->file = H5Fopen (path, H5F_ACC_RDONLY, H5P_DEFAULT);
  if (self->file < 0)
    simdit_recording_fail (self, error, "there is no such file, or it is not HDF5");
  else if (!read_count (self, "format_version", &version) || version != SIMDIT_FILE_VERSION)
    simdit_recording_fail (self, error,
                           "expected a file of \"simdit run -o\" of format version " G_STRINGIFY (
                               SIMDIT_FILE_VERSION));
  else if (!read_facts (self) || !read_counters (self) || !read_views (self) || !read_labels (self)
           || !read_shapes (self) || !open_tracks (self) || !open_overview (self))
    simdit_recording_fail (self, error, "its counters are incomplete or damaged");
  else
    {
      simdit_recording_digest_shapes (self);
      return g_steal_pointer (&self);
    }
  return NULL;
}

uint64_t
simdit_recording_get_cycles (const SimditRecording *self)
{
  return self->cycles;
}

uint64_t
simdit_recording_get_clock_fs (const SimditRecording *self)
{
  return self->clock_fs;
}

uint64_t
simdit_recording_get_bin_cycles (const SimditRecording *self)
{
  return self->bin_cycles;
}

const char *
simdit_recording_get_title (const SimditRecording *self)
{
  return self->title;
}

guint
simdit_recording_get_n_counters (const SimditRecording *self)
{
  return self->n_counters;
}

const char *
simdit_recording_get_name (const SimditRecording *self, guint counter)
{
  return self->counters[counter].name;
}

const char *
simdit_recording_get_unit (const SimditRecording *self, guint counter)
{
  return self->counters[counter].unit;
}

const char *
simdit_recording_get_help (const SimditRecording *self, guint counter)
{
  return self->counters[counter].help;
}

/* "dram0.rd", but not "dram.read_bits", which the ports count. */
static bool
is_of_channel (const char *name)
{
  return g_str_has_prefix (name, "dram") && g_ascii_isdigit (name[strlen ("dram")]);
}

void
simdit_recording_get_range (const SimditRecording *self, guint counter, uint64_t *from,
                            uint64_t *to)
{
  bool limited = is_of_channel (self->counters[counter].name);

  *from = limited ? self->channels_from : 0;
  *to = limited ? self->channels_to : self->cycles;
}

bool
simdit_recording_find (const SimditRecording *self, const char *name, guint *counter,
                       GError **error)
{
  g_autofree const char **names = g_new (const char *, self->n_counters + 1);

  for (guint i = 0; i < self->n_counters; i++)
    {
      names[i] = self->counters[i].name;
      if (g_str_equal (names[i], name))
        {
          *counter = i;
          return true;
        }
    }
  g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_INVALID,
               "%s: there is no counter \"%s\"; did you mean \"%s\"?", self->path, name,
               self->n_counters > 0 ? simdit_nearest (name, names, self->n_counters) : "");
  return false;
}
