/* SRAM quantities between the points of a table. */
#include "energy/table.h"

#include <math.h>
#include <simdit/error.h>

/* A quantity at one capacity, or one width. */
typedef struct
{
  double x, y;
} Point;

static gint
compare_points (gconstpointer a, gconstpointer b)
{
  const Point *p = a, *q = b;

  return (p->x > q->x) - (p->x < q->x);
}

/* ln(y) linear in ln(x) between the two points nearest to @x; @points are sorted, two at least. */
static double
interpolate (const GArray *points, double x)
{
  guint i = 0;
  const Point *a, *b;

  while (i + 2 < points->len && g_array_index (points, Point, i + 1).x <= x)
    i++;
  a = &g_array_index (points, Point, i);
  b = &g_array_index (points, Point, i + 1);
  if (a->y <= 0 || b->y <= 0) /* then all are 0: it costs nothing */
    return 0;
  return a->y * exp (log (b->y / a->y) * log (x / a->x) / log (b->x / a->x));
}

static guint
quantity_index (const char *quantity)
{
  static const char *const names[] = { "read", "write", "leakage", "area" };
  guint i = 0;

  while (!g_str_equal (names[i], quantity))
    i++;
  return i;
}

/* The points of one width. */
static GArray *
points_of_width (const SimditEnergyTable *self, uint64_t width, guint quantity)
{
  GArray *points = g_array_new (FALSE, FALSE, sizeof (Point));
  const GArray *rows = self->parts[SIMDIT_ENERGY_SRAM];

  for (guint i = 0; i < rows->len; i++)
    {
      const SimditEnergyRow *row = &g_array_index (rows, SimditEnergyRow, i);
      Point point = { (double) row->key.numbers[0], row->values[quantity] };

      if (row->key.numbers[1] == width && !isnan (point.y))
        g_array_append_val (points, point);
    }
  g_array_sort (points, compare_points);
  return points;
}

static bool
has_width (const GArray *widths, uint64_t width)
{
  for (guint i = 0; i < widths->len; i++)
    if (g_array_index (widths, Point, i).x == (double) width)
      return true;
  return false;
}

/* By width: the quantity at @bytes, of widths with two capacities at least. */
static GArray *
points_at_capacity (const SimditEnergyTable *self, double bytes, guint quantity)
{
  GArray *widths = g_array_new (FALSE, FALSE, sizeof (Point));
  const GArray *rows = self->parts[SIMDIT_ENERGY_SRAM];

  for (guint i = 0; i < rows->len; i++)
    {
      uint64_t width = g_array_index (rows, SimditEnergyRow, i).key.numbers[1];
      g_autoptr (GArray) points = NULL;
      Point point = { (double) width, 0 };

      if (has_width (widths, width))
        continue;
      points = points_of_width (self, width, quantity);
      if (points->len < 2)
        continue;
      point.y = interpolate (points, bytes);
      g_array_append_val (widths, point);
    }
  g_array_sort (widths, compare_points);
  return widths;
}

bool
simdit_energy_table_get_sram (const SimditEnergyTable *self, double bits, uint64_t port_bits,
                              const char *quantity, double *value, GError **error)
{
  g_autoptr (GArray) widths = points_at_capacity (self, bits / 8, quantity_index (quantity));
  double width = (double) port_bits;

  *value = NAN;
  if (widths->len > 1)
    *value = interpolate (widths, width);
  else if (widths->len == 1)
    *value = g_array_index (widths, Point, 0).y * width / g_array_index (widths, Point, 0).x;
  if (!isnan (*value) || g_str_equal (quantity, "area"))
    return true;
  g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_INVALID,
               "%s: $.sram: expected \"%s\" of at least two capacities with one port_bits",
               self->file, quantity);
  return false;
}
