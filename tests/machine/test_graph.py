"""The graph says what the table says."""

from __future__ import annotations

import pytest

from tcpexplain.machine.graph import graph, step
from tcpexplain.machine.transitions import TRANSITIONS, State, Trigger


def test_every_row_of_the_table_is_one_edge_with_its_reference() -> None:
    edges = {(tail, event, head, data["reference"]) for tail, head, event, data in graph().edges(keys=True, data=True)}
    assert edges == {tuple(row) for row in TRANSITIONS}
    assert graph().number_of_edges() == len(TRANSITIONS)


def test_every_state_is_reached_from_an_end_that_opens_or_listens() -> None:
    from networkx import descendants

    reached = descendants(graph(), State.CLOSED) | descendants(graph(), State.LISTEN)
    assert reached | {State.CLOSED, State.LISTEN} == set(State) - {State.UNKNOWN}


def test_labels_are_the_rfc_spelling() -> None:
    assert graph().nodes[State.FIN_WAIT_1]["label"] == "FIN-WAIT-1"
    assert graph().edges[State.CLOSE_WAIT, State.LAST_ACK, Trigger.SEND_FIN]["label"] == "FIN out"


def test_nobody_can_change_the_shared_graph() -> None:
    from networkx import NetworkXError

    with pytest.raises(NetworkXError):
        graph().add_edge(State.CLOSED, State.LISTEN)


@pytest.mark.parametrize(
    ("previous", "state", "flags", "sent", "timer", "event"),
    [
        (State.CLOSED, State.SYN_SENT, "S", True, False, Trigger.SEND_SYN),
        (State.LISTEN, State.SYN_RECEIVED, "S", False, False, Trigger.RECEIVE_SYN),
        (State.SYN_SENT, State.ESTABLISHED, "SA", False, False, Trigger.RECEIVE_SYN_ACK),
        (State.SYN_SENT, State.SYN_RECEIVED, "S", False, False, Trigger.RECEIVE_SYN),
        (State.ESTABLISHED, State.FIN_WAIT_1, "FA", True, False, Trigger.SEND_FIN),
        (State.FIN_WAIT_1, State.FIN_WAIT_2, "FA", False, False, Trigger.RECEIVE_ACK_OF_FIN),
        (State.FIN_WAIT_2, State.TIME_WAIT, "FA", False, False, Trigger.RECEIVE_FIN),
        (State.FIN_WAIT_2, State.CLOSED, "RA", True, False, Trigger.SEND_RST),
        (State.FIN_WAIT_2, State.CLOSED, "R", False, False, Trigger.RECEIVE_RST),
        (State.FIN_WAIT_2, State.CLOSED, "A", False, True, Trigger.EXPIRE),
        (State.TIME_WAIT, State.CLOSED, "A", True, True, Trigger.TWO_MSL),
        (State.SYN_SENT, State.CLOSED, "S", True, True, Trigger.TIMEOUT),
        (State.SYN_SENT, State.CLOSED, "", False, False, Trigger.RECEIVE_ICMP),
        (State.SYN_RECEIVED, State.LISTEN, "R", False, False, Trigger.RECEIVE_RST_OF_OPENING),
        (State.LAST_ACK, State.CLOSED, "A", False, False, Trigger.RECEIVE_ACK_OF_FIN),
        # the arrival is shown by the receiver's own next segment
        (State.ESTABLISHED, State.CLOSE_WAIT, "PA", True, False, Trigger.RECEIVE_FIN),
        (State.ESTABLISHED, State.TIME_WAIT, "A", True, False, None),
    ],
)
def test_a_step_names_the_row_that_it_took(
    previous: State, state: State, flags: str, *, sent: bool, timer: bool, event: Trigger | None
) -> None:
    assert step(previous, state, flags, sent=sent, timer=timer) is event
