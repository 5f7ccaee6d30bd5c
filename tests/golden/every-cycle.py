#!/usr/bin/env python3
"""Every counter of random small networks on random small machines, in every cycle, against a machine that is stepped
through them (helpers/stepped)."""

import csv
import json
import os
import random
import re
import subprocess
import sys
from collections import defaultdict

import h5py

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
from reference import ROOT, Tap, run, scratch  # noqa: E402
from stepped.layers import Layer  # noqa: E402
from stepped.machine import BUFFERS, Simulation  # noqa: E402
from stepped.memory import Ideal, Shared  # noqa: E402

RUNS = 80
MAX_CYCLES = 12000  # they take a second
# What none of these runs can do: real DRAM, buffers that only one side writes, and a wait that belongs to a buffer
# that another one has before; and what is compared otherwise.
UNUSED = re.compile(r"axi_\w+\.wait_(queue|bus_\w+|refresh|turnaround|conflict|miss|latency)"
                    r"|[wbi]buf\.(dma_read|write)_bits|\w+\.halves_(taken|freed)")
NAMES = {"OW": "ow", "OH": "oh", "OC": "oc", "KW": "kw", "KH": "kh", "IC": "ic", "Batch": "n"}
WIDTHS = ("filter", "ifmap", "bias", "accumulator", "output")
EXPANSIONS, OPTIMIZERS = ("full", "simdit"), ("sgd", "momentum", "adam")


