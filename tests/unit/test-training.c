/*
 * The training expansion: executed numerically, every gradient of its complete form equals the
 * finite difference of the loss; and what it says about a network.
 */
#include "expect.h"
#include "helpers/execute.h"

#include <math.h>
#include <string.h>

#define TOLERANCE 1e-5 /* of the largest gradient */
#define RANDOM_NETWORKS 60

static SimditNetwork *
expand_with (const char *text, const SimditTrainingOptions *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SimditNetwork) forward = simdit_network_parse (text, -1, "net.json", &error);
  SimditNetwork *network;

  g_assert_no_error (error);
  network = simdit_network_expand_training (forward, options, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (simdit_network_get_source (network), ==, text);
  g_assert_cmpint (simdit_network_get_mode (network), ==, SIMDIT_MODE_TRAINING);
  return network;
}

static SimditNetwork *
expand (const char *text)
{
  return expand_with (text, &SIMDIT_TRAINING_OPTIONS_INIT);
}

/* Element @i: most of it in one class, another one for each image and position. */
static double
target (const Dense *dense, uint64_t i)
{
  uint64_t positions = dense->dims[2] * dense->dims[3], classes = dense->dims[1];
  uint64_t image = i / positions / classes, class = i / positions % classes;

  if (classes == 1)
    return 1;
  return class == (image + i % positions) % classes ? 0.75 : 0.25 / (double) (classes - 1);
}

/* Random images, targets that sum to 1, parameters around their usual values; no state. */
static void
fill (Execution *self)
{
  for (guint t = 0; t < self->network->tensors->len; t++)
    {
      const SimditTensor *tensor = simdit_network_tensor (self->network, t);
      bool scale = g_str_has_suffix (tensor->name, ".scale");
      Dense *outer = &self->outer[t];

      for (uint64_t i = 0; i < dense_size (outer) && tensor->kind != SIMDIT_TENSOR_STATE; i++)
        outer->values[i] = tensor->kind == SIMDIT_TENSOR_TARGET
                               ? target (outer, i)
                               : g_test_rand_double_range (-1, 1) + (scale ? 1.5 : 0);
    }
}

static double
loss_with (Execution *self, double *parameter, double value)
{
  double before = *parameter;

  *parameter = value;
  execution_run (self);
  *parameter = before;
  return self->loss;
}

/* A difference that spans a kink (of relu, of a maximum) is wrong; a smaller one will not. */
static bool
is_derivative (Execution *self, double *value, double gradient, double tolerance,
               double *difference)
{
  static const double steps[] = { 1e-5, 1e-4, 1e-6, 1e-7 };
  double here = *value;

  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      *difference = (loss_with (self, value, here + steps[i])
                     - loss_with (self, value, here - steps[i]))
                    / (2 * steps[i]);
      if (fabs (*difference - gradient) <= tolerance)
        return true;
    }
  return false;
}

static void
check_gradients (const SimditNetwork *network, uint64_t batch, const char *what)
{
  Execution execution;
  guint n_checked = 0;

  execution_init (&execution, network, batch);
  fill (&execution);
  for (guint t = 0; t < network->tensors->len; t++)
    {
      const SimditTensor *tensor = simdit_network_tensor (network, t);
      Dense *outer = &execution.outer[t];
      g_autofree double *gradient = NULL;
      double largest = 1e-3;

      if (tensor->kind != SIMDIT_TENSOR_PARAMETER)
        continue;
      execution_run (&execution);
      gradient = g_memdup2 (execution_gradient (&execution, t)->values,
                            dense_size (outer) * sizeof (double));
      for (uint64_t i = 0; i < dense_size (outer); i++)
        largest = MAX (largest, fabs (gradient[i]));
      for (uint64_t i = 0; i < dense_size (outer); i++)
        {
          double difference;

          if (!is_derivative (&execution, &outer->values[i], gradient[i], TOLERANCE * largest,
                              &difference))
            g_error ("%s: %s[%d]: the gradient is %.12g, the finite difference %.12g (%s)", what,
                     tensor->name, (int) i, gradient[i], difference,
                     simdit_network_get_source (network));
          n_checked++;
        }
    }
  g_assert_cmpuint (n_checked, >, 0);
  execution_clear (&execution);
}

