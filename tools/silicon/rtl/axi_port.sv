/*
 * The data path of an AXI port: a register slice of two words, so that neither valid nor ready goes through
 * without a register. Wires beyond it are not included.
 */
module axi_port #(
  parameter BITS = 64
) (
  input clk,
  input reset,
  input in_valid,
  output in_ready,
  input [BITS-1:0] in_data,
  output out_valid,
  input out_ready,
  output [BITS-1:0] out_data
);
  reg [BITS-1:0] word[0:1];
  reg [1:0] full;
  reg in_at, out_at;

  wire take = in_valid && in_ready;
  wire give = out_valid && out_ready;

  assign in_ready = !full[in_at];
  assign out_valid = full[out_at];
  assign out_data = word[out_at];

  always @(posedge clk) begin
    if (take) word[in_at] <= in_data;
    if (reset) begin
      full <= 0;
      in_at <= 0;
      out_at <= 0;
    end else begin
      if (take) full[in_at] <= 1;
      if (give) full[out_at] <= 0;
      in_at <= in_at ^ take;
      out_at <= out_at ^ give;
    end
  end
endmodule
