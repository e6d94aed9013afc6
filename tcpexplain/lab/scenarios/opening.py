"""Connections that open badly, or in an unusual way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.lab.packets import IPv4Endpoint, options, segment
from tcpexplain.lab.scenario import Chapter
from tcpexplain.lab.stage import PORT

if TYPE_CHECKING:
    from tcpexplain.lab.stage import Stage

chapter = Chapter("path")
SCENARIOS = chapter.scenarios


@chapter.tell(wire="loopback")
def connect_refused(stage: Stage) -> None:
    """Connect to a closed port, blocking."""
    stage.prepare()
    stage.client.connect_and_wait()
    stage.client.ask("perw")


@chapter.tell(wire="loopback", asks=("cep", "pepc", "rpwe", "wrp"))
def connect_refused_nonblocking(stage: Stage, ask: str) -> None:
    """Connect to a closed port, non-blocking."""
    stage.prepare()
    stage.client.connect()
    stage.client.ask(ask)


@chapter.tell()
def connect_refused_across_router(stage: Stage) -> None:
    """The server's port is closed, seen across a router."""
    stage.prepare()
    stage.client.connect_and_wait()
    stage.client.ask("pe")


@chapter.tell()
def connect_blackhole(stage: Stage) -> None:
    """Every SYN is lost: connect gives ETIMEDOUT (tcp_syn_retries 1)."""
    stage.sysctl("client", "tcp_syn_retries", 1)
    stage.sysctl("client", "tcp_syn_linear_timeouts", 3)
    stage.path.break_down()
    stage.prepare()
    stage.client.connect_and_wait()
    stage.client.ask("perw")


@chapter.tell(asks=("crw", "prrww", "peprw"))
def connect_blackhole_nonblocking(stage: Stage, ask: str) -> None:
    """Every SYN is lost, non-blocking: what the socket says before and after."""
    stage.sysctl("client", "tcp_syn_retries", 1)
    stage.sysctl("client", "tcp_syn_linear_timeouts", 1)
    stage.path.break_down()
    stage.prepare()
    stage.client.connect()
    stage.client.ask("perwc")
    stage.pause(4.0)
    stage.client.ask(ask)


@chapter.tell()
def close_in_syn_sent(stage: Stage) -> None:
    """Connect in SYN_SENT, then close(): nothing more is sent."""
    stage.path.break_down()
    stage.prepare()
    stage.client.connect()
    stage.client.close()
    stage.pause(1.2)


@chapter.tell()
def lost_syn_ack(stage: Stage) -> None:
    """The SYN-ACK is lost and sent again."""
    stage.path.lose("server", lambda seen: seen.flags == "SA")
    stage.connect()
    stage.exchange()


@chapter.tell()
def bad_syn_ack(stage: Stage) -> None:
    """The SYN-ACK acknowledges the wrong number: RST from SYN_SENT, then a good handshake."""
    stage.listen()
    stage.prepare()
    stage.path.lose("client", lambda seen: seen.flags == "S")
    stage.client.connect()
    forged = segment(
        IPv4Endpoint(stage.wire.addresses["server"], PORT),
        stage.client.local or IPv4Endpoint("", 0),
        "SA",
        seq=777,
        ack=stage.following("client") + 998,
        window=512,
        identification=1,
    )
    stage.path.inject("client", forged)
    stage.pause(1.2)
    stage.client.connect()
    stage.accept()


@chapter.tell()
def reset_in_syn_sent_not_acceptable(stage: Stage) -> None:
    """A RST without ACK, and one with a wrong ACK, reach SYN_SENT: both are ignored; then the good SYN-ACK."""
    stage.listen()
    stage.prepare()
    stage.path.hold("server", lambda seen: seen.flags == "SA")
    stage.client.connect()
    for flags, seq, ack in (("R", 0, 0), ("RA", 0, stage.following("client") + 5)):
        server = IPv4Endpoint(stage.wire.addresses["server"], PORT)
        stage.path.inject(
            "client", segment(server, stage.client.local or server, flags, seq=seq, ack=ack, identification=1)
        )
        stage.client.ask("perwc")
    stage.path.release()
    stage.accept()
    stage.exchange()


