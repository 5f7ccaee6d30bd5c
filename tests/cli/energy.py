#!/usr/bin/env python3
"""Energy of runs and estimates: it adds up in every way, is what the counters say, and errors name what is missing."""

import json
import math
import os
import subprocess
import sys

import h5py
import numpy

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tools/silicon"))
from reference import ROOT, Tap, run, scratch  # noqa: E402
import schema  # noqa: E402

COMPONENTS = ["pe_array", "simd_array", "wbuf", "bbuf", "ibuf", "obuf", "vmem", "imm", "instruction_memory", "axi",
              "dram"]
OPERANDS = ["weights", "bias", "ifmap", "psum_load", "psum_store", "ofmap", "other"]
BYTES = ["weight", "bias", "ifmap", "psum_load", "psum_store", "ofmap"]
SMALL = ["--hw", "inference-03", "--net", "resnet18"]
RUNS = {
    "ideal": [*SMALL, "--energy", "45nm"],
    "lockstep": [*SMALL, "--energy", "22nm:memory=hbm2", "--pipeline", "lockstep"],
    "shared": [*SMALL, "--energy", "7nm", "--dram", "shared:width=128,latency=20"],
    "commands": [*SMALL, "--energy", "45nm", "--dram", "ddr4-2400:channels=2"],
    "training": ["--hw", "training-08", "--net", "resnet18", "--phase", "training", "--batch", "2", "--energy", "22nm"],
}

tap = Tap()
scratch_directory = scratch()
directory = scratch_directory.name


def near(a, b):
    return math.isclose(a, b, rel_tol=1e-9)


def by_component(rows):
    return {c: math.fsum(row[f"{c}_pj"] for row in rows) for c in COMPONENTS}


def check_sums(name, arguments):
    path = os.path.join(directory, f"{name}.h5")
    result = json.loads(run("run", *arguments, "--format", "json", "-o", path).stdout)
    layers, energy = result["layers"], result["energy"]
    parts = {row["component"]: row["total_pj"] for row in energy["components"]}
    total = energy["total_pj"]
    tap.check(near(total, sum(parts.values())), f"{name}: the total is the sum of components", total, parts)
    tap.check(near(total, math.fsum(row["total_pj"] for row in layers)), f"{name}: and of layers")
    tap.check(near(total, math.fsum(row["total_pj"] for row in energy["phases"])), f"{name}: and of phases")
    sums = by_component(layers)
    tap.check(all(near(sums[c], parts[c]) for c in COMPONENTS), f"{name}: each component is that of its layers")
    tap.check(all(near(row["dram_pj"], sum(row[f"dram_{o}_pj"] for o in OPERANDS)) for row in layers),
              f"{name}: DRAM is the sum of operands")
    tap.check(all(near(row["total_pj"], row["dynamic_pj"] + row["clock_pj"] + row["leakage_pj"]) for row in layers),
              f"{name}: dynamic, clock and leakage add up")
    with h5py.File(path) as file:
        check_file(name, file, layers, total, energy)
    return result


def check_file(name, file, layers, total, energy):
    power, clock_fs = file["power"][:], int(file.attrs["clock_fs"])
    integral = math.fsum(power["power_mw"] * power["total_cycles"] * clock_fs * 1e-6)  # mW fs is 1e-6 pJ
    tap.check(near(total, integral), f"{name}: and the integral of power over cycles", total, integral)
    tap.check(int(power["total_cycles"].sum()) == int(file.attrs["cycles"]), f"{name}: all cycles have a power")
    sums = {c: math.fsum(power[f"{c}_pj"]) for c in COMPONENTS}
    tap.check(all(near(sums[row["component"]], row["total_pj"]) for row in energy["components"]),
              f"{name}: component by component", sums)
    tap.equal([list(file["energy"][c + "_pj"]) for c in COMPONENTS], [[r[c + "_pj"] for r in layers] for c in COMPONENTS],
              f"{name}: /energy is what was printed")
    tap.equal(file["energy"].attrs["wbuf_pj.unit"], "pJ", f"{name}: with units")
    peak = int(numpy.argmax(power["power_mw"]))
    tap.equal((energy["peak_power_mw"], energy["peak_start_cycle"]),
              (power["power_mw"][peak], power["start_cycle"][peak]), f"{name}: the peak is the highest window")
    tap.check(json.loads(file["energy_table"][()])["format"] == "simdit-energy", f"{name}: the table is in the file")


def check_counters(result):
    """DRAM and AXI from the columns of the run, with the table's own numbers."""
    with open(os.path.join(ROOT, "hwdefs/energy/45nm.json")) as file:
        table = json.load(file)
    row, port = table["dram"][0], table["axi_port"][0]
    for layer in result["layers"]:
        pj = 8 * sum(layer[f"{o}_bytes"] for o in BYTES) * row["read"]["value"]
        bits = 8 * layer["dram_bytes"]
        if not (near(layer["dram_pj"], pj) and near(layer["axi_pj"], bits * port["transfer"]["value"])):
            break
    else:
        layer = None
    tap.check(layer is None and row["read"] == row["write"], "DRAM and AXI: bits times energy per bit", layer)


