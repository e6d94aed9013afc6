"""Traefik: HTTP and TCP."""

from __future__ import annotations

from tcpexplain.runtimes import EOF, INNER, TIMER, Product, Wording

PRODUCT = Product(
    "traefik",
    "Traefik",
    "2 and 3",
    (
        Wording("499 Client Closed Request", "poll", (EOF, "ECONNRESET"), "server", phase="answer"),
        Wording("502 Bad Gateway", "read", (INNER, EOF, "ECONNRESET", "ECONNREFUSED"), "client", "The cause beside it decides.", phase="answer"),
        Wording("504 Gateway Timeout", "read", (TIMER,), "client", phase="answer"),
        Wording("Error while dialing backend: <error>", "connect", (INNER,), "client", phase="connect"),
        Wording("Error while dialing backend", "connect", (INNER, "ECONNREFUSED"), "client", phase="connect"),
        Wording("Error during connection: <error>", "read", (INNER,), "own"),
    ),
    signs=(r"\btraefik\b",),
    traps="The words behind the status are Go's.",
    sources="pkg/proxy/httputil/proxy.go, pkg/tcp/proxy.go",
)  # fmt: skip
