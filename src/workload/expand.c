/*
 * The program of a training iteration, from the graph of the forward pass: every layer's forward
 * steps in order, the loss, then every layer's backward steps in reverse. What the steps are is in
 * the table of gradients.
 */
#include "workload/recipes.h"

#include <simdit/error.h>

/* An output of a layer, or a tensor from outside; as in SimditLayer. */
typedef struct
{
  int32_t from;
  uint8_t port;
  bool known;
} Value;

/* A layer of the forward network while it is expanded. */
typedef struct
{
  const SimditGradientRule *rule;
  SimditRecipeContext context;
  Value slots[SIMDIT_N_SLOTS];
  bool has_gradient;       /* the loss depends on parameters through it */
  bool has_input_gradient; /* likewise through one of its inputs */
  GArray *gradients;       /* owned, of Value: one from each reader */
} Node;

typedef struct
{
  const SimditNetwork *forward; /* borrowed */
  SimditNetwork *network;       /* owned: the expanded one */
  SimditTrainingOptions options;
  GArray *nodes;    /* owned, of Node; by layer of @forward */
  SimditLayer loss; /* a layer after the network's output; its name is owned */
  Node loss_node;
  int32_t logits; /* the layer that the loss reads */
  guint end;      /* of the layers that are not part of the loss */
} Expander;

static void
node_clear (gpointer data)
{
  g_clear_pointer (&((Node *) data)->gradients, g_array_unref);
}

static void
expander_clear (Expander *self)
{
  g_clear_pointer (&self->network, simdit_network_free);
  g_clear_pointer (&self->nodes, g_array_unref);
  node_clear (&self->loss_node);
  g_free (self->loss.name);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Expander, expander_clear)

static Node *
node_at (const Expander *self, guint index)
{
  return &g_array_index (self->nodes, Node, index);
}

/* ---- steps become layers ---- */

static const char *
optimizer_operation (const SimditTrainingOptions *options)
{
  static const char *const names[][2] = {
    [SIMDIT_OPTIMIZER_SGD] = { "sgd", "sgd_decay" },
    [SIMDIT_OPTIMIZER_MOMENTUM] = { "momentum", "momentum_decay" },
    [SIMDIT_OPTIMIZER_ADAM] = { "adam", "adam_decay" },
  };

  return names[options->optimizer][options->weight_decay];
}

/* Tensors that an optimizer keeps for each parameter. */
static const char *const optimizer_state[][3] = {
  [SIMDIT_OPTIMIZER_SGD] = { NULL },
  [SIMDIT_OPTIMIZER_MOMENTUM] = { "velocity", NULL },
  [SIMDIT_OPTIMIZER_ADAM] = { "moment1", "moment2", NULL },
};

static void
add_input (SimditLayer *layer, Value value)
{
  layer->inputs[layer->n_inputs] = value.from;
  layer->ports[layer->n_inputs] = value.port;
  layer->n_inputs++;
}

/* The state of the parameter that @layer, an update, reads first. */
static void
add_state (Expander *self, SimditLayer *layer)
{
  guint index = (guint) (-1 - layer->inputs[0]);

  for (guint i = 0; optimizer_state[self->options.optimizer][i] != NULL; i++)
    {
      const SimditTensor *parameter = simdit_network_tensor (self->network, index);
      g_autofree char *name = g_strdup_printf ("%s.%s", parameter->name,
                                               optimizer_state[self->options.optimizer][i]);
      uint64_t shape[4] = { parameter->shape[0], parameter->shape[1], parameter->shape[2],
                            parameter->shape[3] };
      Value value = { .from = simdit_network_add_tensor (self->network, name, SIMDIT_TENSOR_STATE,
                                                         shape) };

      add_input (layer, value);
    }
}

static bool
fail_extent (const Expander *self, const char *name, GError **error)
{
  g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_CAPACITY,
               "%s: \"%s\", which training adds, has an extent beyond %" G_GUINT64_FORMAT
               "; expected smaller layers",
               self->forward->name, name, SIMDIT_MAX_EXTENT);
  return false;
}

