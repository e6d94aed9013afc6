"""Which connections are asked for: by cause, errno, ends and time."""

from __future__ import annotations

import errno as numbers
import os
import re
from dataclasses import fields, replace
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

from tcpexplain.errors import TcpexplainError
from tcpexplain.moments import span
from tcpexplain.registry import names
from tcpexplain.units import NANOSECOND
from tcpexplain.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tcpexplain.model.connection import Address, Connection

SEVERITIES = ("failed", "suspicious", "fine")
"""Worst first."""
OUTCOMES = (
    "EPIPE", "ECONNRESET", "ETIMEDOUT", "ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ECONNABORTED", "ENOTCONN",
    "EISCONN", "EINVAL", "ENOPROTOOPT", "EPROTO", "EHOSTDOWN", "ENONET", "ESHUTDOWN", "EAGAIN", "EOF", "SIGPIPE",
)  # fmt: skip
"""What ``errno`` may be asked for: errno names of sockets, the signal of EPIPE, and EOF (read returned 0)."""
Moment = int | str | datetime
"""Nanoseconds since 1970, a time as logs write it, or a datetime."""
End = tuple[str | None, int | None]
"""An address or any, and a port or any."""


def causes() -> tuple[str, ...]:
    """The codes of all causes."""
    return tuple(name.replace("_", "-") for name in names("tcpexplain.causes"))


@frozen
class Selection:
    """What a connection must be; what is None or empty lets all through."""

    why: frozenset[str] = frozenset()
    """Codes of causes (also those that hold besides) and severities; one of them."""
    errno: frozenset[str] = frozenset()
    """``OUTCOMES``; one of them."""
    client: End | None = None
    server: End | None = None
    port: int | None = None
    since: int | None = None
    """Alive at or after this, ns since 1970."""
    until: int | None = None
    """Alive at or before this."""

    def __bool__(self) -> bool:
        return self != EVERYTHING

    def matches(self, connection: Connection) -> bool:
        """Whether a connection is one of those asked for."""
        end = connection.start + round(connection.duration * NANOSECOND)
        return (
            self.alive(connection.start, end)
            and self.between(connection.client, connection.server)
            and (
                not self.why
                or not self.why.isdisjoint((connection.cause, connection.severity, *connection.finding.also))
            )
            and (not self.errno or not self.errno.isdisjoint(map(plain, connection.outcomes)))
        )

    def alive(self, start: int, end: int) -> bool:
        """Whether a connection from ``start`` to ``end`` was alive in the time asked for."""
        return (self.since is None or end >= self.since) and (self.until is None or start <= self.until)

    def between(self, client: Address, server: Address) -> bool:
        """Whether these are the ends asked for."""
        return (
            is_at(client, self.client)
            and is_at(server, self.server)
            and (self.port is None or self.port in (client.port, server.port))
        )

    def parts(self) -> Iterator[tuple[str, Selection]]:
        """Each condition alone, by its name."""
        for field in fields(self):
            value = getattr(self, field.name)
            if value not in (None, frozenset()):
                yield field.name, replace(EVERYTHING, **{field.name: value})


EVERYTHING = Selection()


def wanted(
    *,
    why: str | Iterable[str] = (),
    errno: str | int | Iterable[str | int] = (),
    client: str | None = None,
    server: str | None = None,
    port: int | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    zone: tzinfo = UTC,
    start: int = 0,
    end: int = 0,
) -> Selection:
    """What was asked for, in words that people type; for ``zone``, ``start`` and ``end`` see `tcpexplain.moments.span`.

    Raises
    ------
    TcpexplainError
        TE040 for what is no address, TE042 if there is no such cause or errno, TE044 for what is no time.
    """
    return Selection(
        frozenset(known(word) for one in several(why) for word in split(str(one))),
        frozenset(outcome(word) for one in several(errno) for word in split(str(one))),
        None if client is None else end_of(client),
        None if server is None else end_of(server),
        port,
        None if since is None else instant(since, zone, start, end, last=False),
        None if until is None else instant(until, zone, start, end, last=True),
    )