@chapter.tell()
def reset_in_syn_received(stage: Stage) -> None:
    """The handshake's last ACK is lost, and a RST reaches SYN_RCVD: the server forgets the request in silence."""
    stage.listen()
    stage.prepare()
    stage.path.lose("client", lambda seen: seen.flags == "A", count=None)
    stage.client.connect_and_wait()
    stage.forge("server", "R")
    stage.pause()
    stage.path.repair()
    stage.client.send(8)
    stage.client.ask("prw")


@chapter.tell()
def syn_scan(stage: Stage) -> None:
    """SYN scan: forged SYN, the server's SYN-ACK meets no socket at the client, RST in SYN_RCVD."""
    stage.listen()
    stage.stranger(45678)
    scanner, server = (
        IPv4Endpoint(stage.wire.addresses["client"], 45678),
        IPv4Endpoint(stage.wire.addresses["server"], PORT),
    )
    stage.path.inject(
        "server", segment(scanner, server, "S", seq=1000, window=512, tcp_options=options(mss=1460), identification=1)
    )
    stage.pause(0.1)
    stage.connect()
    stage.exchange()


@chapter.tell()
def backlog_full(stage: Stage) -> None:
    """Accept queue full: the SYN-ACK is repeated, the first write is taken but never acknowledged; later SYNs are dropped."""
    stage.listen(backlog=0)
    for _ in range(3):
        stage.prepare()
        stage.client.connect()
        stage.pause(0.1)
    for connection in stage.connections:
        connection.client.ask("pw")
    stage.pause(1.5)
    for connection in stage.connections:
        connection.client.ask("per")


@chapter.tell()
def backlog_full_abort(stage: Stage) -> None:
    """Accept queue full with tcp_abort_on_overflow=1: the SYNs of later clients are still only dropped; the sysctl concerns the handshake's last ACK."""
    stage.sysctl("server", "tcp_abort_on_overflow", 1)
    stage.listen(backlog=0)
    for _ in range(3):
        stage.prepare()
        stage.client.connect()
        stage.pause(0.1)
    for connection in stage.connections:
        connection.client.ask("per")


@chapter.tell()
def backlog_zero_three_at_once(stage: Stage) -> None:
    """Three SYNs at once meet backlog 0: those beyond it are answered, but never become connections."""
    stage.listen(backlog=0)
    stage.path.hold("client", lambda seen: seen.flags == "S", count=None)
    for _ in range(3):
        stage.prepare()
        stage.client.connect()
    stage.path.release()
    stage.pause(0.3)
    for connection in stage.connections:
        connection.client.ask("pw")
    stage.pause(0.5)
    for connection in stage.connections:
        connection.client.ask("pr")


@chapter.tell()
def backlog_overflow_reset(stage: Stage) -> None:
    """With tcp_abort_on_overflow=1 and a queue that fills between SYN and ACK: the last ACK is answered with RST after a successful connect."""
    stage.sysctl("server", "tcp_abort_on_overflow", 1)
    stage.sysctl("server", "tcp_syncookies", 0)
    stage.listen(backlog=1)
    stage.prepare()
    stage.client.connect()
    stage.path.hold("client", lambda seen: seen.flags == "S", count=None)
    for _ in range(2):
        stage.prepare()
        stage.client.connect()
    stage.path.release()
    stage.pause(0.3)
    for connection in stage.connections:
        connection.client.ask("pprw")


@chapter.tell()
def simultaneous_open(stage: Stage) -> None:
    """Two ends connect to each other at the same moment."""
    connection = stage.prepare(port=21168, server_port=21167)
    connection.server.take(stage.new_socket("server", 21167))
    stage.path.hold("client")
    stage.path.hold("server")
    stage.client.connect()
    stage.server.connect()
    stage.path.release()
    stage.client.ask("cper")
    stage.server.ask("cper")
    stage.client.send(6)
    stage.server.ask("pr")
    stage.client.close()
    stage.pause()
    stage.server.close()


@chapter.tell()
def new_syn_meets_forgotten_connection(stage: Stage) -> None:
    """A new SYN arrives for a connection the server still holds: challenge ACK, RST, and the SYN repeated succeeds."""
    first = stage.connect()
    stage.exchange()
    first.client.vanish()
    stage.connect(port=first.client.local.port if first.client.local else 0)
    first.server.ask("prw")
    stage.exchange()
