"""
From one node to another: A. Stillmaker, B. Baas, "Scaling equations for the accurate prediction of CMOS device
performance from 180 nm to 7 nm", Integration 58 (2017), doi:10.1016/j.vlsi.2017.02.002. The energy of a gate is
a2 V^2 + a1 V + a0. The paper has no factor for leakage, so leakage is not scaled.
"""

import dataclasses

PAPER = "Stillmaker & Baas 2017"


@dataclasses.dataclass(frozen=True)
class Node:
    voltage: float  # nominal
    energy: tuple   # a2, a1, a0
    area: float     # relative to 180 nm


NODES = {
    180: Node(1.8, (0, 24.64, -17.98), 1),
    130: Node(1.3, (7.171, -6.709, 2.904), 0.34),
    90: Node(1.1, (4.762, -4.781, 2.092), 0.15),
    65: Node(1.1, (3.755, -4.398, 1.975), 0.08),
    45: Node(1.0, (1.103, -0.362, 0.2767), 0.053),
    32: Node(0.97, (0.9559, -0.7823, 0.471), 0.025),
    20: Node(0.9, (0.373, -0.1582, 0.04104), 0.011),
    16: Node(0.86, (0.2958, -0.1241, 0.03024), 0.010),
    14: Node(0.86, (0.2363, -0.09675, 0.02239), 0.0093),
    10: Node(0.83, (0.2068, -0.09311, 0.02375), 0.0055),
    7: Node(0.8, (0.1776, -0.09097, 0.02447), 0.0032),
}


def energy_factor(origin, target):
    def energy(nm):
        node = NODES[nm]
        a2, a1, a0 = node.energy
        return a2 * node.voltage ** 2 + a1 * node.voltage + a0
    return energy(target) / energy(origin)


def area_factor(origin, target):
    return NODES[target].area / NODES[origin].area


def scaled(quantity, origin, target):
    """A copy of @quantity (value, unit, ...) at another node, saying so."""
    unit = quantity["unit"]
    if origin == target:
        return dict(quantity, scaled="no")
    if unit.endswith("W"):
        return dict(quantity, scaled=f"no: still that of {origin} nm, for want of a factor")
    factor = (area_factor if unit == "um2" else energy_factor)(origin, target)
    voltages = "" if unit == "um2" else f" at {NODES[origin].voltage} and {NODES[target].voltage} V"
    return dict(quantity, value=rounded(quantity["value"] * factor),
                scaled=f"from {origin} to {target} nm{voltages}: x {rounded(factor)} ({PAPER})")


def rounded(value):
    """Six digits: more than any of this is good for."""
    return float(f"{value:.6g}")
