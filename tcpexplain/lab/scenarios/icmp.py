"""ICMP errors and rejecting firewalls: hard for a SYN, soft for a connection that is up."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from tcpexplain.lab.scenario import Chapter

if TYPE_CHECKING:
    from tcpexplain.lab.stage import Stage

chapter = Chapter("path")
SCENARIOS = chapter.scenarios
DESTINATION_UNREACHABLE = 3
NET, HOST, PROTOCOL, PORT_CODE, HOST_PROHIBITED, ADMIN = 0, 1, 2, 3, 10, 13
USER_TIMEOUT = ((socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 1500),)

for _word, _code in {"net": NET, "host": HOST, "protocol": PROTOCOL, "port": PORT_CODE, "admin": ADMIN}.items():

    @chapter.tell(
        summary=f"ICMP unreachable code {_code} answers the SYN after 30 ms: connect fails at the first one",
        name=f"syn-meets-icmp-{_word}-after-30-ms",
    )
    def syn_meets_icmp(stage: Stage, code: int = _code) -> None:
        """A router answers the SYN with ICMP ``code``."""
        stage.listen()
        stage.path.reject("client", DESTINATION_UNREACHABLE, code, after=0.03)
        stage.prepare()
        stage.client.connect_and_wait()
        stage.client.ask("perw")


@chapter.tell(asks=("prrww", "pwwrr", "eprw", "cprw"))
def nonblocking_syn_meets_icmp_host(stage: Stage, ask: str) -> None:
    """ICMP host unreachable answers a non-blocking connect's SYN."""
    stage.listen()
    stage.path.reject("client", DESTINATION_UNREACHABLE, HOST, after=0.03)
    stage.prepare()
    stage.client.connect()
    stage.pause(0.1)
    stage.client.ask(ask)


for _word, _code, _asks in (
    ("net", NET, ("prrww",)),
    ("host", HOST, ("prrww", "peprww")),
    ("port", PORT_CODE, ("prrww",)),
    ("protocol", PROTOCOL, ("prrww",)),
    ("admin", ADMIN, ("prrww",)),
):

    @chapter.tell(
        summary=f"A router begins to reject an established connection's packets with ICMP unreachable code {_code}; TCP_USER_TIMEOUT 1.5 s",
        name=f"established-rejected-icmp-{_word}",
        asks=_asks,
    )
    def established_rejected(stage: Stage, ask: str, code: int = _code) -> None:
        """A router rejects what an established connection sends with ICMP ``code``."""
        stage.connect(options=USER_TIMEOUT)
        stage.path.reject("client", DESTINATION_UNREACHABLE, code)
        stage.client.send(8)
        stage.pause(0.1)
        stage.client.ask("pe")
        stage.pause(3.0)
        stage.client.ask(ask)
        stage.server.ask("pr")


@chapter.tell(name="established-rejected-tcp-reset", asks=("prrww", "pwwrr"))
def established_rejected_with_reset(stage: Stage, ask: str) -> None:
    """A firewall begins to reject an established connection's packets with RST."""
    stage.connect(options=USER_TIMEOUT)
    stage.path.reset("client")
    stage.client.send(8)
    stage.pause(0.1)
    stage.client.ask("pep")
    stage.client.ask(ask[1:])
    stage.server.ask("pr")


for _word, _answer in {
    "tcp-reset": "tcp reset",
    "icmp-admin": "icmp type admin-prohibited",
    "icmp-host-prohibited": "icmp type host-prohibited",
    "icmp-port": "icmp type port-unreachable",
    "icmp-proto": "icmp type prot-unreachable",
    "icmp-net": "icmp type net-unreachable",
}.items():

    @chapter.tell(
        summary=f"A router's firewall (nft) rejects the SYN with {_answer}",
        name=f"syn-rejected-{_word}",
        wire="router",
        needs=("nft",),
    )
    def syn_rejected(stage: Stage, answer: str = _answer) -> None:
        """A router rejects the SYN with ``answer``, before connect() has finished sending it."""
        stage.listen()
        stage.router.reject("client", answer)
        stage.prepare()
        stage.client.connect_and_wait()
        stage.client.ask("perw")


@chapter.tell(wire="router", needs=("nft",))
def firewall_begins_to_reset(stage: Stage) -> None:
    """A router's firewall (nft) begins to reject a connection's packets with RST: a new rule, or a forgotten state."""
    stage.connect()
    stage.exchange()
    stage.router.reject("client", "tcp reset")
    stage.client.send(12)
    stage.client.ask("prw")
    stage.server.ask("prw")


@chapter.tell(wire="path")
def syn_reset_by_forwarder(stage: Stage) -> None:
    """A middlebox answers the SYN with RST in the server's name."""
    stage.listen()
    stage.path.reset("client")
    stage.prepare()
    stage.client.connect_and_wait()
    stage.client.ask("perw")
