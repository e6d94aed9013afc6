"""Go: net/http servers that panic, abort and refuse bodies, clients with deadlines, net.Dial against firewalls."""

import hashlib
import os
import subprocess
from contextlib import suppress
from pathlib import Path

from stage import FINE, HERE, Stage, kill, pause, scene, server

PORT = 8200
GAVE_UP = ["client-gave-up"]
ABORTED = ["linger-zero-abort", "close-with-unread-data"]


def peer() -> Path:
    """The program of peers/peer.go, built once per version of its source."""
    source = HERE / "peers/peer.go"
    built = Path("/tmp/programs-built") / hashlib.sha256(source.read_bytes()).hexdigest()[:16]
    if not built.exists():
        built.parent.mkdir(exist_ok=True)
        making = built.with_suffix(f".{os.getpid()}-{id(source)}")
        subprocess.run(
            ["go", "build", "-o", making, source],
            check=True,
            env=os.environ | {"GO111MODULE": "off", "CGO_ENABLED": "0"},
        )
        making.rename(built)
    return built


def go(stage: Stage) -> subprocess.Popen[str]:
    program = stage.start(peer(), "server", PORT, ready=PORT)
    stage.record()
    client(stage, "get", "/", 0)
    return program


def client(stage: Stage, verb: str, path: str, *more: object) -> str:
    return stage.run(peer(), verb, f"http://{stage.host}:{PORT}{path}", *more)


def plain(stage: Stage, verb: str) -> str:
    return stage.run(peer(), verb, f"{stage.host}:{PORT}")


@scene(
    cause=["closed-without-answer"],
    connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=["closed-without-answer"]),
)
def go_panic(stage: Stage) -> None:
    """The handler panicked: net/http closed the connection without an answer."""
    go(stage)
    client(stage, "get", "/panic", 0)
    client(stage, "get", "/", 0)


@scene(
    cause=["client-gave-up", "write-after-close"],
    connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=["client-gave-up", "write-after-close"]),
)
def go_client_timeout(stage: Stage) -> None:
    """http.Client with Timeout 1s left a handler that needed 3 s; its answer, if sent, met a closed socket."""
    go(stage)
    client(stage, "get", "/slow", 1000)
    pause(3)


@scene(
    cause=["close-with-unread-data"],
    connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=["close-with-unread-data"]),
)
def go_body_refused(stage: Stage) -> None:
    """The handler answered 413; the client went on sending its 8 MB, and half a second later the server closed with the rest unread."""
    go(stage)
    with stage.connect(PORT) as connection, suppress(OSError):
        connection.sendall(
            b"POST /refuse HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 8000000\r\n\r\n" + b"x" * 8_000_000
        )
    pause(0.5)


@scene(
    cause=["closed-without-answer"],
    connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=["closed-without-answer"]),
)
def go_header_timeout(stage: Stage) -> None:
    """A client sent half of its header; ReadHeaderTimeout 1s closed without a word."""
    go(stage)
    with stage.connect(PORT) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: sh")
        connection.recv(100)


@scene(cause=ABORTED, connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=ABORTED))
def go_linger_zero(stage: Stage) -> None:
    """The handler hijacked the connection and closed it with SetLinger(0) half a second after it had read the request."""
    go(stage)
    client(stage, "get", "/abort", 0)


@scene(
    cause=["linger-zero-abort"],
    connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=["linger-zero-abort"]),
)
def go_linger_zero_after_answer(stage: Stage) -> None:
    """The handler answered and, half a second later, closed the idle connection with SetLinger(0)."""
    go(stage)
    client(stage, "twice", "/answer-and-abort", 1)
    pause(1)


@scene(severity=["fine", "suspicious"], connections=server(PORT, severity=["fine", "suspicious"]))
def go_pool_notices(stage: Stage) -> None:
    """IdleTimeout 2s closed a pooled connection; Go's client noticed the EOF and opened another one."""
    go(stage)
    client(stage, "twice", "/", 3)


@scene(
    cause=["closed-without-answer"],
    connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=["closed-without-answer"]),
)
def go_server_killed(stage: Stage) -> None:
    """The server was killed with SIGKILL while a handler worked on a request it had read."""
    program = go(stage)
    waiting = stage.start(peer(), "get", f"http://{stage.host}:{PORT}/hang", 0, at="")
    pause(1)
    kill(program)
    waiting.wait(10)


@scene(
    cause=["write-after-close", "peer-closed-idle-connection"],
    connections=server(PORT, cause=["write-after-close", "peer-closed-idle-connection"]),
)
def go_write_write_write(stage: Stage) -> None:
    """The server read once and closed; a client wrote three more times, 0.4 s apart: ok, broken pipe, broken pipe."""
    stage.start(peer(), "closer", PORT, ready=PORT)
    stage.record()
    plain(stage, "write")


@scene(cause=["port-closed"], connections=server(PORT, cause=["port-closed"]))
def go_dial_refused(stage: Stage) -> None:
    """net.Dial to a port nobody listens on, twice."""
    stage.record()
    plain(stage, "dial")
    plain(stage, "write")


@scene(
    cause=["connect-abandoned"],
    path="pair",
    connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=["connect-abandoned"]),
)
def go_dial_timeout(stage: Stage) -> None:
    """net.DialTimeout of 2 s against a firewall that dropped the SYNs."""
    go(stage)
    stage.nft(f"tcp dport {PORT} drop")
    plain(stage, "dial")


@scene(
    cause=["refused-by-icmp"],
    path="router",
    connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=["refused-by-icmp"]),
)
def go_dial_prohibited(stage: Stage) -> None:
    """A router in between rejected SYNs with ICMP admin-prohibited."""
    go(stage)
    stage.nft(f"tcp dport {PORT} tcp flags syn reject with icmp type admin-prohibited", hook="forward", at="router")
    plain(stage, "dial")


@scene(
    cause=["keepalive-timeout"],
    path="pair",
    connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=["keepalive-timeout"]),
)
def go_keepalive(stage: Stage) -> None:
    """net.Dialer with KeepAlive 1s waited for an answer when the path began to drop everything: nine probes, then a RST."""
    go(stage)
    waiting = stage.start(peer(), "wait", f"{stage.host}:{PORT}", at="")
    pause(2.5)
    stage.nft("ip saddr 10.1.0.1 drop")
    waiting.wait(40)


@scene(
    cause=["idle-close-race"],
    path="slow",
    connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=["idle-close-race"]),
)
def go_pool_race(stage: Stage) -> None:
    """IdleTimeout 2s over a path of 100 ms each way: the pooled connection's next request crossed the server's FIN."""
    go(stage)
    client(stage, "twice", "/", 1.95)
    pause(0.5)
