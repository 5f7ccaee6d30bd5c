/*
 * Behaviour of one bank of a buffer, for simulation: a read and a write port for the unit, both for DMA.
 * A word appears in the cycle of its address and stays until the next read, so that an idle unit sees no change.
 */
module sram_bank #(
  parameter BITS = 8,
  parameter ADDRESS_BITS = 12
) (
  input clk,
  input read,
  input [ADDRESS_BITS-1:0] read_address,
  output [BITS-1:0] read_data,
  input write,
  input [ADDRESS_BITS-1:0] write_address,
  input [BITS-1:0] write_data,
  input dma_write,
  input [ADDRESS_BITS-1:0] dma_address,
  input [BITS-1:0] dma_write_data,
  output [BITS-1:0] dma_read_data
);
  reg [BITS-1:0] words[0:(1<<ADDRESS_BITS)-1];
  reg [BITS-1:0] held;

  assign read_data = read ? words[read_address] : held;
  assign dma_read_data = words[dma_address];

  initial held = 0;

  always @(posedge clk) begin
    held <= read_data;
    if (write) words[write_address] <= write_data;
    if (dma_write) words[dma_address] <= dma_write_data;
  end
endmodule
