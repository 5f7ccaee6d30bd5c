/*
 * Where definitions are: the directory $SIMDIT_DATA_DIR, the source tree that the program was built
 * in, or where it was installed. The library itself knows nothing of this.
 */
#include "cli/cli.h"

#include <string.h>

static const char *const folders[] = { [CLI_MACHINES] = "hwdefs",
                                       [CLI_NETWORKS] = "traces",
                                       [CLI_DRAMS] = "hwdefs/dram",
                                       [CLI_ENERGIES] = "hwdefs/energy" };
static const char *const nouns[] = { [CLI_MACHINES] = "machine",
                                     [CLI_NETWORKS] = "network",
                                     [CLI_DRAMS] = "DRAM",
                                     [CLI_ENERGIES] = "energy table" };

/* The folder below @root, if it is there. */
static char *
folder_below (const char *root, CliKind kind)
{
  g_autofree char *path = g_build_filename (root, folders[kind], NULL);

  return g_file_test (path, G_FILE_TEST_IS_DIR) ? g_steal_pointer (&path) : NULL;
}

/* Looks upwards from the program: build directories lie in the source tree, bin beside share. */
static char *
folder_near_program (CliKind kind)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *at = program != NULL ? g_path_get_dirname (program) : NULL;

  for (int level = 0; at != NULL && level < 4; level++)
    {
      g_autofree char *share = g_build_filename (at, "share", "simdit", NULL);
      char *folder = folder_below (share, kind), *up;

      if (folder == NULL)
        folder = folder_below (at, kind);
      if (folder != NULL)
        return folder;
      up = g_path_get_dirname (at);
      g_free (at);
      at = up;
    }
  return NULL;
}

static char *
find_folder (CliKind kind)
{
  const char *root = g_getenv ("SIMDIT_DATA_DIR");
  char *folder = root != NULL ? folder_below (root, kind) : folder_near_program (kind);

  return folder != NULL || root != NULL ? folder : folder_below (SIMDIT_DATA_DIR, kind);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

GPtrArray *
cli_shipped_definitions (CliKind kind)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *folder = find_folder (kind);
  g_autoptr (GDir) dir = folder != NULL ? g_dir_open (folder, 0, NULL) : NULL;
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".json"))
      g_ptr_array_add (paths, g_build_filename (folder, name, NULL));
  g_ptr_array_sort (paths, compare_names);
  return paths;
}

char *
cli_find_definition (CliKind kind, const char *name, GError **error)
{
  g_autoptr (GPtrArray) shipped = NULL;
  g_autofree char *file = g_strdup_printf ("%s.json", name);
  g_autoptr (GString) known = g_string_new (NULL);

  if (strchr (name, G_DIR_SEPARATOR) != NULL || g_file_test (name, G_FILE_TEST_IS_REGULAR))
    return g_strdup (name);
  shipped = cli_shipped_definitions (kind);
  for (guint i = 0; i < shipped->len; i++)
    {
      g_autofree char *base = g_path_get_basename (g_ptr_array_index (shipped, i));

      if (g_ascii_strcasecmp (base, file) == 0)
        return g_strdup (g_ptr_array_index (shipped, i));
      base[strlen (base) - strlen (".json")] = '\0';
      g_string_append_printf (known, "%s%s", i > 0 ? ", " : "", base);
    }
  if (g_file_test (name, G_FILE_TEST_EXISTS))
    return g_strdup (name); /* a pipe, or what reading it will complain of */
  g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_IO,
               "%s: there is no such file, and no %s of that name comes with simdit; those are: %s",
               name, nouns[kind],
               known->len > 0 ? known->str : "none (is $SIMDIT_DATA_DIR right?)");
  return NULL;
}

SimditEnergyTable *
cli_load_energy (const char *text, GError **error)
{
  static const char key[] = ":memory=";
  const char *memory = strstr (text, key);
  g_autofree char *name = g_strndup (text,
                                     memory != NULL ? (gsize) (memory - text) : strlen (text));
  g_autofree char *path = cli_find_definition (CLI_ENERGIES, name, error);

  return path != NULL
             ? simdit_energy_table_load (path, memory != NULL ? memory + strlen (key) : NULL, error)
             : NULL;
}

SimditDramConfig *
cli_load_memory (const char *text, GError **error)
{
  const char *colon = g_file_test (text, G_FILE_TEST_EXISTS) ? NULL : strrchr (text, ':');
  g_autofree char *name = g_strndup (text, colon != NULL ? (gsize) (colon - text) : strlen (text));
  g_autofree char *path = cli_find_definition (CLI_DRAMS, name, error);

  return path != NULL ? simdit_dram_config_load (path, colon != NULL ? colon + 1 : NULL, error)
                      : NULL;
}
