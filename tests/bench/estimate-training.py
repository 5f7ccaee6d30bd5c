#!/usr/bin/env python3
"""Times estimates of a training network of the reference: estimate-training.py BENCH MACHINE NET."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
from reference import Reference, scratch  # noqa: E402

bench, machine, net = sys.argv[1:]
with scratch() as directory:
    spec = Reference().extract(f"simdit/nets/{net}_training.json", directory)
    sys.exit(subprocess.run([bench, machine, spec, "32"], check=False).returncode)
