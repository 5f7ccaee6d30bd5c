"""Tiles of a convolution for the RTL's bench (rtl/tile_bench.sv): their data, its commands, the right results."""

import dataclasses

ADDRESS_BITS = 12
COUNTERS = ["busy", "weight_reads", "act_reads", "psum_reads", "bias_reads", "psum_writes"]
IBUF, WBUF, BBUF, RUN, SHOW = range(5)


@dataclasses.dataclass
class Tile:
    n: int
    oh: int
    ow: int
    kh: int
    kw: int
    stride: int
    ic: int
    oc: int
    ifmap: dict = None    # (channel, image, y, x) -> word
    weights: dict = None  # (output channel, channel, row, column) -> word
    biases: list = None

    @property
    def height(self):
        return (self.oh - 1) * self.stride + self.kh

    @property
    def width(self):
        return (self.ow - 1) * self.stride + self.kw

    @property
    def pixels(self):
        return self.n * self.oh * self.ow

    def passes(self, rows):
        return self.kh * self.kw * groups(self.ic, rows)

    def fill(self, random, act_bits, weight_bits, zero_share=0.0):
        """Uniformly random signed operands, a share of the activations zero."""
        def word(bits):
            return random.randrange(-1 << bits - 1, 1 << bits - 1)

        def act():
            return 0 if random.random() < zero_share else word(act_bits)
        self.ifmap = {(c, i, y, x): act() for c in range(self.ic) for i in range(self.n)
                      for y in range(self.height) for x in range(self.width)}
        self.weights = {(o, c, r, s): word(weight_bits) for o in range(self.oc) for c in range(self.ic)
                        for r in range(self.kh) for s in range(self.kw)}
        self.biases = [word(act_bits + weight_bits) for _ in range(self.oc)]
        return self

    def fits(self, rows, columns):
        """In the bench's banks."""
        channels, outputs = groups(self.ic, rows), groups(self.oc, columns)
        words = [channels * self.n * self.height * self.width, outputs * self.passes(rows),
                 outputs * self.pixels]
        return max(words) <= 1 << ADDRESS_BITS


def groups(extent, size):
    return -(-extent // size)


def convolve(tile):
    """The plain definition: a list of (image, y, x) in order for each output channel."""
    taps = [(c, r, s) for c in range(tile.ic) for r in range(tile.kh) for s in range(tile.kw)]
    windows = [[tile.ifmap[c, i, y * tile.stride + r, x * tile.stride + s] for c, r, s in taps]
               for i in range(tile.n) for y in range(tile.oh) for x in range(tile.ow)]
    kernels = [[tile.weights[(o, *tap)] for tap in taps] for o in range(tile.oc)]
    return [[bias + sum(a * w for a, w in zip(window, kernel)) for window in windows]
            for bias, kernel in zip(tile.biases, kernels)]


def load(buffer, banks):
    return "".join(f"{buffer} {bank} {len(words)} {' '.join(map(str, words))}\n"
                   for bank, words in enumerate(banks))


def commands(tile, rows, columns):
    """What the bench reads: the operands, channels beyond the last being zero, then the run and all outputs."""
    channels, outputs = range(groups(tile.ic, rows)), range(groups(tile.oc, columns))
    pixels = [(i, y, x) for i in range(tile.n) for y in range(tile.height) for x in range(tile.width)]
    taps = [(r, s) for r in range(tile.kh) for s in range(tile.kw)]
    biases = dict(enumerate(tile.biases))
    text = load(IBUF, ([tile.ifmap.get((g * rows + i, *pixel), 0) for g in channels for pixel in pixels]
                       for i in range(rows)))
    text += load(WBUF, ([tile.weights.get((o * columns + j, g * rows + i, *tap), 0)
                         for o in outputs for g in channels for tap in taps]
                        for i in range(rows) for j in range(columns)))
    text += load(BBUF, ([biases.get(o * columns + j, 0) for o in outputs] for j in range(columns)))
    text += (f"{RUN} {tile.n} {tile.oh} {tile.ow} {tile.kh} {tile.kw} {tile.stride} {len(channels)} "
             f"{len(outputs)}\n")
    return text + "".join(f"{SHOW} {j} {len(outputs) * tile.pixels}\n" for j in range(columns))


def parse(lines, tile, columns):
    """
    What the bench printed for @tile, an iterator over whose lines goes on behind it: one tuple of COUNTERS
    per cycle, and the outputs as convolve() has them.
    """
    cycles = [tuple(map(int, line.split())) for line in iter(lines.__next__, "end")]
    banks = [list(map(int, next(lines).split())) for _ in range(columns)]
    return cycles, [banks[o % columns][o // columns * tile.pixels:(o // columns + 1) * tile.pixels]
                    for o in range(tile.oc)]
