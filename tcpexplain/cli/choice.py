"""Which connections the options ask for, what to say if there is none, and what ``--fail-on`` looks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.errors import TcpexplainError
from tcpexplain.model.selection import nothing_fits
from tcpexplain.model.wanted import OUTCOMES, SEVERITIES, Selection, causes, no_such, plain, split, wanted
from tcpexplain.moments import zone

if TYPE_CHECKING:
    from datetime import tzinfo

    from tcpexplain.cli.options import Options
    from tcpexplain.model.capture import Capture
    from tcpexplain.model.connection import Connection


def zone_of(options: Options, *, live: bool = False) -> tzinfo:
    """The zone of times that name none, and of the clock in reports: that of --tz, --local, --utc; else UTC, or ``live`` this machine's."""
    local = live if options.local is None else options.local
    return zone(options.tz or ("local" if local else None))


def asked(options: Options, start: int = 0, end: int = 0) -> Selection:
    """What the options ask for, of a capture from ``start`` to ``end`` (ns since 1970)."""
    return wanted(
        why=options.why,
        errno=tuple(named(word) for words in options.errno for word in split(words)),
        client=options.client,
        server=options.server,
        port=options.port,
        since=options.since,
        until=options.until,
        zone=zone_of(options),
        start=start,
        end=end,
    )


def named(word: str) -> str:
    """An errno by any of its names that ``--explain`` knows: ``broken pipe``, ``10054``, ``BrokenPipeError``."""
    if plain(word.upper()) in OUTCOMES:
        return word
    from tcpexplain.manual.errnos import TOPICS

    lower = word.lower()
    return next((topic.name for topic in TOPICS if lower in (topic.name.lower(), *topic.aliases)), word)


def chosen(capture: Capture, options: Options) -> Capture:
    """The connections that the options ask for.

    Raises
    ------
    TcpexplainError
        TE043 if there is none.
    """
    wish = asked(options, capture.start, capture.end)
    if not wish:
        return capture
    found = capture.choose(wish)
    if not found:
        raise nothing_fits(capture, wish, spelled(options), zone_of(options))
    return found


def spelled(options: Options) -> dict[str, str]:
    """Each condition as it was typed."""
    typed = {
        "why": ",".join(options.why),
        "errno": ",".join(options.errno),
        "client": options.client,
        "server": options.server,
        "port": options.port,
        "since": options.since,
        "until": options.until,
    }
    return {name: f"--{name} {value}" for name, value in typed.items() if value not in (None, "")}


def alarms(options: Options) -> frozenset[str]:
    """What --fail-on names; TE042 if there is no such cause, severity or errno."""
    found = set()
    for word in split(options.fail_on or ""):
        if word in (*causes(), *SEVERITIES):
            found.add(word)
        elif plain(named(word).upper()) in OUTCOMES:
            found.add(plain(named(word).upper()))
        else:
            raise no_such("cause or errno", word)
    if "suspicious" in found:
        found.add("failed")
    return frozenset(found)


def told(connection: Connection) -> set[str]:
    """All that --fail-on may name of a connection."""
    found = {connection.cause, connection.severity, *connection.finding.also, *map(plain, connection.outcomes)}
    return found | {"undecided"} if connection.undecided else found


def verdict(options: Options, capture: Capture) -> int:
    """1 if --fail-on found what it looks for."""
    looked_for = alarms(options)
    if not looked_for:
        return 0
    records = iter(capture) if looked_for.isdisjoint(OUTCOMES) else capture.records()
    return int(any(looked_for & told(connection) for connection in records))


def strictly(options: Options, capture: Capture) -> None:
    """--strict: what is a warning otherwise ends with an error; TE048."""
    if options.strict and capture.warnings:
        count = len(set(capture.warnings))
        raise TcpexplainError(
            f"--strict: {count} warning{'s' if count > 1 else ''} about what was read",
            code="TE048",
            note="the report above holds for the packets that could be read",
        )
