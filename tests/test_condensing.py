"""Long connections whose settled segments have left memory end like those that kept them all."""

from __future__ import annotations

import pytest
from examples_of_traffic import generated
from found import SCRATCH, analysed, told
from mess import LINKTYPE_RAW, Mess

from tcpexplain import analyse
from tcpexplain.analyse import Analysis
from tcpexplain.lab.pcapfile import write_pcap

ROOM = 1500
"""Segments."""


def words(analysis):
    """What was found, numbers modulo 2**32: sequence numbers are held with a sign by arrays."""
    for record in told(analysis, without=SCRATCH):
        yield {name: value % 2**32 for name, value in record.items()}


@pytest.fixture(autouse=True)
def little_room(monkeypatch):
    monkeypatch.setattr(analyse, "BUDGET", ROOM)
    monkeypatch.setattr(analyse, "LONG", 140)
    monkeypatch.setattr(Analysis, "let_go", lambda _: 0)


@pytest.mark.parametrize("mix", ["web", "pool"])
def test_facts_and_resets_are_the_same(mix, tmp_path):
    path = generated(tmp_path / "x.pcap", mix, packets=20_000)
    whole, condensed = analysed(path, tell=True), analysed(path, tell=False)
    gone = condensed.segments - sum(int(row.kept) for row in condensed.rows[: condensed.streams])
    assert gone > condensed.segments // 2 if mix == "pool" else gone >= 0
    for expected, found in zip(words(whole), words(condensed), strict=True):
        assert found == expected


class Lossy(Mess):
    """A long connection that sends something again every few segments."""

    def __init__(self, rounds):
        usual = [("answered", 0, 100, 1000), ("answered", 1, 100, 1000)] * 6
        super().__init__(([*usual, ("again", 1, 0, 1000), ("echo", 0, 0, 1000)]) * rounds)


def test_what_is_left_beside_stretches_is_condensed_too(tmp_path, monkeypatch):
    path = tmp_path / "x.pcap"
    write_pcap(path, Lossy(200).frames, link_type=LINKTYPE_RAW)
    whole = analysed(path, tell=True)
    monkeypatch.setattr(analyse, "FOLDED", 0)
    condensed = analysed(path, tell=False)
    row = condensed.rows[0]
    assert row.held
    assert row.stretch
    assert row.gone > row.packets * 0.8
    assert len(condensed.pool) < ROOM * 2
    for expected, found in zip(words(whole), words(condensed), strict=True):
        assert found == expected


def test_ten_times_the_packets_take_no_more_room(tmp_path):
    rooms = [
        len(analysed(generated(tmp_path / f"{n}.pcap", "pool", packets=n), tell=False).pool) for n in (10_000, 100_000)
    ]
    assert rooms[1] <= rooms[0] * 1.1


def test_what_was_condensed_is_read_again_when_it_is_shown(tmp_path):
    import tcpexplain

    path = generated(tmp_path / "x.pcap", "pool", packets=20_000)
    condensed = tcpexplain.read(path)[0]
    assert condensed.omitted == 0
    assert len(condensed.segments_seen) == condensed.packets
    assert condensed.events
