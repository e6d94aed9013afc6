"""PgBouncer."""

from __future__ import annotations

from tcpexplain.runtimes import EOF, LOCAL, TIMER, Product, Wording

PRODUCT = Product(
    "pgbouncer",
    "PgBouncer",
    "1.x",
    (
        Wording("closing because: client unexpected eof (age=<n>s)", "read", (EOF,), "server"),
        Wording("closing because: client unexpected eof", "read", (EOF,), "server"),
        Wording("closing because: server conn crashed? (age=<n>s)", "read", (EOF, "ECONNRESET"), "client", "The database closed."),
        Wording("closing because: server conn crashed?", "read", (EOF, "ECONNRESET"), "client", "The database closed."),
        Wording("closing because: server idle timeout", "read", (LOCAL,), "client", "PgBouncer's own server_idle_timeout."),
        Wording("closing because: server lifetime over", "read", (LOCAL,), "client", "PgBouncer's own server_lifetime."),
        Wording("closing because: client_idle_timeout", "read", (LOCAL,), "server", "PgBouncer's own client_idle_timeout."),
        Wording("closing because: query_wait_timeout", "read", (LOCAL,), "server", "PgBouncer's own query_wait_timeout."),
        Wording("closing because: idle transaction timeout", "read", (LOCAL,), "server", "PgBouncer's own idle_transaction_timeout."),
        Wording("closing because: client close request", "read", (LOCAL,), "server", "The client said goodbye: no fault."),
        Wording("closing because: client_login_timeout (server down)", "connect", (TIMER,), "server"),
        Wording("closing because: connect failed", "connect", ("ECONNREFUSED", "ETIMEDOUT", "EHOSTUNREACH"), "client", phase="connect"),
        Wording("closing because: connect timeout", "connect", (TIMER,), "client", phase="connect"),
        Wording("closing because: server closed connection", "read", (EOF,), "client"),
        Wording("closing because: query timeout", "read", (LOCAL,), "client"),
        Wording("closing because: <reason>", None, (LOCAL,), "own"),
        Wording("server idle timeout", "read", (LOCAL,), "client", "PgBouncer's own server_idle_timeout."),
        Wording("server lifetime over", "read", (LOCAL,), "client", "PgBouncer's own server_lifetime."),
        Wording("client_idle_timeout", "read", (LOCAL,), "server", "PgBouncer's own client_idle_timeout."),
        Wording("query_wait_timeout", "read", (LOCAL,), "server", "PgBouncer's own query_wait_timeout."),
        Wording("idle transaction timeout", "read", (LOCAL,), "server", "PgBouncer's own idle_transaction_timeout."),
        Wording("client unexpected eof", "read", (EOF,), "server"),
        Wording("server conn crashed?", "read", (EOF, "ECONNRESET"), "client", "The database closed."),
    ),
    signs=(r"\b[CS]-0x[0-9a-f]+: ",),
    fields=(
        r"\bC-0x[0-9a-f]+: [^@]*@(?P<client>[0-9a-fA-F:.\[\]]+:\d+)",
        r"\bS-0x[0-9a-f]+: [^@]*@(?P<upstream>[0-9a-fA-F:.\[\]]+:\d+)",
        r"\(age=(?P<lasted>\d+)s?\)",
    ),
    traps="C- is the client's connection, S- the database's. age counts from the login.",
    sources="src/client.c, server.c, janitor.c",
)  # fmt: skip
