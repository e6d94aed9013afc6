"""A frame's headers -> one segment and its connection's key.

The hottest code of the package: plain Python over the frame's bytes that is translated to C as it stands (see ``words`` for
the one thing that differs). Nothing here raises; a frame that holds no TCP segment gives a reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.hot.inline import inlined
from tcpexplain.wire.diagnostic import reason_code
from tcpexplain.wire.icmp import error_v4, error_v6
from tcpexplain.wire.lead import NOTHING, lead
from tcpexplain.wire.link import WHOLE, link_layer
from tcpexplain.wire.segment import (
    DONT_FRAGMENT,
    HAS_FAST_CLOSE,
    HAS_MSS,
    HAS_OTHER,
    HAS_SACK,
    HAS_SACK_PERMITTED,
    HAS_TIMESTAMP,
    HAS_WINDOW_SCALE,
    LAYOUT_CODES,
    LAYOUT_MOST,
    LAYOUT_OTHER,
    MARK_CUT,
    MARK_FRAGMENT,
    OPTIONS_CUT,
    RST,
    SYN,
    TLS_ALERT,
    TLS_HANDSHAKE,
)
from tcpexplain.wire.seqnum import later
from tcpexplain.wire.shape import shape
from tcpexplain.wire.skipped import (
    CUT,
    FRAGMENT_ALONE,
    ICMP_ERROR,
    ICMP_OTHER,
    LATER_FRAGMENT,
    MALFORMED,
    SEGMENT,
    TOO_DEEP,
)
from tcpexplain.wire.words import load16, load32, load32x3, load_ipv4, load_ipv6, load_tcp, load_typed_ipv4_tcp
from tcpexplain.wire.wrappings import inside

if TYPE_CHECKING:
    from tcpexplain.hot.array import Bytes
    from tcpexplain.wire.segment import Key, Segment

DEPTH = 8
"""Wrappings within each other at most."""


def decode(buffer: Bytes, start: int, captured: int, wire: int, link: int, segment: Segment, key: Key) -> int:
    """Decode one frame.

    Parameters
    ----------
    buffer
        Bytes, bytearray or memoryview; in native mode a uint8 array.
    start, captured, wire
        Where the frame starts in ``buffer``, how many bytes of it are there, how many there were on the wire.
    link
        ``LinkType.kind``.
    segment, key
        Filled in: all fields but ``time``, ``packet``, ``file`` and ``next``. Only what is returned as SEGMENT or ICMP_ERROR is
        complete.

    Returns
    -------
    int
        SEGMENT; ICMP_ERROR, when key, sender and numbers are those of the segment that it quotes; or an index into
        ``SKIP_REASONS``.
    """
    end = start + captured
    at = start + (link & 0xFF)
    plain = False
    if link < 0x100 and end - at >= 40:
        # Nearly every frame: Ethernet or cooked, then IPv4 without options, then TCP, read at one go.
        (
            kind, first, length, segment.ip_id, fragment, segment.ttl, protocol, low, high,
            source, destination, seq, ack, offset, flags, window,
        ) = load_typed_ipv4_tcp(buffer, at - 2)  # fmt: skip
        plain = kind == 0x0800 and first == 0x45 and protocol == 6 and length >= 40 and fragment & 0xBFFF == 0
    if plain:
        key.version = 4
        key.low_hi = key.high_hi = 0
        key.low_lo = low
        key.high_lo = high
        key.tunnel = 0
        segment.mark = 0
        segment.options = DONT_FRAGMENT if fragment else 0
        length -= 20
        at += 20
    else:
        found, at, length = transport(buffer, start, end, start + wire, link, False, segment, key)
        if found != SEGMENT:
            return found
        source, destination, seq, ack, offset, flags, window = load_tcp(buffer, at)
    order(source, destination, segment, key)
    return read_tcp(buffer, at, end, length, seq, ack, offset, flags, window, segment)


@inlined
def read_tcp(
    buffer: Bytes,
    at: int,
    end: int,
    length: int,
    seq: int,
    ack: int,
    offset: int,
    flags: int,
    window: int,
    segment: Segment,
) -> int:
    """Fill in what the TCP header at ``at`` says, of which some is known; ``length``: with the payload. SEGMENT, or MALFORMED."""
    header = offset >> 4 << 2
    if header < 20 or header > length:
        if header < 20 or not segment.mark:
            return MALFORMED
        end = min(end, at + length)  # a first fragment, and behind it what Ethernet pads it with
    segment.seq = seq
    segment.ack = ack
    segment.flags = flags
    segment.window = window
    segment.length = 0
    clear_options(segment)
    if length > header:
        segment.length = length - header
        payload = at + header
        if end - payload >= 2 and buffer[payload + 1] == 3:
            note_record(buffer[payload] | 0, segment)
        if flags & RST:
            segment.lead = reason_code(buffer, payload, min(end, at + length))
        elif not flags & SYN:
            segment.lead = lead(buffer, payload, end, segment.length)
            if segment.lead <= NOTHING:
                segment.options |= shape(buffer, payload, end, segment.length)
    if header > 20:
        if header == 32 and end - at >= 32:
            layout, value, echo = load32x3(buffer, at + 20)
            if layout == 0x0101080A:  # NOP, NOP, timestamps: what most segments carry
                segment.ts_val = value
                segment.ts_ecr = echo
                segment.options |= HAS_TIMESTAMP
                return SEGMENT
        read_options(buffer, at + 20, at + header, end, segment)
        if flags & SYN and not segment.options & HAS_SACK:
            segment.sack_high = option_layout(buffer, at + 20, min(at + header, end))
    return SEGMENT


def transport(
    buffer: Bytes, start: int, end: int, limit: int, link: int, searching: bool, segment: Segment, key: Key
) -> tuple[int, int, int]:
    """Look for a TCP header behind any link and IP headers; or only for a first fragment, ``searching``.

    Returns
    -------
    tuple
        What was found; a TCP header's offset, and its length with the payload; of LATER_FRAGMENT and a first fragment the
        offset of the IP header. An ICMP error is decoded here.
    """
    at = link_layer(buffer, start, end, link)
    key.tunnel = 0
    if link >> 8 == WHOLE and at >= 0:
        (wrapping,) = load32(buffer, start)
        (identifier,) = load32(buffer, start + 4)
        key.tunnel = wrapping << 32 | identifier
    for _ in range(DEPTH + 1):
        if at < 0:
            return -at, 0, 0
        if at >= end:
            return CUT, 0, 0
        header = at
        protocol, at, length = network(buffer, at, end, limit, segment, key)
        if protocol < 0:
            return -protocol, header, 0
        if searching and segment.mark:
            return LATER_FRAGMENT, header, 0
        if protocol == 6:
            if length < 20:
                return (FRAGMENT_ALONE if segment.mark else MALFORMED), 0, 0
            return (SEGMENT if end - at >= 20 else CUT), at, length
        if protocol in (1, 58):
            return read_icmp(buffer, at, end, protocol, segment, key), 0, 0
        at, wrapping = inside(buffer, protocol, at, min(end, at + length))
        if wrapping:
            key.tunnel = wrapping
    return TOO_DEEP, 0, 0


def note_record(kind: int, segment: Segment) -> None:
    """Note a payload whose first bytes are those of a TLS alert or handshake record."""
    if kind == 21:
        segment.options |= TLS_ALERT
    elif kind == 22:
        segment.options |= TLS_HANDSHAKE


def clear_options(segment: Segment) -> None:
    """No TCP options."""
    segment.icmp = segment.lead = segment.ts_val = segment.ts_ecr = segment.sack_left = segment.sack_right = (
        segment.sack_high
    ) = 0
    segment.wscale = -1


def network(buffer: Bytes, at: int, end: int, limit: int, segment: Segment, key: Key) -> tuple[int, int, int]:
    """Read an IP header.

    Puts the sender's address into the lower half of the key and the receiver's into the higher one, in whatever order they are.

    Returns
    -------
    tuple
        Protocol of what follows, or minus a reason; where it starts; how long it was on the wire, by the IP header, or
        up to ``limit`` where a packet still to be cut by the network card says length 0.
    """
    segment.mark = 0
    version = buffer[at] >> 4
    if version == 6:
        return ipv6(buffer, at, end, limit, segment, key)
    if version != 4:
        return -MALFORMED, at, 0
    if end - at < 20:
        return -CUT, at, 0
    first, length, segment.ip_id, fragment, segment.ttl, protocol, key.low_lo, key.high_lo = load_ipv4(buffer, at)
    key.version = 4
    key.low_hi = 0
    key.high_hi = 0
    header = (first & 15) << 2
    if length == 0:
        length = limit - at
    segment.options = DONT_FRAGMENT if fragment & 0x4000 else 0
    if fragment & 0x3FFF:
        if fragment & 0x1FFF:
            return -LATER_FRAGMENT, at, 0
        segment.mark = MARK_FRAGMENT
    if header < 20 or length < header:
        return -MALFORMED, at, 0
    return protocol, at + header, length - header


def ipv6(buffer: Bytes, at: int, end: int, limit: int, segment: Segment, key: Key) -> tuple[int, int, int]:
    """Read an IPv6 header and its extension headers; see ``network``."""
    if end - at < 40:
        return -CUT, at, 0
    length, protocol, segment.ttl, key.low_hi, key.low_lo, key.high_hi, key.high_lo = load_ipv6(buffer, at)
    key.version = 6
    segment.ip_id = -1
    segment.options = 0
    at += 40
    if length == 0:  # also a jumbogram's (RFC 2675)
        length = limit - at
    while protocol in (0, 43, 44, 51, 60, 135, 139, 140):
        if end - at < 8:
            return -CUT, at, 0
        following = buffer[at] | 0
        if protocol == 44:
            (fragment,) = load16(buffer, at + 2)
            if fragment & 0xFFF8:
                return -LATER_FRAGMENT, at, 0
            if fragment & 1:
                segment.mark = MARK_FRAGMENT
            size = 8
        elif protocol == 51:
            size = (buffer[at + 1] + 2) * 4
        else:
            size = (buffer[at + 1] + 1) * 8
        protocol = following
        at += size
        length -= size
    if length < 0:
        return -MALFORMED, at, 0
    return protocol, at, length


def order(source: int, destination: int, segment: Segment, key: Key) -> None:
    """Bring the endpoints of the key into their fixed order, and say which of them sent the segment."""
    low_hi = key.low_hi
    high_hi = key.high_hi
    low = key.low_lo
    high = key.high_lo
    if low_hi < high_hi or (low_hi == high_hi and (low < high or (low == high and source <= destination))):
        key.low_port = source
        key.high_port = destination
        segment.sender = 0
    else:
        key.low_hi = high_hi
        key.high_hi = low_hi
        key.low_lo = high
        key.high_lo = low
        key.low_port = destination
        key.high_port = source
        segment.sender = 1


def read_options(buffer: Bytes, at: int, stop: int, end: int, segment: Segment) -> None:
    """Read the TCP options from ``at`` to ``stop``, of which the capture holds those before ``end``."""
    if stop > end:
        segment.options |= OPTIONS_CUT
        segment.mark |= MARK_CUT
        stop = end
    while at < stop:
        kind = buffer[at] | 0
        if kind == 1:
            at += 1
            continue
        if kind == 0 or stop - at < 2:
            break
        size = buffer[at + 1] | 0
        if size < 2 or size > stop - at:
            break
        read_option(buffer, at, kind, size, segment)
        at += size


def option_layout(buffer: Bytes, at: int, stop: int) -> int:
    """The kinds of a SYN's options in their order, as ``segment.layout`` packs them."""
    found = 0
    for _ in range(LAYOUT_MOST):
        if at >= stop:
            break
        kind = buffer[at] | 0
        found = found << 3 | (LAYOUT_CODES[kind] if kind < 9 else LAYOUT_OTHER)
        if kind == 0:
            break
        if kind == 1:
            at += 1
        elif stop - at < 2 or buffer[at + 1] < 2:
            break
        else:
            at += buffer[at + 1] | 0
    return found


