#!/usr/bin/env python3
"""Parts of the silicon flow that need none of its tools: transitions of a VCD file, scaling, energy tables."""

import json
import os
import re
import sys
from types import SimpleNamespace

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "tests/helpers"), os.path.join(ROOT, "tools/silicon")]
from reference import Tap, scratch  # noqa: E402
import components  # noqa: E402
import gates  # noqa: E402
import scaling  # noqa: E402
import schema  # noqa: E402
import table  # noqa: E402
from flow import FlowError  # noqa: E402

VCD = r"""$timescale 1ps $end
$scope module dut $end
$var wire 1 ! a $end
$var wire 1 ! alias $end
$var wire 1 " \row[0].out[3] $end
$var wire 3 # bus [2:0] $end
$upscope $end
$enddefinitions $end
#0
$dumpvars
x!
0"
bxxx #
$end
#5
0!
b0 #
#10
1!
b101 #
#15
0!
1"
b1 #
$dumpoff
x!
x"
bx #
$end
#20
$dumpon
1!
0"
b110 #
$end
#25
b111 #
#30
1"
"""
# Energy relative to 45 nm at nominal voltages, as published in two places (reference/energy-notes.md, section 4).
TO_45 = {180: 25.9, 130: 6.2, 90: 2.55, 65: 1.65, 45: 1.00, 32: 0.60, 20: 0.197, 16: 0.140, 14: 0.112, 10: 0.087,
         7: 0.064}

tap = Tap()


def check_transitions():
    with scratch() as directory:
        path = os.path.join(directory, "dump.vcd")
        with open(path, "w") as file:
            file.write(VCD)
        counted = gates.Transitions(path, [(10, 20), (20, 30)])
        first = {"a": 2, "alias": 2, "row[0].out[3]": 1, "bus[2]": 2, "bus[1]": 0, "bus[0]": 1}
        tap.equal(counted.of_nets(0), first, "changes from 10 to below 20")
        second = dict.fromkeys(first, 0) | {"bus[0]": 1}
        tap.equal(counted.of_nets(1), second, "from 20 to below 30: what $dumpon writes is no change")
        try:
            gates.Transitions(path, [(5, 20)]).of_nets(0)
            tap.check(True, "unknown values before $dumpoff only in its own block")
        except FlowError as error:
            tap.check(False, "unknown values before $dumpoff only in its own block", error)
        with open(path, "a") as file:
            file.write("#35\nx!\n")
        try:
            gates.Transitions(path)
            tap.check(False, "an unknown value is an error")
        except FlowError:
            tap.check(True, "an unknown value is an error")


def check_energies():
    """Transitions weighed: two cells of known energy, one driving two nets."""
    energies = object.__new__(gates.Energies)
    energies.netlist = SimpleNamespace(kinds={"u": "FAX1", "v": "DFFPOSX1"},
                                       outputs={"u": ["bus[0]", "bus[2]"], "v": [r"\row[0].out[3] "]})
    energies.per_transition = {"u": 0.5, "v": 2.0}
    counted = SimpleNamespace(of_nets=lambda window: {"bus[0]": 1, "bus[2]": 2, "row[0].out[3]": 4})
    tap.equal(energies.of_window(counted), (1.5, 8.0), "arithmetic and registers")


def check_scaling():
    for node, factor in TO_45.items():
        digits = len(str(factor).split(".")[1])
        tap.equal(round(scaling.energy_factor(45, node), digits), factor, f"energy at {node} nm from 45 nm")
    leakage = scaling.scaled({"value": 3.0, "unit": "nW", "source": "x"}, 180, 45)
    tap.equal((leakage["value"], leakage["scaled"][:3]), (3.0, "no:"), "leakage is not scaled")
    area = scaling.scaled({"value": 100.0, "unit": "um2", "source": "x"}, 180, 45)
    tap.equal((area["value"], "180 to 45 nm" in area["scaled"]), (5.3, True), "area is, and says so")


def measured(work):
    return SimpleNamespace(work=work, area_um2=100.0, pes=4, path_ps=5000,
                           energies=SimpleNamespace(clock_pj=8.0, leakage_nw=2.0))


def made_up():
    """What a characterization of a 2x2 array would have measured."""
    return table.logic({"shape": components.ArrayShape(2, 2, 8, 8, 32), "axi_bits": 64,
                        "array": measured({"mac": (3, 1)}),
                        "lane": measured(dict.fromkeys(components.OPERATIONS, (5, 1))),
                        "port": measured({"transfer": (2, 1)}),
                        "banks": {bits: measured({"access": (1, 1)}) for bits in [8, 32]}})


def check_tables():
    facts = {"description": "made up", "library": "l", "clock_ps": 5000, "activity": "a"}
    for node in scaling.NODES:
        made = json.loads(table.to_json(table.table(node, made_up(), facts)))
        tap.equal(list(schema.faults(made)), [], f"the table of {node} nm is as the README has it")
    made = table.table(180, made_up(), facts)
    tap.equal((made["pe"][0]["mac"]["value"], made["pe"][0]["clock"]["value"]), (3.0, 2.0), "clock is per PE")
    tap.equal(made["axi_port"][0]["clock"]["value"], 0.125, "and per bit of a port")
    tap.equal(made["simd_lane"][0]["div"]["value"], 45.0, "a division is nine slots of mul")
    for spoil in [lambda t: t["pe"][0].pop("mac"), lambda t: t["pe"][0]["mac"].pop("source"),
                  lambda t: t["sram"][0]["read"].update(unit="mW"), lambda t: t["dram"][0].pop("memory"),
                  lambda t: t.pop("node_nm"), lambda t: t["pe"][0]["mac"].update(value=-1)]:
        broken = json.loads(table.to_json(made))
        spoil(broken)
        tap.check(list(schema.faults(broken)), "a spoiled table is refused")


def check_readme():
    """The tables here have the quantities of the README's."""
    with open(os.path.join(ROOT, "README.md")) as file:
        text = file.read()
    for part, row in schema.PARTS.items():
        line = re.search(rf"^\| `{part}` \|.*$", text, re.MULTILINE)[0]
        missing = [name for name in [*row.selectors, *row.quantities, *row.optional] if f"`{name}`" not in line]
        tap.equal(missing, [], f"the README names all of {part}")


check_transitions()
check_energies()
check_scaling()
check_tables()
check_readme()
tap.done()
