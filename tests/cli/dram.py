#!/usr/bin/env python3
"""simdit dram: formats, files, definitions with bases, and what it says of bad input."""

import csv
import gzip
import io
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
from definitions import check_refused, write  # noqa: E402
from reference import ROOT, Tap, run, scratch  # noqa: E402

KEYS = ["cycles_done", "bw_GBps", "rdlat_avg", "rdlat_p50", "rdlat_p99", "n_act", "n_pre", "n_rd_cmd",
        "n_wr_cmd", "n_ref"]
TRACE = "".join(f"{3 * i} {'RW'[i % 3 == 0]} {(i * 7919 % 65536) * 64:x}\n" for i in range(500))
TRACES = [
    ("no such file", None, "cannot be read: No such file"),
    ("a word too many", "1 R 40 x\n", 'line 1: expected "ARRIVAL R|W HEXADDRESS", got "1 R 40 x"'),
    ("a word too few", "1 R 40\n2 R\n", 'line 2: expected'),
    ("neither read nor write", "1 R 40\n2 X 40\n", 'line 2: expected'),
    ("an empty line", "1 R 40\n\n", 'line 2: expected'),
    ("a negative arrival", "-1 R 40\n", 'line 1: expected'),
    ("not hexadecimal", "1 R g0\n", 'line 1: expected'),
    ("an address beyond 64 bits", "1 R 10000000000000000\n", 'line 1: expected'),
    ("an arrival beyond 64 bits", "99999999999999999999 R 0\n", 'line 1: expected'),
    ("an arrival beyond simulated time", "9999999999999999999 R 0\n", "beyond simulated time"),
    ("a NUL byte", "1 R 40\n\0\n", "line 2: expected text, got a NUL byte"),
    ("an endless line", "1" * 200000, "line 1: expected lines of at most 64 KiB"),
    ("half a gzip file", gzip.compress(TRACE.encode())[:300], "the gzip file ends too early"),
    ("broken gzip", b"\x1f\x8b\x08" + b"\xff" * 64, "the gzip file is damaged"),
]
DEFINITIONS = [
    ("an unknown key", {"base": "ddr4-2400", "rows": 4}, '$: unknown key "rows"'),
    ("an unknown time", {"base": "ddr4-2400", "timing": {"tRCD": 4}},
     '$.timing: unknown key "tRCD"; did you mean "tRC"?'),
    ("a time out of range", {"base": "ddr4-2400", "timing": {"tRP": 0}},
     "$.timing.tRP: expected an integer from 1 to 65535, got 0"),
    ("a value with more than a source", {"base": "ddr4-2400", "timing": {"tRP": {"value": 1, "unit": "ns"}}},
     '$.timing.tRP: unknown key "unit"'),
    ("a source without value", {"base": "ddr4-2400", "timing": {"tRP": {"source": "me"}}},
     '$.timing.tRP: the key "value" is missing'),
    ("no base", {"timing": {"tRP": 4}}, 'the key "clock_ps" is missing'),
    ("half a definition", {"clock_ps": 1000}, '$.organisation: the key "groups" is missing'),
    ("its own base", {"base": "mine"}, "expected at most 8 bases of bases"),
    ("a base elsewhere", {"base": "../default"}, "expected the name of a definition in the same folder"),
    ("a base that is not there", {"base": "ddr9"}, "ddr9.json: cannot be read"),
    ("a bad word", {"base": "ddr4-2400", "controller": {"page": "shut"}},
     '$.controller.page: expected "open" or "closed", got "shut"'),
]
USAGE = [
    ("no memory", ["trace.trc"], "--config and one trace are needed"),
    ("no trace", ["--config", "hbm2"], "--config and one trace are needed"),
    ("two traces", ["--config", "hbm2", "a", "b"], "--config and one trace are needed"),
    ("a strange format", ["--config", "hbm2", "--format", "xml", "a"], "expected table, csv or json"),
]

tap = Tap()


def replay(*arguments):
    process = run("dram", *arguments, "--format", "json")
    tap.equal((process.returncode, process.stderr), (0, ""), f"dram {arguments[1]} works")
    return json.loads(process.stdout)


def check_output(directory):
    path = write(directory, "trace.trc", TRACE)
    row = replay("--config", "ddr4-2400", path)
    tap.equal([key for key in KEYS if key not in row], [], "the keys scripts rely on")
    tap.equal((row["config"], row["trace"], row["n_req"]), ("ddr4-2400", "trace", 500), "what was replayed")
    process = run("dram", "--config", "ddr4-2400", "--format", "csv", path)
    tap.equal(next(csv.DictReader(io.StringIO(process.stdout))),
              {key: str(value) for key, value in row.items()}, "CSV says the same")
    lines = run("dram", "--config", "ddr4-2400", path).stdout.splitlines()
    tap.equal([line.split()[0] for line in lines], ["name", *row], "a line per value for people")
    tap.equal(replay("--config", "DDR4-2400", path), row, "names in capitals")
    tap.equal(replay("--config", os.path.join(ROOT, "hwdefs/dram/ddr4-2400.json"), path), row, "by file")
    half = len(TRACE) // 2
    packed = gzip.compress(TRACE[:half].encode()) + gzip.compress(TRACE[half:].encode())
    tap.equal(replay("--config", "ddr4-2400", write(directory, "trace.trc.gz", packed)), row,
              "gzip, in two members")
    tap.equal(replay("--config", "ddr4-2400", write(directory, "dos", TRACE.replace("\n", "\r\n")[:-2])),
              dict(row, trace="dos"), "CR LF, no end of the last line")
    empty = replay("--config", "hbm2", write(directory, "empty", ""))
    tap.equal((empty["n_req"], empty["cycles_done"]), (0, 0), "an empty trace")


