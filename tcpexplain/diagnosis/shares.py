"""How large a part of the connections a group is: of all to the same servers, and of which server, client or minute above all."""

from __future__ import annotations

from collections import Counter
from math import exp, lgamma
from typing import TYPE_CHECKING, Any

from tcpexplain.diagnosis.members import MINUTE, siblings
from tcpexplain.model.group import Proportion
from tcpexplain.units import address

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tcpexplain.analysis.neighbourhood import Others
    from tcpexplain.diagnosis.members import End, Everybody, Members

FEWEST = 3
"""Fewer connections of one server, client or minute say nothing of it."""
TWICE = 2.0
"""What stands out has this many times the share of the others."""
CHANCE = 0.01
"""The probability at most that chance alone makes one of those that are compared stand out so far."""
NEGLIGIBLE = 1e-9
"""A term of a sum that is this small beside it ends it: those that follow are smaller."""


def differs(members: Members, everybody: Everybody) -> tuple[Proportion, ...]:
    """The server, the client and the minute that have far more of the group than their siblings, as far as there are such."""
    if len(members) < FEWEST or not everybody.few:
        return ()
    own, every = members.servers, everybody.servers
    callers, minutes = everybody.met.at(own)
    found = [
        *(
            standing_out("server", at_port(own, port), siblings(at_port(every, port)), endpoint)
            for port in sorted({end[3] for end in own})
        ),
        standing_out("client", members.clients, callers, host),
        standing_out("minute", members.known.minutes(members.places, MINUTE), minutes, str),
    ]
    return tuple(one for one in found if one)


def at_port(servers: Counter[End], port: int) -> Counter[End]:
    """The servers of one port: the siblings."""
    return Counter({end: count for end, count in servers.items() if end[3] == port})


def standing_out(by: Any, own: Mapping[Any, int], every: Others[Any], named: Callable[[Any], str]) -> Proportion | None:
    """The one with most of the group, if its share is far above that of the others; ``every``: all connections of each."""
    total = sum(own.values())
    if every.different < 2 or not own:
        return None
    value = max(own, key=lambda one: (own[one], one))
    of = every.of(value)
    share = Proportion(by, named(value), own[value], of, total - own[value], every.total - of)
    return share if exceeds(share, every.different) else None


def exceeds(share: Proportion, compared: int) -> bool:
    """Whether a share is so far above that of the others that chance does not explain it, also where many are ``compared``."""
    if share.count < FEWEST or not share.of or not share.others_of:
        return False
    here, there = share.count / share.of, share.others / share.others_of
    return here >= TWICE * there and by_chance(share) * compared <= CHANCE


def by_chance(share: Proportion) -> float:
    """How probable it is that one has at least so many if all have the same share: Fisher's exact test, one-sided."""
    own, every = share.count + share.others, share.of + share.others_of
    whole = ways(every, own)
    total = 0.0
    for count in range(share.count, min(share.of, own) + 1):
        term = (
            exp(ways(share.of, count) + ways(share.others_of, own - count) - whole)
            if own - count <= share.others_of
            else 0.0
        )
        total += term
        if term < total * NEGLIGIBLE:
            break
    return min(total, 1.0)


def ways(of: int, chosen: int) -> float:
    """The logarithm of the number of ways to choose."""
    return lgamma(of + 1) - lgamma(chosen + 1) - lgamma(of - chosen + 1)


def host(end: End) -> str:
    """An address as people write it."""
    return address(*end[:3])


def endpoint(end: End) -> str:
    """Address and port."""
    return f"[{host(end)}]:{end[3]}" if end[0] == 6 else f"{host(end)}:{end[3]}"


def sentence(share: Proportion) -> str:
    """``10.3.0.12:9000 stands out: 41 of its 43 connections, 3 of 90 at the other servers on port 9000``."""
    if share.by == "server":
        others = f"at the other servers on port {share.value.rpartition(':')[2]}"
        return f"{share.value} stands out: {share.count:,} of its {share.of:,} connections, {share.others:,} of {share.others_of:,} {others}"
    return f"Client {share.value} stands out: {share.count:,} of its {share.of:,} connections, {share.others:,} of {share.others_of:,} of the other clients"
