/*
 * What units and ports did when. As data: every activity of a run of few, else sums of each state
 * in bins of the overview. As a drawing: shares of each kind of state, in columns of time.
 */
#include "report/plot.h"
#include "report/report-private.h"
#include "report/text.h"

#include <string.h>

#define MAX_ACTIVITIES 40000 /* of all tracks, each about 15 bytes of the page */
#define COLUMNS 360          /* of the drawing, at most */
#define LANE 40

const char *const simdit_report_kind_slots[SIMDIT_REPORT_N_KINDS] = { "busy",  "part", "load",
                                                                      "store", "wait", "idle" };
const char *const simdit_report_kind_names[SIMDIT_REPORT_N_KINDS] = {
  "computes", "fills, drains, NOP, multi-cycle", "loads", "stores", "waits", "idle"
};

SimditReportKind
simdit_report_state_kind (const char *state)
{
  if (g_str_equal (state, "busy"))
    return SIMDIT_REPORT_BUSY;
  if (g_str_equal (state, "idle"))
    return SIMDIT_REPORT_IDLE;
  if (g_str_has_prefix (state, "load_"))
    return SIMDIT_REPORT_LOAD;
  if (g_str_has_prefix (state, "store_"))
    return SIMDIT_REPORT_STORE;
  if (g_str_has_prefix (state, "wait_") || g_str_has_prefix (state, "stall_"))
    return SIMDIT_REPORT_WAIT;
  return SIMDIT_REPORT_PART;
}

/* The state that @counter is 1 in, if it is one of @track's; else NULL. */
static const char *
state_of (const SimditRecording *recording, guint counter, guint track)
{
  const char *name = simdit_recording_get_name (recording, counter);
  const char *prefix = simdit_recording_get_track_name (recording, track);
  gsize n = strlen (prefix);

  if (!g_str_equal (simdit_recording_get_unit (recording, counter), "cycle")
      || strncmp (name, prefix, n) != 0 || name[n] != '.')
    return NULL;
  return name + n + 1;
}

static bool
has_states (const SimditRecording *recording, guint track)
{
  for (guint i = 0; i < simdit_recording_get_n_counters (recording); i++)
    if (state_of (recording, i, track) != NULL)
      return true;
  return false;
}

/* The first tracks: those of units and ports. Commands and queues of DRAM, which follow, are not in
 * one state in every cycle. */
static guint
count_lanes (const SimditRecording *recording)
{
  guint n = 0;

  while (n < simdit_recording_get_n_tracks (recording) && has_states (recording, n))
    n++;
  return n;
}

/* Bins of equal length over the whole run, at most @most; whole bins of the overview if it has as
 * many. */
static SimditWindow
bins_of_run (const SimditRecording *recording, uint64_t most)
{
  uint64_t cycles = simdit_recording_get_cycles (recording);
  uint64_t unit = simdit_recording_get_bin_cycles (recording);
  uint64_t every = MAX ((cycles + most - 1) / most, 1);

  if (every > unit / 2)
    every = (every + unit - 1) / unit * unit;
  return (SimditWindow){ .n = (cycles + every - 1) / every * every,
                         .every = every,
                         .reduction = SIMDIT_REDUCTION_SUM };
}

/* ---- data ---- */

/* Counts up to one more than are written. */
static bool
count_activities (const SimditRecording *recording, uint64_t *n, GError **error)
{
  guint n_lanes = count_lanes (recording);

  *n = 0;
  for (guint i = 0; i < n_lanes; i++)
    {
      g_autoptr (SimditActivities) all = simdit_recording_read_track (recording, i, 0);
      SimditActivity activity = { .label = "" };

      while (activity.label != NULL && *n <= MAX_ACTIVITIES)
        {
          if (!simdit_activities_next (all, &activity, error))
            return false;
          *n += activity.label != NULL;
        }
    }
  return true;
}

static SimditReportKind
activity_kind (SimditActivityKind kind)
{
  static const SimditReportKind kinds[] = { [SIMDIT_ACTIVITY_COMPUTE] = SIMDIT_REPORT_BUSY,
                                            [SIMDIT_ACTIVITY_LOAD] = SIMDIT_REPORT_LOAD,
                                            [SIMDIT_ACTIVITY_STORE] = SIMDIT_REPORT_STORE,
                                            [SIMDIT_ACTIVITY_WAIT] = SIMDIT_REPORT_WAIT,
                                            [SIMDIT_ACTIVITY_IDLE] = SIMDIT_REPORT_IDLE };

  return kinds[kind];
}

