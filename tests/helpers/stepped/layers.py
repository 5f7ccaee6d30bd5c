"""Layers cut into tiles: the steps, and which tiles of which operands they load and store."""

from math import ceil, prod

OUT, WINDOW = "oc n oh ow", "oc n ih iw"
NESTS = {"pe_array": "oc ic kh kw n oh ow", "softmax": "n oh ow pass oc", "softmax_grad": "n oh ow pass oc",
         "cross_entropy": "n oh ow oc"}
SIMD_NEST = "oc pass n oh ow"
TWO_PASSES = ("softmax", "softmax_grad", "batchnorm_grad_x_mu")


def load(dims=OUT, passes=None, spilled=False):
    return ("load", dims, passes, "accumulator", "psum" if spilled else "ifmap")


def store(dims=OUT, passes=None, spilled=False, wide=False):
    return ("store", dims, passes, "accumulator" if spilled or wide else "output", "psum" if spilled else "ofmap")


# What the layers of the SIMD array move, in the order of a step. What one pass spills, the next one loads.
MOVES = {
    "relu": [load(), store()],
    "elem_add": [load(), load(), store()],
    "max_pool": [load(WINDOW), store()],
    "avg_pool": [load(WINDOW), store()],
    "global_avg_pool": [load(WINDOW), store()],
    "softmax": [load(passes={0}), load(passes={1}, spilled=True), store(passes={0}, spilled=True), store(passes={1})],
    "mean_var": [load(), store("oc"), store("oc")],
    "batch_norm": [load(), load("oc"), load("oc"), load("oc"), load("oc"), store()],
    "batchnorm_grad_x_mu": [load(passes={0}), load(passes={0, 1}), load("oc"), load("oc"), load("oc"),
                            load(passes={1}, spilled=True), store(passes={0}, spilled=True), store("oc"), store("oc"),
                            store(passes={1})],
    "relu_grad": [load(), load(), store()],
    "max_pool_index": [load(WINDOW), store(), store(wide=True)],
    "max_pool_grad": [load(), load(), store(WINDOW)],
    "average_pool_grad": [load(), store(WINDOW)],
    "global_average_pool_grad": [load(), store(WINDOW)],
    "reduce_sum": [load(), store("oc")],
    "reduce_maps": [load(), store("oc")],
    "softmax_grad": [load(passes={0, 1}), load(passes={0, 1}), store(passes={1})],
    "cross_entropy": [load(), load(), store("n oh ow")],
    "cross_entropy_grad": [load(), load(), store()],
    "transpose": [load(), store()],
    "transpose_weights": [load(), store()],
    "dilate": [load(), store(WINDOW)],
    "sgd": [load(), load(), store(wide=True)],
    "momentum": [load()] * 3 + [store(wide=True)] * 2,
    "adam": [load()] * 4 + [store(wide=True)] * 3,
    "sgd4d": [load(), load(), store()], "sgd2d": [load(), load(), store()], "sgd1d": [load(), load(), store()],
}


class Residency:
    """Steps @first to @last use one tile of @operand; it is loaded for them, or stored after them."""

    def __init__(self, operand, first, key):
        self.operand, self.index = operand, len(operand.residencies)
        self.first, self.last, self.key, self.name = first, first, key, operand.name
        self.bits = 0
        self.done = False    # it has been moved
        self.back = None     # of an output that was there before: what brings it back ...
        self.output = None   # ... to this one
        self.spilled = None  # a load: the store before it of the same tile

    @property
    def half(self):
        """Psums come back to the half of OBUF that they are added to; elsewhere each operand has its own."""
        return self.output or self


class Operand:
    def __init__(self, name, buffer, dims, width, stores=False, passes=None, per_step=False):
        self.name, self.buffer, self.dims, self.width = name, buffer, dims.split(), width
        self.stores, self.passes, self.per_step = stores, passes, per_step
        self.residencies = []
        self.at = {}      # by step

    def cause(self):
        """What a unit waits for that needs it."""
        if self.buffer == "vmem":
            return "vmem_store" if self.stores else "vmem_load"
        return "obuf_half" if self.stores else "psum_load" if self.name == "psum" else self.name

    def add(self, first, key):
        self.residencies.append(Residency(self, first, key))
        return self.residencies[-1]


