/*
 * An estimate of a network: the scheduler tiles each layer as for a run, the analytical model
 * (model/) says what it costs.
 */
#include <simdit/estimate.h>

#include "base/table.h"
#include "model/fusion.h"
#include "model/model.h"
#include "sched/schedule.h"

#include <simdit/error.h>

#define BITS_PER_KIB 8192.0

typedef struct
{
  const char *name; /* static */
  SimditLayerCost cost;
} Row;

struct SimditEstimate
{
  Row *rows; /* owned */
  guint n_rows;
  Row total;
};

#define FIELD(name, member, unit, summary, help)                                                   \
  {                                                                                                \
    { name, unit, help, SIMDIT_COLUMN_AMOUNT, summary }, offsetof (Row, cost.member)               \
  }
#define ACCESS(name, member, summary, help) FIELD (name, member, "KiB", summary, help)
#define CYCLES(name, member, help) FIELD (name, member, "cycle", true, help)

/* The reference's columns, under its names (model 9.1). */
static const SimditField fields[] = {
  { { "Layer name", "", "the kind of layer", SIMDIT_COLUMN_TEXT, true }, offsetof (Row, name) },
  ACCESS ("WBUF access", wbuf, false, "weights read by the PE array"),
  ACCESS ("IBUF access", ibuf, false, "inputs read by the PE array"),
  ACCESS ("OBUF access", obuf, false, "psums read and written by the PE array"),
  ACCESS ("BBUF access", bbuf, false, "biases read by the PE array"),
  ACCESS ("VMEM access", vmem, false, "words read and written by the SIMD array"),
  ACCESS ("IMM access", immediates, false, "immediates read"),
  ACCESS ("InsMem access", instructions, false, "SIMD instructions read"),
  ACCESS ("DRAM access filter", dram_weights, false, "weights loaded"),
  ACCESS ("DRAM access ifmap", dram_ifmap, false, "inputs loaded"),
  ACCESS ("DRAM access psum", dram_psum, false, "partial results stored and loaded again"),
  ACCESS ("DRAM access ofmap", dram_ofmap, false, "results stored"),
  ACCESS ("DRAM access bias", dram_bias, false, "biases loaded"),
  ACCESS ("total DRAM access", dram_total, true, "the sum of the five before"),
  CYCLES ("SA compute cycles", array_compute, "in which the PE array works"),
  CYCLES ("SA stall cycles", array_stall, "in which the PE array waits for transfers"),
  CYCLES ("SIMD compute cycles", simd_compute, "in which the SIMD array works"),
  CYCLES ("SIMD stall cycles", simd_stall, "in which the SIMD array waits for transfers"),
  CYCLES ("total cycles", total, "the sum of the four before"),
  FIELD ("Op count", operations, "operation", true,
         "two per multiply-accumulate (padded channels counted); SIMD operations by latency"),
};

static const char *
member (const Row *row, guint column)
{
  return (const char *) row + fields[column].offset;
}

static double
amount (const Row *row, guint column)
{
  return *(const double *) (const void *) member (row, column);
}

static void
set_amount (Row *row, guint column, double value)
{
  *(double *) (void *) ((char *) row + fields[column].offset) = value;
}

/* The model counts bits. */
static void
finish_row (SimditEstimate *self, Row *row)
{
  for (guint c = 0; c < G_N_ELEMENTS (fields); c++)
    if (fields[c].column.type == SIMDIT_COLUMN_AMOUNT)
      {
        if (fields[c].column.unit[0] == 'K')
          set_amount (row, c, amount (row, c) / BITS_PER_KIB);
        set_amount (&self->total, c, amount (&self->total, c) + amount (row, c));
      }
}

static bool
check_options (const SimditMachine *machine, const SimditEstimateOptions *options, GError **error)
{
  if (!simdit_schedule_check_batch (options->batch, error))
    return false;
  if (!options->compatible)
    {
      g_set_error_literal (error, SIMDIT_ERROR, SIMDIT_ERROR_UNSUPPORTED,
                           "only estimates compatible with SimDIT can be made so far");
      return false;
    }
  if (machine->vmem_double)
    {
      g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_UNSUPPORTED,
                   "%s: estimates compatible with SimDIT expect \"vmem_buffering\": \"single\", "
                   "got \"double\"",
                   machine->name);
      return false;
    }
  return true;
}

static bool
estimate_layer (const SimditSchedule *schedule, guint index, bool fused, SimditLayerCost *cost,
                GError **error)
{
  const SimditNetwork *network = schedule->network;
  SimditProgram program;
  SimditModelLayer model = { .machine = schedule->machine,
                             .program = &program,
                             .training = network->mode == SIMDIT_MODE_TRAINING,
                             .fused = fused };

  if (simdit_network_layer (network, index)->op->unit == SIMDIT_UNIT_NONE)
    return true;
  if (!simdit_schedule_layer (schedule, index, &program, error))
    return false;
  simdit_model_compatible (&model, cost);
  return true;
}

SimditEstimate *
simdit_estimate (const SimditMachine *machine, const SimditNetwork *network,
                 const SimditEstimateOptions *options, GError **error)
{
  const SimditSchedule schedule = { .machine = machine,
                                    .network = network,
                                    .batch = options->batch,
                                    .pipeline = SIMDIT_PIPELINE_LOCKSTEP };
  g_autoptr (SimditEstimate) self = NULL;
  g_autofree bool *fused = NULL;

  if (!check_options (machine, options, error))
    return NULL;
  self = g_new0 (SimditEstimate, 1);
  self->n_rows = network->layers->len;
  self->rows = g_new0 (Row, self->n_rows);
  self->total.name = "";
  fused = g_new0 (bool, self->n_rows);
  if (options->fuse && !simdit_fusion_find (network, fused, error))
    return NULL;
  for (guint i = 0; i < self->n_rows; i++)
    {
      self->rows[i].name = simdit_network_layer (network, i)->op->reference_name;
      if (!estimate_layer (&schedule, i, fused[i], &self->rows[i].cost, error))
        return NULL;
      finish_row (self, &self->rows[i]);
    }
  return g_steal_pointer (&self);
}

void
simdit_estimate_free (SimditEstimate *self)
{
  if (self == NULL)
    return;
  g_free (self->rows);
  g_free (self);
}

guint
simdit_estimate_get_n_columns (const SimditEstimate *self)
{
  (void) self;
  return G_N_ELEMENTS (fields);
}

const SimditColumn *
simdit_estimate_get_column (const SimditEstimate *self, guint column)
{
  (void) self;
  return &fields[column].column;
}

uint64_t
simdit_estimate_get_n_rows (const SimditEstimate *self)
{
  return self->n_rows;
}

static const Row *
row_at (const SimditEstimate *self, uint64_t row)
{
  return row == SIMDIT_RESULT_TOTAL ? &self->total : &self->rows[row];
}

const char *
simdit_estimate_get_text (const SimditEstimate *self, uint64_t row, guint column)
{
  return *(const char *const *) (const void *) member (row_at (self, row), column);
}

double
simdit_estimate_get_amount (const SimditEstimate *self, uint64_t row, guint column)
{
  return amount (row_at (self, row), column);
}

double
simdit_estimate_get_cycles (const SimditEstimate *self)
{
  return self->total.cost.total;
}
