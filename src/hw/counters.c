#include "hw/counters.h"

#define SRAM_COUNTERS(name)                                                                        \
  { name ".read_bits", "bit", "read by the unit" },                                                \
      { name ".write_bits", "bit", "written by the unit" },                                        \
      { name ".dma_read_bits", "bit", "read for stores to DRAM" },                                 \
  {                                                                                                \
    name ".dma_write_bits", "bit", "written by loads from DRAM"                                    \
  }

#define OPERATIONS(name, help)                                                                     \
  {                                                                                                \
    "simd_array.op_" name, "operation",                                                            \
        help ", by their first cycle in the execute stage, a lane each"                            \
  }

#define HALVES(what, help)                                                                         \
  { "wbuf." what, "half", help }, { "bbuf." what, "half", help }, { "ibuf." what, "half", help },  \
      { "obuf." what, "half", help },                                                              \
  {                                                                                                \
    "vmem." what, "half", help " (single buffers: places, one for each operand and result)"        \
  }

#define VIEW(buffer)                                                                               \
  {                                                                                                \
    SIMDIT_COUNTER_HALVES + (buffer), SIMDIT_COUNTER_HALVES_TAKEN + (buffer),                      \
        SIMDIT_COUNTER_HALVES_FREED + (buffer)                                                     \
  }

#define PREFIX_PE "pe_array."
#define PREFIX_SIMD "simd_array."
#define PREFIX_PARAM "axi_param."
#define PREFIX_IBUF "axi_ibuf."
#define PREFIX_OBUF "axi_obuf."
#define PREFIX_SIMD_PORT "axi_simd."

static const SimditCounterInfo counters[] = {
  [SIMDIT_COUNTER_ACTIVE_PES] = { "pe_array.active_pes", "PE",
                                  "processing elements that multiply and accumulate" },
  [SIMDIT_COUNTER_HAZARDS] = { "pe_array.hazard_steps", "step",
                               "steps, in their first cycle, whose passes are too short for their "
                               "psums to have returned" },
  [SIMDIT_COUNTER_ACTIVE_LANES] = { "simd_array.active_lanes", "lane",
                                    "lanes with an operation in the execute stage" },
  /* in the order of SimditSimdOp */
  OPERATIONS ("max", "maxima"),
  OPERATIONS ("add", "additions"),
  OPERATIONS ("sub", "subtractions"),
  OPERATIONS ("mul", "multiplications"),
  OPERATIONS ("div", "divisions"),
  OPERATIONS ("exp", "exponentials"),
  OPERATIONS ("log", "logarithms"),
  OPERATIONS ("inv_sqrt", "inverse square roots"),
  OPERATIONS ("cond_move", "conditional moves"),
  OPERATIONS ("generic", "operations of one cycle that are not told apart"),
  [SIMDIT_COUNTER_IMM_READ] = { "imm.read_bits", "bit", "immediates read" },
  [SIMDIT_COUNTER_INSTRUCTION_READ] = { "instruction_memory.read_bits", "bit",
                                        "SIMD instructions fetched" },
  [SIMDIT_COUNTER_DRAM_READ] = { "dram.read_bits", "bit", "read from DRAM" },
  [SIMDIT_COUNTER_DRAM_WRITE] = { "dram.write_bits", "bit", "written to DRAM" },
  /* in the order of SimditBuffer */
  SRAM_COUNTERS ("wbuf"),
  SRAM_COUNTERS ("bbuf"),
  SRAM_COUNTERS ("ibuf"),
  SRAM_COUNTERS ("obuf"),
  SRAM_COUNTERS ("vmem"),
#define ROW(where, state, name, label, kind, cause, help) { PREFIX_##where name, "cycle", help },
  SIMDIT_STATES (ROW)
#undef ROW
  /* in the order of SimditBuffer */
  HALVES ("halves_taken", "halves that are occupied from this cycle on"),
  HALVES ("halves_freed", "halves that are free from this cycle on"),
  HALVES ("occupied_halves", "halves with a tile that is loaded, waits, is used, or is stored"),
};

G_STATIC_ASSERT (G_N_ELEMENTS (counters) == SIMDIT_N_COUNTERS);

static const SimditCounterView views[] = { VIEW (SIMDIT_BUFFER_WBUF), VIEW (SIMDIT_BUFFER_BBUF),
                                           VIEW (SIMDIT_BUFFER_IBUF), VIEW (SIMDIT_BUFFER_OBUF),
                                           VIEW (SIMDIT_BUFFER_VMEM) };

G_STATIC_ASSERT (G_N_ELEMENTS (views) == SIMDIT_N_BUFFERS);

const SimditCounterView *
simdit_counter_views (void)
{
  return views;
}

const SimditCounterInfo *
simdit_counters (void)
{
  return counters;
}
