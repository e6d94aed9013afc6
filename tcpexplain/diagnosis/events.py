"""The events of a connection, made into objects when they are asked for: most are only ever written out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, cast, overload

from tcpexplain.machine.step import BASES
from tcpexplain.machine.transitions import State
from tcpexplain.model.calls import End, Event
from tcpexplain.sockets import profile
from tcpexplain.wire.segment import flag_text, number_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.model.calls import Side
    from tcpexplain.sockets import Profile

STATES = tuple(str(state) for state in State)


@cache
def end_of(system: str, previous: int, state: int, condition: int, closed: tuple[str, ...]) -> End:
    """One endpoint; there are few different ones."""
    return End(STATES[previous], STATES[state], profile(system).next(condition), closed)


class Occurred(Sequence[Event]):
    """Events from steps.

    Parameters
    ----------
    steps
        Tuples in the order of ``machine.step.StepRow``.
    start
        ns since 1970, of the connection's first packet.
    sides
        What the lower and the higher end of the key are.
    closed
        ``End.closed_by`` of both, once they have sent a FIN.
    profiles
        The systems whose calls are predicted, of both.
    """

    __slots__ = ("_made", "closed", "profiles", "sides", "start", "steps")

    def __init__(
        self,
        steps: Sequence[tuple[int, ...]],
        start: int,
        sides: Sequence[Side],
        closed: tuple[tuple[str, ...], tuple[str, ...]],
        profiles: tuple[Profile, Profile],
    ) -> None:
        self.steps, self.start, self.sides, self.closed, self.profiles = steps, start, sides, closed, profiles
        self._made: tuple[Event, ...] | None = None

    def made(self) -> tuple[Event, ...]:
        """All as objects."""
        if self._made is None:
            self._made = tuple(self.event(step) for step in self.steps)
        return self._made

    def event(self, step: tuple[int, ...]) -> Event:
        """One step as an event."""
        _, packet, time, file, seq, ack, has_ack, sender, basis, flags, length, *ends = step
        low, high = self.end(ends[0], ends[1], ends[4], 0), self.end(ends[2], ends[3], ends[5], 1)
        client, server = (low, high) if self.sides[0] == "client" else (high, low)
        return Event(
            packet=number_of(packet),
            time=(time - self.start) / 1e9,
            sender=self.sides[sender],
            flags=flag_text(flags),
            seq=seq & 0xFFFFFFFF,
            ack=ack & 0xFFFFFFFF if has_ack else None,
            length=length,
            basis=cast("Literal['seen', 'inferred', 'timer']", BASES[basis]),
            client=client,
            server=server,
            file=file,
        )

    def end(self, previous: int, state: int, condition: int, side: int) -> End:
        """One endpoint after a step."""
        closed = self.closed[side] if condition >> 15 & 1 else ()
        return end_of(self.profiles[side].name, previous, state, condition, closed)

    def __reduce__(self) -> tuple[Any, ...]:
        # Pickled as what they say: profiles are modules.
        return tuple, (self.made(),)

    def __len__(self) -> int:
        return len(self.steps)

    @overload
    def __getitem__(self, index: int) -> Event: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Event, ...]: ...
    def __getitem__(self, index: int | slice) -> Any:
        return self.made()[index]

    def __iter__(self) -> Iterator[Event]:
        return iter(self.made())

    def __eq__(self, other: object) -> bool:
        return self.made() == tuple(other) if isinstance(other, Sequence) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.made())

    def __repr__(self) -> str:
        return repr(self.made())
