/*
 * Convolution and GEMM on the PE array. Two stall tables tell what moves while a tile is computed:
 * weight stationary (any batch) and, for a GEMM of one row, output stationary. A tile's stall is
 * the time by which its slowest port outlasts its computation; the ports work in parallel,
 * transfers on one port follow each other.
 */
#include "model/systolic.h"

#include "base/arith.h"
#include "model/counts.h"

#define D(name) SIMDIT_DIM (name)
#define OUTPUT_DIMS (D (OW) | D (OH) | D (N) | D (OC))
#define WEIGHT_DIMS (D (KW) | D (KH) | D (IC) | D (OC))
#define INPUT_DIMS (D (IW) | D (IH) | D (IC) | D (N))
#define STREAM_DIMS (D (OW) | D (OH) | D (N)) /* loops during which weights stay */

/* The order in which the reference multiplies tile counts, but for counts of weight tiles. */
static const SimditDim tile_order[] = {
  SIMDIT_DIM_OW, SIMDIT_DIM_OH, SIMDIT_DIM_N,  SIMDIT_DIM_IC,
  SIMDIT_DIM_KW, SIMDIT_DIM_KH, SIMDIT_DIM_OC, SIMDIT_N_DIMS
};
static const SimditDim weight_order[] = { SIMDIT_DIM_KW, SIMDIT_DIM_KH, SIMDIT_DIM_IC,
                                          SIMDIT_DIM_OC, SIMDIT_N_DIMS };
/* The same for the passes of a tile, where they make its cycles. */
static const SimditDim pass_order[] = {
  SIMDIT_DIM_OW, SIMDIT_DIM_OH, SIMDIT_DIM_KW, SIMDIT_DIM_KH,
  SIMDIT_DIM_N,  SIMDIT_DIM_IC, SIMDIT_DIM_OC, SIMDIT_N_DIMS
};

typedef struct
{
  const SimditModelLayer *layer;
  const SimditMachine *machine;
  const SimditProgram *program;
  SimditCounts tiles;  /* of the layer */
  SimditCounts passes; /* of a tile through the array */
  bool one_row;        /* a GEMM with batch 1: psums stay in OBUF, weights are used once */
  double reloads;      /* times that each weight tile is loaded, for loops outside its own */
  double tile_cycles;  /* computation of a tile, fill and drain included */
} Layer;

static double
tile_product (const Layer *self, double value, SimditDimSet dims, SimditDimSet ceiled)
{
  return simdit_counts_product (value, &self->tiles, tile_order, dims, ceiled);
}

static void
layer_init (Layer *self, const SimditModelLayer *layer)
{
  const SimditProgram *program = layer->program;

  self->layer = layer;
  self->machine = layer->machine;
  self->program = program;
  self->tiles = simdit_counts_of_tiles (program);
  self->passes = simdit_counts_of_passes (layer);
  self->one_row = program->op->output_stationary && program->extents.of[SIMDIT_DIM_N] == 1;
  self->reloads = tile_product (self, 1, layer->external != NULL ? layer->external->reloads : 0, 0);
  self->tile_cycles = simdit_counts_product (1, &self->passes, pass_order, SIMDIT_ALL_DIMS,
                                             D (IC) | D (OC))
                      + (double) (self->machine->rows - 1 + self->machine->columns - 1);
}

/* All elements of @pass that the array takes while it works on the counts in @dims. */
static double
pass_product (const Layer *self, SimditDimSet pass, SimditDimSet dims, SimditDimSet ceiled)
{
  return simdit_counts_product (simdit_pass_volume (self->layer, pass), &self->passes, tile_order,
                                dims, ceiled);
}

static double
tile_volume (const Layer *self, SimditDimSet dims)
{
  return (double) simdit_extents_volume (&self->program->tile, dims);
}

static double
width (const Layer *self, SimditWidth width)
{
  return (double) self->program->widths[width];
}

/* ---- accesses (sections 4.1, 4.2, 5.1) ---- */

