"""One frame captured twice is one segment: not sent again, not counted twice, whatever carried it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from reach import ACK, FIN, REACH, RST, SYN, Talk
from stories import one

from tcpexplain.machine.transitions import State


def numbered(talk):
    """The ladder with an IP identification for every segment."""
    ladder = talk.ladder
    lines = [replace(line, segment=replace(line.segment, ip_id=100 + n)) for n, line in enumerate(ladder.lines)]
    return replace(ladder, lines=tuple(lines))


def twice(ladder, later=20_000):
    """Every line two times, the second a moment later: both ports of a bridge."""
    return replace(
        ladder, lines=tuple(image for line in ladder.lines for image in (line, replace(line, time=line.time + later)))
    )


@pytest.mark.parametrize("state", REACH, ids=str)
def test_a_capture_of_both_sides_of_a_bridge_tells_the_same_story(state):
    talk = REACH[state]()
    alone, both = one(numbered(talk)), one(twice(numbered(talk)))
    states = [[event.end(side).state for event in one.events] for one in (alone, both) for side in ("client", "server")]
    assert states[:2] == states[2:]
    assert both.segments == alone.segments
    assert both.packets == 2 * alone.packets
    assert not any(segment.retransmission for segment in both.segments_seen)


def test_a_retransmission_is_no_second_image_of_its_first_copy():
    talk = REACH[State.ESTABLISHED]().say(True, ACK, 10).repeat(1)
    connection = one(numbered(talk))
    assert [segment.retransmission for segment in connection.segments_seen] == [False] * 4 + [True]


def test_two_resets_for_two_segments_are_two():
    talk = Talk().handshake().say(True, FIN | ACK).say(False, ACK)
    talk.say(False, ACK, 5).say(False, ACK, 5)
    for _ in range(2):
        talk.say(True, RST, window=0, ip_id=0, after=10_000)
    assert len(one(talk.ladder).resets) == 2


def test_a_syn_seen_twice_begins_one_connection():
    talk = Talk().say(True, SYN).say(False, SYN | ACK).say(True, ACK)
    assert one(twice(numbered(talk))).opening == "handshake"