/* ---- networks ---- */

#define GRAPH(shape, layers)                                                                       \
  "{\"format\": \"simdit-network\", \"version\": 1, \"inputs\": {\"image\": [" shape               \
  "]}, \"layers\": [" layers "]}"
#define LAYER(name, operation, input, rest)                                                        \
  "{\"name\": \"" name "\", \"operation\": \"" operation "\", \"inputs\": [" input "]" rest "}"
#define WINDOW(kernel, stride, pad)                                                                \
  ", \"kernel\": " kernel ", \"stride\": " stride ", \"pad\": " pad
#define CONV(name, input, channels, kernel, stride, pad)                                           \
  LAYER (name, "conv_bias", "\"" input "\"",                                                       \
         ", \"channels\": " channels WINDOW (kernel, stride, pad))
#define PLAIN(name, operation, input, channels, kernel, stride, pad)                               \
  LAYER (name, operation, "\"" input "\"",                                                         \
         ", \"batch_norm\": false, \"channels\": " channels WINDOW (kernel, stride, pad))
#define UNARY(name, operation, input) LAYER (name, operation, "\"" input "\"", "")
#define HEAD(input, operation)                                                                     \
  UNARY ("gap", "global_avg_pool", input)                                                          \
  ", " UNARY ("flat", "flatten", "gap") ", " LAYER ("fc", operation, "\"flat\"",                   \
                                                    ", \"channels\": 3")
#define GEMM(name, operation, input, channels)                                                     \
  LAYER (name, operation, "\"" input "\"", ", \"channels\": " channels)
#define POOL(name, operation, input, kernel, stride, pad)                                          \
  LAYER (name, operation, "\"" input "\"", WINDOW (kernel, stride, pad))
#define ADD(name, one, other) LAYER (name, "elem_add", "\"" one "\", \"" other "\"", "")

