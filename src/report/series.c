/* Which columns the stacked bars are made of, and in which colours. */
#include "report/report-private.h"

#include <string.h>

double
simdit_report_cell (const SimditResult *table, uint64_t row, guint column)
{
  switch (simdit_result_get_column (table, column)->type)
    {
    case SIMDIT_COLUMN_INDEX:
    case SIMDIT_COLUMN_COUNT:
      return (double) simdit_result_get_count (table, row, column);
    case SIMDIT_COLUMN_RATIO:
    case SIMDIT_COLUMN_AMOUNT:
      return simdit_result_get_number (table, row, column);
    default:
      return 0;
    }
}

double
simdit_report_named (const SimditResult *table, uint64_t row, const char *name)
{
  return simdit_report_cell (table, row, simdit_result_find_column (table, name));
}

const char *
simdit_report_text (const SimditResult *table, uint64_t row, const char *name)
{
  return simdit_result_get_text (table, row, simdit_result_find_column (table, name));
}

static void
series_free (gpointer data)
{
  SimditReportSeries *self = data;

  g_free (self->label);
  g_array_unref (self->columns);
  g_free (self);
}

static SimditReportSeries *
series_add (GPtrArray *all, const char *label, const char *help, const char *slot)
{
  SimditReportSeries *self = g_new0 (SimditReportSeries, 1);

  self->label = g_strdup (label);
  g_strdelimit (self->label, "_", ' ');
  self->help = help;
  g_strlcpy (self->slot, slot, sizeof self->slot);
  self->columns = g_array_new (FALSE, FALSE, sizeof (guint));
  g_ptr_array_add (all, self);
  return self;
}

double
simdit_report_series_value (const SimditReportSeries *self, const SimditResult *layers,
                            uint64_t row)
{
  double sum = 0;

  for (guint i = 0; i < self->columns->len; i++)
    sum += simdit_report_cell (layers, row, g_array_index (self->columns, guint, i));
  return sum;
}

/* How many parts of a kind have a colour of their own; the colours that can be told apart are few.
 */
#define N_COMPUTE 3
#define N_STALLS 4

static gint
compare_totals (gconstpointer a, gconstpointer b, gpointer data)
{
  const SimditResult *layers = data;
  guint i = *(const guint *) a, k = *(const guint *) b;
  double x = simdit_report_cell (layers, SIMDIT_RESULT_TOTAL, i);
  double y = simdit_report_cell (layers, SIMDIT_RESULT_TOTAL, k);

  if (x != y)
    return x < y ? 1 : -1;
  return (i > k) - (i < k);
}

/* The parts of the cycles that are not 0, computation or stalls, the largest first. */
static GArray *
sorted_parts (const SimditResult *layers, bool stalls)
{
  GArray *parts = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint c = 0; c < simdit_result_get_n_columns (layers); c++)
    {
      const SimditColumn *column = simdit_result_get_column (layers, c);

      if (simdit_column_is_part_of_cycles (column)
          && g_str_has_prefix (column->name, "stall_") == stalls
          && simdit_report_cell (layers, SIMDIT_RESULT_TOTAL, c) > 0)
        g_array_append_val (parts, c);
    }
  g_array_sort_with_data (parts, compare_totals, (gpointer) (uintptr_t) layers);
  return parts;
}

/* The first @n of @parts get a series each; the others go to @rest. */
static void
add_parts (GPtrArray *all, const SimditResult *layers, const GArray *parts, guint n, GArray *rest)
{
  for (guint i = 0; i < parts->len; i++)
    {
      guint c = g_array_index (parts, guint, i);
      const SimditColumn *column = simdit_result_get_column (layers, c);
      bool stall = g_str_has_prefix (column->name, "stall_");
      g_autofree char *label = g_str_has_suffix (column->name, "_cycles")
                                   ? g_strndup (column->name, strlen (column->name) - 7)
                                   : g_strdup (column->name);
      g_autofree char *slot = g_strdup_printf ("%s%u", stall ? "stall" : "compute", i + 1);

      if (i < n)
        g_array_append_val (series_add (all, label, column->help, slot)->columns, c);
      else
        g_array_append_val (rest, c);
    }
}

