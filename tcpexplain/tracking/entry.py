"""A connection while its segments come in, and the loop's counters. Hot."""

from __future__ import annotations

from tcpexplain.hot.record import Record, i1, i2, i4, i8
from tcpexplain.wire.segment import Key

FIN_LOW, FIN_HIGH, RESET, REPLACED, DOUBTED, UNORDERED = 4, 8, 16, 32, 128, 256
"""Bits of ``known``: a FIN of each end; a RST; another connection took the port pair over; or a forged SYN, it is not clear
yet; times step back."""

HIGH_BITS = 23
"""Connections are divided by the bits of a 4-tuple's hash from here on: it has 31, and the low ones choose places in a table."""

CONCLUDED = 64
"""Another: the machine has run."""


class Entry(Key):
    """One connection while its segments come in."""

    time: i8  # ns since 1970, of its last packet
    packets: i8
    first: i4  # slot of the first segment that is kept, -1: none
    last: i4
    kept: i4  # segments that are kept
    chain: i4  # another connection whose 4-tuple has the same hash, -1: none
    base0: i4  # sequence number each end began with
    base1: i4
    known: i4  # bits: 1, 2 base0, base1 are set; see also FIN_LOW and so on
    late: i4  # packets that came after the connection had been concluded
    held: i4  # 1 + where the endpoints are that its first segments have left, which are gone; 0: they are there
    gone: i4  # packets that have left memory before their connection has ended
    told: i4  # of those, the ones that were kept for its causes to speak of
    omitted: i4  # packets of its middle that nobody looks at: too many of them were not settled, see ``tracking.thin``
    stretch: i4  # 1 + its latest ``machine.coalesced.Stretch``, 0: none
    due0: i4  # where the message of each end that began last ends, modulo 2**32
    due1: i4
    talk0: i1  # what each end's messages look like, see ``tracking.talk``
    talk1: i1
    turns0: i2  # what the turns of each end have in common, see ``tracking.turns``
    turns1: i2
    turn0: i4  # where the latest of them begins, modulo 2**32
    turn1: i4
    reach0: i4  # and where it ends
    reach1: i4
    size0: i4  # bytes of the one before it
    size1: i4
    head0: i4  # bytes of its first segment
    head1: i4
    waits: i4  # segments that have stayed in memory because messages will be read of it
    walked: i8  # segments of it that SYNs on its 4-tuple had looked through
    doubt: i4  # while it may be a forgery: 1 + the connection before it on its 4-tuple; 0: there is no doubt


class Counters(Record):
    """Counters of the loop."""

    free: i8  # the first free slot, -1: none; ``Segment.next`` leads to others
    spare: i8  # the first stretch that is not in use, -1: none; ``Stretch.before`` leads to others
    spares: i8  # how many they are
    rows: i8  # connections so far
    oldest: i8  # all connections before this one have been concluded
    mask: i8  # places in the table, less 1
    segments: i8
    may_hold: i8  # so many segments may still stay in memory because messages will be read of them
    holds: i8  # 1: such segments stay while this batch is taken
    late: i8
    vacant: i8  # free slots
    parts: i8  # among how many analyses the connections are divided by their hash; 0, 1: this one has all
    part: i8  # which of them this one has
