"""Any counter of a simdit output file over any range of cycles, with h5py (README "The output file")."""

import numpy


def cycles_of(run, counter, begin, end):
    """Values in the cycles from @begin to below @end; @run: h5py.File; @counter: as "pe_array.active_pes"."""
    counters, out = run["counters"], numpy.zeros(end - begin, "u8")
    per_block = int(run.attrs["activities_per_block"])
    shapes, terms = counters["shapes"][:], counters["terms"][:]
    names = counters["names"]["name"].tolist()
    number = names.index(counter.encode())
    for view, added, removed in counters["views"][:].tolist():
        if view == number:
            return sum_changes(run, names[added].decode(), names[removed].decode(), begin, end)
    overhang = int((shapes["extent"] - shapes["duration"]).max(initial=0))
    window, dense = numpy.array([max(begin - overhang, 0) + 1, end], "u8"), {}
    for track in counters["tracks"].values():
        first, last = numpy.searchsorted(track["block_start"], window).tolist()
        for block in range(max(first - 1, 0), last):
            shape, gap = (track[name][block * per_block:(block + 1) * per_block] for name in ("shape", "gap"))
            start = numpy.cumsum(gap + shapes["duration"][shape]) - shapes["duration"][shape]
            start += track["block_start"][block] - start[0]
            for i in numpy.flatnonzero((start < end) & (start + shapes["extent"][shape] > begin)):
                if shape[i] not in dense:
                    dense[shape[i]] = sum_terms(terms, shapes[shape[i]], number)
                at, values = int(start[i]) - begin, dense[shape[i]]
                out[max(at, 0):max(at, 0) + len(values[max(-at, 0):])] += values[max(-at, 0):][:len(out) - max(at, 0)]
    return out


def sum_changes(run, added, removed, begin, end):
    """A counter that is the sum of changes: those before the range are in the overview."""
    overview, cycles = run["counters/overview"], int(run.attrs["cycles"])
    names = run["counters/names"]["name"].tolist()
    bins = min(begin, cycles) // int(overview.attrs["bin_cycles"])
    start, out = bins * int(overview.attrs["bin_cycles"]), numpy.zeros(end - begin, "u8")
    before = [overview[names.index(name.encode()), :bins].sum(dtype="u8") for name in (added, removed)]
    change = cycles_of(run, added, start, end) - cycles_of(run, removed, start, end)
    values = (before[0] - before[1] + change.cumsum(dtype="u8"))[begin - start:max(cycles - start, 0)]
    out[:len(values)] = values
    return out


def sum_terms(terms, shape, number):
    """What an activity of @shape adds to counter @number, from its first cycle on."""
    total = numpy.zeros(int(shape["extent"]), "u8")
    terms = terms[shape["first_term"]:shape["first_term"] + shape["n_terms"]]
    for term in terms[terms["counter"] == number]:
        values = numpy.zeros(len(total), "u8")
        values[term["offset"]] = term["value"]
        for count, period in term["loops"].tolist():
            sums = numpy.append(values, numpy.zeros(-len(values) % max(period, 1), "u8"))
            sums = sums.reshape(-1, max(period, 1)).cumsum(axis=0).ravel()[:len(values)]
            if count > 1:
                values = sums - numpy.append(numpy.zeros(count * period, "u8"), sums)[:len(sums)]
        total += values
    return total
