"""HAProxy: dead and silent servers, its timeouts towards the client, silent-drop, tcp mode."""

from stage import FINE, Stage, pause, scene, server

FRONT, BACK, DEAD = 8500, 8501, 8502
STALE = ["peer-closed-idle-connection"]
GONE = ["client-gave-up", "linger-zero-abort"]  # HAProxy may leave a server by FIN or by RST

ANSWERS = """
import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.send_response(200); self.send_header("Content-Length", "3"); self.end_headers(); self.wfile.write(b"ok\\n")
http.server.ThreadingHTTPServer(("", int(sys.argv[1])), Answer).serve_forever()
"""


def haproxy(stage: Stage, settings: str = "", mode: str = "http", server_line: str = "") -> None:
    configuration = f"""
global
    log stdout format raw daemon
defaults
    mode {mode}
    timeout connect 2s
    timeout client 30s
    timeout server 30s
    retries 0
listen shop
    bind :{FRONT}
    {settings}
    server s1 127.0.0.1:{BACK} {server_line}
"""
    stage.start("haproxy", "-db", "-f", stage.write("haproxy.cfg", configuration), ready=FRONT)
    stage.record()


def curl(stage: Stage, path: str = "/", *options: str) -> str:
    return stage.run("curl", "-sS", *options, f"http://{stage.host}:{FRONT}{path}")


@scene(cause=["port-closed"], connections=server(BACK, cause=["port-closed"]) + server(FRONT, severity=FINE))
def haproxy_server_down(stage: Stage) -> None:
    """The server's port was closed; HAProxy said 503 in good order, twice."""
    haproxy(stage)
    curl(stage)
    curl(stage)


@scene(cause=GONE, connections=server(BACK, cause=GONE) + server(FRONT, severity=FINE))
def haproxy_server_timeout(stage: Stage) -> None:
    """timeout server 2s: HAProxy left a server that never answered, and said 504."""
    stage.start("nc", "-lk", BACK, ready=BACK)
    haproxy(stage, "timeout server 2s")
    curl(stage)


@scene(
    cause=["connect-abandoned"], connections=server(BACK, cause=["connect-abandoned"]) + server(FRONT, severity=FINE)
)
def haproxy_connect_timeout(stage: Stage) -> None:
    """timeout connect 2s: a firewall dropped the SYNs to the server, HAProxy said 503."""
    stage.nft(f"tcp dport {BACK} drop")
    haproxy(stage)
    curl(stage)


@scene(cause=STALE, connections=server(FRONT, nth=0, severity=FINE) + server(FRONT, nth=1, cause=STALE))
def haproxy_keepalive_stale(stage: Stage) -> None:
    """timeout http-keep-alive 1s: HAProxy closed an idle client connection, which was used again 1.5 s after the FIN."""
    stage.python(ANSWERS, BACK, ready=BACK)
    haproxy(stage, "timeout http-keep-alive 1s")
    curl(stage)
    with stage.connect(FRONT) as connection:
        stage.ask(connection)
        pause(2.5)
        stage.ask(connection)


@scene(
    cause=["closed-without-answer"],
    connections=server(FRONT, nth=0, severity=FINE) + server(FRONT, nth=1, cause=["closed-without-answer"]),
)
def haproxy_reject(stage: Stage) -> None:
    """`http-request reject`: HAProxy read the request and closed without an answer."""
    stage.python(ANSWERS, BACK, ready=BACK)
    haproxy(stage, "http-request reject if { path /reject }")
    curl(stage)
    curl(stage, "/reject")


@scene(
    cause=["half-open-peer"],
    path="pair",
    connections=server(FRONT, nth=0, severity=FINE) + server(FRONT, nth=1, cause=["half-open-peer"]),
)
def haproxy_silent_drop(stage: Stage) -> None:
    """`http-request silent-drop`: HAProxy forgot the connection without a packet; the client's later request met no socket."""
    stage.python(ANSWERS, BACK, ready=BACK)
    haproxy(stage, "http-request silent-drop if { path /forget }")
    curl(stage)
    with stage.connect(FRONT, seconds=2) as connection:
        stage.ask(connection)
        stage.ask(connection, "/forget", answer=False)
        pause(2)
        stage.ask(connection, "/again", answer=False)
        pause(0.3)


@scene(severity=["fine", "suspicious"], connections=server(FRONT, severity=["fine", "suspicious"]))
def haproxy_request_timeout(stage: Stage) -> None:
    """timeout http-request 1s: half a request header was answered 408 and closed in good order."""
    stage.python(ANSWERS, BACK, ready=BACK)
    haproxy(stage, "timeout http-request 1s")
    curl(stage)
    with stage.connect(FRONT) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: sh")
        while connection.recv(1000):
            pass


@scene(
    cause=STALE,
    connections=server(FRONT, nth=0, severity=FINE)
    + server(FRONT, nth=1, cause=STALE)
    + server(BACK, nth=1, severity=["fine", "suspicious"]),
)
def haproxy_tcp_idle(stage: Stage) -> None:
    """mode tcp, timeout client and server 1s: HAProxy closed both halves of an idle tunnel; the client wrote again a second later."""
    stage.python(ANSWERS, BACK, ready=BACK)
    haproxy(stage, "timeout client 1s\n    timeout server 1s", mode="tcp")
    curl(stage)
    with stage.connect(FRONT) as connection:
        stage.ask(connection)
        pause(2.2)
        stage.ask(connection)


@scene(
    cause=[*GONE, "write-after-close"],
    connections=server(FRONT, nth=0, severity=FINE)
    + server(FRONT, nth=1, cause=["client-gave-up", "write-after-close"])
    + server(BACK, nth=1, cause=GONE),
)
def haproxy_client_left(stage: Stage) -> None:
    """curl --max-time 1 left HAProxy, which aborted its half towards the server too (abortonclose) and wrote an error to the client that had left."""
    stage.python(
        ANSWERS.replace(
            "self.send_response(200);",
            "import time; time.sleep(3 if self.path == '/slow' else 0); self.send_response(200);",
        ),
        BACK,
        ready=BACK,
    )
    haproxy(stage, "option abortonclose")
    curl(stage)
    curl(stage, "/slow", "--max-time", "1")
    pause(0.5)


@scene(severity=["fine", "suspicious"], connections=server(FRONT, severity=["fine", "suspicious"]))
def haproxy_surplus_connections(stage: Stage) -> None:
    """ab closed connections it had not used; HAProxy wrote a 400 to each and got RST: nobody had asked for anything."""
    stage.python(ANSWERS, BACK, ready=BACK)
    haproxy(stage)
    for _ in range(3):
        stage.run("ab", "-q", "-n", 60, "-c", 8, f"http://{stage.host}:{FRONT}/")
    pause(0.3)
