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

PARTS = ["busy", "fill", "drain", "nop", "multi_cycle"]


def column_of(cause):
    return cause + "_cycles" if cause in PARTS else cause


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def read_layers(path):
    with h5py.File(path) as file:
        return file["layers"][:]


def causes_of(layers):
    return PARTS + [n for n in layers.dtype.names if n.startswith("stall_") and n != "stall_cycles"]


def check_top(tap, path):
    layers = read_layers(path)
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


def check_bad_files(tap, directory, path):
    for command, arguments in (("top", []),):
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
    check_bad_files(tap, directory, path)
tap.done()