/* clang-format off: a line per layer */
static const struct
{
  const char *name, *text;
} networks[] = {
  { "gemm", GRAPH ("5, 1, 1", GEMM ("fc", "gemm", "image", "4")) },
  { "two gemms",
    GRAPH ("5, 1, 1", GEMM ("a", "gemm", "image", "4") ", " UNARY ("r", "relu", "a") ", " GEMM (
                          "b", "gemm_no_bias", "r", "3")) },
  { "conv-3x3", GRAPH ("2, 5, 6", CONV ("c", "image", "3", "3", "1", "1") ", " UNARY (
                                      "r", "relu", "c") ", " CONV ("d", "r", "2", "3", "1",
                                                                   "1") ", " HEAD ("d", "gemm")) },
  { "conv-3x3-stride-2",
    GRAPH ("2, 6, 5",
           CONV ("c", "image", "3", "3", "2", "1") ", " UNARY ("r", "relu", "c") ", " CONV (
               "d", "r", "2", "3", "2", "1") ", " HEAD ("d", "gemm")) },
  { "conv-1x1-stride-2",
    GRAPH ("2, 6, 6", CONV ("c", "image", "3", "1", "2", "0") ", " CONV (
                          "d", "c", "2", "1", "2", "0") ", " HEAD ("d", "gemm_no_bias")) },
  { "conv whose windows leave the input out, or add to it",
    GRAPH ("2, 8, 9", CONV ("c", "image", "2", "1", "1", "0") ", " CONV (
                          "d", "c", "3", "2", "3", "0") ", " CONV ("e", "d", "2", "1", "2",
                                                                   "1") ", " HEAD ("e", "gemm")) },
  { "strided conv with one output",
    GRAPH ("2, 3, 3", CONV ("c", "image", "3", "1", "1", "0") ", " CONV (
                          "d", "c", "2", "3", "2", "0") ", " HEAD ("d", "gemm")) },
  { "conv-oblong", GRAPH ("2, 5, 6", CONV ("c", "image", "2", "1", "1", "0") ", " CONV (
                                         "d", "c", "3", "[1, 3]", "1",
                                         "1") ", " CONV ("e", "d", "2", "[3, 2]", "2",
                                                         "0") ", " HEAD ("e", "gemm")) },
  { "max-pool",
    GRAPH ("2, 7, 6", CONV ("c", "image", "3", "3", "1", "1") ", " POOL (
                          "p", "max_pool", "c", "3", "2",
                          "1") ", " CONV ("d", "p", "2", "1", "1", "0") ", " HEAD ("d", "gemm")) },
  { "avg-pool",
    GRAPH ("2, 7, 6", CONV ("c", "image", "3", "3", "1", "1") ", " POOL (
                          "p", "avg_pool", "c", "[2, 3]", "2",
                          "1") ", " CONV ("d", "p", "2", "1", "1", "0") ", " HEAD ("d", "gemm")) },
  { "residual, with and without downsampling",
    GRAPH (
        "2, 6, 6",
        CONV ("c", "image", "2", "3", "1", "1") ", " UNARY ("r", "relu", "c") ", " CONV ("a1", "r", "3", "3", "2", "1") ", " CONV (
            "a2", "r", "3",
            "1", "2",
            "0") ", " ADD ("a", "a1",
                           "a2") ", " UNARY ("ar", "relu",
                                             "a") ", " CONV ("b1", "ar", "3", "3", "1",
                                                             "1") ", " ADD ("b", "b1",
                                                                            "ar") ", " UNARY ("br",
                                                                                              "rel"
                                                                                              "u",
                                                                                              "b") ", " ADD ("twice",
                                                                                                             "br",
                                                                                                             "br") ", " HEAD ("twice",
                                                                                                                              "gemm")) },
  { "one tensor, four readers",
    GRAPH (
        "2, 4, 4",
        CONV ("c", "image", "2", "3", "1", "1") ", " CONV ("r", "c", "2", "1", "1", "0") ", " CONV (
            "a", "r", "2", "3", "1",
            "1") ", " CONV ("b", "r", "2", "1", "1",
                            "0") ", " ADD ("rr", "r",
                                           "r") ", " ADD ("ab", "a",
                                                          "b") ", " ADD ("s", "ab",
                                                                         "rr") ", " HEAD ("s",
                                                                                          "gem"
                                                                                          "m")) },
  { "pool before the first parameter",
    GRAPH ("2, 6, 6", POOL ("p", "max_pool", "image", "2", "2", "0") ", " CONV (
                          "c", "p", "2", "3", "1", "1") ", " HEAD ("c", "gemm")) },
  { "only the second summand has a gradient",
    GRAPH ("2, 5, 4", CONV ("c", "image", "2", "3", "1",
                            "1") ", " ADD ("s", "image", "c") ", " HEAD ("s", "gemm")) },
  { "convolutions without batch norm",
    GRAPH ("2, 6, 5", PLAIN ("c", "conv_bias", "image", "3", "[3, 2]", "2", "1") ", " UNARY (
                          "r", "relu", "c") ", " PLAIN ("d", "conv", "r", "2", "3", "1",
                                                        "1") ", " PLAIN ("e", "conv_bias", "d", "2",
                                                                         "1", "2", "0")) },
  { "softmax at the end", GRAPH ("2, 4, 4", CONV ("c", "image", "2", "3", "1", "1") ", " HEAD (
                                                "c", "gemm") ", " UNARY ("s", "softmax", "fc")) },
  { "softmax within, and a map as output",
    GRAPH ("2, 4, 3", CONV ("c", "image", "3", "3", "1", "1") ", " UNARY (
                          "s", "softmax", "c") ", " CONV ("d", "s", "2", "1", "1", "0")) },
};
/* clang-format on */

static const char *
find_network (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (networks); i++)
    if (g_str_equal (networks[i].name, name))
      return networks[i].text;
  g_assert_not_reached ();
}

static void
test_gradients (gconstpointer data)
{
  const char *text = data;
  g_autoptr (SimditNetwork) network = expand (text);

  check_gradients (network, 1, "batch 1");
  check_gradients (network, 3, "batch 3");
}

/* ---- random networks ---- */

typedef struct
{
  GString *layers;
  guint n;
  int c, h, w;
} Builder;

