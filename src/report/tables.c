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
  double bytes = simdit_report_named (layers, SIMDIT_RESULT_TOTAL, "dram_bytes");
  double macs = simdit_report_named (layers, SIMDIT_RESULT_TOTAL, "macs");
  g_autofree char *count = simdit_report_count (simdit_recording_get_cycles (job->recording));
  g_autofree char *traffic = simdit_report_si (bytes);
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
  number (job->file, "DRAM traffic", "all transfers", "%sB", traffic);
  number (job->file, "DRAM bandwidth", "traffic over time", "%.4g GB/s", bytes / seconds * 1e-9);
  fputs ("</dl>\n", job->file);
  return true;
}

/* ---- layers ---- */

static void
write_heading (FILE *file, const SimditColumn *column)
{
  fprintf (file, "<th scope=\"col\"%s%s title=\"", column->summary ? "" : " class=\"more\"",
           column->type == SIMDIT_COLUMN_TEXT ? "" : " data-number");
  simdit_report_html (file, column->help);
  fprintf (file, "\">%s%s%s%s</th>\n", column->name, column->unit[0] != '\0' ? "<small>" : "",
           column->unit, column->unit[0] != '\0' ? "</small>" : "");
}

static void
write_amount (FILE *file, double value)
{
  fprintf (file, value == floor (value) ? "%.0f" : "%.2f", value);
}

static void
write_cell (FILE *file, const SimditResult *table, uint64_t row, guint c)
{
  const SimditColumn *column = simdit_result_get_column (table, c);
  bool total = row == SIMDIT_RESULT_TOTAL;

  fputs (column->summary ? "<td>" : "<td class=\"more\">", file);
  if (total && (column->type == SIMDIT_COLUMN_TEXT || column->type == SIMDIT_COLUMN_INDEX))
    fputs (c == 0 ? "total" : "", file);
  else if (column->type == SIMDIT_COLUMN_TEXT)
    simdit_report_html (file, simdit_result_get_text (table, row, c));
  else if (column->type == SIMDIT_COLUMN_AMOUNT)
    write_amount (file, simdit_result_get_number (table, row, c));
  else if (column->type == SIMDIT_COLUMN_RATIO)
    fprintf (file, "%.4f", simdit_result_get_number (table, row, c));
  else
    fprintf (file, "%" G_GUINT64_FORMAT, simdit_result_get_count (table, row, c));
  fputs ("</td>", file);
}

static void
write_row (FILE *file, const SimditResult *table, uint64_t row)
{
  fputs ("<tr>", file);
  for (guint c = 0; c < simdit_result_get_n_columns (table); c++)
    write_cell (file, table, row, c);
  fputs ("</tr>\n", file);
}

static void
write_definitions (FILE *file, const SimditResult *table)
{
  fputs ("<details><summary>What the columns are</summary><dl class=\"columns\">\n", file);
  for (guint c = 0; c < simdit_result_get_n_columns (table); c++)
    {
      const SimditColumn *column = simdit_result_get_column (table, c);

      fprintf (file, "<dt>%s%s%s</dt><dd>", column->name, column->unit[0] != '\0' ? " " : "",
               column->unit);
      simdit_report_html (file, column->help);
      fputs ("</dd>\n", file);
    }
  fputs ("</dl></details>\n", file);
}

void
simdit_report_write_table (FILE *file, const SimditResult *table, const char *id, const char *label,
                           bool total)
{
  fprintf (file,
           "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"%s\">"
           "<table id=\"%s\">\n<thead><tr>\n",
           label, id);
  for (guint c = 0; c < simdit_result_get_n_columns (table); c++)
    write_heading (file, simdit_result_get_column (table, c));
  fputs ("</tr></thead>\n<tbody>\n", file);
  for (uint64_t row = 0; row < simdit_result_get_n_rows (table); row++)
    write_row (file, table, row);
  fputs ("</tbody>\n", file);
  if (total)
    {
      fputs ("<tfoot>\n", file);
      write_row (file, table, SIMDIT_RESULT_TOTAL);
      fputs ("</tfoot>", file);
    }
  fputs ("</table></div>\n", file);
  write_definitions (file, table);
}

bool
simdit_report_write_layers (SimditReportJob *job, GError **error)
{
  (void) error;
  fputs ("<input type=\"checkbox\" id=\"all-columns\">"
         "<label for=\"all-columns\">all columns</label>\n",
         job->file);
  simdit_report_write_table (job->file, job->layers, "layer-table", "table of layers", true);
  return true;
}
