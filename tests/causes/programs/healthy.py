"""Only healthy traffic: thousands of connections of real clients and servers, health checks included. Nothing failed here."""

import golang
import haproxy as balancer
import java
import mariadb
import memcached
import postgres
import pythons
import redis
import tls
from stage import HERE, VENV, Stage, pause, scene

PORT, TARGETS = 8900, (8901, 8902, 8903)

MANY_REQUESTS = """
import requests, sys
from concurrent.futures import ThreadPoolExecutor
url = f"http://{sys.argv[1]}:{sys.argv[2]}/"
def worker(number):
    with requests.Session() as session:
        for i in range(4):
            session.get(url)
with ThreadPoolExecutor(8) as pool:
    list(pool.map(worker, range(150)))
for i in range(100):
    requests.get(url, headers={"Connection": "close"})
"""
MANY_ASYNC = """
import asyncio, sys
from aiohttp import ClientSession
async def worker(number):
    async with ClientSession() as session:
        for i in range(3):
            async with session.get(f"http://{sys.argv[1]}:{sys.argv[2]}/") as answer:
                await answer.read()
async def main():
    for i in range(10):
        await asyncio.gather(*(worker(j) for j in range(30)))
asyncio.run(main())
"""
MANY_MARIADB = """
import pymysql, sys
for i in range(150):
    session = pymysql.connect(host=sys.argv[1], port=int(sys.argv[2]), user="root", ssl_disabled=True)
    with session.cursor() as cursor:
        cursor.execute("select 1")
    session.close()
"""
MANY_MEMCACHED = """
import sys
from pymemcache.client.base import Client
for i in range(400):
    client = Client(("127.0.0.1", int(sys.argv[1])))
    client.set(f"key{i}", "x" * 100, noreply=False)
    client.get(f"key{i}")
    client.close()
"""
# Probes as a Kubernetes node makes them: connect and close, and GET /health on a connection of its own.
PROBES = """
import http.client, socket, sys, time
for i in range(120):
    socket.create_connection((sys.argv[1], int(sys.argv[2]))).close()
    probe = http.client.HTTPConnection(sys.argv[1], int(sys.argv[2]))
    probe.request("GET", "/health", headers={"Connection": "close"})
    probe.getresponse().read()
    probe.close()
    time.sleep(0.02)
"""


