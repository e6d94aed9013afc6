"""Captures of two networks that use the same addresses: each connection is told for itself, as if the other were not there."""

from pathlib import Path

import pytest
from pcapfiles import taken, written

import tcpexplain
from tcpexplain.native.library import usable
from tcpexplain.parallel.networks import SeenName, networks

POINTS = Path(__file__).parents[2] / "captures" / "points"
SEQ, ACK, FLAGS = 4, 8, 13
IP = {1: 14, 101: 0, 113: 16, 276: 20}
"""Where the IP header begins, by link type."""


def elsewhere(path, folder, late=0):
    """A capture of a connection with the same addresses and ports in another network, whose ends chose other sequence numbers."""
    found = taken(path)
    packets = [(one.time + late, numbered(one.data, IP[found.link])) for one in found.records]
    return str(written(folder / f"other-{path.name}", packets, found.link))


def numbered(frame, ip):
    """The frame with other numbers; the acknowledgment of a SYN, which has none, stays 0."""
    at, data = ip + 4 * (frame[ip] & 15), bytearray(frame)
    for field, holds in ((SEQ, True), (ACK, data[at + FLAGS] & 0x10)):
        number = int.from_bytes(data[at + field : at + field + 4], "big")
        if holds:
            data[at + field : at + field + 4] = (number + 1_000_000_007 & 0xFFFFFFFF).to_bytes(4, "big")
    return bytes(data)


def told(paths, **options):
    return sorted(
        (one.cause, one.certainty, one.packets, str(one.client)) for one in tcpexplain.read(paths, port=8000, **options)
    )


@pytest.fixture(params=["plain", "native"])
def _both_ways(request, monkeypatch):
    if request.param == "native" and not usable():
        pytest.skip("no machine code")
    monkeypatch.setenv("TCPEXPLAIN_COMPILED", str(int(request.param == "native")))


@pytest.mark.usefixtures("_both_ways")
@pytest.mark.parametrize("name", ["request-never-arrives", "server-aborts", "client-aborts-behind-nat"])
@pytest.mark.parametrize("late", [0, 30_000_000])
def test_the_same_addresses_in_two_networks_are_two_connections(tmp_path, name, late):
    here = POINTS / name / "server.pcap"
    there = elsewhere(here, tmp_path, late)
    assert told([str(here), there]) == sorted(told([str(here)]) + told([there]))


@pytest.mark.usefixtures("_both_ways")
def test_a_connection_at_two_points_stays_one_beside_that_of_another_network(tmp_path):
    points = sorted(map(str, (POINTS / "request-lost-once").glob("*.pcap")))
    there = elsewhere(POINTS / "request-lost-once" / "client.pcap", tmp_path)
    assert told([*points, there]) == sorted(told(points) + told([there]))


def test_no_two_captures_of_one_network_saw_different_connections_at_one_time():
    names = [
        SeenName(0, frozenset({1}), 0, 10),
        SeenName(1, frozenset({2}), 5, 15),  # beside the first
        SeenName(2, frozenset({3}), 20, 30),  # after both
        SeenName(3, frozenset({2, 4}), 8, 40),  # the second's, and beside all
        SeenName(4, frozenset(), 0, 50),  # began before: nothing tells
    ]
    assert [[one.tap for one in network] for network in networks(names)] == [[0, 2, 4], [1, 3]]


@pytest.mark.usefixtures("_both_ways")
@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("late", [0, 30_000_000])
def test_where_nothing_is_identified_each_capture_is_told_for_itself(tmp_path, jobs, late):
    points = sorted(map(str, (POINTS / "request-lost-once").glob("*.pcap")))
    files = [*points, elsewhere(POINTS / "request-lost-once" / "client.pcap", tmp_path, late)]
    alone = sorted(one for file in files for one in told([file], identify=False))
    assert told(files, identify=False, jobs=jobs) == alone
    assert told(files[::-1], identify=False, jobs=jobs) == alone


@pytest.mark.usefixtures("_both_ways")
def test_parts_of_one_capture_are_no_captures_of_their_own(tmp_path):
    whole = taken(POINTS / "request-lost-once" / "client.pcap")
    middle = len(whole.records) // 2
    pieces = (whole.records[:middle], whole.records[middle:])
    parts = [str(written(tmp_path / f"x{at}.pcap", part, whole.link)) for at, part in enumerate(pieces)]
    whole_file = str(written(tmp_path / "whole.pcap", whole.records, whole.link))
    assert told(parts, identify=False) == told([whole_file], identify=False)
