"""The reference model's formulas as its document has them: one function per kind of layer, factors
in the document's order. Only for comparison with the program, which derives them from its tables."""

from math import ceil

KEYS = ["wbuf", "ibuf", "obuf", "bbuf", "vmem", "imm", "instructions", "filter", "ifmap", "psum",
        "ofmap", "bias"]
FIXED = {"softmax": dict(OC=1000, B=128, T_oc=64, T_b=64),
         "roialign": dict(OW=7, OH=7, OC=256, B=4 * 1000, T_ow=4, T_oh=4, T_oc=64)}

DIMS = ("ow", "oh", "oc", "kw", "kh", "ic", "b")


def product(value, *factors):
    for factor in factors:
        value = value * factor
    return value


class Layer:
    """Extents, tile, passes and widths of a layer, under the document's names."""

    def __init__(self, hardware, op, values, training, fused):
        self.op, self.hw, self.fused = op, hardware, fused
        self.R, self.C = hardware["ARRAY_N"], hardware["ARRAY_M"]
        self.D, self.E, self.Q, self.M = (5, 3, 11, 1) if training else (9, 3, 13, 1)
        self.BW = hardware["SIMD_AXI_DATA_WIDTH"]
        self.overhead = 5 + self.C - 1
        self.reloads, self.tensors = (), None  # section 11
        for dim in DIMS + ("iw", "ih"):
            setattr(self, "S_" + dim, 1)
        self.S_oc, self.S_ic = self.C, self.R if is_systolic(op) else 1
        for name, value in {**values, **FIXED.get(op, {})}.items():
            setattr(self, name, value)
        for dim in DIMS:
            tile = getattr(self, "T_" + dim)
            setattr(self, "n_" + dim, getattr(self, dim.upper()) / tile)
            setattr(self, "s_" + dim, tile / getattr(self, "S_" + dim))
        self.bits = dict.fromkeys(KEYS, 0)
        self.compute = self.stall = self.ops = 0

    def numbers(self):
        """The 19 numbers of a row."""
        accesses = [self.bits[key] / 8192 for key in KEYS]
        cycles = [self.compute, self.stall]
        cycles = cycles + [0, 0] if is_systolic(self.op) else [0, 0] + cycles
        return accesses + [sum(accesses[7:])] + cycles + [sum(cycles), self.ops]


def is_systolic(op):
    return op.startswith(("conv", "gemm"))


# ---- sections 4 and 5 ----

def systolic_accesses(x, one_row):
    tiles = product(x.n_ow, x.n_oh, x.n_b, x.n_oc)
    visits = ceil(x.n_ic) * ceil(x.n_kw) * ceil(x.n_kh)
    if one_row:
        x.bits["ifmap"] = product(x.T_ic, x.n_ic, x.n_oc, x.a)
        x.bits["filter"] = product(x.T_ic * x.T_oc, x.n_ic, x.n_oc, x.w)
        x.bits["ofmap"] = product(x.T_oc, x.n_oc, x.p)
    else:
        x.bits["ifmap"] = product(x.T_iw * x.T_ih * x.T_ic * x.T_b, x.n_ow, x.n_oh, x.n_b, x.n_ic,
                                  x.n_kw, x.n_kh, ceil(x.n_oc), x.a)
        x.bits["filter"] = product(x.T_kw * x.T_kh * x.T_ic * x.T_oc, x.n_ic, x.n_kw, x.n_kh,
                                   x.n_oc) * reloads_of(x) * x.w
        moved = product(x.T_ow * x.T_oh * x.T_oc * x.T_b, x.n_ow, x.n_oh, x.n_b, x.n_oc,
                        2 * visits - 1)
        x.bits["psum"] = (moved - x.OW * x.OH * x.OC * x.B) * x.p
        x.bits["ofmap"] = x.OW * x.OH * x.OC * x.B * x.p
    if x.fused:
        x.bits["ofmap"] = 0
    x.bits["bias"] = product(x.T_oc, x.n_oc, x.bb)
    x.bits["ibuf"] = product(x.S_iw * x.S_ih * x.S_ic * x.S_b, x.s_ow, x.s_oh, x.s_b, x.s_ic,
                             x.s_kw, x.s_kh, ceil(x.s_oc),
                             product(x.n_ow, x.n_oh, x.n_b, x.n_ic, x.n_kw, x.n_kh, ceil(x.n_oc)),
                             x.a)
    x.bits["wbuf"] = product(x.S_kw * x.S_kh * x.S_ic * x.S_oc, x.s_ic, x.s_kw, x.s_kh, x.s_oc,
                             ceil(x.s_ow), ceil(x.s_oh), ceil(x.s_b),
                             product(ceil(x.n_ow), ceil(x.n_oh), ceil(x.n_b), x.n_ic, x.n_kw,
                                     x.n_kh, x.n_oc), x.w)
    x.bits["obuf"] = product(x.S_ow * x.S_oh * x.S_oc * x.S_b, x.s_ow, x.s_oh, x.s_b, x.s_oc,
                             2 * ceil(x.s_ic) * ceil(x.s_kw) * ceil(x.s_kh) * visits - 1, tiles,
                             x.p)
    x.bits["bbuf"] = product(x.S_oc, x.T_ow, x.T_oh, x.T_b, x.s_oc, tiles, x.bb)


