"""The kernel's account as lines of JSON, to be kept in a capture and read again."""

from __future__ import annotations

import json
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

from tcpexplain.kernel.lines import SocketEvent
from tcpexplain.model.connection import Address
from tcpexplain.model.kernel import KernelEvent, Process

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from tcpexplain.kernel.account import Account
    from tcpexplain.kernel.lines import Descriptor

HEADING = "tcpexplain kernel 1"
"""The first line of each comment that holds a part of it."""
PART = 50_000
"""Letters of one comment."""


class Journal:
    """Written down in a temporary file that has no name."""

    def __init__(self) -> None:
        self._file = TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 (closed by whoever opened it; gone with the process)

    def write(self, one: SocketEvent | Descriptor) -> None:
        """Write down one event of a socket."""
        if isinstance(one, SocketEvent):
            self._file.write(line(one.local, one.remote, one.traced) + "\n")

    def close(self) -> None:
        """Let go of what was written down."""
        self._file.close()

    def comments(self, account: Account, wanted: Container[frozenset[Address]]) -> Iterator[str]:
        """All that concerns the sockets between ``wanted`` ends, and whose they are, as comments of a capture."""
        self._file.seek(0)
        yield from parts(self.lines(account, wanted))

    def lines(self, account: Account, wanted: Container[frozenset[Address]]) -> Iterator[str]:
        """The same line by line."""
        for text in self._file:
            local, remote, _ = event(json.loads(text))
            if not remote.port or frozenset((local, remote)) in wanted:
                yield text.rstrip("\n")
        for (local, remote), owner in account.owners.known.items():
            if frozenset((local, remote)) in wanted:
                yield json.dumps({**ends(local, remote), "pid": owner.pid, "name": owner.name, "fd": owner.fd})


def parts(lines: Iterable[str]) -> Iterator[str]:
    """Lines in comments that are not too long, each with the heading."""
    part: list[str] = []
    size = 0
    for text in lines:
        part.append(text)
        size += len(text) + 1
        if size > PART:
            yield "\n".join([HEADING, *part])
            part, size = [], 0
    if part:
        yield "\n".join([HEADING, *part])


def ends(local: Address, remote: Address) -> dict[str, list[Any]]:
    """Both ends of a socket."""
    return {"local": [local.address, local.port], "remote": [remote.address, remote.port]}


def line(local: Address, remote: Address, one: KernelEvent) -> str:
    """One event."""
    told = {"time": one.time, "kind": one.kind, "previous": one.previous, "state": one.state}
    told |= {"reason": one.reason, "error": one.error}
    return json.dumps({**ends(local, remote), **{name: value for name, value in told.items() if value}})


def event(record: dict[str, Any]) -> tuple[Address, Address, KernelEvent]:
    """An event as it was written down."""
    known = {name: record[name] for name in ("previous", "state", "reason", "error") if name in record}
    happened = KernelEvent(int(record["time"]), record["kind"], **known)
    return Address(*record["local"]), Address(*record["remote"]), happened


def read_into(account: Account, comment: str) -> None:
    """Take over what a comment holds; what makes no sense in it is left out: anybody may write comments."""
    for text in comment.split("\n")[1:]:
        try:
            record = json.loads(text)
            local, remote = Address(*record["local"]), Address(*record["remote"])
            if "pid" in record:
                account.owners.learn((local, remote), Process(int(record["pid"]), str(record["name"]), record["fd"]))
            else:
                account.keep(local, remote, event(record)[2])
        except (ValueError, TypeError, KeyError):
            continue
