#!/usr/bin/env python3
"""The whole characterization of an 8x8 int8 array: how long it takes, and what it writes."""

import json
import os
import re
import resource
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SILICON = os.path.join(ROOT, "tools/silicon")
sys.path[:0] = [os.path.join(ROOT, "tests/helpers"), SILICON]
from reference import Tap, scratch  # noqa: E402
import scaling  # noqa: E402
import schema  # noqa: E402

NODES = [180, 45, 7]
LIMIT_S = 300  # of processor time, whatever else runs; on two idle cores real time is less
# What the flow simulates: 1x1 from 32 channels and 3x3 from 8, 16 pixels, 8 output channels.
MACS, CYCLES = 16 * 8 * (32 + 9 * 8), 16 * (4 + 9) + 2 * (8 + 8 - 2)


def characterize(*arguments):
    return subprocess.run([os.path.join(SILICON, "characterize"), *arguments], capture_output=True, text=True)


def quantities(table):
    """place -> quantity, of what the flow measured."""
    return {(part, i, name): value for part in ["pe", "simd_lane", "buffer_bank", "axi_port"]
            for i, row in enumerate(table[part]) for name, value in row.items() if isinstance(value, dict)}


def factor(node, unit):
    if unit == "um2":
        return scaling.area_factor(180, node)
    return 1 if unit == "nW" else scaling.energy_factor(180, node)


def check_scaled(tap, tables):
    native = quantities(tables[180])
    for node in NODES[1:]:
        wrong = [f"{place}: {value} from {native[place]}" for place, value in quantities(tables[node]).items()
                 if abs(value["value"] / (native[place]["value"] * factor(node, value["unit"])) - 1) > 1e-5
                 or (value["unit"] != "nW") != ("from 180" in value["scaled"])]
        tap.check(not wrong, f"{node} nm: energy and area scaled, leakage not", *wrong)
        tap.equal((tables[node]["node_nm"], tables[node]["voltage_V"]), (node, scaling.NODES[node].voltage),
                  f"{node} nm: node and voltage")


def check_native(tap, table, report):
    pe, lane = table["pe"][0], table["simd_lane"][0]
    value = {name: q["value"] for name, q in pe.items() if isinstance(q, dict)}
    tap.equal([pe[name] for name in ["weight_bits", "activation_bits", "accumulator_bits"]], [8, 8, 32], "widths")
    tap.check(f"{MACS} MACs in {CYCLES} cycles" in table["activity"], "the activity is told", table["activity"])
    tap.check("1.8 V" in table["library"] and table["voltage_V"] == 1.8, "so are library and voltage")
    # At 0.18 um a MAC's energy is tens of pJ: 0.3 pJ at 45 nm, 26 times that, and up to 20 times worse synthesis.
    tap.check(7.8 < value["mac"] < 160, "energy of a MAC", pe["mac"])
    tap.check(max(value["register"], value["clock"]) < value["mac"], "more than the rest", pe)
    tap.check(lane["cond_move"]["value"] < lane["add"]["value"] < lane["mul"]["value"], "operations in order", lane)
    tap.check(3000 < table["clock_ps"] < 20000, "the clock is the slowest path", table["clock_ps"])
    errors = [float(error) for error in re.findall(r"is (\S+) off the sum", report)]
    tap.check(len(errors) == 5 and max(map(abs, errors)) < 1e-4, "uniform activity 0.1 reproduces report_power", report)


def main():
    tap = Tap()
    with scratch() as directory:
        begin = time.monotonic()
        done = characterize("-o", directory, "--name", "t", "--nodes", ",".join(map(str, NODES[1:])))
        seconds = time.monotonic() - begin
        if done.returncode == 1 and "missing: " in done.stderr:
            print(f"1..0 # SKIP {done.stderr.strip()}")
            return
        wanted = sorted(f"t-{n}nm.json" for n in NODES)
        tap.equal((done.returncode, sorted(os.listdir(directory))), (0, wanted), "files")
        print("#", done.stderr.replace("\n", "\n# "))
        tables = {n: json.load(open(os.path.join(directory, f"t-{n}nm.json"))) for n in NODES}
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = used.ru_utime + used.ru_stime
    tap.check(cpu < LIMIT_S, f"took {cpu:.0f} s of processor time, {seconds:.0f} s of real time")
    refused = characterize("--nodes", "22")
    tap.check(refused.returncode == 2 and "no factors for 22 nm" in refused.stderr, "an unknown node is refused",
              refused.stderr)
    for n, table in tables.items():
        tap.equal(list(schema.faults(table)), [], f"{n} nm: the table's format")
    check_native(tap, tables[180], done.stderr)
    check_scaled(tap, tables)
    tap.done()


main()
