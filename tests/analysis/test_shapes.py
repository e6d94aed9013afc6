"""What several connections of one server show where no protocol is known: that the last message of one was cut."""

from __future__ import annotations

from io import BytesIO
from struct import pack

import pytest
from pcapfiles import Record, written

import tcpexplain
from tcpexplain.analysis.analysis import Analysis
from tcpexplain.live.watch import Watch
from tcpexplain.readers import open_stream
from tcpexplain.reading.tap import MessageTap
from tcpexplain.units import NANOSECOND

CLIENT, SERVER = 0x0A000001, 0x0A000002
FIN, SYN, ACK, PUSH = 1, 2, 16, 24
MILLISECOND = NANOSECOND // 1000


class Wire:
    """Packets of connections one after the other."""

    def __init__(self, port: int = 9000) -> None:
        self.packets: list[Record] = []
        self.now, self.port, self.calls = 1_700_000_000 * NANOSECOND, port, 0

    def talk(self, *says: tuple[int, bytes], first: int = 0, pause: int = 0) -> Wire:
        """One connection in which the ends (0: client) say things, and the end ``first`` closes first, after a pause (ns)."""
        self.calls += 1
        seq = [1000, 5000]

        def send(side: int, flags: int, data: bytes = b"") -> None:
            self.now += MILLISECOND
            here, there = (CLIENT, 40000 + self.calls), (SERVER, self.port)
            if side:
                here, there = there, here
            head = pack(">BBHHHBBHII", 0x45, 0, 40 + len(data), 1, 0x4000, 64, 6, 0, here[0], there[0])
            ack = seq[1 - side] if flags & ACK else 0
            tcp = pack(">HHIIBBHHH", here[1], there[1], seq[side], ack, 0x50, flags, 8192, 0, 0)
            frame = bytes(12) + b"\x08\0" + head + tcp + data
            self.packets.append(Record(self.now, frame, len(frame)))
            seq[side] += len(data) + bool(flags & (SYN | FIN))

        for side, flags in ((0, SYN), (1, SYN | ACK), (0, ACK)):
            send(side, flags)
        for side, data in says:
            send(side, PUSH, data)
            send(1 - side, ACK)
        self.now += pause
        for side, flags in ((first, FIN | ACK), (1 - first, ACK), (1 - first, FIN | ACK), (first, ACK)):
            send(side, flags)
        return self

    def alike(self, count: int, *says: tuple[int, bytes], first: int = 0) -> Wire:
        """So many connections that say the same."""
        for _ in range(count):
            self.talk(*says, first=first)
        return self


ASKS, SAYS = (0, b"stock 4711\n"), (1, b"4711: twelve\nof them in Ghent\n")
HALF, HALF_ASKED = (1, b"4711: twelve\nof th"), (0, b"stock 4")
SHORT, RECORD = (1, b"\1\0\2\0"), (1, bytes(range(200, 240)))
BINARY = (0, b"\3\3\3\3"), SHORT, RECORD
"""A request; an answer in two segments."""


def found(tmp_path, wire: Wire, snap: int = 262144, **options: object) -> list[tuple[str, str]]:
    """Cause and certainty of each connection."""
    packets = [Record(one.time, one.data[:snap], one.wire) for one in wire.packets]
    capture = tcpexplain.read(written(tmp_path / "a.pcap", packets), **options)
    return [(one.cause, one.certainty) for one in capture]


CUTS = {
    "answer": (Wire().alike(6, ASKS, SAYS).talk(ASKS, HALF, first=1), "answer-cut-short"),
    "later answer": (Wire().alike(6, ASKS, SAYS).talk(ASKS, SAYS, ASKS, HALF, first=1), "answer-cut-short"),
    "request": (Wire().alike(6, ASKS, SAYS).talk(ASKS, SAYS, HALF_ASKED), "request-cut-short"),
    "record": (Wire().alike(6, *BINARY, *BINARY).talk(*BINARY, *BINARY[:2], first=1), "answer-cut-short"),
}


