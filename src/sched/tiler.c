#include "sched/tiler.h"

#include "base/arith.h"

#include <simdit/error.h>

uint64_t
simdit_tile_room (const SimditMachine *machine, SimditBuffer buffer)
{
  switch (buffer)
    {
    case SIMDIT_BUFFER_WBUF:
      return machine->wbuf_bits / 2;
    case SIMDIT_BUFFER_BBUF:
      return machine->bbuf_bits / 2;
    case SIMDIT_BUFFER_IBUF:
      return machine->ibuf_bits / 2;
    case SIMDIT_BUFFER_OBUF:
      return machine->obuf_bits;
    default:
      return machine->vmem_double ? machine->vmem_bits / 2 : machine->vmem_bits;
    }
}

/*
 * A tile in the making. Whatever held when it was last looked at still holds, unless a dimension
 * that matters to it has changed since.
 */
typedef struct
{
  const SimditTilingProblem *problem;
  SimditExtents *tile;
  SimditDimSet changed;
} Cut;

static void
set_extent (Cut *self, SimditDim dim, uint64_t extent)
{
  static const SimditDimSet inputs[SIMDIT_N_DIMS] = { [SIMDIT_DIM_OH] = SIMDIT_DIM (IH),
                                                      [SIMDIT_DIM_KH] = SIMDIT_DIM (IH),
                                                      [SIMDIT_DIM_OW] = SIMDIT_DIM (IW),
                                                      [SIMDIT_DIM_KW] = SIMDIT_DIM (IW) };

  if (self->tile->of[dim] == extent)
    return;
  self->tile->of[dim] = extent;
  self->changed |= 1u << dim | inputs[dim];
}

static SimditDimSet
dims_of (const SimditFit *fit)
{
  return fit->terms[0].dims | fit->terms[1].dims;
}

/* Bits of a term, saturating: a candidate tile may be absurdly large. */
static uint64_t
term_bits (const SimditTilingProblem *problem, const SimditFitTerm *term, const SimditExtents *tile)
{
  uint64_t word = term->coefficient * problem->widths[term->width], bits;

  return simdit_extents_checked_volume (tile, term->dims, word, SIMDIT_MAX_VOLUME, &bits)
             ? bits
             : SIMDIT_MAX_VOLUME;
}

static uint64_t
fit_room (const SimditTilingProblem *problem, const SimditFit *fit)
{
  uint64_t room = simdit_tile_room (problem->machine, fit->buffer);
  uint64_t spare = fit->spare_vectors * problem->machine->columns
                   * problem->widths[SIMDIT_WIDTH_ACCUMULATOR];

  return room > spare ? room - spare : 0;
}

static bool
fit_holds (const SimditTilingProblem *problem, const SimditFit *fit, const SimditExtents *tile)
{
  uint64_t bits = 0;

  for (guint i = 0; i < G_N_ELEMENTS (fit->terms) && fit->terms[i].coefficient != 0; i++)
    bits += term_bits (problem, &fit->terms[i], tile);
  return bits <= fit_room (problem, fit);
}

/* The first limit that the tile breaks, or NULL; @final: those that are only checked too. */
static const SimditFit *
find_broken_fit (Cut *self, bool final)
{
  const SimditTilingProblem *problem = self->problem;

  if (self->changed == 0 && !final)
    return NULL;
  simdit_extents_set_input (self->tile, problem->stride);
  for (const SimditFit *fit = problem->op->tiling->fits; fit->terms[0].coefficient != 0; fit++)
    if ((fit->only_checked ? final : (dims_of (fit) & self->changed) != 0)
        && !fit_holds (problem, fit, self->tile))
      return fit;
  self->changed = 0;
  return NULL;
}

static bool
fail_buffer (const SimditTilingProblem *problem, SimditBuffer buffer, const char *why,
             GError **error)
{
  g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_CAPACITY,
               "no tile fits: %s is too small: %s (a tile may use %" G_GUINT64_FORMAT
               " bits of it)",
               simdit_buffer_name (buffer), why, simdit_tile_room (problem->machine, buffer));
  return false;
}

