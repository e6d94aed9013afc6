"""Kafka: clients and brokers."""

from __future__ import annotations

from tcpexplain.runtimes import ALERT, EOF, INNER, TIMER, Product, Wording

PRODUCT = Product(
    "kafka",
    "Apache Kafka",
    "2 and later",
    (
        Wording("Node <id> disconnected.", "read", (EOF, "ECONNRESET"), "client", "Without a request in flight mostly the broker's connections.max.idle.ms."),
        Wording("Connection to node <id> (<peer>) could not be established. Node may not be available.", "connect", ("ECONNREFUSED", "ETIMEDOUT", TIMER), "client", phase="connect"),
        Wording("Connection to node <id> (<peer>) could not be established. Broker may not be available.", "connect", ("ECONNREFUSED", "ETIMEDOUT", TIMER), "client", phase="connect"),
        Wording("Connection to node <id> (<peer>) terminated during authentication", "read", (EOF,), "client", phase="handshake"),
        Wording("Disconnecting from node <id> due to request timeout.", "read", (TIMER,), "client", "request.timeout.ms, the client's own."),
        Wording("Disconnecting from node <id> due to socket connection setup timeout.", "connect", (TIMER,), "client", phase="connect"),
        Wording("Cancelled in-flight <api> request with correlation id <n> due to node <id> being disconnected", "read", (EOF, "ECONNRESET", TIMER), "client"),
        Wording("Connection with <peer> disconnected", "read", (INNER, EOF), "own", "The exception below it says which."),
        Wording("Connection with <peer> (channelId=<id>) disconnected", "read", (INNER, EOF), "own", "The exception below it says which."),
        Wording("Failed authentication with <peer>", "read", (ALERT, EOF), "own"),
        Wording("Bootstrap broker <peer> (id: <id> rack: null) disconnected", "connect", ("ECONNREFUSED", EOF, "ECONNRESET"), "client"),
        Wording("terminated during authentication", "read", (EOF,), "client", phase="handshake"),
    ),
    signs=(r"\borg\.apache\.kafka\.", r"\[(?:Consumer|Producer|AdminClient) clientId=", r"\[SocketServer "),
    fields=(
        r"Connection to node -?\d+ \((?:[\w.-]*/)?(?P<peer>[\w.:\[\]-]+:\d+)\)",
        r"Connection with (?:[\w.-]*/)(?P<peer>[0-9a-fA-F.:]+)(?::(?P<peer_port>\d+))? ",
        r"Bootstrap broker (?P<peer>[\w.-]+:\d+)",
        r"channelId=(?P<server>[\d.]+:\d+)-(?P<client>[\d.]+:\d+)-",
    ),
    traps="Node -1 is a bootstrap broker; 2147483647 minus the id is the coordinator's.",
    sources="clients/src/main/java/org/apache/kafka: NetworkClient.java, Selector.java",
)  # fmt: skip
