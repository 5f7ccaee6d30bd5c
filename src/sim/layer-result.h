/* The row of a layer, as a run or the exact estimate gives it. */
#ifndef SIMDIT_SIM_LAYER_RESULT_H
#define SIMDIT_SIM_LAYER_RESULT_H

#include "machine/machine-private.h"
#include "sched/schedule.h"
#include "sim/result-private.h"

typedef struct
{
  uint64_t layer;
  const char *name, *operation, *unit, *phase;
  uint64_t steps;
  uint64_t start_cycle, compute_cycles, stall_cycles, total_cycles;
  uint64_t macs, padded_macs, hazard_steps;
  uint64_t pes; /* of the array; not a column */
  double pe_utilization, pe_utilization_padded;
  uint64_t dram_bytes;
  uint64_t weight_bytes, bias_bytes, ifmap_bytes, psum_load_bytes, psum_store_bytes, ofmap_bytes;
  uint64_t wbuf_bits, ibuf_bits, obuf_bits, bbuf_bits, vmem_bits, imm_bits, instruction_bits;
  uint64_t busy_cycles, fill_cycles, drain_cycles,
      nop_cycles; /* 0 in an estimate, like all below */
  uint64_t multi_cycle_cycles;
  uint64_t stall_weights, stall_bias, stall_ifmap, stall_psum_load, stall_obuf_half;
  uint64_t stall_wbuf_bank, stall_bbuf_bank, stall_ibuf_bank, stall_obuf_bank, stall_vmem_bank;
  uint64_t stall_vmem_load, stall_vmem_store, stall_last_store;
} SimditLayerResult;

extern const SimditTableInfo simdit_layer_table;

/** simdit_layer_result_init: the names, the useful MACs, nothing done yet. */
void simdit_layer_result_init (SimditLayerResult *self, const SimditSchedule *schedule,
                               guint index);

/** simdit_layer_result_set_traffic: @bits by operand; bytes are rounded up. */
void simdit_layer_result_set_traffic (SimditLayerResult *self, const uint64_t *bits);

/** simdit_layer_result_set_cycles: stalls are what compute leaves of the total. */
void simdit_layer_result_set_cycles (SimditLayerResult *self, uint64_t compute, uint64_t total);

/** simdit_layer_result_overflow: the error (CAPACITY) of a row that the totals cannot take. */
GError *simdit_layer_result_overflow (const SimditSchedule *schedule, guint index);

#endif
