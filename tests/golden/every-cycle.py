#!/usr/bin/env python3
"""Every counter of random small networks on random small machines, in every cycle, against a machine that is stepped
through them (helpers/stepped)."""

import json
import os
import random
import re
import sys
from collections import defaultdict

import h5py

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
from reference import Tap, run, scratch  # noqa: E402
from stepped.cases import Case, expanded  # noqa: E402
from stepped.machine import BUFFERS, Simulation  # noqa: E402

RUNS = 80
MAX_CYCLES = 12000  # they take a second
# What none of these runs can do: real DRAM, buffers that only one side writes, and a wait that belongs to a buffer
# that another one has before; and what is compared otherwise.
UNUSED = re.compile(r"axi_\w+\.wait_(queue|bus_\w+|refresh|turnaround|conflict|miss|latency)"
                    r"|[wbi]buf\.(dma_read|write)_bits|\w+\.halves_(taken|freed)")


def step_through(case):
    """All counters of all layers, one after the other, and cycles; None: too many."""
    counters, cycles = defaultdict(lambda: defaultdict(int)), 0
    for layer in case.layers():
        cycles = Simulation(case.machine, layer, case.pipeline, case.memory(), cycles, counters).run()
        if cycles > MAX_CYCLES:
            return None
    return {name: [values[t] for t in range(max(cycles, max(values) + 1))]
            for name, values in counters.items()}, cycles


def shown(name, begin, end):
    """The same of one counter, as `simdit counters` prints it."""
    text = run("counters", "run.h5", "--counter", name, "--from", begin, "--to", end, "--format", "csv").stdout
    return [int(line.split(",")[1]) for line in text.splitlines()[1:]]


def difference(name, got, expected, begin):
    at = next((t for t, pair in enumerate(zip(got, expected)) if pair[0] != pair[1]), min(len(got), len(expected)))
    return f"{name} from cycle {begin + at} on: {got[at:at + 12]}, expected {expected[at:at + 12]}"


def compare(counters, cycles, begin, end):
    """What differs in a window, which may reach beyond the end of the run: nothing happens there."""
    got, nothing = expanded(begin, end), [0] * (end - begin)
    for name in sorted(set(counters) - set(got)):
        yield f"there is no counter {name}"
    for name, values in got.items():
        expected = (counters[name][begin:end] if name in counters else []) or nothing
        expected = expected + nothing[len(expected):]
        if not is_change(name) and (values or nothing) != expected:
            yield difference(name, values or nothing, expected, begin)
    yield from compare_changes(counters, cycles, got, begin, end)


def is_change(name):
    return name.endswith((".halves_taken", ".halves_freed"))


def changes_of(counters, cycles):
    """By buffer, halves taken less halves freed in each cycle: they follow from how many are occupied. What is freed
    as the run ends is in no cycle of it."""
    for buffer in BUFFERS:
        occupied = (counters.get(f"{buffer}.occupied_halves", []) + [0] * cycles)[:cycles]
        yield buffer, [b - a for a, b in zip([0] + occupied, occupied)]


def compare_changes(counters, cycles, got, begin, end):
    nothing = [0] * (end - begin)
    for buffer, changes in changes_of(counters, cycles):
        taken, freed = (got[f"{buffer}.halves_{which}"] or nothing for which in ("taken", "freed"))
        if [a - b for a, b in zip(taken, freed)] != (changes + nothing)[begin:end]:
            yield f"{buffer}: halves taken and freed"


def compare_overview(counters, cycles):
    with h5py.File("run.h5") as file:
        group = file["counters"]
        names = [name.decode() for name in group["names"]["name"]]
        bins, width = group["overview"][:].tolist(), int(group["overview"].attrs["bin_cycles"])
    bins = dict(zip(names, bins))
    expected = {name: counters.get(name, []) for name in names if not is_change(name)}
    for buffer, changes in changes_of(counters, cycles):
        expected[buffer] = changes
        bins[buffer] = [a - b for a, b in zip(*(bins[f"{buffer}.halves_{which}"] for which in ("taken", "freed")))]
    for name, values in expected.items():
        values = values + [0] * (cycles - len(values))
        if bins[name] != (values if width == 1 else [sum(values[at:at + width]) for at in range(0, cycles, width)]):
            yield f"{name}: its overview"


def check_run(tap, what, rng, counters, cycles):
    begin = rng.randrange(cycles)
    end = rng.choice((cycles, min(begin + rng.randint(1, 1000), cycles)))
    wrong = [*compare(counters, cycles, 0, cycles + 50), *compare(counters, cycles, begin, end),
             *compare_overview(counters, cycles)]
    for name in rng.sample(sorted(counters), 2):
        got, expected = shown(name, begin, end), counters[name][begin:end]
        if got != expected:
            wrong.append("counters: " + difference(name, got, expected, begin))
    busy = sum(any(values) for values in counters.values())
    tap.check(not wrong, f"{what}: {busy} counters are not 0; also in cycles {begin} to {end} by themselves", *wrong)


# Of these some are what it takes to see a rule at work: SIMD loads that must not overtake stores; psums that come back;
# what one pass leaves for the next; sums over batches.
RARE = [{"training": False, "perceptron": False, "pools": False, "pipeline": "decoupled", "vmem": "double",
         "shared": None, "narrow": True, "deep": False}] * 10
RARE += [{"training": False, "perceptron": False, "pipeline": "decoupled", "shared": None, "deep": True}] * 4
RARE += [{"training": True, "perceptron": False, "pools": False, "pipeline": "decoupled", "vmem": "double"}] * 8
RARE += [{"training": False, "pools": False, "classes": True, "pipeline": "decoupled", "vmem": "double"}] * 4
RARE += [{"training": True, "perceptron": True, "pools": False}] * 5
tap = Tap()
rng = random.Random(int(os.environ.get("SEED", "2")))
done = refused = 0
used = set()
with scratch() as directory:
    os.chdir(directory)
    while done < RUNS and refused < 20 * RUNS:
        case = Case(rng, **(RARE[done] if done < len(RARE) else {}))
        process = case.run()
        stepped = step_through(case) if process.returncode == 0 else None
        if stepped is None:  # does not fit, or takes too long
            refused += 1
            continue
        counters, cycles = stepped
        done += 1
        used |= {name for name, values in counters.items() if any(values)}
        what = f"{case.describe()}, {cycles} cycles"
        if tap.equal(json.loads(process.stdout)["totals"]["total_cycles"], cycles, f"{what}: cycles"):
            check_run(tap, what, rng, counters, cycles)
    names = set(expanded(0, 1))
print(f"# {refused} others do not fit or take too long")
never = sorted(name for name in names - used if not UNUSED.fullmatch(name))
tap.check(done == RUNS and not never, "so many runs, and every counter was used", refused, never)
tap.done()
