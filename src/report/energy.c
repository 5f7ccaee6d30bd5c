/*
 * What takes a run's energy: groups of components in the run, in its units and phases; components
 * one by one. Energy that takes time and not events (leakage, clock) is proportional to cycles, so
 * that of a part of the run is what the part has of all cycles.
 */
#include "report/plot.h"
#include "report/report-private.h"
#include "report/text.h"

/* Room for the text after it is left. */
#define BAR_WIDTH (SIMDIT_PLOT_WIDTH - SIMDIT_PLOT_BAR_LEFT - 200)

/* The run, or a group of its layers. */
typedef struct
{
  const char *title;
  double cycles, total; /* [pJ] */
  GArray *groups;       /* owned, of double: by group of components [pJ] */
} Part;

typedef struct
{
  SimditReportJob *job;
  GPtrArray *series; /* owned: groups of components */
  double *standing;  /* owned: static energy of each in the run [pJ] */
  GPtrArray *layers; /* owned, of SimditReportGroup */
  GPtrArray *parts;  /* owned, of Part: the run, then groups of layers */
  double total;      /* of the run [pJ] */
  double cycles;     /* likewise; at least 1 */
} Shares;

static void
part_free (gpointer data)
{
  g_array_unref (((Part *) data)->groups);
  g_free (data);
}

/* @layers: NULL: all. */
static void
add_part (Shares *self, const SimditReportGroup *layers)
{
  const SimditResult *energy = self->job->energy;
  Part *part = g_new0 (Part, 1);

  part->title = layers != NULL ? layers->title : "whole run";
  part->cycles = layers != NULL ? layers->cycles : self->cycles;
  part->groups = g_array_new (FALSE, FALSE, sizeof (double));
  for (guint i = 0; i < self->series->len; i++)
    {
      const SimditReportSeries *series = self->series->pdata[i];
      double pj = layers != NULL ? simdit_report_group_value (layers, series, energy)
                                 : simdit_report_series_value (series, energy, SIMDIT_RESULT_TOTAL);

      g_array_append_val (part->groups, pj);
      part->total += pj;
    }
  g_ptr_array_add (self->parts, part);
}

static double
standing_of_component (const SimditResult *components, uint64_t row)
{
  return simdit_report_named (components, row, "clock_pj")
         + simdit_report_named (components, row, "leakage_pj");
}

static void
init (Shares *self, SimditReportJob *job)
{
  const SimditResult *components = simdit_result_get_energy (job->layers, SIMDIT_ENERGY_COMPONENTS);

  *self = (Shares){ .job = job,
                    .series = simdit_report_energy_series (job->energy),
                    .layers = simdit_report_groups (job->layers),
                    .parts = g_ptr_array_new_with_free_func (part_free) };
  self->total = simdit_report_named (job->energy, SIMDIT_RESULT_TOTAL, "total_pj");
  self->cycles = MAX (simdit_report_named (job->energy, SIMDIT_RESULT_TOTAL, "total_cycles"), 1);
  self->standing = g_new0 (double, self->series->len);
  for (uint64_t row = 0; row < simdit_result_get_n_rows (components); row++)
    for (guint i = 0; i < self->series->len; i++)
      if (g_strcmp0 (simdit_energy_group (simdit_report_text (components, row, "component")),
                     ((SimditReportSeries *) self->series->pdata[i])->label)
          == 0)
        self->standing[i] += standing_of_component (components, row);
  add_part (self, NULL);
  for (guint i = 0; i < self->layers->len; i++)
    add_part (self, self->layers->pdata[i]);
}

static void
clear (Shares *self)
{
  g_ptr_array_unref (self->parts);
  g_ptr_array_unref (self->layers);
  g_ptr_array_unref (self->series);
  g_free (self->standing);
}

/* Static energy of a group of components in @part [pJ]. */
static double
standing_of (const Shares *self, const Part *part, guint group)
{
  return MIN (self->standing[group] * part->cycles / self->cycles,
              g_array_index (part->groups, double, group));
}

