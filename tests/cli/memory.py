#!/usr/bin/env python3
"""Runs on real DRAM: what they say of requests and of stalls, and that a run repeats from its file."""

import csv
import io
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
from reference import Tap, run, run_csv, scratch  # noqa: E402

MACHINE = ["--hw", "inference-04", "--net", "resnet18"]
DRAM = "ddr4-2400:channels=2"

tap = Tap()


def run_json(*arguments):
    return json.loads(run("run", *arguments, "--format", "json").stdout)


def check_stalls():
    for dram in (DRAM, "hbm2", "shared:width=128,latency=20"):
        result = run_json(*MACHINE, "--dram", dram)
        sums = {}
        for row in result["memory_stalls"]:
            sums[row["waits_for"]] = sums.get(row["waits_for"], 0) + row["stall_cycles"]
        totals = result["totals"]
        tap.equal(sums, {name: totals[f"stall_{name}"] for name in sums},
                  f"{dram}: what the memory does adds up to each cause")
        tap.equal(sum(sums.values()), totals["stall_cycles"], f"{dram}: and to all stalls")
    tap.check("memory_stalls" not in run_json(*MACHINE), "ideal DRAM has nothing to say")
    states = {row["memory"] for row in run_json(*MACHINE, "--dram", "ddr4-2400")["memory_stalls"]}
    expected = {"own port busy", "queue full", "bus busy with axi_param", "bus busy with axi_obuf", "refresh",
                "bank conflict", "row miss", "turnaround", "access latency"}
    tap.check(expected <= states, "every state of the memory occurs", expected - states)
    table = run("run", *MACHINE, "--dram", DRAM, "--stalls").stdout
    tap.check("access latency" in table and "waits_for" in table, "--stalls shows them")
    tap.check("waits_for" not in run("run", *MACHINE, "--dram", DRAM).stdout, "and nothing else does")


def check_requests():
    process = run("run", *MACHINE, "--dram", DRAM, "--memory", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(process.stdout)))
    layers = {r["layer"]: int(r["total_cycles"]) for r in run_csv(*MACHINE, "--dram", DRAM)}
    ideal = {r["layer"]: int(r["total_cycles"]) for r in run_csv(*MACHINE)}
    tap.check(rows and all(int(r["total_cycles"]) == layers[r["layer"]]
                           and int(r["ideal_cycles"]) == ideal[r["layer"]] for r in rows),
              "--memory: cycles on this DRAM and on the ideal one")
    tap.check(all(int(r["requests"]) == sum(int(r[k]) for k in ("row_hits", "row_misses", "row_conflicts",
                                                                "queue_hits")) for r in rows),
              "each request hits, misses or conflicts")
    tap.equal({r["operand"] for r in rows}, {"weights", "bias", "ifmap", "psum_load", "psum_store", "ofmap"},
              "a row for each operand")
    weights = [int(r["request_bytes"]) for r in rows if r["name"] == "conv1" and r["operand"] == "weights"]
    useful = 7 * 7 * 3 * 64  # and a burst that two tiles share is asked for twice
    tap.check(len(weights) == 1 and useful <= weights[0] < useful + 4 * 64 and weights[0] % 64 == 0,
              "weights without padded channels, in whole bursts", weights)


def check_total():
    lines = run("run", *MACHINE, "--dram", DRAM, "--memory").stdout.splitlines()
    total = dict(zip(reversed(lines[0].split()), reversed(lines[-1].split())))  # its texts are left blank
    result = run_json(*MACHINE, "--dram", DRAM)
    tap.equal(int(total["total_cycles"]), result["totals"]["total_cycles"], "total: cycles of the run")
    expected = int(total["request_bytes"]) / result["seconds"] * 1e-9
    tap.check(abs(float(total["bandwidth"]) - expected) < 1e-4, "total: bandwidth is bytes over the time of the run",
              (total["bandwidth"], expected))


def check_file(directory):
    path, again = os.path.join(directory, "run.h5"), os.path.join(directory, "memory.json")
    first = run("run", *MACHINE, "--dram", DRAM, "--format", "csv", "-o", path).stdout
    try:
        import h5py
    except ImportError:
        tap.check(True, "the file # SKIP no h5py")
        return
    with h5py.File(path) as file:
        tap.equal(file.attrs["dram"], DRAM, "the file names the DRAM")
        text = file["memory"][()]
        requests, stalls = file["memory_requests"][:], file["memory_stalls"][:]
    with open(again, "wb") as out:
        out.write(text if isinstance(text, bytes) else text.encode())
    tap.equal(run("run", *MACHINE, "--dram", again, "--format", "csv").stdout, first,
              "and has its definition in full: the run repeats")
    tap.check(requests["requests"].sum() > 100000 and stalls["stall_cycles"].sum() > 0,
              "requests and stalls are tables")


with scratch() as folder:
    check_stalls()
    check_requests()
    check_total()
    check_file(folder)
tap.done()