static bool
fail_minimum (const SimditTilingProblem *problem, SimditBuffer buffer, uint64_t bits,
              GError **error)
{
  g_autofree char *why = g_strdup_printf (
      "the smallest supported tile takes %" G_GUINT64_FORMAT " bits", bits);

  return fail_buffer (problem, buffer, why, error);
}

static bool
check_minimums (const SimditTilingProblem *problem, GError **error)
{
  for (const SimditMinimum *m = problem->op->tiling->minimums; m->elements != 0; m++)
    {
      uint64_t bits = m->elements * (m->per_row ? problem->machine->rows : 1)
                      * (m->per_column ? problem->machine->columns : 1) * problem->widths[m->width];

      if (bits > simdit_tile_room (problem->machine, m->buffer))
        return fail_minimum (problem, m->buffer, bits, error);
    }
  return true;
}

/* The smallest divisor of @n that is at least @least; 0 when there is none. */
static uint64_t
next_divisor (uint64_t n, uint64_t least)
{
  uint64_t q;

  for (uint64_t d = least; d <= n / d; d++)
    if (n % d == 0)
      return d;
  for (q = 1; q < n / q; q++)
    continue;
  for (q = MIN (q, n / least); q > 0; q--)
    if (n % q == 0 && n / q >= least)
      return n / q;
  return 0;
}

static uint64_t
greatest_common_divisor (uint64_t a, uint64_t b)
{
  while (b != 0)
    {
      uint64_t r = a % b;

      a = b;
      b = r;
    }
  return a;
}

/* Divides the extents of @a and @b by the smallest common divisor that fits. */
static bool
split_evenly (Cut *self, SimditDim a, SimditDim b, GError **error)
{
  const SimditTilingProblem *problem = self->problem;
  uint64_t whole_a = problem->extents.of[a], whole_b = problem->extents.of[b];
  uint64_t common = greatest_common_divisor (whole_a, whole_b);
  const SimditFit *broken = NULL;
  g_autofree char *why = NULL;

  for (uint64_t i = 1; i != 0; i = next_divisor (common, i + 1))
    {
      set_extent (self, a, whole_a / i);
      set_extent (self, b, whole_b / i);
      broken = find_broken_fit (self, false);
      if (broken == NULL)
        return true;
    }
  why = g_strdup_printf ("no common divisor of %" G_GUINT64_FORMAT " and %" G_GUINT64_FORMAT
                         " makes the tile small enough",
                         whole_a, whole_b);
  return fail_buffer (problem, broken->buffer, why, error);
}

/* The smallest number of parts beyond @parts for which @whole / parts, rounded up, is less. */
static uint64_t
next_parts (uint64_t whole, uint64_t parts)
{
  uint64_t part = simdit_ceil_div (whole, parts);

  return part > 1 ? simdit_ceil_div (whole, part - 1) : UINT64_MAX;
}

/* Cuts @a and @b into the smallest number of parts that fits; the last part may be smaller. */
static bool
split_raggedly (Cut *self, SimditDim a, SimditDim b, GError **error)
{
  const SimditTilingProblem *problem = self->problem;
  uint64_t whole_a = problem->extents.of[a], whole_b = problem->extents.of[b];
  const SimditFit *broken = NULL;

  for (uint64_t i = 1; i != UINT64_MAX; i = MIN (next_parts (whole_a, i), next_parts (whole_b, i)))
    {
      set_extent (self, a, simdit_ceil_div (whole_a, i));
      set_extent (self, b, simdit_ceil_div (whole_b, i));
      broken = find_broken_fit (self, false);
      if (broken == NULL)
        return true;
    }
  return fail_buffer (problem, broken->buffer, "not even a tile of one element fits", error);
}

