"""One connection takes no more than its share of memory, however long it goes on and whoever asks for it; what is not looked at is said.

...   what is settled goes, and changes nothing: the connection is shown with its beginning and its end
...   of what is never settled (repeated, out of order, unanswered) the middle goes, and with it what was certain
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from found import SCRATCH, analysed, told
from mess import LINKTYPE_RAW, Mess

import tcpexplain
from tcpexplain.analysis.memory import Arrays, Plain
from tcpexplain.lab.pcapfile import write_pcap
from tcpexplain.native.library import library
from tcpexplain.story import story
from tcpexplain.wire.segment import RST

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SHARE = 300
"""Segments."""
LONG = 3 * SHARE


@pytest.fixture(autouse=True)
def small_share(monkeypatch):
    monkeypatch.setattr("tcpexplain.analysis.shortened.SHARE", SHARE)
    monkeypatch.setattr("tcpexplain.analysis.analysis.BUDGET", SHARE)


@pytest.fixture(params=[Plain, Arrays])
def memory(request):
    if request.param is Arrays and library() is None:
        pytest.skip("there is no machine code of these sources: make native")
    return request.param


def written(path: Path, rounds: Iterable[tuple[str, int, int, int]]) -> Path:
    """A capture of one connection."""
    write_pcap(path, Mess(list(rounds)).frames, link_type=LINKTYPE_RAW)
    return path


@pytest.fixture
def settled(tmp_path):
    """An end sends, the other acknowledges, for ever; then it sends something again."""
    return written(tmp_path / "settled.pcap", [*[("answered", 0, 100, 1000)] * LONG, ("again", 0, 0, 1000)])


@pytest.fixture
def unsettled(tmp_path):
    """An end sends the same again and again; nothing answers."""
    return written(tmp_path / "unsettled.pcap", [("answered", 0, 100, 1000), *[("again", 0, 0, 1000)] * LONG])


def without_times(analysis):
    return list(told(analysis, without=SCRATCH))


def test_what_is_settled_goes_and_nothing_is_lost(memory, settled, monkeypatch):
    shortened = analysed(settled, memory(), every=True)
    assert len(shortened.pool) < 3 * SHARE
    assert not shortened.rows[0].omitted
    monkeypatch.setattr("tcpexplain.analysis.shortened.SHARE", 1 << 30)
    whole = analysed(settled, memory(), every=True)
    assert len(whole.pool) > LONG
    assert without_times(shortened) == without_times(whole)
    one, other = shortened.ended(0), whole.ended(0)
    assert list(one.steps) == list(other.steps)
    assert [segment.packet for segment in one.segments[:100]] == list(range(1, 101))
    assert one.segments[-1].packet == other.segments[-1].packet


@pytest.mark.parametrize("how", [{}, {"every": True}, {"jobs": 2, "every": True}], ids=["read again", "every", "jobs"])
def test_it_is_shown_with_its_beginning_and_its_end(how, settled):
    connection = tcpexplain.read(settled, **how)[0]
    assert connection.packets == len(connection.segments_seen) + connection.omitted
    assert [packet.flags for packet in connection.segments_seen[:3]] == ["S", "SA", "A"]
    assert connection.segments_seen[-1].retransmission
    states = [row.client.state for row in story(connection) if row.client.state]
    assert states[:2] == ["SYN-SENT", "ESTABLISHED"]


def test_of_what_is_never_settled_the_middle_goes_and_is_counted(memory, unsettled):
    found = analysed(unsettled, memory(), every=True)
    row = found.rows[0]
    assert row.kept <= SHARE
    assert row.omitted == row.packets - row.kept
    assert len(found.pool) < 3 * SHARE


def test_what_was_not_looked_at_is_said_and_nothing_is_certain_of_it(unsettled):
    connection = tcpexplain.read(unsettled)[0]
    assert "middle" in connection.missing
    assert connection.certainty != "certain"
    assert connection.packets == len(connection.segments_seen) + connection.omitted


def test_no_silence_is_made_of_what_was_not_looked_at(unsettled):
    assert not [row for row in story(tcpexplain.read(unsettled)[0]) if row.kind == "silence"]


def test_the_first_resets_of_the_middle_stay(memory, tmp_path):
    repeated = [("again", 0, 0, 1000)] * SHARE
    path = written(tmp_path / "x.pcap", [("answered", 0, 100, 1000), *repeated, ("reset", 1, 0, 1000), *repeated * 3])
    assert any(one.flags & RST for one in analysed(path, memory(), every=True).segments_of(0))


@pytest.mark.parametrize("kind", ["settled", "unsettled"])
def test_files_and_threads_say_the_same(kind, request, tmp_path):
    path = request.getfixturevalue(kind)
    data, size = path.read_bytes(), 16
    cut, packets = 24, (path.stat().st_size - 24) // 2
    while cut < packets:
        cut += size + int.from_bytes(data[cut + 8 : cut + 12], "little")
    halves = [tmp_path / "1.pcap", tmp_path / "2.pcap"]
    halves[0].write_bytes(data[:cut])
    halves[1].write_bytes(data[:24] + data[cut:])
    one, two, three = (tcpexplain.read(what, jobs=jobs)[0] for what, jobs in ((path, 1), (path, 2), (halves, 1)))
    for other in (two, three):
        assert (other.cause, other.certainty, other.missing, other.packets) == (
            one.cause,
            one.certainty,
            one.missing,
            one.packets,
        )
