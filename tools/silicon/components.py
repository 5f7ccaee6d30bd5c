"""What a characterization measures: each component synthesised, analysed, and simulated at work."""

import concurrent.futures
import dataclasses
import os
import random

import gates
import tiles
from flow import FlowError, rtl

MAX_PS = 100000  # a clock slower than any path, for the first analysis
ADDRESS_BITS = 12
OPERATIONS = ["max", "add", "sub", "mul", "cond_move"]  # in the order of rtl/simd_lane.sv
FRACTION_BITS = 16
SETTLE = 8        # clocks in which unknown values leave the registers
LANE_CLOCKS = 64  # of each operation
BANK_READS = 128
AXI_BITS, AXI_WORDS = 64, 128

VECTOR_BENCH = """`timescale 1ps / 1ps
module bench;
  reg clk = 0;
  reg [{width}-1:0] in;
  reg [{width}-1:0] words[0:{count}-1];
  wire [{out_width}-1:0] out;
  integer i;

  {top} dut (.clk(clk){ports});

  always #{half} clk = !clk;

  initial begin
    $readmemh("vectors", words);
    $dumpfile("dump.vcd");
    $dumpvars(1, dut);
    for (i = 0; i < {count}; i = i + 1) begin
      @(posedge clk) in <= words[i];
      @(negedge clk) $display("%h", out);
    end
    $finish;
  end
endmodule
"""


@dataclasses.dataclass
class Measured:
    """Of one component. Energies in pJ by what it did: (arithmetic, registers), divided by how often."""
    netlist: gates.Netlist
    path_ps: int
    energies: gates.Energies
    work: dict

    @property
    def area_um2(self):
        return self.netlist.area_um2


@dataclasses.dataclass
class Vectors:
    """Inputs of a component, clock by clock, and what each stretch of clocks is."""
    inputs: list    # (port, bits), the first the most significant
    outputs: list   # likewise
    rows: list      # a tuple of values per clock
    windows: dict   # name -> (first clock, end)
    expected: dict  # clock -> output as one number, where it is checked

    def width(self, ports):
        return sum(bits for _, bits in ports)


def masked(value, bits):
    return value & (1 << bits) - 1


def prepare(top, sources, parameters, directory):
    """Netlist, its longest path, and energies at a clock that fits it."""
    edges = gates.edges_counted(os.path.join(directory, "calibration"))
    netlist = gates.synthesise(top, sources, parameters, directory)
    path_ps, _ = gates.analyse(netlist, MAX_PS, [])
    return netlist, path_ps, gates.Energies(netlist, path_ps, edges)


def ports(listed, name):
    """Connections of ports to slices of a vector."""
    text, at = "", sum(bits for _, bits in listed)
    for port, bits in listed:
        at -= bits
        text += f", .{port}({name}[{at + bits - 1}:{at}])"
    return text


