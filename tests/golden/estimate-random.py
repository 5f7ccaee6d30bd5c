#!/usr/bin/env python3
"""`estimate --compat` of random layers on random machines, against the document's formulas.

The reference runs do not reach every corner: lanes that do not divide 64, a GEMM of less than two
tiles, products whose order of factors decides a rounding. SEED in the environment repeats a run.
"""

import csv
import io
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
from random_specs import (differences, estimated, random_layer, random_machine,  # noqa: E402
                          random_operations, seeded, write_json)
from reference import Tap, scratch  # noqa: E402
from transcription import SIMD, estimate, loop_reloads  # noqa: E402

PROGRAMS, LAYERS = 150, 80

tap = Tap()
rng = seeded()


def random_program(training, fused):
    operations = random_operations(rng, LAYERS, SIMD, training, fused)
    return {"mode": "training" if training else "inference",
            "program": [random_layer(rng, o, training) for o in operations]}


def order_of_factors():
    """N first or OH first: the products differ in the last bit, their ceilings by one."""
    machine = dict(random_machine(rng), ARRAY_M=64, SIMD_VMEM_CAPACITY_BITS=2432 * 49 * 32)
    layer = random_layer(rng, "sgd4d", True)
    layer["iterable_dimensions"] = {"C": 2496, "N": 5, "H": 49, "W": 49}
    return machine, {"mode": "training", "program": [layer]}


def compare(paths, machine, spec, fused, batch, loop_order):
    """Returns the number of layers, and what is wrong with them."""
    options = ["--batch", batch, "--loop-order", loop_order] + (["--fuse"] if fused else [])
    got, message = estimated(*paths, *options)
    if message:
        return 0, [] if "no tile fits" in message else [message]
    tiles = subprocess.run([os.environ["DUMP_TILES"], *paths, str(batch)], capture_output=True,
                           text=True, check=True).stdout
    wrong = []
    for row, layer in zip(got[1:], csv.DictReader(io.StringIO(tiles)), strict=True):
        reloads = loop_reloads(spec["program"][int(layer["layer"])]) if loop_order == "file" else ()
        expected = estimate(machine, layer, spec["mode"] == "training", fused, reloads)
        wrong += differences(got[0], row, expected, f"layer {layer['layer']} {layer['operation']}")
    return len(got) - 1, wrong


n_layers = 0
with scratch() as directory:
    for number in range(PROGRAMS):
        is_training, is_fused = rng.random() < 0.7, rng.random() < 0.3
        definitions = random_machine(rng), random_program(is_training, is_fused)
        if number == 0:
            is_fused, definitions = False, order_of_factors()
        files = [write_json(directory, name, value)
                 for name, value in zip(("machine.json", "spec.json"), definitions)]
        n, wrong_numbers = compare(files, *definitions, is_fused, rng.choice([1, 1, 2, 3, 5, 8, 32]),
                                   rng.choice(["stationary", "file"]))
        n_layers += n
        tap.check(not wrong_numbers, f"program {number}: {n} layers", *wrong_numbers)
tap.check(n_layers > PROGRAMS * LAYERS / 2, f"{n_layers} layers were compared")
tap.done()
