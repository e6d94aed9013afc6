"""Whether the messages of a connection that has been concluded may tell something: of one, or of columns of many. Hot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.tracking.talk import COUNTED, FOREIGN, RECORDS

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts
    from tcpexplain.tracking.entry import Entry

SPAN = 1 << 32


def may_speak(row: Entry, facts: Facts, client: EndFacts, server: EndFacts) -> bool:
    """An end has said something that a protocol may begin with."""
    other = facts.client
    one = 1 - other
    mute = is_mute(client, row.talk0 * one + row.talk1 * other)
    return (mute & is_mute(server, row.talk1 * one + row.talk0 * other)) == 0


def may_tell(row: Entry, facts: Facts, client: EndFacts, server: EndFacts) -> bool:
    """It has ended, and speaks something that is known; unless it ended in order, both ends' messages whole."""
    other = facts.client
    one = 1 - other
    first, second = row.talk0 * one + row.talk1 * other, row.talk1 * one + row.talk0 * other
    mute, mutes = is_mute(client, first), is_mute(server, second)
    well = (
        in_order(facts, client, server)
        & (mute | is_whole(client, first, row.due0 * one + row.due1 * other))
        & (mutes | is_whole(server, second, row.due1 * one + row.due0 * other))
    )
    ended = (facts.resets > 0) | has_ended(client) | has_ended(server)
    return ((client.sent > 0) | (server.sent > 0)) & ended & ((mute & mutes) == 0) & (well == 0)


def has_ended(end: EndFacts) -> bool:
    """It closed, or gave up."""
    return (end.fin_packet > 0) | (end.timed_out > 0)


def is_mute(end: EndFacts, talk: int) -> bool:
    """It has said nothing, or nothing that is known."""
    return (end.sent == 0) | (talk == FOREIGN)


def is_whole(end: EndFacts, talk: int, due: int) -> bool:
    """Its last message, of those that were counted, ends where it closed."""
    # The sum with a wide field makes wide numbers of columns of narrow ones.
    return (
        ((talk == COUNTED) | (talk == RECORDS))
        & ((end.sent * 0 + due - end.fin_end + 1) % SPAN == 0)
        & (end.fin_packet > 0)
    )


def in_order(facts: Facts, client: EndFacts, server: EndFacts) -> bool:
    """Both ends closed, each after the other's last word, and everything was acknowledged."""
    closed = (client.fin_acked > 0) & (server.fin_acked > 0) & (facts.resets == 0) & (facts.missed == 0)
    lost = (
        (client.unacknowledged > 0) | (server.unacknowledged > 0) | (client.late_packet > 0) | (server.late_packet > 0)
    )
    answered = (facts.request_packet == 0) | (facts.response_bytes > 0)
    return closed & (lost == 0) & answered
