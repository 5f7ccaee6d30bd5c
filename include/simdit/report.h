/*
 * A run or an exploration as a page for people: one HTML file that needs no network.
 */
#ifndef SIMDIT_REPORT_H
#define SIMDIT_REPORT_H

#include <glib.h>
#include <simdit/explore.h>
#include <simdit/export.h>
#include <simdit/recording.h>
#include <stdbool.h>

G_BEGIN_DECLS

/**
 * simdit_report_write: writes the page to @path, which is there only when it is complete.
 *
 * Its size and the memory taken grow with the layers, not with the length of the run: the timeline
 * has all activities of a run of few, and bins of the overview of others. Same recording, same
 * bytes. Errors IO, and those of simdit_recording_read_limits().
 */
SIMDIT_API bool simdit_report_write (SimditRecording *recording, const char *path, GError **error);

/**
 * simdit_report_write_exploration: the same of an exploration: heat map over the budgets, Pareto
 * front, best designs in parallel coordinates. Its charts are drawings. Error IO.
 */
SIMDIT_API bool simdit_report_write_exploration (const SimditExploration *exploration,
                                                 const char *path, GError **error);

/** simdit_report_is_interactive: whether the library was built with the charts' own program (npm's
 * uPlot); without it they are drawings. */
SIMDIT_API bool simdit_report_is_interactive (void);

G_END_DECLS

#endif
