"""RabbitMQ."""

from __future__ import annotations

from tcpexplain.runtimes import EOF, INNER, TIMER, Product, Wording

PRODUCT = Product(
    "rabbitmq",
    "RabbitMQ",
    "3 and 4",
    (
        Wording("missed heartbeats from client, timeout: <n>s", "read", (TIMER,), "server", "At most twice the timeout without a byte."),
        Wording("client unexpectedly closed TCP connection", "read", (EOF, "ECONNRESET"), "server", "No connection.close came before FIN or RST."),
        Wording("{handshake_timeout,<frame>}", "read", (TIMER,), "server", phase="handshake"),
        Wording("{writer,send_failed,{error,closed}}", "write", ("EPIPE", "ECONNRESET"), "server"),
        Wording("{writer,send_failed,{error,timeout}}", "write", (TIMER,), "server"),
        Wording("{inet_error,etimedout}", "read", ("ETIMEDOUT",), "server"),
        Wording("{inet_error,econnreset}", "read", ("ECONNRESET",), "server"),
        Wording("closing AMQP connection <pid> (<client> -> <server>)", "read", (INNER, EOF, TIMER), "server", "The line below it says why; at level info it is a goodbye."),
    ),
    signs=(r"\bclosing AMQP connection <", r"\baccepting AMQP connection <"),
    fields=(
        r"\((?P<client>\[?[0-9a-fA-F:.]+\]?:\d+) -> (?P<server>\[?[0-9a-fA-F:.]+\]?:\d+)",
    ),
    traps="The reason stands on the next line.",
    sources="deps/rabbit/src/rabbit_reader.erl",
)  # fmt: skip
