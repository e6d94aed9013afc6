"""From the loop's rows to the objects users hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from tcpexplain import causes
from tcpexplain.analysis.systems import BASES, BY_CODE, basis, predicted_of, profile_of
from tcpexplain.diagnosis.events import STATES, Occurred
from tcpexplain.diagnosis.ledger import ledgers
from tcpexplain.diagnosis.packets import packets_of, reset
from tcpexplain.diagnosis.ranking import Verdicts
from tcpexplain.diagnosis.retry import retry
from tcpexplain.diagnosis.seen import ended as ended_at
from tcpexplain.diagnosis.seen import seen
from tcpexplain.evidence.cause import SIDES, Case, spoken
from tcpexplain.evidence.places import files_of, numbers
from tcpexplain.hot.columns import as_array
from tcpexplain.machine.facts import OPENINGS
from tcpexplain.machine.resets import SEGMENT_AFTER_CLOSE
from tcpexplain.model.connection import Address, Connection, Finding, System, Tunnel
from tcpexplain.model.said import SILENT, Said
from tcpexplain.model.unread import LACKING, UNREAD
from tcpexplain.tracking.table import community_id
from tcpexplain.units import address
from tcpexplain.vantage.hidden import missing, sentences
from tcpexplain.vantage.stacks import SYSTEMS
from tcpexplain.wire.segment import (
    flag_text,
)
from tcpexplain.wire.wrappings.kinds import IDENTIFIED, MANY, NAMES, NONE, SHIFT, wrapping_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tcpexplain.analysis.analysis import Analysis
    from tcpexplain.analysis.ended import Ended
    from tcpexplain.analysis.together import Together
    from tcpexplain.evidence.cause import Cause
    from tcpexplain.machine.facts import EndFacts
    from tcpexplain.model.calls import Next, Side
    from tcpexplain.model.links import Link


def connection(
    ended: Ended,
    *,
    events: bool = True,
    packets: bool = True,
    verdict: tuple[Cause, tuple[Cause, ...]] | None = None,
    files: tuple[str, ...] = (),
    words: Said = SILENT,
    linked: tuple[Link, ...] = (),
) -> Connection:
    """The object for one connection.

    ``packets``: with those that are there; ``verdict``: its causes, if somebody knows them; ``files``: short names of the captures, if
    they are several;
    ``words``: what its messages say; ``linked``: its other halves at a proxy.
    """
    facts = ended.facts
    client, server = ended.tells[facts.client], ended.tells[1 - facts.client]
    sides = SIDES if facts.client == 0 else SIDES[::-1]
    low, high = endpoints(ended.key)
    addresses = {sides[0]: low, sides[1]: high}
    main, others = verdict or causes.diagnose(facts, client, server)
    case = case_of(ended, addresses, files, words)
    found = finding(main, also(others), case)
    met = seen(case, found.sees, found.severity, found.certainty)
    return Connection(
        stream=ended.stream,
        community_id=community_id(ended.key[0], packed(ended.key, 0), packed(ended.key, 1), ended.key[5], ended.key[6]),
        client=addresses["client"],
        server=addresses["server"],
        start=facts.start,
        duration=facts.duration / 1e9,
        packets=facts.packets,
        opening=OPENINGS[facts.opening],
        finding=found,
        closed_first=None if facts.closed_first < 0 else SIDES[facts.closed_first],
        final={"client": STATES[client.state], "server": STATES[server.state]},
        segments={"client": client.segments, "server": server.segments},
        flags={"client": flag_text(client.flags), "server": flag_text(server.flags)},
        bytes=cast("Any", ledgers(facts, client, server)),
        retry=retry(facts, client, server),
        events=occurred(ended, sides) if events else (),
        resets=tuple(reset(row, sides, files) for row in ended.resets),
        **packets_of(ended, ended.segments if packets else (), sides),
        events_omitted=ended.unsaid if events else 0,
        files=tuple(sorted({item.file for item in ended.segments})) or (0,),
        systems={"client": system(client), "server": system(server)},
        missing=missing(facts.hidden),
        messages_unread=UNREAD[facts.unread],
        inferred={"client": client.inferred, "server": server.inferred},
        seen={"client": met[0], "server": met[1]},
        ended=ended_at(case),
        said=words,
        tunnel=tunnel(ended.key),
        united=ended.united,
        linked=linked,
        facts=case,
    )


def case_of(ended: Ended, addresses: dict[Side, Address], files: tuple[str, ...], words: Said) -> Case:
    """It as its causes see it."""
    facts = ended.facts
    return Case(
        facts,
        ended.tells[facts.client],
        ended.tells[1 - facts.client],
        final_calls(ended),
        tuple(ended.resets),
        tuple(ended.segments),
        files,
        (addresses["client"].address, addresses["server"].address),
        words,
        ended.united,
    )


def occurred(ended: Ended, sides: tuple[Side, Side]) -> Occurred:
    """Its events, which are made when they are asked for."""
    systems = (profile_of(ended.tells[0]), profile_of(ended.tells[1]))
    return Occurred(ended.steps, ended.facts.start, sides, closers(ended), systems)


def system(end: EndFacts) -> System:
    """What an end is taken for."""
    return System(
        BY_CODE[predicted_of(end)],
        SYSTEMS[end.fingerprint] or None,
        cast("Any", BASES[basis(end.forced, end.fingerprint)]),
    )


def connection_now(analysis: Analysis, stream: int) -> Connection:
    """The object for one connection of an analysis that goes on, as if the capture ended here."""
    ended = analysis.ended_now(stream)
    words = analysis.tap.tell_beside_others(ended, analysis) if analysis.tap else SILENT
    return connection(ended, events=analysis.events, words=words)


def connections_now(together: Together, streams: Sequence[int]) -> Iterator[Connection]:
    """``connection_now`` of several, in this order; of many together in a fraction of the time."""
    analysis = together.analysis
    every = list(together.ended_now(streams))
    words = [analysis.tap.tell_beside_others(one, analysis) if analysis.tap else SILENT for one in every]
    for place, (one, verdict) in enumerate(
        zip(every, judged(every, quick=together.is_worth_it(len(every))), strict=True)
    ):
        yield connection(one, events=analysis.events, words=words[place], verdict=verdict)


def judged(every: Sequence[Ended], *, quick: bool) -> Iterator[tuple[Cause, tuple[Cause, ...]] | None]:
    """The causes of connections; None where each is to be judged by itself. ``quick``: all at once, which takes numpy."""
    if not quick:
        yield from (None for _ in every)
        return
    facts = [one.facts for one in every]
    clients, servers = ([one.tells[side ^ one.facts.client] for one in every] for side in (0, 1))
    verdicts = Verdicts(as_array(facts), as_array(clients), as_array(servers))
    yield from map(verdicts.causes, range(len(every)))


def endpoints(key: tuple[int, ...]) -> tuple[Address, Address]:
    """The lower and the higher endpoint of a key (``wire.segment.Key``)."""
    low, high = address(key[0], key[1], key[2]), address(key[0], key[3], key[4])
    return Address(low, key[5]), Address(high, key[6])


def tunnel(key: tuple[int, ...]) -> tuple[Tunnel, ...]:
    """What the packets of a key were wrapped in."""
    kind, identifier = wrapping_of(key[7]), key[7] & (1 << SHIFT) - 1
    if kind in (NONE, MANY):
        return ()
    return (Tunnel(NAMES[kind], identifier if kind in IDENTIFIED else None),)


def packed(key: tuple[int, ...], side: int) -> bytes:
    """An endpoint's address in network order."""
    first, second = key[1 + 2 * side], key[2 + 2 * side]
    if key[0] == 4:
        return (second & 0xFFFFFFFF).to_bytes(4, "big")
    return ((first & 0xFFFFFFFFFFFFFFFF) << 64 | (second & 0xFFFFFFFFFFFFFFFF)).to_bytes(16, "big")


