/*
 * ROWS x COLUMNS processing elements. Row i takes its activation, valid with row_valid[i], i cycles after
 * row 0; so PE (i, j) works on vector v in cycle v + i + j. Its weight and column j's psum must be there then.
 * sums[j] is what column j's last PE adds up in this cycle, to be written at its end.
 */
module systolic_array #(
  parameter ROWS = 8,
  parameter COLUMNS = 8,
  parameter ACT_BITS = 8,
  parameter WEIGHT_BITS = 8,
  parameter ACC_BITS = 32
) (
  input clk,
  input [ROWS-1:0] row_valid,
  input [ROWS*ACT_BITS-1:0] acts,
  input [ROWS*COLUMNS*WEIGHT_BITS-1:0] weights, // of PE (i, j) at i * COLUMNS + j
  input [COLUMNS*ACC_BITS-1:0] psums,
  output [ROWS*COLUMNS-1:0] busy,
  output [COLUMNS*ACC_BITS-1:0] sums
);
  genvar i, j;
  generate
    for (i = 0; i < ROWS; i = i + 1) begin : row
      for (j = 0; j < COLUMNS; j = j + 1) begin : column
        wire valid_in, valid_out;
        wire [ACT_BITS-1:0] act_in, act_out;
        wire [ACC_BITS-1:0] psum_in, psum_out, sum;

        if (j == 0) begin : left
          assign valid_in = row_valid[i];
          assign act_in = acts[i*ACT_BITS+:ACT_BITS];
        end else begin : left
          assign valid_in = row[i].column[j-1].valid_out;
          assign act_in = row[i].column[j-1].act_out;
        end
        if (i == 0) begin : above
          assign psum_in = psums[j*ACC_BITS+:ACC_BITS];
        end else begin : above
          assign psum_in = row[i-1].column[j].psum_out;
        end
        assign busy[i*COLUMNS+j] = valid_in;
        if (i == ROWS - 1) begin : below
          assign sums[j*ACC_BITS+:ACC_BITS] = sum;
        end

        pe #(
          .ACT_BITS(ACT_BITS),
          .WEIGHT_BITS(WEIGHT_BITS),
          .ACC_BITS(ACC_BITS)
        ) pe (
          .clk(clk),
          .valid_in(valid_in),
          .act_in(act_in),
          .weight(weights[(i*COLUMNS+j)*WEIGHT_BITS+:WEIGHT_BITS]),
          .psum_in(psum_in),
          .sum(sum),
          .valid_out(valid_out),
          .act_out(act_out),
          .psum_out(psum_out)
        );
      end
    end
  endgenerate
endmodule
