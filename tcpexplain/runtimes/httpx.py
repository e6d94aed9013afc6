"""httpx and httpcore."""

from __future__ import annotations

from tcpexplain.runtimes import EOF, NAMED, NOTHING, TIMER, Product, Wording

PRODUCT = Product(
    "httpx",
    "httpx, httpcore",
    "0.2x",
    (
        Wording("RemoteProtocolError: Server disconnected without sending a response.", "read", (EOF,), "client", phase="answer"),
        Wording("Server disconnected without sending a response.", "read", (EOF,), "client", phase="answer"),
        Wording("peer closed connection without sending complete message body (received <n> bytes, expected <n>)", "read", (EOF,), "client", phase="body"),
        Wording("peer closed connection without sending complete message body", "read", (EOF,), "client", phase="body"),
        Wording("ReadError('')", "read", ("ECONNRESET",), "client", "The errno is dropped where httpcore uses anyio."),
        Wording("ReadError: [Errno 104] Connection reset by peer", "read", ("ECONNRESET",), "client"),
        Wording("httpx.ReadError", "read", ("ECONNRESET", NAMED), "client"),
        Wording("httpcore.ReadError", "read", ("ECONNRESET", NAMED), "client"),
        Wording("httpx.WriteError: [Errno 32] Broken pipe", "write", ("EPIPE",), "client"),
        Wording("httpx.WriteError", "write", ("EPIPE", NAMED), "client"),
        Wording("httpx.ConnectError: All connection attempts failed", "connect", ("ECONNREFUSED",), "client", phase="connect"),
        Wording("All connection attempts failed", "connect", ("ECONNREFUSED",), "client", phase="connect"),
        Wording("httpx.ConnectError: [Errno 111] Connection refused", "connect", ("ECONNREFUSED",), "client", phase="connect"),
        Wording("httpx.ConnectError", "connect", (NAMED, "ECONNREFUSED"), "client", phase="connect"),
        Wording("httpx.ReadTimeout: timed out", "read", (TIMER,), "client"),
        Wording("httpx.ReadTimeout", "read", (TIMER,), "client"),
        Wording("httpx.WriteTimeout", "write", (TIMER,), "client"),
        Wording("httpx.ConnectTimeout", "connect", (TIMER,), "client", phase="connect"),
        Wording("httpx.PoolTimeout", None, (NOTHING,), "client", "No connection became free in time: nothing was sent."),
        Wording("ReadTimeout: timed out", "read", (TIMER,), "client"),
        Wording("ReadTimeout", "read", (TIMER,), "client"),
        Wording("WriteTimeout", "write", (TIMER,), "client"),
        Wording("ConnectTimeout: timed out", "connect", (TIMER,), "client", phase="connect"),
    ),
    signs=(r"\bhttp(?:x|core)\.", r"\bRemoteProtocolError\b"),
    fields=(
        r"received (?P<received>\d+) bytes, expected",
    ),
    traps="ReadError without words is ECONNRESET.",
    sources="httpcore/_sync/http11.py, h11; calls measured with strace.",
)  # fmt: skip
