#include "sim/layer-result.h"

#include "base/arith.h"

#include <simdit/error.h>

#define FIELD(member, unit, type, summary, help)                                                   \
  {                                                                                                \
    { #member, unit, help, type, summary }, offsetof (SimditLayerResult, member)                   \
  }
#define STALL(member, help)                                                                        \
  FIELD (member, "cycle", COUNT, false, "stall cycles that wait for " help)
#define TEXT SIMDIT_COLUMN_TEXT
#define INDEX SIMDIT_COLUMN_INDEX
#define COUNT SIMDIT_COLUMN_COUNT
#define RATIO SIMDIT_COLUMN_RATIO

static const SimditField fields[] = {
  FIELD (layer, "", INDEX, true, "position in the program, from 0"),
  FIELD (name, "", TEXT, true, "the network's name for the layer"),
  FIELD (operation, "", TEXT, true, "what it computes"),
  FIELD (unit, "", TEXT, true, "where: pe_array, simd_array, or none for a row that costs nothing"),
  FIELD (steps, "tile", COUNT, true, "tiles, each once per pass"),
  FIELD (compute_cycles, "cycle", COUNT, true, "cycles in which the unit works"),
  FIELD (stall_cycles, "cycle", COUNT, true, "total less compute"),
  FIELD (total_cycles, "cycle", COUNT, true, "from the end of the layer before to its last store"),
  FIELD (pe_utilization, "1", RATIO, true,
         "useful multiply-accumulates per PE and cycle (channels not padded)"),
  FIELD (pe_utilization_padded, "1", RATIO, true, "the same, padded channels counted"),
  FIELD (dram_bytes, "byte", COUNT, true,
         "of all tiles that are moved, padding included (real DRAM does not transfer it), rounded "
         "up"),
  FIELD (weight_bytes, "byte", COUNT, true, "weights loaded"),
  FIELD (bias_bytes, "byte", COUNT, true, "biases loaded"),
  FIELD (ifmap_bytes, "byte", COUNT, true, "inputs loaded, of a SIMD layer all its operands"),
  FIELD (psum_load_bytes, "byte", COUNT, true, "partial results loaded again"),
  FIELD (psum_store_bytes, "byte", COUNT, true, "partial results stored"),
  FIELD (ofmap_bytes, "byte", COUNT, true, "final results stored"),
  FIELD (start_cycle, "cycle", INDEX, false, "when the layer begins"),
  FIELD (macs, "MAC", COUNT, false, "useful multiply-accumulates"),
  FIELD (padded_macs, "MAC", COUNT, false, "PE-cycles in use, padded channels counted"),
  FIELD (wbuf_bits, "bit", COUNT, false, "WBUF accesses of the unit"),
  FIELD (ibuf_bits, "bit", COUNT, false, "IBUF accesses of the unit"),
  FIELD (obuf_bits, "bit", COUNT, false, "OBUF accesses of the unit, reads and writes"),
  FIELD (bbuf_bits, "bit", COUNT, false, "BBUF accesses of the unit"),
  FIELD (vmem_bits, "bit", COUNT, false, "VMEM accesses of the unit, reads and writes"),
  FIELD (imm_bits, "bit", COUNT, false, "immediates read"),
  FIELD (instruction_bits, "bit", COUNT, false, "SIMD instructions fetched"),
  FIELD (busy_cycles, "cycle", COUNT, false,
         "of compute: every PE has a vector, or a SIMD instruction issues"),
  FIELD (fill_cycles, "cycle", COUNT, false, "of compute: vectors have not reached every PE"),
  FIELD (drain_cycles, "cycle", COUNT, false,
         "of compute: PEs run out of vectors, or the SIMD pipeline drains and fills"),
  FIELD (nop_cycles, "cycle", COUNT, false,
         "of compute: a SIMD instruction waits for the result of the one before it"),
  FIELD (multi_cycle_cycles, "cycle", COUNT, false,
         "of compute: a SIMD instruction takes more than its first cycle"),
  STALL (stall_weights, "weights, which arrive last"),
  STALL (stall_bias, "biases"),
  STALL (stall_ifmap, "the ifmap"),
  STALL (stall_psum_load, "psums to come back"),
  STALL (stall_obuf_half, "half of the output buffer, which is being stored"),
  STALL (stall_vmem_load, "an operand of the SIMD array"),
  STALL (stall_vmem_store, "a result of the SIMD array to be stored"),
  STALL (stall_wbuf_bank, "a port of WBUF's banks"),
  STALL (stall_bbuf_bank, "a port of BBUF's banks"),
  STALL (stall_ibuf_bank, "a port of IBUF's banks"),
  STALL (stall_obuf_bank, "a port of OBUF's banks"),
  STALL (stall_vmem_bank, "a port of VMEM's banks"),
  STALL (stall_last_store, "the last store of the layer"),
  FIELD (hazard_steps, "step", COUNT, false,
         "steps with passes of fewer than J outputs, whose accumulation hazards are not modelled"),
  FIELD (phase, "", TEXT, false, "part of a training iteration that the layer belongs to"),
};

static void
finish (void *row, const void *latest)
{
  SimditLayerResult *self = row;
  double pe_cycles;

  self->pes = ((const SimditLayerResult *) latest)->pes;
  pe_cycles = (double) self->pes * (double) self->total_cycles;
  self->pe_utilization = self->macs > 0 ? (double) self->macs / pe_cycles : 0;
  self->pe_utilization_padded = self->padded_macs > 0 ? (double) self->padded_macs / pe_cycles : 0;
}

const SimditTableInfo simdit_layer_table = { .fields = fields,
                                             .n_fields = G_N_ELEMENTS (fields),
                                             .row_size = sizeof (SimditLayerResult),
                                             .finish = finish };

const SimditColumn *
simdit_run_column (guint column)
{
  return column < G_N_ELEMENTS (fields) ? &fields[column].column : NULL;
}

void
simdit_layer_result_init (SimditLayerResult *self, const SimditSchedule *schedule, guint index)
{
  const SimditLayer *layer = simdit_network_layer (schedule->network, index);

  *self = (SimditLayerResult){ .layer = index,
                               .name = layer->name,
                               .operation = layer->op->name,
                               .unit = simdit_unit_name (layer->op->unit),
                               .phase = simdit_stage_name (layer->stage),
                               .macs = simdit_schedule_macs (schedule, index),
                               .pes = schedule->machine->rows * schedule->machine->columns };
}

void
simdit_layer_result_set_traffic (SimditLayerResult *self, const uint64_t *bits)
{
  uint64_t *bytes[] = { [SIMDIT_OPERAND_WEIGHTS] = &self->weight_bytes,
                        [SIMDIT_OPERAND_BIAS] = &self->bias_bytes,
                        [SIMDIT_OPERAND_IFMAP] = &self->ifmap_bytes,
                        [SIMDIT_OPERAND_PSUM_LOAD] = &self->psum_load_bytes,
                        [SIMDIT_OPERAND_PSUM_STORE] = &self->psum_store_bytes,
                        [SIMDIT_OPERAND_OFMAP] = &self->ofmap_bytes };
  uint64_t sum = 0;

  for (guint i = 0; i < SIMDIT_N_OPERANDS; i++)
    {
      sum += bits[i];
      *bytes[i] = simdit_ceil_div (bits[i], 8);
    }
  self->dram_bytes = simdit_ceil_div (sum, 8);
}

void
simdit_layer_result_set_cycles (SimditLayerResult *self, uint64_t compute, uint64_t total)
{
  self->compute_cycles = compute;
  self->total_cycles = total;
  self->stall_cycles = total - compute;
}

GError *
simdit_layer_result_overflow (const SimditSchedule *schedule, guint index)
{
  const SimditLayer *layer = simdit_network_layer (schedule->network, index);

  return g_error_new (SIMDIT_ERROR, SIMDIT_ERROR_CAPACITY,
                      "%s: layer %u \"%s\": the totals of the network overflow 64-bit counters; "
                      "expected smaller layers or fewer",
                      schedule->network->name, index, layer->name);
}
