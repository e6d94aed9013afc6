"""Varnish: varnishlog's FetchError and SessClose."""

from __future__ import annotations

from tcpexplain.runtimes import ALERT, EOF, NAMED, TIMER, Product, Wording

PRODUCT = Product(
    "varnish",
    "Varnish",
    "6 and 7",
    (
        Wording("FetchError HTC eof (<text>)", "read", (EOF,), "client", phase="answer"),
        Wording("HTC eof", "read", (EOF,), "client", phase="answer"),
        Wording("FetchError HTC <name> (<text>)", "read", (EOF, NAMED), "client", phase="answer"),
        Wording("FetchError first byte timeout", "read", (TIMER,), "client", "Varnish's own first_byte_timeout.", phase="answer"),
        Wording("first byte timeout (reused connection)", "read", (TIMER,), "client", "Varnish's own first_byte_timeout, on a connection of its pool.", phase="answer"),
        Wording("first byte timeout", "read", (TIMER,), "client", "Varnish's own first_byte_timeout.", phase="answer"),
        Wording("http first read error: EOF", "read", (EOF,), "client", phase="answer"),
        Wording("http first read error: <error>", "read", (NAMED,), "client", phase="answer"),
        Wording("straight insufficient bytes", "read", (EOF,), "client", phase="body"),
        Wording("SessClose REM_CLOSE", "read", (EOF,), "server", "The client closed between requests: harmless."),
        Wording("SessClose RX_TIMEOUT", "read", (TIMER,), "server"),
        Wording("SessClose RX_CLOSE_IDLE", "read", (TIMER,), "server", "timeout_idle: harmless."),
        Wording("SessClose TX_ERROR", "write", ("EPIPE", "ECONNRESET"), "server"),
        Wording("SessClose RX_JUNK", "read", (ALERT,), "server", "What came was no HTTP."),
        Wording("REM_CLOSE", "read", (EOF,), "server", "The client closed between requests: harmless."),
        Wording("RX_TIMEOUT", "read", (TIMER,), "server"),
        Wording("RX_CLOSE_IDLE", "read", (TIMER,), "server", "timeout_idle: harmless."),
        Wording("TX_ERROR", "write", ("EPIPE", "ECONNRESET"), "server"),
    ),
    signs=(r"\b(?:FetchError|SessClose)\b",),
    traps="varnishlog has no address in these records: the record's Backend and SessOpen have.",
    sources="bin/varnishd/cache/cache_http1_fetch.c, cache_backend.c, include/tbl/sess_close.h",
)  # fmt: skip
