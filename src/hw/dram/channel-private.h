/* What a channel consists of, for channel.c (what happens) and scheduler.c (what happens next). */
#ifndef SIMDIT_HW_DRAM_CHANNEL_PRIVATE_H
#define SIMDIT_HW_DRAM_CHANNEL_PRIVATE_H

#include "engine/clock.h"
#include "hw/dram/bank.h"
#include "hw/dram/channel.h"

#define SIMDIT_DRAM_NEVER UINT64_MAX
#define SIMDIT_DRAM_FILTER_SIZE 1024 /* a power of two */

/* Which commands to choose from. */
#define SIMDIT_DRAM_COLUMNS 1u
#define SIMDIT_DRAM_ROWS 2u

/* A command that might be next. */
typedef struct
{
  uint64_t clock; /* SIMDIT_DRAM_NEVER: none */
  SimditDramCommand command;
  uint16_t request; /* SIMDIT_DRAM_NONE: a refresh */
  uint16_t bank;
  bool queued; /* for a request in a queue */
} SimditDramChoice;

/* What queued requests of one kind want: of each bank at most a column command for its oldest hit
 * and a PRE for its oldest miss, or an ACT for its oldest request. Kept up to date so that the
 * scheduler looks at nothing else. */
typedef struct
{
  uint64_t columns, acts, pres; /* a bit for each bank that is to see one */
  uint64_t column_ages[SIMDIT_DRAM_MAX_BANKS], row_ages[SIMDIT_DRAM_MAX_BANKS]; /* for whom */
} SimditDramOffers;

struct SimditDramChannel
{
  const SimditDramConfig *config;
  guint number;
  SimditEngine *engine;
  const SimditDramClient *client;
  void *owner;
  SimditClock clock;
  SimditEvent wake_event;
  uint64_t wake;           /* when there is something to do */
  uint64_t event_clock;    /* of the pending event */
  SimditDramChoice choice; /* what to do then, unless a refresh comes due */
  bool plan_is_write;      /* the mode that @choice was made in */
  bool stepping;           /* inside step(): a plan will follow */

  SimditDramRequest *requests; /* owned */
  uint16_t free_list;          /* linked by next */
  uint64_t ages;
  uint32_t n_queued[2], room[2];            /* [1]: writes */
  uint32_t n_waiting;                       /* queued and opened */
  uint32_t n_writes;                        /* of those */
  bool awaited[2];                          /* a request was refused */
  bool freed[2];                            /* in this step */
  uint16_t filter[SIMDIT_DRAM_FILTER_SIZE]; /* waiting writes by a hash of their place */

  bool write_mode;
  uint64_t mode_due; /* the first clock at which it has yet to be decided */
  uint32_t write_start, write_stop;

  uint64_t refresh_due; /* the next one */
  uint64_t refresh_interval;
  uint64_t last_column; /* the last column command: when, for whom */
  uint32_t last_tag;
  bool last_write;
  bool refreshing;    /* ranks, one after the other: */
  guint refresh_rank; /* while refreshing */
  guint refresh_turn; /* of banks: which one of each rank is next */
  uint64_t due_banks; /* a bit for each that has yet to be refreshed */

  SimditDramBank banks[SIMDIT_DRAM_MAX_BANKS];
  SimditDramOffers offers[2]; /* [1]: writes */
  /* Clocks before which a bank may not see a command: what has happened to itself and its group. */
  uint64_t earliest[SIMDIT_DRAM_N_NEXT][SIMDIT_DRAM_MAX_BANKS];
  /* A bit per bank: */
  uint64_t occupied[2];  /* has queued requests */
  uint64_t late[2];      /* hits of its row are beyond the cap */
  uint64_t open;         /* has an open row */
  uint64_t opened;       /* has an opened request */
  SimditDramRank *ranks; /* owned */
  SimditDramCounts counts;
};

/* The mode that the queues ask for; repeating it changes nothing. */
static inline bool
simdit_dram_next_mode (const SimditDramChannel *self)
{
  if (self->write_mode)
    return self->n_queued[1] > self->write_stop || self->n_queued[0] == 0;
  return self->n_queued[1] >= self->write_start || self->n_queued[0] == 0;
}

/** simdit_dram_update_offer: after anything about bank @b has changed but its earliest clocks. */
void simdit_dram_update_offer (SimditDramChannel *self, guint b, bool write);

/* The same, when no more has changed than which request of bank @b hits first, if any. */
static inline void
simdit_dram_update_hit (SimditDramChannel *self, guint b, bool write)
{
  uint16_t hit = self->banks[b].lists[write].hit;

  if (hit != SIMDIT_DRAM_NONE && self->offers[write].columns >> b & 1)
    self->offers[write].column_ages[b] = self->requests[hit].age;
  else
    simdit_dram_update_offer (self, b, write);
}

/**
 * simdit_dram_choose: the command that is issued next, from clock @from on: for opened requests,
 * then a refresh, then the queue in turn.
 * @which: SIMDIT_DRAM_COLUMNS, SIMDIT_DRAM_ROWS or both
 */
void simdit_dram_choose (const SimditDramChannel *self, uint64_t from, unsigned which,
                         SimditDramChoice *choice);

#endif
