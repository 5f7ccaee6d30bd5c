#include "sim/record-plan.h"

#include "hw/counters.h"

void
simdit_record_plan_init (SimditRecordPlan *self, guint n_channels)
{
  self->tracks = g_ptr_array_new ();
  self->counters = g_array_new (FALSE, FALSE, sizeof (SimditCounterInfo));
  self->labels = g_array_new (FALSE, FALSE, sizeof (SimditLabelInfo));
  self->texts = g_string_chunk_new (1024);
  for (guint i = 0; i < SIMDIT_N_TRACKS; i++)
    g_ptr_array_add (self->tracks, (char *) (uintptr_t) simdit_track_name (i));
  g_array_append_vals (self->counters, simdit_counters (), SIMDIT_N_COUNTERS);
  g_array_append_vals (self->labels, simdit_state_labels (), SIMDIT_N_STATES);
  self->watch.first_track = SIMDIT_N_TRACKS;
  self->watch.first_counter = SIMDIT_N_COUNTERS;
  self->watch.first_label = SIMDIT_N_STATES;
  if (n_channels == 0)
    return;
  simdit_dram_watch_describe (n_channels, self->tracks, self->counters, self->texts);
  g_array_append_vals (self->labels, simdit_dram_watch_labels, SIMDIT_DRAM_N_WATCH_LABELS);
}

void
simdit_record_plan_clear (SimditRecordPlan *self)
{
  g_clear_pointer (&self->tracks, g_ptr_array_unref);
  g_clear_pointer (&self->counters, g_array_unref);
  g_clear_pointer (&self->labels, g_array_unref);
  g_clear_pointer (&self->texts, g_string_chunk_free);
}
