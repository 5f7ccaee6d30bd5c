#!/usr/bin/env python3
"""Commands and options that work: help, list, formats, and where definitions come from."""

import csv
import io
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
from definitions import MACHINE, NETWORK, SPEC, check_refused, write  # noqa: E402
from reference import ROOT, SIMDIT, Tap, run, run_csv, scratch  # noqa: E402

CONTRACT = ["layer", "name", "operation", "unit", "steps", "compute_cycles", "stall_cycles",
            "total_cycles", "dram_bytes"]
NAMES = ("name", "operation", "unit", "phase")
RATIOS = ("pe_utilization", "pe_utilization_padded")
INDICES = ("layer", "start_cycle")


def succeeds(tap, name, *arguments, **options):
    process = run(*arguments, **options)
    tap.equal((process.returncode, process.stderr), (0, ""), name)
    return process.stdout


def check_help(tap):
    text = succeeds(tap, "--help", "--help")
    commands = re.findall(r"^  (\w+) +\w", text, re.M)
    tap.check({"run", "list"} <= set(commands), "--help names the commands", text)
    for command in commands:
        text = succeeds(tap, f"{command} --help", command, "--help")
        option = "--output" if command == "report" else "--format"  # a page has one format
        tap.check(f"simdit {command}" in text and option in text, f"{command} --help explains", text)
    text = succeeds(tap, "run --help", "run", "--help")
    options = ["--hw", "--net", "--phase", "--batch", "--pipeline", "--dram", "-o,", "--format"]
    tap.equal([option for option in options if option not in text], [], "run --help names its options")
    tap.check(re.fullmatch(r"simdit \d+\.\d+\.\d+\n", succeeds(tap, "--version", "--version")),
              "--version is a version")


def check_list(tap):
    folders = {"machine": "hwdefs", "network": "traces", "dram": "hwdefs/dram", "energy-table": "hwdefs/energy"}
    names = {kind: [name[:-5] for name in sorted(os.listdir(os.path.join(ROOT, folder)))
                    if name.endswith(".json")] for kind, folder in folders.items()}
    for argument, kinds in ((None, list(names)), *((f"{kind}s", [kind]) for kind in names)):
        arguments = ["list"] + ([argument] if argument else [])
        expected = [(kind, name) for kind in kinds for name in names[kind]]
        rows = list(csv.DictReader(io.StringIO(succeeds(tap, f"{arguments} csv", *arguments, "--format",
                                                        "csv"))))
        tap.equal([(row["kind"], row["name"]) for row in rows], expected, f"{arguments}: names")
        tap.equal(json.loads(succeeds(tap, f"{arguments} json", *arguments, "--format", "json")), rows,
                  f"{arguments}: JSON is the CSV")
        lines = succeeds(tap, f"{arguments} table", *arguments).splitlines()
        tap.equal([tuple(line.split()[:2]) for line in lines[1:]], expected, f"{arguments}: table")
        tap.equal(lines, succeeds(tap, "default", *arguments, "--format", "table").splitlines(),
                  f"{arguments}: a table is the default")


