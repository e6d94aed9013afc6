"""Which connections are read, and that it makes no difference to what is said of them; captures cut by a snap length; pipes."""

from __future__ import annotations

import struct
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from causes import score_labels
from hypothesis import example, given
from hypothesis import strategies as st
from shares import examples

import tcpexplain
from tcpexplain.analysis import heard
from tcpexplain.readers import open_stream
from tcpexplain.wire.lead import lead, native_lead

PROGRAMS = Path(__file__).parents[1] / "causes" / "programs"
MIDWAY = sorted(path.stem for path in PROGRAMS.glob("midway-*.pcap"))
LABELS = score_labels.labels()
HEADS = st.sampled_from(
    [
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", b"HTTP/1.1 304 No\r\ncontent-length:9\r\n\r\n",
        b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"HEAD / HTTP/1.1\r\n\r\n", b"\x17\3\3\0\x13" + bytes(19), b"\x15\3\3\0\2\2\x30",
        b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 12345678901\r\n\r\n", b"PUT /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
    ]
)  # fmt: skip


@given(
    st.builds(lambda head, cut, more: head[:cut] + more, HEADS, st.integers(0, 60), st.binary(max_size=20)),
    st.integers(0, 3),
    st.integers(0, 40),
)
@example(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 0, 0)
@examples(500)
def test_plain_code_looks_at_a_beginning_as_native_code_does(data, before, more):
    buffer = bytes(before) + data
    assert lead(buffer, before, len(buffer), len(data) + more) == native_lead(
        buffer, before, len(buffer), len(data) + more
    )


def said_of(path: str, **options: object) -> list[tuple[object, ...]]:
    """What is said of the connections of a capture."""
    return [
        (one.stream, one.cause, one.certainty, one.finding.also, one.retry.verdict, one.seen)
        for one in tcpexplain.read(path, **options)
    ]


@pytest.mark.parametrize(
    "name", [*MIDWAY, "healthy-tls-curls", "nginx-upstream-truncated", "go-pool-notices", "haproxy-client-left"]
)
def test_a_connection_that_is_not_read_has_the_verdict_that_reading_gives(name):
    path = str(PROGRAMS / f"{name}.pcap")
    some, all_ = said_of(path), said_of(path, messages="full")
    # Of a connection that is still open nothing was read, as there is nothing to tell.
    assert some == all_


@pytest.mark.parametrize("name", [name for name in MIDWAY if "killed" in name or "exits" in name])
def test_a_pipe_says_what_a_file_says(name):
    path = PROGRAMS / f"{name}.pcap"
    piped = tcpexplain.read([open_stream(BytesIO(path.read_bytes()), "pipe")])
    assert [(one.cause, one.certainty) for one in piped] == [
        (one.cause, one.certainty) for one in tcpexplain.read(path)
    ]


def cut(data: bytes, snap: int) -> bytes:
    """A pcap file as if it had been captured with a snap length."""
    found, at = bytearray(data[:24]), 24
    while at < len(data):
        seconds, fraction, captured, wire = struct.unpack_from("<IIII", data, at)
        kept = min(captured, snap)
        found += struct.pack("<IIII", seconds, fraction, kept, wire) + data[at + 16 : at + 16 + kept]
        at += 16 + captured
    return bytes(found)


@cache
def uncut(name):
    return tcpexplain.read(PROGRAMS / f"{name}.pcap")


@pytest.mark.parametrize("snap", [54, 96, 130])
def test_what_the_snap_length_cut_makes_nothing_wrong_and_certain(snap, tmp_path):
    wrong = []
    for name in MIDWAY:
        target = tmp_path / f"{name}.pcap"
        target.write_bytes(cut((PROGRAMS / f"{name}.pcap").read_bytes(), snap))
        for one in tcpexplain.read(target):
            whole = uncut(name)[one.stream]
            if one.certainty == "certain" and one.severity == "failed" and whole.severity != "failed":
                wrong.append((name, one.stream, one.cause, whole.cause))
    assert wrong == []


def test_programs_that_end_midway_are_told_as_what_they_were():
    rows = []
    for name in MIDWAY:
        rows += score_labels.judge(
            name,
            LABELS[name],
            tuple(
                {
                    "stream": one.stream, "client": {"port": one.client.port}, "server": {"port": one.server.port}, "cause": one.cause,
                    "severity": one.severity, "certainty": one.certainty, "alternatives": one.finding.alternatives, "also": one.finding.also,
                }
                for one in tcpexplain.read(score_labels.capture_of(name))
            ),
        )  # fmt: skip
    assert len(MIDWAY) > 35
    assert [one for one in rows if one.verdict == "wrong"] == []


@pytest.mark.parametrize("name", ["wholly-pika-with-itself", "go-write-write-write"])
def test_of_connections_that_are_never_read_reading_finds_nothing(name, monkeypatch):
    path, seen = PROGRAMS / f"{name}.pcap", []
    chosen = heard.worth_hearing

    def everything(analysis, *, everything):
        seen.extend(chosen(analysis, everything=everything))
        return list(range(analysis.streams))

    monkeypatch.setattr(heard, "worth_hearing", everything)
    capture = tcpexplain.read(path, every=True)
    assert len(seen) < len(capture)
    assert [one.stream for one in capture if one.said.protocol and one.stream not in seen] == []
