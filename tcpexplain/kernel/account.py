"""All that the kernel did, by the two ends of each socket, and what of it belongs to a connection."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING

from tcpexplain.kernel.compare import differences
from tcpexplain.kernel.lines import Descriptor
from tcpexplain.kernel.owners import Owners
from tcpexplain.model.kernel import KernelEnd, KernelSaw

if TYPE_CHECKING:
    from tcpexplain.kernel.lines import SocketEvent
    from tcpexplain.model.calls import Side
    from tcpexplain.model.connection import Address, Connection
    from tcpexplain.model.kernel import KernelEvent, Process

    Ends = tuple[Address, Address]

MOST = 50_000
"""Sockets that are remembered; those of whom nothing was heard longest are forgotten first."""
EACH = 200
"""Events of one socket at most: a listener that answers a flood with RSTs has more."""
EARLY = 5_000_000
"""ns by which a trace may be earlier than the capture of the packet it goes with."""
SIDES: tuple[Side, Side] = ("client", "server")


class Account:
    """Fed with what was traced, in its order; asked for one connection."""

    def __init__(self) -> None:
        self.traced: OrderedDict[Ends, list[KernelEvent]] = OrderedDict()
        self.owners = Owners()
        self.lost = 0
        """Events that the kernel could not keep."""

    def add(self, one: SocketEvent | Descriptor) -> None:
        """Take note of one line."""
        if isinstance(one, Descriptor):
            self.owners.call(one)
            return
        self.owners.event(one)
        self.keep(one.local, one.remote, one.traced)

    def keep(self, local: Address, remote: Address, traced: KernelEvent) -> None:
        """Remember an event of a socket."""
        found = self.traced.setdefault((local, remote), [])
        found.append(traced)
        del found[:-EACH]
        self.traced.move_to_end((local, remote))
        if len(self.traced) > MOST:
            self.traced.popitem(last=False)

    def of(self, connection: Connection) -> KernelSaw | None:
        """What the kernel did with a connection, and where that is not what was predicted; None if it did nothing here."""
        client, server = (self.end(connection, side) for side in SIDES)
        if client is None and server is None:
            return None
        ends: tuple[tuple[Side, KernelEnd | None], ...] = (("client", client), ("server", server))
        found = [text for side, end in ends if end for text in differences(connection, side, end)]
        return KernelSaw(client, server, tuple(found))

    def end(self, connection: Connection, side: Side) -> KernelEnd | None:
        """One end of it."""
        local = connection.address(side)
        remote = connection.address("server" if side == "client" else "client")
        traced = of_one(self.traced.get((local, remote), ()), connection.start)
        listener = [
            one
            for one in self.traced.get((local, nobody(local)), ())
            if one.kind == "reset-sent" and connection.start - EARLY <= one.time <= connection.last_seen + EARLY
        ]
        if not traced and not listener:
            return None
        return KernelEnd(tuple(sorted([*traced, *listener], key=lambda one: one.time)), self.owner(local, remote))

    def owner(self, local: Address, remote: Address) -> Process | None:
        """The process of one socket."""
        return self.owners.known.get((local, remote))


def nobody(local: Address) -> Address:
    """The remote end of a listening socket."""
    return replace(local, address="::" if ":" in local.address else "0.0.0.0", port=0)  # noqa: S104


def of_one(traced: list[KernelEvent] | tuple[KernelEvent, ...], start: int) -> list[KernelEvent]:
    """What belongs to the connection that began at ``start``: up to the birth of the next one on the same ends."""
    found: list[KernelEvent] = []
    born = False
    for one in traced:
        if one.time < start - EARLY:
            continue
        birth = one.kind == "state" and (one.state == "SYN-SENT" or one.previous == "LISTEN")
        if birth and born:
            break
        born |= birth or one.kind == "state"
        found.append(one)
    return found
