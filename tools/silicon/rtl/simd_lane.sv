/*
 * A lane of the SIMD array from its operands on: operand registers, execution in one cycle, result and write-back
 * registers. Fixed point; a unit that an operation does not use sees zeros. Whoever feeds the lane holds its inputs
 * while it is idle. What takes several issue slots (division, exponential, ...) is a sequence of these operations.
 */
module simd_lane #(
  parameter BITS = 32,
  parameter FRACTION_BITS = 16
) (
  input clk,
  input [2:0] operation, // 0 max, 1 add, 2 sub, 3 mul, 4 cond_move: b where a is positive, otherwise 0
  input signed [BITS-1:0] a,
  input signed [BITS-1:0] b,
  output reg signed [BITS-1:0] result
);
  reg [2:0] op;
  reg signed [BITS-1:0] left, right, executed;

  wire is_mul = op == 3;
  wire is_select = op == 4;
  wire subtracts = op == 0 || op == 2;
  wire signed [BITS-1:0] mul_a = is_mul ? left : 0;
  wire signed [BITS-1:0] mul_b = is_mul ? right : 0;
  wire signed [2*BITS-1:0] product = mul_a * mul_b;
  wire signed [BITS-1:0] add_a = is_mul || is_select ? 0 : left;
  wire signed [BITS-1:0] add_b = is_mul || is_select ? 0 : subtracts ? ~right : right;
  wire signed [BITS:0] sum = add_a + add_b + $signed({1'b0, subtracts});
  wire is_left = is_select ? !left[BITS-1] && left != 0 : !sum[BITS];
  wire signed [BITS-1:0] larger = is_left ? left : right;
  wire signed [BITS-1:0] selected = is_left ? right : 0;

  always @(posedge clk) begin
    op <= operation;
    left <= a;
    right <= b;
    executed <= is_mul ? product[FRACTION_BITS+:BITS]
                : is_select ? selected
                : op == 0 ? larger
                : sum[BITS-1:0];
    result <= executed;
  end
endmodule
