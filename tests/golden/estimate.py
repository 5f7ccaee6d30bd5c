#!/usr/bin/env python3
"""Every number of `estimate --compat` for every reference run and every single-layer vector."""

import csv
import io
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
from random_specs import write_json  # noqa: E402
from reference import Reference, Tap, run, scratch  # noqa: E402

TOLERANCE = 1e-9  # relative
# The keys of a vector's row, in the order of the CSV columns after the name.
VECTOR_COLUMNS = ["WBUF", "IBUF", "OBUF", "BBUF", "VMEM", "IMM", "InsMem", "D.filter", "D.ifmap",
                  "D.psum", "D.ofmap", "D.bias", "D.total", "SA.comp", "SA.stall", "SIMD.comp",
                  "SIMD.stall", "cycles", "ops"]
HEADER = ("Layer name,WBUF access,IBUF access,OBUF access,BBUF access,VMEM access,IMM access,"
          "InsMem access,DRAM access filter,DRAM access ifmap,DRAM access psum,DRAM access ofmap,"
          "DRAM access bias,total DRAM access,SA compute cycles,SA stall cycles,SIMD compute cycles,"
          "SIMD stall cycles,total cycles,Op count")
CONV = {"OC": 16, "N": 1, "IC": 16, "KH": 1, "KW": 1, "OH": 1, "OW": 1}
POOL = {"C": 16, "N": 1, "KH": 1, "KW": 1, "OH": 1, "OW": 1}
MAP = {"C": 16, "N": 1, "H": 1, "W": 1}
SMALL = {"conv_bias": CONV, "max_pool": POOL, "sgd1d": {"C": 16}, "sgd2d": {"C": 16, "N": 1},
         "reduce_sum": {"C": 16, "N": 1}}  # extents of a layer that only has to be there

tap = Tap()
reference = Reference()
values = exact = 0


def is_close(a, b):
    return abs(a - b) <= TOLERANCE * max(abs(a), abs(b))


def estimate(*arguments):
    process = run("estimate", "--compat", "--format", "csv", *arguments)
    if process.returncode != 0:
        raise RuntimeError(process.stderr)
    return list(csv.reader(io.StringIO(process.stdout)))


def differences(got, expected, columns, where):
    global values, exact
    for text, number, column in zip(got, expected, columns):
        values += 1
        exact += float(text) == number
        if not is_close(float(text), number):
            yield f"{where}: {column} is {text}, expected {number!r}"


def compare_runs(directory):
    n_rows = 0
    for name in reference.names:
        match = re.fullmatch(r"simdit/(\w+)/(ResNet\d+)_design(\d+)_b(\d+)(_fused)?\.layers\.csv",
                             name)
        if not match:
            continue
        phase, net, design, batch, fused = match.groups()
        spec = reference.extract(f"simdit/nets/{net}_{phase}.json", directory)
        arguments = ["--hw", f"{phase}-{design}", "--batch", batch, "--phase", phase,
                     *(["--fuse"] if fused else [])]
        got = estimate("--net", spec, *arguments)
        expansion = ["--expand", "simdit"] if phase == "training" else []
        tap.equal(estimate("--net", net.lower(), *arguments, *expansion), got,
                  f"{name}, shipped network")
        expected = list(csv.reader(io.StringIO(reference.text(name))))
        wrong = [] if got[0] == expected[0] else [f"header {got[0]}"]
        for i, (g, e) in enumerate(zip(got[1:], expected[1:])):
            if g[0] != e[0]:
                wrong.append(f"layer {i} is {g[0]}, expected {e[0]}")
            wrong += differences(g[1:], map(float, e[1:]), expected[0][1:], f"layer {i} {e[0]}")
        tap.check(len(got) == len(expected) and not wrong, name, f"{len(got)} lines", *wrong)
        n_rows += len(got) - 1
    tap.equal(n_rows, 22415, "rows of all runs")


