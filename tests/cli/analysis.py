#!/usr/bin/env python3
"""simdit top and diff: what they say of output files, against the tables in them."""

import csv
import io
import json
import os
import sys

import h5py

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
from definitions import MACHINE, NETWORK, check_refused, write  # noqa: E402
from reference import Tap, run, scratch  # noqa: E402
from traces import activities_of, layers_of  # noqa: E402

PARTS = ["busy", "fill", "drain", "nop", "multi_cycle"]


def column_of(cause):
    return cause + "_cycles" if cause in PARTS else cause


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def causes_of(layers):
    return PARTS + [n for n in layers.dtype.names if n.startswith("stall_") and n != "stall_cycles"]


def check_top(tap, path):
    layers = layers_of(path)
    rows = rows_of(run("top", path, "--format", "csv").stdout)
    expected = {(str(layer["layer"]), cause): layer[column_of(cause)] for layer in layers
                for cause in causes_of(layers) if layer[column_of(cause)] > 0}
    tap.equal({(row["layer"], row["cause"]): int(row["cycles"]) for row in rows}, expected,
              "top: every part of every layer")
    total = int(layers["total_cycles"].sum())
    tap.equal(sum(int(row["cycles"]) for row in rows), total, "top: together all cycles")
    tap.equal([float(row["share"]) for row in rows], [int(row["cycles"]) / total for row in rows],
              "top: shares")
    cycles = [int(row["cycles"]) for row in rows]
    tap.equal(cycles, sorted(cycles, reverse=True), "top: by cost")
    tap.equal(rows_of(run("top", path, "--worst", 3, "--format", "csv").stdout), rows[:3], "top --worst")
    tap.equal([{k: str(v) for k, v in row.items() if k != "share"} for row in
               json.loads(run("top", path, "--format", "json").stdout)],
              [{k: v for k, v in row.items() if k != "share"} for row in rows], "top: JSON is the CSV")
    text = run("top", path).stdout
    tap.check(text.startswith("small on default, inference, batch 1, decoupled, dram ideal: "
                              f"{total} cycles\n"), "top: the run", text)
    for cause in causes_of(layers):
        cost = int(layers[column_of(cause)].sum())
        tap.check(cost == 0 or f"{cause} {cost}" in " ".join(text.split()), f"top: {cause} of the run",
                  text)


def check_memory(tap, directory, network):
    """What the memory was doing, as the run said; in the rows of the table as in its lines."""
    path = os.path.join(directory, "memory.h5")
    said = run("run", "--hw", "default", "--net", network, "--dram", "ddr4-2400", "--stalls", "-o", path).stdout
    table = said[said.index("waits_for"):].split("\n\n")[0].rstrip("\n")
    text = run("top", path).stdout
    tap.check("What the memory was doing while they waited for data:\n" + table in text, "top: the memory", text, table)
    tap.check(table.count("\n") > 3, "top: the memory does several things", table)


def first_difference(a, b):
    partings = []
    for name in a:
        pairs = list(zip(a[name] + [None], b[name] + [None]))
        pair = next((pair for pair in pairs if pair[0] != pair[1]), None)
        if pair is not None:
            partings.append((min(one["start"] for one in pair if one is not None), name, pair))
    return min(partings, key=lambda parting: parting[0], default=None)


