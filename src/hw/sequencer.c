#include "hw/sequencer-private.h"

#include <string.h>

#define ALL_PORTS ((1u << SIMDIT_N_PORTS) - 1)

typedef SimditSequencerPort Port;

/* ---- what a step is ---- */

SimditStep
simdit_sequencer_describe_step (const SimditSequencer *self)
{
  const SimditProgram *program = self->program;
  const SimditCursor *at = &self->step;
  SimditStep step = { .fresh = simdit_cursor_is_fresh (at, program->reduction),
                      .first_of_group = simdit_cursor_is_fresh (at, program->inside_group),
                      .last_of_group = simdit_cursor_is_final (at, program->inside_group),
                      .pass = simdit_cursor_pass (at, program) };

  simdit_program_tile_extents (program, at->last, &step.tile);
  return step;
}

/* Once per variant. */
static void
work_out_step (const SimditSequencer *self, SimditVariant *variant)
{
  SimditStep step = simdit_sequencer_describe_step (self);

  variant->shape = self->unit->shape_step (&self->unit_context, &step, self->config.book);
  variant->amount = simdit_shape_book_get (self->config.book, variant->shape)->duration;
}

static const SimditVariant *
step_variant (SimditSequencer *self)
{
  const SimditProgram *program = self->program;
  const SimditCursor *at = &self->step;
  uint32_t key = (at->last & program->ragged)
                 | (uint32_t) simdit_cursor_is_fresh (at, program->reduction) << 16
                 | (uint32_t) simdit_cursor_is_fresh (at, program->inside_group) << 17
                 | (uint32_t) simdit_cursor_is_final (at, program->inside_group) << 18
                 | (uint32_t) simdit_cursor_pass (at, program) << 19;
  SimditVariant *variant = simdit_variant_find (&self->step_variants, key);

  if (G_UNLIKELY (variant->shape == SIMDIT_NO_SHAPE))
    work_out_step (self, variant);
  variant->uses++;
  return variant;
}

/* ---- what a unit waits for ---- */

/* A transfer of @mover ended in @cycle; @awaited: the next step could not start without it. */
static void
note_waiting (SimditSequencer *self, const SimditMover *mover, bool awaited, uint64_t cycle)
{
  if (self->computing)
    return;
  if (self->steps_done == self->program->n_steps)
    simdit_stall_log_charge (&self->stalls, NULL, cycle);
  else if (self->program->discipline == SIMDIT_DISCIPLINE_SERIAL)
    simdit_stall_log_charge (&self->stalls, mover, cycle);
  else if (awaited || self->program->discipline == SIMDIT_DISCIPLINE_LOCKSTEP)
    simdit_stall_log_arrival (&self->stalls, mover, cycle);
}

/* ---- what may start ---- */

static inline bool
store_is_ready (const SimditSequencer *self, const SimditMover *mover)
{
  if (self->program->discipline == SIMDIT_DISCIPLINE_LOCKSTEP)
    return mover->next_end + 1 <= self->slot;
  return mover->next_end <= self->steps_done;
}

/* A spilled tile has been stored before it is loaded, and its buffer has a free half. */
static inline bool
may_load_decoupled (const SimditSequencer *self, const SimditMover *mover)
{
  const SimditMover *store;

  if (mover->spilled_by == SIMDIT_NO_MOVER)
    return self->steps_done >= mover->half_ends[0];
  store = &self->movers[mover->spilled_by];
  if (store->reached <= mover->next.step - mover->stream->revisit_steps)
    return false;
  /* Psums come back to the output buffer itself; a SIMD operand has halves of its own. */
  if (mover->stream->row->buffer == SIMDIT_BUFFER_OBUF)
    return mover->next.step < self->room_until;
  return self->steps_done >= mover->half_ends[0];
}

static inline bool
load_is_ready (const SimditSequencer *self, const SimditMover *mover)
{
  switch (self->program->discipline)
    {
    case SIMDIT_DISCIPLINE_LOCKSTEP:
      return mover->next.step <= self->slot;
    case SIMDIT_DISCIPLINE_SERIAL:
      return mover->next.step <= self->steps_done;
    default:
      return may_load_decoupled (self, mover);
    }
}