/* The number of @activity's label in @labels, which gets it if it is new. */
static guint
label_number (GPtrArray *labels, const SimditActivity *activity)
{
  for (guint i = 0; i < labels->len; i++)
    if (g_str_equal (((SimditActivity *) labels->pdata[i])->label, activity->label))
      return i;
  g_ptr_array_add (labels, g_memdup2 (activity, sizeof *activity));
  return labels->len - 1;
}

/* The lengths and labels of all activities of a track: one begins where another ends. */
static bool
write_track (SimditReportJob *job, guint track, GPtrArray *labels, GError **error)
{
  g_autoptr (SimditActivities) all = simdit_recording_read_track (job->recording, track, 0);
  SimditActivity activity = { .label = "" };
  bool first = true;

  fputc ('[', job->file);
  while (activity.label != NULL)
    {
      if (!simdit_activities_next (all, &activity, error))
        return false;
      if (activity.label == NULL)
        break;
      fprintf (job->file, "%s%" G_GUINT64_FORMAT ",%u", first ? "" : ",",
               activity.end - activity.start, label_number (labels, &activity));
      first = false;
    }
  fputc (']', job->file);
  return true;
}

static bool
write_activities (SimditReportJob *job, GError **error)
{
  g_autoptr (GPtrArray) labels = g_ptr_array_new_with_free_func (g_free);
  guint n_lanes = count_lanes (job->recording);

  fputs ("\"activities\":[", job->file);
  for (guint i = 0; i < n_lanes; i++)
    {
      fputs (i > 0 ? ",\n" : "", job->file);
      if (!write_track (job, i, labels, error))
        return false;
    }
  fputs ("],\"labels\":[", job->file);
  for (guint i = 0; i < labels->len; i++)
    {
      const SimditActivity *activity = labels->pdata[i];

      fputs (i > 0 ? ",[" : "[", job->file);
      simdit_report_json (job->file, activity->label);
      fprintf (job->file, ",%d]", (int) activity_kind (activity->kind));
    }
  fputc (']', job->file);
  return true;
}

/* One state: its sums in all bins, unless all are 0. */
static bool
write_state (SimditReportJob *job, const SimditWindow *window, guint track, bool *first,
             GError **error)
{
  const char *state = state_of (job->recording, window->counter, track);
  uint64_t n = simdit_window_n_values (window), sum = 0;
  g_autofree uint64_t *values = g_new (uint64_t, n + 1);

  if (!simdit_recording_reduce (job->recording, window, values, error))
    return false;
  for (uint64_t i = 0; i < n; i++)
    sum += values[i];
  if (sum == 0)
    return true;
  fprintf (job->file, "%s{\"track\":%u,\"kind\":%d,\"label\":", *first ? "" : ",\n", track,
           (int) simdit_report_state_kind (state));
  simdit_report_json (job->file, state);
  fputs (",\"sums\":[", job->file);
  for (uint64_t i = 0; i < n; i++)
    fprintf (job->file, "%s%" G_GUINT64_FORMAT, i > 0 ? "," : "", values[i]);
  fputs ("]}", job->file);
  *first = false;
  return true;
}

static bool
write_bins (SimditReportJob *job, GError **error)
{
  SimditWindow window = bins_of_run (job->recording, 4096);
  guint n_lanes = count_lanes (job->recording);
  bool first = true;

  fprintf (job->file, "\"every\":%" G_GUINT64_FORMAT ",\"states\":[", window.every);
  for (guint track = 0; track < n_lanes; track++)
    for (window.counter = 0; window.counter < simdit_recording_get_n_counters (job->recording);
         window.counter++)
      if (state_of (job->recording, window.counter, track) != NULL
          && !write_state (job, &window, track, &first, error))
        return false;
  fputc (']', job->file);
  return true;
}

bool
simdit_report_write_timeline_data (SimditReportJob *job, GError **error)
{
  guint n_lanes = count_lanes (job->recording);
  uint64_t n;

  if (!count_activities (job->recording, &n, error))
    return false;
  fputs ("{\"tracks\":[", job->file);
  for (guint i = 0; i < n_lanes; i++)
    {
      fputs (i > 0 ? "," : "", job->file);
      simdit_report_json (job->file, simdit_recording_get_track_name (job->recording, i));
    }
  fputs ("],\"kinds\":[", job->file);
  for (guint i = 0; i < SIMDIT_REPORT_N_KINDS; i++)
    fprintf (job->file, "%s[\"%s\",\"%s\"]", i > 0 ? "," : "", simdit_report_kind_slots[i],
             simdit_report_kind_names[i]);
  fputs ("],", job->file);
  if (!(n <= MAX_ACTIVITIES ? write_activities : write_bins) (job, error))
    return false;
  fputc ('}', job->file);
  return true;
}

