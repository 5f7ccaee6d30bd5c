/* What run and validate have in common: options of a simulation, its progress and its end. */
#include "cli/cli.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PROGRESS_DELAY_US G_USEC_PER_SEC        /* runs below this show no bar */
#define PROGRESS_PERIOD_US (G_USEC_PER_SEC / 8) /* between updates */
#define PROGRESS_WIDTH 20

static const char *const pipelines[] = { "lockstep", "decoupled", NULL };

void
cli_simulation_clear (CliSimulation *self)
{
  cli_subject_clear (&self->subject);
  g_free (self->pipeline);
  g_free (self->dram);
  g_free (self->output);
  g_free (self->energy);
  simdit_energy_table_free (self->table);
  simdit_dram_config_free (self->memory);
}

int
cli_simulation_check (CliSimulation *self, const char *command)
{
  int choice = cli_subject_check (&self->subject, command);
  g_autoptr (GError) error = NULL;

  if (choice != CLI_OK)
    return choice;
  if (self->output != NULL && !self->output[0])
    return cli_usage_error (command, "--output: expected the name of a file, got nothing");
  if ((choice = cli_check_output (command, self->output,
                                  (char *[]){ self->subject.hw, self->subject.net }, 2))
      != CLI_OK)
    return choice;
  self->run.batch = (uint64_t) self->subject.batch;
  if (self->pipeline != NULL)
    {
      if ((choice = cli_choose (self->pipeline, pipelines)) < 0)
        return cli_usage_error (command, "--pipeline: expected lockstep or decoupled, got \"%s\"",
                                self->pipeline);
      self->run.override_pipeline = true;
      self->run.pipeline = choice == 0 ? SIMDIT_PIPELINE_LOCKSTEP : SIMDIT_PIPELINE_DECOUPLED;
    }
  if (self->dram != NULL && simdit_dram_is_model (self->dram)
      && !simdit_dram_check (self->dram, &error))
    return cli_usage_error (command, "--%s", error->message);
  if (self->fuse)
    return cli_usage_error (command, "--fuse: the simulator does not fuse layers (yet); "
                                     "\"simdit estimate --fuse\" does");
  return CLI_OK;
}

typedef struct
{
  gint64 start, last; /* [us] */
  bool wanted;
  int shown; /* characters at most; 0: nothing */
} Progress;

static volatile sig_atomic_t interrupted; /* the signal that asked to stop, or 0 */

static void
on_signal (int number)
{
  interrupted = number;
}

