/*
 * Runs the commands of the file +commands=FILE on a tile_engine; all numbers are decimal:
 *   0 BANK COUNT VALUE...  IBUF bank from address 0 on; 1: WBUF; 2: BBUF
 *   3 N OH OW KH KW STRIDE IN_GROUPS OUT_GROUPS  a tile: prints a line for each cycle from its first vector to
 *     its last MAC: busy PEs, weight, act, psum, bias reads, psum writes; then "end"
 *   4 BANK COUNT           prints a line with the words of an OBUF bank from address 0 on
 * With DUMP defined the array's nets go to a VCD file while tiles run.
 */
`timescale 1ps / 1ps

module tile_bench;
  parameter ROWS = 8;
  parameter COLUMNS = 8;
  parameter ACT_BITS = 8;
  parameter WEIGHT_BITS = 8;
  parameter ACC_BITS = 32;
  parameter ADDRESS_BITS = 12;
  parameter HALF_CLOCK = 5000; // ps

  reg clk = 0, memory_clk = 0, start = 0, write_ibuf = 0, write_wbuf = 0, write_bbuf = 0;
  reg [ADDRESS_BITS-1:0] n, oh, ow, kh, kw, stride, in_groups, out_groups, dma_bank, dma_address;
  reg [31:0] dma_data;
  wire [ACC_BITS-1:0] dma_read_data;
  wire [ROWS*COLUMNS-1:0] busy, weight_reads;
  wire [ROWS-1:0] act_reads;
  wire [COLUMNS-1:0] psum_reads, bias_reads, psum_writes;

  tile_engine #(
    .ROWS(ROWS),
    .COLUMNS(COLUMNS),
    .ACT_BITS(ACT_BITS),
    .WEIGHT_BITS(WEIGHT_BITS),
    .ACC_BITS(ACC_BITS),
    .ADDRESS_BITS(ADDRESS_BITS)
  ) engine (
    .*
  );

  integer file, status, command, count, value, k;
  reg [8*256-1:0] name;

  // A cycle of everything; it ends in the middle of the next.
  task step;
    begin
      #HALF_CLOCK {clk, memory_clk} = 2'b11;
      #HALF_CLOCK {clk, memory_clk} = 2'b00;
    end
  endtask

  // DMA alone: the array stands still, which costs a simulator of gates nothing.
  task store;
    begin
      #1 memory_clk = 1;
      #1 memory_clk = 0;
    end
  endtask

  task load;
    begin
      status = $fscanf(file, "%d %d", value, count);
      dma_bank = value[ADDRESS_BITS-1:0];
      for (k = 0; k < count; k = k + 1) begin
        status = $fscanf(file, "%d", value);
        dma_data = value;
        dma_address = k[ADDRESS_BITS-1:0];
        write_ibuf = command == 0;
        write_wbuf = command == 1;
        write_bbuf = command == 2;
        store;
      end
      {write_ibuf, write_wbuf, write_bbuf} = 0;
    end
  endtask

  task run;
    begin
      status = $fscanf(file, "%d %d %d %d %d %d %d %d", n, oh, ow, kh, kw, stride, in_groups, out_groups);
      repeat (ROWS + COLUMNS) step; // flushes what a netlist's registers held
`ifdef DUMP
      $dumpon;
`endif
      start = 1;
      step;
      start = 0;
      while (busy != 0 || psum_writes != 0) begin
        $display("%0d %0d %0d %0d %0d %0d", $countones(busy), $countones(weight_reads),
                 $countones(act_reads), $countones(psum_reads), $countones(bias_reads),
                 $countones(psum_writes));
        step;
      end
      $display("end");
`ifdef DUMP
      $dumpoff;
`endif
    end
  endtask

  task show;
    begin
      status = $fscanf(file, "%d %d", value, count);
      dma_bank = value[ADDRESS_BITS-1:0];
      for (k = 0; k < count; k = k + 1) begin
        dma_address = k[ADDRESS_BITS-1:0];
        #1 $write("%0d ", $signed(dma_read_data));
      end
      $display("");
    end
  endtask

  initial begin
    status = $value$plusargs("commands=%s", name);
    file = $fopen(name, "r");
    if (file == 0) begin
      $display("cannot read +commands");
      $finish;
    end
`ifdef DUMP
    $dumpfile(`DUMP);
    $dumpvars(1, engine.array);
    $dumpoff;
`endif
    while ($fscanf(file, "%d", command) == 1)
      case (command)
        3: run;
        4: show;
        default: load;
      endcase
    $finish;
  end
endmodule
