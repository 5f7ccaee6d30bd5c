/* The parts of an exploration's page that are text or cells: summary, tables, heat map. */
#include "report/plot.h"
#include "report/report-private.h"
#include "report/text.h"

#include <math.h>
#include <string.h>

#define CELL_HEIGHT 56 /* of the heat map */

static const SimditResult *
table_of (const SimditReportJob *job, SimditExplorationTable table)
{
  return simdit_exploration_get_table (job->exploration, table);
}

/* The lowest or highest value of a column. */
static double
extreme_of (const SimditResult *table, const char *column, bool highest)
{
  double extreme = simdit_report_named (table, 0, column);

  for (uint64_t i = 1; i < simdit_result_get_n_rows (table); i++)
    {
      double value = simdit_report_named (table, i, column);

      extreme = highest ? MAX (extreme, value) : MIN (extreme, value);
    }
  return extreme;
}

static const char *
unit_of (const SimditResult *table, const char *column)
{
  return simdit_result_get_column (table, simdit_result_find_column (table, column))->unit;
}

static void
write_count (FILE *file, const char *name, double value, const char *help)
{
  g_autofree char *text = simdit_report_count ((uint64_t) value);

  simdit_report_write_fact (file, name, text, help);
}

bool
simdit_report_write_explored (SimditReportJob *job, GError **error)
{
  const SimditResult *budgets = table_of (job, SIMDIT_EXPLORATION_BUDGETS);
  const char *unit = unit_of (budgets, "best_simulated");
  double designs = 0, left_out = 0;
  g_autofree char *si = simdit_report_si (extreme_of (budgets, "best_simulated", false));
  g_autofree char *best = g_strdup_printf ("%s %s", si, unit);

  (void) error;
  for (uint64_t i = 0; i < simdit_result_get_n_rows (budgets); i++)
    {
      designs += simdit_report_named (budgets, i, "designs");
      left_out += simdit_report_named (budgets, i, "left_out");
    }
  fputs ("<dl class=\"facts\">\n", job->file);
  simdit_report_write_fact (job->file, "objective",
                            simdit_exploration_get_objective (job->exploration),
                            "what is minimised");
  simdit_report_write_fact (job->file, "best", best, "of all budgets, as simulated");
  write_count (job->file, "pairs of budgets", (double) simdit_result_get_n_rows (budgets),
               "of SRAM and of bandwidth");
  write_count (job->file, "designs", designs, "of the grid, all pairs together");
  write_count (job->file, "left out", left_out, "a layer does not fit, or the area is too large");
  write_count (job->file, "Pareto front",
               (double) simdit_result_get_n_rows (table_of (job, SIMDIT_EXPLORATION_PARETO)),
               "designs that no other beats");
  fputs ("</dl>\n", job->file);
  return true;
}

bool
simdit_report_write_notes (SimditReportJob *job, GError **error)
{
  (void) error;
  fputs ("<ul>\n", job->file);
  for (guint i = 0; i < simdit_exploration_get_n_notes (job->exploration); i++)
    {
      fputs ("<li>", job->file);
      simdit_report_html (job->file, simdit_exploration_get_note (job->exploration, i));
      fputs ("</li>\n", job->file);
    }
  fputs ("</ul>\n", job->file);
  return true;
}

bool
simdit_report_write_designs (SimditReportJob *job, GError **error)
{
  (void) error;
  simdit_report_write_table (job->file, table_of (job, SIMDIT_EXPLORATION_DESIGNS), "design-table",
                             "table of designs", false);
  return true;
}

bool
simdit_report_write_sharing (SimditReportJob *job, GError **error)
{
  (void) error;
  simdit_report_write_table (job->file, table_of (job, SIMDIT_EXPLORATION_SHARING), "sharing-table",
                             "table of shared channels", false);
  return true;
}

/* ---- heat map ---- */

static gint
compare_uints (gconstpointer a, gconstpointer b)
{
  uint64_t x = *(const uint64_t *) a, y = *(const uint64_t *) b;

  return (x > y) - (x < y);
}

/* The different values of a column, ascending. */
static GArray *
values_of (const SimditResult *table, const char *name)
{
  GArray *values = g_array_new (FALSE, FALSE, sizeof (uint64_t));
  guint column = simdit_result_find_column (table, name), kept = 0;

  for (uint64_t i = 0; i < simdit_result_get_n_rows (table); i++)
    {
      uint64_t value = simdit_result_get_count (table, i, column);

      g_array_append_val (values, value);
    }
  g_array_sort (values, compare_uints);
  for (guint i = 0; i < values->len; i++)
    if (kept == 0
        || g_array_index (values, uint64_t, i) != g_array_index (values, uint64_t, kept - 1))
      g_array_index (values, uint64_t, kept++) = g_array_index (values, uint64_t, i);
  g_array_set_size (values, kept);
  return values;
}

