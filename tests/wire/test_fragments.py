"""IP fragments: a packet is the same whole or in pieces, and what cannot be put together is named."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from pcapfiles import taken, written
from scapy.layers.inet import IP, fragment
from scapy.layers.inet6 import IPv6, IPv6ExtHdrFragment, fragment6
from scapy.layers.vxlan import VXLAN
from scapy.packet import Raw
from wrapped import ether, udp

import tcpexplain
from tcpexplain.readers import open_capture
from tcpexplain.wire.changes import batch_of, row_of
from tcpexplain.wire.datagrams import APART, COMPLETE, MOST_BYTES, MOST_PACKETS, OPEN, VOID, Datagrams
from tcpexplain.wire.fragments import fragment_of
from tcpexplain.wire.frames import Lists
from tcpexplain.wire.reassembled import reassembled

SAMPLE = Path(__file__).parents[2] / "captures" / "half-close" / "capture.pcap"
RAW = 101
PUT_TOGETHER = "IP fragments put together with the rest of their packets"


def packets():
    """Time, and IPv4 packet, of the sample's packets."""
    return [(one.time, one.data[14:]) for one in taken(SAMPLE).records]


def in_four(packet, size=32):
    """The IPv4 packet in fragments."""
    whole = IP(packet)
    whole.flags = 0
    return [bytes(one) for one in fragment(IP(bytes(whole)), fragsize=size)]


def as_six(packet):
    """The same segment in IPv6."""
    four = IP(packet)
    return bytes(IPv6(src=f"2001:db8::{four.src}", dst=f"2001:db8::{four.dst}", nh=6) / Raw(bytes(four.payload)))


def in_six(packet, number):
    """The IPv6 packet in fragments."""
    six = IPv6(packet)
    six.payload = IPv6ExtHdrFragment(nh=6, id=number) / Raw(bytes(six.payload))
    del six.plen, six.nh
    return [bytes(one) for one in fragment6(IPv6(bytes(six)), 40 + 8 + 32)]


def in_vxlan(packet):
    return udp(4789, VXLAN(vni=7, flags="Instance") / ether(packet))[14:]


def told(connection):
    return connection.cause, connection.certainty, connection.bytes, connection.final, len(connection.segments_seen)


def read(tmp_path, rows):
    return tcpexplain.read(written(tmp_path / "x.pcap", rows, RAW))


def six_numbered():
    return [(time, as_six(packet), number) for number, (time, packet) in enumerate(packets())]


SHAPES = {
    "IPv4": lambda: [(time, in_four(packet)) for time, packet in packets()],
    "IPv6": lambda: [(time, in_six(packet, number)) for time, packet, number in six_numbered()],
    "around a tunnel": lambda: [
        (time, in_four(numbered(in_vxlan(packet), at), 64)) for at, (time, packet) in enumerate(packets())
    ],
    "within a tunnel": lambda: [(time, [in_vxlan(one) for one in in_four(packet)]) for time, packet in packets()],
    "around and within": lambda: [
        (
            time,
            [
                outer
                for place, inner in enumerate(in_four(packet))
                for outer in in_four(numbered(in_vxlan(inner), 9 * at + place), 64)
            ],
        )
        for at, (time, packet) in enumerate(packets())
    ],
}


def numbered(packet, number):
    """The IPv4 packet with another identification: each packet of a tunnel has its own."""
    return packet[:4] + number.to_bytes(2, "big") + packet[6:]


ORDERS = {
    "in order": lambda pieces: pieces,
    "the last first": lambda pieces: pieces[::-1],
    "each twice": lambda pieces: [one for one in pieces for _ in range(2)] if len(pieces) > 1 else pieces,
    "in any order": lambda pieces: random.Random(len(pieces[0])).sample(pieces, len(pieces)),
}


@pytest.fixture(scope="module")
def bare():
    return tcpexplain.read(SAMPLE)[0]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_connection_in_fragments_has_the_answers_of_the_whole_one(shape, order, bare, tmp_path):
    capture = read(tmp_path, [(time, one) for time, pieces in SHAPES[shape]() for one in ORDERS[order](pieces)])
    (connection,) = capture
    assert told(connection) == told(bare)
    assert capture.skipped[PUT_TOGETHER] >= 7
    assert set(capture.skipped) <= {PUT_TOGETHER, "copies of IP fragments"}
    if not shape.startswith("IP"):
        assert str(connection.tunnel[0]) == "vxlan 7"


def test_first_fragments_alone_are_used_and_nothing_is_certain_of_their_bytes(bare, tmp_path):
    (connection,) = read(tmp_path, [(time, in_four(packet)[0]) for time, packet in packets()])
    assert (connection.cause, connection.final, connection.certainty) == (bare.cause, bare.final, "likely")
    assert "fragments" in connection.missing
    assert "only the first IP fragment" in connection.finding.vantage


