"""Ends that close in order: full closes, half-closes, shutdown() in all directions."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from tcpexplain.lab.scenario import Chapter

if TYPE_CHECKING:
    from tcpexplain.lab.stage import Stage

chapter = Chapter()
SCENARIOS = chapter.scenarios


@chapter.tell()
def clean_close_by_client(stage: Stage) -> None:
    """Request, answer, then the client closes first and the server follows."""
    stage.connect()
    stage.exchange()
    stage.client.close()
    stage.pause()
    stage.server.ask("pr")
    stage.server.close()


@chapter.tell()
def clean_close_by_server(stage: Stage) -> None:
    """Request, answer, then the server closes first and the client follows."""
    stage.connect()
    stage.exchange()
    stage.server.close()
    stage.pause()
    stage.client.ask("pr")
    stage.client.close()


@chapter.tell()
def half_close_peer_continues(stage: Stage) -> None:
    """The client shuts down its sending half; the server keeps sending, then closes."""
    stage.connect()
    stage.exchange()
    stage.client.shutdown_wr()
    stage.pause()
    stage.client.ask("perw")
    stage.server.ask("prr")
    for size in (30, 40):
        stage.server.send(size)
        stage.client.ask("pr")
    stage.server.close()
    stage.client.ask("prrw")
    stage.client.close()


@chapter.tell()
def half_close_by_server(stage: Stage) -> None:
    """The server shuts down its sending half; the client sends more, the server reads it."""
    stage.connect()
    stage.server.shutdown_wr()
    stage.pause()
    stage.client.ask("prw")
    stage.server.ask("pr")
    stage.client.close()
    stage.server.ask("prw")
    stage.server.close()


@chapter.tell()
def half_close_then_two_writes(stage: Stage) -> None:
    """The server half-closes with shutdown(SHUT_WR); the client reads EOF and writes twice: both are taken and acknowledged."""
    stage.connect()
    stage.exchange()
    stage.server.shutdown_wr()
    stage.pause()
    stage.client.ask("prw")
    stage.pause()
    stage.client.ask("wrp")
    stage.server.ask("prr")


@chapter.tell()
def sequence_numbers_wrap(stage: Stage) -> None:
    """The client's sequence numbers wrap within its request; the rest is an ordinary exchange and close."""
    stage.listen()
    connection = stage.prepare()
    connection.client.begin_at(2**32 - 8)
    connection.client.connect_and_wait()
    stage.accept()
    stage.exchange()
    stage.client.close()
    stage.pause()
    stage.server.ask("pr")
    stage.server.close()


@chapter.tell()
def close_with_unread_fin(stage: Stage) -> None:
    """The peer closed (FIN unread as EOF), our side closes: FIN alone is not unread data."""
    stage.connect()
    stage.client.close()
    stage.pause()
    stage.server.close()


@chapter.tell(asks=("prrww",))
def last_ack_to_closed(stage: Stage, ask: str) -> None:
    """The peer's FIN is read as EOF, we shut down too; LAST_ACK meets the ACK: closed cleanly."""
    stage.connect()
    stage.server.close()
    stage.pause()
    stage.client.shutdown_wr()
    stage.client.ask(ask)


@chapter.tell()
def shutdown_both(stage: Stage) -> None:
    """A shutdown(SHUT_RDWR), then use."""
    stage.connect()
    stage.client.shutdown_rdwr()
    stage.pause()
    stage.client.ask("perrw")
    stage.server.ask("prw")
    stage.client.ask("pr")
    stage.server.close()
    stage.client.ask("prw")


@chapter.tell(asks=("prrww", "peprww"))
def shutdown_both_then_peer_sends(stage: Stage, ask: str) -> None:
    """A shutdown(SHUT_RDWR), then the peer sends: RST, and the local socket reports ECONNRESET."""
    stage.connect()
    stage.client.shutdown_rdwr()
    stage.pause()
    stage.server.send(10)
    stage.client.ask(ask)
    stage.server.ask("prrww")


