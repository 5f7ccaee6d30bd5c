"""A machine that is stepped cycle by cycle: what every counter is in every cycle of a layer. Written from the semantics
alone (README, "What is modelled"; definitions of the counters; src/hw/sram.h and dram/shared.c for what banks and a
channel do), for small machines; it knows nothing of how the program does it."""

from math import ceil

from stepped.memory import Transfer
from stepped.units import work

BUFFERS = ["wbuf", "bbuf", "ibuf", "obuf", "vmem"]
PORT_OF = {"wbuf": "axi_param", "bbuf": "axi_param", "ibuf": "axi_ibuf", "obuf": "axi_obuf", "vmem": "axi_simd"}
CAUSES = ["weights", "bias", "ifmap", "psum_load", "obuf_half", "vmem_load", "vmem_store"]


class Port:
    def __init__(self, name, width, operands, begin):
        self.name, self.width = name, width
        mine = [o for o in operands if PORT_OF[o.buffer] == name]
        self.loads = [r for o in mine if not o.stores for r in o.residencies]
        self.loads.sort(key=lambda r: r.first)  # stable: operands in their order
        self.stores = [r for o in mine if o.stores for r in o.residencies]
        self.stores.sort(key=lambda r: r.last)
        self.transfer, self.free_since = None, begin


