"""Every report says of how many connections the messages could not be followed, and why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import tcpexplain
from tcpexplain.cli.command import run
from tcpexplain.model.unread import UNREAD, unread_words

PROGRAMS = Path(__file__).parents[1] / "causes" / "programs"


@pytest.mark.parametrize(
    ("name", "why", "count"),
    [
        ("healthy-tls-curls", "encrypted", 80),
        ("midway-python-exits-in-body", None, 0),
        ("wholly-pika-with-itself", "unknown-protocol", 4),
    ],
)
def test_why_they_were_not_followed(name, why, count):
    capture = tcpexplain.read(PROGRAMS / f"{name}.pcap")
    assert dict(capture.messages_unread) == ({why: count} if count else {})
    assert [one.messages_unread for one in capture].count(why) == (count or len(capture))


def test_who_did_not_ask_is_told_so_in_every_report(tmp_path, capsys):
    path = str(PROGRAMS / "midway-python-exits-in-body.pcap")
    assert run([path, "--messages", "none"]) == 0
    words = "Messages were not followed in 2 of 2 connections: 2, not looked at (--messages none)"
    assert " ".join(words.split()) in " ".join(capsys.readouterr().out.split())
    for name in ("report.md", "report.html"):
        assert run([path, "--messages", "none", "-o", str(tmp_path / name)]) == 0
        assert words in (tmp_path / name).read_text(encoding="utf-8")
    capsys.readouterr()
    run([path, "--messages", "none", "--json"])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["messages_unread"] for line in lines if line["type"] == "connection"] == ["not-asked"] * 2
    assert lines[-1]["messages_unread"] == {"not-asked": 2}


@pytest.mark.parametrize(("snap", "why"), [(54, "snap-length"), (96, "snap-length"), (65535, None)])
def test_the_snap_length_is_named(snap, why, tmp_path):
    from messages.test_hearing import cut

    target = tmp_path / "cut.pcap"
    target.write_bytes(cut((PROGRAMS / "midway-grpc-server-exits-in-stream.pcap").read_bytes(), snap))
    (one,) = tcpexplain.read(target)
    assert one.messages_unread == why
    assert ("snap length cut its messages" in one.finding.vantage) == (why is not None)


def test_words_are_counted_and_nothing_is_said_of_nothing():
    assert unread_words({}, 4) == ""
    found = unread_words({"gap": 1, "encrypted": 1200}, 2000)
    assert found.startswith("Messages were not followed in 1,201 of 2,000 connections: 1,200, TLS")
    assert all(word is None or unread_words({word: 1}, 1) for word in UNREAD)
