"""aiohttp."""

from __future__ import annotations

from tcpexplain.runtimes import EOF, INNER, LOCAL, TIMER, Product, Wording

PRODUCT = Product(
    "aiohttp",
    "aiohttp",
    "3.x",
    (
        Wording("ServerDisconnectedError: Server disconnected", "read", (EOF,), "client", phase="answer"),
        Wording("Server disconnected", "read", (EOF,), "client", phase="answer"),
        Wording("ClientOSError: [Errno 104] Connection reset by peer", "read", ("ECONNRESET",), "client"),
        Wording("ClientOSError: [Errno 32] Broken pipe", "write", ("EPIPE",), "client"),
        Wording("ClientPayloadError: Response payload is not completed: <error>", "read", (EOF,), "client", phase="body"),
        Wording("ClientPayloadError: Response payload is not completed", "read", (EOF,), "client", phase="body"),
        Wording("Response payload is not completed", "read", (EOF,), "client", phase="body"),
        Wording("Cannot connect to host <peer> ssl:<text> [Connect call failed <text>]", "connect", ("ECONNREFUSED", INNER), "client", phase="connect"),
        Wording("Cannot connect to host <peer> ssl:<text> [<error>]", "connect", (INNER, "ECONNREFUSED"), "client", phase="connect"),
        Wording("Cannot write to closing transport", "write", (LOCAL,), "own", "The connection had failed or ended before: an earlier EOF or error."),
        Wording("Connection lost", "write", (LOCAL,), "own", "The connection had failed or ended before."),
        Wording("ServerTimeoutError: Timeout on reading data from socket", "read", (TIMER,), "client"),
        Wording("ServerTimeoutError: Connection timeout to host <peer>", "connect", (TIMER,), "client", phase="connect"),
        Wording("Connection timeout to host <peer>", "connect", (TIMER,), "client", phase="connect"),
        Wording("SocketTimeoutError: Timeout on reading data from socket", "read", (TIMER,), "client"),
        Wording("Timeout on reading data from socket", "read", (TIMER,), "client"),
    ),
    signs=(r"\baiohttp\b", r"\bClient(?:OS|Payload|Connector)Error\b"),
    fields=(
        r"Cannot connect to host (?P<peer>[\w.-]+:\d+|\[[0-9a-f:]+\]:\d+)",
        r"Connect call failed \('(?P<peer>[^']+)', (?P<peer_port>\d+)",
    ),
    sources="aiohttp/client_proto.py, client_exceptions.py, streams.py; calls measured with strace.",
)  # fmt: skip
