/*
 * The per-cycle counters of the PE array and the SIMD array against models that walk every PE, lane
 * and instruction, on small arrays; and the reference's costs per operation.
 */
#include "base/arith.h"
#include "helpers/programs.h"
#include "hw/axi_port.h"
#include "hw/counters.h"
#include "hw/unit.h"
#include "sched/tiler.h"

#include <string.h>

#define MAX_CYCLES 8192

typedef struct
{
  uint64_t counts[SIMDIT_N_COUNTERS][MAX_CYCLES];
} Dense;

static void
expand (const SimditShapeBook *book, uint32_t number, Dense *dense)
{
  const SimditShape *shape = simdit_shape_book_get (book, number);
  const SimditShapeTerm *terms = simdit_shape_book_terms (book) + shape->first_term;

  memset (dense, 0, sizeof *dense);
  g_assert_cmpuint (shape->extent, <=, MAX_CYCLES);
  for (uint64_t i = 0; i < shape->n_terms; i++)
    simdit_shape_term_expand (&terms[i], 0, shape->extent, dense->counts[terms[i].counter]);
}

static void
assert_equal (const Dense *got, const Dense *expected)
{
  for (guint c = 0; c < SIMDIT_N_COUNTERS; c++)
    {
      if (memcmp (got->counts[c], expected->counts[c], sizeof got->counts[c]) != 0)
        g_test_message ("%s differs", simdit_counters ()[c].name);
      g_assert_cmpmem (got->counts[c], sizeof got->counts[c], expected->counts[c],
                       sizeof expected->counts[c]);
    }
}

static void
count (Dense *dense, guint counter, uint64_t cycle, uint64_t value)
{
  if (cycle >= MAX_CYCLES)
    g_error ("cycle %" G_GUINT64_FORMAT " is beyond the model", cycle);
  dense->counts[counter][cycle] += value;
}

static void
count_state (Dense *dense, SimditState state, uint64_t from, uint64_t cycles)
{
  for (uint64_t t = from; t < from + cycles; t++)
    count (dense, SIMDIT_COUNTER_STATE + state, t, 1);
}

#define SRAM(buffer, access) simdit_counter_sram (SIMDIT_BUFFER_##buffer, SIMDIT_ACCESS_##access)

/* ---- PE array ---- */

/* Every PE in every cycle, as DESIGN.md section 3 describes one vector. */
static uint64_t
walk_vector (const SimditMachine *m, const uint64_t *widths, uint64_t v, bool bias, Dense *dense)
{
  uint64_t last = 0;

  for (uint64_t i = 0; i < m->rows; i++)
    {
      count (dense, SRAM (IBUF, READ), v + i, widths[SIMDIT_WIDTH_ACTIVATION]);
      for (uint64_t j = 0; j < m->columns; j++)
        {
          count (dense, SIMDIT_COUNTER_ACTIVE_PES, v + i + j, 1);
          count (dense, SRAM (WBUF, READ), v + i + j, widths[SIMDIT_WIDTH_WEIGHT]);
          last = MAX (last, v + i + j);
        }
    }
  for (uint64_t j = 0; j < m->columns; j++)
    {
      if (bias)
        count (dense, SRAM (BBUF, READ), v + j, widths[SIMDIT_WIDTH_BIAS]);
      else
        count (dense, SRAM (OBUF, READ), v + j, widths[SIMDIT_WIDTH_ACCUMULATOR]);
      count (dense, SRAM (OBUF, WRITE), v + j + m->rows - 1, widths[SIMDIT_WIDTH_ACCUMULATOR]);
    }
  return last;
}

