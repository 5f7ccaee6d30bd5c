"""From RTL to energies: Yosys, OpenSTA and Icarus on the OSU 0.18 um cells, each as a function of files."""

import collections
import dataclasses
import os
import re
import shutil

from flow import HERE, FlowError, call, rtl

TECHNOLOGY = "/usr/share/qflow/tech/osu018"
LIBERTY = os.path.join(TECHNOLOGY, "osu018_stdcells.lib")
CELLS = os.path.join(TECHNOLOGY, "osu018_stdcells.v")
BUFFER = "BUFX2"
DRIVER_AND_LOAD = f"set_driving_cell {BUFFER}\nset_load 0.03 [all_outputs]\n"  # of what is outside: a buffer, two pins
TARGET_PS = 1  # as fast as these cells allow: abc ends where nothing gets faster
INSTANCE = re.compile(r"^  (\w+) (\S+) \($(.*?)^  \);$", re.MULTILINE | re.DOTALL)
OUTPUT = re.compile(r"\.(?:Y|Q|YS|YC)\((.*?)\)$", re.MULTILINE)
ASSIGN = re.compile(r"^  assign (.*) = (.*);$", re.MULTILINE)

SYNTHESIS = """
read_verilog -sv {sources}
hierarchy -top {top} {parameters}
synth -top {top}
dfflibmap -liberty {liberty}
abc -liberty {liberty} -D {target_ps} -constr constraints
flatten
setundef -zero
opt_clean -purge
splitnets
insbuf -buf {buffer} A Y
opt_clean -purge
tee -q -o area stat -liberty {liberty}
write_verilog -noattr {top}.v
"""

ANALYSIS = """
read_liberty {liberty}
read_verilog {top}.v
link_design {top}
create_clock -name clk -period {period_ns} [get_ports clk]
foreach port [all_inputs] {{
  if {{[get_full_name $port] ne "clk"}} {{ set_input_delay 0 -clock clk $port }}
}}
report_checks -path_delay max -digits 4
"""

ACTIVITY = """
puts "activity {activity}"
set_power_activity -global -activity {activity}
report_power -digits 9
report_power -digits 9 -instances [get_cells *]
"""


@dataclasses.dataclass
class Netlist:
    top: str
    directory: str
    kinds: dict      # instance -> cell
    outputs: dict    # instance -> nets that it drives
    area_um2: float


@dataclasses.dataclass
class Power:
    """In watts, by instance, at one global activity; and what report_power says of the whole."""
    internal: dict
    switching: dict
    leakage: dict
    total: float

    def reported(self, instance):
        return self.internal[instance] + self.switching[instance] + self.leakage[instance]


def is_sequential(cell):
    return cell.startswith(("DFF", "LATCH"))


def synthesise(top, sources, parameters, directory):
    """A flat netlist of the cells, as OpenSTA and Icarus can read it, in @directory/top.v."""
    values = " ".join(f"-chparam {name} {value}" for name, value in parameters.items())
    script = SYNTHESIS.format(sources=" ".join(rtl(*sources)), top=top, parameters=values, liberty=LIBERTY,
                              target_ps=TARGET_PS, buffer=BUFFER)
    for name, text in [("constraints", DRIVER_AND_LOAD), ("synthesis.ys", script)]:
        write(directory, name, text)
    call(["yosys", "-q", "synthesis.ys"], directory)
    text = read(directory, f"{top}.v")
    found = INSTANCE.findall(text)
    area = re.search(r"Chip area for.*: ([\d.]+)", read(directory, "area"))
    if not found or not area:
        raise FlowError(f"yosys: no cells in {directory}/{top}.v")
    return Netlist(top, directory, {name: cell for cell, name, _ in found},
                   {name: OUTPUT.findall(pins) for _, name, pins in found}, float(area[1]))


