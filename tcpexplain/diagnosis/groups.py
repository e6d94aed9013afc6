"""Connections by cause, worst first, and what those of one cause have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpexplain import causes
from tcpexplain.analysis.neighbourhood import Neighbourhood
from tcpexplain.diagnosis.members import MANY, Everybody, Members, Objects
from tcpexplain.diagnosis.on_the_path import on_the_path
from tcpexplain.diagnosis.shares import differs, endpoint, host, sentence
from tcpexplain.evidence.timeouts import matching, named
from tcpexplain.hot.columns import added, as_array, extent, listed, worth_arrays
from tcpexplain.model.group import Group
from tcpexplain.model.wanted import SEVERITIES
from tcpexplain.units import NANOSECOND, duration

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterable

    from tcpexplain.hot.array import Column
    from tcpexplain.model.connection import Connection
    from tcpexplain.model.group import Proportion

MOST = 0.8
"""The share of a group from which on something is said of it."""
FEW = 3
"""Connections below which a number that repeats is chance."""
SHORT = 0.05
"""The share of the capture's time within which a group is one event."""
LOOKED_AT, AMONG_MANY = 64, 8
"""Connections of a group that are asked at most when they failed; where there are ``MANY``: each takes as long as reading a thousand packets."""
LEAK = 10 * NANOSECOND
"""In CLOSE-WAIT for less than this, a connection may only have met the capture's end."""