static uint64_t
walk_tile (const SimditMachine *m, const uint64_t *widths, const SimditStep *step, Dense *dense)
{
  const uint64_t *of = step->tile.of;
  uint64_t v = 0, last = 0;

  uint64_t outputs = of[SIMDIT_DIM_N] * of[SIMDIT_DIM_OH] * of[SIMDIT_DIM_OW];
  uint64_t passes = of[SIMDIT_DIM_KH] * of[SIMDIT_DIM_KW]
                    * ((of[SIMDIT_DIM_IC] + m->rows - 1) / m->rows);

  memset (dense, 0, sizeof *dense);
  dense->counts[SIMDIT_COUNTER_HAZARDS][0] = passes > 1 && outputs < m->rows;
  for (uint64_t oc = 0; oc < of[SIMDIT_DIM_OC]; oc += m->columns)
    for (uint64_t kernel = 0; kernel < of[SIMDIT_DIM_KH] * of[SIMDIT_DIM_KW]; kernel++)
      for (uint64_t ic = 0; ic < of[SIMDIT_DIM_IC]; ic += m->rows)
        for (uint64_t pixel = 0; pixel < of[SIMDIT_DIM_N] * of[SIMDIT_DIM_OH] * of[SIMDIT_DIM_OW];
             pixel++, v++)
          last = walk_vector (m, widths, v, step->fresh && kernel == 0 && ic == 0, dense);
  for (uint64_t t = 0; t <= last; t++)
    count_state (dense,
                 dense->counts[SIMDIT_COUNTER_ACTIVE_PES][t] == m->rows * m->columns
                     ? SIMDIT_STATE_PE_BUSY
                 : t < v ? SIMDIT_STATE_PE_FILL
                         : SIMDIT_STATE_PE_DRAIN,
                 t, 1);
  return last + 1;
}

static SimditStep
random_step (const SimditMachine *m)
{
  SimditStep step = { .fresh = g_test_rand_bit () };

  for (guint d = 0; d < SIMDIT_N_DIMS; d++)
    step.tile.of[d] = (uint64_t) g_test_rand_int_range (1, 4);
  step.tile.of[SIMDIT_DIM_OC] = (uint64_t) g_test_rand_int_range (1, (gint) (3 * m->columns) + 1);
  step.tile.of[SIMDIT_DIM_IC] = (uint64_t) g_test_rand_int_range (1, (gint) (2 * m->rows) + 1);
  return step;
}

static void
test_wavefront (void)
{
  g_autofree Dense *got = g_new (Dense, 1), *expected = g_new (Dense, 1);
  SimditProgram program = { .op = simdit_operator_find ("conv", true),
                            .widths = { 3, 5, 7, 11, 13 } };

  for (guint n = 0; n < 300; n++)
    {
      g_autoptr (SimditShapeBook) book = simdit_shape_book_new (true);
      SimditMachine machine = { .rows = (uint64_t) g_test_rand_int_range (1, 7),
                                .columns = (uint64_t) g_test_rand_int_range (1, 7) };
      SimditUnitContext context = { .machine = &machine, .program = &program };
      SimditStep step = random_step (&machine);
      uint32_t shape = simdit_pe_array_ops.shape_step (&context, &step, book);

      expand (book, shape, got);
      g_assert_cmpuint (walk_tile (&machine, program.widths, &step, expected), ==,
                        simdit_shape_book_get (book, shape)->duration);
      g_assert_cmpuint (simdit_shape_book_get (book, shape)->extent, ==,
                        simdit_shape_book_get (book, shape)->duration);
      assert_equal (got, expected);
    }
}

/* ---- SIMD array ---- */

typedef struct
{
  const SimditMachine *machine;
  const SimditProgram *program;
  const SimditStep *step;
  bool training;
  uint64_t slot; /* [cycle] the next free issue slot */
  Dense *dense;
} Walk;

static void
issue (Walk *self, const SimditMicroOp *op, bool pays_dependence, SimditWidth result)
{
  const uint64_t *widths = self->program->widths;
  uint64_t latency = simdit_simd_latency (op->op, self->training);
  uint64_t word = widths[SIMDIT_WIDTH_ACCUMULATOR];

  if (pays_dependence && op->dependent)
    {
      count_state (self->dense, SIMDIT_STATE_SIMD_NOP, self->slot, 2);
      self->slot += 2;
    }
  count_state (self->dense, SIMDIT_STATE_SIMD_BUSY, self->slot, 1);
  count_state (self->dense, SIMDIT_STATE_SIMD_MULTI_CYCLE, self->slot + 1, latency - 1);
  count (self->dense, SIMDIT_COUNTER_INSTRUCTION_READ, self->slot, 32);
  if (op->imm > 0 && !op->imm_per_lane)
    count (self->dense, SIMDIT_COUNTER_IMM_READ, self->slot + 3, op->imm * word);
  for (uint64_t lane = 0; lane < self->machine->columns; lane++)
    {
      uint64_t t = self->slot + lane;

      count (self->dense, SRAM (VMEM, READ), t + 3, op->reads * word);
      if (op->imm_per_lane)
        count (self->dense, SIMDIT_COUNTER_IMM_READ, t + 3, op->imm * word);
      count (self->dense, SIMDIT_COUNTER_SIMD_OPERATIONS + (guint) op->op, t + 4, 1);
      for (uint64_t c = 0; c < latency; c++)
        count (self->dense, SIMDIT_COUNTER_ACTIVE_LANES, t + 4 + c, 1);
      count (self->dense, SRAM (VMEM, WRITE), t + 5 + latency - 1, widths[result]);
    }
  self->slot += latency;
}