class Case:
    """A run: random but for what keyword arguments say."""

    def __init__(self, rng, **given):
        self.rng = rng
        self.training = rng.random() < 0.3
        self.perceptron = rng.random() < 0.1  # no convolution, and batches of several tiles
        self.pools = rng.random() < 0.6
        self.classes = rng.random() < 0.1  # so many that softmax needs two tiles
        self.pipeline = rng.choice(("decoupled", "lockstep"))
        self.vmem = rng.choice(("double", "single"))
        self.ports, self.halves = rng.choice(("1r1w", "1r1w", "1rw", "2rw")), rng.choice(("separate", "shared"))
        self.narrow, self.deep = rng.random() < 0.5, rng.random() < 0.1
        self.shared = None if rng.random() < 0.5 else self.random_channel()
        self.expansion = 0 if rng.random() < 0.8 else 1
        self.optimizer, self.decay = (rng.randrange(3), rng.randrange(2)) if self.expansion == 0 else (0, 0)
        self.__dict__.update(given)
        self.batch = rng.randint(3, 9) if self.perceptron else rng.randint(1, 2)
        self.machine = self.random_machine()
        self.network = self.random_network()

    def random_channel(self):
        rng = self.rng
        channel = {"width": rng.choice((rng.randint(1, 40), rng.randint(1, 400))),
                   "latency": rng.choice((0, rng.randint(1, 30)))}
        if rng.random() < 0.5:
            channel.update({port: rng.randint(1, 4) for port in ("param", "ibuf", "obuf", "simd")})
        return channel

    def random_machine(self):
        """With buffers little larger than they must be, so that layers have many tiles; some ports are narrow: a SIMD
        layer's loads alone then take longer than its computation, so that the port is never free for a store."""
        rng = self.rng
        rows, columns = rng.randint(1, 4), rng.randint(1, 4)
        self.vectors = rng.randint(50, 80) if self.pools else rng.randint(4, 8 if self.classes else 30)
        halves = 2 if self.vmem == "double" else 1
        return {"ARRAY_N": rows, "ARRAY_M": columns, "WGT_DATA_WIDTH": 8, "ACT_DATA_WIDTH": 8, "BIAS_WIDTH": 32,
                "ACC_WIDTH": 32, "IBUF_CAPACITY_BITS": 16 * rows * rng.randint(225, 300),
                "WBUF_CAPACITY_BITS": 16 * rows * columns * rng.randint(9, 20),
                "OBUF_CAPACITY_BITS": 32 * columns * rng.randint(49, 80), "BBUF_CAPACITY_BITS": 64 * columns,
                "IBUF_AXI_DATA_WIDTH": 100 if self.deep else rng.choice((8, rng.randint(3, 100))),
                "PARAMBUF_AXI_DATA_WIDTH": 60 if self.deep else rng.choice((3, rng.randint(3, 60))),
                "OBUF_AXI_DATA_WIDTH": rng.randint(8, 16 if self.deep else 200),
                "SIMD_VMEM_CAPACITY_BITS": 32 * columns * self.vectors * halves,
                "SIMD_AXI_DATA_WIDTH": 20 * columns if self.narrow else rng.randint(20, 400),
                "vmem_buffering": self.vmem, "sram_ports": self.ports, "sram_halves": self.halves}

    def random_network(self):
        rng, size = self.rng, self.rng.randint(3, 5) if self.training else self.rng.randint(9 if self.deep else 4, 10)
        channels = [rng.randint(1, (2 if self.training else 3) * self.machine[key]) for key in ("ARRAY_N", "ARRAY_M")]
        layers = [{"name": "c", "operation": rng.choice(("conv", "conv_bias")), "inputs": ["x"],
                   "channels": channels[1], "kernel": 4 if self.deep else rng.randint(1, min(size, 4)),
                   "stride": 1 if self.deep else rng.randint(1, 2), "pad": rng.randint(0, 1)}]
        if rng.random() < 0.5:
            layers[0]["batch_norm"] = False
        layers.append({"name": "r", "operation": "relu", "inputs": ["c"]})
        if rng.random() < 0.5:
            layers.append({"name": "a", "operation": "elem_add", "inputs": ["c", "r"]})
        if self.pools:
            self.add_pool(layers)
        layers.append({"name": "f", "operation": "flatten", "inputs": [layers[-1]["name"]]})
        if self.perceptron:
            size, layers = 1, [{"name": "f", "operation": "flatten", "inputs": ["x"]},
                               {"name": "h", "operation": "gemm", "inputs": ["f"], "channels": rng.randint(1, 9)},
                               {"name": "r", "operation": "relu", "inputs": ["h"]}]
        outputs = rng.randint(1, 9)
        if self.classes:
            outputs = self.machine["ARRAY_M"] * rng.randint(self.vectors + 1, 2 * self.vectors)
        layers.append({"name": "g", "operation": "gemm", "inputs": [layers[-1]["name"]], "channels": outputs})
        if self.classes or rng.random() < 0.5:
            layers.append({"name": "s", "operation": "softmax", "inputs": ["g"]})
        return {"format": "simdit-network", "version": 1, "inputs": {"x": [channels[0], size, size]}, "layers": layers}

    def add_pool(self, layers):
        operation = self.rng.choice(("max_pool", "avg_pool", "global_avg_pool"))
        layers.append({"name": "p", "operation": operation, "inputs": [layers[-1]["name"]]})
        if operation != "global_avg_pool":
            layers[-1].update(kernel=self.rng.randint(1, 2), stride=self.rng.randint(1, 2))

    def arguments(self):
        words = ["--hw", "./machine.json", "--net", "./network.json", "--batch", self.batch]
        words += ["--pipeline", self.pipeline]
        if self.shared is not None:
            words += ["--dram", "shared:" + ",".join(f"{key}={value}" for key, value in self.shared.items())]
        if self.training:
            words += ["--phase", "training", "--expand", EXPANSIONS[self.expansion], "--optimizer",
                      OPTIMIZERS[self.optimizer]] + ["--weight-decay"] * self.decay
        return words

    def describe(self):
        m = self.machine
        what = "+".join(layer["operation"] for layer in self.network["layers"])
        if self.training:
            what += (f" trained ({EXPANSIONS[self.expansion]}) by {OPTIMIZERS[self.optimizer]}"
                     + " with decay" * self.decay)
        memory = " ".join(f"{key} {value}" for key, value in (self.shared or {"ideal": "DRAM"}).items())
        return (f"{m['ARRAY_N']}x{m['ARRAY_M']} {self.pipeline}, {self.vmem} VMEM, {self.ports}, {self.halves} halves, "
                f"{memory}, batch {self.batch}, {what}")

    def layers(self):
        """As they are tiled (golden/tiles.py checks that)."""
        dump = os.environ.get("DUMP_TILES", os.path.join(ROOT, "build/tests/dump-tiles"))
        more = [self.expansion, self.optimizer, self.decay] if self.training else []
        text = subprocess.run([dump, "./machine.json", "./network.json", str(self.batch), *map(str, more)],
                              capture_output=True, text=True, check=True).stdout
        for row in csv.DictReader(text.splitlines()):
            yield Layer(row["operation"], {NAMES[key]: int(row[key]) for key in NAMES},
                        {name: int(row[f"DTile_{'batch' if name == 'n' else name}"]) for name in NAMES.values()},
                        {key: int(row[f"bw_{key}"]) for key in WIDTHS}, int(row["stride"]), self.training)

    def memory(self):
        if self.shared is None:
            return Ideal()
        weights = {f"axi_{key}": value for key, value in self.shared.items() if key not in ("width", "latency")}
        return Shared(self.shared["width"], self.shared["latency"], weights)

    def step_through(self):
        """All counters of all layers, one after the other, and cycles; None: too many."""
        counters, cycles = defaultdict(lambda: defaultdict(int)), 0
        for layer in self.layers():
            cycles = Simulation(self.machine, layer, self.pipeline, self.memory(), cycles, counters).run()
            if cycles > MAX_CYCLES:
                return None
        return {name: [values[t] for t in range(max(cycles, max(values) + 1))]
                for name, values in counters.items()}, cycles


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