static int
random_between (int least, int most)
{
  return g_test_rand_int_range (least, most + 1);
}

static void
add_layer (Builder *self, const char *operation, const char *input, const char *rest)
{
  g_string_append_printf (self->layers,
                          "%s{\"name\": \"l%u\", \"operation\": \"%s\", \"inputs\": [%s]%s}",
                          self->n > 0 ? ", " : "", self->n, operation, input, rest);
  self->n++;
}

/* A convolution or a pool over what was added last. */
static void
add_window (Builder *self, const char *operation, bool conv)
{
  g_autofree char *input = self->n > 0 ? g_strdup_printf ("\"l%u\"", self->n - 1)
                                       : g_strdup ("\"image\"");
  int kh = random_between (1, MIN (3, self->h)), kw = random_between (1, MIN (3, self->w));
  int stride = random_between (1, 3), pad = random_between (0, MIN (kh, kw) - (conv ? 0 : 1));
  g_autofree char *channels = NULL, *rest = NULL;

  if (conv)
    self->c = random_between (1, 3);
  channels = conv ? g_strdup_printf (", \"channels\": %d, \"batch_norm\": %s", self->c,
                                     g_test_rand_bit () ? "true" : "false")
                  : g_strdup ("");
  rest = g_strdup_printf ("%s, \"kernel\": [%d, %d], \"stride\": %d, \"pad\": %d", channels, kh, kw,
                          stride, pad);
  add_layer (self, operation, input, rest);
  self->h = (self->h + 2 * pad - kh) / stride + 1;
  self->w = (self->w + 2 * pad - kw) / stride + 1;
}

static void
add_random_layer (Builder *self)
{
  g_autofree char *last = g_strdup_printf ("\"l%u\"", self->n - 1);
  g_autofree char *twice = g_strdup_printf ("%s, %s", last, last);

  switch (random_between (0, 6))
    {
    case 0:
      add_layer (self, "relu", last, "");
      break;
    case 1:
      add_window (self, "max_pool", false);
      break;
    case 2:
      add_window (self, "avg_pool", false);
      break;
    case 3:
      add_layer (self, "elem_add", twice, "");
      break;
    case 4: /* a residual block */
      {
        g_autofree char *rest = g_strdup_printf (", \"channels\": %d, \"kernel\": 3, \"pad\": 1",
                                                 self->c);
        g_autofree char *both = g_strdup_printf ("\"l%u\", %s", self->n, last);

        add_layer (self, "conv", last, rest);
        add_layer (self, "elem_add", both, "");
        break;
      }
    default:
      add_window (self, "conv_bias", true);
    }
}

static char *
random_network (void)
{
  Builder self = { .layers = g_string_new (NULL),
                   .c = random_between (1, 3),
                   .h = random_between (3, 7),
                   .w = random_between (3, 7) };
  g_autofree char *shape = g_strdup_printf ("%d, %d, %d", self.c, self.h, self.w);
  guint n = (guint) random_between (1, 5);
  char *text;

  add_window (&self, "conv", true);
  while (self.n < n)
    add_random_layer (&self);
  if (g_test_rand_bit ())
    {
      g_autofree char *last = g_strdup_printf ("\"l%u\"", self.n - 1);
      g_autofree char *flat = g_strdup_printf ("\"l%u\"", self.n);

      add_layer (&self, "flatten", last, "");
      add_layer (&self, g_test_rand_bit () ? "gemm" : "gemm_no_bias", flat, ", \"channels\": 3");
    }
  text = g_strdup_printf (GRAPH ("%s", "%s"), shape, self.layers->str);
  g_string_free (self.layers, TRUE);
  return text;
}

static void
test_random_networks (void)
{
  for (guint i = 0; i < RANDOM_NETWORKS; i++)
    {
      g_autofree char *text = random_network ();
      g_autoptr (SimditNetwork) network = expand (text);

      check_gradients (network, (uint64_t) random_between (1, 3), "random");
    }
}

/* ---- updates ---- */

