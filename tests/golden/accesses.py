#!/usr/bin/env python3
"""Accesses of buffers and DRAM, against SimDIT's columns, where tile counts are integers."""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
from reference import Reference, Tap, run_csv, scratch  # noqa: E402

KIB = 8192  # bits
DIMENSIONS = ["ow", "oh", "oc", "kw", "kh", "ic", "batch"]
FULL = {"batch": "Batch"}
BITS = {"WBUF": ["wbuf_bits"], "IBUF": ["ibuf_bits"], "OBUF": ["obuf_bits"], "BBUF": ["bbuf_bits"],
        "VMEM": ["vmem_bits"], "IMM": ["imm_bits"], "InsMem": ["instruction_bits"]}
PE_BYTES = {"DRAM filter": ["weight_bytes"], "DRAM bias": ["bias_bytes"],
            "DRAM ifmap": ["ifmap_bytes"], "DRAM psum": ["psum_load_bytes", "psum_store_bytes"],
            "DRAM ofmap": ["ofmap_bytes"]}
# What a SIMD layer spills and reads again is "ifmap" in the reference.
SIMD_BYTES = {"DRAM ifmap": ["ifmap_bytes", "psum_load_bytes", "psum_store_bytes"],
              "DRAM ofmap": ["ofmap_bytes"]}

tap = Tap()
reference = Reference()


def has_integer_tiles(tile):
    """None where the reference has no tile."""
    if tile["DTile_oc"] == "":
        return None
    return all(tile["DTile_" + d] == "" or
               float(tile[FULL.get(d, d.upper())]) % float(tile["DTile_" + d]) == 0
               for d in DIMENSIONS)


def column(row, name):
    kind, _, operand = name.partition(" ")
    return float(row[f"{kind} access {operand}".strip() if operand else f"{kind} access"]) * KIB


def differences(got, row):
    pe_array = got["unit"] == "pe_array"
    bytes_columns = dict(PE_BYTES if pe_array else SIMD_BYTES)
    if got["operation"].startswith("gemm"):
        del bytes_columns["DRAM ifmap"]  # kept on chip where the reference loads it again
    for name, ours in BITS.items():
        if sum(int(got[o]) for o in ours) != column(row, name):
            yield f"layer {got['layer']} {got['operation']}: {name} is {[got[o] for o in ours]}, " \
                  f"expected {column(row, name)}"
    for name, ours in bytes_columns.items():
        if sum(int(got[o]) for o in ours) != -(-column(row, name) // 8):
            yield f"layer {got['layer']} {got['operation']}: {name} is {[got[o] for o in ours]}, " \
                  f"expected {column(row, name) / 8}"


compared = 0
with scratch() as directory:
    for name in reference.names:
        match = re.fullmatch(r"simdit/(\w+)/(ResNet\d+)_design(\d+)_b(\d+)\.layers\.csv", name)
        if not match:
            continue
        phase, net, design, batch = match.groups()
        if phase == "training" and design not in ("01", "08", "11"):
            continue  # the others take long and add nothing
        spec = reference.extract(f"simdit/nets/{net}_{phase}.json", directory)
        tiles = reference.rows(name.replace("layers", "tiles"))
        got = run_csv("--hw", f"{phase}-{design}", "--net", spec, "--pipeline", "lockstep",
                      "--batch", batch)
        wrong = []
        for g, row, tile in zip(got, reference.rows(name), tiles):
            if has_integer_tiles(tile):
                compared += 1
                wrong += differences(g, row)
        tap.check(not wrong, name, *wrong)
tap.check(compared > 3000, f"{compared} layers with integer tile counts were compared")
tap.done()