def check_estimate():
    """What an estimate counts is what a run does; only its cycles are others."""
    for hw, options in (("inference-03", []), ("training-08", ["--phase", "training", "--batch", "2"])):
        arguments = ["--hw", hw, "--net", "resnet18", *options, "--energy", "22nm", "--format", "json"]
        simulated, estimated = (json.loads(run(command, *arguments).stdout)["layers"] for command in ("run", "estimate"))
        tap.check(all(near(a["dynamic_pj"], b["dynamic_pj"]) for a, b in zip(simulated, estimated)),
                  f"{hw}: estimate and run agree in dynamic energy",
                  [(a["name"], a["dynamic_pj"], b["dynamic_pj"]) for a, b in zip(simulated, estimated)
                   if not near(a["dynamic_pj"], b["dynamic_pj"])])


def check_machine():
    """A machine names its table."""
    with open(os.path.join(ROOT, "hwdefs/inference-03.json")) as file:
        machine = json.load(file)
    path = os.path.join(directory, "machine.json")

    def total(energy, *options, number="int"):
        with open(path, "w") as file:
            json.dump({**machine, "energy": energy, "number": number}, file)
        process = run("run", "--hw", path, "--net", "resnet18", "--format", "json", *options)
        return json.loads(process.stdout)["energy"]["total_pj"] if process.returncode == 0 else process.stderr

    named = total("45nm:memory=lpddr4")
    tap.check(named == total("22nm", "--energy", "45nm:memory=lpddr4") != total("45nm"), "the machine's table, and ours")
    tap.check("no row for number \"float\", weight_bits 8" in total("45nm", number="float"), "number chooses rows")
    tap.check("machine.json: $.energy: 46nm: there is no such file, and no energy table" in total("46nm"),
              "a table that is not there", total("46nm"))
    tap.check("22nm, 45nm" in total("46nm"), "the message lists those that are")
    with open(path, "w") as file:
        json.dump({**machine, "energy": "45nm"}, file)
    plain = run("run", "--hw", path, "--net", "resnet18").stdout
    tap.check("energy " in plain and "peak power " in plain and "weight" in plain, "the usual table has a line of energy")


def check_columns():
    header = run("run", *RUNS["ideal"], "--format", "csv").stdout.splitlines()[0].split(",")
    listed = [row["column"] for row in json.loads(run("list", "columns", "--format", "json").stdout)]
    tap.equal(header, listed, "CSV has the columns that list explains")
    tap.check("pe_array_pj" in header and "dram_psum_load_pj" in header and "power_mw" in header, "energies among them")


def check_errors():
    for arguments, message in (
            (["--energy", "45nm:memory=ddr9"], '$.dram: there is no row for memory "ddr9", which "read" is needed of; '
                                               'those are: memory "ddr4"; memory "lpddr4"; memory "hbm2"'),
            (["--energy", "45nm", "--dram", "ddr4-2400:rd_fj=0"], "ddr4-2400: $.energy.rd_fj: expected the energy")):
        process = run("run", *SMALL, *arguments)
        tap.check(process.returncode == 1 and message in process.stderr and process.stdout == "", f"error: {message}",
                  process.stderr)
    process = run("estimate", *SMALL, "--compat", "--energy", "45nm")
    tap.check(process.returncode == 2 and "--compat has SimDIT's columns only" in process.stderr, "none with --compat")


def check_tables():
    """The shipped tables fit the format as the flow's own check has it, and serve every shipped machine."""
    folder = os.path.join(ROOT, "hwdefs/energy")
    subprocess.run([sys.executable, os.path.join(ROOT, "tools/silicon/published"), directory], check=True)
    for name in ("45nm.json", "22nm.json", "7nm.json"):
        with open(os.path.join(folder, name)) as shipped, open(os.path.join(directory, name)) as written:
            tap.check(shipped.read() == written.read(), f"{name} is what tools/silicon/published writes")
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name)) as file:
            tap.equal(list(schema.faults(json.load(file))), [], f"{name} fits the format")
    for hw in sorted(os.listdir(os.path.join(ROOT, "hwdefs"))):
        if not hw.endswith(".json"):
            continue
        for table in ("45nm", "22nm", "7nm"):
            process = run("estimate", "--hw", hw[:-5], "--net", "resnet18", "--energy", table, "--format", "csv")
            tap.check(process.returncode == 0, f"{table} has what {hw} needs", process.stderr)


results = {name: check_sums(name, arguments) for name, arguments in RUNS.items()}
check_counters(results["ideal"])
check_estimate()
check_machine()
check_columns()
check_errors()
check_tables()
text = run("run", *RUNS["training"]).stdout
tap.check("dL/dw" in text and "weights" in text and "peak power" in text, "a table for people", text[-3000:])
tap.done()
