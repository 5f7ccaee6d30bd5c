/* Stacked bars: a layer's cycles by what they are, its traffic by operand; shares of the units. */
#include "report/plot.h"
#include "report/report-private.h"
#include "report/text.h"

#define HEIGHT 320
#define BAR_HEIGHT 26 /* of a share, with the gap below it */
#define BAR_LABEL 250

static void
write_legend (FILE *file, const GPtrArray *all)
{
  fputs ("<ul class=\"legend\">\n", file);
  for (guint i = 0; i < all->len; i++)
    {
      const SimditReportSeries *series = all->pdata[i];

      simdit_plot_legend_item (file, series->slot, series->label, series->help);
    }
  fputs ("</ul>\n", file);
}

static double
sum_of_series (const GPtrArray *all, const SimditResult *layers, uint64_t row, guint n)
{
  double sum = 0;

  for (guint i = 0; i < n; i++)
    sum += simdit_report_series_value (all->pdata[i], layers, row);
  return sum;
}

/* One path: the boxes of one series of all layers. */
static void
write_boxes (const SimditPlot *plot, const GPtrArray *all, const SimditResult *layers, guint series)
{
  const SimditReportSeries *one = all->pdata[series];
  double width = (plot->x.to - plot->x.from) / (plot->x.max - plot->x.min);
  double gap = width > 4 ? 1 : width / 4;

  fprintf (plot->file, "<path class=\"%s\" d=\"", one->slot);
  for (uint64_t i = 0; i < simdit_result_get_n_rows (layers); i++)
    {
      double below = sum_of_series (all, layers, i, series);
      double value = simdit_report_series_value (one, layers, i);
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

static void
write_bars (SimditReportJob *job, const GPtrArray *all, const char *title, const char *unit)
{
  uint64_t n = simdit_result_get_n_rows (job->layers);
  SimditPlot plot = {
    .file = job->file,
    .title = title,
    .height = HEIGHT,
    .x = { .title = "layer", .whole = true, .min = -0.5, .max = (double) n - 0.5 },
    .y = { .title = unit }
  };

  for (uint64_t i = 0; i < n; i++)
    plot.y.max = MAX (plot.y.max, sum_of_series (all, job->layers, i, all->len));
  plot.y.max = plot.y.max > 0 ? plot.y.max * 1.04 : 1;
  plot.x.max = MAX (plot.x.max, 0.5);
  write_legend (job->file, all);
  fputs ("<div class=\"drawing\">\n", job->file);
  simdit_plot_begin (&plot);
  for (guint i = 0; i < all->len; i++)
    write_boxes (&plot, all, job->layers, i);
  simdit_plot_end (&plot);
  fputs ("</div>\n", job->file);
}

bool
simdit_report_write_time (SimditReportJob *job, GError **error)
{
  g_autoptr (GPtrArray) all = simdit_report_time_series (job->layers);

  (void) error;
  write_bars (job, all, "Cycles of each layer by what they are", "cycles");
  return true;
}

bool
simdit_report_write_traffic (SimditReportJob *job, GError **error)
{
  g_autoptr (GPtrArray) all = simdit_report_traffic_series (job->layers);

  (void) error;
  write_bars (job, all, "DRAM traffic of each layer by operand", "bytes");
  return true;
}

/* ---- shares: layers of one unit, and of one phase where there are several ---- */

typedef struct
{
  const char *unit, *phase; /* borrowed */
  GArray *rows;             /* owned, of uint64_t */
  double cycles;
} Group;

static void
group_free (gpointer data)
{
  g_array_unref (((Group *) data)->rows);
  g_free (data);
}

static Group *
find_group (GPtrArray *groups, const char *unit, const char *phase)
{
  Group *group;

  for (guint i = 0; i < groups->len; i++)
    {
      group = groups->pdata[i];
      if (g_str_equal (group->unit, unit) && g_strcmp0 (group->phase, phase) == 0)
        return group;
    }
  group = g_new0 (Group, 1);
  group->unit = unit;
  group->phase = phase;
  group->rows = g_array_new (FALSE, FALSE, sizeof (uint64_t));
  g_ptr_array_add (groups, group);
  return group;
}

/* First by unit, then by phase and unit. */
static GPtrArray *
make_groups (const SimditResult *layers)
{
  g_autoptr (GPtrArray) units = g_ptr_array_new_with_free_func (group_free);
  g_autoptr (GPtrArray) phases = g_ptr_array_new_with_free_func (group_free);

  for (uint64_t i = 0; i < simdit_result_get_n_rows (layers); i++)
    {
      double cycles = simdit_report_named (layers, i, "total_cycles");
      const char *unit = simdit_report_text (layers, i, "unit");
      const char *phase = simdit_report_text (layers, i, "phase");
      Group *of[] = { find_group (units, unit, NULL), find_group (phases, unit, phase) };

      for (gsize k = 0; k < G_N_ELEMENTS (of); k++)
        {
          g_array_append_val (of[k]->rows, i);
          of[k]->cycles += cycles;
        }
    }
  if (phases->len > units->len)
    g_ptr_array_extend_and_steal (units, g_steal_pointer (&phases));
  return g_steal_pointer (&units);
}

static const char *
unit_title (const char *unit)
{
  return g_str_equal (unit, "pe_array")     ? "convolution, GEMM"
         : g_str_equal (unit, "simd_array") ? "all else (SIMD array)"
                                            : "without cost";
}

typedef struct
{
  const GPtrArray *series;
  double y, scale; /* [px], [px/cycle] */
  double all;      /* cycles of the run */
} ShareRow;

static void
write_share (SimditReportJob *job, const Group *group, const ShareRow *at)
{
  double x = BAR_LABEL;

  fprintf (job->file, "<text x=\"%d\" y=\"%.0f\" text-anchor=\"end\">", BAR_LABEL - 10, at->y + 15);
  if (group->phase != NULL)
    {
      simdit_report_html (job->file, group->phase);
      fputs (": ", job->file);
    }
  fprintf (job->file, "%s</text>\n", unit_title (group->unit));
  for (guint i = 0; i < at->series->len; i++)
    {
      const SimditReportSeries *series = at->series->pdata[i];
      double value = 0;

      for (guint k = 0; k < group->rows->len; k++)
        value += simdit_report_series_value (series, job->layers,
                                             g_array_index (group->rows, uint64_t, k));
      if (value <= 0)
        continue;
      fprintf (job->file, "<path class=\"%s\" d=\"M%.2f %.0fh%.2fv20h-%.2fz\"><title>",
               series->slot, x, at->y, value * at->scale, value * at->scale);
      simdit_report_html (job->file, series->label);
      fprintf (job->file, ": %.0f cycles, %.3f %%</title></path>\n", value, 100 * value / at->all);
      x += value * at->scale;
    }
  fprintf (job->file, "<text x=\"%.1f\" y=\"%.0f\">%.2f %%</text>\n", x + 8, at->y + 15,
           100 * group->cycles / at->all);
}

bool
simdit_report_write_shares (SimditReportJob *job, GError **error)
{
  g_autoptr (GPtrArray) series = simdit_report_time_series (job->layers);
  g_autoptr (GPtrArray) groups = make_groups (job->layers);
  double all = MAX (simdit_report_named (job->layers, SIMDIT_RESULT_TOTAL, "total_cycles"), 1);
  ShareRow row = { .series = series, .y = 4, .all = all };
  double largest = 1;
  guint shown = 0;

  (void) error;
  for (guint i = 0; i < groups->len; i++)
    {
      shown += ((Group *) groups->pdata[i])->cycles > 0;
      largest = MAX (largest, ((Group *) groups->pdata[i])->cycles);
    }
  row.scale = (SIMDIT_PLOT_WIDTH - BAR_LABEL - 80) / largest;
  write_legend (job->file, series);
  fprintf (job->file,
           "<div class=\"drawing\"><svg viewBox=\"0 0 %d %u\" role=\"img\">"
           "<title>Cycles by unit and cause</title>\n",
           SIMDIT_PLOT_WIDTH, shown * BAR_HEIGHT + 4);
  for (guint i = 0; i < groups->len; i++)
    if (((Group *) groups->pdata[i])->cycles > 0)
      {
        write_share (job, groups->pdata[i], &row);
        row.y += BAR_HEIGHT;
      }
  fputs ("</svg></div>\n", job->file);
  return true;
}
