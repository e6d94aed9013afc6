"""Healthy connections of which every byte is kept: what messages say of them must raise no alarm."""

import mariadb
import midway
import postgres
from midway import BACK, PORT, WHOLE, certificate
from stage import Stage, pause, scene

RAW = """
import http.client, socket, ssl, sys
port, secure, times = int(sys.argv[1]), sys.argv[2] == "tls", int(sys.argv[3])
context = ssl.create_default_context(); context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
def connect():
    one = socket.create_connection(("127.0.0.1", port))
    return context.wrap_socket(one, server_hostname="shop.example") if secure else one
def ask(*lines, last=True, body=b""):
    return "\\r\\n".join([*lines, "Host: shop.example", *(["Connection: close"] if last else []), "", ""]).encode() + body
def read(one):
    found = b""
    while True:
        more = one.recv(65536)
        if not more: break
        found += more
    one.close()
    return found
for turn in range(times):
    for sent in (
        ask("GET /small HTTP/1.1"), ask("HEAD /big HTTP/1.1"), ask("GET /none HTTP/1.1"), ask("GET /small HTTP/1.1", "If-None-Match: *", "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT"),
        ask("GET /big HTTP/1.1", "Range: bytes=100-300"), ask("GET /proxied/chunks HTTP/1.1"), ask("GET /proxied/close HTTP/1.0"), ask("OPTIONS /small HTTP/1.1"), ask("GET /missing HTTP/1.1"),
        ask("GET /small HTTP/1.1", last=False) * 3 + ask("HEAD /small HTTP/1.1", last=False) + ask("GET /none HTTP/1.1"),
        ask("PUT /dav/a HTTP/1.1", "Content-Length: 5", body=b"hello"), ask("PUT /dav/b HTTP/1.1", "Transfer-Encoding: chunked", body=b"5\\r\\nhello\\r\\n0\\r\\n\\r\\n"),
    ):
        one = connect(); one.sendall(sent); read(one)
    kept = (http.client.HTTPSConnection if secure else http.client.HTTPConnection)("127.0.0.1", port, **({"context": context} if secure else {}))
    for path in ("/small", "/none", "/big", "/proxied/chunks", "/missing"):
        kept.request("HEAD" if turn % 3 == 2 else "GET", path); kept.getresponse().read()
    kept.close()
    one = connect(); one.sendall(ask("PUT /dav/c HTTP/1.1", "Expect: 100-continue", "Content-Length: 5")); one.recv(100); one.sendall(b"hello"); read(one)
"""
BACKEND = """
import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *words): pass
    def do_GET(self):
        self.send_response(200)
        if "chunks" in self.path:
            self.send_header("Transfer-Encoding", "chunked"); self.end_headers()
            if self.command == "GET":
                for part in (b"5\\r\\nhello\\r\\n", b"400\\r\\n" + b"w" * 1024 + b"\\r\\n", b"0\\r\\n\\r\\n"): self.wfile.write(part)
        else: self.send_header("Connection", "close"); self.end_headers(); self.wfile.write(b"as long as it lasts"); self.close_connection = True
    do_HEAD = do_GET
http.server.ThreadingHTTPServer(("", int(sys.argv[1])), Answer).serve_forever()
"""


