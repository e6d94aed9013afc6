"""Connections by cause, worst first, and what those of one cause have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpexplain import causes
from tcpexplain.analysis.neighbourhood import Neighbourhood
from tcpexplain.diagnosis.durations import FEW, MOST, TIMES, no_times
from tcpexplain.diagnosis.members import MANY, Everybody, Members, Objects
from tcpexplain.diagnosis.on_the_path import on_the_path
from tcpexplain.diagnosis.shares import differs, endpoint, host, sentence
from tcpexplain.hot.columns import added, as_array, extent, listed, worth_arrays
from tcpexplain.model.group import Group
from tcpexplain.model.wanted import SEVERITIES
from tcpexplain.units import NANOSECOND, duration

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterable

    from tcpexplain.model.connection import Connection
    from tcpexplain.model.group import Proportion

SHORT = 0.05
"""The share of the capture's time within which a group is one event."""
LOOKED_AT, AMONG_MANY = 64, 8
"""Connections of a group that are asked at most when they failed; where there are ``MANY``: each takes as long as reading a thousand packets."""


def groups(connections: Any, analysis: Any) -> tuple[Group, ...]:
    """The groups of a ``diagnosis.explained.Explained``; their facts are those of ``analysis``."""
    results, count, ranked = analysis.results, analysis.streams, causes.ranked()
    tables = [one[:count] for one in (analysis.rows, results.facts, results.clients, results.servers)]
    known = Neighbourhood(*map(as_array, tables)) if worth_arrays(tables[0]) else Objects(*tables)
    first, span = connections.first_by_place(), analysis.end - analysis.start
    open_ = connections.undecided()
    among = connections.among
    everybody = Everybody(known, among)
    found = [
        group(
            Members(ranked[cause].CODE, places, known, everybody, span),
            first[cause],
            open_[ranked[cause].CODE] if ranked[cause].SEVERITY == "fine" else 0,
            connections.in_short,
            analysis.end,
            on_the_path(analysis.united_streams, listed(places) if analysis.united_streams else ()),
        )
        for cause, places in connections.by_cause.items()
    ]
    return tuple(sorted(found, key=lambda one: (SEVERITIES.index(one.severity), -one.count, one.code)))


def group(
    members: Members,
    first: Connection,
    undecided: int,
    known_as: Callable[[int], Connection],
    end: int,
    path: tuple[str, ...] = (),
) -> Group:
    """One group, told by its first connection; ``path``: what they share of their way past several points."""
    begun, last = members.extent("start")
    silent = first.severity == "fine" or len(members) < 2
    standing_out = () if silent else differs(members, members.everybody)
    said, do = ("", "") if silent else in_common(members, first, standing_out, path)
    return Group(
        code=first.cause,
        severity=first.severity,
        count=len(members),
        worst=first.stream,
        sees=first.finding.sees,
        title=first.finding.title,
        in_common=said,
        do=do,
        first=begun,
        last=last,
        undecided=undecided,
        first_failure=0 if first.severity == "fine" else first_failure(members, known_as, end),
        of=0 if silent else members.everybody.to(members.servers),
        everywhere=members.everybody.count,
        differs=standing_out,
    )


def first_failure(members: Members, known_as: Callable[[int], Connection], end: int) -> int:
    """When the first call failed on one of them, up to the capture's ``end`` (ns since 1970).

    0 if none did, or if more than ``LOOKED_AT`` would have to be asked.
    """
    begun = sorted(zip(listed(members.values("facts", "start")), listed(members.places), strict=True))
    best = 0
    for asked, (start, place) in enumerate(begun):
        if best and start >= best:
            break
        if asked == (LOOKED_AT if members.everybody.count <= MANY else AMONG_MANY):
            return 0
        failed = known_as(place).failed_at
        best = min(best or failed, failed) if failed and failed <= end else best
    return best


