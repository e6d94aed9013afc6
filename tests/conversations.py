"""A conversation in each protocol, in which a secret stands wherever a user's words stand."""

from __future__ import annotations

SECRET = b"Zq7hunter2xK"


def lengthed(kind: bytes, body: bytes) -> bytes:
    """A message of PostgreSQL."""
    return kind + (len(body) + 4).to_bytes(4, "big") + body


def packet(number: int, body: bytes) -> bytes:
    """A packet of MySQL."""
    return len(body).to_bytes(3, "little") + bytes([number]) + body


S = SECRET
TALKS: dict[str, list[tuple[int, bytes]]] = {
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
    "memcached": [
        (0, b"set " + S + b" 0 0 12\r\n" + S + b"\r\nget " + S + b"\r\n"),
        (1, b"STORED\r\nVALUE " + S + b" 0 12\r\n" + S + b"\r\nEND\r\nSERVER_ERROR " + S + b"\r\n"),
    ],
    "NATS": [
        (1, b'INFO {"server_id":"' + S + b'"}\r\n'),
        (0, b'CONNECT {"user":"' + S + b'"}\r\nSUB ' + S + b" 1\r\nPUB " + S + b" 12\r\n" + S + b"\r\nPING\r\n"),
        (1, b"MSG " + S + b" 1 12\r\n" + S + b"\r\n-ERR 'Authorization Violation for " + S + b"'\r\n"),
    ],
    "beanstalkd": [
        (0, b"use " + S + b"\r\nput 1 0 60 12\r\n" + S + b"\r\nreserve\r\n"),
        (1, b"USING " + S + b"\r\nINSERTED 1\r\nRESERVED 1 12\r\n" + S + b"\r\n"),
    ],
    "FastCGI": [
        (0, b"\1\1\0\1\0\x08\0\0\0\1\0\0\0\0\0\0\1\4\0\1\0\x0f\0\0\1\x0ca" + S + b"\1\4\0\1\0\0\0\0\1\5\0\1\0\x0c\0\0" + S + b"\1\5\0\1\0\0\0\0"),
        (1, b"\1\6\0\1\0\x0c\0\0" + S + b"\1\3\0\1\0\x08\0\0" + bytes(8)),
    ],
    "ZooKeeper": [
        (0, b"\0\0\0\x2d" + bytes(24) + b"\0\0\0\x10" + S + b"xxxx\0" + b"\0\0\0\x14\0\0\0\1\0\0\0\4" + S),
        (1, b"\0\0\0\x25" + bytes(17) + b"\x10" + S + b"xxxx" + bytes(3)),
    ],
    "rsync": [
        (1, b"@RSYNCD: 31.0 sha512 " + S + b"\n"),
        (0, b"@RSYNCD: 31.0 " + S + b"\n" + S + b"\n"),
        (1, S + b"\n@RSYNCD: AUTHREQD " + S + b"\n"),
        (0, b"me " + S + b"\n--server\0-vze.iLsf\0" + S + b"\0\0"),
        (1, b"@RSYNCD: OK\n\x01\1\2\3\4\x0c\0\0\7" + S + b"\x0c\0\0\x0a" + S),
        (0, b"\x0c\0\0\7" + S + b"\1\0\0\7\0"),
    ],
    "DNS": [(0, b"\0\x1e\x12\x34\1\0\0\1\0\0\0\0\0\0\x0c" + S + b"\0\0\1\0\1")],
    "TLS": [
        (0, b"\x16\3\1\0\x33\1\0\0\x2f\3\3" + bytes(20) + S + b"\x0c" + S[:12] + b""),
        (1, b"\x17\3\3\0\x0c" + S),
    ],
    "WebSocket": [
        (0, b"GET /chat HTTP/1.1\r\nHost: " + S + b"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " + S + b"\r\n\r\n"),
        (1, b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"),
        (1, b"\x81\x0c" + S),
        (0, b"\x81\x8c\0\0\0\0" + S),
    ],
}  # fmt: skip
"""By the protocol's name: who says what, 0 for the client, 1 for the server."""
