"""What tcpdump, tshark and Wireshark print of a capture has the answer of the capture, however it was pasted."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import tcpexplain as tx
from tcpexplain.errors import CaptureError

PRINTED = Path(__file__).parent / "printed"
CAPTURES = Path(__file__).parents[2] / "captures"
CRASHED = CAPTURES / "crashed-client-2019" / "capture.pcap"
MANNERS = sorted(path.name for path in PRINTED.glob("tcpdump*.txt"))
"""What tcpdump printed of it, by its options; version 3's form by hand."""


def answer(path):
    """Of every connection its cause, what the application sees, and the bytes."""
    capture = tx.read(path)
    ledgers = [{side: (one.sent, one.lost) for side, one in connection.bytes.items()} for connection in capture]
    return [(c.cause, c.finding.sees, bytes_) for c, bytes_ in zip(capture, ledgers, strict=True)]


@pytest.mark.parametrize("name", MANNERS)
def test_text_of_tcpdump_is_read_in_every_manner(name):
    assert answer(PRINTED / name) == answer(CRASHED)


@pytest.mark.parametrize("name", ["icmp-n.txt", "icmp-nv.txt"])
def test_an_icmp_error_is_about_the_segment_that_drew_it(name):
    assert answer(PRINTED / name) == answer(CAPTURES / "icmp-refuses-connect" / "capture.pcap")


@pytest.mark.parametrize(
    "dress",
    [
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.encode("utf-16"),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: "".join(f"> {line}\n" for line in text.splitlines()).encode(),
        lambda text: (
            f"# Broken pipe\n\nThis is what I see:\n\n```\n$ sudo tcpdump -ni any\n{text}```\nAny idea?\n".encode()
        ),
        lambda text: "".join(f"    {line}\n" for line in text.splitlines()).encode(),
        lambda text: (
            text.replace("10.10.121.101", "client.example").replace("10.10.121.102", "server.example").encode()
        ),
    ],
    ids=["CRLF", "UTF-16", "mark", "quoted", "in prose", "indented", "names"],
)
def test_it_is_read_as_people_paste_it(tmp_path, dress):
    pasted = tmp_path / "pasted"
    pasted.write_bytes(dress((PRINTED / "tcpdump-n.txt").read_text()))
    assert answer(pasted) == answer(CRASHED)


def test_the_beginning_may_be_missing(tmp_path):
    rows = (PRINTED / "tcpdump-n.txt").read_text().splitlines(keepends=True)
    (tmp_path / "tail.txt").write_text("".join(rows[3:]))
    (connection,) = tx.read(tmp_path / "tail.txt")
    assert connection.opening == "midstream"
    assert connection.bytes["server"].sent == 52


def test_what_text_does_not_say_is_no_evidence():
    (connection,) = tx.read(PRINTED / "tcpdump-n.txt")
    assert "TTL" not in connection.finding.why + connection.finding.sure


def test_packets_without_flags_are_refused_with_the_reason(tmp_path):
    path = tmp_path / "quiet.txt"
    path.write_text("15:15:28.838856 IP 10.0.0.1.42642 > 10.0.0.2.5000: tcp 0\n")
    with pytest.raises(CaptureError) as refused:
        tx.read(path)
    assert refused.value.code == "TE017"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello\n",
        "Flags [S]\n",
        '[{"_source": {"layers": {"tcp": {"tcp.srcport": ',
        "<pdml><packet></pdml>",
        "0000  zz\n",
        "Frame 1: Transmission Control Protocol\n",
    ],
)
def test_any_text_raises_nothing_but_capture_errors(tmp_path, text):
    path = tmp_path / "text"
    path.write_text(text)
    with pytest.raises(CaptureError):
        tx.read(path)


FORMS = {
    "list": [],
    "numbers": ["-n"],
    "dates": ["-t", "ad"],
    "differences": ["-t", "d"],
    "tabs": ["-T", "tabs"],
    "psml": ["-T", "psml"],
    "absolute": ["-o", "tcp.relative_sequence_numbers:FALSE"],
    "details": ["-V"],
    "details and bytes": ["-V", "-x"],
    "list and bytes": ["-P", "-x"],
    "json": ["-T", "json"],
    "json and bytes": ["-T", "json", "-x"],
    "ek": ["-T", "ek"],
    "pdml": ["-T", "pdml"],
    "fields": ["-T", "fields", "-E", "header=y", *(f"-e{name}" for name in ("frame.time_epoch", "ip.src", "tcp.srcport", "ip.dst", "tcp.dstport", "tcp.flags", "tcp.seq", "tcp.ack", "tcp.len", "tcp.window_size_value"))],
    "fields without names": ["-T", "fields", *(f"-e{name}" for name in ("frame.number", "frame.time_epoch", "ip.src", "ip.dst", "tcp.srcport", "tcp.dstport", "tcp.flags", "tcp.seq", "tcp.ack", "tcp.len", "tcp.window_size_value"))],
}  # fmt: skip


@pytest.mark.needs("tshark")
@pytest.mark.parametrize("form", FORMS)
def test_what_tshark_prints_is_read_in_every_form(tmp_path, form):
    text = subprocess.run(["tshark", "-r", CRASHED, *FORMS[form]], capture_output=True, check=True).stdout
    (tmp_path / "printed").write_bytes(text)
    assert answer(tmp_path / "printed") == answer(CRASHED)


@pytest.mark.needs("tshark")
def test_lines_of_protocols_above_tcp_go_on_with_their_connection(tmp_path):
    capture = CAPTURES / "nginx-upstream-dies" / "capture.pcap"
    text = subprocess.run(["tshark", "-n", "-r", capture], capture_output=True, check=True).stdout
    assert b" HTTP " in text
    (tmp_path / "printed").write_bytes(text)
    assert answer(tmp_path / "printed") == answer(capture)


def test_the_any_device_and_ipv6_are_read_too():
    assert [(one.cause, one.client.address) for one in tx.read(PRINTED / "any-ne.txt")] == [
        ("write-after-close", "::1"),
        ("write-after-close", "127.0.0.1"),
    ]
