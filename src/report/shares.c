/* Horizontal bars: the cycles of a run by unit and phase, with their share of it. */
#include "report/plot.h"
#include "report/report-private.h"
#include "report/text.h"

void
simdit_report_write_legend (FILE *file, const GPtrArray *series)
{
  fputs ("<ul class=\"legend\">\n", file);
  for (guint i = 0; i < series->len; i++)
    {
      const SimditReportSeries *one = series->pdata[i];

      simdit_plot_legend_item (file, one->slot, one->label, one->help);
    }
  fputs ("</ul>\n", file);
}

/* ---- layers of one unit, and of one phase where there are several ---- */

static void
group_free (gpointer data)
{
  SimditReportGroup *self = data;

  g_free (self->title);
  g_array_unref (self->rows);
  g_free (self);
}

static const char *
unit_title (const char *unit)
{
  return g_str_equal (unit, "pe_array")     ? "convolution, GEMM"
         : g_str_equal (unit, "simd_array") ? "all else (SIMD array)"
                                            : "without cost";
}

/* @phase: NULL: of all phases. */
static SimditReportGroup *
find_group (GPtrArray *groups, const char *unit, const char *phase)
{
  SimditReportGroup *group;

  for (guint i = 0; i < groups->len; i++)
    {
      group = groups->pdata[i];
      if (g_str_equal (group->unit, unit) && g_strcmp0 (group->phase, phase) == 0)
        return group;
    }
  group = g_new0 (SimditReportGroup, 1);
  group->unit = unit;
  group->phase = phase;
  group->title = phase != NULL ? g_strdup_printf ("%s: %s", phase, unit_title (unit))
                               : g_strdup (unit_title (unit));
  group->rows = g_array_new (FALSE, FALSE, sizeof (uint64_t));
  g_ptr_array_add (groups, group);
  return group;
}

static void
remove_empty (GPtrArray *groups)
{
  for (guint i = groups->len; i > 0; i--)
    if (((SimditReportGroup *) groups->pdata[i - 1])->cycles <= 0)
      g_ptr_array_remove_index (groups, i - 1);
}

GPtrArray *
simdit_report_groups (const SimditResult *layers)
{
  g_autoptr (GPtrArray) units = g_ptr_array_new_with_free_func (group_free);
  g_autoptr (GPtrArray) phases = g_ptr_array_new_with_free_func (group_free);

  for (uint64_t i = 0; i < simdit_result_get_n_rows (layers); i++)
    {
      double cycles = simdit_report_named (layers, i, "total_cycles");
      const char *unit = simdit_report_text (layers, i, "unit");
      const char *phase = simdit_report_text (layers, i, "phase");
      SimditReportGroup *of[] = { find_group (units, unit, NULL),
                                  find_group (phases, unit, phase) };

      for (gsize k = 0; k < G_N_ELEMENTS (of); k++)
        {
          g_array_append_val (of[k]->rows, i);
          of[k]->cycles += cycles;
        }
    }
  if (phases->len > units->len)
    g_ptr_array_extend_and_steal (units, g_steal_pointer (&phases));
  remove_empty (units);
  return g_steal_pointer (&units);
}

double
simdit_report_group_value (const SimditReportGroup *self, const SimditReportSeries *series,
                           const SimditResult *table)
{
  double sum = 0;

  for (guint i = 0; i < self->rows->len; i++)
    sum += simdit_report_series_value (series, table, g_array_index (self->rows, uint64_t, i));
  return sum;
}

/* ---- cycles ---- */

typedef struct
{
  const GPtrArray *series;
  double y, scale; /* [px], [px/cycle] */
  double all;      /* cycles of the run */
} ShareRow;

static void
write_share (SimditReportJob *job, const SimditReportGroup *group, const ShareRow *at)
{
  SimditPlotBox box = { .x = SIMDIT_PLOT_BAR_LEFT, .y = at->y };
  g_autofree char *share = g_strdup_printf ("%.2f %%", 100 * group->cycles / at->all);

  simdit_plot_bar_label (job->file, at->y, group->title);
  for (guint i = 0; i < at->series->len; i++)
    {
      const SimditReportSeries *series = at->series->pdata[i];
      double value = simdit_report_group_value (group, series, job->layers);
      g_autofree char *title = g_strdup_printf ("%s: %.0f cycles, %.3f %%", series->label, value,
                                                100 * value / at->all);

      box.slot = series->slot;
      box.width = value * at->scale;
      simdit_plot_box (job->file, &box, title);
      box.x += box.width;
    }
  simdit_plot_bar_value (job->file, &box, share);
}

bool
simdit_report_write_shares (SimditReportJob *job, GError **error)
{
  g_autoptr (GPtrArray) series = simdit_report_time_series (job->layers);
  g_autoptr (GPtrArray) groups = simdit_report_groups (job->layers);
  double all = MAX (simdit_report_named (job->layers, SIMDIT_RESULT_TOTAL, "total_cycles"), 1);
  ShareRow row = { .series = series, .y = SIMDIT_PLOT_BAR_TOP, .all = all };
  double largest = 1;

  (void) error;
  for (guint i = 0; i < groups->len; i++)
    largest = MAX (largest, ((SimditReportGroup *) groups->pdata[i])->cycles);
  row.scale = (SIMDIT_PLOT_WIDTH - SIMDIT_PLOT_BAR_LEFT - 80) / largest;
  simdit_report_write_legend (job->file, series);
  simdit_plot_begin_bars (job->file, groups->len, "Cycles by unit and cause");
  for (guint i = 0; i < groups->len; i++)
    {
      write_share (job, groups->pdata[i], &row);
      row.y += SIMDIT_PLOT_BAR_HEIGHT;
    }
  simdit_plot_end_bars (job->file);
  return true;
}
