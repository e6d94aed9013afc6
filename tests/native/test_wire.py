"""Readers and decoder say the same as machine code, of whatever bytes."""

from pathlib import Path

import numpy as np
import pytest
from building import native
from examples_of_traffic import generated
from pcapfiles import taken, written

from tcpexplain.analysis.memory import Arrays
from tcpexplain.hot.array import Array, Bytes
from tcpexplain.hot.inline import entry
from tcpexplain.hot.record import dtype
from tcpexplain.native.library import library
from tcpexplain.readers import open_capture, pcap, pcapng
from tcpexplain.wire.changes import row_of
from tcpexplain.wire.frames import CAPACITY, Into
from tcpexplain.wire.headers import decode
from tcpexplain.wire.link import WHOLE
from tcpexplain.wire.linktype import find
from tcpexplain.wire.notation import LadderSegment
from tcpexplain.wire.packets import SocketAddress, packet
from tcpexplain.wire.pcapng_section import Interface
from tcpexplain.wire.segment import ACK, PSH, SYN, Key, Segment

CAPTURES = Path(__file__).parents[2] / "captures"
ENDS = [
    (SocketAddress.parse("10.0.0.1:40000"), SocketAddress.parse("10.0.0.2:80")),
    (SocketAddress.parse("250.0.0.2:80"), SocketAddress.parse("10.0.0.1:40000")),
    (SocketAddress.parse("[2001:db8::1]:40000"), SocketAddress.parse("[fe80::ffff:2]:80")),
    (SocketAddress.parse("[fe80::ffff:2]:80"), SocketAddress.parse("[2001:db8::1]:40000")),
]
SEGMENTS = [
    LadderSegment(
        True, seq=4294967290, ack=4294967295, flags=PSH | ACK, length=9, window=65535, ts_val=4294967295, ts_ecr=1
    ),
    LadderSegment(True, seq=1, flags=SYN, options=("MSS:1460", "WS:7", "SACKOK")),
    LadderSegment(True, seq=1, ack=5, flags=ACK, options=("SACK:4294967000-4294967200", "SACK:10-20")),
    LadderSegment(True, seq=7, flags=ACK, icmp=(3, 1)),
]


def room(buffer: Bytes, pool: Array[Segment], keys: Array[Key]) -> bool:
    return len(pool) > 0 and len(keys) > 0 and len(buffer) > 0


@entry(room)
def decode_one(
    buffer: Bytes, start: int, captured: int, wire: int, link: int, pool: Array[Segment], keys: Array[Key]
) -> int:
    return decode(buffer, start, captured, wire, link, pool[0], keys[0])


@pytest.fixture(scope="module")
def machine_code(tmp_path_factory):
    return native(tmp_path_factory.mktemp("library"), decode_one)


@pytest.fixture(scope="module")
def arrays():
    if library() is None:
        pytest.skip("there is no machine code of these sources: make native")
    return Arrays()


def frames():
    for ends in ENDS:
        for segment in SEGMENTS:
            head, wire = packet(*ends, segment, 9)
            kind = b"\x08\x00" if ends[0].address.version == 4 else b"\x86\xdd"
            whole = bytes(12) + kind + head + bytes(wire - len(head))
            yield from ((whole[:captured], len(whole)) for captured in range(0, len(whole) + 1, 3))
            for at in range(12, len(whole), 2):
                for byte in (0, 6, 0x45, 0x81, 0xFF):
                    yield whole[:at] + bytes([byte]) + whole[at + 1 :], len(whole)


def narrow(value, kind):
    """A number as the field's type holds it."""
    bits = 8 * int(kind[1])
    return (int(value) + (1 << bits - 1)) % (1 << bits) - (1 << bits - 1)


def test_decode_says_the_same(machine_code):
    fast = machine_code["decode_one"]
    pool, keys = np.zeros(1, dtype(Segment)), np.zeros(1, dtype(Key))
    plain, key = Segment(), Key()
    link = find(1).kind
    seen = set()
    for frame, wire in frames():
        junk = b"\xee" * 64
        buffer = np.frombuffer(frame + junk, np.uint8)
        found = decode(frame + junk, 0, len(frame), wire, link, plain, key)
        assert found == fast(buffer, 0, len(frame), wire, link, pool, keys)
        seen.add(found)
        if found < 2:
            assert {n: narrow(getattr(plain, n), k) for n, k in Segment.FIELDS[4:]} == {
                n: int(pool[0][n]) for n, _ in Segment.FIELDS[4:]
            }
            assert {n: getattr(key, n) for n, _ in Key.FIELDS} == {n: int(keys[0][n]) for n, _ in Key.FIELDS}
    assert seen >= {0, 1, 2, 3, 4, 5}


