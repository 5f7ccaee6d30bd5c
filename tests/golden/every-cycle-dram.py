#!/usr/bin/env python3
"""Runs on real DRAM, cycle by cycle: no second memory says when data come, but everything a run says must fit together,
and what the units do while they compute is what the stepped machine does (helpers/stepped)."""

import json
import os
import random
import sys
from collections import defaultdict

import h5py

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
from reference import Tap, scratch  # noqa: E402
from stepped.cases import Case, expanded  # noqa: E402
from stepped.machine import BUFFERS, PORT_OF, Simulation  # noqa: E402

RUNS = 16
MAX_CYCLES = 30000
MEMORIES = ["ddr4-2400", "ddr4-2400:channels=2", "ddr4-3200:ranks=2", "hbm2:channels=4", "lpddr4-2400",
            "lpddr5-6400:channels=2", "ddr5-4800", "lpddr4-3200:refresh=bank"]
UNITS, PORTS = ("pe_array", "simd_array"), ("axi_param", "axi_ibuf", "axi_obuf", "axi_simd")
OPERANDS = {("wbuf", "load"): ["weight"], ("bbuf", "load"): ["bias"], ("ibuf", "load"): ["ifmap"],
            ("obuf", "load"): ["psum_load"], ("obuf", "store"): ["psum_store", "ofmap"],
            ("vmem", "load"): ["ifmap", "psum_load"], ("vmem", "store"): ["psum_store", "ofmap"]}
COMPUTING = ("busy", "fill", "drain", "nop", "multi_cycle")


class Run:
    """Every counter of run.h5 in every cycle, and its tables."""

    def __init__(self):
        with h5py.File("run.h5") as file:
            self.cycles = int(file.attrs["cycles"])
            self.layers, self.requests, self.stalls = (file[name][:] for name in
                                                       ("layers", "memory_requests", "memory_stalls"))
            self.memory, self.clock_ps = json.loads(file["memory"][()]), int(file.attrs["clock_fs"]) / 1000
            units = {row["name"].decode(): row["unit"].decode() for row in file["counters/names"][:]}
        self.states = [name for name, unit in units.items() if unit == "cycle" and name.startswith(UNITS + PORTS)]
        self.values = {name: values or [0] * (self.cycles + 20)
                       for name, values in expanded(0, self.cycles + 20).items()}

    def __getitem__(self, name):
        return self.values[name]

    def states_of(self, track):
        return [name for name in self.states if name.startswith(f"{track}.")]

    def sum(self, name, layer):
        begin = int(layer["start_cycle"])
        return sum(self[name][begin:begin + int(layer["total_cycles"])])

    def channels(self, kind):
        return [name for name in self.values if name.startswith("dram") and name.endswith(f".{kind}")]


def check_states(run):
    """Each unit and port is in one state in each cycle; beyond the end nothing is."""
    for track in UNITS + PORTS:
        totals = [sum(values) for values in zip(*(run[name] for name in run.states_of(track)))]
        if totals != [1] * run.cycles + [0] * 20:
            at = [i for i, n in enumerate(totals) if n != (i < run.cycles)][0]
            yield f"{track} in cycle {at}: {[name for name in run.states_of(track) if run[name][at]]}"


def check_bits(run, case):
    """What passes DRAM passes buffers; bits pass a port in its states of transfer, as many as it has lines."""
    widths = {"axi_param": min(8 * case.machine["ARRAY_N"], case.machine["PARAMBUF_AXI_DATA_WIDTH"]),
              "axi_ibuf": case.machine["IBUF_AXI_DATA_WIDTH"], "axi_obuf": case.machine["OBUF_AXI_DATA_WIDTH"],
              "axi_simd": case.machine["SIMD_AXI_DATA_WIDTH"]}
    for which, direction, dma in (("read", "load", "dma_write"), ("write", "store", "dma_read")):
        by_buffer = [run[f"{buffer}.{dma}_bits"] for buffer in BUFFERS]
        if [sum(bits) for bits in zip(*by_buffer)] != run[f"dram.{which}_bits"]:
            yield f"dram.{which}_bits"
        for buffer in BUFFERS:
            port = PORT_OF[buffer]
            names = {"wbuf": ["weights"], "bbuf": ["bias"]}.get(buffer, ("ifmap", "ofmap", "psum"))
            states = [f"{port}.{direction}_{name}" for name in names]
            states = [run[name] for name in states if name in run.values]
            moves = [sum(values) for values in zip(*states)] or [0] * (run.cycles + 20)
            for t, (bits, state) in enumerate(zip(run[f"{buffer}.{dma}_bits"], moves)):
                if bits > widths[port] * state:
                    yield f"{buffer}.{dma}_bits in cycle {t}: {bits}"
                    break


def check_layer(run, row, layer, simulation):
    """Traffic, stalls and requests of a layer: its counters, its row, the stepped machine, and the commands."""
    bits = defaultdict(int)
    for operand in simulation.operands:
        bits[operand.buffer, "store" if operand.stores else "load"] += sum(r.bits for r in operand.residencies)
    for (buffer, direction), names in OPERANDS.items():
        dma = run.sum(f"{buffer}.{'dma_write' if direction == 'load' else 'dma_read'}_bits", row)
        if dma != bits[buffer, direction]:
            yield f"{buffer} {direction}: {dma} bits, stepped {bits[buffer, direction]}"
        if (buffer == "vmem") == (layer.unit == "simd_array") and \
                8 * sum(int(row[f"{name}_bytes"]) for name in names) != dma:
            yield f"{buffer} {direction}: {dma} bits, not those of the layer's row"
    for name in (name for name in row.dtype.names if name.startswith("stall_") and name != "stall_cycles"):
        counted = sum(run.sum(f"{unit}.{name}", row) for unit in UNITS if f"{unit}.{name}" in run.values)
        because = sum(int(r["stall_cycles"]) for r in run.stalls
                      if r["layer"] == row["layer"] and r["cause"].decode() == name.removeprefix("stall_"))
        if counted != int(row[name]) or (because != counted and not name.endswith("_bank")):
            yield f"{name}: {counted} cycles counted, {row[name]} in the layer's row, {because} by memory state"
    yield from check_requests(run, row)


