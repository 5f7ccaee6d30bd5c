/* The rows of a result. */
#ifndef SIMDIT_SIM_RESULT_PRIVATE_H
#define SIMDIT_SIM_RESULT_PRIVATE_H

#include "base/table.h"

#include <simdit/simulation.h>

typedef struct
{
  uint64_t layer;
  char *name;            /* owned by the result */
  const char *operation; /* static, like @unit */
  const char *unit;
  uint64_t steps;
  uint64_t start_cycle, compute_cycles, stall_cycles, total_cycles;
  uint64_t macs, padded_macs;
  double pe_utilization, pe_utilization_padded;
  uint64_t dram_bytes;
  uint64_t weight_bytes, bias_bytes, ifmap_bytes, psum_load_bytes, psum_store_bytes, ofmap_bytes;
  uint64_t wbuf_bits, ibuf_bits, obuf_bits, bbuf_bits, vmem_bits, imm_bits, instruction_bits;
} SimditLayerResult;

struct SimditResult
{
  GArray *rows; /* owned, of SimditLayerResult */
  SimditLayerResult total;
  uint64_t pes; /* of the array */
  uint64_t clock_fs;
  uint64_t events;
  SimditPipeline pipeline;
  const char *dram; /* static */
};

SimditResult *simdit_result_new (uint64_t pes, uint64_t clock_fs);

/**
 * simdit_result_add: takes @row (its name is copied); ratios are worked out here.
 *
 * Returns: false when a total does not fit 64 bits.
 */
bool simdit_result_add (SimditResult *self, const SimditLayerResult *row);

const SimditTableInfo *simdit_result_table (void);

#endif
