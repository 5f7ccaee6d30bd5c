module calibration (clk, a, y, q);
  input clk;
  input a;
  output y;
  output q;

  INV inverter (.A(a), .Y(y));
  FF register (.CLK(clk), .D(a), .Q(q));
endmodule
