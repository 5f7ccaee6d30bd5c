#!/usr/bin/env python3
"""Bad input: one message that says where, what and what is accepted, and exit status 1."""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
from definitions import (LAYERS, MACHINE, NETWORK, REMOVE, SPEC, changed, check_refused,  # noqa: E402
                         complaints, write)
from reference import Tap, run, scratch  # noqa: E402

HUGE = 2**31
EVERY_BUFFER = ["IBUF", "WBUF", "OBUF", "BBUF", "SIMD_VMEM"]
GARBAGE = [
    ("an empty file", b"", "not valid JSON: it is empty"),
    ("only space", b" \n ", "not valid JSON: it is empty"),
    ("truncated JSON", json.dumps(MACHINE)[:200], "not valid JSON: line 1"),
    ("not UTF-8", json.dumps(MACHINE).encode().replace(b"64x64", b"\xff"), "expected UTF-8 text"),
    ("a NUL byte", json.dumps(MACHINE).encode().replace(b"64x64", b"\0"), "expected UTF-8 text"),
    ("a trailing comma", '{"ARRAY_N": 1,}', "not valid JSON: line 1"),
    ("text after the value", json.dumps(MACHINE) + "{}", "expected the end of the file"),
    ("an octal number", '{"ARRAY_N": 010}', "leading zeros"),
    ("a key twice", json.dumps(MACHINE)[:-1] + ', "ARRAY_N": 16}', 'line 1: expected each key once, got "ARRAY_N" twice'),
    ("a number beyond doubles", '{"ARRAY_N": 1e400}', "line 1: expected a number that fits 64 bits, without leading "
     "zeros, got 1e400"),
    ("NaN", '{"ARRAY_N": NaN}', "not valid JSON: line 1"),
    ("a NUL in a string", json.dumps(MACHINE).replace("64x64", "64\\u0000"), "expected a string without NUL"),
    ("a hexadecimal number", '{"ARRAY_N": 0x10}', "expected a number"),
    ("a comment", "// x\n{}", "comments are not JSON"),
    ("half a surrogate pair", r'{"description": "\ud800"}', "not valid JSON: line 1"),
    ("deep arrays", "[" * 500000, "nested too deeply"),
    ("deep objects", '{"a":' * 100000 + "1" + "}" * 100000, "nested too deeply"),
    ("a number", "3", "$: expected an object, got 3"),
    ("an array", "[]", "$: expected an object, got an array"),
]
MACHINES = [
    (["ARRAY_N"], 0, ["$.ARRAY_N: ", "expected an integer from 1 to 65536, got 0"]),
    (["ARRAY_N"], -4, ["$.ARRAY_N: ", "got -4"]),
    (["ARRAY_N"], 1.5, ["$.ARRAY_N: ", "got 1.5"]),
    (["ARRAY_N"], 16.0, ["$.ARRAY_N: ", "expected an integer", "got 16.0"]),
    (["ARRAY_N"], "16", ["$.ARRAY_N: ", 'got "16"']),
    (["ARRAY_N"], None, ["$.ARRAY_N: ", "got null"]),
    (["ARRAY_N"], True, ["$.ARRAY_N: ", "got true"]),
    (["ARRAY_N"], [16], ["$.ARRAY_N: ", "got an array"]),
    (["ARRAY_N"], {}, ["$.ARRAY_N: ", "got an object"]),
    (["ARRAY_N"], 65537, ["$.ARRAY_N: ", "got 65537"]),
    (["ARRAY_N"], 2**63, ["line 1: expected a number that fits 64 bits"]),
    (["ARRAY_N"], 2**64 + 16, ["line 1: expected a number that fits 64 bits"]),
    (["ARRAY_N"], 16 - 2**64, ["line 1: expected a number that fits 64 bits"]),
    (["ARRAY_N"], REMOVE, ['$: the key "ARRAY_N" is missing']),
    (["ARAY_N"], 16, ['$: unknown key "ARAY_N"; did you mean "ARRAY_N"?']),
    (["clock_ns"], 1, ['unknown key "clock_ns"; did you mean "clock_ps"?']),
    (["a\nb\x1b" + "c" * 100000], 1, ['unknown key "a\\u000ab\\u001bccc', '..."; did you mean']),
    (["clock_ps"], 0, ["$.clock_ps: expected a clock period", "got 0"]),
    (["clock_ps"], 0.0001, ["$.clock_ps: ", "at most three decimals"]),
    (["clock_ps"], 1e300, ["$.clock_ps: ", "got 1"]),
    (["pipeline"], "fast", ['$.pipeline: expected "lockstep" or "decoupled", got "fast"']),
    (["pipeline"], "", ["$.pipeline: expected one line of text, not empty", 'got ""']),
    (["dram"], "ddr9", ["$.dram: ", "not a model (ideal, shared)", "ddr9: there is no such file", "ddr4-2400, "]),
    (["dram"], "ddr4-2400:channels=3", ["$.dram: ", "NAME:key=value: channels: expected a power of two, got 3"]),
    (["arbiter"], "lottery", ['$.arbiter: expected "round_robin", "weighted" or "priority", got "lottery"']),
    (["tensor_layout"], "chwn", ['$.tensor_layout: expected "nhwc" or "nchw", got "chwn"']),
    (["axi_outstanding"], 0, ["$.axi_outstanding: expected an integer from 1 to 256, got 0"]),
    (["axi_burst_bytes"], 8192, ["$.axi_burst_bytes: expected an integer from 1 to 4096, got 8192"]),
    (["vmem_buffering"], 2, ["$.vmem_buffering: expected a string", "got 2"]),
    (["description"], "two\nlines", ["$.description: expected one line of text", r'got "two\nlines"']),
]
NETWORKS = [
    (["format"], "onnx", ['$.format: expected "simdit-network", got "onnx"']),
    (["format"], REMOVE, ["$: expected a network", "simdit-network"]),
    (["version"], 2, ["$.version: expected an integer from 1 to 1, got 2"]),
    (["layer"], [], ['unknown key "layer"; did you mean "layers"?']),
    (["layers"], REMOVE, ['$: the key "layers" is missing']),
    (["layers"], [], ["$.layers: expected at least one layer"]),
    (["layers"], {}, ["$.layers: expected an array, got an object"]),
    (["inputs"], REMOVE, ['$: the key "inputs" is missing']),
    (["inputs"], [], ["$.inputs: expected an object, got an array"]),
    (["inputs", "image"], [3, 32], ["$.inputs.image: expected [channels, height, width]", "2"]),
    (["inputs", "image", 1], 0, ["$.inputs.image[1]: expected an integer from 1 to", "got 0"]),
    (["inputs", "image", 1], 2**31 + 1, ["$.inputs.image[1]: ", "got 2147483649"]),
    (["layers", 0], 7, ["$.layers[0]: expected an object, got 7"]),
    (["layers", 0, "name"], REMOVE, ['$.layers[0]: the key "name" is missing']),
    (["layers", 0, "name"], 7, ["$.layers[0].name: expected a string", "got 7"]),
    (["layers", 0, "name"], "relu", ["$.layers[1].name: ", '"relu" is taken already']),
    (["layers", 0, "name"], "image", ["$.layers[0].name: ", '"image" is taken already']),
    (["layers", 0, "operation"], "conv_bais",
     ['$.layers[0].operation: nothing models the operation "conv_bais"; did you mean "conv_bias"?']),
    (["layers", 1, "operation"], "relu_grad", ["$.layers[1].operation: nothing models", '"relu"']),
    (["layers", 0, "kernel"], REMOVE, ['$.layers[0]: the key "kernel" is missing']),
    (["layers", 0, "kernel"], 0, ["$.layers[0].kernel: expected an integer from 1 to", "got 0"]),
    (["layers", 0, "kernel"], [3], ["$.layers[0].kernel: expected a number or [height, width], got 1"]),
    (["layers", 0, "kernel"], [], ["$.layers[0].kernel: expected a number or [height, width]"]),
    (["layers", 0, "kernel"], [3, -1], ["$.layers[0].kernel[1]: ", "got -1"]),
    (["layers", 0, "kernel"], 99, ["$.layers[0]: the 99x99 window does not fit its 32x32 input"]),
    (["layers", 0, "stride"], 0, ["$.layers[0].stride: ", "got 0"]),
    (["layers", 0, "batch_norm"], 1, ["$.layers[0].batch_norm: expected true or false", "got 1"]),
    (["layers", 0, "pad"], -1, ["$.layers[0].pad: expected an integer from 0 to", "got -1"]),
    (["layers", 0, "channels"], 2.5, ["$.layers[0].channels: ", "got 2.5"]),
    (["layers", 0, "chanels"], 2, ['unknown key "chanels"; did you mean "channels"?']),
    (["layers", 1, "kernel"], 2, ['$.layers[1]: unknown key "kernel"']),
    (["layers", 1, "inputs"], [], ["$.layers[1].inputs: relu reads 1 tensor(s), got 0"]),
    (["layers", 1, "inputs"], "conv", ["$.layers[1].inputs: expected an array"]),
    (["layers", 1, "inputs"], ["cnv"], ['$.layers[1].inputs[0]: nothing is named "cnv"']),
    (["layers", 1, "inputs"], ["relu"], ["$.layers[1].inputs[0]: ", "cycle"]),
    (["layers", 0, "inputs"], ["pool"], ["$.layers[0].inputs[0]: ", "form a cycle"]),
    (["layers", 7, "inputs"], ["add"], ["$.layers[7]: gemm reads a vector, got 8x8 maps", "flatten"]),
    (["layers", 3, "channels"], 71,
     ["$.layers[4]: elem_add needs inputs of one shape, got [70, 8, 8] and [71, 8, 8]"]),
]
SPECS = [
    (["mode"], "play", ['$.mode: expected "inference" or "training", got "play"']),
    (["mode"], REMOVE, ['$: the key "mode" is missing']),
    (["program"], [], ["$.program: expected at least one layer"]),
    (["program", 0, "operation"], "rleu", ['nothing models the operation "rleu"', '"relu"']),
    (["program", 0, "operation"], "relu_grad", ['in specs of mode "training" only']),
    (["program", 0, "iterable_dimensions", "C"], 0, ["[0].iterable_dimensions.C: ", "got 0"]),
    (["program", 0, "iterable_dimensions", "C"], REMOVE, ['the key "C" is missing']),
    (["program", 0, "iterable_dimensions", "OH"], 1, ['unknown key "OH"']),
    (["program", 1, "operation_parameters", "stride"], 0, ["parameters.stride: ", "got 0"]),
    (["program", 0, "inputs"], [], ["$.program[0].inputs: expected at least 1"]),
    (["program", 0, "inputs", 0, "data_path"], [], ["inputs[0].data_path: expected a path"]),
    (["program", 0, "outputs", 0, "data_path"], ["SIMD"], ['expected "DRAM", got "SIMD"']),
    (["program", 0, "inputs", 0, "data_path", 2], "pe_array", ['expected "SIMD", got "pe_array"']),
]
USAGE = [
    ("no command", [], "Usage: simdit COMMAND"),
    ("an unknown command", ["simulate"], 'there is no command "simulate"'),
    ("an odd command", ["a\nb"], r'"a\x0ab"'),
    ("an unknown option", ["run", "--fast"], "Unknown option --fast"),
    ("no options", ["run"], "--hw and --net are needed"),
    ("no --hw", ["run", "--net", "resnet18"], "--hw and --net are needed"),
    ("an empty --hw", ["run", "--hw", "", "--net", "resnet18"], "--hw and --net are needed"),
    ("no value", ["run", "--hw"], "Missing argument for --hw"),
    ("no network to print", ["net"], "--net is needed"),
    ("list of what", ["list", "layers"], 'expected machines, networks, drams, energy-tables, columns or keys, got "layers"'),
    ("list of both", ["list", "machines", "networks"], 'got "networks"'),
    ("a list's format", ["list", "--format", "xml"], '--format: expected table, csv or json, got "xml"'),
]
RUN = ["run", "--hw", "default", "--net", "resnet18"]
USAGE_OF_RUN = [
    (["--pipeline", "fast"], '--pipeline: expected lockstep or decoupled, got "fast"'),
    (["--format", "xml"], '--format: expected table, csv or json, got "xml"'),
    (["--phase", "play"], '--phase: expected inference or training, got "play"'),
    (["--expand", "full"], "need --phase training"),
    (["--phase", "inference", "--optimizer", "adam"], "need --phase training"),
    (["--phase", "training", "--expand", "all"], '--expand: expected full or simdit, got "all"'),
    (["--phase", "training", "--optimizer", "lamb"],
     '--optimizer: expected sgd, momentum or adam, got "lamb"'),
    (["--batch", "two"], "“two”"),
    (["--batch", "1.5"], "“1.5”"),
    (["--batch", "0"], "--batch: expected 1 to 1048576, got 0"),
    (["--batch", "-1"], "got -1"),
    (["--batch", "1048577"], "got 1048577"),
    (["--batch", "9" * 30], "--batch"),
    (["-o", ""], "--output: expected the name of a file"),
    (["--memory"], "--memory: ideal DRAM has no rows; expected real DRAM"),
    (["--stalls", "--memory"], "--stalls, --memory: each prints a table of its own; expected one of them"),
    (["--memory", "--energy", "45nm"], "--energy, --memory: each prints"),
    (["--energy", "45nm", "--stalls"], "--energy, --stalls: each prints"),
    (["--energy", "45nm", "--stalls", "--memory"], "--energy, --stalls, --memory: each prints"),
    (["--stalls", "--memory", "--format", "csv"], "--stalls, --memory: each prints"),
    (["--energy", "45nm", "--memory", "--format", "json"], "--energy, --memory: each prints"),
    (["stray"], 'what is "stray"?'),
]


