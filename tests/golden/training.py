#!/usr/bin/env python3
"""Training programs from our own graphs: the reference's row by row, its breakdown, and the full one."""

import csv
import io
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
from reference import ROOT, Reference, Tap, run, run_csv, scratch  # noqa: E402

DESIGNS = ["01", "02", "05", "06", "08", "09", "11", "12"]
EXTENTS = ["n", "ic", "oc", "ih", "iw", "kh", "kw", "oh", "ow", "stride", "batch"]
# ResNet-50 on training-08, batch 32: cycles of the reference by operation, added up.
BREAKDOWN = {"forward": 59482333.0 + 68030,
             "batch_norm": 256115236 + 98768208 + 50270520, "update": 5190288 + 459840 + 19120,
             "other": 72635064 + 62659708 + 34736764 + 6172672 + 2843648 + 264320 + 262272 + 2692}
GEMM_GRADIENTS = 207614.0  # dL/dx and dL/dw of the gemm together
SHARES = [("estimate", ["--compat"], "59.485", "73.211"), ("run", ["--pipeline", "lockstep"], "59.437", "73.168"),
          ("run", ["--pipeline", "decoupled"], "60.053", "73.998")]  # the README's table
SHARE = 0.5948543823347473  # of the cycles that are not convolution or gemm

tap = Tap()
reference = Reference()


def output(*arguments):
    process = run(*arguments)
    if process.returncode != 0:
        raise RuntimeError(process.stderr)
    return process.stdout


def program(net, *options):
    return list(csv.DictReader(io.StringIO(output("net", "--net", net, "--format", "csv", *options))))


def training(net, *options):
    return program(net, "--phase", "training", *options)


def rows_of(rows):
    """What determines a row's cost; a row that costs nothing has no extents."""
    return [[row[name] for name in ["operation", "unit", "phase"]
             + (EXTENTS if row["unit"] != "none" else [])] for row in rows]


def compare_programs(directory):
    for net in ("ResNet18", "ResNet50"):
        spec = rows_of(program(reference.extract(f"simdit/nets/{net}_training.json", directory)))
        ours = rows_of(training(net.lower(), "--expand", "simdit"))
        wrong = [f"row {i}: {a}, expected {b}" for i, (a, b) in enumerate(zip(ours, spec)) if a != b]
        tap.check(len(ours) == len(spec) and not wrong, f"{net}: the reference's {len(spec)} rows", *wrong)


def breakdown(*arguments):
    document = json.loads(output(*arguments, "--hw", "training-08", "--batch", "32", "--format", "json"))
    return document, {p["phase"]: p["pe_array_cycles"] + p["simd_array_cycles"] for p in document["phases"]}


def check_breakdown(directory):
    ours = ["--net", "resnet50", "--phase", "training", "--expand", "simdit"]
    document, phases = breakdown("estimate", "--compat", *ours)
    tap.check(abs(document["non_convolution_share"] - SHARE) < 1e-12, "59.485 % is not convolution",
              document["non_convolution_share"])
    gradients = phases["dL/dx"] + phases["dL/dw"]
    tap.equal(gradients, 136284289.0 + 206069784.25 + GEMM_GRADIENTS, "convolution gradients")
    tap.equal({phase: phases[phase] for phase in BREAKDOWN}, BREAKDOWN, "the other parts")
    spec = reference.extract("simdit/nets/ResNet50_training.json", directory)
    tap.equal(breakdown("estimate", "--compat", "--net", spec)[1], phases, "the same from the spec")
    document, phases = breakdown("run", *ours)
    tap.equal(sum(phases.values()), document["totals"]["total_cycles"], "phases of a run add up")
    by_layer = {}
    for layer in document["layers"]:
        by_layer[layer["phase"]] = by_layer.get(layer["phase"], 0) + layer["total_cycles"]
    tap.equal(phases, by_layer, "phases are those of the layers")
    for command, options, *shares in SHARES:
        for expansion, share in zip(("simdit", "full"), shares):
            table = output(command, *options, "--hw", "training-08", "--batch", "32", *ours[:4], "--expand",
                           expansion)
            tap.check(f"\n{share} % of the cycles are not convolution or gemm\n" in table,
                      f"{command} {options[-1]} {expansion}: {share} %", table[-400:])


