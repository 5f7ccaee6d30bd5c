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

/* The first limit that @tile breaks, or NULL; @final: those that are only checked too. */
static const SimditFit *
find_broken_fit (const SimditTilingProblem *problem, SimditExtents *tile, bool final)
{
  simdit_extents_set_input (tile, problem->stride);
  for (const SimditFit *fit = problem->op->tiling->fits; fit->terms[0].coefficient != 0; fit++)
    if ((final || !fit->only_checked) && !fit_holds (problem, fit, tile))
      return fit;
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
check_minimums (const SimditTilingProblem *problem, GError **error)
{
  for (const SimditMinimum *m = problem->op->tiling->minimums; m->elements != 0; m++)
    {
      uint64_t bits = m->elements * (m->per_row ? problem->machine->rows : 1)
                      * (m->per_column ? problem->machine->columns : 1) * problem->widths[m->width];
      g_autofree char *why = NULL;

      if (bits <= simdit_tile_room (problem->machine, m->buffer))
        continue;
      why = g_strdup_printf ("the smallest supported tile takes %" G_GUINT64_FORMAT " bits", bits);
      return fail_buffer (problem, m->buffer, why, error);
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
split_evenly (const SimditTilingProblem *problem, SimditDim a, SimditDim b, SimditExtents *tile,
              GError **error)
{
  uint64_t whole_a = problem->extents.of[a], whole_b = problem->extents.of[b];
  uint64_t common = greatest_common_divisor (whole_a, whole_b);
  const SimditFit *broken = NULL;
  g_autofree char *why = NULL;

  for (uint64_t i = 1; i != 0; i = next_divisor (common, i + 1))
    {
      tile->of[a] = whole_a / i;
      tile->of[b] = whole_b / i;
      broken = find_broken_fit (problem, tile, false);
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
split_raggedly (const SimditTilingProblem *problem, SimditDim a, SimditDim b, SimditExtents *tile,
                GError **error)
{
  uint64_t whole_a = problem->extents.of[a], whole_b = problem->extents.of[b];
  const SimditFit *broken = NULL;

  for (uint64_t i = 1; i != UINT64_MAX; i = MIN (next_parts (whole_a, i), next_parts (whole_b, i)))
    {
      tile->of[a] = simdit_ceil_div (whole_a, i);
      tile->of[b] = simdit_ceil_div (whole_b, i);
      broken = find_broken_fit (problem, tile, false);
      if (broken == NULL)
        return true;
    }
  return fail_buffer (problem, broken->buffer, "not even a tile of one element fits", error);
}

/* The largest multiple of @unit up to the (padded) extent that fits; at least @unit. */
static bool
grow (const SimditTilingProblem *problem, SimditDim dim, uint64_t unit, SimditExtents *tile,
      GError **error)
{
  uint64_t most = problem->extents.of[dim] / unit;
  const SimditFit *broken;

  tile->of[dim] = unit;
  broken = find_broken_fit (problem, tile, false);
  if (broken != NULL)
    return fail_buffer (problem, broken->buffer, "not even one vector of channels fits", error);
  for (const SimditFit *fit = problem->op->tiling->fits; fit->terms[0].coefficient != 0; fit++)
    {
      uint64_t constant = 0, per_unit = 0;

      for (guint i = 0; i < G_N_ELEMENTS (fit->terms) && fit->terms[i].coefficient != 0; i++)
        if (fit->terms[i].dims & (1u << dim))
          per_unit += term_bits (problem, &fit->terms[i], tile);
        else
          constant += term_bits (problem, &fit->terms[i], tile);
      if (per_unit > 0 && !fit->only_checked)
        most = MIN (most, (fit_room (problem, fit) - constant) / per_unit);
    }
  tile->of[dim] = unit * MAX (most, 1);
  return true;
}

static bool
take_step (const SimditTilingProblem *problem, SimditTileStep step, SimditExtents *tile,
           GError **error)
{
  bool small_kernel = problem->extents.of[SIMDIT_DIM_KH] <= 3
                      && problem->extents.of[SIMDIT_DIM_KW] <= 3;

  switch (step)
    {
    case SIMDIT_TILE_KERNEL:
      return split_raggedly (problem, SIMDIT_DIM_KH, SIMDIT_DIM_KW, tile, error);
    case SIMDIT_TILE_IC:
      return grow (problem, SIMDIT_DIM_IC, problem->machine->rows, tile, error);
    case SIMDIT_TILE_OC:
      return grow (problem, SIMDIT_DIM_OC, problem->machine->columns, tile, error);
    case SIMDIT_TILE_PARTS:
      return split_raggedly (problem, SIMDIT_DIM_OH, SIMDIT_DIM_OW, tile, error);
    case SIMDIT_TILE_N:
      return split_evenly (problem, SIMDIT_DIM_N, SIMDIT_DIM_N, tile, error);
    default:
      /* In the reference only a convolution with a large kernel is cut without regard to divisors.
       */
      if (simdit_operator_is_systolic (problem->op) && !small_kernel)
        return split_raggedly (problem, SIMDIT_DIM_OH, SIMDIT_DIM_OW, tile, error);
      return split_evenly (problem, SIMDIT_DIM_OH, SIMDIT_DIM_OW, tile, error);
    }
}

bool
simdit_tile (const SimditTilingProblem *problem, SimditExtents *tile, GError **error)
{
  const SimditTilingRule *rule = problem->op->tiling;
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
    if (!take_step (problem, *step, tile, error))
      return false;
  broken = find_broken_fit (problem, tile, true);
  return broken == NULL
         || fail_buffer (problem, broken->buffer, "the final tile is too large", error);
}
