"""libpq and psycopg."""

from __future__ import annotations

from tcpexplain.runtimes import EOF, INNER, LOCAL, NAMED, TIMER, Product, Wording

PRODUCT = Product(
    "libpq",
    "libpq, psql, psycopg",
    "libpq 9 and later, psycopg 2 and 3",
    (
        Wording("server closed the connection unexpectedly", "read", (EOF,), "client", "Two more lines follow. A RST may have been met before, by a write."),
        Wording("SSL SYSCALL error: EOF detected", "read", (EOF,), "client", "EOF without close_notify."),
        Wording("SSL SYSCALL error: Connection reset by peer", "read", ("ECONNRESET",), "client"),
        Wording("SSL SYSCALL error: <errno>", "read", (NAMED,), "client"),
        Wording("SSL connection has been closed unexpectedly", "read", (EOF,), "client", "With close_notify."),
        Wording("could not receive data from server: Connection reset by peer", "read", ("ECONNRESET",), "client"),
        Wording("could not receive data from server: Connection timed out", "read", ("ETIMEDOUT",), "client"),
        Wording("could not receive data from server: <errno>", "read", (NAMED,), "client"),
        Wording("could not send data to server: Broken pipe", "write", ("EPIPE",), "client"),
        Wording("could not send data to server: <errno>", "write", (NAMED,), "client"),
        Wording("could not connect to server: Connection refused", "connect", ("ECONNREFUSED",), "client", phase="connect"),
        Wording("could not connect to server: <errno>", "connect", (NAMED,), "client", phase="connect"),
        Wording('connection to server at "<host>", port <port> failed: Connection refused', "connect", ("ECONNREFUSED",), "client", phase="connect"),
        Wording('connection to server at "<host>", port <port> failed: server closed the connection unexpectedly', "read", (EOF,), "client", phase="handshake"),
        Wording('connection to server at "<host>", port <port> failed: timeout expired', "connect", (TIMER,), "client", "connect_timeout.", phase="connect"),
        Wording('connection to server at "<host>", port <port> failed: <error>', "connect", (INNER,), "client", phase="connect"),
        Wording("consuming input failed: <error>", "read", (INNER, EOF), "client"),
        Wording("sending query failed: <error>", "write", (INNER, "EPIPE"), "client"),
        Wording("the connection is lost", "read", (LOCAL,), "client", "It was lost before: an earlier line says how."),
        Wording("the connection is closed", "read", (LOCAL,), "client", "The program had closed it, or psycopg had seen it fail."),
        Wording("connection already closed", "read", (LOCAL,), "client"),
        Wording("connection timeout expired", "connect", (TIMER,), "client", phase="connect"),
        Wording("AdminShutdown: terminating connection due to administrator command", "read", (EOF,), "client", "The server's message (SQLSTATE 57P01) was read, then EOF.", phase="idle"),
        Wording("terminating connection due to administrator command SSL connection has been closed unexpectedly", "read", (EOF,), "client"),
    ),
    signs=(r"\bpsycopg2?\b", r"\bpsql: error:", r"\bOperationalError: (?:consuming|sending|connection to server|server closed|SSL)", r"\bPGRES_"),
    fields=(
        r'connection to server at "(?P<peer>[^"]+)"(?: \((?P<peer_address>[0-9a-fA-F:.]+)\))?, port (?P<peer_port>\d+)',
    ),
    traps="The text does not say which connection; psycopg's line is libpq's.",
    sources="src/interfaces/libpq/fe-misc.c, fe-secure.c, psycopg/pq/pq_ctypes.py; calls measured with strace.",
)  # fmt: skip
