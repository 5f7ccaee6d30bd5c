#include "report/plot.h"

#include "report/text.h"

#include <math.h>

#define TICKS 9 /* at most */

double
simdit_plot_at (const SimditPlotAxis *axis, double value)
{
  double low = axis->log ? log (axis->min) : axis->min;
  double high = axis->log ? log (axis->max) : axis->max;
  double at = axis->log ? log (MAX (value, axis->min)) : value;
  double share = high > low ? CLAMP ((at - low) / (high - low), 0, 1) : 0;

  return axis->from + share * (axis->to - axis->from);
}

/* 1, 2 or 5 times a power of ten, at least @value. */
static double
round_step (double value)
{
  double power = pow (10, floor (log10 (value) + 1e-9)), digit = value / power;

  return power * (digit <= 1.0001 ? 1 : digit <= 2.0001 ? 2 : digit <= 5.0001 ? 5 : 10);
}

/* The step below, the same kind of number. */
static double
step_down (double step)
{
  double power = pow (10, floor (log10 (step) + 1e-9));

  return step / power < 1.5 ? power / 2 : step / power < 3 ? power : 2 * power;
}

void
simdit_plot_widen (SimditPlotAxis *axis)
{
  axis->max = round_step (axis->max * 1.05);
  axis->min = step_down (round_step (axis->min));
}

static void
tick (const SimditPlot *self, const SimditPlotAxis *axis, double value)
{
  g_autofree char *text = simdit_report_si (value);
  double at = simdit_plot_at (axis, value);

  if (axis == &self->x)
    fprintf (self->file,
             "<path class=\"grid\" d=\"M%.1f %.1fV%.1f\"/>"
             "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>\n",
             at, self->y.to, self->y.from, at, self->y.from + 18, text);
  else
    fprintf (self->file,
             "<path class=\"grid\" d=\"M%.1f %.1fH%.1f\"/>"
             "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
             self->x.from, at, self->x.to, self->x.from - 8, at + 4, text);
}

static void
ticks (const SimditPlot *self, const SimditPlotAxis *axis)
{
  double decades = axis->log ? log10 (axis->max / axis->min) : 0;
  double least = axis->whole ? 1 : 1e-9;
  double step = axis->log ? 0 : round_step (MAX ((axis->max - axis->min) / TICKS, least));
  double value = axis->log ? round_step (axis->min)
                           : ceil (axis->min / step) * step + 0.0; /* no -0 */

  for (guint i = 0; value <= axis->max * 1.0001 && i < 100; i++)
    {
      bool power = fabs (log10 (value) - round (log10 (value))) < 1e-6;

      if (!axis->log || decades < 3.5 || power)
        tick (self, axis, value);
      value = axis->log ? round_step (value * 1.1) : value + step;
    }
}

void
simdit_plot_begin (SimditPlot *self)
{
  self->x.from = SIMDIT_PLOT_LEFT;
  self->x.to = SIMDIT_PLOT_WIDTH - SIMDIT_PLOT_RIGHT;
  self->y.from = self->height - SIMDIT_PLOT_BOTTOM;
  self->y.to = SIMDIT_PLOT_TOP;
  fprintf (self->file, "<svg viewBox=\"0 0 %d %.0f\" role=\"img\"><title>", SIMDIT_PLOT_WIDTH,
           self->height);
  simdit_report_html (self->file, self->title);
  fputs ("</title>\n", self->file);
  if (self->x.title != NULL)
    ticks (self, &self->x);
  if (self->y.title != NULL)
    ticks (self, &self->y);
}

void
simdit_plot_end (SimditPlot *self)
{
  fprintf (self->file, "<path class=\"axis\" d=\"M%.1f %.1fV%.1fH%.1f\"/>\n", self->x.from,
           self->y.to, self->y.from, self->x.to);
  if (self->x.title != NULL)
    fprintf (self->file, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>\n",
             (self->x.from + self->x.to) / 2, self->height - 8, self->x.title);
  if (self->y.title != NULL)
    fprintf (self->file,
             "<text text-anchor=\"middle\" "
             "transform=\"translate(16 %.1f) rotate(-90)\">%s</text>\n",
             (self->y.from + self->y.to) / 2, self->y.title);
  fputs ("</svg>\n", self->file);
}

