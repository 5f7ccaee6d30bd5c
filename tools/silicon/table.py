"""Energy tables (README, "Energy tables") from what was measured."""

import csv
import json
import os

from components import OPERATIONS
from flow import HERE
from scaling import NODES, rounded, scaled

NODE = 180  # of the library
SRAM_NODES = (45, 32)  # of cacti.csv, as far as there are factors for them
# Issue slots of a fixed-point lane, of which each is taken to be a multiplication (simdit_simd_latency()).
ITERATED = {"div": 9, "exp": 3, "log": 3, "inv_sqrt": 13}
STA = "OpenSTA, Yosys netlist"
DYNAMIC = "OpenSTA's energy of each cell per transition times transitions in Icarus, Yosys netlist"


def quantity(value, unit, source):
    return {"value": rounded(value), "unit": unit, "source": source}


def standing(measured, count=1):
    """What a component costs whether or not it works, per one of @count."""
    return {"clock": quantity(measured.energies.clock_pj / count, "pJ", f"{STA}, activity 0; no clock tree"),
            "leakage": quantity(measured.energies.leakage_nw / count, "nW", STA),
            "area": quantity(measured.area_um2 / count, "um2", "Yosys, cells of the library; no wires")}


def pe_row(shape, array):
    arithmetic, registers = array.work["mac"]
    return {"number": "int", "weight_bits": shape.weight_bits, "activation_bits": shape.act_bits,
            "accumulator_bits": shape.acc_bits, "mac": quantity(arithmetic, "pJ", DYNAMIC),
            "register": quantity(registers, "pJ", DYNAMIC), **standing(array, array.pes)}


def lane_row(bits, lane):
    arithmetic = {name: lane.work[name][0] for name in OPERATIONS}
    mean = sum(arithmetic.values()) / len(arithmetic)
    registers = sum(lane.work[name][1] for name in OPERATIONS) / len(OPERATIONS)
    return {"number": "int", "bits": bits, **{name: quantity(pj, "pJ", DYNAMIC) for name, pj in arithmetic.items()},
            **{name: quantity(slots * arithmetic["mul"], "pJ", f"derived: {slots} issue slots of mul, not measured")
               for name, slots in ITERATED.items()},
            "generic": quantity(mean, "pJ", f"derived: mean of {', '.join(OPERATIONS)}"),
            "register": quantity(registers, "pJ", f"{DYNAMIC}; mean of {', '.join(OPERATIONS)}"), **standing(lane)}


def bank_row(bits, bank):
    return {"bits": bits, "access": quantity(sum(bank.work["access"]), "pJ", DYNAMIC), **standing(bank)}


def port_row(bits, port):
    return {"transfer": quantity(sum(port.work["transfer"]), "pJ", f"{DYNAMIC}; a register slice, no wires"),
            **standing(port, bits)}


def logic(parts):
    """Parts of components as rows at the library's node."""
    shape, bits = parts["shape"], parts["axi_bits"]
    return {"pe": [pe_row(shape, parts["array"])], "simd_lane": [lane_row(shape.acc_bits, parts["lane"])],
            "buffer_bank": [bank_row(width, bank) for width, bank in sorted(parts["banks"].items())],
            "axi_port": [port_row(bits, parts["port"])]}


def scale_row(row, origin, target):
    return {key: scaled(value, origin, target) if isinstance(value, dict) else value for key, value in row.items()}


def sram_rows(target):
    """CACTI's points of this node, or those of the nearest with a factor."""
    origin = min(SRAM_NODES, key=lambda nm: abs(nm - target))
    source = f"CACTI 7, {origin} nm itrs-hp, 1 bank, 1 port, 360 K (tools/silicon/cacti.csv)"
    with open(os.path.join(HERE, "cacti.csv"), newline="") as file:
        points = [row for row in csv.DictReader(file) if int(row["node_nm"]) == origin]
    return [scale_row({"capacity_bytes": int(p["bytes"]), "port_bits": int(p["port_bits"]),
                       "read": quantity(float(p["read_nJ"]) * 1e3, "pJ", source),
                       "write": quantity(float(p["write_nJ"]) * 1e3, "pJ", source),
                       "leakage": quantity(float(p["leak_mW_bank"]), "mW", source),
                       "area": quantity(float(p["area_mm2"]) * 1e6, "um2", source)}, origin, target) for p in points]


def dram_rows():
    with open(os.path.join(HERE, "dram.json")) as file:
        return json.load(file)


def table(target, rows, facts):
    """One node's table; @facts: description, library, clock_ps, activity."""
    conditions = f"; {NODE} nm, logic scaled to {target} nm" if target != NODE else ""
    return {"format": "simdit-energy", "version": 1, "description": facts["description"] + conditions,
            "node_nm": target, "voltage_V": NODES[target].voltage, "clock_ps": facts["clock_ps"],
            "library": facts["library"], "activity": facts["activity"],
            **{part: [scale_row(row, NODE, target) for row in some] for part, some in rows.items()},
            "sram": sram_rows(target), "dram": dram_rows()}


def to_json(value):
    """A quantity a line."""
    def is_flat(item):
        return not isinstance(item, (dict, list)) or (isinstance(item, dict) and "value" in item)

    def text(item, indent):
        if is_flat(item):
            return json.dumps(item, ensure_ascii=False)
        pad = "\n" + " " * (indent + 2)
        if isinstance(item, list):
            return "[" + ",".join(pad + text(v, indent + 2) for v in item) + "\n" + " " * indent + "]"
        return "{" + ",".join(f"{pad}{json.dumps(k)}: {text(v, indent + 2)}" for k, v in item.items()) \
            + "\n" + " " * indent + "}"
    return text(value, 0) + "\n"
