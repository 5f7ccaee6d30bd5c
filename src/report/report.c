/*
 * A run or an exploration as one HTML file: a table of sections, each of which writes its part of
 * the page; the data of the charts; and the page's own program and style sheet, which the build
 * embeds as a resource.
 */
#include "report/report-private.h"

#include "base/output.h"
#include "report/text.h"

#include <gio/gio.h>
#include <report-resources.h>

#define PREFIX "/simdit/report/"

static bool
has_energy (const SimditReportJob *job)
{
  return job->energy != NULL;
}

static bool
has_validation (const SimditReportJob *job)
{
  return job->validation != NULL;
}

/* Of a run. Pages have sections in this order. */
static const SimditReportSection run_sections[] = {
  { "summary", "Summary", "", NULL, simdit_report_write_summary },
  { "time", "Time by layer and cause",
    "Cycles of each layer, in program order: parts of computation, then what stalls are due to. "
    "They add up to all cycles.",
    NULL, simdit_report_write_time },
  { "shares", "Convolution and GEMM, and all else",
    "Cycles by unit (in training also by part of the iteration), with their share of the run.",
    NULL, simdit_report_write_shares },
  { "roofline", "Roofline",
    "Layers with multiply-accumulates: what they reach, over a layer's cycles, against what a "
    "byte of DRAM traffic (on real DRAM: of requests) brings. The roofs are the PEs, and what "
    "ports or DRAM can move.",
    NULL, simdit_report_write_roofline },
  { "traffic", "DRAM traffic by operand",
    "Bytes of the tiles that each layer loads and stores, padding included, which real DRAM does "
    "not transfer.",
    NULL, simdit_report_write_traffic },
  { "energy", "Energy by component",
    "Of the run and of its parts. Dynamic energy is that of events, static energy (leakage, clock) "
    "that of time.",
    has_energy, simdit_report_write_energy },
  { "layer-energy", "Energy by layer", "Energy of each layer, in program order, by component.",
    has_energy, simdit_report_write_layer_energy },
  { "timeline", "Timeline",
    "What each unit and port does: a column's shares are those of its cycles. Idle is left blank.",
    NULL, simdit_report_write_timeline },
  { "power", "Power over time", "Mean power in windows of equal length.", has_energy,
    simdit_report_write_power },
  { "validation", "Simulated and estimated cycles",
    "Each layer's cycles as simulated and by SimDIT's formulas (<code>simdit validate</code>).",
    has_validation, simdit_report_write_validation },
  { "layers", "Layers", "All results of each layer; a heading's text says what a column is.", NULL,
    simdit_report_write_layers },
};

static bool
has_notes (const SimditReportJob *job)
{
  return simdit_exploration_get_n_notes (job->exploration) > 0;
}

/* Of an exploration. */
static const SimditReportSection exploration_sections[] = {
  { "explored", "Summary", "", NULL, simdit_report_write_explored },
  { "notes", "Estimated and simulated ranks", "Where they differ.", has_notes,
    simdit_report_write_notes },
  { "heat", "Budgets",
    "What the best design reaches with each pair of budgets, as simulated, and how many times the "
    "lowest of all that is. The more, the stronger the colour.",
    NULL, simdit_report_write_heat },
  { "front", "Pareto front",
    "Designs that no other beats in cycles, SRAM and bandwidth (and energy, if it is known), as "
    "estimated.",
    NULL, simdit_report_write_front },
  { "parallel", "Designs in parallel coordinates",
    "For each pair of budgets the best designs and what they are compared with: a line is a "
    "design, and crosses each axis, which is logarithmic, at its value.",
    NULL, simdit_report_write_parallel },
  { "designs", "Designs", "The same as a table; a heading's text says what a column is.", NULL,
    simdit_report_write_designs },
  { "sharing", "One shared channel",
    "The ports share one channel as wide as the budget; and SRAM divided anew for each layer.",
    NULL, simdit_report_write_sharing },
};

