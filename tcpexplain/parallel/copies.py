"""The same packet in several captures: two taps on one path, a ring copied twice. Hot.

All captures' segments of a 4-tuple are in the order of time. The first image of a packet stays, whichever capture it is in;
those in captures that were made at the same time are copies. With clocks that differ by a constant, causes still come before
their effects: each packet keeps the earliest of its images, and an effect's images are each later than the same
capture's image of its cause.

Two rules, as network cards cut and glue segments differently at the two ends of a path. Equal headers are one packet as often
as other captures have seen them more often. And bytes that are new to their own capture, but were seen by another, are copies
however they are cut.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.hot.inline import entry, inlined
from tcpexplain.parallel.buckets import is_power_of_two, number_of
from tcpexplain.wire.segment import RST, consumed
from tcpexplain.wire.seqnum import offset

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.parallel.buckets import Names
    from tcpexplain.wire.segment import Key, Segment

SKEW = 1_000_000_000
"""Nanoseconds by which the images of one packet may lie apart: transit time, and clocks that do not agree."""
LOOKBACK = 1024
"""Segments of the 4-tuple among which an earlier image is looked for."""
REACHED = 8
"""Numbers that are held of a 4-tuple: see ``is_further``."""
FAR, HALF = 1 << 40, 1 << 31
"""What the first number is counted from, which keeps all above 0; half of all sequence numbers."""
SEVERAL = -2
"""Stands for several captures."""
COPIES = "copies of packets in another capture"
"""What the summary calls them."""
OTHER_NAMES = "the same packets under other addresses"
"""What it calls those of one capture, before and after a NAT."""


def fits_unify(keys: Array[Key], count: int, single: Names, same: Array[int]) -> bool:
    """Whether there are so many 4-tuples, and room for their numbers."""
    least = min(len(keys), len(single.keys), len(single.chains), len(same))
    return count <= least and len(single.used) >= 2 and single.used[1] >= 0 and is_power_of_two(len(single.table))


@entry(fits_unify)
def unify(keys: Array[Key], count: int, single: Names, same: Array[int]) -> None:
    """Fill ``same`` with one number for all of the ``keys`` that are equal; ``single`` is scratch, with room for all."""
    for i in range(count):
        same[i] = number_of(keys[i], single)


def fits_find_copies(
    pool: Array[Segment], order: Array[int], same: Array[int], latest: Array[int], reached: Array[int],
    before: Array[int], begins: Array[int], ends: Array[int], copies: Array[int],
) -> bool:  # fmt: skip
    """Whether there are such segments, 4-tuples and files."""
    count, files = len(pool), min(len(begins), len(ends))
    if len(order) != count or count > min(len(before), len(copies)) or len(reached) < REACHED * len(latest):
        return False
    for i in range(len(order)):
        if not 0 <= order[i] < count:
            return False
    for i in range(count):
        if not 0 <= pool[i].next < len(same) or not 0 <= pool[i].file < files:
            return False
    for i in range(len(same)):
        if not 0 <= same[i] < len(latest):
            return False
    return True


@entry(fits_find_copies)
def find_copies(
    pool: Array[Segment],
    order: Array[int],
    same: Array[int],
    latest: Array[int],
    reached: Array[int],
    before: Array[int],
    begins: Array[int],
    ends: Array[int],
    copies: Array[int],
) -> int:
    """Flag in ``copies`` which segments of a pool are copies; how many. ``order`` holds their places in the order of time.

    ``latest`` holds the last segment of each 4-tuple, ``before`` is filled with the one before each segment, -1: none; ``reached``, all 0,
    with what each end of a 4-tuple has reached (``is_further``). ``begins`` and ``ends`` are the times of each capture.
    """
    found = 0
    flag_shared(pool, order, same, latest, copies)
    for i in range(len(order)):
        slot = order[i]
        if not copies[slot]:
            continue
        name = same[pool[slot].next]
        before[slot] = latest[name]
        latest[name] = slot
        if is_further(pool[slot], REACHED * name, reached):
            copies[slot] = 0
        else:
            copies[slot] = is_copy(pool, slot, before, begins, ends, copies)
        found += copies[slot]
    return found


@inlined
def flag_shared(
    pool: Array[Segment], order: Array[int], same: Array[int], latest: Array[int], flags: Array[int]
) -> None:
    """Flag the segments of 4-tuples that several captures have: no other's can be copies. ``latest`` is scratch, and all -1 again."""
    for slot in range(len(order)):
        name = same[pool[slot].next]
        if latest[name] == -1 or latest[name] == pool[slot].file:
            latest[name] = pool[slot].file
        else:
            latest[name] = SEVERAL
    for slot in range(len(order)):
        flags[slot] = 1 if latest[same[pool[slot].next]] == SEVERAL else 0
    for name in range(len(latest)):
        latest[name] = -1