def reloads_of(x):
    """fm: the ratios of the loops outside those over weights, in the order ow, oh, n."""
    return product(1, *(getattr(x, "n_" + dim) for dim in ("ow", "oh", "b") if dim in x.reloads))


def conv_stall(x, Ct, Lw, Lb, Li, Lp):
    tiles = product(x.n_ow, x.n_oh, x.n_b, x.n_oc)
    case5 = x.n_oc - 1
    case4 = product(x.n_kw, x.n_kh, x.n_ic, x.n_oc) * reloads_of(x) - x.n_oc
    case1 = (tiles - 2) - case5
    case2 = (product(x.n_ow, x.n_oh, x.n_b, x.n_ic, x.n_kw, x.n_kh, x.n_oc) - tiles) - case4
    if case2 + case4 == 0:
        case2 = case4 = 0
    st1 = max(0, Li - Ct, Lp - Ct) * case1
    st2 = max(0, Li - Ct, 2 * Lp - Ct) * case2
    st4 = max(0, Li - Ct, Lw - Ct, 2 * Lp - Ct) * case4
    st5 = max(0, Li - Ct, Lp - Ct, Lw + Lb - Ct) * case5
    st7, st8 = max(0, Li - Ct), max(0, Lp - Ct)
    x.stall = st1 + st2 + st4 + st5 + st7 + st8 + max(Li, Lw + Lb) + Lp
    if x.fused:
        four, count = st1 + st2 + st4 + st5, case1 + case2 + case4 + case5
        average = 0 if count <= 0 else ceil(four / count)
        x.stall -= min(ceil(average * (tiles - 2)), four) + st8 + Lp


def one_row_stall(x, Ct, Lw, Lb, Li, So):
    first = max(Li, Lw + Lb)
    if ceil(x.n_ic) == 1:
        x.stall = first + So
        if x.n_oc >= 2:
            x.stall += max(0, Lw + Lb - Ct, So - Ct) * (x.n_oc - 2) + max(0, Lw + Lb - Ct) \
                + max(0, So - Ct)
        return
    case1 = case4 = x.n_oc - 1
    case3 = (x.n_ic * x.n_oc - x.n_oc - 1) - case4
    x.stall = max(0, Lw + Lb - Ct, Li - Ct) * case1 + max(0, Lw - Ct, Li - Ct) * case3 \
        + max(0, Lw - Ct, Li - Ct, So - Ct) * case4 + first + max(0, Lw - Ct, Li - Ct) + So


def systolic(x):
    one_row = x.op.startswith("gemm") and x.B == 1
    port = min(x.R * x.hw["WGT_DATA_WIDTH"], x.hw["PARAMBUF_AXI_DATA_WIDTH"])
    counts = x.n_ow, x.n_oh, x.n_b, x.n_ic, x.n_kw, x.n_kh, x.n_oc
    systolic_accesses(x, one_row)
    Ct = product(x.s_ow, x.s_oh, x.s_kw, x.s_kh, x.s_b, ceil(x.s_ic), ceil(x.s_oc)) \
        + ((x.R - 1) + (x.C - 1))
    x.compute = ceil(Ct * product(*counts))
    x.ops = 2 * product(x.S_ow * x.S_oh * x.S_oc * x.S_b * x.S_ic * x.S_kw * x.S_kh, x.s_ow, x.s_oh,
                        x.s_kw, x.s_kh, x.s_b, x.s_ic, x.s_oc, *counts)
    Lw = ceil(x.T_kw * x.T_kh * x.T_ic * x.T_oc * x.w / port)
    Lb = ceil(x.T_oc * x.bb / port)
    Li = ceil(x.T_iw * x.T_ih * x.T_ic * x.T_b * x.a / x.hw["IBUF_AXI_DATA_WIDTH"])
    Lp = ceil(x.T_ow * x.T_oh * x.T_oc * x.T_b * x.p / x.hw["OBUF_AXI_DATA_WIDTH"])
    if one_row:
        Li = ceil(x.T_ic * x.a / x.hw["IBUF_AXI_DATA_WIDTH"])
        Lp = ceil(x.T_oc * x.p / x.hw["OBUF_AXI_DATA_WIDTH"])
        one_row_stall(x, Ct, Lw, Lb, Li, 0 if x.fused else Lp)
    else:
        conv_stall(x, Ct, Lw, Lb, Li, Lp)


