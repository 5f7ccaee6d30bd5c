/*
 * The table of operators: everything the simulator knows about an operation is its row.
 *
 * A row says over which dimensions an operation iterates, how it is tiled, which operand tiles a
 * step loads and stores, and what the SIMD array executes per tile. The tiler, the sequencer, the
 * units and the analytical model are generic code over it; a new operator is a new row.
 * Facts: reference model sections 2 to 7, cited as "model 6.3" below and in operators.c.
 */
#ifndef SIMDIT_WORKLOAD_OPERATOR_H
#define SIMDIT_WORKLOAD_OPERATOR_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arith.h"

#include <simdit/network.h>

/*
 * Extents of a layer. IH and IW follow from the others: (OH - 1) * stride + KH. PASS counts the
 * times a multi-pass operator goes over its tiles.
 */
typedef enum
{
  SIMDIT_DIM_OC,
  SIMDIT_DIM_IC,
  SIMDIT_DIM_KH,
  SIMDIT_DIM_KW,
  SIMDIT_DIM_N,
  SIMDIT_DIM_OH,
  SIMDIT_DIM_OW,
  SIMDIT_DIM_PASS,
  SIMDIT_N_LOOP_DIMS,
  SIMDIT_DIM_IH = SIMDIT_N_LOOP_DIMS,
  SIMDIT_DIM_IW,
  SIMDIT_N_DIMS,
} SimditDim;

typedef uint32_t SimditDimSet;
#define SIMDIT_DIM(name) (1u << SIMDIT_DIM_##name)

/* Extents by SimditDim; loop dimensions an operation does not have are 1. */
typedef struct
{
  uint64_t of[SIMDIT_N_DIMS];
} SimditExtents;

/** simdit_extents_set_input: IH and IW from OH, OW, KH, KW and @stride. */
static inline void
simdit_extents_set_input (SimditExtents *self, uint64_t stride)
{
  self->of[SIMDIT_DIM_IH] = (self->of[SIMDIT_DIM_OH] - 1) * stride + self->of[SIMDIT_DIM_KH];
  self->of[SIMDIT_DIM_IW] = (self->of[SIMDIT_DIM_OW] - 1) * stride + self->of[SIMDIT_DIM_KW];
}

/** simdit_extents_volume: product of the extents in @dims. */
static inline uint64_t
simdit_extents_volume (const SimditExtents *self, SimditDimSet dims)
{
  uint64_t volume = 1;

  for (; dims != 0; dims &= dims - 1)
    volume *= self->of[__builtin_ctz (dims)];
  return volume;
}

/** simdit_extents_checked_volume: @factor times that; false when it exceeds @limit. */
static inline bool
simdit_extents_checked_volume (const SimditExtents *self, SimditDimSet dims, uint64_t factor,
                               uint64_t limit, uint64_t *volume)
{
  for (; dims != 0; dims &= dims - 1)
    if (__builtin_mul_overflow (factor, self->of[__builtin_ctz (dims)], &factor))
      return false;
  *volume = factor;
  return factor <= limit;
}

/* Word widths of a layer, resolved per layer from the machine (model 2.5). */
typedef enum
{
  SIMDIT_WIDTH_WEIGHT,
  SIMDIT_WIDTH_ACTIVATION, /* ifmap of the PE array */
  SIMDIT_WIDTH_BIAS,
  SIMDIT_WIDTH_ACCUMULATOR, /* psums, and every SIMD operand */
  SIMDIT_WIDTH_OUTPUT, /* of a SIMD layer: activation before a conv or gemm, else accumulator */
  SIMDIT_N_WIDTHS,
} SimditWidth;

/* What a tensor is for; machines may store each class in a width of its own. */
typedef enum
{
  SIMDIT_CLASS_ACTIVATION,
  SIMDIT_CLASS_WEIGHT, /* every parameter */
  SIMDIT_CLASS_GRADIENT,
  SIMDIT_CLASS_STATE, /* of the optimizer */
  SIMDIT_N_CLASSES,
  SIMDIT_CLASS_OF_INPUT = SIMDIT_N_CLASSES, /* in the table: what the first input is */
} SimditTensorClass;

typedef enum
{
  SIMDIT_UNIT_NONE, /* a row that costs nothing: a view, or ignored by the reference */
  SIMDIT_UNIT_PE_ARRAY,
  SIMDIT_UNIT_SIMD_ARRAY,
} SimditUnitKind;