def nginx(stage: Stage, port: int, *, tls: bool = False) -> None:
    (stage.folder / "big").write_bytes(b"x" * 3_000)
    (stage.folder / "small").write_bytes(b"ok\n")
    (stage.folder / "dav").mkdir(exist_ok=True)
    keys = ""
    if tls:
        certificate(stage)
        keys = "ssl_certificate cert.pem; ssl_certificate_key key.pem;"
    paths = " ".join(
        f"{each}_temp_path {stage.folder}/{each};" for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    configuration = f"""
        worker_processes 1; daemon off; pid {stage.folder}/nginx.pid; error_log {stage.folder}/error.log; user root; events {{}}
        http {{ access_log off; {paths} server {{
            listen {port} {"ssl" if tls else ""}; root {stage.folder}; {keys} client_max_body_size 1m;
            location /none {{ return 204; }}
            location /proxied {{ proxy_pass http://127.0.0.1:{BACK}; proxy_http_version 1.1; }}
            location /dav {{ dav_methods PUT; }} }} }}"""
    stage.start("nginx", "-p", stage.folder, "-c", stage.write("nginx.conf", configuration), ready=port)


def asked(stage: Stage, *, tls: bool) -> None:
    stage.python(BACKEND, BACK, ready=BACK)
    nginx(stage, PORT, tls=tls)
    stage.record()
    stage.python(RAW, PORT, "tls" if tls else "plain", 12 if tls else 26, at="", wait=True)


@scene(healthy=True, snaplen=WHOLE)
def wholly_nginx(stage: Stage) -> None:
    """Requests of every kind to nginx and a Python server behind it: HEAD, 100, 204, 206, 304, 404, chunks, pipelines, uploads."""
    asked(stage, tls=False)


@scene(healthy=True, snaplen=WHOLE)
def wholly_nginx_tls(stage: Stage) -> None:
    """The same over TLS."""
    asked(stage, tls=True)


@scene(healthy=True, snaplen=WHOLE)
def wholly_haproxy(stage: Stage) -> None:
    """The same through HAProxy, which keeps connections to nginx."""
    stage.python(BACKEND, BACK, ready=BACK)
    nginx(stage, BACK + 1)
    stage.start(
        "haproxy",
        "-db",
        "-f",
        stage.write("haproxy.cfg", midway.HAPROXY.replace(f":{BACK}", f":{BACK + 1}")),
        ready=PORT,
    )
    stage.record()
    stage.python(RAW, PORT, "plain", 6, at="", wait=True)


NODE = """
const http = require("http"), http2 = require("http2"), crypto = require("crypto"), net = require("net"), fs = require("fs");
const port = Number(process.argv[2]), keys = {key: fs.readFileSync("key.pem"), cert: fs.readFileSync("cert.pem")};
const web = http.createServer((request, response) => {
  if (request.url === "/hints") response.writeEarlyHints({link: "</a.css>; rel=preload"});
  request.resume(); request.on("end", () => response.end("ok " + request.url));
});
web.on("upgrade", (request, socket) => {
  const accept = crypto.createHash("sha1").update(request.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest("base64");
  socket.write(`HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: ${accept}\\r\\n\\r\\n`);
  socket.write(Buffer.from([0x81, 2, 104, 105])); socket.on("data", (data) => { if (data[0] === 0x88) socket.end(Buffer.from([0x88, 2, 3, 232])); });
});
web.on("connect", (request, socket) => {
  const other = net.connect(port, "127.0.0.1", () => { socket.write("HTTP/1.1 200 Connection Established\\r\\n\\r\\n"); socket.pipe(other); other.pipe(socket); });
  other.on("error", () => socket.destroy()); socket.on("error", () => other.destroy());
});
web.listen(port);
const answer = (stream, headers) => { stream.respond({":status": 200}); stream.end("hello " + headers[":path"]); };
http2.createServer().on("stream", answer).listen(port + 10);
http2.createSecureServer(keys).on("stream", answer).listen(port + 11);
"""
NODE_CLIENT = """
const http = require("http"), http2 = require("http2"), net = require("net");
const port = Number(process.argv[2]), agent = new http.Agent({keepAlive: true, maxSockets: 1});
const get = (path, options = {}) => new Promise((done) => http.get({port, path, ...options}, (r) => { r.resume(); r.on("end", done); }).on("error", done));
const raw = (text, more) => new Promise((done) => { const s = net.connect(port, () => s.write(text)); let n = 0; s.on("data", () => { if (n++ === 0 && more) s.write(more); }); s.on("close", done); });
const two = (url) => new Promise((done) => { const c = http2.connect(url, {rejectUnauthorized: false}); let left = 3;
  for (let i = 0; i < 3; i++) { const r = c.request({":path": "/" + i}); r.resume(); r.on("end", () => { if (--left === 0) c.close(done); }); r.end(); } });
(async () => {
  for (let i = 0; i < 25; i++) {
    await get("/a"); await get("/hints"); await get("/kept", {agent}); await get("/kept", {agent});
    await raw("GET / HTTP/1.1\\r\\nHost: a\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\\r\\nSec-WebSocket-Version: 13\\r\\n\\r\\n", Buffer.from([0x88, 0x82, 0, 0, 0, 0, 3, 232]));
    await raw("CONNECT shop.example:80 HTTP/1.1\\r\\nHost: shop.example:80\\r\\n\\r\\n", "GET /inside HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n");
    await two(`http://127.0.0.1:${port + 10}`); await two(`https://127.0.0.1:${port + 11}`);
  }
  agent.destroy();
})();
"""


@scene(healthy=True, snaplen=WHOLE)
def wholly_node(stage: Stage) -> None:
    """Node.js: early hints, a kept connection, WebSocket, CONNECT, HTTP/2 in clear and over TLS."""
    certificate(stage)
    stage.start("node", stage.write("server.js", NODE), PORT, ready=PORT + 11)
    stage.record()
    stage.run("node", stage.write("client.js", NODE_CLIENT), PORT)


@scene(healthy=True, snaplen=WHOLE)
def wholly_go(stage: Stage) -> None:
    """net/http of Go and curl: lengths, chunks, HEAD, kept connections."""
    stage.run("go", "build", "-o", "server", stage.write("main.go", midway.GO), env=None)
    stage.start(stage.folder / "server", PORT, ready=PORT)
    stage.record()
    url = f"http://{stage.host}:{PORT}/ok"
    for _ in range(100):
        stage.run("curl", "-sS", url, url)
        stage.run("curl", "-sSI", url, url)
        stage.run("curl", "-sS", "-d", "a=b", url)


SESSIONS = """
import psycopg2, pymysql, redis, sys
for turn in range(int(sys.argv[2])):
    if sys.argv[1] == "postgres":
        one = psycopg2.connect(f"host=127.0.0.1 port={sys.argv[3]} user=postgres sslmode={sys.argv[4]} gssencmode=disable"); k = one.cursor()
        k.execute("select repeat('x', 3000)"); k.fetchall()
        try: k.execute("select 1/0")
        except psycopg2.Error: one.rollback()
        k.execute("select generate_series(1, 50)"); k.fetchall(); one.commit(); one.close()
    elif sys.argv[1] == "mariadb":
        one = pymysql.connect(host="127.0.0.1", port=int(sys.argv[3]), user="root", ssl_disabled=True); k = one.cursor()
        k.execute("select repeat('x', 3000)"); k.fetchall()
        try: k.execute("select * from nowhere.nothing")
        except pymysql.Error: pass
        k.execute("select 1 union select 2"); k.fetchall(); one.close()
    else:
        one = redis.Redis(port=int(sys.argv[3])); one.set("a", "x" * 2000); one.get("a"); one.get("none")
        line = one.pipeline(); [line.incr("n") for _ in range(20)]; line.execute(); one.lpush("l", *range(20)); one.lrange("l", 0, -1); one.close()
"""


@scene(healthy=True, snaplen=WHOLE)
def wholly_postgres(stage: Stage) -> None:
    """120 sessions of psycopg2 with results, an error and transactions, and 20 of psql."""
    postgres.postgres(stage)
    stage.record()
    stage.python(SESSIONS, "postgres", 120, postgres.PORT, "disable", at="", wait=True)
    for _ in range(20):
        stage.run(*postgres.psql(stage, "select 1; select 2"))


@scene(healthy=True, snaplen=WHOLE)
def wholly_postgres_tls(stage: Stage) -> None:
    """40 sessions of psycopg2 over TLS."""
    certificate(stage)
    stage.run("chown", "postgres", "key.pem", "cert.pem")
    stage.run("chmod", "600", "key.pem")
    postgres.postgres(stage, "ssl=on", f"ssl_cert_file={stage.folder}/cert.pem", f"ssl_key_file={stage.folder}/key.pem")
    stage.record()
    stage.python(SESSIONS, "postgres", 40, postgres.PORT, "require", at="", wait=True)


@scene(healthy=True, snaplen=WHOLE)
def wholly_mariadb(stage: Stage) -> None:
    """120 sessions of pymysql with results and an error, and 20 of the mariadb client."""
    mariadb.mariadb(stage)
    stage.record()
    stage.python(SESSIONS, "mariadb", 120, mariadb.PORT, at="", wait=True)
    for _ in range(20):
        stage.run(*mariadb.sql(stage, "select 1"))


@scene(healthy=True, snaplen=WHOLE)
def wholly_redis(stage: Stage) -> None:
    """220 sessions of redis-py with pipelines, and 40 of redis-cli."""
    stage.start("redis-server", "--port", 6390, "--save", "", ready=6390)
    stage.record()
    stage.python(SESSIONS, "redis", 220, 6390, at="", wait=True)
    for _ in range(20):
        stage.run("redis-cli", "-p", 6390, "get", "a")
        stage.run("redis-cli", "-p", 6390, "-3", "hgetall", "none")


@scene(healthy=True, snaplen=WHOLE)
def wholly_mqtt(stage: Stage) -> None:
    """120 sessions of mosquitto_pub, with QoS 0, 1 and 2."""
    midway.mosquitto(stage)
    for turn in range(120):
        stage.run(
            "mosquitto_pub",
            "-p",
            PORT,
            "-t",
            "shop/orders",
            "-m",
            "x" * 200,
            "-q",
            turn % 3,
            "-V",
            ("mqttv311", "mqttv5")[turn % 2],
        )


PIKA = """
import pika, sys
for _ in range(40):
    connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", int(sys.argv[1])))
    channel = connection.channel(); channel.queue_declare("orders"); channel.basic_publish("", "orders", b"x" * 300); channel.basic_get("orders", auto_ack=True); connection.close()
"""


@scene(healthy=True, snaplen=WHOLE)
def wholly_rabbitmq(stage: Stage) -> None:
    """40 sessions of pika: a message sent and fetched, and Connection.Close."""
    midway.rabbitmq(stage, f"tcp port {PORT}")  # without the connections of pika to itself
    stage.python(PIKA, PORT, at="", wait=True)


@scene(healthy=True, snaplen=WHOLE)
def wholly_pika_with_itself(stage: Stage) -> None:
    """4 sessions of pika, each with a connection to itself, by which it wakes up its own loop."""
    midway.rabbitmq(stage)
    stage.python(PIKA.replace("range(40)", "range(4)"), PORT, at="", wait=True)


@scene(healthy=True, snaplen=WHOLE)
def wholly_grpc(stage: Stage) -> None:
    """25 channels of gRPC with three streams each."""
    stage.python(midway.GRPC, PORT, "well", ready=PORT)
    stage.record()
    for _ in range(25):
        stage.python(midway.GRPC_CLIENT, PORT, 3, at="", wait=True)


@scene(healthy=True, snaplen=WHOLE)
def wholly_ssh(stage: Stage) -> None:
    """25 sessions of ssh that run a command."""
    stage.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", stage.folder / "key")
    stage.run("mkdir", "-p", "/run/sshd")
    keys = f"AuthorizedKeysFile={stage.folder}/key.pub"
    stage.start(
        "/usr/sbin/sshd",
        "-D",
        "-p",
        2222,
        "-h",
        stage.folder / "key",
        "-o",
        keys,
        "-o",
        "StrictModes=no",
        "-f",
        "/dev/null",
        ready=2222,
    )
    stage.record()
    for _ in range(25):
        stage.run(
            "ssh",
            "-p",
            2222,
            "-i",
            stage.folder / "key",
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "BatchMode=yes",
            "root@127.0.0.1",
            "true",
        )
    pause(0.3)
