#include "helpers/execute.h"

#include <math.h>
#include <string.h>

/* One layer: its extents with the batch in place, its operands and results. */
typedef struct
{
  Execution *execution;
  const SimditLayer *layer;
  uint64_t of[SIMDIT_N_DIMS];
  const Dense *in[5];
  Dense *out;
} Job;

#define EXTENT(job, name) ((job)->of[SIMDIT_DIM_##name])

uint64_t
dense_size (const Dense *self)
{
  return self->dims[0] * self->dims[1] * self->dims[2] * self->dims[3];
}

static double *
at (const Dense *self, uint64_t n, uint64_t c, uint64_t h, uint64_t w)
{
  return &self->values[((n * self->dims[1] + c) * self->dims[2] + h) * self->dims[3] + w];
}

static void
resize (Dense *self, uint64_t n, uint64_t c, uint64_t h, uint64_t w)
{
  *self = (Dense){ .dims = { n, c, h, w } };
  self->values = g_new0 (double, dense_size (self));
}

static void
expect_dims (const Job *job, const Dense *dense, uint64_t n, uint64_t c, uint64_t h, uint64_t w)
{
  const uint64_t *d = dense->dims;

  if (d[0] != n || d[1] != c || d[2] != h || d[3] != w)
    g_error ("%s (%s): [%d, %d, %d, %d] expected, got [%d, %d, %d, %d]", job->layer->name,
             job->layer->op->name, (int) n, (int) c, (int) h, (int) w, (int) d[0], (int) d[1],
             (int) d[2], (int) d[3]);
}

/* Operands in the shape of the layer's output. */
static void
expect_maps (const Job *job, guint n)
{
  for (guint i = 0; i < n; i++)
    expect_dims (job, job->in[i], EXTENT (job, N), EXTENT (job, OC), EXTENT (job, OH),
                 EXTENT (job, OW));
}

static void
expect_channels (const Job *job, guint first, guint end)
{
  for (guint i = first; i < end; i++)
    expect_dims (job, job->in[i], EXTENT (job, OC), 1, 1, 1);
}

static void
resize_map (Job *job, guint port)
{
  resize (&job->out[port], EXTENT (job, N), EXTENT (job, OC), EXTENT (job, OH), EXTENT (job, OW));
}

#define FOR(i, end) for (uint64_t i = 0; i < (end); i++)
#define FOR_MAP(job)                                                                               \
  FOR (n, EXTENT (job, N))                                                                         \
  FOR (c, EXTENT (job, OC)) FOR (h, EXTENT (job, OH)) FOR (w, EXTENT (job, OW))

/* Where element (kh, kw) of the window over output (h, w) lies in an input of @rows x @columns. */
static bool
find_source (const Job *job, uint64_t h, uint64_t w, uint64_t kh, uint64_t kw, uint64_t rows,
             uint64_t columns, uint64_t *y, uint64_t *x)
{
  int64_t row = (int64_t) (h * job->layer->stride + kh) - job->layer->pad_h;
  int64_t column = (int64_t) (w * job->layer->stride + kw) - job->layer->pad_w;

  *y = (uint64_t) row;
  *x = (uint64_t) column;
  return row >= 0 && column >= 0 && *y < rows && *x < columns;
}

/* ---- convolution and GEMM ---- */

static double
convolve (const Job *job, uint64_t n, uint64_t c, uint64_t h, uint64_t w)
{
  const Dense *in = job->in[0];
  double sum = job->in[2] != NULL ? job->in[2]->values[c] : 0;
  uint64_t y, x;

  FOR (i, EXTENT (job, IC))
  FOR (kh, EXTENT (job, KH))
  FOR (kw, EXTENT (job, KW))
  if (find_source (job, h, w, kh, kw, in->dims[2], in->dims[3], &y, &x))
    sum += *at (in, n, i, y, x) * *at (job->in[1], c, i, kh, kw);
  return sum;
}

