"""gRPC: Go and the C core."""

from __future__ import annotations

from tcpexplain.runtimes import EOF, INNER, LOCAL, NOTHING, TIMER, Product, Wording

PRODUCT = Product(
    "grpc",
    "gRPC",
    "Go 1.x; C core (Python, C++, Ruby, PHP)",
    (
        Wording("error reading from server: EOF", "read", (EOF,), "client"),
        Wording("rpc error: code = Unavailable desc = error reading from server: <error>", "read", (INNER,), "client"),
        Wording("error reading from server: <error>", "read", (INNER,), "client"),
        Wording("rpc error: code = Unavailable desc = transport is closing", "read", (LOCAL, EOF), "client", "Either end may have begun."),
        Wording("transport is closing", "read", (LOCAL, EOF), "client", "Either end may have begun."),
        Wording('rpc error: code = Unavailable desc = connection error: desc = "<error>"', "connect", (INNER,), "client", phase="connect"),
        Wording('connection error: desc = "<error>"', "connect", (INNER,), "client", "Connect, or HTTP/2's preface.", phase="connect"),
        Wording("error reading server preface: <error>", "read", (INNER,), "client", phase="handshake"),
        Wording("keepalive ping failed to receive ACK within timeout", "read", (TIMER,), "client"),
        Wording('Client received GoAway with error code ENHANCE_YOUR_CALM and debug data equal to ASCII "too_many_pings".', "read", (EOF,), "client", "The server minds the client's keepalive pings: send fewer."),
        Wording("code = Unavailable desc = closing transport due to: <error>", "read", (INNER,), "client"),
        Wording("Socket closed", "read", (EOF,), "client", needs=r"(?i)grpc|UNAVAILABLE|^\W*Socket closed\W*$"),
        Wording("Stream removed", "read", (EOF,), "client"),
        Wording("recvmsg:Connection reset by peer", "read", ("ECONNRESET",), "client"),
        Wording("Connection reset by peer", "read", ("ECONNRESET",), "client", needs=r"(?i)grpc|StatusCode"),
        Wording("failed to connect to all addresses; last error: <error>", "connect", (INNER, "ECONNREFUSED"), "client", phase="connect"),
        Wording("failed to connect to all addresses", "connect", (INNER, "ECONNREFUSED"), "client", phase="connect"),
        Wording("Deadline Exceeded", "read", (TIMER,), "client", needs=r"(?i)grpc|DEADLINE_EXCEEDED"),
        Wording("code = DeadlineExceeded desc = context deadline exceeded", "read", (TIMER,), "client"),
        Wording("code = Canceled desc = context canceled", "read", (LOCAL,), "client"),
        Wording("code = Unavailable desc = name resolver error: <error>", None, (NOTHING,), "client"),
    ),
    signs=(r"\brpc error: code = ", r"\bgrpc\b", r"StatusCode\.[A-Z_]+"),
    fields=(
        r"ipv4:(?P<peer>[\d.]+:\d+)",
        r"ipv6:(?P<peer>\[[0-9a-fA-F:]+\]:\d+)",
        r"ipv4:%\w+|dial tcp (?P<peer>\S+:\d+):",
    ),
    sources="grpc-go internal/transport/http2_client.go, grpc core; read in public threads.",
)  # fmt: skip
