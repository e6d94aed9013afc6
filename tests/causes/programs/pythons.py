"""Python: uvicorn, gunicorn, tornado, aiohttp and http.server against requests, httpx, urllib3, asyncio and http.client."""

import subprocess
from contextlib import suppress

from stage import FINE, VENV, Stage, kill, pause, scene, server

PORT = 8600
STALE = ["peer-closed-idle-connection"]

ASGI = """
import asyncio
async def app(scope, receive, send):
    if scope["type"] != "http": return
    if scope["path"] == "/hang": await asyncio.sleep(60)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"3")]})
    await send({"type": "http.response.body", "body": b"ok\\n"})
"""
WSGI = """
import time
def app(environ, start):
    if environ["PATH_INFO"] == "/hang": time.sleep(60)
    start("200 OK", [("Content-Length", "3")])
    return [b"ok\\n"]
"""
TORNADO = """
import sys, tornado.ioloop, tornado.web
class Main(tornado.web.RequestHandler):
    def get(self): self.finish("ok\\n")
tornado.web.Application([("/.*", Main)]).listen(int(sys.argv[1]), idle_connection_timeout=2)
tornado.ioloop.IOLoop.current().start()
"""
# http.client: one connection, two requests with a pause between them; it does not look before it writes.
TWICE = """
import http.client, sys, time
session = http.client.HTTPConnection(sys.argv[1], int(sys.argv[2]))
for seconds in (float(sys.argv[3]), 0):
    session.request("POST", "/", body=b"order")
    session.getresponse().read()
    time.sleep(seconds)
session.close()
"""
REQUESTS = """
import requests, sys, time
session = requests.Session()
url, seconds, limit = f"http://{sys.argv[1]}:{sys.argv[2]}{sys.argv[5]}", float(sys.argv[3]), float(sys.argv[4])
for wait in (seconds, 0)[seconds == 0:]:
    try:
        print(session.post(url, data=b"order", timeout=limit))
    except requests.RequestException as error:
        print(error)
    time.sleep(wait)
session.close()
"""
HTTPX = """
import httpx, sys
try:
    print(httpx.get(f"http://{sys.argv[1]}:{sys.argv[2]}/hang", timeout=1.5))
except httpx.HTTPError as error:
    print(repr(error))
"""
CANCELLED = """
import asyncio, sys
async def main():
    reader, writer = await asyncio.open_connection(sys.argv[1], int(sys.argv[2]))
    writer.write(b"GET /hang HTTP/1.1\\r\\nHost: shop.example\\r\\n\\r\\n")
    try:
        await asyncio.wait_for(reader.read(100), 1)
    except asyncio.TimeoutError:
        writer.close()
asyncio.run(main())
"""
# An event stream that goes on whoever listens.
EVENTS = """
import http.server, sys, time
class Events(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
        for i in range(12):
            self.wfile.write(b"data: tick\\n\\n")
            time.sleep(0.25)
http.server.ThreadingHTTPServer(("", int(sys.argv[1])), Events).serve_forever()
"""
DOWNLOAD = """
import asyncio, sys
from aiohttp import ClientSession, web
async def main():
    app = web.Application()
    async def big(request): return web.Response(body=b"x" * 20_000_000)
    app.router.add_get("/", big)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, None, int(sys.argv[1])).start()
    await asyncio.sleep(60)
asyncio.run(main())
"""
CANCEL_DOWNLOAD = """
import asyncio, sys
from aiohttp import ClientSession
async def main():
    async with ClientSession() as session:
        answer = await session.get(f"http://{sys.argv[1]}:{sys.argv[2]}/")
        await answer.content.read(1000)
        await asyncio.sleep(0.5)
        answer.close()
asyncio.run(main())
"""


def uvicorn(stage: Stage, *options: object) -> subprocess.Popen[str]:
    stage.write("site_app.py", ASGI)
    program = stage.start(
        VENV / "bin/uvicorn", "--host", "0.0.0.0", "--port", PORT, *options, "site_app:app", ready=PORT
    )
    stage.record()
    curl(stage)
    return program


