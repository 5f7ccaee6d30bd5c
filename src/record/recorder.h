/*
 * The HDF5 file of a run (format in README "The output file"). The only user of HDF5.
 *
 * The file is built beside its place and moved there when it is complete; until then an existing
 * file of that name stays untouched.
 */
#ifndef SIMDIT_RECORD_RECORDER_H
#define SIMDIT_RECORD_RECORDER_H

#include "base/table.h"
#include "engine/shape.h"
#include "record/overview.h"

#define SIMDIT_FILE_FORMAT "simdit-run"
#define SIMDIT_FILE_VERSION 3

typedef struct SimditRecorder SimditRecorder;

/* What is recorded, and where; all is borrowed. */
typedef struct
{
  const char *path;
  const char *const *tracks;
  guint n_tracks;
  const SimditCounterInfo *counters;
  guint n_counters;
  const SimditCounterView *views; /* which of the counters are such */
  guint n_views;
  const SimditShapeBook *book; /* the shapes of the activities */
  uint64_t cycles;             /* which the run takes at least */
} SimditRecorderConfig;

/**
 * simdit_recorder_new: opens the file beside its path; error IO.
 *
 * Without tracks it is a file of tables, whose "format" and "format_version" its maker sets.
 */
SimditRecorder *simdit_recorder_new (const SimditRecorderConfig *config, GError **error);
/** simdit_recorder_free: what has not been finished disappears. */
void simdit_recorder_free (SimditRecorder *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimditRecorder, simdit_recorder_free)

/** simdit_recorder_activity: of a track, in order; @start [cycle]. Failures show at finish. */
void simdit_recorder_activity (SimditRecorder *self, guint track, uint64_t start, uint32_t shape);

/**
 * simdit_recorder_commit: the activities so far are those of the cycles before @cycle. Those after
 * the last commit do not get into the file.
 */
void simdit_recorder_commit (SimditRecorder *self, uint64_t cycle);

/** simdit_recorder_overview: of what has been recorded; owned by @self. */
const SimditOverview *simdit_recorder_overview (const SimditRecorder *self);

/** A named text or number of the file as a whole. */
void simdit_recorder_set_text (SimditRecorder *self, const char *name, const char *value);
void simdit_recorder_set_count (SimditRecorder *self, const char *name, uint64_t value);

/** simdit_recorder_set_recorded: what channels of DRAM did was recorded from cycle @from to before
 * cycle @to. */
void simdit_recorder_set_recorded (SimditRecorder *self, uint64_t from, uint64_t to);

/** simdit_recorder_write_text: a dataset that is one string. */
void simdit_recorder_write_text (SimditRecorder *self, const char *name, const char *text);

/** simdit_recorder_write_table: a compound dataset, units as attributes "COLUMN.unit". */
void simdit_recorder_write_table (SimditRecorder *self, const char *name,
                                  const SimditTableInfo *info, const void *rows, uint64_t n_rows);

/** simdit_recorder_write_labels: what the labels of the shapes stand for. */
void simdit_recorder_write_labels (SimditRecorder *self, const SimditLabelInfo *labels,
                                   guint n_labels);

/** simdit_recorder_finish: completes the file and moves it into place; error IO. */
bool simdit_recorder_finish (SimditRecorder *self, GError **error);

#endif
