"""A machine that is stepped cycle by cycle, PE by PE and lane by lane, on ideal DRAM: what every
counter is in every cycle of a layer (with sram_ports 1r1w). Written from the semantics alone (README, "What is modelled";
definitions of the counters), for small machines; it knows nothing of how the program does it."""

from math import ceil

PORT_OF = {"wbuf": "axi_param", "bbuf": "axi_param", "ibuf": "axi_ibuf", "obuf": "axi_obuf", "vmem": "axi_simd"}
UNIT_OF = {"conv": "pe_array", "gemm": "pe_array"}
CAUSES = ["weights", "bias", "ifmap", "psum_load", "obuf_half", "vmem_load", "vmem_store"]
DIVISION = 9  # cycles, of integers
STAGES = 6    # fetch, decode, address, read, execute, write


class Residency:
    """Steps @first to @last use one tile of @operand; it is loaded for them, or stored after them."""

    def __init__(self, operand, index, first, key):
        self.operand, self.index, self.first, self.last, self.key = operand, index, first, first, key
        self.bits, self.name = 0, operand.name
        self.moved = True  # by a transfer
        self.done = False  # it has been


class Operand:
    def __init__(self, name, buffer, dims, width, stores=False, per_step=False):
        self.name, self.buffer, self.dims, self.width = name, buffer, dims, width
        self.stores, self.per_step, self.residencies = stores, per_step, []

    def cause(self):
        if self.buffer == "vmem":
            return "vmem_store" if self.stores else "vmem_load"
        return "obuf_half" if self.stores else self.name


class Layer:
    """A layer cut into tiles: @sizes and @tiles by dimension, @widths by kind of word."""

    def __init__(self, operation, sizes, tiles, widths, stride):
        self.operation, self.widths, self.stride = operation, widths, stride
        self.unit = UNIT_OF.get(operation.split("_")[0], "simd_array")
        self.order = "oc ic kh kw n oh ow".split() if self.unit == "pe_array" else "oc n oh ow".split()
        self.steps = [()]
        for dim in self.order:
            self.steps = [step + (i,) for step in self.steps for i in range(ceil(sizes[dim] / tiles[dim]))]
        self.steps = [dict(zip(self.order, step)) for step in self.steps]
        self.sizes, self.tiles = sizes, tiles
        self.extents = [self.extents_of(step) for step in self.steps]
        self.reduced = {dim for dim in ("ic", "kh", "kw") if self.unit == "pe_array"}

    def extents_of(self, step):
        e = {dim: min(self.tiles[dim], self.sizes[dim] - step.get(dim, 0) * self.tiles[dim]) for dim in self.sizes}
        e["ih"], e["iw"] = ((e[o] - 1) * self.stride + e[k] for o, k in (("oh", "kh"), ("ow", "kw")))
        return e

    def operands(self):
        w = self.widths
        if self.unit == "pe_array":
            return [Operand("weights", "wbuf", "oc ic kh kw", w["filter"]), Operand("bias", "bbuf", "oc", w["bias"]),
                    Operand("ifmap", "ibuf", "ic n ih iw", w["ifmap"], per_step=True),
                    Operand("ofmap", "obuf", "oc n oh ow", w["accumulator"], stores=True, per_step=True)]
        inputs = 2 if self.operation == "elem_add" else 1
        dims = "oc n ih iw" if "pool" in self.operation else "oc n oh ow"
        return [Operand("ifmap", "vmem", dims, w["accumulator"]) for _ in range(inputs)] + [
            Operand("ofmap", "vmem", "oc n oh ow", w["output"], stores=True)]

    def keeps_tiles(self, pipeline):
        return pipeline != "lockstep" or (self.operation.startswith("gemm") and self.sizes["n"] == 1)


def tile_key(operand, step):
    dims = set(operand.dims.split())
    dims |= {"oh", "kh"} if "ih" in dims else set()
    dims |= {"ow", "kw"} if "iw" in dims else set()
    return tuple(step.get(dim, 0) for dim in ("oc", "ic", "kh", "kw", "n", "oh", "ow") if dim in dims)


def bits_of(operand, extents):
    bits = operand.width
    for dim in operand.dims.split():
        bits *= extents[dim]
    return bits


