"""hyper and reqwest."""

from __future__ import annotations

from tcpexplain.runtimes import EOF, INNER, LOCAL, NAMED, TIMER, Product, Wording

PRODUCT = Product(
    "hyper",
    "hyper, reqwest",
    "hyper 0.14 and 1, reqwest 0.11 and 0.12",
    (
        Wording("connection closed before message completed", "read", (EOF,), "client", "On a connection of the pool mostly one that the server had closed while idle.", phase="answer"),
        Wording("IncompleteMessage", "read", (EOF,), "client", phase="answer"),
        Wording("error reading a body from connection: <error>", "read", (INNER, EOF), "client", phase="body"),
        Wording("error reading a body from connection", "read", (EOF, NAMED), "client", phase="body"),
        Wording("end of file before message length reached", "read", (EOF,), "client", phase="body"),
        Wording("unexpected EOF during chunk size line", "read", (EOF,), "client", phase="body"),
        Wording("operation was canceled: connection closed", "read", (LOCAL,), "client"),
        Wording("operation was canceled", "read", (LOCAL,), "client"),
        Wording("error trying to connect: tcp connect error: <error>", "connect", (INNER,), "client", phase="connect"),
        Wording("tcp connect error: <error>", "connect", (INNER,), "client", phase="connect"),
        Wording("tcp connect error", "connect", (INNER, "ECONNREFUSED"), "client", phase="connect"),
        Wording("error sending request for url (<url>): <error>", None, (INNER,), "client"),
        Wording("error sending request for url (<url>)", None, (INNER, EOF, "ECONNRESET", "ECONNREFUSED", TIMER), "client", "Its source() says which error."),
        Wording("operation timed out", "read", (TIMER,), "client"),
        Wording("connection error: <error>", "read", (INNER,), "own"),
    ),
    signs=(r"\bhyper(?:_util)?(?:::|\b)", r"\breqwest\b"),
    fields=(
        r"for url \(https?://(?P<peer>[\w.-]+:\d+)",
    ),
    sources="hyper/src/error.rs, reqwest/src/error.rs",
)  # fmt: skip
