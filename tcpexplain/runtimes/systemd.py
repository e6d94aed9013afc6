"""systemd: units, sockets, journal-remote."""

from __future__ import annotations

from tcpexplain.runtimes import LOCAL, NAMED, Product, Wording

PRODUCT = Product(
    "systemd",
    "systemd",
    "all",
    (
        Wording("Main process exited, code=killed, status=9/KILL", None, (LOCAL,), "server", "The process was killed: its kernel closed its connections, with FIN, or with RST where bytes were unread."),
        Wording("Main process exited, code=killed, status=<n>", None, (LOCAL,), "server", "The process was killed: its kernel closed its connections."),
        Wording("Main process exited, code=exited, status=<n>", None, (LOCAL,), "server", "The process ended: its kernel closed its connections."),
        Wording("A process of this unit has been killed by the OOM killer", None, (LOCAL,), "server", "The process was killed: its kernel closed its connections."),
        Wording("Failed to get initial list of <text>: Connection reset by peer", "read", ("ECONNRESET",), "client"),
        Wording("Watchdog timeout (limit <n>)", None, (LOCAL,), "server", "systemd kills the service."),
        Wording("State 'stop-sigterm' timed out. Killing.", None, (LOCAL,), "server"),
        Wording("Failed to accept socket: <errno>", "accept", (NAMED,), "server"),
    ),
    signs=(r"\bsystemd\[\d+\]:",),
    sources="src/core/service.c",
)  # fmt: skip
