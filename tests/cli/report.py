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
from definitions import MACHINE, NETWORK, SHOUTING, check_refused, limit_files, renamed, shipped, write  # noqa: E402
from reference import Tap, run, scratch  # noqa: E402
from traces import layers_of  # noqa: E402

ENERGY_SECTIONS = ["energy", "layer-energy", "power"]
GROUPS = {"PEs": ["pe_array"], "SIMD": ["simd_array"],
          "SRAM": ["wbuf", "bbuf", "ibuf", "obuf", "vmem", "imm", "instruction_memory"], "AXI": ["axi"], "DRAM": ["dram"]}
SLOTS = ["compute1", "compute2", "compute3", "stall1", "stall2"]
UNITS = {"pJ": 1, "nJ": 1e3, "uJ": 1e6, "mJ": 1e9, "J": 1e12}
BAR_WIDTH = 630
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


def contents(rows):
    return list(rows.dtype.names), [[plain(value) for value in row] for row in rows]


def columns_of(path):
    """Names and rows of what is known of a layer: of the run, then of energy, if that was accounted."""
    with h5py.File(path) as file:
        names, rows = contents(file["layers"][:])
        if "energy" in file:
            more, energies = contents(file["energy"][:])
            first = more.index("total_cycles") + 1
            names, rows = names + more[first:], [a + b[first:] for a, b in zip(rows, energies, strict=True)]
    return names, rows


def check_table(tap, what, table, names, expected):
    tap.equal([column["name"] for column in table["columns"]], names, f"{what}: columns")
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


def check_cycle_shares(tap, what, page, layers):
    """The bars of units and phases say what they have of all cycles."""
    total = sum(row["total_cycles"] for row in layers)
    expected = [(title, f"{percent(sum(row['total_cycles'] for row in rows), total):.2f} %")
                for title, rows in parts_of(layers).items() if title != "whole run"]
    texts = [one["text"] for one in page.all("text", "shares")]
    tap.equal(list(zip(texts[::2], texts[1::2])), expected, f"{what}: shares of units and phases")


def check_moved(tap, what, path, page, data):
    """Traffic of the summary and of the roofline is what the DRAM transferred: of real DRAM the requests."""
    with h5py.File(path) as file:
        layers, seconds = file["layers"][:], int(file.attrs["cycles"]) * int(file.attrs["clock_fs"]) * 1e-15
        requests = file["memory_requests"][:] if "memory_requests" in file else None
    seconds = max(seconds, 1e-15)
    moved = layers["dram_bytes"].astype(float)
    if requests is not None:
        moved = numpy.array([requests["request_bytes"][requests["layer"] == layer].sum() for layer in layers["layer"]], float)
    tap.equal(data["moved_bytes"], list(moved), f"{what}: bytes moved, by layer")
    facts = dict(zip((one["text"] for one in page.all("dt", "summary")), (one["text"] for one in page.all("dd", "summary")[::2])))
    amount, prefix = re.fullmatch(r"([\d.]+) ?([kMG]?)B", facts["DRAM traffic"]).groups()
    tap.check(abs(float(amount) * {"": 1, "k": 1e3, "M": 1e6, "G": 1e9}[prefix] - moved.sum()) <= 5e-3 * moved.sum(),
              f"{what}: DRAM traffic", (facts["DRAM traffic"], moved.sum()))
    bandwidth = float(facts["DRAM bandwidth"].split()[0])
    tap.check(abs(bandwidth - moved.sum() / seconds * 1e-9) <= 1e-3 * bandwidth, f"{what}: DRAM bandwidth",
              (bandwidth, moved.sum() / seconds * 1e-9))
    titles = [one["text"].split(": ")[-1].split(", ") for one in page.all("title", "roofline") if ": " in one["text"]]
    expected = [macs / moved[i] for i, macs in enumerate(layers["macs"]) if macs > 0 and moved[i] > 0]
    tap.check(len(titles) == len(expected) and all(abs(float(got[0]) - want) <= 1e-3 * want for got, want in zip(titles, expected)),
              f"{what}: intensities in the roofline", list(zip(titles, expected)))
    return bandwidth


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
    check_table(tap, f"{what}, layers", data["layers"], *columns_of(path))
    check_series(tap, what, data, "time", "total_cycles")
    check_series(tap, what, data, "traffic", "dram_bytes")
    check_moved(tap, what, path, page, data)
    check_timeline(tap, what, path, data["timeline"])
    check_cycle_shares(tap, what, page, [dict(zip((one["name"] for one in data["layers"]["columns"]), row))
                                         for row in data["layers"]["rows"]])
    names = [row["name"].decode() for row in layers_of(path)]
    cells = [one["text"] for one in page.all("td", "layer-table")]
    columns = len(data["layers"]["columns"])
    tap.equal(cells[1::columns][:len(names)], names, f"{what}: names in the table")
    headings = page.all("th", "layer-table")
    tap.equal([one["attributes"]["title"] for one in headings], [one["help"] for one in data["layers"]["columns"]],
              f"{what}: what the columns are")
    shown = [one["id"] for one in page.all("section") if one["id"] in ENERGY_SECTIONS]
    with h5py.File(path) as file:
        tap.equal((shown, "energy" in data, "power" in data), (ENERGY_SECTIONS, True, True) if "energy" in file else ([], False, False),
                  f"{what}: energy, if it was accounted")
    again = page_path + ".again"
    run("report", path, "-o", again)
    tap.check(open(again, encoding="utf-8").read() == text, f"{what}: same file, same page")
    return page, data


