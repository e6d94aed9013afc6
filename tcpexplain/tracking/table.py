"""Segments -> connections: the 4-tuple, reuse of a port pair, Wireshark's stream number. Hot.

A connection is a row whose number is its stream number; its segments are slots of a pool, each with the number of the
next. ``table`` leads from the hash of a 4-tuple to the latest connection on it, and ``Entry.chain`` to others of that hash.

A SYN with a new number begins a connection, and a stream number, of its own. If its sender then goes on in the numbers of
the connection before, the SYN was forged (the other end has answered it with a challenge ACK, RFC 5961 section 4): what
came after it goes back to where it belongs, and the SYN alone keeps the new number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.hot.inline import entry, inlined
from tcpexplain.tracking.coalescing import HANDSHAKE, follow, open_stretch
from tcpexplain.tracking.entry import CONCLUDED, DOUBTED, FIN_HIGH, FIN_LOW, REPLACED, RESET, UNORDERED
from tcpexplain.tracking.talk import hear
from tcpexplain.vantage.inferred import ROOM
from tcpexplain.wire.segment import ACK, FIN, HAS_TIMESTAMP, RST, SYN, consumed
from tcpexplain.wire.seqnum import offset, same
from tcpexplain.wire.wrappings.kinds import MANY, NETWORK, WRAPPING, in_network, kind_of, wrapping_of

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.machine.coalesced import CoalescedEnd, Stretch
    from tcpexplain.tracking.entry import Counters, Entry
    from tcpexplain.wire.segment import Key, Segment

TIME_WAIT = 60_000_000_000
"""ns that an end stays in TIME-WAIT on Linux; on others no shorter."""

AT_ONCE = 100_000_000
"""ns within which the same packet passes the points of one capture."""

WALKS = 16
"""SYNs on the 4-tuple of a connection for which all its segments are looked through; more of them would cost the square of their number."""

NEAR = 1 << 16
"""How far from the last number of its sender a segment may lie to continue from it."""


@inlined
def connect(
    slot: int,
    place: int,
    key: Key,
    pool: Array[Segment],
    stretches: Array[Stretch],
    sides: Array[CoalescedEnd],
    rows: Array[Entry],
    table: Array[int],
    desk: Counters,
) -> bool:
    """Put a segment into its connection, which it may begin; whether it is kept. ``place``: of its 4-tuple in the table."""
    segment = pool[slot]
    desk.segments += 1
    index = find(place, key, rows, table)
    if index < 0 and desk.rows:
        index = find_copy(place, key, segment, pool, rows, table)
    if index < 0 or opens(rows[index], segment, pool):
        index = begin(index, place, key, rows, table, desk)
    elif rows[index].doubt:
        index = weigh(index, place, segment, pool, stretches, rows, table)
    row = rows[index]
    if not add(row, slot, segment, pool, desk):
        return False
    if len(stretches):
        fold_in(row, slot, segment, pool, stretches, sides, desk)
    return True


@inlined
def fold_in(
    row: Entry,
    slot: int,
    segment: Segment,
    pool: Array[Segment],
    stretches: Array[Stretch],
    sides: Array[CoalescedEnd],
    desk: Counters,
) -> None:
    """Where segments are folded: what a connection's newest one does to its stretch, which it may open."""
    if row.stretch:
        follow(row, slot, segment, pool, stretches, sides, desk)
    elif row.packets == HANDSHAKE:
        open_stretch(row, pool, stretches, sides, desk)


def hashed(low_hi: int, low_lo: int, high_hi: int, high_lo: int, ports: int) -> int:
    """A hash of the 4-tuple, 31 bits; ``ports``: both in one number."""
    mixed = (
        low_lo * 0x1E3779B97F4A7C15
        ^ high_lo * 0x42B2AE3D27D4EB4F
        ^ low_hi * 0x165667B19E3779F9
        ^ high_hi * 0x27D4EB2F165667C5
        ^ ports * 0x51ED270B9E3779B9
    ) & 0x7FFFFFFFFFFFFFFF
    return int((mixed ^ mixed >> 32) & 0x7FFFFFFF)


def place_of(key: Key, mask: int) -> int:
    """Where in the table the connections on a 4-tuple are found."""
    return hash_of(key) & mask


def hash_of(key: Key | Entry) -> int:
    """The hash of a 4-tuple."""
    return hashed(key.low_hi, key.low_lo, key.high_hi, key.high_lo, key.low_port << 16 | key.high_port)


@inlined
def find(place: int, key: Key, rows: Array[Entry], table: Array[int]) -> int:
    """The latest connection on a 4-tuple, -1: none."""
    index = table[place]
    while index >= 0:
        row = rows[index]
        if is_on(row, key):
            return int(index)
        index = row.chain
    return -1


def is_on(row: Entry | Key, key: Key) -> bool:
    """Whether a row is on the 4-tuple; the words that differ most come first."""
    return bool(
        row.low_lo == key.low_lo
        and row.high_lo == key.high_lo
        and row.low_port == key.low_port
        and row.high_port == key.high_port
        and row.low_hi == key.low_hi
        and row.high_hi == key.high_hi
        and row.version == key.version
        and (
            row.tunnel == key.tunnel
            or (wrapping_of(row.tunnel) == MANY and row.tunnel >> NETWORK == key.tunnel >> NETWORK)
        )
    )


