#include "hw/dram/requester.h"

#include "base/arith.h"

#define BOUNDARY_BYTES 4096 /* no AXI4 burst crosses it */
#define NO_BLOCK UINT64_MAX

void
simdit_dram_requester_init (SimditDramRequester *self, SimditDram *dram, const SimditDramSpec *spec)
{
  uint64_t request = spec->config->request_bytes, room = 1;

  *self = (SimditDramRequester){
    .dram = dram,
    .config = spec->config,
    .block_shift = (guint) __builtin_ctzll (request) + 3,
    .burst_requests = MAX (spec->machine->axi_burst_bytes / request, 1),
    .max_bursts = spec->machine->axi_outstanding,
  };
  while (room < self->burst_requests * self->max_bursts)
    room *= 2;
  self->flights = g_new0 (SimditDramFlight, room);
  self->flight_mask = (uint32_t) (room - 1);
  self->burst_ends = g_new0 (SimditTick, self->max_bursts);
}

void
simdit_dram_requester_clear (SimditDramRequester *self)
{
  g_clear_pointer (&self->flights, g_free);
  g_clear_pointer (&self->burst_ends, g_free);
}

static inline uint64_t
width_of (const SimditDramRequester *self)
{
  return self->transfer->port_width;
}

/* The edge of the accelerator's clock at or after bit-time @time. */
static inline uint64_t
cycle_of (const SimditDramRequester *self, uint64_t time)
{
  return self->start_cycle + simdit_ceil_div (time, width_of (self));
}

/* ---- what to request ---- */

/* The part of the tile's bits on the port that goes with @bits real ones. */
static inline uint64_t
share_of (SimditDramRequester *self, uint64_t bits)
{
  uint64_t real = self->walk.bits;
  unsigned __int128 sum;

  if (real == self->transfer->bits)
    return bits;
  sum = (unsigned __int128) bits * self->transfer->bits + self->share_rest;
  self->share_rest = (uint64_t) (sum % real);
  return (uint64_t) (sum / real);
}

/* The run's next block that was not requested just before; false: the tile has no more. */
static bool
find_block (SimditDramRequester *self, uint64_t *block)
{
  uint64_t end;

  for (;;)
    {
      if (self->run_at == self->run_end)
        {
          if (self->walk.left == 0)
            return false;
          self->run_at = simdit_tile_walk_next (&self->walk);
          self->run_end = self->run_at + self->walk.run_bits;
        }
      *block = self->run_at >> self->block_shift;
      if (*block != self->last_block)
        return true;
      end = MIN ((*block + 1) << self->block_shift, self->run_end);
      self->spare_bits += end - self->run_at;
      self->run_at = end;
    }
}

static void
plan_following (SimditDramRequester *self)
{
  SimditDramRequestPlan *plan = &self->following;
  uint64_t block, end;

  plan->exists = find_block (self, &block);
  if (!plan->exists)
    return;
  end = MIN ((block + 1) << self->block_shift, self->run_end);
  plan->address = block << (self->block_shift - 3);
  plan->share = share_of (self, end - self->run_at + self->spare_bits);
  plan->starts_burst = block != self->last_block + 1 || self->burst_length == self->burst_requests
                       || plan->address % BOUNDARY_BYTES == 0;
  self->burst_length = plan->starts_burst ? 1 : self->burst_length + 1;
  self->run_at = end;
  self->spare_bits = 0;
  self->last_block = block;
}

/* ---- what passes over the port ---- */

/* Tells of what passed without a gap up to now. */
static void
end_part (SimditDramRequester *self)
{
  SimditTransfer *transfer = self->transfer;

  if (self->part_bits > 0 && transfer->moved != NULL)
    transfer->moved (transfer, self->part_start, cycle_of (self, self->passed) - self->part_start,
                     self->part_bits);
  self->part_bits = 0;
}

/* ---- what it waited for ---- */

/* A gap in the data, being explained from its beginning on. */
typedef struct
{
  SimditDramRequester *requester;
  uint64_t at, end; /* [cycle] */
} Gap;

