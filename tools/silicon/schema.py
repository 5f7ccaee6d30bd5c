"""The format of energy tables (README, "Energy tables"), as far as a table by itself can be wrong."""

import dataclasses

ENERGY = {"fJ", "pJ", "nJ"}
UNITS = {"leakage": {"pW", "nW", "uW", "mW"}, "area": {"um2"}}  # all other quantities are energies
FACTS = {"format": str, "version": int, "description": str, "node_nm": (int, float), "voltage_V": (int, float, type(None)),
         "clock_ps": (int, float, type(None)), "library": (str, type(None)), "activity": str}


@dataclasses.dataclass(frozen=True)
class Row:
    selectors: dict    # name -> type
    quantities: tuple
    optional: tuple = ("area",)


PARTS = {
    "pe": Row({"number": str, "weight_bits": int, "activation_bits": int, "accumulator_bits": int},
              ("mac", "register", "clock", "leakage")),
    "simd_lane": Row({"number": str, "bits": int},
                     ("max", "add", "sub", "mul", "div", "exp", "log", "inv_sqrt", "cond_move", "generic",
                      "register", "clock", "leakage")),
    "sram": Row({"capacity_bytes": int, "port_bits": int}, ("read", "write", "leakage")),
    "buffer_bank": Row({"bits": int}, ("access", "clock", "leakage")),
    "axi_port": Row({}, ("transfer", "clock", "leakage")),
    "dram": Row({"memory": str}, ("read", "write", "io"), ()),
}


def faults(table):
    """What is wrong with a table, each with its place."""
    for name, kind in FACTS.items():
        if name not in table or not isinstance(table[name], kind):
            yield f"$.{name}: missing or of the wrong type"
    for name in table.keys() - FACTS.keys() - PARTS.keys():
        yield f"$.{name}: unknown"
    for part, wanted in PARTS.items():
        if not table.get(part):
            yield f"$.{part}: no rows"
        for i, row in enumerate(table.get(part, [])):
            yield from row_faults(f"$.{part}[{i}]", row, wanted)


def row_faults(place, row, wanted):
    for name, kind in wanted.selectors.items():
        if not isinstance(row.get(name), kind):
            yield f"{place}.{name}: missing or of the wrong type"
    for name in wanted.quantities:
        if name not in row:
            yield f"{place}.{name}: missing"
    known = {*wanted.selectors, *wanted.quantities, *wanted.optional, "source", "scaled"}
    for name, value in row.items():
        if name not in known:
            yield f"{place}.{name}: unknown"
        elif name not in wanted.selectors and name not in ("source", "scaled"):
            yield from quantity_faults(f"{place}.{name}", value, UNITS.get(name, ENERGY), row)


def quantity_faults(place, quantity, units, row):
    value = quantity.get("value")
    if not isinstance(value, (int, float)) or value < 0:
        yield f"{place}: value {value}"
    if quantity.get("unit") not in units:
        yield f"{place}: unit {quantity.get('unit')}, expected one of {', '.join(sorted(units))}"
    for name in ["source", "scaled"]:
        if not quantity.get(name, row.get(name)):
            yield f"{place}: no {name}"
