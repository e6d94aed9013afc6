"""MySQL's and MariaDB's server."""

from __future__ import annotations

from tcpexplain.runtimes import ALERT, EOF, TIMER, Product, Wording

PRODUCT = Product(
    "mysql",
    "MySQL, MariaDB server",
    "5 and later, MariaDB 10 and later",
    (
        Wording("Aborted connection <n> to db: '<db>' user: '<user>' host: '<client>' (Got an error reading communication packets)", "read", (EOF, "ECONNRESET"), "server", "FIN or RST of the client without COM_QUIT."),
        Wording("Aborted connection <n> to db: '<db>' user: '<user>' host: '<client>' (Got timeout reading communication packets)", "read", (TIMER,), "server", "wait_timeout, the server's own."),
        Wording("Aborted connection <n> to db: '<db>' user: '<user>' host: '<client>' (Got an error writing communication packets)", "write", ("EPIPE", "ECONNRESET"), "server"),
        Wording("Got an error reading communication packets", "read", (EOF, "ECONNRESET"), "server", "FIN or RST of the client without COM_QUIT."),
        Wording("Got timeout reading communication packets", "read", (TIMER,), "server", "wait_timeout, the server's own."),
        Wording("Got an error writing communication packets", "write", ("EPIPE", "ECONNRESET"), "server"),
        Wording("Got timeout writing communication packets", "write", (TIMER,), "server", "net_write_timeout, the server's own."),
        Wording("(This connection closed normally without authentication)", "read", (EOF,), "server", phase="handshake"),
        Wording("Got packets out of order", "read", (ALERT,), "server"),
    ),
    signs=(r"\bAborted connection \d+", r"\[(?:Warning|Note|ERROR|System)\] (?:\[MY-\d+\])?"),
    fields=(
        r"host: '(?P<client>[^']+)'",
    ),
    traps="The host has no port; the thread number identifies the connection only in the server.",
    sources="sql/share/errmsg, sql/sql_connect.cc; calls measured with strace.",
)  # fmt: skip