def macs(rows, phase):
    return sum(int(r["n"]) * int(r["ic"]) * int(r["oc"]) * int(r["kh"]) * int(r["kw"]) * int(r["oh"])
               * int(r["ow"]) for r in rows if r["phase"] == phase)


def check_full():
    rows = training("resnet50")
    operations = [row["operation"] for row in rows]
    names = [row["name"] for row in rows]
    tap.equal(training("resnet50", "--expand", "full", "--optimizer", "sgd"), rows, "defaults spelled out")
    tap.check("conv1.dx" not in names and "conv1.dw" in names, "images have no gradient")
    tap.equal((operations.count("conv"), operations.count("sgd")), (53 + 52 + 53, 53 * 3 + 2),
              "convolutions and updates")
    strided = [row for row in rows if row["name"] == "layer2.0.conv2.dw"]
    tap.equal([(r["kh"], r["oh"], r["n"], r["oc"], r["batch"]) for r in strided],
              [("55", "3", "128", "128", "ic")], "a 3x3 kernel has a 3x3 gradient")
    tap.check(macs(rows, "dL/dw") > macs(rows, "forward"), "dL/dw is at least the forward work")
    free = {row["operation"] for row in rows if row["unit"] == "none"}
    tap.equal(free, {"coarse_flatten", "flatten_grad"}, "only views are free")
    for optimizer, states in (("momentum", 1), ("adam", 2)):
        updates = [row for row in training("resnet18", "--optimizer", optimizer, "--weight-decay")
                   if row["phase"] == "update"]
        tap.check({row["operation"] for row in updates} == {optimizer + "_decay"}
                  and all(len(row["inputs"].split()) == 2 + states for row in updates), optimizer, updates[0])


def check_oblong(directory):
    """Zeros between the elements of 80x56 and 40x28 gradients: 159x111 and 79x55 share no divisor."""
    conv = {"operation": "conv_bias", "channels": 64, "kernel": 3, "stride": 2, "pad": 1}
    path = os.path.join(directory, "oblong.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"format": "simdit-network", "version": 1, "inputs": {"image": [3, 160, 112]},
                   "layers": [dict(conv, name="a", inputs=["image"]), dict(conv, name="b", inputs=["a"])]}, file)
    rows = {row["name"]: row for row in training(path)}
    tap.equal([(rows[name]["oh"], rows[name]["ow"]) for name in ("a.grad.transpose", "b.grad.transpose")],
              [("159", "111"), ("79", "55")], "zeros between the elements")
    process = run("validate", "--hw", "training-08", "--net", path, "--phase", "training", "--batch", 2,
                  "--format", "csv")
    tap.equal((process.returncode, process.stderr), (0, ""), "extents without a common divisor")


def check_validation():
    """Every difference between simulation and estimate of what the reference lacks has a cause."""
    for i, design in enumerate(DESIGNS):
        options = ([], ["--optimizer", "momentum"], ["--optimizer", "adam"],
                   ["--optimizer", "adam", "--weight-decay"])[i % 4]
        for pipeline in ("lockstep", "decoupled"):
            process = run("validate", "--hw", f"training-{design}", "--net", "resnet18", "--phase", "training",
                          "--batch", 1 + 5 * i, "--pipeline", pipeline, "--format", "csv", *options)
            tap.equal((process.returncode, process.stderr), (0, ""), f"{design} {pipeline} {options}")
    for options in ([], ["--compat"], ["--compat", "--fuse"], ["--fuse"]):
        process = run("estimate", "--hw", "training-08", "--net", "resnet50", "--phase", "training", "--batch",
                      32, *options)
        tap.equal((process.returncode, process.stderr), (0, ""), f"estimate {options}")