def find_copy(
    place: int, key: Key, segment: Segment, pool: Array[Segment], rows: Array[Entry], table: Array[int]
) -> int:
    """The connection of which this is a segment that was captured before in another wrapping, or in none; -1: there is none.

    A host sees the packets of its containers both bare and wrapped: one after the other, with the same numbers.
    """
    index = table[place]
    while index >= 0:
        row = rows[index]
        tunnel = row.tunnel
        row.tunnel = key.tunnel & WRAPPING | tunnel & ~WRAPPING
        if is_on(row, key) and row.last >= 0 and is_copy(pool[row.last], segment):
            row.tunnel = in_network(kind_of(MANY, 0), key.tunnel >> NETWORK)
            return int(index)
        row.tunnel = tunnel
        index = row.chain
    return -1


def is_copy(one: Segment, other: Segment) -> bool:
    """Whether two segments on one 4-tuple are the same."""
    return bool(
        same(one.seq, other.seq)
        and same(one.ack, other.ack)
        and one.flags == other.flags
        and one.length == other.length
        and one.sender == other.sender
        and one.ip_id == other.ip_id
        and one.icmp == other.icmp
        and -AT_ONCE < other.time - one.time < AT_ONCE
    )


def put_on(row: Entry | Key, key: Key) -> None:
    """Put a row on the 4-tuple."""
    row.version = key.version
    row.low_hi, row.low_lo, row.low_port = key.low_hi, key.low_lo, key.low_port
    row.high_hi, row.high_lo, row.high_port = key.high_hi, key.high_lo, key.high_port
    row.tunnel = key.tunnel


def opens(row: Entry, segment: Segment, pool: Array[Segment]) -> bool:
    """Whether the segment begins another connection on the same 4-tuple, as Wireshark numbers streams.

    A SYN whose number is not the one its end began with does; a retransmitted SYN does not.
    """
    if segment.icmp or segment.flags & (SYN | ACK) != SYN:
        return False
    base = row.base1 if segment.sender else row.base0
    if not row.known & (2 if segment.sender else 1) or same(base, segment.seq):
        return False
    return not is_old_syn(row, segment, pool)


def is_worn(row: Entry) -> bool:
    """Whether a connection's segments have been looked through often enough; if not, they are now."""
    if row.walked > WALKS * row.packets:
        return True
    row.walked += row.kept
    return False


def is_old_syn(row: Entry, segment: Segment, pool: Array[Segment]) -> bool:
    """Whether a SYN meets an end in TIME-WAIT that has already received its number: it is a late copy, and is only acknowledged.

    RFC 9293 section 3.10.7.4, RFC 6191: what may open a connection anew has a number above RCV.NXT, or a newer timestamp.
    """
    closed = FIN_LOW | FIN_HIGH
    if row.known & (closed | RESET | CONCLUDED) != closed or segment.time - row.time > TIME_WAIT or is_worn(row):
        return False
    mine = theirs = -1
    slot, first, stamp = row.first, -1, 0
    while slot >= 0:
        one = pool[slot]
        if one.flags & FIN and not one.icmp:
            first = one.sender if first < 0 else first
            if one.sender == segment.sender:
                mine = slot
            else:
                theirs = slot
        if one.sender == segment.sender and one.options & HAS_TIMESTAMP:
            stamp = one.ts_val
        slot = one.next
    if mine < 0 or theirs < 0 or first == segment.sender:
        return False
    if segment.options & HAS_TIMESTAMP and offset(segment.ts_val, stamp) > 0:
        return False
    fin = pool[mine]
    base = row.base1 if segment.sender else row.base0
    return offset(segment.seq, base) > 0 and offset(segment.seq, fin.seq + consumed(fin)) <= 0


def begin(previous: int, place: int, key: Key, rows: Array[Entry], table: Array[int], desk: Counters) -> int:
    """A new connection, which takes the place of ``previous`` on its 4-tuple (-1: it is the first)."""
    index = desk.rows
    desk.rows += 1
    if previous >= 0:
        rows[previous].known |= REPLACED | DOUBTED
        leave_chain(previous, place, rows, table)
    row = rows[index]
    put_on(row, key)
    row.first = row.last = -1
    row.doubt = previous + 1
    row.chain = table[place]
    table[place] = index
    return int(index)


def weigh(
    index: int,
    place: int,
    segment: Segment,
    pool: Array[Segment],
    stretches: Array[Stretch],
    rows: Array[Entry],
    table: Array[int],
) -> int:
    """Which connection a segment belongs to that follows a SYN on a 4-tuple in use: the SYN's, or the one before it."""
    row = rows[index]
    before = rows[row.doubt - 1]
    if segment.icmp or segment.flags & RST:
        return index
    if segment.flags & SYN or before.known & CONCLUDED or before.first < 0 or row.first < 0:
        if segment.flags & ACK:
            row.doubt = 0
            before.known &= ~DOUBTED
        return index
    first = pool[row.first]
    if (
        segment.sender != first.sender
        or 0 <= offset(segment.seq, first.seq) < NEAR
        or is_worn(before)
        or not continues(before, segment, pool)
    ):
        return index
    if before.stretch and len(stretches):
        stretches[before.stretch - 1].over = 1
    return give_back(index, place, pool, rows, table)


