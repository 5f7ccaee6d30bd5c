#include "sim/slot-counters.h"

#include <string.h>

/* Which buffer a tile goes through. */
static SimditBuffer
buffer_of (const SimditProgram *program, SimditOperand operand)
{
  static const SimditBuffer buffers[SIMDIT_N_OPERANDS] = {
    [SIMDIT_OPERAND_WEIGHTS] = SIMDIT_BUFFER_WBUF,
    [SIMDIT_OPERAND_BIAS] = SIMDIT_BUFFER_BBUF,
    [SIMDIT_OPERAND_IFMAP] = SIMDIT_BUFFER_IBUF,
    [SIMDIT_OPERAND_PSUM_LOAD] = SIMDIT_BUFFER_OBUF,
    [SIMDIT_OPERAND_PSUM_STORE] = SIMDIT_BUFFER_OBUF,
    [SIMDIT_OPERAND_OFMAP] = SIMDIT_BUFFER_OBUF
  };

  return simdit_operator_is_systolic (program->op) ? buffers[operand] : SIMDIT_BUFFER_VMEM;
}

static void
set_unit_counters (uint64_t *counters, const SimditTileWork *work)
{
  const struct
  {
    SimditBuffer buffer;
    uint64_t reads, all;
  } buffers[] = { { SIMDIT_BUFFER_WBUF, work->wbuf, work->wbuf },
                  { SIMDIT_BUFFER_BBUF, work->bbuf, work->bbuf },
                  { SIMDIT_BUFFER_IBUF, work->ibuf, work->ibuf },
                  { SIMDIT_BUFFER_OBUF, work->obuf_reads, work->obuf },
                  { SIMDIT_BUFFER_VMEM, work->vmem_reads, work->vmem } };

  counters[SIMDIT_COUNTER_ACTIVE_PES] = work->padded_macs;
  counters[SIMDIT_COUNTER_ACTIVE_LANES] = work->active_lanes;
  counters[SIMDIT_COUNTER_IMM_READ] = work->immediates;
  counters[SIMDIT_COUNTER_INSTRUCTION_READ] = work->instructions;
  for (guint i = 0; i < SIMDIT_N_OPS; i++)
    counters[SIMDIT_COUNTER_SIMD_OPERATIONS + i] = work->operations[i];
  for (guint i = 0; i < G_N_ELEMENTS (buffers); i++)
    {
      counters[simdit_counter_sram (buffers[i].buffer, SIMDIT_ACCESS_READ)] = buffers[i].reads;
      counters[simdit_counter_sram (buffers[i].buffer, SIMDIT_ACCESS_WRITE)] = buffers[i].all
                                                                               - buffers[i].reads;
    }
}

void
simdit_slot_counters (const SimditProgram *program, const SimditSlotCost *cost, uint64_t *counters)
{
  memset (counters, 0, SIMDIT_N_COUNTERS * sizeof *counters);
  set_unit_counters (counters, &cost->work);
  for (guint i = 0; i < SIMDIT_N_OPERANDS; i++)
    {
      bool store = i == SIMDIT_OPERAND_PSUM_STORE || i == SIMDIT_OPERAND_OFMAP;
      SimditBuffer buffer = buffer_of (program, (SimditOperand) i);

      counters[store ? SIMDIT_COUNTER_DRAM_WRITE : SIMDIT_COUNTER_DRAM_READ] += cost->dram_bits[i];
      counters[simdit_counter_sram (buffer, store ? SIMDIT_ACCESS_DMA_READ
                                                  : SIMDIT_ACCESS_DMA_WRITE)] += cost->dram_bits[i];
    }
}
