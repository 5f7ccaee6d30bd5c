/* The layers of an output file, as the run had them. */
#include "record/rows.h"
#include "sim/layer-result.h"

#include <simdit/recording.h>

static bool
add_row (void *data, const void *row)
{
  SimditResult *self = data;
  SimditLayerResult copy = *(const SimditLayerResult *) row;

  return simdit_result_add (self, &copy);
}

SimditResult *
simdit_recording_read_layers (const SimditRecording *recording, GError **error)
{
  g_autoptr (SimditResult) self = simdit_result_new (&simdit_layer_table, 1, 1);

  self->clock_fs = simdit_recording_get_clock_fs (recording);
  self->cycles = (double) simdit_recording_get_cycles (recording);
  if (!simdit_recording_read_rows (recording, "/layers", &simdit_layer_table, add_row, self, error))
    return NULL;
  return g_steal_pointer (&self);
}