typedef enum
{
  SIMDIT_BUFFER_WBUF,
  SIMDIT_BUFFER_BBUF,
  SIMDIT_BUFFER_IBUF,
  SIMDIT_BUFFER_OBUF,
  SIMDIT_BUFFER_VMEM, /* VMEM1 and VMEM2: which of them holds an operand changes no number */
  SIMDIT_N_BUFFERS,
} SimditBuffer;

/* What a transfer carries; the columns of DRAM traffic. */
typedef enum
{
  SIMDIT_OPERAND_WEIGHTS,
  SIMDIT_OPERAND_BIAS,
  SIMDIT_OPERAND_IFMAP, /* every load of a SIMD layer but spilled intermediates */
  SIMDIT_OPERAND_PSUM_LOAD,
  SIMDIT_OPERAND_PSUM_STORE, /* a store that is not the last of its tile */
  SIMDIT_OPERAND_OFMAP,
  SIMDIT_N_OPERANDS,
} SimditOperand;

typedef enum
{
  SIMDIT_LOAD,
  SIMDIT_STORE,
} SimditDirection;

/* One operand tile that steps load or store. */
typedef struct
{
  SimditOperand operand;
  SimditDirection direction;
  SimditBuffer buffer;
  SimditDimSet volume; /* its elements: product of these extents; empty ends a list */
  SimditWidth width;
  uint8_t passes;     /* bit p: moved in pass p, each time anew; 0: whatever the pass */
  bool per_step;      /* moved at every step even if unchanged, unless tiles are kept */
  SimditDimSet burst; /* the reference moves only these together; 0: the whole tile */
} SimditOperandRow;

/* SIMD operations; latencies by mode in model section 1. */
typedef enum
{
  SIMDIT_OP_MAX,
  SIMDIT_OP_ADD,
  SIMDIT_OP_SUB,
  SIMDIT_OP_MUL,
  SIMDIT_OP_DIV,
  SIMDIT_OP_EXP,
  SIMDIT_OP_LOG, /* the reference has none; taken to cost as much as an exponential */
  SIMDIT_OP_INV_SQRT,
  SIMDIT_OP_COND_MOVE,
  SIMDIT_OP_GENERIC, /* one cycle, kind not told apart by the reference */
  SIMDIT_N_OPS,
} SimditSimdOp;

typedef enum
{
  SIMDIT_REPEAT_ONCE,
  SIMDIT_REPEAT_WINDOW,         /* KH * KW times: once per element of the pooling window */
  SIMDIT_REPEAT_WINDOW_BUT_ONE, /* KH * KW - 1 times */
  SIMDIT_REPEAT_BATCH,          /* N times: an accumulation over the batch, tiles included */
} SimditRepeat;

/* One SIMD instruction of a micro-program; it works on one vector of K words. */
typedef struct
{
  SimditSimdOp op;
  uint8_t reads;     /* VMEM words per lane; 0 ends a list */
  uint8_t imm;       /* IMM words */
  bool imm_per_lane; /* counted for each lane instead of once per instruction */
  bool dependent;    /* reads the result of the instruction before it */
  SimditRepeat repeat;
  SimditWidth result; /* width of the last result written; those before it: accumulator */
  uint8_t times;      /* executions in a row, each repeat; 0 means 1 */
} SimditMicroOp;

typedef enum
{
  SIMDIT_WHEN_TILE,           /* at every tile of the pass */
  SIMDIT_WHEN_FIRST_OF_GROUP, /* once per channel tile (before the loops inside it) */
  SIMDIT_WHEN_LAST_OF_GROUP,  /* once per channel tile (after them) */
} SimditWhen;

#define SIMDIT_MAX_MICRO_OPS 6
#define SIMDIT_MAX_BLOCKS 3
#define SIMDIT_MAX_OPERANDS 12
#define SIMDIT_MAX_FITS 5

/* A run of instructions over the vectors of a tile; on one lane if @over lacks the lanes'
 * dimension.
 */
typedef struct
{
  SimditMicroOp ops[SIMDIT_MAX_MICRO_OPS];
  SimditDimSet
      over;         /* vectors: product of these extents, the lane dimension divided by K; 0 ends */
  bool per_element; /* all instructions per vector, dependences paid; else each over all vectors */
  SimditWhen when;
  uint8_t pass;
  bool no_fill;   /* follows or precedes another block without draining the pipeline */
  bool fill_once; /* fill only with the last tile of the group (an accumulation) */
} SimditBlock;