static uint64_t
repeats_of (const Walk *self, const SimditMicroOp *op)
{
  uint64_t window = self->step->tile.of[SIMDIT_DIM_KH] * self->step->tile.of[SIMDIT_DIM_KW];

  switch (op->repeat)
    {
    case SIMDIT_REPEAT_WINDOW:
      return window;
    case SIMDIT_REPEAT_WINDOW_BUT_ONE:
      return window - 1;
    case SIMDIT_REPEAT_BATCH:
      return self->step->tile.of[SIMDIT_DIM_N];
    default:
      return 1;
    }
}

static void
issue_repeat (Walk *self, const SimditMicroOp *op, uint64_t repeat, bool pays_dependence)
{
  bool last = repeat + 1 == repeats_of (self, op)
              && (op->repeat != SIMDIT_REPEAT_BATCH || self->step->last_of_group);

  issue (self, op, pays_dependence, last ? op->result : SIMDIT_WIDTH_ACCUMULATOR);
}

/* Element by element with NOPs, or each instruction over the whole tile. */
static void
walk_block (Walk *self, const SimditBlock *block)
{
  SimditExtents e = self->step->tile;
  guint n_ops = 0;
  uint64_t vectors;

  e.of[self->program->op->lanes] = simdit_ceil_div (e.of[self->program->op->lanes],
                                                    self->machine->columns);
  vectors = simdit_extents_volume (&e, block->over);
  while (n_ops < SIMDIT_MAX_MICRO_OPS && block->ops[n_ops].reads > 0)
    n_ops++;
  if (block->per_element)
    for (uint64_t v = 0; v < vectors; v++)
      for (guint o = 0; o < n_ops; o++)
        for (uint64_t r = 0; r < repeats_of (self, &block->ops[o]); r++)
          issue_repeat (self, &block->ops[o], r, true);
  else
    for (guint o = 0; o < n_ops; o++)
      for (uint64_t r = 0; r < repeats_of (self, &block->ops[o]); r++)
        for (uint64_t v = 0; v < vectors; v++)
          issue_repeat (self, &block->ops[o], r, false);
}

static uint64_t
walk_simd (Walk *self)
{
  uint64_t fill = 5 + self->machine->columns - 1;
  bool draining = false;

  memset (self->dense, 0, sizeof *self->dense);
  for (const SimditBlock *block = self->program->op->blocks; block->over != 0; block++)
    {
      if (block->pass != self->step->pass
          || (block->when == SIMDIT_WHEN_FIRST_OF_GROUP && !self->step->first_of_group)
          || (block->when == SIMDIT_WHEN_LAST_OF_GROUP && !self->step->last_of_group))
        continue;
      if (draining && !block->no_fill)
        {
          count_state (self->dense, SIMDIT_STATE_SIMD_DRAIN, self->slot, fill);
          self->slot += fill;
          draining = false;
        }
      walk_block (self, block);
      draining |= !block->no_fill && (!block->fill_once || self->step->last_of_group);
    }
  count_state (self->dense, SIMDIT_STATE_SIMD_DRAIN, self->slot, draining ? fill : 0);
  return self->slot + (draining ? fill : 0);
}

static const char *const simd_operations[] = { "relu",
                                               "elem_add",
                                               "max_pool",
                                               "avg_pool",
                                               "softmax",
                                               "sgd4d",
                                               "relu_grad",
                                               "reduce_sum",
                                               "mean_var",
                                               "batch_norm",
                                               "batchnorm_grad_x_mu",
                                               "max_pool_grad",
                                               "average_pool_grad",
                                               TRAINING_OPERATIONS };

