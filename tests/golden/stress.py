#!/usr/bin/env python3
"""600 random conv and GEMM layers with explicit tiles, all columns, both disciplines."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
from reference import Reference, Tap  # noqa: E402

tap = Tap()
rows = Reference().text("stress.csv").splitlines()
columns = rows[0].split(",")
first = columns.index("steps")
given = "".join(",".join(row.split(",")[:first]) + "\n" for row in rows[1:])
out = subprocess.run([os.environ["RUN_TILES"]], input=given, capture_output=True, text=True,
                     check=True).stdout.splitlines()
tap.equal(len(out), len(rows) - 1, "one line per layer")
for c, column in enumerate(columns[first:]):
    wrong = [f"row {i}: got {o.split(',')[c]}, expected {r.split(',')[first + c]}: {r}"
             for i, (o, r) in enumerate(zip(out, rows[1:]))
             if o.split(",")[c] != r.split(",")[first + c]]
    tap.check(not wrong, f"{column} of {len(out)} layers", f"{len(wrong)} wrong", *wrong)
tap.done()
