"""Values that lie exactly at an edge: what is at once, and how much may be unread."""

from __future__ import annotations

import pytest

from tcpexplain.diagnosis.ledger import perhaps_unread
from tcpexplain.diagnosis.retry import AT_ONCE, answered_early, farewell, one_way
from tcpexplain.machine.facts import EndFacts, Facts
from tcpexplain.machine.transitions import State


@pytest.fixture
def case():
    facts, client, server = Facts(), EndFacts(), EndFacts()
    facts.request_bytes, client.fin_packet, server.fin_packet = 6, 9, 10
    return facts, client, server


@pytest.mark.parametrize(("nanoseconds", "at_once"), [(100_000_000, True), (100_000_001, False), (999_999_999, False)])
def test_a_tenth_of_a_second_is_at_once_and_no_more(nanoseconds, at_once, case):
    facts, client, server = case
    client.fin_moments = nanoseconds
    assert bool(one_way(*case)) == at_once
    server.data = 1
    assert bool(farewell(*case)) == at_once
    facts.request_time, server.last_data = 5 + nanoseconds, 5
    assert bool(answered_early(*case)) == at_once
    assert AT_ONCE == 100_000_000


@pytest.mark.parametrize(("pending", "acknowledged", "unread"), [(100, 60, 60), (100, 100, 100), (40, 60, 40)])
def test_no_more_can_be_unread_than_was_acknowledged(pending, acknowledged, unread):
    me, peer = EndFacts(), EndFacts()
    me.acknowledged, peer.pending, peer.state = acknowledged, pending, int(State.ESTABLISHED)
    assert perhaps_unread(Facts(), me, peer, 1) == unread