static void
test_micro_programs (void)
{
  g_autofree Dense *got = g_new (Dense, 1), *expected = g_new (Dense, 1);

  for (guint n = 0; n < 40 * G_N_ELEMENTS (simd_operations); n++)
    {
      g_autoptr (SimditShapeBook) book = simdit_shape_book_new (true);
      SimditMachine machine = { .rows = 1, .columns = (uint64_t) g_test_rand_int_range (1, 6) };
      SimditProgram program = { .op = simdit_operator_find (
                                    simd_operations[n % G_N_ELEMENTS (simd_operations)],
                                    n % 2 == 0),
                                .widths = { 3, 5, 7, 11, 13 } };
      SimditStep step = random_step (&machine);
      SimditUnitContext context = { .machine = &machine,
                                    .program = &program,
                                    .training = g_test_rand_bit () };
      Walk walk = { .machine = &machine,
                    .program = &program,
                    .step = &step,
                    .training = context.training,
                    .dense = expected };
      uint32_t shape;

      if (program.op == NULL) /* training operations exist in specs only */
        program.op = any_operator (simd_operations[n % G_N_ELEMENTS (simd_operations)]);
      step.first_of_group = g_test_rand_bit ();
      step.last_of_group = g_test_rand_bit ();
      step.pass = (guint) g_test_rand_int_range (0, (gint) MAX (program.op->passes, 1));
      shape = simdit_simd_array_ops.shape_step (&context, &step, book);
      expand (book, shape, got);
      g_assert_cmpuint (walk_simd (&walk), ==, simdit_shape_book_get (book, shape)->duration);
      assert_equal (got, expected);
    }
}

/* Cycles of one step of @operation on one vector, the pipeline fill taken off. */
static uint64_t
cost_of (const char *operation, bool training, guint pass, bool last, uint64_t window)
{
  g_autoptr (SimditShapeBook) book = simdit_shape_book_new (true);
  SimditMachine machine = { .columns = 4 };
  SimditProgram program = { .op = any_operator (operation), .widths = { 8, 8, 32, 32, 32 } };
  SimditUnitContext context = { .machine = &machine, .program = &program, .training = training };
  SimditStep step = { .pass = pass, .first_of_group = last, .last_of_group = last };
  uint32_t shape;

  for (guint d = 0; d < SIMDIT_N_DIMS; d++)
    step.tile.of[d] = 1;
  step.tile.of[SIMDIT_DIM_KW] = window;
  shape = simdit_simd_array_ops.shape_step (&context, &step, book);
  return simdit_shape_book_get (book, shape)->duration - (5 + 3);
}

/* The constants of the reference model, sections 6 and 7. */
static void
test_reference_costs (void)
{
  g_assert_cmpuint (cost_of ("relu", false, 0, true, 1), ==, 1);
  g_assert_cmpuint (cost_of ("elem_add", false, 0, true, 1), ==, 1);
  g_assert_cmpuint (cost_of ("max_pool", false, 0, true, 9), ==, 9);
  g_assert_cmpuint (cost_of ("avg_pool", false, 0, true, 9), ==, 9 + 9);
  g_assert_cmpuint (cost_of ("avg_pool", true, 0, true, 9), ==, 9 + 5);
  g_assert_cmpuint (cost_of ("softmax", false, 0, true, 1), ==, 3 + (5 + 3) + 1);
  g_assert_cmpuint (cost_of ("softmax", false, 1, true, 1), ==, 9);
  g_assert_cmpuint (cost_of ("sgd4d", true, 0, true, 1), ==, 2);
  g_assert_cmpuint (cost_of ("relu_grad", true, 0, true, 1), ==, 1);
  g_assert_cmpuint (cost_of ("mean_var", true, 0, false, 1), ==, 5);
  g_assert_cmpuint (cost_of ("mean_var", true, 0, true, 1), ==, 5 + 2 * 5 + 11 + 11);
  g_assert_cmpuint (cost_of ("batch_norm", true, 0, true, 1), ==, 10);
  g_assert_cmpuint (cost_of ("batchnorm_grad_x_mu", true, 0, true, 1), ==, 11);
  g_assert_cmpuint (cost_of ("batchnorm_grad_x_mu", true, 1, false, 1), ==, 11);
  g_assert_cmpuint (cost_of ("batchnorm_grad_x_mu", true, 1, true, 1), ==, 11 + 5 + 3);
  g_assert_cmpuint (cost_of ("max_pool_grad", true, 0, true, 9), ==, 4 * 9);
  g_assert_cmpuint (cost_of ("average_pool_grad", true, 0, true, 9), ==, 5 + 8 + 3);
}

