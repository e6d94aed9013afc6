"""nginx and its clients: bodies refused, idle connections closed and used again, downloads cancelled, headers that never end."""

import signal
import socket
import struct
from contextlib import suppress

from nginx import FRONT, curl, nginx
from stage import FINE, Stage, kill, pause, scene, server


@scene(
    cause=["closed-without-answer"],
    connections=server(FRONT, nth=0, severity=FINE) + server(FRONT, nth=1, cause=["closed-without-answer"]),
)
def nginx_header_timeout(stage: Stage) -> None:
    """A client sent half of its request header; client_header_timeout 1s closed without a word (access log: 408)."""
    nginx(stage, settings="client_header_timeout 1s;")
    stage.record()
    curl(stage, "/ok")
    with stage.connect(FRONT) as connection:
        connection.sendall(b"GET /ok HTTP/1.1\r\nHost: sh")
        connection.recv(100)


@scene(cause=["linger-zero-abort", "close-with-unread-data"], connections=server(FRONT, nth=0, severity=FINE))
def nginx_reset_timed_out(stage: Stage) -> None:
    """As before, with reset_timedout_connection on: nginx aborted (linger 0) the connection it had read everything from."""
    nginx(stage, settings="client_header_timeout 1s; reset_timedout_connection on;")
    stage.record()
    curl(stage, "/ok")
    with stage.connect(FRONT) as connection:
        connection.sendall(b"GET /ok HTTP/1.1\r\nHost: sh")
        pause(1.5)


@scene(
    cause=["closed-without-answer"],
    connections=server(FRONT, nth=0, severity=FINE) + server(FRONT, nth=1, cause=["closed-without-answer"]),
)
def nginx_444(stage: Stage) -> None:
    """`return 444`: nginx read the request and closed without an answer."""
    nginx(stage)
    stage.record()
    curl(stage, "/ok")
    curl(stage, "/drop")
    curl(stage, "/ok")


@scene(
    cause=["close-with-unread-data"],
    connections=server(FRONT, nth=0, severity=FINE) + server(FRONT, nth=2, severity=FINE),
)
def nginx_413_never_read(stage: Stage) -> None:
    """nginx answered 413 and discarded the 3 MB body; the client sent all of it and closed with the 413 unread (RST from the client)."""
    nginx(stage, settings="client_max_body_size 1k;")
    stage.record()
    curl(stage, "/ok")
    with stage.connect(FRONT) as connection:
        connection.sendall(b"POST /ok HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 3000000\r\n\r\n")
        with suppress(OSError):
            connection.sendall(b"x" * 3_000_000)
        pause(0.2)
    curl(stage, "/ok")


@scene(severity=["fine", "suspicious"], connections=server(FRONT, severity=["fine", "suspicious"]))
def nginx_413_expected(stage: Stage) -> None:
    """curl asked with Expect: 100-continue, nginx said 413, curl closed: a refused body without any loss."""
    nginx(stage, settings="client_max_body_size 1k;")
    stage.record()
    (stage.folder / "body.bin").write_bytes(b"x" * 2_000_000)
    curl(stage, "/ok")
    curl(stage, "/ok", "-H", "Expect: 100-continue", "--data-binary", "@body.bin")
    curl(stage, "/ok")


@scene(
    cause=["peer-closed-idle-connection"],
    connections=server(FRONT, nth=0, severity=FINE)
    + server(FRONT, nth=1, cause=["peer-closed-idle-connection"])
    + server(FRONT, nth=2, severity=FINE),
)
def nginx_keepalive_stale(stage: Stage) -> None:
    """keepalive_timeout 2s; a client that does not look sent its next request 3.5 s after the answer, 1.5 s after the FIN."""
    nginx(stage, settings="keepalive_timeout 2s;")
    stage.record()
    curl(stage, "/ok")
    with stage.connect(FRONT) as connection:
        stage.ask(connection, "/ok")
        pause(1)
        stage.ask(connection, "/ok")
        pause(3.5)
        stage.ask(connection, "/ok")
    curl(stage, "/ok")