def in_common(
    members: Members, first: Connection, standing_out: tuple[Proportion, ...], path: tuple[str, ...] = ()
) -> tuple[str, str]:
    """What the connections share, as a sentence or two, and what to do about it."""
    timed, do = TIMES.get(members.code, no_times)(members)
    parts = [part for part in (where(members), *timed) if part]
    said = "; ".join(parts)
    notes = [sentence(share) for share in standing_out if share.by != "minute"]
    notes += [note for note in (size_of_request(members), time_to_live(members), one_event(members), *path) if note]
    said = ". ".join([said, *notes]) if said else ". ".join(notes)
    if said:
        said = said[0] + said[1:] + "."
    return said, do or first.finding.do.split(". ")[0].rstrip(".") + "." if first.finding.do else do


# ---- where ----


def where(members: Members) -> str:
    """``all 143 connections to 10.3.0.11-13:9000, none of the other 1,857``, and from whom if one client of several made them all."""
    servers, (client, most) = members.servers, members.clients.most_common(1)[0]
    total, few = len(members), addresses(servers)
    alone = most == total and not members.everybody.alone
    by = f", all from {host(client)}" if alone else ""
    if few:
        return f"{part(members, total, servers, few)}{by}"
    server, count = servers.most_common(1)[0]
    if count >= MOST * total:
        return f"{part(members, count, [server], endpoint(server))}{by}"
    ports = {one[3] for one in servers}
    to = f"{len(servers):,} servers on port {ports.pop()}" if len(ports) == 1 else f"{len(servers):,} servers"
    return f"{total:,} of all {members.everybody.count:,} connections, to {to}{by}"


def part(members: Members, count: int, servers: Iterable[tuple[int, ...]], name: str) -> str:
    """``31 of the 43 connections to 10.3.0.30:5433, 2 of the other 1,957``."""
    every, total, of = members.everybody.count, len(members), members.everybody.to(servers)
    if not of:
        return f"{count:,} connections to {name}"
    said = f"all {count:,}" if count == of else f"{count:,} of the {of:,}"
    rest = total - count
    elsewhere = f", {f'{rest:,}' if rest else 'none'} of the other {every - of:,}" if every > of else ""
    return f"{said} connections to {name}{elsewhere}"


def addresses(servers: Counter[tuple[int, ...]]) -> str:
    """Up to three servers, or a range of neighbouring addresses at one port; empty if they are more."""
    found = sorted(servers)
    ports, numbers = {server[3] for server in found}, [server[2] for server in found]
    if len(found) == 1:
        return endpoint(found[0])
    if (
        len(ports) == 1
        and len({(server[0], server[1]) for server in found}) == 1
        and numbers[-1] - numbers[0] == len(found) - 1
    ):
        last = host(found[-1])
        return f"{host(found[0])}-{last.rsplit('.' if found[0][0] == 4 else ':', 1)[1]}:{found[0][3]}"
    return ", ".join(endpoint(one) for one in found) if len(found) <= FEW else ""


# ---- what else ----


def size_of_request(members: Members) -> str:
    """Requests of one size, if there are enough of them to mean something."""
    size, largest = members.extent("request_bytes")
    return f"Every request has {size:,} bytes" if size == largest > 0 and len(members) >= FEW else ""


def time_to_live(members: Members) -> str:
    """The TTL of RSTs that are not the ends' own."""
    if members.code not in ("injected-rst", "firewall-reset", "idle-nat-timeout"):
        return ""
    ttl, highest = members.extent("abort_ttl")
    return f"Every RST comes with TTL {ttl}" if ttl == highest and ttl else ""


def one_event(members: Members) -> str:
    """All within a small part of the capture: a deploy, a restart, a failover."""
    starts, runs = members.values("facts", "start"), members.values("facts", "duration")
    earliest, latest = extent(added(starts, runs))
    width = latest - earliest
    if len(members) < FEW or members.span < 10 * NANOSECOND or width > SHORT * members.span:
        return ""
    return f"All ended within {duration(max(width, 1) / NANOSECOND)}: one event, a deploy or a restart"
