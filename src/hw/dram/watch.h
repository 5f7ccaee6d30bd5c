/*
 * What the channels of a memory do, as activities of a recording. Each channel N has three tracks:
 *
 *   dramN              the commands of a cycle of the accelerator, whose clock is another one: one
 *                      activity, one cycle long, that adds how many of each kind there are
 *   dramN_read_queue,  how many requests wait in the queue, from one change to the next; in each
 *   dramN_write_queue  cycle as at its end
 *
 * Cycles without commands and empty queues are gaps. A request leaves its queue with its first ACT,
 * or with its RD or WR when its row is open.
 */
#ifndef SIMDIT_HW_DRAM_WATCH_H
#define SIMDIT_HW_DRAM_WATCH_H

#include "engine/clock.h"
#include "engine/shape.h"
#include "hw/dram/channel.h"

#define SIMDIT_DRAM_N_WATCH_LABELS 7

/** simdit_dram_watch_labels: of the activities; static. */
extern const SimditLabelInfo simdit_dram_watch_labels[SIMDIT_DRAM_N_WATCH_LABELS];

/** simdit_dram_watch_describe: appends the tracks (of const char *) and counters (of
 * SimditCounterInfo) of so many channels, whose texts are kept in @texts. */
void simdit_dram_watch_describe (guint n_channels, GPtrArray *tracks, GArray *counters,
                                 GStringChunk *texts);

/* Who wants to know, and of which cycles. */
typedef struct
{
  SimditActivitySink sink;
  SimditShapeBook *book;                         /* borrowed */
  guint first_track, first_counter, first_label; /* in the recording */
  uint64_t from, to;                             /* [cycle] */
} SimditDramWatchConfig;

typedef struct SimditDramWatch SimditDramWatch;

/** simdit_dram_watch_new: @memory_fs, @cycle_fs: the periods of both clocks. */
SimditDramWatch *simdit_dram_watch_new (const SimditDramWatchConfig *config, guint n_channels,
                                        SimditTick memory_fs, SimditTick cycle_fs);
void simdit_dram_watch_free (SimditDramWatch *self);

/** simdit_dram_watch_issue: at edge @clock of the memory; false: nothing later is of interest. */
bool simdit_dram_watch_issue (SimditDramWatch *self, guint channel, SimditDramCommand command,
                              uint64_t clock);

/** simdit_dram_watch_queue: so many requests of a kind are queued from edge @clock on; false: as
 * above. */
bool simdit_dram_watch_queue (SimditDramWatch *self, guint channel, bool write, uint32_t n,
                              uint64_t clock);

/** simdit_dram_watch_flush: all has been told of the cycles before @cycle, and nothing yet of
 * others. */
void simdit_dram_watch_flush (SimditDramWatch *self, uint64_t cycle);

#endif
