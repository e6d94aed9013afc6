"""The table and the loop: every row is taken, no other pair of state and event moves anything, and each RST does what it may."""

from __future__ import annotations

from pathlib import Path

import pytest
from reach import ACK, FIN, PEER, REACH, RST, SUBJECT, SYN, WINDOW, Talk, syn_received_opening
from stories import at, found_in, one, play

from tcpexplain.machine import arrive, leave, timers
from tcpexplain.machine.move import move
from tcpexplain.machine.transitions import EVENTS, NEXT, TRANSITIONS, State, Trigger

HERE = Path(__file__).parent
SYNCHRONIZED = [state for state in REACH if state not in (State.SYN_SENT, State.SYN_RECEIVED)]


def subject(connection):
    """The side whose port is the ladder's left."""
    return "client" if connection.client.port == 40000 else "server"


def state_of(talk):
    """The subject's state after the last packet (before any timer), and the connection."""
    connection = one(talk.ladder)
    seen = [event for event in connection.events if event.basis != "timer"]
    return State[seen[-1].end(subject(connection)).state.replace("-", "_")], connection


def abort(talk):
    """The subject resets: RST with ACK, from the socket."""
    return talk.say(True, RST | ACK)


def aborted(talk):
    """The subject is reset."""
    return talk.say(False, RST | ACK)


@pytest.mark.parametrize("state", REACH, ids=str)
def test_each_state_is_reached(state):
    assert state_of(REACH[state]())[0] is state


@pytest.mark.parametrize("state", SYNCHRONIZED, ids=str)
def test_an_exact_reset_ends_every_synchronized_state(state):
    assert state_of(aborted(REACH[state]()))[0] is State.CLOSED


