/* An open output file: what recording.c and activities.c share. */
#ifndef SIMDIT_RECORD_RECORDING_PRIVATE_H
#define SIMDIT_RECORD_RECORDING_PRIVATE_H

#include "engine/shape.h"

#include <hdf5.h>
#include <simdit/recording.h>

/* The activities of one unit or port. */
typedef struct
{
  char *name;             /* owned */
  hid_t gap, shape;       /* datasets; 0: not open */
  uint64_t *block_starts; /* owned */
  uint64_t n_blocks, n;   /* blocks, activities */
  /* The block that was expanded last, owned; NULL: none yet. */
  uint64_t *starts; /* [cycle] */
  uint32_t *shapes;
  uint64_t block;
} SimditRecordedTrack;

/* A counter that is the sum of changes. */
typedef struct
{
  SimditCounterView of;
  /* Its value before @cycle, of which it was asked last. */
  uint64_t cycle, level;
} SimditRecordedView;

struct SimditRecording
{
  char *path; /* owned, like all below */
  hid_t file;
  uint64_t cycles, per_block, clock_fs;
  uint64_t channels_from, channels_to; /* [cycle] of which there is what channels of DRAM did */
  char *title, *dram;
  SimditCounterInfo *counters;
  guint n_counters;
  guint read_bits, write_bits; /* of DRAM: counters, or n_counters */
  SimditRecordedView *views;
  guint n_views;
  SimditShape *shapes;
  uint64_t *digests; /* of the shapes */
  uint64_t n_shapes,
      overhang; /* [cycle] most by which the extent of a shape exceeds its duration */
  SimditShapeTerm *terms;
  uint64_t n_terms;
  SimditLabelInfo *labels;
  SimditActivityKind *kinds; /* of the labels */
  uint64_t n_labels;
  SimditRecordedTrack *tracks;
  guint n_tracks;
  hid_t overview; /* dataset; 0: not open */
  uint64_t bin_cycles, n_bins;
  guint binned_counter; /* whose bins are in memory; n_counters: none's */
  uint64_t *bins;
};

/** simdit_recording_fail: sets error IO, "the file cannot be read: @what"; returns false. */
bool simdit_recording_fail (const SimditRecording *self, GError **error, const char *what);

/** simdit_recording_digest_shapes: fills in @self->digests. */
void simdit_recording_digest_shapes (SimditRecording *self);

/** simdit_recording_read_block: activities from number @first; false when that fails. */
bool simdit_recording_read_block (const SimditRecordedTrack *track, uint64_t first, uint64_t n,
                                  uint64_t *gaps, uint32_t *shapes);

/** simdit_recording_find_block: the last block that begins at or before @cycle, or the first. */
uint64_t simdit_recording_find_block (const SimditRecordedTrack *track, uint64_t cycle);

/** simdit_recording_find_view: of @counter; NULL: it has terms of its own. */
SimditRecordedView *simdit_recording_find_view (const SimditRecording *self, guint counter);

/** simdit_recording_expand_view: like simdit_recording_expand(). */
bool simdit_recording_expand_view (SimditRecording *self, SimditRecordedView *view, uint64_t from,
                                   uint64_t n, uint64_t *values, GError **error);

/** simdit_recording_sum_view: adds sums over the bins of @window, from activities. */
bool simdit_recording_sum_view (SimditRecording *self, SimditRecordedView *view,
                                const SimditWindow *window, uint64_t *values, GError **error);

/** simdit_recording_sum_range: adds the sum of @counter over @n cycles from @from to @sum, from the
 * overview where that has it. */
bool simdit_recording_sum_range (SimditRecording *self, guint counter, uint64_t from, uint64_t n,
                                 uint64_t *sum, GError **error);

/* The terms of a counter in a bin: each times the cycles from it to the bin's end; themselves. */
typedef struct
{
  uint64_t moment, sum;
} SimditBinChanges;

/** simdit_recording_sum_changes: adds the terms of the counter of @window to @changes, by bin. */
bool simdit_recording_sum_changes (SimditRecording *self, const SimditWindow *window,
                                   SimditBinChanges *changes, GError **error);

#endif
