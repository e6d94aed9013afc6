"""Lines of real programs lead to the connections they were about; without these in the capture, to none."""

from __future__ import annotations

import gzip
import json
import struct
from pathlib import Path

import pytest

import tcpexplain as tx

LINES = Path(__file__).parent / "lines"
CASES = json.loads((LINES / "lines.json").read_text(encoding="utf-8"))
ZONE = -8 * 3600
"""Seconds by which a log of another zone is off."""


def packets(name):
    """The header of a capture, and its packets: seconds, microseconds, length on the wire, bytes."""
    data = gzip.decompress((LINES / f"{name}.pcap.gz").read_bytes())
    at, found = 24, []
    while at < len(data):
        second, micro, kept, wire = struct.unpack_from("<IIII", data, at)
        found.append((second, micro, wire, data[at + 16 : at + 16 + kept]))
        at += 16 + kept
    return data[:24], found


def written(path, header, rows, shift=0):
    """A capture of these packets, their clock set otherwise."""
    body = b"".join(
        struct.pack("<IIII", second + shift, micro, len(data), wire) + data for second, micro, wire, data in rows
    )
    path.write_bytes(header + body)
    return path


def is_the_one(capture, stream, ports):
    """Whether a stream is the connection of the line."""
    if stream is None:
        return False
    connection = capture.stream(stream)
    return connection.client.port in ports or connection.server.port in ports


def share(found):
    """The part that is right, and what is not."""
    return sum(found.values()) / len(found), sorted(name for name, right in found.items() if not right)


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.needs("time")) for part in (1, 2))])
def test_the_right_connection_comes_first(part):
    """A third of the lines at a time: each takes a twentieth of a second."""
    first, among_three, agreed = {}, {}, {}
    for case in CASES[part::3]:
        capture = tx.read(LINES / f"{case['name']}.pcap.gz")
        (line,) = capture.match(case["line"])
        first[case["name"]] = line.found and is_the_one(capture, line.stream, case["ports"])
        others = [line.stream, *(one.stream for one in line.candidates[:2])]
        among_three[case["name"]] = any(is_the_one(capture, stream, case["ports"]) for stream in others)
        if case["outcome"]:
            # What strace saw the last failing call return; the line may name an earlier one.
            agreed[case["name"]] = line.outcome == case["outcome"]
    assert share(first)[0] >= 0.95, share(first)
    assert share(among_three)[0] >= 0.99, share(among_three)
    assert share(agreed)[0] >= 0.9, share(agreed)


def test_what_is_not_in_the_capture_is_said_not_to_be(tmp_path):
    absent = {}
    for case in CASES[::3]:
        header, rows = packets(case["name"])
        others = [row for row in rows if not set(struct.unpack_from(">HH", row[3], 34)) & set(case["ports"])]
        capture = tx.read(written(tmp_path / "without.pcap", header, others))
        (line,) = capture.match(case["line"])
        absent[case["name"]] = not line.found
        assert line.found or line.because
    assert share(absent)[0] >= 0.95, share(absent)


@pytest.mark.parametrize("shift", [37, ZONE])
def test_a_wrong_clock_or_zone_leads_there_too(tmp_path, shift):
    found = {}
    for case in CASES[1::5]:
        if shift == ZONE and any(word in case["line"][:40] for word in ("Z ", "+0000", " UTC")):
            continue
        header, rows = packets(case["name"])
        capture = tx.read(written(tmp_path / "shifted.pcap", header, rows, shift))
        (line,) = capture.match(case["line"])
        found[case["name"]] = line.found and is_the_one(capture, line.stream, case["ports"])
    assert share(found)[0] >= 0.9, share(found)


@pytest.mark.parametrize("name", ["mixnginx", "mixhaproxy"])
def test_a_whole_log_finds_each_lines_own_connection(name):
    capture = tx.read(LINES / f"{name}.pcap.gz")
    ports = json.loads((LINES / f"{name}.json").read_text())
    matches = capture.match(str(LINES / f"{name}.log"))
    assert len(matches) == len(ports)
    right = [is_the_one(capture, line.stream, [port]) for line, port in zip(matches, ports, strict=True)]
    assert sum(right) >= 0.95 * len(right)
