"""tshark tells the same segments as our own readers, and our decoder the same fields as tshark."""

import asyncio
import shutil
import subprocess
from io import BytesIO
from pathlib import Path

import pytest
from forged import DATA, HIGH, LOW, PACKETS, ethernet, ipv4, pcap

from tcpexplain.errors import CaptureError, TcpexplainError
from tcpexplain.readers import open_capture, open_stream
from tcpexplain.wire.headers import decode
from tcpexplain.wire.segment import HAS_MSS, HAS_TIMESTAMP, Key, Segment
from tcpexplain.wire.skipped import ARP, SEGMENT

pytestmark = [pytest.mark.needs("tshark"), pytest.mark.skipif(not shutil.which("tshark"), reason="no tshark in PATH")]

CAPTURES = Path(__file__).parents[2] / "captures"
CRASHED = CAPTURES / "crashed-client-2019" / "capture.pcap"

MASK = 0xFFFFFFFF


def segments(capture):
    """Packet number -> what the decoder says."""
    s, found = Segment(), {}
    for frames in capture:
        for n in range(frames.count):
            if (
                decode(frames.buffer, frames.start[n], frames.captured[n], frames.wire[n], frames.link[n], s, Key())
                == SEGMENT
            ):
                # A record holds numbers of 32 bits as signed ones.
                stamps = (s.ts_val & MASK, s.ts_ecr & MASK) if s.options & HAS_TIMESTAMP else (None, None)
                found[int(frames.packet[n])] = (
                    s.seq & MASK,
                    s.ack & MASK,
                    s.length,
                    s.window,
                    s.flags,
                    *stamps,
                    s.options & HAS_MSS > 0,
                    s.ttl,
                )
    return found


FIELDS = [
    "frame.number",
    "tcp.seq_raw",
    "tcp.ack_raw",
    "tcp.len",
    "tcp.window_size_value",
    "tcp.flags",
    "tcp.options.timestamp.tsval",
    "tcp.options.timestamp.tsecr",
    "tcp.options.mss_val",
    "ip.ttl",
]


def told_by_tshark(path):
    command = ["tshark", "-n", "-r", str(path), "-Y", "tcp and not icmp and not icmpv6", "-T", "fields"]
    output = subprocess.run(
        [*command, *(part for field in FIELDS for part in ("-e", field))], capture_output=True, text=True, check=True
    )
    rows = [[int(cell, 0) if cell else None for cell in line.split("\t")] for line in output.stdout.splitlines()]
    return {number: (*row[:4], row[4] & 0xFF, *row[5:7], row[7] is not None, row[8]) for number, *row in rows}


@pytest.mark.parametrize("path", sorted(CAPTURES.glob("*/capture.pcap"))[::6], ids=lambda path: path.parent.name)
def test_our_decoder_and_tshark_agree_on_every_segment(path):
    assert segments(open_capture(path)) == told_by_tshark(path) != {}


def test_the_reader_gives_the_segments_of_our_own():
    capture = open_capture(CRASHED, "tshark")
    assert segments(capture) == segments(open_capture(CRASHED))
    assert (capture.format, capture.warnings) == ("tshark", [])


def test_it_works_inside_a_running_loop():
    async def inside():
        return sum(frames.count for frames in open_capture(CRASHED, "tshark"))

    assert asyncio.run(inside()) == 9


def test_it_can_be_left_in_the_middle():
    frames = iter(open_capture(CRASHED, "tshark"))
    assert next(frames).count
    frames.close()


def test_a_stream_is_put_aside_for_tshark_and_other_protocols_keep_their_names():
    data = pcap([(1, ethernet(ipv4())), (2, ethernet(bytes(28), 0x0806))], link=1)
    (frames,) = open_stream(BytesIO(data), "no such file", "tshark")
    found = [
        decode(frames.buffer, frames.start[n], frames.captured[n], frames.wire[n], frames.link[n], Segment(), Key())
        for n in range(2)
    ]
    assert found == [SEGMENT, ARP]


def test_a_link_type_that_only_tshark_knows():
    header = bytes.fromhex("80211001") + (64).to_bytes(4, "big") + bytes(56)  # AVS, then 802.11 data with LLC and SNAP
    wifi = header + bytes.fromhex("08000000") + bytes(20) + bytes.fromhex("aaaa030000000800") + ipv4(DATA, LOW, HIGH)
    data = pcap([(1_000_000_000, wifi)], link=163)
    with pytest.raises(CaptureError, match="163"):
        list(open_stream(BytesIO(data), "x.pcap"))
    assert [row[:3] for row in segments(open_stream(BytesIO(data), "no such file", "tshark")).values()] == [
        (DATA.seq, DATA.ack, DATA.length)
    ]


def test_what_tshark_cannot_read_is_an_error_with_its_words():
    with pytest.raises(CaptureError, match="tshark cannot read") as error:
        list(open_stream(BytesIO(b"hello"), "no such file", "tshark"))
    assert error.value.code == "TE021"
    assert error.value.note


def test_what_tshark_read_before_a_cut_is_used():
    capture = open_stream(BytesIO(pcap(PACKETS)[:-3]), "no such file", "tshark")
    assert sum(frames.count for frames in capture) == len(PACKETS) - 1
    assert [warning.code for warning in capture.warnings] == ["TE021"]


def test_without_tshark_the_help_says_what_to_install(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(TcpexplainError, match="needs the program tshark") as error:
        list(open_capture(CRASHED, "tshark"))
    assert (error.value.code, error.value.exit_status) == ("TE020", 3)
