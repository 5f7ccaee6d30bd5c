/*
 * A chart as SVG: axes that map values to places, ticks, titles. Colours are classes, which the
 * page's style sheet defines for light and for dark.
 */
#ifndef SIMDIT_REPORT_PLOT_H
#define SIMDIT_REPORT_PLOT_H

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

#define SIMDIT_PLOT_WIDTH 1080
#define SIMDIT_PLOT_LEFT 84 /* room for the numbers of the y axis */
#define SIMDIT_PLOT_RIGHT 16
#define SIMDIT_PLOT_TOP 12
#define SIMDIT_PLOT_BOTTOM 48

typedef struct
{
  const char *title; /* with its unit; NULL: no ticks either */
  double min, max;   /* values; a logarithmic axis: above 0 */
  bool log;
  bool whole;      /* ticks at whole numbers only */
  double from, to; /* places [px]; set by simdit_plot_begin() */
} SimditPlotAxis;

typedef struct
{
  FILE *file;        /* borrowed */
  const char *title; /* for those who do not see it */
  double height;     /* [px] of the whole; the width is SIMDIT_PLOT_WIDTH */
  SimditPlotAxis x, y;
} SimditPlot;

/** simdit_plot_begin: up to the axes; simdit_plot_end: what is left. */
void simdit_plot_begin (SimditPlot *self);
void simdit_plot_end (SimditPlot *self);

/** simdit_plot_at: the place of @value, within the axis. */
double simdit_plot_at (const SimditPlotAxis *axis, double value);

/** simdit_plot_widen: makes a logarithmic axis reach whole steps of 1, 2, 5 around its values. */
void simdit_plot_widen (SimditPlotAxis *axis);

/* A mark; on logarithmic axes only where both values are above 0. */
typedef struct
{
  double x, y;
  const char *slot; /* its colour */
} SimditPlotPoint;

/** simdit_plot_fit: makes the axes hold @points (of SimditPlotPoint); false: there are none. */
bool simdit_plot_fit (SimditPlot *self, const GArray *points);

/** simdit_plot_point: @title: what it is, as it is. */
void simdit_plot_point (const SimditPlot *self, const SimditPlotPoint *point, const char *title);

/** simdit_plot_line: from (@x0, @y0) to (@x1, @y1), values; @class: of the style sheet. */
typedef struct
{
  double x0, y0, x1, y1;
} SimditPlotLine;
void simdit_plot_line (const SimditPlot *self, const SimditPlotLine *line, const char *class_name);

/* Horizontal bars, with a text to the left and one after the end. */
#define SIMDIT_PLOT_BAR_LEFT 250
#define SIMDIT_PLOT_BAR_TOP 4
#define SIMDIT_PLOT_BAR_HEIGHT 26 /* with the gap below it */

/* A part of such a bar, places [px]. */
typedef struct
{
  const char *slot; /* its colour */
  double x, y, width;
  bool hatched;
} SimditPlotBox;

/** simdit_plot_begin_bars: up to the first of @n; simdit_plot_end_bars: what is left. */
void simdit_plot_begin_bars (FILE *file, guint n, const char *title);
void simdit_plot_end_bars (FILE *file);
/** simdit_plot_box: nothing without width; @title: what it is, as it is. */
void simdit_plot_box (FILE *file, const SimditPlotBox *box, const char *title);
/** simdit_plot_bar_label, simdit_plot_bar_value: the texts of the bar at @y, or whose last part
 * ends where @box begins; as they are. */
void simdit_plot_bar_label (FILE *file, double y, const char *text);
void simdit_plot_bar_value (FILE *file, const SimditPlotBox *end, const char *text);

/** simdit_plot_legend_item: of the list before a chart; @slot: its colour. */
void simdit_plot_legend_item (FILE *file, const char *slot, const char *label, const char *help);

#endif
