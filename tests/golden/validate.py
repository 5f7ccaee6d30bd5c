#!/usr/bin/env python3
"""simdit validate: every difference between simulation and estimate has a cause, and they add up."""

import csv
import io
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
from reference import ROOT, Reference, Tap, run, run_csv, scratch  # noqa: E402

CAUSES = {"ragged_tiles_cycles": "ragged tiles",
          "few_tiles_cycles": "fewer than two weight-stationary tiles",
          "quirk_cycles": "known quirk", "vmem_buffering_cycles": "VMEM double buffering",
          "ifmap_residency_cycles": "ifmap residency", "psum_residency_cycles": "psum residency",
          "psum_hazard_cycles": "psum hazard", "port_slack_cycles": "port slack",
          "bank_conflicts_cycles": "bank conflicts", "dram_contention_cycles": "DRAM contention"}

BYTES = ["ragged_tiles_dram_bytes", "quirk_dram_bytes", "ifmap_residency_dram_bytes",
         "psum_residency_dram_bytes"]

tap = Tap()
reference = Reference()


def validate(*arguments):
    process = run("validate", *arguments, "--format", "csv")
    return process, list(csv.DictReader(io.StringIO(process.stdout)))


def number(row, column):
    return float(row[column])


def check_causes(rows, what):
    sums = [r["layer"] for r in rows
            if abs(sum(number(r, c) for c in CAUSES) - number(r, "difference_cycles")) > 1e-3]
    tap.equal(sums, [], f"{what}: the causes add up to the difference")
    sums = [r["layer"] for r in rows
            if abs(sum(number(r, c) for c in BYTES) - number(r, "difference_dram_bytes")) >= 1]
    tap.equal(sums, [], f"{what}: the causes add up to the difference in bytes")
    named = [(r["layer"], r["cause"]) for r in rows
             if {name for c, name in CAUSES.items() if number(r, c) != 0}
             != set(r["cause"].split(" + ")) - {"exact"}]
    tap.equal(named, [], f"{what}: causes that are not 0 are named")


def check(arguments, what, decoupled):
    process, rows = validate(*arguments)
    tap.check(process.returncode == 0 and rows, f"{what}: everything is explained", process.stderr)
    check_causes(rows, what)
    simulated = run_csv(*arguments)
    tap.equal([r["total_cycles"] for r in simulated], [r["simulated_total_cycles"] for r in rows],
              f"{what}: the simulation is that of run")
    if not decoupled:
        late = [r["layer"] for r in rows for c in CAUSES
                if c not in ("ragged_tiles_cycles", "few_tiles_cycles", "quirk_cycles",
                             "vmem_buffering_cycles") and number(r, c) != 0]
        tap.equal(late, [], f"{what}: lockstep has no cause beyond the estimate's simplifications")
    return rows


def check_residency(rows, arguments, what):
    """Bytes that stay on chip are those that decoupled moves less than lockstep, operand by operand."""
    decoupled, lockstep = (run_csv(*arguments[:-1], pipeline) for pipeline in ("decoupled", "lockstep"))
    moved = 0
    for part, columns in (("ifmap", ["ifmap_bytes"]), ("psum", ["psum_load_bytes", "psum_store_bytes"])):
        wrong = []
        for row, d, l in zip(rows, decoupled, lockstep):
            less = sum(number(d, c) - number(l, c) for c in columns)
            moved += abs(less)
            if "conv" in row["operation"] and abs(number(row, f"{part}_residency_dram_bytes") - less) > 1:
                wrong.append((row["layer"], less, row[f"{part}_residency_dram_bytes"]))
        tap.equal(wrong, [], f"{what}: {part} tiles that stay on chip")
    return moved


