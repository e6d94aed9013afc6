"""Captures of two networks that use the same addresses: each connection is told for itself, as if the other were not there."""

from pathlib import Path

import pytest
from pcapfiles import taken, written

import tcpexplain
from tcpexplain.cli.command import run
from tcpexplain.identity.networks import RANGES, SeenName, networks
from tcpexplain.native.library import usable

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


def cut(path, folder, skipped, late=0):
    """A capture without its first packets."""
    found = taken(Path(path))
    packets = [(one.time + late, one.data) for one in found.records[skipped:]]
    return str(written(folder / f"later-{Path(path).name}", packets, found.link))


OPENING = 3
"""The packets of a handshake."""


@pytest.mark.usefixtures("_both_ways")
@pytest.mark.parametrize("name", ["server-aborts", "forged-reset-to-client"])
def test_what_a_capture_has_the_middle_of_goes_to_the_network_where_its_numbers_go_on(tmp_path, name):
    here, far = POINTS / name / "client.pcap", POINTS / name / "server.pcap"
    near = elsewhere(here, tmp_path, 30_000_000)
    first = [taken(path).records[0].time for path in (Path(near), far)]
    middle = cut(elsewhere(far, tmp_path, first[0] - first[1] + 100_000), tmp_path, OPENING)
    assert told([str(here), near, middle]) == sorted(told([str(here)]) + told([near, middle]))


@pytest.mark.usefixtures("_both_ways")
def test_what_passed_before_a_capture_began_was_not_lost_on_its_way_there(tmp_path):
    here = POINTS / "server-aborts" / "client.pcap"
    near, middle = elsewhere(here, tmp_path), cut(POINTS / "server-aborts" / "server.pcap", tmp_path, OPENING)
    one, other = told([str(here), near, middle])
    assert one[:2] == other[:2] == ("close-with-unread-data", "likely")


@pytest.mark.usefixtures("_both_ways")
def test_the_middle_of_another_connection_is_not_mixed_into_the_only_one_that_was_seen_to_begin(tmp_path):
    here = POINTS / "request-never-arrives" / "client.pcap"
    middle = cut(elsewhere(here, tmp_path), tmp_path, OPENING)
    assert told([str(here), middle]) == sorted(told([str(here)]) + told([middle]))


@pytest.mark.usefixtures("_both_ways")
def test_where_nothing_tells_the_network_it_is_said(tmp_path):
    here = POINTS / "both-ends" / "client.pcap"
    there = elsewhere(here, tmp_path)
    (tmp_path / "third").mkdir()
    middle = cut(elsewhere(Path(there), tmp_path / "third"), tmp_path, OPENING, late=3600 * 10**9)
    paths = [str(here), there, middle]
    assert told(paths) == sorted(told([str(here)]) + told([there]) + told([middle]))
    (warning,) = [one for one in tcpexplain.read(paths, port=8000).warnings if one.code == "TE024"]
    assert warning.message == "of 1 connection nothing tells which of several networks it belongs to"


def test_the_middle_of_a_connection_is_told_alike_by_lists_and_arrays_whoever_shares_the_work(
    tmp_path, monkeypatch, capsys
):
    here, far = POINTS / "server-aborts" / "client.pcap", POINTS / "server-aborts" / "server.pcap"
    paths = [str(here), elsewhere(here, tmp_path, 30_000_000)]
    paths.append(cut(elsewhere(far, tmp_path), tmp_path, OPENING))
    texts = set()
    for compiled in "01" if usable() else "0":
        monkeypatch.setenv("TCPEXPLAIN_COMPILED", compiled)
        for order in (paths, paths[::-1]):
            for jobs in ("1", "2"):
                assert run([*order, "--json", "--jobs", jobs]) == 0
                texts.add(capsys.readouterr().out)
    assert len(texts) == 1


def test_no_two_captures_of_one_network_saw_different_connections_at_one_time():
    names = [
        SeenName(0, frozenset({1}), 0, 10),
        SeenName(1, frozenset({2}), 5, 15),  # beside the first
        SeenName(2, frozenset({3}), 20, 30),  # after both
        SeenName(3, frozenset({2, 4}), 8, 40),  # the second's, and beside all
        SeenName(4, frozenset(), 0, 50),  # began before: nothing tells
    ]
    assert in_networks(names) == ([[0, 2], [1, 3], [4]], 1)


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


def in_networks(names, allied=frozenset()):
    found, unclear = networks(names, allied)
    return [[one.tap for one in network] for network in found], unclear


def both_ends(low, high):
    return frozenset({low, RANGES + high})


def test_numbers_of_both_ends_tell_the_network_and_go_round():
    names = [
        SeenName(0, frozenset({1}), 0, 10, both_ends(5, 9)),
        SeenName(1, frozenset({2}), 0, 10, both_ends(RANGES - 1, 30)),
        SeenName(2, frozenset(), 5, 15, both_ends(0, 29)),
        SeenName(
            3, frozenset(), 5, 15, both_ends(5, 29)
        ),  # one end's fit the first, the other's the second: a third connection
    ]
    assert in_networks(names) == ([[0], [1, 2], [3]], 0)


def test_where_numbers_do_not_tell_the_captures_do_that_saw_other_connections_together():
    names = [
        SeenName(0, frozenset({1}), 0, 10, both_ends(5, 9)),
        SeenName(1, frozenset({2}), 0, 10, both_ends(6, 8)),
        SeenName(2, frozenset(), 5, 15, both_ends(6, 9)),
    ]
    assert in_networks(names) == ([[0], [1], [2]], 1)
    assert in_networks(names, {(2, 1), (1, 2)}) == ([[0], [1, 2]], 0)
    assert in_networks(names, {(2, 1), (1, 2), (0, 2), (2, 0)}) == ([[0], [1], [2]], 1)


def test_the_only_network_keeps_what_does_not_contradict_it():
    begun, middle = SeenName(0, frozenset({1}), 0, 10, both_ends(5, 9)), both_ends(500, 900)
    assert in_networks([begun, SeenName(1, frozenset(), 20, 30, middle)]) == ([[0, 1]], 0)
    assert in_networks([begun, SeenName(1, frozenset(), 5, 30)]) == ([[0, 1]], 0)
    assert in_networks([begun, SeenName(1, frozenset(), 5, 30, middle)]) == ([[0], [1]], 0)
