#include "cli/cli.h"

static const char *const phases[] = { "inference", "training", NULL };

void
cli_subject_clear (CliSubject *self)
{
  g_free (self->hw);
  g_free (self->net);
  g_free (self->phase);
  g_free (self->format);
  g_free (self->expand);
  g_free (self->optimizer);
  simdit_machine_free (self->machine);
  simdit_network_free (self->network);
}

/* Options of the expansion, which only --phase training has. */
static int
check_training (CliSubject *self, const char *command)
{
  const char *const *expansions = simdit_expansion_names (),
                    *const *optimizers = simdit_optimizer_names ();
  bool training = self->phase != NULL && g_str_equal (self->phase, "training");
  int choice;

  self->training = SIMDIT_TRAINING_OPTIONS_INIT;
  self->training.weight_decay = self->weight_decay;
  if (!training && (self->expand != NULL || self->optimizer != NULL || self->weight_decay))
    return cli_usage_error (command, "--expand, --optimizer and --weight-decay need --phase "
                                     "training");
  if (self->expand != NULL)
    {
      if ((choice = cli_choose (self->expand, expansions)) < 0)
        return cli_usage_error (command, "--expand: expected full or simdit, got \"%s\"",
                                self->expand);
      self->training.expansion = (SimditExpansion) choice;
    }
  if (self->optimizer != NULL)
    {
      if ((choice = cli_choose (self->optimizer, optimizers)) < 0)
        return cli_usage_error (command, "--optimizer: expected sgd, momentum or adam, got \"%s\"",
                                self->optimizer);
      self->training.optimizer = (SimditOptimizer) choice;
    }
  return CLI_OK;
}

int
cli_network_check (CliSubject *self, const char *command)
{
  int form;

  if (self->net == NULL || !self->net[0])
    return cli_usage_error (command, "--net is needed");
  if (self->phase != NULL && cli_choose (self->phase, phases) < 0)
    return cli_usage_error (command, "--phase: expected inference or training, got \"%s\"",
                            self->phase);
  if (self->format != NULL)
    {
      if ((form = cli_choose (self->format, cli_format_names)) < 0)
        return cli_usage_error (command, "--format: expected table, csv or json, got \"%s\"",
                                self->format);
      self->form = (CliFormat) form;
    }
  return check_training (self, command);
}

int
cli_subject_check (CliSubject *self, const char *command)
{
  if (self->hw == NULL || self->net == NULL || !self->hw[0] || !self->net[0])
    return cli_usage_error (command, "--hw and --net are needed");
  if (self->batch < 1 || self->batch > SIMDIT_MAX_BATCH)
    return cli_usage_error (command, "--batch: expected 1 to %d, got %" G_GINT64_FORMAT,
                            SIMDIT_MAX_BATCH, self->batch);
  return cli_network_check (self, command);
}

/* A spec is what its mode says; a graph becomes what is asked for. */
static bool
set_phase (CliSubject *self, GError **error)
{
  const char *mode = phases[simdit_network_get_mode (self->network) == SIMDIT_MODE_TRAINING];
  bool chosen = self->expand != NULL || self->optimizer != NULL || self->weight_decay;
  SimditNetwork *forward = self->network;

  if (self->phase == NULL || (g_str_equal (self->phase, mode) && !chosen))
    return true;
  if (simdit_network_is_spec (forward))
    {
      if (g_str_equal (self->phase, mode))
        g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_UNSUPPORTED,
                     "%s: a SimDIT spec is a complete program; expected no --expand, --optimizer "
                     "or --weight-decay",
                     self->net);
      else
        g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_UNSUPPORTED,
                     "%s: it describes %s, but --phase asks for %s", self->net, mode, self->phase);
      return false;
    }
  self->network = simdit_network_expand_training (forward, &self->training, error);
  simdit_network_free (forward);
  return self->network != NULL;
}

bool
cli_network_load (CliSubject *self, GError **error)
{
  g_autofree char *path = cli_find_definition (CLI_NETWORKS, self->net, error);

  return path != NULL && (self->network = simdit_network_load (path, error)) != NULL
         && set_phase (self, error);
}

bool
cli_subject_load (CliSubject *self, GError **error)
{
  g_autofree char *path = cli_find_definition (CLI_MACHINES, self->hw, error);

  return path != NULL && (self->machine = simdit_machine_load (path, error)) != NULL
         && cli_network_load (self, error);
}
