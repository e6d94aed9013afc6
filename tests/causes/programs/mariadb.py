"""MariaDB: wait_timeout, KILL, a crash in the middle of a statement, clients that leave."""

import subprocess

from stage import FINE, Stage, kill, pause, scene, server

PORT = 3390
STALE = ["peer-closed-idle-connection"]

IDLE = """
import pymysql, sys, time
session = pymysql.connect(host=sys.argv[1], port=int(sys.argv[2]), user="root", ssl_disabled=True)
with session.cursor() as cursor:
    cursor.execute(sys.argv[4])
    time.sleep(float(sys.argv[3]))
    try:
        cursor.execute("select 2")
        session.close()
    except pymysql.Error as error:
        print(error)
"""


def mariadb(stage: Stage, *options: str) -> subprocess.Popen[str]:
    """A fresh data directory without passwords."""
    data = stage.folder / "data"
    stage.run(
        "mariadb-install-db",
        f"--datadir={data}",
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
        "--user=root",
        at="server",
    )
    stage.run(
        "mariadbd",
        "--no-defaults",
        "--user=root",
        f"--datadir={data}",
        "--bootstrap",
        at="server",
        stdin=None,
        input=ANYWHERE,
    )
    words = (
        "mariadbd",
        "--no-defaults",
        "--user=root",
        f"--datadir={data}",
        f"--port={PORT}",
        "--bind-address=0.0.0.0",
    )
    return stage.start(
        *words,
        f"--socket={stage.folder}/s.sock",
        "--skip-name-resolve",
        "--innodb-fast-shutdown=2",
        *options,
        ready=PORT,
    )


ANYWHERE = "use mysql;\nflush privileges;\ncreate user 'root'@'%';\ngrant all on *.* to 'root'@'%';\n"


def sql(stage: Stage, statement: str) -> tuple[object, ...]:
    return ("mariadb", "--no-defaults", "--skip-ssl", "-h", stage.host, "-P", PORT, "-u", "root", "-e", statement)


def idle(stage: Stage, seconds: float, first: str = "select 1") -> subprocess.Popen[str]:
    return stage.python(IDLE, stage.host, PORT, seconds, first, at="")


@scene(
    cause=["linger-zero-abort"],
    connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=["linger-zero-abort"]),
)
def mariadb_wait_timeout(stage: Stage) -> None:
    """wait_timeout 1: the server aborted an idle pymysql session it had read everything from (MariaDB ends those with RST)."""
    mariadb(stage)
    stage.record()
    stage.run(*sql(stage, "select 1"))
    idle(stage, 3, "set session wait_timeout = 1").wait(20)


@scene(cause=STALE, connections=server(PORT, nth=0, cause=STALE) + server(PORT, nth=1, severity=FINE))
def mariadb_kill_connection(stage: Stage) -> None:
    """KILL on an idle session; its next statement came a second later."""
    mariadb(stage)
    stage.record()
    session = idle(stage, 3)
    pause(1.5)
    stage.run(
        *sql(stage, "select id into @id from information_schema.processlist where command = 'Sleep' limit 1; kill @id")
    )
    session.wait(20)


@scene(
    cause=["closed-without-answer"],
    connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=["closed-without-answer"]),
)
def mariadb_killed_in_query(stage: Stage) -> None:
    """mariadbd was killed with SIGKILL while a client waited for SLEEP(30)."""
    program = mariadb(stage)
    stage.record()
    stage.run(*sql(stage, "select 1"))
    session = stage.start(*sql(stage, "select sleep(30)"), at="")
    pause(1)
    kill(program)
    session.wait(20)


@scene(
    cause=["write-after-close", "client-gave-up"],
    connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=["write-after-close", "client-gave-up"]),
)
def mariadb_read_timeout(stage: Stage) -> None:
    """pymysql with read_timeout 1 left a SLEEP(3) it waited for; the server wrote the result to a closed socket."""
    mariadb(stage)
    stage.record()
    stage.run(*sql(stage, "select 1"))
    stage.python(
        IDLE.replace("ssl_disabled=True", "ssl_disabled=True, read_timeout=1"),
        stage.host,
        PORT,
        0,
        "select sleep(3)",
        at="",
        wait=True,
    )
    pause(4)


@scene(
    cause=["linger-zero-abort"],
    connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=["linger-zero-abort"]),
)
def mariadb_silent_guest(stage: Stage) -> None:
    """A client took the greeting and never logged in; the server aborted it after connect_timeout 2 (RST, nothing unread)."""
    mariadb(stage, "--connect-timeout=2")
    stage.record()
    stage.run(*sql(stage, "select 1"))
    with stage.connect(PORT):
        pause(3)
