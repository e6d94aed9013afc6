"""Netty and reactor-netty."""

from __future__ import annotations

from tcpexplain.runtimes import EOF, LOCAL, TIMER, Product, Wording

PRODUCT = Product(
    "netty",
    "Netty, reactor-netty",
    "4.1; reactor-netty 0.9 and 1.x",
    (
        Wording("recvAddress(..) failed with error(-104): Connection reset by peer", "read", ("ECONNRESET",), "own", versions="4.1.x and later"),
        Wording("recvAddress(..) failed: Connection reset by peer", "read", ("ECONNRESET",), "own", versions="4.1 before"),
        Wording("syscall:read(..) failed: Connection reset by peer", "read", ("ECONNRESET",), "own", versions="4.1 before"),
        Wording("writeAddress(..) failed: Broken pipe", "write", ("EPIPE",), "own"),
        Wording("writevAddresses(..) failed: Broken pipe", "write", ("EPIPE",), "own"),
        Wording("writevAddresses(..) failed with error(-32): Broken pipe", "write", ("EPIPE",), "own"),
        Wording("writeAddress(..) failed with error(-32): Broken pipe", "write", ("EPIPE",), "own"),
        Wording("Connection prematurely closed BEFORE response", "read", (EOF, "ECONNRESET"), "client", "After the request, before a byte of the answer; FIN or RST.", phase="answer"),
        Wording("PrematureCloseException: Connection prematurely closed BEFORE response", "read", (EOF, "ECONNRESET"), "client", "After the request, before a byte of the answer; FIN or RST.", phase="answer"),
        Wording("Connection prematurely closed DURING response", "read", (EOF, "ECONNRESET"), "client", phase="body"),
        Wording("Connection has been closed BEFORE response, while sending request body", "write", ("EPIPE", "ECONNRESET", EOF), "client", phase="request"),
        Wording("Connection has been closed BEFORE send operation", "write", (LOCAL,), "own"),
        Wording("StacklessClosedChannelException", "write", (LOCAL,), "own"),
        Wording("io.netty.channel.ConnectTimeoutException: connection timed out: <peer>", "connect", (TIMER,), "client", phase="connect"),
        Wording("connection timed out: <peer>", "connect", (TIMER,), "client", phase="connect", needs=r"netty|ConnectTimeoutException"),
        Wording("finishConnect(..) failed: Connection refused: <peer>", "connect", ("ECONNREFUSED",), "client", phase="connect"),
        Wording("Connection refused: <peer>", "connect", ("ECONNREFUSED",), "client", phase="connect", needs=r"netty|AnnotatedConnectException|finishConnect"),
        Wording("io.netty.handler.timeout.ReadTimeoutException", "read", (TIMER,), "own"),
        Wording("io.netty.handler.timeout.WriteTimeoutException", "write", (TIMER,), "own"),
    ),
    signs=(r"\bio\.netty\.", r"\breactor\.netty\.", r"\[id: 0x[0-9a-f]+"),
    fields=(
        r"\[(?:id: )?(?:0x)?[0-9a-f]+(?:-\d+)?, L:/?(?P<own>[0-9a-fA-F.:\[\]]+:\d+) [-!] R:(?:[^/\]]*/)?(?P<peer>[0-9a-fA-F.:\[\]\w-]+:\d+)",
        r"(?:Connection refused|connection timed out): (?:[\w.-]*/)?(?P<peer>[\w.-]+:\d+)",
    ),
    traps="L: is the own end, R: the peer; ! instead of - says the channel was closed already.",
    sources="transport-native-unix-common Errors.java, HttpClientOperations.java",
)  # fmt: skip
