#!/usr/bin/env python3
"""simdit report: the page's data and drawings are what is in the output file; names do no harm."""

import html.parser
import json
import os
import re
import sys

import h5py
import numpy

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
from definitions import MACHINE, NETWORK, SHOUTING, check_refused, limit_files, renamed, write  # noqa: E402
from reference import Tap, run, scratch  # noqa: E402
from traces import layers_of  # noqa: E402

VOID = {"meta", "input", "br", "img", "link"}


class Page(html.parser.HTMLParser):
    """Elements with their attributes and texts; which are open at the end."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.unmatched = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        element = {"tag": tag, "text": "", "parents": [one["id"] for one in self.open if one["id"]],
                   "id": dict(attrs).get("id"), "attributes": dict(attrs)}
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop()["tag"] != tag:
            self.unmatched.append(tag)

    def handle_data(self, data):
        if self.open:
            self.open[-1]["text"] += data

    def all(self, tag, section=None):
        return [one for one in self.elements if one["tag"] == tag and (section is None or section in one["parents"])]

    def data(self):
        return json.loads(next(one for one in self.all("script") if one["id"] == "data")["text"])


def plain(value):
    return value.decode() if isinstance(value, bytes) else value.item()


def check_table(tap, what, table, rows):
    tap.equal([column["name"] for column in table["columns"]], list(rows.dtype.names), f"{what}: columns")
    expected = [[plain(value) for value in row] for row in rows]
    tap.equal([row[:8] for row in table["rows"]], [row[:8] for row in expected], f"{what}: names and cycles")
    tap.check(all(a == b or (isinstance(b, float) and abs(a - b) <= 1e-15 * abs(b))
                  for got, want in zip(table["rows"], expected) for a, b in zip(got, want)), f"{what}: all values")


def check_series(tap, what, data, series, column):
    names = [one["name"] for one in data["layers"]["columns"]]
    for row in data["layers"]["rows"]:
        total = sum(row[c] for one in data[series] for c in one["columns"])
        if not 0 <= total - row[names.index(column)] < 7:  # each operand is rounded up to bytes
            tap.equal(total, row[names.index(column)], f"{what}: {series} of a layer")
    used = [c for one in data[series] for c in one["columns"]]
    tap.equal(len(used), len(set(used)), f"{what}: {series}: each column once")


def check_drawing(tap, what, page, data, section, column):
    """The boxes of a layer are together as high as its column says."""
    rows = data["layers"]["rows"]
    values = numpy.array([row[[one["name"] for one in data["layers"]["columns"]].index(column)] for row in rows], float)
    heights, boxes, top = numpy.zeros(len(rows)), numpy.zeros(len(rows)), 320 - 48 - 12
    for path in page.all("path", section):
        for x, bottom, end in re.findall(r"M([\d.]+) ([\d.]+)h[\d.]+V([\d.]+)", path["attributes"]["d"]):
            layer = int((float(x) - 84) / ((1080 - 84 - 16) / len(rows)) + 0.5)
            heights[layer] += float(bottom) - float(end)
            boxes[layer] += 1
    expected = values / values.max() * top / 1.04
    tap.check((abs(heights - expected) <= 0.1 * boxes + 0.3).all(), f"{what}: drawing of {section}",
              list(zip(heights, expected)))


def check_timeline(tap, what, path, timeline):
    with h5py.File(path) as file:
        counters = file["counters"]
        tap.equal(set(timeline["tracks"]), {name for name in counters["tracks"] if not name.startswith("dram")},
                  f"{what}: units and ports")
        if "activities" in timeline:
            labels = [label.decode() for label in counters["labels"]["text"]]
            for name, list_ in zip(timeline["tracks"], timeline["activities"]):
                shapes = counters["shapes"][:][counters["tracks"][name]["shape"][:]]
                tap.equal(list_[0::2], shapes["duration"].tolist(), f"{what}: lengths on {name}")
                tap.equal([timeline["labels"][i][0] for i in list_[1::2]], [labels[i] for i in shapes["label"]],
                          f"{what}: labels on {name}")
            return
        names = [name.decode() for name in counters["names"]["name"]]
        overview, per = counters["overview"], timeline["every"] // int(counters["overview"].attrs["bin_cycles"])
        for state in timeline["states"]:
            name = timeline["tracks"][state["track"]] + "." + state["label"]
            bins = overview[names.index(name)]
            bins = numpy.pad(bins, (0, -len(bins) % per)).reshape(-1, per).sum(axis=1)
            tap.equal(state["sums"], bins.tolist(), f"{what}: bins of {name}")
        shown = {timeline["tracks"][state["track"]] + "." + state["label"] for state in timeline["states"]}
        units = [unit.decode() for unit in counters["names"]["unit"]]
        tap.equal(shown, {name for i, name in enumerate(names) if units[i] == "cycle" and overview[i].any()
                          and name.split(".")[0] in timeline["tracks"]}, f"{what}: every state that occurs")


def check_page(tap, what, path, page_path):
    process = run("report", path, "-o", page_path)
    tap.equal((process.returncode, process.stdout, process.stderr), (0, "", ""), f"{what}: exit status, silence")
    text = open(page_path, encoding="utf-8").read()
    page = Page(text)
    tap.equal((page.unmatched, [one["tag"] for one in page.open]), ([], []), f"{what}: elements are nested")
    tap.check("default-src 'none'" in text, f"{what}: may not use the network")
    tap.equal([one["tag"] for one in page.elements if {"src", "href"} & set(one["attributes"])
               and not one["attributes"].get("href", "").startswith("#")], [], f"{what}: refers to nothing outside")
    tap.equal([one["text"] for one in page.all("text") if re.match(r"-|nan|inf", one["text"])], [], f"{what}: no odd numbers")
    data = page.data()
    check_table(tap, f"{what}, layers", data["layers"], layers_of(path))
    check_series(tap, what, data, "time", "total_cycles")
    check_series(tap, what, data, "traffic", "dram_bytes")
    check_timeline(tap, what, path, data["timeline"])
    names = [row["name"].decode() for row in layers_of(path)]
    cells = [one["text"] for one in page.all("td", "layer-table")]
    columns = len(data["layers"]["columns"])
    tap.equal(cells[1::columns][:len(names)], names, f"{what}: names in the table")
    headings = page.all("th", "layer-table")
    tap.equal([one["attributes"]["title"] for one in headings], [one["help"] for one in data["layers"]["columns"]],
              f"{what}: what the columns are")
    again = page_path + ".again"
    run("report", path, "-o", again)
    tap.check(open(again, encoding="utf-8").read() == text, f"{what}: same file, same page")
    return page, data


def check_errors(tap, directory, path):
    page = os.path.join(directory, "old.html")
    write(directory, "old.html", "old")
    for words, message in (([path], "--output is needed"), (["-o", page], "expected FILE.h5")):
        process = run("report", *words)
        tap.equal((process.returncode, message in process.stderr), (2, True), "usage: " + message)
    check_refused(tap, "not an output file", ["no.h5"], "report", write(directory, "no.h5", "no"), "-o", page)
    check_refused(tap, "no such directory", ["page.html"], "report", path, "-o", os.path.join(directory, "none/page.html"))
    process = run("report", path, "-o", page, preexec_fn=limit_files(4096))
    tap.equal((process.returncode, open(page, encoding="utf-8").read()), (1, "old"), "a full disk leaves the old page")
    tap.equal([name for name in os.listdir(directory) if "tmp" in name or name.startswith(".")], [], "nothing is left behind")


def make(directory, name, *words):
    path = os.path.join(directory, name + ".h5")
    run(*words, "-o", path, check=True)
    return path, os.path.join(directory, name + ".html")


def main():
    tap = Tap()
    with scratch() as directory:
        hw = write(directory, "hw.json", MACHINE)
        net = write(directory, "net.json", renamed(NETWORK, SHOUTING))
        few = make(directory, "few", "validate", "--hw", hw, "--net", net)
        page, data = check_page(tap, "few activities", *few)
        tap.check("activities" in data["timeline"], "few activities: all of them")
        with h5py.File(few[0]) as file:
            check_table(tap, "validation", data["validation"], file["validation"][:])
        tap.equal(len(page.all("circle", "validation")), sum(row[8] > 0 for row in data["validation"]["rows"]),
                  "validation: a point for each layer that costs something")
        tap.equal(len(page.all("circle", "roofline")), 3, "roofline: a point for each layer with multiplications")
        for section, column in (("time", "total_cycles"), ("traffic", "dram_bytes")):
            check_drawing(tap, "few activities", page, data, section, column)
        many = make(directory, "many", "run", "--hw", "inference-04", "--net", "resnet18", "--dram", "ddr4-2400")
        page, data = check_page(tap, "many activities", *many)
        tap.check("states" in data["timeline"] and "validation" not in data, "many activities: bins")
        # 16x16 PEs; ports of 128, 256 and 256 bits; 64 bits twice per clock of 0.833 ns.
        bandwidth = data["limits"].pop("dram_bytes")
        tap.check(abs(bandwidth - 16 / 0.833) < 1e-9, "limits: of DDR4-2400 in a cycle of 1 ns", bandwidth)
        tap.equal(data["limits"], {"macs": 256, "port_bytes": 80}, "limits: of the machine")
        free = dict(NETWORK, layers=[{"name": "flat", "operation": "flatten", "inputs": ["image"]}])
        nothing = make(directory, "nothing", "run", "--hw", hw, "--net", write(directory, "free.json", free))
        check_page(tap, "nothing happens", *nothing)
        check_errors(tap, directory, few[0])
    tap.done()


main()
