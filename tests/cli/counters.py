#!/usr/bin/env python3
"""Per-cycle counters of the output file: integrated, and expanded as the README says."""

import json
import os
import re
import resource
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
from reference import ROOT, Tap, run, scratch  # noqa: E402

try:
    import h5py
    import numpy
    import pandas  # noqa: F401
except ImportError as error:
    print(f"1..0 # SKIP {error}")
    sys.exit(0)

sys.path.insert(0, ROOT)
from tools.counters import cycles_of  # noqa: E402

tap = Tap()
SMALL = {"format": "simdit-network", "version": 1, "inputs": {"x": [20, 9, 9]}, "layers": [
    {"name": "a", "operation": "conv", "inputs": ["x"], "channels": 40, "kernel": 3, "pad": 1},
    {"name": "b", "operation": "relu", "inputs": ["a"]},
    {"name": "c", "operation": "max_pool", "inputs": ["b"], "kernel": 3, "stride": 2},
    {"name": "d", "operation": "flatten", "inputs": ["c"]},
    {"name": "e", "operation": "gemm", "inputs": ["d"], "channels": 70},
    {"name": "f", "operation": "softmax", "inputs": ["e"]}]}
# Columns of /layers and the counters that they sum.
SUMS = {"padded_macs": ["pe_array.active_pes"],
        "wbuf_bits": ["wbuf.read_bits", "wbuf.write_bits"],
        "ibuf_bits": ["ibuf.read_bits", "ibuf.write_bits"],
        "obuf_bits": ["obuf.read_bits", "obuf.write_bits"],
        "bbuf_bits": ["bbuf.read_bits", "bbuf.write_bits"],
        "vmem_bits": ["vmem.read_bits", "vmem.write_bits"],
        "imm_bits": ["imm.read_bits"],
        "instruction_bits": ["instruction_memory.read_bits"],
        "busy_cycles": ["pe_array.busy", "simd_array.busy"],
        "fill_cycles": ["pe_array.fill"],
        "drain_cycles": ["pe_array.drain", "simd_array.drain"],
        "nop_cycles": ["simd_array.nop"],
        "multi_cycle_cycles": ["simd_array.multi_cycle"],
        "stall_weights": ["pe_array.stall_weights"],
        "stall_bias": ["pe_array.stall_bias"],
        "stall_ifmap": ["pe_array.stall_ifmap"],
        "stall_psum_load": ["pe_array.stall_psum_load"],
        "stall_obuf_half": ["pe_array.stall_obuf_half"],
        "stall_vmem_load": ["simd_array.stall_vmem_load"],
        "stall_vmem_store": ["simd_array.stall_vmem_store"],
        "stall_last_store": ["pe_array.stall_last_store", "simd_array.stall_last_store"]}


def readme_blocks():
    text = open(os.path.join(ROOT, "README.md")).read()
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


def by_definition(file, counter, begin, end):
    """What the README says of shapes, terms and views, one cycle of a term after the other."""
    counters, out = file["counters"], numpy.zeros(end - begin, dtype=numpy.int64)
    shapes, terms = counters["shapes"][:], counters["terms"][:]
    names = [name.decode() for name in counters["names"]["name"]]
    number = names.index(counter)
    for view, added, removed in counters["views"][:].tolist():
        if view == number:
            changes = by_definition(file, names[added], 0, end) - by_definition(file, names[removed], 0, end)
            changes[int(file.attrs["cycles"]):] = 0
            return changes.cumsum()[begin:] * (numpy.arange(begin, end) < int(file.attrs["cycles"]))
    for track in counters["tracks"].values():
        shape, gap = track["shape"][:], track["gap"][:]
        starts = numpy.cumsum(gap + shapes["duration"][shape]) - shapes["duration"][shape]
        for i in numpy.flatnonzero((starts < end) & (starts + shapes["extent"][shape] > begin)):
            first, n = shapes[shape[i]]["first_term"], shapes[shape[i]]["n_terms"]
            for term in terms[first:first + n][terms[first:first + n]["counter"] == number]:
                t = numpy.array([int(starts[i] + term["offset"])])
                for count, period in term["loops"].tolist():
                    t = (t[:, None] + numpy.arange(count) * period).ravel()
                numpy.add.at(out, t[(t >= begin) & (t < end)] - begin, term["value"])
    return out