/* Appends @layer, whose operation, name and edges are set. */
static bool
append (Expander *self, SimditLayer *layer, const SimditRecipeContext *context, SimditRecipe recipe,
        bool backward, GError **error)
{
  bool fits = simdit_recipe_apply (context, recipe, layer);

  /* The reference infers from the extents what is a weight gradient. */
  if (self->options.expansion == SIMDIT_EXPANSION_SIMDIT)
    simdit_layer_place_batch (layer, SIMDIT_MODE_TRAINING);
  simdit_layer_set_stage (layer, backward);
  simdit_network_set_class (self->network, layer);
  g_array_append_val (self->network->layers, *layer);
  return fits || fail_extent (self, layer->name, error);
}

static void
init_layer (const Expander *self, SimditLayer *layer, const char *operation, const char *base,
            const char *suffix)
{
  bool update = g_str_equal (operation, SIMDIT_UPDATE);
  const SimditOperator *op = simdit_operator_find_training (
      update ? optimizer_operation (&self->options) : operation);
  g_autofree char *name = g_strconcat (base, suffix, NULL);

  g_assert (op != NULL);
  simdit_layer_init (layer, name, op);
  layer->inputs = g_new (int32_t, SIMDIT_STEP_MAX_INPUTS);
  layer->ports = g_new (uint8_t, SIMDIT_STEP_MAX_INPUTS);
}

static bool
is_wanted (const Node *node, const SimditGradientStep *step)
{
  const SimditRecipeContext *of = &node->context;

  switch (step->when)
    {
    case SIMDIT_IF_INPUT_GRADIENT:
      return node->has_input_gradient;
    case SIMDIT_IF_STRIDED:
      return of->layer->stride > 1
             && of->layer->extents.of[SIMDIT_DIM_OH] * of->layer->extents.of[SIMDIT_DIM_OW] > 1;
    default:
      return true;
    }
}

static bool
take_step (Expander *self, Node *node, const SimditGradientStep *step, bool backward,
           GError **error)
{
  const SimditStepForm *form = &step->forms[self->options.expansion];
  int32_t index = (int32_t) self->network->layers->len;
  SimditLayer layer;

  if (form->operation == NULL || !is_wanted (node, step))
    return true;
  init_layer (self, &layer, form->operation, node->context.layer->name, step->suffix);
  for (guint i = 0; i < SIMDIT_STEP_MAX_INPUTS && step->inputs[i] != SIMDIT_SLOT_NONE; i++)
    {
      /* Of what the reference leaves out, nothing depends on the time. */
      g_assert (node->slots[step->inputs[i]].known
                || self->options.expansion == SIMDIT_EXPANSION_SIMDIT);
      if (node->slots[step->inputs[i]].known)
        add_input (&layer, node->slots[step->inputs[i]]);
    }
  if (g_str_equal (form->operation, SIMDIT_UPDATE))
    add_state (self, &layer);
  for (guint i = 0; i < SIMDIT_STEP_MAX_OUTPUTS && step->outputs[i] != SIMDIT_SLOT_NONE; i++)
    node->slots[step->outputs[i]] = (Value){ index, (uint8_t) i, true };
  return append (self, &layer, &node->context, form->recipe, backward, error);
}

static bool
take_steps (Expander *self, Node *node, const SimditGradientStep *steps, bool backward,
            GError **error)
{
  for (const SimditGradientStep *step = steps; step->suffix != NULL; step++)
    if (!take_step (self, node, step, backward, error))
      return false;
  return true;
}

/* ---- forward ---- */

