#include "sim/result-private.h"

#define FIELD(member, unit, type, summary, help)                                                   \
  {                                                                                                \
    { #member, unit, help, type, summary }, offsetof (SimditLayerResult, member)                   \
  }
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
  FIELD (dram_bytes, "byte", COUNT, true, "all transfers, rounded up"),
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
};

static const SimditTableInfo table = { fields, G_N_ELEMENTS (fields), sizeof (SimditLayerResult) };

const SimditTableInfo *
simdit_result_table (void)
{
  return &table;
}

static void
row_clear (gpointer data)
{
  g_free (((SimditLayerResult *) data)->name);
}

SimditResult *
simdit_result_new (uint64_t pes, uint64_t clock_fs)
{
  SimditResult *self = g_new0 (SimditResult, 1);

  self->pes = pes;
  self->clock_fs = clock_fs;
  self->rows = g_array_new (FALSE, FALSE, sizeof (SimditLayerResult));
  g_array_set_clear_func (self->rows, row_clear);
  self->total.operation = self->total.unit = "";
  return self;
}

void
simdit_result_free (SimditResult *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->rows);
  g_free (self);
}

static void
set_ratios (const SimditResult *self, SimditLayerResult *row)
{
  double pe_cycles = (double) self->pes * (double) row->total_cycles;

  row->pe_utilization = row->macs > 0 ? (double) row->macs / pe_cycles : 0;
  row->pe_utilization_padded = row->padded_macs > 0 ? (double) row->padded_macs / pe_cycles : 0;
}

static uint64_t *
count_of (SimditLayerResult *row, const SimditField *field)
{
  return (uint64_t *) (void *) ((char *) row + field->offset);
}

bool
simdit_result_add (SimditResult *self, const SimditLayerResult *row)
{
  SimditLayerResult copy = *row;
  bool fits = true;

  copy.name = g_strdup (row->name);
  set_ratios (self, &copy);
  g_array_append_val (self->rows, copy);
  for (gsize i = 0; i < G_N_ELEMENTS (fields); i++)
    if (fields[i].column.type == COUNT)
      {
        uint64_t *total = count_of (&self->total, &fields[i]);

        fits &= !__builtin_add_overflow (*total, *count_of (&copy, &fields[i]), total);
      }
  set_ratios (self, &self->total);
  return fits;
}

guint
simdit_result_get_n_columns (const SimditResult *self)
{
  (void) self;
  return G_N_ELEMENTS (fields);
}

const SimditColumn *
simdit_result_get_column (const SimditResult *self, guint column)
{
  (void) self;
  return &fields[column].column;
}

uint64_t
simdit_result_get_n_rows (const SimditResult *self)
{
  return self->rows->len;
}

static const char *
member (const SimditResult *self, uint64_t row, guint column)
{
  const SimditLayerResult *values = row == SIMDIT_RESULT_TOTAL
                                        ? &self->total
                                        : &g_array_index (self->rows, SimditLayerResult, row);

  return (const char *) values + fields[column].offset;
}

const char *
simdit_result_get_text (const SimditResult *self, uint64_t row, guint column)
{
  const char *text = *(const char *const *) (const void *) member (self, row, column);

  return text != NULL ? text : "";
}

uint64_t
simdit_result_get_count (const SimditResult *self, uint64_t row, guint column)
{
  return *(const uint64_t *) (const void *) member (self, row, column);
}

double
simdit_result_get_ratio (const SimditResult *self, uint64_t row, guint column)
{
  return *(const double *) (const void *) member (self, row, column);
}

uint64_t
simdit_result_get_cycles (const SimditResult *self)
{
  return self->total.total_cycles;
}

double
simdit_result_get_seconds (const SimditResult *self)
{
  return (double) self->total.total_cycles * (double) self->clock_fs * 1e-15;
}

uint64_t
simdit_result_get_events (const SimditResult *self)
{
  return self->events;
}

const char *
simdit_result_get_pipeline (const SimditResult *self)
{
  return self->pipeline == SIMDIT_PIPELINE_LOCKSTEP ? "lockstep" : "decoupled";
}

const char *
simdit_result_get_dram (const SimditResult *self)
{
  return self->dram;
}