@pytest.mark.parametrize("state", [state for state in REACH if state not in (State.SYN_SENT, State.UNKNOWN)], ids=str)
def test_a_reset_in_the_window_but_not_exact_changes_nothing(state):
    talk = REACH[state]()
    talk.say(False, RST, seq=(talk.peer + WINDOW // 2) % 2**32, window=0)
    found, connection = state_of(talk)
    assert found is state
    assert [reset.accepted for reset in connection.resets] == [False]


@pytest.mark.parametrize("state", [state for state in REACH if state not in (State.SYN_SENT, State.UNKNOWN)], ids=str)
@pytest.mark.parametrize("distance", [WINDOW, 100_000, -2, -100_000])
def test_a_reset_outside_the_window_changes_nothing(state, distance):
    talk = REACH[state]()
    talk.say(False, RST, seq=(talk.peer + distance) % 2**32, window=0)
    assert state_of(talk)[0] is state


@pytest.mark.parametrize(
    ("state", "after"),
    [
        (State.ESTABLISHED, State.ESTABLISHED),
        (State.FIN_WAIT_1, State.FIN_WAIT_1),
        (State.FIN_WAIT_2, State.FIN_WAIT_2),
        (State.TIME_WAIT, State.TIME_WAIT),
        (State.CLOSE_WAIT, State.CLOSED),
        (State.LAST_ACK, State.CLOSED),
        (State.CLOSING, State.CLOSED),
    ],
    ids=str,
)
def test_a_reset_one_below_counts_only_where_the_peers_fin_was_the_last_number(state, after):
    talk = REACH[state]()
    talk.say(False, RST | ACK, seq=(talk.peer - 1) % 2**32)
    assert state_of(talk)[0] is after


@pytest.mark.parametrize(
    ("ack", "after"), [(0, State.CLOSED), (1, State.SYN_SENT), (-1, State.SYN_SENT), (None, State.SYN_SENT)]
)
def test_a_reset_of_an_attempt_must_acknowledge_the_syn(ack, after):
    talk = REACH[State.SYN_SENT]()
    changes = {} if ack is None else {"ack": (talk.subject + ack) % 2**32}
    talk.say(False, RST if ack is None else RST | ACK, seq=0, window=0, **changes)
    assert state_of(talk)[0] is after


def test_a_reset_of_a_passive_opening_returns_to_listen_and_accept_never_hears_of_it():
    found, connection = state_of(REACH[State.SYN_RECEIVED]().say(False, RST, window=0))
    assert found is State.LISTEN
    assert connection.events[-1].server.next.accept.now == "blocks"


def test_a_reset_of_a_simultaneous_opening_closes():
    talk = syn_received_opening()
    assert state_of(talk)[0] is State.SYN_RECEIVED
    assert state_of(aborted(talk))[0] is State.CLOSED


@pytest.mark.parametrize("state", [state for state in REACH if state is not State.SYN_SENT], ids=str)
def test_an_end_that_resets_is_closed(state):
    assert state_of(abort(REACH[state]()))[0] is State.CLOSED


@pytest.mark.parametrize("state", [State.ESTABLISHED, State.CLOSE_WAIT, State.UNKNOWN], ids=str)
def test_an_end_that_answers_without_a_socket_and_has_not_closed_has_forgotten(state):
    talk = REACH[state]().say(False, ACK, 5)
    talk.say(True, RST, window=0)
    assert state_of(talk)[0] is State.CLOSED


def test_an_end_that_answers_a_fin_without_a_socket_had_given_up_fin_wait_2():
    talk = REACH[State.FIN_WAIT_2]().say(False, FIN | ACK, after=70_000_000_000)
    found, connection = state_of(talk.say(True, RST, window=0))
    assert found is State.CLOSED
    assert connection.resets[0].reason == "segment-after-close"


@pytest.mark.parametrize(
    "state",
    [
        State.SYN_SENT,
        State.SYN_RECEIVED,
        State.ESTABLISHED,
        State.FIN_WAIT_1,
        State.CLOSE_WAIT,
        State.LAST_ACK,
        State.CLOSING,
        State.UNKNOWN,
    ],
    ids=str,
)
def test_what_is_repeated_unanswered_ends_in_a_timeout_with_its_time(state):
    talk = unanswered(state)
    connection = one(talk.ladder)
    last = connection.events[-1]
    assert (last.basis, last.end(subject(connection)).state) == ("timer", "CLOSED")
    assert last.time > connection.duration


def unanswered(state):
    """The subject in ``state`` with something that nothing acknowledges, and its repetitions."""
    talk = REACH[state]()
    if state is State.CLOSING:
        fin = next(segment for _, segment in talk.segments if segment.from_left and segment.flags & FIN)
        talk.say(True, fin.flags, seq=fin.seq)
    elif state in (State.ESTABLISHED, State.CLOSE_WAIT, State.UNKNOWN):
        talk.say(True, ACK, 10)
    return talk.repeat(4)


def test_time_wait_ends_after_two_msl_where_the_capture_goes_on_that_long():
    assert one(REACH[State.TIME_WAIT]().ladder).events[-1].client.state == "TIME-WAIT"
    last = play(time_wait_and_later().ladder)[0].events[-1]
    assert (last.basis, last.client.state) == ("timer", "CLOSED")


def time_wait_and_later():
    """A new connection on the same ports, 61 s later."""
    return REACH[State.TIME_WAIT]().say(True, SYN, seq=77, after=61_000_000_000)


@pytest.fixture(scope="module")
def taken():
    """A ladder for every (state, event) that one of them takes."""
    found = {}

    def watched(end, event):
        found.setdefault((State(end.state), Trigger(event)), ladder)
        move(end, event)

    with pytest.MonkeyPatch.context() as patch:
        for module in (arrive, leave, timers):
            patch.setattr(module, "move", watched)
        for ladder in every_ladder():
            play(ladder)
    return found


def test_every_row_of_the_table_is_taken_by_a_ladder(taken):
    assert {(row.state, row.event) for row in TRANSITIONS} - set(taken) == set()


def test_without_any_one_row_some_ladder_says_something_else(taken):
    """Mutation of the table: a row that could be deleted unseen would be a row that nothing tests."""
    for row in TRANSITIONS:
        ladder = taken[row.state, row.event]
        before = states(ladder)
        NEXT[row.state * EVENTS + row.event] = int(row.state)
        try:
            assert states(ladder) != before, row
        finally:
            NEXT[row.state * EVENTS + row.event] = int(row.next)


def states(ladder):
    """Every state of every end, event by event."""
    return [
        (event.packet, event.client.state, event.server.state)
        for connection in play(ladder)
        for event in connection.events
    ]


def every_ladder():
    """All ladders of this file and of the stories beside it."""
    for state, talk in REACH.items():
        yield talk().ladder
        yield aborted(talk()).ladder
        yield abort(talk()).ladder
        yield talk().say(False, ACK, 5).say(True, RST, window=0).ladder
        if state not in (State.FIN_WAIT_2, State.TIME_WAIT):
            yield unanswered(state).ladder
    yield REACH[State.SYN_RECEIVED]().say(False, RST, window=0).ladder
    yield aborted(syn_received_opening()).ladder
    yield REACH[State.FIN_WAIT_2]().say(False, FIN | ACK).say(True, RST, window=0).ladder
    yield syn_received_opening().say(True, FIN | ACK).ladder
    yield time_wait_and_later().ladder
    yield Talk().say(True, ACK, 10).repeat(4).ladder
    yield from (
        talk().ladder for talk in (listener_opens, listener_closes, syn_in_an_old_connection, syn_ack_after_its_ack)
    )
    yield from (ladder for _, ladder in found_in(HERE))


def test_no_other_pair_moves_anything():
    rows = {(row.state, row.event): row.next for row in TRANSITIONS}
    assert len(rows) == len(TRANSITIONS)
    for state in State:
        for event in Trigger:
            assert NEXT[state * EVENTS + event] == rows.get((state, event), state)


INDIFFERENT = {
    "data again": lambda talk: talk.say(False, ACK, 0, seq=(talk.peer - 1) % 2**32),
    "an old acknowledgment": lambda talk: talk.say(False, ACK, ack=(talk.subject - 5) % 2**32),
    "an acknowledgment of what was never sent": lambda talk: talk.say(False, ACK, ack=(talk.subject + 5000) % 2**32),
}


@pytest.mark.parametrize("what", INDIFFERENT)
@pytest.mark.parametrize("state", [State.ESTABLISHED, State.FIN_WAIT_2, State.CLOSE_WAIT, State.TIME_WAIT], ids=str)
def test_segments_that_are_no_event_leave_the_state_alone(state, what):
    talk = INDIFFERENT[what](REACH[state]())
    assert state_of(talk)[0] is state


@pytest.mark.parametrize("state", [State.FIN_WAIT_1, State.LAST_ACK, State.CLOSING], ids=str)
def test_a_fin_is_acknowledged_only_by_a_number_past_it(state):
    talk = REACH[state]()
    talk.say(False, ACK, ack=(talk.subject - 1) % 2**32)
    assert state_of(talk)[0] is state


def test_every_step_that_a_report_shows_follows_the_one_before():
    for ladder in every_ladder():
        for connection in play(ladder):
            states = {"client": None, "server": None}
            for event in connection.events:
                for side, before in states.items():
                    end = event.end(side)
                    assert before in (None, end.previous)
                    states[side] = end.state


def test_the_packet_of_an_event_is_never_earlier_than_the_one_before():
    for ladder in every_ladder():
        for connection in play(ladder):
            packets = [event.packet for event in connection.events]
            assert packets == sorted(packets)
            assert at(connection, packets[-1]) is connection.events[-1]


def listener_opens():
    """What seemed to listen, as it answered a SYN with an old number, opens itself."""
    talk = Talk().say(True, SYN).say(False, ACK, ack=5)
    return talk.say(False, SYN, seq=talk.peer)


def listener_closes():
    """A remnant of an old connection answers the SYN, its RST removes it, and then nobody listens."""
    talk = Talk().say(True, SYN).say(False, ACK, ack=5)
    talk.say(True, RST, seq=5, window=0).say(True, SYN, seq=SUBJECT)
    return talk.say(False, RST | ACK, seq=0, window=0)


def syn_in_an_old_connection():
    """The capture begins with the last words of one connection; then its ports are used again."""
    return Talk().say(False, ACK, 3).say(True, SYN).say(False, SYN | ACK, seq=9000)


def syn_ack_after_its_ack():
    """The capture begins in the handshake, and has its packets in the wrong order."""
    return Talk(SUBJECT + 1, PEER + 1).say(True, ACK).say(False, SYN | ACK, seq=PEER)


def test_a_listener_may_open_itself():
    assert "SYN-SENT" in {event.server.state for event in one(listener_opens().ladder).events}


def test_a_handshake_captured_in_the_wrong_order_is_recognised():
    assert one(syn_ack_after_its_ack().ladder).events[-1].client.state == "ESTABLISHED"