@inlined
def is_further(segment: Segment, at: int, reached: Array[int]) -> bool:
    """Whether a segment ends beyond all that its end of the 4-tuple has sent so far, or acknowledges more: then it is no copy, whatever was before.

    ``reached`` holds from ``at`` on the least and the greatest number of either kind, for either end, as they count on beyond 32 bits; as
    long as all lie within half of what 32 bits hold, none is taken for another.
    """
    if segment.icmp or segment.flags & RST:
        return False
    size = consumed(segment)
    at += 4 * (1 if segment.sender else 0) + (0 if size else 2)
    number = segment.seq + size if size else segment.ack
    if reached[at + 1] == 0:
        reached[at + 1] = FAR + number
        reached[at] = FAR + number - size
        return True
    number = reached[at + 1] + offset(number, reached[at + 1])
    further = number > reached[at + 1] and number - reached[at] < HALF
    reached[at] = min(reached[at], number - size)
    reached[at + 1] = max(reached[at + 1], number)
    return further


def is_copy(
    pool: Array[Segment], i: int, before: Array[int], begins: Array[int], ends: Array[int], copies: Array[int]
) -> int:
    """1 if an earlier segment of the same 4-tuple, in a capture made at the same time, is an image of the packet."""
    segment = pool[i]
    size = 0 if segment.icmp or segment.flags & RST else consumed(segment)
    end = segment.seq + size
    mine = first = last = balance = 0
    earlier = before[i]
    for _ in range(LOOKBACK):
        if earlier < 0 or segment.time - pool[earlier].time > SKEW:
            break
        other = pool[earlier]
        if other.sender == segment.sender:
            beside = (
                other.file != segment.file
                and begins[segment.file] < ends[other.file]
                and begins[other.file] < ends[segment.file]
            )
            if is_equal(other, segment):
                # Those that stayed, less those that this capture and others not made at the same time have seen.
                balance += (0 if copies[earlier] else 1) - (0 if beside else 1)
                if balance > 0:
                    return 1
            if size and not other.icmp and not other.flags & RST:
                stop = other.seq + consumed(other)
                if beside:
                    first |= covers(other.seq, stop, segment.seq)
                    last |= covers(other.seq, stop, end - 1)
                elif offset(stop, end) >= 0:
                    mine = 1
        earlier = before[earlier]
    return 1 if size and first and last and not mine else 0


def covers(begin: int, end: int, number: int) -> int:
    """1 if a sequence number lies in a range."""
    return 1 if offset(begin, number) <= 0 < offset(end, number) else 0


def is_equal(one: Segment, other: Segment) -> bool:
    """Whether two packets have the same headers; their TTL may differ by the routers between two taps."""
    if one.seq != other.seq or one.ack != other.ack or one.flags != other.flags or one.length != other.length:
        return False
    if one.ip_id != other.ip_id or one.window != other.window or one.ts_val != other.ts_val:
        return False
    return bool(one.ts_ecr == other.ts_ecr and one.icmp == other.icmp)
