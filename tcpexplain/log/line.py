"""One record of a log as what it claims: product, call, outcome, end, addresses, time, lengths."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tcpexplain.log.addresses import NOWHERE, Place, ends, named
from tcpexplain.log.recognise import Recognised, recognise
from tcpexplain.log.stamps import Stamp, best
from tcpexplain.units import NANOSECOND
from tcpexplain.values import frozen

if TYPE_CHECKING:
    from tcpexplain.log.records import LogEntry


@frozen
class Claim:
    """What a record says."""

    record: LogEntry
    known: Recognised
    ends: dict[str, tuple[Place, Place]]
    """The own end and the peer, if the line was written by the client's end, and if by the server's."""
    other: Place = NOWHERE
    """The far end of a proxy's other connection."""
    stamp: Stamp | None = None
    lasted: float | None = None
    """Seconds from the connection's or request's beginning to the failure."""
    silent: float | None = None
    """Seconds of silence before the failure."""
    received: int | None = None
    """Bytes that the end that wrote the line had received, and sent."""
    sent: int | None = None
    both: dict[str, tuple[int, int]] | None = None
    """Of a proxy, received and sent bytes of both its connections: ``client``, ``upstream``."""

    @property
    def own(self) -> Place:
        """The own end, as far as it is the same either way."""
        return self._same(0)

    @property
    def peer(self) -> Place:
        """The peer, as far as it is the same either way."""
        return self._same(1)

    def _same(self, which: int) -> Place:
        first, second = self.ends["client"][which], self.ends["server"][which]
        role = self.known.role
        return self.ends[role][which] if role in self.ends else first if first == second else NOWHERE

    @property
    def places(self) -> tuple[Place, ...]:
        """All ends that it names of the connection."""
        roles = [self.known.role] if self.known.role in self.ends else list(self.ends)
        return tuple(dict.fromkeys(place for role in roles for place in self.ends[role] if place))

    @property
    def text(self) -> str:
        """The record's words."""
        return self.record.text

    @property
    def tells(self) -> bool:
        """Whether it is about a connection's failure at all."""
        return bool(self.known.outcomes)

    @property
    def starts(self) -> bool:
        """Whether its time is that of the beginning."""
        return bool(self.known.product and self.known.product.stamp == "start" and self.stamp and self.stamp.bracketed)

    def moment(self, near: int) -> int | None:
        """When the call failed by the log's clock, ns since 1970."""
        if self.stamp is None:
            return None
        begun = self.stamp.resolved(near)
        return begun + round((self.lasted or 0) * NANOSECOND) if self.starts else begun

    @property
    def precision(self) -> int:
        """Nanoseconds within which the time is known."""
        return self.stamp.precision if self.stamp else NANOSECOND


def claim(record: LogEntry) -> Claim:
    """Read one record."""
    known = recognise(record.text, record.program)
    both_ways = {
        role: ends(known.product, record.text, role if known.role == "own" else known.role)
        for role in ("client", "server")
    }
    fields = both_ways["client"][2]
    far = {"client": "client", "server": "upstream"}.get(known.role, "")
    start = bool(known.product and known.product.stamp == "start")
    both = {
        name: (int(fields[f"{name}_received"]), int(fields[f"{name}_sent"]))
        for name in ("client", "upstream")
        if f"{name}_received" in fields
    }
    return Claim(
        record,
        known,
        {role: found[:2] for role, found in both_ways.items()},
        named(fields, far) if far else NOWHERE,
        best(record.stamps, start=start),
        seconds(fields, "lasted"),
        seconds(fields, "silent"),
        whole(fields.get("received")),
        whole(fields.get("sent")),
        both or None,
    )


def seconds(fields: dict[str, str], name: str) -> float | None:
    """A length of time, said in seconds or milliseconds."""
    if f"{name}_ms" in fields:
        return float(fields[f"{name}_ms"].replace(",", "")) / 1000
    return float(fields[name]) if name in fields and re.fullmatch(r"\d+(?:\.\d+)?", fields[name]) else None


def whole(text: str | None) -> int | None:
    """A number of bytes."""
    return int(text.replace(",", "")) if text else None
