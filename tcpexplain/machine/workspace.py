"""What one connection after the other is taken through the machine with. Hot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.tuples import NamedTuple

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.machine.coalesced import CoalescedEnd
    from tcpexplain.machine.endpoint import Endpoint
    from tcpexplain.machine.facts import EndFacts
    from tcpexplain.machine.step import Book
    from tcpexplain.vantage.sighting import Sighting

SCAN = 8
"""Integers of scratch."""


class Workspace(NamedTuple):
    """Scratch, and where what is found goes.

    ``order`` holds the slots of the connection's segments; ``after`` and ``fate`` say of each when it arrives and what becomes of it, and are as long.
    ``rtt`` is that of both ends, ``scan`` ``SCAN`` integers, ``sight`` what prediction expects of both ends, ``seen`` what the capture has shown of
    them. ``ends`` are the two endpoints, ``tells`` the facts of both, ``held`` the endpoints of connections that have been condensed.
    """

    order: Array[int]
    after: Array[int]
    fate: Array[int]
    rtt: Array[int]
    scan: Array[int]
    sight: Array[CoalescedEnd]
    seen: Array[Sighting]
    ends: Array[Endpoint]
    tells: Array[EndFacts]
    held: Array[Endpoint]
    book: Book


def is_long_enough(work: Workspace) -> bool:
    """Whether everything has the length that it must have."""
    if len(work.after) < len(work.order) or len(work.fate) < len(work.order) or len(work.scan) < SCAN:
        return False
    if min(len(work.tells), len(work.ends), len(work.sight), len(work.seen), len(work.rtt), len(work.book.used)) < 2:
        return False
    return work.book.used[0] >= 0 and work.book.used[1] >= 0
