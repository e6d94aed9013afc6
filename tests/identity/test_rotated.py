"""Captures cut into files, clocks that drift apart, and firewalls that change sequence numbers."""

import struct
from itertools import pairwise
from pathlib import Path

import pytest

import tcpexplain
from tcpexplain.identity.clocks import fitted
from tcpexplain.units import NANOSECOND

POINTS = Path(__file__).parents[2] / "captures" / "points"


def records(path):
    """The head of a pcap file, and its records as time in ns and bytes after the times."""
    data, at, found = path.read_bytes(), 24, []
    while at < len(data):
        second, fraction, kept, length = struct.unpack_from("<IIII", data, at)
        found.append(
            (second * 10**9 + fraction * 1_000, struct.pack("<II", kept, length), data[at + 16 : at + 16 + kept])
        )
        at += 16 + kept
    return data[:24], found


def written(path, head, found):
    path.write_bytes(
        head
        + b"".join(
            struct.pack("<II", time // 10**9, time % 10**9 // 1_000) + sizes + frame for time, sizes, frame in found
        )
    )
    return str(path)


def cut(path, folder, places):
    """The parts of a capture."""
    head, found = records(path)
    edges = [0, *places, len(found)]
    return [
        written(folder / f"{path.stem}{at}.pcap", head, found[one:other])
        for at, (one, other) in enumerate(pairwise(edges))
    ]


def told(capture):
    return [
        (
            one.client,
            one.server,
            one.cause,
            one.certainty,
            one.packets,
            [way.fate for way in one.united.odd],
            len(one.united.points),
        )
        for one in capture
        if one.united
    ]


@pytest.mark.parametrize(
    "name", ["dnat-and-snat", "forged-reset-behind-nat", "request-lost-once", "conntrack-invalid-dropped"]
)
@pytest.mark.parametrize("jobs", [1, 2])
def test_rotated_captures_at_both_ends_are_as_good_as_whole_ones(name, jobs, tmp_path):
    files = sorted((POINTS / name).glob("*.pcap"))
    parts = [part for file in files for part in cut(file, tmp_path, (7, 12))]
    whole, rotated = tcpexplain.read(list(map(str, files)), port=8000), tcpexplain.read(parts, port=8000, jobs=jobs)
    assert told(rotated) == told(whole)
    assert len(rotated) == len(whole) == 1


def test_points_keep_the_name_of_their_first_file(tmp_path):
    parts = [part for name in ("client", "server") for part in cut(POINTS / "dnat" / f"{name}.pcap", tmp_path, (6,))]
    (connection,) = tcpexplain.read(parts, port=8000)
    assert [point.name for point in connection.united.points] == ["client0.pcap", "server0.pcap"]


def renumbered(path, target, by):
    """A capture behind a firewall that adds ``by`` to the client's sequence numbers (Linux cooked v2, IPv4)."""
    head, found = records(path)
    changed = []
    for time, sizes, data in found:
        frame = bytearray(data)
        tcp = 20 + (frame[20] & 15) * 4
        to_server = struct.unpack_from("!H", frame, tcp + 2)[0] == 8000
        at = tcp + (4 if to_server else 8)
        number = struct.unpack_from("!I", frame, at)[0]
        if number or to_server:
            struct.pack_into("!I", frame, at, (number + by) % (1 << 32))
        changed.append((time, sizes, bytes(frame)))
    return written(target, head, changed)


@pytest.mark.parametrize("name", ["dnat", "both-ends", "snat-other-port"])
def test_a_device_that_changes_sequence_numbers_hides_that_they_are_one(name, tmp_path):
    client = str(POINTS / name / "client.pcap")
    server = renumbered(POINTS / name / "server.pcap", tmp_path / "server.pcap", 1_234_567_891)
    capture = tcpexplain.read([client, server], port=8000)
    assert all(one.united is None for one in capture)
    assert {one.severity for one in capture if one.certainty == "certain"} <= {"fine"}


@pytest.mark.parametrize("drift", [-150e-6, -20e-6, 60e-6])
def test_clocks_that_part_are_told_from_jitter(drift):
    points = [
        (at * NANOSECOND, round(5e9 + drift * at * NANOSECOND + 2_000 * (at % 3)), True) for at in range(0, 80, 10)
    ]
    clock = fitted(points)
    assert clock.drift == pytest.approx(-drift, abs=1e-6)
    level = fitted([(time, round(5e9 + 50_000 * (at % 2)), both) for at, (time, _, both) in enumerate(points)])
    assert level.drift == 0


def test_a_quartz_is_not_wrong_by_a_thousandth():
    points = [(at * NANOSECOND, round(2e-3 * at * NANOSECOND), True) for at in range(0, 80, 10)]
    assert fitted(points).drift == 0
