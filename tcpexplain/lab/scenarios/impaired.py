"""Segments that are lost, late, overtaken, or cross on the wire."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from tcpexplain.lab.path import Impairment
from tcpexplain.lab.scenario import Chapter

if TYPE_CHECKING:
    from tcpexplain.lab.seen import Observed
    from tcpexplain.lab.stage import Stage

chapter = Chapter("path")
SCENARIOS = chapter.scenarios
SLOW = Impairment(delay=0.03)
NO_DELAY = ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),)


def is_fin(seen: Observed) -> bool:
    """A FIN, with or without data."""
    return "F" in seen.flags


def has_data(seen: Observed) -> bool:
    """A segment that carries bytes."""
    return seen.length > 0


def is_ack(seen: Observed) -> bool:
    """A pure ACK."""
    return seen.flags == "A" and seen.length == 0


@chapter.tell()
def lost_data(stage: Stage) -> None:
    """The client's data segment is lost once and sent again."""
    stage.connect()
    stage.path.lose("client", has_data)
    stage.client.send(12)
    stage.server.ask("pr")
    stage.pause(0.4)
    stage.server.ask("pr")


@chapter.tell()
def lost_fin(stage: Stage) -> None:
    """The FIN is lost once and sent again."""
    stage.connect()
    stage.path.lose("client", is_fin)
    stage.client.close()
    stage.server.ask("pr")
    stage.pause(0.5)
    stage.server.ask("pr")
    stage.server.close()


@chapter.tell()
def lost_ack_of_fin(stage: Stage) -> None:
    """The ACK of the first FIN is lost."""
    stage.connect()
    stage.path.lose("server", is_ack)
    stage.client.shutdown_wr()
    stage.pause(0.6)
    stage.client.ask("pr")
    stage.server.close()
    stage.client.ask("pr")
    stage.client.close()


@chapter.tell()
def lost_last_ack(stage: Stage) -> None:
    """The last ACK of the close is lost: LAST_ACK sends its FIN again into TIME_WAIT."""
    stage.connect()
    stage.client.close()
    stage.pause()
    stage.path.lose("client", is_ack)
    stage.server.close()
    stage.pause(0.6)


@chapter.tell(asks=("prww",))
def lost_reset(stage: Stage, ask: str) -> None:
    """The RST itself is lost: the client learns of it only by writing."""
    stage.connect()
    stage.path.lose("server", lambda seen: "R" in seen.flags)
    stage.server.close_linger0()
    stage.client.ask("pr")
    stage.client.send(8)
    stage.client.ask(ask)


@chapter.tell(vantage="server", asks=("prr",))
def fin_overtakes_data(stage: Stage, ask: str) -> None:
    """The FIN overtakes the last data segment."""
    stage.connect()
    stage.path.hold("client", has_data, count=None)
    stage.client.send(12)
    stage.client.close()
    stage.server.ask("pr")
    stage.path.release()
    stage.pause(0.2)
    stage.server.ask(ask)
    stage.server.close()


@chapter.tell(vantage="server")
def reset_overtakes_data(stage: Stage) -> None:
    """A RST overtakes data that is still on the way."""
    stage.connect()
    stage.path.hold("client", has_data)
    stage.client.send(12)
    stage.client.close_linger0()
    stage.server.ask("pr")
    stage.path.release()
    stage.pause(0.2)
    stage.server.ask("prw")


@chapter.tell()
def reordered_data(stage: Stage) -> None:
    """Data segments arrive in the wrong order."""
    stage.connect(options=NO_DELAY)
    stage.path.hold("client", lambda seen: seen.length == 10, count=None)
    for size in (10, 11, 12):
        stage.client.send(size)
    stage.server.ask("pr")
    stage.path.release()
    stage.pause(0.3)
    stage.server.ask("pr")
    stage.client.close()


@chapter.tell(impairment=SLOW)
def simultaneous_close(stage: Stage) -> None:
    """FINs cross on the wire: both ends reach CLOSING."""
    stage.connect()
    stage.pause(0.2)
    stage.client.gap = stage.server.gap = 0.005
    stage.client.shutdown_wr()
    stage.server.shutdown_wr()
    stage.pause(0.2)
    stage.client.ask("prr")
    stage.server.ask("prrw")
    stage.client.close()
    stage.server.close()


@chapter.tell(impairment=SLOW)
def simultaneous_close_with_close(stage: Stage) -> None:
    """Both ends close() at the same moment and FINs cross."""
    stage.connect()
    stage.pause(0.2)
    stage.client.gap = stage.server.gap = 0.005
    stage.server.close()
    stage.client.close()
    stage.pause(0.2)


@chapter.tell(impairment=SLOW, asks=("peprww", "pwwrr"))
def reset_in_closing(stage: Stage, ask: str) -> None:
    """RST arrives in CLOSING: FINs crossed, our FIN's ACK was lost."""
    stage.connect()
    stage.pause(0.2)
    stage.path.lose("server", is_ack, count=None)
    stage.client.gap = stage.server.gap = 0.005
    stage.client.shutdown_wr()
    stage.server.shutdown_wr()
    stage.pause(0.12)
    stage.forge("client", "R")
    stage.client.ask(ask)


@chapter.tell(asks=("prrww", "peprww"))
def reset_in_fin_wait_1(stage: Stage, ask: str) -> None:
    """RST arrives in FIN_WAIT_1: our FIN is not acknowledged yet."""
    stage.connect()
    stage.path.lose("server", is_ack, count=None)
    stage.client.shutdown_wr()
    stage.pause(0.06)
    stage.server.close_linger0()
    stage.client.ask(ask)


@chapter.tell(asks=("prrww", "peprww"))
def reset_in_last_ack(stage: Stage, ask: str) -> None:
    """RST arrives in LAST_ACK: our FIN was lost."""
    stage.connect()
    stage.server.shutdown_wr()
    stage.pause()
    stage.path.lose("client", is_fin, count=None)
    stage.client.shutdown_wr()
    stage.pause(0.06)
    stage.server.close_linger0()
    stage.client.ask(ask)


@chapter.tell(impairment=SLOW)
def two_writes_two_resets(stage: Stage) -> None:
    """Two writes before the first RST can come back: two segments, two RSTs (TCP_NODELAY)."""
    _two_writes(stage, NO_DELAY)


@chapter.tell(impairment=SLOW)
def two_writes_nagle_one_reset(stage: Stage) -> None:
    """Two writes before the first RST can come back, with Nagle: the second stays in the send queue and is never sent; one RST."""
    _two_writes(stage, ())


def _two_writes(stage: Stage, options: tuple[tuple[int, int, int], ...]) -> None:
    stage.connect(options=options)
    stage.pause(0.2)
    stage.server.close()
    stage.pause(0.2)
    stage.client.gap = 0.001
    stage.client.send(8)
    stage.client.send(9)
    stage.pause(0.2)
    stage.client.ask("pwrr")


@chapter.tell(impairment=SLOW)
def fin_crosses_request(stage: Stage) -> None:
    """The server's FIN and the client's next request cross on the wire."""
    stage.connect()
    stage.pause(0.2)
    stage.client.send(12)
    stage.pause(0.1)
    stage.server.recv()
    stage.server.send(20)
    stage.pause(0.1)
    stage.client.recv()
    stage.client.gap = stage.server.gap = 0.005
    stage.server.close()
    stage.client.send(12)
    stage.pause(0.2)
    stage.client.ask("prw")