# ---- section 6 ----

class Simd:
    """The common pieces of section 6."""

    def __init__(self, x):
        self.nT = product(x.n_oh, x.n_ow, x.n_oc, x.n_b)
        self.V = product(x.T_oh * x.T_ow * x.T_oc * x.T_b, x.n_oh, x.n_ow, x.n_oc, x.n_b)
        passes = x.s_oh, x.s_ow, x.s_oc, x.s_b
        taken = x.S_oh * x.S_ow * x.S_oc * x.S_b
        self.u = product(taken, *passes)
        self.U = product(self.u, x.n_oh, x.n_ow, x.n_oc, x.n_b)
        self.e = self.cost(x, 1)
        self.inputs = product(x.S_ih * x.S_iw * x.S_oc * x.S_b, *passes)
        self.tile = x.T_oh * x.T_ow * x.T_oc * x.T_b
        self.window = x.T_ih * x.T_iw * x.T_oc * x.T_b

    def cost(self, x, per_element):
        """Cycles of instructions that take so many of them per element."""
        return product(per_element * (x.S_oh * x.S_ow * x.S_oc * x.S_b / x.C), x.s_oh, x.s_ow,
                       x.s_oc, x.s_b)

    def cycles(self, x, elements, width):
        return ceil(elements * width / x.BW)


def relu(x, s):
    x.bits["ifmap"] = 0 if x.fused else s.V * x.p
    x.bits["vmem"] = s.U * x.p + s.U * x.of
    x.bits["imm"] = product(x.S_oh * x.S_ow * x.S_b, x.s_oh, x.s_ow, ceil(x.s_oc), x.s_b, x.n_oh,
                            x.n_ow, x.n_oc, x.n_b, x.p)
    elementwise(x, s, 1)


def elem_add(x, s):
    x.bits["ifmap"] = s.V * x.p if x.fused else s.V * x.p + s.V * x.p
    x.bits["vmem"] = s.U * 2 * x.p + s.U * x.of
    elementwise(x, s, 2)


def elementwise(x, s, n_inputs):
    x.bits["ofmap"] = s.V * x.of
    x.ops = s.U
    x.compute = ceil((s.e + x.overhead) * s.nT)
    x.stall = s.cycles(x, s.tile, x.p) * (n_inputs - x.fused) * s.nT \
        + s.cycles(x, s.tile, x.of) * s.nT
    x.bits["instructions"] = ceil(s.e * s.nT) * 32


def pool(x, s):
    average = x.op != "max_pool"
    full = x.OH * x.OW * x.OC * x.B
    steps = product(s.u, x.KH, x.KW, s.nT)
    divisions = s.e if average else 0
    x.bits["ifmap"] = product(s.window, x.n_oh, x.n_ow, x.n_oc, x.n_b, x.p)
    x.bits["ofmap"] = s.V * x.of
    x.bits["vmem"] = product(s.inputs, x.KH, x.KW, s.nT, 2, x.p) + (steps - full) * x.p + full * x.of \
        + (s.u * s.nT * 3 * x.p if average else 0)
    x.ops = steps + (s.u * s.nT * x.D if average else 0)
    x.compute = ceil(((s.e * x.KH * x.KW + divisions * x.D) + x.overhead) * s.nT)
    x.stall = s.cycles(x, s.window, x.p) * s.nT + s.cycles(x, s.tile, x.of) * s.nT
    x.bits["instructions"] = ceil((s.e * x.KH * x.KW + divisions) * s.nT) * 32


