"""gunicorn, and uvicorn beside it."""

from __future__ import annotations

from tcpexplain.runtimes import EOF, LOCAL, NAMED, Product, Wording

PRODUCT = Product(
    "gunicorn",
    "gunicorn, uvicorn",
    "gunicorn 19 and later",
    (
        Wording("WORKER TIMEOUT (pid:<n>)", None, (LOCAL,), "server", "gunicorn kills its own worker: the kernel then closes its connections, with FIN, or with RST where bytes were unread."),
        Wording("Ignoring EPIPE", "write", ("EPIPE",), "server"),
        Wording("Ignoring connection reset", "read", ("ECONNRESET",), "server"),
        Wording("Ignored premature client disconnection.", "read", (EOF,), "server"),
        Wording("Worker with pid <n> was terminated due to signal <n>", None, (LOCAL,), "server", "The worker was killed: its kernel closed its connections."),
        Wording("Socket error processing request.", "read", (NAMED, EOF), "server"),
        Wording("ASGI callable returned without completing response.", None, (LOCAL,), "server"),
        Wording("ASGI callable returned without starting response.", None, (LOCAL,), "server"),
    ),
    signs=(r"\[\d+\] \[(?:ERROR|CRITICAL|DEBUG|INFO|WARNING)\] ",),
    traps="The line about the worker has no address; every connection of that process is meant.",
    sources="gunicorn/arbiter.py, workers/sync.py",
)  # fmt: skip