@scene(
    cause=["peer-closed-idle-connection"],
    connections=server(FRONT, nth=0, severity=FINE) + server(FRONT, nth=3, severity=FINE),
)
def nginx_quit_under_pool(stage: Stage) -> None:
    """`nginx -s quit` (a deploy) closed two idle pooled connections; a second later the pool used both."""
    nginx(stage)
    stage.record()
    curl(stage, "/ok")
    pool = [stage.connect(FRONT) for _ in range(2)]
    for connection in pool:
        stage.ask(connection, "/ok")
    stage.run("nginx", "-p", stage.folder, "-c", "nginx.conf", "-s", "quit")
    pause(1)
    for connection in pool:
        stage.ask(connection, "/ok")
        connection.close()
    nginx(stage)
    curl(stage, "/ok")


@scene(
    cause=["close-with-unread-data"],
    connections=server(FRONT, nth=0, severity=FINE) + server(FRONT, nth=1, cause=["close-with-unread-data"]),
)
def nginx_download_cancelled(stage: Stage) -> None:
    """A client closed in the middle of an 8 MB download with unread bytes in its buffer (RST from the client)."""
    nginx(stage)
    stage.record()
    curl(stage, "/ok")
    with stage.connect(FRONT) as connection:
        connection.sendall(b"GET /big HTTP/1.1\r\nHost: shop.example\r\n\r\n")
        connection.recv(5000)
        pause(0.5)
    curl(stage, "/ok")


@scene(
    cause=["zero-window-stall"],
    connections=server(FRONT, nth=0, severity=FINE) + server(FRONT, nth=1, cause=["zero-window-stall"]),
)
def nginx_client_does_not_read(stage: Stage) -> None:
    """A client asked for 8 MB, read 5 kB and slept: window closed for 8 s, still so when the capture ended."""
    nginx(stage)
    stage.record()
    curl(stage, "/ok")
    connection = stage.connect(FRONT)
    connection.sendall(b"GET /big HTTP/1.1\r\nHost: shop.example\r\n\r\n")
    connection.recv(5000)
    pause(8)
    stage.kept = connection  # open until after tcpdump has stopped


@scene(
    cause=["linger-zero-abort"],
    connections=server(FRONT, nth=0, severity=FINE) + server(FRONT, nth=1, cause=["linger-zero-abort"]),
)
def nginx_client_aborts_idle(stage: Stage) -> None:
    """A client read its answer, waited a second and aborted the idle connection with SO_LINGER 0."""
    nginx(stage)
    stage.record()
    curl(stage, "/ok")
    with stage.connect(FRONT) as connection:
        stage.ask(connection, "/ok")
        pause(1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    curl(stage, "/ok")


@scene(
    cause=["idle-close-race"],
    path="slow",
    connections=server(FRONT, nth=0, severity=FINE) + server(FRONT, nth=1, cause=["idle-close-race"]),
)
def nginx_keepalive_race(stage: Stage) -> None:
    """keepalive_timeout 2s over a path of 100 ms each way: the client's next request left while nginx's FIN was under way."""
    nginx(stage, settings="keepalive_timeout 2s;")
    stage.record()
    curl(stage, "/ok")
    with stage.connect(FRONT) as connection:
        stage.ask(connection, "/ok")
        pause(1.95)
        stage.ask(connection, "/ok")
    pause(0.5)


@scene(severity=["fine", "suspicious"], connections=server(FRONT, severity=FINE))
def nginx_upload_refused_gently(stage: Stage) -> None:
    """lingering_close at its default: nginx answered 413 and read the rest away until the client closed: no reset, no loss."""
    nginx(stage, settings="client_max_body_size 1k;")
    stage.record()
    curl(stage, "/ok")
    with stage.connect(FRONT) as connection:
        connection.sendall(
            b"POST /ok HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 100000\r\n\r\n" + b"x" * 100_000
        )
        connection.recv(5000)
        pause(0.3)
    kill(stage.programs[0], signal.SIGTERM)