def check_files(tap, directory):
    for option, other in (("--hw", ["--net", "resnet18"]), ("--net", ["--hw", "default"])):
        check_refused(tap, f"{option}: no such file", ["none.json: ", "No such file"], "run", option,
                      os.path.join(directory, "none.json"), *other)
        check_refused(tap, f"{option}: a directory", [directory, "Is a directory"], "run", option,
                      directory, *other)
        check_refused(tap, f"{option}: a directory without a slash", [".: ", "Is a directory"], "run",
                      option, ".", *other)
        for name, content, words in GARBAGE:
            path = write(directory, "garbage.json", content)
            check_refused(tap, f"{option}: {name}", [path + ": ", words], "run", option, path, *other)
    check_refused(tap, "a file that does not end", ["/dev/zero: ", "at most"], "run", "--hw", "/dev/zero",
                  "--net", "resnet18")
    check_refused(tap, "an unknown machine", ["nosuch: ", "default, inference-01", "training-12"],
                  "run", "--hw", "nosuch", "--net", "resnet18")
    check_refused(tap, "an unknown network", ["nosuch: ", "resnet18, resnet50"], "run", "--hw", "default",
                  "--net", "nosuch")
    check_refused(tap, "an unknown DRAM", ["--dram: not a model (ideal, shared): ddr9: there is no such file",
                                           "ddr4-2400, ddr4-3200"], *RUN, "--dram", "ddr9")
    check_refused(tap, "a DRAM key", ['NAME:key=value: unknown key "chanels"; did you mean "channels"?'], *RUN,
                  "--dram", "ddr4-2400:chanels=2")
    check_refused(tap, "an odd name", [r"a\x0ab\x1b: "], "run", "--hw", "a\nb\x1b", "--net", "nosuch")


