#!/usr/bin/env python3
"""Which directory of src/ may include which: data flows one way. Prints every include that does not."""

import pathlib
import re
import sys

MAY_INCLUDE = {
    "base": set(),
    "engine": {"base"},
    "machine": {"base"},
    "workload": {"base"},
    "program": {"base", "workload"},
    "sched": {"base", "machine", "workload", "program"},
    "model": {"base", "machine", "workload", "program"},
    "hw": {"base", "engine", "machine", "workload", "program"},
    "energy": {"base", "machine", "workload", "program", "engine", "hw"},
    "record": {"base", "engine"},
    "report": {"base"},  # likewise
    "trace": {"base"},  # and recordings, through the public headers
    "sim": {"base", "engine", "machine", "workload", "program", "sched", "model", "hw", "record",
            "energy"},
    "explore": {"base", "machine", "workload", "program", "sched", "model", "record", "sim",
                "energy"},
    "cli": set(),  # the public headers only
}
# Libraries that one place only may use, so that replacing one touches one place.
ONLY_IN = {"hdf5.h": {"record"}, "json-glib/json-glib.h": {"base"}, "gio/gio.h": {"base", "report"},
           "protobuf-c/protobuf-c.h": {"trace"}}

root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".") / "src"
wrong = 0
for path in sorted(root.glob("*/**/*.[ch]")):
    here = path.relative_to(root).parts[0]
    for number, line in enumerate(path.read_text().splitlines(), 1):
        quoted = re.match(r'\s*#\s*include\s+"([^/"]+)/', line)
        system = re.match(r"\s*#\s*include\s+<([^>]+)>", line)
        problem = None
        if here not in MAY_INCLUDE:
            problem = f"{here}/ is not a known layer"
        elif quoted and quoted[1] != here and quoted[1] not in MAY_INCLUDE[here]:
            problem = f"{here} may not include {quoted[1]}"
        elif system and here not in ONLY_IN.get(system[1], {here}):
            problem = f"{here} may not include <{system[1]}>"
        if problem:
            wrong += 1
            print(f"{path}:{number}: {problem}")
sys.exit(wrong > 0)