typedef enum
{
  SIMDIT_TILE_KERNEL,  /* KH, KW by rounded-up halves, thirds, ... */
  SIMDIT_TILE_IC,      /* as many multiples of J as fit */
  SIMDIT_TILE_SPATIAL, /* OH, OW by a common divisor */
  SIMDIT_TILE_PARTS,   /* OH, OW into as few parts as fit, the last one smaller */
  SIMDIT_TILE_N,       /* by a divisor */
  SIMDIT_TILE_OC,      /* as many multiples of K as fit */
  SIMDIT_TILE_END,
} SimditTileStep;

/* coefficient * volume(dims) * width, in bits. */
typedef struct
{
  uint64_t coefficient; /* 0 ends a list */
  SimditDimSet dims;
  SimditWidth width;
} SimditFitTerm;

/* The terms, and spare_vectors vectors of K accumulator words, fit the buffer (model 3). */
typedef struct
{
  SimditBuffer buffer;
  SimditFitTerm terms[2];
  uint64_t spare_vectors;
  bool only_checked; /* not a limit of the search: the finished tile must satisfy it */
} SimditFit;

/* elements * (J) * (K) words must fit the buffer at all (model 3's preconditions). */
typedef struct
{
  SimditBuffer buffer;
  uint64_t elements; /* 0 ends a list */
  bool per_row, per_column;
  SimditWidth width;
} SimditMinimum;

typedef struct
{
  SimditTileStep steps[SIMDIT_TILE_END + 1];
  SimditFit fits[SIMDIT_MAX_FITS];         /* ends with a fit without terms */
  SimditMinimum minimums[SIMDIT_MAX_FITS]; /* ends with a minimum of 0 elements */
} SimditTilingRule;

/* Where the batch goes (model 2.4). */
typedef enum
{
  SIMDIT_BATCH_REPLACES_N,
  SIMDIT_BATCH_REPLACES_N_OR_IC, /* training conv and gemm: N if it is 1, else the reduction IC */
  SIMDIT_BATCH_IGNORED,          /* N is a weight dimension */
} SimditBatchRule;

/* How our own graph format infers the output shape. */
typedef enum
{
  SIMDIT_SHAPE_NONE, /* not available there */
  SIMDIT_SHAPE_CONV,
  SIMDIT_SHAPE_GEMM,
  SIMDIT_SHAPE_ELEMENTWISE,
  SIMDIT_SHAPE_POOL,
  SIMDIT_SHAPE_GLOBAL_POOL,
  SIMDIT_SHAPE_FLATTEN,
} SimditShapeRule;

/* A key of iterable_dimensions in a SimDIT spec and the extent it gives. */
typedef struct
{
  const char *key; /* NULL ends a list */
  SimditDim dim;   /* SIMDIT_N_DIMS: accepted, but gives nothing */
  bool optional;   /* else an error when it is missing */
} SimditSpecKey;

/*
 * Where a SimDIT spec has extents of its own tile (model 11.1): LIST[index].tiling.PLACE, by key.
 */
typedef struct
{
  const char *list; /* "inputs" or "outputs"; NULL ends a list */
  guint index;
  const char *place;     /* the buffer that holds the tile, or the unit that takes the passes */
  bool pass;             /* extents of a pass instead */
  SimditSpecKey keys[5]; /* ends with a key NULL */
} SimditSpecTile;

extern const SimditSpecTile simdit_spec_tiles_conv[], simdit_spec_tiles_gemm[],
    simdit_spec_tiles_map[], simdit_spec_tiles_pool[], simdit_spec_tiles_pool_grad[],
    simdit_spec_tiles_normalisation[];

/* An operation whose shape, tile and widths the reference keeps constant (model 6.4). */
typedef struct
{
  SimditExtents extents, tile;
  uint64_t widths[SIMDIT_N_WIDTHS];
} SimditFixedShape;

extern const SimditFixedShape simdit_fixed_softmax, simdit_fixed_roialign;

/* Its part in a fused pair: a layer of the PE array, then one of the SIMD array (model 8.1). */
typedef enum
{
  SIMDIT_FUSION_SKIPPED, /* none: pairs are looked for as if the layer were not there */
  SIMDIT_FUSION_CONV,    /* the first of a pair */
  SIMDIT_FUSION_GEMM,
  SIMDIT_FUSION_AFTER_CONV, /* the second of a pair */
  SIMDIT_FUSION_AFTER_GEMM,
  SIMDIT_FUSION_AFTER_ANY,
  SIMDIT_FUSION_FORBIDDEN, /* must not come after a layer of the PE array */
} SimditFusion;

