/* simdit run: simulate a network on a machine. */
#include "cli/cli.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PROGRESS_DELAY_US G_USEC_PER_SEC        /* runs below this show no bar */
#define PROGRESS_PERIOD_US (G_USEC_PER_SEC / 8) /* between updates */
#define PROGRESS_WIDTH 40

typedef struct
{
  CliSubject subject;
  char *pipeline, *dram, *output; /* owned */
  SimditRunOptions run;
} Request;

static void
request_clear (Request *self)
{
  cli_subject_clear (&self->subject);
  g_free (self->pipeline);
  g_free (self->dram);
  g_free (self->output);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Request, request_clear)

static const char *const pipelines[] = { "lockstep", "decoupled", NULL };

/* Checks the words; returns CLI_OK or, after a message, CLI_BAD_USAGE. */
static int
check_request (Request *self)
{
  int choice = cli_subject_check (&self->subject, "run");

  if (choice != CLI_OK)
    return choice;
  if (self->output != NULL && !self->output[0])
    return cli_usage_error ("run", "--output: expected the name of a file, got nothing");
  self->run.batch = (uint64_t) self->subject.batch;
  if (self->pipeline != NULL)
    {
      if ((choice = cli_choose (self->pipeline, pipelines)) < 0)
        return cli_usage_error ("run", "--pipeline: expected lockstep or decoupled, got \"%s\"",
                                self->pipeline);
      self->run.override_pipeline = true;
      self->run.pipeline = choice == 0 ? SIMDIT_PIPELINE_LOCKSTEP : SIMDIT_PIPELINE_DECOUPLED;
    }
  if (self->dram != NULL && cli_choose (self->dram, simdit_dram_names ()) < 0)
    {
      g_autofree char *names = g_strjoinv (", ", (char **) (uintptr_t) simdit_dram_names ());

      return cli_usage_error ("run", "--dram: expected one of: %s; got \"%s\"", names, self->dram);
    }
  return CLI_OK;
}

typedef struct
{
  gint64 start, last; /* [us] */
  bool wanted, shown;
} Progress;

static volatile sig_atomic_t interrupted; /* the signal that asked to stop, or 0 */

static void
on_signal (int number)
{
  interrupted = number;
}

