"""What is one packet in two captures, and what is not."""

from random import Random
from struct import pack
from types import SimpleNamespace

import pytest

import tcpexplain
from tcpexplain.parallel import copies as copies_module
from tcpexplain.parallel import taps
from tcpexplain.parallel.copies import COPIES
from tcpexplain.wire.notation import LadderSegment
from tcpexplain.wire.packets import SocketAddress, packet
from tcpexplain.wire.segment import ACK, FIN, PSH, RST, SYN, Segment

COUNT = 200
CLIENT, SERVER = SocketAddress.parse("192.0.2.1:50000"), SocketAddress.parse("192.0.2.2:80")
OPENING = [
    (0, True, {"flags": SYN, "seq": 100}),
    (10, False, {"flags": SYN | ACK, "seq": 300, "ack": 101}),
    (20, True, {"flags": ACK, "seq": 101, "ack": 301}),
]


def capture(path, lines, shift=0):
    """A pcap of (milliseconds, whether the client sends, what) lines, whose clock is ``shift`` ms ahead; equal packets have equal IP identifications."""
    told = pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
    for time, sends, fields in lines:
        one = dict(fields)
        ip_id = one.pop("ip_id", one["seq"] & 0xFFFF)
        ends = (CLIENT, SERVER) if sends else (SERVER, CLIENT)
        data, wire = packet(*ends, LadderSegment(sends, **one), ip_id)
        moment = 1_700_000_000_000 + time + shift
        told += pack("<IIII", moment // 1000, moment % 1000 * 1000, len(data), wire) + data
    path.write_bytes(told)
    return path


def both(tmp_path, first, second, shift=1, **options):
    """The one connection of two captures, and how many copies were left out."""
    paths = [capture(tmp_path / "a.pcap", OPENING + first), capture(tmp_path / "b.pcap", OPENING + second, shift)]
    found = tcpexplain.read(paths, **options)
    (connection,) = found
    return connection, found.skipped.get(COPIES, 0)


def sent(length, seq=101, time=30, **more):
    return (time, True, {"flags": ACK | PSH, "seq": seq, "ack": 301, "length": length, **more})


def test_a_segment_that_the_other_tap_saw_in_pieces_is_one_and_the_same(tmp_path):
    connection, copies = both(tmp_path, [sent(3000)], [sent(1500), sent(1500, seq=1601)])
    assert (connection.packets, connection.bytes["client"].sent, copies) == (4, 3000, 5)
    assert "retransmissions" not in connection.finding.also


def test_pieces_that_the_other_tap_saw_as_one_are_so_too(tmp_path):
    connection, copies = both(tmp_path, [sent(1500), sent(1500, seq=1601)], [sent(3000)])
    assert (connection.packets, connection.bytes["client"].sent, copies) == (5, 3000, 4)


def test_a_retransmission_that_both_saw_is_one(tmp_path):
    twice = [sent(500, ip_id=7), sent(500, time=250, ip_id=8)]
    connection, copies = both(tmp_path, twice, twice)
    assert (connection.packets, copies) == (5, 5)
    assert "retransmissions" in connection.finding.also


def test_equal_headers_count_as_often_as_one_capture_has_them(tmp_path):
    twice = [sent(500, ip_id=0), sent(500, time=250, ip_id=0)]
    connection, copies = both(tmp_path, twice, twice, shift=100)
    assert (connection.packets, copies) == (5, 5)


def test_what_was_lost_between_the_taps_stays(tmp_path):
    connection, copies = both(
        tmp_path, [sent(500, ip_id=7), sent(500, time=250, ip_id=8)], [sent(500, time=250, ip_id=8)]
    )
    assert (connection.packets, copies) == (5, 4)


def test_where_nothing_is_identified_nothing_is_a_copy(tmp_path):
    paths = [capture(tmp_path / name, OPENING) for name in ("a.pcap", "b.pcap")]
    found = tcpexplain.read(paths, identify=False)
    assert ([one.packets for one in found], found.skipped.get(COPIES, 0)) == ([3, 3], 0)


def test_clocks_are_put_right_that_lie_further_apart_than_images_should(tmp_path):
    connection, copies = both(tmp_path, [], [], shift=1500)
    assert (connection.packets, copies) == (3, 3)


@pytest.mark.parametrize("shift", [-400, -5, 5, 400])
def test_clocks_that_differ_change_no_order(tmp_path, shift):
    rest = [
        sent(500),
        (640, False, {"flags": ACK | FIN, "seq": 301, "ack": 601}),
        (650, True, {"flags": ACK, "seq": 601, "ack": 302}),
        (660, True, {"flags": ACK | RST, "seq": 601, "ack": 302}),
    ]
    connection, _ = both(tmp_path, rest, rest, shift)
    alone = tcpexplain.read(capture(tmp_path / "alone.pcap", OPENING + rest))[0]
    assert (connection.cause, connection.final, connection.packets) == (alone.cause, alone.final, alone.packets)
    assert [event.flags for event in connection.events] == [event.flags for event in alone.events]


def test_captures_one_after_the_other_have_no_copies(tmp_path):
    lines = [*OPENING, sent(500, ip_id=0)]
    again = [sent(500, time=40, ip_id=0), sent(500, time=60, ip_id=0)]
    found = tcpexplain.read([capture(tmp_path / "a.pcap", lines), capture(tmp_path / "b.pcap", again)])
    assert (found[0].packets, COPIES in found.skipped) == (6, False)


def test_parts_are_found_without_comparing_each_file_with_each(monkeypatch):
    compared, last = [], COUNT - 1
    monkeypatch.setattr(taps, "FEW", 0)
    monkeypatch.setattr(taps, "share", lambda one, other, _: compared.append((one, other)) or True)
    monkeypatch.setattr(taps, "images_of", lambda one, *_, **__: {0 if one.start == last else one.start: one.start})
    files = [
        SimpleNamespace(name=f"x{at}.pcap", packets=1, segments=1, start=at, end=at, link_types=(1,), format="pcap")
        for at in range(COUNT)
    ]
    found = taps.taps_of(files, None)
    assert found == [last if at == last else 0 for at in range(COUNT)]
    assert compared == [(0, last)]


def both_taps(random, count):
    """Segments as two taps have them: new ones, repeated ones, parts of others, near the end of the sequence numbers."""
    segments, reach = [], [0xFFFFF000, 0x7FFFFF00]
    for at in range(count):
        side = random.randrange(2)
        length = random.choice((0, 0, 10, 300))
        seq = (reach[side] - random.choice((0, 0, 0, 10, 300))) & 0xFFFFFFFF
        jump = random.choice((0, 0, 0, 0, 1 << 31, 1_500_000_000))
        reach[side] = max(reach[side], seq + length) + jump * (random.random() < 0.05)
        ack = (reach[1 - side] - random.choice((0, 0, 10))) & 0xFFFFFFFF
        flags = random.choice((ACK, ACK, ACK, ACK | PSH, ACK | FIN, RST))
        files = random.choice(((0,), (1,), (0, 1), (0, 1), (1, 0), (0, 1, 1)))
        segments += [segment(at * 1_000_000, file, side, seq, ack, flags, length) for file in files]
    return segments


def segment(time, file, sender, seq, ack, flags, length):
    one = Segment()
    one.time, one.file, one.sender, one.flags, one.length = time, file, sender, flags, length
    one.ip_id, one.next = seq & 3, 0
    one.seq, one.ack = ((number + (1 << 31)) % (1 << 32) - (1 << 31) for number in (seq, ack))
    return one


def found_copies(segments):
    count, copies = len(segments), [0] * len(segments)
    copies_module.find_copies(
        segments,
        list(range(count)),
        [0],
        [-1],
        [0] * copies_module.REACHED,
        [-1] * count,
        [0, 0],
        [1 << 60] * 2,
        copies,
    )
    return copies


@pytest.mark.parametrize("seed", range(40))
def test_what_goes_further_than_all_before_is_no_copy_and_need_not_be_compared(seed, monkeypatch):
    segments = both_taps(Random(seed), 60)
    found = found_copies(segments)
    assert 0 < sum(found) < len(segments)
    monkeypatch.setattr(copies_module, "is_further", lambda *_: False)
    assert found_copies(segments) == found
