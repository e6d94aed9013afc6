"""Full buffers, zero windows, data still in flight when an end closes or dies."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from tcpexplain.lab.scenario import Chapter

if TYPE_CHECKING:
    from tcpexplain.lab.stage import Stage

chapter = Chapter()
SCENARIOS = chapter.scenarios
SMALL = ((socket.SOL_SOCKET, socket.SO_SNDBUF, 8192),)


def filled(stage: Stage) -> None:
    """The client has written until both buffers were full: a partial write, then EAGAIN."""
    stage.listen(receive_buffer=4096)
    stage.connect(options=SMALL)
    stage.client.fill()
    stage.pause()


@chapter.tell(asks=("prrww", "peprww"))
def full_buffers_then_kill(stage: Stage, ask: str) -> None:
    """The client fills both buffers (partial write, then blocks), the server is killed."""
    filled(stage)
    stage.client.poll()
    stage.server.kill()
    stage.client.ask(ask)


@chapter.tell()
def full_buffers_then_linger0_by_receiver(stage: Stage) -> None:
    """The server's receive buffer is full and it closes with SO_LINGER 0: unread data counts first."""
    filled(stage)
    stage.server.close_linger0()
    stage.client.ask("prrww")


@chapter.tell()
def zero_window_linger0(stage: Stage) -> None:
    """SO_LINGER 0 close by the client behind a zero window."""
    filled(stage)
    stage.client.close_linger0()
    stage.server.poll()
    stage.server.drain()
    stage.server.ask("pprww")


@chapter.tell()
def zero_window_close_then_peer_killed(stage: Stage) -> None:
    """A close() with unsent data behind a zero window: the FIN waits, then the peer dies."""
    filled(stage)
    stage.client.close()
    stage.pause(0.3)
    stage.server.kill()


@chapter.tell()
def zero_window_then_read(stage: Stage) -> None:
    """The receiver stops reading, its window closes; after a while it reads on and everything arrives."""
    filled(stage)
    stage.client.ask("p")
    stage.pause(0.6)
    stage.server.drain()
    stage.pause(0.3)
    stage.client.ask("pw")
    stage.server.drain()
    stage.client.close()
    stage.server.close()


@chapter.tell()
def kill_with_unsent_data(stage: Stage) -> None:
    """The server dies while its send queue is full of unsent data and nothing is unread."""
    stage.listen()
    stage.connect(options=((socket.SOL_SOCKET, socket.SO_RCVBUF, 4096),))
    stage.server.set((socket.SOL_SOCKET, socket.SO_SNDBUF, 8192))
    stage.server.fill(1500)
    stage.server.kill()
    stage.client.poll()
    stage.client.drain(1000)
    stage.pause(0.3)
    stage.client.ask("prw")


@chapter.tell(wire="path")
def close_with_data_in_flight(stage: Stage) -> None:
    """A close() with SO_LINGER off and data in flight: the kernel delivers it, then FIN."""
    stage.connect()
    stage.pause(0.2)
    stage.server.send(4000)
    stage.server.close()
    stage.pause(0.3)
    stage.client.poll()
    stage.client.drain(1500)
    stage.client.close()