/* Gives the run the chance to complete its file, or to remove it. */
void
cli_catch_signals (void)
{
  static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
  struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int) SA_RESETHAND };
  struct sigaction old;

  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (sigaction (numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
      sigaction (numbers[i], &action, NULL);
}

/* "2:05" or "1:02:05". */
static char *
time_text (double seconds)
{
  uint64_t s = (uint64_t) (seconds + 0.5), minutes = s / 60;

  if (minutes < 60)
    return g_strdup_printf ("%" G_GUINT64_FORMAT ":%02u", minutes, (guint) (s % 60));
  return g_strdup_printf ("%" G_GUINT64_FORMAT ":%02u:%02u", minutes / 60, (guint) (minutes % 60),
                          (guint) (s % 60));
}

static void
print_progress (Progress *self, const SimditProgressState *state, double seconds)
{
  double done = state->n_steps > 0 ? (double) state->step / (double) state->n_steps : 0;
  g_autofree char *left = done > 0 ? time_text (seconds * (1 - done) / done) : g_strdup ("?");
  int filled = (int) (done * PROGRESS_WIDTH);
  int length = fprintf (stderr,
                        "\r[%.*s%*s] layer %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
                        ", %.1f M cycles, %.1f M/s, %s left",
                        filled, "####################", PROGRESS_WIDTH - filled, "", state->layer,
                        state->n_layers, (double) state->cycle * 1e-6,
                        (double) state->cycle * 1e-6 / seconds, left);

  fprintf (stderr, "%*s", MAX (self->shown - length, 0), "");
  self->shown = MAX (self->shown, length);
  fflush (stderr);
}

bool
cli_is_interrupted (void)
{
  return interrupted != 0;
}

void
cli_end_interrupted (const GError *error)
{
  if (!interrupted)
    return;
  fprintf (stderr, "simdit: %s\n", error->message);
  raise (interrupted); /* its default action again: whoever waits for us is told */
}

static bool
show_progress (const SimditProgressState *state, void *user_data)
{
  Progress *self = user_data;
  gint64 now = g_get_monotonic_time ();

  if (interrupted)
    return false;
  if (!self->wanted || now - self->start < PROGRESS_DELAY_US
      || now - self->last < PROGRESS_PERIOD_US)
    return true;
  self->last = now;
  print_progress (self, state, (double) (now - self->start) / G_USEC_PER_SEC);
  return true;
}

/* The table that was asked for, or else the machine's, if there is one. */
static bool
load_energy (CliSimulation *self, GError **error)
{
  const char *name = self->energy;

  if (name == NULL)
    name = simdit_machine_get_energy (self->subject.machine);
  if (name == NULL)
    return true;
  self->run.energy = self->table = cli_load_energy (name, error);
  if (self->table == NULL && self->energy == NULL)
    g_prefix_error (error, "%s: $.energy: ", self->subject.hw);
  return self->table != NULL;
}

/* The machine, the network, and the DRAM where it is a real one. */
static bool
load (CliSimulation *self, GError **error)
{
  const char *dram;

  if (!cli_subject_load (&self->subject, error))
    return false;
  dram = self->dram != NULL ? self->dram : simdit_machine_get_dram (self->subject.machine);
  self->run.dram = self->dram;
  if (simdit_dram_is_model (dram))
    return true;
  self->run.dram = dram;
  self->run.memory = self->memory = cli_load_memory (dram, error);
  if (self->memory == NULL && self->dram != NULL)
    g_prefix_error (error, "--dram: not a model (ideal, shared): ");
  else if (self->memory == NULL)
    g_prefix_error (error, "%s: $.dram: not a model (ideal, shared): ", self->subject.hw);
  return self->memory != NULL;
}

bool
cli_simulation_run (CliSimulation *self, CliSimulate simulate, SimditResult **result,
                    GError **error)
{
  CliSubject *subject = &self->subject;
  Progress progress = { .start = g_get_monotonic_time (), .wanted = isatty (STDERR_FILENO) };

  cli_catch_signals ();
  self->run.progress = show_progress;
  self->run.progress_data = &progress;
  self->run.output_path = self->output;
  if (load (self, error) && load_energy (self, error))
    *result = simulate (subject->machine, subject->network, &self->run, error);
  self->run.progress = NULL; /* which @progress does not outlive */
  self->run.progress_data = NULL;
  if (progress.shown > 0)
    fprintf (stderr, "\r%*s\r", progress.shown, "");
  if (*result == NULL)
    cli_end_interrupted (*error);
  return *result != NULL;
}

int
cli_simulation_end (const CliSimulation *self, const SimditResult *result, int status)
{
  if (!simdit_result_is_partial (result))
    return status;
  fflush (stdout);
  fprintf (stderr,
           "simdit: the run was interrupted; %s %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
           " layers\n",
           self->output != NULL ? "the file and the table have" : "the table has",
           simdit_result_get_n_rows (result), simdit_network_get_n_layers (self->subject.network));
  raise (interrupted);
  return CLI_BAD_INPUT;
}

char *
cli_quote_command_line (char **argv)
{
  static const char plain[] = G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_=+,./:@%";
  g_autoptr (GString) line = g_string_new ("simdit");

  for (char **word = argv; *word != NULL; word++)
    {
      g_autofree char *quoted = (*word)[0] != '\0' && strspn (*word, plain) == strlen (*word)
                                    ? g_strdup (*word)
                                    : g_shell_quote (*word);

      g_string_append_printf (line, " %s", quoted);
    }
  return g_utf8_make_valid (line->str, -1);
}
