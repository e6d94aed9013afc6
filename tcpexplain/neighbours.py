"""What a connection's neighbours in the capture tell about it: a scan, a port that lives, an accept queue that is full."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tcpexplain.quantity import NANOSECOND

if TYPE_CHECKING:
    from collections.abc import Iterable

Found = tuple[tuple[int, ...], Any, Any]
"""A connection: its key (``wire.segment.KEY_FIELDS``), its facts, the facts of its lower and higher end."""


def note(connections: Iterable[Found]) -> None:
    """Fill ``ports_tried``, ``port_lives``, ``queue_full`` and ``alike`` in the facts of each connection."""
    ports: dict[Any, set[int]] = defaultdict(set)
    aborts: dict[Any, list[Any]] = defaultdict(list)
    doors: dict[Any, list[tuple[Any, Any]]] = defaultdict(list)
    found = list(connections)
    for key, facts, tells in found:
        client, server = ends(key, facts.client)
        doors[server].append((facts, tells[1 - facts.client]))
        if not tells[facts.client].data and not tells[1 - facts.client].data:
            ports[client[:3], server[:3]].add(server[3])
        if facts.resets and facts.reset_by == 0 and facts.response_bytes and not tells[facts.client].fin_packet:
            aborts[client[:3], server, facts.request_bytes].append(facts)
    starts: dict[Any, list[Any]] = defaultdict(list)
    for key, facts, _ in found:
        if facts.syns and facts.established:
            starts[key].append(facts)
    for same in starts.values():
        for facts, other in pairwise(same):
            if other.start - facts.start < NANOSECOND and facts.start + facts.duration > other.start:
                facts.twin = other.twin = 1
    for same in aborts.values():
        for facts in same:
            facts.alike = len(same)
    for key, facts, _ in found:
        client, server = ends(key, facts.client)
        facts.ports_tried = len(ports[client[:3], server[:3]])
        if facts.syns and not facts.syn_acks:
            note_door(facts, doors[server])


def note_door(facts: Any, others: list[tuple[Any, Any]]) -> None:
    """Whether the port that did not answer this SYN answered others, and whether some waited there while none was served."""
    begun, ended = facts.start, facts.start + facts.syn_last
    for other, server in others:
        if not other.syn_acks:
            continue
        facts.port_lives = 1
        if server.data and begun <= other.start <= ended:
            facts.queue_full = 0
            return
        if other.established and other.start <= ended and waits_until(other, server) >= begun:
            facts.queue_full += 1


def waits_until(facts: Any, server: Any) -> int:
    """Until when a connection waited for its first byte from the application, ns since 1970."""
    if server.first_data:
        return int(facts.start + server.first_data)
    over = facts.resets or server.fin_packet
    return int(facts.start + facts.duration + (0 if over else facts.left))


def ends(key: tuple[int, ...], client: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Client and server of a key: version, address as two words, port."""
    low, high = (key[0], key[1], key[2], key[5]), (key[0], key[3], key[4], key[6])
    return (low, high) if client == 0 else (high, low)
