/*
 * What surrounds the SRAM of one bank of a double-buffered array buffer: the address on its way to the next bank, a
 * cycle later (the array's skew), the choice of the half, and the word that stays while nothing is read.
 */
module buffer_bank #(
  parameter BITS = 8,
  parameter ADDRESS_BITS = 12
) (
  input clk,
  input read,
  input half,
  input [ADDRESS_BITS-1:0] address,
  input [BITS-1:0] word0, // of the two halves at that address
  input [BITS-1:0] word1,
  output [BITS-1:0] data,
  output reg read_next,
  output reg half_next,
  output reg [ADDRESS_BITS-1:0] address_next
);
  reg [BITS-1:0] held;

  assign data = !read ? held : half ? word1 : word0;

  always @(posedge clk) begin
    held <= data;
    read_next <= read;
    half_next <= half;
    address_next <= address;
  end
endmodule
