#include "explore/profile.h"

#include "base/arith.h"
#include "model/slots.h"
#include "model/systolic.h"

#include <string.h>

#define MAX_MOVES SIMDIT_MAX_OPERANDS

/* Slots, or stalling tiles, that are alike: @count times @cycles of the unit beside transfers. */
typedef struct
{
  double count, cycles;
  uint64_t bits[MAX_MOVES];
} Term;

struct SimditProfile
{
  double base; /* [cycle] without stalls */
  uint64_t times;
  SimditCounterSums counters;
  guint n_terms, n_stalls; /* of all terms; of those before the exposed ones */
  double *counts, *computes;
  double *ports[SIMDIT_PROFILE_PORTS]; /* owned: cycles by width, then by term */
};

/* What a profile is made from. */
typedef struct
{
  GArray *terms; /* owned, of Term */
  guint ports[MAX_MOVES];
  guint n_moves;
  SimditSlotCost cost; /* of exact slots */
} Builder;

static guint
port_of (SimditBuffer buffer)
{
  switch (buffer)
    {
    case SIMDIT_BUFFER_IBUF:
      return 1;
    case SIMDIT_BUFFER_OBUF:
      return 2;
    default:
      return 0;
    }
}

/* ---- exact slots ---- */

static void
add_slot (void *data, const SimditSlotKind *kind)
{
  Builder *self = data;
  Term term = { (double) kind->times, (double) kind->cycles, { 0 } };

  memcpy (term.bits, kind->bits, sizeof kind->bits);
  for (guint i = 0; i < self->terms->len; i++)
    {
      Term *known = &g_array_index (self->terms, Term, i);

      if (known->cycles == term.cycles && memcmp (known->bits, term.bits, sizeof term.bits) == 0)
        {
          known->count += term.count;
          return;
        }
    }
  g_array_append_val (self->terms, term);
}

/* Sums are of integers: their order does not matter. */
static double
build_exact (Builder *self, const SimditModelLayer *layer)
{
  self->n_moves = layer->program->n_streams;
  for (guint i = 0; i < self->n_moves; i++)
    self->ports[i] = port_of (layer->program->streams[i].row->buffer);
  simdit_model_slot_kinds (layer, &self->cost, add_slot, self);
  return (double) self->cost.work.cycles;
}

/* ---- the reference's formulas ---- */

static void
add_case (Builder *self, const SimditStallModel *stalls, guint traffic, double count, double cycles)
{
  Term term = { count, cycles, { 0 } };

  for (guint t = 0; t < SIMDIT_N_TRAFFIC; t++)
    if (traffic & (1u << t))
      term.bits[t] = stalls->bits[t];
  g_array_append_val (self->terms, term);
}

static double
build_compatible (Builder *self, const SimditModelLayer *layer)
{
  static const guint ports[] = { [SIMDIT_TRAFFIC_WEIGHTS] = 0,
                                 [SIMDIT_TRAFFIC_BIAS] = 0,
                                 [SIMDIT_TRAFFIC_IFMAP] = 1,
                                 [SIMDIT_TRAFFIC_PSUM] = 2,
                                 [SIMDIT_TRAFFIC_STORE] = 2 };
  SimditStallModel stalls;

  simdit_model_stalls (layer, &stalls);
  self->n_moves = SIMDIT_N_TRAFFIC;
  memcpy (self->ports, ports, sizeof ports);
  for (guint i = 0; i < stalls.n_cases; i++)
    add_case (self, &stalls, stalls.cases[i].traffic, stalls.cases[i].count, stalls.tile_cycles);
  /* The first load and the last store. */
  add_case (self, &stalls,
            1u << SIMDIT_TRAFFIC_WEIGHTS | 1u << SIMDIT_TRAFFIC_BIAS | 1u << SIMDIT_TRAFFIC_IFMAP,
            1, 0);
  add_case (self, &stalls, 1u << SIMDIT_TRAFFIC_STORE, 1, 0);
  return stalls.compute;
}

