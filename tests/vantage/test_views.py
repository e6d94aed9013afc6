"""What is not in the capture may have happened all the same: a view of it leaves verdicts open and turns none around.

``python tests/vantage/retention.py captures`` prints the same as a table, of the large captures, too.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import pytest
from shares import one_of
from vantage.rules import AIMS, LIKELY, MOST, Capture, Judged, Verdict, shows_an_end, side
from vantage.views import ACK, NAMES, ONE_SIDE, RST, SAME, SYN, read, view, write

import tcpexplain as tx

CAPTURES = Path(__file__).parents[2] / "captures"
LARGEST = 1_000_000
"""Bytes; views of more take longer than they tell."""
FILES = [path for path in sorted(CAPTURES.glob("*/*.pcap")) if path.stat().st_size < LARGEST]
LATER = ("vxlan", "gre", "two-sided")
"""Tunnels are not opened yet, and a connection that two files show under two names is two."""
NOW = [name for name in NAMES if name not in LATER]
ENDS = frozenset({("10.0.0.1", 40000), ("10.0.0.2", 80)})
FAILED = Verdict(ENDS, "write-after-close", "failed", "certain", (0, 26), undecided=False)
FINE = FAILED._replace(cause="clean", severity="fine", lost=(0, 0))


@cache
def captures():
    return [Capture(path, str(path.relative_to(CAPTURES).with_suffix(""))) for path in FILES]


@cache
def judged(name):
    """This view of every capture that has it."""
    return [one for one in (capture.judged(name) for capture in captures()) if one]


def misses(name, rule):
    """One line each: the capture, the view, what the full capture says, and what came."""
    broken = ((one, one.crash or getattr(one, rule)) for one in judged(name))
    return [f"{one.capture} {name}: {what}" for one, what in broken if what]


def failing(what, lines, of):
    return "\n".join([f"{what}: {len(lines)} of {of}", *lines])


@pytest.mark.parametrize("name", NOW)
def test_a_view_is_never_certain_of_another_cause(name):
    lines = misses(name, "other_cause")
    assert not lines, failing(f"{name} certain of something else", lines, len(judged(name)))


def test_views_are_hardly_ever_worse():
    lines = [line for name in NOW for line in misses(name, "worse")]
    every = sum(len(judged(name)) for name in NOW)
    assert len(lines) <= WORSE * every, failing("worse", lines, every)


WORSE = 0.005
"""The share of views that may be told as worse than the whole capture is."""


@pytest.mark.parametrize("name", [name for name in SAME if name not in LATER])
def test_the_same_packets_captured_otherwise_give_the_same_verdict(name):
    lines = misses(name, "otherwise")
    assert not lines, failing(f"{name} told otherwise", lines, len(judged(name)))


@pytest.mark.parametrize("name", AIMS)
def test_a_view_does_not_fall_silent(name):
    asked = [one for one in judged(name) if one.shows_an_end]
    lost = [f"{one.capture} {name}: {one.became}" for one in asked if not one.kept]
    enough = len(asked) - len(lost) >= AIMS[name] * len(asked)
    assert enough, failing(f"{name} does not keep cause and severity", lost, len(asked))


@pytest.mark.parametrize("name", AIMS)
def test_a_view_that_keeps_the_cause_is_mostly_at_least_likely(name):
    kept = [one for one in judged(name) if one.shows_an_end and one.kept]
    unsure = [f"{one.capture} {name}: {one.became}" for one in kept if one.certainty == "possible"]
    enough = len(kept) - len(unsure) >= LIKELY * len(kept)
    assert enough, failing(f"{name} only possible", unsure, len(kept))


@pytest.mark.parametrize("path", one_of(2, FILES), ids=lambda path: str(path.relative_to(CAPTURES)))
def test_a_capture_written_again_reads_the_same(path):
    """The control: views differ from the capture by what they leave out, not by how they are written."""
    with tempfile.TemporaryDirectory() as folder:
        (again,) = write("ethernet", view("ethernet", read(path)), Path(folder))
        one, other = tx.read(path), tx.read(again)
        assert len(one) == len(other)
        some = slice(None, None, 1 + len(one) // MOST)
        assert list(map(str, one[some])) == list(map(str, other[some]))


@pytest.mark.parametrize("path", FILES[::10], ids=lambda path: str(path.relative_to(CAPTURES)))
def test_views_leave_out_what_they_say(path):
    full = read(path)
    client, server = (side(full, name) for name in ONE_SIDE)
    assert sorted(one.time for one in [*client, *server]) == sorted(one.time for one in full.tcp)
    with tempfile.TemporaryDirectory() as folder:
        for name in NAMES:
            files = write(name, view(name, full), Path(folder))
            packets = read(files[0]).tcp if files and name not in (*LATER, "pcapng") else []
            if name == "without-syn-ack":
                assert not any(one.has(SYN) and one.has(ACK) for one in packets)
            if name == "rst-only":
                assert all(one.has(RST) for one in packets)
            if name.startswith("any-device"):
                assert len(packets) == len(full.tcp) * int(name[-1])


@pytest.mark.parametrize(
    ("name", "full", "now", "broken"),
    [
        ("late-start-3", FAILED, FAILED._replace(cause="ghost-rst"), {"other_cause"}),
        ("late-start-3", FAILED, FAILED._replace(cause="ghost-rst", certainty="likely"), set()),
        ("late-start-3", FAILED, FINE, {"other_cause"}),
        ("late-start-3", FAILED, FINE._replace(cause="mid-stream"), set()),
        ("late-start-3", FINE, FINE._replace(cause="mid-stream", severity="suspicious"), {"other_cause", "worse"}),
        ("late-start-3", FINE, FAILED._replace(certainty="possible"), {"worse"}),
        ("early-stop-1", FAILED, FINE, set()),
        ("pcapng", FAILED, FAILED._replace(certainty="likely"), set()),
        ("pcapng", FAILED, FAILED._replace(lost=(0, 27)), {"otherwise"}),
        ("snap-headers", FAILED, FAILED._replace(lost=(0, 27)), set()),
    ],
)
def test_rules_hold_where_less_is_claimed_and_break_where_more_is(name, full, now, broken):
    one = Judged("one", name, [full], [now])
    assert {rule for rule in ("other_cause", "worse", "otherwise") if getattr(one, rule)} == broken


def test_an_end_shows_in_one_direction_by_a_reset_or_by_what_is_sent_again():
    def shown(folder, name):
        return shows_an_end(side(read(CAPTURES / folder / "capture.pcap"), name))

    assert shown("crashed-client-2019", "client-side-only")
    assert not shown("crashed-client-2019", "server-side-only")
    assert shown("connect-timed-out", "client-side-only")
    assert not shown("one-request-per-connection", "client-side-only")