GPtrArray *
simdit_report_time_series (const SimditResult *layers)
{
  GPtrArray *all = g_ptr_array_new_with_free_func (series_free);
  g_autoptr (GArray) compute = sorted_parts (layers, false);
  g_autoptr (GArray) stalls = sorted_parts (layers, true);
  g_autoptr (GArray) rest = g_array_new (FALSE, FALSE, sizeof (guint));

  add_parts (all, layers, compute, N_COMPUTE, rest);
  add_parts (all, layers, stalls, N_STALLS, rest);
  if (rest->len > 0)
    g_array_append_vals (series_add (all, "other", "all smaller parts", "other")->columns,
                         rest->data, rest->len);
  return all;
}

GPtrArray *
simdit_report_traffic_series (const SimditResult *layers)
{
  static const char *const names[][2] = {
    { "weight_bytes", "compute1" },   { "ifmap_bytes", "compute2" },
    { "ofmap_bytes", "compute3" },    { "psum_load_bytes", "stall1" },
    { "psum_store_bytes", "stall2" }, { "bias_bytes", "stall3" }
  };
  GPtrArray *all = g_ptr_array_new_with_free_func (series_free);

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      guint c = simdit_result_find_column (layers, names[i][0]);
      g_autofree char *label = g_strndup (names[i][0], strlen (names[i][0]) - 6);

      if (simdit_report_cell (layers, SIMDIT_RESULT_TOTAL, c) > 0)
        g_array_append_val (
            series_add (all, label, simdit_result_get_column (layers, c)->help, names[i][1])
                ->columns,
            c);
    }
  return all;
}

/* A colour and an explanation for each group of components. */
static const char *const energy_groups[][3] = {
  { "PEs", "compute1", "multiply-accumulates, registers, leakage and clock of the PEs" },
  { "SIMD", "compute2", "the same of the SIMD array's lanes" },
  { "SRAM", "compute3", "accesses, leakage and clock of all buffers and memories" },
  { "AXI", "stall1", "what the ports move, leakage and clock" },
  { "DRAM", "stall2", "what is moved, and commands where it is a real one" }
};

GPtrArray *
simdit_report_energy_series (const SimditResult *energy)
{
  GPtrArray *all = g_ptr_array_new_with_free_func (series_free);

  for (gsize i = 0; i < G_N_ELEMENTS (energy_groups); i++)
    {
      const char *const *group = energy_groups[i];
      SimditReportSeries *series = series_add (all, group[0], group[2], group[1]);

      for (guint c = 0; c < simdit_result_get_n_columns (energy); c++)
        if (g_strcmp0 (simdit_energy_group (simdit_result_get_column (energy, c)->name), group[0])
            == 0)
          g_array_append_val (series->columns, c);
    }
  return all;
}

const SimditReportUnit *
simdit_report_layer_energy_unit (const SimditResult *energy)
{
  double most = 0;

  for (uint64_t i = 0; i < simdit_result_get_n_rows (energy); i++)
    most = MAX (most, simdit_report_named (energy, i, "total_pj"));
  return simdit_report_energy_unit (most);
}

GArray *
simdit_report_moved_bytes (const SimditResult *layers)
{
  const SimditResult *memory = simdit_result_get_memory (layers);
  guint n = (guint) simdit_result_get_n_rows (layers);
  GArray *bytes = g_array_sized_new (FALSE, TRUE, sizeof (double), n);

  g_array_set_size (bytes, n);
  if (memory == NULL)
    for (guint i = 0; i < n; i++)
      g_array_index (bytes, double, i) = simdit_report_named (layers, i, "dram_bytes");
  for (uint64_t i = 0; memory != NULL && i < simdit_result_get_n_rows (memory); i++)
    {
      double layer = simdit_report_named (memory, i, "layer");

      if (layer < n)
        g_array_index (bytes, double, (guint) layer) += simdit_report_named (memory, i,
                                                                             "request_bytes");
    }
  return bytes;
}
