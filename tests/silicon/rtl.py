#!/usr/bin/env python3
"""
Our RTL of the PE array (tools/silicon/rtl) checks the simulator's: on random tiles the busy PEs and the accesses
of every buffer are the same in every cycle, and the RTL's results are those of a plain convolution.
Usage: rtl.py TILES ROWSxCOLUMNS..., so many tiles altogether.
"""

import csv
import io
import json
import os
import random
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "tests/helpers"), os.path.join(ROOT, "tools/silicon")]
from reference import SIMDIT, Tap, scratch  # noqa: E402
import flow  # noqa: E402
import tiles  # noqa: E402

ACT_BITS, WEIGHT_BITS, ACC_BITS = 8, 8, 32
BATCHES = [1, 2, 3]
# What a cycle of the bench is in the simulator: (counter, bits of an access or 1), in the order of tiles.COUNTERS.
MODEL = [("pe_array.active_pes", 1), ("wbuf.read_bits", WEIGHT_BITS), ("ibuf.read_bits", ACT_BITS),
         ("obuf.read_bits", ACC_BITS), ("bbuf.read_bits", ACC_BITS), ("obuf.write_bits", ACC_BITS)]


def random_tile(rng, n, rows, columns):
    """Up to three groups of channels and kernels of 3x3; one in eight with too few pixels for its passes."""
    while True:
        tile = tiles.Tile(n=n, oh=rng.randint(1, 6), ow=rng.randint(1, 6), kh=rng.randint(1, 3),
                          kw=rng.randint(1, 3), stride=rng.randint(1, 2), ic=rng.randint(1, 3 * rows),
                          oc=rng.randint(1, 3 * columns))
        is_hazard = tile.passes(rows) > 1 and tile.pixels < rows
        if tile.fits(rows, columns) and (not is_hazard or rng.random() < 1 / 8):
            return tile.fill(rng, ACT_BITS, WEIGHT_BITS)


def machine(rows, columns):
    """Buffers that hold any of the tiles."""
    return {"ARRAY_N": rows, "ARRAY_M": columns, "WGT_DATA_WIDTH": WEIGHT_BITS, "ACT_DATA_WIDTH": ACT_BITS,
            "BIAS_WIDTH": ACC_BITS, "ACC_WIDTH": ACC_BITS, "SIMD_VMEM_CAPACITY_BITS": 1 << 24,
            **{f"{name}_CAPACITY_BITS": 1 << 24 for name in ["IBUF", "WBUF", "OBUF", "BBUF"]},
            **{f"{name}_AXI_DATA_WIDTH": 512 for name in ["IBUF", "PARAMBUF", "OBUF", "SIMD"]}}


def network(some):
    layers = [{"name": f"tile{i}", "operation": "conv_bias", "inputs": [f"x{i}"], "channels": t.oc,
               "kernel": [t.kh, t.kw], "stride": t.stride} for i, t in enumerate(some)]
    return {"format": "simdit-network", "version": 1, "layers": layers,
            "inputs": {f"x{i}": [t.ic, t.height, t.width] for i, t in enumerate(some)}}


def simdit(*arguments):
    text = subprocess.run([SIMDIT, *arguments, "--format", "csv"], check=True, capture_output=True, text=True).stdout
    return list(csv.DictReader(io.StringIO(text)))


def counter(path, name):
    return [int(row["value"]) for row in simdit("counters", path, "--counter", name)]


def simulate(some, rows, columns, directory):
    """For each tile: a tuple of counters per cycle from its first vector to its last MAC, and its hazards."""
    paths = [os.path.join(directory, name) for name in ["machine.json", "network.json", "run.h5"]]
    for path, content in zip(paths, [machine(rows, columns), network(some)]):
        with open(path, "w") as file:
            json.dump(content, file)
    hardware, net, output = paths
    layers = simdit("run", "--hw", hardware, "--net", net, "--batch", str(some[0].n), "-o", output)
    assert [row["steps"] for row in layers] == ["1"] * len(some), "a layer is not one tile"
    columns_of = [[value // unit for value in counter(output, name)] for name, unit in MODEL]
    hazards = counter(output, "pe_array.hazard_steps")
    return split(list(zip(*columns_of)), hazards)


def split(cycles, hazards):
    """Cuts a run at its idle cycles; between them the array works on one tile."""
    runs, begin = [], None
    for t, values in enumerate(cycles + [(0,)]):
        if values[0] and begin is None:
            begin = t
        elif not values[0] and begin is not None:
            runs.append((cycles[begin:t], sum(hazards[begin:t])))
            begin = None
    return runs


def outside(cycles, name):
    """First and last cycle in which something of @name happens."""
    at = [t for t, values in enumerate(cycles) if values[tiles.COUNTERS.index(name)]]
    return at[0], at[-1]


def differences(tile, rtl, model):
    (cycles, outputs), (expected, hazards) = rtl, model
    if len(cycles) != len(expected):
        yield f"{len(cycles)} cycles, simulated {len(expected)}"
    for name in ["busy", "psum_writes"]:
        if outside(cycles, name) != outside(expected, name):
            yield f"{name} from, to cycle {outside(cycles, name)}, simulated {outside(expected, name)}"
    for t, (got, wanted) in enumerate(zip(cycles, expected)):
        if got != wanted:
            yield f"cycle {t}: {tiles.COUNTERS} {got}, simulated {wanted}"
    if hazards == 0 and outputs != tiles.convolve(tile):
        yield "the results are not those of a convolution"


def check_shape(tap, shape, count, bench, directory):
    rows, columns = map(int, shape.split("x"))
    rng = random.Random(shape)
    program = bench.build(rows, columns)
    wrong, hazardous, n_cycles = [], 0, 0
    for i, n in enumerate(BATCHES):
        some = [random_tile(rng, n, rows, columns) for _ in range(i, count, len(BATCHES))]
        lines = iter(bench.run(program, "".join(tiles.commands(t, rows, columns) for t in some)))
        models = simulate(some, rows, columns, directory)
        wrong += [] if len(models) == len(some) else [f"{len(models)} tiles simulated, {len(some)} expected"]
        for tile, model in zip(some, models):
            rtl = tiles.parse(lines, tile, columns)
            wrong += [f"{tile.n} {tile.oh}x{tile.ow} k{tile.kh}x{tile.kw} s{tile.stride} {tile.ic}->{tile.oc}: {what}"
                      for what in differences(tile, rtl, model)][:2]
            hazardous += model[1]
            n_cycles += len(model[0])
    tap.check(not wrong, f"{shape}: {count} tiles, {n_cycles} cycles", *wrong)
    tap.check(hazardous < count / 4, f"{shape}: results of {count - hazardous} tiles compared")


def main():
    missing = [tool for tool in ["verilator", "g++", "make"] if not shutil.which(tool)]
    if missing:
        print(f"1..0 # SKIP {', '.join(missing)} not installed: tools/install-packages silicon")
        return
    tap = Tap()
    count, shapes = int(sys.argv[1]), sys.argv[2:]
    with scratch() as directory:
        bench = flow.VerilatorBench(directory, ACT_BITS, WEIGHT_BITS, ACC_BITS)
        for i, shape in enumerate(shapes):
            check_shape(tap, shape, len(range(i, count, len(shapes))), bench, directory)
    tap.done()


main()
