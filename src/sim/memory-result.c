#include "sim/memory-result.h"

typedef struct
{
  uint64_t layer;
  const char *name, *operation, *operand;
  uint64_t total_cycles, transfer_cycles;
  uint64_t requests, request_bytes;
  uint64_t row_hits, row_misses, row_conflicts, queue_hits;
  double bandwidth, row_hit_rate;
  uint64_t clock_fs; /* of the accelerator; not a column */
} Row;

#define FIELD(member, unit, type, help)                                                            \
  {                                                                                                \
    { #member, unit, help, SIMDIT_COLUMN_##type, true }, offsetof (Row, member)                    \
  }

static const SimditField fields[] = {
  FIELD (layer, "", INDEX, "position in the program, from 0"),
  FIELD (name, "", TEXT, "the network's name for the layer"),
  FIELD (operation, "", TEXT, "what it computes"),
  FIELD (operand, "", TEXT, "whose tiles: weights, bias, ifmap, psum_load, psum_store, ofmap"),
  FIELD (total_cycles, "cycle", INDEX, "of the layer"),
  FIELD (transfer_cycles, "cycle", COUNT, "during which a tile of the operand was on its way"),
  FIELD (requests, "", COUNT, "made to the memory"),
  FIELD (request_bytes, "byte", COUNT, "of them, whole bursts; no padding"),
  FIELD (bandwidth, "GB/s", RATIO,
         "request_bytes over transfer_cycles; total: over all cycles of the run"),
  FIELD (row_hits, "", COUNT, "requests that found their row open"),
  FIELD (row_misses, "", COUNT, "that found no row open"),
  FIELD (row_conflicts, "", COUNT, "that found another row open"),
  FIELD (queue_hits, "", COUNT, "loads answered by a write that waits, stores merged with one"),
  FIELD (row_hit_rate, "1", RATIO, "row_hits of those that a row had to serve"),
};

static void
finish (void *row, const void *latest)
{
  Row *self = row;
  uint64_t served = self->row_hits + self->row_misses + self->row_conflicts;
  double seconds;

  self->clock_fs = ((const Row *) latest)->clock_fs;
  seconds = (double) self->transfer_cycles * (double) self->clock_fs * 1e-15;
  self->bandwidth = seconds > 0 ? (double) self->request_bytes / seconds * 1e-9 : 0;
  self->row_hit_rate = served > 0 ? (double) self->row_hits / (double) served : 0;
}

const SimditTableInfo simdit_memory_table = {
  .fields = fields, .n_fields = G_N_ELEMENTS (fields), .row_size = sizeof (Row), .finish = finish
};

void
simdit_memory_result_add (SimditResult *self, const SimditLayerResult *layer,
                          const SimditProgramReport *report, const SimditDramConfig *config)
{
  for (guint operand = 0; operand < SIMDIT_N_OPERANDS; operand++)
    {
      const uint64_t *outcomes = report->dram.requests[operand];
      Row row = { .layer = layer->layer,
                  .name = layer->name,
                  .operation = layer->operation,
                  .operand = simdit_operand_name ((SimditOperand) operand),
                  .total_cycles = layer->total_cycles,
                  .transfer_cycles = report->transfer_cycles[operand],
                  .row_hits = outcomes[SIMDIT_DRAM_HIT],
                  .row_misses = outcomes[SIMDIT_DRAM_MISS],
                  .row_conflicts = outcomes[SIMDIT_DRAM_CONFLICT],
                  .queue_hits = outcomes[SIMDIT_DRAM_QUEUED],
                  .clock_fs = self->clock_fs };

      for (guint i = 0; i < SIMDIT_DRAM_N_OUTCOMES; i++)
        row.requests += outcomes[i];
      row.request_bytes = row.requests * config->request_bytes;
      if (row.requests > 0)
        simdit_result_add (self, &row);
    }
}

void
simdit_memory_result_finish (SimditResult *self, double cycles)
{
  Row *total = self->total;
  double seconds = cycles * (double) self->clock_fs * 1e-15;

  self->cycles = cycles;
  total->bandwidth = seconds > 0 ? (double) total->request_bytes / seconds * 1e-9 : 0;
}

/* ---- what the memory was doing while units waited ---- */

typedef struct
{
  uint64_t layer;
  const char *name, *operation, *cause, *memory;
  uint64_t stall_cycles;
} StallRow;

#define STALL_FIELD(member, unit, type, help)                                                      \
  {                                                                                                \
    { #member, unit, help, SIMDIT_COLUMN_##type, true }, offsetof (StallRow, member)               \
  }

static const SimditField stall_fields[] = {
  STALL_FIELD (layer, "", INDEX, "position in the program, from 0"),
  STALL_FIELD (name, "", TEXT, "the network's name for the layer"),
  STALL_FIELD (operation, "", TEXT, "what it computes"),
  STALL_FIELD (cause, "", TEXT, "what the unit waits for: a stall_ column of the layers"),
  STALL_FIELD (memory, "", TEXT, "what the port that moves it, and the memory, do meanwhile"),
  STALL_FIELD (stall_cycles, "cycle", COUNT, "cycles of the unit"),
};

const SimditTableInfo simdit_memory_stall_table = { .fields = stall_fields,
                                                    .n_fields = G_N_ELEMENTS (stall_fields),
                                                    .row_size = sizeof (StallRow) };

void
simdit_memory_stalls_add (SimditResult *self, const SimditLayerResult *layer,
                          const SimditProgramReport *report)
{
  for (guint cause = 0; cause < SIMDIT_N_STALLS; cause++)
    for (guint state = 0; state < SIMDIT_N_MEMORY_STATES; state++)
      {
        StallRow row = { .layer = layer->layer,
                         .name = layer->name,
                         .operation = layer->operation,
                         .cause = simdit_stall_name ((SimditStall) cause),
                         .memory = simdit_memory_state_name ((SimditMemoryState) state),
                         .stall_cycles = report->memory_stalls[cause][state] };

        if (row.stall_cycles > 0)
          simdit_result_add (self, &row);
      }
}