static double
reduction_tiles (const Layer *self)
{
  return ceil (self->tiles.of[SIMDIT_DIM_IC]) * ceil (self->tiles.of[SIMDIT_DIM_KW])
         * ceil (self->tiles.of[SIMDIT_DIM_KH]);
}

/* Psum tiles go to DRAM and come back, but for the first load, once per tile of the reduction. */
static double
psum_traffic (const Layer *self)
{
  double moved;

  if (self->one_row)
    return 0;
  moved = tile_product (self, tile_volume (self, OUTPUT_DIMS), OUTPUT_DIMS, 0)
          * (2 * reduction_tiles (self) - 1);
  return (moved - (double) simdit_extents_volume (&self->program->extents, OUTPUT_DIMS))
         * width (self, SIMDIT_WIDTH_ACCUMULATOR);
}

static void
set_dram_accesses (const Layer *self, SimditLayerCost *cost)
{
  cost->dram_ifmap = tile_product (self, tile_volume (self, INPUT_DIMS), SIMDIT_ALL_DIMS,
                                   self->one_row ? 0 : D (OC))
                     * width (self, SIMDIT_WIDTH_ACTIVATION);
  cost->dram_weights = tile_product (self, tile_volume (self, WEIGHT_DIMS), WEIGHT_DIMS, 0)
                       * self->reloads * width (self, SIMDIT_WIDTH_WEIGHT);
  cost->dram_psum = psum_traffic (self);
  if (!self->layer->fused)
    cost->dram_ofmap = (double) simdit_extents_volume (&self->program->extents, OUTPUT_DIMS)
                       * width (self, SIMDIT_WIDTH_ACCUMULATOR);
  cost->dram_bias = tile_product (self, tile_volume (self, D (OC)), D (OC), 0)
                    * width (self, SIMDIT_WIDTH_BIAS);
}

static void
set_sram_accesses (const Layer *self, SimditLayerCost *cost)
{
  double visits = reduction_tiles (self);
  double reduced = ceil (self->passes.of[SIMDIT_DIM_IC]) * ceil (self->passes.of[SIMDIT_DIM_KW])
                   * ceil (self->passes.of[SIMDIT_DIM_KH]) * visits;
  double output_tiles = tile_product (self, 1, OUTPUT_DIMS, 0);

  cost->ibuf = pass_product (self, INPUT_DIMS, SIMDIT_ALL_DIMS, D (OC))
               * tile_product (self, 1, SIMDIT_ALL_DIMS, D (OC))
               * width (self, SIMDIT_WIDTH_ACTIVATION);
  cost->wbuf = pass_product (self, WEIGHT_DIMS, SIMDIT_ALL_DIMS, STREAM_DIMS)
               * tile_product (self, 1, SIMDIT_ALL_DIMS, STREAM_DIMS)
               * width (self, SIMDIT_WIDTH_WEIGHT);
  cost->obuf = pass_product (self, OUTPUT_DIMS, OUTPUT_DIMS, 0) * (2 * reduced - 1) * output_tiles
               * width (self, SIMDIT_WIDTH_ACCUMULATOR);
  cost->bbuf = tile_volume (self, OUTPUT_DIMS) * output_tiles * width (self, SIMDIT_WIDTH_BIAS);
}

/* ---- stalls (sections 4.4, 5.3) ---- */

#define WEIGHTS (1u << SIMDIT_TRAFFIC_WEIGHTS)
#define BIAS (1u << SIMDIT_TRAFFIC_BIAS)
#define IFMAP (1u << SIMDIT_TRAFFIC_IFMAP)
#define PSUM (1u << SIMDIT_TRAFFIC_PSUM)
#define STORE (1u << SIMDIT_TRAFFIC_STORE)

/* Cycles to move one tile of each operand. */
typedef struct
{
  double weights, bias, ifmap, psum, store;
} Transfers;

static uint64_t
tile_bits (const Layer *self, SimditDimSet dims, SimditWidth width)
{
  return simdit_extents_volume (&self->program->tile, dims) * self->program->widths[width];
}

