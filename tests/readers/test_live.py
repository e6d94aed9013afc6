"""Live capture on loopback: each packet once, soon, and as it was saved."""

import errno
import os
import socket

import pytest

from tcpexplain.errors import TcpexplainError
from tcpexplain.readers import live, open_capture, open_live
from tcpexplain.wire.capture_thread import Limits, create, unwritten
from tcpexplain.wire.headers import decode
from tcpexplain.wire.segment import Key, Segment, flag_text


def flags(capture):
    segment, key = Segment(), Key()
    return [
        (segment.seq, segment.ack, segment.sender, flag_text(segment.flags))
        for frames in capture
        for n in range(frames.count)
        if decode(frames.buffer, frames.start[n], frames.captured[n], frames.wire[n], frames.link[n], segment, key) == 0
    ]


@pytest.mark.needs("root")
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="capturing needs root")
def test_loopback_packets_come_once_and_are_saved(tmp_path):
    path = tmp_path / "saved.pcap"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        capture = open_live("lo", expression=f"tcp port {port}", limits=Limits(6, 5), save=path)
        batches = iter(capture)
        assert next(batches).count == 0
        with socket.create_connection(listener.getsockname()) as client:
            server, _ = listener.accept()
            client.sendall(b"ping")
            server.recv(4)
            server.close()
            client.recv(1)
        seen = flags(batches)
    assert [flag for _, _, _, flag in seen] == ["S", "SA", "A", "PA", "A", "FA"]
    assert (capture.format, capture.link_types[0].name) == ("live", "ETHERNET")
    assert flags(open_capture(path)) == seen


def test_an_interface_that_is_not_there_brings_the_nearest_one():
    with pytest.raises(TcpexplainError, match="no interface loo") as error:
        list(open_live("loo"))
    assert (error.value.code, error.value.exit_status, error.value.help) == ("TE011", 3, "did you mean lo?")
    assert error.value.note.startswith("there are: lo")


@pytest.mark.needs("root")
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="capturing needs root")
def test_a_filter_that_does_not_parse_is_said_in_libpcaps_words():
    with pytest.raises(TcpexplainError, match="does not parse") as error:
        list(open_live("lo", expression="tcp prot 80", limits=Limits(seconds=0.1)))
    assert error.value.code == "TE012"


def test_without_the_right_to_capture_the_help_is_a_pipe():
    error = live.refused("lo", "lo: You don't have permission to perform this capture on that device")
    assert (error.code, error.message, error.exit_status) == ("TE010", "not allowed to capture on lo", 3)
    assert "sudo tcpdump -i lo -U -w - tcp | tcpexplain -" in error.help


def test_a_file_that_is_made_anew_belongs_to_who_called_sudo(tmp_path, monkeypatch):
    given = []
    monkeypatch.setattr(os, "fchown", lambda descriptor, *owner: given.append((os.fstat(descriptor).st_ino, *owner)))
    new, old = tmp_path / "new.pcap", tmp_path / "old.pcap"
    old.write_bytes(b"before")
    for path in (new, old):
        descriptor, place = create(path, (1000, 1001))
        os.close(descriptor)
        assert place == path
    assert given == [(new.stat().st_ino, 1000, 1001)]
    assert old.read_bytes() == b""


def test_a_full_disk_is_said_of_the_file_and_not_of_the_interface(tmp_path):
    error = unwritten(tmp_path / "x.pcap", OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    assert (error.code, error.message) == ("TE032", f"cannot write {tmp_path / 'x.pcap'}")
    assert error.note == "no space left on device; what had been captured before was explained"
    assert "temporary folder" in unwritten(None, OSError(errno.EIO, "Input/output error")).message
