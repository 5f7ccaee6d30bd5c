#include "cli/cli.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *const cli_format_names[] = { "table", "csv", "json", NULL };

bool
cli_parse_options (int *argc, char ***argv, const GOptionEntry *entries, const char *words,
                   const char *summary, const char *description)
{
  g_autofree char *command = g_strdup ((*argv)[0]);
  g_autoptr (GOptionContext) context = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *program = g_strdup_printf ("simdit %s", command);

  context = g_option_context_new (words);
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_set_summary (context, summary);
  g_option_context_set_description (context, description);
  g_set_prgname (program);
  if (!g_option_context_parse (context, argc, argv, &error))
    {
      cli_usage_error (command, "%s", error->message);
      return false;
    }
  if (*argc > 1 && words == NULL)
    {
      cli_usage_error (command, "what is \"%s\"? expected options only", (*argv)[1]);
      return false;
    }
  return true;
}

char *
cli_one_line (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autoptr (GString) line = g_string_new (NULL);

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    if (g_unichar_iscntrl (g_utf8_get_char (p)))
      g_string_append_printf (line, "\\x%02x", g_utf8_get_char (p));
    else
      g_string_append_unichar (line, g_utf8_get_char (p));
  return g_string_free (g_steal_pointer (&line), FALSE);
}

int
cli_usage_error (const char *command, const char *format, ...)
{
  g_autofree char *message = NULL, *line = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  line = cli_one_line (message);
  fprintf (stderr, "simdit %s: %s\nTry \"simdit %s --help\".\n", command, line, command);
  return CLI_BAD_USAGE;
}

int
cli_check_output (const char *command, const char *output, char *const *inputs, guint n)
{
  GStatBuf out, in;

  if (output == NULL || g_stat (output, &out) != 0 || !S_ISREG (out.st_mode))
    return CLI_OK;
  for (guint i = 0; i < n; i++)
    if (g_stat (inputs[i], &in) == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
      return cli_usage_error (command, "%s: expected another file to write than %s, which is read",
                              output, inputs[i]);
  return CLI_OK;
}

int
cli_input_error (GError *error)
{
  g_autofree char *line = cli_one_line (error->message);

  fprintf (stderr, "simdit: %s\n", line);
  g_error_free (error);
  return CLI_BAD_INPUT;
}

int
cli_choose (const char *word, const char *const *names)
{
  for (int i = 0; names[i] != NULL; i++)
    if (g_str_equal (word, names[i]))
      return i;
  return -1;
}

char *
cli_number_text (double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  /* All digits of an integer, where %g would turn 250 into 2.5e+02. */
  if (value == floor (value) && fabs (value) < 1e15)
    return g_strdup_printf ("%.0f", value);
  for (int digits = 1; digits <= 17; digits++)
    {
      char format[8];

      g_snprintf (format, sizeof format, "%%.%dg", digits);
      g_ascii_formatd (text, sizeof text, format, value);
      if (g_ascii_strtod (text, NULL) == value)
        break;
    }
  return g_strdup (text);
}

bool
cli_note_unrecorded (const SimditRecording *recording, guint counter, uint64_t from, uint64_t to)
{
  const char *name = simdit_recording_get_name (recording, counter);
  uint64_t first, end;

  to = MIN (to, simdit_recording_get_cycles (recording));
  simdit_recording_get_range (recording, counter, &first, &end);
  if (from >= to || (first <= from && to <= end))
    return true;
  if (first >= end)
    fprintf (stderr, "simdit: %s is not recorded, and 0 in all cycles (see run --record)\n", name);
  else
    fprintf (stderr,
             "simdit: %s is recorded in cycles %" G_GUINT64_FORMAT " to before %" G_GUINT64_FORMAT
             " only, and 0 in all others (see run --record)\n",
             name, first, end);
  return false;
}

static bool stdout_failed; /* and a message was printed */

static bool
fail_stdout (void)
{
  if (!stdout_failed)
    fprintf (stderr, "simdit: standard output cannot be written: %s\n", g_strerror (errno));
  stdout_failed = true;
  return false;
}

bool
cli_write_stdout (const GString *text)
{
  return (fwrite (text->str, 1, text->len, stdout) == text->len && fflush (stdout) == 0)
         || fail_stdout ();
}

void
cli_check_stdout (void)
{
  if (stdout_failed || (!ferror (stdout) && fflush (stdout) == 0))
    return;
  fail_stdout ();
  _exit (CLI_BAD_INPUT);
}