/* A file of the build; false: it was built without it. */
static bool
write_resource (FILE *file, const char *name)
{
  g_autofree char *path = g_strconcat (PREFIX, name, NULL);
  g_autoptr (GBytes) bytes = g_resource_lookup_data (simdit_report_get_resource (), path,
                                                     G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

  if (bytes == NULL)
    return false;
  fwrite (g_bytes_get_data (bytes, NULL), 1, g_bytes_get_size (bytes), file);
  return true;
}

bool
simdit_report_is_interactive (void)
{
  return g_resource_get_info (simdit_report_get_resource (), PREFIX "uPlot.iife.min.js",
                              G_RESOURCE_LOOKUP_FLAGS_NONE, NULL, NULL, NULL);
}

/* What is written: the sections, and whose they are. */
typedef struct
{
  const char *title;                   /* as it is */
  const SimditReportSection *sections; /* static */
  gsize n_sections;
} Page;

static bool
is_there (const SimditReportSection *section, const SimditReportJob *job)
{
  return section->is_there == NULL || section->is_there (job);
}

static void
write_head (const SimditReportJob *job, const Page *page)
{
  fputs ("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta name=\"color-scheme\" content=\"light dark\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
         "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
         "<title>",
         job->file);
  simdit_report_html (job->file, page->title);
  fputs ("</title>\n<style>\n", job->file);
  write_resource (job->file, "uPlot.min.css");
  write_resource (job->file, "page.css");
  fputs ("</style></head>\n<body><header><h1>", job->file);
  simdit_report_html (job->file, page->title);
  fputs ("</h1>\n<nav>", job->file);
  for (gsize i = 0; i < page->n_sections; i++)
    if (is_there (&page->sections[i], job))
      fprintf (job->file, "<a href=\"#%s\">%s</a>\n", page->sections[i].id,
               page->sections[i].title);
  fputs ("</nav></header>\n<main>\n", job->file);
}

static bool
write_sections (SimditReportJob *job, const Page *page, GError **error)
{
  for (gsize i = 0; i < page->n_sections; i++)
    {
      const SimditReportSection *section = &page->sections[i];

      if (!is_there (section, job))
        continue;
      fprintf (job->file, "<section id=\"%s\"><h2>%s</h2>\n<p>%s</p>\n", section->id,
               section->title, section->help);
      if (!section->write (job, error))
        return false;
      fputs ("</section>\n", job->file);
    }
  return true;
}

static bool
write_scripts (SimditReportJob *job, GError **error)
{
  static const char *const ours[] = { "page.js", "charts.js", "timeline.js", "power.js",
                                      "start.js" };

  fputs ("<script type=\"application/json\" id=\"data\">\n", job->file);
  if (!simdit_report_write_data (job, error))
    return false;
  fputs ("</script>\n", job->file);
  if (simdit_report_is_interactive ())
    {
      fputs ("<details class=\"licence\"><summary>Licence of the charts' library, uPlot</summary>"
             "<pre>",
             job->file);
      write_resource (job->file, "uPlot.LICENSE");
      fputs ("</pre></details>\n<script>\n", job->file);
      write_resource (job->file, "uPlot.iife.min.js");
      fputs ("</script>\n", job->file);
    }
  fputs ("<script>\n\"use strict\";\n", job->file);
  for (gsize i = 0; i < G_N_ELEMENTS (ours); i++)
    write_resource (job->file, ours[i]);
  fputs ("</script>\n", job->file);
  return true;
}

/* A page without layers has nothing that a program would do. */
static bool
write_page (SimditReportJob *job, const Page *page, const char *path, GError **error)
{
  g_autoptr (SimditOutput) output = simdit_output_new (path, error);

  if (output == NULL)
    return false;
  job->file = simdit_output_file (output);
  write_head (job, page);
  if (!write_sections (job, page, error) || (job->layers != NULL && !write_scripts (job, error)))
    return false;
  fputs ("</main></body></html>\n", job->file);
  return simdit_output_finish (output, error);
}

bool
simdit_report_write (SimditRecording *recording, const char *path, GError **error)
{
  g_autoptr (SimditResult) layers = NULL;
  g_autoptr (SimditEnergyTable) table = NULL;
  g_autoptr (SimditResult) validation = NULL;
  SimditReportJob job = { .recording = recording };
  Page page = { simdit_recording_get_title (recording), run_sections, G_N_ELEMENTS (run_sections) };

  if ((layers = simdit_recording_read_layers (recording, error)) == NULL
      || !simdit_recording_read_energy_table (recording, &table, error)
      || !simdit_recording_read_validation (recording, &validation, error)
      || !simdit_recording_read_limits (recording, &job.limits, error))
    return false;
  job.layers = layers;
  job.energy = simdit_result_get_energy (layers, SIMDIT_ENERGY_LAYERS);
  job.energy_table = table;
  job.validation = validation;
  return write_page (&job, &page, path, error);
}

bool
simdit_report_write_exploration (const SimditExploration *exploration, const char *path,
                                 GError **error)
{
  SimditReportJob job = { .exploration = exploration };
  Page page = { simdit_exploration_get_title (exploration), exploration_sections,
                G_N_ELEMENTS (exploration_sections) };

  return write_page (&job, &page, path, error);
}
