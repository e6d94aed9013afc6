"""RSTs of the two ends themselves: unread data, SO_LINGER 0, writes to a peer that is gone; by the state they meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.lab.scenario import Chapter

if TYPE_CHECKING:
    from tcpexplain.lab.stage import Stage

chapter = Chapter()
SCENARIOS = chapter.scenarios
BOTH = ("prrww", "pwwrr")
ALL = ("prrww", "pwwrr", "peprww")


@chapter.tell(asks=ALL)
def write_once_to_closed_peer(stage: Stage, ask: str) -> None:
    """One write to a peer that closed: accepted, answered with RST; then the socket is asked."""
    stage.connect()
    stage.server.close()
    stage.pause()
    stage.client.send(8)
    stage.client.ask(ask)


@chapter.tell()
def write_twice_with_pause(stage: Stage) -> None:
    """The peer closed; read EOF first, then write once, write again: EPIPE and SIGPIPE."""
    stage.connect()
    stage.server.close()
    stage.pause()
    stage.client.ask("prw")
    stage.pause()
    stage.client.ask("wr")
    stage.client.close()


@chapter.tell(asks=BOTH)
def close_with_unread_data(stage: Stage, ask: str) -> None:
    """Server closes with unread data in its buffer: RST instead of FIN."""
    stage.connect()
    stage.client.send(16)
    stage.server.close()
    stage.client.ask(ask)


@chapter.tell(asks=("prrww", "rrw"))
def close_with_unread_data_after_answer(stage: Stage, ask: str) -> None:
    """Server answers, then closes with part of the request unread: the answer may be lost."""
    stage.connect()
    stage.client.send(30)
    stage.server.recv(10)
    stage.server.send(25)
    stage.server.close()
    stage.client.ask(ask)


@chapter.tell()
def close_with_unread_data_and_fin(stage: Stage) -> None:
    """Data and FIN arrive, our side closes without reading: RST to a peer that closed."""
    stage.connect()
    stage.client.send(16)
    stage.client.close()
    stage.pause()
    stage.server.close()


@chapter.tell(asks=("prrww", "peprww"))
def close_unread_against_half_closed(stage: Stage, ask: str) -> None:
    """Data and FIN arrive from a half-closed client; the server closes unread."""
    stage.connect()
    stage.client.send(16)
    stage.client.shutdown_wr()
    stage.pause()
    stage.server.close()
    stage.client.ask(ask)


@chapter.tell(asks=("peprww", "pwwrr"))
def fin_then_close_with_unread_data(stage: Stage, ask: str) -> None:
    """Server shut down its sending half, then closes with unread data: FIN, then RST."""
    stage.connect()
    stage.client.send(16)
    stage.server.shutdown_wr()
    stage.pause()
    stage.server.close()
    stage.client.ask(ask)


@chapter.tell(asks=("prrww", "pwwrr", "peprww", "eeprw", "rrr"))
def linger0_close(stage: Stage, ask: str) -> None:
    """SO_LINGER {1,0} close on an idle connection."""
    stage.connect()
    stage.server.close_linger0()
    stage.client.ask(ask)


@chapter.tell(asks=("prrww",))
def linger0_close_after_reading(stage: Stage, ask: str) -> None:
    """Data was read, then SO_LINGER 0 close: same RST as for unread data."""
    stage.connect()
    stage.exchange()
    stage.server.close_linger0()
    stage.client.ask(ask)


@chapter.tell(asks=("pwwrr",))
def linger0_close_by_client(stage: Stage, ask: str) -> None:
    """SO_LINGER {1,0} close by the client."""
    stage.connect()
    stage.exchange()
    stage.client.close_linger0()
    stage.server.ask(ask)


@chapter.tell(asks=("prrww",))
def linger0_close_with_unread_data(stage: Stage, ask: str) -> None:
    """Unread data and SO_LINGER 0: the kernel's reason is the unread data."""
    stage.connect()
    stage.client.send(16)
    stage.server.close_linger0()
    stage.client.ask(ask)


@chapter.tell(asks=("prrrw", "eprrrw"))
def pending_data_fin_reset(stage: Stage, ask: str) -> None:
    """Data waiting, then FIN, then a write draws a RST: is the data still there?."""
    stage.connect()
    stage.server.send(24)
    stage.server.close()
    stage.pause()
    stage.client.send(8)
    stage.client.ask(ask)


@chapter.tell(asks=("wprrr", "prrr"))
def pending_data_then_fin(stage: Stage, ask: str) -> None:
    """Data waiting, then FIN: data first, then EOF."""
    stage.connect()
    stage.server.send(24)
    stage.server.close()
    stage.pause()
    stage.client.ask(ask)


@chapter.tell(asks=("prrrww", "pwwrrr"))
def pending_data_then_reset(stage: Stage, ask: str) -> None:
    """Data is waiting unread when the RST comes."""
    stage.connect()
    stage.server.send(24)
    stage.server.close_linger0()
    stage.client.ask(ask)


@chapter.tell()
def pending_data_then_reset_two_reads(stage: Stage) -> None:
    """Data waiting, read in two pieces, after the RST came."""
    stage.connect()
    stage.server.send(24)
    stage.server.close_linger0()
    for _ in range(2):
        stage.client.poll()
        stage.client.recv(10)
    stage.client.ask("pe")
    for _ in range(2):
        stage.client.recv(10)
        stage.client.poll()
    stage.client.recv(10)
    stage.client.ask("wp")


@chapter.tell(asks=("prrww", "peprww", "rrp", "wwp"))
def reset_in_close_wait(stage: Stage, ask: str) -> None:
    """RST arrives in CLOSE_WAIT: the peer half-closed, then aborts."""
    stage.connect()
    stage.server.shutdown_wr()
    stage.pause()
    stage.server.close_linger0()
    stage.client.ask(ask)


@chapter.tell(asks=("peprww", "pwwrr"))
def reset_in_close_wait_after_eof(stage: Stage, ask: str) -> None:
    """RST arrives in CLOSE_WAIT after EOF was read."""
    stage.connect()
    stage.server.shutdown_wr()
    stage.pause()
    stage.client.recv()
    stage.server.close_linger0()
    stage.client.ask(ask)


@chapter.tell(asks=("peprww", "pwwrr"))
def reset_in_fin_wait_2(stage: Stage, ask: str) -> None:
    """RST arrives in FIN_WAIT_2: we half-closed, the peer aborts."""
    stage.connect()
    stage.client.shutdown_wr()
    stage.pause()
    stage.server.close_linger0()
    stage.client.ask(ask)


@chapter.tell(asks=BOTH)
def reset_before_accept(stage: Stage, ask: str) -> None:
    """The client aborts before the server accepts; the server accepts a dead connection."""
    stage.listen()
    stage.prepare()
    stage.client.connect_and_wait()
    stage.client.close_linger0()
    stage.accept()
    stage.server.ask(ask)


@chapter.tell()
def never_accepted(stage: Stage) -> None:
    """The server's accept() is never called, the client sends and half-closes: the queued connection is ESTABLISHED, then CLOSE_WAIT, without an application."""
    stage.listen()
    stage.prepare()
    stage.client.connect_and_wait()
    stage.client.send(10)
    stage.client.shutdown_wr()
    stage.pause()
    stage.client.ask("pr")


@chapter.tell(asks=("prrww", "peprww"))
def listener_closed_before_accept(stage: Stage, ask: str) -> None:
    """The listener is closed while a connection waits in its queue."""
    listener = stage.listen()
    stage.prepare()
    stage.client.connect_and_wait()
    listener.close()
    stage.pause()
    stage.client.ask(ask)
