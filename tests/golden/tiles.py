#!/usr/bin/env python3
"""The tiling generator: padded extents, tiles and widths of every reference layer."""

import csv
import io
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
from reference import ROOT, Reference, Tap, scratch  # noqa: E402

# IC means nothing to a SIMD layer, and its IW and IH are given for pools only.
COLUMNS = ["OW", "OH", "OC", "KW", "KH", "IC", "Batch", "IW", "IH"]

tap = Tap()
reference = Reference()


def differences(got, expected):
    pe_array = "conv" in expected["operation"] or "gemm" in expected["operation"]
    widths = {"bw_ifmap": "bw_ifmap" if pe_array else "bw_accumulator",
              "bw_psum": "bw_accumulator",
              "bw_ofmap": "bw_accumulator" if pe_array else "bw_output",
              "bw_filter": "bw_filter", "bw_bias": "bw_bias"}
    pairs = [(c, c) for c in COLUMNS + ["DTile_" + c.lower() for c in COLUMNS]]
    for column, ours in pairs + list(widths.items()):
        if expected[column] != "" and float(expected[column]) != float(got[ours]):
            yield f"layer {got['layer']} {got['operation']}: {column} is {got[ours]}, " \
                  f"expected {expected[column]}"


with scratch() as directory:
    for name in reference.names:
        match = re.fullmatch(r"simdit/(\w+)/(ResNet\d+)_design(\d+)_b(\d+)\.tiles\.csv", name)
        if not match:
            continue
        phase, net, design, batch = match.groups()
        spec = reference.extract(f"simdit/nets/{net}_{phase}.json", directory)
        machine = os.path.join(ROOT, "hwdefs", f"{phase}-{design}.json")
        out = subprocess.run([os.environ["DUMP_TILES"], machine, spec, batch],
                             capture_output=True, text=True, check=True).stdout
        got = {row["layer"]: row for row in csv.DictReader(io.StringIO(out))}
        expected = [row for row in reference.rows(name) if row["DTile_oc"] != ""]
        wrong = [d for e in expected if e["layer"] in got for d in differences(got[e["layer"]], e)]
        tap.check(len(got) == len(expected) and not wrong, name,
                  f"{len(got)} layers, expected {len(expected)}", *wrong)
tap.done()