/* One slot per operation of the formulas; division, inverse root, logarithm: model section 1. */
static void
test_training_costs (void)
{
  const uint64_t div = 5, root = 11, log = 3;

  g_assert_cmpuint (cost_of ("transpose", true, 0, true, 1), ==, 1);
  g_assert_cmpuint (cost_of ("transpose_weights", true, 0, true, 1), ==, 1);
  g_assert_cmpuint (cost_of ("dilate", true, 0, true, 1), ==, 1);
  g_assert_cmpuint (cost_of ("reduce_maps", true, 0, true, 1), ==, 1);
  g_assert_cmpuint (cost_of ("max_pool_index", true, 0, true, 9), ==, 2 * 9);
  g_assert_cmpuint (cost_of ("softmax_grad", true, 0, true, 1), ==, 2);
  g_assert_cmpuint (cost_of ("softmax_grad", true, 1, true, 1), ==, 2);
  g_assert_cmpuint (cost_of ("cross_entropy", true, 0, true, 1), ==, log + 2);
  g_assert_cmpuint (cost_of ("cross_entropy_grad", true, 0, true, 1), ==, 2);
  g_assert_cmpuint (cost_of ("sgd", true, 0, true, 1), ==, 2);
  g_assert_cmpuint (cost_of ("sgd_decay", true, 0, true, 1), ==, 2 + 2);
  g_assert_cmpuint (cost_of ("momentum", true, 0, true, 1), ==, 2 + 2);
  g_assert_cmpuint (cost_of ("momentum_decay", true, 0, true, 1), ==, 2 + 2 + 2);
  g_assert_cmpuint (cost_of ("adam", true, 0, true, 1), ==, 3 + 4 + root + 2 + div + 2);
  g_assert_cmpuint (cost_of ("adam_decay", true, 0, true, 1), ==, 2 + 3 + 4 + root + 2 + div + 2);
}

/* ---- AXI ports ---- */

/* Full width in every cycle but the last; a part of a transfer evenly, the odd bits first. */
static void
test_transfers (void)
{
  static const SimditOperandRow row = { .operand = SIMDIT_OPERAND_IFMAP,
                                        .direction = SIMDIT_LOAD,
                                        .buffer = SIMDIT_BUFFER_IBUF };
  g_autofree Dense *got = g_new (Dense, 1), *expected = g_new (Dense, 1);

  for (guint i = 0; i < 200; i++)
    {
      g_autoptr (SimditShapeBook) book = simdit_shape_book_new (true);
      uint64_t bits = random_to (1000), width = random_to (100), cycles = random_to (50);
      bool part = g_test_rand_bit ();
      uint32_t number;

      if (part)
        number = simdit_transfer_part_shape (&row, row.operand, bits, cycles, book);
      else
        number = simdit_transfer_shape (&row, row.operand, bits, width, book);
      cycles = part ? cycles : (bits + width - 1) / width;
      g_assert_cmpuint (simdit_shape_book_get (book, number)->duration, ==, cycles);
      expand (book, number, got);
      memset (expected, 0, sizeof *expected);
      for (uint64_t c = 0; c < cycles; c++)
        {
          uint64_t now = part ? bits / cycles + (c < bits % cycles) : MIN (width, bits - c * width);

          count (expected, SIMDIT_COUNTER_DRAM_READ, c, now);
          count (expected, SRAM (IBUF, DMA_WRITE), c, now);
        }
      count_state (expected, SIMDIT_STATE_IBUF_LOAD_IFMAP, 0, cycles);
      assert_equal (got, expected);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/units/pe-array/wavefront", test_wavefront);
  g_test_add_func ("/units/simd-array/micro-programs", test_micro_programs);
  g_test_add_func ("/units/simd-array/reference-costs", test_reference_costs);
  g_test_add_func ("/units/simd-array/training-costs", test_training_costs);
  g_test_add_func ("/units/axi-port/transfers", test_transfers);
  return g_test_run ();
}
