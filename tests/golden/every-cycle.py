#!/usr/bin/env python3
"""Every counter of random small networks on random small machines, in every cycle of random windows,
against a machine that is stepped through them (helpers/machine.py)."""

import csv
import json
import os
import random
import re
import subprocess
import sys

import h5py

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
from machine import Layer, Simulation  # noqa: E402
from reference import ROOT, Tap, run, scratch  # noqa: E402

RUNS = 24
MAX_CYCLES = 20000  # they take a second
# What none of these runs can do: real DRAM, other operators, buffers that only one side writes; and what is
# compared otherwise.
UNUSED = re.compile(r"axi_\w+\.wait_(memory|queue|bus_\w+|refresh|turnaround|conflict|miss|latency)"
                    r"|pe_array\.stall_[wbi]\w+_bank|[wbi]buf\.(dma_read|write)_bits|axi_simd\.\w+_psum"
                    r"|simd_array\.(nop|op_(sub|mul|exp|log|inv_sqrt|cond_move|generic))|\w+\.halves_(taken|freed)")
NAMES = {"OW": "ow", "OH": "oh", "OC": "oc", "KW": "kw", "KH": "kh", "IC": "ic", "Batch": "n"}
WIDTHS = ("filter", "ifmap", "bias", "accumulator", "output")


def random_machine(rng):
    """With buffers little larger than they must be, so that layers have many tiles; some ports are narrow."""
    rows, columns, halves = rng.randint(1, 4), rng.randint(1, 4), rng.choice((1, 2))
    return {"ARRAY_N": rows, "ARRAY_M": columns, "WGT_DATA_WIDTH": 8, "ACT_DATA_WIDTH": 8, "BIAS_WIDTH": 32,
            "ACC_WIDTH": 32, "IBUF_CAPACITY_BITS": 16 * rows * rng.randint(225, 300),
            "WBUF_CAPACITY_BITS": 16 * rows * columns * rng.randint(9, 20),
            "OBUF_CAPACITY_BITS": 32 * columns * rng.randint(49, 80), "BBUF_CAPACITY_BITS": 64 * columns,
            "INST_MEM_CAPACITY_BITS": 8192, "INST_MEM_AXI_DATA_WIDTH": 64,
            "IBUF_AXI_DATA_WIDTH": rng.choice((8, rng.randint(3, 100))),
            "PARAMBUF_AXI_DATA_WIDTH": rng.choice((3, rng.randint(3, 60))),
            "OBUF_AXI_DATA_WIDTH": rng.choice((8, rng.randint(8, 200))), "SIMD_INST_MEM_ADDR_WIDTH": 8,
            "SIMD_VMEM_CAPACITY_BITS": 32 * columns * rng.randint(49, 80) * halves,
            "SIMD_AXI_DATA_WIDTH": rng.randint(20, 400), "vmem_buffering": ("single", "double")[halves - 1],
            "sram_halves": rng.choice(("separate", "shared"))}


def random_network(rng, machine):
    size, kernel = rng.randint(4, 10), rng.randint(1, 4)
    channels = [rng.randint(1, 3 * machine["ARRAY_N"]), rng.randint(1, 3 * machine["ARRAY_M"])]
    layers = [{"name": "c", "operation": rng.choice(("conv", "conv_bias")), "inputs": ["x"], "channels": channels[1],
               "kernel": kernel, "stride": rng.randint(1, 2), "pad": rng.randint(0, 1)},
              {"name": "r", "operation": "relu", "inputs": ["c"]}]
    if rng.random() < 0.5:
        layers.append({"name": "a", "operation": "elem_add", "inputs": ["c", "r"]})
    operation = rng.choice(("max_pool", "avg_pool", "global_avg_pool"))
    layers.append({"name": "p", "operation": operation, "inputs": [layers[-1]["name"]]})
    if operation != "global_avg_pool":
        layers[-1].update(kernel=rng.randint(1, 2), stride=rng.randint(1, 2))
    layers.append({"name": "f", "operation": "flatten", "inputs": ["p"]})
    layers.append({"name": "g", "operation": "gemm", "inputs": ["f"], "channels": rng.randint(1, 9)})
    return {"format": "simdit-network", "version": 1, "inputs": {"x": [channels[0], size, size]}, "layers": layers}


def layers_of(network, batch):
    """As they are tiled (golden/tiles.py checks that), by number."""
    dump = os.environ.get("DUMP_TILES", os.path.join(ROOT, "build/tests/dump-tiles"))
    text = subprocess.run([dump, "./machine.json", "./network.json", str(batch)], capture_output=True, text=True,
                          check=True).stdout
    for row in csv.DictReader(text.splitlines()):
        stride = network["layers"][int(row["layer"])].get("stride", 1)
        yield Layer(row["operation"], {NAMES[key]: int(row[key]) for key in NAMES},
                    {name: int(row[f"DTile_{'batch' if name == 'n' else name}"]) for name in NAMES.values()},
                    {key: int(row[f"bw_{key}"]) for key in WIDTHS}, stride)