static void
add_parameter (Expander *self, Node *node, SimditSlot slot)
{
  static const char *const names[SIMDIT_N_SLOTS] = { [SIMDIT_SLOT_WEIGHT] = "weight",
                                                     [SIMDIT_SLOT_BIAS] = "bias",
                                                     [SIMDIT_SLOT_SCALE] = "scale",
                                                     [SIMDIT_SLOT_OFFSET] = "offset" };
  const SimditLayer *layer = node->context.layer;
  const uint64_t *of = layer->extents.of;
  g_autofree char *name = g_strdup_printf ("%s.%s", layer->name, names[slot]);
  uint64_t shape[4] = { of[SIMDIT_DIM_OC], 1, 1, 1 };

  if (slot == SIMDIT_SLOT_WEIGHT)
    {
      shape[1] = of[SIMDIT_DIM_IC];
      shape[2] = of[SIMDIT_DIM_KH];
      shape[3] = of[SIMDIT_DIM_KW];
    }
  node->slots[slot] = (Value){ .from = simdit_network_add_tensor (self->network, name,
                                                                  SIMDIT_TENSOR_PARAMETER, shape),
                               .known = true };
}

/* What an input of a forward layer has become. */
static Value
value_of_input (const Expander *self, int32_t input)
{
  if (input >= 0)
    return node_at (self, (guint) input)->slots[SIMDIT_SLOT_Y];
  return (Value){ .from = input, .known = true };
}

static void
set_input_shape (const Expander *self, int32_t input, SimditRecipeContext *context)
{
  const uint64_t *of, *shape;

  context->reads_network_input = input < 0;
  if (input >= 0)
    {
      of = simdit_network_layer (self->forward, (guint) input)->extents.of;
      context->c = of[SIMDIT_DIM_OC];
      context->h = of[SIMDIT_DIM_OH];
      context->w = of[SIMDIT_DIM_OW];
      return;
    }
  shape = simdit_network_tensor (self->forward, (guint) (-1 - input))->shape;
  context->c = shape[1];
  context->h = shape[2];
  context->w = shape[3];
}

static void
node_init (const Expander *self, Node *node, const SimditGradientRule *rule,
           const SimditLayer *layer)
{
  bool reference = self->options.expansion == SIMDIT_EXPANSION_SIMDIT;

  *node = (Node){ .rule = rule, .gradients = g_array_new (FALSE, FALSE, sizeof (Value)) };
  node->context.layer = layer;
  node->context.pool_gradient_over_input = self->forward->pool_gradient_over_input;
  set_input_shape (self, layer->inputs[0], &node->context);
  node->has_input_gradient = reference; /* it has gradients of images */
  for (guint i = 0; i < layer->n_inputs; i++)
    {
      node->slots[i == 0 ? SIMDIT_SLOT_X : SIMDIT_SLOT_X2] = value_of_input (self,
                                                                             layer->inputs[i]);
      if (layer->inputs[i] >= 0)
        node->has_input_gradient |= node_at (self, (guint) layer->inputs[i])->has_gradient;
    }
  node->has_gradient = node->has_input_gradient || rule->parameters[0] != SIMDIT_SLOT_NONE;
}

static bool
expand_forward (Expander *self, guint index, GError **error)
{
  const SimditLayer *layer = simdit_network_layer (self->forward, index);
  const SimditGradientRule *rule = simdit_gradient_rule (layer);
  Node *node = node_at (self, index);

  if (rule == NULL || (rule->full_only && self->options.expansion == SIMDIT_EXPANSION_SIMDIT))
    {
      bool plain = layer->without_batch_norm;

      g_set_error (
          error, SIMDIT_ERROR, SIMDIT_ERROR_UNSUPPORTED,
          "%s: layer %u \"%s\": %s has no gradient for the operation \"%s\"%s; expected %s",
          self->forward->name, index, layer->name, rule == NULL ? "simdit" : "the reference",
          layer->op->name, plain ? " without batch norm" : "",
          plain ? "\"batch_norm\": true" : "it nowhere but at the end");
      return false;
    }
  node_init (self, node, rule, layer);
  for (guint i = 0; i < G_N_ELEMENTS (rule->parameters); i++)
    if (rule->parameters[i] != SIMDIT_SLOT_NONE)
      add_parameter (self, node, rule->parameters[i]);
  return take_steps (self, node, rule->forward, false, error);
}

