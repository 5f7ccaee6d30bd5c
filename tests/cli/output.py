#!/usr/bin/env python3
"""The output file: what is in it, and that nothing but a complete one ever appears."""

import contextlib
import csv
import io
import json
import os
import random
import signal
import subprocess
import sys
import time

import h5py
import numpy

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
from definitions import LAYERS, MACHINE, NETWORK, check_refused, complaints, limit_files, write  # noqa: E402
from reference import SIMDIT, Tap, run, run_csv, scratch  # noqa: E402

OLD = b"an older result"


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def check_failure(tap, name, words, directory, *arguments, **options):
    """A run into an existing file fails: that file stays, and no other appears."""
    path = os.path.join(directory, "old.h5")
    with open(path, "wb") as file:
        file.write(OLD)
    before = sorted(os.listdir(directory))
    check_refused(tap, name, words, "run", *arguments, "-o", path, **options)
    with open(path, "rb") as file:
        tap.equal(file.read(), OLD, f"{name}: the older file is whole")
    tap.equal(sorted(os.listdir(directory)), before, f"{name}: nothing is left")


def check_full_disk(tap, directory, definitions):
    path = os.path.join(directory, "whole.h5")
    run("run", *definitions, "-o", path)
    whole = os.path.getsize(path)
    os.unlink(path)
    for size in [0, 1, 100, 2048, 4096, *range(8192, whole, 6000), whole - 1]:
        check_failure(tap, f"a file of at most {size} bytes", ["old.h5: cannot be written: ", "large"],
                      directory, *definitions, preexec_fn=limit_files(size))
    with tmpfs(tap, "a full disk", directory, "size=16k") as mount:
        if mount:
            check_failure(tap, "a full disk", ["old.h5: cannot be written: No space left"], mount,
                          *definitions)


@contextlib.contextmanager
def tmpfs(tap, name, directory, options):
    """A file system of its own; None, and @name skipped, where mounting is not permitted."""
    mount = os.path.join(directory, "mount")
    os.mkdir(mount)
    command = ["mount", "-t", "tmpfs", "-o", options, "none", mount]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    try:
        if not mounted:
            tap.check(True, f"{name} # SKIP mount is not permitted")
        yield mount if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", mount], check=True)
        os.rmdir(mount)


def check_places(tap, directory, definitions):
    file = write(directory, "file", "")
    for name, path, words in (("no such directory", f"{directory}/none/a.h5", "No such file"),
                              ("a file as directory", f"{file}/a.h5", "Not a directory"),
                              ("a directory", directory, "it is a directory"),
                              ("a device", "/dev/null", "it is not a regular file")):
        check_refused(tap, f"-o: {name}", [path + ": cannot be written: ", words], "run", *definitions,
                      "-o", path)
    locked = os.path.join(directory, "locked")
    os.mkdir(locked)
    os.chmod(locked, 0o500)
    if not os.access(locked, os.W_OK):
        check_refused(tap, "an unwritable directory", ["Permission denied"], "run", *definitions, "-o",
                      os.path.join(locked, "a.h5"))
        return
    with tmpfs(tap, "an unwritable directory", directory, "ro") as mount:  # root may write in the other
        if mount:
            check_refused(tap, "an unwritable directory", ["Read-only file system"], "run", *definitions,
                          "-o", os.path.join(mount, "a.h5"))


