"""Frames -> segments -> their connections. Hot.

Compiled code decodes a batch of frames before the first of them is put into its connection, so that ``foresee`` can ask
for what all of them need. Plain code takes one after the other, and most by a shorter way (``take_familiar``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpexplain.hot.inline import entry, replaced_by
from tcpexplain.tracking.entry import CONCLUDED, FIN_HIGH, FIN_LOW, REPLACED, UNORDERED
from tcpexplain.tracking.prefetch import foresee, foresee_frame
from tcpexplain.tracking.table import connect, find, fold_in, place_of
from tcpexplain.tracking.talk import hear
from tcpexplain.wire.headers import ICMP_ERROR, REASONS, SEGMENT, decode, read_tcp
from tcpexplain.wire.segment import DONT_FRAGMENT, FILE_SHIFT, FIN, RST, SYN, Key
from tcpexplain.wire.words import load_typed_ipv4_flow_tcp

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array, Bytes
    from tcpexplain.machine.coalesced import CoalescedEnd, Stretch
    from tcpexplain.tracking.entry import Counters, Entry
    from tcpexplain.wire.segment import Segment

BATCH = 32
"""Frames for which there is room before they are taken."""
SOON = 8
"""How many frames ahead the headers of one are asked for."""
FLOWS = 1 << 16
"""4-tuples that are known by their bytes at most."""


def are_whole(
    buffer: Bytes, starts: Array[int], captureds: Array[int], wires: Array[int], times: Array[int], links: Array[int],
    packets: Array[int], at: int, count: int,
) -> bool:  # fmt: skip
    """Whether there are frames ``at`` to ``count``, and each of them lies within the buffer."""
    least = min(len(starts), len(captureds), len(wires), len(times), len(links), len(packets))
    if not 0 <= at <= count <= least:
        return False
    for i in range(at, count):
        if starts[i] < 0 or captureds[i] < 0 or captureds[i] > len(buffer) - starts[i] or links[i] < 0:
            return False
    return True


def has_room(
    desk: Counters, pool: Array[Segment], stretches: Array[Stretch], sides: Array[CoalescedEnd], rows: Array[Entry],
    table: Array[int],
) -> bool:  # fmt: skip
    """Whether slots, stretches and rows are as many as the counters say."""
    if desk.free >= len(pool) or desk.spare >= len(stretches) or len(sides) < 2 * len(stretches):
        return False
    return 0 <= desk.rows <= len(rows) and desk.mask + 1 == len(table)


def fits_take(
    buffer: Bytes, starts: Array[int], captureds: Array[int], wires: Array[int], times: Array[int],
    links: Array[int], packets: Array[int], at: int, count: int, slots: Array[int], places: Array[int],
    keys: Array[Key], pool: Array[Segment], stretches: Array[Stretch], sides: Array[CoalescedEnd],
    rows: Array[Entry], table: Array[int], desks: Array[Counters], skipped: Array[int],
) -> bool:  # fmt: skip
    """Whether the frames lie within the buffer, and everything has the room that the counters say."""
    if not len(desks) or not are_whole(buffer, starts, captureds, wires, times, links, packets, at, count):
        return False
    if len(slots) < 2 * len(places) or len(keys) < len(places) or len(skipped) < REASONS:
        return False
    return has_room(desks[0], pool, stretches, sides, rows, table)


@entry(fits_take)
def take(
    buffer: Bytes, starts: Array[int], captureds: Array[int], wires: Array[int], times: Array[int], links: Array[int], packets: Array[int], at: int, count: int,
    file: int, slots: Array[int], places: Array[int], keys: Array[Key], pool: Array[Segment], stretches: Array[Stretch], sides: Array[CoalescedEnd], rows: Array[Entry], table: Array[int],
    desks: Array[Counters], skipped: Array[int], chosen: Array[int], flows: dict[bytes, tuple[Entry, int]] | None,
) -> int:  # fmt: skip
    """Take the frames ``at`` to ``count``, as long as there are free slots, stretches and rows.

    ``slots``, ``places`` and ``keys`` are scratch, of 2, 1 and 1 times as many frames as are decoded together, ``BATCH`` at most;
    ``sides`` are two of each of ``stretches``, and nothing is folded if there are none. ``skipped`` counts what is no
    segment by ``decode``'s reasons; ``chosen`` flags the connections whose segments are kept, all if it is empty; for
    ``flows`` see ``take_familiar``.

    Returns
    -------
    int
        The first frame that was not taken.
    """
    desk, origin = desks[0], file << FILE_SHIFT
    while at < count:
        if desk.free < 0 or len(rows) - desk.rows < BATCH or (len(stretches) and desk.spares < BATCH):
            return at
        at = take_familiar(
            buffer, starts, captureds, times, links, packets, at, min(count, at + BATCH), file, pool, stretches, sides,
            rows, table, desk, flows,
        )  # fmt: skip
        n = 0
        while n < len(places) and at < count and desk.free >= 0:
            slot = desk.free
            segment = pool[slot]
            foresee_frame(buffer, starts[min(at + SOON, count - 1)], pool, segment.next)
            found = decode(buffer, starts[at], captureds[at], wires[at], links[at], segment, keys[n])
            if found > ICMP_ERROR:
                skipped[found] += 1
            else:
                segment.time = times[at]
                segment.packet = origin | packets[at]
                segment.file = file
                desk.free = segment.next
                slots[n], places[n] = slot, place_of(keys[n], desk.mask)
                n += 1
            at += 1
        foresee(slots, places, n, rows, table, pool, stretches, sides)
        for i in range(n):
            slot = slots[i]
            if not connect(slot, places[i], keys[i], pool, stretches, sides, rows, table, desk, chosen):
                pool[slot].next = desk.free
                desk.free = slot
    return at


def take_none(
    buffer: Bytes, starts: Array[int], captureds: Array[int], times: Array[int], links: Array[int], packets: Array[int], at: int, stop: int, file: int, pool: Array[Segment],
    stretches: Array[Stretch], sides: Array[CoalescedEnd], rows: Array[Entry], table: Array[int], desk: Counters, flows: dict[bytes, tuple[Entry, int]] | None,
) -> int:  # fmt: skip
    """What ``take_familiar`` is in native code."""
    return at


@replaced_by(take_none)
def take_familiar(
    buffer: Bytes, starts: Array[int], captureds: Array[int], times: Array[int], links: Array[int], packets: Array[int], at: int, stop: int, file: int, pool: Array[Segment],
    stretches: Array[Stretch], sides: Array[CoalescedEnd], rows: Array[Entry], table: Array[int], desk: Counters, flows: dict[bytes, tuple[Any, int]] | None,
) -> int:  # fmt: skip
    """In plain code, take the frames from ``at`` on that go on with a connection in the most usual way; in native code none.

    These are TCP behind IPv4 without options, neither SYN nor RST. Their 4-tuple is known by its bytes: ``flows`` leads from
    addresses and ports as they stand in the headers to the connection's row and the sender; None: every frame is to be looked
    at. What becomes of a frame is what ``decode`` and ``connect`` come to for such a one.

    Returns
    -------
    int
        The first frame, of those before ``stop``, that is anything else.
    """
    if flows is None:
        return at
    first, folded, origin = at, len(stretches), file << FILE_SHIFT
    while at < stop and desk.free >= 0:
        start, link = starts[at], links[at]
        end = start + captureds[at]
        ip = start + link
        if link >= 0x100 or end - ip < 40:
            break
        (
            kind, version, length, ip_id, fragment, ttl, protocol, flow, seq, ack, offset, flags, window,
        ) = load_typed_ipv4_flow_tcp(buffer, ip - 2)  # fmt: skip
        if (
            kind != 0x0800
            or version != 0x45
            or protocol != 6
            or length < 40
            or fragment & 0xBFFF
            or flags & (SYN | RST)
        ):
            break
        slot = desk.free
        segment = pool[slot]
        if flow not in flows and not meet(buffer, start, end, link, segment, rows, table, desk, flow, flows):
            break
        row, sender = flows[flow]
        if row.known & (CONCLUDED | REPLACED) or row.doubt:
            break
        segment.ip_id = ip_id
        segment.ttl = ttl
        segment.mark = 0
        segment.options = DONT_FRAGMENT if fragment else 0
        if read_tcp(buffer, ip + 20, end, length - 20, seq, ack, offset, flags, window, segment) != SEGMENT:
            break
        segment.sender = sender
        if times[at] < row.time:
            row.known |= UNORDERED
        segment.time = row.time = times[at]
        segment.packet = origin | packets[at]
        segment.file = file
        desk.free = segment.next
        segment.next = -1
        pool[row.last].next = slot
        row.last = slot
        row.kept += 1
        row.packets += 1
        if flags & FIN:
            row.known |= FIN_HIGH if sender else FIN_LOW
        hear(row, segment)
        if folded:
            fold_in(row, slot, segment, pool, stretches, sides, desk)
        at += 1
    desk.segments += at - first
    return at


def meet(
    buffer: Bytes, start: int, end: int, link: int, segment: Segment, rows: Array[Entry], table: Array[int], desk: Counters, flow: bytes,
    flows: dict[bytes, tuple[Any, int]],
) -> bool:  # fmt: skip
    """Look for the latest connection on a frame's 4-tuple, to know it by its bytes from now on; whether its sender has been heard."""
    key = Key()
    if decode(buffer, start, end - start, end - start, link, segment, key) != SEGMENT:
        return False
    index = find(place_of(key, desk.mask), key, rows, table)
    if index < 0 or not rows[index].known & 1 << segment.sender:
        return False
    if len(flows) >= FLOWS:
        flows.clear()
    flows[flow] = rows[index], segment.sender
    return True