static void
conv (Job *job)
{
  expect_dims (job, job->in[0], EXTENT (job, N), EXTENT (job, IC), job->in[0]->dims[2],
               job->in[0]->dims[3]);
  expect_dims (job, job->in[1], EXTENT (job, OC), EXTENT (job, IC), EXTENT (job, KH),
               EXTENT (job, KW));
  resize_map (job, 0);
  FOR_MAP (job)
  *at (&job->out[0], n, c, h, w) = convolve (job, n, c, h, w);
}

/* ---- batch norm ---- */

static double
normalised (const Job *job, uint64_t n, uint64_t c, uint64_t h, uint64_t w, guint mean)
{
  return (*at (job->in[0], n, c, h, w) - job->in[mean]->values[c]) * job->in[mean + 1]->values[c];
}

static void
mean_var (Job *job)
{
  double count = (double) (EXTENT (job, N) * EXTENT (job, OH) * EXTENT (job, OW));

  expect_maps (job, 1);
  resize (&job->out[0], EXTENT (job, OC), 1, 1, 1);
  resize (&job->out[1], EXTENT (job, OC), 1, 1, 1);
  FOR_MAP (job)
  job->out[0].values[c] += *at (job->in[0], n, c, h, w) / count;
  FOR_MAP (job)
  job->out[1].values[c] += pow (*at (job->in[0], n, c, h, w) - job->out[0].values[c], 2) / count;
  FOR (c, EXTENT (job, OC))
  job->out[1].values[c] = 1 / sqrt (job->out[1].values[c] + EXECUTION_EPSILON);
}

static void
batch_norm (Job *job)
{
  expect_maps (job, 1);
  expect_channels (job, 1, 5);
  resize_map (job, 0);
  FOR_MAP (job)
  *at (&job->out[0], n, c, h, w) = normalised (job, n, c, h, w, 1) * job->in[3]->values[c]
                                   + job->in[4]->values[c];
}

static void
batch_norm_grad (Job *job)
{
  double count = (double) (EXTENT (job, N) * EXTENT (job, OH) * EXTENT (job, OW));

  expect_maps (job, 2);
  expect_channels (job, 2, 5);
  resize_map (job, 0);
  resize (&job->out[1], EXTENT (job, OC), 1, 1, 1);
  resize (&job->out[2], EXTENT (job, OC), 1, 1, 1);
  FOR_MAP (job)
  {
    double dy = *at (job->in[1], n, c, h, w);

    job->out[1].values[c] += dy * normalised (job, n, c, h, w, 2);
    job->out[2].values[c] += dy;
  }
  FOR_MAP (job)
  {
    double dy = *at (job->in[1], n, c, h, w), xhat = normalised (job, n, c, h, w, 2);
    double centred = dy - (job->out[2].values[c] + xhat * job->out[1].values[c]) / count;

    *at (&job->out[0], n, c, h, w) = centred * job->in[3]->values[c] * job->in[4]->values[c];
  }
}

/* ---- element-wise ---- */

static void
relu (Job *job)
{
  expect_maps (job, 1);
  resize_map (job, 0);
  FOR_MAP (job)
  *at (&job->out[0], n, c, h, w) = MAX (*at (job->in[0], n, c, h, w), 0);
}

static void
relu_grad (Job *job)
{
  expect_maps (job, 2);
  resize_map (job, 0);
  FOR_MAP (job)
  if (*at (job->in[0], n, c, h, w) > 0)
    *at (&job->out[0], n, c, h, w) = *at (job->in[1], n, c, h, w);
}

static void
elem_add (Job *job)
{
  expect_maps (job, 2);
  resize_map (job, 0);
  FOR_MAP (job)
  *at (&job->out[0], n, c, h, w) = *at (job->in[0], n, c, h, w) + *at (job->in[1], n, c, h, w);
}

static void
flatten (Job *job)
{
  g_assert_cmpuint (dense_size (job->in[0]), ==,
                    EXTENT (job, N) * EXTENT (job, OC) * EXTENT (job, OH) * EXTENT (job, OW));
  resize_map (job, 0);
  memcpy (job->out[0].values, job->in[0]->values, dense_size (&job->out[0]) * sizeof (double));
}