/* ---- drawing ---- */

/* The sums of the states of @track of each kind; newly allocated. */
static bool
sum_kinds (SimditReportJob *job, SimditWindow window, guint track, uint64_t *sums, GError **error)
{
  uint64_t n = simdit_window_n_values (&window);
  g_autofree uint64_t *values = g_new (uint64_t, n + 1);

  memset (sums, 0, n * SIMDIT_REPORT_N_KINDS * sizeof *sums);
  for (window.counter = 0; window.counter < simdit_recording_get_n_counters (job->recording);
       window.counter++)
    {
      const char *state = state_of (job->recording, window.counter, track);

      if (state == NULL)
        continue;
      if (!simdit_recording_reduce (job->recording, &window, values, error))
        return false;
      for (uint64_t i = 0; i < n; i++)
        sums[simdit_report_state_kind (state) * n + i] += values[i];
    }
  return true;
}

/* What a lane is drawn from. */
typedef struct
{
  const uint64_t *sums; /* [kind * n + bin] */
  uint64_t n;
  double bottom, every;
} Lane;

static void
write_kind (const SimditPlot *plot, const Lane *lane, guint kind)
{
  double height = LANE - 8;

  fprintf (plot->file, "<path class=\"%s\" d=\"", simdit_report_kind_slots[kind]);
  for (uint64_t i = 0; i < lane->n; i++)
    {
      double below = 0, share = (double) lane->sums[kind * lane->n + i] / lane->every;
      double left = simdit_plot_at (&plot->x, (double) i * lane->every);
      double right = simdit_plot_at (&plot->x, (double) (i + 1) * lane->every);

      for (guint k = 0; k < kind; k++)
        below += (double) lane->sums[k * lane->n + i] / lane->every;
      if (share * height >= 0.05)
        fprintf (plot->file, "M%.1f %.1fH%.1fv-%.1fH%.1fz", left, lane->bottom - below * height,
                 right, share * height, left);
    }
  fprintf (plot->file, "\"><title>%s</title></path>\n", simdit_report_kind_names[kind]);
}

static bool
write_lanes (SimditReportJob *job, const SimditPlot *plot, GError **error)
{
  SimditWindow window = bins_of_run (job->recording, COLUMNS);
  uint64_t n = simdit_window_n_values (&window);
  g_autofree uint64_t *sums = g_new (uint64_t, n * SIMDIT_REPORT_N_KINDS + 1);
  guint n_lanes = count_lanes (job->recording);

  for (guint track = 0; track < n_lanes; track++)
    {
      Lane lane = { sums, n, SIMDIT_PLOT_TOP + (track + 1) * LANE - 4, (double) window.every };

      if (!sum_kinds (job, window, track, sums, error))
        return false;
      fprintf (plot->file, "<text x=\"%d\" y=\"%.0f\" text-anchor=\"end\">", SIMDIT_PLOT_LEFT - 8,
               lane.bottom - LANE / 3);
      simdit_report_html (plot->file, simdit_recording_get_track_name (job->recording, track));
      fputs ("</text>\n", plot->file);
      for (guint kind = 0; kind < SIMDIT_REPORT_IDLE; kind++)
        write_kind (plot, &lane, kind);
    }
  return true;
}

bool
simdit_report_write_timeline (SimditReportJob *job, GError **error)
{
  guint n_lanes = count_lanes (job->recording);
  double cycles = (double) MAX (simdit_recording_get_cycles (job->recording), 1);
  SimditPlot plot = { .file = job->file,
                      .title = "What units and ports did when",
                      .height = SIMDIT_PLOT_TOP + n_lanes * LANE + SIMDIT_PLOT_BOTTOM,
                      .x = { .title = "cycle", .max = cycles },
                      .y = { .max = 1 } };

  fputs ("<ul class=\"legend\">\n", job->file);
  for (guint kind = 0; kind < SIMDIT_REPORT_N_KINDS; kind++)
    simdit_plot_legend_item (job->file, simdit_report_kind_slots[kind],
                             simdit_report_kind_names[kind], "");
  fputs ("</ul>\n<div class=\"drawing\">\n", job->file);
  simdit_plot_begin (&plot);
  if (!write_lanes (job, &plot, error))
    return false;
  simdit_plot_end (&plot);
  fputs ("</div>\n", job->file);
  return true;
}
