"""nginx: a reverse proxy whose upstreams die, hang and refuse, and a server that times out, resets and refuses bodies."""

from stage import FINE, Stage, pause, scene, server

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


@scene(
    cause=["closed-without-answer"],
    connections=server(BACK, cause=["closed-without-answer"]) + server(FRONT, WELL, severity=FINE),
)
def nginx_upstream_killed_with_request(stage: Stage) -> None:
    """The upstream read the request nginx forwarded and was killed with SIGKILL before it answered; other requests were well."""
    proxied(stage, "die")
    curl(stage, "/bad")
    finish(stage)


@scene(
    cause=["close-with-unread-data"],
    connections=server(BACK, cause=["close-with-unread-data"]) + server(FRONT, WELL, severity=FINE),
)
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


@scene(
    cause=["client-gave-up"], connections=server(BACK, cause=["client-gave-up"]) + server(FRONT, WELL, severity=FINE)
)
def nginx_upstream_timeout(stage: Stage) -> None:
    """proxy_read_timeout 2s: nginx closed the upstream connection after 2 s without an answer, and said 504."""
    stage.python(UPSTREAM, WELL, "good", ready=WELL)
    stage.start("nc", "-lk", BACK, ready=BACK)
    nginx(stage, location="proxy_read_timeout 2s;")
    stage.record()
    curl(stage, "/good")
    curl(stage, "/bad")
    finish(stage)


@scene(
    cause=["write-after-close", "client-gave-up"],
    connections=server(BACK, cause=["write-after-close", "client-gave-up"]) + server(FRONT, WELL, severity=FINE),
)
def nginx_upstream_answers_late(stage: Stage) -> None:
    """proxy_read_timeout 1s; the upstream answered after 3 s, into a connection nginx had closed, and got RST."""
    proxied(stage, "hang", location="proxy_read_timeout 1s;")
    curl(stage, "/bad")
    pause(3)
    finish(stage)


@scene(
    cause=["client-gave-up"],
    connections=server(FRONT, nth=0, severity=FINE)
    + server(FRONT, nth=1, cause=["client-gave-up"])
    + server(BACK, cause=["client-gave-up"]),
)
def nginx_499(stage: Stage) -> None:
    """curl --max-time 1 closed while nginx waited for a silent upstream (499); nginx closed its upstream connection too."""
    stage.start("nc", "-lk", BACK, ready=BACK)
    nginx(stage)
    stage.record()
    curl(stage, "/ok")
    curl(stage, "/bad", "--max-time", "1")
    pause(0.5)
    curl(stage, "/ok")


@scene(
    cause=["connect-abandoned"],
    connections=server(BACK, cause=["connect-abandoned"]) + server(FRONT, WELL, severity=FINE),
)
def nginx_upstream_connect_timeout(stage: Stage) -> None:
    """A firewall dropped SYNs to the upstream; nginx gave up after proxy_connect_timeout 2s."""
    stage.nft(f"tcp dport {BACK} drop")
    proxied(stage, "good", location="proxy_connect_timeout 2s;")
    curl(stage, "/bad")
    finish(stage)


@scene(
    cause=["accept-queue-full"],
    connections=server(BACK, nth=3, cause=["accept-queue-full", "connect-abandoned"]) + server(FRONT, severity=FINE),
)
def nginx_upstream_backlog_full(stage: Stage) -> None:
    """The upstream listens with backlog 1 and never accepts; six requests at once; nginx gives up after 4 s."""
    stage.python(
        f"import socket, time; s = socket.socket(); s.bind(('', {BACK})); s.listen(1); time.sleep(60)", ready=BACK
    )
    nginx(stage, location="proxy_connect_timeout 4s; proxy_read_timeout 4s;")
    stage.record()
    curl(stage, "/ok")
    for _ in range(6):
        stage.start("curl", "-sS", f"http://{stage.host}:{FRONT}/bad")
    pause(6)


@scene(
    cause=["answer-cut-short"],
    connections=server(BACK, cause=["answer-cut-short"]) + server(FRONT, WELL, severity=["fine", "suspicious"]),
)
def nginx_upstream_truncated(stage: Stage) -> None:
    """The upstream was killed after 1000 of 5000 promised bytes: a FIN after a part of the answer, which only its Content-Length tells from the whole."""
    proxied(stage, "half")
    curl(stage, "/bad")
    finish(stage)


@scene(
    cause=["closed-without-answer"],
    connections=server(FRONT, nth=0, severity=FINE)
    + server(FRONT, nth=1, cause=["closed-without-answer"])
    + server(BACK, cause=["client-gave-up"]),
)
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