static void
dilate (Job *job)
{
  expect_maps (job, 1);
  resize (&job->out[0], EXTENT (job, N), EXTENT (job, OC), EXTENT (job, IH), EXTENT (job, IW));
  FOR_MAP (job)
  *at (&job->out[0], n, c, h * job->layer->stride, w * job->layer->stride) = *at (job->in[0], n, c,
                                                                                  h, w);
}

static void
transpose_turning (Job *job, bool turn)
{
  const uint64_t *d = job->in[0]->dims;

  g_assert_cmpuint (dense_size (job->in[0]), ==,
                    EXTENT (job, N) * EXTENT (job, OC) * EXTENT (job, OH) * EXTENT (job, OW));
  g_assert_cmpuint (d[2], ==, EXTENT (job, OH));
  g_assert_cmpuint (d[3], ==, EXTENT (job, OW));
  resize (&job->out[0], d[1], d[0], d[2], d[3]);
  FOR (n, d[0])
  FOR (c, d[1])
  FOR (h, d[2])
  FOR (w, d[3])
  *at (&job->out[0], c, n, turn ? d[2] - 1 - h : h, turn ? d[3] - 1 - w : w) = *at (job->in[0], n,
                                                                                    c, h, w);
}

static void
transpose (Job *job)
{
  transpose_turning (job, false);
}

static void
transpose_weights (Job *job)
{
  transpose_turning (job, true);
}

static void
reduce_sum (Job *job)
{
  expect_maps (job, 1);
  resize (&job->out[0], EXTENT (job, OC), 1, 1, 1);
  FOR_MAP (job)
  job->out[0].values[c] += *at (job->in[0], n, c, h, w);
}

/* ---- pools ---- */

static void
max_pool_index (Job *job)
{
  const Dense *in = job->in[0];
  uint64_t y, x;

  expect_dims (job, in, EXTENT (job, N), EXTENT (job, OC), job->layer->in_h, job->layer->in_w);
  resize_map (job, 0);
  resize_map (job, 1);
  FOR_MAP (job)
  {
    double *best = at (&job->out[0], n, c, h, w);

    *best = -INFINITY;
    FOR (kh, EXTENT (job, KH))
    FOR (kw, EXTENT (job, KW))
    if (find_source (job, h, w, kh, kw, in->dims[2], in->dims[3], &y, &x)
        && *at (in, n, c, y, x) > *best)
      {
        *best = *at (in, n, c, y, x);
        *at (&job->out[1], n, c, h, w) = (double) (kh * EXTENT (job, KW) + kw);
      }
  }
}

static void
max_pool_grad (Job *job)
{
  uint64_t rows = job->layer->in_h, columns = job->layer->in_w, y, x;

  expect_maps (job, 2);
  resize (&job->out[0], EXTENT (job, N), EXTENT (job, OC), rows, columns);
  FOR_MAP (job)
  {
    uint64_t index = (uint64_t) *at (job->in[1], n, c, h, w);

    g_assert_true (find_source (job, h, w, index / EXTENT (job, KW), index % EXTENT (job, KW), rows,
                                columns, &y, &x));
    *at (&job->out[0], n, c, y, x) += *at (job->in[0], n, c, h, w);
  }
}

/* The mean over the window, zeros of the padding counted; or its gradient. */
static void
avg_pool_either (Job *job, bool gradient)
{
  uint64_t rows = job->layer->in_h, columns = job->layer->in_w, y, x;
  double window = (double) (EXTENT (job, KH) * EXTENT (job, KW));

  if (gradient)
    {
      expect_maps (job, 1);
      resize (&job->out[0], EXTENT (job, N), EXTENT (job, OC), rows, columns);
    }
  else
    {
      expect_dims (job, job->in[0], EXTENT (job, N), EXTENT (job, OC), rows, columns);
      resize_map (job, 0);
    }
  FOR_MAP (job)
  FOR (kh, EXTENT (job, KH))
  FOR (kw, EXTENT (job, KW))
  {
    if (!find_source (job, h, w, kh, kw, rows, columns, &y, &x))
      continue;
    if (gradient)
      *at (&job->out[0], n, c, y, x) += *at (job->in[0], n, c, h, w) / window;
    else
      *at (&job->out[0], n, c, h, w) += *at (job->in[0], n, c, y, x) / window;
  }
}

