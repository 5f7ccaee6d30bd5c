#!/usr/bin/env python3
"""Seeded mutations of definitions: the program succeeds or complains in one line, and ends."""

import concurrent.futures
import copy
import json
import os
import random
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
from definitions import MACHINE, NETWORK, SPEC, complaints, write  # noqa: E402
from reference import ROOT, Tap, run, scratch  # noqa: E402

SEED = int(os.environ.get("FUZZ_SEED", "1"))
ROUNDS = int(os.environ.get("FUZZ_ROUNDS", "150"))
TIMEOUT = 10  # seconds: a machine this slow has other problems
VALUES = [0, 1, 2, 3, 7, 63, 64, 65, 1000, 65536, 2**31 - 1, 2**31, 2**32, 2**48, 2**60, 2**63 - 1, 2**63,
          2**64, 10**30, -1, -2**63, 0.5, 1e-300, 1e300, "", "x", "relu", "gemm", "softmax", "DRAM", None,
          True, [], {}, [[]], [1, 2, 3], {"a": 1}, "é" * 100, "\x7f", "\U0001f600"]
BYTES = [b"", b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"0", b"9", b"-", b".", b"e9", b"\n", b"\0",
         b"\xff", b"\xc3", b"\\u", b"\\ud83d", b"null", b"1e999", b"/*", b"'"]


def places(value, path=()):
    """Paths of all values inside @value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield path + (key,)
        yield from places(inner, path + (key,))


def mutate_structure(rng, definition):
    result = copy.deepcopy(definition)
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        paths = list(places(result))
        if not paths:
            break
        path = rng.choice(paths)
        parent = result
        for key in path[:-1]:
            parent = parent[key]
        action = rng.randrange(6)
        if action == 0:
            del parent[path[-1]]
        elif action == 1 and isinstance(parent, dict):
            parent[rng.choice([str(path[-1]) + "x", "", "a\nb", "KH", "inputs"])] = parent.pop(path[-1])
        elif action == 2:
            other = result
            for key in rng.choice(paths):
                other = other[key]
            parent[path[-1]] = copy.deepcopy(other)
        elif action == 3 and isinstance(parent, list):
            parent.insert(rng.randrange(len(parent) + 1), copy.deepcopy(parent[path[-1]]))
        else:
            parent[path[-1]] = rng.choice(VALUES)
    return json.dumps(result, ensure_ascii=rng.random() < 0.5).encode()


def mutate_bytes(rng, definition):
    text = json.dumps(definition).encode()
    for _ in range(rng.choice([1, 1, 2, 8])):
        at = rng.randrange(len(text) + 1)
        action = rng.randrange(4)
        if action == 0:
            text = text[:at] + rng.choice(BYTES) + text[at:]
        elif action == 1:
            text = text[:at] + rng.choice(BYTES) + text[at + 1:]
        elif action == 2:
            text = text[:at] + text[at + rng.randrange(20):]
        else:
            text = text[:at] + bytes([rng.randrange(256)]) + text[at + 1:]
    return text


def shipped(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return json.load(file)


def make_cases(directory):
    """Name, arguments, for each mutation."""
    resnet = shipped("traces/resnet18.json")
    machines = {"default": MACHINE, "inference-01": shipped("hwdefs/inference-01.json")}
    networks = {"small": NETWORK, "resnet18": resnet, "spec": SPEC}
    good = {name: write(directory, f"{name}.json", value) for name, value in {**machines, **networks}.items()}
    for option, bases in (("--hw", machines), ("--net", networks)):
        for base, definition in bases.items():
            for mutate in (mutate_structure, mutate_bytes):
                for i in range(ROUNDS // 2):
                    rng = random.Random(f"{SEED} {base} {mutate.__name__} {i}")
                    name = f"{base}-{mutate.__name__}-{i}"
                    bad = write(directory, name + ".json", mutate(rng, definition))
                    other = ["--net", good["small"]] if option == "--hw" else ["--hw", good["default"]]
                    pipeline = rng.choice(["lockstep", "decoupled"])
                    output = ["-o", os.path.join(directory, name + ".h5")] if rng.random() < 0.2 else []
                    yield name, ["run", option, bad, *other, "--pipeline", pipeline, "--batch",
                                 rng.choice([1, 1, 3, 64]), "--format", "csv", *output]
                    if option == "--net" and base != "spec":
                        yield name + "-training", ["estimate", option, bad, *other, "--phase", "training",
                                                   "--expand", rng.choice(["full", "simdit"])]


def judge(case):
    name, arguments = case
    try:
        process = run(*arguments, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        return "late", [f"{name}: {arguments}: takes more than {TIMEOUT} s"]
    if process.returncode == 0:
        return "good", [f"{name}: {process.stderr[:200]!r}"] if process.stderr else []
    return "bad", [f"{name}: {what}" for what in complaints(process)]


tap = Tap()
with scratch() as directory:
    cases = list(make_cases(directory))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        verdicts = list(pool.map(judge, cases))
    wrong = [what for _, complaint in verdicts for what in complaint]
    tap.check(not wrong, f"{len(cases)} mutations of seed {SEED}", f"{len(wrong)} wrong", *wrong)
    leftovers = [name for name in os.listdir(directory) if name.endswith(".tmp")]
    tap.equal(leftovers, [], "no unfinished files")
    outcomes = [outcome for outcome, _ in verdicts]
    for outcome in ("good", "bad"):
        tap.check(outcomes.count(outcome) > len(cases) // 20, f"some are {outcome}", outcomes.count(outcome))
tap.done()
