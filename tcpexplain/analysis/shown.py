"""What is made into objects of a very long connection: its beginning, its end, and what causes and readers look for between.

An object takes ten times the room of a record. So that one connection cannot take all the memory there is, of one with more than
``MOST`` segments or steps the plain ones in its middle are counted and not made; ``Connection.omitted`` and ``events_omitted`` say how many.
"""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING

from tcpexplain.machine.step import StepRow
from tcpexplain.wire.segment import FIN, MARK_DUPLICATE, MARK_LOST, MARK_PROBE, MARK_RETRANSMISSION, RST, SYN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpexplain.machine.facts import Facts
    from tcpexplain.wire.segment import Segment

FIRST, TELLING, LAST = 16_384, 4_096, 16_384
"""Segments and steps that are made of a long connection: of its beginning, of those between that tell something, of its end."""
MOST = FIRST + TELLING + LAST
STARTLING = SYN | FIN | RST
MARKED = MARK_DUPLICATE | MARK_LOST | MARK_PROBE | MARK_RETRANSMISSION
BEFORE0, AFTER0, BEFORE1, AFTER1 = (
    [name for name, _ in StepRow.FIELDS].index(name) for name in ("previous0", "state0", "previous1", "state1")
)


def chosen(count: int, telling: Sequence[int]) -> list[int]:
    """The places, of ``count``, that are shown; ``telling`` are those, in order, that tell something."""
    if count <= MOST:
        return list(range(count))
    middle = islice((one for one in telling if FIRST <= one < count - LAST), TELLING)
    return list(chain(range(FIRST), middle, range(count - LAST, count)))


def is_telling(one: Segment, facts: Facts) -> int:
    """Whether a cause may point at a segment, as ``analysis.telling.tells`` has it; of one, or of an array of them."""
    found = (one.flags & STARTLING != 0) | (one.icmp != 0) | (one.mark & MARKED != 0)
    return found | (one.packet == facts.quiet_packet) | (one.packet == facts.stray_ack)


def telling_steps(steps: Sequence[tuple[int, ...]]) -> list[int]:
    """The places of steps that change a state."""
    return [
        place for place, one in enumerate(steps) if one[BEFORE0] != one[AFTER0] or one[BEFORE1] != one[AFTER1]
    ]  # fmt: skip
