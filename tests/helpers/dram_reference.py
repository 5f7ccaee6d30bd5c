"""The DRAM reference set: which of our memories stands for which of its configurations, and how far we
are from the simulators that made its figures."""

import csv
import os

from reference import Reference, run

# Configuration of results.csv: our memory, and whose controller it has.
CONFIGS = {
    "ddr4_2400_m1": ("ddr4-2400", "ramulator2"),
    "ddr4_2400_m2": ("ddr4-2400", "ramulator2"),
    "ddr4_2400_m3": ("ddr4-2400", "ramulator2"),
    "ddr4_2400_q160_m1": ("ddr4-2400:rq=160,wq=64", "ramulator2"),
    "ddr4_2400_q160_m2": ("ddr4-2400:rq=160,wq=64", "ramulator2"),
    "ddr4_3200_m2": ("ddr4-3200", "ramulator2"),
    "hbm2_2000pc_m1": ("hbm2", "ramulator2"),
    "hbm2_2000pc_m2": ("hbm2", "ramulator2"),
    "hbm2_x128_m2": ("hbm2-x128", "ramulator2"),
    "lpddr4_2400_m2": ("lpddr4-2400", "ramulator1"),
    "lpddr4_3200_m1": ("lpddr4-3200", "ramulator1"),
    "lpddr4_3200_m2": ("lpddr4-3200", "ramulator1"),
}
MICRO = {
    "ddr4": ("ddr4-2400:map=ro16-ba2-bg2-co7", "ramulator2"),
    "hbm": ("hbm2:map=ro15-ba2-bg2-co5", "ramulator2"),
    "lp4": ("lpddr4-3200:map=ro15-ba3-co6", "ramulator1"),
}


def is_mix(trace):
    """Reads and writes, as fast as they go: what controllers disagree about."""
    return "mix" in trace and "_g" not in trace


class DramReference(Reference):
    def __init__(self, directory):
        super().__init__("dram")
        self.directory = directory
        self.results = {}
        for row in self.rows("dram/results.csv"):
            self.results[row["tool"], row["config"], row["trace"]] = row

    def of(self, tool):
        """(configuration, trace, row) of a tool, where we have that configuration."""
        return [(config, trace, row) for (name, config, trace), row in sorted(self.results.items())
                if name == tool and config in CONFIGS]

    def replay(self, config, trace, extra=""):
        """Our row for a configuration of results.csv and a trace."""
        memory, tool = CONFIGS[config]
        bits = self.results[tool, config, trace]["address_map_msb_to_lsb"].replace(",", "-")
        memory += ("," if ":" in memory else ":") + f"map={bits}{extra}"
        path = self.extract(f"dram/traces/{trace}.trc", self.directory)
        process = run("dram", "--config", memory, "--format", "csv", path)
        if process.returncode != 0:
            raise RuntimeError(process.stderr)
        return next(csv.DictReader(process.stdout.splitlines()))

    def replay_micro(self, kind, trace):
        """The accepted and completed clocks of a probe's requests."""
        path = self.extract(f"dram/micro/{trace}.trc", self.directory)
        requests = os.path.join(self.directory, "requests.csv")
        process = run("dram", "--config", MICRO[kind][0], "--requests", requests, path)
        if process.returncode != 0:
            raise RuntimeError(process.stderr)
        with open(requests, encoding="ascii") as file:
            return [(int(row["accepted"]), int(row["completed"])) for row in csv.DictReader(file)]


def percent(ours, theirs):
    return 100 * (int(ours) - int(theirs)) / int(theirs)