def check_fault(name, amount):
    """A simulation that is wrong in one layer, see helpers/faulty.c, is found out."""
    column = {"cycles": "unexplained_cycles", "bytes": "unexplained_dram_bytes"}[name]
    environment = dict(os.environ, LC_ALL="C.UTF-8", **{f"FAULTY_{name.upper()}": str(amount)})
    for pipeline in ("lockstep", "decoupled"):
        arguments = ["validate", "--hw", "inference-04", "--net", "resnet18", "--pipeline", pipeline]
        process = subprocess.run([os.environ["FAULTY"], *arguments, "--format", "csv"], env=environment,
                                 capture_output=True, text=True, check=False)
        rows = list(csv.DictReader(io.StringIO(process.stdout)))
        found = {row["layer"]: number(row, column) for row in rows if number(row, column) != 0}
        tap.equal(found, {"3": amount} if amount else {}, f"{amount} {name} too many, {pipeline}")
        message = f"simdit: layer 3: {column} is {amount}, expected 0: a bug\n" if amount else ""
        tap.equal((process.returncode, process.stderr), (1 if amount else 0, message), "status and message")
        tap.equal("unexplained" in rows[3]["cause"] + rows[3]["dram_cause"], amount > 0, "it is named")


def check_integer_tiles(rows, tiles, what):
    """Whole tiles, at least two of them weight-stationary: exact to the cycle."""
    exact = 0
    for row, tile in zip(rows, tiles):
        if tile["DTile_oc"] == "":
            continue
        counts = {d: float(tile[full]) / float(tile["DTile_" + d.lower()])
                  for d, full in (("ow", "OW"), ("oh", "OH"), ("oc", "OC"), ("kw", "KW"),
                                  ("kh", "KH"), ("ic", "IC"), ("batch", "Batch"))
                  if tile["DTile_" + d] != ""}
        stationary = counts["ow"] * counts["oh"] * counts["batch"]
        if all(c.is_integer() for c in counts.values()) and \
                (stationary >= 2 or row["unit"] == "simd_array"):
            exact += 1
            if row["cause"] != "exact" or number(row, "difference_cycles") != 0:
                tap.check(False, f"{what}: layer {row['layer']} is exact", row)
    return exact


def check_table(*arguments):
    """For people: both models' compute, stall and total cycles and bytes, and the sums by cause."""
    totals = json.loads(run("validate", *arguments, "--format", "json").stdout)["totals"]
    lines = run("validate", *arguments).stdout.splitlines()
    total = next(line for line in lines if line.startswith("total ")).split()
    names = [f"{model}_{part}_cycles" for part in ("compute", "stall", "total")
             for model in ("simulated", "estimated")]
    names += ["difference_cycles", "simulated_dram_bytes", "estimated_dram_bytes", "difference_dram_bytes"]
    tap.equal([float(cell) for cell in total[1:]], [round(totals[name], 2) for name in names],
              "the table's totals")
    start = lines.index(next(line for line in lines if line.startswith("cause "))) + 1
    parts = {cause: (float(cycles), float(size)) for cause, cycles, size in
             (line.rsplit(None, 2) for line in lines[start:lines.index("", start)])}
    expected = {}
    for column in [*CAUSES, "unexplained_cycles"]:
        cause = column.removesuffix("_cycles")
        expected[cause.replace("_", " ")] = (round(totals[column], 2),
                                             round(totals.get(cause + "_dram_bytes", 0), 2))
    tap.equal(parts, {cause: part for cause, part in expected.items() if part != (0, 0)},
              "the table's sums by cause")