def check_files(directory):
    path = write(directory, "trace.trc", TRACE)
    commands, requests = os.path.join(directory, "c.csv"), os.path.join(directory, "r.csv")
    row = replay("--config", "ddr4-2400:ranks=2,channels=2", "--commands", commands, "--requests", requests,
                 path)
    with open(commands, encoding="ascii") as file:
        issued = list(csv.DictReader(file))
    count = lambda *names: sum(command["command"] in names for command in issued)  # noqa: E731
    tap.equal([count("ACT"), count("PRE", "PREA"), count("RD"), count("WR"), count("REF")],
              [row[key] for key in ("n_act", "n_pre", "n_rd_cmd", "n_wr_cmd", "n_ref")],
              "every command is in the trace")
    tap.equal(({c["channel"] for c in issued}, {c["rank"] for c in issued}, {c["bank_group"] for c in issued}),
              ({"0", "1"}, {"0", "1"}, {"0", "1", "2", "3"}), "and says where")
    with open(requests, encoding="ascii") as file:
        served = list(csv.DictReader(file))
    tap.equal([f"{r['arrival']} {r['op']} {r['address']}\n" for r in served],
              TRACE.splitlines(keepends=True), "every request is in the other")
    tap.equal(max(int(r["completed"]) for r in served), row["cycles_done"], "and when it was served")
    for option in ("--commands", "--requests"):
        check_refused(tap, f"{option} nowhere", ["/nowhere/x.csv: cannot be written"], "dram", "--config",
                      "hbm2", option, "/nowhere/x.csv", path)
        if os.path.exists("/dev/full"):
            check_refused(tap, f"{option} on a full disk", ["/dev/full: cannot be written"], "dram",
                          "--config", "hbm2", option, "/dev/full", path)


def check_extremes(directory):
    """Times as long as they may be, so that refreshes come due faster than they can be made."""
    path = write(directory, "t.trc", "".join(f"0 {'RW'[i % 3 == 0]} {i * i * 7919 % 1048576 * 64:x}\n"
                                             for i in range(400)))
    text = run("dram", "--help").stdout
    longest = re.findall(r"^  (t[A-Z]\w*|CL|CWL) .*\.\.(\d+)$", text, re.M)
    tap.check(len(longest) > 20, "times have limits", text)
    for memory in ("ddr4-2400", "hbm2", "lpddr4-3200:refresh=bank"):
        wrong, refused = [], []
        for name, limit in longest:
            process = run("dram", "--config", memory + ("," if ":" in memory else ":") + f"{name}={limit}",
                          "--format", "json", path)
            if process.returncode == 1 and "$.timing" in process.stderr:
                refused.append(name)
            elif process.returncode != 0 or json.loads(process.stdout)["cycles_done"] < 400:
                wrong.append((name, process.stderr))
        tap.equal(wrong, [], f"{memory}: the longest times are simulated, too")
        tap.check(len(refused) <= 8, f"{memory}: or refused, where they contradict others", refused)


def check_bad(directory):
    path = write(directory, "trace.trc", TRACE)
    for name, text, message in TRACES:
        bad = os.path.join(directory, "bad.trc") if text is None else write(directory, "b.trc", text)
        check_refused(tap, name, [message, bad if text is not None and "time" not in message else ""],
                      "dram", "--config", "ddr4-2400", bad)
    shipped = os.path.join(ROOT, "hwdefs/dram/ddr4-2400.json")
    with open(shipped, encoding="utf-8") as file:
        write(directory, "ddr4-2400.json", file.read())
    for name, definition, message in DEFINITIONS:
        mine = write(directory, "mine.json", json.dumps(definition))
        check_refused(tap, name, [mine, message], "dram", "--config", mine, path)
    check_refused(tap, "an unknown memory", ["ddr9", "no DRAM of that name", "hbm2, "], "dram", "--config",
                  "ddr9", path)
    for name, arguments, message in USAGE:
        process = run("dram", *arguments)
        tap.check(process.returncode == 2 and message in process.stderr and process.stdout == "", name,
                  process)


with scratch() as folder:
    check_output(folder)
    check_files(folder)
    check_extremes(folder)
    check_bad(folder)
tap.done()
