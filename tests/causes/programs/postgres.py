"""PostgreSQL: sessions ended by timeouts and administrators, crashed backends, clients killed in the middle of a query."""

import signal
import subprocess

from stage import FINE, Stage, kill, pause, scene, server

PORT = 5440
BIN = "/usr/lib/postgresql/15/bin"
STALE = ["peer-closed-idle-connection"]
AS = ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups")

# One session, idle for as long as told between two statements (the first may open a transaction).
IDLE = """
import psycopg2, sys, time
session = psycopg2.connect(f"host={sys.argv[1]} port={sys.argv[2]} user=postgres sslmode=disable gssencmode=disable")
session.autocommit = sys.argv[4] == "autocommit"
with session.cursor() as cursor:
    cursor.execute("select 1")
    time.sleep(float(sys.argv[3]))
    try:
        cursor.execute("select 2")
    except psycopg2.Error as error:
        print(error)
session.close()
"""


def postgres(stage: Stage, *settings: str) -> subprocess.Popen[str]:
    """A fresh cluster that trusts everybody within the namespace."""
    data = stage.folder / "data"
    stage.run(*AS, f"{BIN}/initdb", "-D", data, "-A", "trust", "-N", "--no-instructions", at="server")
    with (data / "pg_hba.conf").open("a") as file:
        file.write("host all all 0.0.0.0/0 trust\n")
    options = [
        f"port={PORT}",
        "listen_addresses=*",
        f"unix_socket_directories={stage.folder}",
        "fsync=off",
        "autovacuum=off",
        *settings,
    ]
    return stage.start(
        *AS, f"{BIN}/postgres", "-D", data, *[word for each in options for word in ("-c", each)], ready=PORT
    )


def psql(stage: Stage, statement: str) -> tuple[str, ...]:
    return (
        "psql",
        "-X",
        f"host={stage.host} port={PORT} user=postgres sslmode=disable gssencmode=disable",
        "-Atc",
        statement,
    )


def idle(stage: Stage, seconds: float, mode: str = "autocommit") -> subprocess.Popen[str]:
    return stage.python(IDLE, stage.host, PORT, seconds, mode, at="")


@scene(
    cause=STALE,
    connections=server(PORT, nth=0, severity=FINE)
    + server(PORT, nth=1, cause=STALE)
    + server(PORT, nth=2, severity=FINE),
)
def postgres_terminated_backend(stage: Stage) -> None:
    """pg_terminate_backend() on an idle psycopg2 session, which sent its next statement about 1.5 s after the FATAL and the FIN."""
    postgres(stage)
    stage.record()
    stage.run(*psql(stage, "select 1"))
    session = idle(stage, 3)
    pause(1.5)
    stage.run(*psql(stage, "select pg_terminate_backend(pid) from pg_stat_activity where state = 'idle'"))
    session.wait(20)


@scene(cause=STALE, connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=STALE))
def postgres_idle_session_timeout(stage: Stage) -> None:
    """idle_session_timeout 1s: the server said FATAL and closed; the next statement came 2 s later."""
    postgres(stage, "idle_session_timeout=1s")
    stage.record()
    stage.run(*psql(stage, "select 1"))
    idle(stage, 3).wait(20)


@scene(cause=STALE, connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=STALE))
def postgres_idle_in_transaction(stage: Stage) -> None:
    """idle_in_transaction_session_timeout 1s ended a session within its transaction; the next statement came 2 s later."""
    postgres(stage, "idle_in_transaction_session_timeout=1s")
    stage.record()
    stage.run(*psql(stage, "select 1"))
    idle(stage, 3, "transaction").wait(20)


@scene(
    cause=["closed-without-answer"],
    connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=["closed-without-answer"]),
)
def postgres_backend_killed(stage: Stage) -> None:
    """A backend in pg_sleep was killed with SIGKILL; its client got no answer."""
    postgres(stage)
    stage.record()
    stage.run(*psql(stage, "select 1"))
    session = stage.start(*psql(stage, "select pg_sleep(30)"), at="")
    pause(1)
    stage.run("pkill", "-KILL", "-f", "postgres: postgres postgres .* SELECT")
    session.wait(20)


