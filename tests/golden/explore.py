#!/usr/bin/env python3
"""The reference's searches over budgets of SRAM and bandwidth: the same designs, or equal cycles."""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
from reference import Reference, Tap, run  # noqa: E402

PARAMETERS = {"wbuf_kib": "WBUF_kB", "ibuf_kib": "IBUF_kB", "obuf_kib": "OBUF_total_kB",
              "vmem_kib": "VMEM_total_kB", "param_port": "PARAMBUF_AXI", "ibuf_port": "IBUF_AXI",
              "obuf_port": "OBUF_AXI", "simd_port": "SIMD_AXI"}
NAMES = {"best": "best", "best<=budget": "best", "uniform": "uniform", "worst": "worst",
         "worst exact-sum": "worst", "worst (>half budget used, min 32kB/32bit)": "worst_above_half"}

tap = Tap()
reference = Reference("explore")


def explore(sram, bandwidth, *arguments):
    process = run("explore", "--net", "resnet50", "--phase", "inference", "--array", "64x64", "--compat",
                  "--sram-budget", sram, "--bandwidth-budget", bandwidth, "--top", 3, "--format", "json",
                  *arguments)
    tap.equal(process.returncode, 0, f"explore {sram} {bandwidth} {arguments}")
    return json.loads(process.stdout)


def compare(got, expected, name):
    designs = [d for d in got["designs"] if d["sram_budget"] == int(expected["sram_budget_kB"])
               and d["bandwidth_budget"] == int(expected["bw_budget_bits_per_cycle"])]
    which = NAMES[expected["which"]]
    design = next(d for d in designs if d["which"] == which)
    want = float(expected["total_cycles"])
    parameters = {key: design[key] for key in PARAMETERS}
    same = parameters == {key: int(expected[column]) for key, column in PARAMETERS.items()}
    tap.check(abs(design["estimated_cycles"] - want) <= 1e-9 * want, f"{name}: {which}",
              f"got {design}", f"expected {dict(expected)}",
              "the same design" if same else "another design")
    if which in ("best", "uniform"):
        tap.check(design["simulated_cycles"] > 0.5 * want, f"{name}: {which} is simulated")
    return same


rows = reference.rows("simdit/headline2_search.csv")
got = explore("1024KiB,2048,4MiB", "512,1024,2048,4096")
same = [compare(got, row, f"powers of two, {row['sram_budget_kB']} KiB, "
                f"{row['bw_budget_bits_per_cycle']} bits/cycle") for row in rows]
tap.equal(sum(same), len(rows), "powers of two: all designs are the same")

fine = reference.rows("simdit/headline2_search_fine.csv")
same = []
for budgets in sorted({(r["sram_budget_kB"], r["bw_budget_bits_per_cycle"], r["bw_unit"]) for r in fine}):
    sram, bandwidth, unit = budgets
    got = explore(sram, bandwidth, "--grid", f"step:{unit}")
    tap.equal(got["budgets"][0]["designs"], {"32": {"1024": 4495, "2048": 39711}, "64": {"2048": 4495},
                                             "128": {"4096": 4495}}[unit][bandwidth] * 455,
              f"steps of {unit}, {sram} KiB, {bandwidth} bits/cycle: number of designs")
    same += [compare(got, row, f"steps of {unit}, {sram} KiB, {bandwidth} bits/cycle") for row in fine
             if (row["sram_budget_kB"], row["bw_budget_bits_per_cycle"], row["bw_unit"]) == budgets]
tap.equal(sum(same), len(fine), "steps: all designs are the same")
tap.done()
