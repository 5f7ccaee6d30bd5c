"""The tools of the silicon flow, each as a function of files."""

import os
import shutil
import subprocess

import tiles

HERE = os.path.dirname(os.path.abspath(__file__))
# Reading order; each needs those before it.
BENCH = ["pe", "systolic_array", "sram_bank", "tile_loops", "tile_engine", "tile_bench"]


class FlowError(Exception):
    pass


def rtl(*names):
    return [os.path.join(HERE, "rtl", f"{name}.sv") for name in names]


def call(arguments, directory):
    """Standard output of a tool; what it had to say becomes the error if it fails."""
    done = subprocess.run(arguments, cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise FlowError(f"{' '.join(arguments)}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


class VerilatorBench:
    """rtl/tile_bench.sv as a program, for any array shape."""

    def __init__(self, directory, act_bits, weight_bits, acc_bits):
        self.directory = directory
        self.widths = {"ACT_BITS": act_bits, "WEIGHT_BITS": weight_bits, "ACC_BITS": acc_bits,
                       "ADDRESS_BITS": tiles.ADDRESS_BITS}

    def build(self, rows, columns):
        """Path of the program. All shapes share a directory, so that Verilator's own library is compiled once."""
        parameters = {"ROWS": rows, "COLUMNS": columns, **self.widths}
        call(["verilator", "--binary", "--top-module", "tile_bench", "--timescale", "1ps/1ps", "-Mdir", "verilated",
              "--MAKEFLAGS", "OPT_GLOBAL=-O0 OPT_SLOW=-O0",
              *(f"-G{name}={value}" for name, value in parameters.items()), *rtl(*BENCH)], self.directory)
        program = os.path.join(self.directory, f"bench-{rows}x{columns}")
        shutil.move(os.path.join(self.directory, "verilated/Vtile_bench"), program)
        return program

    def run(self, program, text):
        """Lines that the bench prints for the commands in @text, without Verilator's farewell."""
        path = os.path.join(self.directory, "commands")
        with open(path, "w") as file:
            file.write(text)
        lines = call([program, f"+commands={path}"], self.directory).splitlines()
        return [line for line in lines if not line.startswith("- ")]