def step_through(machine, network, batch, pipeline):
    """All counters of all layers, one after the other; steps of each unit, for the record."""
    counters, cycles, steps = {}, 0, 0
    for layer in layers_of(network, batch):
        simulation = Simulation(machine, layer, pipeline)
        length = simulation.run()
        for name, values in simulation.counters.items():
            whole = counters.setdefault(name, [])
            whole += [0] * (cycles + len(values) - len(whole))
            for t, value in enumerate(values):
                whole[cycles + t] += value
        cycles, steps = cycles + length, steps + len(layer.steps)
        if cycles > MAX_CYCLES:
            return None
    return {name: (values + [0] * (cycles - len(values)))[:cycles] for name, values in counters.items()}, cycles, steps


def changes_of(counters, cycles):
    """halves_taken less halves_freed of each cycle follow from how many are occupied."""
    for name in [name for name in counters if name.endswith(".occupied_halves")]:
        values = counters[name]
        yield name.split(".")[0], [b - a for a, b in zip([0] + values, values)]


def shown(name, begin, end):
    text = run("counters", "run.h5", "--counter", name, "--from", begin, "--to", end, "--format", "csv").stdout
    return [int(line.split(",")[1]) for line in text.splitlines()[1:]]


def check_run(tap, what, rng, counters, cycles):
    names = [line.split(",")[0] for line in run("counters", "run.h5", "--format", "csv").stdout.splitlines()[1:]]
    begin = rng.choice((0, rng.randrange(cycles)))
    end = rng.choice((cycles, min(begin + rng.randint(1, 1000), cycles)))
    wrong, unused, busy = [], [], 0
    for name in names:
        if name.endswith((".halves_taken", ".halves_freed")):
            continue
        if name not in counters and not rng.random() < 0.1:
            unused.append(name)
            continue
        got, expected = shown(name, begin, end), counters.get(name, [0] * cycles)[begin:end]
        busy += any(expected)
        if got != expected:
            at = next((t for t, pair in enumerate(zip(got, expected)) if pair[0] != pair[1]), min(len(got), len(expected)))
            wrong.append(f"{name} from cycle {begin + at} on: {got[at:at + 12]}, expected {expected[at:at + 12]}")
    for buffer, changes in changes_of(counters, cycles):
        taken, freed = (shown(f"{buffer}.halves_{which}", begin, end) for which in ("taken", "freed"))
        if [a - b for a, b in zip(taken, freed)] != changes[begin:end]:
            wrong.append(f"{buffer}: changes")
    unknown = sorted(set(counters) - set(names))
    with h5py.File("run.h5") as file:
        wrong += [f"{name} is not always 0" for name in unused if file["counters/overview"][names.index(name)].any()]
    tap.check(not wrong and not unknown, f"{what}: {len(names)} counters ({busy} not 0) in cycles {begin} to {end}",
              unknown, *wrong)


tap = Tap()
rng = random.Random(int(os.environ.get("SEED", "2")))
done = refused = 0
used = set()
with scratch() as directory:
    os.chdir(directory)
    while done < RUNS:
        machine = random_machine(rng)
        network = random_network(rng, machine)
        batch, pipeline = rng.randint(1, 2), rng.choice(("lockstep", "decoupled"))
        json.dump(machine, open("machine.json", "w"))
        json.dump(network, open("network.json", "w"))
        process = run("run", "--hw", "./machine.json", "--net", "./network.json", "--batch", batch, "--pipeline",
                      pipeline, "-o", "run.h5", "--format", "json")
        stepped = step_through(machine, network, batch, pipeline) if process.returncode == 0 else None
        if stepped is None:  # does not fit, or takes too long
            refused += 1
            if refused > 20 * RUNS:
                break
            continue
        counters, cycles, steps = stepped
        done += 1
        used |= {name for name, values in counters.items() if any(values)}
        what = (f"{machine['ARRAY_N']}x{machine['ARRAY_M']} {pipeline}, {machine['vmem_buffering']} VMEM, "
                f"{machine['sram_halves']} halves, batch {batch}, "
                f"{'+'.join(layer['operation'] for layer in network['layers'])}, {steps} steps, {cycles} cycles")
        if tap.equal(json.loads(process.stdout)["totals"]["total_cycles"], cycles, f"{what}: cycles"):
            check_run(tap, what, rng, counters, cycles)
    names = {line.split(",")[0] for line in run("counters", "run.h5", "--format", "csv").stdout.splitlines()[1:]}
print(f"# {refused} others do not fit or take too long")
never = sorted(name for name in names - used if not UNUSED.fullmatch(name))
tap.check(done == RUNS and not never, "so many runs, and every counter was used", refused, never)
tap.done()