def read_option(buffer: Bytes, at: int, kind: int, size: int, segment: Segment) -> None:
    """Read one whole TCP option."""
    if kind == 8 and size == 10:
        (segment.ts_val,) = load32(buffer, at + 2)
        (segment.ts_ecr,) = load32(buffer, at + 6)
        segment.options |= HAS_TIMESTAMP
    elif kind == 2 and size == 4:
        segment.options |= HAS_MSS
    elif kind == 3 and size == 3:
        # RFC 7323 section 2.3: a shift above 14 is used as 14.
        segment.wscale = min(buffer[at + 2] | 0, 14)
        segment.options |= HAS_WINDOW_SCALE
    elif kind == 4 and size == 2:
        segment.options |= HAS_SACK_PERMITTED
    elif kind == 5 and size >= 10:
        sack(buffer, at + 2, at + size, segment)
        segment.options |= HAS_SACK
    else:
        segment.options |= HAS_OTHER
        if kind == 30 and size >= 3 and buffer[at + 2] >> 4 == 7:
            segment.options |= HAS_FAST_CLOSE


def sack(buffer: Bytes, at: int, stop: int, segment: Segment) -> None:
    """Read SACK blocks: the first, which tells of the newest arrival (RFC 2018 section 4), and the highest right edge of all."""
    (segment.sack_left,) = load32(buffer, at)
    (right,) = load32(buffer, at + 4)
    segment.sack_right = right
    high = right
    while stop - at >= 16:
        at += 8
        (right,) = load32(buffer, at + 4)
        high = later(right, high)
    segment.sack_high = high