def check_definitions(tap, directory):
    machine = write(directory, "machine.json", MACHINE)
    network = write(directory, "network.json", NETWORK)
    spec = write(directory, "spec.json", SPEC)
    for net in (network, spec):
        process = run("run", "--hw", machine, "--net", net)
        tap.check(process.returncode == 0, "unbroken definitions", process.stderr)
    for option, base, other, changes in (("--hw", MACHINE, ["--net", network], MACHINES),
                                         ("--net", NETWORK, ["--hw", machine], NETWORKS),
                                         ("--net", SPEC, ["--hw", machine], SPECS)):
        for path, value, words in changes:
            bad = write(directory, "bad.json", changed(base, path, value))
            shown = "removed" if value is REMOVE else repr(value)
            check_refused(tap, f"{option}: {path!r:.60} {shown:.40}", [bad + ": ", *words], "run", option,
                          bad, *other)
    for mode, layers, word in (("order", [LAYERS[1], LAYERS[0]], "expected layers in execution order"),
                               ("cycle", chain(300000, "l299999"), '"l0" and "l299999" form a cycle')):
        bad = write(directory, "bad.json", dict(NETWORK, layers=layers))
        check_refused(tap, f"wrong {mode}", [bad + ": $.layers[0].inputs[0]: ", word], "run", "--hw",
                      machine, "--net", bad)
    long = write(directory, "long.json", dict(NETWORK, layers=chain(50000, "image")))
    process = run("run", "--hw", machine, "--net", long, "--format", "csv")
    tap.equal((process.returncode, process.stdout.count("\n")), (0, 50001), "a very long chain")