@scene(
    cause=["write-after-close", "client-gave-up"],
    connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=["write-after-close", "client-gave-up"]),
)
def postgres_client_killed_in_query(stage: Stage) -> None:
    """psql was killed with SIGKILL one second into pg_sleep(3); the backend noticed nothing and wrote its result to nobody."""
    postgres(stage)
    stage.record()
    stage.run(*psql(stage, "select 1"))
    session = stage.start(*psql(stage, "select pg_sleep(3)"), at="")
    pause(1)
    kill(session)
    pause(3)
    stage.run(*psql(stage, "select 1"))


@scene(
    cause=["close-with-unread-data", "zero-window-stall"],
    connections=server(PORT, nth=0, severity=FINE)
    + server(PORT, nth=1, cause=["close-with-unread-data", "zero-window-stall"]),
)
def postgres_client_killed_in_result(stage: Stage) -> None:
    """psql was stopped in the middle of a large result (window closed) and killed with SIGKILL: RST from the client."""
    postgres(stage)
    stage.record()
    stage.run(*psql(stage, "select 1"))
    session = stage.start(*psql(stage, "select repeat('x', 1000) from generate_series(1, 200000)"), at="")
    pause(0.15)
    kill(session, signal.SIGSTOP)
    pause(2)
    kill(session)
    pause(0.5)


@scene(
    cause=["error-then-close"],
    connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=5, cause=["error-then-close"]),
)
def postgres_too_many_clients(stage: Stage) -> None:
    """max_connections reached: the server answered the start-up packet with FATAL (53300) and closed in good order."""
    postgres(stage, "max_connections=5", "superuser_reserved_connections=0", "max_wal_senders=0")
    stage.record()
    held = [stage.start(*psql(stage, "select pg_sleep(2)"), at="") for _ in range(5)]
    pause(1)
    stage.run(*psql(stage, "select 1"))
    for each in held:
        each.wait(20)


@scene(
    cause=STALE,
    connections=server(PORT, nth=0, severity=FINE)
    + server(PORT, nth=1, cause=STALE)
    + server(PORT, nth=2, cause=["port-closed"]),
)
def postgres_shut_down_under_pool(stage: Stage) -> None:
    """A fast shutdown ended an idle session; it was used again a second later, and a new connection was refused."""
    program = postgres(stage)
    stage.record()
    stage.run(*psql(stage, "select 1"))
    session = idle(stage, 3)
    pause(1.5)
    kill(program, signal.SIGINT)
    session.wait(20)
    stage.run(*psql(stage, "select 1"))


@scene(
    cause=["keepalive-timeout"],
    path="pair",
    connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=["keepalive-timeout"]),
)
def postgres_keepalives_unanswered(stage: Stage) -> None:
    """libpq keepalives (idle 1, interval 1, count 3) while it waited for pg_sleep and the path dropped everything."""
    postgres(stage)
    stage.record()
    stage.run(*psql(stage, "select 1"))
    words = psql(stage, "select pg_sleep(30)")
    session = stage.start(
        *words[:2], words[2] + " keepalives_idle=1 keepalives_interval=1 keepalives_count=3", *words[3:], at=""
    )
    pause(1.5)
    stage.nft("ip saddr 10.1.0.1 drop")
    session.wait(20)


@scene(
    cause=["peer-vanished"],
    path="pair",
    connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=["peer-vanished"]),
)
def postgres_user_timeout(stage: Stage) -> None:
    """libpq tcp_user_timeout=3000; the path dropped everything one second before the second statement was sent."""
    postgres(stage)
    stage.record()
    stage.run(*psql(stage, "select 1"))
    session = stage.python(
        IDLE.replace("sslmode=disable", "sslmode=disable tcp_user_timeout=3000"),
        stage.host,
        PORT,
        2,
        "autocommit",
        at="",
    )
    pause(1)
    stage.nft("ip saddr 10.1.0.1 drop")
    session.wait(30)


@scene(
    cause=["connect-abandoned"],
    path="pair",
    connections=server(PORT, nth=0, severity=FINE)
    + server(PORT, nth=1, cause=["connect-abandoned"])
    + server(PORT, nth=2, severity=FINE),
)
def postgres_connect_timeout(stage: Stage) -> None:
    """connect_timeout=3 against a firewall that dropped the SYNs, then the firewall was opened."""
    postgres(stage)
    stage.record()
    stage.run(*psql(stage, "select 1"))
    pause(1)
    stage.nft(f"tcp dport {PORT} drop")
    words = psql(stage, "select 1")
    stage.run(*words[:2], words[2] + " connect_timeout=3", *words[3:])
    stage.heal()
    stage.run(*psql(stage, "select 1"))