/* Bits of one tile of each operand. */
static void
set_bits (const Layer *self, uint64_t *bits)
{
  SimditDimSet batch = self->one_row ? D (N) : 0; /* 1, whatever a spec says */

  bits[SIMDIT_TRAFFIC_WEIGHTS] = tile_bits (self, WEIGHT_DIMS, SIMDIT_WIDTH_WEIGHT);
  bits[SIMDIT_TRAFFIC_BIAS] = tile_bits (self, D (OC), SIMDIT_WIDTH_BIAS);
  bits[SIMDIT_TRAFFIC_IFMAP] = tile_bits (self, INPUT_DIMS & ~batch, SIMDIT_WIDTH_ACTIVATION);
  bits[SIMDIT_TRAFFIC_PSUM] = tile_bits (self, OUTPUT_DIMS & ~batch, SIMDIT_WIDTH_ACCUMULATOR);
  /* A fused GEMM of one row stores nothing; convolutions are corrected afterwards. */
  bits[SIMDIT_TRAFFIC_STORE] = self->one_row && self->layer->fused ? 0 : bits[SIMDIT_TRAFFIC_PSUM];
}

static Transfers
transfers_of (const Layer *self)
{
  uint64_t bits[SIMDIT_N_TRAFFIC], parameters = simdit_machine_param_port_width (self->machine);
  uint64_t ifmap = self->machine->ibuf_port, outputs = self->machine->obuf_port;

  set_bits (self, bits);
  return (Transfers){
    .weights = (double) simdit_ceil_div (bits[SIMDIT_TRAFFIC_WEIGHTS], parameters),
    .bias = (double) simdit_ceil_div (bits[SIMDIT_TRAFFIC_BIAS], parameters),
    .ifmap = (double) simdit_ceil_div (bits[SIMDIT_TRAFFIC_IFMAP], ifmap),
    .psum = (double) simdit_ceil_div (bits[SIMDIT_TRAFFIC_PSUM], outputs),
    .store = (double) simdit_ceil_div (bits[SIMDIT_TRAFFIC_STORE], outputs),
  };
}

/* Cycles by which the slowest port that has some of @traffic outlasts @computation. */
static double
excess (const Transfers *moves, guint traffic, double computation)
{
  double parameters = (traffic & WEIGHTS ? moves->weights : 0) + (traffic & BIAS ? moves->bias : 0);
  double outputs = (traffic & PSUM ? moves->psum : 0) + (traffic & STORE ? moves->store : 0);
  double slowest = MAX (parameters, outputs);

  if (traffic & IFMAP)
    slowest = MAX (slowest, moves->ifmap);
  return MAX (slowest - computation, 0);
}

typedef SimditStallCase Case;

static double
sum_cases (const Layer *self, const Transfers *moves, const Case *cases, guint n)
{
  double stall = 0;

  for (guint i = 0; i < n; i++)
    stall += excess (moves, cases[i].traffic, self->tile_cycles) * cases[i].count;
  return stall;
}

/* The first load and the last store, beside which nothing is computed. */
static double
exposed (const Transfers *moves)
{
  return excess (moves, WEIGHTS | BIAS | IFMAP, 0) + moves->store;
}

/* Tiles of the middle; the first is bias with weights, the last two are special. */
static void
weight_stationary_cases (const Layer *self, Case *cases)
{
  double weight_tiles = simdit_counts_product (1, &self->tiles, weight_order, WEIGHT_DIMS, 0)
                        * self->reloads;
  double bias_tiles = self->tiles.of[SIMDIT_DIM_OC];
  double output_tiles = tile_product (self, 1, OUTPUT_DIMS, 0);
  double revisits = tile_product (self, 1, SIMDIT_ALL_DIMS, 0) - output_tiles;
  double new_bias = bias_tiles - 1, new_weights = weight_tiles - bias_tiles;
  double fresh = (output_tiles - 2) - new_bias, accumulating = revisits - new_weights;

  if (accumulating + new_weights == 0)
    accumulating = new_weights = 0;
  cases[0] = (Case){ IFMAP | STORE, fresh };
  cases[1] = (Case){ IFMAP | PSUM | STORE, accumulating };
  cases[2] = (Case){ WEIGHTS | IFMAP | PSUM | STORE, new_weights };
  cases[3] = (Case){ WEIGHTS | BIAS | IFMAP | STORE, new_bias };
}