def test_a_first_fragment_that_ends_inside_the_tcp_header_is_named(tmp_path):
    """What nmap -f sends."""
    capture = read(tmp_path, [packets()[0], *((time, in_four(packet, 8)[0]) for time, packet in packets()[1:])])
    assert capture.skipped == {"IP fragments whose packets lack others": len(packets()) - 1}


def test_fragments_whose_first_is_missing_are_counted(tmp_path):
    rows = [(time, one) for time, packet in packets() for one in in_four(packet)[1:] or [packet]]
    capture = read(tmp_path, rows)
    assert capture.skipped == {"IP fragments whose first is missing": 7}


def test_fragments_that_overlap_make_their_packet_void(tmp_path):
    """RFC 5722: another payload over the first one is how filters were passed."""
    rows = []
    for time, packet in packets():
        pieces = in_four(packet)
        if len(pieces) > 1:
            pieces[1:1] = [pieces[0][:-8] + b"another!"]
        rows += [(time, one) for one in pieces]
    capture = read(tmp_path, rows)
    whole = sum(len(in_four(packet)) == 1 for _, packet in packets())
    assert capture.skipped == {"IP fragments that overlap or make no packet, dropped": len(rows) - whole}
    assert "packets" in capture[0].missing
    assert capture[0].certainty != "certain"


def pieces_of(size, step=8):
    whole = bytes(IP(src="192.0.2.1", dst="192.0.2.2", proto=6, id=5) / Raw(bytes(range(256)) * (size // 256 + 1)))
    return [fragment_of(one) for one in in_four(whole[: 20 + size], step)]


@pytest.mark.parametrize(
    ("change", "state"),
    [
        (lambda one: one, COMPLETE),
        (lambda one: one._replace(offset=one.offset + 8), VOID),
        (lambda one: one._replace(size=one.size + 8), VOID),
        (lambda one: one._replace(data=b"x" * one.size), VOID),
        (lambda one: one._replace(more=False), VOID),
    ],
    ids=["as it was", "moved", "longer", "other bytes", "ends it"],
)
@pytest.mark.parametrize("place", [0, 3, 6])
def test_what_contradicts_any_other_fragment_is_void(place, change, state):
    found = Datagrams()
    rest = pieces_of(64)
    for piece in (*rest[:7], change(rest[place]), *rest[7:]):
        datagram, _ = found.take(piece, 0, 0, 0)
    assert datagram.state == state


def test_a_number_that_is_used_again_begins_another_packet():
    found, (first, *rest) = Datagrams(), pieces_of(32)
    states = [found.take(piece, 0, 0, 0)[1] for piece in (first, *rest)]
    assert states == [OPEN, OPEN, OPEN, COMPLETE]
    assert found.take(first._replace(data=b"another!"), 0, 0, 1)[1] == OPEN


def test_the_rest_may_come_too_late():
    found, (first, *rest) = Datagrams(), pieces_of(16)
    found.take(first, 0, 0, 0)
    assert found.take(rest[0], 0, 0, APART + 1)[1] == OPEN
    found.take(first, 1, 0, 0)
    assert found.take(rest[0], 1, 1_000_000_001, 1)[1] == OPEN


def test_what_is_remembered_is_bounded():
    found, (first, *_) = Datagrams(), pieces_of(4000, 3000)
    for number in range(3 * MOST_PACKETS):
        found.take(first._replace(whose=(b"", number, 6)), 0, 0, number)
    known = found._known.values()
    assert len(known) <= MOST_PACKETS
    assert sum(one.kept for one in known) <= MOST_BYTES + 65_535


def test_a_packet_of_more_than_65535_bytes_is_none():
    last = IP(src="192.0.2.1", dst="192.0.2.2", proto=6, frag=8189) / Raw(bytes(64))
    assert fragment_of(bytes(last)) is None


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_it_does_not_matter_how_batches_are_cut(size, tmp_path):
    """A reader gives what has come: one frame, or thousands."""
    pieces = [
        (time, one)
        for place, (time, packet) in enumerate(packets())
        for one in ORDERS["the last first" if place % 2 else "each twice"](in_four(packet)[: 4 - place % 3])
    ]
    path = written(tmp_path / "x.pcap", pieces, RAW)

    def shown(batches):
        rows = [row_of(frames, row) for frames in reassembled(batches, Lists()) for row in range(frames.count)]
        return [(row.packet, row.frame) for row in rows]

    (whole,) = [[row_of(frames, row) for row in range(frames.count)] for frames in open_raw(path)]
    cut = [batch_of(whole[at : at + size], Lists()) for at in range(0, len(whole), size)]
    assert shown(cut) == shown([batch_of(whole, Lists())])


def open_raw(path):
    """The batches of a file, fragments as they are."""
    capture = open_capture(path)
    return capture._reader.read(capture._source, capture.about, Lists())
