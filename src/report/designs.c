/* Charts of designs: the Pareto front as points, the best ones in parallel coordinates. */
#include "report/plot.h"
#include "report/report-private.h"
#include "report/text.h"

#include <math.h>
#include <string.h>

#define HEIGHT 420
#define PARALLEL_HEIGHT 356
#define PARALLEL_TOP 62
#define PARALLEL_BOTTOM 28
#define PARALLEL_SIDE 60
#define MAX_AXES 16

static bool
has_column (const SimditResult *table, const char *name)
{
  return simdit_result_find_column (table, name) < simdit_result_get_n_columns (table);
}

/* ---- the front: colours by bandwidth ---- */

static const char *const slots[] = { "compute1", "compute2", "compute3", "stall1",
                                     "stall2",   "stall3",   "stall4" };

/* Bandwidths within a factor of two have a colour; the narrowest share one if they are more. */
static guint
colour_of (double bandwidth, double most)
{
  double below = floor (log2 (most)) - floor (log2 (bandwidth));
  double slot = (double) (G_N_ELEMENTS (slots) - 1) - below;

  return slot > 0 ? (guint) slot : 0;
}

static double
most_bandwidth (const SimditResult *front)
{
  double most = 1;

  for (uint64_t i = 0; i < simdit_result_get_n_rows (front); i++)
    most = MAX (most, simdit_report_named (front, i, "bandwidth"));
  return most;
}

static void
write_front_legend (FILE *file, const SimditResult *front)
{
  double most = most_bandwidth (front);
  bool there[G_N_ELEMENTS (slots)] = { false };

  for (uint64_t i = 0; i < simdit_result_get_n_rows (front); i++)
    there[colour_of (simdit_report_named (front, i, "bandwidth"), most)] = true;
  fputs ("<ul class=\"legend\">\n", file);
  for (guint s = 0; s < G_N_ELEMENTS (slots); s++)
    {
      double low = exp2 (floor (log2 (most)) - (double) (G_N_ELEMENTS (slots) - 1 - s));
      g_autofree char *label = s > 0 ? g_strdup_printf ("from %.0f bit/cycle on", low)
                                     : g_strdup_printf ("below %.0f bit/cycle", 2 * low);

      if (there[s])
        simdit_plot_legend_item (file, slots[s], label, "widths of the four ports together");
    }
  fputs ("</ul>\n", file);
}

/* A design in words. */
static char *
describe (const SimditResult *table, uint64_t row, const char *const *columns)
{
  GString *text = g_string_new (NULL);

  for (const char *const *name = columns; *name != NULL; name++)
    {
      guint c = simdit_result_find_column (table, *name);

      if (c < simdit_result_get_n_columns (table))
        g_string_append_printf (text, "%s%s %.15g", text->len > 0 ? ", " : "", *name,
                                simdit_report_cell (table, row, c));
    }
  return g_string_free (text, FALSE);
}

static const char *const design_columns[] = { "sram",         "bandwidth",  "estimated_cycles",
                                              "estimated_pj", "rows",       "columns",
                                              "wbuf_kib",     "ibuf_kib",   "obuf_kib",
                                              "vmem_kib",     "param_port", "ibuf_port",
                                              "obuf_port",    "simd_port",  NULL };

/* One drawing: @x and @y are columns. */
static void
write_front_drawing (FILE *file, const SimditResult *front, SimditPlot *plot, const char *x,
                     const char *y)
{
  g_autoptr (GArray) points = g_array_new (FALSE, FALSE, sizeof (SimditPlotPoint));
  double most = most_bandwidth (front);

  for (uint64_t i = 0; i < simdit_result_get_n_rows (front); i++)
    {
      SimditPlotPoint point = {
        simdit_report_named (front, i, x), simdit_report_named (front, i, y),
        slots[colour_of (simdit_report_named (front, i, "bandwidth"), most)]
      };

      g_array_append_val (points, point);
    }
  if (!simdit_plot_fit (plot, points))
    return;
  simdit_plot_widen (&plot->x);
  simdit_plot_widen (&plot->y);
  fputs ("<div class=\"drawing\">\n", file);
  simdit_plot_begin (plot);
  for (guint i = 0; i < points->len; i++)
    {
      g_autofree char *title = describe (front, i, design_columns);

      simdit_plot_point (plot, &g_array_index (points, SimditPlotPoint, i), title);
    }
  simdit_plot_end (plot);
  fputs ("</div>\n", file);
}

