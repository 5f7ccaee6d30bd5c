/*
 * The activities of all tracks, and the layers, as one series of beginnings and ends in the order
 * of time. In one cycle all ends come first.
 */
#ifndef SIMDIT_TRACE_TIMELINE_H
#define SIMDIT_TRACE_TIMELINE_H

#include <simdit/recording.h>

/* A beginning or an end. */
typedef struct
{
  bool more; /* false: there was none left */
  bool begins;
  uint64_t cycle;
  guint track;             /* of the recording; the number of tracks: a layer */
  SimditActivity activity; /* cut off at the ends of the range; a layer: named by label, computes */
  uint64_t layer;          /* that runs, or ran last */
  /* Beginnings: of a load or store a number that no other has; of what had to wait for a load or
   * store, that one's number; else 0. */
  uint64_t flow;
} SimditTimelineEvent;

typedef struct SimditTimeline SimditTimeline;

/** simdit_timeline_new: of the cycles from @from to before @to; @recording, @layers: borrowed. */
SimditTimeline *simdit_timeline_new (const SimditRecording *recording, const SimditResult *layers,
                                     uint64_t from, uint64_t to);
void simdit_timeline_free (SimditTimeline *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimditTimeline, simdit_timeline_free)

/** simdit_timeline_next: error IO. */
bool simdit_timeline_next (SimditTimeline *self, SimditTimelineEvent *event, GError **error);

#endif