def analyse(netlist, period_ps, activities, liberty=LIBERTY):
    """Time that the slowest path takes, set-up included [ps], and a Power for each of @activities."""
    script = ANALYSIS.format(liberty=liberty, top=netlist.top, period_ns=period_ps / 1000)
    write(netlist.directory, "analysis.tcl", script + "".join(ACTIVITY.format(activity=a) for a in activities))
    parts = call(["sta", "-no_splash", "-exit", "analysis.tcl"], netlist.directory).split("\nactivity ")
    slack = re.search(r"^ *(-?[\d.]+) +slack", parts[0], re.MULTILINE)
    if not slack or len(parts) != 1 + len(activities):
        raise FlowError(f"sta: {parts[0][-500:]}")
    return period_ps - round(float(slack[1]) * 1000), [parse_power(netlist, part) for part in parts[1:]]


def parse_power(netlist, text):
    columns = [{}, {}, {}]
    total = float(re.search(r"^Total(?: +\S+){3} +(\S+)", text, re.MULTILINE)[1])
    for line in text.splitlines():
        fields = line.split()
        if len(fields) == 5 and fields[4] in netlist.kinds:
            for column, field in zip(columns, fields):
                column[fields[4]] = float(field)
    if len(columns[0]) != len(netlist.kinds):
        raise FlowError(f"sta: power of {len(columns[0])} cells of {len(netlist.kinds)}")
    return Power(*columns, total)


def edges_counted(directory):
    """
    How many edges' internal energy OpenSTA takes for one transition: 2.0 adds those of a rise and a fall for each
    transition, the clock's included (and halves CV^2 rightly); a release that takes their mean counts one.
    Found from cells that take 1 pJ for a rise and 3 pJ for a fall.
    """
    shutil.copytree(os.path.join(HERE, "calibration"), directory)
    netlist = Netlist("calibration", directory, {"inverter": "INV", "register": "FF"}, {}, 0.0)
    period_ps = 1000
    _, (idle, busy) = analyse(netlist, period_ps, [0, 1], "calibration.lib")
    pj = period_ps * 1e-12 * 1e12
    transition = (busy.internal["inverter"] - idle.internal["inverter"]) * pj / 2  # of the mean, 2 pJ
    clock = idle.internal["register"] * pj / 4                                     # a rise and a fall
    if round(transition, 3) not in (1, 2) or round(transition - clock, 3) != 0:
        raise FlowError(f"sta: a transition of 2 pJ on average is reported as {2 * transition:g} pJ, "
                        f"a clock of 4 pJ as {4 * clock:g} pJ")
    return round(transition)


def simulate(netlist, sources, bench, arguments, options=()):
    """Runs @bench on the netlist with the cells' own delays; its output lines. The bench leaves dump.vcd."""
    files = [os.path.join(netlist.directory, f"{netlist.top}.v"), *sources]
    call(["iverilog", "-g2012", "-gspecify", "-Ttyp", *options, "-s", bench, "-o", "bench.vvp", CELLS, *files],
         netlist.directory)
    return call(["vvp", "-n", "bench.vvp", *arguments], netlist.directory).splitlines()