def groups(connections: Any, analysis: Any) -> tuple[Group, ...]:
    """The groups of a ``diagnosis.explained.Explained``; their facts are those of ``analysis``."""
    results, count, ranked = analysis.results, analysis.streams, causes.ranked()
    tables = [one[:count] for one in (analysis.rows, results.facts, results.clients, results.servers)]
    known = Neighbourhood(*map(as_array, tables)) if worth_arrays(tables[0]) else Objects(*tables)
    first, span = connections.first_by_place(), analysis.end - analysis.start
    open_ = connections.undecided()
    among = connections.among
    everybody = Everybody(known, among if isinstance(known, Objects) else known.np.array(among))
    found = [
        group(
            Members(ranked[cause].CODE, places, known, everybody, span),
            first[cause],
            open_[ranked[cause].CODE] if ranked[cause].SEVERITY == "fine" else 0,
            connections.in_short,
            analysis.end,
            on_the_path(analysis.united_streams, listed(places)),
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
        of=0 if silent else members.everybody.to(members.known.counted(members.places)),
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
    servers, (client, most) = members.known.counted(members.places), members.known.commonest(members.places)
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


# ---- how long ----


def mode(values: Column) -> tuple[int, int]:
    """A sharp mode: its value and how many lie at it; (0, 0) if most values are spread, as no timer's would be.

    Timers fire late, never early: the mode is where most lie within 1 % or 0.3 s above a value.
    """
    if len(values) > MANY:
        return mode_of_many(values)
    known = sorted(value for value in listed(values) if value > 0)
    best, count = 0, 0
    end = 0
    for begin, value in enumerate(known):
        while end < len(known) and known[end] <= value + max(value // 100, 3 * NANOSECOND // 10):
            end += 1
        if end - begin > count:
            best, count = begin, end - begin
    if count < FEW or count < MOST * len(values):
        return 0, 0
    return known[best + count // 2], count


def mode_of_many(values: Column) -> tuple[int, int]:
    """The same by sorting an array."""
    import numpy as np

    known = np.array(values, np.int64)
    known = np.sort(known[known > 0])
    if not len(known):
        return 0, 0
    reach = known + np.maximum(known // 100, 3 * NANOSECOND // 10)
    counts = np.searchsorted(known, reach, "right") - np.arange(len(known))
    best = int(np.argmax(counts))
    count = int(counts[best])
    return (int(known[best + count // 2]), count) if count >= max(FEW, MOST * len(values)) else (0, 0)


def times(count: int, total: int) -> str:
    """Always, or how often."""
    return "every time" if count == total else f"in {count:,} of {total:,}"


Said = tuple[list[str], str]


def no_times(members: Members) -> Said:
    """Nothing about times."""
    del members
    return [], ""


def idle_before_fin(members: Members) -> Said:
    """The server's idle timeout, and how late the client comes."""
    idle, count = mode(members.values("facts", "idle_before_fin"))
    late = [
        sent - closed
        for sent, closed in zip(members.of("clients", "late_data"), members.of("servers", "fin_time"), strict=True)
    ]
    reuse, again = mode(late)
    said, do = announced_times(members), ""
    if idle:
        said.append(
            f"the server's FIN comes {duration(idle / NANOSECOND)} after the last data {times(count, len(members))}{default(idle, 'server')}"
        )
        do = f"Make the client's idle timeout shorter than {timer_setting(idle)}."
    if reuse:
        said[-1:] = (
            [f"{said[-1]}, the client reuses the connection {duration(reuse / NANOSECOND)} later"]
            if said
            else [
                f"the client reuses the connection {duration(reuse / NANOSECOND)} after the FIN {times(again, len(members))}"
            ]
        )
    return said, do


def announced_times(members: Members) -> list[str]:
    """What the servers' Keep-Alive fields say of how long they wait."""
    told = sorted({seconds for seconds in members.fact("announced") if seconds})
    if not told:
        return []
    named_ = ", ".join(f"{seconds} s" for seconds in told[:3])
    return [f"the server announces that it keeps idle connections for {named_} (Keep-Alive: timeout)"]


def idle_before_reset(members: Members) -> Said:
    """A timer that ends connections by RST."""
    idle, count = mode(members.values("facts", "idle_before_reset"))
    if idle < NANOSECOND:
        return [], ""
    return [
        f"the RST comes {duration(idle / NANOSECOND)} after the last data {times(count, len(members))}{default(idle, 'server')}"
    ], ""


def quiet(members: Members) -> Said:
    """How long the shortest silence was that a box did not survive."""
    # Before data that nothing answered, or before a RST that nobody had asked for.
    shortest = min(
        silence or idle for silence, idle in zip(members.fact("quiet"), members.fact("idle_before_reset"), strict=True)
    )
    known = matching(shortest, "box")
    hint = f" ({named(known)})" if known else ""
    return [
        f"the shortest silence was {duration(shortest / NANOSECOND)}{hint}"
    ], f"Let neither end be silent for {timer_setting(shortest)}: TCP keepalive or a ping below that."


def waited(members: Members) -> Said:
    """A deadline of the clients."""
    spans = [
        (fin or reset) - last if last else 0
        for fin, reset, last in zip(
            members.of("clients", "fin_time"),
            members.fact("reset_time"),
            members.of("clients", "last_data"),
            strict=True,
        )
    ]
    wait, count = mode(spans)
    return (
        ([f"the client waits {duration(wait / NANOSECOND)} {times(count, len(members))}: its deadline"], "")
        if wait
        else ([], "")
    )


def oldest(members: Members) -> Said:
    """How long the longest has been in CLOSE-WAIT."""
    closed = [
        max(one, other)
        for one, other in zip(members.of("clients", "fin_time"), members.of("servers", "fin_time"), strict=True)
    ]
    ages = [
        run + left + 1 - fin
        for run, left, fin in zip(members.fact("duration"), members.fact("left"), closed, strict=True)
    ]
    said, long = f"oldest {duration(max(ages) / NANOSECOND)}", sum(age >= LEAK for age in ages)
    if not long:
        return [
            f"{said}: perhaps merely open when the capture ended"
        ], "Capture longer: what leaks stays in CLOSE-WAIT."
    if long < len(ages):
        said = f"{said}, {long:,} of {len(ages):,} for 10 s or more"
    return [said], "The application does not call close() after read → 0."


def unanswered(members: Members) -> Said:
    """Whether the port answered others."""
    lives = sum(members.fact("port_lives"))
    return ([f"the port answered others meanwhile ({lives:,} of {len(members):,})"], "") if lives else ([], "")


TIMES: dict[str, Callable[[Members], Said]] = {
    "peer-closed-idle-connection": idle_before_fin,
    "idle-close-race": idle_before_fin,
    "linger-zero-abort": idle_before_reset,
    "idle-nat-timeout": quiet,
    "client-gave-up": waited,
    "close-wait-leak": oldest,
    "syn-unanswered": unanswered,
    "connect-abandoned": unanswered,
}


def default(nanoseconds: int, who: str) -> str:
    """Whose default that is, in parentheses."""
    known = named(matching(nanoseconds, who))
    return f" ({known})" if known else ""


def timer_setting(nanoseconds: int) -> str:
    """A timer's setting: ``60 s``, ``2.5 s``."""
    seconds = nanoseconds / NANOSECOND
    return (
        f"{round(seconds)} s"
        if abs(seconds - round(seconds)) <= max(0.3, seconds / 100) and seconds >= 1
        else duration(seconds)
    )


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
