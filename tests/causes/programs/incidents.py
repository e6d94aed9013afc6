"""Incidents as they are met: a few connections that hurt among hundreds that do not, and many that share a cause."""

import nginx
import pythons
from stage import FINE, Stage, kill, pause, scene, server

PORT = nginx.FRONT
STALE = ["peer-closed-idle-connection"]
WELL = ["fine", "suspicious"]


def clients(*ports: int, **label: object) -> list[dict[str, object]]:
    """What holds for the connections from these client ports."""
    return [{"client": port, **label} for port in ports]


@scene(cause=STALE, connections=clients(40001, 40002, 40003, cause=STALE) + clients(40011, 40012, severity=WELL))
def three_stale_among_probes(stage: Stage) -> None:
    """600 health checks and curls of nginx were well; three pooled connections (ports 40001 to 40003) were used after keepalive_timeout 2s."""
    nginx.nginx(stage, settings="keepalive_timeout 2s;")
    stage.record()
    pool = [stage.connect(PORT, source=port) for port in (40001, 40002, 40003, 40011, 40012)]
    for connection in pool:
        stage.ask(connection, "/ok")
    for _ in range(4):
        for _ in range(70):
            stage.connect(PORT).close()
        stage.run("ab", "-q", "-n", 80, "-c", 2, f"http://{stage.host}:{PORT}/ok")
        pause(1)
    for connection in pool[:3]:
        stage.ask(connection, "/ok")
    for connection in pool:
        connection.close()


@scene(cause=STALE, connections=clients(*range(41000, 41030), cause=STALE) + clients(42000, cause=["port-closed"]))
def deploy_under_pool(stage: Stage) -> None:
    """A deploy: `nginx -s quit` under thirty idle pooled connections, all used again a second later; one new client was refused meanwhile."""
    nginx.nginx(stage)
    stage.record()
    pool = [stage.connect(PORT, source=41000 + number) for number in range(30)]
    for connection in pool:
        stage.ask(connection, "/ok")
    stage.run("nginx", "-p", stage.folder, "-c", "nginx.conf", "-s", "quit")
    pause(1)
    stage.run("curl", "-sS", "--local-port", 42000, f"http://{stage.host}:{PORT}/ok")
    for connection in pool:
        stage.ask(connection, "/ok")
        connection.close()


@scene(
    cause=["closed-without-answer"],
    connections=clients(43001, 43002, 43003, cause=["closed-without-answer"])
    + clients(43011, severity=WELL)
    + clients(43021, cause=["port-closed"]),
)
def server_killed_under_load(stage: Stage) -> None:
    """uvicorn was killed with SIGKILL with three requests in work (43001 to 43003) and one idle connection; a later client was refused."""
    program = pythons.uvicorn(stage, "--timeout-keep-alive", 30)
    stage.run("ab", "-q", "-n", 100, "-c", 4, f"http://{stage.host}:{pythons.PORT}/")
    busy = [stage.connect(pythons.PORT, source=port) for port in (43001, 43002, 43003)]
    idle = stage.connect(pythons.PORT, source=43011)
    stage.ask(idle)
    for connection in busy:
        stage.ask(connection, "/hang", answer=False)
    pause(0.5)
    kill(program)
    pause(0.3)
    for connection in (*busy, idle):
        connection.close()
    stage.run("curl", "-sS", "--local-port", 43021, f"http://{stage.host}:{pythons.PORT}/")


def bursts(stage: Stage, backlog: int, *sizes: int) -> None:
    """Waves of curls (6 s each at most) to a listener that never accepts."""
    deaf = f"import socket, time; s = socket.socket(); s.bind(('', {PORT})); s.listen({backlog}); time.sleep(60)"
    stage.python(deaf, ready=PORT)
    stage.record()
    running = []
    for size in sizes:
        running += [
            stage.start("curl", "-sS", "--max-time", "6", f"http://{stage.host}:{PORT}/", at="") for _ in range(size)
        ]
        pause(0.8)
    for each in running:
        each.wait(20)
    pause(0.5)


@scene(
    cause=["accept-queue-full"],
    path="slow",
    connections=server(PORT, nth=0, cause=["client-gave-up"]) + server(PORT, nth=7, cause=["accept-queue-full"]),
)
def backlog_burst(stage: Stage) -> None:
    """Four and four curls at once over 100 ms each way, backlog 4, no accept(): the last ones' ACKs and requests ignored, SYN-ACKs repeated."""
    bursts(stage, 4, 4, 4)


@scene(
    cause=["accept-queue-full", "reset-during-handshake"],
    path="slow",
    connections=server(PORT, nth=7, cause=["accept-queue-full", "reset-during-handshake"]),
)
def backlog_burst_aborted(stage: Stage) -> None:
    """The same with tcp_abort_on_overflow=1: the last clients believed they were connected, sent their request and were reset."""
    stage.sysctl("net.ipv4.tcp_abort_on_overflow=1")
    bursts(stage, 4, 4, 4)


@scene(
    cause=["accept-queue-full", "peer-vanished"],
    path="slow",
    connections=server(PORT, nth=7, cause=["accept-queue-full", "peer-vanished"]),
)
def backlog_burst_with_cookies(stage: Stage) -> None:
    """Eight curls at once, backlog 1, no accept(): SYN cookies answered all, so that no SYN-ACK was repeated; six requests were never acknowledged."""
    bursts(stage, 1, 8)


@scene(
    cause=["linger-zero-abort"],
    connections=clients(44001, 44002, 44003, cause=["linger-zero-abort"]) + clients(44011, severity=FINE),
)
def pool_evicted_by_abort(stage: Stage) -> None:
    """A client library evicted three idle connections (44001 to 44003) with SO_LINGER 0 and closed another one properly."""
    nginx.nginx(stage)
    stage.record()
    pool = [stage.connect(PORT, source=port) for port in (44001, 44002, 44003, 44011)]
    for connection in pool:
        stage.ask(connection, "/ok")
    pause(1)
    for connection in pool[:3]:
        connection.setsockopt(1, 13, b"\x01\0\0\0\0\0\0\0")  # SOL_SOCKET, SO_LINGER: on, 0 s
    for connection in pool:
        connection.close()