/* ---- backward ---- */

/* The sum of the gradients from all readers of @node. */
static bool
accumulate (Expander *self, Node *node, GError **error)
{
  Value sum = g_array_index (node->gradients, Value, 0);

  for (guint i = 1; i < node->gradients->len; i++)
    {
      g_autofree char *suffix = i > 1 ? g_strdup_printf (".grad_sum%u", i) : g_strdup (".grad_sum");
      SimditLayer layer;

      init_layer (self, &layer, "elem_add", node->context.layer->name, suffix);
      add_input (&layer, sum);
      add_input (&layer, g_array_index (node->gradients, Value, i));
      sum = (Value){ (int32_t) self->network->layers->len, 0, true };
      if (!append (self, &layer, &node->context, SIMDIT_RECIPE_OUTPUT, true, error))
        return false;
    }
  node->slots[SIMDIT_SLOT_DY] = sum;
  return true;
}

/* Tells the layers that @node reads what it knows of their gradients. */
static void
pass_on (Expander *self, const Node *node)
{
  const SimditLayer *layer = node->context.layer;

  for (guint i = 0; i < layer->n_inputs; i++)
    if (layer->inputs[i] >= 0 && node_at (self, (guint) layer->inputs[i])->has_gradient)
      g_array_append_val (node_at (self, (guint) layer->inputs[i])->gradients,
                          node->slots[node->rule->gradient]);
}

static bool
expand_backward (Expander *self, Node *node, GError **error)
{
  if (!node->has_gradient || node->gradients->len == 0)
    return true;
  if (!accumulate (self, node, error)
      || !take_steps (self, node, node->rule->backward, true, error))
    return false;
  pass_on (self, node);
  return true;
}

/* ---- the loss ---- */

/* The one layer that no other reads. */
static bool
find_output (Expander *self, guint *output, GError **error)
{
  guint n = self->forward->layers->len, found = n;
  g_autofree bool *is_read = g_new0 (bool, n);

  for (guint i = 0; i < n; i++)
    for (guint k = 0; k < simdit_network_layer (self->forward, i)->n_inputs; k++)
      if (simdit_network_layer (self->forward, i)->inputs[k] >= 0)
        is_read[simdit_network_layer (self->forward, i)->inputs[k]] = true;
  for (guint i = 0; i < n; i++)
    {
      if (is_read[i])
        continue;
      if (found < n)
        {
          g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_UNSUPPORTED,
                       "%s: training expects one output, got \"%s\" and \"%s\", which no layer "
                       "reads",
                       self->forward->name, simdit_network_layer (self->forward, found)->name,
                       simdit_network_layer (self->forward, i)->name);
          return false;
        }
      found = i;
    }
  *output = found;
  return true;
}

/* A final softmax is part of the loss; otherwise the loss brings its own. */
static bool
find_logits (Expander *self, GError **error)
{
  const SimditLayer *last;
  const char *name = "loss";
  guint output;

  if (!find_output (self, &output, error))
    return false;
  /* What no layer reads, in a network with one such layer, is its last. */
  last = simdit_network_layer (self->forward, output);
  self->logits = (int32_t) output;
  self->end = output + 1;
  if (g_str_equal (last->op->name, "softmax") && last->inputs[0] >= 0)
    {
      self->logits = last->inputs[0];
      self->end = output;
      name = last->name;
    }
  simdit_layer_init (&self->loss, name, last->op);
  self->loss.extents = simdit_network_layer (self->forward, (guint) self->logits)->extents;
  self->loss.inputs = &self->logits;
  self->loss.n_inputs = 1;
  return true;
}

