"""Nothing of the contents leaves: a secret that stands wherever a user's words stand is in no output."""

from __future__ import annotations

import io
import json

import pytest
from stories import play

from tcpexplain.reports import json as json_report
from tcpexplain.reports import report_for, table
from tcpexplain.wire.notation import LadderLine, LadderNotation, LadderSegment
from tcpexplain.wire.segment import ACK, FIN, SYN

SECRET = b"Zq7hunter2xK"


def lengthed(kind: bytes, body: bytes) -> bytes:
    """A message of PostgreSQL."""
    return kind + (len(body) + 4).to_bytes(4, "big") + body


def packet(number: int, body: bytes) -> bytes:
    """A packet of MySQL."""
    return len(body).to_bytes(3, "little") + bytes([number]) + body


S = SECRET
TALKS = {
    "HTTP/1": [
        (0, b"POST /orders/" + S + b"/items?token=" + S + b" HTTP/1.1\r\nHost: " + S + b"\r\nCookie: " + S + b"\r\nAuthorization: Basic " + S + b"\r\nContent-Length: 50\r\n\r\n" + S * 2),
        (1, b"HTTP/1.1 403 " + S + b"\r\nServer: " + S + b"\r\nSet-Cookie: " + S + b"\r\nContent-Length: 90\r\n\r\n" + S),
    ],
    "HTTP/2": [
        (0, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0" + b"\0\0\x0f\1\5\0\0\0\1\x82\x40\1a" + S[:11]),
        (1, b"\0\0\0\4\0\0\0\0\0" + b"\0\0\x14\7\0\0\0\0\0" + b"\0\0\0\1\0\0\0\0" + S),
    ],
    "PostgreSQL": [
        (0, lengthed(b"", b"\0\3\0\0user\0" + S + b"\0database\0" + S + b"\0\0")),
        (1, b"R\0\0\0\x08\0\0\0\0Z\0\0\0\5I"),
        (0, lengthed(b"Q", b"select '" + S + b"'\0")),
        (1, lengthed(b"E", b"SFATAL\0VFATAL\0C57P01\0M" + S + b"\0D" + S + b"\0\0")),
    ],
    "MySQL": [
        (1, packet(0, b"\x0a10.11.6-MariaDB-" + S + b"\0" + bytes(8) + S + bytes(30))),
        (0, packet(1, bytes(32) + S + b"\0")),
        (1, packet(2, b"\0\0\0\2\0\0\0")),
        (0, packet(0, b"\3select '" + S + b"'")),
        (1, packet(1, b"\xff\x15\x04#28000" + S)),
    ],
    "Redis": [(0, b"*2\r\n$4\r\nAUTH\r\n$12\r\n" + S + b"\r\n*2\r\n$12\r\n" + S + b"\r\n$1\r\na\r\n"), (1, b"-ERR " + S + b"\r\n+" + S + b"\r\n")],
    "AMQP": [(0, b"AMQP\0\0\x09\1"), (1, b"\1\0\0\0\0\0\x14\0\x0a\0\x32\1\x40" + S + b"xx" + b"\xce")],
    "MQTT": [(0, b"\x10\x24\0\4MQTT\4\xc2\0\x1e\0\x0c" + S + b"\0\x0a" + S[:10]), (1, b"\x20\2\0\5")],
    "lines": [(1, b"220 " + S + b" ESMTP " + S + b"\r\n"), (0, b"EHLO " + S + b"\r\n"), (1, b"250 " + S + b"\r\n"), (0, S + b"\r\n"), (1, b"421 " + S + b"\r\n")],
    "SSH": [(1, b"SSH-2.0-OpenSSH_9.2 " + S + b"\r\n"), (0, b"SSH-2.0-" + S + b"!\r\n")],
    "LDAP": [(0, b"\x30\x1a\2\1\1\x60\x15\2\1\3\4\4cn=a\x80\x0c" + S[:10])],
    "MongoDB": [(0, (40).to_bytes(4, "little") + b"\1\0\0\0\0\0\0\0\xdd\7\0\0" + bytes(5) + S + b"xxxxxxx")],
    "Kafka": [(0, (30).to_bytes(4, "big") + b"\0\3\0\1\0\0\0\1\0\x0c" + S + b"xxxxxxxx")],
    "DNS": [(0, b"\0\x1e\x12\x34\1\0\0\1\0\0\0\0\0\0\x0c" + S + b"\0\0\1\0\1")],
}  # fmt: skip


def ladder(said: list[tuple[int, bytes]]) -> LadderNotation:
    """A connection in which this is said, and that the server closes."""
    seq = [101, 301]
    lines = [
        LadderSegment(True, seq=100, flags=SYN),
        LadderSegment(False, seq=300, ack=101, flags=SYN | ACK),
        LadderSegment(True, seq=101, ack=301, flags=ACK),
    ]
    for side, data in said:
        lines.append(LadderSegment(side == 0, seq=seq[side], ack=seq[1 - side], flags=ACK, length=len(data), text=data))
        seq[side] += len(data)
    for side in (1, 0):
        lines.append(LadderSegment(side == 0, seq=seq[side], ack=seq[1 - side], flags=FIN | ACK))
        seq[side] += 1
    lines.append(LadderSegment(False, seq=seq[1], ack=seq[0], flags=ACK))
    return LadderNotation(tuple(LadderLine("", "", segment, None, None) for segment in lines))


@pytest.mark.parametrize("name", sorted(TALKS))
def test_nothing_of_the_contents_is_in_any_output(name, tmp_path):
    capture = play(ladder(TALKS[name]), messages="full")
    (connection,) = capture
    assert connection.said.protocol == name
    texts = [
        json_report.render(capture),
        str(connection),
        str(connection.report()),
        connection.said,
        connection.facts.said,
        str(capture),
    ]
    texts += [table.render(capture, what=what) for what in ("connections", "messages", "segments", "events")]
    for suffix in ("html", "md", "svg", "mmd"):
        target = tmp_path / f"report.{suffix}"
        draw = "ladder" if suffix in ("svg", "mmd") else "diagram"
        report_for(str(target), draw).write(capture, target, draw=draw, stream=0 if draw == "ladder" else None)
        texts.append(target.read_text(encoding="utf-8"))
    for text in map(str, texts):
        assert SECRET.decode() not in text
        assert SECRET.decode().lower() not in text.lower()


def test_what_may_leave_is_there():
    capture = play(ladder(TALKS["HTTP/1"]), messages="full")
    (line,) = [json.loads(one) for one in io.StringIO(json_report.render(capture)) if '"type":"connection"' in one]
    assert line["messages"]["request"] == "POST /orders/…/items"
    assert line["messages"]["answer"] == "403"
