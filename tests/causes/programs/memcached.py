"""memcached: its idle timeout, its connection limit, its death under a pool."""

import subprocess
from contextlib import suppress

from stage import FINE, Stage, kill, pause, scene, server

PORT = 11290
STALE = ["peer-closed-idle-connection"]

# pymemcache keeps its connection and does not look at it before the next command.
IDLE = """
import sys, time
from pymemcache.client.base import Client
client = Client(("127.0.0.1", int(sys.argv[1])), timeout=1.5, connect_timeout=1.5)
client.set("key", "1", noreply=False)
time.sleep(float(sys.argv[2]))
try:
    print(client.get("key"))
except OSError as error:
    print(error)
client.close()
"""


def memcached(stage: Stage, *options: object) -> subprocess.Popen[str]:
    return stage.start(
        "setpriv", "--reuid=65534", "memcached", "-p", PORT, "-U", 0, "-l", "127.0.0.1", *options, ready=PORT
    )


@scene(cause=STALE, connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=STALE))
def memcached_idle_timeout(stage: Stage) -> None:
    """idle_timeout=1: memcached closed an idle pymemcache connection; its next get came seconds later."""
    memcached(stage, "-o", "idle_timeout=1")
    stage.record()
    stage.python(IDLE, PORT, 0, wait=True)
    stage.python(IDLE, PORT, 5, wait=True)


@scene(
    cause=STALE,
    connections=server(PORT, nth=0, severity=FINE)
    + server(PORT, nth=1, cause=STALE)
    + server(PORT, nth=2, cause=["port-closed"]),
)
def memcached_killed_under_pool(stage: Stage) -> None:
    """memcached was killed with SIGKILL under an idle client, which sent a get a second later; a new one was refused."""
    program = memcached(stage)
    stage.record()
    stage.python(IDLE, PORT, 0, wait=True)
    session = stage.python(IDLE, PORT, 2.5, at="")
    pause(1.5)
    kill(program)
    session.wait(20)
    stage.python(IDLE, PORT, 0, wait=True)


@scene(
    cause=["accept-queue-full", "write-after-close", "client-gave-up"],
    connections=server(PORT, nth=0, severity=FINE)
    + server(PORT, nth=9, cause=["write-after-close", "client-gave-up"])
    + server(PORT, nth=10, cause=["accept-queue-full", "connect-abandoned"]),
)
def memcached_connection_limit(stage: Stage) -> None:
    """Connection limit 20: memcached stopped accepting (backlog 0), SYNs were dropped until the clients gave up; a request in the queue was answered after its client had left."""
    memcached(stage, "-c", 20, "-t", 1, "-o", "no_maxconns_fast")
    stage.record()
    held = []
    with suppress(TimeoutError):
        for _ in range(20):
            held.append(stage.connect(PORT, seconds=1.5))
            held[-1].sendall(b"version\r\n")
            with suppress(TimeoutError):
                held[-1].recv(100)
    stage.python(IDLE, PORT, 0, wait=True)
    for each in held:
        each.close()
    pause(0.5)
    stage.python(IDLE, PORT, 0, wait=True)
