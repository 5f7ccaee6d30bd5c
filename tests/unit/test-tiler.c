/*
 * The tile search against the procedure of the reference model, section 3, done literally: count
 * up, try, take the first that fits. The sources search by divisors and closed forms instead.
 */
#include "expect.h"
#include "sched/tiler.h"

typedef struct
{
  uint64_t oc, ic, kh, kw, b, oh, ow, ih, iw;
} Tile;

/* A layer on a machine in the letters of the reference model. */
typedef struct
{
  uint64_t r, c;                           /* array */
  uint64_t half_w, half_i, half_o, half_b; /* bits */
  uint64_t cap_v;                          /* bits */
  uint64_t w, a, bb, p;                    /* widths */
  uint64_t s;                              /* stride */
  Tile full, tile;
} Case;

typedef bool (*Fit) (const Case *c);

/* SPLIT of the model: the same divisor of OH and OW. */
static bool
split_spatial (Case *c, Fit fit)
{
  for (uint64_t i = 1; i <= MIN (c->full.oh, c->full.ow); i++)
    {
      c->tile.oh = c->full.oh / i;
      c->tile.ow = c->full.ow / i;
      c->tile.ih = (c->tile.oh - 1) * c->s + c->tile.kh;
      c->tile.iw = (c->tile.ow - 1) * c->s + c->tile.kw;
      if (c->full.oh % i == 0 && c->full.ow % i == 0 && fit (c))
        return true;
    }
  return false;
}

static bool
split_batch (Case *c, Fit fit)
{
  for (uint64_t i = 1; i <= c->full.b; i++)
    {
      c->tile.b = c->full.b / i;
      if (c->full.b % i == 0 && fit (c))
        return true;
    }
  return false;
}

/* GROW of the model; one unit must fit, else the search has no start. */
static bool
grow (Case *c, uint64_t *tile, uint64_t unit, uint64_t full, Fit fit)
{
  *tile = unit;
  if (!fit (c))
    return false;
  while (*tile + unit <= full)
    {
      *tile += unit;
      if (!fit (c))
        {
          *tile -= unit;
          break;
        }
    }
  return true;
}

/* ---- 3.1 conv and gemm ---- */

static bool
fit_channels (const Case *c)
{
  const Tile *t = &c->tile;

  return t->kw * t->kh * t->ic * c->c * c->w <= c->half_w
         && t->kw * t->kh * t->ic * c->a <= c->half_i;
}

static bool
fit_maps (const Case *c)
{
  const Tile *t = &c->tile;

  return t->ow * t->oh * c->c * t->b * c->p <= c->half_o
         && t->iw * t->ih * t->ic * t->b * c->a <= c->half_i;
}

static bool
fit_outputs (const Case *c)
{
  const Tile *t = &c->tile;

  return t->kw * t->kh * t->ic * t->oc * c->w <= c->half_w
         && t->ow * t->oh * t->oc * t->b * c->p <= c->half_o && t->oc * c->bb <= c->half_b;
}

static uint64_t
parts_of (uint64_t whole, uint64_t parts)
{
  return (whole + parts - 1) / parts;
}

static bool
split_kernel (Case *c)
{
  for (uint64_t i = 1; i <= MAX (c->full.kh, c->full.kw); i++)
    {
      c->tile.kh = parts_of (c->full.kh, i);
      c->tile.kw = parts_of (c->full.kw, i);
      if (fit_channels (c))
        return true;
    }
  return false;
}

static bool
split_spatial_of_large_kernel (Case *c)
{
  for (uint64_t i = 1; i <= MAX (c->full.oh, c->full.ow); i++)
    {
      c->tile.oh = parts_of (c->full.oh, i);
      c->tile.ow = parts_of (c->full.ow, i);
      c->tile.ih = (c->tile.oh - 1) * c->s + c->tile.kh;
      c->tile.iw = (c->tile.ow - 1) * c->s + c->tile.kw;
      if (fit_maps (c))
        return true;
    }
  return false;
}

