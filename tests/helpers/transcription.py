"""The reference model's formulas as its document has them: one function per kind of layer, factors
in the document's order. Only for comparison with the program, which derives them from its tables."""

from math import ceil

KEYS = ["wbuf", "ibuf", "obuf", "bbuf", "vmem", "imm", "instructions", "filter", "ifmap", "psum",
        "ofmap", "bias"]
FIXED = {"softmax": dict(OC=1000, B=128, T_oc=64, T_b=64),
         "roialign": dict(OW=7, OH=7, OC=256, B=4 * 1000, T_ow=4, T_oh=4, T_oc=64)}


def product(value, *factors):
    for factor in factors:
        value = value * factor
    return value


class Layer:
    """Extents, tile and widths of a layer, under the document's names."""

    def __init__(self, hardware, tiles, training, fused):
        self.op = tiles["operation"]
        self.hw, self.fused = hardware, fused
        self.R, self.C = hardware["ARRAY_N"], hardware["ARRAY_M"]
        self.D, self.E, self.Q, self.M = (5, 3, 11, 1) if training else (9, 3, 13, 1)
        self.BW = hardware["SIMD_AXI_DATA_WIDTH"]
        self.overhead = 5 + self.C - 1
        given = {column: int(value) for column, value in tiles.items()
                 if column not in ("layer", "operation")}
        for dim in "OW OH OC KW KH IC IW IH".split():
            setattr(self, dim, given[dim])
            setattr(self, "T_" + dim.lower(), given["DTile_" + dim.lower()])
        self.B, self.T_b = given["Batch"], given["DTile_batch"]
        self.w, self.a, self.bb, self.p, self.of = (
            given["bw_" + width] for width in ("filter", "ifmap", "bias", "accumulator", "output"))
        for name, value in FIXED.get(self.op, {}).items():
            setattr(self, name, value)
        for dim in "OW OH OC KW KH IC B".split():
            tile = getattr(self, "T_" + dim.lower())
            setattr(self, "n_" + dim.lower(), getattr(self, dim) / tile)
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
    s_oc, s_ic = x.T_oc / x.C, x.T_ic / x.R
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
                                   x.n_oc, x.w)
        moved = product(x.T_ow * x.T_oh * x.T_oc * x.T_b, x.n_ow, x.n_oh, x.n_b, x.n_oc,
                        2 * visits - 1)
        x.bits["psum"] = (moved - x.OW * x.OH * x.OC * x.B) * x.p
        x.bits["ofmap"] = x.OW * x.OH * x.OC * x.B * x.p
    if x.fused:
        x.bits["ofmap"] = 0
    x.bits["bias"] = product(x.T_oc, x.n_oc, x.bb)
    x.bits["ibuf"] = product(x.R, x.T_ow, x.T_oh, x.T_b, s_ic, x.T_kw, x.T_kh, ceil(s_oc),
                             product(x.n_ow, x.n_oh, x.n_b, x.n_ic, x.n_kw, x.n_kh, ceil(x.n_oc)),
                             x.a)
    x.bits["wbuf"] = product(x.R * x.C, s_ic, x.T_kw, x.T_kh, s_oc, x.T_ow, x.T_oh, x.T_b,
                             product(ceil(x.n_ow), ceil(x.n_oh), ceil(x.n_b), x.n_ic, x.n_kw,
                                     x.n_kh, x.n_oc), x.w)
    x.bits["obuf"] = product(x.C, x.T_ow, x.T_oh, x.T_b, s_oc,
                             2 * ceil(s_ic) * x.T_kw * x.T_kh * visits - 1, tiles, x.p)
    x.bits["bbuf"] = product(x.C, x.T_ow, x.T_oh, x.T_b, s_oc, tiles, x.bb)


def conv_stall(x, Ct, Lw, Lb, Li, Lp):
    tiles = product(x.n_ow, x.n_oh, x.n_b, x.n_oc)
    case5 = x.n_oc - 1
    case4 = product(x.n_kw, x.n_kh, x.n_ic, x.n_oc) - x.n_oc
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
    s_oc, s_ic = x.T_oc / x.C, x.T_ic / x.R
    port = min(x.R * x.w, x.hw["PARAMBUF_AXI_DATA_WIDTH"])
    counts = x.n_ow, x.n_oh, x.n_b, x.n_ic, x.n_kw, x.n_kh, x.n_oc
    systolic_accesses(x, one_row)
    Ct = product(x.T_ow, x.T_oh, x.T_kw, x.T_kh, x.T_b, ceil(s_ic), ceil(s_oc)) + x.R + x.C - 2
    x.compute = ceil(Ct * product(*counts))
    x.ops = 2 * product(x.R * x.C, x.T_ow, x.T_oh, x.T_kw, x.T_kh, x.T_b, s_ic, s_oc, *counts)
    Lw = ceil(x.T_kw * x.T_kh * x.T_ic * x.T_oc * x.w / port)
    Lb = ceil(x.T_oc * x.bb / port)
    Li = ceil(x.T_iw * x.T_ih * x.T_ic * x.T_b * x.a / x.hw["IBUF_AXI_DATA_WIDTH"])
    Lp = ceil(x.T_ow * x.T_oh * x.T_oc * x.T_b * x.p / x.hw["OBUF_AXI_DATA_WIDTH"])
    if one_row:
        one_row_stall(x, Ct, Lw, Lb, Li, 0 if x.fused else Lp)
    else:
        conv_stall(x, Ct, Lw, Lb, Li, Lp)


