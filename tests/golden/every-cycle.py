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

RUNS = 60
MAX_CYCLES = 20000  # they take a second
# What none of these runs can do: real DRAM, other operators, buffers that only one side writes; and what is
# compared otherwise.
UNUSED = re.compile(r"axi_\w+\.wait_(memory|queue|bus_\w+|refresh|turnaround|conflict|miss|latency)"
                    r"|pe_array\.stall_[wbi]\w+_bank|[wbi]buf\.(dma_read|write)_bits|axi_simd\.\w+_psum"
                    r"|simd_array\.(nop|op_(sub|mul|exp|log|inv_sqrt|cond_move|generic))|\w+\.halves_(taken|freed)")
NAMES = {"OW": "ow", "OH": "oh", "OC": "oc", "KW": "kw", "KH": "kh", "IC": "ic", "Batch": "n"}
VARIANTS = [("double", "separate"), ("single", "separate"), ("double", "shared"), ("single", "shared")]
WIDTHS = ("filter", "ifmap", "bias", "accumulator", "output")


def random_machine(rng, variant, pools):
    """With buffers little larger than they must be, so that layers have many tiles; some ports are narrow: a SIMD
    layer's loads alone then take longer than its computation, so that the port is never free for a store."""
    vmem, banks = variant
    vectors = rng.randint(49, 80) if pools else rng.randint(4, 30)
    rows, columns, halves = rng.randint(1, 4), rng.randint(1, 4), 1 + (vmem == "double")
    return {"ARRAY_N": rows, "ARRAY_M": columns, "WGT_DATA_WIDTH": 8, "ACT_DATA_WIDTH": 8, "BIAS_WIDTH": 32,
            "ACC_WIDTH": 32, "IBUF_CAPACITY_BITS": 16 * rows * rng.randint(225, 300),
            "WBUF_CAPACITY_BITS": 16 * rows * columns * rng.randint(9, 20),
            "OBUF_CAPACITY_BITS": 32 * columns * rng.randint(49, 80), "BBUF_CAPACITY_BITS": 64 * columns,
            "INST_MEM_CAPACITY_BITS": 8192, "INST_MEM_AXI_DATA_WIDTH": 64,
            "IBUF_AXI_DATA_WIDTH": rng.choice((8, rng.randint(3, 100))),
            "PARAMBUF_AXI_DATA_WIDTH": rng.choice((3, rng.randint(3, 60))),
            "OBUF_AXI_DATA_WIDTH": rng.choice((8, rng.randint(8, 200))), "SIMD_INST_MEM_ADDR_WIDTH": 8,
            "SIMD_VMEM_CAPACITY_BITS": 32 * columns * vectors * halves,
            "SIMD_AXI_DATA_WIDTH": rng.choice((20 * columns, rng.randint(20, 400))), "vmem_buffering": vmem,
            "sram_halves": banks}


def random_network(rng, machine, pools):
    size, kernel = rng.randint(4, 10), rng.randint(1, 4)
    channels = [rng.randint(1, 3 * machine["ARRAY_N"]), rng.randint(1, 3 * machine["ARRAY_M"])]
    layers = [{"name": "c", "operation": rng.choice(("conv", "conv_bias")), "inputs": ["x"], "channels": channels[1],
               "kernel": kernel, "stride": rng.randint(1, 2), "pad": rng.randint(0, 1)},
              {"name": "r", "operation": "relu", "inputs": ["c"]}]
    if rng.random() < 0.5:
        layers.append({"name": "a", "operation": "elem_add", "inputs": ["c", "r"]})
    if pools:
        operation = rng.choice(("max_pool", "avg_pool", "global_avg_pool"))
        layers.append({"name": "p", "operation": operation, "inputs": [layers[-1]["name"]]})
        if operation != "global_avg_pool":
            layers[-1].update(kernel=rng.randint(1, 2), stride=rng.randint(1, 2))
    layers.append({"name": "f", "operation": "flatten", "inputs": [layers[-1]["name"]]})
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


