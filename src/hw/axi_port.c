/*
 * An AXI port: a fixed number of bits per cycle, one tile at a time, both directions share it. Not
 * modelled here: bursts and outstanding transactions (see dram/requester.h).
 */
#include "hw/axi_port.h"

#include "base/arith.h"
#include "hw/counters.h"
#include "hw/state.h"

SimditPort
simdit_port_of (SimditBuffer buffer)
{
  static const SimditPort ports[] = { [SIMDIT_BUFFER_WBUF] = SIMDIT_PORT_PARAM,
                                      [SIMDIT_BUFFER_BBUF] = SIMDIT_PORT_PARAM,
                                      [SIMDIT_BUFFER_IBUF] = SIMDIT_PORT_IBUF,
                                      [SIMDIT_BUFFER_OBUF] = SIMDIT_PORT_OBUF,
                                      [SIMDIT_BUFFER_VMEM] = SIMDIT_PORT_SIMD };

  return ports[buffer];
}

const char *
simdit_port_name (SimditPort port)
{
  static const char *const names[] = { [SIMDIT_PORT_PARAM] = "axi_param",
                                       [SIMDIT_PORT_IBUF] = "axi_ibuf",
                                       [SIMDIT_PORT_OBUF] = "axi_obuf",
                                       [SIMDIT_PORT_SIMD] = "axi_simd" };

  return names[port];
}

uint64_t
simdit_port_width (const SimditMachine *machine, SimditPort port)
{
  switch (port)
    {
    case SIMDIT_PORT_PARAM:
      return simdit_machine_param_port_width (machine);
    case SIMDIT_PORT_IBUF:
      return machine->ibuf_port;
    case SIMDIT_PORT_OBUF:
      return machine->obuf_port;
    default:
      return machine->simd_port;
    }
}

void
simdit_port_weights (const SimditMachine *machine, uint64_t weights[SIMDIT_DRAM_MAX_PORTS])
{
  for (guint i = 0; i < SIMDIT_DRAM_MAX_PORTS; i++)
    weights[i] = 1;
  weights[SIMDIT_PORT_PARAM] = machine->param_weight;
  weights[SIMDIT_PORT_IBUF] = machine->ibuf_weight;
  weights[SIMDIT_PORT_OBUF] = machine->obuf_weight;
  weights[SIMDIT_PORT_SIMD] = machine->simd_weight;
}

static void
add_flow (SimditShapeBook *book, guint counter, uint64_t bits, uint64_t width)
{
  uint64_t full = bits / width;
  SimditShapeTerm whole = { .counter = counter,
                            .value = width,
                            .loops = { { full, 1 }, { 1, 0 }, { 1, 0 }, { 1, 0 } } };
  SimditShapeTerm rest = { .counter = counter,
                           .offset = full,
                           .value = bits % width,
                           .loops = { { 1, 0 }, { 1, 0 }, { 1, 0 }, { 1, 0 } } };

  simdit_shape_book_add_term (book, &whole);
  simdit_shape_book_add_term (book, &rest);
}

/* A counter of the DRAM and one of the buffer go with each bit. */
static guint
dram_counter (const SimditOperandRow *row)
{
  return row->direction == SIMDIT_LOAD ? SIMDIT_COUNTER_DRAM_READ : SIMDIT_COUNTER_DRAM_WRITE;
}

static guint
buffer_counter (const SimditOperandRow *row)
{
  return simdit_counter_sram (row->buffer, row->direction == SIMDIT_LOAD ? SIMDIT_ACCESS_DMA_WRITE
                                                                         : SIMDIT_ACCESS_DMA_READ);
}

/* Ends the shape of a transfer or a part of it. */
static uint32_t
finish (const SimditOperandRow *row, SimditOperand operand, uint64_t cycles, SimditShapeBook *book)
{
  SimditState state = simdit_state_of_transfer (simdit_port_of (row->buffer), operand);

  simdit_state_add_term (book, state, 0, cycles);
  return simdit_shape_book_finish (book, state, cycles);
}

uint32_t
simdit_transfer_shape (const SimditOperandRow *row, SimditOperand operand, uint64_t bits,
                       uint64_t width, SimditShapeBook *book)
{
  add_flow (book, dram_counter (row), bits, width);
  add_flow (book, buffer_counter (row), bits, width);
  return finish (row, operand, simdit_ceil_div (bits, width), book);
}

/* @bits evenly over @cycles, one more in the first ones. */
static void
add_even_flow (SimditShapeBook *book, guint counter, uint64_t bits, uint64_t cycles)
{
  SimditShapeTerm all = { .counter = counter,
                          .value = bits / cycles,
                          .loops = { { cycles, 1 }, { 1, 0 }, { 1, 0 }, { 1, 0 } } };
  SimditShapeTerm rest = { .counter = counter,
                           .value = 1,
                           .loops = { { bits % cycles, 1 }, { 1, 0 }, { 1, 0 }, { 1, 0 } } };

  simdit_shape_book_add_term (book, &all);
  simdit_shape_book_add_term (book, &rest);
}

uint32_t
simdit_transfer_part_shape (const SimditOperandRow *row, SimditOperand operand, uint64_t bits,
                            uint64_t cycles, SimditShapeBook *book)
{
  add_even_flow (book, dram_counter (row), bits, cycles);
  add_even_flow (book, buffer_counter (row), bits, cycles);
  return finish (row, operand, cycles, book);
}
