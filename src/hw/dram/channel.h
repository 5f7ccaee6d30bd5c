/*
 * One DRAM channel with its controller: queues, FR-FCFS scheduling, refresh, and the registers that
 * hold the earliest clock at which each command may follow. Driven by events: between commands and
 * requests nothing happens, and while the channel is empty not even refreshes are events (they are
 * made up for when the next request comes).
 *
 * Clocks are those of the memory bus; edge n is at n * clock_fs. At an edge the channel first
 * issues (SIMDIT_PHASE_DELIVER), then takes requests (SIMDIT_PHASE_DECIDE); what is taken at edge n
 * can be served from edge n + 1 on.
 */
#ifndef SIMDIT_HW_DRAM_CHANNEL_H
#define SIMDIT_HW_DRAM_CHANNEL_H

#include "engine/event.h"
#include "hw/dram/config.h"

typedef struct SimditDramChannel SimditDramChannel;

/* A command as it is issued. */
typedef struct
{
  uint64_t clock;
  SimditDramCommand command;
  guint rank;
  guint bank;           /* of the channel, as in SimditDramPlace; the rank's first: PREA and REF */
  uint32_t row, column; /* where they mean something, else 0 */
} SimditDramIssue;

/* How a request found its bank, from its first command. */
typedef enum
{
  SIMDIT_DRAM_HIT,      /* its row open: a column command */
  SIMDIT_DRAM_MISS,     /* no row open: ACT */
  SIMDIT_DRAM_CONFLICT, /* another row open: PRE */
  SIMDIT_DRAM_QUEUED,   /* nothing of it: answered by a waiting write, or merged with it */
  SIMDIT_DRAM_N_OUTCOMES,
} SimditDramOutcome;

/* A request that has been served, and what it waited for. All times are edges. */
typedef struct
{
  uint32_t tag;
  SimditDramOutcome outcome;
  uint64_t accepted; /* it was taken */
  uint64_t started;  /* its first command was issued */
  uint64_t column;   /* its RD or WR was issued */
  uint64_t end;      /* its last datum has passed; after now */
  /* The column command before its own (0: none) was for this request, and in the other direction.
   */
  uint64_t previous;
  uint32_t previous_tag;
  bool turned;
  uint64_t refresh_begin, refresh_end; /* the last refresh that its bank took part in; 0: none */
} SimditDramService;

/* Whom a channel tells. Nothing here may submit, except @room. */
typedef struct
{
  /* A request has been served: its column command is issued, or a waiting write answers it. */
  void (*served) (void *owner, const SimditDramService *service);
  /* After a refusal: a queue has room again. */
  void (*room) (void *owner, uint64_t clock);
  /* NULL: nobody listens */
  void (*issued) (void *owner, guint channel, const SimditDramIssue *issue);
  /* From edge @clock on @n reads or writes are queued. NULL: nobody listens */
  void (*queued) (void *owner, guint channel, bool write, uint32_t n, uint64_t clock);
} SimditDramClient;

typedef struct
{
  uint64_t commands[SIMDIT_DRAM_N_COMMANDS];
  uint64_t outcomes[SIMDIT_DRAM_N_OUTCOMES]; /* requests, but for QUEUED: */
  uint64_t forwarded;                        /* reads answered by a queued write */
  uint64_t merged;                           /* writes to the address of a queued one */
} SimditDramCounts;

/**
 * simdit_dram_channel_new: everything is borrowed and must outlive the channel.
 * @number: for @client's benefit
 */
SimditDramChannel *simdit_dram_channel_new (const SimditDramConfig *config, guint number,
                                            SimditEngine *engine, const SimditDramClient *client,
                                            void *owner);
void simdit_dram_channel_free (SimditDramChannel *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimditDramChannel, simdit_dram_channel_free)

/**
 * simdit_dram_channel_submit: offers a request at edge @clock, which is now.
 *
 * A read of an address that a waiting write will write is answered from the queue, and a write to
 * such an address is merged with it: both end at the next edge.
 *
 * Returns: false when its queue is full; room() will be called.
 */
bool simdit_dram_channel_submit (SimditDramChannel *self, const SimditDramPlace *place, bool write,
                                 uint32_t tag, uint64_t clock);

/**
 * simdit_dram_channel_await: true when submit() would take the request; else as after a refusal.
 */
bool simdit_dram_channel_await (SimditDramChannel *self, const SimditDramPlace *place, bool write);

/** simdit_dram_channel_finish: makes up for refreshes due up to edge @clock; the channel is empty.
 */
void simdit_dram_channel_finish (SimditDramChannel *self, uint64_t clock);

const SimditDramCounts *simdit_dram_channel_counts (const SimditDramChannel *self);

/** simdit_dram_counts_add: adds @counts to @sum. */
void simdit_dram_counts_add (SimditDramCounts *sum, const SimditDramCounts *counts);

#endif
