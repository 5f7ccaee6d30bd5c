#!/usr/bin/env python3
"""simdit run on real DRAM: no layer is faster than the memory can be."""

import csv
import io
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
from definitions import shipped  # noqa: E402
from reference import Tap, run  # noqa: E402

MEMORIES = [("ddr4-2400", 1), ("ddr4-2400", 2), ("hbm2", 1)]


def clock_of(machine):
    """Of the accelerator, in ps."""
    result = json.loads(run("run", "--hw", machine, "--net", "resnet18", "--format", "json").stdout)
    return result["seconds"] * 1e12 / sum(layer["total_cycles"] for layer in result["layers"])


def peak(name, channels):
    """Bytes per ps: a request takes the data bus of its channel for tBURST clocks."""
    memory = shipped(f"hwdefs/dram/{name}.json")
    burst = memory["timing"]["tBURST"]["value"] * memory["clock_ps"]["value"]
    return memory["organisation"]["request_bytes"]["value"] * channels / burst


def layers_of(machine, memory):
    """Per layer: cycles, bytes of all requests, and of those that became a burst."""
    process = run("run", "--hw", machine, "--net", "resnet18", "--dram", memory, "--memory", "--format", "csv")
    layers = {}
    for row in csv.DictReader(io.StringIO(process.stdout)):
        cycles, requested, moved = layers.get(row["name"], (0, 0, 0))
        bursts = sum(int(row[key]) for key in ("row_hits", "row_misses", "row_conflicts"))
        size = int(row["request_bytes"]) // int(row["requests"])
        layers[row["name"]] = (int(row["total_cycles"]), requested + int(row["request_bytes"]),
                               moved + bursts * size)
    return layers


def main():
    tap = Tap()
    for machine in ("inference-04", "inference-09"):
        clock = clock_of(machine)
        for name, channels in MEMORIES:
            memory = f"{name}:channels={channels}"
            layers = layers_of(machine, memory)
            used = {layer: requested / (cycles * clock * peak(name, channels))
                    for layer, (cycles, requested, _) in layers.items()}
            title = f"{machine}, {memory}"
            tap.check(len(layers) == 48, f"{title}: all layers", sorted(layers))
            tap.check(all(moved <= requested for _, requested, moved in layers.values()),
                      f"{title}: no more bursts than requests")
            tap.check(max(used.values()) <= 1, f"{title}: every layer within the memory's bandwidth",
                      *(f"{layer}: {share:.4f}" for layer, share in used.items() if share > 1))
            tap.check(max(used.values()) > 0.5, f"{title}: the bound is near: {max(used.values()):.3f}")
    tap.done()


if __name__ == "__main__":
    main()
