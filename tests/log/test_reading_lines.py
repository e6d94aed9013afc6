"""What a line claims: its time, its ends, its call; single lines, whole logs, loggers' JSON, strace."""

from __future__ import annotations

import gzip
import io
import json
from datetime import UTC, datetime

import pytest

from tcpexplain.errors import TcpexplainError
from tcpexplain.log.line import claim
from tcpexplain.log.records import records
from tcpexplain.log.stamps import best, stamps

NOW = int(datetime(2026, 11, 20, 21, 0, tzinfo=UTC).timestamp()) * 10**9


def at(text):
    """The time of a line, as ISO."""
    stamp = best(stamps(text), start=False)
    if stamp is None:
        return None
    moment = stamp.resolved(NOW)
    return datetime.fromtimestamp(moment // 10**9, tz=UTC).strftime(
        "%Y-%m-%dT%H:%M:%S"
    ) + f".{moment % 10**9:09}".rstrip("0").rstrip(".")


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026/11/20 21:10:19 [error] 1#1: x", "2026-11-20T21:10:19"),
        ("2026/11/20 21:10:19.123456 Get: EOF", "2026-11-20T21:10:19.123456"),
        ("2026-11-20T21:09:07.175+08:00 x", "2026-11-20T13:09:07.175"),
        ("2026-11-20 21:09:07,175 ERROR x", "2026-11-20T21:09:07.175"),
        ('10.0.0.1 - - [20/Nov/2026:21:10:19 +0800] "GET /"', "2026-11-20T13:10:19"),
        ("h:1 [20/Nov/2026:21:09:57.635] fe be/s", "2026-11-20T21:09:57.635"),
        ("Nov 20 21:09:07 host sshd[1]: x", "2026-11-20T21:09:07"),
        ("[Fri Nov 20 21:10:38.797106 2026] [proxy:error]", "2026-11-20T21:10:38.797106"),
        ("20740:M 20 Nov 2026 21:08:57.652 # x", "2026-11-20T21:08:57.652"),
        ("E1120 21:09:07.123456 1 prober.go:1] x", "2026-11-20T21:09:07.123456"),
        ("Nov 20, 2026 9:09:07 PM com.x.Y SEVERE", "2026-11-20T21:09:07"),
        ("21:09:07.5 read: reset", "2026-11-20T21:09:07.5"),
        ("1795209007.25 recvfrom(3) = 0", "2026-11-20T21:10:07.25"),
        ("261120 21:09:07 [Warning] Aborted", "2026-11-20T21:09:07"),
        ("no time at all", None),
    ],
)
def test_times_are_read_in_the_forms_of_loggers(text, time):
    assert at(text) == time


@pytest.mark.parametrize(
    ("text", "role", "own", "peer"),
    [
        (
            "read tcp 10.0.0.1:4000->10.0.0.2:443: read: connection reset by peer",
            "client",
            "10.0.0.1:4000",
            "10.0.0.2:443",
        ),
        ("read tcp [::1]:4000->[::1]:443: i/o timeout", "client", "[::1]:4000", "[::1]:443"),
        (
            'recv() failed (104: x) while reading response header from upstream, client: 10.9.9.9, upstream: "http://10.0.0.2:81/"',
            "client",
            "port",
            "10.0.0.2:81",
        ),
        (
            'writev() failed (32: x) while sending to client, client: 10.9.9.9, upstream: "http://10.0.0.2:81/"',
            "server",
            "port",
            "10.9.9.9",
        ),
        ("Connection reset by 10.0.0.7 port 4444 [preauth]", "server", "port", "10.0.0.7:4444"),
        (
            "HTTPConnectionPool(host='10.0.0.2', port=81): Read timed out. (read timeout=1)",
            "client",
            "port",
            "10.0.0.2:81",
        ),
        (
            "[id: 0x1f, L:/10.0.0.1:4000 - R:api/10.0.0.2:443] Connection prematurely closed BEFORE response",
            "client",
            "10.0.0.1:4000",
            "10.0.0.2:443",
        ),
        (
            "curl: (7) Failed to connect to localhost port 8999 after 0 ms: Couldn't connect to server",
            "client",
            "port",
            "localhost:8999",
        ),
        (
            "LOG:  could not receive data from client: Connection reset by peer 10.0.0.7(4444)",
            "server",
            "port",
            "10.0.0.7:4444",
        ),
    ],
)
def test_ends_are_told_apart(text, role, own, peer):
    (record,) = records(text)
    said = claim(record)
    assert tuple(map(str, said.ends[role])) == (own, peer)


