"""The reference data, TAP output, and a way to run the program under test."""

import csv
import io
import os
import subprocess
import sys
import tarfile
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SIMDIT = os.environ.get("SIMDIT", os.path.join(ROOT, "build/src/simdit"))


class Reference:
    """Members of tests/data/ARCHIVE.tar.xz by path."""

    def __init__(self, archive="reference"):
        self.tar = tarfile.open(os.path.join(ROOT, f"tests/data/{archive}.tar.xz"))
        self.names = sorted(m.name for m in self.tar.getmembers() if m.isfile())

    def text(self, name):
        return self.tar.extractfile(name).read().decode()

    def rows(self, name):
        return list(csv.DictReader(io.StringIO(self.text(name))))

    def extract(self, name, directory):
        self.tar.extract(name, directory)
        return os.path.join(directory, name)


class Tap:
    """Test Anything Protocol: one line per check, the plan at the end."""

    def __init__(self):
        self.n = 0
        self.failed = 0

    def check(self, good, name, *details):
        self.n += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.n} - {name}")
        if not good:
            for detail in details[:8]:
                print("#", str(detail).replace("\n", "\n# "))
        sys.stdout.flush()
        return good

    def equal(self, got, expected, name):
        return self.check(got == expected, name, f"got {got!r}", f"expected {expected!r}")

    def done(self):
        print(f"1..{self.n}")
        sys.exit(self.failed > 0)


def run(*arguments, **options):
    """Runs simdit; returns the finished process with text output."""
    environment = dict(os.environ, LC_ALL="C.UTF-8")
    return subprocess.run([SIMDIT, *map(str, arguments)], capture_output=True, text=True,
                          env=environment, **options)


def run_csv(*arguments):
    process = run("run", *arguments, "--format", "csv")
    if process.returncode != 0:
        raise RuntimeError(process.stderr)
    return list(csv.DictReader(io.StringIO(process.stdout)))


def scratch():
    return tempfile.TemporaryDirectory(prefix="simdit-test-")
