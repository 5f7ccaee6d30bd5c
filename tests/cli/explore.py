#!/usr/bin/env python3
"""simdit explore and merge: their tables against estimate and run, their files, what they refuse."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time

import h5py

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
from definitions import MACHINE, NETWORK, check_refused, write  # noqa: E402
from reference import SIMDIT, Tap, run, scratch  # noqa: E402

SIZES = ["wbuf_kib", "ibuf_kib", "obuf_kib", "vmem_kib"]
PORTS = ["param_port", "ibuf_port", "obuf_port", "simd_port"]
BUDGETS = ["--sram-budget", "512KiB,1MiB", "--bandwidth-budget", "256,512"]
SHARDS = 3


def machine_of(design, **others):
    """The definition of a design, by a way of its own."""
    keys = {"ARRAY_N": design["rows"], "ARRAY_M": design["columns"],
            "WBUF_CAPACITY_BITS": design["wbuf_kib"] * 8192, "IBUF_CAPACITY_BITS": design["ibuf_kib"] * 8192,
            "OBUF_CAPACITY_BITS": design["obuf_kib"] * 4096,
            "SIMD_VMEM_CAPACITY_BITS": design["vmem_kib"] * 4096,
            "PARAMBUF_AXI_DATA_WIDTH": design["param_port"], "IBUF_AXI_DATA_WIDTH": design["ibuf_port"],
            "OBUF_AXI_DATA_WIDTH": design["obuf_port"], "SIMD_AXI_DATA_WIDTH": design["simd_port"]}
    return {**MACHINE, **keys, **others}


def cycles(command, directory, machine, network, *arguments):
    column = "total cycles" if "--compat" in arguments else "total_cycles"
    process = run(command, "--hw", write(directory, "design.json", machine), "--net", network,
                  "--format", "csv", *arguments)
    return sum(float(row[column]) for row in csv.DictReader(io.StringIO(process.stdout)))


def explore(*arguments):
    process = run("explore", *BUDGETS, "--format", "json", *arguments)
    return json.loads(process.stdout) if process.returncode == 0 else {"error": process.stderr}


def check_designs(tap, directory, network):
    """Every listed design costs what estimate and run say of it."""
    for options, keys in [((), {}), (("--compat",), {"vmem_buffering": "single"})]:
        got = explore("--net", network, "--top", 2, *options)
        for design in [d for d in got["designs"] if d["sram_budget"] + d["bandwidth_budget"] == 1536]:
            name = f"{options} {design['sram_budget']}/{design['bandwidth_budget']} {design['which']}"
            machine = machine_of(design, **keys)
            estimate = cycles("estimate", directory, machine, network, *options)
            tap.check(abs(design["estimated_cycles"] - estimate) <= 1e-9 * estimate, f"{name}: estimate",
                      design["estimated_cycles"], estimate)
            tap.equal(design["simulated_cycles"], cycles("run", directory, machine, network),
                      f"{name}: simulation")
        for budgets in got["budgets"]:
            pair = (budgets["sram_budget"], budgets["bandwidth_budget"])
            listed = {d["which"]: d for d in got["designs"]
                      if (d["sram_budget"], d["bandwidth_budget"]) == pair}
            tap.equal([budgets["best_estimated"], budgets["uniform_simulated"],
                       budgets["worst_above_half_estimated_ratio"]],
                      [listed["best"]["estimated_cycles"], listed["uniform"]["simulated_cycles"],
                       listed["worst_above_half"]["estimated_ratio"]], f"{options} {pair}: budgets")
            tap.equal([listed["worst"][s] for s in ("rows", "columns")], [64, 64], f"{pair}: the PE array")
            tap.equal([sum(listed["worst"][p] for p in SIZES), sum(listed["worst"][p] for p in PORTS)],
                      list(pair), f"{options} {pair}: worst uses up both budgets")
    check_sharing(tap, directory, network, got)
    check_pareto(tap, got)


def check_sharing(tap, directory, network, got):
    row = got["sharing"][-1]
    width = row["bandwidth_budget"]
    ports = {"PARAMBUF_AXI_DATA_WIDTH": width, "IBUF_AXI_DATA_WIDTH": width, "OBUF_AXI_DATA_WIDTH": width,
             "SIMD_AXI_DATA_WIDTH": width, "vmem_buffering": "single", "dram": f"shared:width={width}"}
    machine = machine_of({**row, **dict.fromkeys(PORTS, width)}, **ports)
    tap.equal(row["shared_simulated"], cycles("run", directory, machine, network), "sharing: one channel")
    tap.check(row["per_layer_estimated"] <= row["best_estimated"], "sharing: layers on their own", row)


def check_pareto(tap, got):
    front = [(p["sram"], p["bandwidth"], p["estimated_cycles"]) for p in got["pareto"]]
    beaten = [p for p in front for q in front if q != p and all(a <= b for a, b in zip(q, p))]
    tap.equal(beaten, [], "pareto: nothing is beaten")
    best = [(sum(d[s] for s in SIZES), sum(d[p] for p in PORTS), d["estimated_cycles"])
            for d in got["designs"]]
    tap.check(all(any(all(a <= b for a, b in zip(p, d)) for p in front) for d in best),
              "pareto: everything else is")
    tap.equal([p["sram"] for p in got["pareto"]], [sum(p[s] for s in SIZES) for p in got["pareto"]],
              "pareto: sums of SRAM")


def energy(command, directory, machine, network, table):
    process = run(command, "--hw", write(directory, "design.json", machine), "--net", network, "--energy",
                  table, "--format", "csv")
    return sum(float(row["total_pj"]) for row in csv.DictReader(io.StringIO(process.stdout)))


def area(directory, machine, network, table):
    process = run("estimate", "--hw", write(directory, "design.json", machine), "--net", network, "--energy",
                  table, "--format", "json")
    return sum(part["area_um2"] for part in json.loads(process.stdout)["energy"]["components"]) * 1e-6


def check_energy(tap, directory, network):
    """Energy of every listed design is what estimate and run say, and the objective ranks by it."""
    got = {objective: explore("--net", network, "--top", 3, "--energy", "45nm", "--objective", objective)
           for objective in ("cycles", "energy", "edp")}
    for design in [d for d in got["energy"]["designs"] if d["sram_budget"] == 1024]:
        name = f"{design['bandwidth_budget']} {design['which']}"
        for column, command in [("estimated", "estimate"), ("simulated", "run")]:
            expected = energy(command, directory, machine_of(design), network, "45nm")
            tap.check(abs(design[f"{column}_pj"] - expected) <= 1e-12 * expected, f"{name}: {column} energy",
                      design[f"{column}_pj"], expected)
    for objective, column in [("cycles", "estimated_cycles"), ("energy", "estimated_pj"),
                              ("edp", "estimated_edp")]:
        for budgets in got[objective]["budgets"]:
            pair = (budgets["sram_budget"], budgets["bandwidth_budget"])
            designs = {name: [d for d in result["designs"]
                              if (d["sram_budget"], d["bandwidth_budget"]) == pair]
                       for name, result in got.items()}
            listed = designs[objective]
            tap.equal([listed[0][column], budgets["best_estimated"]],
                      [min(d[column] for all_listed in designs.values() for d in all_listed)] * 2,
                      f"{objective} {pair}: none that is listed is better than the best")
            tap.equal([d[column] for d in listed[:3]], sorted(d[column] for d in listed[:3]),
                      f"{objective} {pair}: in order")
            tap.equal(listed[-1]["estimated_ratio"], listed[-1][column] / listed[0][column],
                      f"{objective} {pair}: ratios are those of the objective")
    check_energy_front(tap, got)
    check_area(tap, directory, network)
    check_refused(tap, "objective without a table", ["objective energy: expected an energy table"], "explore",
                  *BUDGETS, "--net", network, "--objective", "energy")
    check_refused(tap, "area without a table", ["a budget of area: expected an energy table"], "explore",
                  *BUDGETS, "--net", network, "--area-budget", "5")
    check_refused(tap, "area without areas", ["45nm.json, which has none of pe_array"], "explore", *BUDGETS,
                  "--net", network, "--area-budget", "5", "--energy", "45nm")


def check_energy_front(tap, got):
    options = ["--net", "resnet18", "--best-only", "--top", 1]
    fast, both = explore(*options)["pareto"], explore(*options, "--energy", "45nm")["pareto"]
    sizes = ["sram", "bandwidth", *SIZES, *PORTS]
    tap.equal([[p[s] for s in sizes] for p in fast if [p[s] for s in sizes] not in
               [[q[s] for s in sizes] for q in both]], [], "pareto with energy: the fast ones are there")
    tap.check(len(both) > len(fast), "pareto with energy: and frugal ones", len(both), len(fast))
    front = [(p["sram"], p["bandwidth"], p["estimated_cycles"], p["estimated_pj"])
             for p in got["cycles"]["pareto"]]
    beaten = [p for p in front for q in front if q != p and all(a <= b for a, b in zip(q, p))]
    tap.equal(beaten, [], "pareto with energy: nothing is beaten")
    tap.equal([p["estimated_pj"] for p in got["edp"]["pareto"]], [p[3] for p in front],
              "pareto with energy: whatever the objective")


def check_area(tap, directory, network):
    table = "osu018-8x8-int8-45nm"
    every = explore("--net", network, "--top", 30, "--energy", table)
    best = every["designs"][0]
    expected = area(directory, machine_of(best), network, table)
    tap.check(abs(best["area_mm2"] - expected) <= 1e-9 * expected, "area: as estimate has it",
              best["area_mm2"], expected)
    areas = sorted(d["area_mm2"] for d in every["designs"])
    budget = areas[len(areas) // 2]
    small = explore("--net", network, "--top", 30, "--energy", table, "--area-budget", f"{budget:.6f}")
    tap.check(all(d["area_mm2"] <= budget + 1e-6 for d in small["designs"]), "area: within the budget")
    for pair in [(b["sram_budget"], b["bandwidth_budget"]) for b in every["budgets"]]:
        def best_of(result, pair=pair):
            return [d for d in result["designs"] if (d["sram_budget"], d["bandwidth_budget"]) == pair
                    and (d["which"] == "best" or "top" in d["which"]) and d["area_mm2"] <= budget - 1e-6]
        tap.equal([d["estimated_cycles"] for d in best_of(small)][:len(best_of(every))],
                  [d["estimated_cycles"] for d in best_of(every)], f"area {pair}: the best that remain")
    tap.check(any(s["left_out"] > e["left_out"] for s, e in zip(small["budgets"], every["budgets"])),
              "area: the others are left out")
    check_refused(tap, "area: nothing fits", ["within the area"], "explore", *BUDGETS, "--net", network,
                  "--energy", table, "--area-budget", "0.1")


def check_space(tap, directory, network):
    space = write(directory, "space.json", {
        "workloads": [{"net": network, "weight": 3}, {"net": network, "batch": 2, "phase": "training"}],
        "parameters": {"vmem_kib": 200, "simd_port": {"min": 100}, "ibuf_kib": [32, 100]}})
    got = explore("--space", space, "--top", 3)
    best = got["designs"][0]
    machine = machine_of(best)
    expected = (3 * cycles("estimate", directory, machine, network)
                + cycles("estimate", directory, machine, network, "--phase", "training", "--batch", 2))
    tap.equal(best["estimated_cycles"], expected, "space: workloads by weight")
    tap.check(all(d["vmem_kib"] == 200 and d["simd_port"] >= 100 and d["ibuf_kib"] in (32, 100)
                  for d in got["designs"] if d["which"] != "uniform"), "space: values of parameters")
    tap.equal({d["vmem_kib"] for d in got["designs"]}, {200}, "space: a fixed one, uniform included")
    check_refused(tap, "space: unknown key", ["space.json: $: ", "\"workload\"", "workloads"], "explore",
                  *BUDGETS, "--space", write(directory, "space.json", {"workload": []}))
    check_refused(tap, "space: nothing adds up", ["512 KiB of SRAM cannot be divided"], "explore", *BUDGETS,
                  "--net", network, "--space", write(directory, "space.json",
                                                     {"parameters": {"vmem_kib": 600}}))


def check_grids(tap, network):
    step = explore("--net", network, "--grid", "step", "64", "--sram-step", "128", "--array", "32x64,64x32")
    tap.equal([b["designs"] for b in step["budgets"]], [2 * 1 * 1, 2 * 1 * 35, 2 * 35 * 1, 2 * 35 * 35],
              "step: so many designs")
    tap.check(all(sum(d[s] for s in SIZES) == d["sram_budget"]
                  and sum(d[p] for p in PORTS) == d["bandwidth_budget"] for d in step["designs"]),
              "step: sums equal the budgets")
    tap.equal({d["which"] for d in step["designs"] if "half" in d["which"]}, set(),
              "step: every design uses up its budgets")
    best = explore("--net", network, "--best-only", "--top", 4)
    every = explore("--net", network, "--top", 4)
    names = ["best", "top_2", "top_3", "top_4"]
    tap.equal([{k: d[k] for k in SIZES + PORTS} for d in best["designs"] if d["which"] in names],
              [{k: d[k] for k in SIZES + PORTS} for d in every["designs"] if d["which"] in names],
              "--best-only: the same best designs")


MISSING = ["uniform", "median", "worst", "median_above_half", "worst_above_half"]


def missing_of(names, ends):
    return [f"{name}_{end}" for name in names for end in ends]


def check_missing(tap, directory, network):
    """What has no design has no figure: neither 0, which would be the lowest of all."""
    ends = ("estimated", "estimated_ratio", "simulated", "simulated_ratio")
    shape = ["--net", network, "--sram-budget", "512KiB", "--bandwidth-budget", "256"]
    odd = write(directory, "odd.json", {"parameters": {"param_port": 33}})
    small = ["--energy", "osu018-8x8-int8-45nm", "--area-budget", "11"]
    for name, options, gone in (("--area-budget", small, MISSING[:3]),
                                ("--best-only", ["--best-only"], MISSING[1:]),
                                ("--space", ["--space", odd], ["median", "worst"])):
        path = os.path.join(directory, "missing.h5")
        got = json.loads(run("explore", *shape, *options, "--format", "json", "-o", path).stdout)
        expected = missing_of(gone, ends)
        tap.equal([k for k, v in got["budgets"][0].items() if v is None], expected, f"missing {name}: JSON null")
        uniform = [f"uniform_{end}" for end in ("simulated", "shared_simulated") if "uniform" in gone]
        tap.equal([k for k, v in got["sharing"][0].items() if v is None], uniform, f"missing {name}: sharing")
        for table, columns in (("budgets", expected), ("sharing", uniform)):
            def cells(form, table=table, options=options):
                return run("explore", *shape, *options, "--table", table, "--format", form).stdout.splitlines()
            row = next(csv.DictReader(cells("csv")))
            tap.equal([k for k, v in row.items() if v == ""], columns, f"missing {name}: {table} CSV")
            head, row = (line.split() for line in cells("table")[:2])
            tap.equal([k for k, v in zip(head, row) if v == "-"], columns, f"missing {name}: {table} for people")
            with h5py.File(path) as file:
                row = file[table][0]
                tap.equal([k for k in row.dtype.names if row[k] != row[k]], columns, f"missing {name}: {table} NaN")
        page = os.path.join(directory, "missing.html")
        tap.equal(run("report", path, "-o", page).returncode, 0, f"missing {name}: a report")
        tap.check(b">nan<" not in read(page) and b">-nan<" not in read(page), f"missing {name}: no nan there")


def read(path):
    with open(path, "rb") as file:
        return file.read()


def check_files(tap, directory, network):
    """Whatever the threads and shards, and their order, the file has the same bytes."""
    def path(name):
        return os.path.join(directory, name)
    base = ["explore", *BUDGETS, "--net", network, "--top", 2]
    one = run(*base, "--threads", 1, "-o", path("one.h5"))
    many = run(*base, "--threads", 5, "-o", path("many.h5"))
    tap.equal(read(path("one.h5")) == read(path("many.h5")), True, "any number of threads: the same bytes")
    tap.equal(one.stdout, many.stdout, "any number of threads: the same words")
    shards = [path(f"shard{k}.h5") for k in range(SHARDS)]
    for k in reversed(range(SHARDS)):
        process = run(*base, "--shard", f"{k + 1}/{SHARDS}", "-o", shards[k])
        tap.equal(process.returncode, 0, f"shard {k + 1}: {process.stderr.strip()}")
    merged = run("merge", *shards, "-o", path("merged.h5"))
    tap.equal(merged.stdout, one.stdout, "merge: the same words as in one go")
    tap.equal(read(path("merged.h5")) == read(path("one.h5")), True, "merge: the same bytes")
    check_energy_files(tap, base, directory)
    with h5py.File(path("one.h5")) as file:
        tap.equal([str(file.attrs["format"]), int(file.attrs["format_version"])],
                  ["simdit-exploration", 1], "the file: its format")
        names = {name for name in file if name != "notes"}
        tap.equal(names, {"request", "designs", "budgets", "sharing", "pareto"}, "the file: its tables")
        tap.equal(len(file["budgets"]), 4, "the file: a row per pair of budgets")
        tap.equal(file["designs"].attrs["wbuf_kib.unit"], "KiB", "the file: units")
        tap.check("simdit-exploration-request" in file["request"][()].decode(), "the file: the request")
    check_resume(tap, base, shards, one.stdout)
    check_merge_errors(tap, directory, base, shards)


def check_energy_files(tap, base, directory):
    options = [*base, "--energy", "osu018-8x8-int8-45nm", "--objective", "edp", "--area-budget", "13.2"]
    paths = [os.path.join(directory, name) for name in ("e1.h5", "e2.h5", "whole.h5", "merged.h5")]
    whole = run(*options, "--threads", 1, "-o", paths[2])
    for k in (2, 1):
        run(*options, "--shard", f"{k}/2", "-o", paths[k - 1])
    merged = run("merge", *paths[:2], "-o", paths[3])
    tap.equal([merged.returncode, merged.stdout], [0, whole.stdout], "merge with energy: the same words")
    tap.equal(read(paths[3]) == read(paths[2]), True, "merge with energy: the same bytes")
    with h5py.File(paths[2]) as file:
        tap.equal([str(file.attrs["objective"]), str(file.attrs["energy_table"])],
                  ["edp", "osu018-8x8-int8-45nm"], "the file: objective and energy table")
        tap.check({"estimated_pj", "area_mm2"} <= set(file["pareto"].dtype.names or file["pareto"]),
                  "the file: energy and area of the front", file["pareto"])
        tap.equal(file["budgets"].attrs["best_estimated.unit"], "uJ kcycle", "the file: the objective's unit")


def check_resume(tap, base, shards, expected):
    whole = read(shards[1])
    again = run(*base, "--shard", f"2/{SHARDS}", "-o", shards[1])
    tap.check("complete already" in again.stderr, "a complete shard is left", again.stderr)
    damaged = bytearray(whole)
    at = whole.find(b"\x78\x5e", 4096)  # within compressed rows
    damaged[max(at, len(whole) // 2)] ^= 0xFF
    for name, content in [("cut short", whole[:len(whole) // 2]), ("empty", b""), ("text", b"hello\n"),
                          ("cut by a byte", whole[:-1]), ("damaged", bytes(damaged))]:
        with open(shards[1], "wb") as file:
            file.write(content)
        process = run("merge", *shards)
        tap.check(process.returncode == 1 and "shard1.h5: cannot be read" in process.stderr
                  and not process.stdout, f"a shard that is {name} is not merged", process.stderr)
        again = run(*base, "--shard", f"2/{SHARDS}", "-o", shards[1])
        tap.check(again.returncode == 0 and "written" in again.stderr, f"{name}: it is redone", again.stderr)
        tap.check(read(shards[1]) == whole, f"{name}: as it was")
    tap.equal(run("merge", *shards).stdout, expected, "redone shards: the same result")


def check_merge_errors(tap, directory, base, shards):
    check_refused(tap, "merge: a gap", [f"of {SHARDS}", "expected as many files, got 2"], "merge", *shards[:2])
    check_refused(tap, "merge: twice", ["expected each shard once", "shard 1"], "merge", shards[0], shards[0],
                  shards[1])
    other = os.path.join(directory, "other.h5")
    run(*base, "--compat", "--shard", f"3/{SHARDS}", "-o", other)
    check_refused(tap, "merge: another exploration", ["other.h5", "of the same exploration"], "merge",
                  *shards[:2], other)
    check_refused(tap, "merge: not a shard", ["one.h5", "expected format simdit-exploration-shard"], "merge",
                  os.path.join(directory, "one.h5"))
    check_refused(tap, "shard: another one is there", ["other.h5", "of another"], *base, "--shard",
                  f"3/{SHARDS}", "-o", other)
    process = run("merge")
    tap.equal(process.returncode, 2, "merge: no files")


def check_usage(tap, network):
    net = ["--net", network]
    for name, arguments, words in [
            ("no budgets", net, "--bandwidth-budget are needed"),
            ("size", [*net, "--sram-budget", "2GiB", "--bandwidth-budget", "8"], "\"2GiB\""),
            ("bandwidth", [*net, "--sram-budget", "2MiB", "--bandwidth-budget", "8,"], "\"8,\""),
            ("grid", [*net, *BUDGETS, "--grid", "fine"], "expected pow2, step or step N"),
            ("grid number", [*net, *BUDGETS, "--grid", "step", "x"], "\"step x\""),
            ("array", [*net, *BUDGETS, "--array", "64"], "ROWSxCOLUMNS"),
            ("objective", [*net, *BUDGETS, "--objective", "speed"], "expected cycles, energy or edp"),
            ("energy", [*net, *BUDGETS, "--objective", "energy", "--compat"], "know no energy"),
            ("table", [*net, *BUDGETS, "--energy", "45nm", "--compat"], "know no energy"),
            ("area", [*net, *BUDGETS, "--area-budget", "0.5mm2"], "a number of mm2, got \"0.5mm2\""),
            ("top", [*net, *BUDGETS, "--top", "0"], "--top: expected 1 to 1000"),
            ("threads", [*net, *BUDGETS, "--threads", "-1"], "--threads: expected 0 to"),
            ("shard", [*net, *BUDGETS, "--shard", "4/3", "-o", "x"], "--shard: expected K/N"),
            ("shard without file", [*net, *BUDGETS, "--shard", "1/3"], "--shard needs -o"),
            ("table", [*net, *BUDGETS, "--table", "all"], "--table: expected designs"),
            ("no network", BUDGETS, "--net")]:
        process = run("explore", *arguments)
        tap.check(process.returncode == 2 and words in process.stderr and not process.stdout,
                  f"usage: {name}", process.stderr)
    check_refused(tap, "nothing fits", ["no design of the grid fits every layer"], "explore", *net,
                  "--sram-budget", "128", "--bandwidth-budget", "128")
    check_refused(tap, "too many", ["can be divided in too many ways"], "explore", *net, "--grid", "step:1",
                  "--sram-budget", "1024", "--bandwidth-budget", "1000")


def check_interrupt(tap, directory, network):
    """A shard that is killed or interrupted leaves no file of its name."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        path = os.path.join(directory, "killed.h5")
        process = subprocess.Popen(
            [SIMDIT, "explore", "--net", "resnet50", "--phase", "training", "--grid", "step:8",
             "--sram-step", "64", "--sram-budget", "4MiB", "--bandwidth-budget", "1024", "--shard", "1/1",
             "-o", path], stderr=subprocess.PIPE)
        time.sleep(0.3)
        process.send_signal(number)
        process.communicate()
        tap.equal([process.returncode, os.path.exists(path)], [-number, False], f"{number.name}: no file")


tap = Tap()
with scratch() as scratch_directory:
    small = write(scratch_directory, "small.json", NETWORK)
    check_designs(tap, scratch_directory, small)
    check_energy(tap, scratch_directory, small)
    check_space(tap, scratch_directory, small)
    check_grids(tap, small)
    check_missing(tap, scratch_directory, small)
    check_files(tap, scratch_directory, small)
    check_usage(tap, small)
    check_interrupt(tap, scratch_directory, small)
tap.done()
