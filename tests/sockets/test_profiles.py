"""The profiles: rows in the closed vocabulary, every call answered, every row of Linux reached by something real."""

from __future__ import annotations

from pathlib import Path

import pytest
from reach import REACH
from stories import found_in, play

import tcpexplain
from tcpexplain.sockets import CALLS, CONDITIONS, ERROR, POLL_BITS, SHARED, SOFT, names, profile, unpack, worlds

TESTS = Path(__file__).parent.parent
CAPTURES = sorted((TESTS.parent / "captures").glob("*/capture.pcap"))
SYSTEMS = (SHARED, *names())
MEASURED = "linux"
"""The system that `tests/differential` and the lab ask; the others were read."""


@pytest.mark.parametrize("system", SYSTEMS)
def test_rows_use_the_closed_vocabulary_and_name_their_source(system):
    for row in profile(system).rows:
        assert row.call in (*CALLS, *POLL_BITS)
        assert set(row.when) <= set(CONDITIONS)
        assert row.source


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_call_is_answered_whatever_holds(system):
    """The last row of every call asks for nothing, so that there is always one that holds."""
    for call in (*CALLS, *POLL_BITS):
        assert [row for row in profile(system).rows if row.call == call][-1].when == ()


@pytest.mark.parametrize("system", sorted({*names()} - {MEASURED}))
def test_what_nobody_has_measured_says_so(system):
    own = [row for row in profile(system).rows if row not in profile("posix").rows]
    assert own
    assert all("not measured" in row.source or "knows no" in row.source for row in own)


@pytest.mark.parametrize("system", SYSTEMS)
def test_no_row_is_hidden_by_one_before_it(system):
    rows = profile(system).rows
    shared = [row for other in SYSTEMS if other < system or other == "posix" != system for row in profile(other).rows]
    for number, row in enumerate(rows):
        hiding = [other for other in rows[:number] if other.call == row.call and set(other.when) <= set(row.when)]
        if row not in shared:
            assert not hiding, row


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_error_of_the_machine_has_a_name(system):
    assert set(profile(system).errno) == set(range(13))


def rows_used(packed):
    """The rows of Linux that answer for an end in this condition, now and in every world the answer may lead to."""
    found, seen, waiting = set(), set(), list(worlds(unpack(packed)))
    linux, condition = profile("linux"), unpack(packed)
    while waiting:
        world = waiting.pop()
        if world in seen:
            continue
        seen.add(world)
        for call in (*CALLS, *POLL_BITS):
            found.add(next(row for row in linux.rows if row.call == call and world.issuperset(row.when)))
        waiting += [linux._outcome(call, world, condition)[1] for call in ("read", "write", "connect", "so_error")]
    return found


def ask(capture):
    """Look at every prediction: they are made when they are looked at."""
    assert all(event.client.next and event.server.next for connection in capture for event in connection.events)


def test_every_row_of_linux_is_reached_by_a_ladder_or_a_real_capture():
    profile("linux")._next.clear()
    ladders = [ladder for folder in ("machine", "sockets") for _, ladder in found_in(TESTS / folder)]
    for capture in (
        *map(play, ladders),
        *(play(talk().ladder) for talk in REACH.values()),
        *map(tcpexplain.read, CAPTURES),
    ):
        for connection in capture:
            assert all(event.end(side).next for event in connection.events for side in ("client", "server"))
    used = set().union(*(rows_used(packed) for packed in profile("linux")._next))
    assert [row for row in profile("linux").rows if row not in used and not hidden(row)] == []


def hidden(row):
    """Whether an earlier row of Linux holds wherever this row of POSIX does."""
    rows = profile("linux").rows
    earlier = rows[: rows.index(row)]
    return any(other.call == row.call and set(other.when) <= set(row.when) for other in earlier)


def test_outcomes_are_words_of_the_contract():
    words = {"ok", "data", "blocks", "eof", "set", None, ERROR, SOFT}
    for system in SYSTEMS:
        for row in profile(system).rows:
            assert row.outcome in words or row.outcome.removeprefix("WSA").startswith("E")


def test_windows_has_neither_epipe_nor_sigpipe():
    windows = profile("windows")
    assert windows.signal is None
    assert all(row.outcome is None or "EPIPE" not in row.outcome for row in windows.rows)