/* What a first step takes from a parameter, from its gradient. */
static double
first_step (const SimditTrainingOptions *options, double weight, double gradient)
{
  if (options->weight_decay)
    gradient += EXECUTION_DECAY * weight;
  /* Corrected for the first iteration, Adam's moments are the gradient and its square. */
  if (options->optimizer == SIMDIT_OPTIMIZER_ADAM)
    return EXECUTION_RATE * gradient / (fabs (gradient) + EXECUTION_ADAM_EPSILON);
  return EXECUTION_RATE * gradient;
}

/* An update must not come before the last use of the parameter: two executions, one updates. */
static void
check_update (const SimditTrainingOptions *options)
{
  g_autoptr (SimditNetwork)
      network = expand_with (find_network ("residual, with and without downsampling"), options);
  Execution before, after;

  execution_init (&before, network, 2);
  execution_init (&after, network, 2);
  fill (&before);
  for (guint t = 0; t < network->tensors->len; t++)
    memcpy (after.outer[t].values, before.outer[t].values,
            dense_size (&before.outer[t]) * sizeof (double));
  after.update = true;
  execution_run (&before);
  execution_run (&after);
  for (guint t = 0; t < network->tensors->len; t++)
    {
      const SimditTensor *tensor = simdit_network_tensor (network, t);
      const Dense *gradient = execution_gradient (&before, t);

      g_assert_cmpint (gradient != NULL, ==, tensor->kind == SIMDIT_TENSOR_PARAMETER);
      for (uint64_t i = 0; gradient != NULL && i < dense_size (gradient); i++)
        g_assert_cmpfloat_with_epsilon (
            before.outer[t].values[i] - after.outer[t].values[i],
            first_step (options, before.outer[t].values[i], gradient->values[i]), 1e-13);
    }
  after.update = false;
  execution_run (&after);
  if (!options->weight_decay)
    g_assert_cmpfloat (after.loss, <, before.loss);
  execution_clear (&before);
  execution_clear (&after);
}

static void
test_updates (void)
{
  for (guint i = SIMDIT_OPTIMIZER_SGD; i <= SIMDIT_OPTIMIZER_ADAM; i++)
    for (guint decay = 0; decay < 2; decay++)
      check_update (
          &(SimditTrainingOptions){ .optimizer = (SimditOptimizer) i, .weight_decay = decay == 1 });
}

/* Momentum and moments last from step to step. */
static void
test_state (void)
{
  static const SimditTrainingOptions options = { .optimizer = SIMDIT_OPTIMIZER_MOMENTUM };
  g_autoptr (SimditNetwork) network = expand_with (find_network ("gemm"), &options);
  Execution execution;
  double first, second, before;
  const Dense *weight;

  execution_init (&execution, network, 2);
  fill (&execution);
  weight = &execution.outer[1];
  g_assert_cmpstr (simdit_network_tensor (network, 1)->name, ==, "fc.weight");
  execution.update = true;
  execution_run (&execution);
  first = execution_gradient (&execution, 1)->values[0];
  before = weight->values[0];
  execution.iteration = 2;
  execution_run (&execution);
  second = execution_gradient (&execution, 1)->values[0];
  g_assert_cmpfloat_with_epsilon (before - weight->values[0],
                                  EXECUTION_RATE * (EXECUTION_MOMENTUM * first + second), 1e-15);
  execution_clear (&execution);
}

/* ---- the program ---- */

static guint
count_operations (const SimditNetwork *network, const char *operation)
{
  guint n = 0;

  for (guint i = 0; i < network->layers->len; i++)
    n += g_str_equal (simdit_network_layer (network, i)->op->name, operation);
  return n;
}

/* No gradient that nothing needs: of images, of what comes before the first parameter. */
static void
test_nothing_superfluous (void)
{
  g_autoptr (SimditNetwork) one = expand (find_network ("gemm"));
  g_autoptr (SimditNetwork) single = expand (find_network ("strided conv with one output"));
  g_autoptr (SimditNetwork) pool = expand (find_network ("pool before the first parameter"));

  g_assert_cmpuint (count_operations (one, "gemm_no_bias"), ==, 1); /* dL/dw */
  g_assert_cmpuint (count_operations (one, "transpose_weights"), ==, 0);
  g_assert_cmpuint (count_operations (pool, "max_pool_grad"), ==, 0);
  g_assert_cmpuint (count_operations (single, "dilate"), ==, 0); /* no zeros beside one element */
}

