/* Prints an exploration: what explore and merge have in common. */
#include "cli/cli.h"

#include <stdio.h>

void
cli_exploration_clear (CliExplorationReport *self)
{
  g_free (self->format);
  g_free (self->table);
}

int
cli_exploration_check (CliExplorationReport *self, const char *command)
{
  const char *names[SIMDIT_N_EXPLORATION_TABLES + 1] = { NULL };
  int form = CLI_FORMAT_TABLE;

  for (guint t = 0; t < SIMDIT_N_EXPLORATION_TABLES; t++)
    names[t] = simdit_exploration_table_name (t);
  self->choice = -1;
  if (self->format != NULL && (form = cli_choose (self->format, cli_format_names)) < 0)
    return cli_usage_error (command, "--format: expected table, csv or json, got \"%s\"",
                            self->format);
  if (self->table != NULL && (self->choice = cli_choose (self->table, names)) < 0)
    return cli_usage_error (
        command, "--table: expected designs, budgets, sharing or pareto, got \"%s\"", self->table);
  self->form = (CliFormat) form;
  if (self->form == CLI_FORMAT_CSV && self->choice < 0)
    self->choice = SIMDIT_EXPLORATION_DESIGNS;
  return CLI_OK;
}

static CliTable *
table_of (const SimditExploration *exploration, guint table, bool for_people)
{
  const SimditResult *result = simdit_exploration_get_table (exploration, table);

  return cli_report_table (
      &(CliReport){ .result = result, .n_rows = simdit_result_get_n_rows (result) }, for_people);
}

static void
append_notes_json (const SimditExploration *exploration, GString *text)
{
  guint n = simdit_exploration_get_n_notes (exploration);

  g_string_append (text, "\"notes\": [");
  for (guint i = 0; i < n; i++)
    {
      g_string_append (text, i > 0 ? ",\n" : "\n");
      cli_append_json_string (text, simdit_exploration_get_note (exploration, i));
    }
  g_string_append (text, "]}\n");
}

/* One object with all tables. */
static void
append_json (const SimditExploration *exploration, GString *text)
{
  g_string_append (text, "{");
  for (guint t = 0; t < SIMDIT_N_EXPLORATION_TABLES; t++)
    {
      g_autoptr (CliTable) table = table_of (exploration, t, false);

      g_string_append_printf (text, "\"%s\": ", simdit_exploration_table_name (t));
      cli_table_print_as (table, CLI_FORMAT_JSON, text);
      g_string_truncate (text, text->len - 1);
      g_string_append (text, ",\n");
    }
  append_notes_json (exploration, text);
}

static void
append_for_people (const SimditExploration *exploration, GString *text)
{
  static const SimditExplorationTable shown[] = { SIMDIT_EXPLORATION_DESIGNS,
                                                  SIMDIT_EXPLORATION_SHARING };

  for (gsize i = 0; i < G_N_ELEMENTS (shown); i++)
    {
      g_autoptr (CliTable) table = table_of (exploration, shown[i], true);

      cli_table_print (table, false, text);
      g_string_append_c (text, '\n');
    }
}

int
cli_exploration_print (const CliExplorationReport *self, const SimditExploration *exploration)
{
  g_autoptr (GString) text = g_string_new (NULL);
  bool for_people = self->form == CLI_FORMAT_TABLE;

  if (self->choice >= 0)
    {
      g_autoptr (CliTable) table = table_of (exploration, (guint) self->choice, for_people);

      cli_table_print_as (table, self->form, text);
    }
  else if (for_people)
    append_for_people (exploration, text);
  else
    append_json (exploration, text);
  for (guint i = 0; i < simdit_exploration_get_n_notes (exploration) && for_people; i++)
    g_string_append_printf (text, "%s\n", simdit_exploration_get_note (exploration, i));
  if (!cli_write_stdout (text))
    return CLI_BAD_INPUT;
  for (guint i = 0; i < simdit_exploration_get_n_notes (exploration) && !for_people; i++)
    fprintf (stderr, "simdit: %s\n", simdit_exploration_get_note (exploration, i));
  return CLI_OK;
}
