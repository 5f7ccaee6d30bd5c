/* An AXI port with its DMA engine: moves one tile at a time between DRAM and the port's buffers. */
#ifndef SIMDIT_HW_AXI_PORT_H
#define SIMDIT_HW_AXI_PORT_H

#include "engine/shape.h"
#include "hw/dram/dram.h"
#include "machine/machine-private.h"

typedef enum
{
  SIMDIT_PORT_PARAM, /* WBUF and BBUF */
  SIMDIT_PORT_IBUF,
  SIMDIT_PORT_OBUF, /* both directions */
  SIMDIT_PORT_SIMD, /* both directions */
  SIMDIT_N_PORTS,
} SimditPort;

/** simdit_port_of: the port that serves @buffer. */
SimditPort simdit_port_of (SimditBuffer buffer);
const char *simdit_port_name (SimditPort port);
/** simdit_port_width: [bit/cycle] */
uint64_t simdit_port_width (const SimditMachine *machine, SimditPort port);

/** simdit_port_weights: for an arbiter, by port; 1 where there is no such port. */
void simdit_port_weights (const SimditMachine *machine, uint64_t weights[SIMDIT_DRAM_MAX_PORTS]);

/**
 * simdit_transfer_shape: @bits over a port of @width in @cycles, the last of which may be partial.
 * @operand: what @row carries this time
 */
uint32_t simdit_transfer_shape (const SimditOperandRow *row, SimditOperand operand, uint64_t bits,
                                uint64_t width, SimditShapeBook *book);

/**
 * simdit_transfer_part_shape: @bits over @cycles at a constant rate, which need not be whole bits:
 * counters round it so that the part adds up.
 */
uint32_t simdit_transfer_part_shape (const SimditOperandRow *row, SimditOperand operand,
                                     uint64_t bits, uint64_t cycles, SimditShapeBook *book);

#endif
