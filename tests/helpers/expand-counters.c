/* Prints every counter of a run in each cycle of a window, a line per counter ("name", if it is 0
 * throughout, else "name,value,value,..."): expand-counters RUN.h5 BEGIN END. */
#include <simdit/recording.h>
#include <stdio.h>
#include <stdlib.h>

static void
print_counter (const char *name, const uint64_t *values, uint64_t n)
{
  bool zero = true;

  for (uint64_t i = 0; i < n && zero; i++)
    zero = values[i] == 0;
  fputs (name, stdout);
  for (uint64_t i = 0; i < n && !zero; i++)
    printf (",%" G_GUINT64_FORMAT, values[i]);
  putchar ('\n');
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SimditRecording) recording = NULL;
  g_autofree uint64_t *values = NULL;
  uint64_t begin, n;

  g_assert_cmpint (argc, ==, 4);
  begin = g_ascii_strtoull (argv[2], NULL, 10);
  n = g_ascii_strtoull (argv[3], NULL, 10) - begin;
  values = g_new (uint64_t, n);
  if ((recording = simdit_recording_open (argv[1], &error)) == NULL)
    g_error ("%s", error->message);
  for (guint i = 0; i < simdit_recording_get_n_counters (recording); i++)
    {
      if (!simdit_recording_expand (recording, i, begin, n, values, &error))
        g_error ("%s", error->message);
      print_counter (simdit_recording_get_name (recording, i), values, n);
    }
  return 0;
}