static bool
expand_loss (Expander *self, GError **error)
{
  const uint64_t *of = self->loss.extents.of;
  uint64_t shape[4] = { 1, of[SIMDIT_DIM_OC], of[SIMDIT_DIM_OH], of[SIMDIT_DIM_OW] };
  Node *node = &self->loss_node;

  node_init (self, node, simdit_loss_rule (), &self->loss);
  if (!node->has_gradient || self->network->tensors->len == self->forward->tensors->len)
    {
      g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_UNSUPPORTED,
                   "%s: no layer has parameters to train; expected a convolution or a gemm",
                   self->forward->name);
      return false;
    }
  node->slots[SIMDIT_SLOT_Y] = node->slots[SIMDIT_SLOT_X];
  node->slots[SIMDIT_SLOT_TARGET] = (Value){
    .from = simdit_network_add_tensor (self->network, "target", SIMDIT_TENSOR_TARGET, shape),
    .known = true
  };
  if (!take_steps (self, node, node->rule->forward, false, error)
      || !take_steps (self, node, node->rule->backward, true, error))
    return false;
  pass_on (self, node);
  return true;
}

/* ---- the whole ---- */

static bool
check_options (const SimditNetwork *network, const SimditTrainingOptions *options, GError **error)
{
  const char *problem = NULL;

  if (network->is_spec)
    problem = "a SimDIT spec is complete as it is; expected a network of the format "
              "\"simdit-network\"";
  else if (network->mode == SIMDIT_MODE_TRAINING)
    problem = "it has been expanded already; expected a forward graph";
  else if (options->expansion == SIMDIT_EXPANSION_SIMDIT
           && (options->optimizer != SIMDIT_OPTIMIZER_SGD || options->weight_decay))
    problem = "the reference's expansion knows plain sgd only; expected no other optimizer and no "
              "weight decay";
  if (problem != NULL)
    g_set_error (error, SIMDIT_ERROR, SIMDIT_ERROR_UNSUPPORTED, "%s: cannot be expanded: %s",
                 network->name, problem);
  return problem == NULL;
}

static void
expander_init (Expander *self, const SimditNetwork *network, const SimditTrainingOptions *options)
{
  self->forward = network;
  self->options = *options;
  self->network = simdit_network_new (network->name, network->source, -1);
  g_free (self->network->description);
  self->network->description = g_strdup (network->description);
  self->network->mode = SIMDIT_MODE_TRAINING;
  self->network->expanded = true;
  self->network->training = *options;
  for (guint i = 0; i < network->tensors->len; i++)
    {
      const SimditTensor *tensor = simdit_network_tensor (network, i);

      simdit_network_add_tensor (self->network, tensor->name, tensor->kind, tensor->shape);
    }
  self->nodes = g_array_new (FALSE, TRUE, sizeof (Node));
  g_array_set_clear_func (self->nodes, node_clear);
  g_array_set_size (self->nodes, network->layers->len);
}

static bool
expand (Expander *self, GError **error)
{
  if (!find_logits (self, error))
    return false;
  for (guint i = 0; i < self->end; i++)
    if (!expand_forward (self, i, error))
      return false;
  if (!expand_loss (self, error))
    return false;
  for (guint i = self->end; i-- > 0;)
    if (!expand_backward (self, node_at (self, i), error))
      return false;
  return true;
}

SimditNetwork *
simdit_network_expand_training (const SimditNetwork *network, const SimditTrainingOptions *options,
                                GError **error)
{
  g_auto (Expander) self = { 0 };

  if (!check_options (network, options, error))
    return NULL;
  expander_init (&self, network, options);
  if (!expand (&self, error))
    return NULL;
  return g_steal_pointer (&self.network);
}

const char *const *
simdit_expansion_names (void)
{
  static const char *const names[] = {
    [SIMDIT_EXPANSION_FULL] = "full", [SIMDIT_EXPANSION_SIMDIT] = "simdit", NULL
  };

  return names;
}

const char *const *
simdit_optimizer_names (void)
{
  static const char *const names[] = { [SIMDIT_OPTIMIZER_SGD] = "sgd",
                                       [SIMDIT_OPTIMIZER_MOMENTUM] = "momentum",
                                       [SIMDIT_OPTIMIZER_ADAM] = "adam",
                                       NULL };

  return names;
}