def find_residencies(layer, operand, pipeline):
    for s, step in enumerate(layer.steps):
        key, have = tile_key(operand, step), operand.residencies
        if have and have[-1].key == key and (layer.keeps_tiles(pipeline) or not operand.per_step):
            have[-1].last = s
        else:
            have.append(Residency(operand, len(have), s, key))
            have[-1].bits = bits_of(operand, layer.extents[s])


def add_psums(layer, operands):
    """Tiles that are visited again: stored as psums before, and loaded."""
    out = operands[-1]
    back = Operand("psum_load", out.buffer, out.dims, out.width)
    seen = {}
    for residency in out.residencies:
        before = seen.get(residency.key)
        if before is not None:
            before.name = "psum"
            load = Residency(back, residency.index, residency.first, residency.key)
            load.last, load.bits, load.stored = residency.last, residency.bits, before
            back.residencies.append(load)
            residency.loaded = load
        else:
            residency.loaded = None
        seen[residency.key] = residency
    if back.residencies:
        operands.insert(len(operands) - 1, back)


class Port:
    def __init__(self, name, width, operands):
        self.name, self.width = name, width
        mine = [o for o in operands if PORT_OF[o.buffer] == name]
        self.loads = [r for o in mine if not o.stores for r in o.residencies]
        self.loads.sort(key=lambda r: r.first)  # stable: operands in their order
        self.stores = [r for o in mine if o.stores for r in o.residencies]
        self.moving, self.moved, self.free_since = None, 0, 0


