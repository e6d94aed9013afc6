"""MongoDB's drivers and server."""

from __future__ import annotations

from tcpexplain.runtimes import EOF, INNER, NAMED, TIMER, Product, Wording

PRODUCT = Product(
    "mongodb",
    "MongoDB",
    "drivers 1.x to 4.x",
    (
        Wording("connection(<host>:<port>[-<n>]) incomplete read of message header: <error>", "read", (INNER, EOF), "client"),
        Wording("incomplete read of message header: <error>", "read", (INNER, EOF), "client"),
        Wording("incomplete read of full message: <error>", "read", (INNER, EOF), "client", phase="body"),
        Wording("connection(<host>:<port>[-<n>]) unable to write wire message to network: <error>", "write", (INNER, "EPIPE"), "client"),
        Wording("unable to write wire message to network: <error>", "write", (INNER, "EPIPE"), "client"),
        Wording("socket was unexpectedly closed: EOF", "read", (EOF,), "client"),
        Wording("pymongo.errors.AutoReconnect: <host>:<port>: [Errno <n>] <text>", "read", (NAMED,), "client"),
        Wording("pymongo.errors.AutoReconnect: <host>:<port>: connection closed", "read", (EOF,), "client"),
        Wording("connection closed (configured timeouts: <text>)", "read", (EOF,), "client"),
        Wording("pymongo.errors.NetworkTimeout: <text>", "read", (TIMER,), "client"),
        Wording("MongoNetworkError: connection <n> to <peer> closed", "read", (EOF, "ECONNRESET"), "client"),
        Wording("MongoNetworkTimeoutError: connection <n> to <peer> timed out", "read", (TIMER,), "client"),
        Wording("MongoSocketReadException: Prematurely reached end of stream", "read", (EOF,), "client"),
        Wording("Prematurely reached end of stream", "read", (EOF,), "client"),
        Wording("MongoSocketReadException: <error>", "read", (INNER,), "client"),
        Wording("MongoSocketWriteException: <error>", "write", (INNER, "EPIPE"), "client"),
    ),
    signs=(r"\bMongo\w*(?:Error|Exception)\b", r"\bpymongo\b", r"\bserver selection error\b"),
    fields=(
        r"connection\((?P<peer>[\w.-]+:\d+)\[-?\d+\]\)",
        r"AutoReconnect: (?P<peer>[\w.-]+:\d+):",
        r"to (?P<peer>[\w.-]+:\d+) (?:closed|timed out)",
    ),
    sources="mongo-go-driver x/mongo/driver/topology/connection.go, pymongo/network.py",
)  # fmt: skip