/* Where the reference counts otherwise than an operator's row says; bits of a set. */
typedef enum
{
  SIMDIT_QUIRK_BATCH_FIRST = 1 << 0,   /* multiplies tile counts from N on, not from OH (7.1) */
  SIMDIT_QUIRK_SPILL_INPUT = 1 << 1,   /* intermediates in DRAM are ifmap accesses (Q22) */
  SIMDIT_QUIRK_WHOLE_VECTORS = 1 << 2, /* idle lanes of a vector work too (6.4) */
  SIMDIT_QUIRK_ISSUED_ONCE = 1 << 3,   /* the divisions of a point count as one in cycles (Q30) */
  SIMDIT_QUIRK_PACKED_WORDS = 1 << 4,  /* vectors without idle lanes, whatever the extents (7.1) */
  SIMDIT_QUIRK_WORDS_FIRST = 1 << 5,   /* adds up words before it divides them by lanes (7.5) */
} SimditQuirk;

typedef struct
{
  const char *name;           /* the operation, as networks write it */
  const char *reference_name; /* what the reference's results call the layer */
  SimditUnitKind unit;
  bool training_only;
  SimditTensorClass makes; /* the class of its output; of a PE array's layer by its stage */
  SimditStage stage; /* SIMD array: FORWARD stands for OTHER; PE array: it depends on the layer */
  SimditShapeRule shape;
  guint n_inputs;                   /* tensors read, parameters not counted */
  const SimditSpecKey *spec_keys;   /* NULL: nothing is read */
  const char *spec_stride;          /* key of operation_parameters; NULL: stride 1 */
  const SimditSpecTile *spec_tiles; /* NULL: a spec cuts each tensor by itself (or @fixed) */
  bool spec_bias;                   /* a spec's third input is the bias */
  bool channels_outermost;          /* the reference accepts no other outermost loop (model 2.6) */
  SimditBatchRule batch;
  const SimditDim *nest;            /* loops, outermost first, SIMDIT_N_DIMS ends; NULL: none */
  guint passes;                     /* 0 means 1 */
  SimditDim group;                  /* per-group blocks run once per tile of this dimension */
  SimditDim lanes;                  /* SIMD: the dimension spread over the K lanes */
  SimditDimSet reduction;           /* loops over which psums accumulate */
  SimditDimSet uncounted;           /* loops whose tiles do not count as steps */
  bool output_stationary;           /* with N == 1 tiles are kept in every discipline (GEMM) */
  const SimditFixedShape *fixed;    /* NULL: the layer's own shape */
  const SimditTilingRule *tiling;   /* NULL: @fixed has the tile */
  const SimditOperandRow *operands; /* in the order of their transfers */
  const SimditBlock *blocks;        /* SIMD array only; up to SIMDIT_MAX_BLOCKS */
  SimditFusion fusion;
  uint32_t quirks; /* of SimditQuirk */
} SimditOperator;

/**
 * simdit_operator_find: the row of @operation.
 * @spec: as SimDIT specs mean it; our own format otherwise
 *
 * Returns: a static row, or NULL when nothing models @operation.
 */
const SimditOperator *simdit_operator_find (const char *operation, bool spec);

/** simdit_operator_find_training: as the training expansion means it, from any of the tables. */
const SimditOperator *simdit_operator_find_training (const char *operation);

/** simdit_operator_nearest: the known operation whose name is closest to @operation. */
const char *simdit_operator_nearest (const char *operation, bool spec);

/** simdit_micro_op_executions: of @op for one vector of a @tile. */
uint64_t simdit_micro_op_executions (const SimditMicroOp *op, const SimditExtents *tile);

#define SIMDIT_SIMD_STAGES 6            /* of the SIMD array's pipeline */
#define SIMDIT_SIMD_INSTRUCTION_BITS 32 /* read once per instruction issued */

/** simdit_simd_latency: issue slots of @op; @training: 32-bit float instead of fixed point. */
guint simdit_simd_latency (SimditSimdOp op, bool training);

/** simdit_micro_op_cycles: issue slots of @op in @block, the wait for its operand included. */
guint simdit_micro_op_cycles (const SimditBlock *block, const SimditMicroOp *op, bool training);

/** simdit_block_is_executed: in @pass, for a tile that is the first or last of its group or not. */
bool simdit_block_is_executed (const SimditBlock *self, guint pass, bool first, bool last);

const char *simdit_unit_name (SimditUnitKind unit);
const char *simdit_operand_name (SimditOperand operand);
const char *simdit_buffer_name (SimditBuffer buffer);

/** simdit_operator_is_systolic: a conv or gemm; a SIMD layer before it is stored quantised. */
static inline bool
simdit_operator_is_systolic (const SimditOperator *self)
{
  return self->unit == SIMDIT_UNIT_PE_ARRAY;
}

#endif
