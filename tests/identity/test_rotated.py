"""Captures cut into files, clocks that drift apart, and firewalls that change sequence numbers."""

import struct
from itertools import pairwise
from pathlib import Path

import pytest

import tcpexplain
from tcpexplain.identity.clocks import Mark, fitted
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
        Mark(at * NANOSECOND, round(5e9 + drift * at * NANOSECOND + 2_000 * (at % 3)), True, 3_000)
        for at in range(0, 80, 10)
    ]
    clock = fitted(points)
    assert clock.drift == pytest.approx(-drift, abs=1e-6)
    level = fitted([mark._replace(ahead=round(5e9 + 50_000 * (at % 2))) for at, mark in enumerate(points)])
    assert level.drift == 0


def test_a_quartz_is_not_wrong_by_a_thousandth():
    points = [Mark(at * NANOSECOND, round(2e-3 * at * NANOSECOND), True, 3_000) for at in range(0, 80, 10)]
    assert fitted(points).drift == 0


def test_a_clock_that_runs_fast_makes_nothing_of_nothing(tmp_path):
    """Two connections of two and a half seconds, eight minutes apart: the server's clock is 100 millionths fast, 50 ms between them."""
    folder, paths = POINTS / "both-ends", []
    begin = records(folder / "client.pcap")[1][0][0]
    for name, fast in (("client", 0), ("server", 1e-4)):
        head, kept = records(folder / f"{name}.pcap")
        times = [begin + round((time - begin) * 300 * (1 + fast)) for time, *_ in kept]
        paths.append(tmp_path / f"{name}.pcap")
        packets = (
            struct.pack("<II", time // 10**9, time % 10**9 // 1000) + rest + data
            for time, (_, rest, data) in zip(times, kept, strict=True)
        )
        paths[-1].write_bytes(head + b"".join(packets))
    told = tcpexplain.read(paths)
    assert [one.cause for one in told] == [
        one.cause for one in tcpexplain.read([folder / "client.pcap", folder / "server.pcap"])
    ]
    assert {round(max(abs(point.drift) for point in one.united.points)) for one in told} == {100}


def test_a_clock_that_was_set_between_two_connections_is_put_right_for_each(tmp_path):
    """Ntpd set the server's clock two seconds forward between the first and the second."""
    folder = POINTS / "both-ends"
    head, kept = records(folder / "server.pcap")
    middle = (kept[0][0] + kept[-1][0]) // 2
    packets = (
        struct.pack("<II", *divmod((time + 2 * NANOSECOND * (time > middle)) // 1000, 10**6)) + rest + data
        for time, rest, data in kept
    )
    (tmp_path / "server.pcap").write_bytes(head + b"".join(packets))
    told = tcpexplain.read([folder / "client.pcap", tmp_path / "server.pcap"])
    real = tcpexplain.read([folder / "client.pcap", folder / "server.pcap"])
    assert [(one.cause, one.certainty) for one in told] == [(one.cause, one.certainty) for one in real]
    offsets = [one.united.points[1].clock_offset for one in told]
    assert offsets[0] - offsets[1] == pytest.approx(2, abs=1e-4)
    ((when, seconds),) = told[0].united.points[1].clock_steps
    assert middle < when < middle + 2 * NANOSECOND
    assert seconds == pytest.approx(2, abs=1e-4)
    assert "its clock was set forward by 2.0 s about" in told[0].finding.vantage
    assert real[0].united.points[1].clock_steps == ()


@pytest.mark.parametrize(("apart", "drift"), [(2_000_000, 0), (20_000_000, 2e-4)])
def test_two_points_tell_a_drift_only_if_neither_may_be_so_wrong(apart, drift):
    """100 s apart, each from a round trip that may be wrong by 1 ms."""
    points = [Mark(0, 0, True, 1_000_000), Mark(100 * NANOSECOND, apart, True, 1_000_000)]
    assert fitted(points).drift == pytest.approx(-drift)


def test_without_machine_code_messages_of_several_captures_are_read_too(monkeypatch, tmp_path):
    """As where there was no compiler: what was found lies in arrays, and the captures are read in lists."""
    files = sorted((POINTS / "request-lost-once").glob("*.pcap"))
    parts = [part for file in files for part in cut(file, tmp_path, (7, 12))]
    real = told(tcpexplain.read(parts, port=8000, jobs=2))
    for module in ("native.library", "analysis.memory"):
        monkeypatch.setattr(f"tcpexplain.{module}.library", lambda: None)
    assert told(tcpexplain.read(parts, port=8000, jobs=2)) == real
