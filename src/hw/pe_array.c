/*
 * The systolic PE array: J rows (input channels) by K columns (output channels).
 *
 * One J-wide ifmap vector enters per cycle and one K-wide psum vector leaves. PE (i, j) works on
 * vector v in cycle v + i + j and reads its weight then; row i of IBUF is read in cycle v + i;
 * column j reads its psum (in the first pass over an output: its bias) in cycle v + j and writes
 * it in cycle v + j + J - 1. A tile of L vectors so takes L + J + K - 2 cycles:
 *
 *   cycle       0    1   ...  J-1 ...         L-1 ... L+J-2 ... L+J+K-3
 *   IBUF row 0  v=0  v=1 ...                  v=L-1
 *   psum col 0  read v=0 ...  write v=0 ...           write v=L-1
 *   col K-1                                                     write v=L-1
 *
 * The vectors of a tile are all its passes back to back: for each K output channels, for each
 * kernel element and each J input channels, all output pixels. Not modelled: accumulation hazards
 * inside a tile (outputs per pass are at least J in practice) and zero skipping. Source: DESIGN.md
 * section 3; reference model sections 4.2 and 4.3 for the sums.
 */
#include "hw/unit.h"

#include "base/arith.h"
#include "hw/counters.h"
#include "hw/state.h"

/* The passes of a tile. */
typedef struct
{
  uint64_t j, k;
  uint64_t column_groups; /* K output channels at a time */
  uint64_t passes;        /* per column group: kernel elements times J input channels */
  uint64_t pixels;        /* outputs of a pass */
  uint64_t vectors;       /* all of them */
} Passes;

static Passes
passes_of (const SimditMachine *machine, const SimditExtents *tile)
{
  Passes p = { .j = machine->rows, .k = machine->columns };

  p.column_groups = simdit_ceil_div (tile->of[SIMDIT_DIM_OC], p.k);
  p.passes = tile->of[SIMDIT_DIM_KW] * tile->of[SIMDIT_DIM_KH]
             * simdit_ceil_div (tile->of[SIMDIT_DIM_IC], p.j);
  p.pixels = tile->of[SIMDIT_DIM_OW] * tile->of[SIMDIT_DIM_OH] * tile->of[SIMDIT_DIM_N];
  p.vectors = p.column_groups * p.passes * p.pixels;
  return p;
}

static void
add (SimditShapeBook *book, guint counter, uint64_t offset, uint64_t value, SimditShapeLoop a,
     SimditShapeLoop b, SimditShapeLoop c)
{
  SimditShapeTerm term = {
    .counter = counter, .offset = offset, .value = value, .loops = { a, b, c, { 1, 0 } }
  };

  simdit_shape_book_add_term (book, &term);
}

/* What column 0 reads: psums, and biases where an output is touched for the first time. */
static void
add_psum_reads (SimditShapeBook *book, const SimditProgram *program, const Passes *p, bool fresh)
{
  guint psum = simdit_counter_sram (SIMDIT_BUFFER_OBUF, SIMDIT_ACCESS_READ);
  guint bias = simdit_counter_sram (SIMDIT_BUFFER_BBUF, SIMDIT_ACCESS_READ);
  uint64_t psum_bits = program->widths[SIMDIT_WIDTH_ACCUMULATOR];
  SimditShapeLoop groups = { p->column_groups, p->passes * p->pixels }, columns = { p->k, 1 };

  if (!fresh)
    {
      add (book, psum, 0, psum_bits, (SimditShapeLoop){ p->vectors, 1 }, columns,
           (SimditShapeLoop){ 1, 0 });
      return;
    }
  add (book, bias, 0, program->widths[SIMDIT_WIDTH_BIAS], groups, (SimditShapeLoop){ p->pixels, 1 },
       columns);
  add (book, psum, p->pixels, psum_bits, groups,
       (SimditShapeLoop){ p->pixels * (p->passes - 1), 1 }, columns);
}

static void
add_states (SimditShapeBook *book, const Passes *p)
{
  uint64_t skew = p->j + p->k - 2, fill = MIN (p->vectors, skew);

  simdit_state_add_term (book, SIMDIT_STATE_PE_FILL, 0, fill);
  simdit_state_add_term (book, SIMDIT_STATE_PE_BUSY, fill, p->vectors - fill);
  simdit_state_add_term (book, SIMDIT_STATE_PE_DRAIN, p->vectors, skew);
}

static uint32_t
shape_step (const SimditUnitContext *context, const SimditStep *step, SimditShapeBook *book)
{
  const SimditProgram *program = context->program;
  Passes p = passes_of (context->machine, &step->tile);
  SimditShapeLoop vectors = { p.vectors, 1 }, rows = { p.j, 1 }, columns = { p.k, 1 };
  SimditShapeLoop none = { 1, 0 };

  add (book, SIMDIT_COUNTER_ACTIVE_PES, 0, 1, vectors, rows, columns);
  if (p.passes > 1 && p.pixels < p.j)
    add (book, SIMDIT_COUNTER_HAZARDS, 0, 1, none, none, none);
  add (book, simdit_counter_sram (SIMDIT_BUFFER_WBUF, SIMDIT_ACCESS_READ), 0,
       program->widths[SIMDIT_WIDTH_WEIGHT], vectors, rows, columns);
  add (book, simdit_counter_sram (SIMDIT_BUFFER_IBUF, SIMDIT_ACCESS_READ), 0,
       program->widths[SIMDIT_WIDTH_ACTIVATION], vectors, rows, none);
  add_psum_reads (book, program, &p, step->fresh);
  add (book, simdit_counter_sram (SIMDIT_BUFFER_OBUF, SIMDIT_ACCESS_WRITE), p.j - 1,
       program->widths[SIMDIT_WIDTH_ACCUMULATOR], vectors, columns, none);
  add_states (book, &p);
  return simdit_shape_book_finish (book, SIMDIT_STATE_PE_BUSY, p.vectors + p.j + p.k - 2);
}

static void
use_sram (const SimditUnitContext *context, const SimditStep *step, SimditSramUse *use)
{
  Passes p = passes_of (context->machine, &step->tile);
  uint64_t fresh = step->fresh ? p.column_groups * p.pixels : 0; /* vectors that read biases */

  use->reads[SIMDIT_BUFFER_WBUF] = use->reads[SIMDIT_BUFFER_IBUF] = true;
  use->reads[SIMDIT_BUFFER_BBUF] = fresh > 0;
  use->doubles[SIMDIT_BUFFER_OBUF] = p.vectors - fresh;
  use->reads[SIMDIT_BUFFER_OBUF] = p.vectors > fresh;
  use->writes[SIMDIT_BUFFER_OBUF] = true;
}

const SimditUnitOps simdit_pe_array_ops = { "pe_array", shape_step, use_sram };