class Step:
    """A step under way. Its pace is counted in half cycles of work: 2 in a cycle, 1 or 0 where it waits for banks."""

    def __init__(self, begin, what):
        self.begin, self.work, self.done = begin, what, 0
        self.lost = dict.fromkeys(BUFFERS, 0)

    def waits(self, now):
        """Cycles by buffer. Halves are rounded down; what is missing then is given to who has most."""
        left, waits = now - self.begin - self.work.cycles, {}
        for buffer in BUFFERS:
            waits[buffer] = min(self.lost[buffer] // 2, left)
            left -= waits[buffer]
        waits[max(BUFFERS, key=lambda b: self.lost[b])] += left
        return waits


class Simulation:
    """One layer from cycle @begin on, which adds to @counters, by name and cycle."""

    def __init__(self, machine, layer, pipeline, memory, begin, counters):
        self.machine, self.layer, self.memory, self.counters = machine, layer, memory, counters
        double = machine["vmem_buffering"] == "double"
        self.pipeline = pipeline if layer.unit == "pe_array" or double else "serial"
        self.operands = layer.operands(self.pipeline)
        self.outputs = [o for o in self.operands if o.stores]
        widths = {"axi_param": min(machine["ARRAY_N"] * machine["WGT_DATA_WIDTH"], machine["PARAMBUF_AXI_DATA_WIDTH"]),
                  "axi_ibuf": machine["IBUF_AXI_DATA_WIDTH"], "axi_obuf": machine["OBUF_AXI_DATA_WIDTH"],
                  "axi_simd": machine["SIMD_AXI_DATA_WIDTH"]}
        self.ports = [Port(name, width, self.operands, begin) for name, width in widths.items()]
        self.step, self.n_steps = 0, len(layer.steps)
        self.computing, self.slot = None, -1
        self.begin = self.now = self.idle_since = begin
        self.arrived = []      # causes of what arrived now
        self.occupied = set()  # tiles in halves

    def count(self, name, cycle, value=1):
        self.counters[name][cycle] += value

    def count_state(self, track, state, begin, end):
        for t in range(begin, end):
            self.count(f"{track}.{state}", t)

    # ---- what may start ----

    def half_is_free(self, residency):
        """The residency two before has left the half: used up, or stored."""
        if residency.index < 2:
            return True
        before = residency.operand.residencies[residency.index - 2]
        return before.done if before.operand.stores else before.last < self.step

    def may_load(self, load):
        if self.pipeline == "lockstep":
            return load.first <= self.slot + 1
        if self.pipeline == "serial":
            return load.first <= self.step
        return (load.spilled is None or load.spilled.done) and self.half_is_free(load.half)

    def may_store(self, store):
        return store.last < (self.slot if self.pipeline == "lockstep" else self.step)

    def choose(self, port):
        load = port.loads[0] if port.loads and self.may_load(port.loads[0]) else None
        store = port.stores[0] if port.stores and self.may_store(port.stores[0]) else None
        if self.pipeline == "serial":
            return store or load
        if load and port.name == "axi_simd" and self.pipeline == "decoupled" and port.stores \
                and load.first > port.stores[0].last + 2:
            load = None  # a lockstep slot has load s + 1 and store s - 1
        return load or store

    def missing(self, s):
        """Causes of what step @s still waits for."""
        for operand in self.operands:
            r = operand.at.get(s)
            if self.pipeline == "serial" and operand.stores:
                if any(r.last < s and not r.done for r in operand.residencies):
                    yield operand.cause()
            elif r is not None and not (self.half_is_free(r) or r.back if operand.stores else r.done):
                yield operand.cause()

    def may_compute(self):
        if self.computing is not None or self.step == self.n_steps:
            return False
        if self.pipeline == "lockstep":
            return self.step <= self.slot
        return not any(self.missing(self.step))

    # ---- starting ----

    def start_transfer(self, port, residency):
        stores = residency.operand.stores
        (port.stores if stores else port.loads).pop(0)
        self.count_state(port.name, "wait_data" if stores else "wait_room", port.free_since, self.now)
        port.transfer = Transfer(port, residency, self.now, self.tell)
        self.memory.start(port.transfer)
        if not stores:
            self.occupied.add(residency.half)

    def start_step(self):
        if self.idle_since < self.now and self.pipeline != "serial":
            cause = min(self.arrived, key=CAUSES.index)
            self.count_state(self.layer.unit, f"stall_{cause}", self.idle_since, self.now)
        for operand in self.outputs:
            r = operand.at.get(self.step)
            if r is not None and r.first == self.step and r.back is None:
                self.occupied.add(r)
        self.computing = Step(self.now, work(self.machine, self.layer, self.step, self.now, self.count))
        if self.machine["sram_ports"] == "1rw":  # takes two cycles for what others do in one
            for buffer, doubles in self.computing.work.doubles.items():
                self.computing.lost[buffer] += 2 * doubles
                self.computing.done -= 2 * doubles

    def start_what_can(self):
        for port in self.ports:
            residency = self.choose(port) if port.transfer is None else None
            if residency is not None:
                self.start_transfer(port, residency)
        if self.may_compute():
            self.start_step()

    # ---- one cycle ----

    def tell(self, transfer, cycle, bits, moves):
        """In @cycle @bits of @transfer pass, of which @moves says how it is called."""
        operand, port = transfer.residency.operand, transfer.port.name
        self.count("dram.write_bits" if operand.stores else "dram.read_bits", cycle, bits)
        self.count(f"{operand.buffer}.{'dma_read' if operand.stores else 'dma_write'}_bits", cycle, bits)
        if moves:
            self.count(f"{port}.{'store' if operand.stores else 'load'}_{transfer.residency.name}", cycle)
        else:
            self.count(f"{port}.wait_memory", cycle)

    def pace_beside(self, transfer):
        """What a transfer leaves of two half cycles to the unit: it takes a port of its buffer's banks as long as
        its data need on the AXI port, and comes first."""
        operand, begin = transfer.residency.operand, transfer.begin
        if self.machine["sram_halves"] != "shared" or self.now >= begin + ceil(transfer.bits / transfer.port.width):
            return 2
        reads, writes = (operand.buffer in which for which in (self.computing.work.reads, self.computing.work.writes))
        return {"1rw": 0 if reads or writes else 2, "2rw": 1 if reads and writes else 2,
                "1r1w": 0 if (reads if operand.stores else writes) else 2}[self.machine["sram_ports"]]

    def compute(self):
        paces = {port.transfer.residency.operand.buffer: self.pace_beside(port.transfer)
                 for port in self.ports if port.transfer is not None}
        pace = min([2, *paces.values()])
        self.computing.done += pace
        if pace < 2:
            culprit = next(buffer for buffer in BUFFERS if paces.get(buffer) == pace)
            self.computing.lost[culprit] += 2 - pace

    def pass_cycle(self):
        for port in self.ports:
            if port.transfer is not None and self.pipeline == "serial" and self.computing is None:
                cause = port.transfer.residency.operand.cause() if self.step < self.n_steps else "last_store"
                self.count(f"{self.layer.unit}.stall_{cause}", self.now)
        if self.computing is not None:
            self.compute()
        for r in self.occupied:
            self.count(f"{r.operand.buffer}.occupied_halves", self.now)
        self.memory.cycle(self.now)

    def complete(self):
        """What ended as this cycle begins."""
        self.arrived = []
        waiting = set() if self.step == self.n_steps or self.computing else set(self.missing(self.step))
        for port in self.ports:
            if port.transfer is None or port.transfer.end != self.now:
                continue
            r = port.transfer.residency
            port.transfer, port.free_since, r.done = None, self.now, True
            if r.operand.stores:
                self.occupied.discard(r)
            if self.pipeline == "lockstep" or r.operand.cause() in waiting:
                self.arrived.append(r.operand.cause())
        if self.computing is not None and self.computing.done >= 2 * self.computing.work.cycles:
            self.end_step()

    def end_step(self):
        """Waits for banks are shown after the step that they happened in."""
        t = self.computing.begin + self.computing.work.cycles
        for buffer, cycles in self.computing.waits(self.now).items():
            self.count_state(self.layer.unit, f"stall_{buffer}_bank", t, t + cycles)
            t += cycles
        for operand in self.operands:
            r = operand.at.get(self.step)
            if not operand.stores and r is not None and r.half is r and r.last == self.step:
                self.occupied.discard(r)
        self.computing, self.idle_since = None, self.now
        self.step += 1

    def is_quiet(self):
        return self.computing is None and all(port.transfer is None for port in self.ports)

    def is_over(self):
        left = any(port.loads or port.stores for port in self.ports)
        return self.is_quiet() and self.step == self.n_steps and not left

    def run(self):
        """Returns the cycle after its last."""
        while not self.is_over():
            self.start_what_can()
            while self.is_quiet():
                if self.pipeline != "lockstep":
                    raise RuntimeError("nothing moves")
                self.slot += 1
                self.start_what_can()
            self.pass_cycle()
            self.now += 1
            self.complete()
        self.finish()
        return self.now

    def finish(self):
        if self.pipeline != "serial":
            self.count_state(self.layer.unit, "stall_last_store", self.idle_since, self.now)
        other = {"pe_array": "simd_array", "simd_array": "pe_array"}[self.layer.unit]
        self.count_state(other, "idle", self.begin, self.now)
        for port in self.ports:
            self.count_state(port.name, "idle", port.free_since, self.now)
