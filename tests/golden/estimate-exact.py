#!/usr/bin/env python3
"""simdit estimate without --compat: the columns of run, exactly, where nothing stays on chip."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
from reference import Reference, Tap, csv, io, run, run_csv, scratch  # noqa: E402

ACCESSES = ["layer", "name", "operation", "unit", "steps", "compute_cycles", "macs", "padded_macs",
            "wbuf_bits", "ibuf_bits", "obuf_bits", "bbuf_bits", "vmem_bits", "imm_bits",
            "instruction_bits", "hazard_steps"]
TRAFFIC = ["dram_bytes", "weight_bytes", "bias_bytes", "ifmap_bytes", "psum_load_bytes",
           "psum_store_bytes", "ofmap_bytes"]
TIMES = ["stall_cycles", "total_cycles"]

tap = Tap()
reference = Reference()


def estimate(*arguments):
    process = run("estimate", *arguments, "--format", "csv")
    if process.returncode != 0:
        raise RuntimeError(process.stderr)
    return list(csv.DictReader(io.StringIO(process.stdout)))


def differences(got, expected, columns):
    return [f"layer {g['layer']} {g['operation']}: {c} is {g[c]}, expected {e[c]}"
            for g, e in zip(got, expected) for c in columns if g[c] != e[c]]


def check(what, *arguments):
    """What is done and moved as decoupled does; how long it takes as lockstep, if that moves as much."""
    got = estimate(*arguments)
    decoupled = run_csv(*arguments, "--pipeline", "decoupled")
    lockstep = run_csv(*arguments, "--pipeline", "lockstep")
    tap.equal(differences(got, decoupled, ACCESSES + TRAFFIC), [], f"{what}: accesses and traffic")
    same = [(g, e) for g, e in zip(got, lockstep) if g["dram_bytes"] == e["dram_bytes"]]
    tap.equal(differences([g for g, _ in same], [e for _, e in same], TIMES), [],
              f"{what}: cycles of {len(same)} layers that keep nothing on chip")
    shorter = [g["layer"] for g, e in zip(got, lockstep) if int(g["total_cycles"]) > int(e["total_cycles"])]
    tap.equal(shorter, [], f"{what}: what stays on chip never costs cycles")
    return got, same


def check_fusion(*arguments):
    """A fused pair: the first stores no ofmap, the second loads it no more."""
    plain, fused = estimate(*arguments), estimate(*arguments, "--fuse")
    pairs = 0
    for p, f in zip(plain, fused):
        if p["unit"] == "pe_array" and f["ofmap_bytes"] == "0":
            pairs += 1
            good = differences([f], [p], ACCESSES + ["weight_bytes", "bias_bytes", "ifmap_bytes",
                                                     "psum_load_bytes", "psum_store_bytes"])
            tap.equal(good, [], f"fused layer {p['layer']}: the rest is as before")
        elif f["ifmap_bytes"] != p["ifmap_bytes"]:
            share = 2 if p["operation"] == "elem_add" else 1
            tap.equal(int(f["ifmap_bytes"]), int(p["ifmap_bytes"]) * (share - 1) // share,
                      f"fused layer {p['layer']} {p['operation']}: one operand less")
            tap.check(int(f["total_cycles"]) < int(p["total_cycles"]),
                      f"fused layer {p['layer']} {p['operation']}: fewer cycles")
        else:
            tap.equal(f, dict(p, start_cycle=f["start_cycle"]), f"layer {p['layer']}: not fused")
    tap.check(pairs > 15, f"{pairs} fused pairs")


exact = 0
for machine in ("inference-01", "inference-04", "inference-09", "inference-13", "default"):
    for net in ("resnet18", "resnet50"):
        exact += len(check(f"{net} on {machine}", "--hw", machine, "--net", net)[1])
check("batch 8", "--hw", "inference-04", "--net", "resnet18", "--batch", 8)
with scratch() as directory:
    spec = reference.extract("simdit/nets/ResNet18_training.json", directory)
    check("training", "--hw", "training-08", "--net", spec, "--batch", 32)
tap.check(exact > 500, f"{exact} layers are compared to the cycle")
check_fusion("--hw", "inference-01", "--net", "resnet18")
tap.done()
