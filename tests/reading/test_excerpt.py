"""Frames of connections that are read again are taken out once, and their payload is read from there."""

import pytest
from comparing import analysed
from examples_of_traffic import generated

import tcpexplain
from tcpexplain.analysis.memory import Arrays
from tcpexplain.native.library import library
from tcpexplain.reading import excerpt, single
from tcpexplain.reading.listening import payloads_among, payloads_of
from tcpexplain.reports import json

pytestmark = pytest.mark.skipif(library() is None, reason="there is no machine code of these sources: make native")


@pytest.fixture
def path(tmp_path, monkeypatch):
    """A capture that does not fit into memory, of whose connections some have to be looked for again."""
    monkeypatch.setenv("TCPEXPLAIN_COMPILED", "1")
    monkeypatch.setattr("tcpexplain.reading.read.HELD_BACK", 100)
    for name, value in {"FOLDED": 1000, "BUDGET": 1500, "QUIET": (300_000_000, 50_000_000, 10_000_000, 0)}.items():
        monkeypatch.setattr(f"tcpexplain.analysis.analysis.{name}", value)
    return generated(tmp_path / "x.pcap", "web", packets=9000)


def some_again(path):
    """Every seventh connection that has left memory, brought back."""
    first = analysed(path, Arrays(), every=False, tell=False)
    gone = [stream for stream in range(first.streams) if not first.has_all(stream)][::7]
    flags = [int(one in gone) for one in range(max(gone) + 1)]
    return gone, single.read_again([path], None, None, None, first, flags, frames=True)


def test_it_has_the_payload_that_the_capture_has(path):
    gone, found = some_again(path)
    wanted = [one.packet for stream in gone for one in found.segments_of(stream) if one.length]
    assert len(wanted) > 100
    told = dict(payloads_among(found.excerpt.of_file(0), wanted))
    assert told == dict(payloads_of(path, None, None, wanted, Arrays()))
    assert any(told.values())


def test_whoever_needs_no_payload_holds_none(path):
    first = analysed(path, Arrays(), every=False, tell=False)
    (gone, *_) = [stream for stream in range(first.streams) if not first.has_all(stream)]
    found = single.read_again([path], None, None, None, first, [0] * gone + [1])
    assert found.excerpt is None
    assert len(found.segments_of(gone)) == first.rows["packets"][gone]


def test_one_that_grows_too_large_is_let_go(path, monkeypatch):
    monkeypatch.setattr(excerpt, "MOST", 10_000)
    gone, found = some_again(path)
    assert found.excerpt is None
    assert all(found.segments_of(stream) for stream in gone)


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_is_told_is_the_same_without_it(path, jobs, monkeypatch, capsys):
    passes = []
    monkeypatch.setattr(
        "tcpexplain.reading.listening.payloads_of", lambda *given: passes.append(given) or payloads_of(*given)
    )
    told = []
    for most in (excerpt.MOST, 0):
        monkeypatch.setattr(excerpt, "MOST", most)
        json.write(tcpexplain.read(path, jobs=jobs), None)
        told.append((capsys.readouterr().out, len(passes)))
    assert told[0][0] == told[1][0]
    assert told[0][0].count("\n") > 100
    assert [count > 0 for _, count in told] == [False, True]
