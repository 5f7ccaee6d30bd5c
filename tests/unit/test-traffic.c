/* What each SIMD operator loads and stores, in words: written down apart from the operator table.
 */
#include "helpers/programs.h"

/* Tensors of each kind of a layer that is one tile. */
typedef struct
{
  guint maps;     /* as large as the output: n, oc, oh, ow */
  guint windows;  /* as large as what pooling windows cover: n, oc, ih, iw */
  guint channels; /* one word per channel */
  guint places;   /* one word per position: n, oh, ow */
} Tensors;

static const struct
{
  const char *operation;
  Tensors loads, stores;
} expected[] = {
  /* model section 6 */
  { "relu", { .maps = 1 }, { .maps = 1 } },
  { "elem_add", { .maps = 2 }, { .maps = 1 } },
  { "max_pool", { .windows = 1 }, { .maps = 1 } },
  { "avg_pool", { .windows = 1 }, { .maps = 1 } },
  /* model section 7; batch norm's gradient reads dy twice, writes x-hat and reads it again */
  { "mean_var", { .maps = 1 }, { .channels = 2 } },
  { "batch_norm", { .maps = 1, .channels = 4 }, { .maps = 1 } },
  { "batchnorm_grad_x_mu", { .maps = 4, .channels = 3 }, { .maps = 2, .channels = 2 } },
  { "relu_grad", { .maps = 2 }, { .maps = 1 } },
  { "sgd4d", { .maps = 2 }, { .maps = 1 } },
  { "reduce_sum", { .maps = 1 }, { .channels = 1 } },
  { "max_pool_grad", { .maps = 2 }, { .windows = 1 } },
  { "average_pool_grad", { .maps = 1 }, { .windows = 1 } },
  /* the complete training expansion */
  { "transpose", { .maps = 1 }, { .maps = 1 } },
  { "transpose_weights", { .maps = 1 }, { .maps = 1 } },
  { "dilate", { .maps = 1 }, { .windows = 1 } },
  { "reduce_maps", { .maps = 1 }, { .channels = 1 } },
  { "max_pool_index", { .windows = 1 }, { .maps = 2 } },  /* maximum, its position */
  { "softmax_grad", { .maps = 4 }, { .maps = 1 } },       /* y and dy, for the sum and after */
  { "cross_entropy", { .maps = 2 }, { .places = 1 } },    /* probability, target */
  { "cross_entropy_grad", { .maps = 2 }, { .maps = 1 } }, /* likewise */
  { "sgd", { .maps = 2 }, { .maps = 1 } },                /* w, g -> w */
  { "sgd_decay", { .maps = 2 }, { .maps = 1 } },          /* likewise */
  { "momentum", { .maps = 3 }, { .maps = 2 } },           /* w, g, v -> w, v */
  { "momentum_decay", { .maps = 3 }, { .maps = 2 } },     /* likewise */
  { "adam", { .maps = 4 }, { .maps = 3 } },               /* w, g, m, v -> w, m, v */
  { "adam_decay", { .maps = 4 }, { .maps = 3 } },         /* likewise */
};

static uint64_t
words (const Tensors *tensors)
{
  return tensors->maps * 3 * 2 * 5 * 7        /* n, oc, oh, ow */
         + tensors->windows * 3 * 2 * 11 * 15 /* ih = (5 - 1) * 2 + 3, iw likewise */
         + tensors->channels * 2 + tensors->places * 3 * 5 * 7;
}

static SimditProgram
one_tile (const SimditOperator *op)
{
  SimditProgram program = { .op = op, .stride = 2, .discipline = SIMDIT_DISCIPLINE_SERIAL };

  for (guint w = 0; w < SIMDIT_N_WIDTHS; w++)
    program.widths[w] = 1;
  for (guint d = 0; d < SIMDIT_N_DIMS; d++)
    program.extents.of[d] = 1;
  program.extents.of[SIMDIT_DIM_N] = 3;
  program.extents.of[SIMDIT_DIM_OC] = 2;
  program.extents.of[SIMDIT_DIM_OH] = 5;
  program.extents.of[SIMDIT_DIM_OW] = 7;
  program.extents.of[SIMDIT_DIM_KH] = program.extents.of[SIMDIT_DIM_KW] = 3;
  program.tile = program.extents;
  program.extents.of[SIMDIT_DIM_PASS] = MAX (op->passes, 1);
  return program;
}

static void
test_words (gconstpointer data)
{
  gsize i = GPOINTER_TO_SIZE (data);
  SimditMachine machine = random_machine ();
  SimditProgram program = one_tile (any_operator (expected[i].operation));
  SimditProgramReport report;
  ActivityLog log;

  report = run_program (&machine, &program, 0, &log);
  g_assert_cmpuint (report.counters[SIMDIT_COUNTER_DRAM_READ], ==, words (&expected[i].loads));
  g_assert_cmpuint (report.counters[SIMDIT_COUNTER_DRAM_WRITE], ==, words (&expected[i].stores));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autofree char *path = g_strdup_printf ("/traffic/%s", expected[i].operation);

      g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_words);
    }
  return g_test_run ();
}