static double
all_standing_of (const Shares *self, const Part *part)
{
  double sum = 0;

  for (guint i = 0; i < self->series->len; i++)
    sum += standing_of (self, part, i);
  return sum;
}

static double
percent (double part, double whole)
{
  return whole > 0 ? 100 * part / whole : 0;
}

/* ---- groups of components: bars of equal length, then the figures ---- */

/* What one bar is made of: dynamic, then static energy. */
typedef struct
{
  const char *slot, *name;
  double pj, standing;
} Piece;

/* Two boxes; moves @box to their end. @scale: [px/pJ]; @whole [pJ]: what shares are of. */
static void
write_piece (FILE *file, SimditPlotBox *box, const Piece *piece, double scale, double whole)
{
  const char *kinds[] = { "dynamic", "static" };
  const double pj[] = { piece->pj - piece->standing, piece->standing };

  box->slot = piece->slot;
  for (guint i = 0; i < G_N_ELEMENTS (pj); i++)
    {
      g_autofree char *amount = simdit_report_energy (pj[i]);
      g_autofree char *title = g_strdup_printf ("%s, %s: %s, %.3f %%", piece->name, kinds[i],
                                                amount, percent (pj[i], whole));

      box->width = pj[i] * scale;
      box->hatched = i == 1;
      simdit_plot_box (file, box, title);
      box->x += MAX (box->width, 0);
    }
}

static void
write_part_bar (const Shares *self, const Part *part, double y)
{
  FILE *file = self->job->file;
  SimditPlotBox box = { .x = SIMDIT_PLOT_BAR_LEFT, .y = y };
  g_autofree char *amount = simdit_report_energy (part->total);
  g_autofree char *value = g_strdup_printf ("%s, %.2f %%", amount,
                                            percent (part->total, self->total));

  simdit_plot_bar_label (file, y, part->title);
  for (guint i = 0; i < self->series->len; i++)
    {
      const SimditReportSeries *series = self->series->pdata[i];
      Piece piece = { series->slot, series->label, g_array_index (part->groups, double, i),
                      standing_of (self, part, i) };

      write_piece (file, &box, &piece, part->total > 0 ? BAR_WIDTH / part->total : 0, part->total);
    }
  simdit_plot_bar_value (file, &box, value);
}

static void
write_part_bars (const Shares *self)
{
  simdit_plot_begin_bars (self->job->file, self->parts->len, "Shares of energy by component");
  fputs ("<defs><pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
         "patternTransform=\"rotate(45)\"><path class=\"hatch\" d=\"M0 0v6\"/></pattern></defs>\n",
         self->job->file);
  for (guint i = 0; i < self->parts->len; i++)
    write_part_bar (self, self->parts->pdata[i], SIMDIT_PLOT_BAR_TOP + i * SIMDIT_PLOT_BAR_HEIGHT);
  simdit_plot_end_bars (self->job->file);
}

/* The unit of a table: small components have digits, too. */
static const SimditReportUnit *
unit_of_table (double total)
{
  return simdit_report_energy_unit (total / 1000);
}

static void
write_heading (FILE *file, const char *title, const char *unit)
{
  fprintf (file, "<th scope=\"col\" data-number>%s<small>%s</small></th>", title, unit);
}

/* A share, and how much that is. */
static void
write_share (FILE *file, double pj, double whole, const SimditReportUnit *unit)
{
  fprintf (file, "<td>%.2f %%<small>%.3f</small></td>", percent (pj, whole), pj / unit->pj);
}

static void
write_part_row (const Shares *self, const Part *part, const SimditReportUnit *unit)
{
  FILE *file = self->job->file;
  double fs = part->cycles * (double) simdit_recording_get_clock_fs (self->job->recording);

  fputs ("<tr><th scope=\"row\">", file);
  simdit_report_html (file, part->title);
  fputs ("</th>", file);
  for (guint i = 0; i < self->series->len; i++)
    write_share (file, g_array_index (part->groups, double, i), part->total, unit);
  write_share (file, all_standing_of (self, part), part->total, unit);
  write_share (file, part->total, self->total, unit);
  fprintf (file, "<td>%.1f</td></tr>\n", part->total / fs * 1e6); /* pJ/fs is kW */
}

