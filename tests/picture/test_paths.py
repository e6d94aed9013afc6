"""The ways of both ends, and the notes on them."""

from dataclasses import replace
from pathlib import Path

import pytest
from examples import connection, crashed_client

import tcpexplain
from tcpexplain.machine.transitions import State
from tcpexplain.model.calls import Packet
from tcpexplain.picture.paths import moves, remarks, state, visited
from tcpexplain.picture.places import END


def test_each_step_of_each_end_is_one_move_with_its_packet():
    taken = {
        (move.side, str(move.previous), str(move.state)): (move.words, move.numbers)
        for move in moves(crashed_client()[0])
    }
    assert taken == {
        ("client", "CLOSED", "SYN-SENT"): ("SYN out", ("1",)),
        ("client", "SYN-SENT", "ESTABLISHED"): ("SYN ACK in", ("2",)),
        ("client", "ESTABLISHED", "FIN-WAIT-1"): ("FIN out", ("6",)),
        ("client", "FIN-WAIT-1", "FIN-WAIT-2"): ("ACK in", ("7",)),
        ("client", "FIN-WAIT-2", "CLOSED"): ("RST out", ("9",)),
        ("server", "LISTEN", "SYN-RECEIVED"): ("SYN in", ("1",)),
        ("server", "SYN-RECEIVED", "ESTABLISHED"): ("ACK in", ("3",)),
        ("server", "ESTABLISHED", "CLOSE-WAIT"): ("FIN in", ("6",)),
        ("server", "CLOSE-WAIT", "CLOSED"): ("RST in", ("9",)),
    }


def test_a_connect_that_an_icmp_error_ended_says_so():
    syn = crashed_client()[0].events[0]
    gone = replace(
        syn,
        packet=2,
        client=replace(syn.client, previous="SYN-SENT", state="CLOSED"),
        server=replace(syn.server, previous="LISTEN", state="LISTEN"),
    )
    error = Packet(2, 0.01, "client", "S", 0, None, 0, 0, icmp="host unreachable")
    assert [move.words for move in moves(connection((error,), (gone,)))] == ["ICMP error in"]


def test_a_step_taken_twice_is_one_move_with_both_packets():
    crashed = crashed_client()[0]
    twice = connection((), (*crashed.events, *crashed.events))
    assert next(move for move in moves(twice) if move.words == "SYN out").numbers == ("1", "1")


def test_the_places_of_an_end_begin_where_it_started():
    been = visited(crashed_client()[0])
    assert been["client"][0] is State.CLOSED
    assert been["server"] == (State.LISTEN, State.SYN_RECEIVED, State.ESTABLISHED, State.CLOSE_WAIT, END)


def test_notes_tell_who_closed_what_could_be_read_and_how_it_ended():
    told = {
        (remark.side, remark.place): [note.text for note in remark.notes] for remark in remarks(crashed_client()[0])
    }
    assert told["client", State.FIN_WAIT_1] == ["close() or exit"]
    assert "next write → EPIPE + SIGPIPE" in told["server", END]
    assert "next write → ok" in told["server", State.CLOSE_WAIT]


CAPTURES = Path(__file__).parents[2] / "captures"


def read_one(name):
    (one,) = tcpexplain.read(CAPTURES / name / "capture.pcap")
    return one


def test_a_closed_window_is_noted_at_its_state():
    told = {(remark.side, remark.place): remark.notes for remark in remarks(read_one("zero-window"))}
    assert "window 0 (#7)" in [note.text for note in told["server", State.ESTABLISHED]]


@pytest.mark.parametrize(
    ("name", "side", "before", "after", "words", "kind"),
    [
        ("forged-reset-exact", "client", State.ESTABLISHED, State.CLOSED, "forged RST in", "reset"),
        ("forged-reset-in-window", "client", State.ESTABLISHED, State.ESTABLISHED, "forged RST ignored", "ignored"),
        ("forged-reset-out-of-window", "client", State.ESTABLISHED, State.ESTABLISHED, "forged RST ignored", "ignored"),
        ("two-writes-without-pause", "client", State.CLOSED, State.CLOSED, "RST ignored", "ignored"),
    ],
)
def test_forged_and_ignored_resets_are_drawn(name, side, before, after, words, kind):
    taken = {(move.side, move.previous, move.state, move.words, move.kind) for move in moves(read_one(name))}
    assert (side, before, after, words, kind) in taken


def test_an_error_that_is_given_once_is_noted_once_in_a_state():
    for remark in remarks(read_one("forged-reset-exact")):
        assert sum("ECONNRESET" in note.text for note in remark.notes) <= 1


def test_errors_are_told_first():
    ranks = [remark.rank for remark in remarks(crashed_client()[0])]
    assert ranks == sorted(ranks)
    assert ranks[0] == 0


def test_without_events_there_is_nothing_to_draw():
    empty = connection((), ())
    assert (moves(empty), remarks(empty), visited(empty)) == ((), (), {"client": (), "server": ()})


def test_every_state_is_found_by_its_spelling():
    assert [state(str(member)) for member in State] == list(State)
