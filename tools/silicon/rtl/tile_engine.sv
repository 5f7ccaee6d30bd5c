/*
 * The systolic array with its buffers (behaviour only), running one tile at a time. What the loops issue in cycle
 * v reaches row i's IBUF bank i cycles later, PE (i, j)'s WBUF bank i + j cycles later, column j's psum or bias
 * j cycles later and its write j + ROWS - 1 cycles later. With GATES the array is a synthesised netlist.
 */
module tile_engine #(
  parameter ROWS = 8,
  parameter COLUMNS = 8,
  parameter ACT_BITS = 8,
  parameter WEIGHT_BITS = 8,
  parameter ACC_BITS = 32,
  parameter ADDRESS_BITS = 12
) (
  input clk,
  input memory_clk, // of the banks: clk, or DMA alone
  input start,
  input [ADDRESS_BITS-1:0] n, oh, ow, kh, kw, stride, in_groups, out_groups,
  // DMA: one bank at a time
  input write_ibuf, write_wbuf, write_bbuf,
  input [ADDRESS_BITS-1:0] dma_bank, dma_address,
  input [31:0] dma_data,
  output [ACC_BITS-1:0] dma_read_data, // of OBUF
  // what happens in this cycle
  output [ROWS*COLUMNS-1:0] busy,
  output [ROWS*COLUMNS-1:0] weight_reads,
  output [ROWS-1:0] act_reads,
  output [COLUMNS-1:0] psum_reads, bias_reads, psum_writes
);
  localparam STAGES = ROWS + COLUMNS - 1; // that remember; the last is not used

  wire running, first;
  wire [ADDRESS_BITS-1:0] act_address, weight_address, psum_address, bias_address;

  // Stage d: what the loops issued d cycles ago.
  reg [STAGES-1:0] valid_past, fresh_past;
  reg [STAGES*ADDRESS_BITS-1:0] act_past, weight_past, psum_past, bias_past;
  wire [STAGES:0] valid = {valid_past, running};
  wire [STAGES:0] fresh = {fresh_past, first};
  wire [(STAGES+1)*ADDRESS_BITS-1:0] act_at = {act_past, act_address};
  wire [(STAGES+1)*ADDRESS_BITS-1:0] weight_at = {weight_past, weight_address};
  wire [(STAGES+1)*ADDRESS_BITS-1:0] psum_at = {psum_past, psum_address};
  wire [(STAGES+1)*ADDRESS_BITS-1:0] bias_at = {bias_past, bias_address};

  tile_loops #(
    .ADDRESS_BITS(ADDRESS_BITS)
  ) loops (
    .*
  );

  initial valid_past = 0;

  always @(posedge clk) begin
    valid_past <= valid[STAGES-1:0];
    fresh_past <= fresh[STAGES-1:0];
    act_past <= act_at[STAGES*ADDRESS_BITS-1:0];
    weight_past <= weight_at[STAGES*ADDRESS_BITS-1:0];
    psum_past <= psum_at[STAGES*ADDRESS_BITS-1:0];
    bias_past <= bias_at[STAGES*ADDRESS_BITS-1:0];
  end

  wire [ROWS*ACT_BITS-1:0] acts;
  wire [ROWS*COLUMNS*WEIGHT_BITS-1:0] weights;
  wire [COLUMNS*ACC_BITS-1:0] psums, sums;
  wire [COLUMNS*ACC_BITS-1:0] outputs; // of OBUF to DMA

  assign dma_read_data = outputs[dma_bank*ACC_BITS+:ACC_BITS];