def softmax(x, s):
    s_b = ceil(64 / x.C)
    elements = product(x.C, 64, s_b, x.n_oc, x.n_b)
    q = 64 * s_b
    x.bits.update(ifmap=s.V * 32, psum=s.V * 64, ofmap=s.V * 8,
                  vmem=7 * elements * 32 + elements * 8, instructions=ceil(q * 3 * s.nT) * 32)
    x.ops = elements * (x.E + 1 + x.D)
    x.compute = ceil(((q * x.E + x.overhead) + (q + x.overhead) + (q * x.D + x.overhead)) * s.nT)
    x.stall = 3 * s.cycles(x, s.tile, 32) * s.nT + s.cycles(x, s.tile, 8) * s.nT


def roialign(x, s):
    regions, tile = x.B, 4 * 4 * 64
    points = product(tile, x.n_ow, x.n_oh, x.n_oc, regions)
    Y = product(x.C, 4, 4, 64 / x.C, x.n_ow, x.n_oh, x.n_oc, regions)
    y1 = 16 * ceil(64 / x.C)
    n_tiles = product(x.n_oh, x.n_ow, x.n_oc, regions)
    full = 7 * 7 * 256 * regions
    x.bits.update(ifmap=5 * regions * 32 + 4 * points * 32, ofmap=points * 8,
                  vmem=(3 * (34 * Y + 7 * regions) - full) * 32 + full * 8,
                  instructions=ceil(32 * y1 * n_tiles + 7 * regions) * 32)
    x.ops = 31 * Y + (3 * Y + 7 * regions) * x.D
    x.compute = 7 * regions * x.D + ceil(((31 + x.D) * y1 + x.overhead) * n_tiles)
    x.stall = ceil(5 * 32 / x.BW) * regions + ceil(4 * 32 / x.BW) * points \
        + s.cycles(x, tile, 8) * n_tiles


# ---- section 7 ----

def common_gradient(x, s):
    reduce_sum = x.op == "reduce_sum"
    k = {"relu_grad": 1, "reduce_sum": x.B}.get(x.op, 2)
    if x.tensors:
        loads, output, nT = x.tensors
        No, to = output
    else:
        loads = [(x.B * x.OH * x.OW * x.OC, s.tile)] * (1 if reduce_sum else 2)
        No, to = (x.OC, x.T_oc) if reduce_sum else loads[0]
        nT = x.n_oc if reduce_sum else product(x.n_b, x.n_oh, x.n_ow, x.n_oc)
    if x.fused:
        loads = loads[1:]
    q = ceil(to / x.C) * k
    x.bits.update(ifmap=sum(full for full, _ in loads) * x.p, ofmap=No * x.of,
                  instructions=ceil(q * nT) * 32,
                  vmem=2 * No * x.p * k + No * x.p * (k - 1) + No * x.of)
    x.ops = to * k * nT
    x.compute = ceil((q + x.overhead) * nT)
    x.stall = sum(s.cycles(x, tile, x.p) * nT for _, tile in loads) + s.cycles(x, to, x.of) * nT


def mean_var(x, s):
    Oo = product(x.S_oc, x.s_oc, x.n_oc)
    inner = product(x.n_oh, x.n_ow, x.n_b)
    instructions = 3 * s.U + 6 * Oo
    x.bits.update(ifmap=0 if x.fused else s.V * x.p, ofmap=2 * (x.T_oc * x.n_oc * x.of),
                  vmem=9 * s.U * x.p + 12 * Oo * x.p + 4 * Oo * x.p, imm=2 * Oo * x.p,
                  instructions=instructions / x.C * 32)
    x.ops = 2 * s.U + Oo + 2 * Oo * x.D + Oo * x.Q + Oo + s.U + Oo
    x.compute = ceil(((s.cost(x, 5) + x.overhead) * inner
                      + product((2 * x.D + x.Q + 11) * (x.S_oc / x.C), x.s_oc)) * x.n_oc)
    x.stall = (0 if x.fused else s.cycles(x, s.tile, x.p) * inner * x.n_oc) \
        + 2 * s.cycles(x, x.T_oc, x.of) * x.n_oc


def batch_norm(x, s):
    x.bits.update(ifmap=s.V * x.p + 4 * (x.T_oc * x.n_oc * x.p), ofmap=s.V * x.of,
                  vmem=9 * s.U * x.p + s.U * (2 * x.p + x.of), instructions=4 * s.U / x.C * 32)
    x.ops = 4 * s.U
    x.compute = ceil((s.cost(x, 10) + x.overhead) * s.nT)
    x.stall = s.cycles(x, s.tile, x.p) * s.nT + 4 * s.cycles(x, x.T_oc, x.p) * x.n_oc \
        + s.cycles(x, s.tile, x.of) * s.nT


