"""nginx: a reverse proxy whose upstreams die, hang and refuse, and a server that times out, resets and refuses bodies."""

import signal
import socket
import struct
from contextlib import suppress

from stage import FINE, Stage, kill, pause, scene, server

FRONT, BACK, WELL = 8100, 8101, 8102

# Answers at once, and as its second argument says on /bad: hang, never read, send half, die.
UPSTREAM = """
import os, signal, socket, sys, threading, time
port, habit = int(sys.argv[1]), sys.argv[2]
listener = socket.create_server(("", port), backlog=64)
def serve(connection):
    while request := connection.recv(65536):
        if b"/bad" in request:
            if habit == "die": os.kill(os.getpid(), signal.SIGKILL)
            if habit == "hang": time.sleep(3)
            if habit == "half":
                connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 5000\\r\\n\\r\\n" + b"x" * 1000)
                time.sleep(0.2)
                os.kill(os.getpid(), signal.SIGKILL)
        connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 3\\r\\n\\r\\nok\\n")
    connection.close()
while True:
    connection, _ = listener.accept()
    if habit == "deaf":
        time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGKILL)
    threading.Thread(target=serve, args=(connection,), daemon=True).start()
"""


def nginx(stage: Stage, settings: str = "", location: str = "", http: str = "") -> None:
    """Start nginx with /good and /bad proxied, /file and /sink its own."""
    (stage.folder / "big").write_bytes(b"x" * 8_000_000)
    configuration = f"""
        worker_processes 1; daemon off; pid {stage.folder}/nginx.pid; error_log {stage.folder}/error.log info; user root;
        events {{ worker_connections 512; }}
        http {{
            access_log off; client_body_temp_path {stage.folder}/body; proxy_temp_path {stage.folder}/proxy; {http}
            fastcgi_temp_path {stage.folder}/f; uwsgi_temp_path {stage.folder}/u; scgi_temp_path {stage.folder}/s;
            server {{
                listen {FRONT}; root {stage.folder}; {settings}
                location /good {{ proxy_pass http://127.0.0.1:{WELL}; }}
                location /bad {{ proxy_pass http://127.0.0.1:{BACK}; {location} }}
                location /ok {{ return 200 "ok\\n"; }}
                location /drop {{ return 444; }}
            }}
        }}"""
    stage.start("nginx", "-p", stage.folder, "-c", stage.write("nginx.conf", configuration), ready=FRONT)


def proxied(stage: Stage, habit: str | None, **more: str) -> None:
    """The proxy, a good upstream and one with a habit; a good request before the bad one."""
    stage.python(UPSTREAM, WELL, "good", ready=WELL)
    if habit:
        stage.python(UPSTREAM, BACK, habit, ready=BACK)
    nginx(stage, **more)
    stage.record()
    curl(stage, "/good")
    curl(stage, "/ok")


def curl(stage: Stage, path: str, *options: str) -> str:
    return stage.run("curl", "-sS", *options, f"http://{stage.host}:{FRONT}{path}")


def finish(stage: Stage) -> None:
    curl(stage, "/good")
    curl(stage, "/ok")


@scene(cause=["closed-without-answer"], connections=server(BACK, cause=["closed-without-answer"]) + server(FRONT, WELL, severity=FINE))
def nginx_upstream_killed_with_request(stage: Stage) -> None:
    """The upstream read the request nginx forwarded and was killed with SIGKILL before it answered; other requests were well."""
    proxied(stage, "die")
    curl(stage, "/bad")
    finish(stage)


@scene(cause=["close-with-unread-data"], connections=server(BACK, cause=["close-with-unread-data"]) + server(FRONT, WELL, severity=FINE))
def nginx_upstream_killed_unread(stage: Stage) -> None:
    """The upstream accepted, did not read the forwarded request, and was killed with SIGKILL half a second later."""
    proxied(stage, "deaf")
    curl(stage, "/bad")
    finish(stage)


@scene(cause=["port-closed"], connections=server(BACK, cause=["port-closed"]) + server(FRONT, WELL, severity=FINE))
def nginx_upstream_refused(stage: Stage) -> None:
    """Nothing listened on the upstream's port; nginx answered 502 in good order."""
    proxied(stage, None)
    curl(stage, "/bad")
    curl(stage, "/bad")
    finish(stage)


@scene(cause=["client-gave-up"], connections=server(BACK, cause=["client-gave-up"]) + server(FRONT, WELL, severity=FINE))
def nginx_upstream_timeout(stage: Stage) -> None:
    """proxy_read_timeout 2s: nginx closed the upstream connection after 2 s without an answer, and said 504."""
    stage.python(UPSTREAM, WELL, "good", ready=WELL)
    stage.start("nc", "-lk", BACK, ready=BACK)
    nginx(stage, location="proxy_read_timeout 2s;")
    stage.record()
    curl(stage, "/good")
    curl(stage, "/bad")
    finish(stage)


@scene(cause=["write-after-close", "client-gave-up"], connections=server(BACK, cause=["write-after-close", "client-gave-up"]) + server(FRONT, WELL, severity=FINE))
def nginx_upstream_answers_late(stage: Stage) -> None:
    """proxy_read_timeout 1s; the upstream answered after 3 s, into a connection nginx had closed, and got RST."""
    proxied(stage, "hang", location="proxy_read_timeout 1s;")
    curl(stage, "/bad")
    pause(3)
    finish(stage)


@scene(cause=["client-gave-up"], connections=server(FRONT, nth=0, severity=FINE) + server(FRONT, nth=1, cause=["client-gave-up"]) + server(BACK, cause=["client-gave-up"]))
def nginx_499(stage: Stage) -> None:
    """curl --max-time 1 closed while nginx waited for a silent upstream (499); nginx closed its upstream connection too."""
    stage.start("nc", "-lk", BACK, ready=BACK)
    nginx(stage)
    stage.record()
    curl(stage, "/ok")
    curl(stage, "/bad", "--max-time", "1")
    pause(0.5)
    curl(stage, "/ok")