static void
avg_pool (Job *job)
{
  avg_pool_either (job, false);
}

static void
avg_pool_grad (Job *job)
{
  avg_pool_either (job, true);
}

/* ---- softmax and loss ---- */

static void
softmax (Job *job)
{
  expect_maps (job, 1);
  resize_map (job, 0);
  FOR_MAP (job)
  {
    double sum = 0;

    FOR (k, EXTENT (job, OC))
    sum += exp (*at (job->in[0], n, k, h, w) - *at (job->in[0], n, c, h, w));
    *at (&job->out[0], n, c, h, w) = 1 / sum;
  }
}

static void
softmax_grad (Job *job)
{
  expect_maps (job, 2);
  resize_map (job, 0);
  FOR_MAP (job)
  {
    double sum = 0;

    FOR (k, EXTENT (job, OC))
    sum += *at (job->in[0], n, k, h, w) * *at (job->in[1], n, k, h, w);
    *at (&job->out[0], n, c, h, w) = *at (job->in[0], n, c, h, w)
                                     * (*at (job->in[1], n, c, h, w) - sum);
  }
}

static void
cross_entropy (Job *job)
{
  expect_maps (job, 2);
  resize (&job->out[0], EXTENT (job, N), 1, EXTENT (job, OH), EXTENT (job, OW));
  FOR_MAP (job)
  *at (&job->out[0], n, 0, h, w) -= *at (job->in[1], n, c, h, w)
                                    * log (*at (job->in[0], n, c, h, w));
  FOR (i, dense_size (&job->out[0]))
  job->execution->loss += job->out[0].values[i] / (double) EXTENT (job, N);
}

static void
cross_entropy_grad (Job *job)
{
  expect_maps (job, 2);
  resize_map (job, 0);
  FOR_MAP (job)
  *at (&job->out[0], n, c, h, w) = (*at (job->in[0], n, c, h, w) - *at (job->in[1], n, c, h, w))
                                   / (double) EXTENT (job, N);
}

/* ---- optimizers ---- */

static double
update_one (const Job *job, double weight, double gradient, double *a, double *b)
{
  const char *name = job->layer->op->name;
  guint t = job->execution->iteration;

  if (g_str_has_suffix (name, "_decay"))
    gradient += EXECUTION_DECAY * weight;
  if (g_str_has_prefix (name, "sgd"))
    return weight - EXECUTION_RATE * gradient;
  if (g_str_has_prefix (name, "momentum"))
    {
      *a = EXECUTION_MOMENTUM * *a + gradient;
      return weight - EXECUTION_RATE * *a;
    }
  *a = EXECUTION_BETA1 * *a + (1 - EXECUTION_BETA1) * gradient;
  *b = EXECUTION_BETA2 * *b + (1 - EXECUTION_BETA2) * gradient * gradient;
  return weight
         - EXECUTION_RATE * (*a / (1 - pow (EXECUTION_BETA1, t)))
               / (sqrt (*b / (1 - pow (EXECUTION_BETA2, t))) + EXECUTION_ADAM_EPSILON);
}

static void
update (Job *job)
{
  const Dense *weights = job->in[0], *gradient = job->in[1];
  double unused[2] = { 0 };

  expect_dims (job, gradient, weights->dims[0], weights->dims[1], weights->dims[2],
               weights->dims[3]);
  g_assert_cmpuint (dense_size (weights), ==,
                    EXTENT (job, N) * EXTENT (job, OC) * EXTENT (job, OH) * EXTENT (job, OW));
  FOR (i, job->execution->update ? dense_size (weights) : 0)
  weights->values[i] = update_one (job, weights->values[i], gradient->values[i],
                                   job->in[2] != NULL ? &job->in[2]->values[i] : &unused[0],
                                   job->in[3] != NULL ? &job->in[3]->values[i] : &unused[1]);
}

/* ---- programs ---- */