def integrate(file):
    """Sums of all counters by layer, from shapes: nothing is expanded."""
    counters = file["counters"]
    shapes, terms = counters["shapes"][:], counters["terms"][:]
    totals = numpy.zeros((len(shapes), len(counters["names"])), dtype=numpy.int64)
    for i, shape in enumerate(shapes):
        for term in terms[shape["first_term"]:shape["first_term"] + shape["n_terms"]]:
            totals[i, term["counter"]] += term["value"] * numpy.prod(term["loops"][:, 0])
    layers = file["layers"][:]
    work = numpy.flatnonzero(layers["total_cycles"])
    sums = numpy.zeros((len(layers), totals.shape[1]), dtype=numpy.int64)
    busy = {}
    for name, track in counters["tracks"].items():
        shape = track["shape"][:]
        if len(shape) == 0:
            continue
        duration = shapes["duration"][shape]
        starts = numpy.cumsum(track["gap"][:] + duration) - duration
        layer = work[numpy.searchsorted(layers["start_cycle"][work], starts, side="right") - 1]
        numpy.add.at(sums, layer, totals[shape])
        works = counters["labels"]["kind"][:][shapes["label"][shape]] == b"compute"
        busy[name] = numpy.bincount(layer, duration * works, len(layers))
        tap.check(not track["gap"][:].any(), f"{name}: one activity after the other")
        per_block = file.attrs["activities_per_block"]
        tap.check((track["block_start"][:] == starts[::per_block]).all(), f"{name}: block_start")
    return sums, busy


