"""Where a scenario plays: a wire, listeners, and the connections opened on it."""

from __future__ import annotations

import socket
import time
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tcpexplain.lab.end import End, Outcome
from tcpexplain.lab.loopback import Loopback
from tcpexplain.lab.packets import Address
from tcpexplain.lab.path import Path

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from tcpexplain.lab.recording import Call, Snapshot

PORT = 21000


@dataclass(slots=True)
class Connection:
    """Both ends of one connection and what was recorded of it; ``opened`` in nanoseconds since 1970."""

    client: End
    server: End
    opened: int
    calls: list[Call] = field(default_factory=list)
    snapshots: list[Snapshot] = field(default_factory=list)

    def end(self, side: str) -> End:
        return self.client if side == "client" else self.server


class Stage:
    """One scenario's wire and connections; ``client`` and ``server`` are the ends of the latest connection."""

    def __init__(self, wire: Loopback | Path) -> None:
        self.wire = wire
        self.connections: list[Connection] = []
        self.listeners: list[socket.socket] = []
        self.gap: float | None = None

    @property
    def path(self) -> Path:
        """The wire of a scenario that plays across a router."""
        if not isinstance(self.wire, Path):
            raise TypeError(self.wire)
        return self.wire

    @property
    def client(self) -> End:
        return self.connections[-1].client

    @property
    def server(self) -> End:
        return self.connections[-1].server

    def inside(self, side: str) -> AbstractContextManager[None]:
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

    def listen(self, backlog: int = 16, port: int = PORT) -> socket.socket:
        listener = self.new_socket("server", port)
        listener.listen(backlog)
        self.listeners.append(listener)
        return listener

    def prepare(self, port: int = 0, server_port: int = PORT) -> Connection:
        """A client socket, not yet connected, and the end it will meet."""
        made = self.new_socket("client", port)
        calls: list[Call] = []
        snapshots: list[Snapshot] = []
        client, server = (End(self.wire, side, calls, snapshots) for side in ("client", "server"))
        client.local = server.remote = Address(*made.getsockname())
        client.remote = server.local = Address(self.wire.addresses["server"], server_port)
        client.take(made)
        if self.gap is not None:
            client.gap = server.gap = self.gap
        if isinstance(self.wire, Loopback):
            self.wire.sides[client.local.port] = "client"
        connection = Connection(client, server, time.time_ns(), calls, snapshots)
        self.connections.append(connection)
        return connection

    def accept(self, connection: Connection | None = None) -> Outcome:
        """accept() on the latest listener."""
        server = (connection or self.connections[-1]).server
        listener = self.listeners[-1]

        def take(_: socket.socket) -> int:
            server.take(listener.accept()[0])
            return 0

        server.socket = server.socket or listener
        return server._call("accept", take)  # noqa: SLF001 (a call of that end)

    def connect(self, port: int = 0, server_port: int = PORT) -> Connection:
        """Listen if nobody does, connect (blocking) and accept."""
        if not self.listeners:
            self.listen(port=server_port)
        connection = self.prepare(port, server_port)
        connection.client.connect_and_wait()
        self.accept(connection)
        return connection

    def exchange(self, request: int = 12, answer: int = 20) -> None:
        """One request, one answer, both read."""
        self.client.send(request)
        self.server.recv()
        self.server.send(answer)
        self.client.recv()

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