def check_formats(tap):
    arguments = ["run", "--hw", "default", "--net", "resnet18", "--batch", "2"]
    text = succeeds(tap, "run csv", *arguments, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    tap.equal([name for name in CONTRACT if name not in rows[0]], [], "the columns scripts rely on")
    tap.equal([row["layer"] for row in rows], [str(i) for i in range(len(rows))], "layers count from 0")
    counts = [name for name in rows[0] if name not in (*NAMES, *RATIOS)]
    tap.equal([(row["layer"], name) for row in rows for name in counts if not row[name].isdigit()], [],
              "counts are integers")
    free = [row for row in rows if row["unit"] == "none"]
    tap.check([row["operation"] for row in free] == ["coarse_flatten"] and free[0]["total_cycles"] == "0",
              "free operators are zero rows", free)
    document = json.loads(succeeds(tap, "run json", *arguments, "--format", "json"))
    tap.equal([{name: str(value) for name, value in layer.items() if name not in RATIOS}
               for layer in document["layers"]],
              [{name: value for name, value in row.items() if name not in RATIOS} for row in rows],
              "JSON layers are the CSV")
    tap.equal([layer[name] for layer in document["layers"] for name in RATIOS],
              [float(row[name]) for row in rows for name in RATIOS], "ratios too")
    sums = {name: sum(int(row[name]) for row in rows) for name in counts if name not in INDICES}
    tap.equal({name: document["totals"].get(name) for name in sums}, sums, "JSON totals are sums")
    table = succeeds(tap, "run table", *arguments)
    lines = table.splitlines()
    tap.equal([line.split()[:2] for line in lines[1:len(rows) + 1]],
              [[row["layer"], row["name"]] for row in rows], "the table has the rows")
    total = next(line.split() for line in lines if line.startswith("total"))
    tap.check(str(sums["total_cycles"]) in total and str(sums["dram_bytes"]) in total,
              "the table has the totals", total)
    tap.check(f"{sums['total_cycles']} cycles" in lines[-1] and "ms" in lines[-1], "the last line",
              lines[-1])
    tap.equal(succeeds(tap, "run --format=table", *arguments, "--format=table"), table, "--option=value")


def check_options(tap, directory):
    base = ["--hw", "inference-01", "--net", "resnet18"]
    plain = run_csv(*base)
    tap.equal(run_csv(*base, "--batch", "1", "--phase", "inference", "--dram", "ideal", "--pipeline",
                      "decoupled"), plain, "the defaults spelled out")
    lockstep = run_csv(*base, "--pipeline", "lockstep")
    tap.check(lockstep != plain, "--pipeline matters")
    machine = write(directory, "machine.json", dict(MACHINE, pipeline="lockstep"))
    network = write(directory, "network.json", NETWORK)
    tap.equal(run_csv("--hw", machine, "--net", network),
              run_csv("--hw", "default", "--net", network, "--pipeline", "lockstep"),
              "the machine's own pipeline")
    training = write(directory, "training.json", dict(SPEC, mode="training"))
    tap.equal(run_csv("--hw", machine, "--net", training, "--phase", "training"),
              run_csv("--hw", machine, "--net", training), "--phase may be left out")
    check_refused(tap, "--phase that disagrees", ["training.json: it describes training, but --phase"],
                  "run", "--hw", machine, "--net", training, "--phase", "inference")


def check_tables(tap, directory):
    """Only what is asked for excludes another table: a machine's energy does not, nor do formats that have both."""
    network = write(directory, "network.json", NETWORK)
    base = ["--hw", write(directory, "energetic.json", dict(MACHINE, energy="45nm")), "--net", network, "--dram", "ddr4-2400"]
    for option, column in (("--stalls", "last_store"), ("--memory", "row_hit_rate")):
        tap.check(column in succeeds(tap, f"{option} where the machine has energy", "run", *base, option),
                  f"{option} where the machine has energy: its table")
    both = run_csv(*base, "--energy", "45nm", "--stalls")
    tap.check("stall_last_store" in both[0] and "total_pj" in both[0], "CSV has stalls and energy")


def check_net(tap, directory):
    text = succeeds(tap, "net csv", "net", "--net", "resnet18", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    tap.equal([row["name"] for row in rows], [row["name"] for row in run_csv("--hw", "default", "--net",
                                                                              "resnet18")], "net: layers")
    tap.equal({row["inputs"] for row in rows if row["name"] == "layer2.0.add"}, {"15 16"}, "net: edges")
    document = json.loads(succeeds(tap, "net json", "net", "--net", "resnet18", "--format", "json"))
    tap.equal([{name: str(value) for name, value in row.items()} for row in document], rows,
              "net: JSON is the CSV")
    lines = succeeds(tap, "net table", "net", "--net", "resnet18").splitlines()
    tap.equal([line.split()[:2] for line in lines[1:]], [[row["layer"], row["name"]] for row in rows],
              "net: the table")
    spec = write(directory, "spec.json", SPEC)
    text = succeeds(tap, "net of a spec", "net", "--net", spec, "--format", "csv")
    tap.equal([row["name"] for row in csv.DictReader(io.StringIO(text))], ["relu_0", "conv_bias_1"],
              "net of a spec: layers")


def check_places(tap, directory):
    base = ["--net", "resnet18", "--hw"]
    expected = run_csv(*base, "inference-09")
    path = os.path.join(ROOT, "hwdefs/inference-09.json")
    tap.equal(run_csv("--hw", path, "--net", os.path.join(ROOT, "traces/resnet18.json")), expected,
              "by file")
    shutil.copy(path, os.path.join(directory, "mine.json"))
    os.mkdir(os.path.join(directory, "resnet18"))
    text = succeeds(tap, "elsewhere", "run", *base, "mine.json", "--format", "csv", cwd=directory)
    tap.equal(list(csv.DictReader(io.StringIO(text))), expected, "elsewhere, a directory of that name too")
    data = os.path.join(directory, "data")
    os.makedirs(os.path.join(data, "hwdefs"))
    shutil.copy(path, os.path.join(data, "hwdefs/theirs.json"))
    os.environ["SIMDIT_DATA_DIR"] = data
    text = succeeds(tap, "$SIMDIT_DATA_DIR", "list", "--format", "csv")
    tap.equal([row["name"] for row in csv.DictReader(io.StringIO(text))], ["theirs"],
              "$SIMDIT_DATA_DIR replaces what is shipped")
    tap.equal(run_csv("--hw", "theirs", "--net", os.path.join(ROOT, "traces/resnet18.json")), expected,
              "a name in $SIMDIT_DATA_DIR")
    check_refused(tap, "nothing there", ["those are: none (is $SIMDIT_DATA_DIR right?)"], "run", "--hw",
                  "theirs", "--net", "resnet18")
    write(os.path.join(data, "hwdefs"), "broken.json", "{")
    process = run("list")
    tap.check(process.returncode == 1 and "theirs" in process.stdout and "broken.json" in process.stderr,
              "list shows what it can and fails", process.stdout, process.stderr)


def on_terminal(*arguments):
    """What a run shows on a terminal; as soon as that is something, the run is interrupted."""
    terminal, stderr = pty.openpty()
    shown = b""
    with subprocess.Popen([SIMDIT, "run", *arguments], stdout=subprocess.DEVNULL, stderr=stderr) as process:
        os.close(stderr)
        try:
            while text := os.read(terminal, 4096):
                if not shown:
                    process.send_signal(signal.SIGINT)
                shown += text
        except OSError:  # the other end is closed
            pass
    os.close(terminal)
    return shown.decode()


def has_terminals():
    try:
        for end in pty.openpty():
            os.close(end)
    except OSError:
        return False
    return True


def check_terminal(tap, long):
    tap.equal(on_terminal("--hw", "default", "--net", "resnet18"), "", "no progress of a short run")
    shown = on_terminal(*long)
    tap.check(re.match(r"\r\[#* *\] layer \d+ of 122, [\d.]+ M cycles, [\d.]+ M/s, (\d+:)+\d\d left", shown), "progress on a terminal", shown)
    tap.check(re.search(r"\r +\rsimdit: the run was interrupted; the table has \d+ of 122 layers\r\n$", shown), "the bar is removed", shown)


def check_progress(tap):
    long = ["--hw", "inference-01", "--net", "resnet50", "--batch", "8192"]
    if has_terminals():
        check_terminal(tap, long)
    else:
        tap.check(True, "progress on a terminal # SKIP no pseudoterminals here (is /dev/pts mounted?)")
    with subprocess.Popen([SIMDIT, "run", *long], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        try:
            process.wait(2)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
        tap.check(re.fullmatch(r"simdit: the run was interrupted; the table has \d+ of 122 layers\n",
                               process.communicate()[1].decode()), "no progress in a file")


tap = Tap()
check_help(tap)
check_list(tap)
check_formats(tap)
check_progress(tap)
with scratch() as directory:
    check_options(tap, directory)
    check_tables(tap, directory)
    check_net(tap, directory)
    check_places(tap, directory)
tap.done()