`ifdef GATES
  systolic_array array (
`else
  systolic_array #(
    .ROWS(ROWS),
    .COLUMNS(COLUMNS),
    .ACT_BITS(ACT_BITS),
    .WEIGHT_BITS(WEIGHT_BITS),
    .ACC_BITS(ACC_BITS)
  ) array (
`endif
    .clk(clk),
    .row_valid(act_reads),
    .acts(acts),
    .weights(weights),
    .psums(psums),
    .busy(busy),
    .sums(sums)
  );

  genvar i, j;
  generate
    for (i = 0; i < ROWS; i = i + 1) begin : row
      assign act_reads[i] = valid[i];
      sram_bank #(
        .BITS(ACT_BITS),
        .ADDRESS_BITS(ADDRESS_BITS)
      ) ibuf (
        .clk(memory_clk),
        .read(act_reads[i]),
        .read_address(act_at[i*ADDRESS_BITS+:ADDRESS_BITS]),
        .read_data(acts[i*ACT_BITS+:ACT_BITS]),
        .write(1'b0),
        .write_address({ADDRESS_BITS{1'b0}}),
        .write_data({ACT_BITS{1'b0}}),
        .dma_write(write_ibuf && dma_bank == ADDRESS_BITS'(i)),
        .dma_address(dma_address),
        .dma_write_data(dma_data[ACT_BITS-1:0]),
        .dma_read_data()
      );
      for (j = 0; j < COLUMNS; j = j + 1) begin : column
        assign weight_reads[i*COLUMNS+j] = valid[i+j];
        sram_bank #(
          .BITS(WEIGHT_BITS),
          .ADDRESS_BITS(ADDRESS_BITS)
        ) wbuf (
          .clk(memory_clk),
          .read(valid[i+j]),
          .read_address(weight_at[(i+j)*ADDRESS_BITS+:ADDRESS_BITS]),
          .read_data(weights[(i*COLUMNS+j)*WEIGHT_BITS+:WEIGHT_BITS]),
          .write(1'b0),
          .write_address({ADDRESS_BITS{1'b0}}),
          .write_data({WEIGHT_BITS{1'b0}}),
          .dma_write(write_wbuf && dma_bank == ADDRESS_BITS'(i * COLUMNS + j)),
          .dma_address(dma_address),
          .dma_write_data(dma_data[WEIGHT_BITS-1:0]),
          .dma_read_data()
        );
      end
    end

    for (j = 0; j < COLUMNS; j = j + 1) begin : column
      wire [ACC_BITS-1:0] psum, bias;

      assign bias_reads[j] = valid[j] && fresh[j];
      assign psum_reads[j] = valid[j] && !fresh[j];
      assign psum_writes[j] = valid[j+ROWS-1];
      // Between vectors the array sees what it saw last.
      reg from_bbuf;
      wire select = valid[j] ? fresh[j] : from_bbuf;
      initial from_bbuf = 0;
      always @(posedge clk) from_bbuf <= select;
      assign psums[j*ACC_BITS+:ACC_BITS] = select ? bias : psum;

      sram_bank #(
        .BITS(ACC_BITS),
        .ADDRESS_BITS(ADDRESS_BITS)
      ) obuf (
        .clk(memory_clk),
        .read(psum_reads[j]),
        .read_address(psum_at[j*ADDRESS_BITS+:ADDRESS_BITS]),
        .read_data(psum),
        .write(psum_writes[j]),
        .write_address(psum_at[(j+ROWS-1)*ADDRESS_BITS+:ADDRESS_BITS]),
        .write_data(sums[j*ACC_BITS+:ACC_BITS]),
        .dma_write(1'b0),
        .dma_address(dma_address),
        .dma_write_data({ACC_BITS{1'b0}}),
        .dma_read_data(outputs[j*ACC_BITS+:ACC_BITS])
      );
      sram_bank #(
        .BITS(ACC_BITS),
        .ADDRESS_BITS(ADDRESS_BITS)
      ) bbuf (
        .clk(memory_clk),
        .read(bias_reads[j]),
        .read_address(bias_at[j*ADDRESS_BITS+:ADDRESS_BITS]),
        .read_data(bias),
        .write(1'b0),
        .write_address({ADDRESS_BITS{1'b0}}),
        .write_data({ACC_BITS{1'b0}}),
        .dma_write(write_bbuf && dma_bank == ADDRESS_BITS'(j)),
        .dma_address(dma_address),
        .dma_write_data(dma_data[ACC_BITS-1:0]),
        .dma_read_data()
      );
    end
  endgenerate
endmodule