def batch_norm_grad(x, s):
    Oo = product(x.S_oc, x.s_oc, x.n_oc)
    F1 = x.T_oc * x.n_oc
    inner = product(x.n_oh, x.n_ow, x.n_b)
    part = (s.cost(x, 11) + x.overhead) * inner
    x.bits.update(ifmap=5 * s.V * x.p + 3 * F1 * x.p, ofmap=2 * F1 * x.of + s.V * x.of,
                  vmem=15 * s.U * x.p + 3 * (2 * Oo + 4 * s.U) * x.p + s.U * (2 * x.p + x.of),
                  instructions=(10 * s.U + 2 * Oo) / x.C * 32)
    x.ops = 10 * s.U + Oo + Oo * x.D
    x.compute = ceil((part + part + product((x.D + 3) * (x.S_oc / x.C), x.s_oc)) * x.n_oc)
    x.stall = (5 * s.cycles(x, s.tile, x.p) + s.cycles(x, s.tile, x.of)) * (inner * x.n_oc) \
        + (3 * s.cycles(x, x.T_oc, x.p) + 2 * s.cycles(x, x.T_oc, x.of)) * x.n_oc


def pool_grad(x, s):
    maximum = x.op == "max_pool_grad"
    K = x.KH * x.KW
    adds, divisions = s.u * K * s.nT, s.u * s.nT
    total = adds + adds if maximum else divisions + adds
    n_inputs = 2 if maximum else 1
    x.bits.update(ifmap=n_inputs * s.V * x.p, vmem=3 * total * x.p, instructions=total / x.C * 32,
                  ofmap=product(s.window, x.n_oh, x.n_ow, x.n_oc, x.n_b, x.of))
    x.ops = adds * x.M + adds if maximum else divisions * x.D + adds
    cost = (x.M + 3) * (s.u * K / x.C) if maximum \
        else x.D * (s.u / x.C) + (s.u * (K - 1) + s.u * 3) / x.C
    x.compute = ceil((cost + x.overhead) * s.nT)
    x.stall = n_inputs * s.cycles(x, s.tile, x.p) * s.nT + s.cycles(x, s.window, x.of) * s.nT


SIMD = {"relu": relu, "elem_add": elem_add, "max_pool": pool, "avg_pool": pool,
        "global_avg_pool": pool, "softmax": softmax, "roialign": roialign,
        "sgd4d": common_gradient, "sgd2d": common_gradient, "sgd1d": common_gradient,
        "relu_grad": common_gradient, "reduce_sum": common_gradient, "mean_var": mean_var,
        "batch_norm": batch_norm, "batchnorm_grad_x_mu": batch_norm_grad,
        "max_pool_grad": pool_grad, "average_pool_grad": pool_grad,
        "global_average_pool_grad": pool_grad}


def evaluate(layer):
    if is_systolic(layer.op):
        systolic(layer)
    else:
        SIMD[layer.op](layer, Simd(layer))
    return layer.numbers()


def estimate(hardware, tiles, training, fused, reloads=()):
    """The 19 numbers of a layer; @tiles is its row of dump-tiles."""
    given = {column: int(value) for column, value in tiles.items()
             if column not in ("layer", "operation")}
    values = {"B": given["Batch"], "T_b": given["DTile_batch"], "reloads": reloads}
    for dim in "OW OH OC KW KH IC IW IH".split():
        values[dim], values["T_" + dim.lower()] = given[dim], given["DTile_" + dim.lower()]
    for name, width in dict(w="filter", a="ifmap", bb="bias", p="accumulator", of="output").items():
        values[name] = given["bw_" + width]
    return evaluate(Layer(hardware, tiles["operation"], values, training, fused))


# ---- section 11 ----

def bits_of(tensor):
    return int("".join(c for c in tensor["dtype"] if c.isdigit()))


def take(values, prefix, extents, **names):
    """Extents of a spec under the document's names: key=dimension."""
    for key, dim in names.items():
        values[prefix + dim] = extents[key]