static bool
tile_systolic (Case *c)
{
  bool small = c->full.kh <= 3 && c->full.kw <= 3;

  if (c->half_w < c->c * c->r * 9 * c->w || c->half_i < c->r * 15 * 15 * c->a
      || c->half_o < c->c * 49 * c->p || c->half_b < c->c * c->bb)
    return false;
  c->tile = (Tile){ c->c, c->r, 1, 1, 1, 1, 1, 1, 1 };
  return split_kernel (c) && grow (c, &c->tile.ic, c->r, c->full.ic, fit_channels)
         && (small ? split_spatial (c, fit_maps) : split_spatial_of_large_kernel (c))
         && split_batch (c, fit_maps) && grow (c, &c->tile.oc, c->c, c->full.oc, fit_outputs);
}

/* ---- 3.2 to 3.7: the SIMD array ---- */

static uint64_t
output_bits (const Case *c)
{
  return c->tile.oc * c->tile.ow * c->tile.oh * c->tile.b * c->p;
}

static uint64_t
input_bits (const Case *c)
{
  return c->tile.oc * c->tile.iw * c->tile.ih * c->tile.b * c->p;
}

static bool
fit_elementwise (const Case *c)
{
  return output_bits (c) <= c->cap_v;
}

static bool
fit_pool (const Case *c)
{
  return input_bits (c) <= c->cap_v;
}

static bool
fit_max_pool_grad (const Case *c)
{
  return input_bits (c) + output_bits (c) <= c->cap_v;
}

static bool
fit_mean_var (const Case *c)
{
  return input_bits (c) <= c->cap_v - c->c * c->p && c->tile.oc * c->p <= c->cap_v / 2;
}

static bool
fit_batch_norm (const Case *c)
{
  return input_bits (c) <= c->cap_v && c->tile.oc * c->p <= c->cap_v / 4;
}

static bool
fit_batch_norm_grad (const Case *c)
{
  return input_bits (c) + 3 * c->tile.oc * c->p <= c->cap_v;
}

static bool
tile_simd (Case *c, uint64_t least_vectors, Fit fit, bool batch_first)
{
  if (c->cap_v < least_vectors * c->c * c->p)
    return false;
  c->tile = (Tile){ c->c, 1, c->full.kh, c->full.kw, 1, 1, 1, 1, 1 };
  if (!split_spatial (c, fit))
    return false;
  if (batch_first)
    return split_batch (c, fit) && grow (c, &c->tile.oc, c->c, c->full.oc, fit);
  return grow (c, &c->tile.oc, c->c, c->full.oc, fit) && split_batch (c, fit);
}

typedef enum
{
  KIND_CONV,
  KIND_GEMM,
  KIND_MAP,
  KIND_MATRIX,
  KIND_VECTOR,
  KIND_POOL,
  KIND_GLOBAL_POOL,
} Kind;

typedef struct
{
  const char *name;
  Kind kind;
  uint64_t least_vectors;
  Fit fit;
  bool batch_first, final_check;
} Operation;

static const Operation operations[] = {
  { "conv", KIND_CONV },
  { "conv_bias", KIND_CONV },
  { "gemm", KIND_GEMM },
  { "gemm_no_bias", KIND_GEMM },
  { "relu", KIND_MAP, 1, fit_elementwise },
  { "elem_add", KIND_MAP, 1, fit_elementwise },
  { "softmax", KIND_MAP, 1, fit_elementwise }, /* of our own format: tiled like relu */
  { "sgd4d", KIND_MAP, 1, fit_elementwise },
  { "relu_grad", KIND_MAP, 1, fit_elementwise },
  { "sgd2d", KIND_MATRIX, 1, fit_elementwise },
  { "reduce_sum", KIND_MATRIX, 1, fit_elementwise },
  { "sgd1d", KIND_VECTOR, 1, fit_elementwise },
  { "max_pool", KIND_POOL, 49, fit_pool },
  { "avg_pool", KIND_POOL, 49, fit_pool },
  { "global_avg_pool", KIND_GLOBAL_POOL, 49, fit_pool },
  { "average_pool_grad", KIND_POOL, 49, fit_pool, false, true },
  { "global_average_pool_grad", KIND_GLOBAL_POOL, 49, fit_pool, false, true },
  { "max_pool_grad", KIND_POOL, 50, fit_max_pool_grad },
  { "mean_var", KIND_MAP, 2, fit_mean_var, true },
  { "batch_norm", KIND_MAP, 4, fit_batch_norm, true },
  { "batchnorm_grad_x_mu", KIND_MAP, 4, fit_batch_norm_grad, true },
};