def spec_layer(operation, dimensions, stride):
    unit = "pe_array" if operation.startswith(("conv", "gemm")) else "SIMD"
    tensor = {"data_path": ["DRAM", "buffer", unit]}
    return {"operation": operation, "iterable_dimensions": dimensions,
            "operation_parameters": {"stride": stride or 1, "sx": stride or 1},
            "inputs": [tensor] * (1 if operation == "reduce_sum" else 2),
            "outputs": [{"data_path": [unit, "buffer", "DRAM"]}]}


def compare_vectors(directory):
    data = json.loads(reference.text("simdit/vectors.json"))
    for vector in data["vectors"]:
        program = [spec_layer(vector["operation"], vector["dims"], vector["stride"])]
        if vector["next"]:
            dimensions = SMALL.get(vector["next"], MAP)
            program.append(spec_layer(vector["next"], dimensions, 1))
        machine = write_json(directory, "machine.json", data["hardware"][vector["hw"]])
        spec = write_json(directory, "spec.json", {"mode": vector["mode"], "program": program})
        got = estimate("--hw", machine, "--net", spec, "--batch", vector["batch"])
        expected = [vector["row"][column] for column in VECTOR_COLUMNS]
        wrong = list(differences(got[1][1:], expected, VECTOR_COLUMNS, vector["operation"]))
        tap.check(not wrong, f"vector {vector['id']}: {vector['operation']}", *wrong)
    tap.equal(len(data["vectors"]), 31, "vectors")


def compare_formats(directory):
    """The sums in JSON are those of the rows."""
    spec = reference.extract("simdit/nets/ResNet18_training.json", directory)
    arguments = ["--hw", "training-08", "--net", spec, "--batch", "32"]
    rows = estimate(*arguments)
    document = json.loads(run("estimate", "--compat", "--format", "json", *arguments).stdout)
    names = rows[0][1:]
    tap.equal([[str(layer["Layer name"])] + [layer[n] for n in names]
               for layer in document["layers"]],
              [[row[0]] + [float(cell) for cell in row[1:]] for row in rows[1:]],
              "JSON rows equal CSV rows")
    wrong = [n for c, n in enumerate(names)
             if not is_close(document["totals"][n], sum(float(r[c + 1]) for r in rows[1:]))]
    tap.equal(wrong, [], "totals are sums")
    tap.equal(document["totals"]["total cycles"], 345357910.0625, "total cycles")


def check_header(directory):
    """Scripts read the columns by these names."""
    spec = write_json(directory, "spec.json", {"mode": "inference",
                                               "program": [spec_layer("relu", MAP, 1)]})
    text = run("estimate", "--compat", "--format", "csv", "--hw", "inference-01", "--net",
               spec).stdout
    tap.equal(text.split("\n")[0], HEADER, "the header of CSV")


def check_fusion_error(directory, name, operations, expected):
    program = [spec_layer(o, SMALL.get(o, MAP), 1) for o in operations]
    spec = write_json(directory, "pair.json", {"mode": "inference", "program": program})
    process = run("estimate", "--compat", "--fuse", "--hw", "inference-01", "--net", spec)
    tap.equal((process.returncode, process.stdout, process.stderr),
              (1, "", f"simdit: pair: {expected}\n"), name)


with scratch() as scratch_directory:
    compare_runs(scratch_directory)
    compare_vectors(scratch_directory)
    compare_formats(scratch_directory)
    check_header(scratch_directory)
    check_fusion_error(scratch_directory, "an illegal pair is named",
                       ["conv_bias", "relu", "conv_bias", "coarse_flatten", "max_pool"],
                       'layer 2 "conv_bias_2" (conv_bias) and layer 4 "max_pool_4" (max_pool) cannot '
                       "be fused; expected relu, elem_add, mean_var or sgd4d after a convolution")
    check_fusion_error(scratch_directory, "a search that runs off the end is an error",
                       ["conv_bias", "relu", "coarse_flatten", "coarse_flatten"],
                       'layer 1 "relu_1" (relu): no layer after it can be part of a fused pair; '
                       "expected one unless this layer is the last")
tap.check(values > 426000, f"{values} numbers were compared, {exact} were equal to the last bit")
tap.done()
