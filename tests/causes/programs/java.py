"""Java: ServerSocket without accept(), sockets never closed, SO_TIMEOUT, SO_LINGER 0, HttpClient, com.sun.net.httpserver."""

import hashlib
import subprocess
from pathlib import Path

from stage import FINE, HERE, Stage, kill, pause, scene, server

PORT = 8300
STALE = ["peer-closed-idle-connection"]


def java(*words: object) -> tuple[object, ...]:
    """The command that runs peers/Peer.java, compiled once per version of its source."""
    source = HERE / "peers/Peer.java"
    built = Path("/tmp/programs-built") / ("java-" + hashlib.sha256(source.read_bytes()).hexdigest()[:16])
    if not (built / "done").exists():
        subprocess.run(["javac", "-d", built, source], check=True)
        (built / "done").touch()
    light = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")
    return (
        "java",
        *light,
        "-Dsun.net.httpserver.idleInterval=2",
        "-Dsun.net.httpserver.clockTick=500",
        "-cp",
        built,
        "Peer",
        *words,
    )


def serve(stage: Stage, habit: str) -> subprocess.Popen[str]:
    program = stage.start(*java(habit, "-", PORT), ready=PORT)
    stage.record()
    return program


def socket(stage: Stage, habit: str, seconds: float = 0) -> str:
    return stage.run(*java("socket", stage.host, PORT, habit, seconds))


@scene(
    cause=["accept-queue-full", "connect-abandoned"],
    connections=server(PORT, nth=3, cause=["accept-queue-full", "connect-abandoned"]),
)
def java_backlog_full(stage: Stage) -> None:
    """new ServerSocket(port, 1) that never accepts; clients fill its queue (no request), two more give up after 2 s."""
    serve(stage, "deaf")
    held = [stage.connect(PORT) for _ in range(2)]
    pause(0.2)
    for _ in range(2):
        socket(stage, "once")
    pause(0.2)
    del held


@scene(cause=STALE, connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=STALE))
def java_httpserver_idle_stale(stage: Stage) -> None:
    """com.sun.net.httpserver closed an idle connection after 2-3 s; a home-made pool on java.net.Socket used it after 5 s."""
    serve(stage, "http")
    socket(stage, "once")
    socket(stage, "twice", 5)


@scene(cause=["client-gave-up"], connections=server(PORT, cause=["client-gave-up"]))
def java_read_timeout(stage: Stage) -> None:
    """setSoTimeout(1000): the client closed after 1 s without an answer."""
    stage.start("nc", "-lk", PORT, ready=PORT)
    stage.record()
    socket(stage, "timeout", 1)


@scene(
    cause=["client-gave-up"],
    connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=["client-gave-up"]),
)
def java_http_client_timeout(stage: Stage) -> None:
    """java.net.http.HttpClient with timeout 1500 ms left a handler that never answered."""
    serve(stage, "http")
    stage.run(*java("client", stage.host, PORT, "/", 9000))
    stage.run(*java("client", stage.host, PORT, "/hang", 1500))


@scene(cause=["connect-abandoned"], path="pair", connections=server(PORT, cause=["connect-abandoned"]))
def java_connect_timeout(stage: Stage) -> None:
    """Socket.connect with a limit of 2 s against a firewall that dropped the SYNs."""
    stage.nft(f"tcp dport {PORT} drop")
    stage.record()
    socket(stage, "once")


@scene(
    cause=["linger-zero-abort"],
    connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=["linger-zero-abort"]),
)
def java_client_linger_zero(stage: Stage) -> None:
    """setSoLinger(true, 0): the client aborted after a complete exchange."""
    serve(stage, "http")
    socket(stage, "once")
    socket(stage, "linger")


@scene(
    cause=["closed-without-answer"],
    connections=server(PORT, nth=0, severity=FINE)
    + server(PORT, nth=1, cause=["closed-without-answer"])
    + server(PORT, nth=2, cause=["port-closed"]),
)
def java_server_killed(stage: Stage) -> None:
    """The JVM was killed with SIGKILL while a handler held a request it had read; HttpClient tried again and was refused."""
    program = serve(stage, "http")
    socket(stage, "once")
    waiting = stage.start(*java("client", stage.host, PORT, "/hang", 20000), at="")
    pause(2.5)
    kill(program)
    waiting.wait(10)


@scene(cause=["close-wait-leak", "still-open"], connections=server(PORT, cause=["close-wait-leak", "still-open"]))
def java_close_wait_leak(stage: Stage) -> None:
    """A server that read the end of four connections and never closed them; the capture goes on for 25 s. The last packet came less than a second after the FINs: a leak, or an answer to come."""
    serve(stage, "leak")
    for _ in range(4):
        socket(stage, "once")
    pause(25)


@scene(severity=["fine", "suspicious"], connections=server(PORT, severity=["fine", "suspicious"]))
def java_half_close(stage: Stage) -> None:
    """shutdownOutput() after the request; the server answered half a second later and closed: a proper half-close."""
    serve(stage, "halves")
    socket(stage, "halves")
    socket(stage, "halves")
