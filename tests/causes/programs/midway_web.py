"""Web servers and clients that are killed amid chunks, uploads, HTTP/2 streams and pipelines, by what they said. Frames are kept whole."""

import subprocess

from midway import (
    BACK,
    CUT,
    HAPROXY,
    PORT,
    PYTHON,
    REQUEST,
    WHOLE,
    certificate,
    curl,
)
from stage import VENV, Stage, kill, pause, scene, server

UNANSWERED = ["closed-without-answer"]
ENDED = ["fine", "suspicious"]

NODE = """
const [port, kind] = process.argv.slice(2), fs = require("fs");
const answer = (request, response) => {
  if (request.url === "/ok") return response.end("ok\\n");
  if (request.url === "/never") return;
  response.writeHead(200, {"content-length": 5000}); response.write("x".repeat(1000)); setTimeout(() => process.exit(1), 200);
};
const made = { h2: () => require("http2").createServer(answer),
  tls: () => require("https").createServer({key: fs.readFileSync("key.pem"), cert: fs.readFileSync("cert.pem")}, answer) };
made[kind]().listen(Number(port));
"""
GO = """
package main
import ("fmt"; "io"; "net/http"; "os"; "time")
func main() {
	if os.Args[1] == "ask" {
		answer, wrong := http.Get(os.Args[2]); if wrong != nil { fmt.Println(wrong); return }
		count, wrong := io.Copy(io.Discard, answer.Body); fmt.Println(count, wrong); return
	}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		for { w.Write(make([]byte, 500)); w.(http.Flusher).Flush(); time.Sleep(50 * time.Millisecond) } })
	http.ListenAndServe(":" + os.Args[2], nil)
}
"""
UPLOADS = """
import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        size = int(self.headers["Content-Length"])
        print("got", len(self.rfile.read(size)), "of", size, flush=True)
        self.send_response(200); self.send_header("Content-Length", "0"); self.end_headers()
http.server.ThreadingHTTPServer(("", int(sys.argv[1])), Answer).serve_forever()
"""
UPLOAD = """
import http.client, sys, time
server = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
server.putrequest("POST", "/up"); server.putheader("Content-Length", "50000"); server.endheaders()
for _ in range(100): server.send(b"x" * 500); time.sleep(0.05)
"""
WSGI = """
import time
def app(environ, start):
    start("200 OK", [])
    def parts():
        for _ in range(200): time.sleep(0.05); yield b"y" * 200
    return parts()
"""
ASGI = """
import asyncio
async def app(scope, receive, send):
    if scope["type"] != "http": return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while True: await send({"type": "http.response.body", "body": b"z" * 300, "more_body": True}); await asyncio.sleep(0.05)
"""
PIPELINE = """
import socket, sys
server, count = socket.create_connection(("127.0.0.1", int(sys.argv[1]))), 0
server.sendall(b"".join(b"GET /%s HTTP/1.1\\r\\nHost: shop.example\\r\\n\\r\\n" % path for path in (b"ok", b"ok", b"half")))
while found := server.recv(65536): count += len(found)
print("EOF after", count)
"""


def download(stage: Stage, path: str, *options: str) -> subprocess.Popen[str]:
    """A curl that goes on in the background."""
    return stage.start("curl", "-ksS", "-o", "/dev/null", *options, f"http://{stage.host}:{PORT}{path}", at="")


def killed(program: subprocess.Popen[str], client: subprocess.Popen[str]) -> None:
    """SIGKILL for the one, and the other's last words."""
    pause(0.8)
    kill(program)
    client.wait(20)


def node(stage: Stage, kind: str) -> subprocess.Popen[str]:
    program = stage.start("node", stage.write("server.js", NODE), PORT, kind, ready=PORT)
    stage.record()
    return program


@scene(cause=CUT, connections=server(PORT, cause=CUT), snaplen=WHOLE)
def midway_go_killed_between_chunks(stage: Stage) -> None:
    """A Go server was killed with SIGKILL between two chunks of 500 bytes; its Go client: "unexpected EOF"."""
    stage.run("go", "build", "-o", "program", stage.write("main.go", GO), env=None)
    program = stage.start(stage.folder / "program", "serve", PORT, ready=PORT)
    stage.record()
    killed(program, stage.start(stage.folder / "program", "ask", f"http://127.0.0.1:{PORT}/", at=""))