def check_requests(run, row):
    """Each request is served by a command, those of stores before the layer ends; or what is still to be written is
    read from its queue. A row is opened for a request that finds it closed, and may be used by others."""
    mine = [r for r in run.requests if r["layer"] == row["layer"]]
    for kind, stores in (("rd", False), ("wr", True)):
        served = sum(run.sum(name, row) for name in run.channels(kind))
        asked = sum(int(r["row_hits"] + r["row_misses"] + r["row_conflicts"]) for r in mine
                    if (r["operand"] in (b"ofmap", b"psum_store")) == stores)
        if served != asked:
            yield f"{served} {kind}, {asked} requests"
    opened, closed = (sum(run.sum(name, row) for name in run.channels(kind)) for kind in ("act", "pre"))
    needed = sum(int(r["row_misses"] + r["row_conflicts"]) for r in mine)
    if opened > needed or (needed and not opened):
        yield f"{opened} act, {needed} requests that need one"
    if any(int(r["requests"]) * run.memory["organisation"]["request_bytes"] != int(r["request_bytes"])
           or r["requests"] != r["row_hits"] + r["row_misses"] + r["row_conflicts"] + r["queue_hits"] for r in mine):
        yield "requests do not add up"
    begin, end = int(row["start_cycle"]), int(row["start_cycle"] + row["total_cycles"])
    if any(run[name][end - 1] for name in run.channels("read_queue") + run.channels("write_queue")):
        yield "its requests are still queued as it ends"
    clocks = run.memory["timing"]["CWL"] + run.memory["timing"]["tBURST"]
    last = max((t for name in run.channels("wr") for t in range(begin, end) if run[name][t]), default=None)
    if last is not None and (end - last) * run.clock_ps < clocks * run.memory["clock_ps"]:
        yield f"it ends in cycle {end}, but data of its last wr, in cycle {last}, take {clocks} clocks"


def computed(values, unit, begin, end):
    """By counter of @unit, what it is in those cycles in which the unit computes."""
    states = [values[f"{unit}.{state}"] for state in COMPUTING if f"{unit}.{state}" in values]
    cycles = [t for t in range(begin, end) if any(state[t] for state in states)]
    buffers = [b for b in BUFFERS if (b == "vmem") == (unit == "simd_array")]
    names = [f"{unit}.{state}" for state in COMPUTING] + ["pe_array.active_pes", "simd_array.active_lanes",
                                                          "imm.read_bits", "instruction_memory.read_bits"]
    names += [f"{buffer}.{which}_bits" for buffer in buffers for which in ("read", "write")]
    return {name: [values[name][t] for t in cycles] for name in names if name in values}


def check_steps(run, row, layer, simulation):
    """Cut out the cycles in which the unit waits: what is left does not depend on the memory. (Only sums over batches
    drain while they wait for the next tile.)"""
    if layer.operation == "reduce_sum":
        return
    begin = int(row["start_cycle"])
    got = computed(run.values, layer.unit, begin, begin + int(row["total_cycles"]))
    expected = computed(simulation.counters, layer.unit, 0, simulation.now)
    for name, values in got.items():
        if values != expected.get(name, [0] * len(values)):
            yield f"{name} while {layer.unit} computes"


def check_run(tap, what, case):
    run = Run()
    wrong = [*check_states(run), *check_bits(run, case)]
    layers = list(case.layers())
    rows = [row for row in run.layers if row["unit"] != b"none"]
    for row, layer in zip(rows, layers, strict=True):
        counters = defaultdict(lambda: defaultdict(int))
        simulation = Simulation(case.machine, layer, case.pipeline, case.memory(), 0, counters)
        simulation.run()
        wrong += [f"{layer.operation}: {text}" for text in (*check_layer(run, row, layer, simulation),
                                                            *check_steps(run, row, layer, simulation))]
    tap.check(not wrong, f"{what}: {len(layers)} layers, {run.cycles} cycles", *wrong)
    return {name for name, values in run.values.items() if any(values)}


tap = Tap()
rng = random.Random(int(os.environ.get("SEED", "3")))
done = refused = 0
used = set()
with scratch() as directory:
    os.chdir(directory)
    while done < RUNS and refused < 10 * RUNS:
        case = Case(rng, shared=None, ports="1r1w", halves="separate")
        memory = MEMORIES[done % len(MEMORIES)]
        process = case.run("--dram", memory)
        if process.returncode != 0 or json.loads(process.stdout)["totals"]["total_cycles"] > MAX_CYCLES:
            refused += 1
            continue
        done += 1
        used |= check_run(tap, f"{memory}: {case.describe()}", case)
waits = {name.split(".")[1] for name in used if ".wait_" in name}
print(f"# {refused} others do not fit or take too long; waits: {' '.join(sorted(waits))}")
tap.check(done == RUNS and {"dram0.ref", "dram1.act", "dram0.pre", "dram0.read_queue", "dram0.write_queue"} <= used
          and len(waits) >= 10, "so many runs, refreshes, rows closed, queues, waits of many kinds", sorted(waits))
tap.done()