class Simulation:
    """One layer from cycle 0 on; @counters: name -> list by cycle, of those that are not always 0."""

    def __init__(self, machine, layer, pipeline):
        self.machine, self.layer, self.counters = machine, layer, {}
        double = machine.get("vmem_buffering") == "double"
        self.pipeline = pipeline if layer.unit == "pe_array" or double else "serial"
        self.operands = layer.operands()
        for operand in self.operands:
            find_residencies(layer, operand, self.pipeline)
        add_psums(layer, self.operands)
        self.out = self.operands[-1]
        widths = {"axi_param": min(machine["ARRAY_N"] * machine["WGT_DATA_WIDTH"], machine["PARAMBUF_AXI_DATA_WIDTH"]),
                  "axi_ibuf": machine["IBUF_AXI_DATA_WIDTH"], "axi_obuf": machine["OBUF_AXI_DATA_WIDTH"],
                  "axi_simd": machine["SIMD_AXI_DATA_WIDTH"]}
        self.ports = [Port(name, width, self.operands) for name, width in widths.items()]
        self.step, self.computing, self.idle_since, self.slot = 0, None, 0, -1
        self.arrived = []     # causes of what arrived now
        self.occupied = set() # tiles in halves
        self.now = 0

    def count(self, name, cycle, value=1):
        values = self.counters.setdefault(name, [])
        values.extend([0] * (cycle + 1 - len(values)))
        values[cycle] += value

    def count_state(self, track, state, begin, end):
        for t in range(begin, end):
            self.count(f"{track}.{state}", t)

    # ---- what may start ----

    def half_is_free(self, residency):
        """The residency two before has left the half: used up, or stored."""
        if residency.index < 2:
            return True
        if residency.operand.stores:
            return residency.operand.residencies[residency.index - 2].done
        return residency.operand.residencies[residency.index - 2].last < self.step

    def may_load(self, load):
        if self.pipeline == "lockstep":
            return load.first <= self.slot + 1
        if self.pipeline == "serial":
            return load.first <= self.step
        if load.operand.name == "psum_load":
            return load.stored.done and self.half_is_free(self.out.residencies[load.index])
        return self.half_is_free(load)

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

    def needs(self, s):
        """What step @s waits for: (done?, cause)."""
        for operand in self.operands:
            for r in operand.residencies:
                if not r.first <= s <= r.last:
                    continue
                if not operand.stores:
                    yield r.done, operand.cause()
                elif r.loaded is None:
                    before = r.index - (1 if self.pipeline == "serial" else 2)
                    yield before < 0 or operand.residencies[before].done, operand.cause()

    def may_compute(self):
        if self.computing is not None or self.step == len(self.layer.steps):
            return False
        if self.pipeline == "lockstep":
            return self.step <= self.slot
        return all(done for done, _ in self.needs(self.step))

    # ---- starting ----

    def start_transfer(self, port, residency):
        (port.stores if residency.operand.stores else port.loads).pop(0)
        waiting = "wait_data" if residency.operand.stores else "wait_room"
        self.count_state(port.name, waiting, port.free_since, self.now)
        port.moving, port.moved = residency, 0
        if residency.operand.name == "psum_load":
            residency = self.out.residencies[residency.index]
        if not residency.operand.stores or residency.loaded:
            self.occupied.add(residency)

    def start_step(self):
        if self.idle_since < self.now and self.pipeline != "serial":
            cause = min(self.arrived, key=CAUSES.index)
            self.count_state(self.layer.unit, f"stall_{cause}", self.idle_since, self.now)
        self.computing, self.left = self.now, None
        for r in self.out.residencies:
            if r.first == self.step and r.loaded is None:
                self.occupied.add(r)
        self.work()

    def start_what_can(self):
        for port in self.ports:
            residency = self.choose(port) if port.moving is None else None
            if residency is not None:
                self.start_transfer(port, residency)
        if self.may_compute():
            self.start_step()

    # ---- one cycle ----

    def complete(self):
        """What ended as this cycle begins."""
        self.arrived = []
        waiting = {cause for done, cause in self.needs(self.step) if not done} if self.step < len(
            self.layer.steps) and self.computing is None else set()
        for port in self.ports:
            r = port.moving
            if r is not None and port.moved == r.bits:
                port.moving, port.free_since, r.done = None, self.now, True
                if r.operand.stores:
                    self.occupied.discard(r)
                if self.pipeline == "lockstep" or r.operand.cause() in waiting:
                    self.arrived.append(r.operand.cause())
        if self.computing is not None and self.left == 0:
            self.count_state(self.layer.unit, f"stall_{self.out.buffer}_bank", self.computing + self.duration, self.now)
            for operand in self.operands[:-1]:
                for r in operand.residencies:
                    if operand.name != "psum_load" and r.last == self.step:
                        self.occupied.discard(r)
            self.computing, self.idle_since = None, self.now
            self.step += 1

    def move(self):
        for port in self.ports:
            if port.moving is None:
                continue
            operand, r = port.moving.operand, port.moving
            bits = min(port.width, r.bits - port.moved)
            port.moved += bits
            self.count("dram.write_bits" if operand.stores else "dram.read_bits", self.now, bits)
            self.count(f"{operand.buffer}.{'dma_read' if operand.stores else 'dma_write'}_bits", self.now, bits)
            what = {"psum_load": "psum"}.get(r.name, r.name)
            self.count(f"{port.name}.{'store' if operand.stores else 'load'}_{what}", self.now)
            if self.pipeline == "serial" and self.computing is None:
                cause = operand.cause() if self.step < len(self.layer.steps) else "last_store"
                self.count(f"{self.layer.unit}.stall_{cause}", self.now)
        if self.computing is not None and not self.bank_is_taken():
            self.left -= 1
        for r in self.occupied:
            self.count(f"{r.operand.buffer}.occupied_halves", self.now)

    def bank_is_taken(self):
        """With one read and one write port and both halves in one bank: by a transfer that goes first."""
        if self.machine.get("sram_halves") != "shared":
            return False
        moving = [port.moving.operand for port in self.ports if port.moving is not None]
        return any(o.buffer == self.out.buffer and (self.reads_output if o.stores else True) for o in moving)

    def is_quiet(self):
        return self.computing is None and all(port.moving is None for port in self.ports)

    def run(self):
        """Returns the cycles of the layer."""
        while not self.is_over():
            self.start_what_can()
            while self.is_quiet():
                if self.pipeline != "lockstep":
                    raise RuntimeError("nothing moves")
                self.slot += 1
                self.start_what_can()
            self.move()
            self.now += 1
            self.complete()
        self.finish()
        return self.now

    def is_over(self):
        return self.is_quiet() and self.step == len(self.layer.steps) and not any(
            port.loads or port.stores for port in self.ports)

    def finish(self):
        if self.pipeline != "serial":
            self.count_state(self.layer.unit, "stall_last_store", self.idle_since, self.now)
        other = {"pe_array": "simd_array", "simd_array": "pe_array"}[self.layer.unit]
        self.count_state(other, "idle", 0, self.now)
        for port in self.ports:
            self.count_state(port.name, "idle", port.free_since, self.now)

    # ---- what a unit does in a step, from self.now on ----

    def work(self):
        extents, step = self.layer.extents[self.step], self.layer.steps[self.step]
        if self.layer.unit == "pe_array":
            self.duration = self.stream_vectors(extents, all(step[dim] == 0 for dim in self.layer.reduced))
        else:
            self.duration = self.execute(extents)
        self.left = self.duration

    def stream_vectors(self, e, fresh):
        J, K, w = self.machine["ARRAY_N"], self.machine["ARRAY_M"], self.layer.widths
        pixels, reads_bias = e["n"] * e["oh"] * e["ow"], []
        for _ in range(ceil(e["oc"] / K)):
            for window in range(e["kh"] * e["kw"]):
                for group in range(ceil(e["ic"] / J)):
                    reads_bias += [fresh and window == 0 and group == 0] * pixels
        self.reads_output = not all(reads_bias)  # the OBUF; VMEM is read in any case
        if e["kh"] * e["kw"] * ceil(e["ic"] / J) > 1 and pixels < J:
            self.count("pe_array.hazard_steps", self.now)
        for v, bias in enumerate(reads_bias):
            t = self.now + v
            for i in range(J):
                self.count("ibuf.read_bits", t + i, w["ifmap"])
                for j in range(K):
                    self.count("pe_array.active_pes", t + i + j)
                    self.count("wbuf.read_bits", t + i + j, w["filter"])
            for j in range(K):
                self.count("bbuf.read_bits" if bias else "obuf.read_bits", t + j, w["bias" if bias else "accumulator"])
                self.count("obuf.write_bits", t + j + J - 1, w["accumulator"])
        n = len(reads_bias)
        for c in range(n + J + K - 2):
            all_work = all(0 <= c - i - j < n for i in range(J) for j in range(K))
            self.count("pe_array." + ("busy" if all_work else "fill" if c < n else "drain"), self.now + c)
        return n + J + K - 2

    def execute(self, e):
        """Each instruction over all vectors of the tile, then the pipeline drains."""
        self.reads_output = True
        vectors = ceil(e["oc"] / self.machine["ARRAY_M"]) * e["n"] * e["oh"] * e["ow"]
        window, out, acc = e["kh"] * e["kw"], "output", "accumulator"
        program = {  # operation, words read, immediates, width of the result, cycles
            "relu": [("max", 1, 1, out, 1)], "elem_add": [("add", 2, 0, out, 1)],
            "max_pool": [("max", 2, 0, acc, 1)] * (window - 1) + [("max", 2, 0, out, 1)],
            "avg_pool": [("add", 2, 0, acc, 1)] * window + [("div", 2, 0, out, DIVISION)]}
        t = self.now
        for instruction in program[self.layer.operation.removeprefix("global_")]:
            for _ in range(vectors):
                self.issue(t, *instruction)
                t += instruction[-1]
        drain = STAGES - 1 + self.machine["ARRAY_M"] - 1
        self.count_state("simd_array", "drain", t, t + drain)
        return t + drain - self.now

    def issue(self, t, operation, reads, immediates, result, cycles):
        acc = self.layer.widths["accumulator"]
        self.count("simd_array.busy", t)
        self.count_state("simd_array", "multi_cycle", t + 1, t + cycles)
        self.count("instruction_memory.read_bits", t, 32)
        self.count("imm.read_bits", t + STAGES - 3, immediates * acc)
        for lane in range(self.machine["ARRAY_M"]):
            read = t + STAGES - 3 + lane
            self.count("vmem.read_bits", read, reads * acc)
            self.count(f"simd_array.op_{operation}", read + 1)
            for c in range(cycles):
                self.count("simd_array.active_lanes", read + 1 + c)
            self.count("vmem.write_bits", read + 1 + cycles, self.layer.widths[result])
