"""Readers of traces that know nothing of how they are written: Perfetto, VCD, and the HDF5 file."""

import importlib
import os
import subprocess
import sys

import h5py

HERE = os.path.dirname(os.path.abspath(__file__))
TIME = " (1 ns = 1 cycle)"


def activities_of(path):
    """By track: dicts of start, end, label, kind, cause, bits, and all the work; in order."""
    with h5py.File(path) as file:
        counters = file["counters"]
        shapes, terms, labels = counters["shapes"][:], counters["terms"][:], counters["labels"][:]
        names = [name.decode() for name in counters["names"]["name"]]
        moved = [names.index("dram.read_bits"), names.index("dram.write_bits")]
        tracks = {}
        for name, track in counters["tracks"].items():
            at, tracks[name] = 0, []
            for gap, number in zip(track["gap"][:].tolist(), track["shape"][:].tolist()):
                shape, at = shapes[number], at + gap
                label = labels[shape["label"]]
                work = terms[shape["first_term"]:shape["first_term"] + shape["n_terms"]]
                bits = sum(int(t["value"] * t["loops"][:, 0].prod()) for t in work if t["counter"] in moved)
                tracks[name].append({"start": at, "end": at + int(shape["duration"]), "bits": bits,
                                     "label": label["text"].decode(), "kind": label["kind"].decode(),
                                     "cause": int(label["cause"]), "work": work.tobytes()})
                at += int(shape["duration"])
        return tracks


def layers_of(path):
    with h5py.File(path) as file:
        return file["layers"][:]


def clip(items, begin, end):
    """What of @items lies between, cut off there."""
    return [dict(item, start=max(item["start"], begin), end=min(item["end"], end)) for item in items
            if item["start"] < end and item["end"] > begin]


def flows_of(tracks):
    """(track, end of what moves) -> (track, start): computations that had to wait for a transfer."""
    arrivals = {}
    for name, items in tracks.items():
        for item, after in zip(items, items[1:] + [None]):
            if item["kind"] in ("load", "store"):
                latent = after is not None and after["label"] == "wait memory"
                arrivals[item["cause"], after["end"] if latent else item["end"]] = (name, item["start"])
    flows = set()
    for name, items in tracks.items():
        for before, item in zip(items, items[1:]):
            source = arrivals.get((before["cause"], item["start"]))
            if before["kind"] == "wait" and before["cause"] and item["kind"] == "compute" and source:
                flows.add((source, (name, item["start"])))
    return flows


class Perfetto:
    """Tracks of slices, counters and flows, rebuilt from a trace; @wrong: what does not fit together."""

    def __init__(self, path, directory):
        subprocess.run(["protoc", f"--proto_path={HERE}", f"--python_out={directory}", "perfetto.proto"],
                       check=True)
        sys.path.insert(0, directory)
        self.proto = importlib.import_module("perfetto_pb2")
        self.names = {"event_categories": {}, "event_names": {}, "debug_annotation_names": {}}
        self.tracks, self.descriptors, self.wrong = {}, {}, []
        self.counters, self.units = {}, {}
        self.sources, self.flows = {}, set()
        self.now = 0
        trace = self.proto.Trace()
        with open(path, "rb") as file:
            trace.ParseFromString(file.read())
        for number, packet in enumerate(trace.packet):
            self.check(packet.sequence_flags == (3 if number == 0 else 2), "sequence_flags", packet)
            self.check(packet.trusted_packet_sequence_id == 1, "sequence", packet)
            self.read(packet)
        for name, slices in self.tracks.items():
            self.check(all("end" in one for one in slices), "open slices", name)

    def check(self, good, *what):
        if not good:
            self.wrong.append(what)

    def read(self, packet):
        for field, table in self.names.items():
            for entry in getattr(packet.interned_data, field):
                self.check(entry.iid not in table and entry.name not in table.values(), "interned", entry)
                table[entry.iid] = entry.name
        if packet.WhichOneof("data") == "track_descriptor":
            track = packet.track_descriptor
            self.check(track.uuid not in self.descriptors, "two tracks", track)
            self.descriptors[track.uuid] = track
            if track.HasField("counter"):
                self.units[track.name] = track.counter.unit_name
                self.counters[track.name] = []
            elif track.HasField("parent_uuid"):
                self.check(track.name.endswith(TIME), "the unit of time", track)
                self.tracks[track.name.removesuffix(TIME)] = []
            return
        self.check(packet.timestamp >= self.now, "order", packet)
        self.now = packet.timestamp
        self.read_event(packet.timestamp, packet.track_event)

    def read_event(self, time, event):
        kind = self.proto.TrackEvent.Type.Name(event.type)
        name = self.descriptors[event.track_uuid].name
        if kind == "TYPE_COUNTER":
            value = getattr(event, event.WhichOneof("counter_value_field"))
            self.counters[name].append((time, value))
            return
        name = name.removesuffix(TIME)
        slices = self.tracks[name]
        if kind == "TYPE_SLICE_END":
            self.check(slices and "end" not in slices[-1], "an end without a beginning", time, name)
            slices[-1]["end"] = time
            return
        self.check(kind == "TYPE_SLICE_BEGIN", "type", event)
        self.check(not slices or "end" in slices[-1], "slices overlap", time, name)
        one = {"start": time, "label": event.name or self.names["event_names"][event.name_iid]}
        if event.category_iids:
            one["kind"] = self.names["event_categories"][event.category_iids[0]]
        for annotation in event.debug_annotations:
            one[self.names["debug_annotation_names"][annotation.name_iid]] = annotation.uint_value
        slices.append(one)
        for flow in event.flow_ids:
            self.check(flow not in self.sources, "a flow begins twice", flow)
            self.sources[flow] = (name, time)
        for flow in event.terminating_flow_ids:
            self.flows.add((self.sources.pop(flow), (name, time)))


def expand_changes(changes, begin, end, first=0):
    """Values by cycle of a series of (cycle, value)."""
    values, value, changes = [], first, list(changes) + [(end, None)]
    at = begin
    for cycle, after in changes:
        values += [value] * (cycle - at)
        at, value = cycle, after
    return values


def read_vcd(text):
    """Changes (time, value) by "scope.variable", and the last time."""
    header, body = text.split("$enddefinitions $end", 1)
    scopes, names, changes, time = [], {}, {}, None
    words = header.split()
    for i, word in enumerate(words):
        if word == "$scope":
            scopes.append(words[i + 2])
        elif word == "$upscope":
            scopes.pop()
        elif word == "$var":
            name = ".".join([*scopes, words[i + 4]])
            names.setdefault(words[i + 3], []).append(name)
            changes[name] = []
    for line in body.splitlines():
        if line.startswith("#"):
            time = int(line[1:])
        elif line[:1] in ("b", "s"):
            value, code = line[1:].split()
            for name in names[code]:
                changes[name].append((time, int(value, 2) if line[0] == "b" else value))
    return changes, time