/* The first in program order of the port's movers @from to @to; NULL: all have done everything. */
static SimditMover *
first_mover (const SimditSequencer *self, const Port *port, guint from, guint to)
{
  SimditMover *first = NULL;

  for (guint i = from; i < to; i++)
    {
      SimditMover *mover = port->movers[i];

      if (!simdit_mover_is_done (mover, self->program)
          && (first == NULL || simdit_mover_order (mover) < simdit_mover_order (first)))
        first = mover;
    }
  return first;
}

static inline void
update_next (const SimditSequencer *self, Port *port, SimditDirection direction)
{
  if (direction == SIMDIT_LOAD)
    port->next_load = first_mover (self, port, 0, port->n_loads);
  else
    port->next_store = first_mover (self, port, port->n_loads, port->n_movers);
}

/*
 * On the SIMD port loads and stores keep the order of lockstep slots (load s + 1, store s - 1): a
 * load further ahead would make the run longer than lockstep where it delays the store that a step
 * waits for. The OBUF port has no such rule.
 */
static inline bool
overtakes (const SimditSequencer *self, const SimditMover *load, const SimditMover *store)
{
  return self->program->discipline == SIMDIT_DISCIPLINE_DECOUPLED
         && load->stream->row->buffer == SIMDIT_BUFFER_VMEM
         && load->next.step > store->next_end + 1;
}

static inline SimditMover *
choose_transfer (const SimditSequencer *self, const Port *port)
{
  SimditMover *load = port->next_load, *store = port->next_store;

  if (load != NULL
      && (!load_is_ready (self, load) || (store != NULL && overtakes (self, load, store))))
    load = NULL;
  /* Loads go first, but for single buffers, whose result must leave before the next tile comes. */
  if (load != NULL && self->program->discipline != SIMDIT_DISCIPLINE_SERIAL)
    return load;
  return store != NULL && store_is_ready (self, store) ? store : load;
}

static bool
step_is_ready (SimditSequencer *self)
{
  uint64_t step = self->step.step;

  if (self->computing || step >= self->program->n_steps)
    return false;
  if (self->program->discipline == SIMDIT_DISCIPLINE_LOCKSTEP)
    return step < self->slot;
  return step < self->ready_until && step < self->room_until;
}

/* ---- starting ---- */

/* Told of where activities are, without whose shapes they say nothing. */
static inline void
change_halves (SimditSequencer *self, SimditTrack track, SimditHalfChanges changes)
{
  if (self->config.sink.activity != NULL)
    simdit_state_log_change (&self->states, track, changes);
}

static void
start_transfer (SimditSequencer *self, Port *port, SimditMover *mover)
{
  port->moving = mover;
  if (self->config.dram->ops->uses_addresses)
    simdit_mover_walk (mover, self->program, &port->transfer.walk);
  port->variant = simdit_mover_take (mover, self->program, self->config.machine, self->config.book);
  port->start_cycle = self->cycle;
  port->told = false;
  update_next (self, port, mover->stream->row->direction);
  port->transfer.bits = port->variant->amount;
  port->transfer.port_cycles = port->variant->cycles;
  port->transfer.direction = mover->stream->row->direction;
  port->transfer.operand = port->variant->operand;
  self->in_flight++;
  if (G_UNLIKELY (!self->sram.ideal))
    simdit_sequencer_take_banks (self, port);
  simdit_state_log_start (&self->states, &port->transfer, self->cycle);
  if (port->transfer.direction == SIMDIT_LOAD)
    change_halves (self, port->track, simdit_half_taken (mover->stream->row->buffer));
  self->config.dram->ops->submit (self->config.dram, &port->transfer, self->cycle);
}

static void
begin_residencies (SimditSequencer *self)
{
  simdit_state_log_change (&self->states, simdit_sequencer_track (self),
                           simdit_half_rules_begin (&self->halves, self->program, &self->step));
  self->step_frees = simdit_half_rules_end (&self->halves, self->program, &self->step);
}

