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

struct SimditRecording
{
  char *path; /* owned, like all below */
  hid_t file;
  uint64_t cycles, per_block, clock_fs;
  char *title, *dram;
  SimditCounterInfo *counters;
  guint n_counters;
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

#endif