def continues(row: Entry, segment: Segment, pool: Array[Segment]) -> bool:
    """Whether the segment follows on what its sender sent last in this connection."""
    slot, distance = row.first, NEAR
    while slot >= 0:
        earlier = pool[slot]
        if earlier.sender == segment.sender and not earlier.icmp:
            distance = offset(segment.seq, earlier.seq)
        slot = earlier.next
    return -NEAR < distance < NEAR


def give_back(index: int, place: int, pool: Array[Segment], rows: Array[Entry], table: Array[int]) -> int:
    """Return what followed a forged SYN to the connection before it, which takes its 4-tuple back."""
    row = rows[index]
    earlier = row.doubt - 1
    before, first = rows[earlier], pool[row.first]
    slot = first.next
    while slot >= 0:
        following = pool[slot].next
        note(before, pool[slot])
        pool[before.last].next = slot
        before.last = slot
        before.kept += 1
        slot = following
    first.next = -1
    row.last, row.kept, row.packets, row.time, row.doubt = row.first, 1, 1, first.time, 0
    row.known = REPLACED | (2 if first.sender else 1)
    before.known &= ~(REPLACED | DOUBTED)
    leave_chain(index, place, rows, table)
    before.chain = table[place]
    table[place] = earlier
    return int(earlier)


def leave_chain(index: int, place: int, rows: Array[Entry], table: Array[int]) -> None:
    """Take a connection out of the chain of its hash."""
    if table[place] == index:
        table[place] = rows[index].chain
        return
    before = table[place]
    while rows[before].chain != index:
        before = rows[before].chain
    rows[before].chain = rows[index].chain


@inlined
def add(row: Entry, slot: int, segment: Segment, pool: Array[Segment], desk: Counters) -> bool:
    """Put a segment behind the others of its connection; whether it is kept."""
    note(row, segment)
    if row.known & CONCLUDED:
        row.late += 1
        desk.late += 1
        return False
    segment.next = -1
    if row.first < 0:
        row.first = slot
    else:
        pool[row.last].next = slot
    row.last = slot
    row.kept += 1
    return True


@inlined
def note(row: Entry, segment: Segment) -> None:
    """What the row tells of its connection without the segments."""
    row.packets += 1
    if segment.time < row.time and row.packets > 1:
        row.known |= UNORDERED
    row.time = segment.time
    if segment.icmp:
        return
    hear(row, segment)
    if segment.sender:
        if not row.known & 2:
            row.known |= 2
            row.base1 = segment.seq
    elif not row.known & 1:
        row.known |= 1
        row.base0 = segment.seq
    if segment.flags & RST:
        row.known |= RESET
    elif segment.flags & FIN:
        row.known |= FIN_HIGH if segment.sender else FIN_LOW


def fits_link_table(rows: Array[Entry], table: Array[int], desks: Array[Counters]) -> bool:
    """Whether there are so many connections, and places."""
    return len(desks) > 0 and 0 <= desks[0].rows <= len(rows) and desks[0].mask + 1 == len(table)


@entry(fits_link_table)
def link_table(rows: Array[Entry], table: Array[int], desks: Array[Counters]) -> None:
    """Fill an empty table of ``desk.mask`` + 1 places with the connections that are the latest on their 4-tuples."""
    desk = desks[0]
    for index in range(desk.rows):
        row = rows[index]
        if not row.known & REPLACED:
            place = hash_of(row) & desk.mask
            row.chain = table[place]
            table[place] = index


def fits_link_free(first: int, desks: Array[Counters]) -> bool:
    """Whether there is a first slot."""
    return first >= 0 and len(desks) > 0


@entry(fits_link_free)
def link_free(pool: Array[Segment], first: int, desks: Array[Counters]) -> None:
    """Make the slots from ``first`` on free, but for the ones that are kept for inferred segments."""
    desk = desks[0]
    for slot in range(len(pool) - 1 - ROOM, first - 1, -1):
        pool[slot].next = desk.free
        desk.free = slot
        desk.vacant += 1


def community_id(version: int, low: bytes, high: bytes, low_port: int, high_port: int) -> str:
    """Community ID version 1 with seed 0 of a TCP connection; addresses as bytes in network order, whichever endpoint is the lower."""
    from binascii import b2a_base64

    try:
        # Python's own: OpenSSL, which hashlib loads, takes longer than a small capture.
        from _sha1 import sha1  # type: ignore[import-not-found]
    except ImportError:
        from hashlib import sha1
    del version
    (low, low_port), (high, high_port) = sorted(((low, low_port), (high, high_port)))
    data = b"\0\0" + low + high + b"\x06\0" + low_port.to_bytes(2, "big") + high_port.to_bytes(2, "big")
    return "1:" + b2a_base64(sha1(data, usedforsecurity=False).digest(), newline=False).decode()
