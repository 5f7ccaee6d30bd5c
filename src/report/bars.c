/* Stacked bars: a layer's cycles by what they are, its traffic by operand, its energy by component.
 */
#include "report/plot.h"
#include "report/report-private.h"
#include "report/text.h"

#define HEIGHT 320

typedef struct
{
  const SimditResult *table; /* a row per layer */
  GPtrArray *series;         /* the first is at the bottom */
  const char *title, *unit;
  double scale; /* what the unit is in that of the table */
} Bars;

static double
value_of (const Bars *self, guint series, uint64_t row)
{
  return simdit_report_series_value (self->series->pdata[series], self->table, row) / self->scale;
}

/* Of the first @n series. */
static double
sum_of (const Bars *self, guint n, uint64_t row)
{
  double sum = 0;

  for (guint i = 0; i < n; i++)
    sum += value_of (self, i, row);
  return sum;
}

/* One path: the boxes of one series of all layers. */
static void
write_boxes (const SimditPlot *plot, const Bars *bars, guint series)
{
  const SimditReportSeries *one = bars->series->pdata[series];
  double width = (plot->x.to - plot->x.from) / (plot->x.max - plot->x.min);
  double gap = width > 4 ? 1 : width / 4;

  fprintf (plot->file, "<path class=\"%s\" d=\"", one->slot);
  for (uint64_t i = 0; i < simdit_result_get_n_rows (bars->table); i++)
    {
      double below = sum_of (bars, series, i), value = value_of (bars, series, i);
      double bottom = simdit_plot_at (&plot->y, below);
      double top = simdit_plot_at (&plot->y, below + value);

      if (bottom - top >= 0.05)
        fprintf (plot->file, "M%.2f %.1fh%.2fV%.1fh-%.2fz",
                 simdit_plot_at (&plot->x, (double) i - 0.5), bottom, width - gap, top,
                 width - gap);
    }
  fputs ("\"><title>", plot->file);
  simdit_report_html (plot->file, one->label);
  fputs ("</title></path>\n", plot->file);
}

static bool
write_bars (FILE *file, const Bars *bars)
{
  uint64_t n = simdit_result_get_n_rows (bars->table);
  SimditPlot plot = {
    .file = file,
    .title = bars->title,
    .height = HEIGHT,
    .x = { .title = "layer", .whole = true, .min = -0.5, .max = (double) n - 0.5 },
    .y = { .title = bars->unit }
  };

  for (uint64_t i = 0; i < n; i++)
    plot.y.max = MAX (plot.y.max, sum_of (bars, bars->series->len, i));
  plot.y.max = plot.y.max > 0 ? plot.y.max * 1.04 : 1;
  plot.x.max = MAX (plot.x.max, 0.5);
  simdit_report_write_legend (file, bars->series);
  fputs ("<div class=\"drawing\">\n", file);
  simdit_plot_begin (&plot);
  for (guint i = 0; i < bars->series->len; i++)
    write_boxes (&plot, bars, i);
  simdit_plot_end (&plot);
  fputs ("</div>\n", file);
  return true;
}

bool
simdit_report_write_time (SimditReportJob *job, GError **error)
{
  g_autoptr (GPtrArray) series = simdit_report_time_series (job->layers);
  Bars bars = { job->layers, series, "Cycles of each layer by what they are", "cycles", 1 };

  (void) error;
  return write_bars (job->file, &bars);
}

bool
simdit_report_write_traffic (SimditReportJob *job, GError **error)
{
  g_autoptr (GPtrArray) series = simdit_report_traffic_series (job->layers);
  Bars bars = { job->layers, series, "DRAM traffic of each layer by operand", "bytes", 1 };

  (void) error;
  return write_bars (job->file, &bars);
}

bool
simdit_report_write_layer_energy (SimditReportJob *job, GError **error)
{
  g_autoptr (GPtrArray) series = simdit_report_energy_series (job->energy);
  const SimditReportUnit *unit = simdit_report_layer_energy_unit (job->energy);
  Bars bars = { job->energy, series, "Energy of each layer by component", unit->name, unit->pj };

  (void) error;
  return write_bars (job->file, &bars);
}