@pytest.mark.parametrize("big_endian", [False, True])
def test_the_walk_over_pcap_records_says_the_same(arrays, big_endian):
    order = "big" if big_endian else "little"
    data = b"".join(
        b"".join(word.to_bytes(4, order) for word in (2**32 - 1 - (n == 3), 999_999, n, n + 4)) + bytes(n)
        for n in range(20)
    ) + bytes(7)
    form = pcap.Form(big_endian, 1000, 16, False)
    lists, columns = [[0] * CAPACITY for _ in range(4)], [np.zeros(CAPACITY, np.int64) for _ in range(4)]
    answer = pcap.walk(data, 0, len(data), form, 0, Into(*lists))
    assert answer == arrays.hot(pcap.walk)(np.frombuffer(data, np.uint8), 0, len(data), form, 0, Into(*columns))
    assert answer == (20, len(data) - 7, 1)
    assert [column[:20] for column in lists] == [list(column[:20]) for column in columns]


def test_the_walk_over_pcapng_blocks_says_the_same(arrays):
    def block(kind, *words, data=b""):
        size = 12 + 4 * len(words) + len(data)
        return b"".join(word.to_bytes(4, "little") for word in (kind, size, *words)) + data + size.to_bytes(4, "little")

    data = b"".join([
        block(6, 0, 5, 2**32 - 1, 60, 64, data=bytes(60)),
        block(6, 1, 2**31, 9, 4, 4, data=bytes(4)),  # beyond what is believed
        block(6, 1, 5, 7, 8, 9, data=bytes(8)),
        block(0x0BAD, 1, 2),
        block(3, 40, data=bytes(40)),
        block(2, 1 | 5 << 16, 3, 3, 4, 4, data=bytes(4)),
        block(5, 0, 0, 0),
    ])  # fmt: skip
    rows = [*Interface(14, 30, 1000, 1, 10**6, 2**53, 0), *Interface(0x200, 0, 0, 1, 1 << 33, 2**62, -5)]
    lists, columns = [[0] * CAPACITY for _ in range(5)], [np.zeros(CAPACITY, np.int64) for _ in range(5)]
    answer = pcapng.walk(data, 0, len(data), False, rows, 2, 0, Into(*lists[:4]), lists[4], 0)
    fast = arrays.hot(pcapng.walk)
    assert answer == fast(
        np.frombuffer(data, np.uint8), 0, len(data), False, np.array(rows), 2, 0, Into(*columns[:4]), columns[4], 0
    )
    assert answer[0] == 5
    assert [column[:5] for column in lists] == [list(column[:5]) for column in columns]


@pytest.mark.parametrize("expression", ["tcp port 443", "tcp[tcpflags] & tcp-syn != 0", "ip6", "less 80", ""])
def test_filters_choose_the_same(arrays, expression):
    def chosen(columns):
        capture = open_capture(CAPTURES / "mix2000" / "mix2000.pcap", columns=columns, filter=expression)
        return [int(packet) for frames in capture for packet in list(frames.packet)[: frames.count]]

    assert chosen(arrays) == chosen(None)


@pytest.fixture(scope="module")
def in_fragments(tmp_path_factory):
    """The benchmark's traffic, every third packet in two fragments, some of which are lost, late or twice."""
    folder = tmp_path_factory.mktemp("fragments")
    link, records = taken(generated(folder / "whole.pcap", "web", 9000))
    out, late = [], []
    for number, one in enumerate(records):
        frame = one.data + bytes(one.wire - len(one.data))
        if number % 3 or len(frame) < 14 + 20 + 32:
            out += [(one.time, frame), *late]
            late = []
            continue
        head, payload = bytearray(frame[14:34]), frame[34:]
        head[4:6] = number.to_bytes(2, "big")
        first = frame[:14] + head[:2] + (52).to_bytes(2, "big") + head[4:6] + b"\x20\0" + head[8:] + payload[:32]
        last = (
            frame[:14]
            + head[:2]
            + (20 + len(payload) - 32).to_bytes(2, "big")
            + head[4:6]
            + b"\0\4"
            + head[8:]
            + payload[32:]
        )
        pieces = [(one.time, first), (one.time, last)] if payload[32:] else [(one.time, frame)]
        choice = number % 13
        out += {1: pieces[:1], 2: pieces[1:], 3: pieces[::-1], 4: pieces + pieces}.get(choice, pieces[:1])
        late += pieces[1:] if choice not in (1, 2, 3, 4) else []
    return written(folder / "fragments.pcap", out, link)


def test_packets_are_put_together_the_same(arrays, in_fragments):
    def rows(columns):
        shown = [
            row_of(frames, row) for frames in open_capture(in_fragments, columns=columns) for row in range(frames.count)
        ]
        return [(one.time, one.packet, one.frame) for one in shown]

    plain = rows(None)
    assert rows(arrays) == plain
    assert sum(frame.link >> 8 == WHOLE for _, _, frame in plain) > 500
