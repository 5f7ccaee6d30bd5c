/* Everything that the page's program draws, as one JSON object. */
#include "report/report-private.h"
#include "report/text.h"

static void
write_columns (FILE *file, const GArray *columns)
{
  for (guint c = 0; c < columns->len; c++)
    {
      const SimditReportColumn *self = &g_array_index (columns, SimditReportColumn, c);
      const SimditColumn *column = simdit_result_get_column (self->table, self->column);

      fprintf (file, "%s{\"name\":\"%s\",\"unit\":\"%s\",\"text\":%s,\"help\":", c > 0 ? ",\n" : "",
               column->name, column->unit, column->type == SIMDIT_COLUMN_TEXT ? "true" : "false");
      simdit_report_json (file, column->help);
      fputc ('}', file);
    }
}

static void
write_cell (FILE *file, const SimditReportColumn *self, uint64_t row)
{
  const SimditResult *table = self->table;
  guint column = self->column;

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
write_table (FILE *file, const GArray *columns)
{
  uint64_t n = simdit_result_get_n_rows (g_array_index (columns, SimditReportColumn, 0).table);

  fputs ("{\"columns\":[", file);
  write_columns (file, columns);
  fputs ("],\n\"rows\":[", file);
  for (uint64_t row = 0; row < n; row++)
    {
      fputs (row > 0 ? ",\n[" : "[", file);
      for (guint c = 0; c < columns->len; c++)
        {
          fputs (c > 0 ? "," : "", file);
          write_cell (file, &g_array_index (columns, SimditReportColumn, c), row);
        }
      fputc (']', file);
    }
  fputs ("]}", file);
}

/* The number of the column of @table among @columns. */
static guint
place_of (const GArray *columns, const SimditResult *table, guint column)
{
  for (guint i = 0; i < columns->len; i++)
    {
      const SimditReportColumn *one = &g_array_index (columns, SimditReportColumn, i);

      if (one->table == table && one->column == column)
        return i;
    }
  g_return_val_if_reached (0);
}

/* What bars are made of: @all, of columns of @table, which are among @columns. */
static void
write_series (FILE *file, const char *name, const GPtrArray *all, const SimditResult *table,
              const GArray *columns)
{
  fprintf (file, ",\n\"%s\":[", name);
  for (guint i = 0; i < all->len; i++)
    {
      const SimditReportSeries *series = all->pdata[i];

      fprintf (file, "%s{\"slot\":\"%s\",\"label\":", i > 0 ? "," : "", series->slot);
      simdit_report_json (file, series->label);
      fputs (",\"columns\":[", file);
      for (guint k = 0; k < series->columns->len; k++)
        fprintf (file, "%s%u", k > 0 ? "," : "",
                 place_of (columns, table, g_array_index (series->columns, guint, k)));
      fputs ("]}", file);
    }
  fputc (']', file);
}

static void
write_layers (SimditReportJob *job)
{
  g_autoptr (GArray) columns = simdit_report_layer_columns (job);
  g_autoptr (GPtrArray) time = simdit_report_time_series (job->layers);
  g_autoptr (GPtrArray) traffic = simdit_report_traffic_series (job->layers);
  g_autoptr (GPtrArray) energy = NULL;
  const SimditReportUnit *unit;

  fputs ("\"layers\":", job->file);
  write_table (job->file, columns);
  write_series (job->file, "time", time, job->layers, columns);
  write_series (job->file, "traffic", traffic, job->layers, columns);
  if (job->energy == NULL)
    return;
  energy = simdit_report_energy_series (job->energy);
  write_series (job->file, "energy", energy, job->energy, columns);
  unit = simdit_report_layer_energy_unit (job->energy);
  fprintf (job->file, ",\n\"energy_unit\":{\"name\":\"%s\",\"pj\":%.0f},\n\"power\":", unit->name,
           unit->pj);
  simdit_report_write_power_data (job);
}

static void
write_moved_bytes (const SimditReportJob *job)
{
  g_autoptr (GArray) moved = simdit_report_moved_bytes (job->layers);

  fputs (",\n\"moved_bytes\":[", job->file);
  for (guint i = 0; i < moved->len; i++)
    {
      fputs (i > 0 ? "," : "", job->file);
      simdit_report_json_number (job->file, g_array_index (moved, double, i));
    }
  fputc (']', job->file);
}

bool
simdit_report_write_data (SimditReportJob *job, GError **error)
{
  FILE *file = job->file;

  fprintf (file, "{\"cycles\":%" G_GUINT64_FORMAT ",\n",
           simdit_recording_get_cycles (job->recording));
  write_layers (job);
  write_moved_bytes (job);
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
      g_autoptr (GArray) columns = simdit_report_columns (job->validation);

      fputs (",\n\"validation\":", file);
      write_table (file, columns);
    }
  fputs ("}\n", file);
  return true;
}