static void
start_step (SimditSequencer *self)
{
  simdit_stall_log_busy (&self->stalls, self->cycle);
  if (self->config.sink.activity != NULL)
    begin_residencies (self);
  self->step_variant = step_variant (self);
  self->computing = true;
  self->in_flight++;
  self->step_start_cycle = self->cycle;
  self->step_end_cycle = self->cycle + self->step_variant->amount;
  if (self->states.history != NULL)
    simdit_port_history_forget (self->states.history, self->step_end_cycle);
  if (G_UNLIKELY (!self->sram.ideal))
    simdit_sequencer_start_contended_step (self);
  else
    simdit_engine_schedule (self->config.engine, &self->computed,
                            simdit_clock_tick (self->config.clock, self->step_end_cycle));
  simdit_cursor_next (&self->step, self->program, NULL);
}

/* What a port may do depends on its own transfers and on the steps computed, on nothing else. */
static void
start_what_can (SimditSequencer *self)
{
  for (guint32 changed = self->changed_ports; changed != 0; changed &= changed - 1)
    {
      Port *port = &self->ports[__builtin_ctz (changed)];
      SimditMover *mover;

      if (port->moving == NULL && (mover = choose_transfer (self, port)) != NULL)
        start_transfer (self, port, mover);
    }
  self->changed_ports = 0;
  if (step_is_ready (self))
    start_step (self);
}

static bool
is_finished (const SimditSequencer *self)
{
  if (self->in_flight > 0 || self->steps_done < self->program->n_steps)
    return false;
  for (guint i = 0; i < self->n_active_ports; i++)
    if (self->active_ports[i]->next_load != NULL || self->active_ports[i]->next_store != NULL)
      return false;
  return true;
}

/* ---- the end of a program ---- */

static void
finish (SimditSequencer *self)
{
  simdit_sequencer_fill_report (self);
  self->program = NULL;
  self->config.finished (self->config.data, &self->report);
}

/* Everything is done; what the memory has taken may still have to be written. */
static void
drain_and_finish (SimditSequencer *self)
{
  SimditDram *dram = self->config.dram;

  if (dram->ops->drain == NULL || dram->ops->drain (dram, &self->drained))
    finish (self);
}

static void
on_drained (SimditEvent *event, SimditTick now)
{
  SimditSequencer *self = SIMDIT_OWNER_OF (event, SimditSequencer, drained);

  self->cycle = simdit_clock_cycle (self->config.clock, now);
  simdit_stall_log_charge (&self->stalls, NULL, self->cycle);
  finish (self);
}

/* ---- events ---- */

static void
on_decide (SimditEvent *event, SimditTick now)
{
  SimditSequencer *self = SIMDIT_OWNER_OF (event, SimditSequencer, decide);

  (void) now;
  start_what_can (self);
  if (is_finished (self))
    {
      drain_and_finish (self);
      return;
    }
  if (self->program->discipline == SIMDIT_DISCIPLINE_LOCKSTEP)
    while (self->in_flight == 0)
      {
        self->slot++;
        self->changed_ports = ALL_PORTS;
        start_what_can (self);
      }
  if (G_UNLIKELY (!self->sram.ideal))
    simdit_sequencer_update_contention (self);
}

static void
update_ready (SimditSequencer *self)
{
  self->ready_until = self->program->n_steps;
  for (guint i = 0; i < self->n_movers; i++)
    if (simdit_mover_is_load (&self->movers[i]))
      self->ready_until = MIN (self->ready_until, self->movers[i].reached);
}

static inline uint64_t
room_after (const SimditSequencer *self, const SimditMover *store)
{
  switch (self->program->discipline)
    {
    case SIMDIT_DISCIPLINE_LOCKSTEP:
      return UINT64_MAX; /* slots keep the order */
    case SIMDIT_DISCIPLINE_SERIAL:
      return store->reached + store->stream->run;
    default:
      return store->ahead.step;
    }
}

static void
update_room (SimditSequencer *self)
{
  self->room_until = UINT64_MAX;
  for (guint i = 0; i < self->n_stores; i++)
    self->room_until = MIN (self->room_until, room_after (self, self->stores[i]));
}

/* A transfer of @mover is complete: its steps come nearer. Returns: the next step needed it. */
static bool
note_transferred (SimditSequencer *self, SimditMover *mover)
{
  uint64_t before = mover->reached, room = self->room_until, next = self->step.step;

  mover->reached = mover->next.step;
  if (simdit_mover_is_load (mover))
    {
      if (before == self->ready_until)
        update_ready (self);
      return before <= next && next < mover->reached;
    }
  if (self->program->discipline == SIMDIT_DISCIPLINE_DECOUPLED)
    simdit_cursor_next (&mover->ahead, self->program, mover->stream);
  update_room (self);
  return room <= next && next < self->room_until;
}

