/*
 * A port's DMA engine on a memory with real requests: turns the tile that the port moves into
 * requests, groups them into AXI bursts, and says when the data pass over the port.
 *
 * Requests are aligned blocks of the memory's request size, in the order of their addresses in the
 * tile; a block that two runs of the tile share is asked for once. A burst is a series of
 * neighbouring blocks, as long as the port's burst length and within 4 KiB (AXI4); only so many
 * bursts are under way at a time.
 *
 *   load   data come over the port in order, at its width, when they have arrived:
 *          passed(r) = max (passed(r-1), arrived(r)) + share(r) / width
 *          A burst is under way until its last data have passed.
 *   store  data leave over the port in order; a request is offered when its data have passed. A
 *          burst is under way until the memory has taken its last request; the write itself is
 *          the memory's business (a later load of the address is answered from its queue).
 *
 * A port is occupied for the whole tile, padding included, but only real elements are requested:
 * the padding is spread evenly over the requests (share). Times on the port are kept in
 * bit-times since the start, cycles * width, so that nothing is rounded but ends and arrivals, up
 * to whole cycles.
 *
 * A request is offered at the first edge of the memory's clock after the instant in which it became
 * possible, never in it: the order of things within an instant does not matter.
 */
#ifndef SIMDIT_HW_DRAM_REQUESTER_H
#define SIMDIT_HW_DRAM_REQUESTER_H

#include "hw/dram/dram.h"

/* What a request's tag at its channel says. */
typedef struct
{
  guint port;
  SimditOperand operand;
  bool store;
  uint32_t number; /* of the port's flights */
} SimditDramTag;

#define SIMDIT_DRAM_NUMBER_BITS 24

static inline uint32_t
simdit_dram_tag_pack (SimditDramTag tag)
{
  return tag.number | (uint32_t) tag.operand << SIMDIT_DRAM_NUMBER_BITS
         | tag.port << (SIMDIT_DRAM_NUMBER_BITS + 4) | (uint32_t) tag.store << 31;
}

static inline SimditDramTag
simdit_dram_tag_unpack (uint32_t packed)
{
  return (SimditDramTag){ packed >> (SIMDIT_DRAM_NUMBER_BITS + 4) & (SIMDIT_DRAM_MAX_PORTS - 1),
                          (SimditOperand) (packed >> SIMDIT_DRAM_NUMBER_BITS & 15),
                          packed >> 31 != 0,
                          packed & ((UINT32_C (1) << SIMDIT_DRAM_NUMBER_BITS) - 1) };
}

/* A request before it is taken. */
typedef struct
{
  uint64_t address;  /* [byte] */
  uint64_t share;    /* [bit] passing over the port for it */
  bool starts_burst; /* the one before it belongs to another */
  bool exists;
} SimditDramRequestPlan;

/* A load's request on its way. */
typedef struct
{
  uint64_t arrival; /* [cycle] + 1; 0: not known yet */
  uint64_t share;
  bool ends_burst;
  SimditDramService service;
} SimditDramFlight;

#define SIMDIT_DRAM_WAITS UINT64_MAX /* as a tick: until a burst has ended */

typedef struct
{
  SimditDram *dram; /* borrowed, like the next */
  const SimditDramConfig *config;
  SimditTransfer *transfer; /* borrowed; NULL: idle */
  guint block_shift;        /* log2 of the bits of a request */
  uint64_t burst_requests;  /* at most, in a burst */
  uint64_t max_bursts;      /* under way */

  SimditDramRequestPlan head, following;
  SimditDramPlace place; /* of the head */
  SimditTick ready;      /* the head may be offered at edges after this */
  SimditTick started;
  uint64_t start_cycle;

  /* Where the next request comes from. */
  SimditTileWalk walk;
  uint64_t run_at, run_end; /* [bit] of the current run: to be requested */
  uint64_t last_block;      /* requested last; UINT64_MAX: none */
  uint64_t burst_length;    /* requests of the burst under construction */
  uint64_t spare_bits;      /* real bits that came with an earlier request */
  uint64_t share_rest;      /* of the division by the real bits */

  /* What passes over the port. */
  uint64_t passed;                /* [bit-time since start_cycle] */
  uint64_t shares;                /* [bit] passed */
  uint64_t part_start, part_bits; /* of the part of full rate under way [cycle, bit] */
  uint64_t bursts_begun, bursts_ended;
  SimditTick *burst_ends;    /* owned: the last max_bursts, a ring */
  SimditDramFlight *flights; /* owned: a ring, room a power of two; loads only */
  uint32_t n_taken, n_passed, flight_mask;
} SimditDramRequester;

void simdit_dram_requester_init (SimditDramRequester *self, SimditDram *dram,
                                 const SimditDramSpec *spec);
void simdit_dram_requester_clear (SimditDramRequester *self);

/** simdit_dram_requester_start: @transfer (borrowed until it is done) begins in @now_cycle. */
void simdit_dram_requester_start (SimditDramRequester *self, SimditTransfer *transfer,
                                  uint64_t now_cycle);

/** simdit_dram_requester_offers: a request may be offered at the edge at @now. */
static inline bool
simdit_dram_requester_offers (const SimditDramRequester *self, SimditTick now)
{
  return self->head.exists && self->ready < now;
}

/** simdit_dram_requester_number: names the head when it is served. */
static inline uint32_t
simdit_dram_requester_number (const SimditDramRequester *self)
{
  return self->n_taken & self->flight_mask;
}

/** simdit_dram_requester_taken: the memory has taken the head, at the edge at @now. */
void simdit_dram_requester_taken (SimditDramRequester *self, SimditTick now);

/** simdit_dram_requester_arrived: load @number has been served. */
void simdit_dram_requester_arrived (SimditDramRequester *self, uint32_t number,
                                    const SimditDramService *service);

#endif
