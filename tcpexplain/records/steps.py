"""Events of the connections of a part, from the steps of its connections, without an object for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tcpexplain.assemble import CLOSERS
from tcpexplain.columns import distinct
from tcpexplain.machine.resets import SEGMENT_AFTER_CLOSE
from tcpexplain.machine.step import BASES
from tcpexplain.occurred import end_of
from tcpexplain.records.piece import Events
from tcpexplain.wire.segment import flag_text

if TYPE_CHECKING:
    from tcpexplain.capture import End
    from tcpexplain.records.part import Part

FIN_SENT = 1 << 15
"""The bit of a condition (``machine.run.condition``) from which on an end has been closed by something."""
PREVIOUS, STATE, CONDITION = 4, 8, 40
"""Where in the number that tells ends apart the states and the condition end, and what has closed it begins; bits."""
SLOTS, MIX = 16, 0x9E3779B97F4A7C15 - (1 << 64)
"""Bits of a slot's number, and an odd number by which values are spread over them."""


class Sorted(NamedTuple):
    """Values that repeat: the different ones, and which of them each row has."""

    different: Any
    which: Any


def events(part: Part) -> Events:
    """The events of each connection."""
    np, steps = part.np, part.steps
    rows, places = steps.rows, steps.places
    side = part.client[places]
    origin = apart(np, (rows["sender"] != side) | rows["flags"].astype(np.int64) << 1)
    low, high = (apart(np, ends(part, number)) for number in (0, 1))
    rest = apart(np, ((low.which * len(high.different) + high.which) * len(BASES) + rows["basis"]) * 2 + side)
    start = part.facts["start"][places]
    return Events(
        starts=steps.bounds,
        place=places,
        packet=rows["packet"],
        file=rows["file"],
        time=(rows["time"] - start) / 1e9,
        seq=rows["seq"].astype(np.int64) & 0xFFFFFFFF,
        ack=np.where(rows["has_ack"] > 0, rows["ack"].astype(np.int64) & 0xFFFFFFFF, -1),
        length=rows["length"],
        origin=origin.which,
        rest=rest.which,
        origins=[("server" if code & 1 else "client", flag_text(code >> 1)) for code in origin.different.tolist()],
        rests=rests(part, rest, low, high),
    )


def apart(np: Any, values: Any) -> Sorted:
    """The different values, sorted.

    They are few, so each has most likely a slot of its own in a small table: that takes no sorting of all of them.
    """
    slots = (values * MIX >> 64 - SLOTS) & (1 << SLOTS) - 1
    held = np.zeros(1 << SLOTS, np.int64)
    held[slots] = values
    if not (held[slots] == values).all():
        different = distinct(values)
        return Sorted(different, np.searchsorted(different, values))
    used = np.zeros(1 << SLOTS, bool)
    used[slots] = True
    used = np.flatnonzero(used)
    used = used[np.argsort(held[used])]
    rank = np.zeros(1 << SLOTS, np.int64)
    rank[used] = np.arange(len(used))
    return Sorted(held[used], rank[slots])


def ends(part: Part, number: int) -> Any:
    """A number for each step that tells what ``End`` the lower (0) or higher (1) end of the key is after it."""
    np, rows = part.np, part.steps.rows
    condition = rows[f"condition{number}"].astype(np.int64)
    how = np.where(condition & FIN_SENT, 1 + closers(part, number)[part.steps.places], 0)
    return (
        rows[f"previous{number}"]
        | rows[f"state{number}"].astype(np.int64) << PREVIOUS
        | condition << STATE
        | how << CONDITION
    )


def closers(part: Part, number: int) -> Any:
    """The place in ``CLOSERS`` of what closed an end, by connection: see ``assemble.closers``."""
    np, resets = part.np, part.resets
    late = np.where(part.client == number, part.servers["late_acked"], part.clients["late_acked"])
    found = np.zeros(len(part), np.int64)
    found[resets.places[(resets.rows["by"] == number) & (resets.rows["reason"] == SEGMENT_AFTER_CLOSE)]] = 1
    return np.where(late > 0, 2, found)


def rests(part: Part, rest: Sorted, low: Sorted, high: Sorted) -> list[tuple[str, End, End]]:
    """Basis, client and server of each different rest."""
    lower, higher = ([end(part, code) for code in one.different.tolist()] for one in (low, high))
    found = []
    for code in rest.different.tolist():
        pair, basis = divmod(code >> 1, len(BASES))
        first, second = lower[pair // len(higher)], higher[pair % len(higher)]
        found.append((BASES[basis], second, first) if code & 1 else (BASES[basis], first, second))
    return found


def end(part: Part, code: int) -> End:
    """The end that ``ends`` tells by this number."""
    condition = code >> STATE & (1 << CONDITION - STATE) - 1
    closed = CLOSERS[how - 1] if (how := code >> CONDITION) else ()
    return end_of(part.profile.name, code & 15, code >> PREVIOUS & 15, condition, closed)
