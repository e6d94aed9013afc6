"""Node.js: net, http, tls."""

from __future__ import annotations

from tcpexplain.runtimes import ALERT, EOF, INNER, LOCAL, TIMER, Product, Wording

PRODUCT = Product(
    "node",
    "Node.js (net, http, tls)",
    "10 and later",
    (
        Wording("Error: read ECONNRESET", "read", ("ECONNRESET",), "own"),
        Wording("Error: write EPIPE", "write", ("EPIPE",), "own"),
        Wording("Error: write ECONNRESET", "write", ("ECONNRESET",), "own"),
        Wording("Error: socket hang up", "read", (EOF,), "client", "FIN before the answer, though its code says ECONNRESET: no errno.", phase="answer"),
        Wording("socket hang up", "read", (EOF,), "client", "FIN before the answer, though its code says ECONNRESET: no errno.", phase="answer"),
        Wording("Error: aborted", "read", (EOF, "ECONNRESET"), "own", "The message was not complete when the connection ended; its code says ECONNRESET either way.", phase="body"),
        Wording("Error: connect ECONNREFUSED <peer>", "connect", ("ECONNREFUSED",), "client", phase="connect"),
        Wording("Error: connect ETIMEDOUT <peer>", "connect", ("ETIMEDOUT",), "client", phase="connect"),
        Wording("Error: connect EHOSTUNREACH <peer>", "connect", ("EHOSTUNREACH",), "client", phase="connect"),
        Wording("Error: connect ENETUNREACH <peer>", "connect", ("ENETUNREACH",), "client", phase="connect"),
        Wording("Error: connect ECONNRESET <peer>", "connect", ("ECONNRESET",), "client", phase="connect"),
        Wording("Error: read ETIMEDOUT", "read", ("ETIMEDOUT",), "own"),
        Wording("Error: read EHOSTUNREACH", "read", ("EHOSTUNREACH",), "own"),
        Wording("read ECONNRESET", "read", ("ECONNRESET",), "own"),
        Wording("write EPIPE", "write", ("EPIPE",), "own"),
        Wording("write ECONNRESET", "write", ("ECONNRESET",), "own"),
        Wording("write ETIMEDOUT", "write", ("ETIMEDOUT",), "own"),
        Wording("connect ECONNREFUSED <peer>", "connect", ("ECONNREFUSED",), "client", phase="connect"),
        Wording("connect ETIMEDOUT <peer>", "connect", ("ETIMEDOUT",), "client", phase="connect"),
        Wording("connect EHOSTUNREACH <peer>", "connect", ("EHOSTUNREACH",), "client", phase="connect"),
        Wording("Client network socket disconnected before secure TLS connection was established", "read", (EOF,), "client", phase="handshake"),
        Wording("This socket has been ended by the other party", "write", (LOCAL,), "own", "A write after the peer's FIN, with allowHalfOpen false: no call was made."),
        Wording("Cannot call write after a stream was destroyed", "write", (LOCAL,), "own"),
        Wording("ERR_STREAM_PREMATURE_CLOSE", "read", (EOF,), "own"),
        Wording("Premature close", "read", (EOF,), "own", phase="body"),
        Wording("write after end", "write", (LOCAL,), "own"),
        Wording("Error: Parse Error: Expected HTTP/", "read", (ALERT,), "own"),
        Wording("ESOCKETTIMEDOUT", "read", (TIMER,), "client"),
        Wording("Error: timeout of <n>ms exceeded", "read", (TIMER,), "client", "axios' own."),
        Wording("timeout of <n>ms exceeded", "read", (TIMER,), "client", "axios' own."),
        Wording("AxiosError: <text>", "read", (INNER,), "client"),
    ),
    signs=(r"\bat [\w.<>]+ \((?:node:)?(?:internal|_http|net|tls)[\w/:.]*", r"\bsyscall: '", r"\bnode:internal", r"errno: -\d+", r"\bcode: 'E[A-Z]+'"),
    fields=(
        r"connect E[A-Z]+ (?P<peer>\[?[0-9a-fA-F:.]+?\]?:\d+)(?![\d:.])",
        r"address: '(?P<peer>[^']+)',\s*port: (?P<peer_port>\d+)",
        r"\((?P<own>[0-9a-fA-F.:]+:\d+)\)",
        r"localAddress: '(?P<own>[^']+)',\s*localPort: (?P<own_port>\d+)",
        r"remoteAddress: '(?P<peer>[^']+)',\s*remotePort: (?P<peer_port>\d+)",
    ),
    traps="socket hang up carries code ECONNRESET and is EOF. Only connect errors have an address.",
    sources="lib/net.js, lib/_http_client.js; calls measured with strace.",
)  # fmt: skip