/* Of its own bias a convolution has a gradient only where it is not batch norm's offset. */
static void
test_without_batch_norm (void)
{
  g_autoptr (SimditNetwork) network = expand (find_network ("convolutions without batch norm"));

  g_assert_cmpuint (count_operations (network, "mean_var"), ==, 0);
  g_assert_cmpuint (count_operations (network, "batchnorm_grad_x_mu"), ==, 0);
  g_assert_cmpuint (count_operations (network, "conv_bias"), ==, 2);
  g_assert_cmpuint (count_operations (network, "reduce_maps"), ==, 2);
  g_assert_cmpuint (count_operations (network, "sgd"), ==, 3 + 2);
}

/* A tensor with n readers has n - 1 sums of gradients, and every layer a name of its own. */
static void
test_sums (void)
{
  g_autoptr (SimditNetwork) network = expand (find_network ("one tensor, four readers"));
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  guint n = 0;

  for (guint i = 0; i < network->layers->len; i++)
    {
      const SimditLayer *layer = simdit_network_layer (network, i);

      g_assert_true (g_hash_table_add (names, layer->name));
      n += g_str_has_prefix (layer->name, "r.grad_sum");
    }
  g_assert_cmpuint (n, ==, 3);
}

static void
test_stages (void)
{
  static const struct
  {
    const char *operation;
    SimditStage stage;
  } expected[] = {
    { "mean_var", SIMDIT_STAGE_BATCH_NORM },
    { "batch_norm", SIMDIT_STAGE_BATCH_NORM },
    { "batchnorm_grad_x_mu", SIMDIT_STAGE_BATCH_NORM },
    { "relu", SIMDIT_STAGE_OTHER },
    { "relu_grad", SIMDIT_STAGE_OTHER },
    { "elem_add", SIMDIT_STAGE_OTHER },
    { "transpose", SIMDIT_STAGE_OTHER },
    { "cross_entropy", SIMDIT_STAGE_OTHER },
    { "reduce_sum", SIMDIT_STAGE_OTHER },
    { "gemm", SIMDIT_STAGE_FORWARD },
    { "sgd", SIMDIT_STAGE_UPDATE },
  };
  g_autoptr (SimditNetwork)
      network = expand (find_network ("residual, with and without downsampling"));
  guint parts[SIMDIT_N_STAGES] = { 0 };

  for (guint i = 0; i < network->layers->len; i++)
    {
      const SimditLayer *layer = simdit_network_layer (network, i);

      if (simdit_operator_is_systolic (layer->op))
        parts[layer->stage]++;
      for (gsize k = 0; k < G_N_ELEMENTS (expected); k++)
        if (g_str_equal (layer->op->name, expected[k].operation))
          g_assert_cmpint (layer->stage, ==, expected[k].stage);
    }
  g_assert_cmpuint (parts[SIMDIT_STAGE_FORWARD], ==, 5);
  g_assert_cmpuint (parts[SIMDIT_STAGE_INPUT_GRADIENT], ==, 4);
  g_assert_cmpuint (parts[SIMDIT_STAGE_WEIGHT_GRADIENT], ==, 5);
  g_assert_cmpuint (count_operations (network, "elem_add"), ==, 3 + 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (networks); i++)
    {
      g_autofree char *path = g_strdup_printf ("/training/gradients/%s", networks[i].name);

      g_test_add_data_func (path, networks[i].text, test_gradients);
    }
  g_test_add_func ("/training/gradients/random", test_random_networks);
  g_test_add_func ("/training/updates", test_updates);
  g_test_add_func ("/training/state", test_state);
  g_test_add_func ("/training/nothing-superfluous", test_nothing_superfluous);
  g_test_add_func ("/training/without-batch-norm", test_without_batch_norm);
  g_test_add_func ("/training/sums", test_sums);
  g_test_add_func ("/training/stages", test_stages);
  return g_test_run ();
}
