"""Databases and brokers, plain and within TLS, that are killed amid rows, copies, pipelines and large messages. Frames are kept whole."""

import signal
import subprocess

import mariadb
import postgres
from midway import CUT, PORT, REQUEST, WHOLE, certificate, mosquitto, narrow
from stage import Stage, kill, pause, scene, server

UNANSWERED = ["closed-without-answer"]
REDIS = 6390
SLOWLY = "select repeat('x', 100), pg_sleep(0.02) from generate_series(1, 3000)"
SQL = """
import psycopg2, sys
try:
    session = psycopg2.connect(f"host=127.0.0.1 port={sys.argv[1]} user=postgres sslmode={sys.argv[3]} gssencmode=disable")
    cursor = session.cursor(); cursor.execute(sys.argv[2]); print(cursor.rowcount)
except Exception as error: print(type(error), error)
"""
ROWS = """
import pymysql, sys, time
try:
    session = pymysql.connect(host="127.0.0.1", port=int(sys.argv[1]), user="root", ssl_disabled=True)
    cursor = session.cursor(pymysql.cursors.SSCursor); cursor.execute(sys.argv[2]); time.sleep(float(sys.argv[3])); print(len(cursor.fetchall()))
except Exception as error: print(repr(error))
"""
PIPELINE = """
import redis
try:
    pipe = redis.Redis(port=6390, retry=None).pipeline(transaction=False)
    for number in range(50): pipe.set(f"k{number}", "v" * 100)
    pipe.eval("local n = 0; for i = 1, 2000000000 do n = n + i end return n", 0)
    print(len(pipe.execute()))
except Exception as error: print(repr(error))
"""
PUBLISHER = """
import sys, time
import paho.mqtt.client as mqtt
client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2); client.connect("127.0.0.1", int(sys.argv[1])); client.loop_start()
time.sleep(0.5); client.publish("shop/a", b"x" * 3_000_000, 1); time.sleep(20)
"""


def end_backends(stage: Stage, which: str = "cat") -> None:
    """SIGKILL for PostgreSQL's backends, or for those that a filter leaves."""
    stage.run("sh", "-c", f"kill -9 $(pgrep -f 'postgres: postgres postgres' | {which})")


def ask(stage: Stage, statement: str, sslmode: str = "disable") -> subprocess.Popen[str]:
    client: subprocess.Popen[str] = stage.python(SQL, postgres.PORT, statement, sslmode, at="")
    return client


@scene(cause=CUT, connections=server(postgres.PORT, cause=CUT), snaplen=WHOLE)
def midway_postgres_killed_in_copy_out(stage: Stage) -> None:
    """A backend was killed with SIGKILL amid COPY TO STDOUT; psql: "server closed the connection unexpectedly"."""
    postgres.postgres(stage)
    stage.record()
    client = stage.start(*postgres.psql(stage, f"copy ({SLOWLY}) to stdout"), at="")
    pause(2)
    end_backends(stage)
    client.wait(20)


@scene(cause=UNANSWERED, connections=server(postgres.PORT, nth=0, cause=UNANSWERED), snaplen=WHOLE)
def midway_postgres_crash_of_another(stage: Stage) -> None:
    """One of two backends was killed with SIGKILL, so PostgreSQL ended the other too; both clients: "server closed the connection unexpectedly"."""
    postgres.postgres(stage)
    stage.record()
    clients = [ask(stage, f"select pg_sleep({seconds})") for seconds in (20, 21)]
    pause(1.5)
    end_backends(stage, "head -1")
    for each in clients:
        each.wait(20)


@scene(cause=UNANSWERED, connections=server(postgres.PORT, cause=UNANSWERED), snaplen=WHOLE)
def midway_postgres_tls_killed_in_statement(stage: Stage) -> None:
    """A backend was killed with SIGKILL amid a statement within TLS; psycopg2: "server closed the connection unexpectedly", and its close_notify met a RST."""
    certificate(stage)
    keys = stage.folder / "keys"
    stage.run(
        "sh", "-c", f"mkdir {keys}; cp cert.pem key.pem {keys}; chown -R postgres {keys}; chmod 600 {keys}/key.pem"
    )
    postgres.postgres(stage, "ssl=on", f"ssl_cert_file={keys}/cert.pem", f"ssl_key_file={keys}/key.pem")
    stage.record()
    client = ask(stage, "select pg_sleep(20)", "require")
    pause(2)
    end_backends(stage)
    client.wait(20)


@scene(cause=CUT, connections=server(mariadb.PORT, cause=CUT), snaplen=WHOLE)
def midway_mariadb_killed_in_large_row(stage: Stage) -> None:
    """MariaDB was killed with SIGKILL in a row of 3,000,000 bytes; pymysql: "Lost connection to MySQL server during query"."""
    narrow(stage)
    program = mariadb.mariadb(stage)
    stage.record()
    client = stage.python(
        ROWS, mariadb.PORT, "select repeat('x', 3000000) union all select repeat('y', 2000000)", 2, at=""
    )
    pause(1.5)
    kill(program)
    client.wait(20)


@scene(cause=UNANSWERED, connections=server(mariadb.PORT, cause=UNANSWERED), snaplen=WHOLE)
def midway_mariadb_killed_in_statement(stage: Stage) -> None:
    """MariaDB was killed with SIGKILL amid a statement; pymysql: "Lost connection to MySQL server during query"."""
    program = mariadb.mariadb(stage)
    stage.record()
    client = stage.python(ROWS, mariadb.PORT, "select sleep(10)", 0, at="")
    pause(2)
    kill(program)
    client.wait(20)


def redis(stage: Stage) -> subprocess.Popen[str]:
    program = stage.start("redis-server", "--port", REDIS, "--save", "", ready=REDIS)
    stage.record()
    return program


@scene(cause=REQUEST, connections=server(PORT, cause=REQUEST), snaplen=WHOLE)
def midway_mqtt_client_killed_in_publish(stage: Stage) -> None:
    """An MQTT client was killed with SIGKILL in a PUBLISH of 3,000,000 bytes that its broker, stopped, did not read."""
    narrow(stage)
    broker = mosquitto(stage)
    client = stage.python(PUBLISHER, PORT, at="")
    pause(0.6)
    kill(broker, signal.SIGSTOP)
    pause(1)
    kill(client)
    pause(0.2)
    kill(broker, signal.SIGCONT)
    pause(0.4)
