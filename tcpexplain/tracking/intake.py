"""Frames -> segments -> their connections. Hot.

Compiled code decodes a batch of frames before the first of them is put into its connection, so that ``foresee`` can ask
for what all of them need. Plain code takes one after the other, and most by a shorter way (``take_familiar``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.hot.inline import entry, replaced_by
from tcpexplain.tracking.entry import CONCLUDED, FIN_HIGH, FIN_LOW, REPLACED, UNORDERED
from tcpexplain.tracking.prefetch import foresee, foresee_frame
from tcpexplain.tracking.sought import hash_ahead, is_foreign
from tcpexplain.tracking.table import connect, find, fold_in, hash_of, place_of
from tcpexplain.tracking.talk import hear
from tcpexplain.wire.frames import are_whole
from tcpexplain.wire.headers import decode, read_tcp
from tcpexplain.wire.segment import DONT_FRAGMENT, FILE_SHIFT, FIN, RST, SYN, Key
from tcpexplain.wire.skipped import ICMP_ERROR, REASONS, SEGMENT
from tcpexplain.wire.words import load_typed_ipv4_flow_tcp

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array, Bytes
    from tcpexplain.tracking.entry import Counters, Entry
    from tcpexplain.tracking.tracked import Decoded, Tracked
    from tcpexplain.wire.frames import Batch
    from tcpexplain.wire.segment import Segment

BATCH = 32
"""Frames for which there is room before they are taken."""
SOON = 8
"""How many frames ahead the headers of one are asked for."""
FLOWS = 1 << 16
"""4-tuples that are known by their bytes at most."""


def has_room(tracked: Tracked) -> bool:
    """Whether slots, stretches and rows are as many as the counters say."""
    if not len(tracked.desks) or len(tracked.sides) < 2 * len(tracked.stretches):
        return False
    desk = tracked.desks[0]
    if desk.free >= len(tracked.pool) or desk.spare >= len(tracked.stretches):
        return False
    return 0 <= desk.rows <= len(tracked.rows) and desk.mask + 1 == len(tracked.table)


def fits_take(batch: Batch, at: int, count: int, decoded: Decoded, tracked: Tracked, skipped: Array[int]) -> bool:
    """Whether the frames lie within the buffer, and everything has the room that the counters say."""
    if len(decoded.slots) < 2 * len(decoded.places) or len(decoded.keys) < len(decoded.places):
        return False
    if len(tracked.chosen) & max(len(tracked.chosen) - 1, 0):
        return False
    return are_whole(batch, at, count) and has_room(tracked) and len(skipped) >= REASONS


@entry(fits_take)
def take(
    batch: Batch,
    at: int,
    count: int,
    file: int,
    decoded: Decoded,
    tracked: Tracked,
    skipped: Array[int],
    flows: dict[bytes, tuple[Entry, int]] | None,
) -> int:
    """Take the frames ``at`` to ``count``, as long as there are free slots, stretches and rows.

    ``decoded`` is scratch for ``BATCH`` frames at most; ``skipped`` counts what is no segment by ``decode``'s reasons; for ``flows`` see
    ``take_familiar``.

    Returns
    -------
    int
        The first frame that was not taken.
    """
    buffer, starts, captureds, wires = batch.buffer, batch.start, batch.captured, batch.wire
    times, links, packets = batch.time, batch.link, batch.packet
    slots, places, keys = decoded.slots, decoded.places, decoded.keys
    pool, stretches, sides, rows = tracked.pool, tracked.stretches, tracked.sides, tracked.rows
    table, chosen = tracked.table, tracked.chosen
    desk, origin = tracked.desks[0], file << FILE_SHIFT
    divided = desk.parts > 1 or len(chosen) > 0
    while at < count:
        if desk.free < 0 or len(rows) - desk.rows < BATCH or (len(stretches) and desk.spares < BATCH):
            return at
        at = take_familiar(batch, at, min(count, at + BATCH), file, tracked, flows)
        n = 0
        while n < len(places) and at < count and desk.free >= 0:
            slot = desk.free
            segment = pool[slot]
            foresee_frame(buffer, starts[min(at + SOON, count - 1)], pool, segment.next)
            where = hash_ahead(buffer, starts[at], starts[at] + captureds[at], links[at]) if divided else -1
            if where >= 0 and is_foreign(where, desk, chosen):
                at += 1
                continue
            found = decode(buffer, starts[at], captureds[at], wires[at], links[at], segment, keys[n])
            if found > ICMP_ERROR:
                # What shows no hash, all analyses see, and one counts.
                skipped[found] += 1 if where >= 0 or desk.part == 0 else 0
                at += 1
                continue
            where = hash_of(keys[n])
            if not is_foreign(where, desk, chosen):
                segment.time = times[at]
                segment.packet = origin | packets[at]
                segment.file = file
                desk.free = segment.next
                slots[n], places[n] = slot, where & desk.mask
                n += 1
            at += 1
        desk.vacant -= n
        foresee(slots, places, n, rows, table, pool, stretches, sides)
        for i in range(n):
            slot = slots[i]
            if not connect(slot, places[i], keys[i], pool, stretches, sides, rows, table, desk):
                pool[slot].next = desk.free
                desk.free = slot
                desk.vacant += 1
    return at


def take_none(
    batch: Batch, at: int, stop: int, file: int, tracked: Tracked, flows: dict[bytes, tuple[Entry, int]] | None
) -> int:
    """What ``take_familiar`` is in native code."""
    return at


@replaced_by(take_none)
def take_familiar(
    batch: Batch, at: int, stop: int, file: int, tracked: Tracked, flows: dict[bytes, tuple[Entry, int]] | None
) -> int:
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
    buffer, starts, captureds, times = batch.buffer, batch.start, batch.captured, batch.time
    links, packets, pool, rows = batch.link, batch.packet, tracked.pool, tracked.rows
    stretches, sides, table, desk = tracked.stretches, tracked.sides, tracked.table, tracked.desks[0]
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
        if times[at] < row.time and row.packets:
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
    desk.vacant -= at - first
    return at


def meet(
    buffer: Bytes, start: int, end: int, link: int, segment: Segment, rows: Array[Entry], table: Array[int], desk: Counters, flow: bytes,
    flows: dict[bytes, tuple[Entry, int]],
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
