"""node-postgres."""

from __future__ import annotations

from tcpexplain.runtimes import EOF, LOCAL, TIMER, Product, Wording

PRODUCT = Product(
    "node_postgres",
    "node-postgres",
    "8.x",
    (
        Wording("Connection terminated unexpectedly", "read", (EOF,), "client"),
        Wording("Connection terminated due to connection timeout", "connect", (TIMER,), "client", phase="connect"),
        Wording("Connection terminated", "read", (LOCAL,), "client"),
        Wording("timeout exceeded when trying to connect", "connect", (TIMER,), "client", "connectionTimeoutMillis of the pool.", phase="connect"),
        Wording("timeout expired", "connect", (TIMER,), "client", phase="connect"),
        Wording("Query read timeout", "read", (TIMER,), "client"),
        Wording("Client has encountered a connection error and is not queryable", "write", (LOCAL,), "client"),
    ),
    signs=(r"\bnode_modules/pg\b", r"\bpg-pool\b"),
    sources="packages/pg/lib/client.js, pg-pool/index.js",
)  # fmt: skip
