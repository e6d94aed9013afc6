"""Some connections and their events, column by column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpexplain.tuples import NamedTuple
from tcpexplain.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tcpexplain.model.calls import End, Reset, Side


@frozen
class Coded:
    """A column of few different values: ``which`` of the ``values`` each row has."""

    values: Sequence[Any]
    which: Any

    def __len__(self) -> int:
        return len(self.which)

    def tolist(self) -> list[Any]:
        """The value of each row."""
        return [self.values[place] for place in self.which.tolist()]


class Events(NamedTuple):
    """Events one after the other; numbers are lists or arrays.

    What repeats is held once: ``origins`` are the different pairs of sender and flags, ``rests`` the different basis, client
    and server, and ``origin``, ``rest`` which of them each event has.
    """

    starts: Sequence[int]
    """Where the events of each connection begin, and where those of the last one end."""
    place: Any
    """Of the connection in its chunk."""
    packet: Any
    file: Any
    time: Any
    """Seconds since the connection's first packet."""
    seq: Any
    ack: Any
    """-1: it has none."""
    length: Any
    origin: Any
    rest: Any
    origins: Sequence[tuple[Side, str]]
    rests: Sequence[tuple[str, End, End]]


class Chunk(NamedTuple):
    """Some connections: a value of each for every field of ``tables.schema``, their RSTs, and their events if they are wanted.

    Columns are lists, arrays or ``Coded``. RSTs are made when they are asked for: tables have none.
    """

    connections: dict[str, Any]
    resets: Callable[[], Sequence[Sequence[Reset]]]
    events: Events | None
