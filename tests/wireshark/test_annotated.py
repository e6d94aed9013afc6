"""A capture with comments: what Wireshark reads of it, and what stays as it was."""

from __future__ import annotations

import gzip
import shutil
import subprocess
from pathlib import Path

import pytest

import tcpexplain
from tcpexplain.cli.command import run
from tcpexplain.readers import open_capture

CAPTURES = Path(__file__).parents[2] / "captures"
CRASHED = CAPTURES / "crashed-client-2019" / "capture.pcap"
MIXED = CAPTURES / "mix2000" / "mix2000.pcap"


def annotated(target, *arguments):
    assert run([*map(str, arguments), "-o", str(target)]) == 0
    return target


def fields(path, *names, only=""):
    command = ["tshark", "-r", path, "-T", "fields", *(part for name in names for part in ("-e", name))]
    done = subprocess.run([*command, *(("-Y", only) if only else ())], capture_output=True, text=True, check=True)
    return [tuple(line.split("\t")) for line in done.stdout.splitlines()]


def frames(path):
    """Time, bytes and length on the wire of all packets."""
    return [
        (
            frame.time[row],
            bytes(frame.buffer[frame.start[row] : frame.start[row] + frame.captured[row]]),
            frame.wire[row],
        )
        for frame in open_capture(path).as_captured()
        for row in range(frame.count)
    ]


@pytest.mark.needs("tshark")
def test_tshark_shows_what_the_last_packet_means_to_both_applications(tmp_path):
    told = dict(
        fields(annotated(tmp_path / "a.pcapng", CRASHED), "frame.number", "frame.comment", only="frame.comment")
    )
    assert "5" not in told
    assert told["1"].startswith("stream 0: write-after-close (failed, certain): the server wrote to a client")
    assert "server next write → EPIPE + SIGPIPE" in told["9"]
    assert "CLOSE-WAIT → CLOSED" in told["9"]
    assert [number for number in told if "the verdict write-after-close rests on" in told[number]] == ["6", "8", "9"]


@pytest.mark.needs("tshark")
def test_the_ends_have_the_names_of_their_roles(tmp_path):
    target = annotated(tmp_path / "a.pcapng", CRASHED)
    done = subprocess.run(["tshark", "-r", target, "-q", "-z", "hosts"], capture_output=True, text=True, check=True)
    assert "10.10.121.101\tclient" in done.stdout
    assert "10.10.121.102\tserver" in done.stdout


@pytest.mark.parametrize("form", ["pcap", "gz", "pcapng"])
def test_packets_are_byte_by_byte_those_of_the_capture_and_so_is_the_verdict(tmp_path, form):
    source = tmp_path / f"x.{form}"
    if form == "pcapng":
        annotated(source, CRASHED)
    else:
        source.write_bytes(CRASHED.read_bytes() if form == "pcap" else gzip.compress(CRASHED.read_bytes()))
    target = annotated(tmp_path / "a.pcapng", source)
    assert frames(target) == frames(CRASHED)
    again, before = tcpexplain.read(target), tcpexplain.read(CRASHED)
    assert again[0].finding == before[0].finding
    assert again.interfaces == before.interfaces


@pytest.mark.needs("tshark")
def test_of_one_connection_of_two_thousand_all_its_packets_are_there_and_no_other(tmp_path):
    target = annotated(tmp_path / "s.pcapng", MIXED, "--stream", 71)
    rows = fields(target, "tcp.stream", "tcp.len")
    assert len(rows) == tcpexplain.read(MIXED).stream(71).packets
    assert {stream for stream, _ in rows} == {"0"}
    (first, *_) = fields(target, "frame.comment")
    assert "stream 71" in first[0]


def test_evidence_is_what_verdicts_cite_and_their_neighbours_each_with_the_number_that_it_had(tmp_path):
    target = annotated(tmp_path / "e.pcapng", CRASHED, "--evidence")
    whole = frames(CRASHED)
    assert frames(target) == whole[3:9]
    assert b"packet 9 of the capture" in target.read_bytes()


def test_a_connection_that_came_in_two_files_is_one_again(tmp_path):
    head, body = CRASHED.read_bytes()[:24], CRASHED.read_bytes()[24:]
    cut = 0
    for _ in range(5):
        cut += 16 + int.from_bytes(body[cut + 8 : cut + 12], "little")
    (tmp_path / "1.pcap").write_bytes(head + body[:cut])
    (tmp_path / "2.pcap").write_bytes(head + body[cut:])
    target = annotated(tmp_path / "a.pcapng", tmp_path / "2.pcap", tmp_path / "1.pcap")
    assert frames(target) == frames(CRASHED)
    assert tcpexplain.read(target)[0].cause == "write-after-close"


def test_only_the_connections_asked_for_are_written(tmp_path):
    target = annotated(tmp_path / "w.pcapng", MIXED, "--why", "port-closed")
    assert set(tcpexplain.read(target).causes) == {"port-closed"}


def test_a_capture_from_a_pipe_is_gone(tmp_path):
    capture = tcpexplain.read([open_capture(CRASHED)])
    with pytest.raises(tcpexplain.TcpexplainError) as caught:
        capture.report().save(tmp_path / "a.pcapng")
    assert caught.value.code == "TE034"
    assert list(tmp_path.iterdir()) == []


def test_the_capture_itself_is_never_written_over(tmp_path, capsys):
    source = tmp_path / "x.pcapng"
    shutil.copy(annotated(tmp_path / "y.pcapng", CRASHED), source)
    before = source.read_bytes()
    assert run([str(source), "-o", str(source)]) == 2
    assert source.read_bytes() == before
    assert "choose another name" in capsys.readouterr().err


def test_evidence_without_a_pcapng_is_refused(tmp_path, capsys):
    assert run([str(CRASHED), "--evidence", "-o", str(tmp_path / "x.md")]) == 2
    assert "--evidence" in capsys.readouterr().err