def check_sums(path, what):
    file = h5py.File(path)
    names = [n.decode() for n in file["counters/names"]["name"]]
    layers = file["layers"][:]
    sums, busy = integrate(file)
    for column, parts in SUMS.items():
        total = sum(sums[:, names.index(part)] for part in parts)
        tap.check((total == layers[column]).all(), f"{what}: {column} is the sum of {parts}",
                  f"{total} {layers[column]}")
    dram = sums[:, names.index("dram.read_bits")] + sums[:, names.index("dram.write_bits")]
    tap.check((-(-dram // 8) == layers["dram_bytes"]).all(), f"{what}: DRAM bits are dram_bytes")
    compute = busy["pe_array"] + busy["simd_array"]
    tap.check((compute == layers["compute_cycles"]).all(), f"{what}: busy units are compute_cycles")
    tap.equal(int(file.attrs["cycles"]), int(layers["total_cycles"].sum()), f"{what}: cycles")
    units = [n.decode() for n in file["counters/names"]["unit"]]
    for track in file["counters/tracks"]:
        states = [i for i, name in enumerate(names)
                  if name.startswith(track + ".") and units[i] == "cycle"]
        tap.check((sums[:, states].sum(axis=1) == layers["total_cycles"]).all(),
                  f"{what}: states of {track} are all cycles of each layer")


def check_overview(path, what):
    """Bins add up to the run, and those of a small run to its cycles."""
    with h5py.File(path) as file:
        overview, cycles = file["counters/overview"], int(file.attrs["cycles"])
        length = int(overview.attrs["bin_cycles"])
        sums, _ = integrate(file)
        plain = numpy.setdiff1d(numpy.arange(sums.shape[1]), file["counters/views"]["counter"])
        tap.check((overview[:].sum(axis=1) == sums.sum(axis=0))[plain].all(), f"{what}: the overview adds up")
        check_halves(file, what)
        bins = overview.shape[1]
        tap.check((length == 1 or bins > 2048) and bins <= 4096 and bins * length >= cycles,
                  f"{what}: {bins} bins of {length} cycles")
        names = [name.decode() for name in file["counters/names"]["name"]]
        for name in names if what == "small" else ["obuf.read_bits"]:
            end = min(cycles // length, 40) * length
            dense = by_definition(file, name, 0, end).reshape(-1, length).sum(axis=1)
            tap.equal(overview[names.index(name), :len(dense)].tolist(), dense.tolist(),
                      f"{what}: overview of {name}")


def check_halves(file, what):
    """At the ends of bins, from changes: never more than there are, none left after the last layer."""
    overview, names = file["counters/overview"][:], [n.decode() for n in file["counters/names"]["name"]]
    for view, added, removed in file["counters/views"][:].tolist():
        levels = numpy.cumsum(overview[added] - overview[removed], dtype=numpy.int64)
        most = 2 if not names[view].startswith("vmem") else 24
        tap.check(levels.min() >= 0 and 0 < levels.max() <= most, f"{what}: {names[view]}", levels)
        # The last store may end where the run does: a change after it is not recorded.
        tap.check(levels[-1] <= 1, f"{what}: {names[view]}: all are free in the end", levels[-1])


def check_expansion(path):
    file = h5py.File(path)
    cycles = int(file.attrs["cycles"])
    names = [n.decode() for n in file["counters/names"]["name"]]
    sums, _ = integrate(file)
    for number, name in enumerate(names):
        dense = by_definition(file, name, 0, cycles)
        if not name.endswith(".occupied_halves"):
            tap.equal(int(dense.sum()), int(sums[:, number].sum()), f"small: cycles of {name} add up")
        middle = by_definition(file, name, cycles // 3, cycles // 2)
        tap.check((middle == dense[cycles // 3:cycles // 2]).all(), f"small: a range of {name}")
    pes = by_definition(file, "pe_array.active_pes", 0, cycles)
    tap.check(pes.max() <= 256 and pes.max() > 200, "small: at most all PEs are active")


def check_command(path):
    """simdit counters against the README's few lines."""
    file = h5py.File(path)
    cycles = int(file.attrs["cycles"])
    listed = run("counters", path, "--format", "csv").stdout.splitlines()
    names = [line.split(",")[0] for line in listed[1:]]
    tap.equal(names, [n.decode() for n in file["counters/names"]["name"]], "counters are listed")
    for name in names:
        for begin, end in ((0, cycles), (cycles // 3, cycles // 3 + 1000), (cycles - 5, cycles + 5)):
            out = run("counters", path, "--counter", name, "--from", begin, "--to", end,
                      "--format", "csv").stdout.splitlines()[1:]
            dense = by_definition(file, name, begin, end)
            tap.equal(cycles_of(file, name, begin, end).tolist(), dense.tolist(),
                      f"tools/counters.py {name} {begin}..{end}")
            tap.equal([line.split(",") for line in out],
                      [[str(begin + i), str(v)] for i, v in enumerate(dense) if begin + i < cycles],
                      f"simdit counters {name} {begin}..{end}")
    dense = by_definition(file, "pe_array.active_pes", 100, 1200)
    for word, function in (("sum", numpy.sum), ("mean", numpy.mean), ("max", numpy.max)):
        out = run("counters", path, "--counter", "pe_array.active_pes", "--from", 100, "--to", 1200,
                  "--every", 100, word, "--format", "json").stdout
        tap.equal([v["value"] for v in json.loads(out)],
                  [float(function(dense[i:i + 100])) for i in range(0, 1100, 100)], f"every 100 {word}")
    for begin in (cycles, cycles + 7):
        process = run("counters", path, "--counter", names[0], "--from", begin)
        tap.check(process.returncode == 1 and not process.stdout and f"which has {cycles}, got {begin}"
                  in process.stderr, f"counters from {begin}: after the end", process.stderr)
    for arguments, status in (([path, "--counter", "nosuch"], 1), (["nosuch.h5"], 1), ([], 2),
                              (["small.json"], 1), ([path, "median"], 2),
                              ([path, "--from", 5, "--to", 4], 2)):
        process = run("counters", *arguments)
        tap.equal((process.returncode, process.stdout), (status, ""), f"counters {arguments[1:]}")


def check_export(path):
    """Bins of every reduction in every format, against sums over cycles."""
    file = h5py.File(path)
    cycles, name = int(file.attrs["cycles"]), "obuf.write_bits"
    dense = by_definition(file, name, 0, cycles + 50)
    for begin, end, every in ((0, cycles, 1), (0, cycles, 7), (100, 1200, 100), (5, cycles + 50, 999),
                              (0, cycles, cycles * 2), (9, 9, 4)):
        for word, function in (("sum", numpy.sum), ("mean", numpy.mean), ("max", numpy.max)):
            last = min(end, cycles)
            expected = [float(function(dense[i:min(i + every, last)])) for i in range(begin, last, every)]
            arguments = ["counters", path, "--counter", name, "--from", begin, "--to", end, "--every", every, word]
            what = f"{begin}..{end} every {every} {word}"
            process = run(*arguments, "--format", "npy", "-o", "out.npy")
            values = numpy.load("out.npy")
            tap.equal((process.returncode, process.stdout, values.tolist()), (0, "", expected), f"npy {what}")
            tap.equal(values.dtype.str, "<f8" if word == "mean" else "<u8", f"npy {what}: type")
            run(*arguments, "--format", "h5", "-o", "out.h5", check=True)
            with h5py.File("out.h5") as out:
                tap.equal((list(out), out[name][:].tolist()), ([name], expected), f"h5 {what}")
                tap.equal(out[name].dtype.str, "<f8" if word == "mean" else "<u8", f"h5 {what}: type")
                tap.equal({key: out[name].attrs[key] for key in ("from", "to", "every", "reduction", "unit")},
                          {"from": begin, "to": last, "every": every, "reduction": word, "unit": "bit"},
                          f"h5 {what}: attributes")
    process = run("counters", path, "--counter", name, "--to", 2**62, "--every", 2**62, "max", "--format", "csv")
    tap.equal(process.stdout.split(), ["cycle,value", f"0,{dense.max()}"], "far beyond the end")
    before = sorted(os.listdir())
    for arguments, status in ((["--format", "npy", "-o", "no/where.npy"], 1), (["--format", "h5", "-o", "no/where"], 1),
                              (["--format", "h5", "-o", "."], 1), (["--format", "npy"], 2), (["-o", "x.npy"], 2),
                              (["--format", "csv", "-o", "x.csv"], 2), (["--format", "npy", "-o", ""], 2)):
        process = run("counters", path, "--counter", name, *arguments)
        tap.equal((process.returncode, process.stdout, process.stderr[:6]), (status, "", "simdit"),
                  f"counters {arguments}")
    process = run("counters", path, "--counter", name, "--format", "npy", "-o", "full.npy",
                  preexec_fn=lambda: limit_files(1000))
    tap.equal((process.returncode, sorted(os.listdir())), (1, before), "what does not fit leaves nothing")


def limit_files(size):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


with scratch() as directory:
    os.chdir(directory)
    for net in ("resnet18", "resnet50"):
        for hw in ("inference-01", "default"):
            run("run", "--hw", hw, "--net", net, "-o", "run.h5", check=True)
            check_sums("run.h5", f"{net} on {hw}")
            check_overview("run.h5", f"{net} on {hw}")
    json.dump(SMALL, open("small.json", "w"))
    run("run", "--hw", "inference-01", "--net", "./small.json", "-o", "small.h5", check=True)
    check_sums("small.h5", "small")
    check_overview("small.h5", "small")
    check_expansion("small.h5")
    check_command("small.h5")
    check_export("small.h5")
    run("run", "--hw", "default", "--net", "resnet18", "-o", "run.h5", check=True)
    blocks = readme_blocks()
    tap.equal(len(blocks), 2, "the README has two examples")
    for i, block in enumerate(blocks):
        exec(block, {"print": lambda *a: None})
        tap.check(True, f"README example {i} runs")
tap.done()
