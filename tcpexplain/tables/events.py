"""Events of the connections of a part, from the steps of its connections, without an object for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpexplain.analysis.systems import BY_CODE, predicted
from tcpexplain.diagnosis.assemble import CLOSERS
from tcpexplain.diagnosis.events import end_of
from tcpexplain.hot.columns import SIGNED_MIX
from tcpexplain.machine.resets import SEGMENT_AFTER_CLOSE
from tcpexplain.machine.step import BASES
from tcpexplain.tables.chunk import Events
from tcpexplain.tuples import NamedTuple
from tcpexplain.wire.segment import flag_text, number_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from tcpexplain.diagnosis.slice import Slice
    from tcpexplain.hot.array import Integers, RecordArray
    from tcpexplain.model.calls import End

FIN_SENT = 1 << 15
"""The bit of a condition (``machine.steps.condition``) from which on an end has been closed by something."""
LOWER, HIGHER = (tuple(f"{name}{number}" for name in ("previous", "state", "condition")) for number in (0, 1))
"""What a step says of the lower and the higher end of the key."""
SLOTS = 16
"""Bits of a slot's number."""
ENDED, ENDINGS = 50, 1 << 11
"""Where in a machine word it stands how a connection's ends were closed and which systems they are, and how many such numbers there are."""


class Kinds(NamedTuple):
    """Rows of which many are alike."""

    examples: Any
    """A row of each kind."""
    which: Any
    """The kind of each row."""


def events(part: Slice) -> Events:
    """The events of each connection."""
    np, steps = part.np, part.steps
    rows: Any = steps.rows
    by_client = (rows["sender"] == steps.spread(part.client)).astype(np.int64)
    origin = alike_numbers(np, rows["flags"].astype(np.int64) << 1 | by_client)
    ended = part.client | closers(part, 0) << 1 | closers(part, 1) << 3 | acting(part, 0) << 5 | acting(part, 1) << 9
    rest = alike(np, machine_words(np, rows, ["basis", *LOWER, *HIGHER], steps.spread(ended)))
    return Events(
        starts=steps.bounds,
        place=steps.places,
        packet=number_of(rows["packet"]),
        file=rows["file"],
        time=(rows["time"] - steps.spread(part.facts["start"])) / 1e9,
        seq=rows["seq"].astype(np.int64) & 0xFFFFFFFF,
        ack=np.where(rows["has_ack"] > 0, rows["ack"].astype(np.int64) & 0xFFFFFFFF, -1),
        length=rows["length"],
        origin=origin.which,
        rest=rest.which,
        origins=[("client" if one & 1 else "server", flag_text(one >> 1)) for one in origin.examples.tolist()],
        rests=rests(rows[rest.examples], ended[steps.places[rest.examples]].tolist()),
    )


def machine_words(np: ModuleType, rows: RecordArray, names: Sequence[str], ended: Integers) -> list[Any]:
    """The machine words in which some fields of records lie, without what else is in them; ``ended`` where one has room.

    Words that take up different bits become one: there are few to compare then.
    """
    mask = np.zeros(1, rows.dtype)
    for name in names:
        mask[name] = -1
    masks, every = mask.view(np.int64), rows.view(np.int64).reshape(len(rows), -1)
    found: list[list[Any]] = [[(ENDINGS - 1) << ENDED, ended << ENDED]]
    for at in np.flatnonzero(masks).tolist():
        bits, values = int(masks[at]), every[:, at] & masks[at]
        room = next((one for one in found if not one[0] & bits), None)
        if room:
            room[:] = room[0] | bits, room[1] | values
        else:
            found.append([bits, values])
    return [values for _, values in found]


def alike_numbers(np: ModuleType, values: Integers) -> Kinds:
    """Kinds of small numbers; the examples are the numbers themselves."""
    known = np.zeros(int(values.max(initial=0)) + 1, np.int64)
    known[values] = 1
    examples = np.flatnonzero(known)
    known[examples] = np.arange(len(examples))
    return Kinds(examples, known.take(values))


def alike(np: ModuleType, columns: Sequence[Integers]) -> Kinds:
    """Kinds of rows; ``columns``: what makes the difference, as 64-bit integers.

    There are few kinds, so each has most likely a slot of its own in a small table: that takes no sorting of all rows.
    Rows of another kind than the one that has got their slot try again, with other bits of their mixture.
    """
    mixed = columns[0] * SIGNED_MIX
    for column in columns[1:]:
        mixed = (mixed ^ column) * SIGNED_MIX
    which, left, values = np.empty(len(mixed), np.int64), np.arange(len(mixed)), columns
    examples, turn = left[:0], 0
    while len(left):
        slots = mixed >> 64 - SLOTS - turn % 32 & (1 << SLOTS) - 1
        held, kind = np.full(1 << SLOTS, -1, np.int64), np.empty(1 << SLOTS, np.int64)
        held[slots] = left
        used = np.flatnonzero(held >= 0)
        kind[used] = np.arange(len(examples), len(examples) + len(used))
        which[left], examples, turn = kind.take(slots), np.concatenate((examples, held[used])), turn + 1
        other = held.take(slots)
        wrong = np.flatnonzero(
            np.any([one != column.take(other) for one, column in zip(values, columns, strict=True)], axis=0)
        )
        left, mixed, values = left[wrong], mixed[wrong], [value[wrong] for value in values]
    return Kinds(examples, which)


def closers(part: Slice, number: int) -> Any:
    """The place in ``CLOSERS`` of what closed an end, by connection: see ``diagnosis.assemble.closers``."""
    np, resets = part.np, part.resets
    late = np.where(part.client == number, part.servers["late_acked"], part.clients["late_acked"])
    found = np.zeros(len(part), np.int64)
    found[resets.places[(resets.rows["by"] == number) & (resets.rows["reason"] == SEGMENT_AFTER_CLOSE)]] = 1
    return np.where(late > 0, 2, found)


def acting(part: Slice, number: int) -> Any:
    """The system whose calls are predicted for an end, by connection."""
    np, found = part.np, [predicted(ends["forced"], ends["fingerprint"]) for ends in (part.clients, part.servers)]
    return np.where(part.client == number, *found).astype(np.int64)


def rests(rows: RecordArray, ended: Sequence[int]) -> list[tuple[str, End, End]]:
    """Basis, client and server of some steps; ``ended``: which end is the client, what closed the lower and the higher one, and which systems they are."""
    found = []
    for how, basis, *both in zip(ended, *(rows[name].tolist() for name in ("basis", *LOWER, *HIGHER)), strict=True):
        low, high = end(how >> 1 & 3, how >> 5 & 15, *both[:3]), end(how >> 3 & 3, how >> 9, *both[3:])
        found.append((BASES[basis], high, low) if how & 1 else (BASES[basis], low, high))
    return found


def end(how: int, system: int, previous: int, state: int, condition: int) -> End:
    """An end; ``how``: the place in ``CLOSERS`` of what has closed it, if something has; ``system``: in ``BY_CODE``."""
    return end_of(BY_CODE[system], previous, state, condition, CLOSERS[how] if condition & FIN_SENT else ())
