#!/usr/bin/env python3
"""Each public header compiles alone."""

import os
import subprocess
import sys

root, compiler = sys.argv[1], sys.argv[2]
flags = subprocess.run(["pkg-config", "--cflags", "glib-2.0"], capture_output=True, text=True,
                       check=True).stdout.split()
headers = sorted(os.listdir(os.path.join(root, "include/simdit")))
print(f"1..{len(headers)}")
failed = 0
for i, header in enumerate(headers, 1):
    result = subprocess.run(
        [compiler, "-std=c17", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-x", "c", "-",
         "-I", os.path.join(root, "include"), *flags],
        input=f"#include <simdit/{header}>\n#include <simdit/{header}>\n", text=True)
    failed += result.returncode != 0
    print(f"{'not ' if result.returncode else ''}ok {i} - {header}")
sys.exit(failed > 0)
