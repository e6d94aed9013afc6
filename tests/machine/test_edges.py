"""Values that lie exactly at an edge: what touches, what fills, which interval is the last."""

from __future__ import annotations

import pytest

from tcpexplain.machine.arrive import hold
from tcpexplain.machine.coalesced import CoalescedEnd
from tcpexplain.machine.endpoint import Endpoint
from tcpexplain.machine.facts import EndFacts, Facts
from tcpexplain.machine.facts_coalesced import note_side
from tcpexplain.machine.timers import SECOND, give_up


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (20, 30, (10, 30)),  # right behind what is held
        (5, 10, (5, 20)),  # right before it
        (21, 30, (10, 20)),  # a byte is missing between
        (5, 9, (10, 20)),
    ],
)
def test_bytes_that_touch_what_is_held_are_held_with_it(start, end, expected):
    me = Endpoint()
    hold(me, 10, 20)
    hold(me, start, end)
    assert (me.held_from, me.held_to) == expected


@pytest.mark.parametrize(("acknowledged", "missed"), [(500, 0), (501, 1)])
def test_a_hole_that_a_stretch_acknowledges_was_a_packet_that_the_capture_missed(acknowledged, missed):
    facts, me, peer, side = Facts(), EndFacts(), EndFacts(), CoalescedEnd()
    peer.has_hole, peer.hole = 1, 500
    side.segments, side.ack = 3, acknowledged
    note_side(facts, me, peer, side, 0)
    assert facts.missed == missed


@pytest.mark.parametrize(("repeats", "gap", "seconds"), [(0, 0.5, 1 + 2 + 4 + 8), (2, 1, 2 + 4), (3, 1, 2), (4, 1, 0)])
def test_the_last_interval_is_waited_for_too(repeats, gap, seconds):
    """After three copies the kernel waits once more before it gives up (RFC 1122 section 4.2.3.5)."""
    me = Endpoint()
    me.repeats, me.repeat_gap = repeats, int(gap * SECOND)
    assert give_up(me, 7, 3) - 7 == seconds * SECOND
