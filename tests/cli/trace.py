#!/usr/bin/env python3
"""simdit trace: what is in a trace is what is in the output file, read by independent readers."""

import csv
import io
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
from definitions import MACHINE, NETWORK, check_refused, limit_files, write  # noqa: E402
from reference import Tap, run, scratch  # noqa: E402
from traces import (Perfetto, activities_of, clip, expand_changes, flows_of, layers_of,  # noqa: E402
                    read_vcd)

tap = Tap()
for tool in ("protoc", "vcd2fst", "fst2vcd"):
    if shutil.which(tool) is None:
        print(f"1..0 # SKIP there is no {tool}")
        sys.exit(0)


def layer_items(path):
    return [{"start": int(row["start_cycle"]), "end": int(row["start_cycle"] + row["total_cycles"]),
             "label": row["name"].decode(), "layer": int(row["layer"])}
            for row in layers_of(path) if row["total_cycles"] > 0]


def run_of(path):
    return sum(int(row["total_cycles"]) for row in layers_of(path))


def slices_of(tracks, begin, end):
    """What Perfetto is to show of them."""
    shown = {}
    for name, items in tracks.items():
        shown[name] = [{key: item[key] for key in ("start", "end", "label", "kind", "bits")
                        if key != "bits" or item["kind"] in ("load", "store")}
                       for item in clip(items, begin, end) if item["kind"] != "idle"]
    return shown


def dense(path, counter, begin, end):
    text = run("counters", path, "--counter", counter, "--from", begin, "--to", end, "--format", "csv").stdout
    return [int(line.split(",")[1]) for line in text.splitlines()[1:]]


def shown_counters(path):
    rows = csv.DictReader(io.StringIO(run("counters", path, "--format", "csv").stdout))
    return {row["counter"]: row["unit"] for row in rows
            if row["unit"] != "cycle" and not row["counter"].endswith((".halves_taken", ".halves_freed"))}