@scene(cause=["connect-abandoned"], connections=server(BACK, cause=["connect-abandoned"]) + server(FRONT, WELL, severity=FINE))
def nginx_upstream_connect_timeout(stage: Stage) -> None:
    """A firewall dropped SYNs to the upstream; nginx gave up after proxy_connect_timeout 2s."""
    stage.nft(f"tcp dport {BACK} drop")
    proxied(stage, "good", location="proxy_connect_timeout 2s;")
    curl(stage, "/bad")
    finish(stage)


@scene(cause=["accept-queue-full"], connections=server(BACK, nth=3, cause=["accept-queue-full", "connect-abandoned"]) + server(FRONT, severity=FINE))
def nginx_upstream_backlog_full(stage: Stage) -> None:
    """The upstream listens with backlog 1 and never accepts; six requests at once; nginx gives up after 4 s."""
    stage.python(f"import socket, time; s = socket.socket(); s.bind(('', {BACK})); s.listen(1); time.sleep(60)", ready=BACK)
    nginx(stage, location="proxy_connect_timeout 4s; proxy_read_timeout 4s;")
    stage.record()
    curl(stage, "/ok")
    for _ in range(6):
        stage.start("curl", "-sS", f"http://{stage.host}:{FRONT}/bad")
    pause(6)


@scene(cause=["closed-without-answer"], connections=server(FRONT, nth=0, severity=FINE) + server(FRONT, nth=1, cause=["closed-without-answer"]))
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


@scene(cause=["closed-without-answer"], connections=server(FRONT, nth=0, severity=FINE) + server(FRONT, nth=1, cause=["closed-without-answer"]))
def nginx_444(stage: Stage) -> None:
    """`return 444`: nginx read the request and closed without an answer."""
    nginx(stage)
    stage.record()
    curl(stage, "/ok")
    curl(stage, "/drop")
    curl(stage, "/ok")


@scene(cause=["close-with-unread-data"], connections=server(FRONT, nth=0, severity=FINE) + server(FRONT, nth=2, severity=FINE))
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


@scene(cause=["peer-closed-idle-connection"], connections=server(FRONT, nth=0, severity=FINE) + server(FRONT, nth=1, cause=["peer-closed-idle-connection"]) + server(FRONT, nth=2, severity=FINE))
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


@scene(cause=["peer-closed-idle-connection"], connections=server(FRONT, nth=0, severity=FINE) + server(FRONT, nth=3, severity=FINE))
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


@scene(severity=["fine", "suspicious"], connections=server(FRONT, WELL, severity=["fine", "suspicious"]))
def nginx_upstream_truncated(stage: Stage) -> None:
    """The upstream was killed after 1000 of 5000 promised bytes: a FIN after a part of the answer, which TCP cannot tell from the whole."""
    proxied(stage, "half")
    curl(stage, "/bad")
    finish(stage)


@scene(cause=["close-with-unread-data"], connections=server(FRONT, nth=0, severity=FINE) + server(FRONT, nth=1, cause=["close-with-unread-data"]))
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


@scene(cause=["zero-window-stall"], connections=server(FRONT, nth=0, severity=FINE) + server(FRONT, nth=1, cause=["zero-window-stall"]))
def nginx_client_does_not_read(stage: Stage) -> None:
    """A client asked for 8 MB, read 5 kB and slept: window closed for 8 s, still so when the capture ended."""
    nginx(stage)
    stage.record()
    curl(stage, "/ok")
    connection = stage.connect(FRONT)
    connection.sendall(b"GET /big HTTP/1.1\r\nHost: shop.example\r\n\r\n")
    connection.recv(5000)
    pause(8)
    stage.lasting = connection  # type: ignore[attr-defined]  (open until after tcpdump has stopped)


@scene(cause=["linger-zero-abort"], connections=server(FRONT, nth=0, severity=FINE) + server(FRONT, nth=1, cause=["linger-zero-abort"]))
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


@scene(cause=["idle-close-race"], path="slow", connections=server(FRONT, nth=0, severity=FINE) + server(FRONT, nth=1, cause=["idle-close-race"]))
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


@scene(cause=["closed-without-answer"], connections=server(FRONT, nth=0, severity=FINE) + server(FRONT, nth=1, cause=["closed-without-answer"]) + server(BACK, cause=["client-gave-up"]))
def nginx_worker_killed(stage: Stage) -> None:
    """The nginx worker was killed with SIGKILL while it waited for a silent upstream: its client got no answer."""
    stage.start("nc", "-lk", BACK, ready=BACK)
    nginx(stage)
    stage.record()
    curl(stage, "/ok")
    waiting = stage.start("curl", "-sS", f"http://{stage.host}:{FRONT}/bad", at="")
    pause(0.7)
    stage.run("pkill", "-KILL", "-f", "nginx: worker")
    waiting.wait(10)
    curl(stage, "/ok")


@scene(severity=["fine", "suspicious"], connections=server(FRONT, severity=FINE))
def nginx_upload_refused_gently(stage: Stage) -> None:
    """lingering_close at its default: nginx answered 413 and read the rest away until the client closed: no reset, no loss."""
    nginx(stage, settings="client_max_body_size 1k;")
    stage.record()
    curl(stage, "/ok")
    with stage.connect(FRONT) as connection:
        connection.sendall(b"POST /ok HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 100000\r\n\r\n" + b"x" * 100_000)
        connection.recv(5000)
        pause(0.3)
    kill(stage.programs[0], signal.SIGTERM)
