"""Pooled connections: closed by the server while idle, used again by the client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.lab.scenario import Chapter

if TYPE_CHECKING:
    from tcpexplain.lab.stage import Stage

chapter = Chapter()
SCENARIOS = chapter.scenarios


@chapter.tell()
def pooled_connection_idle_close(stage: Stage) -> None:
    """Pooled connection, server closed it as idle, client writes twice."""
    stage.connect()
    stage.exchange()
    stage.pause(0.3)
    stage.server.close()
    stage.pause()
    stage.client.send(12)
    stage.client.recv()
    stage.client.send(12)
    stage.client.close()


@chapter.tell()
def pool_probe_read(stage: Stage) -> None:
    """Connection pool: three connections; the server closes the idle ones; the client probes with a non-blocking read before use."""
    pool = [stage.connect() for _ in range(3)]
    stage.pause()
    for connection in pool[:2]:
        connection.server.close()
    stage.pause()
    for connection in pool:
        connection.client.poll()
        if connection.client.recv(1).errno is None:
            connection.client.close()
    pool[2].client.send(10)
    pool[2].server.recv()
    pool[2].client.close()
    stage.pause()
    pool[2].server.close()


@chapter.tell()
def one_request_per_connection(stage: Stage) -> None:
    """The server answers one request and closes; the client reads the answer, then EOF, and closes too."""
    stage.connect()
    stage.exchange()
    stage.server.close()
    stage.pause()
    stage.client.ask("pr")
    stage.client.close()