def chain(n, first):
    return [{"name": f"l{i}", "operation": "flatten", "inputs": [f"l{i - 1}" if i else first]}
            for i in range(n)]


def check_capacities(tap, directory):
    network = write(directory, "network.json", NETWORK)
    for buffer in EVERY_BUFFER:
        bad = write(directory, "tiny.json", dict(MACHINE, **{f"{buffer}_CAPACITY_BITS": 1024}))
        name = buffer.lower().replace("simd_", "")
        layer = 'layer 1 "relu" (relu)' if name == "vmem" else 'layer 0 "conv" (conv_bias)'
        check_refused(tap, f"{buffer} too small", ["small: ", layer, " on tiny: ", name, "too small"],
                      "run", "--hw", bad, "--net", network)
    relu = {"name": "relu", "operation": "relu", "inputs": ["image"]}
    for what, shape, word in (("operations", [HUGE, HUGE, HUGE], "overflow 64-bit counters"),
                              ("tiles", [64, 2**27, 2**22], "too many tiles: expected at most")):
        bad = write(directory, "huge.json", dict(NETWORK, inputs={"image": shape}, layers=[relu]))
        check_refused(tap, f"too many {what}", ['small: layer 0 "relu"', word], "run", "--hw", "default",
                      "--net", bad)
    check_refused(tap, "a huge batch", ["resnet50: layer ", "too many tiles", "smaller batch"], "run",
                  "--hw", "inference-01", "--net", "resnet50", "--batch", 1048576)
    machine = {key: 2**48 if "CAPACITY" in key else 2**24 if "AXI" in key else 65536 if "ARRAY" in key
               else 1 for key in MACHINE if key.isupper()}
    layers = [{"name": f"c{i}", "operation": "conv", "inputs": ["image"], "channels": 65536, "kernel": 1}
              for i in range(20)]
    check_refused(tap, "totals beyond 64 bits", ["layer 15", "totals of the network overflow"], "run",
                  "--hw", write(directory, "giant.json", machine), "--net",
                  write(directory, "totals.json", dict(
                      NETWORK, inputs={"image": [65536, 2**14, 2**14]}, layers=layers)))


