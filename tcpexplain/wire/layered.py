"""A packet as tshark's JSON with bytes tells it (``-T json -x``): where its IP headers are, whatever stands in front of them."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from tcpexplain.tuples import NamedTuple
from tcpexplain.wire import linktype
from tcpexplain.wire.headers import decode
from tcpexplain.wire.segment import Key, Segment
from tcpexplain.wire.skipped import ICMP_ERROR

Pairs = list[tuple[str, object]]
"""An object of JSON; names come more than once."""

IP = ("ip_raw", "ipv6_raw")
ABOVE = ("tcp_raw", "udp_raw", "icmp_raw", "icmpv6_raw")
RAW, ETHERNET, UNKNOWN = (linktype.find(number).kind for number in (101, 1, -1))


class LayeredPacket(NamedTuple):
    """A packet from its IP header on, if it has one, else the whole frame."""

    time: int
    """Nanoseconds since 1970; negative before."""
    data: bytes
    wire: int
    kind: int
    """``LinkType.kind``."""


def packet_of(layers: Pairs) -> LayeredPacket | None:
    """The packet of these layers; None if they lack bytes, time or length, or these make no sense.

    Of several IP headers the outermost one counts from which on a segment can be read; tshark may know tunnels that we do not.
    """
    try:
        known = dict(layers)
        frame = bytes.fromhex(first_of(known["frame_raw"]))
        told = dict(pairs_of(known["frame"]))
        time, wire = nanoseconds(str(told["frame.time_epoch"])), int(str(told["frame.len"]))
        places = [place for name, value in layers if name in IP and (place := place_in(frame, value)) >= 0]
    except (KeyError, ValueError, TypeError, IndexError, InvalidOperation):
        return None
    if places:
        at = next((place for place in places if is_read(frame[place:])), places[0])
        return LayeredPacket(time, frame[at:], wire - at, RAW)
    made = b"".join(bytes.fromhex(first_of(one)) for one in headers_alone(layers))
    if made:
        return LayeredPacket(time, made, len(made), RAW)
    return LayeredPacket(time, frame, wire, ETHERNET if "eth" in known else UNKNOWN)


def headers_alone(layers: Pairs) -> list[object]:
    """The innermost IP header and what follows it, where tshark has decrypted or decompressed them: they are not in the frame's own bytes."""
    headers = [value for name, value in layers if name in IP]
    above = [value for name, value in layers if name in ABOVE]
    return [*headers[-1:], *above[-1:]] if headers else []


def place_in(frame: bytes, value: object) -> int:
    """Where a header stands in the frame; -1 if it is of other bytes."""
    header, place = bytes.fromhex(first_of(value)), int(value[1])  # type: ignore[index]
    return place if place + len(header) <= len(frame) and frame[place : place + len(header)] == header else -1


def is_read(packet: bytes) -> bool:
    """Whether there is a segment in an IP packet, or an ICMP error about one."""
    return decode(packet, 0, len(packet), len(packet), RAW, Segment(), Key()) <= ICMP_ERROR


def first_of(value: object) -> str:
    """The hexadecimal digits of ``[digits, place, length, ...]``."""
    if not isinstance(value, list) or not isinstance(value[0], str):
        raise TypeError
    return value[0]


def pairs_of(value: object) -> Pairs:
    """The fields of a layer."""
    if not isinstance(value, list):
        raise TypeError
    return value


def nanoseconds(epoch: str) -> int:
    """Of ``1562339728.838856000``, or ``-1.500000000``."""
    return int(Decimal(epoch) * 1_000_000_000)
