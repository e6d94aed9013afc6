"""Frames and files made by hand, for the tests of decoder and readers."""

from struct import pack

from tcpexplain.wire.headers import decode
from tcpexplain.wire.linktype import find
from tcpexplain.wire.notation import LadderSegment
from tcpexplain.wire.packets import SocketAddress, packet
from tcpexplain.wire.segment import ACK, PSH, Key, Segment

LOW, HIGH = SocketAddress.parse("10.0.0.1:40000"), SocketAddress.parse("10.0.0.2:80")
LOW6, HIGH6 = SocketAddress.parse("[2001:db8::1]:40000"), SocketAddress.parse("[fe80::2]:80")
RAW, ETHERNET = find(101).kind, find(1).kind
DATA = LadderSegment(True, seq=4294967290, ack=7, flags=PSH | ACK, length=9, window=512, ts_val=3000000000, ts_ecr=5)
MACS = bytes(12)


def ipv4(segment=DATA, sender=LOW, receiver=HIGH):
    head, wire = packet(sender, receiver, segment, 77)
    return head + bytes(wire - len(head))


def ipv6(segment=DATA, sender=LOW6, receiver=HIGH6):
    return ipv4(segment, sender, receiver)


def ethernet(data, kind=0x0800, tags=b""):
    return MACS + tags + pack(">H", kind) + data


PACKETS = [(1_562_339_728_838_856_000 + n * 1_000_000, bytes([n]) * n) for n in range(1, 9)]


def pcap(packets=PACKETS, magic=0xA1B2C3D4, order="<", link=101, snap=65535, extra=b""):
    unit = 1 if magic == 0xA1B23C4D else 1000
    records = b"".join(
        pack(f"{order}IIII", time // 10**9, time % 10**9 // unit, len(data), len(data) + 5) + extra + data
        for time, data in packets
    )
    return pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, snap, link) + records


def run(frame, link=ETHERNET, captured=None, wire=None, decoder=decode):
    """What was found, and the fields of segment and key by name; junk stands before and behind the frame."""
    captured = len(frame) if captured is None else captured
    segment, key = Segment(), Key()
    for name, _ in Segment.FIELDS:
        setattr(segment, name, 99)
    found = decoder(b"\xee" * 3 + frame[:captured] + b"\xee" * 64, 3, captured, wire or len(frame), link, segment, key)
    fields = {
        name: getattr(segment, name) for name, _ in Segment.FIELDS if name not in ("time", "packet", "file", "next")
    }
    return found, fields, {name: getattr(key, name) for name, _ in Key.FIELDS}
