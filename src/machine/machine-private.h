/* The fields of a machine. Units: bits, bits per cycle, fs. */
#ifndef SIMDIT_MACHINE_MACHINE_PRIVATE_H
#define SIMDIT_MACHINE_MACHINE_PRIVATE_H

#include <simdit/machine.h>
#include <simdit/simulation.h>

/* Whose request a memory takes when several ports have one. */
typedef enum
{
  SIMDIT_ARBITER_ROUND_ROBIN,
  SIMDIT_ARBITER_WEIGHTED, /* likewise, but a port has as many in a row as its weight */
  SIMDIT_ARBITER_PRIORITY, /* the port with the largest weight */
} SimditArbiter;

/* Of each bank of every buffer: accesses in a cycle (hw/sram.h). */
typedef enum
{
  SIMDIT_SRAM_1R1W,
  SIMDIT_SRAM_1RW,
  SIMDIT_SRAM_2RW,
} SimditSramPorts;

/*
 * SRAM word and port sizes are those of the GeneSys hardware JSON (reference/simdit-model.md
 * section 1). obuf_bits is the size of one half: the JSON gives one of two output buffers.
 */
struct SimditMachine
{
  char *name;        /* owned */
  char *file;        /* owned: where it was read, for messages */
  char *description; /* owned */
  uint64_t rows;     /* J: input-channel lanes of the PE array */
  uint64_t columns;  /* K: output-channel lanes, and SIMD lanes */
  uint64_t weight_width, activation_width, bias_width, accumulator_width; /* [bit] per word */
  uint64_t ibuf_bits, wbuf_bits, bbuf_bits;                               /* both halves together */
  uint64_t obuf_bits;                                                     /* one half */
  uint64_t vmem_bits;                                   /* each of VMEM1 and VMEM2 */
  uint64_t instruction_memory_bits;                     /* not timed */
  uint64_t ibuf_port, param_port, obuf_port, simd_port; /* AXI data widths [bit/cycle] */
  uint64_t instruction_port;                            /* not timed */
  uint64_t simd_instruction_address_width;              /* not timed */
  uint64_t clock_fs;
  /* In DRAM; 0: as the widths above say. */
  uint64_t stored_weight_width, stored_activation_width, stored_gradient_width, stored_state_width;
  SimditPipeline pipeline;
  bool vmem_double; /* each VMEM is two halves */
  SimditSramPorts sram_ports;
  bool sram_shared; /* both halves of a buffer lie in the same banks */
  /* What memories with real addresses and requests need to know: */
  bool channels_first;                       /* tensors are NCHW; else NHWC */
  uint64_t axi_burst_bytes, axi_outstanding; /* of a port: the longest burst; bursts under way */
  SimditArbiter arbiter;
  uint64_t param_weight, ibuf_weight, obuf_weight, simd_weight; /* of the ports, for the arbiter */
  bool is_float; /* numbers, which matters to energy only */
  char *energy;  /* owned: the table that the machine names, or NULL */
  char *dram;    /* owned: NAME[:KEY=N,...], checked when a run begins */
};

/** simdit_machine_param_port_width: weights and bias; the port feeds one array row per cycle. */
uint64_t simdit_machine_param_port_width (const SimditMachine *self);

/** simdit_pipeline_name: as machines and commands call it. */
const char *simdit_pipeline_name (SimditPipeline pipeline);

#endif
