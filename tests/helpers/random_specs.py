"""Random machines and SimDIT specs, and what `estimate --compat` makes of them."""

import csv
import io
import json
import os
import random

from reference import run
from transcription import is_systolic

SYSTOLIC = ["conv", "conv_bias", "gemm", "gemm_no_bias"]
INFERENCE_ONLY = ["relu", "elem_add", "max_pool", "avg_pool", "global_avg_pool", "softmax",
                  "roialign"]
FUSED_PAIRS = [("conv", "relu"), ("conv", "elem_add"), ("conv_bias", "mean_var"),
               ("conv", "sgd4d"), ("gemm", "sgd2d"), ("gemm_no_bias", "sgd2d")]
CONV_ORDERS = [["OC", "IC", "KH", "KW", "N", "OH", "OW"], ["OC", "N", "IC", "KH", "KW", "OH", "OW"]]
EXTENTS = [1, 2, 3, 4, 6, 7, 8, 12, 14, 28, 30, 56]


def seeded():
    """A generator; SEED in the environment repeats a run."""
    seed = int(os.environ.get("SEED", random.SystemRandom().randrange(1 << 32)))
    print(f"# SEED={seed}", flush=True)
    return random.Random(seed)


def random_machine(rng):
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


def random_dimensions(rng, operation, training):
    extent, kernel = rng.choice(EXTENTS), rng.choice([1, 2, 3])
    channels = [rng.randint(1, rng.choice([64, 1000, 3000])) for _ in range(2)]
    if operation.startswith("conv"):
        kernel = rng.choice([1, 2, 3, 5, 7, 11])
        values = {"OC": channels[0], "N": rng.choice([1, 1, 3, 16]) if training else 1,
                  "IC": channels[1], "KH": kernel, "KW": kernel, "OH": extent, "OW": extent}
        return {key: values[key] for key in rng.choice(CONV_ORDERS)}
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


def random_layer(rng, operation, training):
    unit = "pe_array" if is_systolic(operation) else "SIMD"
    tensor = {"data_path": ["DRAM", "buffer", unit]}
    stride = rng.choice([1, 1, 2, 3])
    return {"operation": operation, "iterable_dimensions": random_dimensions(rng, operation, training),
            "operation_parameters": {"stride": stride, "sx": stride},
            "inputs": [tensor] * (1 if operation == "reduce_sum" else 2),
            "outputs": [{"data_path": [unit, "buffer", "DRAM"]}]}


def random_operations(rng, n, simd, training, fused):
    if fused:
        pairs = FUSED_PAIRS if training else FUSED_PAIRS[:2]
        return [o for _ in range(n // 2) for o in rng.choice(pairs)]
    return [rng.choice(SYSTOLIC + (list(simd) if training else INFERENCE_ONLY)) for _ in range(n)]


def write_json(directory, name, value):
    path = os.path.join(directory, name)
    with open(path, "w") as file:
        json.dump(value, file)
    return path


def estimated(machine_path, spec_path, *options):
    """The rows of `estimate --compat`, header first, and the message when it refuses."""
    process = run("estimate", "--compat", "--format", "csv", "--hw", machine_path, "--net",
                  spec_path, *options)
    return list(csv.reader(io.StringIO(process.stdout))), process.stderr


def differences(header, row, expected, where):
    """Numbers of @row that are not within 1e-9 of the expected."""
    return [f"{where}: {name} is {text}, expected {e!r}"
            for name, text, e in zip(header[1:], row[1:], expected, strict=True)
            if abs(float(text) - e) > 1e-9 * max(abs(float(text)), abs(e))]
