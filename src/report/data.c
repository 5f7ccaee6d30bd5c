/* Everything that the page's program draws, as one JSON object. */
#include "report/report-private.h"
#include "report/text.h"

static void
write_columns (FILE *file, const SimditResult *table)
{
  for (guint c = 0; c < simdit_result_get_n_columns (table); c++)
    {
      const SimditColumn *column = simdit_result_get_column (table, c);

      fprintf (file, "%s{\"name\":\"%s\",\"unit\":\"%s\",\"text\":%s,\"help\":", c > 0 ? ",\n" : "",
               column->name, column->unit, column->type == SIMDIT_COLUMN_TEXT ? "true" : "false");
      simdit_report_json (file, column->help);
      fputc ('}', file);
    }
}

static void
write_cell (FILE *file, const SimditResult *table, uint64_t row, guint column)
{
  switch (simdit_result_get_column (table, column)->type)
    {
    case SIMDIT_COLUMN_TEXT:
      simdit_report_json (file, simdit_result_get_text (table, row, column));
      break;
    case SIMDIT_COLUMN_INDEX:
    case SIMDIT_COLUMN_COUNT:
      fprintf (file, "%" G_GUINT64_FORMAT, simdit_result_get_count (table, row, column));
      break;
    default:
      simdit_report_json_number (file, simdit_result_get_number (table, row, column));
    }
}

static void
write_table (FILE *file, const SimditResult *table)
{
  fputs ("{\"columns\":[", file);
  write_columns (file, table);
  fputs ("],\n\"rows\":[", file);
  for (uint64_t row = 0; row < simdit_result_get_n_rows (table); row++)
    {
      fputs (row > 0 ? ",\n[" : "[", file);
      for (guint c = 0; c < simdit_result_get_n_columns (table); c++)
        {
          fputs (c > 0 ? "," : "", file);
          write_cell (file, table, row, c);
        }
      fputc (']', file);
    }
  fputs ("]}", file);
}

static void
write_series (FILE *file, GPtrArray *all, const char *name)
{
  fprintf (file, ",\n\"%s\":[", name);
  for (guint i = 0; i < all->len; i++)
    {
      const SimditReportSeries *series = all->pdata[i];

      fprintf (file, "%s{\"slot\":\"%s\",\"label\":", i > 0 ? "," : "", series->slot);
      simdit_report_json (file, series->label);
      fputs (",\"columns\":[", file);
      for (guint k = 0; k < series->columns->len; k++)
        fprintf (file, "%s%u", k > 0 ? "," : "", g_array_index (series->columns, guint, k));
      fputs ("]}", file);
    }
  fputc (']', file);
  g_ptr_array_unref (all);
}

bool
simdit_report_write_data (SimditReportJob *job, GError **error)
{
  FILE *file = job->file;

  fprintf (file, "{\"cycles\":%" G_GUINT64_FORMAT ",\n\"layers\":",
           simdit_recording_get_cycles (job->recording));
  write_table (file, job->layers);
  write_series (file, simdit_report_time_series (job->layers), "time");
  write_series (file, simdit_report_traffic_series (job->layers), "traffic");
  fputs (",\n\"limits\":{\"macs\":", file);
  simdit_report_json_number (file, job->limits.macs);
  fputs (",\"port_bytes\":", file);
  simdit_report_json_number (file, job->limits.port_bytes);
  fputs (",\"dram_bytes\":", file);
  simdit_report_json_number (file, job->limits.dram_bytes);
  fputs ("},\n\"timeline\":", file);
  if (!simdit_report_write_timeline_data (job, error))
    return false;
  if (job->validation != NULL)
    {
      fputs (",\n\"validation\":", file);
      write_table (file, job->validation);
    }
  fputs ("}\n", file);
  return true;
}
