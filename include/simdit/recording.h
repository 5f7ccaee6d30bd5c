/*
 * The output file of a run, read back: any per-cycle counter over any range of cycles, exactly.
 */
#ifndef SIMDIT_RECORDING_H
#define SIMDIT_RECORDING_H

#include <glib.h>
#include <simdit/energy.h>
#include <simdit/export.h>
#include <simdit/result.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef struct SimditRecording SimditRecording;

/** simdit_file_format: what kind of file simdit wrote to @path: "simdit-exploration", ... Newly
 * allocated; error IO (not a file that simdit wrote). */
SIMDIT_API char *simdit_file_format (const char *path, GError **error);

/** simdit_recording_open: errors IO (not a file that simdit wrote, or of another version). */
SIMDIT_API SimditRecording *simdit_recording_open (const char *path, GError **error);
SIMDIT_API void simdit_recording_free (SimditRecording *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimditRecording, simdit_recording_free)

/**
 * SimditActivityKind: what a unit or port does.
 * @SIMDIT_ACTIVITY_COMPUTE: a step, the computation of a tile
 * @SIMDIT_ACTIVITY_LOAD: a transfer from DRAM, or a part of it at a constant rate
 * @SIMDIT_ACTIVITY_STORE: likewise to DRAM
 * @SIMDIT_ACTIVITY_WAIT: nothing, until something has come or is free
 * @SIMDIT_ACTIVITY_IDLE: nothing, because the layer has nothing for it to do
 * @SIMDIT_ACTIVITY_MEMORY: what a channel of DRAM does, or what waits for it
 */
typedef enum
{
  SIMDIT_ACTIVITY_COMPUTE,
  SIMDIT_ACTIVITY_LOAD,
  SIMDIT_ACTIVITY_STORE,
  SIMDIT_ACTIVITY_WAIT,
  SIMDIT_ACTIVITY_IDLE,
  SIMDIT_ACTIVITY_MEMORY,
} SimditActivityKind;

/**
 * SimditActivity:
 * @label: "load weights"; NULL: there are no more
 * @cause: a wait ends when a load or store of the same number does; 0: of none
 * @start, @end: [cycle] first, and after the last
 * @shape: for simdit_recording_sum_shape()
 * @digest: of duration, label and all counters: equal activities of any two runs have the same
 */
typedef struct
{
  const char *label;
  SimditActivityKind kind;
  uint64_t cause;
  uint64_t start, end;
  uint32_t shape;
  uint64_t digest;
} SimditActivity;

/** simdit_activity_kind_name: "compute", "load", "store", "wait", "idle", "memory"; static. */
SIMDIT_API const char *simdit_activity_kind_name (SimditActivityKind kind);

/** simdit_recording_sum_transfers: bits that an activity of @shape moves from or to DRAM. */
SIMDIT_API uint64_t simdit_recording_sum_transfers (const SimditRecording *self, uint32_t shape);

/** simdit_recording_sum_shape: @counter summed over an activity of @shape. */
SIMDIT_API uint64_t simdit_recording_sum_shape (const SimditRecording *self, uint32_t shape,
                                                guint counter);

/** simdit_recording_get_n_tracks: units and ports; @track counts from 0 below. */
SIMDIT_API guint simdit_recording_get_n_tracks (const SimditRecording *self);
SIMDIT_API const char *simdit_recording_get_track_name (const SimditRecording *self, guint track);

/* The activities of a track in order; a few blocks of the file at a time are in memory. */
typedef struct SimditActivities SimditActivities;

/** simdit_recording_read_track: the activities that end after cycle @from; @self must outlive it.
 */
SIMDIT_API SimditActivities *simdit_recording_read_track (const SimditRecording *self, guint track,
                                                          uint64_t from);
SIMDIT_API void simdit_activities_free (SimditActivities *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimditActivities, simdit_activities_free)

/** simdit_activities_next: the next one, with label NULL after the last; error IO. */
SIMDIT_API bool simdit_activities_next (SimditActivities *self, SimditActivity *activity,
                                        GError **error);

/** simdit_recording_get_cycles: of the whole run. */
SIMDIT_API uint64_t simdit_recording_get_cycles (const SimditRecording *self);
/** simdit_recording_get_clock_fs: period of the accelerator's clock [fs]. */
SIMDIT_API uint64_t simdit_recording_get_clock_fs (const SimditRecording *self);
/** simdit_recording_get_bin_cycles: of the overview, a power of two: sums over bins of a multiple
 * of it are read and not worked out. */
SIMDIT_API uint64_t simdit_recording_get_bin_cycles (const SimditRecording *self);
/** simdit_recording_get_title: network, machine and how it ran, in a line; owned by @self. */
SIMDIT_API const char *simdit_recording_get_title (const SimditRecording *self);

/**
 * simdit_recording_read_layers: the table of layers, as simdit_simulate() returned it.
 *
 * Returns: (transfer full): with the requests to the memory, what it was doing during stalls, and
 * energy, if they are there, and without what only the run itself knew (cycles by stage, events);
 * error IO.
 */
SIMDIT_API SimditResult *simdit_recording_read_layers (const SimditRecording *self, GError **error);