def several(given: str | int | Iterable[str | int]) -> Iterable[str | int]:
    """One or several as several."""
    return (given,) if isinstance(given, str | int) else given


def split(words: str) -> list[str]:
    """``a,b`` as two words."""
    return [word.strip() for word in words.split(",") if word.strip()]


def instant(given: Moment, zone: tzinfo, start: int, end: int, *, last: bool) -> int:
    """Nanoseconds since 1970; of a time that is written down its first, or its ``last``."""
    if isinstance(given, int):
        return given
    if isinstance(given, datetime):
        aware = given if given.tzinfo else given.replace(tzinfo=zone)
        return int(aware.replace(microsecond=0).timestamp()) * NANOSECOND + aware.microsecond * 1000
    found = span(given, zone, start, end)
    return found.last if last else found.first


def end_of(text: str) -> End:
    """``10.0.0.1``, ``10.0.0.1:4711``, ``::1``, ``[::1]:443``, ``:443``; TE040 if it is none of these."""
    from ipaddress import ip_address

    written = re.fullmatch(
        r"\[(?P<six>[^]]+)\](?::(?P<p6>\d+))?|(?P<four>[^:]*):(?P<p4>\d+)|(?P<bare>.+)", text.strip()
    )
    try:
        if not written:
            raise ValueError  # noqa: TRY301 (said once, below)
        host, port = written["six"] or written["four"] or written["bare"], written["p6"] or written["p4"]
        if port and not 0 <= int(port) < 65536:
            raise ValueError  # noqa: TRY301
        return str(ip_address(host)) if host else None, int(port) if port else None
    except ValueError:
        raise TcpexplainError(
            f"{text} is no IP address",
            code="TE040",
            note="names are not resolved",
            help="10.0.0.1, 10.0.0.1:4711, [fe80::1]:443 or :443",
        ) from None


def is_at(address: Address, end: End | None) -> bool:
    """Whether an end's address is the one asked for."""
    return end is None or (end[0] in (None, address.address) and end[1] in (None, address.port))


def plain(outcome_: str) -> str:
    """An errno as POSIX names it: that of Windows without WSA."""
    return outcome_.removeprefix("WSA")


def outcome(word: str | int) -> str:
    """The errno that a name, a number of this system, or its text means; TE042 if it is none of ``OUTCOMES``."""
    text = plain(str(word).strip().upper())
    if text.isdigit():
        text = numbers.errorcode.get(int(text), text)
    said = {os.strerror(getattr(numbers, name)).upper(): name for name in OUTCOMES if hasattr(numbers, name)}
    text = said.get(text, text)
    if text in OUTCOMES:
        return text
    raise no_such("errno", str(word))


def known(name: str) -> str:
    """``name`` if it is a cause or a severity; TE042 otherwise."""
    if name in SEVERITIES or name in causes():
        return name
    raise no_such("cause", name)


def no_such(what: str, word: str) -> TcpexplainError:
    """TE042, with what may have been meant."""
    from difflib import get_close_matches

    upper, note = plain(word.upper()), ""
    if upper in OUTCOMES:
        note, help_ = f"{upper} is not a cause, but what the application sees", f"--errno {upper}"
    elif word in causes() or word in SEVERITIES:
        note, help_ = f"{word} is not an errno, but why a connection ended", f"--why {word}"
    else:
        spelled = {one.lower(): one for one in (*causes(), *SEVERITIES, *OUTCOMES)}
        near = get_close_matches(word.lower(), list(spelled), 1, 0.5)
        help_ = f"did you mean {spelled[near[0]]}?" if near else "tcpexplain --explain topics"
    return TcpexplainError(f"there is no {what} {word}", code="TE042", note=note, help=help_)
