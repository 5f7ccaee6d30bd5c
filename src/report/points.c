/* Charts of points on logarithmic axes: the roofline, and simulated against estimated cycles. */
#include "report/plot.h"
#include "report/report-private.h"
#include "report/text.h"

#define HEIGHT 420

static void
write_points (const SimditPlot *plot, const GArray *points, const SimditResult *table)
{
  for (guint i = 0; i < points->len; i++)
    {
      const SimditPlotPoint *point = &g_array_index (points, SimditPlotPoint, i);
      g_autofree char *title = g_strdup_printf (
          "%s: %.4g, %.4g", simdit_report_text (table, i, "name"), point->x, point->y);

      simdit_plot_point (plot, point, title);
    }
}

/* What bounds a layer of @intensity [MAC/byte] when @bytes a cycle can be moved. */
static double
roof (const SimditReportJob *job, double intensity, double bytes)
{
  return MIN (job->limits.macs, intensity * bytes);
}

static void
write_roof (const SimditReportJob *job, const SimditPlot *plot, double bytes,
            const char *class_name)
{
  double knee = CLAMP (job->limits.macs / bytes, plot->x.min, plot->x.max);
  double from = MAX (plot->x.min, plot->y.min / bytes);
  SimditPlotLine slope = { from, roof (job, from, bytes), knee, roof (job, knee, bytes) };
  SimditPlotLine top = { knee, roof (job, knee, bytes), plot->x.max,
                         roof (job, plot->x.max, bytes) };

  simdit_plot_line (plot, &slope, class_name);
  simdit_plot_line (plot, &top, class_name);
}

bool
simdit_report_write_roofline (SimditReportJob *job, GError **error)
{
  g_autoptr (GArray) points = g_array_new (FALSE, FALSE, sizeof (SimditPlotPoint));
  g_autoptr (GArray) moved = simdit_report_moved_bytes (job->layers);
  SimditPlot plot = { .file = job->file,
                      .title = "Roofline of the layers of the PE array",
                      .height = HEIGHT,
                      .x = { .title = "MAC per byte of DRAM traffic", .log = true },
                      .y = { .title = "MAC per cycle", .log = true } };

  (void) error;
  for (uint64_t i = 0; i < simdit_result_get_n_rows (job->layers); i++)
    {
      double macs = simdit_report_named (job->layers, i, "macs");
      double bytes = g_array_index (moved, double, i);
      double cycles = simdit_report_named (job->layers, i, "total_cycles");
      SimditPlotPoint point = { bytes > 0 ? macs / bytes : 0, cycles > 0 ? macs / cycles : 0,
                                "compute1" };

      g_array_append_val (points, point);
    }
  if (!simdit_plot_fit (&plot, points))
    {
      fputs ("<p>No layer of this run has multiply-accumulates.</p>\n", job->file);
      return true;
    }
  plot.y.max = MAX (plot.y.max, job->limits.macs);
  plot.x.max = MAX (plot.x.max, job->limits.macs / job->limits.port_bytes);
  simdit_plot_widen (&plot.x);
  simdit_plot_widen (&plot.y);
  fputs ("<ul class=\"legend\">\n", job->file);
  simdit_plot_legend_item (job->file, "line roof", "PEs, and all ports of the array together",
                           "what the machine could reach");
  if (job->limits.dram_bytes > 0)
    simdit_plot_legend_item (job->file, "line roof-dram", "PEs, and the DRAM at its peak",
                             "what the machine could reach with this DRAM");
  fputs ("</ul>\n<div class=\"drawing\">\n", job->file);
  simdit_plot_begin (&plot);
  write_roof (job, &plot, job->limits.port_bytes, "line roof");
  if (job->limits.dram_bytes > 0)
    write_roof (job, &plot, job->limits.dram_bytes, "line roof-dram");
  write_points (&plot, points, job->layers);
  simdit_plot_end (&plot);
  fputs ("</div>\n", job->file);
  return true;
}

bool
simdit_report_write_validation (SimditReportJob *job, GError **error)
{
  g_autoptr (GArray) points = g_array_new (FALSE, FALSE, sizeof (SimditPlotPoint));
  SimditPlotLine equal;
  SimditPlot plot = { .file = job->file,
                      .title = "Simulated against estimated cycles",
                      .height = HEIGHT,
                      .x = { .title = "estimated cycles", .log = true },
                      .y = { .title = "simulated cycles", .log = true } };

  (void) error;
  for (uint64_t i = 0; i < simdit_result_get_n_rows (job->validation); i++)
    {
      bool array = g_str_equal (simdit_report_text (job->validation, i, "unit"), "pe_array");
      SimditPlotPoint point = { simdit_report_named (job->validation, i, "estimated_total_cycles"),
                                simdit_report_named (job->validation, i, "simulated_total_cycles"),
                                array ? "compute1" : "stall1" };

      g_array_append_val (points, point);
    }
  if (!simdit_plot_fit (&plot, points))
    {
      fputs ("<p>No layer of this run has a cost.</p>\n", job->file);
      return true;
    }
  plot.x.min = plot.y.min = MIN (plot.x.min, plot.y.min);
  plot.x.max = plot.y.max = MAX (plot.x.max, plot.y.max);
  simdit_plot_widen (&plot.x);
  simdit_plot_widen (&plot.y);
  equal = (SimditPlotLine){ plot.x.min, plot.y.min, plot.x.max, plot.y.max };
  fputs ("<ul class=\"legend\">\n", job->file);
  simdit_plot_legend_item (job->file, "compute1", "PE array", "convolution and GEMM");
  simdit_plot_legend_item (job->file, "stall1", "SIMD array", "all other layers");
  simdit_plot_legend_item (job->file, "line roof", "equal", "simulated as estimated");
  fputs ("</ul>\n<div class=\"drawing\">\n", job->file);
  simdit_plot_begin (&plot);
  simdit_plot_line (&plot, &equal, "line roof");
  write_points (&plot, points, job->validation);
  simdit_plot_end (&plot);
  fputs ("</div>\n", job->file);
  return true;
}
