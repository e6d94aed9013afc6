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


@chapter.tell("one write to a peer that closed: accepted, answered with RST; then the socket is asked", asks=ALL)
def write_once_to_closed_peer(stage: Stage, ask: str) -> None:
    stage.connect()
    stage.server.close()
    stage.pause()
    stage.client.send(8)
    stage.client.ask(ask)


@chapter.tell("the peer closed; read EOF first, then write once, write again: EPIPE and SIGPIPE")
def write_twice_with_pause(stage: Stage) -> None:
    stage.connect()
    stage.server.close()
    stage.pause()
    stage.client.ask("prw")
    stage.pause()
    stage.client.ask("wr")
    stage.client.close()


@chapter.tell("server closes with unread data in its buffer: RST instead of FIN", asks=BOTH)
def close_with_unread_data(stage: Stage, ask: str) -> None:
    stage.connect()
    stage.client.send(16)
    stage.server.close()
    stage.client.ask(ask)


@chapter.tell("server answers, then closes with part of the request unread: the answer may be lost", asks=("prrww", "rrw"))
def close_with_unread_data_after_answer(stage: Stage, ask: str) -> None:
    stage.connect()
    stage.client.send(30)
    stage.server.recv(10)
    stage.server.send(25)
    stage.server.close()
    stage.client.ask(ask)


@chapter.tell("data and FIN arrive, our side closes without reading: RST to a peer that closed")
def close_with_unread_data_and_fin(stage: Stage) -> None:
    stage.connect()
    stage.client.send(16)
    stage.client.close()
    stage.pause()
    stage.server.close()


@chapter.tell("data and FIN arrive from a half-closed client; the server closes unread", asks=("prrww", "peprww"))
def close_unread_against_half_closed(stage: Stage, ask: str) -> None:
    stage.connect()
    stage.client.send(16)
    stage.client.shutdown_wr()
    stage.pause()
    stage.server.close()
    stage.client.ask(ask)


@chapter.tell("server shut down its sending half, then closes with unread data: FIN, then RST", asks=("peprww", "pwwrr"))
def fin_then_close_with_unread_data(stage: Stage, ask: str) -> None:
    stage.connect()
    stage.client.send(16)
    stage.server.shutdown_wr()
    stage.pause()
    stage.server.close()
    stage.client.ask(ask)


@chapter.tell("SO_LINGER {1,0} close on an idle connection", asks=("prrww", "pwwrr", "peprww", "eeprw", "rrr"))
def linger0_close(stage: Stage, ask: str) -> None:
    stage.connect()
    stage.server.close_linger0()
    stage.client.ask(ask)


@chapter.tell("data was read, then SO_LINGER 0 close: same RST as for unread data", asks=("prrww",))
def linger0_close_after_reading(stage: Stage, ask: str) -> None:
    stage.connect()
    stage.exchange()
    stage.server.close_linger0()
    stage.client.ask(ask)


@chapter.tell("SO_LINGER {1,0} close by the client", asks=("pwwrr",))
def linger0_close_by_client(stage: Stage, ask: str) -> None:
    stage.connect()
    stage.exchange()
    stage.client.close_linger0()
    stage.server.ask(ask)


@chapter.tell("unread data and SO_LINGER 0: the kernel's reason is the unread data", asks=("prrww",))
def linger0_close_with_unread_data(stage: Stage, ask: str) -> None:
    stage.connect()
    stage.client.send(16)
    stage.server.close_linger0()
    stage.client.ask(ask)


@chapter.tell("data waiting, then FIN, then a write draws a RST: is the data still there?", asks=("prrrw", "eprrrw"))
def pending_data_fin_reset(stage: Stage, ask: str) -> None:
    stage.connect()
    stage.server.send(24)
    stage.server.close()
    stage.pause()
    stage.client.send(8)
    stage.client.ask(ask)


@chapter.tell("data waiting, then FIN: data first, then EOF", asks=("wprrr", "prrr"))
def pending_data_then_fin(stage: Stage, ask: str) -> None:
    stage.connect()
    stage.server.send(24)
    stage.server.close()
    stage.pause()
    stage.client.ask(ask)


@chapter.tell("data is waiting unread when the RST comes", asks=("prrrww", "pwwrrr"))
def pending_data_then_reset(stage: Stage, ask: str) -> None:
    stage.connect()
    stage.server.send(24)
    stage.server.close_linger0()
    stage.client.ask(ask)


@chapter.tell("data waiting, read in two pieces, after the RST came")
def pending_data_then_reset_two_reads(stage: Stage) -> None:
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


@chapter.tell("RST arrives in CLOSE_WAIT: the peer half-closed, then aborts", asks=("prrww", "peprww", "rrp", "wwp"))
def reset_in_close_wait(stage: Stage, ask: str) -> None:
    stage.connect()
    stage.server.shutdown_wr()
    stage.pause()
    stage.server.close_linger0()
    stage.client.ask(ask)


@chapter.tell("RST arrives in CLOSE_WAIT after EOF was read", asks=("peprww", "pwwrr"))
def reset_in_close_wait_after_eof(stage: Stage, ask: str) -> None:
    stage.connect()
    stage.server.shutdown_wr()
    stage.pause()
    stage.client.recv()
    stage.server.close_linger0()
    stage.client.ask(ask)


@chapter.tell("RST arrives in FIN_WAIT_2: we half-closed, the peer aborts", asks=("peprww", "pwwrr"))
def reset_in_fin_wait_2(stage: Stage, ask: str) -> None:
    stage.connect()
    stage.client.shutdown_wr()
    stage.pause()
    stage.server.close_linger0()
    stage.client.ask(ask)


@chapter.tell("the client aborts before the server accepts; the server accepts a dead connection", asks=BOTH)
def reset_before_accept(stage: Stage, ask: str) -> None:
    stage.listen()
    stage.prepare()
    stage.client.connect_and_wait()
    stage.client.close_linger0()
    stage.accept()
    stage.server.ask(ask)


@chapter.tell("accept() is never called, the client sends and half-closes: the queued connection is ESTABLISHED, then CLOSE_WAIT, without an application")
def never_accepted(stage: Stage) -> None:
    stage.listen()
    stage.prepare()
    stage.client.connect_and_wait()
    stage.client.send(10)
    stage.client.shutdown_wr()
    stage.pause()
    stage.client.ask("pr")


@chapter.tell("the listener is closed while a connection waits in its queue", asks=("prrww", "peprww"))
def listener_closed_before_accept(stage: Stage, ask: str) -> None:
    listener = stage.listen()
    stage.prepare()
    stage.client.connect_and_wait()
    listener.close()
    stage.pause()
    stage.client.ask(ask)
