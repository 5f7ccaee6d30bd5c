/* simdit list: what comes with the program. */
#include "cli/cli.h"

#include <stdio.h>

static const char *const kinds[] = { "machines", "networks", "drams", "energy-tables",
                                     "columns",  "keys",     NULL };

enum
{
  LIST_COLUMNS = CLI_ENERGIES + 1,
  LIST_KEYS,
};

static void
add_column (CliTable *table, const SimditColumn *column)
{
  char **cells = cli_table_add_row (table);

  cells[0] = g_strdup (column->name);
  cells[1] = g_strdup (column->unit);
  cells[2] = g_strdup (column->help);
}

/* What the columns of run mean, with --energy those after them, too. */
static bool
list_columns (CliFormat form)
{
  g_autoptr (CliTable) table = cli_table_new ();
  g_autoptr (GString) text = g_string_new (NULL);
  const SimditColumn *column;

  cli_table_add_column (table, "column", false, true);
  cli_table_add_column (table, "unit", false, true);
  cli_table_add_column (table, "meaning", false, true);
  for (guint i = 0; (column = simdit_run_column (i)) != NULL; i++)
    add_column (table, column);
  for (guint i = 0; (column = simdit_energy_column (i)) != NULL; i++)
    add_column (table, column);
  cli_table_print_as (table, form, text);
  return cli_write_stdout (text);
}

/* The keys of a machine, as text only. */
static bool
list_keys (void)
{
  g_autofree char *keys = simdit_machine_describe_keys ();
  g_autoptr (GString) text = g_string_new (keys);

  return cli_write_stdout (text);
}

static char **
describe_machine (CliTable *table, const char *path, GError **error)
{
  g_autoptr (SimditMachine) machine = simdit_machine_load (path, error);
  uint64_t rows, columns;
  char **cells;

  if (machine == NULL)
    return NULL;
  simdit_machine_get_array (machine, &rows, &columns);
  cells = cli_table_add_row (table);
  cells[0] = g_strdup ("machine");
  cells[1] = g_strdup (simdit_machine_get_name (machine));
  cells[2] = g_strdup_printf ("%" G_GUINT64_FORMAT "x%" G_GUINT64_FORMAT " PEs, %.4g GHz: %s", rows,
                              columns, 1e6 / (double) simdit_machine_get_clock_fs (machine),
                              simdit_machine_get_description (machine));
  return cells;
}

static char **
describe_network (CliTable *table, const char *path, GError **error)
{
  g_autoptr (SimditNetwork) network = simdit_network_load (path, error);
  g_autofree char *base = g_path_get_basename (path);
  char **cells;

  if (network == NULL)
    return NULL;
  base[strlen (base) - strlen (".json")] = '\0';
  cells = cli_table_add_row (table);
  cells[0] = g_strdup ("network");
  cells[1] = g_strdup (base);
  cells[2] = g_strdup_printf ("%" G_GUINT64_FORMAT " layers: %s",
                              simdit_network_get_n_layers (network),
                              simdit_network_get_description (network));
  return cells;
}

static char **
describe_dram (CliTable *table, const char *path, GError **error)
{
  g_autoptr (SimditDramConfig) config = simdit_dram_config_load (path, NULL, error);
  char **cells;

  if (config == NULL)
    return NULL;
  cells = cli_table_add_row (table);
  cells[0] = g_strdup ("dram");
  cells[1] = g_strdup (simdit_dram_config_get_name (config));
  cells[2] = g_strdup_printf ("%.4g GB/s, %.4g GHz clock: %s",
                              simdit_dram_config_get_bandwidth (config) / 1e9,
                              1e6 / (double) simdit_dram_config_get_clock_fs (config),
                              simdit_dram_config_get_description (config));
  return cells;
}

static char **
describe_energy (CliTable *table, const char *path, GError **error)
{
  g_autoptr (SimditEnergyTable) energy = simdit_energy_table_load (path, NULL, error);
  char **cells;

  if (energy == NULL)
    return NULL;
  cells = cli_table_add_row (table);
  cells[0] = g_strdup ("energy-table");
  cells[1] = g_strdup (simdit_energy_table_get_name (energy));
  cells[2] = g_strdup_printf ("%g nm: %s", simdit_energy_table_get_node (energy),
                              simdit_energy_table_get_description (energy));
  return cells;
}

static bool
describe_all (CliTable *table, CliKind kind)
{
  static char **(*const describe[]) (CliTable *, const char *,
                                     GError **) = { [CLI_MACHINES] = describe_machine,
                                                    [CLI_NETWORKS] = describe_network,
                                                    [CLI_DRAMS] = describe_dram,
                                                    [CLI_ENERGIES] = describe_energy };
  g_autoptr (GPtrArray) paths = cli_shipped_definitions (kind);
  bool fine = true;

  for (guint i = 0; i < paths->len; i++)
    {
      const char *path = g_ptr_array_index (paths, i);
      GError *error = NULL;

      if (describe[kind](table, path, &error) == NULL)
        fine = cli_input_error (error) == CLI_OK;
    }
  return fine;
}

int
cli_list (int argc, char **argv)
{
  g_autofree char *format = NULL;
  const GOptionEntry entries[] = { { "format", 0, 0, G_OPTION_ARG_STRING, &format,
                                     "table (default), csv or json", "FORMAT" },
                                   { 0 } };
  g_autoptr (CliTable) table = cli_table_new ();
  g_autoptr (GString) text = g_string_new (NULL);
  int only = -1, form = CLI_FORMAT_TABLE;
  bool fine = true;

  if (!cli_parse_options (
          &argc, &argv, entries, "[machines|networks|drams|energy-tables|columns|keys]",
          "Shows the machines (--hw), networks (--net), DRAMs (--config) and energy tables "
          "(--energy) that come with simdit, what the columns of run mean, or the keys of a "
          "machine.",
          NULL))
    return CLI_BAD_USAGE;
  if (argc > 2 || (argc == 2 && (only = cli_choose (argv[1], kinds)) < 0))
    return cli_usage_error (
        "list", "expected machines, networks, drams, energy-tables, columns or keys, got \"%s\"",
        argv[argc - 1]);
  if (format != NULL && (form = cli_choose (format, cli_format_names)) < 0)
    return cli_usage_error ("list", "--format: expected table, csv or json, got \"%s\"", format);
  if (only == LIST_KEYS)
    return list_keys () ? CLI_OK : CLI_BAD_INPUT;
  if (only == LIST_COLUMNS)
    return list_columns ((CliFormat) form) ? CLI_OK : CLI_BAD_INPUT;
  cli_table_add_column (table, "kind", false, true);
  cli_table_add_column (table, "name", false, true);
  cli_table_add_column (table, "description", false, true);
  for (int kind = CLI_MACHINES; kind <= CLI_ENERGIES; kind++)
    if (only < 0 || only == kind)
      fine &= describe_all (table, (CliKind) kind);
  if (table->rows->len == 0 && fine)
    {
      fprintf (stderr, "simdit: nothing is found to list (is $SIMDIT_DATA_DIR right?)\n");
      return CLI_BAD_INPUT;
    }
  cli_table_print_as (table, (CliFormat) form, text);
  return cli_write_stdout (text) && fine ? CLI_OK : CLI_BAD_INPUT;
}