with scratch() as directory:
    exact = kept = 0
    for name in reference.names:
        match = re.fullmatch(r"simdit/inference/(ResNet\d+)_design(\d+)_b1\.tiles\.csv", name)
        if match:
            arguments = ["--hw", f"inference-{match[2]}", "--net", match[1].lower(),
                         "--pipeline", "lockstep"]
            rows = check(arguments, f"{match[1]} on {match[2]}, lockstep", False)
            exact += check_integer_tiles(rows, reference.rows(name), name)
            if match[2] in ("01", "04", "09", "13"):
                arguments[-1] = "decoupled"
                what = f"{match[1]} on {match[2]}, decoupled"
                kept += check_residency(check(arguments, what, True), arguments, what)
    tap.check(exact > 1000, f"{exact} layers are exact")
    tap.check(kept > 0, f"{kept} bytes stay on chip")
    check(["--hw", "default", "--net", "resnet50"], "double-buffered VMEM", True)
    check(["--hw", "inference-04", "--net", "resnet18", "--batch", 8], "batch 8", True)
    rows = check(["--hw", "inference-04", "--net", "resnet18", "--dram", "shared:width=128"],
                 "a shared channel", True)
    tap.check(sum(number(r, "dram_contention_cycles") for r in rows) > 0, "ports meet in the DRAM")
    for dram in ("ddr4-2400", "hbm2:channels=8"):
        rows = check(["--hw", "inference-04", "--net", "resnet18", "--dram", dram], dram, True)
        tap.check(sum(number(r, "dram_contention_cycles") for r in rows) > 0, f"{dram} costs time")
    banks = json.load(open(os.path.join(ROOT, "hwdefs/inference-04.json")))
    path = os.path.join(directory, "banks.json")
    json.dump(dict(banks, sram_ports="1rw", sram_halves="shared"), open(path, "w"))
    rows = check(["--hw", path, "--net", "resnet18", "--dram", "shared:width=128"],
                 "one port in each bank, a shared channel", True)
    tap.check(all(sum(number(r, f"{cause}_cycles") for r in rows) > 0
                  for cause in ("bank_conflicts", "dram_contention")), "both cost time")
    spec = reference.extract("simdit/nets/ResNet18_training.json", directory)
    for pipeline in ("lockstep", "decoupled"):
        check(["--hw", "training-08", "--net", spec, "--batch", 32, "--pipeline", pipeline],
              f"training, {pipeline}", pipeline == "decoupled")
    double = json.load(open(os.path.join(ROOT, "hwdefs/training-08.json")))
    path = os.path.join(directory, "double.json")
    json.dump(dict(double, vmem_buffering="double"), open(path, "w"))
    for pipeline in ("lockstep", "decoupled"):
        check(["--hw", path, "--net", spec, "--batch", 32, "--pipeline", pipeline],
              f"training, double-buffered VMEM, {pipeline}", pipeline == "decoupled")
    process, rows = validate("--hw", "inference-01", "--net", "resnet50", "--worst", 5)
    worst = [abs(number(r, "difference_cycles")) for r in rows]
    tap.check(len(rows) == 5 and worst == sorted(worst, reverse=True) and worst[-1] > 0,
              "--worst 5 is the five largest differences", rows)
    process, rows = validate("--hw", "inference-01", "--net", "resnet50", "--worst", 0)
    tap.equal((process.returncode, process.stdout), (2, ""), "--worst 0 is refused")
    check_table("--hw", "inference-13", "--net", "resnet50")
    for fault in (("cycles", 0), ("cycles", 1), ("bytes", 1)):
        check_fault(*fault)
    process = run("validate", "--hw", "inference-01", "--net", "resnet18", "--format", "json")
    document = json.loads(process.stdout)
    totals = document["totals"]
    tap.equal((document["pipeline"], document["dram"]), ("decoupled", "ideal"), "what was simulated")
    tap.equal((totals["unexplained_cycles"], totals["unexplained_dram_bytes"]), (0, 0), "totals")
    output = os.path.join(directory, "v.h5")
    process, rows = validate("--hw", "inference-01", "--net", "resnet18", "-o", output)
    try:
        import h5py
        stored = h5py.File(output)["validation"][:]
        tap.equal([s["cause"].decode() for s in stored], [r["cause"] for r in rows],
                  "the comparison is in the file")
    except ImportError:
        tap.check(True, "the comparison is in the file # SKIP no h5py")
process = run("run", "--hw", "default", "--net", "resnet18", "--fuse")
tap.check(process.returncode == 2 and "fuse" in process.stderr, "run --fuse is refused")
tap.done()
