/* simdit dram: a request trace on a memory by itself. */
#include "cli/cli.h"

#include <math.h>

static char *
value_text (const SimditResult *result, guint column, bool for_people)
{
  double value;

  switch (simdit_result_get_column (result, column)->type)
    {
    case SIMDIT_COLUMN_TEXT:
      return g_strdup (simdit_result_get_text (result, 0, column));
    case SIMDIT_COLUMN_INDEX:
    case SIMDIT_COLUMN_COUNT:
      return g_strdup_printf ("%" G_GUINT64_FORMAT, simdit_result_get_count (result, 0, column));
    default:
      value = simdit_result_get_number (result, 0, column);
      return for_people && value != floor (value) ? g_strdup_printf ("%.4g", value)
                                                  : cli_number_text (value);
    }
}

/* For people: a line per value. */
static CliTable *
build_list (const SimditResult *result)
{
  CliTable *table = cli_table_new ();

  cli_table_add_column (table, "name", false, true);
  cli_table_add_column (table, "value", true, true);
  cli_table_add_column (table, "unit", false, true);
  cli_table_add_column (table, "meaning", false, true);
  for (guint c = 0; c < simdit_result_get_n_columns (result); c++)
    {
      const SimditColumn *column = simdit_result_get_column (result, c);
      char **cells = cli_table_add_row (table);

      cells[0] = g_strdup (column->name);
      cells[1] = value_text (result, c, true);
      cells[2] = g_strdup (column->unit);
      cells[3] = g_strdup (column->help);
    }
  return table;
}

/* For programs: one row. */
static CliTable *
build_row (const SimditResult *result)
{
  CliTable *table = cli_table_new ();
  char **cells;

  for (guint c = 0; c < simdit_result_get_n_columns (result); c++)
    {
      const SimditColumn *column = simdit_result_get_column (result, c);

      cli_table_add_column (table, column->name, column->type != SIMDIT_COLUMN_TEXT, true);
    }
  cells = cli_table_add_row (table);
  for (guint c = 0; c < simdit_result_get_n_columns (result); c++)
    cells[c] = value_text (result, c, false);
  return table;
}

static int
print (const SimditResult *result, int format)
{
  g_autoptr (CliTable) table = format == CLI_FORMAT_TABLE ? build_list (result)
                                                          : build_row (result);
  g_autoptr (GString) text = g_string_new (NULL);

  if (format == CLI_FORMAT_TABLE)
    cli_table_print (table, false, text);
  else if (format == CLI_FORMAT_CSV)
    cli_table_print_csv (table, text);
  else
    {
      cli_table_print_json_row (table, 0, text);
      g_string_append_c (text, '\n');
    }
  return cli_write_stdout (text) ? CLI_OK : CLI_BAD_INPUT;
}

int
cli_dram (int argc, char **argv)
{
  g_autofree char *config_name = NULL, *format = NULL, *commands = NULL, *requests = NULL;
  const GOptionEntry entries[] = {
    { "config", 0, 0, G_OPTION_ARG_FILENAME, &config_name,
      "memory: a file or a shipped name, and what to change in it", "NAME[:KEY=VALUE,...]" },
    { "format", 0, 0, G_OPTION_ARG_STRING, &format, "table (default), csv or json", "FORMAT" },
    { "commands", 0, 0, G_OPTION_ARG_FILENAME, &commands, "write every DRAM command", "FILE.csv" },
    { "requests", 0, 0, G_OPTION_ARG_FILENAME, &requests,
      "write when each request was taken and served", "FILE.csv" },
    { 0 },
  };
  g_autofree char *keys = simdit_dram_config_describe_keys ();
  g_autofree char *description = g_strdup_printf (
      "A trace has lines \"ARRIVAL R|W HEXADDRESS\" (memory clocks, bytes) and may be gzipped. One "
      "request is\noffered per clock, in order; arrival 0: as soon as possible. Times are memory "
      "clocks.\n\nKeys of a memory:\n%s",
      keys);
  g_autoptr (SimditDramConfig) config = NULL;
  g_autoptr (SimditResult) result = NULL;
  SimditDramReplayOptions options = SIMDIT_DRAM_REPLAY_OPTIONS_INIT;
  GError *error = NULL;
  int form = CLI_FORMAT_TABLE, status;

  if (!cli_parse_options (&argc, &argv, entries, "TRACE.trc[.gz]",
                          "Replays a trace of memory requests on a DRAM by itself.", description))
    return CLI_BAD_USAGE;
  if (config_name == NULL || argc != 2)
    return cli_usage_error ("dram", "--config and one trace are needed");
  if (format != NULL && (form = cli_choose (format, cli_format_names)) < 0)
    return cli_usage_error ("dram", "--format: expected table, csv or json, got \"%s\"", format);
  if (commands != NULL && g_strcmp0 (commands, requests) == 0)
    return cli_usage_error ("dram", "--commands, --requests: expected two files, got %s", commands);
  if ((status = cli_check_output ("dram", commands, argv + 1, 1)) != CLI_OK
      || (status = cli_check_output ("dram", requests, argv + 1, 1)) != CLI_OK)
    return status;
  options.commands_path = commands;
  options.requests_path = requests;
  if ((config = cli_load_memory (config_name, &error)) == NULL
      || (result = simdit_dram_replay (config, argv[1], &options, &error)) == NULL)
    return cli_input_error (error);
  return print (result, form);
}
