"""HAProxy: termination states, handshake and health check messages."""

from __future__ import annotations

from tcpexplain.runtimes import EOF, INNER, NOTHING, TIMER, Product, Wording

PRODUCT = Product(
    "haproxy",
    "HAProxy",
    "1.5 and later",
    (
        Wording("CD", "read", (EOF, "ECONNRESET", "EPIPE"), "server", "The client went away during the data: its FIN, its RST, or a write that met one."),
        Wording("cD", "read", (TIMER,), "server", "timeout client, during the data."),
        Wording("sD", "read", (TIMER,), "client", "timeout server, during the data."),
        Wording("SD", "read", ("ECONNRESET", EOF), "client", "The server died during the data: RST, or EOF before the announced length.", phase="body"),
        Wording("SH", "read", (EOF, "ECONNRESET"), "client", "The server aborted before its headers were complete.", phase="answer"),
        Wording("sH", "read", (TIMER,), "client", "timeout server, before its headers were complete.", phase="answer"),
        Wording("SC", "connect", ("ECONNREFUSED", "ETIMEDOUT", "EHOSTUNREACH"), "client", "The server, or something in between, refused the connection.", phase="connect"),
        Wording("sC", "connect", (TIMER,), "client", "timeout connect.", phase="connect"),
        Wording("CC", "read", (EOF, "ECONNRESET"), "server", "The client went away while HAProxy connected to the server."),
        Wording("CH", "read", (EOF, "ECONNRESET"), "server", "The client went away while HAProxy waited for the server's headers.", phase="answer"),
        Wording("CQ", "read", (EOF, "ECONNRESET"), "server", "The client went away while its request was queued."),
        Wording("CR", "read", (EOF, "ECONNRESET"), "server", "The client went away before its request was complete.", phase="request"),
        Wording("cR", "read", (TIMER,), "server", "timeout http-request, or timeout client, before the request was complete.", phase="request"),
        Wording("cH", "read", (TIMER,), "server", "timeout client, while the server's headers were awaited."),
        Wording("SQ", None, (NOTHING,), "client", "No connection: the server was down while the request was queued."),
        Wording("sQ", None, (NOTHING,), "client", "timeout queue: no connection was made."),
        Wording("SL", "read", (EOF, "ECONNRESET"), "client", "The server aborted while the end of the data was awaited."),
        Wording("CL", "read", (EOF, "ECONNRESET"), "server", "The client aborted while the last data was sent to it."),
        Wording("Connection closed during SSL handshake", "read", (EOF,), "server", phase="handshake"),
        Wording("Connection error during SSL handshake", "read", ("ECONNRESET", "alert"), "server", phase="handshake"),
        Wording("Timeout during SSL handshake", "read", (TIMER,), "server", phase="handshake"),
        Wording("SSL handshake failure", "read", ("alert",), "server", "TLS failed, not TCP.", phase="handshake"),
        Wording("is DOWN, reason: Layer4 connection problem, info: <info>", "connect", (INNER, "ECONNREFUSED"), "client", "A health check's own connection, no request's.", phase="connect"),
        Wording("is DOWN, reason: Layer4 timeout", "connect", (TIMER,), "client", "A health check's own timer.", phase="connect"),
        Wording("Layer4 connection problem", "connect", ("ECONNREFUSED",), "client", "A health check's own connection, no request's.", phase="connect"),
        Wording("Layer4 timeout", "connect", (TIMER,), "client", "A health check's own timer.", phase="connect"),
        Wording("Layer7 timeout", "read", (TIMER,), "client", "A health check's own timer.", phase="answer"),
    ),
    signs=(r"haproxy\[\d+\]:", r"\[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d\.\d{3}\] \S+ \S+/\S+ [-\d/+]+ "),
    fields=(
        # TCP: accept time, frontend, backend/server, Tw/Tc/Tt, bytes read, state.
        r"(?P<client>\[?[0-9a-fA-F:.]+\]?:\d+) \[[^\]]+\] \S+ \S+/\S+ -?\d+/-?\d+/\+?(?P<lasted_ms>\d+) \+?(?P<received>\d+) (?P<code>[A-Za-z-]{2}) \d+/\d+/\d+",
        # HTTP: TR/Tw/Tc/Tr/Ta (or Tq/Tw/Tc/Tr/Tt), status, bytes read, cookies, state.
        r"(?P<client>\[?[0-9a-fA-F:.]+\]?:\d+) \[[^\]]+\] \S+ \S+/\S+ -?\d+/-?\d+/-?\d+/-?\d+/\+?(?P<lasted_ms>\d+) -?\d+ \+?(?P<received>\d+) \S+ \S+ (?P<code>[A-Za-z-]{2})[A-Za-z-]{2} ",
        r"(?P<client>\[?[0-9a-fA-F:.]+\]?:\d+) \[[^\]]+\] \S+: (?:Connection|Timeout|SSL)",
    ),
    stamp="start",
    traps="The time in brackets is that of the accept; the failure is later by the last of the timers. Client address and port are in every line, the server's only with %si:%sp.",
    sources="doc/configuration.txt section 8.5, src/connection.c, src/check.c; calls measured with strace.",
)  # fmt: skip
