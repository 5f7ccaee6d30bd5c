"""Random small machines and networks, run by the program and layer by layer in the stepped machine."""

import csv
import json
import os
import subprocess

from reference import ROOT, run
from stepped.layers import Layer
from stepped.memory import Ideal, Shared

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

    def run(self, *more):
        """Writes the definitions and run.h5 to the working directory; returns the process."""
        for name, what in (("machine.json", self.machine), ("network.json", self.network)):
            with open(name, "w", encoding="utf-8") as file:
                json.dump(what, file)
        return run("run", *self.arguments(), *more, "-o", "run.h5", "--format", "json")

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


def expanded(begin, end):
    """Every counter in the cycles from @begin to before @end, by name; None: 0 throughout."""
    tool = os.environ.get("EXPAND_COUNTERS", os.path.join(ROOT, "build/tests/expand-counters"))
    text = subprocess.run([tool, "run.h5", str(begin), str(end)], capture_output=True, text=True, check=True).stdout
    rows = (line.split(",") for line in text.splitlines())
    return {row[0]: [int(value) for value in row[1:]] or None for row in rows}