class Transitions:
    """How often each net changes, from a VCD file; what $dumpon and $dumpoff write is no change."""

    def __init__(self, path, windows=None):
        """@windows: [(from, to)] in the file's time unit, in order, the end excluded; None: one, all of it."""
        self.names = {}    # identifier -> nets, the first bit last
        self.values = {}   # identifier of a vector -> its bits
        self.windows = windows or [(0, float("inf"))]
        self.counts = [collections.Counter() for _ in self.windows]
        with open(path, "rb") as file:
            self.read_names(file)
            self.read_changes(file)

    def read_names(self, file):
        for line in file:
            fields = line.decode().split()
            if fields[:1] == ["$var"]:
                self.add_name(fields[3], int(fields[2]), fields[4], fields[5:-1])
            elif fields[:1] == ["$enddefinitions"]:
                return

    def add_name(self, identifier, width, name, bits):
        name = name.lstrip("\\")
        nets = self.names.setdefault(identifier, [[] for _ in range(width)])
        first = int(re.findall(r"\d+", bits[0])[-1]) if bits and width > 1 else 0
        for i in range(width):
            nets[width - 1 - i].append(name + (f"[{first + i}]" if width > 1 else "".join(bits)))

    def read_changes(self, file):
        window, scalars, dumping = 0, [], False
        begin, end = self.windows[0]
        inside = begin <= 0
        for line in file:
            kind = line[:1]
            if kind in b"01":
                if inside and not dumping:
                    scalars.append(line[1:-1])
            elif kind == b"#":
                time = int(line[1:])
                if time >= end:
                    self.counts[window].update(scalars)
                    scalars, window = [], window + 1
                    begin, end = self.windows[window] if window < len(self.windows) else (float("inf"),) * 2
                inside = begin <= time
            elif kind == b"b":
                self.change_vector(line, scalars if inside and not dumping else [])
            elif kind == b"$":
                dumping = not line.startswith(b"$end")
            elif inside and not dumping:
                raise FlowError(f"an unknown value in the simulation: {line.decode()}")
        if window < len(self.windows):
            self.counts[window].update(scalars)

    def change_vector(self, line, scalars):
        bits, identifier = line[1:].split()
        width = len(self.names[identifier.decode()])
        bits = bits.rjust(width, b"0" if bits[:1] in b"01" else bits[:1])
        before = self.values.get(identifier, bits)
        scalars += [(identifier, i) for i in range(width) if bits[i] != before[i]]
        self.values[identifier] = bits

    def of_nets(self, window):
        """net -> changes, for all nets of the file."""
        counts = dict.fromkeys((net for bits in self.names.values() for nets in bits for net in nets), 0)
        for key, n in self.counts[window].items():
            identifier, i = key if isinstance(key, tuple) else (key, 0)
            for net in self.names[identifier.decode()][i]:
                counts[net] += n
        return counts


class Energies:
    """What OpenSTA says of a netlist: energy of each cell per transition of its output, and per clock."""

    CHECKED = 0.1  # a third activity, in which powers must be what the other two say

    def __init__(self, netlist, period_ps, edges):
        """@edges: of edges_counted()."""
        _, (idle, busy, some) = analyse(netlist, period_ps, [0, 1, self.CHECKED])
        pj = period_ps * 1e-12 * 1e12
        self.netlist = netlist
        self.per_transition = {i: ((busy.internal[i] - idle.internal[i]) / edges
                                   + busy.switching[i] - idle.switching[i]) * pj for i in netlist.kinds}
        self.clock_pj = (sum(idle.internal.values()) / edges + sum(idle.switching.values())) * pj
        self.leakage_nw = sum(idle.leakage.values()) * 1e9
        self.total_error = self.check(idle, busy, some)

    def check(self, idle, busy, some):
        """Powers are linear in the activity; returns how far report_power's total, added in 32 bits, is off."""
        total = 0.0
        for i in self.netlist.kinds:
            expected = idle.reported(i) + self.CHECKED * (busy.reported(i) - idle.reported(i))
            total += expected
            if abs(expected - some.reported(i)) > 1e-6 * expected + 1e-14:
                raise FlowError(f"sta: {i} takes {some.reported(i)} W at activity {self.CHECKED}, not {expected}")
            if busy.reported(i) <= idle.reported(i) + 1e-12:
                raise FlowError(f"sta: a transition of {i} ({self.netlist.kinds[i]}) takes no energy")
        error = some.total / total - 1
        if abs(error) > 1e-3:
            raise FlowError(f"sta: report_power is {some.total} W, its cells are {total} W")
        return error

    def of_window(self, transitions, window=0):
        """Energy of the transitions [pJ], of combinational cells and of registers."""
        counts = transitions.of_nets(window)
        sums = [0.0, 0.0]
        for instance, nets in self.netlist.outputs.items():
            n = sum(count(counts, net) for net in nets)
            sums[is_sequential(self.netlist.kinds[instance])] += n * self.per_transition[instance]
        return tuple(sums)


def count(counts, net):
    """Of a net as the netlist writes it."""
    name = net.strip().lstrip("\\").rstrip()
    if name not in counts:
        raise FlowError(f"{name} is not in the simulation's dump")
    return counts[name]


def read(directory, name):
    with open(os.path.join(directory, name)) as file:
        return file.read()


def write(directory, name, text):
    with open(os.path.join(directory, name), "w") as file:
        file.write(text)
