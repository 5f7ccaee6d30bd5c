/*
 * A network: layers in program order, each an operation with its extents. Read from our own graph
 * format or from a SimDIT network spec, told apart by content. Immutable once loaded.
 */
#ifndef SIMDIT_NETWORK_H
#define SIMDIT_NETWORK_H

#include <glib.h>
#include <simdit/export.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef struct SimditNetwork SimditNetwork;

typedef enum
{
  SIMDIT_MODE_INFERENCE,
  SIMDIT_MODE_TRAINING,
} SimditMode;

/**
 * SimditStage: the part of a training iteration that a layer belongs to (column "phase").
 * @SIMDIT_STAGE_FORWARD: convolutions and GEMMs of the forward pass
 * @SIMDIT_STAGE_INPUT_GRADIENT: those that give gradients of inputs
 * @SIMDIT_STAGE_WEIGHT_GRADIENT: those that give gradients of weights
 * @SIMDIT_STAGE_BATCH_NORM: batch norm, forward and backward
 * @SIMDIT_STAGE_OTHER: the rest of the SIMD array's work
 * @SIMDIT_STAGE_UPDATE: the optimizer
 */
typedef enum
{
  SIMDIT_STAGE_FORWARD,
  SIMDIT_STAGE_INPUT_GRADIENT,
  SIMDIT_STAGE_WEIGHT_GRADIENT,
  SIMDIT_STAGE_BATCH_NORM,
  SIMDIT_STAGE_OTHER,
  SIMDIT_STAGE_UPDATE,
  SIMDIT_N_STAGES,
} SimditStage;

/** simdit_stage_name: as in the column "phase"; static. */
SIMDIT_API const char *simdit_stage_name (SimditStage stage);

/**
 * simdit_network_load: reads a network (JSON, README "Definitions").
 *
 * Returns: (transfer full): errors IO, PARSE, INVALID (shape, dangling or cyclic edge),
 * UNSUPPORTED (unknown operation).
 */
SIMDIT_API SimditNetwork *simdit_network_load (const char *path, GError **error);

/** simdit_network_parse: the same from text; @name stands for the file name in messages. */
SIMDIT_API SimditNetwork *simdit_network_parse (const char *text, gssize length, const char *name,
                                                GError **error);

/**
 * SimditExpansion: how a training iteration is derived from a network.
 * @SIMDIT_EXPANSION_FULL: complete: every gradient with its true extents, transposes, zero
 *   insertion, loss and bias gradients as operators that cost something
 * @SIMDIT_EXPANSION_SIMDIT: row by row as the reference's training graphs, oddities included
 */
typedef enum
{
  SIMDIT_EXPANSION_FULL,
  SIMDIT_EXPANSION_SIMDIT,
} SimditExpansion;

/** SimditOptimizer: how parameters follow from their gradients. */
typedef enum
{
  SIMDIT_OPTIMIZER_SGD,
  SIMDIT_OPTIMIZER_MOMENTUM,
  SIMDIT_OPTIMIZER_ADAM,
} SimditOptimizer;

/**
 * SimditTrainingOptions: start from SIMDIT_TRAINING_OPTIONS_INIT.
 * @weight_decay: gradients include a multiple of the parameters
 */
typedef struct
{
  SimditExpansion expansion;
  SimditOptimizer optimizer;
  bool weight_decay;
} SimditTrainingOptions;

#define SIMDIT_TRAINING_OPTIONS_INIT ((SimditTrainingOptions){ .expansion = SIMDIT_EXPANSION_FULL })

/**
 * simdit_network_expand_training: one training iteration of an inference @network of our own
 * format: forward with batch norm after each convolution, loss, gradients, update.
 *
 * Returns: (transfer full): a network of mode training with the source of @network; errors
 * UNSUPPORTED (a SimDIT spec, an output that is not the only one, nothing to train, an optimizer
 * that the reference lacks), CAPACITY (extents too large).
 */
SIMDIT_API SimditNetwork *simdit_network_expand_training (const SimditNetwork *network,
                                                          const SimditTrainingOptions *options,
                                                          GError **error);

/** simdit_expansion_names, simdit_optimizer_names: by number, NULL-terminated; static. */
SIMDIT_API const char *const *simdit_expansion_names (void);
SIMDIT_API const char *const *simdit_optimizer_names (void);

SIMDIT_API void simdit_network_free (SimditNetwork *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimditNetwork, simdit_network_free)

/** simdit_network_get_name: owned by @self. */
SIMDIT_API const char *simdit_network_get_name (const SimditNetwork *self);
/** simdit_network_get_description: one line for lists, "" when there is none; owned by @self. */
SIMDIT_API const char *simdit_network_get_description (const SimditNetwork *self);
/** simdit_network_get_mode: a SimDIT spec carries its mode; our own format is inference. */
SIMDIT_API SimditMode simdit_network_get_mode (const SimditNetwork *self);
/** simdit_network_is_spec: whether it was read from a SimDIT spec, whose program is complete. */
SIMDIT_API bool simdit_network_is_spec (const SimditNetwork *self);
/** simdit_network_get_n_layers: rows of the program, those that cost nothing included. */
SIMDIT_API uint64_t simdit_network_get_n_layers (const SimditNetwork *self);
/** simdit_network_get_source: the text it was read from; owned by @self. */
SIMDIT_API const char *simdit_network_get_source (const SimditNetwork *self);

G_END_DECLS

#endif