def check_stopped(tap, directory, definitions):
    machine = write(directory, "small-buffers.json", dict(MACHINE, SIMD_VMEM_CAPACITY_BITS=2**17))
    layers = [dict(LAYERS[1], inputs=["image"]), dict(LAYERS[2], kernel=64, pad=63, stride=1)]
    network = write(directory, "misfit.json", dict(NETWORK, layers=layers))
    check_failure(tap, "the second layer does not fit", ['layer 1 "pool" (max_pool) on small-buffers'],
                  directory, "--hw", machine, "--net", network)
    before = sorted(os.listdir(directory))
    path = os.path.join(directory, "stopped.h5")
    definitions = ["--hw", "inference-01", "--net", "resnet50", "--batch", "64"]
    whole = run_csv(*definitions, "-o", os.path.join(directory, "whole.h5"))
    for delay in (0, 0.1, 0.2, 0.4, 0.8):
        process = subprocess.Popen([SIMDIT, "run", *definitions, "--format", "csv", "-o", path],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(1000):
            if any(name.endswith(".tmp") for name in os.listdir(directory)) or process.poll() is not None:
                break
            time.sleep(0.001)
        time.sleep(delay)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
        with h5py.File(path, "r") as file, h5py.File(os.path.join(directory, "whole.h5"), "r") as all_of_it:
            check_partial(tap, file, all_of_it, f"interrupted after {delay} s")
            rows, partial = len(file["layers"]), bool(file.attrs["partial"])
        tap.equal(list(csv.DictReader(io.StringIO(out))), whole[:rows], f"{rows} layers in the table")
        tap.equal((process.returncode, err), (-signal.SIGINT, "simdit: the run was interrupted; the file and "
                  f"the table have {rows} of 122 layers\n") if partial else (0, ""), "it dies of the signal")
        os.unlink(path)
    os.unlink(os.path.join(directory, "whole.h5"))
    tap.equal(sorted(os.listdir(directory)), before, "interrupted: nothing else is left")


def check_partial(tap, file, whole, what):
    """A file that was cut off between two layers has of everything the beginning."""
    cycles = int(file.attrs["cycles"])
    rows = len(file["layers"])
    tap.check((file["layers"][:] == whole["layers"][:rows]).all(), f"{what}: {rows} layers")
    tap.equal(cycles, int(file["layers"]["total_cycles"].sum()), f"{what}: cycles")
    tap.equal(int(file.attrs["partial"]), int(rows < len(whole["layers"])), f"{what}: partial")
    file, whole = file["counters"], whole["counters"]
    same = ends = True
    for name, track in file["tracks"].items():
        n = len(track["shape"])
        shapes, durations = track["shape"][:], file["shapes"]["duration"]
        same &= bool((shapes == whole["tracks"][name]["shape"][:n]).all())
        ends &= int((track["gap"][:] + durations[shapes]).sum()) == cycles
        blocks = whole["tracks"][name]["block_start"][:len(track["block_start"])]
        same &= bool((track["block_start"][:] == blocks).all())
    tap.check(same, f"{what}: the tracks begin like those of the whole run")
    tap.check(ends, f"{what}: every track ends with the last layer")
    tap.equal(len(file["overview"][0]), -(-cycles // int(file["overview"].attrs["bin_cycles"])), f"{what}: bins")
    sums = numpy.zeros(len(file["names"]), dtype=numpy.uint64)
    for term, uses in each_term(file):
        sums[term["counter"]] += numpy.uint64(uses * int(term["value"] * numpy.prod(term["loops"][:, 0])))
    plain = numpy.setdiff1d(numpy.arange(len(sums)), file["views"]["counter"])
    tap.equal(file["overview"][:].sum(axis=1)[plain].tolist(), sums[plain].tolist(), f"{what}: the overview")


def each_term(counters):
    shapes, terms = counters["shapes"][:], counters["terms"][:]
    uses = sum(numpy.bincount(track["shape"][:], minlength=len(shapes)) for track in counters["tracks"].values())
    for shape, n in zip(shapes, uses.tolist()):
        for term in terms[shape["first_term"]:shape["first_term"] + shape["n_terms"]]:
            yield term, n


def prepare_output(path, older):
    """An older file at @path, or none."""
    with open(path, "wb") as file:
        file.write(OLD)
    if not older:
        os.unlink(path)


def has_temporary(directory):
    return any(name.startswith("killed.h5.") for name in os.listdir(directory))


def remove_temporaries(directory):
    for name in os.listdir(directory):
        if name.startswith("killed.h5.") and name.endswith(".tmp"):
            os.unlink(os.path.join(directory, name))


def state_of(path, older, whole):
    content = b""
    if os.path.exists(path):
        with open(path, "rb") as file:
            content = file.read()
    return "new" if content == whole else "as before" if content == (OLD if older else b"") else "broken"


def check_killed_at_calls(tap, directory, command, path, whole):
    """Killed in the middle of each write, also while HDF5 closes, and right after the file is moved into place."""
    preload = os.environ.get("KILL_AT_LIBRARY")
    if not preload:
        tap.check(True, "killed at each write # SKIP nothing can be preloaded")
        return
    count = os.path.join(directory, "calls")

    def run_until(call):
        environment = dict(os.environ, LD_PRELOAD=preload, KILL_AT=str(call), KILL_COUNT=count)
        return subprocess.run(command, stdout=subprocess.DEVNULL, env=environment, check=False).returncode

    tap.equal((run_until(0), state_of(path, 1, whole)), (0, "new"), "killed at each write: not yet")
    with open(count, encoding="ascii") as file:
        calls = int(file.read())
    os.unlink(count)
    found, last = [], max(calls - 40, 1)
    for call in [*range(1, last, max(last // 40, 1)), *range(last, calls + 1)]:
        prepare_output(path, call % 2)
        found.append((run_until(call), state_of(path, call % 2, whole)))
        remove_temporaries(directory)
    tap.check(calls > 20 and {one[0] for one in found} == {-signal.SIGKILL}, "killed at each write: it is", found, calls)
    tap.equal([one[1] for one in found], ["as before"] * (len(found) - 1) + ["new"],
              f"killed at {len(found)} of {calls} writes: the whole file only after it has been moved into place")


def check_killed(tap, directory, definitions):
    """kill -9 at any moment leaves at the name of the output what was there, or the whole new file."""
    path = os.path.join(directory, "killed.h5")
    command = [SIMDIT, "run", *definitions, "-o", path]
    start = time.monotonic()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    duration = time.monotonic() - start
    with open(path, "rb") as file:
        whole = file.read()
    found, rng = [], random.Random(1)
    for i in range(60):
        prepare_output(path, i % 2)
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            while i % 4 < 2 and process.poll() is None and not has_temporary(directory):
                pass  # half of them while there is a file to be written
            time.sleep(duration * rng.random() * (1.2 if i % 4 >= 2 else 0.5))
            process.kill()
        remove_temporaries(directory)
        found.append(state_of(path, i % 2, whole))
    tap.check("broken" not in found and "as before" in found, "killed: the whole file or none", found)
    check_killed_at_calls(tap, directory, command, path, whole)
    tap.equal([name for name in os.listdir(directory) if name.startswith("killed.h5.") and name[-4:] != ".tmp"], [],
              "killed: what is left over says that it is temporary")
    for name in os.listdir(directory):
        if name.startswith("killed.h5"):
            os.unlink(os.path.join(directory, name))


def peak_memory(*arguments):
    """[kB] of a run, as last seen before its end: getrusage() would count this process before exec()."""
    peak = 0
    environment = dict(os.environ, ASAN_OPTIONS="quarantine_size_mb=1")  # where it is built with that
    with subprocess.Popen([SIMDIT, "run", *arguments], stdout=subprocess.DEVNULL, env=environment) as process:
        while process.poll() is None:
            with open(f"/proc/{process.pid}/status", encoding="ascii") as status, open(
                    f"/proc/{process.pid}/comm", encoding="ascii") as name:
                lines = dict(line.split(":", 1) for line in status)
                if name.read().strip() == "simdit" and "VmHWM" in lines:
                    peak = max(peak, int(lines["VmHWM"].split()[0]))
            time.sleep(0.002)
    return process.returncode, peak


def check_memory(tap, directory):
    """A run that is ten times longer needs as much memory."""
    path = os.path.join(directory, "long.h5")
    runs = [peak_memory("--hw", "inference-01", "--net", "resnet50", "--batch", batch, "-o", path)
            for batch in ("64", "640")]
    os.unlink(path)
    tap.equal([status for status, _ in runs], [0, 0], "two runs")
    tap.check(0 < runs[1][1] < runs[0][1] + 2500, "memory does not grow with the length of the run", runs)
    print(f"# peaks: {[peak for _, peak in runs]} kB")


def check_stdout(tap, definitions):
    for arguments in (["run", *definitions], ["list"], ["--help"], ["--version"], ["run", "--help"]):
        with open("/dev/full", "wb") as full:
            process = subprocess.run([SIMDIT, *arguments], stdout=full, stderr=subprocess.PIPE, text=True,
                                     check=False)
        process.stdout = ""
        tap.check(not complaints(process) and "No space left" in process.stderr,
                  f"{arguments[0]} {arguments[-1][-10:]} to a full device", *complaints(process))


def check_attributes(tap, file, directory, path):
    attributes = {key: text(value) for key, value in file.attrs.items()}
    expected = {"format": "simdit-run", "machine_name": "my machine", "network_name": "small",
                "phase": "inference", "pipeline": "decoupled", "dram": "ideal", "batch": "3",
                "clock_fs": "800000", "format_version": "3"}
    version = run("--version").stdout.split()[1]
    tap.equal({key: attributes.get(key) for key in expected}, expected, "attributes")
    tap.equal(attributes["program_version"], version, "program_version")
    command = f"simdit run --hw '{directory}/my machine.json' --net {directory}/network.json --batch 3 "
    tap.equal(attributes["command_line"], command + f"-o {path}", "command_line, quoted")


def check_repeating(tap, directory):
    """A run of an expanded graph again, from the graph and the options that its file holds."""
    path, network = os.path.join(directory, "training.h5"), os.path.join(directory, "graph.json")
    arguments = ["--hw", "training-08", "--batch", "4"]
    table = run_csv(*arguments, "--net", "resnet18", "--phase", "training", "--optimizer", "momentum",
                    "--weight-decay", "-o", path)
    with h5py.File(path, "r") as file:
        attributes = {key: text(value) for key, value in file.attrs.items()}
        with open(network, "w", encoding="utf-8") as copy:
            copy.write(text(file["network"][()]))
        phases = [text(phase) for phase in file["layers"]["phase"]]
    tap.equal(phases, [row["phase"] for row in table], "the column phase")
    options = ["--expand", attributes["expand"], "--optimizer", attributes["optimizer"],
               *(["--weight-decay"] if attributes["weight_decay"] == "1" else [])]
    again = run_csv(*arguments, "--net", network, "--phase", attributes["phase"], *options)
    tap.equal(again, table, "a training run from its file")


def check_contents(tap, directory):
    machine = write(directory, "my machine.json", MACHINE)
    network = write(directory, "network.json", NETWORK)
    path = os.path.join(directory, "out.h5")
    definitions = ["--hw", machine, "--net", network, "--batch", "3"]
    table = run_csv(*definitions)
    contents = []
    for _ in range(2):
        process = run("run", *definitions, "-o", path)
        tap.equal((process.returncode, process.stderr), (0, ""), "a run with -o")
        with open(path, "rb") as file:
            contents.append(file.read())
        if len(contents) == 1:
            write(directory, "out.h5", OLD)
            time.sleep(1.1)  # HDF5's time stamps are in seconds
    tap.check(contents[0] == contents[1], "two runs, the same bytes; an older file is replaced")
    with h5py.File(path, "r") as file:
        check_attributes(tap, file, directory, path)
        layers = file["layers"]
        tap.equal(list(layers.dtype.names), list(table[0]), "columns of /layers are those of the CSV")
        wrong = [(row["layer"], name) for row, values in zip(table, layers[:]) for name in row
                 if text(values[name]) != row[name] and float(row[name]) != values[name]]
        tap.check(len(table) == len(layers) and not wrong, "rows of /layers are those of the CSV", wrong)
        units = {name: text(layers.attrs.get(f"{name}.unit", None)) for name in layers.dtype.names}
        tap.equal({name: units[name] for name in ("steps", "total_cycles", "dram_bytes", "wbuf_bits")},
                  {"steps": "tile", "total_cycles": "cycle", "dram_bytes": "byte", "wbuf_bits": "bit"},
                  "units are attributes")
        tap.equal([name for name in units if units[name] == "None"
                   or not layers.attrs.get(f"{name}.help")], [], "every column has a unit and a help")
        tap.equal(int(file.attrs["cycles"]), int(layers["total_cycles"].sum()), "cycles is the sum")
        check_pandas(tap, layers, table)
        again = ["--hw", write(directory, "stored-machine.json", file["machine"][()]),
                 "--net", write(directory, "stored-network.json", file["network"][()]), "--batch", "3"]
    tap.equal(run_csv(*again), table, "/machine and /network reproduce the run")
    with open(os.path.join(directory, "stored-machine.json"), encoding="utf-8") as file:
        stored = json.load(file)
    tap.equal({key: stored[key] for key in MACHINE}, MACHINE, "/machine is the machine")


def check_pandas(tap, layers, table):
    try:
        import pandas
    except ImportError:
        tap.check(True, "pandas # SKIP it is not installed")
        return
    frame = pandas.DataFrame(layers[:])
    tap.equal(frame["total_cycles"].tolist(), [int(row["total_cycles"]) for row in table], "pandas")


def check_odd_names(tap, directory):
    """A file name that is not UTF-8 reaches neither JSON nor attributes as it is."""
    network = os.fsencode(directory) + b"/odd\xff.json"
    with open(network, "w", encoding="utf-8") as file:
        json.dump({key: value for key, value in NETWORK.items() if key != "name"}, file)
    path = os.path.join(directory, "odd.h5")
    process = subprocess.run([SIMDIT, "run", "--hw", "default", "--net", network, "--format", "json", "-o",
                              path], capture_output=True, check=False)
    tap.check(process.returncode == 0 and json.loads(process.stdout.decode()), "JSON with an odd name")
    with h5py.File(path, "r") as file:
        tap.check(all("\udcff" not in text(value) for value in file.attrs.values()),
                  "attributes with an odd name")


def check_inputs(tap, directory):
    """What is read is not written over, by whatever name."""
    network = write(directory, "net.json", NETWORK)
    here = lambda name: os.path.join(directory, name)  # noqa: E731
    run("run", "--hw", "default", "--net", network, "-o", here("run.h5"))
    for shard in "12":
        run("explore", "--net", network, "--sram-budget", "1MiB", "--bandwidth-budget", "512", "--shard",
            f"{shard}/2", "-o", here(f"shard{shard}.h5"))
    trace = write(directory, "t.trc", "0 R 0\n")
    os.symlink("run.h5", here("link.h5"))
    cases = [(["run", "--hw", "default", "--net", network, "-o", network], network),
             (["report", here("run.h5"), "-o", here("run.h5")], here("run.h5")),
             (["report", here("run.h5"), "-o", here("link.h5")], here("run.h5")),
             (["trace", here("run.h5"), "-o", here("run.h5")], here("run.h5")),
             (["counters", here("run.h5"), "--counter", "axi_simd.idle", "--format", "h5", "-o", here("run.h5")],
              here("run.h5")),
             (["merge", here("shard1.h5"), here("shard2.h5"), "-o", here("shard2.h5")], here("shard2.h5")),
             (["dram", "--config", "hbm2", "--commands", trace, trace], trace),
             (["dram", "--config", "hbm2", "--requests", trace, trace], trace)]
    for arguments, path in cases:
        with open(path, "rb") as file:
            before = file.read()
        process = run(*arguments)
        with open(path, "rb") as file:
            after = file.read()
        tap.check(process.returncode == 2 and after == before and "expected another file" in process.stderr,
                  f"{arguments[0]} does not write over what it reads", process.stderr)
    process = run("dram", "--config", "hbm2", "--commands", here("x"), "--requests", here("x"), trace)
    tap.check(process.returncode == 2 and not os.path.exists(here("x")), "nor two things into one file")


tap = Tap()
with scratch() as directory:
    definitions = ["--hw", "default", "--net", write(directory, "network.json", NETWORK)]
    check_full_disk(tap, directory, definitions)
    check_places(tap, directory, definitions)
    check_stopped(tap, directory, definitions)
    check_killed(tap, directory, definitions)
    check_memory(tap, directory)
    check_stdout(tap, definitions)
with scratch() as directory:
    check_contents(tap, directory)
    check_repeating(tap, directory)
    check_odd_names(tap, directory)
with scratch() as directory:
    check_inputs(tap, directory)
tap.done()