def traffic(directory, options, **widths):
    """DRAM bytes (loads, stores) by layer, with words of some classes as wide as given."""
    with open(os.path.join(ROOT, "hwdefs/training-08.json"), encoding="utf-8") as file:
        machine = dict(json.load(file), **widths)
    path = os.path.join(directory, "machine.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(machine, file)
    rows = run_csv("--hw", path, "--net", "resnet18", "--phase", "training", "--batch", "4", *options)
    return {row["name"]: {"in": int(row["ifmap_bytes"]), "out": int(row["ofmap_bytes"]),
                          "weights": int(row["weight_bytes"])} for row in rows}, rows


def check_widths(directory):
    """Words are 32 bits in the accumulators, 16 as ifmaps and weights, unless their class says otherwise."""
    options = ["--optimizer", "momentum"]
    usual, rows = traffic(directory, options)
    same = traffic(directory, options, weight_bits=0, activation_bits=0, gradient_bits=0, state_bits=0)[1]
    tap.equal(same, rows, "widths of 0 change nothing")
    relu, update, dx, dw = ("layer1.0.relu.grad", "layer1.0.conv2.weight.update", "layer1.0.conv2.dx",
                            "layer1.0.conv2.dw")
    words = usual[relu]["in"] // 8
    parameters = usual[update]["out"] // 8
    gradient = traffic(directory, options, gradient_bits=8)[0]
    tap.equal((gradient[relu]["in"], gradient[relu]["out"]), (words * (4 + 1), words), "8-bit gradients: relu")
    tap.equal((gradient[update]["in"], gradient[update]["out"]), (parameters * (4 + 1 + 4), parameters * 8),
              "8-bit gradients: the update")
    tap.equal((gradient[dx]["in"] * 2, gradient[dx]["weights"], gradient[dw]["weights"] * 2),
              (usual[dx]["in"], usual[dx]["weights"], usual[dw]["weights"]), "8-bit gradients: convolutions")
    tap.equal(gradient[dx]["out"] * 4, usual[dx]["out"], "8-bit gradients: what a convolution stores")
    state = traffic(directory, options, state_bits=8)[0]
    tap.equal((state[update]["in"], state[update]["out"]), (parameters * (4 + 4 + 1), parameters * (4 + 1)),
              "8-bit state")
    tap.equal({name for name in usual if usual[name] != state[name]},
              {row["name"] for row in rows if row["phase"] == "update"}, "8-bit state: nothing but updates")
    weight = traffic(directory, options, weight_bits=8)[0]
    tap.equal((weight[update]["in"], weight[dx]["weights"] * 2), (parameters * (1 + 4 + 4), usual[dx]["weights"]),
              "8-bit weights")
    activation = traffic(directory, options, activation_bits=8)[0]
    tap.equal((activation[relu]["in"], activation["layer1.0.relu"]["out"]), (words * (1 + 4), words),
              "8-bit activations")
    tap.equal(activation["layer1.0.conv2"]["out"] * 4, usual["layer1.0.conv2"]["out"],
              "8-bit activations: what a convolution stores")
    for name in ("layer1.0.conv1", "layer1.0.conv2"):
        tap.equal(activation[name]["out"], activation[name + ".mean_var"]["in"],
                  f"{name}: its reader loads what it stored")
    process = run("validate", "--hw", os.path.join(directory, "machine.json"), "--net", "resnet18", "--phase",
                  "training", "--batch", 4, "--format", "csv")
    tap.equal((process.returncode, process.stderr), (0, ""), "8-bit activations: every difference explained")


with scratch() as scratch_directory:
    check_widths(scratch_directory)
    check_oblong(scratch_directory)
    compare_programs(scratch_directory)
    check_breakdown(scratch_directory)
check_full()
check_validation()
tap.done()
