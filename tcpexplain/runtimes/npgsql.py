"""Npgsql."""

from __future__ import annotations

from tcpexplain.runtimes import EOF, INNER, TIMER, Product, Wording

PRODUCT = Product(
    "npgsql",
    "Npgsql",
    "5 and later",
    (
        Wording("Exception while reading from stream", "read", (INNER, EOF, "ECONNRESET", TIMER), "client", "The inner exception says which."),
        Wording("Exception while writing to stream", "write", (INNER, "EPIPE", "ECONNRESET", TIMER), "client", "The inner exception says which."),
        Wording("Attempted to read past the end of the stream.", "read", (EOF,), "client"),
        Wording("Failed to connect to <peer>", "connect", (INNER, "ECONNREFUSED"), "client", phase="connect"),
        Wording("Timeout during reading attempt", "read", (TIMER,), "client"),
    ),
    signs=(r"\bNpgsql\b",),
    fields=(
        r"Failed to connect to (?P<peer>[\w.\[\]:-]+:\d+)",
    ),
    sources="src/Npgsql/Internal/NpgsqlReadBuffer.cs",
)  # fmt: skip
