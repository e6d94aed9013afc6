"""TLS: clients that leave before close_notify, certificates refused, the wrong protocol on a port, handshakes that hang."""

from contextlib import suppress

from stage import FINE, Stage, kill, pause, scene, server

PORT, PLAIN = 8700, 8701
WELL = ["fine", "suspicious"]
LEFT = ["close-with-unread-data", "benign-reset"]

# A TLS client in the ways of `habit`; the exchange itself is always complete where there is one.
CLIENT = """
import socket, ssl, sys, time
host, port, habit = sys.argv[1], int(sys.argv[2]), sys.argv[3]
context = ssl._create_unverified_context()
raw = socket.create_connection((host, port))
session = context.wrap_socket(raw)
if habit != "handshake":
    session.sendall(b"GET / HTTP/1.1\\r\\nHost: shop.example\\r\\nConnection: keep-alive\\r\\n\\r\\n")
    session.recv(10000)
if habit == "unwrap":
    session.unwrap()
session.close()
"""


def nginx(stage: Stage, settings: str = "") -> None:
    """nginx with a self-signed certificate on PORT and plain HTTP on PLAIN."""
    request = (
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
    )
    stage.run(
        *request, "-subj", "/CN=shop.example", "-keyout", stage.folder / "key", "-out", stage.folder / "certificate"
    )
    paths = " ".join(
        f"{each}_temp_path {stage.folder}/{each};" for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    configuration = f"""
        worker_processes 1; daemon off; pid {stage.folder}/pid; error_log {stage.folder}/error.log info; user root; events {{}}
        http {{
            access_log off; {paths} ssl_certificate {stage.folder}/certificate; ssl_certificate_key {stage.folder}/key;
            server {{ listen {PORT} ssl; listen {PLAIN}; {settings} location / {{ return 200 "ok\\n"; }} }}
        }}"""
    stage.start("nginx", "-p", stage.folder, "-c", stage.write("nginx.conf", configuration), ready=PORT)
    stage.record()


def curl(stage: Stage, url: str, *options: str) -> str:
    return stage.run("curl", "-sS", *options, url)


@scene(severity=WELL, connections=server(PORT, severity=WELL))
def tls_clients_leave_early(stage: Stage) -> None:
    """Python clients closed without close_notify, some right after the handshake with session tickets unread: a RST, and nothing lost."""
    nginx(stage)
    for habit in ("handshake", "early", "unwrap") * 2:
        stage.python(CLIENT, stage.host, PORT, habit, at="", wait=True)
    curl(stage, f"https://{stage.host}:{PORT}/", "-k")


@scene(severity=WELL, path="slow", connections=server(PORT, severity=WELL))
def tls_close_notify_late(stage: Stage) -> None:
    """Over 100 ms each way the server's close_notify came after the clients had closed, and was answered by RST."""
    nginx(stage, "keepalive_timeout 0;")
    for habit in ("early", "handshake"):
        stage.python(CLIENT, stage.host, PORT, habit, at="", wait=True)
    curl(stage, f"https://{stage.host}:{PORT}/", "-k")


@scene(
    cause=["tls-alert"],
    connections=server(PORT, nth=0, cause=["tls-alert"]) + server(PORT, nth=1, severity=WELL),
)
def tls_certificate_refused(stage: Stage) -> None:
    """curl refused a self-signed certificate: an alert, then a close with the rest of the server's flight unread."""
    nginx(stage)
    curl(stage, f"https://{stage.host}:{PORT}/")
    curl(stage, f"https://{stage.host}:{PORT}/", "-k")


@scene(cause=LEFT, connections=server(PORT, severity=WELL) + server(PLAIN, cause=LEFT))
def tls_wrong_protocol(stage: Stage) -> None:
    """HTTP spoken to the TLS port was answered 400; TLS to the HTTP port too, and curl closed with most of that answer unread."""
    nginx(stage)
    curl(stage, f"http://{stage.host}:{PORT}/")
    curl(stage, f"https://{stage.host}:{PLAIN}/", "-k")


@scene(cause=["client-gave-up"], connections=server(PORT, cause=["client-gave-up"]))
def tls_handshake_hangs(stage: Stage) -> None:
    """The server read the ClientHello and said nothing; curl --max-time 2 closed."""
    stage.start("nc", "-lk", PORT, ready=PORT)
    stage.record()
    curl(stage, f"https://{stage.host}:{PORT}/", "-k", "--max-time", "2")


@scene(
    cause=["close-with-unread-data", "linger-zero-abort"],
    connections=server(PORT, nth=0, severity=WELL)
    + server(PORT, nth=1, cause=["close-with-unread-data", "linger-zero-abort"]),
)
def tls_server_killed_before_accept(stage: Stage) -> None:
    """openssl s_server was stopped, then killed with SIGKILL, with a ClientHello waiting in its accept queue."""
    stage.run(
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=shop",
        "-keyout",
        "key",
        "-out",
        "certificate",
    )
    program = stage.start(
        "openssl", "s_server", "-accept", PORT, "-key", "key", "-cert", "certificate", "-www", ready=PORT
    )
    stage.record()
    curl(stage, f"https://{stage.host}:{PORT}/", "-k")
    pause(0.3)
    kill(program, 19)
    waiting = stage.start("curl", "-sSk", f"https://{stage.host}:{PORT}/", at="")
    pause(1)
    kill(program)
    waiting.wait(10)


@scene(
    cause=["peer-closed-idle-connection"],
    connections=server(PORT, nth=0, severity=WELL) + server(PORT, nth=1, cause=["peer-closed-idle-connection"]),
)
def tls_keepalive_stale(stage: Stage) -> None:
    """keepalive_timeout 1s over TLS: close_notify and FIN lay unread for 2 s when the client sent its next request."""
    nginx(stage, "keepalive_timeout 1s;")
    curl(stage, f"https://{stage.host}:{PORT}/", "-k")
    again = CLIENT.replace(
        "session.close()",
        "time.sleep(3)\nsession.sendall(b'GET / HTTP/1.1\\r\\nHost: shop.example\\r\\n\\r\\n')\ntime.sleep(0.3)\nsession.close()",
    )
    stage.python(again, stage.host, PORT, "early", at="", wait=True)


@scene(severity=WELL, connections=server(PORT, severity=FINE))
def tls_health_checks(stage: Stage) -> None:
    """A load balancer's TCP checks of a TLS port: handshake, no data, closed at once, by FIN and by linger 0."""
    nginx(stage)
    for aborted in (0, 1) * 5:
        connection = stage.connect(PORT)
        if aborted:
            connection.setsockopt(1, 13, b"\x01\0\0\0\0\0\0\0")  # SOL_SOCKET, SO_LINGER: on, 0 s
        with suppress(OSError):
            connection.close()
        pause(0.2)
