"""Node: the 5 s keep-alive of its HTTP server, a blocked event loop, crashes, paused and half-open sockets."""

import subprocess
from contextlib import suppress

import golang
from stage import FINE, HERE, Stage, pause, scene, server

PORT = 8400
STALE = ["peer-closed-idle-connection"]
PEER = HERE / "peers/peer.js"


def serve(stage: Stage, role: str = "server") -> subprocess.Popen[str]:
    program = stage.start("node", PEER, role, PORT, ready=PORT)
    stage.record()
    return program


def client(stage: Stage, role: str) -> str:
    return stage.run("node", PEER, role, PORT, stage.host)


def curl(stage: Stage, path: str, *options: str) -> str:
    return stage.run("curl", "-sS", *options, f"http://{stage.host}:{PORT}{path}")


@scene(
    cause=STALE,
    connections=server(PORT, nth=0, severity=FINE)
    + server(PORT, nth=1, cause=STALE)
    + server(PORT, nth=2, severity=FINE),
)
def node_keepalive_default(stage: Stage) -> None:
    """keepAliveTimeout at its default of 5 s; Python's http.client reused the connection after 7 s."""
    serve(stage)
    curl(stage, "/")
    code = """
import http.client, sys, time
session = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
for seconds in (7, 0):
    session.request("GET", "/")
    session.getresponse().read()
    time.sleep(seconds)
"""
    stage.python(code, PORT, wait=True)
    curl(stage, "/")


@scene(cause=STALE, connections=server(PORT, nth=0, cause=STALE))
def node_blocked_event_loop(stage: Stage) -> None:
    """A Go server closed after 2 s idle; a Node client whose event loop was blocked for 3 s sent its next request on that connection."""
    stage.start(golang.peer(), "server", PORT, ready=PORT)
    stage.record()
    client(stage, "blocked")
    curl(stage, "/")


@scene(
    cause=["closed-without-answer"],
    connections=server(PORT, nth=0, severity=FINE)
    + server(PORT, nth=1, cause=["closed-without-answer"])
    + server(PORT, nth=2, cause=["port-closed"]),
)
def node_uncaught_exception(stage: Stage) -> None:
    """An exception nobody caught ended the server in the middle of a request; the next client was refused."""
    serve(stage)
    curl(stage, "/")
    curl(stage, "/crash")
    curl(stage, "/")


@scene(
    cause=["linger-zero-abort", "close-with-unread-data"],
    connections=server(PORT, nth=0, severity=FINE)
    + server(PORT, nth=1, cause=["linger-zero-abort", "close-with-unread-data"]),
)
def node_reset_and_destroy(stage: Stage) -> None:
    """The server called socket.resetAndDestroy() 0.3 s after it had read the request."""
    serve(stage)
    curl(stage, "/")
    curl(stage, "/reset")


@scene(
    cause=["client-gave-up"],
    connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=["client-gave-up"]),
)
def node_client_timeout(stage: Stage) -> None:
    """http.get with timeout 1000 destroyed its request to a handler that never answers."""
    serve(stage)
    curl(stage, "/")
    client(stage, "timeout")
    pause(0.5)


@scene(cause=["port-closed"], connections=server(PORT, cause=["port-closed"]))
def node_refused(stage: Stage) -> None:
    """http.get to a port nobody listens on."""
    stage.record()
    client(stage, "refused")


@scene(cause=["zero-window-stall"], connections=server(PORT, cause=["zero-window-stall"]))
def node_paused_reader(stage: Stage) -> None:
    """The server paused its socket; the client sent until both buffers were full, and waited 10 s."""
    serve(stage, "paused")
    connection = stage.connect(PORT, seconds=1)
    with suppress(TimeoutError):
        connection.sendall(b"x" * 20_000_000)
    pause(9)
    stage.kept = connection  # open until tcpdump has stopped


@scene(cause=["close-wait-leak", "still-open"], connections=server(PORT, cause=["close-wait-leak", "still-open"]))
def node_allow_half_open(stage: Stage) -> None:
    """allowHalfOpen and no end(): three clients closed, the server never did; the capture goes on for 25 s. The last packet came less than a second after the FINs: a leak, or an answer to come."""
    serve(stage, "halfOpen")
    for _ in range(3):
        with stage.connect(PORT) as connection:
            connection.sendall(b"hello\n")
            connection.recv(100)
    pause(25)


@scene(
    cause=["close-with-unread-data"],
    connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=["close-with-unread-data"]),
)
def node_upload_refused(stage: Stage) -> None:
    """The server answered 413 and destroyed the socket with most of a 3 MB body unread."""
    serve(stage)
    curl(stage, "/")
    (stage.folder / "body").write_bytes(b"x" * 3_000_000)
    curl(stage, "/refuse", "-H", "Expect:", "--data-binary", "@body")
