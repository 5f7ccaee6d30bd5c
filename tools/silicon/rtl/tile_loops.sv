/*
 * The vectors of a tile, one per cycle from the cycle after start: for each group of output channels, for each
 * pass (group of input channels and kernel element), all output pixels; and where their words lie in the buffers.
 */
module tile_loops #(
  parameter ADDRESS_BITS = 12
) (
  input clk,
  input start,
  input [ADDRESS_BITS-1:0] n, oh, ow, kh, kw, stride, in_groups, out_groups,
  output reg running,
  output first,                              // pass over an output: it begins with its bias
  output [ADDRESS_BITS-1:0] act_address,     // of every row's bank
  output [ADDRESS_BITS-1:0] weight_address,
  output [ADDRESS_BITS-1:0] psum_address,
  output [ADDRESS_BITS-1:0] bias_address
);
  reg [ADDRESS_BITS-1:0] out_group, in_group, row, column, image, y, x; // outermost first

  wire last_x = x == ow - 1'b1;
  wire last_y = last_x && y == oh - 1'b1;
  wire last_pixel = last_y && image == n - 1'b1;
  wire last_column = last_pixel && column == kw - 1'b1;
  wire last_row = last_column && row == kh - 1'b1;
  wire last_pass = last_row && in_group == in_groups - 1'b1;
  wire last = last_pass && out_group == out_groups - 1'b1;

  // The ifmap's extent, as far as the tile needs it.
  wire [ADDRESS_BITS-1:0] height = (oh - 1'b1) * stride + kh;
  wire [ADDRESS_BITS-1:0] width = (ow - 1'b1) * stride + kw;

  assign first = in_group == 0 && row == 0 && column == 0;
  assign act_address = ((in_group * n + image) * height + y * stride + row) * width + x * stride + column;
  assign weight_address = ((out_group * in_groups + in_group) * kh + row) * kw + column;
  assign psum_address = ((out_group * n + image) * oh + y) * ow + x;
  assign bias_address = out_group;

  initial running = 0;

  always @(posedge clk)
    if (start) begin
      running <= 1;
      {out_group, in_group, row, column, image, y, x} <= 0;
    end else if (running) begin
      running <= !last;
      x <= last_x ? 0 : x + 1'b1;
      if (last_x) y <= last_y ? 0 : y + 1'b1;
      if (last_y) image <= last_pixel ? 0 : image + 1'b1;
      if (last_pixel) column <= last_column ? 0 : column + 1'b1;
      if (last_column) row <= last_row ? 0 : row + 1'b1;
      if (last_row) in_group <= last_pass ? 0 : in_group + 1'b1;
      if (last_pass) out_group <= out_group + 1'b1;
    end
endmodule