@chapter.tell()
def shutdown_read(stage: Stage) -> None:
    """A shutdown(SHUT_RD): nothing on the wire; local reads give EOF, later data is still taken."""
    stage.connect()
    stage.client.shutdown_rd()
    stage.client.ask("prr")
    stage.server.send(10)
    stage.client.ask("prr")
    stage.client.send(6)
    stage.server.ask("pr")
    stage.client.close()
    stage.pause()
    stage.server.ask("prw")


@chapter.tell()
def shutdown_read_unread_close(stage: Stage) -> None:
    """A shutdown(SHUT_RD) with data received but unread, then close."""
    stage.connect()
    stage.server.send(10)
    stage.client.shutdown_rd()
    stage.client.ask("p")
    stage.client.close()
    stage.server.ask("pr")


@chapter.tell()
def shutdown_twice(stage: Stage) -> None:
    """The client shuts down its sending half twice, then its reading half."""
    stage.connect()
    stage.client.shutdown_wr()
    stage.pause()
    stage.client.shutdown_wr()
    stage.client.shutdown_rd()
    stage.client.ask("pr")
    stage.server.close()
    stage.client.ask("perw")


@chapter.tell()
def shutdown_write_both(stage: Stage) -> None:
    """Both ends shutdown(SHUT_WR) in turn; sockets asked in TIME_WAIT and CLOSED."""
    stage.connect()
    stage.client.shutdown_wr()
    stage.pause()
    stage.server.shutdown_wr()
    for end in (stage.client, stage.server):
        end.ask("perrw")
        end.shutdown_wr()
    stage.client.close()
    stage.server.close()


@chapter.tell()
def write_after_own_shutdown(stage: Stage) -> None:
    """Write after one's own shutdown(SHUT_WR): EPIPE and SIGPIPE at once."""
    stage.connect()
    stage.client.shutdown_wr()
    stage.client.ask("wwpr")
    stage.server.close()
    stage.client.ask("prw")


@chapter.tell(wire="path")
def fin_after_data_unread(stage: Stage) -> None:
    """The client sends data and FIN while the server does not read; it then reads both."""
    stage.connect()
    stage.client.send(10)
    stage.client.shutdown_wr()
    stage.pause()
    stage.server.ask("prpr")
    stage.server.send(20)
    stage.server.close()
    stage.client.ask("prr")


@chapter.tell()
def time_wait_reuse_by_server(stage: Stage) -> None:
    """The same 4-tuple is used again while the SERVER holds it in TIME_WAIT: a new SYN is accepted."""
    first = stage.connect()
    first.server.close()
    stage.pause()
    first.client.close()
    stage.pause()
    stage.connect(port=first.client.local.port if first.client.local else 0)
    stage.client.close()
    stage.pause()
    stage.server.close()


@chapter.tell()
def time_wait_reuse_by_client(stage: Stage) -> None:
    """The client's own port is still in TIME_WAIT; a connect from it after a second reuses it (tcp_tw_reuse, loopback)."""
    first = stage.connect()
    first.client.close()
    stage.pause()
    first.server.close()
    stage.pause(1.1)
    stage.connect(port=first.client.local.port if first.client.local else 0)
    stage.exchange()
    stage.client.close()
    stage.server.close()


@chapter.tell()
def close_wait_never_closed(stage: Stage) -> None:
    """The client reads EOF and never closes: CLOSE_WAIT here, FIN_WAIT_2 there."""
    stage.connect()
    stage.exchange()
    stage.client.close()
    stage.pause()
    stage.server.ask("prr")
    stage.pause(1.0)
    stage.server.ask("prp")


@chapter.tell(asks=("prrww",))
def linger2_negative(stage: Stage, ask: str) -> None:
    """TCP_LINGER2 -1: close() after the peer acknowledged gives RST at once (no FIN_WAIT_2)."""
    stage.connect(options=((socket.IPPROTO_TCP, socket.TCP_LINGER2, -1),))
    stage.client.close()
    stage.pause()
    stage.server.ask(ask)