bool
simdit_report_write_front (SimditReportJob *job, GError **error)
{
  const SimditResult *front = simdit_exploration_get_table (job->exploration,
                                                            SIMDIT_EXPLORATION_PARETO);
  SimditPlot cycles = { .file = job->file,
                        .title = "Pareto front: cycles against SRAM",
                        .height = HEIGHT,
                        .x = { .title = "SRAM (KiB)", .log = true },
                        .y = { .title = "estimated cycles", .log = true } };
  SimditPlot energy = { .file = job->file,
                        .title = "Pareto front: energy against cycles",
                        .height = HEIGHT,
                        .x = { .title = "estimated cycles", .log = true },
                        .y = { .title = "estimated energy (pJ)", .log = true } };

  (void) error;
  write_front_legend (job->file, front);
  write_front_drawing (job->file, front, &cycles, "sram", "estimated_cycles");
  if (has_column (front, "estimated_pj"))
    write_front_drawing (job->file, front, &energy, "estimated_cycles", "estimated_pj");
  simdit_report_write_table (job->file, front, "front-table", "table of the Pareto front", false);
  return true;
}

/* ---- parallel coordinates ---- */

typedef struct
{
  guint column;
  double x;
  SimditPlotAxis axis;
} Axis;

/* The designs of one pair of budgets: rows from @first to before @end. */
typedef struct
{
  const SimditResult *designs;
  uint64_t first, end;
  Axis axes[MAX_AXES];
  guint n_axes;
} Chart;

static void
add_axis (Chart *self, const char *name)
{
  Axis axis = { .column = simdit_result_find_column (self->designs, name),
                .axis = {
                    .log = true, .from = PARALLEL_HEIGHT - PARALLEL_BOTTOM, .to = PARALLEL_TOP } };

  if (axis.column >= simdit_result_get_n_columns (self->designs) || self->n_axes == MAX_AXES)
    return;
  axis.axis.min = axis.axis.max = simdit_report_cell (self->designs, self->first, axis.column);
  for (uint64_t row = self->first; row < self->end; row++)
    {
      double value = simdit_report_cell (self->designs, row, axis.column);

      axis.axis.min = MIN (axis.axis.min, value);
      axis.axis.max = MAX (axis.axis.max, value);
    }
  self->axes[self->n_axes++] = axis;
}

static void
add_axes (Chart *self)
{
  static const char *const names[] = { "wbuf_kib",         "ibuf_kib",   "obuf_kib",
                                       "vmem_kib",         "param_port", "ibuf_port",
                                       "obuf_port",        "simd_port",  "estimated_cycles",
                                       "simulated_cycles", "area_mm2",   "simulated_pj",
                                       "simulated_edp" };
  double step;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    add_axis (self, names[i]);
  step = (double) (SIMDIT_PLOT_WIDTH - 2 * PARALLEL_SIDE) / (self->n_axes - 1);
  for (guint i = 0; i < self->n_axes; i++)
    self->axes[i].x = PARALLEL_SIDE + step * i;
}