class Layer:
    """A layer cut into tiles: @sizes and @tiles by dimension, @widths by kind of word."""

    def __init__(self, operation, sizes, tiles, widths, stride, training):
        self.operation, self.widths, self.stride, self.training = operation, widths, stride, training
        self.unit = "pe_array" if operation.startswith(("conv", "gemm")) else "simd_array"
        passes = 2 if operation in TWO_PASSES else 1
        self.sizes, self.tiles = dict(sizes, **{"pass": passes}), dict(tiles, **{"pass": 1})
        self.nest = NESTS.get(self.unit, NESTS.get(operation, SIMD_NEST)).split()
        steps = [()]
        for dim in self.nest:
            steps = [step + (i,) for step in steps for i in range(self.count(dim))]
        self.steps = [dict(zip(self.nest, step)) for step in steps]
        self.extents = [self.extents_of(step) for step in self.steps]

    def count(self, dim):
        return ceil(self.sizes[dim] / self.tiles[dim])

    def extents_of(self, step):
        e = {dim: min(self.tiles[dim], self.sizes[dim] - step.get(dim, 0) * self.tiles[dim]) for dim in self.sizes}
        e["ih"], e["iw"] = ((e[o] - 1) * self.stride + e[k] for o, k in (("oh", "kh"), ("ow", "kw")))
        return e

    def is_fresh(self, s):
        """Step @s is the first that adds to its outputs."""
        return all(self.steps[s][dim] == 0 for dim in ("ic", "kh", "kw"))

    def is_first(self, s):
        """Of the steps of one pass over its channels; is_last likewise."""
        return all(self.steps[s][dim] == 0 for dim in ("n", "oh", "ow"))

    def is_last(self, s):
        return all(self.steps[s][dim] == self.count(dim) - 1 for dim in ("n", "oh", "ow"))

    def operands(self, pipeline):
        operands = self.array_operands() if self.unit == "pe_array" else self.simd_operands(pipeline)
        for operand in operands:
            self.find_residencies(operand, pipeline)
        if self.unit == "pe_array":
            add_psums(operands)
        else:
            pair_spills(operands)
        for operand in operands:
            for r in operand.residencies:
                operand.at.update((s, r) for s in range(r.first, r.last + 1))
        return operands

    def array_operands(self):
        w = self.widths
        return [Operand("weights", "wbuf", "oc ic kh kw", w["filter"]), Operand("bias", "bbuf", "oc", w["bias"]),
                Operand("ifmap", "ibuf", "ic n ih iw", w["ifmap"], per_step=True),
                Operand("ofmap", "obuf", OUT, w["accumulator"], stores=True, per_step=True)]

    def simd_operands(self, pipeline):
        """What the very next step uses stays on chip, where buffers are double and no slot ends."""
        between = prod(self.count(dim) for dim in self.nest[self.nest.index("pass") + 1:]) if "pass" in self.nest else 0
        stays = pipeline == "decoupled" and between == 1
        return [Operand(name, "vmem", dims, self.widths[width], which == "store", passes)
                for which, dims, passes, width, name in MOVES[self.operation.removesuffix("_decay")]
                if not (name == "psum" and stays)]

    def keeps_tiles(self, pipeline):
        return pipeline != "lockstep" or (self.operation.startswith("gemm") and self.sizes["n"] == 1)

    def find_residencies(self, operand, pipeline):
        for s, step in enumerate(self.steps):
            if operand.passes is not None and step["pass"] not in operand.passes:
                continue
            key, have = tile_key(operand, step), operand.residencies
            if have and have[-1].key == key and (self.keeps_tiles(pipeline) or not operand.per_step):
                have[-1].last = s
            else:
                operand.add(s, key).bits = operand.width * prod(self.extents[s][dim] for dim in operand.dims)


def tile_key(operand, step):
    dims = set(operand.dims)
    dims |= {"oh", "kh"} if "ih" in dims else set()
    dims |= {"ow", "kw"} if "iw" in dims else set()
    dims |= {"pass"} if operand.passes is not None else set()
    return tuple((dim, step[dim]) for dim in sorted(dims & set(step)))


def add_psums(operands):
    """Tiles that are visited again: stored as psums before, and loaded."""
    out = operands[-1]
    back = Operand("psum", out.buffer, " ".join(out.dims), out.width)
    seen = {}
    for r in out.residencies:
        before = seen.get(r.key)
        if before is not None:
            before.name = "psum"
            r.back = back.add(r.first, r.key)
            r.back.last, r.back.bits, r.back.spilled, r.back.output = r.last, r.bits, before, r
        seen[r.key] = r
    if back.residencies:
        operands.insert(len(operands) - 1, back)


def pair_spills(operands):
    """The intermediates that one pass leaves for the next."""
    stored = {tuple(k for k in r.key if k[0] != "pass"): r
              for o in operands if o.name == "psum" and o.stores for r in o.residencies}
    for operand in operands:
        for r in operand.residencies if operand.name == "psum" and not operand.stores else []:
            r.spilled = stored[tuple(k for k in r.key if k[0] != "pass")]
