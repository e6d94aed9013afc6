"""Captures that nobody would make, each read in all ways that users have: by plain code and machine code, as a file, a pipe, three files in any
order, by two processes, with hardly any room. Every line of every way is checked against the schema."""

from __future__ import annotations

import io
import json
import os
import tempfile
from functools import cache
from pathlib import Path
from random import Random
from typing import NamedTuple

from dialogues import packets, pcap

import tcpexplain
from fuzzing.talks import little_room
from tcpexplain.errors import TcpexplainError
from tcpexplain.native.library import library
from tcpexplain.readers import open_stream
from tcpexplain.reports.json import lines

CAPTURES = 10
"""Of a batch."""
PROCESSES_SHARE = 100
"""Of so many captures one is read by two processes, whose start takes a second."""
SAID = ("cause", "severity", "certainty", "also", "undecided", "alternatives", "error")
"""What does not name packets: of several files these count anew."""
REFUSED = {"type", "error"}
"""Of what stands for a capture that is not read."""
SNAPS = (65535, 65535, 65535, 54, 60, 128)


class Cut(NamedTuple):
    """A capture, and the same packets in three files, in the order in which they are given."""

    whole: Path
    parts: list[Path]


def told(what, compiled="1", **how):
    """All lines, or the error. Messages are not asked for: the payload is zeros."""
    os.environ["TCPEXPLAIN_COMPILED"] = compiled
    try:
        return [json.loads(one) for one in "".join(lines(tcpexplain.read(what, **how))).splitlines()]
    except TcpexplainError as error:
        return [{"type": "connection", "error": error.code}]


def short(records):
    """What several files must say as well, of each connection."""
    return [{name: one.get(name) for name in SAID} for one in records if one["type"] == "connection"]


def connections(records):
    """The lines about connections: the first names the file, the last says how long it took."""
    return [one for one in records if one["type"] == "connection"]


@cache
def schema():
    """The validator of a line; None where jsonschema is not installed."""
    try:
        from jsonschema import Draft202012Validator
    except ImportError:
        return None
    return Draft202012Validator(
        json.loads((Path(tcpexplain.__file__).parent / "schema" / "tcpexplain-1.json").read_text())
    )


def against_schema(every):
    """Ways with a line that is not what the schema says: negative times are not, nor numbers that no header holds. Each line is looked at once."""
    seen, found = set(), []
    for way, records in every.items() if schema() else ():
        new = {json.dumps(one): one for one in records if set(one) != REFUSED}
        found += [way for text, one in new.items() if text not in seen and not schema().is_valid(one)]
        seen.update(new)
    return found


def cut(seed, folder):
    """The capture of a seed."""
    rows, rng = packets(seed), Random(-seed)
    snap = rng.choice(SNAPS)
    whole = folder / "whole.pcap"
    whole.write_bytes(pcap(rows, snap))
    cuts = sorted(rng.randrange(len(rows) + 1) for _ in range(2))
    parts = [folder / f"part{number}.pcap" for number in range(3)]
    for path, first, last in zip(parts, (0, *cuts), (*cuts, len(rows)), strict=True):
        path.write_bytes(pcap(rows[first:last], snap))
    # Where two files begin at the same instant, or time steps back between them, their order is that in which they are given.
    ordered = all(rows[cut - 1][0] < rows[cut][0] for cut in cuts if 0 < cut < len(rows)) and len(set(cuts)) == 2
    return Cut(whole, rng.sample(parts, 3) if ordered else parts)


def ways(seed, folder, *, processes=False):
    """The names of the ways in which this capture is read otherwise than as a file by plain code."""
    capture, rng = cut(seed, folder), Random(seed)
    found, plain = [], told(capture.whole, "0")
    read = {"plain code": plain}
    if library():
        read["machine code"] = told(capture.whole, "1")
        if connections(read["machine code"]) != connections(plain):
            found.append("machine code")
    read["pipe"] = told([open_stream(io.BytesIO(capture.whole.read_bytes()), "pipe")], "0")
    read["three files"] = told(capture.parts, rng.choice("01"))
    with little_room():
        read["little room"] = told(capture.whole, rng.choice("01"))
    if processes:
        read["two processes"] = told(capture.parts, rng.choice("01"), jobs=2)
    found += [way for way, records in read.items() if short(records) != short(plain)]
    return found + [f"schema: {way}" for way in against_schema(read)]


def batch(seed):
    """How many captures were read, and what was found."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for one in range(seed * CAPTURES, (seed + 1) * CAPTURES):
            found += [f"seed {one}: {way}" for way in ways(one, Path(folder), processes=one % PROCESSES_SHARE == 0)]
    return CAPTURES, found