def parts_of(layers):
    """What the shares are of: the run, the layers of each unit, and of each phase and unit."""
    titles = {"pe_array": "convolution, GEMM", "simd_array": "all else (SIMD array)"}
    parts = {"whole run": layers}
    for row in layers:
        if row["total_cycles"] > 0:
            parts.setdefault(titles[row["unit"]], []).append(row)
    if len({(row["unit"], row["phase"]) for row in layers}) > len({row["unit"] for row in layers}):
        for row in layers:
            if row["total_cycles"] > 0:
                parts.setdefault(row["phase"] + ": " + titles[row["unit"]], []).append(row)
    return parts


def sums_of(rows):
    """Of groups of components, static, total [pJ]."""
    return [sum(row[c + "_pj"] for row in rows for c in group) for group in GROUPS.values()] + \
        [sum(row["clock_pj"] + row["leakage_pj"] for row in rows), sum(row["total_pj"] for row in rows)]


def rows_of(page, table):
    """The texts of a table's rows, a share and its amount apart."""
    rows = []
    for one in page.elements:
        if table in one["parents"] and one["tag"] == "tr":
            rows.append([])
        elif table in one["parents"] and one["tag"] in ("th", "td", "small"):
            rows[-1].append(one["text"])
    return rows


def near(texts, numbers):
    """Whether printed numbers are what they should be, to their last digit."""
    def digits(text):
        return len(text.partition(".")[2].rstrip(" %"))
    return len(texts) == len(numbers) and all(
        abs(float(text.rstrip(" %")) - number) <= 0.51 * 10 ** -digits(text) for text, number in zip(texts, numbers))


def percent(part, whole):
    return 100 * part / whole if whole > 0 else 0


def check_shares(tap, what, page, printed, clock_fs):
    """The table by groups of components."""
    head, *rows = rows_of(page, "share-table")
    unit, parts = UNITS[head[2]], parts_of(printed["layers"])
    tap.equal(head[1::2], [*GROUPS, "static", "of the run", "power"], f"{what}: groups of components")
    tap.equal([row[0] for row in rows], list(parts), f"{what}: parts of the run")
    for row, part in zip(rows, parts.values()):
        *sums, total = sums_of(part)
        numbers = [number for pj in sums for number in (percent(pj, total), pj / unit)]
        numbers += [percent(total, printed["energy"]["total_pj"]), total / unit]
        numbers.append(total / max(clock_fs * sum(layer["total_cycles"] for layer in part), 1) * 1e6)
        tap.check(near(row[1:], numbers), f"{what}: figures of {row[0]}", row, numbers)
    for phase in printed["energy"]["phases"]:
        of = [float(row[-2]) for row in rows if row[0].startswith(phase["phase"] + ": ")]
        if of:
            tap.check(abs(sum(of) - phase["total_pj"] / unit) < 0.0011 * len(of), f"{what}: of {phase['phase']} as printed", of)