static const struct
{
  const char *operation;
  void (*execute) (Job *job);
} operations[] = {
  { "conv", conv },
  { "conv_bias", conv },
  { "gemm", conv },
  { "gemm_no_bias", conv },
  { "mean_var", mean_var },
  { "batch_norm", batch_norm },
  { "batchnorm_grad_x_mu", batch_norm_grad },
  { "relu", relu },
  { "relu_grad", relu_grad },
  { "elem_add", elem_add },
  { "coarse_flatten", flatten },
  { "flatten_grad", flatten },
  { "dilate", dilate },
  { "transpose", transpose },
  { "transpose_weights", transpose_weights },
  { "reduce_sum", reduce_sum },
  { "reduce_maps", reduce_sum },
  { "max_pool_index", max_pool_index },
  { "max_pool_grad", max_pool_grad },
  { "avg_pool", avg_pool },
  { "global_avg_pool", avg_pool },
  { "average_pool_grad", avg_pool_grad },
  { "global_average_pool_grad", avg_pool_grad },
  { "softmax", softmax },
  { "softmax_grad", softmax_grad },
  { "cross_entropy", cross_entropy },
  { "cross_entropy_grad", cross_entropy_grad },
};

static const Dense *
operand (const Execution *self, const SimditLayer *layer, guint i)
{
  int32_t from = layer->inputs[i];

  if (from < 0)
    return &self->outer[-1 - from];
  g_assert_nonnull (self->results[from][layer->ports[i]].values); /* computed before */
  return &self->results[from][layer->ports[i]];
}

static void
run_layer (Execution *self, guint index)
{
  const SimditLayer *layer = simdit_network_layer (self->network, index);
  Job job = { .execution = self, .layer = layer, .out = self->results[index] };

  memcpy (job.of, layer->extents.of, sizeof job.of);
  if (layer->batch != SIMDIT_N_DIMS)
    job.of[layer->batch] = self->batch;
  for (guint i = 0; i < layer->n_inputs; i++)
    job.in[i] = operand (self, layer, i);
  if (layer->stage == SIMDIT_STAGE_UPDATE)
    {
      update (&job);
      return;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (operations); i++)
    if (g_str_equal (operations[i].operation, layer->op->name))
      {
        operations[i].execute (&job);
        return;
      }
  g_error ("no way to execute %s", layer->op->name);
}

static void
clear_results (Execution *self)
{
  for (guint i = 0; i < self->network->layers->len; i++)
    for (guint port = 0; port < EXECUTION_MAX_PORTS; port++)
      g_clear_pointer (&self->results[i][port].values, g_free);
}

void
execution_init (Execution *self, const SimditNetwork *network, uint64_t batch)
{
  *self = (Execution){ .network = network, .batch = batch, .iteration = 1 };
  self->outer = g_new0 (Dense, network->tensors->len);
  self->results = g_malloc0_n (network->layers->len, sizeof *self->results);
  for (guint i = 0; i < network->tensors->len; i++)
    {
      const SimditTensor *tensor = simdit_network_tensor (network, i);
      bool per_image = tensor->kind == SIMDIT_TENSOR_INPUT || tensor->kind == SIMDIT_TENSOR_TARGET;

      resize (&self->outer[i], per_image ? batch : tensor->shape[0], tensor->shape[1],
              tensor->shape[2], tensor->shape[3]);
    }
}

void
execution_clear (Execution *self)
{
  clear_results (self);
  for (guint i = 0; i < self->network->tensors->len; i++)
    g_free (self->outer[i].values);
  g_free (self->outer);
  g_free (self->results);
}

void
execution_run (Execution *self)
{
  clear_results (self);
  self->loss = 0;
  for (guint i = 0; i < self->network->layers->len; i++)
    run_layer (self, i);
}

const Dense *
execution_gradient (const Execution *self, guint index)
{
  for (guint i = 0; i < self->network->layers->len; i++)
    {
      const SimditLayer *layer = simdit_network_layer (self->network, i);

      if (layer->stage == SIMDIT_STAGE_UPDATE && layer->inputs[0] == -1 - (int32_t) index)
        return operand (self, layer, 1);
    }
  return NULL;
}