/* How often a unit of @dim, as the tile has it, fits @fit. */
static uint64_t
most_units (const Cut *self, const SimditFit *fit, SimditDim dim)
{
  const SimditTilingProblem *problem = self->problem;
  uint64_t constant = 0, per_unit = 0;

  for (guint i = 0; i < G_N_ELEMENTS (fit->terms) && fit->terms[i].coefficient != 0; i++)
    if (fit->terms[i].dims & (1u << dim))
      per_unit += term_bits (problem, &fit->terms[i], self->tile);
    else
      constant += term_bits (problem, &fit->terms[i], self->tile);
  return (fit_room (problem, fit) - constant) / per_unit;
}

/* The largest multiple of @unit up to the (padded) extent that fits; at least @unit. */
static bool
grow (Cut *self, SimditDim dim, uint64_t unit, GError **error)
{
  const SimditTilingProblem *problem = self->problem;
  uint64_t most = problem->extents.of[dim] / unit;
  const SimditFit *broken;

  set_extent (self, dim, unit);
  broken = find_broken_fit (self, false);
  if (broken != NULL)
    return fail_buffer (problem, broken->buffer, "not even one vector of channels fits", error);
  for (const SimditFit *fit = problem->op->tiling->fits; most > 1 && fit->terms[0].coefficient != 0;
       fit++)
    if (!fit->only_checked && (dims_of (fit) & (1u << dim)) != 0)
      most = MIN (most, most_units (self, fit, dim));
  set_extent (self, dim, unit * MAX (most, 1));
  return true;
}

static bool
take_step (Cut *self, SimditTileStep step, GError **error)
{
  const SimditTilingProblem *problem = self->problem;
  bool small_kernel = problem->extents.of[SIMDIT_DIM_KH] <= 3
                      && problem->extents.of[SIMDIT_DIM_KW] <= 3;

  switch (step)
    {
    case SIMDIT_TILE_KERNEL:
      return split_raggedly (self, SIMDIT_DIM_KH, SIMDIT_DIM_KW, error);
    case SIMDIT_TILE_IC:
      return grow (self, SIMDIT_DIM_IC, problem->machine->rows, error);
    case SIMDIT_TILE_OC:
      return grow (self, SIMDIT_DIM_OC, problem->machine->columns, error);
    case SIMDIT_TILE_PARTS:
      return split_raggedly (self, SIMDIT_DIM_OH, SIMDIT_DIM_OW, error);
    case SIMDIT_TILE_N:
      return split_evenly (self, SIMDIT_DIM_N, SIMDIT_DIM_N, error);
    default:
      /* In the reference only a convolution with a large kernel is cut without regard to divisors.
       */
      if (simdit_operator_is_systolic (problem->op) && !small_kernel)
        return split_raggedly (self, SIMDIT_DIM_OH, SIMDIT_DIM_OW, error);
      return split_evenly (self, SIMDIT_DIM_OH, SIMDIT_DIM_OW, error);
    }
}

bool
simdit_tile (const SimditTilingProblem *problem, SimditExtents *tile, GError **error)
{
  const SimditTilingRule *rule = problem->op->tiling;
  Cut self = { .problem = problem, .tile = tile, .changed = ~(SimditDimSet) 0 };
  const SimditFit *broken;

  if (!check_minimums (problem, error))
    return false;
  for (guint d = 0; d < SIMDIT_N_DIMS; d++)
    tile->of[d] = 1;
  tile->of[SIMDIT_DIM_OC] = problem->machine->columns;
  if (simdit_operator_is_systolic (problem->op))
    tile->of[SIMDIT_DIM_IC] = problem->machine->rows;
  else
    {
      tile->of[SIMDIT_DIM_KH] = problem->extents.of[SIMDIT_DIM_KH];
      tile->of[SIMDIT_DIM_KW] = problem->extents.of[SIMDIT_DIM_KW];
    }
  for (const SimditTileStep *step = rule->steps; *step != SIMDIT_TILE_END; step++)
    if (!take_step (&self, *step, error))
      return false;
  broken = find_broken_fit (&self, true);
  return broken == NULL
         || fail_buffer (problem, broken->buffer, "the final tile is too large", error);
}