@scene(cause=CUT, connections=server(PORT, cause=CUT), snaplen=WHOLE)
def midway_uvicorn_killed_between_chunks(stage: Stage) -> None:
    """uvicorn was killed with SIGKILL while it streamed; curl: "transfer closed with outstanding read data remaining"."""
    stage.write("app.py", ASGI)
    program = stage.start(VENV / "bin/uvicorn", "--port", PORT, "app:app", ready=PORT)
    stage.record()
    killed(program, download(stage, "/"))


@scene(cause=CUT, connections=server(PORT, cause=CUT), snaplen=WHOLE)
def midway_gunicorn_worker_timeout_in_stream(stage: Stage) -> None:
    """gunicorn ended a worker that streamed for longer than its timeout of 2 s: "WORKER TIMEOUT"; wget asked for the rest."""
    stage.write("app.py", WSGI)
    stage.start(VENV / "bin/gunicorn", "-w", "1", "-t", "2", "-b", f":{PORT}", "app:app", ready=PORT)
    pause(0.5)
    stage.record()
    stage.run("wget", "-t1", "-O", "/dev/null", f"http://127.0.0.1:{PORT}/")


@scene(cause=CUT, connections=server(PORT, cause=CUT), snaplen=WHOLE)
def midway_pipelined_third_answer_cut(stage: Stage) -> None:
    """Three requests at once; a Python server left with os._exit() in the third answer: "EOF after 20343"."""
    stage.python(PYTHON.replace("5000", "50000").replace("1000", "20000"), PORT, ready=PORT)
    stage.record()
    stage.python(PIPELINE, PORT, at="", wait=True)


@scene(cause=CUT, connections=server(PORT, cause=CUT), snaplen=WHOLE)
def midway_node_http2_exits_in_body(stage: Stage) -> None:
    """A Node.js server left with process.exit() in an HTTP/2 answer; curl: "HTTP/2 stream 1 was not closed cleanly"."""
    node(stage, "h2")
    curl(stage, "/half", "--http2-prior-knowledge")


@scene(cause=UNANSWERED, connections=server(PORT, cause=UNANSWERED), snaplen=WHOLE)
def midway_node_http2_killed_before_answer(stage: Stage) -> None:
    """A Node.js server was killed before it answered; its SETTINGS had come after the request. curl: "HTTP/2 stream 1 was not closed cleanly"."""
    program = node(stage, "h2")
    killed(program, download(stage, "/never", "--http2-prior-knowledge"))


@scene(severity=ENDED, connections=server(PORT, severity=ENDED), snaplen=WHOLE)
def midway_node_tls_exits_between_records(stage: Stage) -> None:
    """A Node.js server left with process.exit() amid an answer within TLS, at the end of a record: no byte tells. The client: "ECONNRESET aborted"."""
    certificate(stage)
    node(stage, "tls")
    curl(stage, "/ok", "-k", scheme="https")
    curl(stage, "/half", "-k", scheme="https")


@scene(cause=REQUEST, connections=server(PORT, cause=REQUEST), snaplen=WHOLE)
def midway_python_client_killed_in_upload(stage: Stage) -> None:
    """A client was killed in its upload, and the server answered nobody: "got 8000 of 50000"; a RST answered the answer."""
    stage.python(UPLOADS, PORT, ready=PORT)
    stage.record()
    client = stage.python(UPLOAD, PORT, at="")
    pause(1)
    kill(client)
    pause(0.5)


@scene(cause=REQUEST, connections=server(BACK, cause=REQUEST), snaplen=WHOLE)
def midway_haproxy_killed_in_upload(stage: Stage) -> None:
    """HAProxy was killed while it passed on an upload; the server behind it: "got 20480 of 100000", and it answered nobody."""
    stage.python(UPLOADS, BACK, ready=BACK)
    program = stage.start("haproxy", "-db", "-f", stage.write("haproxy.cfg", HAPROXY), ready=PORT)
    stage.record(f"tcp port {BACK}")
    (stage.folder / "up").write_bytes(b"x" * 100_000)
    client = download(stage, "/up", "--data-binary", "@up", "--limit-rate", "10k")
    pause(0.7)
    killed(program, client)
