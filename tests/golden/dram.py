#!/usr/bin/env python3
"""The timing DRAM model against Ramulator 2.1, Ramulator 1 (LPDDR4) and DRAMsim3 on the same traces.

Ramulator 2.1 (FRFCFS) is met to the clock everywhere. Of Ramulator 1 some rules are not ours: it lets a
row be closed that was opened for a waiting request, and decides between reads and writes at every clock.
DRAMsim3 has other queues; we must be as near to it as Ramulator is, give or take 1 % of the time.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
from dram_reference import CONFIGS, MICRO, DramReference, is_mix, percent  # noqa: E402
from reference import Tap, scratch  # noqa: E402

tap = Tap()


def check_micro(reference):
    probes = {}
    for row in reference.rows("dram/micro_results.csv"):
        if row["tool"] == MICRO[row["config"]][1]:
            clocks = int(row["accepted"]), int(row["completed"])
            probes.setdefault((row["config"], row["trace"]), []).append(clocks)
    tap.equal(len(probes), 42, "14 probes of 3 standards")
    for (kind, trace), expected in sorted(probes.items()):
        tap.equal(reference.replay_micro(kind, trace), expected, f"{trace}: every clock")


def counts(row):
    return {name: int(row[name]) for name in
            ("cycles_done", "n_act", "n_pre", "n_rd_cmd", "n_wr_cmd", "n_ref", "rdlat_p50",
             "rdlat_p99", "rdlat_max")}


def check_traces(reference):
    ours = {}
    for config, trace, row in reference.of("ramulator2"):
        ours[config, trace] = got = reference.replay(config, trace)
        tap.equal(counts(got), counts(row), f"{config} {trace} equals Ramulator 2.1")
        tap.check(abs(float(got["rdlat_avg"]) - float(row["rdlat_avg"])) < 0.0051
                  and abs(float(got["bw_GBps"]) - float(row["bw_GBps"])) < 0.00051,
                  f"{config} {trace}: latency and bandwidth too", got, row)
    for config, trace, row in reference.of("ramulator1"):
        ours[config, trace] = got = reference.replay(config, trace)
        limit = 6 if "mix21fine" in trace else 2 if is_mix(trace) else 0.5
        name = f"{config} {trace}: {percent(got['cycles_done'], row['cycles_done']):+.3f} %"
        tap.check(abs(percent(got["cycles_done"], row["cycles_done"])) <= limit
                  and abs(int(got["n_ref"]) - int(row["n_ref"])) <= 1
                  and (is_mix(trace) or abs(percent(got["n_act"], row["n_act"])) <= 1),
                  f"{name} of Ramulator 1, at most {limit}", got, row)
    for config, trace, row in reference.of("dramsim3"):
        if (config, trace) in ours:
            peer = reference.results[CONFIGS[config][1], config, trace]
            far = abs(percent(ours[config, trace]["cycles_done"], row["cycles_done"]))
            tap.check(far <= abs(percent(peer["cycles_done"], row["cycles_done"])) + 1,
                      f"{config} {trace}: {far:.2f} % from DRAMsim3, as {CONFIGS[config][1]} is")


def check_row_hit(reference):
    for config, trace, row in reference.of("ramulator2_rowhit"):
        if config not in ("ddr4_2400_m2", "hbm2_2000pc_m2"):
            continue
        far = percent(reference.replay(config, trace, ",sched=rowhit")["cycles_done"],
                      row["cycles_done"])
        tap.check(abs(far) <= (3 if is_mix(trace) else 0.1),
                  f"{config} {trace} rowhit: {far:+.3f} % of Ramulator 2.1")


with scratch() as directory:
    data = DramReference(directory)
    check_micro(data)
    check_traces(data)
    check_row_hit(data)
tap.done()
