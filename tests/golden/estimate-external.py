#!/usr/bin/env python3
"""`estimate --compat --tiling file` of random tiles, passes and widths, in both loop orders, against
the document's formulas; and what is said of specs without them. SEED repeats a run.
"""

import copy
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
from definitions import NETWORK, REMOVE, changed, check_refused, write  # noqa: E402
from random_specs import (CONV_ORDERS, SYSTOLIC, differences, estimated, random_layer,  # noqa: E402
                          random_machine, random_operations, seeded, write_json)
from reference import Reference, Tap, run, scratch  # noqa: E402
from transcription import SIMD, common_gradient, is_systolic, loop_reloads, own_estimate  # noqa: E402

PROGRAMS, LAYERS = 120, 100

tap = Tap()
rng = seeded()


def random_part(extent):
    """Mostly a part of the extent, even or not; sometimes more than that."""
    return rng.choice([extent, -(-extent // 2), rng.randint(1, extent), rng.randint(1, extent),
                       -(-extent // 64) * 64])


def parts(extents, keys):
    return {key: random_part(extents[key]) for key in keys}


def tiles(extents, keys, whole):
    """In whole tiles cycles are often integers, which a rounding makes one more."""
    return {key: extents[key] for key in keys} if whole else parts(extents, keys)


def set_systolic_tiling(layer, whole):
    """Where SimDIT looks for them."""
    extents, gemm = layer["iterable_dimensions"], layer["operation"].startswith("gemm")
    out, weights = (("P", "M"), ("N",)) if gemm else (("OW", "OH", "OC", "N"), ("KW", "KH", "IC"))
    inputs, output = layer["inputs"], layer["outputs"][0]
    output["tiling"]["OBUF"] = tiles(extents, out, whole)
    inputs[1]["tiling"]["WBUF"] = tiles(extents, weights, whole)
    output["tiling"]["pe_array"] = parts(output["tiling"]["OBUF"], out)
    inputs[1]["tiling"]["pe_array"] = parts(inputs[1]["tiling"]["WBUF"], weights)
    inputs[0]["tiling"]["pe_array"] = {"IW": rng.randint(1, 3), "IH": rng.randint(1, 3)}


def set_simd_tiling(layer, whole):
    operation, extents = layer["operation"], layer["iterable_dimensions"]
    inputs, output = layer["inputs"], layer["outputs"][0]
    keys, memory, window = ("W", "H", "C", "N"), "VMEM1", None
    tensor = output if operation in ("relu", "elem_add") else inputs[0]
    if "pool" in operation:
        grad = operation.endswith("grad")
        tensor, window = (inputs[1], output) if grad else (output, inputs[0])
        keys, memory = ("OW", "OH", "C", "N"), "VMEM1" if grad else "VMEM2"
    tensor["tiling"][memory] = tiles(extents, keys, whole)
    tensor["tiling"]["SIMD"] = parts(tensor["tiling"][memory], keys)
    if window:
        window["tiling"]["SIMD"] = {"IW": rng.randint(1, 3), "IH": rng.randint(1, 3)}


def set_tensor_tilings(layer):
    """Each tensor has extents, a memory and an order of its own."""
    for tensor in layer["inputs"] + layer["outputs"]:
        extents = dict(layer["iterable_dimensions"])
        if layer["operation"] == "reduce_sum" and tensor is layer["outputs"][0]:
            del extents["N"]
        keys = rng.sample(list(extents), len(extents))
        whole = {key: extents[key] if rng.random() < 0.7 else rng.randint(1, 99) for key in keys}
        memories = rng.sample(["VMEM1", "VMEM2"], 2)
        tensor["tiling"] = {"DRAM": whole, **{memory: parts(whole, keys) for memory in memories}}


def tiled_layer(operation, training, whole=False):
    layer = copy.deepcopy(random_layer(rng, operation, training))
    tensor = layer["inputs"][0]
    layer["inputs"] = [copy.deepcopy(tensor) for _ in range(1 if operation == "reduce_sum" else 3)]
    for tensor in layer["inputs"] + layer["outputs"]:
        tensor.update(tiling={}, dtype=rng.choice(["FXP4", "FXP8", "FXP32", "FP16", "int24_t"]))
    if is_systolic(operation):
        set_systolic_tiling(layer, whole)
    elif SIMD[operation] is common_gradient:
        layer["inputs"] = layer["inputs"][:2]
        set_tensor_tilings(layer)
    elif operation not in ("softmax", "roialign"):
        set_simd_tiling(layer, whole)
    return layer


def compare(directory, training, fused, loop_order):
    machine, whole = random_machine(rng), rng.random() < 0.5
    if whole:
        machine["ARRAY_M"] = rng.choice([3, 5, 6, 7, 12])
    program = [tiled_layer(o, training, whole)
               for o in random_operations(rng, LAYERS, SIMD, training, fused)]
    spec = {"mode": "training" if training else "inference", "program": program}
    got, message = estimated(write_json(directory, "machine.json", machine),
                             write_json(directory, "spec.json", spec), "--tiling", "file",
                             "--loop-order", loop_order, *(["--fuse"] if fused else []))
    wrong = [message] if message else []
    for i, (row, layer) in enumerate(zip(got[1:], program)):
        quantised = i + 1 < len(program) and program[i + 1]["operation"] in SYSTOLIC
        reloads = loop_reloads(layer) if loop_order == "file" else ()
        expected = own_estimate(machine, layer, quantised, training, fused, reloads)
        wrong += differences(got[0], row, expected, f"layer {i} {layer['operation']}")
    return tap.check(len(got) == len(program) + 1 and not wrong,
                     f"{spec['mode']}, fused {fused}, loop order {loop_order}", *wrong)


def check_errors(directory):
    """What is missing is named by its path."""
    arguments = ["estimate", "--compat", "--hw", "training-01", "--net"]
    spec = {"mode": "training", "program": [tiled_layer(o, True) for o in
                                            ("conv_bias", "gemm", "relu", "mean_var", "sgd4d")]}
    conv = spec["program"][0]
    conv["iterable_dimensions"] = {key: 4 for key in CONV_ORDERS[0]}
    path = write(directory, "good.json", spec)
    tap.equal(run(*arguments, path, "--tiling", "file", "--loop-order", "file").returncode, 0,
              "the spec is good before it is broken")
    outputs, inputs = "$.program[0].outputs[0]", "$.program[0].inputs"
    broken = [
        (["outputs", 0, "tiling"], REMOVE, [f"{outputs}: ", '"tiling" is missing']),
        (["outputs", 0, "tiling", "OBUF"], REMOVE, [f"{outputs}.tiling: ", '"OBUF" is missing']),
        (["outputs", 0, "tiling", "pe_array", "OC"], REMOVE,
         [f"{outputs}.tiling.pe_array: ", '"OC" is missing']),
        (["inputs", 1, "tiling", "WBUF", "IC"], 0, [f"{inputs}[1].tiling.WBUF.IC: expected"]),
        (["inputs", 2, "dtype"], "FXP", [f"{inputs}[2].dtype: expected", '"FXP32"']),
        (["inputs", 2, "dtype"], REMOVE, [f"{inputs}[2]: ", '"dtype" is missing']),
        (["inputs"], conv["inputs"][:2], [f"{inputs}: ", "at least 3"]),
        (["outputs", 0, "tiling"], [], [f"{outputs}.tiling: expected an object"]),
    ]
    for number, (where, value, words) in enumerate(broken):
        path = write(directory, "bad.json", changed(spec, ["program", 0] + where, value))
        check_refused(tap, f"broken tiling {number}", ["bad.json: ", *words], *arguments, path,
                      "--tiling", "file")
        tap.equal(run(*arguments, path).returncode, 0, f"{number}: which nobody else reads")
    sgd = changed(spec, ["program", 4, "outputs", 0, "tiling"], {"DRAM": {"N": 1}})
    check_refused(tap, "no VMEM", ["$.program[4].outputs[0].tiling: ", '"VMEM1" or "VMEM2"'],
                  *arguments, write(directory, "bad.json", sgd), "--tiling", "file")
    reduction = {"mode": "training", "program": [tiled_layer("reduce_sum", True)]}
    reduction["program"][0]["inputs"] *= 2
    check_refused(tap, "a reduction of two tensors", ["$.program[0].inputs: expected 1", "got 2"],
                  *arguments, write(directory, "bad.json", reduction), "--tiling", "file")
    check_refused(tap, "a network of our own", ["net.json: $: ", "SimDIT spec", '"program"'],
                  *arguments, write(directory, "net.json", NETWORK), "--tiling", "file")
    check_orders(arguments, directory, spec)


def check_orders(arguments, directory, spec):
    orders = [(0, "iterable_dimensions", {"OW": 4, **spec["program"][0]["iterable_dimensions"]},
               ["OC IC KH KW N OH OW or OC N IC KH KW OH OW", "got OW OC"]),
              (1, "iterable_dimensions", {"N": 3, "P": 3, "M": 2}, ["P N M", "got N P M"]),
              (3, "iterable_dimensions", {"N": 1, "C": 4, "H": 4, "W": 4}, ['"C" first', 'got "N"'])]
    for layer, key, value, words in orders:
        path = write(directory, "bad.json", changed(spec, ["program", layer, key], value))
        check_refused(tap, f"loop order of layer {layer}",
                      [f"bad.json: $.program[{layer}].iterable_dimensions: ", *words], *arguments,
                      path, "--loop-order", "file")
        tap.equal(run(*arguments, path).returncode, 0, "which does not matter otherwise")


def check_usage(directory):
    net = write(directory, "net.json", NETWORK)
    usages = [("estimate", "--compat", "--tiling", "files"), ("estimate", "--tiling", "file"),
              ("estimate", "--compat", "--loop-order", "weights"), ("estimate", "--loop-order", "file"),
              ("estimate", "--compat", "--tiling", "file", "--batch", 2),
              ("run", "--tiling", "generate"), ("validate", "--loop-order", "stationary")]
    for command, *options in usages:
        process = run(command, "--hw", "training-01", "--net", net, *options)
        tap.check(process.returncode == 2 and process.stdout == "", f"usage: {command} {options}",
                  process.returncode, process.stderr)
    arguments = ["estimate", "--compat", "--hw", "training-01", "--net", net]
    tap.equal(run(*arguments, "--tiling", "generate", "--loop-order", "stationary").stdout,
              run(*arguments).stdout, "generate and stationary are the defaults")


with scratch() as scratch_directory:
    for _ in range(PROGRAMS):
        compare(scratch_directory, rng.random() < 0.7, rng.random() < 0.3,
                rng.choice(["stationary", "file"]))
    check_errors(scratch_directory)
    check_usage(scratch_directory)
    shipped = Reference().extract("simdit/nets/ResNet50_inference.json", scratch_directory)
    check_refused(tap, "the reference's networks have no tiling", ["$.program[0].inputs: "],
                  "estimate", "--compat", "--hw", "inference-01", "--net", shipped, "--tiling", "file")
tap.done()