def compare(counters, cycles, begin, end):
    """What differs in a window, which may reach beyond the end of the run: nothing happens there."""
    got, nothing = expanded(begin, end), [0] * (end - begin)
    for name in sorted(set(counters) - set(got)):
        yield f"there is no counter {name}"
    for name, values in got.items():
        expected = (counters[name][begin:end] if name in counters else []) or nothing
        expected = expected + nothing[len(expected):]
        if not is_change(name) and (values or nothing) != expected:
            yield difference(name, values or nothing, expected, begin)
    yield from compare_changes(counters, cycles, got, begin, end)


def is_change(name):
    return name.endswith((".halves_taken", ".halves_freed"))


def changes_of(counters, cycles):
    """By buffer, halves taken less halves freed in each cycle: they follow from how many are occupied. What is freed
    as the run ends is in no cycle of it."""
    for buffer in BUFFERS:
        occupied = (counters.get(f"{buffer}.occupied_halves", []) + [0] * cycles)[:cycles]
        yield buffer, [b - a for a, b in zip([0] + occupied, occupied)]


def compare_changes(counters, cycles, got, begin, end):
    nothing = [0] * (end - begin)
    for buffer, changes in changes_of(counters, cycles):
        taken, freed = (got[f"{buffer}.halves_{which}"] or nothing for which in ("taken", "freed"))
        if [a - b for a, b in zip(taken, freed)] != (changes + nothing)[begin:end]:
            yield f"{buffer}: halves taken and freed"


def compare_overview(counters, cycles):
    with h5py.File("run.h5") as file:
        group = file["counters"]
        names = [name.decode() for name in group["names"]["name"]]
        bins, width = group["overview"][:].tolist(), int(group["overview"].attrs["bin_cycles"])
    bins = dict(zip(names, bins))
    expected = {name: counters.get(name, []) for name in names if not is_change(name)}
    for buffer, changes in changes_of(counters, cycles):
        expected[buffer] = changes
        bins[buffer] = [a - b for a, b in zip(*(bins[f"{buffer}.halves_{which}"] for which in ("taken", "freed")))]
    for name, values in expected.items():
        values = values + [0] * (cycles - len(values))
        if bins[name] != (values if width == 1 else [sum(values[at:at + width]) for at in range(0, cycles, width)]):
            yield f"{name}: its overview"


def check_run(tap, what, rng, counters, cycles):
    begin = rng.randrange(cycles)
    end = rng.choice((cycles, min(begin + rng.randint(1, 1000), cycles)))
    wrong = [*compare(counters, cycles, 0, cycles + 50), *compare(counters, cycles, begin, end),
             *compare_overview(counters, cycles)]
    for name in rng.sample(sorted(counters), 2):
        got, expected = shown(name, begin, end), counters[name][begin:end]
        if got != expected:
            wrong.append("counters: " + difference(name, got, expected, begin))
    busy = sum(any(values) for values in counters.values())
    tap.check(not wrong, f"{what}: {busy} counters are not 0; also in cycles {begin} to {end} by themselves", *wrong)


# Of these some are what it takes to see a rule at work: SIMD loads that must not overtake stores; psums that come back;
# what one pass leaves for the next; sums over batches.
RARE = [{"training": False, "perceptron": False, "pools": False, "pipeline": "decoupled", "vmem": "double",
         "shared": None, "narrow": True, "deep": False}] * 10
RARE += [{"training": False, "perceptron": False, "pipeline": "decoupled", "shared": None, "deep": True}] * 4
RARE += [{"training": True, "perceptron": False, "pools": False, "pipeline": "decoupled", "vmem": "double"}] * 8
RARE += [{"training": False, "pools": False, "classes": True, "pipeline": "decoupled", "vmem": "double"}] * 4
RARE += [{"training": True, "perceptron": True, "pools": False}] * 5
tap = Tap()
rng = random.Random(int(os.environ.get("SEED", "2")))
done = refused = 0
used = set()
with scratch() as directory:
    os.chdir(directory)
    while done < RUNS and refused < 20 * RUNS:
        case = Case(rng, **(RARE[done] if done < len(RARE) else {}))
        json.dump(case.machine, open("machine.json", "w"))
        json.dump(case.network, open("network.json", "w"))
        process = run("run", *case.arguments(), "-o", "run.h5", "--format", "json")
        stepped = case.step_through() if process.returncode == 0 else None
        if stepped is None:  # does not fit, or takes too long
            refused += 1
            continue
        counters, cycles = stepped
        done += 1
        used |= {name for name, values in counters.items() if any(values)}
        what = f"{case.describe()}, {cycles} cycles"
        if tap.equal(json.loads(process.stdout)["totals"]["total_cycles"], cycles, f"{what}: cycles"):
            check_run(tap, what, rng, counters, cycles)
    names = set(expanded(0, 1))
print(f"# {refused} others do not fit or take too long")
never = sorted(name for name in names - used if not UNUSED.fullmatch(name))
tap.check(done == RUNS and not never, "so many runs, and every counter was used", refused, never)
tap.done()
