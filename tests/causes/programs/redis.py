"""Redis: its idle timeout, CLIENT KILL, crashes in the middle of a command, a stopped server, subscribers that do not read."""

import signal
import subprocess
from contextlib import suppress

from stage import FINE, Stage, kill, pause, scene, server

PORT = 6390
STALE = ["peer-closed-idle-connection"]

ONE_TRY = """
import redis, sys
from redis.backoff import NoBackoff
from redis.retry import Retry
client = redis.Redis(port=int(sys.argv[1]), socket_timeout=1, retry=Retry(NoBackoff(), 0), retry_on_timeout=False)
try:
    print(client.get("key"))
except redis.RedisError as error:
    print(error)
client.close()
"""


def redis(stage: Stage, *options: str) -> subprocess.Popen[str]:
    words = ("redis-server", "--port", PORT, "--save", "", "--enable-debug-command", "yes", *options)
    return stage.start(*words, ready=PORT)


def cli(stage: Stage, *words: object) -> str:
    return stage.run("redis-cli", "-p", PORT, *words)


def twice(stage: Stage, seconds: float) -> subprocess.Popen[str]:
    """Two commands over one redis-cli, some seconds apart."""
    return stage.start("sh", "-c", f"(echo PING; sleep {seconds}; echo PING) | redis-cli -p {PORT}", at="")


@scene(cause=STALE, connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=STALE))
def redis_timeout_stale(stage: Stage) -> None:
    """`timeout 1`: Redis closed an idle redis-cli; its next PING, seconds after the FIN, was answered by RST."""
    redis(stage, "--timeout", "1")
    stage.record()
    cli(stage, "SET", "key", "1")
    twice(stage, 4).wait(20)


@scene(cause=STALE, connections=server(PORT, nth=0, cause=STALE) + server(PORT, nth=1, severity=FINE))
def redis_client_kill(stage: Stage) -> None:
    """CLIENT KILL TYPE normal while a redis-cli was idle; it sent its next PING 1.5 s later."""
    redis(stage)
    stage.record()
    idle = twice(stage, 2.5)
    pause(1)
    cli(stage, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    idle.wait(20)


@scene(
    cause=["closed-without-answer"],
    connections=server(PORT, nth=0, severity=FINE)
    + server(PORT, nth=1, cause=["closed-without-answer"])
    + server(PORT, nth=2, cause=["closed-without-answer"]),
)
def redis_killed_in_blpop(stage: Stage) -> None:
    """Two clients waited in BLPOP; redis-server was killed with SIGKILL."""
    program = redis(stage)
    stage.record()
    cli(stage, "SET", "key", "1")
    waiting = [stage.start("redis-cli", "-p", PORT, "BLPOP", "queue", 0, at="") for _ in range(2)]
    pause(1)
    kill(program)
    pause(0.5)
    for each in waiting:
        kill(each)


@scene(
    cause=["write-after-close", "client-gave-up"],
    connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=2, cause=["write-after-close", "client-gave-up"]),
)
def redis_slow_command(stage: Stage) -> None:
    """DEBUG SLEEP 3 by one client; redis-py with socket_timeout 1 gave up its GET; the late answer met its closed socket."""
    redis(stage)
    stage.record()
    cli(stage, "SET", "key", "1")
    stage.start("redis-cli", "-p", PORT, "DEBUG", "SLEEP", 3, at="")
    pause(0.5)
    stage.python(ONE_TRY, PORT, wait=True)
    pause(3)


@scene(
    cause=["client-gave-up"],
    connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=["client-gave-up"]),
)
def redis_stopped(stage: Stage) -> None:
    """redis-server stopped (SIGSTOP): the kernel shook hands and took the GET, nobody answered, redis-py left after 1 s."""
    program = redis(stage)
    stage.record()
    cli(stage, "SET", "key", "1")
    pause(0.3)
    kill(program, signal.SIGSTOP)
    stage.python(ONE_TRY, PORT, wait=True)


@scene(
    cause=["close-with-unread-data", "linger-zero-abort"],
    connections=server(PORT, nth=0, severity=FINE)
    + server(PORT, nth=1, cause=["close-with-unread-data", "linger-zero-abort"]),
)
def redis_killed_before_accept(stage: Stage) -> None:
    """redis-server stopped, then killed with SIGKILL: a connection with a command waited in the accept queue and was aborted."""
    program = redis(stage)
    stage.record()
    cli(stage, "SET", "key", "1")
    pause(0.3)
    kill(program, signal.SIGSTOP)
    waiting = stage.connect(PORT)
    waiting.sendall(b"PING\r\n")
    pause(1)
    kill(program)
    with suppress(OSError):
        waiting.recv(100)


@scene(
    cause=["zero-window-stall"],
    connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=["zero-window-stall"]),
)
def redis_subscriber_does_not_read(stage: Stage) -> None:
    """A subscriber stopped reading under a flood of PUBLISH; Redis closed it (output buffer limit) behind a window of zero."""
    redis(stage, "--client-output-buffer-limit", "pubsub 4mb 4mb 1")
    stage.record()
    cli(stage, "SET", "key", "1")
    subscriber = stage.connect(PORT)
    subscriber.sendall(b"SUBSCRIBE news\r\n")
    subscriber.recv(100)
    publisher = stage.connect(PORT)
    for _ in range(200):
        publisher.sendall(b"*3\r\n$7\r\nPUBLISH\r\n$4\r\nnews\r\n$60000\r\n" + b"x" * 60000 + b"\r\n")
        publisher.recv(100)
    publisher.close()
    pause(6)
    stage.kept = subscriber  # open until tcpdump has stopped


@scene(
    cause=STALE,
    connections=server(PORT, nth=0, cause=STALE)
    + server(PORT, nth=1, cause=["port-closed"])
    + server(PORT, nth=2, cause=["port-closed"]),
)
def redis_restarted_under_pool(stage: Stage) -> None:
    """redis-server was killed with SIGKILL under an idle client, a new client was refused, and after a restart the idle one wrote."""
    program = redis(stage)
    stage.record()
    idle = twice(stage, 3)
    pause(1)
    kill(program)
    cli(stage, "PING")
    redis(stage)
    idle.wait(20)


@scene(
    cause=["client-gave-up"],
    connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=["client-gave-up"]),
)
def redis_blocked_client_killed(stage: Stage) -> None:
    """redis-cli waited in BLPOP and was killed with SIGKILL: a FIN from the client, its command unanswered."""
    redis(stage)
    stage.record()
    cli(stage, "SET", "key", "1")
    waiting = stage.start("redis-cli", "-p", PORT, "BLPOP", "queue", 0, at="")
    pause(2)
    kill(waiting)


@scene(severity=["fine", "suspicious"], connections=server(PORT, severity=["fine", "suspicious"]))
def redis_timeout_unused(stage: Stage) -> None:
    """`timeout 1`: Redis closed idle clients, who saw the EOF and closed without writing again."""
    redis(stage, "--timeout", "1")
    stage.record()
    clients = [stage.connect(PORT) for _ in range(5)]
    for client in clients:
        client.sendall(b"PING\r\n")
        client.recv(100)
    for client in clients:
        client.recv(100)
        client.close()