@pytest.mark.parametrize("name", CUTS)
@pytest.mark.parametrize("compiled", ["0", "1"])
def test_what_stops_before_the_shape_that_all_others_have_was_cut(tmp_path, monkeypatch, name, compiled):
    monkeypatch.setenv("TCPEXPLAIN_COMPILED", compiled)
    wire, cause = CUTS[name]
    *others, last = found(tmp_path, wire)
    assert set(others) == {("clean", "certain")}
    assert last == (cause, "likely")


@pytest.mark.parametrize("name", CUTS)
def test_it_makes_no_difference_how_it_is_read(tmp_path, name):
    wire, cause = CUTS[name]
    half = len(wire.packets) // 2
    parts = [
        written(tmp_path / f"{place}.pcap", part)
        for place, part in enumerate((wire.packets[:half], wire.packets[half:]))
    ]
    for jobs in (1, 2):
        assert tcpexplain.read(parts, jobs=jobs)[-1].cause == cause
    data = written(tmp_path / "a.pcap", wire.packets).read_bytes()
    assert tcpexplain.read([open_stream(BytesIO(data), "pipe")])[-1].cause == cause
    assert tcpexplain.read(tmp_path / "a.pcap", messages="none")[-1].cause == "clean"
    told = []
    analysis = Analysis()
    analysis.tap = MessageTap()
    for frames in open_stream(BytesIO(data), "live"):
        analysis.feed(frames)
    Watch(analysis, lambda connection, _: told.append(connection.cause)).finish()
    assert told == ["clean"] * (len(told) - 1) + [cause]


NEAR = {
    "four others are too few": Wire().alike(4, ASKS, SAYS).talk(ASKS, HALF, first=1),
    "one other ends its answer differently": Wire().alike(6, ASKS, SAYS).talk(ASKS, HALF).talk(ASKS, HALF, first=1),
    "texts that last until the close": Wire().alike(6, ASKS, SAYS, first=1).talk(ASKS, HALF, first=1),
    "prompts": Wire().alike(6, ASKS, (1, b"ok\n> "), ASKS, SAYS).talk(ASKS, HALF, first=1),
    "the client left": Wire().alike(6, ASKS, SAYS).talk(ASKS, HALF, first=0),
    "three of nine": Wire().alike(6, ASKS, SAYS).alike(3, ASKS, HALF, first=1),
    "bytes that are no text": Wire().alike(6, ASKS, (1, b"\0\1\n")).talk(ASKS, (1, b"\0\1\2"), first=1),
    "it closed long after": Wire().alike(6, ASKS, SAYS).talk(ASKS, HALF, first=1, pause=60 * NANOSECOND),
    "a shorter answer of another kind": Wire()
    .alike(6, *BINARY, *BINARY)
    .talk(*BINARY, BINARY[0], (1, b"\2\0"), first=1),
    "answers of several lengths": Wire()
    .alike(6, *BINARY, *BINARY)
    .talk(*BINARY, RECORD)
    .talk(*BINARY, *BINARY[:2], first=1),
}


@pytest.mark.parametrize("name", NEAR)
@pytest.mark.parametrize("compiled", ["0", "1"])
def test_near_misses_are_told_as_they_were(tmp_path, monkeypatch, name, compiled):
    monkeypatch.setenv("TCPEXPLAIN_COMPILED", compiled)
    assert {cause for cause, _ in found(tmp_path, NEAR[name])} == {"clean"}


def test_a_line_whose_end_the_snap_length_cut_is_no_line_that_was_cut(tmp_path):
    wire = Wire().alike(6, ASKS, SAYS).talk(ASKS, SAYS, first=1)
    assert {cause for cause, _ in found(tmp_path, wire, snap=70)} == {"clean"}


def test_what_all_others_have_in_common_is_said_and_no_byte_of_it(tmp_path):
    wire, _ = CUTS["answer"]
    finding = tcpexplain.read(written(tmp_path / "a.pcap", wire.packets))[-1].finding
    assert "All 6 other connections to this server" in finding.why
    assert "Ghent" not in repr(finding)
    assert "clean" in finding.alternatives
