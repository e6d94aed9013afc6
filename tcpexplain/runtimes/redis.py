"""Redis: server, replica and Sentinel."""

from __future__ import annotations

from tcpexplain.runtimes import EOF, LOCAL, NAMED, TIMER, Product, Wording

PRODUCT = Product(
    "redis",
    "Redis server",
    "2 and later",
    (
        Wording("Reading from client: Connection reset by peer", "read", ("ECONNRESET",), "server"),
        Wording("Reading from client: <errno>", "read", (NAMED,), "server"),
        Wording("Client closed connection <info>", "read", (EOF,), "server", "Verbose; no fault unless commands were under way."),
        Wording("Client closed connection", "read", (EOF,), "server", "Verbose; no fault unless commands were under way."),
        Wording("Error writing to client: <errno>", "write", (NAMED,), "server"),
        Wording("Client <info> scheduled to be closed ASAP for overcoming of output buffer limits.", "write", (LOCAL,), "server", "client-output-buffer-limit: Redis closes by itself."),
        Wording("scheduled to be closed ASAP for overcoming of output buffer limits", "write", (LOCAL,), "server", "client-output-buffer-limit: Redis closes by itself."),
        Wording("Closing idle client", "read", (TIMER,), "server", "Redis' own timeout."),
        Wording("Connection with master lost.", "read", (EOF, "ECONNRESET"), "client"),
        Wording("Connection with replica <peer> lost.", "read", (EOF, "ECONNRESET"), "server"),
        Wording("MASTER timeout: no data nor PING received...", "read", (TIMER,), "client", "repl-timeout, the replica's own."),
        Wording("Timeout connecting to the MASTER...", "connect", (TIMER,), "client", phase="connect"),
        Wording("Timeout receiving bulk data from MASTER...", "read", (TIMER,), "client"),
        Wording("Disconnecting timedout replica <text>: <peer>", "read", (TIMER,), "server"),
        Wording("Error condition on socket for SYNC: Connection refused", "connect", ("ECONNREFUSED",), "client", phase="connect"),
        Wording("Error condition on socket for SYNC: <errno>", "connect", (NAMED,), "client", phase="connect"),
        Wording("I/O error reading from master: <text>", "read", (NAMED, EOF), "client"),
        Wording("Error reading from client: <errno>", "read", (NAMED,), "server"),
    ),
    signs=(r"^\d+:[MSCX] \d\d \w{3} \d{4} \d\d:\d\d:\d\d\.\d{3} [.\-*#]",),
    fields=(
        r"(?<!l)addr=(?P<client>\[?[0-9a-fA-F:.]+\]?:\d+)",
        r"laddr=(?P<server>\[?[0-9a-fA-F:.]+\]?:\d+)",
        r"with replica (?P<client>[\w.:-]+) lost",
        r"\bage=(?P<lasted>\d+)",
        r"\bidle=(?P<silent>\d+)",
    ),
    sources="src/networking.c, replication.c; calls measured with strace.",
)  # fmt: skip