static bool
tile_literally (const Operation *operation, Case *c)
{
  if (operation->kind == KIND_CONV || operation->kind == KIND_GEMM)
    return tile_systolic (c);
  return tile_simd (c, operation->least_vectors, operation->fit, operation->batch_first)
         && (!operation->final_check || output_bits (c) + c->c * c->p <= c->cap_v);
}

/* ---- random cases ---- */

static uint64_t
draw (gint from, gint to)
{
  return (uint64_t) g_test_rand_int_range (from, to + 1);
}

/* Mostly small numbers, among them many with divisors; sometimes large ones. */
static uint64_t
draw_extent (void)
{
  switch (draw (0, 3))
    {
    case 0:
      return draw (1, 16);
    case 1:
      return 1u << draw (0, 9);
    case 2:
      return draw (1, 30) * draw (1, 30);
    default:
      return draw (1, 700);
    }
}

/* Anything from somewhat too small to ample for @least bits, equality included. */
static uint64_t
draw_capacity (uint64_t least)
{
  switch (draw (0, 9))
    {
    case 0:
      return least - draw (0, 1);
    case 1:
      return MAX (least * draw (1, 99) / 100, 2);
    default:
      return least * draw (100, 100 << draw (0, 6)) / 100 + draw (0, 9);
    }
}

static void
draw_layer (Case *c, Kind kind)
{
  Tile *full = &c->full;
  bool vector = kind == KIND_GEMM || kind == KIND_MATRIX || kind == KIND_VECTOR;
  bool systolic = kind == KIND_CONV || kind == KIND_GEMM;

  c->s = 1;
  *full = (Tile){ c->c * draw (1, 24), 1, 1, 1, 1, 1, 1, 1, 1 };
  if (systolic)
    full->ic = c->r * draw (1, 24);
  if (kind != KIND_VECTOR)
    full->b = draw_extent ();
  if (!vector && kind != KIND_GLOBAL_POOL)
    {
      full->oh = draw_extent ();
      full->ow = draw (0, 2) == 0 ? draw_extent () : full->oh;
    }
  if (kind == KIND_CONV || kind == KIND_POOL)
    {
      full->kh = draw (0, 3) == 0 ? draw (1, 60) : draw (1, 5);
      full->kw = draw (0, 1) == 0 ? draw (1, draw (0, 1) == 0 ? 5 : 60) : full->kh;
      c->s = draw (1, 4);
    }
  if (kind == KIND_GLOBAL_POOL)
    {
      full->kh = draw (1, 14);
      full->kw = draw (1, 14);
    }
}

static void
draw_case (Case *c, const Operation *operation, SimditMachine *machine)
{
  static const guint8 widths[] = { 1, 4, 8, 9, 16, 17, 32 };
  uint64_t vectors = MAX (operation->least_vectors, 1);

  c->r = draw (3, 64);
  c->c = draw (3, 64);
  c->w = widths[draw (0, 6)];
  c->a = widths[draw (0, 6)];
  c->bb = widths[draw (0, 6)];
  c->p = widths[draw (0, 6)];
  *machine = (SimditMachine){ .rows = c->r, .columns = c->c, .vmem_double = draw (0, 1) == 1 };
  machine->wbuf_bits = draw_capacity (2 * c->c * c->r * 9 * c->w);
  machine->ibuf_bits = draw_capacity (2 * c->r * 15 * 15 * c->a);
  machine->obuf_bits = draw_capacity (c->c * 49 * c->p);
  machine->bbuf_bits = draw_capacity (2 * c->c * c->bb);
  machine->vmem_bits = draw_capacity ((machine->vmem_double ? 2 : 1) * vectors * c->c * c->p);
  c->half_w = machine->wbuf_bits / 2;
  c->half_i = machine->ibuf_bits / 2;
  c->half_o = machine->obuf_bits;
  c->half_b = machine->bbuf_bits / 2;
  c->cap_v = machine->vmem_double ? machine->vmem_bits / 2 : machine->vmem_bits;
  draw_layer (c, operation->kind);
}

