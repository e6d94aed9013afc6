"""Where a scenario plays: a wire, listeners, and the connections opened on it."""

from __future__ import annotations

import select
import socket
import time
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tcpexplain.lab.end import LabEnd
from tcpexplain.lab.loopback import Loopback
from tcpexplain.lab.packets import IPv4Endpoint, segment
from tcpexplain.lab.path import Path
from tcpexplain.lab.routed import Routed
from tcpexplain.lab.seen import before

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from tcpexplain.lab.recorded_end import CallOutcome
    from tcpexplain.lab.recording import RecordedCall, Snapshot

PORT = 21000
ARRIVAL = 8.0  # seconds: a lost handshake is repeated after 1, 3 and 7


@dataclass(slots=True)
class StagedConnection:
    """Both ends of one connection and what was recorded of it; ``opened`` in nanoseconds since 1970."""

    client: LabEnd
    server: LabEnd
    opened: int
    calls: list[RecordedCall] = field(default_factory=list)
    snapshots: list[Snapshot] = field(default_factory=list)

    def end(self, side: str) -> LabEnd:
        """The end of ``side``."""
        return self.client if side == "client" else self.server


class Stage:
    """One scenario's wire and connections; ``client`` and ``server`` are the ends of the latest connection."""

    def __init__(self, wire: Loopback | Path | Routed) -> None:
        self.wire = wire
        self.connections: list[StagedConnection] = []
        self.listeners: list[socket.socket] = []
        self.gap: float | None = None

    @property
    def path(self) -> Path:
        """The wire of a scenario that plays across a router."""
        if not isinstance(self.wire, Path):
            raise TypeError(self.wire)
        return self.wire

    @property
    def router(self) -> Routed:
        """The wire of a scenario whose router is a kernel."""
        if not isinstance(self.wire, Routed):
            raise TypeError(self.wire)
        return self.wire

    @property
    def client(self) -> LabEnd:
        """The client's end of the latest connection."""
        return self.connections[-1].client

    @property
    def server(self) -> LabEnd:
        """The server's end of the latest connection."""
        return self.connections[-1].server

    def inside(self, side: str) -> AbstractContextManager[None]:
        """Be where ``side`` lives: in its namespace, if it has one."""
        namespace = self.wire.namespace(side)
        return namespace.entered() if namespace else nullcontext()

    def new_socket(self, side: str, port: int = 0) -> socket.socket:
        """A TCP socket of ``side``, bound."""
        with self.inside(side):
            made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((self.wire.addresses[side], port))
        made.setblocking(False)
        return made

    def listen(self, backlog: int = 16, port: int = PORT, *, receive_buffer: int | None = None) -> socket.socket:
        """A listener of the server; ``receive_buffer`` (bytes) is what its connections inherit."""
        listener = self.new_socket("server", port)
        if receive_buffer:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        listener.listen(backlog)
        self.listeners.append(listener)
        return listener

    def prepare(self, port: int = 0, server_port: int = PORT) -> StagedConnection:
        """A client socket, not yet connected, and the end it will meet."""
        made = self.new_socket("client", port)
        calls: list[RecordedCall] = []
        snapshots: list[Snapshot] = []
        client, server = (LabEnd(self.wire, side, calls, snapshots) for side in ("client", "server"))
        client.local = server.remote = IPv4Endpoint(*made.getsockname())
        client.remote = server.local = IPv4Endpoint(self.wire.addresses["server"], server_port)
        client.take(made)
        if self.gap is not None:
            client.gap = server.gap = self.gap
        if isinstance(self.wire, Loopback):
            self.wire.sides[client.local.port] = "client"
        connection = StagedConnection(client, server, time.time_ns(), calls, snapshots)
        self.connections.append(connection)
        return connection

    def again(self) -> StagedConnection:
        """The latest client's socket, for another attempt from the same port: a connection of its own."""
        first = self.connections[-1]
        calls: list[RecordedCall] = []
        snapshots: list[Snapshot] = []
        client, server = (LabEnd(self.wire, side, calls, snapshots) for side in ("client", "server"))
        client.local, client.remote, client.gap = first.client.local, first.client.remote, first.client.gap
        server.local, server.remote, server.gap = first.server.local, first.server.remote, first.server.gap
        client.take(first.client.live())
        self.connections.append(StagedConnection(client, server, time.time_ns(), calls, snapshots))
        return self.connections[-1]

    def accept(self, connection: StagedConnection | None = None) -> CallOutcome:
        """accept() on the latest listener, once the handshake's last segment had time to arrive."""
        server, listener = (connection or self.connections[-1]).server, self.listeners[-1]
        select.select([listener], [], [], ARRIVAL)

        def take(_: socket.socket) -> int:
            server.take(listener.accept()[0])
            return 0

        return server.call("accept", take, live=listener)

    def witness(self, client: IPv4Endpoint, server: IPv4Endpoint, opened: int) -> StagedConnection:
        """A connection of programs that have their own sockets."""
        connection = StagedConnection(LabEnd(self.wire, "client", [], []), LabEnd(self.wire, "server", [], []), opened)
        connection.client.local = connection.server.remote = client
        connection.server.local = connection.client.remote = server
        self.connections.append(connection)
        return connection

    def stranger(self, port: int) -> StagedConnection:
        """A connection that only forged segments speak for: no socket at the client's ``port``."""
        connection = self.prepare()
        if connection.client.socket:
            connection.client.socket.close()
        connection.client.socket = None
        connection.client.local = connection.server.remote = IPv4Endpoint(self.wire.addresses["client"], port)
        return connection

    def connect(self, port: int = 0, *, options: tuple[tuple[int, int, int], ...] = ()) -> StagedConnection:
        """Listen if nobody does, connect (blocking; the client's socket with ``options``) and accept."""
        if not self.listeners:
            self.listen()
        connection = self.prepare(port)
        connection.client.set(*options)
        connection.client.connect_and_wait()
        self.accept(connection)
        return connection

    def exchange(self, request: int = 12, answer: int = 20) -> None:
        """One request, one answer, both read."""
        self.client.send(request)
        self.server.recv()
        self.server.send(answer)
        self.client.recv()

    def sysctl(self, side: str, name: str, value: int | str) -> None:
        """Set ``net.ipv4.<name>`` where ``side`` lives."""
        if namespace := self.wire.namespace(side):
            namespace.sysctl(f"net.ipv4.{name}", value)

    def following(self, side: str) -> int:
        """The next sequence number of ``side`` in the latest connection (absolute)."""
        local = self.connections[-1].end(side).local
        ends = [
            passage.packet.seen.end for passage in self.wire.recording.passages if passage.packet.seen.sender == local
        ]
        return next(end for end in ends if not any(before(end, other) for other in ends))

    def forge(
        self, victim: str, flags: str, *, shift: int = 0, ack_shift: int = 0, payload: bytes = b"", window: int = 512
    ) -> None:
        """Put in front of ``victim`` a segment in its peer's name, ``shift`` past the number it expects."""
        end = self.connections[-1].end(victim)
        assert end.local  # noqa: S101 (a connection has addresses)
        assert end.remote  # noqa: S101
        other = "server" if victim == "client" else "client"
        forged = segment(
            end.remote,
            end.local,
            flags,
            seq=self.following(other) + shift,
            ack=self.following(victim) + ack_shift,
            window=window,
            payload=payload,
            identification=1,
            ttl=52,
        )
        self.path.inject(victim, forged)

    def pause(self, seconds: float = 0.06) -> None:
        """Let time pass, and note both ends' rows of the socket table at its end."""
        time.sleep(seconds)
        for connection in self.connections:
            connection.client.snapshot()
            connection.server.snapshot()

    def close(self) -> None:
        """Close what is still open, and take the wire down."""
        self.wire.close()
        for connection in self.connections:
            for end in (connection.client, connection.server):
                if end.socket is not None:
                    end.socket.close()
        for listener in self.listeners:
            listener.close()