def check_counters(name, path, trace, begin, end):
    expected = shown_counters(path)
    tap.equal({counter: trace.units[counter] for counter in trace.units}, {
        counter: expected.get(counter) for counter in trace.units}, f"{name}: units of counters")
    period = max((end - begin) // 65536, 1)
    for counter in expected:
        values = dense(path, counter, begin, end)
        means = []
        for i in range(0, len(values), period):
            part = values[i:i + period]
            means += [sum(part) / len(part)] * len(part)
        got = expand_changes(trace.counters.get(counter, []), begin, end)
        tap.check(got == means, f"{name}: {counter}", len(got), len(means),
                  *[(begin + i, g, m) for i, (g, m) in enumerate(zip(got, means)) if g != m][:3])
        changes = trace.counters.get(counter, [])
        tap.check(all(a[1] != b[1] for a, b in zip(changes, changes[1:])), f"{name}: {counter} changes")


def check_perfetto(name, directory, path, *options, window=None, counters=False):
    begin, end = window or (0, run_of(path))
    out = os.path.join(directory, "out.perfetto")
    process = run("trace", path, "-o", out, *options)
    tap.equal((process.returncode, process.stdout, process.stderr), (0, "", ""), f"{name}: a trace")
    trace = Perfetto(out, directory)
    tap.equal(trace.wrong, [], f"{name}: it fits together")
    tracks = activities_of(path)
    for track, slices in slices_of(tracks, begin, end).items():
        tap.check(trace.tracks.get(track) == slices, f"{name}: slices of {track}",
                  *[pair for pair in zip(trace.tracks.get(track, []), slices) if pair[0] != pair[1]][:2])
    tap.equal(trace.tracks["layers"], clip(layer_items(path), begin, end), f"{name}: layers")
    if begin == 0:
        flows = flows_of({track: clip(items, begin, end) for track, items in tracks.items()})
        tap.check(trace.flows == flows and len(flows) > 2, f"{name}: flows", len(flows),
                  sorted(trace.flows ^ flows)[:4])
    if counters:
        check_counters(name, path, trace, begin, end)
    return trace


def check_bound(directory, path):
    out = os.path.join(directory, "cut.perfetto")
    process = run("trace", path, "-o", out, "--max-slices", 20)
    trace = Perfetto(out, directory)
    n = sum(map(len, trace.tracks.values()))
    tap.check(20 - len(trace.tracks) < n <= 20, "--max-slices: so many slices", n)
    end = max(one["end"] for slices in trace.tracks.values() for one in slices)
    tap.check(process.returncode == 0 and f"ends in cycle {end} with {n} slices; cycles up to "
              f"{run_of(path)} are left out" in process.stderr, "--max-slices: says what is left out",
              process.stderr)
    whole = slices_of(activities_of(path), 0, end)
    tap.equal({name: slices for name, slices in trace.tracks.items() if name != "layers"}, whole,
              "--max-slices: up to there nothing is missing")


def check_csv(name, directory, path, begin, end, *options):
    out = os.path.join(directory, "out.csv")
    process = run("trace", path, "--format", "csv", "-o", out, *options)
    tap.equal((process.returncode, process.stdout, process.stderr), (0, "", ""), f"{name}: csv")
    layers = layer_items(path)
    expected = []
    for track, items in activities_of(path).items():
        for item in clip(items, begin, end):
            layer = next(one for one in layers if one["start"] <= item["start"] < one["end"])
            if item["kind"] != "idle":
                expected.append([str(item["start"]), str(item["end"]), track, item["kind"], item["label"],
                                 str(item["bits"]), str(layer["layer"]), layer["label"]])
    with open(out, encoding="utf-8") as file:
        rows = list(csv.reader(file))
    tap.equal(rows[0], "start,end,track,kind,activity,bits,layer,name".split(","), f"{name}: csv header")
    tap.check(sorted(rows[1:]) == sorted(expected), f"{name}: csv rows", rows[1:4], expected[:4])
    starts = [int(row[0]) for row in rows[1:]]
    tap.equal(starts, sorted(starts), f"{name}: csv in the order of time")


def check_vcd(name, directory, path, begin, end, *options):
    out, fst = os.path.join(directory, "out.vcd"), os.path.join(directory, "out.fst")
    process = run("trace", path, "--format", "vcd", "-o", out, *options)
    tap.equal((process.returncode, process.stdout, process.stderr), (0, "", ""), f"{name}: vcd")
    converted = subprocess.run(["vcd2fst", out, fst], capture_output=True, text=True, check=False)
    tap.check(converted.returncode == 0 and os.path.getsize(fst) > 0, f"{name}: vcd2fst takes it",
              converted.stdout, converted.stderr)
    back = subprocess.run(["fst2vcd", fst], capture_output=True, text=True, check=True).stdout
    with open(out, encoding="utf-8") as file:
        texts = {"vcd": file.read(), "fst": back}
    scopes = re.findall(r"\$scope module (\S+)", texts["vcd"])
    tap.check(len(scopes) == len(set(scopes)), f"{name}: vcd: each scope once", scopes)
    tracks = {f"{track}.activity": items for track, items in activities_of(path).items()}
    tracks["run.layer"] = layer_items(path)
    for kind, text in texts.items():
        changes, last = read_vcd(text)
        tap.check(last == end or kind == "fst", f"{name}: {kind} ends where the range does", last, end)
        for variable, items in tracks.items():
            expected = [(item["start"], item["label"].replace(" ", "_")) for item in clip(items, begin, end)]
            tap.check([change for change in changes[variable] if change[1] != "-"] == expected,
                      f"{name}: {kind}: {variable}", changes[variable][:4], expected[:4])
        for counter in shown_counters(path):
            got = expand_changes(changes[counter], begin, end)
            tap.check(got == dense(path, counter, begin, end), f"{name}: {kind}: {counter}")


def check_refusals(directory, path):
    out = os.path.join(directory, "refused")
    cycles = run_of(path)
    for words, arguments in (
            (["--output is needed"], [path]), (["expected FILE.h5"], ["-o", out]),
            (["--format: expected perfetto, vcd or csv, got \"fst\""], [path, "-o", out, "--format", "fst"]),
            (["0 <= --from < --to"], [path, "-o", out, "--from", 5, "--to", 5]),
            (["exclude each other"], [path, "-o", out, "--layers", "1:2", "--from", 5]),
            (["--max-slices: expected 10 or more"], [path, "-o", out, "--max-slices", 9]),
            *((["--layers: expected A:B"], [path, "-o", out, "--layers", layers])
              for layers in ("", "x", "1:", ":1", "2:1", "0:99", "-1:2", "1:2:3"))):
        process = run("trace", *arguments)
        tap.check(process.returncode == 2 and all(word in process.stderr for word in words)
                  and not process.stdout, f"usage: {arguments[-2:]}", process.returncode, process.stderr)
    check_refused(tap, "after the end", [f"the run, which has {cycles} cycles"], "trace", path, "-o", out,
                  "--from", cycles)
    check_refused(tap, "no such directory", ["none/a: cannot be written: No such file"], "trace", path, "-o",
                  os.path.join(directory, "none/a"))
    check_refused(tap, "a device", ["/dev/null: cannot be written: it is not a regular file"], "trace", path,
                  "-o", "/dev/null")
    check_refused(tap, "no output file", ["cannot be read"], "trace", os.path.join(directory, "none.h5"),
                  "-o", out)
    tap.check(not os.path.exists(out), "refused: nothing is written")
    for form in ("perfetto", "vcd", "csv"):
        run("trace", path, "-o", out, "--format", form, check=True)
        whole = os.path.getsize(out)
        with open(out, "w", encoding="utf-8") as file:
            file.write("older")
        before = sorted(os.listdir(directory))
        for size in (0, 1, whole // 2, whole - 1):
            check_refused(tap, f"{form}: a file of at most {size} bytes",
                          [f"{out}: cannot be written: File too large"], "trace", path, "-o", out,
                          "--format", form, preexec_fn=limit_files(size))
        with open(out, encoding="utf-8") as file:
            tap.equal(file.read(), "older", f"{form}: the older file is whole")
        tap.equal(sorted(os.listdir(directory)), before, f"{form}: nothing is left")


def check_long(directory):
    """More than 2^24 cycles: means over many of them; too many for VCD."""
    path, out = os.path.join(directory, "long.h5"), os.path.join(directory, "long")
    run("run", "--hw", "training-08", "--net", "resnet18", "--phase", "training", "-o", path, check=True)
    cycles = run_of(path)
    tap.check(cycles > 2 ** 24, "a long run", cycles)
    for begin, end in ((0, cycles), (123457, 123457 + 2 ** 24 + 99)):
        process = run("trace", path, "-o", out, "--from", begin, "--to", end)
        tap.equal((process.returncode, process.stderr), (0, ""), "a trace of it")
        trace, period = Perfetto(out, directory), (end - begin) // 65536
        shown = shown_counters(path)
        tap.check(set(trace.counters) <= set(shown) and "obuf.occupied_halves" in trace.counters, "its counters")
        for counter in ("pe_array.active_pes", "simd_array.active_lanes", "dram.read_bits", "obuf.occupied_halves"):
            rows = run("counters", path, "--counter", counter, "--from", begin, "--to", end, "--every", period, "mean",
                       "--format", "csv").stdout.split()[1:]
            means = [(int(cycle), float(value)) for cycle, value in (row.split(",") for row in rows)]
            changes = [b for a, b in zip([(0, 0.0)] + means, means) if a[1] != b[1]]
            tap.check(trace.counters[counter] == changes, f"{counter} in {len(means)} means over {period} cycles",
                      trace.counters[counter][:3], changes[:3])
    check_refused(tap, "too long for vcd", ["vcd: expected a range of at most 1000000 cycles, got "], "trace",
                  path, "-o", out + ".vcd", "--format", "vcd")


with scratch() as directory:
    network = write(directory, "network.json", NETWORK)
    path = os.path.join(directory, "a.h5")
    run("run", "--hw", "default", "--net", network, "-o", path, check=True)
    cycles = run_of(path)
    check_perfetto("a run", directory, path, counters=True)
    layers = layer_items(path)
    window = layers[1]["start"], layers[3]["end"]
    check_perfetto("layers", directory, path, "--layers", f"{layers[1]['layer']}:{layers[3]['layer']}",
                   window=window)
    check_perfetto("a layer", directory, path, "--layers", layers[2]["layer"],
                   window=(layers[2]["start"], layers[2]["end"]))
    check_perfetto("a window", directory, path, "--from", 1001, "--to", 2345, window=(1001, 2345),
                   counters=True)
    check_bound(directory, path)
    check_csv("a run", directory, path, 0, cycles)
    check_csv("a window", directory, path, 1001, 2345, "--from", 1001, "--to", 2345)
    check_vcd("a run", directory, path, 0, cycles)
    check_vcd("a window", directory, path, 1001, 2345, "--from", 1001, "--to", 2345)
    contents = []
    for _ in range(2):
        run("trace", path, "-o", os.path.join(directory, "again"), check=True)
        with open(os.path.join(directory, "again"), "rb") as file:
            contents.append(file.read())
    tap.check(contents[0] == contents[1], "two traces, the same bytes")
    for name, options in (("latency", ["--dram", "shared:width=100,latency=9"]),
                          ("lockstep", ["--pipeline", "lockstep"])):
        run("run", "--hw", "default", "--net", network, "-o", path, *options, check=True)
        check_perfetto(name, directory, path)
    run("run", "--hw", "default", "--net", network, "-o", path, "--batch", 40, check=True)
    end = layer_items(path)[2]["start"] - 100  # in the last store of the second layer
    end -= (end % (end // 65536) or 1) - 1  # the last mean is of one cycle
    check_perfetto("means", directory, path, "--to", end, window=(0, end), counters=True)
    narrow = write(directory, "narrow.json", dict(MACHINE, vmem_buffering="double", OBUF_AXI_DATA_WIDTH=8))
    run("run", "--hw", narrow, "--net", network, "-o", path, check=True)
    check_perfetto("a narrow port", directory, path)
    check_refusals(directory, path)
    check_long(directory)
tap.done()