/*
 * Fusing hides the stores: an average stall for each but two output tiles (section 8.2). That is
 * never more than the middle tiles stall, so at least the first load remains.
 */
static double
fused_savings (const Layer *self, const Transfers *moves, const Case *cases)
{
  double middle = sum_cases (self, moves, cases, 4);
  double count = cases[0].count + cases[1].count + cases[2].count + cases[3].count;
  double average = count <= 0 ? 0 : ceil (middle / count);
  double saved = ceil (average * (tile_product (self, 1, OUTPUT_DIMS, 0) - 2));

  return MIN (saved, middle) + excess (moves, STORE, self->tile_cycles) + moves->store;
}

/* For a GEMM of one row: as many cases as are returned. */
static guint
output_stationary_cases (const Layer *self, Case *cases)
{
  double bias_tiles = self->tiles.of[SIMDIT_DIM_OC];
  double weight_tiles = self->tiles.of[SIMDIT_DIM_IC] * bias_tiles;

  if (ceil (self->tiles.of[SIMDIT_DIM_IC]) > 1)
    {
      cases[0] = (Case){ WEIGHTS | BIAS | IFMAP, bias_tiles - 1 };
      cases[1] = (Case){ WEIGHTS | IFMAP, (weight_tiles - bias_tiles - 1) - (bias_tiles - 1) };
      cases[2] = (Case){ WEIGHTS | IFMAP | STORE, bias_tiles - 1 };
      cases[3] = (Case){ WEIGHTS | IFMAP, 1 };
      return 4;
    }
  if (bias_tiles < 2)
    return 0;
  cases[0] = (Case){ WEIGHTS | BIAS | STORE, bias_tiles - 2 };
  cases[1] = (Case){ WEIGHTS | BIAS, 1 };
  cases[2] = (Case){ STORE, 1 };
  return 3;
}

static guint
stall_cases (const Layer *self, Case *cases)
{
  if (self->one_row)
    return output_stationary_cases (self, cases);
  weight_stationary_cases (self, cases);
  cases[4] = (Case){ IFMAP, 1 }; /* the second tile */
  cases[5] = (Case){ STORE, 1 }; /* the last but one */
  return 6;
}

static double
stall_of (const Layer *self)
{
  Transfers moves = transfers_of (self);
  Case cases[SIMDIT_MAX_STALL_CASES];
  guint n = stall_cases (self, cases);
  double stall = sum_cases (self, &moves, cases, n) + exposed (&moves);

  return self->layer->fused && !self->one_row ? stall - fused_savings (self, &moves, cases) : stall;
}

static double
compute_of (const Layer *self)
{
  return ceil (self->tile_cycles * tile_product (self, 1, SIMDIT_ALL_DIMS, 0));
}

void
simdit_model_stalls (const SimditModelLayer *layer, SimditStallModel *stalls)
{
  Layer self;

  layer_init (&self, layer);
  stalls->compute = compute_of (&self);
  stalls->tile_cycles = self.tile_cycles;
  set_bits (&self, stalls->bits);
  stalls->n_cases = stall_cases (&self, stalls->cases);
}

void
simdit_model_systolic (const SimditModelLayer *layer, SimditLayerCost *cost)
{
  Layer self;
  double macs;

  layer_init (&self, layer);
  set_dram_accesses (&self, cost);
  set_sram_accesses (&self, cost);
  cost->array_compute = compute_of (&self);
  macs = pass_product (&self, OUTPUT_DIMS | WEIGHT_DIMS, SIMDIT_ALL_DIMS, 0);
  cost->operations = 2 * tile_product (&self, macs, SIMDIT_ALL_DIMS, 0);
  cost->array_stall = stall_of (&self);
}
