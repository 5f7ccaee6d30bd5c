"""What the units do in a step: PE by PE, lane by lane. Each returns a Work; counters are added up by @count."""

from math import ceil, prod

from stepped.programs import PROGRAMS, cycles_of

STAGES = 6  # fetch, decode, address, read, execute, write


class Work:
    """A step's cycles while nothing is in its way, and what it does with the banks of the buffers."""

    def __init__(self, cycles, reads, writes, doubles):
        self.cycles, self.reads, self.writes = cycles, reads, writes
        self.doubles = doubles  # cycles in which it reads and writes one bank, by buffer


def stream_vectors(machine, layer, s, now, count):
    """A step of the PE array: a vector enters in each cycle."""
    J, K, w, e = machine["ARRAY_N"], machine["ARRAY_M"], layer.widths, layer.extents[s]
    pixels, reads_bias = e["n"] * e["oh"] * e["ow"], []
    for _ in range(ceil(e["oc"] / K)):
        for window in range(e["kh"] * e["kw"]):
            for group in range(ceil(e["ic"] / J)):
                reads_bias += [layer.is_fresh(s) and window == 0 and group == 0] * pixels
    if e["kh"] * e["kw"] * ceil(e["ic"] / J) > 1 and pixels < J:
        count("pe_array.hazard_steps", now)
    for v, bias in enumerate(reads_bias):
        t = now + v
        for i in range(J):
            count("ibuf.read_bits", t + i, w["ifmap"])
            for j in range(K):
                count("pe_array.active_pes", t + i + j)
                count("wbuf.read_bits", t + i + j, w["filter"])
        for j in range(K):
            count("bbuf.read_bits" if bias else "obuf.read_bits", t + j, w["bias" if bias else "accumulator"])
            count("obuf.write_bits", t + j + J - 1, w["accumulator"])
    n = len(reads_bias)
    for c in range(n + J + K - 2):
        all_work = all(0 <= c - i - j < n for i in range(J) for j in range(K))
        count("pe_array." + ("busy" if all_work else "fill" if c < n else "drain"), now + c)
    psums = reads_bias.count(False)
    reads = {"wbuf", "ibuf"} | ({"bbuf"} if any(reads_bias) else set()) | ({"obuf"} if psums else set())
    return Work(n + J + K - 2, reads, {"obuf"}, {"obuf": psums})


class SimdStep:
    """A step of the SIMD array: blocks of its program one after the other."""

    def __init__(self, machine, layer, s, now, count):
        self.machine, self.layer, self.s, self.now, self.count = machine, layer, s, now, count
        self.e, self.last, self.doubles = layer.extents[s], layer.is_last(s), 0

    def run(self):
        begin, must_drain = self.now, False
        for block in PROGRAMS[self.layer.operation]:
            if not self.is_executed(block):
                continue
            if must_drain and not block.joins:
                self.drain()
                must_drain = False
            self.run_block(block)
            must_drain |= not block.joins and (self.last or not block.at_end)
        if must_drain:
            self.drain()
        return Work(self.now - begin, {"vmem"}, {"vmem"}, {"vmem": self.doubles})

    def is_executed(self, block):
        here = {"tile": True, "first": self.layer.is_first(self.s), "last": self.last}[block.when]
        return block.which_pass == self.layer.steps[self.s].get("pass", 0) and here

    def drain(self):
        """All stages but the one that issues, and all lanes but the first."""
        for _ in range(STAGES - 1 + self.machine["ARRAY_M"] - 1):
            self.count("simd_array.drain", self.now)
            self.now += 1

    def times(self, instruction):
        window = self.e["kh"] * self.e["kw"]
        return {"once": 1, "window": window, "but one": window - 1, "batch": self.e["n"]}[instruction.times]

    def run_block(self, block):
        """What comes several times has its result's width the last time; sums over a batch when that is complete."""
        slots = []
        for instruction in block.instructions:
            final = instruction.result if self.last or instruction.times != "batch" else "accumulator"
            slots += [(instruction, "accumulator")] * (self.times(instruction) - 1)
            slots += [(instruction, final)] * (self.times(instruction) > 0)
        lanes = self.machine["ARRAY_M"]
        vectors = prod(ceil(self.e[dim] / lanes) if dim == "oc" else self.e[dim] for dim in block.over)
        if block.by_vector:
            for _ in range(vectors):
                for instruction, result in slots:
                    self.issue(instruction, result, 2 if instruction.waits else 0)
        else:
            for instruction, result in slots:
                for _ in range(vectors):
                    self.issue(instruction, result, 0)

    def issue(self, instruction, result, nops):
        """Lane l is a cycle behind lane l - 1."""
        word = self.layer.widths["accumulator"]
        cycles = cycles_of(instruction.operation, self.layer.training)
        for _ in range(nops):
            self.count("simd_array.nop", self.now)
            self.now += 1
        t = self.now
        self.now += cycles
        self.count("simd_array.busy", t)
        for c in range(1, cycles):
            self.count("simd_array.multi_cycle", t + c)
        self.count("instruction_memory.read_bits", t, 32)
        if instruction.reads > 1 and nops == 0 and cycles == 1:
            self.doubles += 1
        for lane in range(self.machine["ARRAY_M"]):
            read = t + STAGES - 3 + lane
            if instruction.immediates and (lane == 0 or instruction.each):
                self.count("imm.read_bits", read, instruction.immediates * word)
            self.count("vmem.read_bits", read, instruction.reads * word)
            self.count(f"simd_array.op_{instruction.operation}", read + 1)
            for c in range(cycles):
                self.count("simd_array.active_lanes", read + 1 + c)
            self.count("vmem.write_bits", read + 1 + cycles, self.layer.widths[result])


def work(machine, layer, s, now, count):
    """Step @s of @layer begins in cycle @now."""
    if layer.unit == "pe_array":
        return stream_vectors(machine, layer, s, now, count)
    return SimdStep(machine, layer, s, now, count).run()
