#!/usr/bin/env python3
"""Every layer of every reference run: steps, compute and total cycles, row by row."""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
from reference import Reference, Tap, run_csv, scratch  # noqa: E402

COLUMNS = ["operation", "steps", "compute_cycles", "total_cycles"]

tap = Tap()
reference = Reference()


def compare(name, net, arguments, expected):
    got = run_csv("--net", net, *arguments)
    wrong = [f"layer {e['layer']}: {c} is {g[c]}, expected {e[c]}"
             for g, e in zip(got, expected) for c in COLUMNS if g[c] != e[c]]
    tap.check(len(got) == len(expected) and not wrong, name, f"{len(got)} rows", *wrong)
    stalls = [g["layer"] for g in got
              if int(g["stall_cycles"]) + int(g["compute_cycles"]) != int(g["total_cycles"])]
    tap.equal(stalls, [], f"{name}: compute + stall = total")


with scratch() as directory:
    for name in reference.names:
        match = re.fullmatch(r"(lockstep|decoupled)/(\w+)-(ResNet\d+)_design(\d+)_b(\d+)\.csv", name)
        if not match:
            continue
        pipeline, phase, net, design, batch = match.groups()
        arguments = ["--hw", f"{phase}-{design}", "--pipeline", pipeline, "--dram", "ideal",
                     "--batch", batch, "--phase", phase]
        expected = reference.rows(name)
        spec = reference.extract(f"simdit/nets/{net}_{phase}.json", directory)
        compare(f"{name}, spec", spec, arguments, expected)
        expansion = ["--expand", "simdit"] if phase == "training" else []
        compare(f"{name}, shipped network", net.lower(), arguments + expansion, expected)
tap.done()