def gunicorn(stage: Stage, *options: object) -> subprocess.Popen[str]:
    stage.write("site_app.py", WSGI)
    program = stage.start(
        VENV / "bin/gunicorn", "-b", f"0.0.0.0:{PORT}", "--no-control-socket", *options, "site_app:app", ready=PORT
    )
    pause(1)
    stage.record()
    curl(stage)
    return program


def curl(stage: Stage, path: str = "/", *options: str) -> str:
    return stage.run("curl", "-sS", *options, f"http://{stage.host}:{PORT}{path}")


@scene(cause=STALE, connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=STALE))
def uvicorn_keepalive_default(stage: Stage) -> None:
    """timeout_keep_alive at its default of 5 s; http.client sent its next POST after 7 s."""
    uvicorn(stage)
    stage.python(TWICE, stage.host, PORT, 7, wait=True)


@scene(cause=STALE, connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=STALE))
def gunicorn_keepalive_default(stage: Stage) -> None:
    """gthread worker, keepalive at its default of 2 s; http.client sent its next POST after 4.5 s."""
    gunicorn(stage, "-k", "gthread", "--threads", 4)
    stage.python(TWICE, stage.host, PORT, 4.5, wait=True)


@scene(severity=["fine", "suspicious"], connections=server(PORT, severity=["fine", "suspicious"]))
def gunicorn_worker_timeout(stage: Stage) -> None:
    """A sync worker hung in a request; the arbiter ended it after --timeout 2, and its last word was a 500: an answer, and a close in good order."""
    gunicorn(stage, "--timeout", 2)
    curl(stage, "/hang")
    curl(stage)


@scene(
    cause=["closed-without-answer"],
    connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=["closed-without-answer"]),
)
def gunicorn_worker_killed(stage: Stage) -> None:
    """The worker that held a request was killed with SIGKILL (as by the OOM killer): nobody answered."""
    gunicorn(stage)
    waiting = stage.start("curl", "-sS", f"http://{stage.host}:{PORT}/hang", at="")
    pause(1)
    stage.run("pkill", "-KILL", "-P", stage.programs[0].pid)
    waiting.wait(10)
    pause(0.5)


@scene(cause=STALE, connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=STALE))
def tornado_idle_stale(stage: Stage) -> None:
    """Tornado's idle_connection_timeout 2 closed an idle connection; http.client used it again after 4 s."""
    stage.python(TORNADO, PORT, ready=PORT)
    stage.record()
    curl(stage)
    stage.python(TWICE.replace("POST", "GET"), stage.host, PORT, 4, wait=True)


@scene(
    cause=["idle-close-race"],
    path="slow",
    connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=["idle-close-race"]),
)
def requests_pool_race(stage: Stage) -> None:
    """Tornado's idle timeout of 2 s over a path of 100 ms each way: a requests.Session looked, saw nothing, and its request crossed the FIN."""
    stage.python(TORNADO.replace("def get(self)", "def post(self): self.get()\n    def get(self)"), PORT, ready=PORT)
    stage.record()
    curl(stage)
    stage.python(REQUESTS, stage.host, PORT, 1.93, 9, "/", at="", wait=False).wait(30)
    pause(0.5)


@scene(severity=["fine", "suspicious"], connections=server(PORT, severity=["fine", "suspicious"]))
def requests_pool_notices(stage: Stage) -> None:
    """uvicorn closed a pooled connection after 1 s; urllib3 looked at it before the next request and opened another one."""
    uvicorn(stage, "--timeout-keep-alive", 1)
    stage.python(
        REQUESTS.replace('session.post(url, data=b"order"', "session.get(url"), stage.host, PORT, 3, 9, "/", wait=True
    )


@scene(
    cause=["client-gave-up"],
    connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=["client-gave-up"]),
)
def requests_read_timeout(stage: Stage) -> None:
    """requests with timeout=2 left a uvicorn application that never answers."""
    uvicorn(stage)
    stage.python(REQUESTS, stage.host, PORT, 0, 2, "/hang", wait=True)
    pause(0.5)