def check_training(tap, directory):
    training = ["run", "--hw", "default", "--phase", "training", "--net"]

    def refused(name, words, layers, *options):
        net = write(directory, "net.json", dict(NETWORK, layers=layers))
        check_refused(tap, name, ["small: ", *words], *training, net, *options)

    spec = write(directory, "spec.json", dict(SPEC, mode="training"))
    check_refused(tap, "a spec is not expanded", ["spec.json: a SimDIT spec is a complete program"],
                  *training, spec, "--expand", "full")
    spec = write(directory, "inference.json", SPEC)
    check_refused(tap, "an inference spec has no training",
                  ["inference.json: it describes inference, but --phase asks for training"], *training, spec)
    check_refused(tap, "the reference's optimizer", ["resnet18: cannot be expanded", "plain sgd"], *training,
                  "resnet18", "--expand", "simdit", "--optimizer", "adam")
    relu = {"name": "relu", "operation": "relu", "inputs": ["image"]}
    refused("nothing to train", ["no layer has parameters", "a convolution or a gemm"], [relu])
    refused("two outputs", ['expects one output, got "conv" and "other"'],
            [LAYERS[0], dict(relu, name="other")])
    softmax = {"name": "soft", "operation": "softmax", "inputs": ["conv"]}
    refused("a softmax in the middle", ['layer 1 "soft": the reference has no gradient', '"softmax"'],
            [LAYERS[0], softmax, dict(relu, inputs=["soft"])], "--expand", "simdit")
    refused("a bias without batch norm", ['the reference has no gradient', 'expected "batch_norm": true'],
            [dict(LAYERS[0], batch_norm=False)], "--expand", "simdit")


def check_usage(tap):
    for name, arguments, words in USAGE + [(" ".join(a)[:60], RUN + a, w) for a, w in USAGE_OF_RUN]:
        process = run(*arguments)
        tap.check((process.returncode, process.stdout) == (2, "") and words in process.stderr,
                  f"usage: {name!r}", process.returncode, process.stdout, process.stderr)


tap = Tap()
with scratch() as directory:
    check_files(tap, directory)
    check_definitions(tap, directory)
    check_capacities(tap, directory)
    check_training(tap, directory)
check_usage(tap)
tap.check(complaints(run("list")), "the check itself sees a success")
tap.done()