static guint
place_of (const GArray *values, double value)
{
  guint i = 0;

  while ((double) g_array_index (values, uint64_t, i) < value)
    i++;
  return i;
}

/* The budgets and where their cells are. */
typedef struct
{
  const SimditResult *budgets;
  const GArray *sram, *bandwidth; /* of uint64_t */
  double width;                   /* [px] of a cell */
  double least, most;             /* of all cells */
} Heat;

static void
write_cell (FILE *file, const Heat *heat, uint64_t row)
{
  double value = simdit_report_named (heat->budgets, row, "best_simulated");
  double sram = simdit_report_named (heat->budgets, row, "sram_budget");
  double bandwidth = simdit_report_named (heat->budgets, row, "bandwidth_budget");
  double span = log (heat->most / heat->least);
  double share = span > 0 ? log (value / heat->least) / span : 0;
  double x = SIMDIT_PLOT_LEFT + heat->width * place_of (heat->bandwidth, bandwidth);
  double y = CELL_HEIGHT * (double) (heat->sram->len - 1 - place_of (heat->sram, sram));
  g_autofree char *text = simdit_report_si (value);

  fprintf (file,
           "<path class=\"heat\" fill-opacity=\"%.3f\" d=\"M%.1f %.1fh%.1fv%dh-%.1fz\">"
           "<title>%.0f KiB, %.0f bit/cycle: %.15g %s</title></path>\n",
           0.06 + 0.5 * share, x, y, heat->width - 2, CELL_HEIGHT - 2, heat->width - 2, sram,
           bandwidth, value, unit_of (heat->budgets, "best_simulated"));
  fprintf (file,
           "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>"
           "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%.2fx</text>\n",
           x + heat->width / 2, y + 24, text, x + heat->width / 2, y + 42, value / heat->least);
}

static void
write_heat_axes (FILE *file, const Heat *heat)
{
  double bottom = (double) (CELL_HEIGHT * heat->sram->len);

  for (guint i = 0; i < heat->bandwidth->len; i++)
    fprintf (file,
             "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%" G_GUINT64_FORMAT "</text>\n",
             SIMDIT_PLOT_LEFT + heat->width * (i + 0.5), bottom + 18,
             g_array_index (heat->bandwidth, uint64_t, i));
  for (guint i = 0; i < heat->sram->len; i++)
    fprintf (file, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%" G_GUINT64_FORMAT "</text>\n",
             SIMDIT_PLOT_LEFT - 8, bottom - CELL_HEIGHT * (i + 0.5) + 4,
             g_array_index (heat->sram, uint64_t, i));
  fprintf (file,
           "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">budget of bandwidth "
           "(bit/cycle)</text>\n"
           "<text text-anchor=\"middle\" transform=\"translate(16 %.1f) rotate(-90)\">SRAM "
           "(KiB)</text>\n",
           (SIMDIT_PLOT_LEFT + SIMDIT_PLOT_WIDTH) / 2.0, bottom + 40, bottom / 2);
}

static void
write_map (FILE *file, const Heat *heat, const char *objective)
{
  fprintf (file,
           "<div class=\"drawing\"><svg viewBox=\"0 0 %d %u\" role=\"img\">"
           "<title>The best of each pair of budgets: %s</title>\n",
           SIMDIT_PLOT_WIDTH, CELL_HEIGHT * heat->sram->len + 48, objective);
  for (uint64_t i = 0; i < simdit_result_get_n_rows (heat->budgets); i++)
    write_cell (file, heat, i);
  write_heat_axes (file, heat);
  fputs ("</svg></div>\n", file);
}

bool
simdit_report_write_heat (SimditReportJob *job, GError **error)
{
  const SimditResult *budgets = table_of (job, SIMDIT_EXPLORATION_BUDGETS);
  g_autoptr (GArray) sram = values_of (budgets, "sram_budget");
  g_autoptr (GArray) bandwidth = values_of (budgets, "bandwidth_budget");
  Heat heat = { .budgets = budgets,
                .sram = sram,
                .bandwidth = bandwidth,
                .width = (double) (SIMDIT_PLOT_WIDTH - SIMDIT_PLOT_LEFT) / bandwidth->len,
                .least = extreme_of (budgets, "best_simulated", false),
                .most = extreme_of (budgets, "best_simulated", true) };

  (void) error;
  if (simdit_result_get_n_rows (budgets) > 1)
    write_map (job->file, &heat, simdit_exploration_get_objective (job->exploration));
  simdit_report_write_table (job->file, budgets, "budget-table", "table of budgets", false);
  return true;
}
