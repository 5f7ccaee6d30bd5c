#!/usr/bin/env python3
"""Pages of simdit report in headless Chromium: makes them, browser.cjs looks at them."""

import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
from definitions import MACHINE, NETWORK, SHOUTING, renamed, write  # noqa: E402
from reference import ROOT, run, scratch  # noqa: E402

CHROMIUM = shutil.which("chromium")
LIBRARY = os.path.join(ROOT, "node_modules/playwright-core")


def why_not():
    if shutil.which("node") is None:
        return "there is no node"
    if CHROMIUM is None:
        return "there is no chromium"
    if not os.path.isdir(LIBRARY):
        return "there is no node_modules/playwright-core: run npm ci"
    if os.environ["INTERACTIVE"] != "1":
        return "built without node_modules/uplot: run npm ci, then meson setup --reconfigure"
    return None


if why_not():
    print(f"1..0 # SKIP {why_not()}")
    sys.exit(0)
with scratch() as directory:
    hw = write(directory, "hw.json", MACHINE)
    runs = {
        "few": ["validate", "--hw", hw, "--net", write(directory, "net.json", renamed(NETWORK, SHOUTING))],
        # So many activities that the timeline is made of bins.
        "many": ["run", "--hw", "inference-04", "--net", "resnet18", "--dram", "ddr4-2400"],
        # With energy: clock, leakage and area of all components; phases.
        "inference": ["run", "--hw", hw, "--net", os.path.join(directory, "net.json"), "--energy", "osu018-8x8-int8-45nm"],
        "training": ["run", "--hw", "training-08", "--net", "resnet18", "--phase", "training", "--batch", "2", "--energy",
                     "22nm:memory=hbm2"],
    }
    for name, words in runs.items():
        path = os.path.join(directory, name)
        for command in ([*words, "-o", path + ".h5"], ["report", path + ".h5", "-o", path + ".html"]):
            run(*command, check=True)
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "browser.cjs")
    sys.exit(subprocess.run(["node", script, LIBRARY, CHROMIUM, directory]).returncode)