/**
 * simdit_recording_read_energy_table: the table that the energy of the run was accounted with.
 * @table: (transfer full): NULL when it was not, which is no error
 *
 * Errors IO, PARSE, INVALID.
 */
SIMDIT_API bool simdit_recording_read_energy_table (const SimditRecording *self,
                                                    SimditEnergyTable **table, GError **error);

/**
 * simdit_recording_read_validation: the table of simdit_validate(), of a file that has one.
 * @validation: (transfer full): NULL when it has none, which is no error
 *
 * Error IO.
 */
SIMDIT_API bool simdit_recording_read_validation (const SimditRecording *self,
                                                  SimditResult **validation, GError **error);

/**
 * SimditLimits: what bounds the layers of the PE array, in a cycle.
 * @macs: PEs, each of which does one multiply-accumulate
 * @port_bytes: that its three ports (weights and biases, ifmap, psums) can move together
 * @dram_bytes: that the DRAM can move at its peak; 0: as much as the ports
 */
typedef struct
{
  double macs;
  double port_bytes, dram_bytes;
} SimditLimits;

/** simdit_recording_read_limits: of the machine and the DRAM of the run; errors IO, PARSE, INVALID.
 */
SIMDIT_API bool simdit_recording_read_limits (const SimditRecording *self, SimditLimits *limits,
                                              GError **error);

/** simdit_recording_get_n_counters: @counter counts from 0 below; texts are owned by @self. */
SIMDIT_API guint simdit_recording_get_n_counters (const SimditRecording *self);
SIMDIT_API const char *simdit_recording_get_name (const SimditRecording *self, guint counter);
SIMDIT_API const char *simdit_recording_get_unit (const SimditRecording *self, guint counter);
SIMDIT_API const char *simdit_recording_get_help (const SimditRecording *self, guint counter);

/**
 * simdit_recording_get_range: the cycles in which @counter has been recorded; it is 0 in all
 * others.
 * @from, @to: [cycle] the first, and after the last: all of the run, but for commands and queues of
 * DRAM of which not all were to be kept (--record); of files that do not say so, all
 */
SIMDIT_API void simdit_recording_get_range (const SimditRecording *self, guint counter,
                                            uint64_t *from, uint64_t *to);

/** simdit_recording_is_change: another counter is the sum of its changes so far. */
SIMDIT_API bool simdit_recording_is_change (const SimditRecording *self, guint counter);

/** simdit_recording_find: the number of the counter called @name; error INVALID names the nearest.
 */
SIMDIT_API bool simdit_recording_find (const SimditRecording *self, const char *name,
                                       guint *counter, GError **error);

/**
 * simdit_recording_expand: the counter's value in each of @n cycles from @from.
 * @values: room for @n; cycles after the end of the run are 0
 *
 * Takes time in proportion to what happens in the range, not to the run. Error IO.
 */
SIMDIT_API bool simdit_recording_expand (SimditRecording *self, guint counter, uint64_t from,
                                         uint64_t n, uint64_t *values, GError **error);

/**
 * SimditReduction: what becomes of the cycles of a bin.
 * @SIMDIT_REDUCTION_SUM: their sum
 * @SIMDIT_REDUCTION_MEAN: the sum, too; simdit_window_mean() divides it
 * @SIMDIT_REDUCTION_MAX: the largest
 */
typedef enum
{
  SIMDIT_REDUCTION_SUM,
  SIMDIT_REDUCTION_MEAN,
  SIMDIT_REDUCTION_MAX,
} SimditReduction;

/**
 * SimditWindow: the @n cycles from @from, in bins of @every cycles (at least 1; the last bin may be
 * shorter).
 */
typedef struct
{
  guint counter;
  uint64_t from, n, every;
  SimditReduction reduction;
} SimditWindow;

/** simdit_window_n_values: of its bins. */
SIMDIT_API uint64_t simdit_window_n_values (const SimditWindow *self);

/** simdit_window_mean: per cycle, of a bin with this @sum. */
SIMDIT_API double simdit_window_mean (const SimditWindow *self, uint64_t index, uint64_t sum);

/**
 * simdit_recording_reduce: one value for each bin of @window.
 * @values: room for simdit_window_n_values()
 *
 * Exact. Sums take time in proportion to the activities near the edges of bins, maxima to the
 * cycles. Error IO.
 */
SIMDIT_API bool simdit_recording_reduce (SimditRecording *self, const SimditWindow *window,
                                         uint64_t *values, GError **error);

/** SimditExportForm: NumPy's .npy, or HDF5 with one dataset called as the counter. */
typedef enum
{
  SIMDIT_EXPORT_NPY,
  SIMDIT_EXPORT_HDF5,
} SimditExportForm;

typedef struct
{
  const char *path; /* borrowed */
  SimditExportForm form;
} SimditExport;

/**
 * simdit_recording_export: the values of @window as a file, in a single dimension: 64-bit integers,
 * or doubles of means. The file is complete or absent, and its length costs no memory. Error IO.
 */
SIMDIT_API bool simdit_recording_export (SimditRecording *self, const SimditWindow *window,
                                         const SimditExport *target, GError **error);

G_END_DECLS

#endif
