"""The connections of a capture, made when they are asked for, and what is known of all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, overload

from tcpexplain.model.connection import Connection
from tcpexplain.model.wanted import SEVERITIES

if TYPE_CHECKING:
    from tcpexplain.model.connection import Address
    from tcpexplain.model.group import Group, HalfClosed
    from tcpexplain.model.kernel import KernelSaw
    from tcpexplain.model.wanted import Selection


class Connections(Sequence[Connection]):
    """Connections that are made when they are asked for; ``streams``: their numbers, in order."""

    streams: Sequence[int]
    beside: Callable[[Connection], KernelSaw | None] | None = None
    """Tells what the kernel did with a connection, where its account was kept."""

    def many(self, streams: Sequence[int]) -> Iterator[Connection]:
        """Connections by their stream numbers."""
        raise NotImplementedError

    def records(self) -> Iterator[Connection]:
        """All connections, with no more of their packets than is in memory."""
        raise NotImplementedError

    def systems(self) -> Counter[tuple[str, str]]:
        """How many have their calls predicted as on which systems, the client's and the server's."""
        return Counter((one.systems["client"].os, one.systems["server"].os) for one in self.records())

    def ends(self) -> Iterator[tuple[Address, Address]]:
        """The client and the server of each."""
        return ((one.client, one.server) for one in self.records())

    def codes(self) -> Counter[str]:
        """How many have each cause."""
        raise NotImplementedError

    def first_of_each(self) -> dict[str, Connection]:
        """The first connection of each cause."""
        raise NotImplementedError

    def where(self, wanted: Selection) -> Connections:
        """Those that are asked for."""
        return self.only([one.stream for one in self.records() if wanted.matches(one)])

    def only(self, streams: Sequence[int]) -> Connections:
        """Some of them."""
        return Given(list(self.many(streams)))

    def some_of_each(self, count: int) -> dict[str, tuple[Connection, ...]]:
        """The first ``count`` connections of each cause."""
        raise NotImplementedError

    def streams_of_each(self, count: int) -> dict[str, list[int]]:
        """Their stream numbers."""
        return {code: [one.stream for one in some] for code, some in self.some_of_each(count).items()}

    def worst(self, count: int) -> tuple[Connection, ...]:
        """Failed before suspicious before fine, then in order."""
        raise NotImplementedError

    def groups(self) -> tuple[Group, ...]:
        """One a cause, with what its connections have in common; none if that is not known."""
        return ()

    def undecided(self) -> Counter[str]:
        """By cause, how many count as fine only because nothing shows that they are not."""
        return Counter(one.cause for one in self.records() if one.undecided)

    def lost(self) -> Counter[str]:
        """By cause, how many bytes were never acknowledged though the connection ended."""
        found: Counter[str] = Counter()
        for one in self.records():
            found[one.cause] += sum(ledger.lost for ledger in one.bytes.values())
        return found

    def missing(self) -> Counter[str]:
        """Of how many connections the capture lacks what."""
        return Counter(word for one in self.records() for word in one.missing)

    def unread(self) -> Counter[str]:
        """Of how many connections the messages could not be followed, by why."""
        return Counter(one.messages_unread for one in self.records() if one.messages_unread)

    def half_closed(self) -> tuple[HalfClosed, ...]:
        """By server: what one end had closed and the other not; none if that is not known."""
        return ()


class Given(Connections):
    """Connections that are there already."""

    def __init__(self, connections: Sequence[Connection]) -> None:
        self._by_stream = {connection.stream: connection for connection in connections}
        self.streams = list(self._by_stream)

    def __len__(self) -> int:
        return len(self.streams)

    @overload
    def __getitem__(self, index: int) -> Connection: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Connection, ...]: ...
    def __getitem__(self, index: int | slice) -> Connection | tuple[Connection, ...]:
        return tuple(self._by_stream.values())[index]

    def many(self, streams: Sequence[int]) -> Iterator[Connection]:
        """Connections by their stream numbers."""
        return (self._by_stream[stream] for stream in streams)

    def records(self) -> Iterator[Connection]:
        """All connections."""
        return iter(self._by_stream.values())

    def codes(self) -> Counter[str]:
        """How many have each cause."""
        return Counter(connection.cause for connection in self.records())

    def first_of_each(self) -> dict[str, Connection]:
        """The first connection of each cause."""
        first: dict[str, Connection] = {}
        for connection in self.records():
            first.setdefault(connection.cause, connection)
        return first

    def some_of_each(self, count: int) -> dict[str, tuple[Connection, ...]]:
        """The first ``count`` connections of each cause."""
        some: dict[str, tuple[Connection, ...]] = {}
        for connection in self.records():
            taken = some.get(connection.cause, ())
            if len(taken) < count:
                some[connection.cause] = (*taken, connection)
        return some

    def worst(self, count: int) -> tuple[Connection, ...]:
        """Failed before suspicious before fine, then in order."""
        return tuple(sorted(self.records(), key=lambda c: (SEVERITIES.index(c.severity), c.stream))[:count])


class Unpacked(Given):
    """Connections that were pickled, with what was known of all of them."""

    def __init__(
        self, connections: Sequence[Connection], groups: tuple[Group, ...], half_closed: tuple[HalfClosed, ...]
    ) -> None:
        super().__init__(connections)
        self._groups, self._half_closed = groups, half_closed

    def groups(self) -> tuple[Group, ...]:
        """As they were."""
        return self._groups

    def half_closed(self) -> tuple[HalfClosed, ...]:
        """As they were."""
        return self._half_closed
