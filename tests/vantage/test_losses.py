"""A file that says of itself that it lacks packets: what is missing in it proves nothing."""

from __future__ import annotations

from pathlib import Path
from struct import pack

import pytest
from pcapfiles import taken

import tcpexplain

CAPTURES = Path(__file__).parents[2] / "captures"


def block(kind, body):
    body += bytes(-len(body) % 4)
    size = pack("<I", len(body) + 12)
    return pack("<I", kind) + size + body + size


def as_pcapng(path, target, dropped):
    """The capture as pcapng, with the capturing system's own count of dropped packets."""
    link, records = taken(path)
    out = block(0x0A0D0D0A, pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)) + block(1, pack("<HHI", link, 0, 0))
    for nanoseconds, data, wire, _ in records:
        time = nanoseconds // 1000
        out += block(6, pack("<IIIII", 0, time >> 32, time & 0xFFFFFFFF, len(data), wire) + data)
    target.write_bytes(out + block(5, pack("<IIIHHQ", 0, 0, 0, 5, 8, dropped)))
    return target


@pytest.mark.parametrize(
    ("name", "cause"), [("peer-loses-power", "peer-vanished"), ("connect-timed-out", "syn-unanswered")]
)
def test_silence_is_no_proof_where_packets_were_dropped(name, cause, tmp_path):
    path = CAPTURES / name / "capture.pcap"
    (complete,) = tcpexplain.read(as_pcapng(path, tmp_path / "complete.pcapng", 0))
    (lossy,) = tcpexplain.read(as_pcapng(path, tmp_path / "lossy.pcapng", 3))
    assert (complete.cause, complete.missing, lossy.cause) == (cause, (), cause)
    assert lossy.missing == ("drops",)
    assert "dropped packets" in lossy.finding.vantage
    assert lossy.certainty != "certain"


def test_what_was_seen_stays_certain_where_packets_were_dropped(tmp_path):
    path = CAPTURES / "crashed-client-2019" / "capture.pcap"
    (lossy,) = tcpexplain.read(as_pcapng(path, tmp_path / "lossy.pcapng", 3))
    assert (lossy.cause, lossy.certainty) == ("write-after-close", "certain")


def test_a_damaged_file_does_not_show_how_open_connections_went_on(tmp_path):
    path = CAPTURES / "eof-read-never-closed" / "capture.pcap"
    damaged = tmp_path / "damaged.pcap"
    damaged.write_bytes(path.read_bytes()[: taken(path).records[4].start] + b"\xff" * 64)
    (connection,) = tcpexplain.read(damaged)
    assert "end" in connection.missing
    assert connection.cause == "capture-loss"
    assert connection.undecided
