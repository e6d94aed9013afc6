"""Calls that look ahead, wait, or try again: MSG_PEEK, MSG_WAITALL, blocking reads and writes, a second connect()."""

from __future__ import annotations

from ctypes import CDLL
from typing import TYPE_CHECKING

from tcpexplain.lab import waiting
from tcpexplain.lab.scenario import Chapter
from tcpexplain.lab.scenarios.buffers import SMALL

if TYPE_CHECKING:
    from tcpexplain.lab.stage import Stage

chapter = Chapter()
OWN_PORT = 40123
"""A port that the socket keeps after a refusal; one that the kernel chose would be another the next time."""
SCENARIOS = chapter.scenarios
UNSPECIFIED = bytes(16)
"""A struct sockaddr of family AF_UNSPEC: connect() to it gives the connection up, which Python's own connect() cannot say."""


@chapter.tell()
def peek_leaves_the_data(stage: Stage) -> None:
    """A recv(MSG_PEEK) returns data and leaves it for the next read."""
    stage.connect()
    stage.server.send(10)
    stage.client.peek()
    stage.client.ask("prr")


@chapter.tell()
def peek_takes_the_error(stage: Stage) -> None:
    """A recv(MSG_PEEK) after RST reports ECONNRESET, and takes it: the next read says EOF."""
    stage.connect()
    stage.server.close_linger0()
    stage.client.peek()
    stage.client.ask("prwe")


@chapter.tell()
def peek_before_a_reset_is_read(stage: Stage) -> None:
    """Data, then RST: recv(MSG_PEEK) returns the data however often, and the error is still to come."""
    stage.connect()
    stage.server.send(10)
    stage.server.close_linger0()
    stage.client.peek()
    stage.client.peek()
    stage.client.ask("prrr")


@chapter.tell()
def peek_at_the_end(stage: Stage) -> None:
    """The peer closed: recv(MSG_PEEK) returns 0 for ever, as a read does."""
    stage.connect()
    stage.server.close()
    stage.client.peek()
    stage.client.ask("rp")


@chapter.tell()
def waitall_meets_fin(stage: Stage) -> None:
    """A recv(MSG_WAITALL) for 64 bytes gets 10, then FIN: it returns the 10; the next read says EOF."""
    stage.connect()
    waiting.receive_all(stage.client, 64, lambda: (stage.server.send(10), stage.server.close()))
    stage.client.ask("prr")


@chapter.tell()
def waitall_meets_reset(stage: Stage) -> None:
    """A recv(MSG_WAITALL) for 64 bytes gets 10, then RST: it returns the 10; the next read says ECONNRESET."""
    stage.connect()
    waiting.receive_all(stage.client, 64, lambda: (stage.server.send(10), stage.server.close_linger0()))
    stage.client.ask("prr")


@chapter.tell()
def blocked_read_meets_fin(stage: Stage) -> None:
    """A read that waits returns 0 when the peer closes."""
    stage.connect()
    waiting.receive(stage.client, 64, stage.server.close)
    stage.client.ask("pr")


@chapter.tell()
def blocked_read_meets_reset(stage: Stage) -> None:
    """A read that waits returns ECONNRESET when a RST comes, and the next one EOF."""
    stage.connect()
    waiting.receive(stage.client, 64, stage.server.close_linger0)
    stage.client.ask("prw")


@chapter.tell()
def blocked_write_meets_reset(stage: Stage) -> None:
    """A write that waits for room returns what it had written when a RST comes; the next one says ECONNRESET."""
    stage.listen(receive_buffer=4096)
    stage.connect(options=SMALL)
    waiting.send(stage.client, 200_000, stage.server.kill)
    stage.client.ask("wwr")


@chapter.tell()
def write_of_nothing_after_reset(stage: Stage) -> None:
    """A write of 0 bytes after RST takes the error as any write does."""
    stage.connect()
    stage.server.close_linger0()
    stage.client.send(0)
    stage.client.send(0)
    stage.client.ask("r")


@chapter.tell()
def write_of_nothing_after_fin(stage: Stage) -> None:
    """A write of 0 bytes to a peer that closed is accepted and sends nothing: no RST comes back."""
    stage.connect()
    stage.server.close()
    stage.client.send(0)
    stage.client.ask("rpw")


@chapter.tell()
def reconnect_after_refusal(stage: Stage) -> None:
    """The same socket tries again after ECONNREFUSED: a new SYN, and this time somebody listens."""
    stage.prepare(OWN_PORT)
    stage.client.connect_and_wait()
    stage.client.ask("pe")
    stage.listen()
    stage.again()
    stage.client.connect_and_wait()
    stage.accept()
    stage.exchange()


@chapter.tell()
def reconnect_before_the_error_is_taken(stage: Stage) -> None:
    """A non-blocking attempt was refused: connect() says so once, and tries again the next time."""
    stage.prepare(OWN_PORT)
    stage.client.connect()
    stage.client.ask("pc")
    stage.listen()
    stage.again()
    stage.client.ask("cp")
    stage.accept()
    stage.client.ask("c")
    stage.exchange()


@chapter.tell()
def disconnect(stage: Stage) -> None:
    """A connect(AF_UNSPEC) gives the connection up: RST, as for SO_LINGER 0."""
    stage.connect()
    stage.exchange()
    stage.server.call("disconnect", lambda live: CDLL(None).connect(live.fileno(), UNSPECIFIED, len(UNSPECIFIED)))
    stage.client.ask("prrw")


@chapter.tell(asks=("prrww",))
def data_and_reset_before_accept(stage: Stage, ask: str) -> None:
    """Request and RST come before the server accepts: it reads the request, then ECONNRESET."""
    stage.listen()
    stage.prepare()
    stage.client.connect_and_wait()
    stage.client.send(9)
    stage.client.close_linger0()
    stage.accept()
    stage.server.ask(ask)
