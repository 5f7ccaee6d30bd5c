/* What is said of a program: its report at the end, and who waits for what in a deadlock. */
#include "hw/sequencer-private.h"

#include <string.h>

void
simdit_sequencer_fill_report (SimditSequencer *self)
{
  SimditProgramReport *report = &self->report;
  SimditDram *dram = self->config.dram;

  report->end_cycle = self->cycle;
  if (dram->ops->report != NULL)
    dram->ops->report (dram, &report->dram);
  memcpy (report->stall_cycles, self->stalls.cycles, sizeof report->stall_cycles);
  memcpy (report->memory_stalls, self->stalls.memory, sizeof report->memory_stalls);
  simdit_state_log_end (&self->states, self->cycle);
  simdit_variant_table_sum (&self->step_variants, self->config.book, SIMDIT_N_COUNTERS,
                            report->counters);
  for (guint i = 0; i < self->step_variants.n; i++)
    report->compute_cycles += self->step_variants.variants[i].uses
                              * self->step_variants.variants[i].amount;
  for (guint i = 0; i < self->n_movers; i++)
    {
      const SimditVariantTable *variants = self->movers[i].variants;

      /* Ports have counted their states: a transfer may take longer than its shape. */
      simdit_variant_table_sum (variants, self->config.book, SIMDIT_COUNTER_STATE,
                                report->counters);
      for (guint v = 0; v < variants->n; v++)
        report->dram_bits[variants->variants[v].operand] += variants->variants[v].uses
                                                            * variants->variants[v].amount;
    }
}

char *
simdit_sequencer_describe_waiting (const SimditWaiter *waiter)
{
  const SimditSequencer *self = (const SimditSequencer *) (const void *) waiter;
  g_autoptr (GString) text = NULL;

  if (self->program == NULL)
    return NULL;
  text = g_string_new (NULL);
  g_string_append_printf (text, "%s waits at step %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT,
                          self->unit->name, self->step.step, self->program->n_steps);
  for (guint i = 0; i < self->n_active_ports; i++)
    {
      const SimditSequencerPort *port = self->active_ports[i];

      for (guint m = 0; m < port->n_movers; m++)
        if (port->movers[m] == port->moving
            || !simdit_mover_is_done (port->movers[m], self->program))
          simdit_mover_describe (port->movers[m], port->movers[m] == port->moving, text);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}
