"""Long connections whose settled segments have left memory end like those that kept them all."""

from __future__ import annotations

import pytest
from examples_of_traffic import generated
from found import SCRATCH, analysed, told
from mess import LINKTYPE_RAW, Mess

import tcpexplain
from tcpexplain.analysis.analysis import Analysis
from tcpexplain.analysis.memory import Plain
from tcpexplain.analysis.telling import TELLING
from tcpexplain.diagnosis.assemble import connection_now
from tcpexplain.lab.pcapfile import write_pcap
from tcpexplain.readers import open_capture, open_stream
from tcpexplain.story import story
from tcpexplain.wire.segment import MARK_RETRANSMISSION, SYN

ROOM = 1500
"""Segments."""


def words(analysis):
    """What was found, numbers modulo 2**32: sequence numbers are held with a sign by arrays."""
    for record in told(analysis, without=SCRATCH):
        yield {name: value % 2**32 for name, value in record.items()}


def assert_same_words(one, other):
    for expected, found in zip(words(one), words(other), strict=True):
        assert found == expected


@pytest.fixture(autouse=True)
def little_room(monkeypatch):
    monkeypatch.setattr("tcpexplain.analysis.analysis.BUDGET", ROOM)
    monkeypatch.setattr("tcpexplain.analysis.analysis.LONG", 140)
    monkeypatch.setattr(Analysis, "let_go", lambda _: 0)


@pytest.mark.parametrize("mix", ["web", "pool"])
def test_facts_and_resets_are_the_same_of_a_file_and_of_a_pipe(mix, tmp_path, monkeypatch):
    monkeypatch.setattr(Analysis, "begin_folding", lambda _: False)
    path = generated(tmp_path / "x.pcap", mix, packets=6_000)
    whole, *both = analysed(path, every=True), analysed(path, tell=False), analysed(path, tell=True)
    for condensed in both:
        gone = condensed.segments - sum(int(row.kept) for row in condensed.rows[: condensed.streams])
        assert gone > condensed.segments // 2 if mix == "pool" else gone >= 0
        assert_same_words(whole, condensed)


class Lossy(Mess):
    """A long connection that sends something again every few segments."""

    def __init__(self, rounds):
        usual = [("answered", 0, 100, 1000), ("answered", 1, 100, 1000)] * 6
        super().__init__(([*usual, ("again", 1, 0, 1000), ("echo", 0, 0, 1000)]) * rounds)


def test_what_is_left_beside_stretches_is_condensed_too(tmp_path, monkeypatch):
    path = tmp_path / "x.pcap"
    write_pcap(path, Lossy(200).frames, link_type=LINKTYPE_RAW)
    whole = analysed(path, every=True)
    monkeypatch.setattr("tcpexplain.analysis.analysis.FOLDED", 0)
    monkeypatch.setattr(Plain, "worth_folding", 0)
    condensed = analysed(path, tell=False)
    row = condensed.rows[0]
    assert row.held
    assert row.stretch
    assert row.gone > row.packets * 0.8
    assert len(condensed.pool) < ROOM * 2
    assert_same_words(whole, condensed)


def test_short_connections_of_plain_code_are_folded_once_room_runs_short(tmp_path, monkeypatch):
    monkeypatch.setattr("tcpexplain.analysis.analysis.LONG", 1 << 30)
    path = generated(tmp_path / "x.pcap", "pool", packets=6_000)
    whole, folded = analysed(path, every=True), analysed(path, tell=False)
    assert len(folded.pool) <= 2 * ROOM
    assert_same_words(whole, folded)


@pytest.mark.needs("time")
@pytest.mark.parametrize("tell", [False, True], ids=["file", "pipe"])
def test_ten_times_the_packets_take_no_more_room(tell, tmp_path):
    rooms = [
        len(analysed(generated(tmp_path / f"{n}.pcap", "pool", packets=n), tell=tell).pool) for n in (40_000, 400_000)
    ]
    assert rooms[1] <= rooms[0] * 1.1


def test_what_was_condensed_is_read_again_when_it_is_shown(tmp_path):
    path = generated(tmp_path / "x.pcap", "pool", packets=6_000)
    condensed = tcpexplain.read(path)[0]
    assert condensed.omitted == 0
    assert len(condensed.segments_seen) == condensed.packets
    assert condensed.events


def test_of_a_pipe_the_packets_that_causes_speak_of_stay(tmp_path):
    path = tmp_path / "x.pcap"
    write_pcap(path, Lossy(200).frames, link_type=LINKTYPE_RAW)
    whole, piped = analysed(path, every=True), analysed(path, tell=True)
    kept, every = piped.left_of(0), whole.segments_of(0)
    assert piped.rows[0].gone > len(every) // 2
    assert [one.packet for one in kept] == sorted({one.packet for one in kept})
    assert kept[0].packet == every[0].packet
    assert kept[-1].packet == every[-1].packet
    told = kept[: piped.rows[0].told]
    assert len(told) == TELLING
    assert all(one.flags & SYN or one.mark & MARK_RETRANSMISSION for one in told)


def test_a_long_live_connection_is_told_as_if_all_of_it_were_there(tmp_path):
    path = tmp_path / "x.pcap"
    write_pcap(path, Lossy(200).frames, link_type=LINKTYPE_RAW)
    told = []
    for every in (True, False):
        analysis = Analysis(every=every)
        for frames in open_capture(path):
            analysis.feed(frames)
        connection = connection_now(analysis, 0)
        assert bool(analysis.rows[0].gone) != every
        told.append(
            (connection.cause, connection.final, connection.packets, connection.bytes, connection.events[-1].packet)
        )
    assert told[0] == told[1]


def test_the_ladder_of_a_pipe_counts_the_packets_it_does_not_hold(tmp_path):
    path = tmp_path / "x.pcap"
    write_pcap(path, Lossy(200).frames, link_type=LINKTYPE_RAW)
    with path.open("rb") as file:
        connection = tcpexplain.read([open_stream(file, "standard input")])[0]
    assert connection.omitted > connection.packets // 2
    assert sum(row.count for row in story(connection)) == connection.packets
    lengths = sum(segment.length for segment in connection.segments_seen if not segment.retransmission)
    assert connection.omitted_bytes + lengths == sum(ledger.sent for ledger in connection.bytes.values())
