/* What an output file says of a run apart from its activities: tables of layers, limits. */
#include "hw/dram/config.h"
#include "hw/dram/dram.h"
#include "machine/machine-private.h"
#include "record/rows.h"
#include "sim/energy-result.h"
#include "sim/layer-result.h"
#include "sim/memory-result.h"

#include <simdit/recording.h>
#include <string.h>

#define MAX_ROW_BYTES 1024

typedef struct
{
  SimditResult *result; /* borrowed */
  uint64_t pes;         /* of the machine: what a layer's ratios refer to, and no column */
} Reader;

static bool
add_row (void *data, const void *row)
{
  Reader *self = data;
  uint64_t copy[MAX_ROW_BYTES / sizeof (uint64_t)] = { 0 };

  memcpy (copy, row, self->result->table->row_size);
  if (self->result->table == &simdit_layer_table)
    ((SimditLayerResult *) copy)->pes = self->pes;
  return simdit_result_add (self->result, copy);
}

/* The machine of the run; NULL: error. */
static SimditMachine *
read_machine (const SimditRecording *recording, GError **error)
{
  g_autofree char *text = simdit_recording_read_text (recording, "/machine", error);

  return text != NULL ? simdit_machine_parse (text, -1, "/machine", error) : NULL;
}

static SimditResult *
read_table (const SimditRecording *recording, const char *name, const SimditTableInfo *table,
            GError **error)
{
  g_autoptr (SimditResult)
      self = simdit_result_new (table, simdit_recording_get_clock_fs (recording), 1);

  g_autoptr (SimditMachine) machine = read_machine (recording, error);
  Reader reader = { .result = self };

  g_assert (table->row_size <= MAX_ROW_BYTES);
  if (machine == NULL)
    return NULL;
  reader.pes = machine->rows * machine->columns;
  self->cycles = (double) simdit_recording_get_cycles (recording);
  if (!simdit_recording_read_rows (recording, name, table, add_row, &reader, error))
    return NULL;
  return g_steal_pointer (&self);
}

SimditResult *
simdit_recording_read_layers (const SimditRecording *recording, GError **error)
{
  g_autoptr (SimditResult) self = read_table (recording, "/layers", &simdit_layer_table, error);

  if (self == NULL)
    return NULL;
  if (simdit_recording_has (recording, "/memory_stalls"))
    {
      self->memory_stalls = read_table (recording, "/memory_stalls", &simdit_memory_stall_table,
                                        error);
      if (self->memory_stalls == NULL)
        return NULL;
    }
  if (simdit_recording_has (recording, "/memory_requests"))
    {
      self->memory = read_table (recording, "/memory_requests", &simdit_memory_table, error);
      if (self->memory == NULL)
        return NULL;
      simdit_memory_result_finish (self->memory, self->cycles);
    }
  if (simdit_recording_has (recording, "/energy"))
    {
      self->energy = simdit_energy_account_read (recording, error);
      if (self->energy == NULL)
        return NULL;
    }
  return g_steal_pointer (&self);
}

bool
simdit_recording_read_energy_table (const SimditRecording *recording, SimditEnergyTable **table,
                                    GError **error)
{
  g_autofree char *text = NULL;

  *table = NULL;
  if (!simdit_recording_has (recording, "/energy_table"))
    return true;
  text = simdit_recording_read_text (recording, "/energy_table", error);
  *table = text != NULL ? simdit_energy_table_parse (text, -1, "/energy_table", NULL, error) : NULL;
  return *table != NULL;
}

bool
simdit_recording_read_validation (const SimditRecording *recording, SimditResult **validation,
                                  GError **error)
{
  *validation = NULL;
  if (!simdit_recording_has (recording, "/validation"))
    return true;
  *validation = read_table (recording, "/validation", &simdit_validation_table, error);
  return *validation != NULL;
}

/* The peak of real DRAM in a cycle of the accelerator [byte]. */
static bool
read_memory_limit (const SimditRecording *recording, double *bytes, GError **error)
{
  g_autofree char *text = simdit_recording_read_text (recording, "/memory", error);
  g_autoptr (SimditDramConfig)
      config = text != NULL ? simdit_dram_config_parse (text, "/memory", error) : NULL;

  if (config == NULL)
    return false;
  *bytes = simdit_dram_config_get_bandwidth (config) * 1e-15
           * (double) simdit_recording_get_clock_fs (recording);
  return true;
}

/* What the DRAM can move in a cycle [byte]; 0: whatever the ports can. */
static bool
read_dram_limit (const SimditRecording *recording, double *bytes, GError **error)
{
  SimditDramSpec spec = { 0 };

  *bytes = 0;
  if (simdit_recording_has (recording, "/memory"))
    return read_memory_limit (recording, bytes, error);
  if (!simdit_dram_parse (simdit_recording_get_dram (recording), &spec, error))
    return false;
  for (guint i = 0; spec.ops->keys[i].key != NULL; i++)
    if (g_str_equal (spec.ops->keys[i].key, "width"))
      *bytes = (double) spec.values[i] / 8;
  return true;
}

bool
simdit_recording_read_limits (const SimditRecording *recording, SimditLimits *limits,
                              GError **error)
{
  g_autofree char *text = simdit_recording_read_text (recording, "/machine", error);
  g_autoptr (SimditMachine)
      machine = text != NULL ? simdit_machine_parse (text, -1, "/machine", error) : NULL;

  if (machine == NULL || !read_dram_limit (recording, &limits->dram_bytes, error))
    return false;
  limits->macs = (double) (machine->rows * machine->columns);
  limits->port_bytes = (double) (simdit_machine_param_port_width (machine) + machine->ibuf_port
                                 + machine->obuf_port)
                       / 8;
  return true;
}