static void
write_part_table (const Shares *self)
{
  const SimditReportUnit *unit = unit_of_table (self->total);
  FILE *file = self->job->file;

  simdit_report_begin_table (file, "share-table", "energy by group of components");
  fputs ("<thead><tr><th scope=\"col\">share of</th>", file);
  for (guint i = 0; i < self->series->len; i++)
    write_heading (file, ((SimditReportSeries *) self->series->pdata[i])->label, unit->name);
  write_heading (file, "static", unit->name);
  write_heading (file, "of the run", unit->name);
  write_heading (file, "power", "mW");
  fputs ("</tr></thead>\n<tbody>\n", file);
  for (guint i = 0; i < self->parts->len; i++)
    write_part_row (self, self->parts->pdata[i], unit);
  fputs ("</tbody>", file);
  simdit_report_end_table (file);
}

/* ---- components one by one ---- */

static const SimditReportSeries *
series_of (const Shares *self, const char *component)
{
  for (guint i = 0; i < self->series->len; i++)
    if (g_strcmp0 (simdit_energy_group (component),
                   ((SimditReportSeries *) self->series->pdata[i])->label)
        == 0)
      return self->series->pdata[i];
  return self->series->pdata[0];
}

static void
write_component_bar (const Shares *self, const SimditResult *components, uint64_t row, double scale)
{
  FILE *file = self->job->file;
  const char *name = simdit_report_text (components, row, "component");
  double pj = simdit_report_named (components, row, "total_pj");
  Piece piece = { series_of (self, name)->slot, name, pj, standing_of_component (components, row) };
  SimditPlotBox box = { .x = SIMDIT_PLOT_BAR_LEFT,
                        .y = SIMDIT_PLOT_BAR_TOP + (double) row * SIMDIT_PLOT_BAR_HEIGHT };
  g_autofree char *amount = simdit_report_energy (pj);
  g_autofree char *value = g_strdup_printf ("%s, %.2f %%", amount, percent (pj, self->total));

  simdit_plot_bar_label (file, box.y, name);
  write_piece (file, &box, &piece, scale, self->total);
  simdit_plot_bar_value (file, &box, value);
}

static void
write_component_bars (const Shares *self, const SimditResult *components)
{
  guint n = (guint) simdit_result_get_n_rows (components);
  double most = 0;

  for (guint row = 0; row < n; row++)
    most = MAX (most, simdit_report_named (components, row, "total_pj"));
  simdit_plot_begin_bars (self->job->file, n, "Energy of each component");
  for (guint row = 0; row < n; row++)
    write_component_bar (self, components, row, most > 0 ? BAR_WIDTH / most : 0);
  simdit_plot_end_bars (self->job->file);
}

static bool
has_area (const SimditResult *components)
{
  return simdit_result_find_column (components, "area_um2")
         < simdit_result_get_n_columns (components);
}

static void
write_component_row (FILE *file, const SimditResult *components, uint64_t row,
                     const SimditReportUnit *unit)
{
  static const char *const energies[] = { "dynamic_pj", "clock_pj", "leakage_pj", "total_pj" };
  bool total = row == SIMDIT_RESULT_TOTAL;

  fprintf (file, "<tr><th scope=\"row\">%s</th>",
           total ? "total" : simdit_report_text (components, row, "component"));
  for (guint i = 0; i < G_N_ELEMENTS (energies); i++)
    fprintf (file, "<td>%.3f</td>", simdit_report_named (components, row, energies[i]) / unit->pj);
  fprintf (file, "<td>%.2f</td><td>%.1f</td>", 100 * simdit_report_named (components, row, "share"),
           simdit_report_named (components, row, "power_mw"));
  if (has_area (components))
    {
      double area = simdit_report_named (components, row, "area_um2");
      double all = simdit_report_named (components, SIMDIT_RESULT_TOTAL, "area_um2");

      fprintf (file, "<td>%.4f</td><td>%.2f</td>", area * 1e-6, percent (area, all));
    }
  fputs ("</tr>\n", file);
}