static void
on_transferred (SimditEvent *event, SimditTick now)
{
  Port *port = SIMDIT_OWNER_OF (event, Port, transfer.done);
  SimditSequencer *self = port->sequencer;
  SimditMover *mover = port->moving;
  bool awaited = note_transferred (self, mover);

  (void) now;
  self->in_flight--;
  self->cycle = port->transfer.end_cycle;
  self->report.transfer_cycles[port->transfer.operand] += self->cycle - port->start_cycle;
  note_waiting (self, mover, awaited, self->cycle);
  port->moving = NULL;
  self->changed_ports |= 1u << (port->track - SIMDIT_TRACK_PORTS);
  if (port->told)
    simdit_state_log_stand (&self->states, &port->transfer, SIMDIT_DRAM_WAIT_ANYTHING, self->cycle);
  else
    simdit_state_log_move (&self->states, &port->transfer, true, self->cycle, port->variant->shape);
  if (port->transfer.direction == SIMDIT_STORE)
    change_halves (self, port->track, simdit_half_freed (mover->stream->row->buffer));
  simdit_sequencer_request_decision (self);
}

static void
on_moved (SimditTransfer *transfer, uint64_t from_cycle, uint64_t cycles, uint64_t bits)
{
  Port *port = SIMDIT_OWNER_OF (transfer, Port, transfer);
  SimditSequencer *self = port->sequencer;
  uint32_t shape = SIMDIT_NO_SHAPE;

  port->told = true;
  if (bits == 0)
    return;
  simdit_state_log_stand (&self->states, transfer, SIMDIT_DRAM_WAIT_ANYTHING, from_cycle);
  if (self->config.sink.activity != NULL)
    shape = simdit_transfer_part_shape (port->moving->stream->row, transfer->operand, bits, cycles,
                                        self->config.book);
  simdit_state_log_move (&self->states, transfer, bits > transfer->port_width * (cycles - 1),
                         from_cycle + cycles, shape);
}

static void
on_waited (SimditTransfer *transfer, SimditDramWait wait, uint64_t until_cycle)
{
  Port *port = SIMDIT_OWNER_OF (transfer, Port, transfer);

  port->told = true;
  simdit_state_log_stand (&port->sequencer->states, transfer, wait, until_cycle);
}

/* The step has ended; the cycles in which it waited for banks are told of as its last. */
static inline void
log_step (SimditSequencer *self)
{
  uint64_t wait = self->step_end_cycle - self->step_start_cycle - self->step_variant->amount;

  simdit_state_log_step (&self->states, simdit_sequencer_track (self), self->step_end_cycle - wait,
                         self->step_variant->shape);
  simdit_stall_log_idle (&self->stalls, self->step_end_cycle);
  if (G_UNLIKELY (wait > 0))
    simdit_sequencer_log_bank_waits (self, wait);
  change_halves (self, simdit_sequencer_track (self), self->step_frees);
}

static void
on_computed (SimditEvent *event, SimditTick now)
{
  SimditSequencer *self = SIMDIT_OWNER_OF (event, SimditSequencer, computed);

  (void) now;
  self->computing = false;
  self->in_flight--;
  self->steps_done++;
  self->cycle = self->step_end_cycle;
  log_step (self);
  self->changed_ports = ALL_PORTS;
  simdit_sequencer_request_decision (self);
}

/* ---- set-up ---- */