def run_vectors(netlist, period_ps, vectors):
    """Transitions by window of @vectors, once the outputs have been checked."""
    width, out_width = vectors.width(vectors.inputs), vectors.width(vectors.outputs)
    half = -(-period_ps // 2)
    words = []
    for row in vectors.rows:
        word = 0
        for value, (_, bits) in zip(row, vectors.inputs):
            word = word << bits | masked(value, bits)
        words.append(f"{word:x}")
    gates.write(netlist.directory, "vectors", "\n".join(words))
    gates.write(netlist.directory, "bench.sv", VECTOR_BENCH.format(
        width=width, out_width=out_width, count=len(words), top=netlist.top, half=half,
        ports=ports(vectors.inputs, "in") + ports(vectors.outputs, "out")))
    printed = gates.simulate(netlist, [os.path.join(netlist.directory, "bench.sv")], "bench", [])
    printed = [line for line in printed if not line.startswith("VCD")]
    for clock, value in vectors.expected.items():
        if int(printed[clock], 16) != value:
            raise FlowError(f"{netlist.top}: clock {clock}: {printed[clock]}, expected {value:x}")
    # Row i arrives with the clock edge at half + 2 * half * i.
    times = [tuple(half + 2 * half * clock for clock in window) for window in vectors.windows.values()]
    return gates.Transitions(os.path.join(netlist.directory, "dump.vcd"), times)


def measure_vectors(top, parameters, directory, vectors, counts):
    """@counts: by window of @vectors, how many events it stands for."""
    netlist, path_ps, energies = prepare(top, [top], parameters, directory)
    transitions = run_vectors(netlist, path_ps, vectors)
    work = {name: tuple(pj / counts[name] for pj in energies.of_window(transitions, i))
            for i, name in enumerate(vectors.windows)}
    return Measured(netlist, path_ps, energies, work)


def lane_result(operation, a, b, bits):
    """What the lane computes: fixed point, the word's upper bits lost."""
    if operation == "mul":
        return masked(a * b >> FRACTION_BITS, bits)
    return masked({"max": max(a, b), "add": a + b, "sub": a - b, "cond_move": b if a > 0 else 0}[operation], bits)


def lane_vectors(bits, rng):
    """The operations one after the other, each on random words; the windows leave out the change-over."""
    rows, windows, expected = [], {}, {}
    limit = 1 << bits - 1
    for code, name in enumerate(OPERATIONS):
        begin = len(rows) + SETTLE
        windows[name] = (begin, begin + LANE_CLOCKS)
        for _ in range(SETTLE + LANE_CLOCKS):
            a, b = rng.randrange(-limit, limit), rng.randrange(-limit, limit)
            expected[len(rows) + 3] = lane_result(name, a, b, bits)
            rows.append((code, a, b))
    rows += rows[-1:] * 4
    return Vectors([("operation", 3), ("a", bits), ("b", bits)], [("result", bits)], rows, windows, expected)


def measure_lane(bits, directory, rng):
    vectors = lane_vectors(bits, rng)
    return measure_vectors("simd_lane", {"BITS": bits, "FRACTION_BITS": FRACTION_BITS}, directory, vectors,
                           dict.fromkeys(vectors.windows, LANE_CLOCKS))


def measure_bank(bits, directory, rng):
    """Reads of successive addresses of one half, random words."""
    rows = [(0, 0, 0, 0, 0)] * SETTLE
    rows += [(1, 0, k, rng.getrandbits(bits), 0) for k in range(SETTLE + BANK_READS)]
    window = (2 * SETTLE, 2 * SETTLE + BANK_READS)
    vectors = Vectors([("read", 1), ("half", 1), ("address", ADDRESS_BITS), ("word0", bits), ("word1", bits)],
                      [("data", bits)], rows, {"access": window}, {k: rows[k][3] for k in range(*window)})
    return measure_vectors("buffer_bank", {"BITS": bits, "ADDRESS_BITS": ADDRESS_BITS}, directory, vectors,
                           {"access": BANK_READS})


def measure_port(directory, rng):
    """A random word every clock, none refused; per bit."""
    rows = [(1, 0, 1, 0)] * SETTLE + [(0, 1, 1, rng.getrandbits(AXI_BITS)) for _ in range(SETTLE + AXI_WORDS)]
    window = (2 * SETTLE, 2 * SETTLE + AXI_WORDS)
    vectors = Vectors([("reset", 1), ("in_valid", 1), ("out_ready", 1), ("in_data", AXI_BITS)],
                      [("out_data", AXI_BITS)], rows, {"transfer": window},
                      {k: rows[k - 1][3] for k in range(*window)})
    return measure_vectors("axi_port", {"BITS": AXI_BITS}, directory, vectors, {"transfer": AXI_WORDS * AXI_BITS})


@dataclasses.dataclass
class ArrayShape:
    rows: int
    columns: int
    act_bits: int
    weight_bits: int
    acc_bits: int

    def parameters(self):
        return {"ROWS": self.rows, "COLUMNS": self.columns, "ACT_BITS": self.act_bits,
                "WEIGHT_BITS": self.weight_bits, "ACC_BITS": self.acc_bits}


def representative_tiles(shape, rng, zero_share):
    """
    A 1x1 and a 3x3 convolution, all rows and columns in use: the latter changes weights nine times. Of 16 pixels, or
    as many as a column needs to have written an output before it is read again.
    """
    width = max(4, tiles.groups(shape.rows, 4))
    return [tiles.Tile(n=1, oh=4, ow=width, kh=k, kw=k, stride=1, ic=shape.rows * in_groups, oc=shape.columns)
            .fill(rng, shape.act_bits, shape.weight_bits, zero_share)
            for k, in_groups in [(1, 4), (3, 1)]]


def run_tile(netlist, shape, period_ps, tile, name):
    """Transitions while the netlist works on @tile, MACs and cycles; its results are checked."""
    directory = os.path.join(netlist.directory, name)
    os.makedirs(directory)
    gates.write(directory, "commands", tiles.commands(tile, shape.rows, shape.columns))
    parameters = {**shape.parameters(), "ADDRESS_BITS": tiles.ADDRESS_BITS, "HALF_CLOCK": -(-period_ps // 2)}
    options = ["-DGATES", '-DDUMP="dump.vcd"', *(f"-Ptile_bench.{key}={value}" for key, value in parameters.items())]
    copy = dataclasses.replace(netlist, directory=directory)
    os.symlink(os.path.join(netlist.directory, f"{netlist.top}.v"), os.path.join(directory, f"{netlist.top}.v"))
    printed = gates.simulate(copy, rtl("sram_bank", "tile_loops", "tile_engine", "tile_bench"), "tile_bench",
                             ["+commands=commands"], options)
    cycles, outputs = tiles.parse(iter(line for line in printed if not line.startswith("VCD")), tile, shape.columns)
    if outputs != tiles.convolve(tile):
        raise FlowError(f"{netlist.top}: the netlist's results are not those of a convolution")
    dump = os.path.join(directory, "dump.vcd")
    transitions = gates.Transitions(dump)
    os.remove(dump)
    return transitions, sum(values[0] for values in cycles), len(cycles)


@dataclasses.dataclass
class MeasuredArray(Measured):
    """Work has "mac"; all per PE."""
    pes: int
    macs: int
    cycles: int


def measure_array(shape, directory, rng, zero_share):
    netlist, path_ps, energies = prepare("systolic_array", ["pe", "systolic_array"], shape.parameters(), directory)
    some = representative_tiles(shape, rng, zero_share)
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count()) as pool:
        runs = [pool.submit(run_tile, netlist, shape, path_ps, tile, f"tile{i}") for i, tile in enumerate(some)]
        results = [run.result() for run in runs]
    macs, cycles = sum(result[1] for result in results), sum(result[2] for result in results)
    parts = [energies.of_window(transitions) for transitions, _, _ in results]
    work = {"mac": tuple(sum(part) / macs for part in zip(*parts))}
    return MeasuredArray(netlist, path_ps, energies, work, shape.rows * shape.columns, macs, cycles)
