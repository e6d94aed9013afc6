"""Segments that no end sent: RSTs in and out of the window, SYNs, data with impossible acknowledgments, firewalls."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from tcpexplain.lab.scenario import Chapter

if TYPE_CHECKING:
    from tcpexplain.lab.stage import Stage

chapter = Chapter("path")
SCENARIOS = chapter.scenarios
BOTH = ("prrww", "pwwrr")


def nothing_happens(stage: Stage, to: str, flags: str, **how: Any) -> None:
    """A forged segment reaches one end of a connection that is in use, which goes on."""
    stage.connect()
    stage.exchange()
    stage.forge(to, flags, **how)
    getattr(stage, to).ask("per")
    stage.exchange()


@chapter.tell(asks=("prrww",))
def forged_reset_exact(stage: Stage, ask: str) -> None:
    """A forged RST with the exact sequence number kills one end; the other is half-open."""
    stage.connect()
    stage.exchange()
    stage.forge("client", "R")
    stage.client.ask(ask)
    stage.server.ask("pr")
    stage.server.send(7)
    stage.server.ask("prr")


@chapter.tell()
def forged_reset_in_window(stage: Stage) -> None:
    """A forged RST inside the window but not exact draws a challenge ACK (RFC 5961)."""
    nothing_happens(stage, "client", "R", shift=100)


@chapter.tell()
def forged_reset_out_of_window(stage: Stage) -> None:
    """A forged RST outside the window is ignored."""
    nothing_happens(stage, "client", "R", shift=5_000_000)


@chapter.tell()
def forged_reset_one_below(stage: Stage) -> None:
    """A forged RST one below the expected number: ignored in ESTABLISHED."""
    nothing_happens(stage, "client", "R", shift=-1)


@chapter.tell()
def forged_reset_one_below_in_close_wait(stage: Stage) -> None:
    """A forged RST one below the expected number resets in CLOSE_WAIT."""
    stage.connect()
    stage.server.shutdown_wr()
    stage.pause()
    stage.forge("client", "R", shift=-1)
    stage.client.ask("prw")


@chapter.tell(asks=("prrww",))
def forged_reset_in_close_wait(stage: Stage, ask: str) -> None:
    """A forged RST reaches CLOSE_WAIT exactly."""
    stage.connect()
    stage.server.shutdown_wr()
    stage.pause()
    stage.forge("client", "R")
    stage.client.ask(ask)


@chapter.tell()
def forged_reset_in_time_wait(stage: Stage) -> None:
    """A forged RST hits TIME_WAIT and removes it (tcp_rfc1337 is 0)."""
    stage.connect()
    stage.client.close()
    stage.pause()
    stage.server.close()
    stage.pause()
    stage.forge("client", "R")


@chapter.tell(asks=BOTH)
def forged_reset_in_time_wait_open(stage: Stage, ask: str) -> None:
    """A forged RST hits TIME_WAIT while the application still holds the socket."""
    stage.connect()
    stage.client.shutdown_wr()
    stage.pause()
    stage.server.shutdown_wr()
    stage.pause()
    stage.forge("client", "R")
    stage.client.ask(ask)


@chapter.tell()
def forged_syn_in_established(stage: Stage) -> None:
    """A forged SYN in ESTABLISHED draws a challenge ACK."""
    nothing_happens(stage, "server", "S", shift=1000)


@chapter.tell()
def forged_data_bad_ack(stage: Stage) -> None:
    """A forged in-window data segment acknowledging data never sent is refused."""
    nothing_happens(stage, "client", "PA", ack_shift=5000, payload=b"forged")


@chapter.tell()
def forged_reset_at_sack_edge(stage: Stage) -> None:
    """A forged RST at the edge of data that overtook a lost segment (a SACK block): Linux accepts it."""
    stage.connect()
    stage.exchange()
    stage.server.set((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1))
    stage.path.lose("server", lambda seen: seen.length == 100, count=None)
    stage.server.send(100)
    stage.server.send(50)
    stage.forge("client", "R")
    stage.client.ask("prrw")


@chapter.tell(asks=())
def middlebox_reset_both(stage: Stage) -> None:
    """A middlebox sends an exact RST to both ends."""
    stage.connect()
    stage.exchange()
    stage.forge("client", "RA")
    stage.forge("server", "RA")
    stage.client.ask("prrww")
    stage.server.ask("pwwrr")


@chapter.tell()
def life_after_forged_reset(stage: Stage) -> None:
    """A firewall's RST is ignored by one end, which goes on sending: the name on it did not send it."""
    stage.connect()
    stage.exchange()
    stage.forge("client", "R")
    stage.pause()
    stage.server.send(20)
    stage.pause()
    stage.server.ask("prw")
    stage.client.ask("rr")


@chapter.tell()
def forged_reset_with_data(stage: Stage) -> None:
    """A forged RST that carries data: the sequence number alone counts."""
    stage.connect()
    stage.exchange()
    stage.forge("client", "RA", ack_shift=77_000, payload=b"go away")
    stage.client.ask("prw")


@chapter.tell()
def forged_resets_in_a_burst(stage: Stage) -> None:
    """Three forged RSTs in the window at once: one challenge ACK answers them all (tcp_invalid_ratelimit)."""
    stage.connect()
    stage.exchange()
    for shift in (100, 200, 300):
        stage.forge("client", "R", shift=shift)
    stage.client.ask("per")
    stage.exchange()


@chapter.tell()
def forged_fin_without_ack(stage: Stage) -> None:
    """A forged FIN without the ACK bit is dropped (RFC 9293 section 3.10.7.4 fifth)."""
    stage.connect()
    stage.exchange()
    stage.forge("server", "F")
    stage.server.ask("prw")


@chapter.tell()
def forged_syn_ack_in_established(stage: Stage) -> None:
    """A forged SYN-ACK in ESTABLISHED draws a challenge ACK, as a SYN does."""
    nothing_happens(stage, "client", "SA", shift=1000)


@chapter.tell()
def forged_data_with_old_ack(stage: Stage) -> None:
    """Forged data whose acknowledgment is far too old is refused (RFC 5961 section 5)."""
    nothing_happens(stage, "client", "PA", ack_shift=-5_000_000, payload=b"forged")


@chapter.tell()
def forged_old_data(stage: Stage) -> None:
    """Data that has been received before is acknowledged again, and not given to the application twice."""
    stage.connect()
    stage.exchange()
    stage.forge("server", "PA", shift=-12, payload=b"twelve bytes")
    stage.server.ask("pr")
    stage.exchange()


@chapter.tell(asks=("prrww",))
def fin_completes_the_handshake(stage: Stage, ask: str) -> None:
    """The handshake's last ACK is lost, and a FIN with the same acknowledgment comes: the server accepts a connection that is half closed."""
    stage.listen()
    stage.prepare()
    stage.path.lose("client", lambda seen: seen.flags == "A")
    stage.client.connect_and_wait()
    stage.client.shutdown_wr()
    stage.accept()
    stage.server.ask(ask)