def check_components(tap, what, page, energy):
    """The table of components, as printed, with areas where all are known."""
    head, *rows = rows_of(page, "component-table")
    unit, total = UNITS[head[2]], energy["total_pj"]
    area = sum(row.get("area_um2", 0) for row in energy["components"])
    tap.equal([row[0] for row in rows], [row["component"] for row in energy["components"]] + ["total"], f"{what}: components")
    names = ["dynamic_pj", "clock_pj", "leakage_pj", "total_pj"]
    sums = {name: sum(row[name] for row in energy["components"]) for name in (*names, "power_mw")}
    for row, one in zip(rows, [*energy["components"], dict(sums, area_um2=area)]):
        numbers = [one[name] / unit for name in names] + [percent(one["total_pj"], total), one["power_mw"]]
        if area > 0:
            numbers += [one["area_um2"] * 1e-6, percent(one["area_um2"], area)]
        tap.check(near(row[1:], numbers), f"{what}: figures of {row[0]}", row, numbers)
    tap.equal("area" in head, "area_um2" in energy["components"][0], f"{what}: areas, if all are known")


def bars_of(page, section):
    """Of each drawing of horizontal bars, by their places: colours, widths of dynamic and static energy."""
    drawings, last = [], None
    for one in page.elements:
        if one["tag"] == "svg" and section in one["parents"] and one["attributes"].get("role") == "img":
            drawings.append({})
        box = re.fullmatch(r"M([\d.]+) (\d+)h([\d.]+)v20h-([\d.]+)z", one["attributes"].get("d", ""))
        if drawings and section in one["parents"] and box:
            bar = drawings[-1].setdefault((int(box[2]) - 4) // 26, {})
            kind = one["attributes"]["class"]
            if kind == "hatched": # over a box of the same size
                slot, x, width = last
                bar[slot] = [bar[slot][0] - width, width]
            else:
                bar.setdefault(kind, [0, 0])[0] += float(box[3])
            last = (kind, float(box[1]), float(box[3]))
    return drawings


def check_bars(tap, what, page, printed):
    """Widths are in proportion to energy; what is hatched is static."""
    parts, components = bars_of(page, "energy")
    energy = printed["energy"]
    for i, (title, rows) in enumerate(parts_of(printed["layers"]).items()):
        *groups, static, total = sums_of(rows)
        bar = parts.get(i, {})
        widths = [sum(bar.get(slot, [0])) for slot in SLOTS]
        hatched = sum(bar[slot][1] for slot in bar)
        tap.check(all(abs(width - BAR_WIDTH * pj / max(total, 1)) < 0.02 for width, pj in zip(widths, groups))
                  and abs(hatched - BAR_WIDTH * static / max(total, 1)) < 0.05, f"{what}: bar of {title}", bar, groups, static)
    most = max(max(row["total_pj"] for row in energy["components"]), 1)
    for i, row in enumerate(energy["components"]):
        slot = next(slot for slot, group in zip(SLOTS, GROUPS.values()) if row["component"] in group)
        bar = components.get(i, {slot: [0, 0]})
        pjs = [row["dynamic_pj"], row["clock_pj"] + row["leakage_pj"]]
        tap.check(list(bar) == [slot] and all(abs(width - BAR_WIDTH * pj / most) < 0.02 for width, pj in zip(bar[slot], pjs)),
                  f"{what}: bar of {row['component']}", bar, pjs)


def check_power(tap, what, page, data, path, energy):
    with h5py.File(path) as file:
        power, cycles = file["power"][:], int(file.attrs["cycles"])
    drawn = data["power"]
    tap.equal(drawn["mw"], power["power_mw"].tolist(), f"{what}: power of each window")
    if not len(power):
        tap.equal([one["text"] for one in page.all("text", "power")], [], f"{what}: no drawing of no power")
        return
    tap.equal((drawn["every"], drawn["mw"][drawn["peak"]], drawn["every"] * drawn["peak"], drawn["mean"]),
              (power["total_cycles"][0], energy["peak_power_mw"], energy["peak_start_cycle"], energy["power_mw"]), f"{what}: peak, mean")
    for share, group in zip(drawn["shares"], GROUPS.values()):
        of = sum(power[c + "_pj"] for c in group) / power["total_pj"]
        tap.check((abs(numpy.array(share["of"]) - of) <= 6e-5).all(), f"{what}: shares of {share['label']} in time")
    line = next(one["attributes"]["d"] for one in page.all("path", "power") if one["attributes"].get("class") == "line-power"
                and "V" in one["attributes"]["d"])
    ends = [float(x) for x in re.findall(r"H([\d.]+)", line)]
    heights = [float(y) for y in re.findall(r"(?:M[\d.]+ |V)([\d.]+)", line)]
    scale = (300 - 48 - 12) / (1.08 * energy["peak_power_mw"])
    tap.check(len(ends) == len(power) and numpy.allclose(ends, 84 + 980 * numpy.cumsum(power["total_cycles"]) / cycles, atol=0.06)
              and numpy.allclose(heights, 252 - scale * power["power_mw"], atol=0.06), f"{what}: line of power")
    texts = [one["text"] for one in page.all("text", "power")] + [one["text"] for one in page.all("p", "power")]
    tap.check(any(text == f"peak {energy['peak_power_mw']:.1f} mW, cycle {energy['peak_start_cycle']:,}" for text in texts)
              and any(f"{energy['peak_power_mw']:.1f} mW in the {energy['peak_cycles']:,} cycles from {energy['peak_start_cycle']:,} on"
                      in text for text in texts), f"{what}: the peak's cycle is named", texts)


def check_energy(tap, directory, name, *words):
    """Pages of a run with energy: what is drawn is what is printed."""
    path = os.path.join(directory, name + ".h5")
    printed = json.loads(run("run", *words, "--format", "json", "-o", path, check=True).stdout)
    page, data = check_page(tap, name, path, os.path.join(directory, name + ".html"))
    with h5py.File(path) as file:
        clock_fs = int(file.attrs["clock_fs"])
    texts = [one["text"] for one in page.elements if one["tag"] in ("td", "dd") and {"energy", "power", "summary"} & set(one["parents"])]
    tap.equal([text for text in texts if re.search(r"nan|inf", text)], [], f"{name}: no odd numbers in tables")
    names = [one["name"] for one in data["layers"]["columns"]]
    for row in data["layers"]["rows"]:
        total = sum(row[c] for one in data["energy"] for c in one["columns"])
        if abs(total - row[names.index("total_pj")]) > 1e-9 * total:
            tap.equal(total, row[names.index("total_pj")], f"{name}: series of a layer")
    tap.equal([[names[c] for c in one["columns"]] for one in data["energy"]], [[c + "_pj" for c in group] for group in GROUPS.values()],
              f"{name}: series are groups of components")
    check_shares(tap, name, page, printed, clock_fs)
    check_components(tap, name, page, printed["energy"])
    check_bars(tap, name, page, printed)
    check_power(tap, name, page, data, path, printed["energy"])
    if printed["energy"]["total_pj"] > 0:
        check_drawing(tap, name, page, data, "layer-energy", "total_pj")
        top = max(row["total_pj"] for row in printed["layers"]) / data["energy_unit"]["pj"]
        tap.check(1 <= top < 1000 and UNITS[data["energy_unit"]["name"]] == data["energy_unit"]["pj"], f"{name}: unit", top)
        tap.check(data["energy_unit"]["name"] in [one["text"] for one in page.all("text", "layer-energy")], f"{name}: the axis has it")
        ticks = [(float(one["text"]), float(one["attributes"]["y"]) - 4) for one in page.all("text", "layer-energy")
                 if one["attributes"].get("text-anchor") == "end"]
        tap.check(len(ticks) > 2 and all(abs(y - (272 - 260 * value / (1.04 * top))) < 0.1 for value, y in ticks),
                  f"{name}: ticks of the axis", ticks, top)
    return page


def check_energies(tap, directory, hw, net, free):
    check_energy(tap, directory, "areas", "--hw", hw, "--net", net, "--energy", "osu018-8x8-int8-45nm")
    check_energy(tap, directory, "training", "--hw", "training-08", "--net", "resnet18", "--phase", "training", "--batch", "2",
                 "--energy", "22nm:memory=hbm2")
    check_energy(tap, directory, "commands", "--hw", "inference-03", "--net", "resnet18", "--energy", "45nm", "--dram", "ddr4-2400")
    table = write(directory, "table.json", dict(shipped("hwdefs/energy/45nm.json"), description=SHOUTING[0]))
    page = check_energy(tap, directory, "no-energy", "--hw", hw, "--net", free, "--energy", table)
    tap.check(any(SHOUTING[0] in one["text"] for one in page.all("p", "energy")), "what the energy table says of itself")
    path = os.path.join(directory, "areas.h5")
    for name in ("power", "energy_components", "energy_phases"):
        with h5py.File(path, "r+") as file:
            file.move(name, "away")
        check_refused(tap, "without " + name, [f"areas.h5: cannot be read: it lacks /{name}"], "report", path, "-o", path + ".html")
        with h5py.File(path, "r+") as file:
            file.move("away", name)


def check_padding(tap, directory):
    """Three channels padded to many: real DRAM moves those that there are, and no more than it can."""
    layers = [{"name": "conv", "operation": "conv_bias", "inputs": ["image"], "channels": 16, "kernel": 3, "pad": 1},
              {"name": "act", "operation": "relu", "inputs": ["conv"]}]
    net = write(directory, "padded.json", dict(NETWORK, inputs={"image": [3, 32, 32]}, layers=layers))
    path, page_path = make(directory, "padded", "run", "--hw", "default", "--net", net, "--dram", "ddr4-2400")
    page, data = check_page(tap, "padding", path, page_path)
    limit = data["limits"]["dram_bytes"]
    with h5py.File(path) as file:
        peak = limit / (int(file.attrs["clock_fs"]) * 1e-15) * 1e-9
        padded, seconds = int(file["layers"]["dram_bytes"].sum()), int(file.attrs["cycles"]) * int(file.attrs["clock_fs"]) * 1e-15
    bandwidth = check_moved(tap, "padding, again", path, page, data)
    tap.check(bandwidth <= peak < padded / seconds * 1e-9, "padding is no traffic of real DRAM", (bandwidth, peak, padded))


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


def check_exploration(tap, what, path, page_path):
    """Every cell, point and line is where the file's tables say."""
    process = run("report", path, "-o", page_path)
    tap.equal((process.returncode, process.stdout, process.stderr), (0, "", ""), f"{what}: exit status, silence")
    page = Page(open(page_path, encoding="utf-8").read())
    tap.equal((page.unmatched, [one["tag"] for one in page.open]), ([], []), f"{what}: elements are nested")
    tap.equal([one["tag"] for one in page.elements if one["tag"] == "script" or "src" in one["attributes"]], [],
              f"{what}: drawings only")
    tap.equal([one["text"] for one in page.all("text") if re.match(r"-|nan|inf", one["text"])], [], f"{what}: no odd numbers")
    with h5py.File(path) as file:
        tables = {name: file[name][:] for name in ("designs", "budgets", "pareto", "sharing")}
        notes = file["notes"][()].decode().splitlines()
    tap.equal([one["text"] for one in page.all("li", "notes")], notes, f"{what}: notes")
    check_front(tap, what, page, tables["pareto"])
    check_heat(tap, what, page, tables["budgets"])
    check_parallel(tap, what, page, tables["designs"])
    for name, id_ in (("designs", "design-table"), ("budgets", "budget-table"), ("pareto", "front-table"),
                      ("sharing", "sharing-table")):
        cells = page.all("td", id_)
        columns = [one["text"] for one in page.all("th", id_)]
        tap.equal((len(columns), len(cells)), (len(tables[name].dtype), len(tables[name]) * len(tables[name].dtype)),
                  f"{what}: table of {name}")
    scrolled = [one for one in page.elements if one["attributes"].get("class") == "scroll"]
    tap.equal([one["attributes"].get("tabindex") for one in scrolled], ["0"] * len(scrolled),
              f"{what}: tables can be scrolled by keyboard")


def orders_alike(places, values, falling=False):
    """Whether places differ as the logarithms of values do, to the drawing's precision."""
    places, values = numpy.array(places, float), numpy.log(numpy.array(values, float))
    if falling:
        places = -places
    if numpy.ptp(values) == 0:
        return numpy.ptp(places) == 0
    scaled = numpy.ptp(places) * (values - values.min()) / numpy.ptp(values)
    return bool((abs(places - places.min() - scaled) <= 0.11).all())


def check_front(tap, what, page, front):
    circles = [one["attributes"] for one in page.all("circle", "front")]
    energy = "estimated_pj" in front.dtype.names
    tap.equal(len(circles), len(front) * (2 if energy else 1), f"{what}: a point for each design of the front")
    charts = [("sram", "estimated_cycles")] + [("estimated_cycles", "estimated_pj")] * energy
    for i, (x, y) in enumerate(charts):
        some = circles[i * len(front):(i + 1) * len(front)]
        tap.check(orders_alike([one["cx"] for one in some], front[x]), f"{what}: front: {x}")
        tap.check(orders_alike([one["cy"] for one in some], front[y], True), f"{what}: front: {y}")
    classes = {}
    for one, bandwidth in zip(circles, front["bandwidth"]):
        classes.setdefault(int(bandwidth).bit_length(), set()).add(one["class"])
    tap.equal([len(names) for names in classes.values()], [1] * len(classes), f"{what}: front: a colour by bandwidth")
    tap.equal(len({name for names in classes.values() for name in names}), min(len(classes), 7),
              f"{what}: front: different colours")


def check_heat(tap, what, page, budgets):
    cells = [one for one in page.all("path", "heat") if one["attributes"].get("class") == "heat"]
    tap.equal(len(cells), len(budgets) if len(budgets) > 1 else 0, f"{what}: a cell for each pair of budgets")
    if not cells:
        return
    titles = [one["text"] for one in page.all("title", "heat")][1:]
    unit = titles[0].split()[-1]
    for cell, row in zip(titles, budgets):
        words = f"{row['sram_budget']} KiB, {row['bandwidth_budget']} bit/cycle: "
        tap.check(cell.startswith(words) and abs(float(cell[len(words):].split()[0]) / row["best_simulated"] - 1) < 1e-14,
                  f"{what}: heat map", cell, row)
    places = [[float(x) for x in re.match(r"M([\d.]+) ([\d.]+)", one["attributes"]["d"]).groups()] for one in cells]
    columns, rows = sorted({x for x, _ in places}), sorted({y for _, y in places}, reverse=True)
    tap.equal([(columns.index(x), rows.index(y)) for x, y in places],
              [(sorted(set(budgets["bandwidth_budget"])).index(row["bandwidth_budget"]),
                sorted(set(budgets["sram_budget"])).index(row["sram_budget"])) for row in budgets],
              f"{what}: heat map: rows and columns")
    strengths = numpy.array([float(one["attributes"]["fill-opacity"]) for one in cells])
    tap.check((numpy.diff(strengths[numpy.argsort(budgets["best_simulated"])]) >= 0).all(),
              f"{what}: heat map: more is stronger ({unit})")


def check_parallel(tap, what, page, designs):
    lines = [one for one in page.all("path", "parallel") if one["attributes"]["class"] in
             ("line-best", "line-top", "line-other") and "L" in one["attributes"]["d"]]
    tap.equal(len(lines), len(designs), f"{what}: a line for each design")
    pairs = list(dict.fromkeys((row["sram_budget"], row["bandwidth_budget"]) for row in designs))
    tap.equal(len(page.all("details", "parallel")), len(pairs), f"{what}: a chart for each pair of budgets")
    names = ["wbuf_kib", "ibuf_kib", "obuf_kib", "vmem_kib", "param_port", "ibuf_port", "obuf_port", "simd_port",
             "estimated_cycles", "simulated_cycles", "area_mm2", "simulated_pj", "simulated_edp"]
    names = [name for name in names if name in designs.dtype.names]
    at = 0
    for pair in pairs:
        rows = designs[[(row["sram_budget"], row["bandwidth_budget"]) == pair for row in designs]]
        drawn = lines[at:at + len(rows)][::-1]
        at += len(rows)
        tap.equal([one["attributes"]["class"] for one in drawn],
                  ["line-best" if which == b"best" else "line-top" if which.startswith(b"top_") else "line-other"
                   for which in rows["which"]], f"{what} {pair}: kinds of lines")
        heights = [[float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", one["attributes"]["d"])] for one in drawn]
        for i, name in enumerate(names):
            tap.check(orders_alike([line[i] for line in heights], rows[name], True), f"{what} {pair}: axis {name}",
                      [line[i] for line in heights], rows[name])


def check_explorations(tap, directory, net):
    base = ["explore", "--net", net, "--top", "4", "--sram-budget", "512,1024", "--bandwidth-budget", "256,512,1024"]
    check_exploration(tap, "exploration", *make(directory, "plain", *base))
    check_exploration(tap, "energy", *make(directory, "energy", *base, "--objective", "edp", "--energy",
                                           "osu018-8x8-int8-45nm"))
    one = make(directory, "one", *base[:5], "--sram-budget", "512", "--bandwidth-budget", "512", "--grid", "step:128")
    check_exploration(tap, "one pair", *one)
    shard = os.path.join(directory, "shard.h5")
    run(*base, "--shard", "1/2", "-o", shard, check=True)
    check_refused(tap, "a shard", ["shard.h5", "simdit merge"], "report", shard, "-o", shard + ".html")
    with open(one[0], "r+b") as file:
        file.truncate(os.path.getsize(one[0]) // 2)
    check_refused(tap, "an exploration cut short", ["one.h5: cannot be read"], "report", one[0], "-o", shard + ".html")
    with h5py.File(os.path.join(directory, "plain.h5"), "r+") as file:
        del file["pareto"]
    check_refused(tap, "an exploration without front", ["plain.h5: cannot be read: it lacks /pareto"], "report",
                  os.path.join(directory, "plain.h5"), "-o", shard + ".html")
    with h5py.File(os.path.join(directory, "other.h5"), "w") as file:
        file.attrs["format"] = "another"
    check_refused(tap, "a file of others", ["other.h5"], "report", os.path.join(directory, "other.h5"), "-o", shard + ".html")


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
            check_table(tap, "validation", data["validation"], *contents(file["validation"][:]))
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
        check_padding(tap, directory)
        free = dict(NETWORK, layers=[{"name": "flat", "operation": "flatten", "inputs": ["image"]}])
        nothing = make(directory, "nothing", "run", "--hw", hw, "--net", write(directory, "free.json", free))
        check_page(tap, "nothing happens", *nothing)
        check_energies(tap, directory, hw, net, os.path.join(directory, "free.json"))
        check_errors(tap, directory, few[0])
        check_explorations(tap, directory, net)
    tap.done()


main()
