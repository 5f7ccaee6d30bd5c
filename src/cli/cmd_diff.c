/* simdit diff: where two runs part. */
#include "cli/cli.h"

#include <stdio.h>

#define ALL G_MAXINT64 /* no number was asked for */
#define DEFAULT_WORST 15

enum
{
  A,
  B,
  N_RUNS,
};

/* The first activity of a track, or of any track, that one run has and the other has not. */
typedef struct
{
  bool found;
  uint64_t cycle;
  char *track;                       /* owned */
  SimditActivity activities[N_RUNS]; /* without a label: none is left */
} Parting;

/* Cycles of one layer that one thing took in each run. */
typedef struct
{
  uint64_t layer; /* SIMDIT_RESULT_TOTAL: all */
  guint column;
  uint64_t cycles[N_RUNS];
} Difference;

typedef struct
{
  SimditRecording *recordings[N_RUNS]; /* owned, like all below */
  SimditResult *layers[N_RUNS];
  Parting parting;
  GArray *by_layer, *by_cause; /* of Difference, the largest first */
} Diff;

static void
diff_clear (Diff *self)
{
  for (guint i = 0; i < N_RUNS; i++)
    {
      simdit_result_free (self->layers[i]);
      simdit_recording_free (self->recordings[i]);
    }
  g_free (self->parting.track);
  g_clear_pointer (&self->by_layer, g_array_unref);
  g_clear_pointer (&self->by_cause, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Diff, diff_clear)

/* ---- activities ---- */

static bool
are_equal (const SimditActivity *activities)
{
  const SimditActivity *a = &activities[A], *b = &activities[B];

  if (a->label == NULL || b->label == NULL)
    return a->label == b->label;
  return a->start == b->start && a->digest == b->digest;
}

static uint64_t
earlier_start (const SimditActivity *activities)
{
  const SimditActivity *a = &activities[A], *b = &activities[B];

  if (a->label == NULL || b->label == NULL)
    return a->label != NULL ? a->start : b->start;
  return MIN (a->start, b->start);
}

/* The number of the track called @name, or that of all tracks if there is none. */
static guint
find_track (const SimditRecording *recording, const char *name)
{
  guint track = 0;

  while (track < simdit_recording_get_n_tracks (recording)
         && !g_str_equal (simdit_recording_get_track_name (recording, track), name))
    track++;
  return track;
}

/* One run's activities of a track; none where it has no such track. */
static bool
next_activity (SimditActivities *activities, SimditActivity *activity, GError **error)
{
  *activity = (SimditActivity){ 0 };
  return activities == NULL || simdit_activities_next (activities, activity, error);
}

/* Compares one track from its beginning; looks no further than where others have parted. */
static bool
compare_track (Diff *self, const char *name, GError **error)
{
  g_autoptr (SimditActivities) a = NULL;
  g_autoptr (SimditActivities) b = NULL;
  guint tracks[N_RUNS];
  SimditActivity activities[N_RUNS];

  for (guint i = 0; i < N_RUNS; i++)
    tracks[i] = find_track (self->recordings[i], name);
  if (tracks[A] < simdit_recording_get_n_tracks (self->recordings[A]))
    a = simdit_recording_read_track (self->recordings[A], tracks[A], 0);
  if (tracks[B] < simdit_recording_get_n_tracks (self->recordings[B]))
    b = simdit_recording_read_track (self->recordings[B], tracks[B], 0);
  do
    {
      if (!next_activity (a, &activities[A], error) || !next_activity (b, &activities[B], error))
        return false;
      if (self->parting.found && earlier_start (activities) >= self->parting.cycle)
        return true;
    }
  while (are_equal (activities) && activities[A].label != NULL);
  if (are_equal (activities))
    return true;
  g_free (self->parting.track);
  self->parting = (Parting){
    true, earlier_start (activities), g_strdup (name), { activities[A], activities[B] }
  };
  return true;
}

static bool
compare_activities (Diff *self, GError **error)
{
  for (guint run = 0; run < N_RUNS; run++)
    for (guint i = 0; i < simdit_recording_get_n_tracks (self->recordings[run]); i++)
      {
        const char *name = simdit_recording_get_track_name (self->recordings[run], i);
        guint in_a = find_track (self->recordings[A], name);

        if (run == B && in_a < simdit_recording_get_n_tracks (self->recordings[A]))
          continue; /* already compared */
        if (!compare_track (self, name, error))
          return false;
      }
  return true;
}

/* ---- layers ---- */

static uint64_t
distance (const Difference *difference)
{
  uint64_t a = difference->cycles[A], b = difference->cycles[B];

  return a > b ? a - b : b - a;
}

static gint
compare_differences (gconstpointer a, gconstpointer b)
{
  const Difference *x = a, *y = b;

  if (distance (x) != distance (y))
    return distance (x) < distance (y) ? 1 : -1;
  if (x->layer != y->layer)
    return x->layer < y->layer ? -1 : 1;
  return (x->column > y->column) - (x->column < y->column);
}

static bool
has_row (const SimditResult *layers, uint64_t row)
{
  return row == SIMDIT_RESULT_TOTAL || row < simdit_result_get_n_rows (layers);
}

static void
compare_row (Diff *self, uint64_t row, GArray *differences)
{
  for (guint c = 0; c < simdit_result_get_n_columns (self->layers[A]); c++)
    {
      Difference difference = { .layer = row, .column = c };

      if (!simdit_column_is_part_of_cycles (simdit_result_get_column (self->layers[A], c)))
        continue;
      for (guint i = 0; i < N_RUNS; i++)
        if (has_row (self->layers[i], row))
          difference.cycles[i] = simdit_result_get_count (self->layers[i], row, c);
      if (distance (&difference) > 0)
        g_array_append_val (differences, difference);
    }
  g_array_sort (differences, compare_differences);
}

static void
compare_layers (Diff *self)
{
  uint64_t n = MAX (simdit_result_get_n_rows (self->layers[A]),
                    simdit_result_get_n_rows (self->layers[B]));

  self->by_layer = g_array_new (FALSE, FALSE, sizeof (Difference));
  self->by_cause = g_array_new (FALSE, FALSE, sizeof (Difference));
  for (uint64_t row = 0; row < n; row++)
    compare_row (self, row, self->by_layer);
  compare_row (self, SIMDIT_RESULT_TOTAL, self->by_cause);
}

/* ---- output ---- */

/* A name of a layer, of both runs where they do not agree. */
static char *
text_of (const Diff *self, uint64_t row, const char *column)
{
  const char *texts[N_RUNS] = { "", "" };

  for (guint i = 0; i < N_RUNS; i++)
    if (row != SIMDIT_RESULT_TOTAL && has_row (self->layers[i], row))
      texts[i] = simdit_result_get_text (self->layers[i], row,
                                         simdit_result_find_column (self->layers[i], column));
  if (g_str_equal (texts[A], texts[B]))
    return g_strdup (texts[A]);
  return g_strdup_printf ("%s|%s", texts[A], texts[B]);
}

static CliTable *
make_table (const Diff *self, const GArray *differences, guint64 most, bool layers)
{
  CliTable *table = cli_table_new ();

  if (layers)
    {
      cli_table_add_column (table, "layer", true, true);
      cli_table_add_column (table, "name", false, true);
      cli_table_add_column (table, "operation", false, true);
    }
  cli_table_add_column (table, "cause", false, true);
  cli_table_add_column (table, "a_cycles", true, true);
  cli_table_add_column (table, "b_cycles", true, true);
  cli_table_add_column (table, "difference", true, true);
  for (guint i = 0; i < MIN (differences->len, most); i++)
    {
      const Difference *d = &g_array_index (differences, Difference, i);
      char **cell = cli_table_add_row (table);

      if (layers)
        {
          *cell++ = g_strdup_printf ("%" G_GUINT64_FORMAT, d->layer);
          *cell++ = text_of (self, d->layer, "name");
          *cell++ = text_of (self, d->layer, "operation");
        }
      *cell++ = g_strdup (cli_part_name (simdit_result_get_column (self->layers[A], d->column)));
      *cell++ = g_strdup_printf ("%" G_GUINT64_FORMAT, d->cycles[A]);
      *cell++ = g_strdup_printf ("%" G_GUINT64_FORMAT, d->cycles[B]);
      *cell++ = g_strdup_printf ("%s%" G_GUINT64_FORMAT, d->cycles[B] < d->cycles[A] ? "-" : "",
                                 distance (d));
    }
  return table;
}

/* The layer that runs in @cycle. */
static uint64_t
layer_at (const SimditResult *layers, uint64_t cycle)
{
  guint start = simdit_result_find_column (layers, "start_cycle");
  guint total = simdit_result_find_column (layers, "total_cycles");
  uint64_t n = simdit_result_get_n_rows (layers), row = 0;

  while (row < n
         && (cycle < simdit_result_get_count (layers, row, start)
             || cycle - simdit_result_get_count (layers, row, start)
                    >= simdit_result_get_count (layers, row, total)))
    row++;
  return row;
}

/* "load weights, cycles 3 to 10, layer 0 conv", or that nothing is left. */
static char *
describe_activity (const Diff *self, guint run)
{
  const SimditActivity *activity = &self->parting.activities[run];
  const SimditResult *layers = self->layers[run];
  uint64_t row;

  if (activity->label == NULL)
    return g_strdup ("nothing any more");
  row = layer_at (layers, activity->start);
  return g_strdup_printf (
      "%s, cycles %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT ", layer %" G_GUINT64_FORMAT " %s",
      activity->label, activity->start, activity->end, row,
      row < simdit_result_get_n_rows (layers)
          ? simdit_result_get_text (layers, row, simdit_result_find_column (layers, "name"))
          : "");
}

static void
append_parting (const Diff *self, GString *text)
{
  g_autofree char *a = describe_activity (self, A), *b = describe_activity (self, B);

  if (self->parting.found)
    g_string_append_printf (text,
                            "\nThey part in cycle %" G_GUINT64_FORMAT " on %s:\na: %s\nb: %s\n",
                            self->parting.cycle, self->parting.track, a, b);
  else
    g_string_append (text, "\nAll activities are equal.\n");
}

static void
append_differences (const Diff *self, const GArray *differences, guint64 most, GString *text)
{
  g_autoptr (CliTable) table = make_table (self, differences, most, differences == self->by_layer);

  if (differences->len == 0)
    return;
  g_string_append (text, differences == self->by_layer ? "\nBy layer and cause" : "\nBy cause");
  if (table->rows->len < differences->len)
    g_string_append_printf (text, " (%u of %u)", table->rows->len, differences->len);
  g_string_append (text, ":\n");
  cli_table_print (table, false, text);
}

static void
append_for_people (const Diff *self, guint64 most, GString *text)
{
  for (guint i = 0; i < N_RUNS; i++)
    g_string_append_printf (text, "%c: %s: %" G_GUINT64_FORMAT " cycles\n", 'a' + (char) i,
                            simdit_recording_get_title (self->recordings[i]),
                            simdit_recording_get_cycles (self->recordings[i]));
  append_parting (self, text);
  append_differences (self, self->by_cause, G_MAXUINT64, text);
  append_differences (self, self->by_layer, most, text);
}

static void
append_json_activity (GString *text, const SimditActivity *activity)
{
  if (activity->label == NULL)
    {
      g_string_append (text, "null");
      return;
    }
  g_string_append (text, "{\"label\": ");
  cli_append_json_string (text, activity->label);
  g_string_append_printf (text,
                          ", \"start\": %" G_GUINT64_FORMAT ", \"end\": %" G_GUINT64_FORMAT "}",
                          activity->start, activity->end);
}

static void
append_json (const Diff *self, const CliTable *table, GString *text)
{
  g_string_append (text, "{\"first\": ");
  if (self->parting.found)
    {
      g_string_append_printf (
          text, "{\"cycle\": %" G_GUINT64_FORMAT ", \"track\": ", self->parting.cycle);
      cli_append_json_string (text, self->parting.track);
      g_string_append (text, ", \"a\": ");
      append_json_activity (text, &self->parting.activities[A]);
      g_string_append (text, ", \"b\": ");
      append_json_activity (text, &self->parting.activities[B]);
      g_string_append_c (text, '}');
    }
  else
    g_string_append (text, "null");
  g_string_append (text, ",\n \"layers\": ");
  cli_table_print_as (table, CLI_FORMAT_JSON, text);
  g_string_truncate (text, text->len - 1);
  g_string_append (text, "}\n");
}

static bool
print_diff (const Diff *self, CliFormat form, gint64 worst)
{
  guint64 most = (guint64) worst;
  g_autoptr (CliTable) table = make_table (self, self->by_layer, most, true);
  g_autoptr (GString) text = g_string_new (NULL);

  if (form == CLI_FORMAT_CSV)
    cli_table_print_csv (table, text);
  else if (form == CLI_FORMAT_JSON)
    append_json (self, table, text);
  else
    append_for_people (self, worst != ALL ? most : DEFAULT_WORST, text);
  return cli_write_stdout (text);
}

static bool
compare (Diff *self, char **paths, GError **error)
{
  for (guint i = 0; i < N_RUNS; i++)
    {
      self->recordings[i] = simdit_recording_open (paths[i], error);
      if (self->recordings[i] == NULL)
        return false;
      self->layers[i] = simdit_recording_read_layers (self->recordings[i], error);
      if (self->layers[i] == NULL)
        return false;
    }
  compare_layers (self);
  return compare_activities (self, error);
}

int
cli_diff (int argc, char **argv)
{
  g_auto (Diff) diff = { 0 };
  g_autofree char *format = NULL;
  gint64 worst = ALL;
  const GOptionEntry entries[] = {
    { "worst", 0, 0, G_OPTION_ARG_INT64, &worst,
      "only the N largest differences (15; csv, json: all)", "N" },
    { "format", 0, 0, G_OPTION_ARG_STRING, &format, "table (default), csv or json", "FORMAT" },
    { 0 },
  };
  GError *error = NULL;
  int form = CLI_FORMAT_TABLE;

  if (!cli_parse_options (&argc, &argv, entries, "A.h5 B.h5",
                          "Says where two runs part: the first activity of a unit or port that "
                          "differs, then the cycles of each layer by cause.",
                          "The exit status is 0 when all activities and layers are equal, 1 when "
                          "they differ or a file cannot be read. Differences are B less A; layers "
                          "are compared by position, names that differ are shown as A|B."))
    return CLI_BAD_USAGE;
  if (argc != 3)
    return cli_usage_error ("diff", "expected A.h5 B.h5");
  if (format != NULL && (form = cli_choose (format, cli_format_names)) < 0)
    return cli_usage_error ("diff", "--format: expected table, csv or json, got \"%s\"", format);
  if (worst < 1)
    return cli_usage_error ("diff", "--worst: expected 1 or more, got %" G_GINT64_FORMAT, worst);
  if (!compare (&diff, argv + 1, &error))
    return cli_input_error (error);
  if (!print_diff (&diff, (CliFormat) form, worst))
    return CLI_BAD_INPUT;
  return diff.parting.found || diff.by_layer->len > 0 ? CLI_BAD_INPUT : CLI_OK;
}
