"""Machines and networks to break, and what the program must do with them."""

import copy
import json
import os
import re
import resource
import signal

from reference import ROOT, run


def shipped(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return json.load(file)


MACHINE = shipped("hwdefs/default.json")
LAYERS = [
    {"name": "conv", "operation": "conv_bias", "inputs": ["image"], "channels": 70, "kernel": 3,
     "stride": 2, "pad": 1},
    {"name": "relu", "operation": "relu", "inputs": ["conv"]},
    {"name": "pool", "operation": "max_pool", "inputs": ["relu"], "kernel": [2, 2], "stride": 2},
    {"name": "right", "operation": "conv_bias", "inputs": ["pool"], "channels": 70, "kernel": 1},
    {"name": "add", "operation": "elem_add", "inputs": ["pool", "right"]},
    {"name": "mean", "operation": "global_avg_pool", "inputs": ["add"]},
    {"name": "flat", "operation": "flatten", "inputs": ["mean"]},
    {"name": "fc", "operation": "gemm", "inputs": ["flat"], "channels": 10},
]
NETWORK = {"format": "simdit-network", "version": 1, "name": "small", "inputs": {"image": [3, 32, 32]},
           "layers": LAYERS}
SPEC = {"mode": "inference", "program": [
    {"operation": "relu", "iterable_dimensions": {"C": 64, "N": 1, "H": 8, "W": 8},
     "inputs": [{"data_path": ["DRAM", "VMEM1", "SIMD"]}],
     "outputs": [{"data_path": ["SIMD", "VMEM1", "DRAM"]}]},
    {"operation": "conv_bias", "operation_parameters": {"stride": 1},
     "iterable_dimensions": {"OC": 8, "IC": 3, "KH": 3, "KW": 3, "N": 1, "OH": 6, "OW": 6},
     "inputs": [{"data_path": ["DRAM", "IBUF", "pe_array"]}],
     "outputs": [{"data_path": ["pe_array", "OBUF", "DRAM"]}]}]}
REMOVE = object()
# Names that end a script, an attribute, a comment; markup; other alphabets.
SHOUTING = ["</script><script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "<!-- a & b -->", "\u7a7a '`${1}",
            "\\u003c\\", "a&#1;b", "]]>&lt;", "x" * 300]


def renamed(network, names):
    """The network with other names for its layers."""
    new = dict(zip((layer["name"] for layer in network["layers"]), names))
    layers = [dict(layer, name=new[layer["name"]], inputs=[new.get(name, name) for name in layer["inputs"]])
              for layer in network["layers"]]
    return dict(network, layers=layers)


def changed(definition, path, value):
    """A copy with the member at @path (keys and indices) replaced, added or removed."""
    result = copy.deepcopy(definition)
    place = result
    for key in path[:-1]:
        place = place[key]
    if value is REMOVE:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return result


def write(directory, name, content):
    path = os.path.join(directory, name)
    if not isinstance(content, (bytes, str)):
        content = json.dumps(content)
    with open(path, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())
    return path


def limit_files(size):
    """For preexec_fn: the program cannot write files larger than @size bytes."""
    def set_limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    return set_limit


def complaints(process):
    """What is wrong with how the program refused its input; empty: nothing."""
    wrong = []
    if process.returncode != 1:
        wrong.append(f"exit status {process.returncode}")
    if process.stdout:
        wrong.append(f"standard output: {process.stdout[:200]!r}")
    if not re.fullmatch(r"simdit: [^\x00-\x1f\x7f]+\n", process.stderr):
        wrong.append(f"standard error: {process.stderr[:300]!r}")
    if re.search(r"\(null\)|CRITICAL|WARNING|Segmentation", process.stderr):
        wrong.append(f"standard error: {process.stderr[:300]!r}")
    return wrong


def check_refused(tap, name, words, *arguments, **options):
    """The program refuses @arguments with one message that has each of @words."""
    process = run(*arguments, **options)
    missing = [word for word in words if word not in process.stderr]
    tap.check(not complaints(process) and not missing, name, *complaints(process),
              *(f"not in {process.stderr[:400]!r}: {word}" for word in missing))