@scene(
    cause=["client-gave-up"],
    connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=["client-gave-up"]),
)
def httpx_read_timeout(stage: Stage) -> None:
    """httpx with timeout=1.5 left a uvicorn application that never answers."""
    uvicorn(stage)
    stage.python(HTTPX, stage.host, PORT, wait=True)
    pause(0.5)


@scene(
    cause=["client-gave-up"],
    connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=["client-gave-up"]),
)
def asyncio_wait_for(stage: Stage) -> None:
    """asyncio.wait_for(reader.read(), 1) ran out and the writer was closed."""
    uvicorn(stage)
    stage.python(CANCELLED, stage.host, PORT, wait=True)
    pause(0.5)


@scene(cause=["write-after-close"], connections=server(PORT, cause=["write-after-close"]))
def event_stream_without_listener(stage: Stage) -> None:
    """curl was killed with SIGKILL while http.server streamed events; the server's next write was answered by RST."""
    stage.python(EVENTS, PORT, ready=PORT)
    stage.record()
    listener = stage.start("curl", "-sSN", f"http://{stage.host}:{PORT}/", at="")
    pause(1.1)
    kill(listener)
    pause(1)


@scene(cause=["close-with-unread-data"], connections=server(PORT, cause=["close-with-unread-data"]))
def aiohttp_download_cancelled(stage: Stage) -> None:
    """An aiohttp client closed its response in the middle of 20 MB, with unread bytes in its buffer."""
    stage.python(DOWNLOAD, PORT, ready=PORT)
    stage.record()
    stage.python(CANCEL_DOWNLOAD, stage.host, PORT, wait=True)


@scene(
    cause=["close-wait-leak", "still-open", "clean"],
    connections=server(PORT, nth=0, severity=FINE)
    + server(PORT, nth=1, cause=["close-wait-leak", "still-open"])
    + server(PORT, nth=2, cause=["close-wait-leak", "still-open"]),
)
def clients_leak_close_wait(stage: Stage) -> None:
    """uvicorn closed after 1 s idle; two clients never looked at their connections again for 25 s. The last packet came less than a second after the FINs: a leak, or an answer to come."""
    uvicorn(stage, "--timeout-keep-alive", 1)
    held = [stage.connect(PORT) for _ in range(2)]
    for connection in held:
        stage.ask(connection)
    pause(25)
    stage.kept = held  # open until tcpdump has stopped


@scene(
    cause=["accept-queue-full"],
    connections=server(PORT, nth=0, cause=["client-gave-up"])
    + server(PORT, nth=4, cause=["accept-queue-full", "connect-abandoned"]),
)
def socketserver_backlog_full(stage: Stage) -> None:
    """socketserver busy with one request, request_queue_size 1: two requests waited in the queue unanswered, SYNs of further ones were dropped."""
    busy = "import socketserver, sys, time\nclass Busy(socketserver.BaseRequestHandler):\n    def handle(self): time.sleep(60)\n"
    stage.python(
        busy
        + "socketserver.TCPServer.request_queue_size = 1\nsocketserver.TCPServer(('', int(sys.argv[1])), Busy).serve_forever()\n",
        PORT,
        ready=PORT,
    )
    stage.record()
    clients = []
    for _ in range(5):
        clients.append(stage.start("curl", "-sS", "--max-time", "5", f"http://{stage.host}:{PORT}/", at=""))
        pause(0.2)
    for each in clients:
        each.wait(20)


@scene(cause=["close-with-unread-data"], connections=server(PORT, nth=0, cause=["close-with-unread-data"]))
def http_server_refuses_body(stage: Stage) -> None:
    """http.server answered 501 to a POST and closed without reading its 1 MB body."""
    stage.start("python3", "-m", "http.server", PORT, ready=PORT)
    stage.record()
    with stage.connect(PORT) as connection, suppress(OSError):
        connection.sendall(
            b"POST / HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1_000_000
        )
        pause(0.5)
        connection.recv(100)
