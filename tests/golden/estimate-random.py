#!/usr/bin/env python3
"""`estimate --compat` of random layers on random machines, against the document's formulas.

The reference runs do not reach every corner: lanes that do not divide 64, a GEMM of less than two
tiles, products whose order of factors decides a rounding. SEED in the environment repeats a run.
"""

import csv
import io
import json
import os
import random
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
from reference import Tap, run, scratch  # noqa: E402
from transcription import SIMD, estimate, is_systolic  # noqa: E402

PROGRAMS, LAYERS = 150, 80
FUSED_PAIRS = [("conv", "relu"), ("conv", "elem_add"), ("conv_bias", "mean_var"),
               ("conv", "sgd4d"), ("gemm", "sgd2d"), ("gemm_no_bias", "sgd2d")]
INFERENCE_ONLY = ["relu", "elem_add", "max_pool", "avg_pool", "global_avg_pool", "softmax",
                  "roialign"]
SYSTOLIC = ["conv", "conv_bias", "gemm", "gemm_no_bias"]
EXTENTS = [1, 2, 3, 4, 6, 7, 8, 12, 14, 28, 30, 56]

tap = Tap()
seed = int(os.environ.get("SEED", random.SystemRandom().randrange(1 << 32)))
rng = random.Random(seed)
print(f"# SEED={seed}")


def random_machine():
    """Each buffer holds the smallest tile the generator accepts, or somewhat more."""
    rows, columns = rng.randint(3, 130), rng.randint(3, 130)
    weight, activation, psum = rng.choice([4, 5, 8, 16]), rng.choice([4, 8, 16]), 32

    def size(least):
        return int(least * rng.choice([1, 1.3, 2, 4, 10]))

    def width():
        return rng.choice([32, 64, 72, 100, 128, 256, 512, 1000])
    return {"ARRAY_N": rows, "ARRAY_M": columns, "WGT_DATA_WIDTH": weight,
            "ACT_DATA_WIDTH": activation, "BIAS_WIDTH": 32, "ACC_WIDTH": psum,
            "WBUF_CAPACITY_BITS": size(2 * columns * rows * 9 * weight),
            "IBUF_CAPACITY_BITS": size(2 * rows * 225 * activation),
            "OBUF_CAPACITY_BITS": size(columns * 49 * psum),
            "BBUF_CAPACITY_BITS": size(2 * columns * 32),
            "SIMD_VMEM_CAPACITY_BITS": size(50 * columns * psum),
            "IBUF_AXI_DATA_WIDTH": width(), "PARAMBUF_AXI_DATA_WIDTH": width(),
            "OBUF_AXI_DATA_WIDTH": width(), "SIMD_AXI_DATA_WIDTH": width()}


def random_dimensions(operation, training):
    extent, kernel = rng.choice(EXTENTS), rng.choice([1, 2, 3])
    channels = [rng.randint(1, rng.choice([64, 1000, 3000])) for _ in range(2)]
    if operation.startswith("conv"):
        kernel = rng.choice([1, 2, 3, 5, 7, 11])
        return {"OC": channels[0], "N": rng.choice([1, 1, 3, 16]) if training else 1,
                "IC": channels[1], "KH": kernel, "KW": kernel, "OH": extent, "OW": extent}
    if operation.startswith("gemm"):
        return {"P": channels[0], "N": channels[1], "M": rng.choice([1, 1, 9]) if training else 1}
    if operation in ("softmax", "roialign"):
        return {}
    if operation.startswith("global"):
        return {"C": channels[0], "N": 1, "OH": 1, "OW": 1, "IH": kernel + 4, "IW": kernel + 4}
    if "pool" in operation:
        return {"C": channels[0], "N": 1, "KH": kernel, "KW": kernel, "OH": extent, "OW": extent}
    if operation == "sgd1d":
        return {"C": channels[0]}
    if operation in ("sgd2d", "reduce_sum"):
        return {"C": channels[0], "N": channels[1]}
    return {"C": channels[0], "N": channels[1] if operation == "sgd4d" else 1, "H": extent,
            "W": extent}


def random_layer(operation, training):
    unit = "pe_array" if is_systolic(operation) else "SIMD"
    tensor = {"data_path": ["DRAM", "buffer", unit]}
    stride = rng.choice([1, 1, 2, 3])
    return {"operation": operation, "iterable_dimensions": random_dimensions(operation, training),
            "operation_parameters": {"stride": stride, "sx": stride},
            "inputs": [tensor] * (1 if operation == "reduce_sum" else 2),
            "outputs": [{"data_path": [unit, "buffer", "DRAM"]}]}


def random_program(training, fused):
    if fused:
        pairs = FUSED_PAIRS if training else FUSED_PAIRS[:2]
        operations = [o for _ in range(LAYERS // 2) for o in rng.choice(pairs)]
    else:
        known = SYSTOLIC + (list(SIMD) if training else INFERENCE_ONLY)
        operations = [rng.choice(known) for _ in range(LAYERS)]
    return {"mode": "training" if training else "inference",
            "program": [random_layer(o, training) for o in operations]}


def order_of_factors():
    """N first or OH first: the products differ in the last bit, their ceilings by one."""
    machine = dict(random_machine(), ARRAY_M=64, SIMD_VMEM_CAPACITY_BITS=2432 * 49 * 32)
    layer = random_layer("sgd4d", True)
    layer["iterable_dimensions"] = {"C": 2496, "N": 5, "H": 49, "W": 49}
    return machine, {"mode": "training", "program": [layer]}


def compare(machine_path, spec_path, machine, spec, fused, batch):
    """Returns the number of layers, and what is wrong with them."""
    process = run("estimate", "--compat", "--format", "csv", "--hw", machine_path, "--net",
                  spec_path, "--batch", batch, *(["--fuse"] if fused else []))
    if process.returncode != 0:
        return 0, [] if "no tile fits" in process.stderr else [process.stderr]
    tiles = subprocess.run([os.environ["DUMP_TILES"], machine_path, spec_path, str(batch)],
                           capture_output=True, text=True, check=True).stdout
    got = list(csv.reader(io.StringIO(process.stdout)))
    wrong = []
    for row, layer in zip(got[1:], csv.DictReader(io.StringIO(tiles)), strict=True):
        expected = estimate(machine, layer, spec["mode"] == "training", fused)
        wrong += [f"layer {layer['layer']} {layer['operation']}: {name} is {text}, expected {e!r}"
                  for name, text, e in zip(got[0][1:], row[1:], expected, strict=True)
                  if abs(float(text) - e) > 1e-9 * max(abs(float(text)), abs(e))]
    return len(got) - 1, wrong


n_layers = 0
with scratch() as directory:
    paths = [os.path.join(directory, name) for name in ("machine.json", "spec.json")]
    for number in range(PROGRAMS):
        is_training, is_fused = rng.random() < 0.7, rng.random() < 0.3
        definitions = [random_machine(), random_program(is_training, is_fused)]
        if number == 0:
            is_fused, definitions = False, order_of_factors()
        for path, value in zip(paths, definitions):
            with open(path, "w") as file:
                json.dump(value, file)
        n, differences = compare(*paths, *definitions, is_fused, rng.choice([1, 1, 2, 3, 5, 8, 32]))
        n_layers += n
        tap.check(not differences, f"program {number}: {n} layers", *differences)
tap.check(n_layers > PROGRAMS * LAYERS / 2, f"{n_layers} layers were compared (SEED={seed})")
tap.done()
