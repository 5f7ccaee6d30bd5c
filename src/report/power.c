/* Power over time: the mean of each window, as data and as a drawing, with its peak. */
#include "report/plot.h"
#include "report/report-private.h"
#include "report/text.h"

#define HEIGHT 300

/* The row of the power table with the highest power. */
typedef struct
{
  double mw, start, cycles;
} Peak;

static Peak
find_peak (const SimditResult *power)
{
  uint64_t row = simdit_energy_peak (power);

  return (Peak){ simdit_report_named (power, row, "power_mw"),
                 simdit_report_named (power, row, "start_cycle"),
                 simdit_report_named (power, row, "total_cycles") };
}

static const SimditResult *
power_of (const SimditReportJob *job)
{
  return simdit_result_get_energy (job->layers, SIMDIT_ENERGY_POWER);
}

/* The layer that @cycle is in. */
static uint64_t
layer_at (const SimditResult *layers, double cycle)
{
  uint64_t found = 0;

  for (uint64_t i = 0; i < simdit_result_get_n_rows (layers); i++)
    if (simdit_report_named (layers, i, "total_cycles") > 0
        && simdit_report_named (layers, i, "start_cycle") <= cycle)
      found = i;
  return found;
}

/* ---- data ---- */

/* A number for each window. */
static void
write_values (FILE *file, const SimditResult *power, const SimditReportSeries *share)
{
  fputc ('[', file);
  for (uint64_t i = 0; i < simdit_result_get_n_rows (power); i++)
    {
      double total = simdit_report_named (power, i, "total_pj");

      fputs (i > 0 ? "," : "", file);
      if (share == NULL)
        simdit_report_json_number (file, simdit_report_named (power, i, "power_mw"));
      else
        fprintf (file, "%.4g",
                 total > 0 ? simdit_report_series_value (share, power, i) / total : 0);
    }
  fputc (']', file);
}

void
simdit_report_write_power_data (SimditReportJob *job)
{
  const SimditResult *power = power_of (job);
  g_autoptr (GPtrArray) series = simdit_report_energy_series (power);
  bool any = simdit_result_get_n_rows (power) > 0;

  fprintf (job->file, "{\"every\":%.0f,\"peak\":%" G_GUINT64_FORMAT ",\"mean\":",
           any ? simdit_report_named (power, 0, "total_cycles") : 1, simdit_energy_peak (power));
  simdit_report_json_number (job->file,
                             simdit_report_named (job->energy, SIMDIT_RESULT_TOTAL, "power_mw"));
  fputs (",\n\"mw\":", job->file);
  write_values (job->file, power, NULL);
  fputs (",\n\"shares\":[", job->file);
  for (guint i = 0; i < series->len; i++)
    {
      const SimditReportSeries *one = series->pdata[i];

      fprintf (job->file, "%s{\"label\":\"%s\",\"of\":", i > 0 ? ",\n" : "", one->label);
      write_values (job->file, power, one);
      fputc ('}', job->file);
    }
  fputs ("]}", job->file);
}

/* ---- drawing ---- */

static void
write_line (const SimditPlot *plot, const SimditResult *power)
{
  fputs ("<path class=\"line-power\" d=\"", plot->file);
  for (uint64_t i = 0; i < simdit_result_get_n_rows (power); i++)
    {
      double start = simdit_report_named (power, i, "start_cycle");
      double end = start + simdit_report_named (power, i, "total_cycles");
      double y = simdit_plot_at (&plot->y, simdit_report_named (power, i, "power_mw"));

      if (i == 0)
        fprintf (plot->file, "M%.1f %.1f", simdit_plot_at (&plot->x, start), y);
      else
        fprintf (plot->file, "V%.1f", y);
      fprintf (plot->file, "H%.1f", simdit_plot_at (&plot->x, end));
    }
  fputs ("\"/>\n", plot->file);
}

/* A dot, with its text on the side where there is room. */
static void
write_peak (const SimditPlot *plot, const Peak *peak, const char *text)
{
  SimditPlotPoint point = { peak->start + peak->cycles / 2, peak->mw, "stall2" };
  double x = simdit_plot_at (&plot->x, point.x);
  bool left = x > SIMDIT_PLOT_WIDTH / 2;

  simdit_plot_point (plot, &point, text);
  fprintf (plot->file, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x + (left ? -9 : 9),
           simdit_plot_at (&plot->y, point.y) + 4, left ? "end" : "start");
  simdit_report_html (plot->file, text);
  fputs ("</text>\n", plot->file);
}

static void
write_drawing (SimditReportJob *job, const Peak *peak)
{
  double cycles = (double) MAX (simdit_recording_get_cycles (job->recording), 1);
  double mean = simdit_report_named (job->energy, SIMDIT_RESULT_TOTAL, "power_mw");
  SimditPlot plot = { .file = job->file,
                      .title = "Power over time",
                      .height = HEIGHT,
                      .x = { .title = "cycle", .max = cycles },
                      .y = { .title = "mW", .max = peak->mw > 0 ? peak->mw * 1.08 : 1 } };
  SimditPlotLine level = { 0, mean, cycles, mean };
  g_autofree char *start = simdit_report_count ((uint64_t) peak->start);
  g_autofree char *text = g_strdup_printf ("peak %.1f mW, cycle %s", peak->mw, start);

  fputs ("<ul class=\"legend\">\n", job->file);
  simdit_plot_legend_item (job->file, "line-power", "mean of a window", "power");
  simdit_plot_legend_item (job->file, "line roof-dram", "mean of the run", "power");
  fputs ("</ul>\n<div class=\"drawing\">\n", job->file);
  simdit_plot_begin (&plot);
  write_line (&plot, power_of (job));
  simdit_plot_line (&plot, &level, "line roof-dram");
  write_peak (&plot, peak, text);
  simdit_plot_end (&plot);
  fputs ("</div>\n", job->file);
}

bool
simdit_report_write_power (SimditReportJob *job, GError **error)
{
  const SimditResult *power = power_of (job);
  g_autofree char *cycles = NULL;
  g_autofree char *start = NULL;
  Peak peak;
  uint64_t layer;

  (void) error;
  if (simdit_result_get_n_rows (power) == 0)
    {
      fputs ("<p>No layer of this run takes time.</p>\n", job->file);
      return true;
    }
  peak = find_peak (power);
  cycles = simdit_report_count ((uint64_t) peak.cycles);
  start = simdit_report_count ((uint64_t) peak.start);
  layer = layer_at (job->layers, peak.start);
  fprintf (job->file,
           "<p>Peak: %.1f mW in the %s cycles from %s on, in layer %" G_GUINT64_FORMAT " ", peak.mw,
           cycles, start, layer);
  simdit_report_html (job->file, simdit_report_text (job->layers, layer, "name"));
  fprintf (job->file, ". Mean: %.1f mW.</p>\n",
           simdit_report_named (job->energy, SIMDIT_RESULT_TOTAL, "power_mw"));
  write_drawing (job, &peak);
  return true;
}
