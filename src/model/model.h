/*
 * The analytical model: what a layer costs, in closed form, from its tile and the machine. A pure
 * function; it shares operators and tiles with the simulator, but no engine. Formulas: reference
 * model sections 4 to 9; like there, numbers are doubles, because tile counts are quotients.
 */
#ifndef SIMDIT_MODEL_MODEL_H
#define SIMDIT_MODEL_MODEL_H

#include "machine/machine-private.h"
#include "program/program.h"
#include "workload/spec-tiling.h"

/* The 19 numbers of a layer. Accesses are in bits; a layer's other unit has zeros. */
typedef struct
{
  double wbuf, ibuf, obuf, bbuf;         /* SRAM accesses of the PE array */
  double vmem, immediates, instructions; /* of the SIMD array */
  double dram_weights, dram_ifmap, dram_psum, dram_ofmap, dram_bias, dram_total;
  double array_compute, array_stall, simd_compute, simd_stall, total; /* [cycle] */
  double operations; /* a multiply-accumulate is 2, a SIMD operation as many as its cycles */
} SimditLayerCost;

typedef struct
{
  const SimditMachine *machine; /* borrowed */
  const SimditProgram *program; /* borrowed: op, extents, tile, stride and widths are used */
  bool training;                /* latencies of the SIMD operations */
  bool fused;                   /* its partner is next to it: what passes between stays on chip */
  /* The rest matters to simdit_model_compatible() only. */
  SimditExtents pass;               /* of a tile: what the unit takes at a time */
  const SimditSpecTiling *external; /* borrowed; NULL: all operands have the program's tile */
} SimditModelLayer;

/**
 * simdit_model_layer_init: not fused, with passes as large as the unit.
 * @external: where a SimDIT spec says otherwise, or NULL
 */
void simdit_model_layer_init (SimditModelLayer *self, const SimditMachine *machine,
                              const SimditProgram *program, bool training,
                              const SimditSpecTiling *external);

/** simdit_model_compatible: the reference's numbers, its quirks included (model section 10). */
void simdit_model_compatible (const SimditModelLayer *layer, SimditLayerCost *cost);

#endif