def test_haproxys_time_is_that_of_the_failure():
    (record,) = records(
        "haproxy[1]: 10.0.0.1:40000 [20/Nov/2026:21:09:57.635] fe be/s1 0/0/0/-1/2003 504 194 - - sH-- 1/1/0/0/0 0/0"
    )
    said = claim(record)
    assert (said.known.outcome, said.lasted) == ("timer", 2.003)
    assert said.moment(NOW) == int(datetime(2026, 11, 20, 21, 9, 59, 638000, tzinfo=UTC).timestamp() * 1000) * 10**6


def test_what_belongs_together_is_one_record(tmp_path):
    log = tmp_path / "app.log"
    log.write_text(
        "2026-11-20 21:09:07 INFO fine\n2026-11-20 21:09:08 ERROR failed\njava.net.SocketException: Connection reset\n\tat a.B.c(B.java:1)\n2026-11-20 21:09:09 INFO fine\n"
    )
    found = records(str(log))
    assert [one.number for one in found] == [1, 2, 5]
    said = claim(found[1])
    assert (said.known.outcome, said.stamp.second) == ("ECONNRESET", 8)


def test_compressed_and_json_logs_are_read(tmp_path):
    rows = [
        {
            "__REALTIME_TIMESTAMP": "1795209007250000",
            "SYSLOG_IDENTIFIER": "nginx",
            "MESSAGE": "recv() failed (104: x) while reading upstream",
        },
        {
            "level": "error",
            "ts": 1795209007.25,
            "msg": "call failed",
            "error": "read tcp 10.0.0.1:1->10.0.0.2:2: read: connection reset by peer",
        },
        {
            "log": "2026/11/20 21:10:19 [error] 1#1: *1 upstream prematurely closed connection\n",
            "time": "2026-11-20T13:10:19.5Z",
        },
    ]
    log = tmp_path / "app.log.gz"
    log.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    said = [claim(one) for one in records(str(log))]
    assert [one.known.outcome for one in said] == ["ECONNRESET", "ECONNRESET", "eof"]
    assert [one.known.product.name for one in said] == ["nginx", "go", "nginx"]
    assert [one.moment(NOW) for one in said] == [1795209007250000000, 1795209007250000000, 1795180219500000000]


def test_a_log_comes_from_standard_input(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"read: Connection reset by peer\n")))
    assert [one.text for one in records("-")] == ["read: Connection reset by peer"]


@pytest.mark.parametrize("name", ["/nowhere/error.log", "missing.log", "x.log.gz"])
def test_a_file_that_is_not_there_is_no_line(name):
    with pytest.raises(TcpexplainError) as refused:
        records(name)
    assert refused.value.code == "TE049"


STRACE = """\
71 1795209007.100000 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3
71 1795209007.100100 connect(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("10.0.0.2")}, 16) = 0
71 1795209007.100200 write(3, "GET /", 5) = 5
71 1795209007.100300 read(3,  <unfinished ...>
72 1795209007.100400 write(1, "x", 1) = 1
71 1795209007.300000 <... read resumed>0x7ffe, 10) = -1 ECONNRESET (Connection reset by peer)
71 1795209007.400000 read(5</etc/hosts>, "", 10) = 0
"""


def test_strace_names_the_ends_of_its_numbers(tmp_path):
    log = tmp_path / "x.strace"
    log.write_text(STRACE)
    calls = [one.called for one in records(str(log))]
    assert [(one.name, one.told) for one in calls] == [
        ("connect", "connect() = 0"),
        ("write", "write() = 5"),
        ("read", "read() = -1 ECONNRESET"),
    ]
    assert {str(one.peer) for one in calls} == {"10.0.0.2:80"}
