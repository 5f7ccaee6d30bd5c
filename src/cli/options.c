#include "cli/cli.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

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

int
cli_usage_error (const char *command, const char *format, ...)
{
  va_list args;

  fprintf (stderr, "simdit %s: ", command);
  va_start (args, format);
  vfprintf (stderr, format, args);
  va_end (args);
  fprintf (stderr, "\nTry \"simdit %s --help\".\n", command);
  return CLI_BAD_USAGE;
}

int
cli_input_error (GError *error)
{
  fprintf (stderr, "simdit: %s\n", error->message);
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
cli_write_stdout (const GString *text)
{
  if (fwrite (text->str, 1, text->len, stdout) == text->len && fflush (stdout) == 0)
    return true;
  fprintf (stderr, "simdit: standard output cannot be written: %s\n", g_strerror (errno));
  return false;
}