static void
explain_until (Gap *self, uint64_t edge, SimditDramWait wait)
{
  SimditTransfer *transfer = self->requester->transfer;
  SimditTick tick = edge * self->requester->config->clock_fs;
  uint64_t until = simdit_ceil_div (tick, self->requester->dram->clock->period_fs);

  until = MIN (until, self->end);
  if (until <= self->at)
    return;
  transfer->waited (transfer, wait, until);
  self->at = until;
}

/* The bus or the bank was busy with the request before it, and maybe had to turn around. */
static void
explain_queueing (Gap *gap, const SimditDramService *service, bool is_hit)
{
  guint port = simdit_dram_tag_unpack (service->previous_tag).port % SIMDIT_DRAM_BUS_PORTS;
  SimditDramWait bus = SIMDIT_DRAM_WAIT_BUS + port;

  if (service->refresh_begin < service->started && service->refresh_end > service->accepted
      && service->refresh_end > service->refresh_begin)
    {
      explain_until (gap, MAX (service->refresh_begin, service->accepted), bus);
      explain_until (gap, MIN (service->refresh_end, service->started), SIMDIT_DRAM_WAIT_REFRESH);
    }
  if (is_hit && service->turned && service->previous > 0)
    {
      explain_until (gap, service->previous, bus);
      explain_until (gap, service->started, SIMDIT_DRAM_WAIT_TURNAROUND);
    }
  explain_until (gap, service->started, bus);
}

/* From the end of the data before it to @cycle, when the data of @service come. */
static void
explain_gap (SimditDramRequester *self, const SimditDramService *service, uint64_t cycle)
{
  Gap gap = { self, cycle_of (self, self->passed), cycle };
  SimditDramOutcome outcome = service->outcome;

  explain_until (&gap, service->accepted, SIMDIT_DRAM_WAIT_QUEUE);
  explain_queueing (&gap, service, outcome == SIMDIT_DRAM_HIT);
  explain_until (&gap, service->column,
                 outcome == SIMDIT_DRAM_CONFLICT ? SIMDIT_DRAM_WAIT_CONFLICT
                                                 : SIMDIT_DRAM_WAIT_MISS);
  explain_until (&gap, UINT64_MAX / self->config->clock_fs, SIMDIT_DRAM_WAIT_LATENCY);
}

/* Nothing passes up to @cycle. @service: of the load whose data come then; NULL: a store, which has
 * to wait for a burst to be taken. */
static void
stand_still (SimditDramRequester *self, const SimditDramService *service, uint64_t cycle)
{
  SimditTransfer *transfer = self->transfer;

  end_part (self);
  if (transfer->waited != NULL && service != NULL)
    explain_gap (self, service, cycle);
  else if (transfer->waited != NULL)
    transfer->waited (transfer, SIMDIT_DRAM_WAIT_QUEUE, cycle);
  self->passed = (cycle - self->start_cycle) * width_of (self);
}

/* @share bits pass, from @cycle on or when those before them have passed. */
static inline void
pass (SimditDramRequester *self, const SimditDramService *service, uint64_t cycle, uint64_t share)
{
  if (cycle > self->start_cycle && (cycle - self->start_cycle) * width_of (self) > self->passed)
    stand_still (self, service, cycle);
  if (self->part_bits == 0)
    self->part_start = cycle_of (self, self->passed);
  self->passed += share;
  self->part_bits += share;
  self->shares += share;
}

static inline void
end_burst (SimditDramRequester *self, SimditTick when)
{
  self->burst_ends[self->bursts_ended++ % self->max_bursts] = when;
}

/* The port has done its part: padding behind the last real element passes, too. */
static void
finish (SimditDramRequester *self, uint64_t earliest_cycle)
{
  SimditTransfer *transfer = self->transfer;

  pass (self, NULL, 0, transfer->bits - self->shares);
  end_part (self);
  transfer->end_cycle = MAX (cycle_of (self, self->passed), earliest_cycle);
  if (transfer->waited != NULL && transfer->end_cycle > cycle_of (self, self->passed))
    transfer->waited (transfer, SIMDIT_DRAM_WAIT_QUEUE, transfer->end_cycle);
  self->transfer = NULL;
  simdit_engine_schedule (self->dram->engine, &transfer->done,
                          simdit_clock_tick (self->dram->clock, transfer->end_cycle));
}

