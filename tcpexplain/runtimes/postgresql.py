"""PostgreSQL's server."""

from __future__ import annotations

from tcpexplain.runtimes import ALERT, EOF, INNER, LOCAL, NAMED, TIMER, Product, Wording

PRODUCT = Product(
    "postgresql",
    "PostgreSQL server",
    "9 and later",
    (
        Wording("could not receive data from client: Connection reset by peer", "read", ("ECONNRESET",), "server"),
        Wording("could not receive data from client: <errno>", "read", (NAMED,), "server"),
        Wording("unexpected EOF on client connection with an open transaction", "read", (EOF,), "server", "The transaction is rolled back."),
        Wording("unexpected EOF on client connection", "read", (EOF,), "server"),
        Wording("could not send data to client: Broken pipe", "write", ("EPIPE",), "server"),
        Wording("could not send data to client: Connection reset by peer", "write", ("ECONNRESET",), "server"),
        Wording("could not send data to client: <errno>", "write", (NAMED,), "server"),
        Wording("connection to client lost", "write", ("EPIPE", "ECONNRESET"), "server", "It follows could not send data to client."),
        Wording("could not accept SSL connection: EOF detected", "read", (EOF,), "server", phase="handshake"),
        Wording("could not accept SSL connection: Connection reset by peer", "read", ("ECONNRESET",), "server", phase="handshake"),
        Wording("could not accept SSL connection: <error>", "read", (INNER, ALERT), "server", phase="handshake"),
        Wording("terminating connection due to idle-session timeout", "read", (LOCAL,), "server", "PostgreSQL's own timer, then FIN.", versions="14 and later"),
        Wording("terminating connection due to idle-in-transaction timeout", "read", (LOCAL,), "server", "PostgreSQL's own timer, then FIN.", versions="9.6 and later"),
        Wording("terminating connection due to administrator command", None, (LOCAL,), "server", "pg_terminate_backend() or a shutdown; the client reads SQLSTATE 57P01, then EOF."),
        Wording("terminating connection because of crash of another server process", None, (LOCAL,), "server", "Every backend ends; clients read SQLSTATE 57P02, then EOF."),
        Wording("incomplete startup packet", "read", (EOF,), "server", "Mostly a health check or a port scan.", phase="handshake"),
        Wording("invalid length of startup packet", "read", (ALERT,), "server", "What came is not PostgreSQL's protocol.", phase="handshake"),
        Wording("canceling authentication due to timeout", "read", (TIMER,), "server", "authentication_timeout.", phase="handshake"),
    ),
    signs=(r"\b(?:LOG|FATAL|ERROR|WARNING|STATEMENT|DETAIL|HINT):  ",),
    fields=(
        r"\b(?P<client>\d+\.\d+\.\d+\.\d+)\((?P<client_port>\d+)\)",
        r"\bhost=(?P<client>[0-9a-fA-F:.]+)(?: port=(?P<client_port>\d+))?",
        r"\bclient=(?P<client>\d+\.\d+\.\d+\.\d+)",
    ),
    traps="The peer is only there with %r or %h in log_line_prefix. One event has two lines: could not send, and connection to client lost.",
    sources="src/backend/libpq/pqcomm.c, be-secure.c, tcop/postgres.c; calls measured with strace.",
)  # fmt: skip
