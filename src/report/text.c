#include "report/text.h"

#include "base/json.h"

#include <math.h>
#include <string.h>

void
simdit_report_html (FILE *file, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  for (const char *c = valid; *c != '\0'; c++)
    switch (*c)
      {
      case '<':
        fputs ("&lt;", file);
        break;
      case '>':
        fputs ("&gt;", file);
        break;
      case '&':
        fputs ("&amp;", file);
        break;
      case '"':
        fputs ("&quot;", file);
        break;
      case '\'':
        fputs ("&#39;", file);
        break;
      default: /* control characters are not allowed in HTML */
        if ((unsigned char) *c < 0x20 || *c == 0x7f)
          fputs ("\357\277\275", file);
        else
          fputc (*c, file);
      }
}

void
simdit_report_json (FILE *file, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autofree char *quoted = simdit_json_string_text (valid);

  for (const char *c = quoted; *c != '\0'; c++)
    if (*c == '<') /* might be the end of the script */
      fputs ("\\u003c", file);
    else
      fputc (*c, file);
}

void
simdit_report_json_number (FILE *file, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  if (!isfinite (value))
    fputs ("null", file);
  else if (value == floor (value) && fabs (value) < 1e15)
    fprintf (file, "%.0f", value);
  else
    {
      g_ascii_formatd (text, sizeof text, "%.15g", value);
      if (g_ascii_strtod (text, NULL) != value)
        g_ascii_dtostr (text, sizeof text, value);
      fputs (text, file);
    }
}

char *
simdit_report_count (uint64_t value)
{
  g_autofree char *digits = g_strdup_printf ("%" G_GUINT64_FORMAT, value);
  gsize n = strlen (digits);
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < n; i++)
    {
      if (i > 0 && (n - i) % 3 == 0)
        g_string_append_c (text, ',');
      g_string_append_c (text, digits[i]);
    }
  return g_string_free (text, FALSE);
}

char *
simdit_report_si (double value)
{
  static const char *const prefixes[] = { "", " k", " M", " G", " T", " P" };
  guint i = 0;
  double scaled = value;

  while (fabs (scaled) >= 999.5 && i + 1 < G_N_ELEMENTS (prefixes))
    {
      scaled /= 1000;
      i++;
    }
  return g_strdup_printf ("%.3g%s", scaled, prefixes[i]);
}

const SimditReportUnit *
simdit_report_energy_unit (double pj)
{
  static const SimditReportUnit units[] = { { "pJ", 1 },   { "nJ", 1e3 }, { "uJ", 1e6 },
                                            { "mJ", 1e9 }, { "J", 1e12 }, { "kJ", 1e15 } };
  guint i = 0;

  while (i + 1 < G_N_ELEMENTS (units) && pj >= units[i + 1].pj)
    i++;
  return &units[i];
}

char *
simdit_report_energy (double pj)
{
  const SimditReportUnit *unit = simdit_report_energy_unit (pj);

  return g_strdup_printf ("%.4g %s", pj / unit->pj, unit->name);
}