/* ---- the head ---- */

/* When the burst that has to end before another begins has done so. */
static inline SimditTick
burst_room (const SimditDramRequester *self)
{
  if (self->bursts_begun < self->max_bursts)
    return 0;
  if (self->bursts_ended + self->max_bursts <= self->bursts_begun)
    return SIMDIT_DRAM_WAITS;
  return self->burst_ends[self->bursts_begun % self->max_bursts];
}

/* Finds out when the head can be offered, if that is known. */
static void
update_ready (SimditDramRequester *self)
{
  SimditTick room = self->head.starts_burst ? burst_room (self) : 0;

  self->ready = SIMDIT_DRAM_WAITS;
  if (room == SIMDIT_DRAM_WAITS)
    return;
  if (self->head.starts_burst)
    self->bursts_begun++;
  if (self->transfer->direction == SIMDIT_LOAD)
    {
      self->ready = MAX (room, self->started);
      return;
    }
  pass (self, NULL, room / self->dram->clock->period_fs + (room > self->started), self->head.share);
  self->ready = simdit_clock_tick (self->dram->clock, cycle_of (self, self->passed));
}

static void
advance (SimditDramRequester *self)
{
  self->head = self->following;
  if (!self->head.exists)
    return;
  self->place = simdit_dram_map_find (&self->config->map, self->head.address);
  plan_following (self);
  update_ready (self);
}

void
simdit_dram_requester_start (SimditDramRequester *self, SimditTransfer *transfer,
                             uint64_t now_cycle)
{
  self->transfer = transfer;
  self->walk = transfer->walk;
  self->started = simdit_clock_tick (self->dram->clock, now_cycle);
  self->run_at = self->run_end = 0;
  self->last_block = NO_BLOCK - 1; /* nothing is its neighbour */
  self->burst_length = self->spare_bits = self->share_rest = 0;
  self->start_cycle = now_cycle;
  self->passed = self->shares = self->part_bits = 0;
  self->bursts_begun = self->bursts_ended = 0;
  self->n_taken = self->n_passed = 0;
  plan_following (self);
  if (self->following.exists)
    advance (self);
  else
    finish (self, now_cycle);
}

static void
take_store (SimditDramRequester *self, bool ends_burst, SimditTick now)
{
  if (ends_burst)
    end_burst (self, now);
  if (!self->head.exists)
    finish (self, now / self->dram->clock->period_fs + 1);
  else if (self->ready == SIMDIT_DRAM_WAITS)
    update_ready (self);
}

void
simdit_dram_requester_taken (SimditDramRequester *self, SimditTick now)
{
  bool ends_burst = !self->following.exists || self->following.starts_burst;

  if (self->transfer->direction == SIMDIT_LOAD)
    self->flights[self->n_taken & self->flight_mask] = (SimditDramFlight){
      .share = self->head.share, .ends_burst = ends_burst
    };
  self->n_taken++;
  advance (self);
  if (self->transfer->direction == SIMDIT_STORE)
    take_store (self, ends_burst, now);
}

void
simdit_dram_requester_arrived (SimditDramRequester *self, uint32_t number,
                               const SimditDramService *service)
{
  SimditTick end = service->end * self->config->clock_fs;

  self->flights[number].arrival = simdit_ceil_div (end, self->dram->clock->period_fs) + 1;
  self->flights[number].service = *service;
  while (self->n_passed != self->n_taken)
    {
      const SimditDramFlight *flight = &self->flights[self->n_passed & self->flight_mask];

      if (flight->arrival == 0)
        break;
      self->n_passed++;
      pass (self, &flight->service, flight->arrival - 1, flight->share);
      if (flight->ends_burst)
        end_burst (self, simdit_clock_tick (self->dram->clock, cycle_of (self, self->passed)));
    }
  if (!self->head.exists && self->n_passed == self->n_taken)
    finish (self, 0);
  else if (self->head.exists && self->ready == SIMDIT_DRAM_WAITS)
    update_ready (self);
}