static SimditTilingProblem
problem_of (const Operation *operation, const Case *c, const SimditMachine *machine)
{
  SimditTilingProblem problem = { .machine = machine, .stride = c->s };

  /* The spec's softmax has a fixed tile; ours is searched. */
  problem.op = simdit_operator_find (operation->name, !g_str_equal (operation->name, "softmax"));
  g_assert_nonnull (problem.op);
  problem.extents = (SimditExtents){ { [SIMDIT_DIM_OC] = c->full.oc,
                                       [SIMDIT_DIM_IC] = c->full.ic,
                                       [SIMDIT_DIM_KH] = c->full.kh,
                                       [SIMDIT_DIM_KW] = c->full.kw,
                                       [SIMDIT_DIM_N] = c->full.b,
                                       [SIMDIT_DIM_OH] = c->full.oh,
                                       [SIMDIT_DIM_OW] = c->full.ow,
                                       [SIMDIT_DIM_PASS] = MAX (problem.op->passes, 1) } };
  simdit_extents_set_input (&problem.extents, c->s);
  problem.widths[SIMDIT_WIDTH_WEIGHT] = c->w;
  problem.widths[SIMDIT_WIDTH_ACTIVATION] = c->a;
  problem.widths[SIMDIT_WIDTH_BIAS] = c->bb;
  problem.widths[SIMDIT_WIDTH_ACCUMULATOR] = c->p;
  problem.widths[SIMDIT_WIDTH_OUTPUT] = draw (0, 1) == 1 ? c->a : c->p; /* never matters */
  return problem;
}

static void
expect_tile (const Case *c, const SimditExtents *got)
{
  g_assert_cmpuint (got->of[SIMDIT_DIM_OC], ==, c->tile.oc);
  g_assert_cmpuint (got->of[SIMDIT_DIM_IC], ==, c->tile.ic);
  g_assert_cmpuint (got->of[SIMDIT_DIM_KH], ==, c->tile.kh);
  g_assert_cmpuint (got->of[SIMDIT_DIM_KW], ==, c->tile.kw);
  g_assert_cmpuint (got->of[SIMDIT_DIM_N], ==, c->tile.b);
  g_assert_cmpuint (got->of[SIMDIT_DIM_OH], ==, c->tile.oh);
  g_assert_cmpuint (got->of[SIMDIT_DIM_OW], ==, c->tile.ow);
  g_assert_cmpuint (got->of[SIMDIT_DIM_IH], ==, c->tile.ih);
  g_assert_cmpuint (got->of[SIMDIT_DIM_IW], ==, c->tile.iw);
  g_assert_cmpuint (got->of[SIMDIT_DIM_PASS], ==, 1);
}

#define N_CASES 10000

static void
test_operation (gconstpointer data)
{
  const Operation *operation = data;
  guint tiles = 0;

  for (guint i = 0; i < N_CASES; i++)
    {
      g_autoptr (GError) error = NULL;
      SimditMachine machine;
      SimditTilingProblem problem;
      SimditExtents tile;
      Case c;

      draw_case (&c, operation, &machine);
      problem = problem_of (operation, &c, &machine);
      if (tile_literally (operation, &c))
        {
          if (!simdit_tile (&problem, &tile, &error))
            g_error ("case %u: a tile was expected: %s", i, error->message);
          expect_tile (&c, &tile);
          tiles++;
          continue;
        }
      if (simdit_tile (&problem, &tile, &error))
        g_error ("case %u: an error was expected", i);
      expect_error (&error, SIMDIT_ERROR_CAPACITY, "no tile fits: ");
    }
  g_test_message ("%u of %u layers have a tile", tiles, N_CASES);
  /* Neither side of the comparison may be empty. */
  g_assert_cmpuint (tiles, >, N_CASES / 20);
  g_assert_cmpuint (N_CASES - tiles, >, N_CASES / 50);
}

