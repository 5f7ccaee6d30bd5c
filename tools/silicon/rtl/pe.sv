/*
 * A processing element: psum_out <= psum_in + act_in * weight, one MAC per cycle, results one cycle later.
 * The activation goes on to the right, the sum to the row below. Nothing is enabled or reset: who feeds the
 * array holds its inputs while they are not valid, and then nothing toggles.
 */
module pe #(
  parameter ACT_BITS = 8,
  parameter WEIGHT_BITS = 8,
  parameter ACC_BITS = 32
) (
  input clk,
  input valid_in,
  input signed [ACT_BITS-1:0] act_in,
  input signed [WEIGHT_BITS-1:0] weight,
  input signed [ACC_BITS-1:0] psum_in,
  output signed [ACC_BITS-1:0] sum, // psum_out, a cycle earlier
  output reg valid_out,
  output reg signed [ACT_BITS-1:0] act_out,
  output reg signed [ACC_BITS-1:0] psum_out
);
  wire signed [ACT_BITS+WEIGHT_BITS-1:0] product = act_in * weight;

  assign sum = psum_in + ACC_BITS'(product);

  always @(posedge clk) begin
    valid_out <= valid_in;
    act_out <= act_in;
    psum_out <= sum;
  end
endmodule
