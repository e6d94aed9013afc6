"""One TCP segment, or one ICMP error about a segment, as the headers tell it.

The hot loops store segments in a pool and refer to them by slot. ``pool[slot].seq`` is the same source whether the pool is
a list of these objects (plain) or a structured array of ``dtype()`` (native).
"""

from __future__ import annotations

from tcpexplain.hot.record import Record, i1, i2, i4, i8

FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = 1, 2, 4, 8, 16, 32, 64, 128
"""The control bits as they stand in the header (RFC 9293 section 3.1)."""

FLAG_LETTERS = ((SYN, "S"), (FIN, "F"), (RST, "R"), (PSH, "P"), (ACK, "A"), (URG, "U"), (ECE, "E"), (CWR, "C"))

HAS_TIMESTAMP, HAS_SACK_PERMITTED, HAS_WINDOW_SCALE, HAS_SACK, HAS_MSS, HAS_OTHER, OPTIONS_CUT, DONT_FRAGMENT = (
    1,
    2,
    4,
    8,
    16,
    32,
    64,
    128,
)
TLS_ALERT, TLS_HANDSHAKE, HAS_FAST_CLOSE = 256, 512, 1024
"""Bits of ``options``: which TCP options the segment carries, whether the snap length cut them, IPv4's DF bit, whether the
payload begins like a TLS alert or handshake record (RFC 8446 section 5.1), and MPTCP's fast close (RFC 8684 section 3.5)."""

LAYOUT_CODES = (6, 1, 2, 3, 4, 7, 7, 7, 5)
"""How ``layout`` writes the kind of an option: end of list, NOP, MSS, window scale, SACK permitted, others, timestamps."""
LAYOUT_OTHER, LAYOUT_MOST = 7, 10
"""What it writes for kinds above those; options it holds."""


FILE_SHIFT = 40
"""A packet is known by one integer: the index of its file above this bit, below it its number there, from 1.

In the first file, which a single one is, that is the number. Where something is shown, it is taken apart: ``number_of``, ``file_of``.
"""
NUMBER = (1 << FILE_SHIFT) - 1

STRETCH = -1
"""The value of ``icmp`` in a slot that stands for many segments (``machine.coalesced``)."""

MARK_DUPLICATE, MARK_CUT, MARK_FRAGMENT = 1, 2, 4
MARK_LOST, MARK_IGNORED, MARK_RETRANSMISSION, MARK_PROBE, MARK_ASSUMED, MARK_PREDICTED = 8, 16, 32, 64, 128, 256
MARK_INFERRED, MARK_UNSIZED, MARK_BREAK = 512, 1024, 2048
"""Bits of ``mark``: the same frame captured again; options cut by the snap length; a first fragment; and from the machine: it
never arrived; it had no effect; sent before; a keepalive or window probe; its arrival is not proved; it is what was to come
next, and has arrived. ``MARK_INFERRED``: it was not captured, and what was captured proves that it passed (``vantage.gaps``); ``MARK_UNSIZED``: how
many bytes it had, nothing tells: it counts as one; ``MARK_BREAK``: what came just after it was not looked at (``tracking.thin``)."""


class Segment(Record):
    """One segment."""

    time: i8  # nanoseconds since 1970-01-01 UTC
    packet: i8  # which packet it is, see ``FILE_SHIFT``
    file: i4  # index of that file
    next: i4 = -1  # slot of the connection's next segment, -1: none
    seq: i4  # modulo 2**32, see seqnum; of an ICMP error: the quoted segment's
    ack: i4  # the field, also without the ACK flag
    ts_val: i4  # of an ICMP error this and the next three fields are its sender's address, as four words
    ts_ecr: i4
    sack_left: i4  # first SACK block
    sack_right: i4
    sack_high: i4  # highest right edge of all SACK blocks; of a SYN: its options in their order (``layout``)
    length: i4  # payload bytes on the wire, whatever the snap length left of them
    window: i4  # as sent, unscaled
    lead: i4  # what its payload begins with (``wire.lead``), or the reason that a RST's gives (``wire.diagnostic``); 0: nothing known
    ip_id: i4 = -1  # -1: IPv6
    flags: i2
    options: i2
    icmp: i2  # 0: a segment; 1 + 256 * type + code in ICMPv4's numbers; or STRETCH
    ttl: i2  # or hop limit
    wscale: i1 = -1  # -1: no such option
    sender: i1  # 0: the lower endpoint of the key, 1: the higher
    mark: i2  # see MARK_*


def number_of(packet: int) -> int:
    """The number of a packet in its file; elementwise."""
    return packet & NUMBER


def file_of(packet: int) -> int:
    """The index of a packet's file; elementwise."""
    return packet >> FILE_SHIFT


def icmp_sender(segment: Segment) -> tuple[int, int]:
    """The address of an ICMP error's sender as two unsigned 64-bit words, as ``units.address`` takes them."""
    words = [int(word) & 0xFFFFFFFF for word in (segment.ts_val, segment.ts_ecr, segment.sack_left, segment.sack_right)]
    return words[0] << 32 | words[1], words[2] << 32 | words[3]


def layout(*kinds: int) -> int:
    """The kinds of a SYN's options in their order as one integer, three bits each, the first ones highest."""
    found = 0
    for kind in kinds[:LAYOUT_MOST]:
        found = found << 3 | (LAYOUT_CODES[kind] if kind < len(LAYOUT_CODES) else LAYOUT_OTHER)
    return found


def consumed(segment: Segment) -> int:
    """Sequence space the segment takes (RFC 9293 section 3.4: SEG.LEN)."""
    if segment.flags & (SYN | FIN):
        return int(segment.length + ((segment.flags & SYN) >> 1) + (segment.flags & FIN))
    return int(segment.length)


class Key(Record):
    """The 4-tuple of a connection, its two endpoints in a fixed order."""

    version: i8 = 4  # 4 or 6
    low_hi: i8  # the lower endpoint's address, as two signed 64-bit words; IPv4 in the second
    low_lo: i8
    high_hi: i8
    high_lo: i8
    low_port: i8
    high_port: i8
    tunnel: i8  # what the packets are wrapped in (``wire.wrappings.kinds.kind_of``), 0: nothing


def flag_text(flags: int) -> str:
    """The set flags as letters in the order S F R P A U E C."""
    return "".join(letter for bit, letter in FLAG_LETTERS if flags & bit)