def expanded(begin, end):
    """Every counter in the cycles from @begin to before @end, by name; None: 0 throughout."""
    tool = os.environ.get("EXPAND_COUNTERS", os.path.join(ROOT, "build/tests/expand-counters"))
    text = subprocess.run([tool, "run.h5", str(begin), str(end)], capture_output=True, text=True, check=True).stdout
    rows = (line.split(",") for line in text.splitlines())
    return {row[0]: [int(value) for value in row[1:]] or None for row in rows}


def shown(name, begin, end):
    """The same of one counter, as `simdit counters` prints it."""
    text = run("counters", "run.h5", "--counter", name, "--from", begin, "--to", end, "--format", "csv").stdout
    return [int(line.split(",")[1]) for line in text.splitlines()[1:]]


def difference(name, got, expected, begin):
    at = next((t for t, pair in enumerate(zip(got, expected)) if pair[0] != pair[1]), min(len(got), len(expected)))
    return f"{name} from cycle {begin + at} on: {got[at:at + 12]}, expected {expected[at:at + 12]}"


def compare(counters, begin, end):
    """What differs in a window, which may reach beyond the end of the run: nothing happens there."""
    got, nothing = expanded(begin, end), [0] * (end - begin)
    for name in sorted(set(counters) - set(got)):
        yield f"there is no counter {name}"
    for name, values in got.items():
        expected = (counters[name][begin:end] if name in counters else []) or nothing
        expected = expected + nothing[len(expected):]
        if not name.endswith((".halves_taken", ".halves_freed")) and (values or nothing) != expected:
            yield difference(name, values or nothing, expected, begin)
    yield from compare_changes(counters, got, begin, end)


def compare_changes(counters, got, begin, end):
    """Halves taken less halves freed follow from how many are occupied. What is freed as the run ends is in no
    cycle of it."""
    for buffer in (name.split(".")[0] for name in got if name.endswith(".occupied_halves")):
        occupied = counters.get(f"{buffer}.occupied_halves", [0])
        end = min(end, len(occupied))
        taken, freed = (got[f"{buffer}.halves_{which}"] or [0] * (end - begin) for which in ("taken", "freed"))
        changes = [b - a for a, b in zip([0] + occupied, occupied)][begin:end]
        if [a - b for a, b in zip(taken, freed)][:len(changes)] != changes:
            yield f"{buffer}: changes"


def compare_overview(counters, cycles):
    with h5py.File("run.h5") as file:
        group = file["counters"]
        names = [name.decode() for name in group["names"]["name"]]
        bins, width = group["overview"][:].tolist(), int(group["overview"].attrs["bin_cycles"])
    for name, got in zip(names, bins):
        values = counters.get(name, [])
        if name.endswith((".halves_taken", ".halves_freed")):
            continue
        if got != [sum(values[at:at + width]) for at in range(0, cycles, width)]:
            yield f"{name}: its overview"


def check_run(tap, what, rng, counters, cycles):
    begin = rng.randrange(cycles)
    end = rng.choice((cycles, min(begin + rng.randint(1, 1000), cycles)))
    wrong = [*compare(counters, 0, cycles + 50), *compare(counters, begin, end), *compare_overview(counters, cycles)]
    for name in rng.sample(sorted(counters), 2):
        got, expected = shown(name, begin, end), counters[name][begin:end]
        if got != expected:
            wrong.append("counters: " + difference(name, got, expected, begin))
    busy = sum(any(values) for values in counters.values())
    tap.check(not wrong, f"{what}: {busy} counters are not 0; also in cycles {begin} to {end} by themselves", *wrong)


tap = Tap()
rng = random.Random(int(os.environ.get("SEED", "2")))
done = refused = 0
used = set()
with scratch() as directory:
    os.chdir(directory)
    while done < RUNS:
        pools = done % 3 > 0
        machine = random_machine(rng, VARIANTS[done // 2 % len(VARIANTS)], pools)
        network = random_network(rng, machine, pools)
        batch, pipeline = rng.randint(1, 2), ("decoupled", "lockstep")[done % 2]
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
    names = set(expanded(0, 1))
print(f"# {refused} others do not fit or take too long")
never = sorted(name for name in names - used if not UNUSED.fullmatch(name))
tap.check(done == RUNS and not never, "so many runs, and every counter was used", refused, never)
tap.done()
