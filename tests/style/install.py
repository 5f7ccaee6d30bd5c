#!/usr/bin/env python3
"""meson install: the program runs from there, and pkg-config is enough to build against the library."""

import glob
import os
import subprocess
import sys
import tempfile

build, compiler = sys.argv[1], sys.argv[2]
PROGRAM = """#include <simdit/simdit.h>
#include <stdio.h>
int main (void) { puts (simdit_version ()); return 0; }
"""

with tempfile.TemporaryDirectory(prefix="simdit-install-") as root:
    environment = {k: v for k, v in os.environ.items() if k != "SIMDIT_DATA_DIR"}
    subprocess.run(["meson", "install", "-C", build, "--no-rebuild", "--destdir", root],
                   check=True, stdout=subprocess.DEVNULL, env=environment)
    (pc,) = glob.glob(f"{root}/**/pkgconfig/simdit.pc", recursive=True)
    (program,) = glob.glob(f"{root}/**/bin/simdit", recursive=True)
    libraries = os.path.dirname(os.path.dirname(pc))
    environment.update(LD_LIBRARY_PATH=libraries)
    listed = subprocess.run([program, "list", "networks"], capture_output=True, text=True,
                            env=environment, cwd=root)
    # The prefix is that of the staging directory here, which moves GLib's paths, too.
    prefix = os.path.dirname(os.path.dirname(program))
    flags = []
    for arguments in ([f"--define-variable=prefix={prefix}", "simdit"], ["glib-2.0"]):
        flags += subprocess.run(["pkg-config", "--cflags", "--libs", *arguments],
                                capture_output=True, text=True, check=True,
                                env=dict(os.environ, PKG_CONFIG_PATH=os.path.dirname(pc))
                                ).stdout.split()
    subprocess.run([compiler, "-x", "c", "-", "-o", f"{root}/client", f"-L{libraries}", *flags],
                   input=PROGRAM, text=True, check=True)
    version = subprocess.run([f"{root}/client"], capture_output=True, text=True, env=environment)
    print("1..2")
    fine = listed.returncode == 0 and "resnet50" in listed.stdout
    print(f"{'' if fine else 'not '}ok 1 - the installed program finds its definitions")
    built = version.returncode == 0 and version.stdout.strip() != ""
    print(f"{'' if built else 'not '}ok 2 - a client builds with pkg-config and runs")
    sys.exit(not (fine and built))