SimditSequencer *
simdit_sequencer_new (const SimditSequencerConfig *config)
{
  SimditSequencer *self = g_new0 (SimditSequencer, 1);

  self->waiter.describe = simdit_sequencer_describe_waiting;
  self->config = *config;
  simdit_sram_init (&self->sram, config->machine);
  self->states = (SimditStateLog){ .sink = config->sink, .book = config->book };
  if (config->dram->ops != &simdit_dram_ideal_ops)
    self->states.history = simdit_port_history_new ();
  self->unit_context = (SimditUnitContext){ .machine = config->machine,
                                            .training = config->training };
  simdit_event_init (&self->decide, "sequencer.decide", SIMDIT_PHASE_DECIDE, on_decide);
  simdit_event_init (&self->computed, "unit.computed", SIMDIT_PHASE_DELIVER, on_computed);
  simdit_event_init (&self->drained, "memory.drained", SIMDIT_PHASE_DECIDE, on_drained);
  for (guint i = 0; i < SIMDIT_N_PORTS; i++)
    {
      Port *port = &self->ports[i];

      port->sequencer = self;
      port->track = SIMDIT_TRACK_PORTS + i;
      port->transfer.port = i;
      port->transfer.moved = on_moved;
      port->transfer.waited = on_waited;
      port->transfer.port_width = simdit_port_width (config->machine, (SimditPort) i);
      simdit_event_init (&port->accessed, "banks", SIMDIT_PHASE_DELIVER,
                         simdit_sequencer_on_accessed);
      simdit_event_init (&port->transfer.done, simdit_port_name ((SimditPort) i),
                         SIMDIT_PHASE_DELIVER, on_transferred);
    }
  simdit_engine_add_waiter (config->engine, &self->waiter);
  return self;
}

void
simdit_sequencer_free (SimditSequencer *self)
{
  if (self == NULL)
    return;
  simdit_engine_cancel (self->config.engine, &self->decide);
  simdit_engine_cancel (self->config.engine, &self->computed);
  simdit_engine_cancel (self->config.engine, &self->drained);
  for (guint i = 0; i < SIMDIT_N_PORTS; i++)
    {
      simdit_engine_cancel (self->config.engine, &self->ports[i].transfer.done);
      simdit_engine_cancel (self->config.engine, &self->ports[i].accessed);
    }
  simdit_port_history_free (self->states.history);
  g_free (self);
}

/* Gives each port its movers: loads in the operator's order, then stores. */
static void
assign_ports (SimditSequencer *self)
{
  self->n_active_ports = 0;
  for (guint p = 0; p < SIMDIT_N_PORTS; p++)
    {
      Port *port = &self->ports[p];

      port->n_loads = port->n_movers = 0;
      for (guint pass = SIMDIT_LOAD; pass <= SIMDIT_STORE; pass++)
        for (guint i = 0; i < self->n_movers; i++)
          {
            const SimditOperandRow *row = self->movers[i].stream->row;

            if (row->direction == (SimditDirection) pass && simdit_port_of (row->buffer) == p)
              port->movers[port->n_movers++] = &self->movers[i];
            if (pass == SIMDIT_LOAD)
              port->n_loads = port->n_movers;
          }
      update_next (self, port, SIMDIT_LOAD);
      update_next (self, port, SIMDIT_STORE);
      if (port->n_movers > 0)
        self->active_ports[self->n_active_ports++] = port;
    }
}

uint64_t
simdit_sequencer_steps (const SimditSequencer *self)
{
  return self->steps_before + self->steps_done;
}

void
simdit_sequencer_start (SimditSequencer *self, const SimditProgram *program)
{
  SimditTick now = simdit_engine_now (self->config.engine);

  self->report = (SimditProgramReport){ 0 };
  self->program = self->unit_context.program = program;
  self->unit = simdit_unit_ops (program->op->unit);
  self->steps_before += self->steps_done;
  self->steps_done = 0;
  self->slot = 0;
  self->changed_ports = ALL_PORTS;
  self->n_stores = 0;
  self->n_movers = program->n_streams;
  simdit_variant_table_init (&self->step_variants);
  simdit_cursor_init (&self->step, program, NULL);
  for (guint i = 0; i < self->n_movers; i++)
    {
      simdit_mover_init (&self->movers[i], program, i, &self->mover_variants[i]);
      if (!simdit_mover_is_load (&self->movers[i]))
        self->stores[self->n_stores++] = &self->movers[i];
    }
  simdit_half_rules_init (&self->halves, program);
  assign_ports (self);
  update_ready (self);
  update_room (self);
  self->cycle = simdit_clock_cycle (self->config.clock, now);
  self->report.start_cycle = self->cycle;
  simdit_state_log_begin (&self->states, self->cycle, self->report.counters + SIMDIT_COUNTER_STATE);
  simdit_stall_log_init (&self->stalls, &self->states, simdit_sequencer_track (self), self->cycle);
  simdit_engine_schedule (self->config.engine, &self->decide, now);
}