def check_diff(tap, what, a, b):
    process = run("diff", a, b, "--format", "json")
    document = json.loads(process.stdout)
    parting = first_difference(activities_of(a), activities_of(b))
    layers = [layers_of(path) for path in (a, b)]
    rows = {}
    for i in range(max(map(len, layers))):
        for cause in causes_of(layers[0]):
            values = [int(table[i][column_of(cause)]) if i < len(table) else 0 for table in layers]
            if values[0] != values[1]:
                rows[i, cause] = (*values, values[1] - values[0])
    got = {(row["layer"], row["cause"]): (row["a_cycles"], row["b_cycles"], row["difference"])
           for row in document["layers"]}
    tap.equal(got, rows, f"diff of {what}: layers and causes")
    sizes = [abs(row["difference"]) for row in document["layers"]]
    tap.equal(sizes, sorted(sizes, reverse=True), f"diff of {what}: the largest first")
    tap.equal(process.returncode, 1 if parting or rows else 0, f"diff of {what}: exit status")
    first = document["first"]
    if parting is None:
        tap.equal(first, None, f"diff of {what}: all activities are equal")
    else:
        tap.equal(first["cycle"], parting[0], f"diff of {what}: where they part")
        ones = [one and {key: one[key] for key in ("start", "end", "label")}
                for one in first_difference({first["track"]: activities_of(a)[first["track"]]},
                                            {first["track"]: activities_of(b)[first["track"]]})[2]]
        tap.equal([first["a"], first["b"]], ones, f"diff of {what}: the activities")
    text = run("diff", a, b).stdout
    tap.check(("All activities are equal" in text) == (parting is None)
              and (parting is None or f"part in cycle {parting[0]} on" in text), f"diff of {what}: text",
              text)
    csv_rows = rows_of(run("diff", a, b, "--format", "csv").stdout)
    tap.equal([{k: str(v) for k, v in row.items()} for row in document["layers"]], csv_rows,
              f"diff of {what}: CSV")


def check_diffs(tap, directory, network):
    # Words and ports twice as wide: the same cycles, but not the same bits.
    wide = {key: value * 2 for key, value in MACHINE.items()
            if key.endswith(("_WIDTH", "_CAPACITY_BITS")) and isinstance(value, int)}
    short = dict(NETWORK, layers=NETWORK["layers"][:3])
    runs = {"itself": ["--hw", "default", "--net", network],
            "another machine": ["--hw", "inference-01", "--net", network],
            "lockstep": ["--hw", "default", "--net", network, "--pipeline", "lockstep"],
            "a shared DRAM": ["--hw", "default", "--net", network, "--dram", "shared:width=100,latency=9"],
            "a larger batch": ["--hw", "default", "--net", network, "--batch", 3],
            "fewer layers": ["--hw", "default", "--net", write(directory, "short.json", short)],
            "wider words": ["--hw", write(directory, "wide.json", dict(MACHINE, **wide)), "--net", network]}
    for what, arguments in runs.items():
        b = os.path.join(directory, "b.h5")
        run("run", *arguments, "-o", b, check=True)
        check_diff(tap, what, path, b)
        check_diff(tap, f"{what}, the other way round", b, path)
        if what == "itself":
            tap.equal(run("diff", path, b).returncode, 0, "diff of equal runs")
        if what == "wider words":
            document = json.loads(run("diff", path, b, "--format", "json").stdout)
            tap.check(document["first"] and not document["layers"], "diff of bits only", document)


def check_worst(tap, path):
    for command, files in (("top", [path]), ("diff", [path, path])):
        for n in (0, -1):
            process = run(command, *files, "--worst", n)
            tap.check(process.returncode == 2 and not process.stdout
                      and f"--worst: expected 1 or more, got {n}" in process.stderr, f"{command} --worst {n}",
                      process.stderr)
        tap.check(run(command, *files, "--worst", 1).returncode == 0, f"{command} --worst 1")


def check_bad_files(tap, directory, path):
    for command, arguments in (("top", []), ("diff", [path])):
        for name, words, content in (("nothing", ["cannot be read"], None),
                                     ("text", ["cannot be read: there is no such file, or it is not HDF5"],
                                      "text")):
            bad = os.path.join(directory, name)
            if content is not None:
                write(directory, name, content)
            check_refused(tap, f"{command} of {name}", [name, *words], command, bad, *arguments)
        for what in ("layers", "counters/labels"):
            bad = os.path.join(directory, "bad.h5")
            with open(path, "rb") as file:
                write(directory, "bad.h5", file.read())
            with h5py.File(bad, "a") as file:
                del file[what]
            check_refused(tap, f"{command} without {what}", ["bad.h5: cannot be read: "], command, bad,
                          *arguments)


tap = Tap()
with scratch() as directory:
    network = write(directory, "network.json", NETWORK)
    path = os.path.join(directory, "a.h5")
    run("run", "--hw", "default", "--net", network, "-o", path, check=True)
    check_top(tap, path)
    check_memory(tap, directory, network)
    check_diffs(tap, directory, network)
    check_worst(tap, path)
    check_bad_files(tap, directory, path)
tap.done()
