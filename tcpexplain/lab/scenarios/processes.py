"""Processes that crash, exit, or share a descriptor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.lab.scenario import Chapter

if TYPE_CHECKING:
    from tcpexplain.lab.stage import Stage

chapter = Chapter()
SCENARIOS = chapter.scenarios


@chapter.tell()
def crash_after_recv(stage: Stage) -> None:
    """The client reads the answer and crashes; the server sends."""
    stage.connect()
    stage.server.send(26)
    stage.client.recv(256)
    stage.client.kill()
    stage.pause()
    stage.server.send(26)
    stage.server.ask("prrw")


@chapter.tell()
def crash_after_recv_then_read(stage: Stage) -> None:
    """The client reads the answer and crashes; the server only reads."""
    stage.connect()
    stage.server.send(26)
    stage.client.recv(256)
    stage.client.kill()
    stage.pause()
    stage.server.ask("prr")


@chapter.tell(asks=("prrww", "pwwrr"))
def crash_with_unread_data(stage: Stage, ask: str) -> None:
    """The client crashes with unread data; the server then asks."""
    stage.connect()
    stage.server.send(26)
    stage.client.kill()
    stage.server.ask(ask)


@chapter.tell()
def exit_of_server(stage: Stage) -> None:
    """The server process exits without closing anything."""
    stage.connect()
    stage.exchange()
    stage.server.exit()
    stage.pause()
    stage.client.ask("prwprw")


@chapter.tell()
def fork_shared_descriptor(stage: Stage) -> None:
    """A second process shares the descriptor: close() by one sends nothing."""
    stage.connect()
    other = stage.server.shared()
    stage.server.close(note="descriptor still open in another process: no FIN")
    stage.pause()
    stage.client.ask("prw")
    other.kill()
    other.wait()
    stage.pause()
    stage.client.ask("prww")


@chapter.tell()
def fork_shared_shutdown(stage: Stage) -> None:
    """A second process shares the descriptor: shutdown() by one ends it for both."""
    stage.connect()
    other = stage.server.shared()
    stage.server.shutdown_wr()
    stage.pause()
    stage.client.ask("pr")
    stage.server.close(note="descriptor still open in another process")
    stage.client.ask("ww")
    other.kill()
    other.wait()
