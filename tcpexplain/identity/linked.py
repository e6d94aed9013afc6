"""Which connections on the two sides of a proxy carry one exchange: by addresses, time and sizes; likely at most."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from operator import attrgetter
from typing import TYPE_CHECKING

from tcpexplain.hot.columns import column
from tcpexplain.identity.boxes import boxes
from tcpexplain.identity.exchange import exchanges
from tcpexplain.model.links import Link
from tcpexplain.tuples import NamedTuple
from tcpexplain.units import NANOSECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tcpexplain.analysis.analysis import Analysis
    from tcpexplain.identity.boxes import ProxyBox
    from tcpexplain.identity.exchange import Exchange

LOOKS = 16
"""Exchanges of clients before an upstream's that are looked at: of more at one time, none stands out."""
SLACK = 1_000_000
"""ns by which two captures' clocks, or two interfaces of one, may put an effect before its cause."""
SOON = 5_000_000
"""ns in which a proxy asks its upstream."""
OUTCOME = 100_000_000
"""ns in which it tells the client what became of that."""
WAITING = 75 * NANOSECOND
"""A proxy that got no SYN-ACK gives up before its kernel would."""
HEADERS = 1024
"""Bytes by which a request, or an answer, changes where it passes a proxy: headers and encryption."""
GATEWAY = (502, 503, 504)
"""What a proxy answers for its upstream (RFC 9110, section 15.6)."""
SERIES = 3
"""Pairs from which on two addresses are likely one machine's."""
INITIAL_TTLS = (64, 128, 255)


class Pair(NamedTuple):
    """An exchange of a client and the one that it led to upstream."""

    front: Exchange
    back: Exchange
    by: tuple[str, ...]
    asked: int
    """ns."""
    told: int | None
    others: int
    clear: bool
    """Whether no other fits nearly as well."""


def pairs_of(analysis: Analysis) -> list[Pair]:
    """The pairs by addresses, time and sizes."""
    found: dict[int, Pair] = {}
    for box in boxes(analysis):
        for pair in in_proxy(analysis, box):
            found.setdefault(pair.back.stream, pair)
    return list(found.values())


def in_proxy(analysis: Analysis, box: ProxyBox) -> list[Pair]:
    """Those of one box."""
    if box.by == "host" and not (starts_here(analysis, box)):
        return []
    fronts = sorted(exchanges(analysis, box.fronts), key=lambda one: (one.asked or one.begun, one.stream))
    starts = [one.asked or one.begun for one in fronts]
    found = [pair for back in exchanges(analysis, box.backs) if (pair := best(back, fronts, starts, box.by))]
    kept = without_strangers(found)
    if box.by == "host" and len(kept) < SERIES:
        return [pair._replace(clear=False) for pair in kept if pair.asked <= SOON]
    return kept


def starts_here(analysis: Analysis, box: ProxyBox) -> bool:
    """Whether the segments of both addresses have the TTL that a machine sends them with: no router has passed them on."""
    results = analysis.results
    servers = column(results.servers, "ttl", box.fronts[:LOOKS])
    clients = column(results.clients, "ttl", box.backs[:LOOKS])
    return set(servers) | set(clients) <= set(INITIAL_TTLS) and set(servers) == set(clients)


def best(back: Exchange, fronts: Sequence[Exchange], starts: Sequence[int], by: str) -> Pair | None:
    """The client's exchange that led to an upstream's, if one fits."""
    last = bisect_right(starts, (back.asked or back.begun) + SLACK)
    fits = [pair for front in fronts[max(last - LOOKS, 0) : last] if (pair := fit(front, back, by))]
    if not fits:
        return None
    nearest, *others = sorted(fits, key=lambda pair: (-len(pair.by), pair.asked, pair.front.stream))
    clear = all(len(other.by) < len(nearest.by) or other.asked >= max(10 * nearest.asked, SOON) for other in others)
    return nearest._replace(others=len(others), clear=clear)


def fit(front: Exchange, back: Exchange, by: str) -> Pair | None:
    """Whether an exchange of a client may have led to one upstream: it was open, its size fits, and its end."""
    asked = (back.asked or back.begun) - (front.asked or front.begun)
    if front.stream == back.stream or asked < -SLACK or (back.asked or back.begun) > front.over + SLACK:
        return None
    reasons = [by]
    if back.request and front.request:
        if abs(back.request - front.request) > HEADERS:
            return None
        reasons.append("request-size")
    told = front.over - back.over
    if not back.bad:
        if front.bad or abs(front.answer - back.answer) > HEADERS or told < -SLACK:
            return None
        reasons.append("answer-size")
    elif back.ending == "unanswered":
        if not -SLACK <= told <= WAITING:
            return None
    elif front.ending == "given-up" or back.ending == "given-up":
        if abs(told) > OUTCOME:
            return None
    elif told < -SLACK:
        return None
    if abs(told) <= OUTCOME:
        reasons.append("time")
    return Pair(front, back, tuple(reasons), max(asked, 0), told, 0, clear=True)


def without_strangers(found: Iterable[Pair]) -> list[Pair]:
    """Of several upstreams of one exchange the last that fits best, and earlier attempts at the same server; the others have other business."""
    of_front: defaultdict[int, list[Pair]] = defaultdict(list)
    for pair in found:
        of_front[pair.front.stream].append(pair)
    kept: list[Pair] = []
    for several in of_front.values():
        chief = max(several, key=lambda pair: (len(pair.by), pair.back.over))
        if not chief.back.bad or "time" in chief.by or chief.back.ending == "unanswered":
            kept.append(chief)
            kept += [pair for pair in several if pair is not chief and is_attempt(pair, chief)]
    return kept


def is_attempt(pair: Pair, chief: Pair) -> bool:
    """Whether a proxy had tried the same server before, in vain."""
    return pair.back.bad and pair.back.server == chief.back.server and pair.back.over <= chief.back.begun + SLACK


def links_of(analysis: Analysis, pairs: Sequence[Pair]) -> Mapping[int, tuple[Link, ...]]:
    """The pairs for both of their connections, once the answers' status has been read."""
    facts = analysis.results.facts
    statuses = column(facts, "status", [pair.front.stream for pair in pairs])
    found: defaultdict[int, list[Link]] = defaultdict(list)
    for pair, read in zip(pairs, statuses, strict=True):
        status = read if pair.front.ending == "answered" else 0
        if pair.back.bad and 0 < status < 500:
            continue
        for stream, link in both(pair, status):
            found[stream].append(link)
    return {stream: tuple(sorted(links, key=attrgetter("stream"))) for stream, links in found.items()}


def both(pair: Pair, status: int) -> Iterator[tuple[int, Link]]:
    """The link as each of the two connections has it."""
    by = (*pair.by, "status") if status in GATEWAY and pair.back.bad else pair.by
    sure = pair.clear and ("status" in by or "request-size" in by) and ("time" in by or "status" in by)
    told = pair.told if "time" in by or not pair.back.bad else None
    for stream, other, role in (
        (pair.front.stream, pair.back.stream, "upstream"),
        (pair.back.stream, pair.front.stream, "client"),
    ):
        yield stream, Link(
            other, "upstream" if role == "upstream" else "client", "likely" if sure else "possible", by, round(pair.asked / 1e9, 9),
            None if told is None else round(told / 1e9, 9), pair.back.ending, pair.front.ending, status or None, pair.others,
        )  # fmt: skip