def read_icmp(buffer: Bytes, at: int, end: int, protocol: int, segment: Segment, key: Key) -> int:
    """Read an ICMP message; of an error, the segment it quotes."""
    if end - at < 8:
        return CUT
    error = (
        error_v4(buffer[at] | 0, buffer[at + 1] | 0) if protocol == 1 else error_v6(buffer[at] | 0, buffer[at + 1] | 0)
    )
    if error == 0:
        return ICMP_OTHER
    ttl = segment.ttl
    ip_id = segment.ip_id
    sender_hi = key.low_hi
    sender_lo = key.low_lo
    at += 8
    if at >= end:
        return CUT
    protocol, at, length = network(buffer, at, end, end, segment, key)
    if protocol < 0:
        return -protocol
    if protocol != 6:
        return ICMP_OTHER
    segment.ttl = ttl
    segment.ip_id = ip_id
    found = quoted(buffer, at, end, length, segment, key)
    segment.icmp = error
    # Who sent it: the fields of options are free, as those of the quoted segment are not read.
    segment.ts_val = signed(sender_hi >> 32)
    segment.ts_ecr = signed(sender_hi)
    segment.sack_left = signed(sender_lo >> 32)
    segment.sack_right = signed(sender_lo)
    return found


def signed(word: int) -> int:
    """The lowest 32 bits as a signed number."""
    return ((word & 0xFFFFFFFF) ^ 0x80000000) - 0x80000000


def quoted(buffer: Bytes, at: int, end: int, length: int, segment: Segment, key: Key) -> int:
    """Read what an ICMP error quotes of a TCP header: 8 bytes at least (RFC 792), with luck all of it (RFC 1812)."""
    if end - at < 8:
        return CUT
    (source,) = load16(buffer, at)
    (destination,) = load16(buffer, at + 2)
    order(source, destination, segment, key)
    (segment.seq,) = load32(buffer, at + 4)
    segment.ack = 0
    segment.flags = 0
    segment.window = 0
    segment.length = 0
    clear_options(segment)
    if end - at >= 16:
        _, _, _, segment.ack, offset, segment.flags, segment.window = load_tcp(buffer, at)
        segment.length = max(length - (offset >> 4 << 2), 0)
    return ICMP_ERROR