void
simdit_plot_line (const SimditPlot *self, const SimditPlotLine *line, const char *class_name)
{
  fprintf (self->file, "<path class=\"%s\" d=\"M%.1f %.1fL%.1f %.1f\"/>\n", class_name,
           simdit_plot_at (&self->x, line->x0), simdit_plot_at (&self->y, line->y0),
           simdit_plot_at (&self->x, line->x1), simdit_plot_at (&self->y, line->y1));
}

static bool
is_drawn (const SimditPlotPoint *point)
{
  return point->x > 0 && point->y > 0;
}

bool
simdit_plot_fit (SimditPlot *self, const GArray *points)
{
  bool any = false;

  for (guint i = 0; i < points->len; i++)
    {
      const SimditPlotPoint *point = &g_array_index (points, SimditPlotPoint, i);

      if (!is_drawn (point))
        continue;
      self->x.min = any ? MIN (self->x.min, point->x) : point->x;
      self->x.max = MAX (self->x.max, point->x);
      self->y.min = any ? MIN (self->y.min, point->y) : point->y;
      self->y.max = MAX (self->y.max, point->y);
      any = true;
    }
  return any;
}

void
simdit_plot_point (const SimditPlot *self, const SimditPlotPoint *point, const char *title)
{
  if (!is_drawn (point))
    return;
  fprintf (self->file, "<circle class=\"point %s\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"><title>",
           point->slot, simdit_plot_at (&self->x, point->x), simdit_plot_at (&self->y, point->y));
  simdit_report_html (self->file, title);
  fputs ("</title></circle>\n", self->file);
}

void
simdit_plot_begin_bars (FILE *file, guint n, const char *title)
{
  fprintf (file, "<div class=\"drawing\"><svg viewBox=\"0 0 %d %u\" role=\"img\"><title>",
           SIMDIT_PLOT_WIDTH, n * SIMDIT_PLOT_BAR_HEIGHT + SIMDIT_PLOT_BAR_TOP);
  simdit_report_html (file, title);
  fputs ("</title>\n", file);
}

void
simdit_plot_end_bars (FILE *file)
{
  fputs ("</svg></div>\n", file);
}

static void
write_box (FILE *file, const SimditPlotBox *box, const char *class_name, const char *title)
{
  fprintf (file, "<path class=\"%s\" d=\"M%.2f %.0fh%.2fv%dh-%.2fz\"><title>", class_name, box->x,
           box->y, box->width, SIMDIT_PLOT_BAR_HEIGHT - 6, box->width);
  simdit_report_html (file, title);
  fputs ("</title></path>\n", file);
}

void
simdit_plot_box (FILE *file, const SimditPlotBox *box, const char *title)
{
  if (box->width <= 0)
    return;
  write_box (file, box, box->slot, title);
  if (box->hatched)
    write_box (file, box, "hatched", title);
}

void
simdit_plot_bar_label (FILE *file, double y, const char *text)
{
  fprintf (file, "<text x=\"%d\" y=\"%.0f\" text-anchor=\"end\">", SIMDIT_PLOT_BAR_LEFT - 10,
           y + 15);
  simdit_report_html (file, text);
  fputs ("</text>\n", file);
}

void
simdit_plot_bar_value (FILE *file, const SimditPlotBox *end, const char *text)
{
  fprintf (file, "<text x=\"%.1f\" y=\"%.0f\">", end->x + 8, end->y + 15);
  simdit_report_html (file, text);
  fputs ("</text>\n", file);
}

void
simdit_plot_legend_item (FILE *file, const char *slot, const char *label, const char *help)
{
  fprintf (file, "<li title=\"");
  simdit_report_html (file, help);
  fprintf (file,
           "\"><svg class=\"key\" viewBox=\"0 0 12 12\" aria-hidden=\"true\">"
           "%s<path class=\"%s\" d=\"%s\"/></svg>",
           g_str_equal (slot, "hatched") ? "<path class=\"other\" d=\"M0 0h12v12h-12z\"/>" : "",
           slot, g_str_has_prefix (slot, "line") ? "M0 6h12" : "M0 0h12v12h-12z");
  simdit_report_html (file, label);
  fputs ("</li>\n", file);
}
