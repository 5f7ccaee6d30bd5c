#!/usr/bin/env python3
"""Counts the checks in a meson test log: "N passed, N failed"."""

import json
import re
import sys

passed = failed = 0
for line in open(sys.argv[1]):
    test = json.loads(line)
    checks = re.findall(r"^(not )?ok\b(?!.*# SKIP)", test.get("stdout", ""), re.MULTILINE)
    bad = sum(1 for check in checks if check)
    passed += len(checks) - bad
    if test["result"] not in ("OK", "SKIP"):
        bad = max(bad, 1)  # a test that ended early has failed, whatever it printed
    elif not checks:
        passed += 1
    failed += bad
print(f"{passed} passed, {failed} failed")
