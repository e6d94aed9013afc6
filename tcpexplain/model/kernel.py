"""What the kernel itself said of a connection: its states, the RSTs it sent and took, the errors it put into sockets, whose they are."""

from __future__ import annotations

from typing import Literal

from tcpexplain.values import frozen

Kind = Literal["state", "reset-sent", "reset-received", "error"]


@frozen
class Process:
    """The process that used an end's socket; ``fd`` is None where nothing tells its number."""

    pid: int
    name: str
    fd: int | None = None

    def __str__(self) -> str:
        return f"{self.name} (pid {self.pid}{'' if self.fd is None else f', fd {self.fd}'})"


@frozen
class KernelEvent:
    """One thing the kernel did: a change of state, a RST sent (with its reason, as the kernel has it) or accepted, an error."""

    time: int
    """Nanoseconds since 1970-01-01 UTC, to the microsecond."""
    kind: Kind
    previous: str = ""
    """RFC 9293's name of the state before."""
    state: str = ""
    """Of a change: the state entered. Of a RST sent: the socket's; empty if there was none."""
    reason: str = ""
    """``TCP_ABORT_ON_CLOSE``; empty where the kernel does not say."""
    error: str = ""
    """The errno that was put into the socket."""


@frozen
class KernelEnd:
    """What the kernel of one end did, in the order of time."""

    traced: tuple[KernelEvent, ...]
    process: Process | None = None

    def of_kind(self, kind: Kind) -> tuple[KernelEvent, ...]:
        """What it did of one kind."""
        return tuple(one for one in self.traced if one.kind == kind)


@frozen
class KernelSaw:
    """The kernel's account of a connection beside what was predicted; an end of another machine has none."""

    client: KernelEnd | None = None
    server: KernelEnd | None = None
    differences: tuple[str, ...] = ()
    """Where it is not what was predicted, one sentence each."""

    def end(self, side: str) -> KernelEnd | None:
        """One side's."""
        return self.client if side == "client" else self.server
