/*
 * What the parts of a report share: the run or exploration, the page that is being written, and
 * which series the stacked bars have. Every part is written as a stream.
 */
#ifndef SIMDIT_REPORT_REPORT_PRIVATE_H
#define SIMDIT_REPORT_REPORT_PRIVATE_H

#include "report/text.h"

#include <simdit/report.h>
#include <stdio.h>

/* Borrowed by all parts: of a run, or of an exploration. */
typedef struct
{
  const SimditExploration *exploration; /* NULL: of a run, which has the following */
  SimditRecording *recording;
  const SimditResult *layers;
  const SimditResult *energy;            /* of the layers; NULL: it was not accounted */
  const SimditEnergyTable *energy_table; /* NULL: likewise */
  const SimditResult *validation;        /* NULL: the file has none */
  SimditLimits limits;
  FILE *file;
} SimditReportJob;

/* A part of the page. A new one is a row in report.c. */
typedef struct
{
  const char *id, *title;
  const char *help;                           /* what is shown, in HTML */
  bool (*is_there) (const SimditReportJob *); /* NULL: always */
  bool (*write) (SimditReportJob *job, GError **error);
} SimditReportSection;

/* Columns of the layers that a chart adds up under one name. */
typedef struct
{
  char *label;      /* owned */
  const char *help; /* static */
  char slot[12];    /* its colour: CSS variable --SLOT, class SLOT */
  GArray *columns;  /* owned, of guint */
} SimditReportSeries;

/** simdit_report_time_series, simdit_report_traffic_series: the first is at the bottom; of
 * SimditReportSeries; transfer full. */
GPtrArray *simdit_report_time_series (const SimditResult *layers);
GPtrArray *simdit_report_traffic_series (const SimditResult *layers);
/** simdit_report_energy_series: the same of groups of components; @energy: of layers, of phases or
 * over time. */
GPtrArray *simdit_report_energy_series (const SimditResult *energy);
/** simdit_report_layer_energy_unit: for the layer that takes most. */
const SimditReportUnit *simdit_report_layer_energy_unit (const SimditResult *energy);

/** simdit_report_write_legend: of SimditReportSeries. */
void simdit_report_write_legend (FILE *file, const GPtrArray *series);

/** simdit_report_series_value: of a layer, or SIMDIT_RESULT_TOTAL. */
double simdit_report_series_value (const SimditReportSeries *self, const SimditResult *layers,
                                   uint64_t row);

/**
 * simdit_report_moved_bytes: what the DRAM transfers for each layer: on real DRAM the bytes of the
 * requests, on other DRAM those of the tiles; of double; transfer full.
 */
GArray *simdit_report_moved_bytes (const SimditResult *layers);

/* Layers of one unit, or of one unit and phase. */
typedef struct
{
  const char *unit, *phase; /* borrowed; phase NULL: of all phases */
  char *title;              /* owned */
  GArray *rows;             /* owned, of uint64_t */
  double cycles;
} SimditReportGroup;

/** simdit_report_groups: those with cycles: by unit, then also by phase where that says more; of
 * SimditReportGroup; transfer full. */
GPtrArray *simdit_report_groups (const SimditResult *layers);

/** simdit_report_group_value: sum over layers; @table: has a row for each. */
double simdit_report_group_value (const SimditReportGroup *self, const SimditReportSeries *series,
                                  const SimditResult *table);

/** simdit_report_cell: a value of a table as a number; 0: a text. */
double simdit_report_cell (const SimditResult *table, uint64_t row, guint column);
/** simdit_report_named: the same of the column called @name. */
double simdit_report_named (const SimditResult *table, uint64_t row, const char *name);
/** simdit_report_text: of a TEXT column called @name; owned by @table. */
const char *simdit_report_text (const SimditResult *table, uint64_t row, const char *name);

/* What a unit or port does, as far as the timeline tells it apart. */
typedef enum
{
  SIMDIT_REPORT_BUSY,
  SIMDIT_REPORT_PART, /* fill, drain, NOP, multi-cycle: computation, but not at full rate */
  SIMDIT_REPORT_LOAD,
  SIMDIT_REPORT_STORE,
  SIMDIT_REPORT_WAIT,
  SIMDIT_REPORT_IDLE,
  SIMDIT_REPORT_N_KINDS,
} SimditReportKind;

extern const char *const simdit_report_kind_slots[SIMDIT_REPORT_N_KINDS];
extern const char *const simdit_report_kind_names[SIMDIT_REPORT_N_KINDS];

/** simdit_report_state_kind: of a state counter called "TRACK.@state". */
SimditReportKind simdit_report_state_kind (const char *state);

/* A column of one of several tables with equal rows. */
typedef struct
{
  const SimditResult *table; /* borrowed */
  guint column;              /* of it */
  bool summary;              /* worth a place among few */
} SimditReportColumn;

/** simdit_report_columns: all of @table; simdit_report_layer_columns: all that is known of a layer:
 * of the run, then of energy; of SimditReportColumn; transfer full. */
GArray *simdit_report_columns (const SimditResult *table);
GArray *simdit_report_layer_columns (const SimditReportJob *job);

/** simdit_report_write_data: everything that the page draws, as JSON. */
bool simdit_report_write_data (SimditReportJob *job, GError **error);
/** simdit_report_write_timeline_data: a member's value. */
bool simdit_report_write_timeline_data (SimditReportJob *job, GError **error);

/** simdit_report_write_power_data: likewise, of power over time. */
void simdit_report_write_power_data (SimditReportJob *job);

/** simdit_report_write_table: all of it, to be scrolled by keyboard, too; @id: for the style sheet
 * and the page's program; @label: for those who do not see it; @total: has a row of totals. */
void simdit_report_write_table (FILE *file, const SimditResult *table, const char *id,
                                const char *label, bool total);
/** simdit_report_begin_table, simdit_report_end_table: what is around the rows of any. */
void simdit_report_begin_table (FILE *file, const char *id, const char *label);
void simdit_report_end_table (FILE *file);
/** simdit_report_write_fact: of a list of class "facts". */
void simdit_report_write_fact (FILE *file, const char *name, const char *value, const char *help);

/* Writers of an exploration's sections. */
bool simdit_report_write_explored (SimditReportJob *job, GError **error);
bool simdit_report_write_notes (SimditReportJob *job, GError **error);
bool simdit_report_write_heat (SimditReportJob *job, GError **error);
bool simdit_report_write_front (SimditReportJob *job, GError **error);
bool simdit_report_write_parallel (SimditReportJob *job, GError **error);
bool simdit_report_write_designs (SimditReportJob *job, GError **error);
bool simdit_report_write_sharing (SimditReportJob *job, GError **error);

/* Writers of a run's sections. */
bool simdit_report_write_summary (SimditReportJob *job, GError **error);
bool simdit_report_write_time (SimditReportJob *job, GError **error);
bool simdit_report_write_shares (SimditReportJob *job, GError **error);
bool simdit_report_write_traffic (SimditReportJob *job, GError **error);
bool simdit_report_write_energy (SimditReportJob *job, GError **error);
bool simdit_report_write_layer_energy (SimditReportJob *job, GError **error);
bool simdit_report_write_power (SimditReportJob *job, GError **error);
bool simdit_report_write_roofline (SimditReportJob *job, GError **error);
bool simdit_report_write_validation (SimditReportJob *job, GError **error);
bool simdit_report_write_timeline (SimditReportJob *job, GError **error);
bool simdit_report_write_layers (SimditReportJob *job, GError **error);

#endif
