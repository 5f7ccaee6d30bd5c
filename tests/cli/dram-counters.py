#!/usr/bin/env python3
"""simdit run -o on real DRAM: the file has the commands and queues of each channel, without loss."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
from reference import Tap, run, scratch  # noqa: E402

try:
    import h5py
    import numpy
except ImportError:
    h5py = None

MACHINE = ["--hw", "inference-04", "--net", "resnet18", "--format", "csv"]
WINDOW = (2500000, 2500400)
REFI_PS = 9364 * 833
tap = Tap()


def totals(file):
    """Each counter of DRAM summed over its tracks, and the greatest value of a term."""
    c, sums, greatest = file["counters"], {}, {}
    shapes, terms = c["shapes"][:], c["terms"][:]
    names = [name.decode() for name in c["names"]["name"]]
    for track in (t for name, t in c["tracks"].items() if name.startswith("dram")):
        uses = numpy.bincount(track["shape"][:], minlength=len(shapes))
        for i in numpy.flatnonzero(uses):
            first = shapes[i]["first_term"]
            for term in terms[first:first + shapes[i]["n_terms"]]:
                name = names[term["counter"]]
                once = int(term["value"]) * int(numpy.prod([n for n, _ in term["loops"].tolist()]))
                sums[name] = sums.get(name, 0) + once * int(uses[i])
                greatest[name] = max(greatest.get(name, 0), int(term["value"]))
    return sums, greatest


def check_totals(path):
    with h5py.File(path) as file:
        sums, greatest = totals(file)
        requests, cycles = file["memory_requests"][:], int(file.attrs["cycles"])
        clock_ps = int(file.attrs["clock_fs"]) / 1000
    bursts = requests["row_hits"] + requests["row_misses"] + requests["row_conflicts"]
    opened = int((requests["row_misses"] + requests["row_conflicts"]).sum())

    def both(kind):
        return sums[f"dram0.{kind}"] + sums[f"dram1.{kind}"]

    tap.equal(both("rd") + both("wr"), int(bursts.sum()), "a command for each burst")
    tap.equal(both("wr"), int(bursts[requests["operand"] == b"ofmap"].sum()
                              + bursts[requests["operand"] == b"psum_store"].sum()), "of stores: WR")
    # Another request may open the row that one has been closed for.
    tap.check(0 <= opened - both("act") < 0.001 * opened, "an ACT for each miss and conflict",
              both("act"), opened)
    tap.check(all(abs(sums[f"dram{c}.ref"] - cycles * clock_ps / REFI_PS) <= 1 for c in (0, 1)),
              "a REF each tREFI, also while nothing else happens", sums, cycles)
    tap.check(all(1 < greatest[f"dram{c}.{q}_queue"] <= 32 for c in (0, 1) for q in ("read", "write")),
              "queues have their size", greatest)


def values(path, counter):
    return run("counters", path, "--counter", counter, "--from", WINDOW[0] - 100, "--to", WINDOW[1] + 100,
               "--format", "csv").stdout.split()[1:]


def check_window(full, window):
    for counter in ("dram0.rd", "dram1.act", "dram0.read_queue", "dram0.write_queue"):
        everything = values(full, counter)
        inside = [row if WINDOW[0] <= int(row.split(",")[0]) < WINDOW[1] else row.split(",")[0] + ",0"
                  for row in everything]
        tap.equal(values(window, counter), inside, f"--record: {counter} in its cycles only")
    tap.check(any(not row.endswith(",0") for row in values(window, "dram0.rd")), "and there it is")


def check_usage():
    for text in ("dram", "dram=5", "dram=5:6:7", "dram=-1:5", "port=1:2", "dram=a:b", "dram=10:5"):
        process = run("run", *MACHINE, "-o", "unused.h5", "--record", text)
        tap.check(process.returncode == 2 and f'expected dram=A:B, cycles A to before B, got "{text}"'
                  in process.stderr, f"--record {text}", process.stderr)
    process = run("run", *MACHINE, "--record", "dram=0:5")
    tap.check(process.returncode == 2 and "--output" in process.stderr, "--record without --output")
    for options in (["--dram", "ideal"], []):
        process = run("run", *MACHINE, *options, "-o", "unused.h5", "--record", "dram=0:5")
        tap.check(process.returncode == 2 and "--record: ideal DRAM has no commands and queues" in process.stderr
                  and not process.stdout and not os.path.exists("unused.h5"),
                  f"--record without real DRAM {options}", process.stderr)


def counters_note(path, counter, begin, end):
    process = run("counters", path, "--counter", counter, "--from", begin, "--to", end, "--format", "csv")
    tap.equal(process.returncode, 0, f"{counter} of {begin} to {end}: no error")
    return process.stderr


def check_notes(full, window, folder):
    """What has not been recorded is 0, and said to be so."""
    first, end = WINDOW
    words = f"dram0.rd is recorded in cycles {first} to before {end} only, and 0 in all others"
    for begin, after in ((first - 1, end), (first, end + 1), (0, 10), (end, end + 5), (first - 9, end + 9)):
        tap.check(words in counters_note(window, "dram0.rd", begin, after), f"noted: {begin} to {after}")
    for begin, after in ((first, end), (first + 3, end - 3), (5, 5)):
        tap.equal(counters_note(window, "dram0.rd", begin, after), "", f"no note: {begin} to {after}")
    tap.equal(counters_note(window, "dram.read_bits", 0, 10), "", "all of the ports is recorded")
    tap.equal(counters_note(full, "dram0.rd", 0, 10), "", "all is recorded")
    csv = os.path.join(folder, "trace.csv")
    for path, begin, noted in ((window, first - 1, True), (window, first, False), (full, 0, False)):
        process = run("trace", path, "--format", "csv", "-o", csv, "--from", begin, "--to", end)
        tap.check(process.returncode == 0
                  and noted == (f"recorded in cycles {first} to before {end} only" in process.stderr)
                  and noted == bool(process.stderr), f"trace from {begin}", process.stderr)


def check_attributes(full, window, ideal):
    for path, expected in ((full, [0, None]), (window, list(WINDOW)), (ideal, None)):
        with h5py.File(path) as file:
            attributes, cycles = file["counters"].attrs, int(file.attrs["cycles"])
            found = [int(attributes[name]) for name in sorted(attributes) if name.startswith("dram_recorded_")]
        tap.equal(found, [expected[0], expected[1] or cycles] if expected else [], f"{path}: the recorded cycles")


def check_other_ranges(folder):
    """Nothing, and only cycles that the run does not have."""
    for option in ("dram=0:0", "dram=99999999999:99999999999999"):
        path = os.path.join(folder, "other.h5")
        run("run", *MACHINE, "--dram", "ddr4-2400:channels=2", "-o", path, "--record", option)
        tap.check("dram0.act is not recorded, and 0 in all cycles" in counters_note(path, "dram0.act", 0, 10),
                  f"--record {option}: said to be 0")


def main():
    check_usage()
    with scratch() as folder:
        full, window = os.path.join(folder, "full.h5"), os.path.join(folder, "window.h5")
        memory = ["--dram", "ddr4-2400:channels=2"]
        rows = run("run", *MACHINE, *memory).stdout
        tap.equal(run("run", *MACHINE, *memory, "-o", full).stdout, rows, "recording changes nothing")
        run("run", *MACHINE, *memory, "-o", window, "--record", f"dram={WINDOW[0]}:{WINDOW[1]}")
        check_window(full, window)
        check_notes(full, window, folder)
        check_other_ranges(folder)
        if h5py is None:
            tap.check(True, "the file # SKIP no h5py")
        else:
            ideal = os.path.join(folder, "ideal.h5")
            run("run", *MACHINE, "-o", ideal)
            check_attributes(full, window, ideal)
            check_totals(full)
    tap.done()


if __name__ == "__main__":
    main()