static void
write_axis (FILE *file, const Chart *chart, guint number)
{
  const Axis *axis = &chart->axes[number];
  const SimditColumn *column = simdit_result_get_column (chart->designs, axis->column);
  g_autofree char *low = simdit_report_si (axis->axis.min);
  g_autofree char *high = simdit_report_si (axis->axis.max);

  fprintf (file,
           "<path class=\"axis\" d=\"M%.1f %dV%d\"/>"
           "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>"
           "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>\n",
           axis->x, PARALLEL_TOP, PARALLEL_HEIGHT - PARALLEL_BOTTOM, axis->x,
           number % 2 == 0 ? 14 : 32 /* names are long */, column->name, axis->x,
           PARALLEL_HEIGHT - 8, low);
  if (axis->axis.max > axis->axis.min)
    fprintf (file, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>\n", axis->x,
             PARALLEL_TOP - 10, high);
}

static const char *
class_of (const char *which)
{
  return g_str_equal (which, "best")        ? "line-best"
         : g_str_has_prefix (which, "top_") ? "line-top"
                                            : "line-other";
}

static void
write_design (FILE *file, const Chart *chart, uint64_t row)
{
  const char *which = simdit_report_text (chart->designs, row, "which");
  g_autofree char *text = describe (chart->designs, row, design_columns);

  fprintf (file, "<path class=\"%s\" d=\"", class_of (which));
  for (guint i = 0; i < chart->n_axes; i++)
    {
      const Axis *axis = &chart->axes[i];

      fprintf (
          file, "%c%.1f %.1f", i > 0 ? 'L' : 'M', axis->x,
          simdit_plot_at (&axis->axis, simdit_report_cell (chart->designs, row, axis->column)));
    }
  fputs ("\"><title>", file);
  simdit_report_html (file, which);
  fputs (": ", file);
  simdit_report_html (file, text);
  fputs ("</title></path>\n", file);
}

/* The best is drawn last, over the others. */
static void
write_chart (FILE *file, Chart *chart)
{
  double sram = simdit_report_named (chart->designs, chart->first, "sram_budget");
  double bandwidth = simdit_report_named (chart->designs, chart->first, "bandwidth_budget");

  add_axes (chart);
  fprintf (file,
           "<details%s><summary>%.0f KiB, %.0f bit/cycle</summary>\n"
           "<div class=\"drawing\"><svg viewBox=\"0 0 %d %d\" role=\"img\">"
           "<title>Designs for %.0f KiB and %.0f bit/cycle</title>\n",
           chart->first == 0 ? " open" : "", sram, bandwidth, SIMDIT_PLOT_WIDTH, PARALLEL_HEIGHT,
           sram, bandwidth);
  for (guint i = 0; i < chart->n_axes; i++)
    write_axis (file, chart, i);
  for (uint64_t row = chart->end; row-- > chart->first;)
    write_design (file, chart, row);
  fputs ("</svg></div></details>\n", file);
}

static bool
are_of_one_pair (const SimditResult *designs, uint64_t a, uint64_t b)
{
  static const char *const columns[] = { "sram_budget", "bandwidth_budget" };
  bool same = true;

  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    {
      guint c = simdit_result_find_column (designs, columns[i]);

      same &= simdit_result_get_count (designs, a, c) == simdit_result_get_count (designs, b, c);
    }
  return same;
}

bool
simdit_report_write_parallel (SimditReportJob *job, GError **error)
{
  const SimditResult *designs = simdit_exploration_get_table (job->exploration,
                                                              SIMDIT_EXPLORATION_DESIGNS);
  uint64_t n = simdit_result_get_n_rows (designs);

  (void) error;
  fputs ("<ul class=\"legend\">\n", job->file);
  simdit_plot_legend_item (job->file, "line-best", "best", "by the estimate");
  simdit_plot_legend_item (job->file, "line-top", "the next", "by the estimate");
  simdit_plot_legend_item (job->file, "line-other", "compared with", "uniform, median, worst, ...");
  fputs ("</ul>\n", job->file);
  for (uint64_t first = 0, end; first < n; first = end)
    {
      Chart chart = { .designs = designs, .first = first };

      for (end = first + 1; end < n && are_of_one_pair (designs, first, end);)
        end++;
      chart.end = end;
      write_chart (job->file, &chart);
    }
  return true;
}
