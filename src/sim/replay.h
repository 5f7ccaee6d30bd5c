/* Replays requests that lie in memory: what simdit_dram_replay() does after reading its trace. */
#ifndef SIMDIT_SIM_REPLAY_H
#define SIMDIT_SIM_REPLAY_H

#include "hw/dram/channel.h"

typedef struct
{
  uint64_t arrival; /* [memory clock] */
  uint64_t address; /* [byte] */
  uint64_t accepted, completed;
  bool write;
} SimditReplayRequest;

typedef struct
{
  SimditDramCounts counts; /* of all channels */
  uint64_t end;            /* the clock of the last datum */
  uint64_t events;
} SimditReplaySummary;

/**
 * simdit_replay: fills @accepted and @completed of @requests.
 * @issued: gets every command, with @data as its first argument; or NULL
 */
bool simdit_replay (const SimditDramConfig *config, SimditReplayRequest *requests, uint32_t n,
                    void (*issued) (void *data, guint channel, const SimditDramIssue *issue),
                    void *data, SimditReplaySummary *summary, GError **error);

#endif