# ---- section 6 ----

class Simd:
    """The common pieces of section 6."""

    def __init__(self, x):
        self.nT = product(x.n_oh, x.n_ow, x.n_oc, x.n_b)
        self.V = product(x.T_oh * x.T_ow * x.T_oc * x.T_b, x.n_oh, x.n_ow, x.n_oc, x.n_b)
        self.u = product(x.C, x.T_oh, x.T_ow, x.T_oc / x.C, x.T_b)
        self.U = product(self.u, x.n_oh, x.n_ow, x.n_oc, x.n_b)
        self.e = product(1, x.T_oh, x.T_ow, x.T_oc / x.C, x.T_b)
        self.tile = x.T_oh * x.T_ow * x.T_oc * x.T_b
        self.window = x.T_ih * x.T_iw * x.T_oc * x.T_b

    def cycles(self, x, elements, width):
        return ceil(elements * width / x.BW)


def relu(x, s):
    x.bits["ifmap"] = 0 if x.fused else s.V * x.p
    x.bits["vmem"] = s.U * x.p + s.U * x.of
    x.bits["imm"] = product(x.T_oh, x.T_ow, ceil(x.T_oc / x.C), x.T_b, x.n_oh, x.n_ow, x.n_oc,
                            x.n_b, x.p)
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
    x.bits["vmem"] = product(steps, 2, x.p) + (steps - full) * x.p + full * x.of \
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
    N1 = x.B * x.OH * x.OW * x.OC
    No, to = (x.OC, x.T_oc) if reduce_sum else (N1, s.tile)
    n_inputs = (1 if reduce_sum else 2) - x.fused
    nT = x.n_oc if reduce_sum else product(x.n_b, x.n_oh, x.n_ow, x.n_oc)
    q = ceil(to / x.C) * k
    x.bits.update(ifmap=n_inputs * N1 * x.p, ofmap=No * x.of, instructions=ceil(q * nT) * 32,
                  vmem=2 * No * x.p * k + No * x.p * (k - 1) + No * x.of)
    x.ops = to * k * nT
    x.compute = ceil((q + x.overhead) * nT)
    x.stall = n_inputs * s.cycles(x, s.tile, x.p) * nT + s.cycles(x, to, x.of) * nT


def mean_var(x, s):
    Oo = product(x.C, x.T_oc / x.C, x.n_oc)
    inner = product(x.n_oh, x.n_ow, x.n_b)
    instructions = 3 * s.U + 6 * Oo
    x.bits.update(ifmap=0 if x.fused else s.V * x.p, ofmap=2 * (x.T_oc * x.n_oc * x.of),
                  vmem=9 * s.U * x.p + 12 * Oo * x.p + 4 * Oo * x.p, imm=2 * Oo * x.p,
                  instructions=instructions / x.C * 32)
    x.ops = 2 * s.U + Oo + 2 * Oo * x.D + Oo * x.Q + Oo + s.U + Oo
    x.compute = ceil(((5 * s.e + x.overhead) * inner + (2 * x.D + x.Q + 11) * (x.T_oc / x.C))
                     * x.n_oc)
    x.stall = (0 if x.fused else s.cycles(x, s.tile, x.p) * inner * x.n_oc) \
        + 2 * s.cycles(x, x.T_oc, x.of) * x.n_oc


def batch_norm(x, s):
    x.bits.update(ifmap=s.V * x.p + 4 * (x.T_oc * x.n_oc * x.p), ofmap=s.V * x.of,
                  vmem=9 * s.U * x.p + s.U * (2 * x.p + x.of), instructions=4 * s.U / x.C * 32)
    x.ops = 4 * s.U
    x.compute = ceil((10 * s.e + x.overhead) * s.nT)
    x.stall = s.cycles(x, s.tile, x.p) * s.nT + 4 * s.cycles(x, x.T_oc, x.p) * x.n_oc \
        + s.cycles(x, s.tile, x.of) * s.nT


def batch_norm_grad(x, s):
    Oo = product(x.C, x.T_oc / x.C, x.n_oc)
    F1 = x.T_oc * x.n_oc
    inner = product(x.n_oh, x.n_ow, x.n_b)
    part = (11 * s.e + x.overhead) * inner
    x.bits.update(ifmap=5 * s.V * x.p + 3 * F1 * x.p, ofmap=2 * F1 * x.of + s.V * x.of,
                  vmem=15 * s.U * x.p + 3 * (2 * Oo + 4 * s.U) * x.p + s.U * (2 * x.p + x.of),
                  instructions=(10 * s.U + 2 * Oo) / x.C * 32)
    x.ops = 10 * s.U + Oo + Oo * x.D
    x.compute = ceil((part + part + (x.D + 3) * (x.T_oc / x.C)) * x.n_oc)
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


def estimate(hardware, tiles, training, fused):
    """The 19 numbers of a layer; @tiles is its row of dump-tiles."""
    layer = Layer(hardware, tiles, training, fused)
    if is_systolic(layer.op):
        systolic(layer)
    else:
        SIMD[layer.op](layer, Simd(layer))
    return layer.numbers()