def also(found: Iterable[Cause]) -> tuple[str, ...]:
    """The codes of what holds besides the cause; that the connection is still open says nothing then."""
    return tuple(cause.CODE for cause in found if cause.CODE != "still-open")


def finding(main: Cause, besides: tuple[str, ...], case: Case) -> Finding:
    """The verdict in words."""
    said = causes.explain(main, case)
    sure = causes.certainty(main, case.facts, case.client, case.server)
    return Finding(
        code=main.CODE,
        severity=main.SEVERITY,
        certainty=cast("Any", sure),
        title=said.title,
        sees=said.sees,
        why=spoken(said.why),
        lost=spoken(said.lost),
        do=spoken(said.do),
        sure=spoken(said.sure),
        alternatives=() if sure == "certain" else said.alternatives,
        also=besides,
        evidence=numbers(said.evidence),
        evidence_files=files_of(said.evidence, case.files),
        file_names=case.files,
        vantage=" ".join(filter(None, (sentences(case.facts.hidden), LACKING.get(case.facts.unread), at_points(case)))),
        undecided=causes.is_undecided(main, sure),
    )


def at_points(case: Case) -> str:
    """What several points of capture tell of it; empty for a single one."""
    if case.united is None:
        return ""
    from tcpexplain.diagnosis.several_points import told

    return told(case.united, case.files)


def final_calls(ended: Ended) -> tuple[Next, Next]:
    """What the client's and the server's calls return after the last step."""
    low, high = (profile_of(end).next(end.condition) for end in ended.tells)
    return (low, high) if ended.facts.client == 0 else (high, low)


CLOSERS = (("close", "shutdown-write", "exit"), ("close", "exit"), ("shutdown-write",))
"""Which calls an end's FIN may come from, most likely first."""


def closers(ended: Ended) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Of both ends: data acknowledged after the FIN, or answered by RST, narrows it."""
    found: list[tuple[str, ...]] = []
    for side in (0, 1):
        closed = any(row.by == side and row.reason == SEGMENT_AFTER_CLOSE for row in ended.resets)
        found.append(CLOSERS[2 if ended.tells[1 - side].late_acked else int(closed)])
    return found[0], found[1]
