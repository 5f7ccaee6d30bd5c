#include "cli/cli.h"

#include <string.h>

static void
free_row (gpointer row)
{
  g_strfreev (row);
}

CliTable *
cli_table_new (void)
{
  CliTable *self = g_new (CliTable, 1);

  self->columns = g_array_new (FALSE, FALSE, sizeof (CliColumn));
  self->rows = g_ptr_array_new_with_free_func (free_row);
  return self;
}

void
cli_table_free (CliTable *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->columns);
  g_ptr_array_unref (self->rows);
  g_free (self);
}

void
cli_table_add_column (CliTable *self, const char *name, bool numeric, bool summary)
{
  CliColumn column = { name, numeric, summary };

  g_array_append_val (self->columns, column);
}

char **
cli_table_add_row (CliTable *self)
{
  char **row = g_new0 (char *, self->columns->len + 1);

  g_ptr_array_add (self->rows, row);
  return row;
}

static const CliColumn *
column_at (const CliTable *self, guint c)
{
  return &g_array_index (self->columns, CliColumn, c);
}

static const char *
cell_at (const CliTable *self, guint row, guint c)
{
  return ((char **) g_ptr_array_index (self->rows, row))[c];
}

static void
append_padded (GString *out, const char *text, glong width, bool right)
{
  glong pad = width - g_utf8_strlen (text, -1);

  for (; right && pad > 0; pad--)
    g_string_append_c (out, ' ');
  g_string_append (out, text);
  for (; pad > 0; pad--)
    g_string_append_c (out, ' ');
}

static void
append_line (const CliTable *self, const glong *widths, guint row, bool header, GString *out)
{
  for (guint c = 0; c < self->columns->len; c++)
    {
      const CliColumn *column = column_at (self, c);

      if (!column->summary)
        continue;
      if (c > 0)
        g_string_append (out, "  ");
      append_padded (out, header ? column->name : cell_at (self, row, c), widths[c],
                     column->numeric);
    }
  while (out->len > 0 && out->str[out->len - 1] == ' ')
    g_string_truncate (out, out->len - 1);
  g_string_append_c (out, '\n');
}

void
cli_table_print (const CliTable *self, bool last_is_total, GString *out)
{
  g_autofree glong *widths = g_new0 (glong, self->columns->len);
  glong line = -2;

  for (guint c = 0; c < self->columns->len; c++)
    {
      widths[c] = g_utf8_strlen (column_at (self, c)->name, -1);
      for (guint r = 0; r < self->rows->len; r++)
        widths[c] = MAX (widths[c], g_utf8_strlen (cell_at (self, r, c), -1));
      if (column_at (self, c)->summary)
        line += widths[c] + 2;
    }
  append_line (self, widths, 0, true, out);
  for (guint r = 0; r < self->rows->len; r++)
    {
      for (glong i = 0; last_is_total && r + 1 == self->rows->len && i < line; i++)
        g_string_append_c (out, '-');
      if (last_is_total && r + 1 == self->rows->len)
        g_string_append_c (out, '\n');
      append_line (self, widths, r, false, out);
    }
}

static void
append_csv_cell (GString *out, const char *text)
{
  if (strpbrk (text, ",\"\r\n") == NULL)
    {
      g_string_append (out, text);
      return;
    }
  g_string_append_c (out, '"');
  for (; *text != '\0'; text++)
    {
      if (*text == '"')
        g_string_append_c (out, '"');
      g_string_append_c (out, *text);
    }
  g_string_append_c (out, '"');
}

void
cli_table_print_csv (const CliTable *self, GString *out)
{
  for (guint c = 0; c < self->columns->len; c++)
    g_string_append_printf (out, "%s%s", c > 0 ? "," : "", column_at (self, c)->name);
  g_string_append_c (out, '\n');
  for (guint r = 0; r < self->rows->len; r++)
    {
      for (guint c = 0; c < self->columns->len; c++)
        {
          if (c > 0)
            g_string_append_c (out, ',');
          append_csv_cell (out, cell_at (self, r, c));
        }
      g_string_append_c (out, '\n');
    }
}

void
cli_append_json_string (GString *out, const char *text)
{
  g_string_append_c (out, '"');
  for (; *text != '\0'; text++)
    if (*text == '"' || *text == '\\')
      g_string_append_printf (out, "\\%c", *text);
    else if ((unsigned char) *text < 0x20)
      g_string_append_printf (out, "\\u%04x", (unsigned) *text);
    else
      g_string_append_c (out, *text);
  g_string_append_c (out, '"');
}

void
cli_table_print_json_row (const CliTable *self, guint row, GString *out)
{
  g_string_append_c (out, '{');
  for (guint c = 0; c < self->columns->len; c++)
    {
      const CliColumn *column = column_at (self, c);

      g_string_append_printf (out, "%s\"%s\": ", c > 0 ? ", " : "", column->name);
      if (column->numeric)
        g_string_append (out, *cell_at (self, row, c) != '\0' ? cell_at (self, row, c) : "null");
      else
        cli_append_json_string (out, cell_at (self, row, c));
    }
  g_string_append_c (out, '}');
}

void
cli_table_print_as (const CliTable *self, CliFormat form, GString *out)
{
  if (form == CLI_FORMAT_TABLE)
    cli_table_print (self, false, out);
  else if (form == CLI_FORMAT_CSV)
    cli_table_print_csv (self, out);
  else
    {
      g_string_append (out, "[\n");
      for (guint i = 0; i < self->rows->len; i++)
        {
          g_string_append (out, "  ");
          cli_table_print_json_row (self, i, out);
          g_string_append (out, i + 1 < self->rows->len ? ",\n" : "\n");
        }
      g_string_append (out, "]\n");
    }
}