static void
write_component_table (FILE *file, const SimditResult *components, double total)
{
  static const char *const energies[] = { "dynamic", "clock", "leakage", "total" };
  const SimditReportUnit *unit = unit_of_table (total);

  simdit_report_begin_table (file, "component-table", "energy of each component");
  fputs ("<thead><tr><th scope=\"col\">component</th>", file);
  for (guint i = 0; i < G_N_ELEMENTS (energies); i++)
    write_heading (file, energies[i], unit->name);
  write_heading (file, "share", "%");
  write_heading (file, "power", "mW");
  if (has_area (components))
    {
      write_heading (file, "area", "mm2");
      write_heading (file, "share of area", "%");
    }
  fputs ("</tr></thead>\n<tbody>\n", file);
  for (uint64_t row = 0; row < simdit_result_get_n_rows (components); row++)
    write_component_row (file, components, row, unit);
  fputs ("</tbody>\n<tfoot>\n", file);
  write_component_row (file, components, SIMDIT_RESULT_TOTAL, unit);
  fputs ("</tfoot>", file);
  simdit_report_end_table (file);
}

/* ---- the section ---- */

/* What the figures come from. */
static void
write_source (const SimditReportJob *job)
{
  fputs ("<p>", job->file);
  if (job->energy_table != NULL)
    {
      fprintf (job->file,
               "Energy table (%.15g nm): ", simdit_energy_table_get_node (job->energy_table));
      simdit_report_html (job->file, simdit_energy_table_get_description (job->energy_table));
      fputs ("; ", job->file);
    }
  fputs ("DRAM: ", job->file);
  simdit_report_html (job->file, simdit_result_get_energy_memory (job->layers));
  fputs (".</p>\n", job->file);
}

static void
write_facts (const Shares *self, const SimditResult *components)
{
  FILE *file = self->job->file;
  double macs = simdit_report_named (self->job->layers, SIMDIT_RESULT_TOTAL, "macs");
  double standing = all_standing_of (self, self->parts->pdata[0]);
  g_autofree char *share = g_strdup_printf ("%.2f %%", percent (standing, self->total));
  g_autofree char *per_mac = g_strdup_printf ("%.4g pJ", macs > 0 ? self->total / macs : 0);

  fputs ("<dl class=\"facts\">\n", file);
  simdit_report_write_fact (file, "static", share, "share of leakage and clock");
  if (macs > 0)
    simdit_report_write_fact (file, "per multiply-accumulate", per_mac,
                              "all energy over the useful ones");
  if (has_area (components))
    {
      g_autofree char *area = g_strdup_printf (
          "%.4g mm2", simdit_report_named (components, SIMDIT_RESULT_TOTAL, "area_um2") * 1e-6);

      simdit_report_write_fact (file, "area", area, "of all components but DRAM");
    }
  fputs ("</dl>\n", file);
}

bool
simdit_report_write_energy (SimditReportJob *job, GError **error)
{
  const SimditResult *components = simdit_result_get_energy (job->layers, SIMDIT_ENERGY_COMPONENTS);
  Shares shares;

  (void) error;
  init (&shares, job);
  write_source (job);
  write_facts (&shares, components);
  simdit_report_write_legend (job->file, shares.series);
  fputs ("<ul class=\"legend\">\n", job->file);
  simdit_plot_legend_item (job->file, "hatched", "hatched: static, leakage and clock", "");
  fputs ("</ul>\n", job->file);
  write_part_bars (&shares);
  write_part_table (&shares);
  fputs ("<h3>Component by component</h3>\n", job->file);
  write_component_bars (&shares, components);
  write_component_table (job->file, components, shares.total);
  clear (&shares);
  return true;
}
