/* Texts and numbers as HTML and JSON take them. */
#ifndef SIMDIT_REPORT_TEXT_H
#define SIMDIT_REPORT_TEXT_H

#include <glib.h>
#include <stdint.h>
#include <stdio.h>

/** simdit_report_html: @text, as it is, in an element or a quoted attribute. */
void simdit_report_html (FILE *file, const char *text);

/** simdit_report_json: @text as a string that may stand in a script element, too. */
void simdit_report_json (FILE *file, const char *text);

/** simdit_report_json_number: the shortest decimal that reads back as @value. */
void simdit_report_json_number (FILE *file, double value);

/** simdit_report_count: with a comma before each three digits; newly allocated. */
char *simdit_report_count (uint64_t value);

/* A unit of energy. */
typedef struct
{
  const char *name;
  double pj;
} SimditReportUnit;

/** simdit_report_energy_unit: the largest of which @pj is at least one, from pJ to kJ; static. */
const SimditReportUnit *simdit_report_energy_unit (double pj);

/** simdit_report_energy: four digits in that unit, "12.93 mJ"; newly allocated. */
char *simdit_report_energy (double pj);

/** simdit_report_si: three digits and a prefix, "4.11 M"; newly allocated. */
char *simdit_report_si (double value);

#endif
