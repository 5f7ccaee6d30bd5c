/* An exploration's tables and notes: made, asked, written to a file and read back. */
#include "explore/report.h"
#include "record/recorder.h"
#include "record/tables.h"

/* The workloads by name, and the machine. */
static char *
title_of (const SimditRequest *request)
{
  g_autoptr (GString) title = g_string_new (NULL);

  for (guint w = 0; w < request->workloads->len; w++)
    {
      const SimditNetwork *network = simdit_request_workload (request, w)->network;

      g_string_append_printf (title, "%s%s%s", w > 0 ? ", " : "", simdit_network_get_name (network),
                              network->mode == SIMDIT_MODE_TRAINING ? " (training)" : "");
    }
  g_string_append_printf (title, " on divisions of %s", simdit_machine_get_name (request->machine));
  return g_string_free (g_steal_pointer (&title), FALSE);
}

SimditExploration *
simdit_exploration_new (const SimditRequest *request)
{
  SimditExploration *self = g_new0 (SimditExploration, 1);

  self->title = title_of (request);
  self->objective = simdit_objective (request->objective)->name;
  self->notes = g_ptr_array_new_with_free_func (g_free);
  for (guint t = 0; t < SIMDIT_N_EXPLORATION_TABLES; t++)
    self->tables[t] = simdit_result_new (simdit_exploration_table_info (request, t),
                                         request->machine->clock_fs, 1);
  return self;
}

void
simdit_exploration_free (SimditExploration *self)
{
  if (self == NULL)
    return;
  for (guint t = 0; t < SIMDIT_N_EXPLORATION_TABLES; t++)
    simdit_result_free (self->tables[t]);
  g_ptr_array_unref (self->notes);
  g_free (self->title);
  g_free (self);
}

const char *
simdit_exploration_table_name (SimditExplorationTable table)
{
  static const char *const names[] = { [SIMDIT_EXPLORATION_DESIGNS] = "designs",
                                       [SIMDIT_EXPLORATION_BUDGETS] = "budgets",
                                       [SIMDIT_EXPLORATION_SHARING] = "sharing",
                                       [SIMDIT_EXPLORATION_PARETO] = "pareto" };

  return names[table];
}

const SimditResult *
simdit_exploration_get_table (const SimditExploration *self, SimditExplorationTable table)
{
  return self->tables[table];
}

guint
simdit_exploration_get_n_notes (const SimditExploration *self)
{
  return self->notes->len;
}

const char *
simdit_exploration_get_note (const SimditExploration *self, guint i)
{
  return g_ptr_array_index (self->notes, i);
}

const char *
simdit_exploration_get_title (const SimditExploration *self)
{
  return self->title;
}

const char *
simdit_exploration_get_objective (const SimditExploration *self)
{
  return self->objective;
}

/* ---- files ---- */

bool
simdit_exploration_write (const SimditExploration *self, const SimditSearch *search,
                          const char *path, GError **error)
{
  const SimditRequest *request = search->request;
  g_autoptr (SimditRecorder)
      recorder = simdit_recorder_new (&(SimditRecorderConfig){ .path = path }, error);
  g_autoptr (GString) notes = g_string_new (NULL);

  if (recorder == NULL)
    return false;
  simdit_recorder_set_text (recorder, "format", SIMDIT_EXPLORATION_FORMAT);
  simdit_recorder_set_count (recorder, "format_version", SIMDIT_EXPLORATION_VERSION);
  simdit_recorder_set_text (recorder, "program_version", simdit_version ());
  simdit_recorder_set_text (recorder, "request_digest", request->digest);
  simdit_recorder_set_text (recorder, "objective", simdit_objective (request->objective)->name);
  if (request->energy != NULL)
    simdit_recorder_set_text (recorder, "energy_table",
                              simdit_energy_table_get_name (request->energy));
  simdit_recorder_write_text (recorder, "/request", request->text);
  for (guint t = 0; t < SIMDIT_N_EXPLORATION_TABLES; t++)
    {
      const SimditResult *table = self->tables[t];
      g_autofree char *name = g_strdup_printf ("/%s", simdit_exploration_table_name (t));

      simdit_recorder_write_table (recorder, name, table->table, table->rows->data, table->n_rows);
    }
  for (guint i = 0; i < self->notes->len; i++)
    g_string_append_printf (notes, "%s\n", simdit_exploration_get_note (self, i));
  simdit_recorder_write_text (recorder, "/notes", notes->str);
  return simdit_recorder_finish (recorder, error);
}

static bool
add_row (void *table, const void *row)
{
  return simdit_result_add (table, row);
}

static bool
read_notes (SimditExploration *self, const SimditTables *tables, GError **error)
{
  g_autofree char *text = simdit_tables_read_text (tables, "/notes", error);
  g_auto (GStrv) lines = text != NULL ? g_strsplit (text, "\n", -1) : NULL;

  for (char **line = lines; line != NULL && *line != NULL; line++)
    if ((*line)[0] != '\0')
      g_ptr_array_add (self->notes, g_strdup (*line));
  return text != NULL;
}

/* The request says which columns there are. */
static SimditExploration *
read_exploration (const SimditTables *tables, const char *path, GError **error)
{
  g_autofree char *text = simdit_tables_read_text (tables, "/request", error);
  g_autoptr (SimditRequest) request = NULL;
  g_autoptr (SimditExploration) self = NULL;

  if (text == NULL || (request = simdit_request_parse (text, path, error)) == NULL)
    return NULL;
  self = simdit_exploration_new (request);
  for (guint t = 0; t < SIMDIT_N_EXPLORATION_TABLES; t++)
    {
      g_autofree char *name = g_strdup_printf ("/%s", simdit_exploration_table_name (t));

      if (!simdit_tables_each_row (tables, name, self->tables[t]->table, add_row, self->tables[t],
                                   error))
        return NULL;
    }
  if (!read_notes (self, tables, error))
    return NULL;
  return g_steal_pointer (&self);
}

SimditExploration *
simdit_exploration_open (const char *path, GError **error)
{
  g_autoptr (SimditTables) tables = simdit_tables_open (path, SIMDIT_EXPLORATION_FORMAT,
                                                        SIMDIT_EXPLORATION_VERSION, error);

  return tables != NULL ? read_exploration (tables, path, error) : NULL;
}
