"""Memories, cycle by cycle. In a cycle a transfer moves bits, or stands."""

from fractions import Fraction


class Transfer:
    """A tile of @bits on its way from cycle @begin on. @tell (transfer, cycle, bits, moves) is told of each
    cycle of it: whether it belongs to those in which data pass, although there may be no bit in this one."""

    def __init__(self, port, residency, begin, tell):
        self.port, self.residency, self.begin, self.tell = port, residency, begin, tell
        self.bits, self.moved, self.end = residency.bits, 0, None
        self.told, self.cycles = 0, []  # of shared: bits up to the last change of rates, cycles since then


class Ideal:
    """Each port at its own width."""

    def __init__(self):
        self.transfers = []

    def start(self, transfer):
        self.transfers.append(transfer)

    def cycle(self, now):
        for transfer in self.transfers:
            bits = min(transfer.port.width, transfer.bits - transfer.moved)
            transfer.moved += bits
            transfer.tell(transfer, now, bits, True)
            if transfer.moved == transfer.bits:
                transfer.end = now + 1
        self.transfers = [t for t in self.transfers if t.end is None]


class Shared:
    """One channel of @width bits in a cycle. Water fills it: all ports have the same level, times their weight, but
    none has more than its own width. Rates are those of the cycle's beginning. Of the bits of the cycles between two
    changes of who is served, each cycle has the same whole number, and what is left over is in the first ones. The
    last bit is followed by @latency cycles in which nothing moves."""

    def __init__(self, width, latency, weights):
        self.width, self.latency, self.weights = width, latency, weights
        self.flowing, self.behind = [], []  # those behind have all their bits through
        self.changed = False

    def start(self, transfer):
        self.flowing.append(transfer)
        self.changed = True

    def weight(self, transfer):
        return self.weights.get(transfer.port.name, 1)

    def rates(self):
        """Those that their own width holds back are taken out; the others share what is left."""
        rates, rest, left = {}, list(self.flowing), Fraction(self.width)
        while rest:
            level = left / sum(self.weight(t) for t in rest)
            full = [t for t in rest if t.port.width <= level * self.weight(t)]
            for t in full or rest:
                rates[t] = Fraction(t.port.width) if full else level * self.weight(t)
                rest = [other for other in rest if other is not t]
            left -= sum(rates[t] for t in full)
        return rates

    def change(self):
        """Says what was moved since the last change."""
        for t in self.flowing:
            bits = int(t.moved) - t.told
            for i, cycle in enumerate(t.cycles):
                t.tell(t, cycle, bits // len(t.cycles) + (i < bits % len(t.cycles)), bits > 0)
            t.told, t.cycles = t.told + bits, []

    def cycle(self, now):
        if self.changed:
            self.change()
            self.changed = False
        for t in self.behind:
            t.tell(t, now, 0, False)
        for t, rate in self.rates().items():
            t.moved = min(t.moved + rate, Fraction(t.bits))
            t.cycles.append(now)
        if any(t.moved == t.bits for t in self.flowing):
            self.change()
        for t in self.flowing:
            if t.moved == t.bits:
                t.end = now + 1 + self.latency
        self.behind = [t for t in self.behind + self.flowing if t.end is not None and t.end > now + 1]
        self.flowing = [t for t in self.flowing if t.end is None]