def nginx(stage: Stage, *ports: int) -> None:
    paths = " ".join(
        f"{each}_temp_path {stage.folder}/{each};" for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    listen = " ".join(f"listen {port} backlog=512;" for port in ports)
    configuration = f"""
        worker_processes 1; daemon off; pid {stage.folder}/pid; error_log {stage.folder}/error.log; user root; events {{}}
        http {{ access_log off; {paths} server {{ {listen} location / {{ return 200 "ok\\n"; }} }} }}"""
    stage.start("nginx", "-p", stage.folder, "-c", stage.write("nginx.conf", configuration), ready=ports[-1])


@scene(healthy=True)
def healthy_ab_nginx(stage: Stage) -> None:
    """ab: 1500 connections to nginx, one request each, 10 at a time."""
    nginx(stage, PORT)
    stage.record()
    stage.run("ab", "-q", "-n", 1500, "-c", 10, f"http://{stage.host}:{PORT}/")


@scene(healthy=True)
def healthy_ab_keepalive(stage: Stage) -> None:
    """ab -k: 20 connections to nginx with 100 requests each, five times."""
    nginx(stage, PORT)
    stage.record()
    for _ in range(5):
        stage.run("ab", "-q", "-k", "-n", 600, "-c", 20, f"http://{stage.host}:{PORT}/")


@scene(healthy=True)
def healthy_curl_apache(stage: Stage) -> None:
    """150 runs of curl with two requests on one connection, against Apache httpd's event worker."""
    settings = f"""
        ServerRoot /etc/apache2
        LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
        LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
        Listen {PORT}
        ServerName shop.example
        PidFile {stage.folder}/pid
        ErrorLog {stage.folder}/error.log
        DocumentRoot {stage.folder}
        DefaultRuntimeDir {stage.folder}
        <Directory {stage.folder}>
            Require all granted
        </Directory>
    """
    stage.write("index.html", "ok\n")
    stage.write("index2.html", "x" * 20_000)
    stage.start("apache2", "-X", "-f", stage.write("httpd.conf", settings), ready=PORT)
    stage.record()
    url = f"http://{stage.host}:{PORT}"
    for _ in range(150):
        stage.run("curl", "-sS", f"{url}/index.html", f"{url}/index2.html")


@scene(healthy=True)
def healthy_haproxy_checks(stage: Stage) -> None:
    """HAProxy in front of three nginx ports with TCP checks every 100 ms (closed by RST) and ab, one connection at a time, through it."""
    nginx(stage, *TARGETS)
    servers = "\n".join(f"    server s{port} 127.0.0.1:{port} check inter 100ms" for port in TARGETS[1:])
    balancer.BACK = TARGETS[0]
    balancer.haproxy(stage, "balance roundrobin\n" + servers, server_line="check inter 100ms")
    stage.run("ab", "-q", "-n", 400, "-c", 1, f"http://{stage.host}:{balancer.FRONT}/")
    pause(5)
    stage.run("ab", "-q", "-n", 200, "-c", 1, f"http://{stage.host}:{balancer.FRONT}/")


@scene(healthy=True)
def healthy_haproxy_http_checks(stage: Stage) -> None:
    """HAProxy with HTTP checks of three nginx ports, keep-alive towards servers, and a hundred curls through it."""
    nginx(stage, *TARGETS)
    servers = "\n".join(f"    server s{port} 127.0.0.1:{port} check inter 200ms" for port in TARGETS[1:])
    balancer.BACK = TARGETS[0]
    balancer.haproxy(stage, "option httpchk GET /health\n" + servers, server_line="check inter 200ms")
    for _ in range(100):
        balancer.curl(stage)


@scene(healthy=True)
def healthy_kubernetes_probes(stage: Stage) -> None:
    """120 TCP probes (connect, close) and 120 HTTP probes of nginx."""
    nginx(stage, PORT)
    stage.record()
    stage.python(PROBES, stage.host, PORT, wait=True)


@scene(healthy=True)
def healthy_redis_benchmark(stage: Stage) -> None:
    """redis-benchmark: 20 connections kept, then one connection per request."""
    redis.redis(stage)
    stage.record()
    stage.run("redis-benchmark", "-p", redis.PORT, "-q", "-c", 20, "-n", 1000, "-t", "set,get")
    stage.run("redis-benchmark", "-p", redis.PORT, "-q", "-c", 10, "-n", 500, "-k", 0, "-t", "ping_mbulk")


@scene(healthy=True)
def healthy_pgbench(stage: Stage) -> None:
    """pgbench -C: a new session for each of 250 transactions; then four kept sessions."""
    postgres.postgres(stage)
    stage.record()
    where = ("-h", stage.host, "-p", postgres.PORT, "-U", "postgres", "postgres")
    stage.run("pgbench", "-i", "-q", "-I", "dtg", *where, env={"PGSSLMODE": "disable", "PATH": "/usr/bin:/bin"})
    for options in (("-C", "-c", 5, "-t", 50), ("-c", 4, "-t", 100)):
        stage.run("pgbench", "-n", "-S", *options, *where, env={"PGSSLMODE": "disable", "PATH": "/usr/bin:/bin"})


@scene(healthy=True)
def healthy_mariadb(stage: Stage) -> None:
    """150 sessions of pymysql and 20 of the mariadb client, all ended by COM_QUIT."""
    mariadb.mariadb(stage)
    stage.record()
    stage.python(MANY_MARIADB, stage.host, mariadb.PORT, wait=True)
    for _ in range(20):
        stage.run(*mariadb.sql(stage, "select 1"))


@scene(healthy=True)
def healthy_memcached(stage: Stage) -> None:
    """400 pymemcache clients, each with a set and a get."""
    memcached.memcached(stage)
    stage.record()
    stage.python(MANY_MEMCACHED, memcached.PORT, wait=True)


@scene(healthy=True)
def healthy_go(stage: Stage) -> None:
    """net/http: twenty pooled clients and twenty without keep-alive, 20 requests each."""
    golang.go(stage)
    golang.client(stage, "many", "/")
    pause(0.3)


@scene(healthy=True)
def healthy_java(stage: Stage) -> None:
    """java.net.http clients and 150 plain sockets against com.sun.net.httpserver."""
    java.serve(stage, "http")
    stage.run(*java.java("many", stage.host, java.PORT))


@scene(healthy=True)
def healthy_node(stage: Stage) -> None:
    """A Node agent with keep-alive, then 300 connections of one request each."""
    stage.start("node", HERE / "peers/peer.js", "server", PORT, ready=PORT)
    stage.record()
    stage.run("node", HERE / "peers/peer.js", "many", PORT, stage.host)


@scene(healthy=True)
def healthy_requests_uvicorn(stage: Stage) -> None:
    """requests against uvicorn: 150 sessions of four requests, and 100 connections of one."""
    pythons.uvicorn(stage)
    stage.python(MANY_REQUESTS, stage.host, pythons.PORT, wait=True)


@scene(healthy=True)
def healthy_aiohttp_gunicorn(stage: Stage) -> None:
    """300 aiohttp sessions of three requests against gunicorn's threaded worker."""
    pythons.gunicorn(stage, "-k", "gthread", "--threads", 8, "--keep-alive", 30)
    stage.python(MANY_ASYNC, stage.host, pythons.PORT, wait=True)


@scene(healthy=True)
def healthy_tls_curls(stage: Stage) -> None:
    """80 runs of curl over TLS, of two requests each, against nginx."""
    tls.nginx(stage)
    for _ in range(80):
        tls.curl(stage, f"https://{stage.host}:{tls.PORT}/", "-k", f"https://{stage.host}:{tls.PORT}/again")


@scene(healthy=True, path="slow")
def healthy_slow_path(stage: Stage) -> None:
    """Over 100 ms each way: 60 curls, 10 at a time, and ab with keep-alive."""
    nginx(stage, PORT)
    stage.record()
    for _ in range(6):
        running = [stage.start("curl", "-sS", f"http://{stage.host}:{PORT}/", at="") for _ in range(10)]
        for each in running:
            each.wait(20)
    stage.run("ab", "-q", "-k", "-n", 100, "-c", 10, f"http://{stage.host}:{PORT}/")
    pause(0.6)


@scene(healthy=True, path="router")
def healthy_across_router(stage: Stage) -> None:
    """ab and curl across a router with connection tracking, 400 connections."""
    stage.nft("ct state established,related,new accept", hook="forward", at="router")
    nginx(stage, PORT)
    stage.record()
    stage.run("ab", "-q", "-n", 400, "-c", 5, f"http://{stage.host}:{PORT}/")


@scene(healthy=True)
def healthy_tornado_and_lighttpd(stage: Stage) -> None:
    """ab against Tornado and lighttpd, 250 connections each, and httpx sessions against Tornado."""
    stage.python(pythons.TORNADO, PORT, ready=PORT)
    settings = (
        f'server.port = {TARGETS[0]}\nserver.document-root = "{stage.folder}"\nindex-file.names = ("index.html")\n'
    )
    stage.write("index.html", "ok\n")
    stage.start("lighttpd", "-D", "-f", stage.write("lighttpd.conf", settings), ready=TARGETS[0])
    stage.record()
    for port in (PORT, TARGETS[0]):
        stage.run("ab", "-q", "-n", 250, "-c", 5, f"http://{stage.host}:{port}/")
    for _ in range(5):
        stage.run(
            VENV / "bin/python",
            "-c",
            f"import httpx\nwith httpx.Client() as c: [c.get('http://{stage.host}:{PORT}/') for _ in range(5)]",
        )
