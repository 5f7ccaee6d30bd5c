/* The parts of a report that are text: the summary, and the table of layers. */
#include "report/report-private.h"
#include "report/text.h"

#include <math.h>

/* ---- summary ---- */

void
simdit_report_write_fact (FILE *file, const char *name, const char *value, const char *help)
{
  fprintf (file, "<div><dt>%s</dt><dd>%s</dd><dd class=\"help\">%s</dd></div>\n", name, value,
           help);
}

G_GNUC_PRINTF (4, 5)
static void
number (FILE *file, const char *name, const char *help, const char *format, ...)
{
  g_autofree char *value = NULL;
  va_list arguments;

  va_start (arguments, format);
  value = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  simdit_report_write_fact (file, name, value, help);
}

/* Of a run whose energy was accounted. */
static void
write_energy_facts (const SimditReportJob *job)
{
  g_autofree char *energy = NULL;

  if (job->energy == NULL)
    return;
  energy = simdit_report_energy (
      simdit_report_named (job->energy, SIMDIT_RESULT_TOTAL, "total_pj"));
  number (job->file, "energy", "of all components", "%s", energy);
  number (job->file, "power", "energy over time", "%.4g W",
          simdit_report_named (job->energy, SIMDIT_RESULT_TOTAL, "power_mw") / 1000);
}

/* What the DRAM transferred: padding is part of tiles, but real DRAM is not asked for it. */
static void
write_traffic_facts (const SimditReportJob *job, double seconds)
{
  const SimditResult *memory = simdit_result_get_memory (job->layers);
  double bytes = memory != NULL
                     ? simdit_report_named (memory, SIMDIT_RESULT_TOTAL, "request_bytes")
                     : simdit_report_named (job->layers, SIMDIT_RESULT_TOTAL, "dram_bytes");
  g_autofree char *traffic = simdit_report_si (bytes);

  number (job->file, "DRAM traffic",
          memory != NULL ? "requests, in whole bursts, without padding" : "tiles, with padding",
          "%sB", traffic);
  number (job->file, "DRAM bandwidth", "traffic over time", "%.4g GB/s", bytes / seconds * 1e-9);
}

static double
sum_of_unit (const SimditResult *layers, const char *unit, const char *column)
{
  double sum = 0;

  for (uint64_t i = 0; i < simdit_result_get_n_rows (layers); i++)
    if (g_str_equal (simdit_report_text (layers, i, "unit"), unit))
      sum += simdit_report_named (layers, i, column);
  return sum;
}

bool
simdit_report_write_summary (SimditReportJob *job, GError **error)
{
  const SimditResult *layers = job->layers;
  double clock = (double) simdit_recording_get_clock_fs (job->recording);
  double cycles = (double) simdit_recording_get_cycles (job->recording);
  double all = MAX (cycles, 1), seconds = all * clock * 1e-15;
  double macs = simdit_report_named (layers, SIMDIT_RESULT_TOTAL, "macs");
  g_autofree char *count = simdit_report_count (simdit_recording_get_cycles (job->recording));
  g_autofree char *work = simdit_report_si (macs);

  (void) error;
  fputs ("<dl class=\"facts\">\n", job->file);
  number (job->file, "cycles", "of the whole run", "%s", count);
  number (job->file, "time", "cycles times the clock period", "%.4g ms", cycles * clock * 1e-12);
  number (job->file, "clock", "of the accelerator", "%.4g GHz", 1e6 / clock);
  number (job->file, "layers", "rows of the program", "%" G_GUINT64_FORMAT,
          simdit_result_get_n_rows (layers));
  number (job->file, "convolution and GEMM", "share of cycles of the PE array's layers", "%.2f %%",
          100 * sum_of_unit (layers, "pe_array", "total_cycles") / all);
  number (job->file, "stalls", "share of cycles in which the layer's unit waits", "%.2f %%",
          100 * simdit_report_named (layers, SIMDIT_RESULT_TOTAL, "stall_cycles") / all);
  number (job->file, "multiply-accumulates", "useful ones, channels not padded", "%sMAC", work);
  number (job->file, "PE utilization", "multiply-accumulates per PE and cycle of the run",
          "%.2f %%", 100 * macs / (job->limits.macs * all));
  write_traffic_facts (job, seconds);
  write_energy_facts (job);
  fputs ("</dl>\n", job->file);
  return true;
}

/* ---- layers ---- */

static const SimditColumn *
column_of (const SimditReportColumn *self)
{
  return simdit_result_get_column (self->table, self->column);
}

GArray *
simdit_report_columns (const SimditResult *table)
{
  GArray *columns = g_array_new (FALSE, FALSE, sizeof (SimditReportColumn));

  for (guint c = 0; c < simdit_result_get_n_columns (table); c++)
    {
      SimditReportColumn column = { table, c, simdit_result_get_column (table, c)->summary };

      g_array_append_val (columns, column);
    }
  return columns;
}

