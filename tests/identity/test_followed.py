"""Which connections are followed from point to point: the same in lists and in columns, and no more than there is room for."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

import tcpexplain
from tcpexplain.analysis.memory import Arrays, Plain, objects
from tcpexplain.identity import find
from tcpexplain.identity.find import values
from tcpexplain.identity.member import Name
from tcpexplain.identity.openings import Decisions, Translation
from tcpexplain.native.library import usable
from tcpexplain.parallel import followed, followed_lists
from tcpexplain.parallel.blocks import Held
from tcpexplain.parallel.divide import CaptureToDecode, divide_file
from tcpexplain.wire.segment import SYN, Key, Segment

np = pytest.importorskip("numpy")

ROOT = Path(__file__).parents[2] / "captures" / "points"
NAMES = [
    "dnat",
    "forged-reset-to-both",
    "request-lost-once",
    "server-capture-starts-late",
    "snat-on-the-router",
    "untranslated-answer",
]


def decoded(files):
    return [divide_file(CaptureToDecode(at, str(file), 0, None, None, compiled=False)) for at, file in enumerate(files)]


def in_lists(found):
    chosen = followed_lists.in_lists(found, range(len(found)))
    return (
        ([], False)
        if chosen is None
        else ([(one.segment.packet, values(one.key)) for one in chosen.segments], chosen.left_out is not None)
    )


class Columns(Arrays):
    """Arrays made of the same lists."""


def in_columns(found):
    memory = Columns()
    arrays = [as_arrays(one, memory) for one in found]
    names, left_out = followed.columns_followed(arrays, memory, range(len(arrays)))
    segments = followed.segments_followed(arrays, memory, names, range(len(arrays)))
    return [(int(one.segment.packet), values(one.key)) for one in segments], left_out


class Decoded:
    """A capture whose blocks are arrays."""

    def __init__(self, number, blocks):
        self.number, self.blocks, self.names = number, blocks, ""


def as_arrays(one, memory):
    held = [Held(memory.taken(block.segments, Segment), memory.taken(block.keys, Key)) for block in one.blocks]
    return Decoded(one.number, held)


def same(found):
    return sorted(in_lists(found)[0]), sorted(in_columns(found)[0])


@pytest.mark.parametrize("name", NAMES)
def test_lists_and_columns_follow_the_same_segments(name):
    one, other = same(decoded(sorted((ROOT / name).glob("*.pcap"))))
    assert one == other


@pytest.mark.parametrize(("most", "alike", "equal"), [(40, 300, 60), (100, 1, 1), (300, 2, 0), (0, 0, 0)])
def test_and_when_there_is_less_room(monkeypatch, most, alike, equal):
    for module in (find, followed):
        for name, value in (("FOLLOWED", most), ("ALIKE", alike), ("SAME", equal)):
            monkeypatch.setattr(module, name, value)
    files = [file for name in NAMES for file in sorted((ROOT / name).glob("*.pcap"))]
    random.Random(5).shuffle(files)
    found = decoded(files)
    (one, left_out), (other, too) = in_lists(found), in_columns(found)
    assert sorted(one) == sorted(other)
    assert left_out == too
    # As many again of those that began before a capture.
    assert len(one) <= 2 * most


def test_connections_of_which_captures_differ_come_first():
    file, other = (0, (1,)), (1, (1,))
    names = [file, other]
    assert find.kind_of(names, {file: 7, other: 7}) == 2
    assert find.kind_of(names, {file: 7, other: 8}) == 1
    assert find.kind_of([file, (1, (2,))], {}) == 0


def test_memory_is_made_of_lists_where_nothing_is_compiled():
    assert not Plain().compiled
    assert objects(Arrays().taken([], Segment), Segment) == []


@pytest.fixture(params=["lists", "arrays"])
def _both_ways(request, monkeypatch):
    monkeypatch.setenv("TCPEXPLAIN_COMPILED", str(int(request.param == "arrays")))
    if request.param == "arrays" and not usable():
        pytest.skip("no machine code")


@pytest.mark.usefixtures("_both_ways")
@pytest.mark.parametrize(
    "name",
    [
        "snat",
        "snat-other-port",
        "dnat",
        "dnat-and-snat",
        "snat-on-the-router",
        "dnat-on-the-router",
        "client-aborts-behind-nat",
    ],
)
def test_connections_behind_nat_are_one_where_there_is_no_room_to_follow_their_segments(monkeypatch, name):
    files = sorted(map(str, (ROOT / name).glob("*.pcap")))
    (followed_one,) = tcpexplain.read(files, port=8000)
    for module in (find, followed):
        monkeypatch.setattr(module, "FOLLOWED", 5)
    capture = tcpexplain.read(files, port=8000)
    (connection,) = capture
    assert (connection.cause, connection.certainty) == (followed_one.cause, followed_one.certainty)
    assert (connection.client, connection.server) == (followed_one.client, followed_one.server)
    assert connection.packets == followed_one.packets
    assert not [one for one in capture.warnings if one.code == "TE023"]


@pytest.mark.usefixtures("_both_ways")
@pytest.mark.parametrize("name", ["forged-reset-behind-nat", "conntrack-invalid-dropped", "untranslated-answer"])
def test_each_packet_is_told_once_where_two_points_have_not_the_same(monkeypatch, name):
    files = sorted(map(str, (ROOT / name).glob("*.pcap")))
    (followed_one,) = tcpexplain.read(files, port=8000)
    for module in (find, followed):
        monkeypatch.setattr(module, "FOLLOWED", 5)
    (connection,) = tcpexplain.read(files, port=8000)
    assert (connection.client, connection.packets) == (followed_one.client, followed_one.packets)


@pytest.mark.usefixtures("_both_ways")
def test_an_answer_that_was_not_translated_back_stays_apart_and_is_said(monkeypatch):
    for module in (find, followed):
        monkeypatch.setattr(module, "FOLLOWED", 5)
    capture = tcpexplain.read(sorted(map(str, (ROOT / "dnat-without-way-back").glob("*.pcap"))), port=8000)
    (warning,) = [one for one in capture.warnings if one.code == "TE023"]
    assert "connection behind NAT" in warning.message


def syn(number, file, port):
    segment, key = Segment(), Key()
    segment.flags, segment.seq, segment.file, key.high_port = SYN, number, file, port
    return find.NamedSegment(segment, key)


def test_one_connection_without_room_takes_none_from_the_others(monkeypatch):
    monkeypatch.setattr(find, "FOLLOWED", 60)
    opened = [syn(number, file, 10 * number + file) for number in (1, 2) for file in (0, 1)]
    names = [(int(one.segment.file), values(one.key)) for one in opened]
    sizes = dict(zip(names, (50, 50, 20, 20), strict=True))
    chosen, left_out = find.followed(opened, set(), sizes, sizes, [], [0, 1])
    assert chosen == set(names[2:])
    assert left_out == ((1, tuple(names[:2])),)


def test_a_name_that_nat_has_given_to_two_clients_stays_as_it_is():
    inside, other, outside = (Name(at, (at,), at) for at in range(3))
    found = Decisions([False] * 3)
    for client in (inside, other):
        found.add([Translation(outside, client, flipped=False, gone=False, twin=None)], lambda name: name.file)
    assert (found.torn, found.unclear, list(found.names)) == ({2}, 1, [2])