def own_systolic_tiling(op, layer, values):
    inputs, output = layer["inputs"], layer["outputs"][0]
    gemm = op.startswith("gemm")
    out = dict(P="oc", M="b") if gemm else dict(OW="ow", OH="oh", OC="oc", N="b")
    weights = dict(N="ic") if gemm else dict(KW="kw", KH="kh", IC="ic")
    take(values, "T_", output["tiling"]["OBUF"], **out)
    take(values, "T_", inputs[1]["tiling"]["WBUF"], **weights)
    take(values, "S_", output["tiling"]["pe_array"], **out)
    take(values, "S_", inputs[1]["tiling"]["pe_array"], **weights)
    if not gemm:
        take(values, "S_", inputs[0]["tiling"]["pe_array"], IW="iw", IH="ih")
    values.update(a=bits_of(inputs[0]), w=bits_of(inputs[1]), p=bits_of(output))
    values["bb"] = bits_of(inputs[2]) if op in ("conv_bias", "gemm") else values["p"]


def own_simd_tiling(op, layer, values):
    inputs, output = layer["inputs"], layer["outputs"][0]
    window = None
    if op.endswith("pool_grad"):
        tensor, memory, window = inputs[1], "VMEM1", output
    elif "pool" in op:
        tensor, memory, window = output, "VMEM2", inputs[0]
    else:
        memory = "VMEM1"
        tensor = output if op in ("relu", "elem_add") else inputs[0]
    names = dict(OW="ow", OH="oh", C="oc", N="b") if window else dict(W="ow", H="oh", C="oc", N="b")
    take(values, "T_", tensor["tiling"][memory], **names)
    take(values, "S_", tensor["tiling"]["SIMD"], **names)
    if window:
        take(values, "S_", window["tiling"]["SIMD"], IW="iw", IH="ih")
    values.update(T_kw=values["KW"], T_kh=values["KH"])


def own_tensors(layer):
    def sizes(tensor):
        memory = next(key for key in tensor["tiling"] if key.startswith("VMEM"))
        whole, part = tensor["tiling"]["DRAM"], tensor["tiling"][memory]
        return (product(1, *whole.values()), product(1, *(part[key] for key in whole)),
                product(1, *(value / part[key] for key, value in whole.items())))
    loads = [sizes(tensor)[:2] for tensor in layer["inputs"]]
    full, tile, count = sizes(layer["outputs"][0])
    return loads, (full, tile), count


def dimensions_of(layer):
    op, given = layer["operation"], layer["iterable_dimensions"]
    names = dict(P="OC", N="IC", M="B") if op.startswith("gemm") else dict(C="OC", N="B", H="OH", W="OW")
    window = dict(IH="KH", IW="KW") if op.startswith("global") else {}
    values = dict.fromkeys("OW OH OC KW KH IC B".split(), 1)
    for key, value in given.items():
        values[window.get(key, names.get(key, key))] = value
    return values


def loop_reloads(layer):
    """The loops that are missing from the innermost ones during which weights stay."""
    names = dict(M="b", N="ic", P="oc") if layer["operation"].startswith("gemm") else dict(N="b")
    stream = {"ow", "oh", "b"}
    for key in reversed(layer["iterable_dimensions"]):
        if names.get(key, key.lower()) not in stream:
            break
        stream.remove(names.get(key, key.lower()))
    return stream if layer["operation"].startswith("conv") else ()


def own_estimate(hardware, layer, quantised, training, fused, reloads):
    """The same with the tiling of the spec; @quantised: its next layer is on the PE array."""
    op, values = layer["operation"], {"reloads": reloads}
    if op in FIXED:
        values = dict.fromkeys([d.upper() for d in DIMS] + ["T_" + d for d in DIMS + ("iw", "ih")], 1)
        return evaluate(Layer(hardware, op, dict(values, p=32, of=8), training, fused))
    values.update(dimensions_of(layer))
    values.update({"T_" + dim: 1 for dim in DIMS}, **{"S_" + dim: 1 for dim in DIMS})
    if is_systolic(op):
        own_systolic_tiling(op, layer, values)
    else:
        values["p"] = bits_of(layer["inputs"][0])
        values["of"] = hardware["ACT_DATA_WIDTH"] if quantised else bits_of(layer["outputs"][0])
        if SIMD[op] is common_gradient:
            values["tensors"] = own_tensors(layer)
        else:
            own_simd_tiling(op, layer, values)
    parameters = layer["operation_parameters"]
    stride = parameters["stride"] if op.startswith("conv") else \
        parameters["sx"] if "pool" in op and not op.startswith("global") else 1
    values["T_iw"] = (values["T_ow"] - 1) * stride + values["T_kw"]
    values["T_ih"] = (values["T_oh"] - 1) * stride + values["T_kh"]
    return evaluate(Layer(hardware, op, values, training, fused))