/* As in CSV: what comes after the columns that both tables have. */
GArray *
simdit_report_layer_columns (const SimditReportJob *job)
{
  static const char *const sums[] = { "total_pj", "power_mw", NULL };
  GArray *columns = simdit_report_columns (job->layers);

  if (job->energy == NULL)
    return columns;
  for (guint c = simdit_result_find_column (job->energy, "total_cycles") + 1;
       c < simdit_result_get_n_columns (job->energy); c++)
    {
      const char *name = simdit_result_get_column (job->energy, c)->name;
      SimditReportColumn column = { job->energy, c, g_strv_contains (sums, name) };

      g_array_append_val (columns, column);
    }
  return columns;
}

static void
write_heading (FILE *file, const SimditReportColumn *self)
{
  const SimditColumn *column = column_of (self);

  fprintf (file, "<th scope=\"col\"%s%s title=\"", self->summary ? "" : " class=\"more\"",
           column->type == SIMDIT_COLUMN_TEXT ? "" : " data-number");
  simdit_report_html (file, column->help);
  fprintf (file, "\">%s%s%s%s</th>\n", column->name, column->unit[0] != '\0' ? "<small>" : "",
           column->unit, column->unit[0] != '\0' ? "</small>" : "");
}

/* Nothing where there is no such figure. */
static void
write_amount (FILE *file, double value)
{
  if (!isnan (value))
    fprintf (file, value == floor (value) ? "%.0f" : "%.2f", value);
}

static void
write_ratio (FILE *file, double value)
{
  if (!isnan (value))
    fprintf (file, "%.4f", value);
}

static void
write_cell (FILE *file, const SimditReportColumn *self, uint64_t row, bool first)
{
  const SimditResult *table = self->table;
  SimditColumnType type = column_of (self)->type;
  bool total = row == SIMDIT_RESULT_TOTAL;

  fputs (self->summary ? "<td>" : "<td class=\"more\">", file);
  if (total && (type == SIMDIT_COLUMN_TEXT || type == SIMDIT_COLUMN_INDEX))
    fputs (first ? "total" : "", file);
  else if (type == SIMDIT_COLUMN_TEXT)
    simdit_report_html (file, simdit_result_get_text (table, row, self->column));
  else if (type == SIMDIT_COLUMN_AMOUNT)
    write_amount (file, simdit_result_get_number (table, row, self->column));
  else if (type == SIMDIT_COLUMN_RATIO)
    write_ratio (file, simdit_result_get_number (table, row, self->column));
  else
    fprintf (file, "%" G_GUINT64_FORMAT, simdit_result_get_count (table, row, self->column));
  fputs ("</td>", file);
}

static void
write_row (FILE *file, const GArray *columns, uint64_t row)
{
  fputs ("<tr>", file);
  for (guint c = 0; c < columns->len; c++)
    write_cell (file, &g_array_index (columns, SimditReportColumn, c), row, c == 0);
  fputs ("</tr>\n", file);
}

static void
write_definitions (FILE *file, const GArray *columns)
{
  fputs ("<details><summary>What the columns are</summary><dl class=\"columns\">\n", file);
  for (guint c = 0; c < columns->len; c++)
    {
      const SimditColumn *column = column_of (&g_array_index (columns, SimditReportColumn, c));

      fprintf (file, "<dt>%s%s%s</dt><dd>", column->name, column->unit[0] != '\0' ? " " : "",
               column->unit);
      simdit_report_html (file, column->help);
      fputs ("</dd>\n", file);
    }
  fputs ("</dl></details>\n", file);
}

static void
write_rows (FILE *file, const GArray *columns, bool total)
{
  uint64_t n = simdit_result_get_n_rows (g_array_index (columns, SimditReportColumn, 0).table);

  fputs ("<thead><tr>\n", file);
  for (guint c = 0; c < columns->len; c++)
    write_heading (file, &g_array_index (columns, SimditReportColumn, c));
  fputs ("</tr></thead>\n<tbody>\n", file);
  for (uint64_t row = 0; row < n; row++)
    write_row (file, columns, row);
  fputs ("</tbody>\n", file);
  if (total)
    {
      fputs ("<tfoot>\n", file);
      write_row (file, columns, SIMDIT_RESULT_TOTAL);
      fputs ("</tfoot>", file);
    }
}

void
simdit_report_begin_table (FILE *file, const char *id, const char *label)
{
  fprintf (file,
           "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"%s\">"
           "<table id=\"%s\">\n",
           label, id);
}

void
simdit_report_end_table (FILE *file)
{
  fputs ("</table></div>\n", file);
}

void
simdit_report_write_table (FILE *file, const SimditResult *table, const char *id, const char *label,
                           bool total)
{
  g_autoptr (GArray) columns = simdit_report_columns (table);

  simdit_report_begin_table (file, id, label);
  write_rows (file, columns, total);
  simdit_report_end_table (file);
  write_definitions (file, columns);
}

bool
simdit_report_write_layers (SimditReportJob *job, GError **error)
{
  g_autoptr (GArray) columns = simdit_report_layer_columns (job);

  (void) error;
  fputs ("<input type=\"checkbox\" id=\"all-columns\">"
         "<label for=\"all-columns\">all columns</label>\n",
         job->file);
  simdit_report_begin_table (job->file, "layer-table", "table of layers");
  write_rows (job->file, columns, true);
  simdit_report_end_table (job->file);
  write_definitions (job->file, columns);
  return true;
}