/* Gives the run the chance to remove its unfinished file. */
static void
catch_signals (void)
{
  static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
  struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int) SA_RESETHAND };
  struct sigaction old;

  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (sigaction (numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
      sigaction (numbers[i], &action, NULL);
}

static bool
show_progress (uint64_t layer, uint64_t n_layers, uint64_t cycle, void *user_data)
{
  Progress *self = user_data;
  gint64 now = g_get_monotonic_time ();
  int filled = n_layers > 0 ? (int) (layer * PROGRESS_WIDTH / n_layers) : 0;

  if (interrupted)
    return false;
  if (!self->wanted || now - self->start < PROGRESS_DELAY_US
      || now - self->last < PROGRESS_PERIOD_US)
    return true;
  self->last = now;
  self->shown = true;
  fprintf (stderr,
           "\r[%.*s%*s] layer %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT ", %.1f M cycles ",
           filled, "########################################", PROGRESS_WIDTH - filled, "", layer,
           n_layers, (double) cycle * 1e-6);
  fflush (stderr);
  return true;
}

static void
add_result_row (CliTable *table, const SimditResult *result, uint64_t row, bool for_people)
{
  char **cells = cli_table_add_row (table);

  for (guint c = 0; c < simdit_result_get_n_columns (result); c++)
    {
      SimditColumnType type = simdit_result_get_column (result, c)->type;

      if (type == SIMDIT_COLUMN_TEXT)
        cells[c] = g_strdup (simdit_result_get_text (result, row, c));
      else if (type == SIMDIT_COLUMN_RATIO && for_people)
        cells[c] = g_strdup_printf ("%.4f", simdit_result_get_ratio (result, row, c));
      else if (type == SIMDIT_COLUMN_RATIO)
        cells[c] = cli_number_text (simdit_result_get_ratio (result, row, c));
      else
        cells[c] = g_strdup_printf ("%" G_GUINT64_FORMAT, simdit_result_get_count (result, row, c));
      if (row == SIMDIT_RESULT_TOTAL && type == SIMDIT_COLUMN_INDEX)
        {
          g_free (cells[c]);
          cells[c] = g_strdup (c == 0 && for_people ? "total" : for_people ? "" : "0");
        }
    }
}

static CliTable *
build_table (const SimditResult *result, CliFormat form)
{
  CliTable *table = cli_table_new ();

  for (guint c = 0; c < simdit_result_get_n_columns (result); c++)
    {
      const SimditColumn *column = simdit_result_get_column (result, c);

      cli_table_add_column (table, column->name, column->type != SIMDIT_COLUMN_TEXT,
                            column->summary);
    }
  for (uint64_t row = 0; row < simdit_result_get_n_rows (result); row++)
    add_result_row (table, result, row, form == CLI_FORMAT_TABLE);
  return table;
}

/* The totals: every column that has one. */
static void
print_json_totals (const SimditResult *result, GString *text)
{
  bool first = true;

  g_string_append (text, "{");
  for (guint c = 0; c < simdit_result_get_n_columns (result); c++)
    {
      const SimditColumn *column = simdit_result_get_column (result, c);
      g_autofree char *value = NULL;

      if (column->type == SIMDIT_COLUMN_COUNT)
        value = g_strdup_printf ("%" G_GUINT64_FORMAT,
                                 simdit_result_get_count (result, SIMDIT_RESULT_TOTAL, c));
      else if (column->type == SIMDIT_COLUMN_RATIO)
        value = cli_number_text (simdit_result_get_ratio (result, SIMDIT_RESULT_TOTAL, c));
      else
        continue;
      g_string_append_printf (text, "%s\"%s\": %s", first ? "" : ", ", column->name, value);
      first = false;
    }
  g_string_append (text, "}");
}

static void
print_json (const Request *request, const SimditResult *result, const CliTable *table,
            GString *text)
{
  g_autofree char *seconds = cli_number_text (simdit_result_get_seconds (result));
  g_autofree char *hw = g_filename_display_name (request->subject.hw);
  g_autofree char *net = g_filename_display_name (request->subject.net);

  g_string_append (text, "{\"hw\": ");
  cli_append_json_string (text, hw);
  g_string_append (text, ", \"net\": ");
  cli_append_json_string (text, net);
  g_string_append_printf (text,
                          ", \"batch\": %" G_GINT64_FORMAT
                          ", \"pipeline\": \"%s\", \"dram\": \"%s\","
                          " \"seconds\": %s,\n \"layers\": [\n",
                          request->subject.batch, simdit_result_get_pipeline (result),
                          simdit_result_get_dram (result), seconds);
  for (guint i = 0; i < table->rows->len; i++)
    {
      g_string_append (text, "  ");
      cli_table_print_json_row (table, i, text);
      g_string_append (text, i + 1 < table->rows->len ? ",\n" : "\n");
    }
  g_string_append (text, " ],\n \"totals\": ");
  print_json_totals (result, text);
  g_string_append (text, "}\n");
}

static void
print_summary (const Request *request, const SimditResult *result, GString *text)
{
  const SimditMachine *machine = request->subject.machine;
  const SimditNetwork *network = request->subject.network;

  g_string_append_printf (text,
                          "\n%s on %s, batch %" G_GINT64_FORMAT ", %s, dram %s: %" G_GUINT64_FORMAT
                          " cycles = %.4g ms at %.4g GHz\n",
                          simdit_network_get_name (network), simdit_machine_get_name (machine),
                          request->subject.batch, simdit_result_get_pipeline (result),
                          simdit_result_get_dram (result), simdit_result_get_cycles (result),
                          simdit_result_get_seconds (result) * 1e3,
                          1e6 / (double) simdit_machine_get_clock_fs (machine));
}

static int
print_result (const Request *request, const SimditResult *result)
{
  g_autoptr (CliTable) table = build_table (result, request->subject.form);
  g_autoptr (GString) text = g_string_new (NULL);

  switch (request->subject.form)
    {
    case CLI_FORMAT_CSV:
      cli_table_print_csv (table, text);
      break;
    case CLI_FORMAT_JSON:
      print_json (request, result, table, text);
      break;
    default:
      add_result_row (table, result, SIMDIT_RESULT_TOTAL, true);
      cli_table_print (table, true, text);
      print_summary (request, result, text);
    }
  return cli_write_stdout (text) ? CLI_OK : CLI_BAD_INPUT;
}

static int
simulate (Request *request)
{
  CliSubject *subject = &request->subject;
  g_autoptr (SimditResult) result = NULL;
  Progress progress = { .start = g_get_monotonic_time (), .wanted = isatty (STDERR_FILENO) };
  GError *error = NULL;

  catch_signals ();
  request->run.progress = show_progress;
  request->run.progress_data = &progress;
  request->run.dram = request->dram;
  request->run.output_path = request->output;
  if (!cli_subject_load (subject, &error)
      || (result = simdit_simulate (subject->machine, subject->network, &request->run, &error))
             == NULL)
    {
      if (progress.shown)
        fputc ('\n', stderr);
      cli_input_error (error);
      if (interrupted)
        raise (interrupted); /* its default action again: whoever waits for us is told */
      return CLI_BAD_INPUT;
    }
  if (progress.shown)
    fprintf (stderr, "\r%*s\r", PROGRESS_WIDTH + 60, "");
  return print_result (request, result);
}

/* The command as a shell takes it. */
static char *
quote_command_line (char **argv)
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

int
cli_run (int argc, char **argv)
{
  g_auto (Request) request = { .subject = { .batch = 1 }, .run = SIMDIT_RUN_OPTIONS_INIT };
  const GOptionEntry entries[] = {
    CLI_SUBJECT_OPTIONS (request.subject),
    { "pipeline", 0, 0, G_OPTION_ARG_STRING, &request.pipeline,
      "lockstep or decoupled (the machine's)", "P" },
    { "dram", 0, 0, G_OPTION_ARG_STRING, &request.dram, "ideal (the machine's)", "NAME" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &request.output,
      "write an HDF5 file with every counter", "FILE.h5" },
    { 0 },
  };
  g_autofree char *command_line = quote_command_line (argv);
  int status;

  if (!cli_parse_options (&argc, &argv, entries, NULL,
                          "Simulates a network on a machine and prints one row per layer.",
                          "Cycles are those of the accelerator's clock. The columns are explained "
                          "in the README."))
    return CLI_BAD_USAGE;
  request.run.command_line = command_line;
  status = check_request (&request);
  return status != CLI_OK ? status : simulate (&request);
}