/* ---- both ---- */

/* Cycles of each term's transfers over @port, for every width. */
static double *
port_table (const Builder *builder, guint port, const GArray *widths, uint64_t most)
{
  guint n = builder->terms->len;
  double *table = g_new (double, (gsize) n * widths->len);

  for (guint w = 0; w < widths->len; w++)
    for (guint t = 0; t < n; t++)
      {
        const Term *term = &g_array_index (builder->terms, Term, t);
        uint64_t width = MIN (g_array_index (widths, uint64_t, w), most), cycles = 0;

        for (guint i = 0; i < builder->n_moves; i++)
          if (builder->ports[i] == port && term->bits[i] != 0)
            cycles += simdit_ceil_div (term->bits[i], width);
        table[(gsize) w * n + t] = (double) cycles;
      }
  return table;
}

static void
take_terms (SimditProfile *self, const Builder *builder)
{
  self->n_terms = builder->terms->len;
  self->counts = g_new (double, self->n_terms);
  self->computes = g_new (double, self->n_terms);
  for (guint t = 0; t < self->n_terms; t++)
    {
      self->counts[t] = g_array_index (builder->terms, Term, t).count;
      self->computes[t] = g_array_index (builder->terms, Term, t).cycles;
    }
}

SimditProfile *
simdit_profile_new (const SimditUniqueLayers *layers, const SimditUniqueLayer *layer,
                    const SimditMachine *machine, const SimditProgram *program,
                    const SimditSplits *widths)
{
  SimditProfile *self = g_new0 (SimditProfile, 1);
  g_autoptr (GArray) terms = g_array_new (FALSE, FALSE, sizeof (Term));
  Builder builder = { .terms = terms };
  SimditMachine wide = *machine;
  SimditModelLayer model;

  wide.param_port = UINT64_MAX;
  simdit_model_layer_init (&model, machine, program, false, NULL);
  self->times = layer->times;
  self->base = layers->request->compatible ? build_compatible (&builder, &model)
                                           : build_exact (&builder, &model);
  take_terms (self, &builder);
  simdit_counter_sums_add (&self->counters, program, &builder.cost, layer->times);
  self->n_stalls = self->n_terms - (layers->request->compatible ? 2 : 0);
  for (guint port = 0; port < SIMDIT_PROFILE_PORTS; port++)
    self->ports[port] = port_table (&builder, port, widths->values[port],
                                    port == 0 ? simdit_machine_param_port_width (&wide)
                                              : UINT64_MAX);
  return self;
}

void
simdit_profile_free (SimditProfile *self)
{
  if (self == NULL)
    return;
  for (guint port = 0; port < SIMDIT_PROFILE_PORTS; port++)
    g_free (self->ports[port]);
  g_free (self->counts);
  g_free (self->computes);
  g_free (self);
}

const SimditCounterSums *
simdit_profile_counters (const SimditProfile *self)
{
  return &self->counters;
}

/*
 * The order of sums is the model's: stalls in the order of its cases, then what nothing is computed
 * beside. The excess of the slowest port over a computation is their maximum less the computation.
 */
int64_t
simdit_profile_cycles (const SimditProfile *self, const uint32_t *widths)
{
  const double *param = self->ports[0] + (gsize) widths[0] * self->n_terms;
  const double *ibuf = self->ports[1] + (gsize) widths[1] * self->n_terms;
  const double *obuf = self->ports[2] + (gsize) widths[2] * self->n_terms;
  double sums[2] = { 0 };

  for (guint t = 0; t < self->n_terms; t++)
    {
      double inputs = MAX (param[t], ibuf[t]), others = MAX (obuf[t], self->computes[t]);
      double longest = MAX (inputs, others);

      sums[t >= self->n_stalls] += (longest - self->computes[t]) * self->counts[t];
    }
  return simdit_scaled_cycles (self->base + (sums[0] + sums[1]), self->times);
}
