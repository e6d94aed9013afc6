"""Of a very long connection the plain packets in its middle are counted, and what a cause may point at is there."""

from __future__ import annotations

import pytest
from found import analysed
from mess import LINKTYPE_RAW, Mess

import tcpexplain
from tcpexplain.analysis.memory import Arrays, Plain
from tcpexplain.analysis.shown import chosen
from tcpexplain.lab.pcapfile import write_pcap
from tcpexplain.native.library import library

FIRST = LAST = 200
TELLING = 50
MOST = FIRST + TELLING + LAST


@pytest.fixture(autouse=True)
def little_is_shown(monkeypatch):
    for name in ("FIRST", "LAST", "TELLING", "MOST"):
        monkeypatch.setattr(f"tcpexplain.analysis.shown.{name}", globals()[name])
    monkeypatch.setattr("tcpexplain.analysis.analysis.MOST", MOST)


def test_beginning_and_end_are_shown_and_some_of_what_tells_something_between():
    count = 2 * MOST
    places = chosen(count, range(0, count, 2))
    assert places[:FIRST] == list(range(FIRST))
    assert places[-LAST:] == list(range(count - LAST, count))
    assert places[FIRST : FIRST + TELLING] == list(range(FIRST, FIRST + 2 * TELLING, 2))
    assert len(places) == MOST
    assert chosen(MOST, ()) == list(range(MOST))


@pytest.fixture
def long_one(tmp_path):
    """A capture of one connection that sends one segment again amidst many plain ones."""
    rounds = [("answered", 0, 100, 1000)] * MOST
    path = tmp_path / "x.pcap"
    write_pcap(path, Mess([*rounds, ("again", 0, 0, 1000), *rounds]).frames, link_type=LINKTYPE_RAW)
    return path


@pytest.mark.parametrize("memory", [Plain, Arrays])
def test_what_tells_something_stays_in_the_middle(memory, long_one):
    if memory is Arrays and library() is None:
        pytest.skip("there is no machine code of these sources: make native")
    kept = analysed(long_one, memory(), every=True).ended(0).segments
    assert len(kept) == FIRST + 1 + LAST
    assert kept[FIRST].packet == 3 + 2 * MOST + 1


def test_a_connection_says_how_much_of_it_is_not_shown(long_one):
    connection = tcpexplain.read(long_one)[0]
    assert connection.packets == 3 + 4 * MOST + 1
    assert len(connection.segments_seen) == FIRST + 1 + LAST
    assert connection.omitted == connection.packets - len(connection.segments_seen)
    assert connection.omitted_bytes > 0
