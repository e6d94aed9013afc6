"""Peers and paths that fall silent: retransmission, keepalive and user timeouts, half-open connections."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from tcpexplain.lab.scenario import Chapter

if TYPE_CHECKING:
    from tcpexplain.lab.stage import Stage

chapter = Chapter("path")
SCENARIOS = chapter.scenarios
BOTH = ("prrww", "pwwrr")
TCP = socket.IPPROTO_TCP
KEEPALIVE = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (TCP, socket.TCP_KEEPIDLE, 1),
    (TCP, socket.TCP_KEEPINTVL, 1),
    (TCP, socket.TCP_KEEPCNT, 2),
)
USER_TIMEOUT = ((TCP, socket.TCP_USER_TIMEOUT, 1500),)


@chapter.tell(asks=BOTH)
def keepalive_timeout(stage: Stage, ask: str) -> None:
    """An idle connection's path dies: keepalive probes, then ETIMEDOUT and a RST."""
    stage.connect(options=KEEPALIVE)
    stage.path.break_down()
    stage.pause(3.6)
    stage.client.ask(ask)


@chapter.tell(asks=("pwwrr",))
def keepalive_meets_vanished_peer(stage: Stage, ask: str) -> None:
    """Keepalive probe meets a peer that forgot the connection: RST."""
    stage.connect(options=KEEPALIVE)
    stage.server.vanish()
    stage.pause(1.2)
    stage.client.ask(ask)


@chapter.tell()
def keepalive_answered(stage: Stage) -> None:
    """Keepalive keeps an idle connection: probes are answered, nothing else happens."""
    stage.connect(options=KEEPALIVE)
    stage.pause(2.3)
    stage.exchange()
    stage.client.close()
    stage.server.close()


@chapter.tell(asks=("peprww", "pwwrr"))
def path_blackholed_with_data(stage: Stage, ask: str) -> None:
    """The path dies under unacknowledged data: retransmissions, then ETIMEDOUT (TCP_USER_TIMEOUT 1.5 s)."""
    stage.connect(options=USER_TIMEOUT)
    stage.path.break_down()
    stage.client.send(8)
    stage.pause(0.1)
    stage.client.poll()
    stage.pause(2.5)
    stage.client.ask(ask)


@chapter.tell()
def path_blackholed_retries2(stage: Stage) -> None:
    """The path dies; tcp_retries2 is 3; no user timeout."""
    stage.sysctl("client", "tcp_retries2", 3)
    stage.connect()
    stage.path.break_down()
    stage.client.send(8)
    stage.pause(0.1)
    stage.client.ask("pr")
    stage.pause(6.7)
    stage.client.ask("prrww")


@chapter.tell(asks=("pwwrr", "peprww", "wwrr"))
def half_open_write(stage: Stage, ask: str) -> None:
    """Half-open: the server forgot the connection (power loss); the client writes."""
    stage.connect()
    stage.exchange()
    stage.server.vanish()
    stage.client.ask("pr")
    stage.client.send(8)
    stage.client.ask(ask)


@chapter.tell(asks=("prrww", "peprww"))
def half_open_shutdown(stage: Stage, ask: str) -> None:
    """Half-open: the server forgot the connection and listens no more; the client's FIN draws a RST."""
    stage.connect()
    stage.listeners.pop().close()
    stage.server.vanish()
    stage.client.shutdown_wr()
    stage.client.ask(ask)


@chapter.tell()
def peer_vanishes_for_good(stage: Stage) -> None:
    """The server loses power and stays away: retransmissions, then ETIMEDOUT (tcp_retries2 3)."""
    stage.sysctl("client", "tcp_retries2", 3)
    stage.connect()
    stage.exchange()
    stage.server.vanish()
    stage.path.break_down()
    stage.client.send(12)
    stage.client.ask("pr")
    stage.pause(6.7)
    stage.client.ask("prrww")


@chapter.tell()
def peer_vanishes_and_comes_back(stage: Stage) -> None:
    """The server loses power and comes back before the client gives up: the next retransmission is answered with RST."""
    stage.connect()
    stage.exchange()
    stage.server.vanish()
    stage.path.break_down()
    stage.client.send(12)
    stage.client.ask("pr")
    stage.pause(1.0)
    stage.path.repair()
    stage.pause(1.0)
    stage.client.ask("prrww")


@chapter.tell(asks=("prrww",))
def fin_wait_2_expires(stage: Stage, ask: str) -> None:
    """The client closed; its FIN_WAIT_2 expires (tcp_fin_timeout 1 s); the server's data then draws a RST."""
    stage.sysctl("client", "tcp_fin_timeout", 1)
    stage.connect()
    stage.client.close()
    stage.pause(2.5)
    stage.server.send(8)
    stage.server.ask(ask)


@chapter.tell(asks=("prrww",))
def fin_wait_2_meets_data(stage: Stage, ask: str) -> None:
    """The client closed; within FIN_WAIT_2 the server sends: RST from the small timewait socket."""
    stage.connect()
    stage.client.close()
    stage.pause(0.3)
    stage.server.send(8)
    stage.server.ask(ask)


@chapter.tell()
def last_ack_never_acknowledged(stage: Stage) -> None:
    """The path dies while the client's FIN is unacknowledged: LAST_ACK ends by itself (tcp_orphan_retries 3)."""
    stage.sysctl("client", "tcp_orphan_retries", 3)
    stage.connect()
    stage.server.close()
    stage.pause()
    stage.path.break_down()
    stage.client.close()
    stage.pause(7.0)


@chapter.tell(slow=70)
def syn_ack_given_up(stage: Stage) -> None:
    """The handshake's last ACK never comes: the SYN-ACK is sent again after 1, 3, 7, 15 and 31 s, and at 63 s the server forgets."""
    stage.listen()
    stage.prepare()
    stage.path.lose("client", lambda seen: seen.flags == "A", count=None)
    stage.client.connect_and_wait()
    stage.pause(66.0)
    stage.client.ask("pr")
    stage.path.repair()
    stage.client.send(8)
    stage.client.ask("prw")


@chapter.tell(slow=140)
def syn_given_up(stage: Stage) -> None:
    """Nobody answers the SYN: it is sent again for two minutes, then connect() says ETIMEDOUT."""
    stage.path.break_down()
    stage.prepare()
    stage.client.connect_and_wait()
    stage.client.ask("perw")


@chapter.tell(slow=65)
def time_wait_expires(stage: Stage) -> None:
    """TIME-WAIT lasts 60 s; the FIN sent again after it meets no socket, and draws a RST."""
    stage.connect()
    stage.exchange()
    stage.path.lose("client", lambda seen: seen.flags == "A", count=None)
    stage.client.close()
    stage.pause()
    stage.server.close()
    stage.pause(63.0)


@chapter.tell(slow=65)
def fin_wait_2_expires_by_default(stage: Stage) -> None:
    """The client closed, the server did not: FIN_WAIT_2 ends after 60 s (tcp_fin_timeout), and later data draws a RST."""
    stage.connect()
    stage.client.close()
    stage.pause(62.0)
    stage.server.send(8)
    stage.server.ask("prw")
