/* Steps that take longer because a bank's ports are taken: only where the machine has too few. */
#include "hw/sequencer-private.h"

void
simdit_sequencer_take_banks (SimditSequencer *self, SimditSequencerPort *port)
{
  port->banks = &self->dma.active[port->moving->stream->row->buffer][port->transfer.direction];
  (*port->banks)++;
  simdit_engine_schedule (
      self->config.engine, &port->accessed,
      simdit_clock_tick (self->config.clock, self->cycle + port->variant->cycles));
}

void
simdit_sequencer_on_accessed (SimditEvent *event, SimditTick now)
{
  SimditSequencerPort *port = SIMDIT_OWNER_OF (event, SimditSequencerPort, accessed);
  SimditSequencer *self = port->sequencer;

  (*port->banks)--;
  self->cycle = simdit_clock_cycle (self->config.clock, now);
  simdit_sequencer_request_decision (self);
}

/* Where banks have too few ports, the step takes as long as transfers let it. */
static void
schedule_step_end (SimditSequencer *self)
{
  self->step_end_cycle = simdit_sram_end (&self->sram);
  simdit_engine_cancel (self->config.engine, &self->computed);
  if (self->step_end_cycle != UINT64_MAX)
    simdit_engine_schedule (self->config.engine, &self->computed,
                            simdit_clock_tick (self->config.clock, self->step_end_cycle));
}

void
simdit_sequencer_start_contended_step (SimditSequencer *self)
{
  SimditStep step = simdit_sequencer_describe_step (self);
  SimditSramUse use = { 0 };

  self->unit->use_sram (&self->unit_context, &step, &use);
  simdit_sram_begin (&self->sram, &use, self->step_variant->amount, self->cycle, &self->dma);
  schedule_step_end (self);
}

void
simdit_sequencer_update_contention (SimditSequencer *self)
{
  if (self->computing && simdit_sram_change (&self->sram, self->cycle, &self->dma))
    schedule_step_end (self);
}

void
simdit_sequencer_log_bank_waits (SimditSequencer *self, uint64_t wait)
{
  uint64_t waits[SIMDIT_N_BUFFERS];

  simdit_sram_waits (&self->sram, self->step_end_cycle, wait, waits);
  simdit_stall_log_banks (&self->stalls, waits, self->step_end_cycle);
}