/* The buffer that is too small is named, with what a tile may use of it. */
static void
test_errors (void)
{
  static const struct
  {
    const char *operation;
    gsize offset;
    const char *phrase;
  } cases[] = {
    { "conv", G_STRUCT_OFFSET (SimditMachine, wbuf_bits), "wbuf is too small" },
    { "conv", G_STRUCT_OFFSET (SimditMachine, ibuf_bits), "ibuf is too small" },
    { "gemm", G_STRUCT_OFFSET (SimditMachine, obuf_bits), "obuf is too small" },
    { "gemm", G_STRUCT_OFFSET (SimditMachine, bbuf_bits), "bbuf is too small" },
    { "relu", G_STRUCT_OFFSET (SimditMachine, vmem_bits), "vmem is too small" },
  };
  const SimditMachine ample = { .rows = 4,
                                .columns = 4,
                                .wbuf_bits = 1 << 20,
                                .ibuf_bits = 1 << 20,
                                .obuf_bits = 1 << 20,
                                .bbuf_bits = 1 << 20,
                                .vmem_bits = 1 << 20 };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      SimditMachine machine = ample;
      SimditTilingProblem problem = { .machine = &machine,
                                      .op = simdit_operator_find (cases[i].operation, true),
                                      .stride = 1,
                                      .widths = { 8, 8, 8, 8, 8 } };
      g_autoptr (GError) error = NULL;
      SimditExtents tile;

      for (guint d = 0; d < SIMDIT_N_DIMS; d++)
        problem.extents.of[d] = 4;
      if (!simdit_tile (&problem, &tile, &error))
        g_error ("%s", error->message);
      G_STRUCT_MEMBER (uint64_t, &machine, cases[i].offset) = 10;
      g_assert_false (simdit_tile (&problem, &tile, &error));
      expect_error (&error, SIMDIT_ERROR_CAPACITY, "no tile fits: ", cases[i].phrase);
    }
}

/* Extents at the limit of the input formats: an answer, and soon. */
static void
test_huge (void)
{
  static const uint64_t prime = 2147483647, power = UINT64_C (1) << 31;
  const SimditMachine machine = { .rows = 4, .columns = 4, .vmem_bits = 1 << 20 };
  SimditTilingProblem problem = { .machine = &machine,
                                  .op = simdit_operator_find ("relu", true),
                                  .stride = 1,
                                  .widths = { 32, 32, 32, 32, 32 } };
  g_autoptr (GError) error = NULL;
  SimditExtents tile;

  problem.extents = (SimditExtents){ { power, 1, 1, 1, prime, prime, prime, 1, prime, prime } };
  g_assert_true (simdit_tile (&problem, &tile, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (tile.of[SIMDIT_DIM_OH], ==, 1);
  g_assert_cmpuint (tile.of[SIMDIT_DIM_OC], ==, (1 << 20) / 32);
  g_assert_cmpuint (tile.of[SIMDIT_DIM_N], ==, 1);
  problem.extents = (SimditExtents){ { 4, 1, 1, 1, power, power, power, 1, power, power } };
  g_assert_true (simdit_tile (&problem, &tile, &error));
  g_assert_cmpuint (tile.of[SIMDIT_DIM_OH], ==, 64);
  g_assert_cmpuint (tile.of[SIMDIT_DIM_OW], ==, 64);
  g_assert_cmpuint (tile.of[SIMDIT_DIM_N], ==, 2);
  problem.extents = (SimditExtents){ { 4, 1, 1, 1, 1, prime, power, 1, prime, power } };
  g_assert_false (simdit_tile (&problem, &tile, &error));
  expect_error (&error, SIMDIT_ERROR_CAPACITY, "vmem", "2147483647", "2147483648");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (operations); i++)
    {
      g_autofree char *path = g_strdup_printf ("/tiler/%s", operations[i].name);

      g_test_add_data_func (path, &operations[i], test_operation);
    }
  g_test_add_func ("/tiler/errors", test_errors);
  g_test_add_func ("/tiler/huge", test_huge);
  return g_test_run ();
}
