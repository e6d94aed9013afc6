"""Segments that no end sent: RSTs in and out of the window, SYNs, data with impossible acknowledgments, firewalls."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from tcpexplain.lab.scenario import Chapter

if TYPE_CHECKING:
    from tcpexplain.lab.stage import Stage

chapter = Chapter("path")
SCENARIOS = chapter.scenarios
BOTH = ("prrww", "pwwrr")


@chapter.tell("a forged RST with the exact sequence number kills one end; the other is half-open", asks=("prrww",))
def forged_reset_exact(stage: Stage, ask: str) -> None:
    stage.connect()
    stage.exchange()
    stage.forge("client", "R")
    stage.client.ask(ask)
    stage.server.ask("pr")
    stage.server.send(7)
    stage.server.ask("prr")


@chapter.tell("a forged RST inside the window but not exact draws a challenge ACK (RFC 5961)")
def forged_reset_in_window(stage: Stage) -> None:
    stage.connect()
    stage.exchange()
    stage.forge("client", "R", shift=100)
    stage.client.ask("per")
    stage.exchange()


@chapter.tell("a forged RST outside the window is ignored")
def forged_reset_out_of_window(stage: Stage) -> None:
    stage.connect()
    stage.exchange()
    stage.forge("client", "R", shift=5_000_000)
    stage.client.ask("per")
    stage.exchange()


@chapter.tell("a forged RST one below the expected number: ignored in ESTABLISHED")
def forged_reset_one_below(stage: Stage) -> None:
    stage.connect()
    stage.exchange()
    stage.forge("client", "R", shift=-1)
    stage.client.ask("per")
    stage.exchange()


@chapter.tell("a forged RST one below the expected number resets in CLOSE_WAIT")
def forged_reset_one_below_in_close_wait(stage: Stage) -> None:
    stage.connect()
    stage.server.shutdown_wr()
    stage.pause()
    stage.forge("client", "R", shift=-1)
    stage.client.ask("prw")


@chapter.tell("a forged RST reaches CLOSE_WAIT exactly", asks=("prrww",))
def forged_reset_in_close_wait(stage: Stage, ask: str) -> None:
    stage.connect()
    stage.server.shutdown_wr()
    stage.pause()
    stage.forge("client", "R")
    stage.client.ask(ask)


@chapter.tell("a forged RST hits TIME_WAIT and removes it (tcp_rfc1337 is 0)")
def forged_reset_in_time_wait(stage: Stage) -> None:
    stage.connect()
    stage.client.close()
    stage.pause()
    stage.server.close()
    stage.pause()
    stage.forge("client", "R")


@chapter.tell("a forged RST hits TIME_WAIT while the application still holds the socket", asks=BOTH)
def forged_reset_in_time_wait_open(stage: Stage, ask: str) -> None:
    stage.connect()
    stage.client.shutdown_wr()
    stage.pause()
    stage.server.shutdown_wr()
    stage.pause()
    stage.forge("client", "R")
    stage.client.ask(ask)


@chapter.tell("a forged SYN in ESTABLISHED draws a challenge ACK")
def forged_syn_in_established(stage: Stage) -> None:
    stage.connect()
    stage.exchange()
    stage.forge("server", "S", shift=1000)
    stage.server.ask("per")
    stage.exchange()


@chapter.tell("a forged in-window data segment acknowledging data never sent is refused")
def forged_data_bad_ack(stage: Stage) -> None:
    stage.connect()
    stage.exchange()
    stage.forge("client", "PA", ack_shift=5000, payload=b"forged")
    stage.client.ask("per")
    stage.exchange()


@chapter.tell("a forged RST at the edge of data that overtook a lost segment (a SACK block): Linux accepts it")
def forged_reset_at_sack_edge(stage: Stage) -> None:
    stage.connect()
    stage.exchange()
    stage.server.set((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1))
    stage.path.lose("server", lambda seen: seen.length == 100, count=None)
    stage.server.send(100)
    stage.server.send(50)
    stage.forge("client", "R")
    stage.client.ask("prrw")


@chapter.tell("a middlebox sends an exact RST to both ends", asks=())
def middlebox_reset_both(stage: Stage) -> None:
    stage.connect()
    stage.exchange()
    stage.forge("client", "RA")
    stage.forge("server", "RA")
    stage.client.ask("prrww")
    stage.server.ask("pwwrr")


@chapter.tell("a firewall's RST is ignored by one end, which goes on sending: the name on it did not send it")
def life_after_forged_reset(stage: Stage) -> None:
    stage.connect()
    stage.exchange()
    stage.forge("client", "R")
    stage.pause()
    stage.server.send(20)
    stage.pause()
    stage.server.ask("prw")
    stage.client.ask("rr")
