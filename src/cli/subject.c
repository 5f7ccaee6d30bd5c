#include "cli/cli.h"

static const char *const phases[] = { "inference", "training", NULL };

void
cli_subject_clear (CliSubject *self)
{
  g_free (self->hw);
  g_free (self->net);
  g_free (self->phase);
  g_free (self->format);
  simdit_machine_free (self->machine);
  simdit_network_free (self->network);
}

int
cli_subject_check (CliSubject *self, const char *command)
{
  int form;

  if (self->hw == NULL || self->net == NULL || !self->hw[0] || !self->net[0])
    return cli_usage_error (command, "--hw and --net are needed");
  if (self->phase != NULL && cli_choose (self->phase, phases) < 0)
    return cli_usage_error (command, "--phase: expected inference or training, got \"%s\"",
                            self->phase);
  if (self->batch < 1 || self->batch > SIMDIT_MAX_BATCH)
    return cli_usage_error (command, "--batch: expected 1 to %d, got %" G_GINT64_FORMAT,
                            SIMDIT_MAX_BATCH, self->batch);
  if (self->format == NULL)
    return CLI_OK;
  if ((form = cli_choose (self->format, cli_format_names)) < 0)
    return cli_usage_error (command, "--format: expected table, csv or json, got \"%s\"",
                            self->format);
  self->form = (CliFormat) form;
  return CLI_OK;
}

static bool
check_phase (const CliSubject *self, GError **error)
{
  const char *mode = phases[simdit_network_get_mode (self->network) == SIMDIT_MODE_TRAINING];

  if (self->phase == NULL || g_str_equal (self->phase, mode))
    return true;
  g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_UNSUPPORTED,
               "%s: it describes %s, but --phase asks for %s", self->net, mode, self->phase);
  return false;
}

bool
cli_subject_load (CliSubject *self, GError **error)
{
  g_autofree char *hw_path = NULL, *net_path = NULL;

  return (hw_path = cli_find_definition (CLI_MACHINES, self->hw, error)) != NULL
         && (self->machine = simdit_machine_load (hw_path, error)) != NULL
         && (net_path = cli_find_definition (CLI_NETWORKS, self->net, error)) != NULL
         && (self->network = simdit_network_load (net_path, error)) != NULL
         && check_phase (self, error);
}
