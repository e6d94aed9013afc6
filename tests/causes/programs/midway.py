"""Programs of all families that end in the middle of a message, or without the goodbye of their protocol. Frames are kept whole."""

import signal
import socket
import ssl
import subprocess
from contextlib import suppress

import mariadb
import postgres
from stage import FINE, Stage, kill, pause, scene, server

WHOLE = 65535
PORT, BACK = 8900, 8901
CUT, REQUEST, LEFT, ERROR = ["answer-cut-short"], ["request-cut-short"], ["left-without-farewell"], ["error-then-close"]
RESET = ["close-with-unread-data", "linger-zero-abort", "closed-without-answer"]


the_second_is_cut = scene(
    cause=CUT, connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=CUT), snaplen=WHOLE
)
"""A scene whose first answer is whole and whose second one is not."""


def narrow(stage: Stage) -> None:
    """Small buffers, so that what is under way when a program dies stays small."""
    stage.sysctl("net.ipv4.tcp_wmem=4096 8192 16384", "net.ipv4.tcp_rmem=4096 8192 16384", at="")


def slowly(stage: Stage, port: int, request: bytes, *, tls: bool = False) -> socket.socket:
    """Ask, and read only the beginning of the answer."""
    client: socket.socket = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(10)
    client.connect((stage.host, port))
    if tls:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        client = context.wrap_socket(client, server_hostname="shop.example")
    client.sendall(request)
    client.recv(1000)
    pause(0.3)
    return client


def rest(client: socket.socket) -> None:
    """Read to the end, and close."""
    with suppress(OSError):
        while client.recv(65536):
            pass
    client.close()


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: shop.example\r\n\r\n".encode()


def certificate(stage: Stage) -> None:
    stage.run(
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "2", "-subj", "/CN=shop.example",
        at="server",
    )  # fmt: skip


def nginx(stage: Stage, *, tls: bool = False) -> subprocess.Popen[str]:
    (stage.folder / "big").write_bytes(b"x" * 300_000)
    (stage.folder / "small").write_bytes(b"ok\n")
    if tls:
        certificate(stage)
    secure = "ssl" if tls else ""
    keys = "ssl_certificate cert.pem; ssl_certificate_key key.pem;" if tls else ""
    configuration = f"""
        worker_processes 1; daemon off; master_process off; pid {stage.folder}/nginx.pid; error_log {stage.folder}/error.log; user root;
        events {{ worker_connections 64; }}
        http {{
            access_log off; client_body_temp_path {stage.folder}/body; proxy_temp_path {stage.folder}/proxy; sendfile off; output_buffers 1 8k;
            fastcgi_temp_path {stage.folder}/f; uwsgi_temp_path {stage.folder}/u; scgi_temp_path {stage.folder}/s;
            server {{
                listen {PORT} {secure}; root {stage.folder}; {keys} client_max_body_size 10k; lingering_time 1s; lingering_timeout 1s;
                location /proxied {{ proxy_pass http://127.0.0.1:{BACK}; proxy_buffering off; }}
                location /dav {{ client_max_body_size 1m; dav_methods PUT; }}
            }}
        }}"""
    return stage.start("nginx", "-p", stage.folder, "-c", stage.write("nginx.conf", configuration), ready=PORT)


@scene(cause=CUT, connections=server(PORT, cause=CUT), snaplen=WHOLE)
def midway_nginx_killed_in_download(stage: Stage) -> None:
    """nginx was killed with SIGKILL while it sent a file of 300,000 bytes to a slow reader."""
    narrow(stage)
    program = nginx(stage)
    stage.record()
    client = slowly(stage, PORT, get("/big"))
    kill(program)
    rest(client)


@scene(cause=CUT, connections=server(PORT, cause=CUT), snaplen=WHOLE)
def midway_nginx_tls_killed_in_download(stage: Stage) -> None:
    """The same over TLS: the last record has no end."""
    narrow(stage)
    program = nginx(stage, tls=True)
    stage.record()
    client = slowly(stage, PORT, get("/big"), tls=True)
    kill(program)
    rest(client)


PYTHON = """
import http.server, os, sys, time
class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.send_response(200)
        if "chunks" in self.path:
            self.send_header("Transfer-Encoding", "chunked"); self.end_headers()
            self.wfile.write(b"5\\r\\nhello\\r\\n400\\r\\nworld")
        elif "ok" in self.path:
            self.send_header("Content-Length", "3"); self.end_headers(); self.wfile.write(b"ok\\n"); return
        elif "close" in self.path:
            self.send_header("Connection", "close"); self.end_headers(); self.wfile.write(b"as long as it lasts"); self.close_connection = True; return
        else:
            self.send_header("Content-Length", "5000"); self.end_headers(); self.wfile.write(b"x" * 1000)
        self.wfile.flush(); time.sleep(0.2); os._exit(1)
http.server.ThreadingHTTPServer(("", int(sys.argv[1])), Answer).serve_forever()
"""


def curl(stage: Stage, path: str, *options: str, scheme: str = "http") -> str:
    return stage.run("curl", "-sS", *options, f"{scheme}://{stage.host}:{PORT}{path}")


@the_second_is_cut
def midway_python_exits_in_body(stage: Stage) -> None:
    """A Python server left with os._exit() after 1,000 of 5,000 promised bytes; an earlier answer was whole."""
    stage.python(PYTHON, PORT, ready=PORT)
    stage.record()
    curl(stage, "/ok")
    curl(stage, "/half")


@scene(cause=CUT, connections=server(PORT, cause=CUT), snaplen=WHOLE)
def midway_python_exits_in_chunk(stage: Stage) -> None:
    """The same in the middle of a chunk."""
    stage.python(PYTHON, PORT, ready=PORT)
    stage.record()
    curl(stage, "/chunks")


@scene(severity=FINE, connections=server(PORT, severity=FINE), snaplen=WHOLE)
def midway_python_until_close(stage: Stage) -> None:
    """An answer without a length, whose end is the close: nothing tells whether it was whole."""
    stage.python(PYTHON, PORT, ready=PORT)
    stage.record()
    curl(stage, "/close")
    curl(stage, "/ok", "-I")


NODE = """
const http = require("http");
http.createServer((request, response) => {
  if (request.url === "/ok") return response.end("ok\\n");
  if (request.url === "/chunks") response.write("hello");
  else { response.writeHead(200, {"Content-Length": 5000}); response.write("x".repeat(1000)); }
  setTimeout(() => request.url === "/destroy" ? response.socket.end() : process.exit(1), 200);
}).listen(Number(process.argv[2]));
"""


def node(stage: Stage) -> None:
    stage.start("node", stage.write("server.js", NODE), PORT, ready=PORT)
    stage.record()
    curl(stage, "/ok")


@the_second_is_cut
def midway_node_exits_in_body(stage: Stage) -> None:
    """A Node.js server left with process.exit() after 1,000 of 5,000 promised bytes."""
    node(stage)
    curl(stage, "/half")


@the_second_is_cut
def midway_node_exits_between_chunks(stage: Stage) -> None:
    """The same between two chunks: the last one is missing."""
    node(stage)
    curl(stage, "/chunks")


@the_second_is_cut
def midway_node_ends_socket_in_body(stage: Stage) -> None:
    """A Node.js server ended the socket after 1,000 of 5,000 promised bytes."""
    node(stage)
    curl(stage, "/destroy")


GO = """
package main
import ("net/http"; "os"; "time")
func main() {
	http.HandleFunc("/ok", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("ok\\n")) })
	http.HandleFunc("/half", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "5000"); w.Write(make([]byte, 1000)); w.(http.Flusher).Flush(); time.Sleep(200 * time.Millisecond); os.Exit(1) })
	http.HandleFunc("/panic", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("hello")); w.(http.Flusher).Flush(); panic(http.ErrAbortHandler) })
	http.ListenAndServe(":" + os.Args[1], nil)
}
"""


def go(stage: Stage) -> None:
    stage.run("go", "build", "-o", "server", stage.write("main.go", GO), env=None)
    stage.start(stage.folder / "server", PORT, ready=PORT)
    stage.record()
    curl(stage, "/ok")


@the_second_is_cut
def midway_go_exits_in_body(stage: Stage) -> None:
    """A Go server left with os.Exit() after 1,000 of 5,000 promised bytes."""
    go(stage)
    curl(stage, "/half")


@the_second_is_cut
def midway_go_handler_panics(stage: Stage) -> None:
    """A Go handler panicked after a chunk: net/http closed the connection without the last one."""
    go(stage)
    curl(stage, "/panic")


HAPROXY = f"""
global
    log stdout format raw daemon
defaults
    mode http
    timeout connect 2s
    timeout client 30s
    timeout server 30s
    retries 0
listen shop
    bind :{PORT}
    server s1 127.0.0.1:{BACK}
"""


@scene(cause=CUT, connections=server(BACK, nth=0, cause=CUT) + server(PORT, cause=CUT), snaplen=WHOLE)
def midway_haproxy_passes_on_a_cut_answer(stage: Stage) -> None:
    """The server behind HAProxy left in the middle of its answer; HAProxy closed towards its client as it was."""
    stage.python(PYTHON, BACK, ready=BACK)
    stage.start("haproxy", "-db", "-f", stage.write("haproxy.cfg", HAPROXY), ready=PORT)
    stage.record()
    curl(stage, "/half")


@scene(cause=CUT, connections=server(BACK, nth=0, cause=CUT) + server(PORT, cause=CUT), snaplen=WHOLE)
def midway_nginx_passes_on_a_cut_answer(stage: Stage) -> None:
    """The server behind nginx left in the middle of its answer ("upstream prematurely closed connection"); nginx closed towards its client."""
    stage.python(PYTHON, BACK, ready=BACK)
    nginx(stage)
    stage.record()
    curl(stage, "/proxied/half")


@scene(cause=CUT, connections=server(BACK, nth=0, cause=CUT) + server(PORT, cause=CUT), snaplen=WHOLE)
def midway_nginx_passes_on_a_cut_chunk(stage: Stage) -> None:
    """The same in the middle of a chunk."""
    stage.python(PYTHON, BACK, ready=BACK)
    nginx(stage)
    stage.record()
    curl(stage, "/proxied/chunks")


@scene(cause=CUT, connections=server(PORT, cause=CUT), snaplen=WHOLE)
def midway_haproxy_killed_in_download(stage: Stage) -> None:
    """HAProxy was killed with SIGKILL while it passed on a file to a slow reader."""
    narrow(stage)
    (stage.folder / "big").write_bytes(b"x" * 300_000)
    stage.start("python3", "-m", "http.server", BACK, "--protocol", "HTTP/1.1", ready=BACK)
    program = stage.start("haproxy", "-db", "-f", stage.write("haproxy.cfg", HAPROXY), ready=PORT)
    stage.record()
    client = slowly(stage, PORT, get("/big"))
    kill(program)
    rest(client)


@scene(cause=REQUEST, connections=server(PORT, cause=REQUEST), snaplen=WHOLE)
def midway_curl_killed_in_upload(stage: Stage) -> None:
    """curl was killed with SIGKILL in the middle of a slow upload of 100,000 bytes."""
    nginx(stage)
    (stage.folder / "up").write_bytes(b"x" * 100_000)
    stage.record()
    program = stage.start("curl", "-sS", "--limit-rate", "8k", "-T", "up", f"http://{stage.host}:{PORT}/dav/up")
    pause(1.5)
    kill(program)
    pause(0.3)


@scene(severity=["fine", "suspicious"], connections=server(PORT, severity=["fine", "suspicious"]), snaplen=WHOLE)
def midway_curl_tls_killed_in_upload(stage: Stage) -> None:
    """The same over TLS: the last record may be whole, then nothing tells."""
    nginx(stage, tls=True)
    (stage.folder / "up").write_bytes(b"x" * 100_000)
    stage.record()
    program = stage.start("curl", "-ksS", "--limit-rate", "8k", "-T", "up", f"https://{stage.host}:{PORT}/dav/up")
    pause(1.5)
    kill(program)
    pause(0.3)


@scene(cause=["early-answer"], connections=server(PORT, cause=["early-answer"]), snaplen=WHOLE)
def midway_nginx_refuses_an_upload(stage: Stage) -> None:
    """nginx answered 413 to an upload of 200,000 bytes (client_max_body_size 10k), and closed before it was done."""
    nginx(stage)
    stage.record()
    client = stage.connect(PORT)
    client.sendall(b"POST /sink HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 200000\r\n\r\n" + b"x" * 2000)
    for _ in range(20):
        pause(0.15)
        with suppress(OSError):
            client.sendall(b"x" * 100)
    rest(client)


# ---- databases ----

MANY = "select repeat('x', 1000) from generate_series(1, 300)"


@scene(
    cause=CUT,
    connections=server(postgres.PORT, nth=0, severity=FINE) + server(postgres.PORT, nth=1, cause=CUT),
    snaplen=WHOLE,
)
def midway_postgres_backend_killed_in_result(stage: Stage) -> None:
    """A PostgreSQL backend was killed with SIGKILL while it sent 300 rows to a slow reader."""
    narrow(stage)
    postgres.postgres(stage)
    stage.record()
    stage.run(*postgres.psql(stage, "select 1"))
    start = b"\0\3\0\0user\0postgres\0\0"
    query = MANY.encode() + b"\0"
    client = slowly(
        stage,
        postgres.PORT,
        (len(start) + 4).to_bytes(4, "big") + start + b"Q" + (len(query) + 4).to_bytes(4, "big") + query,
    )
    for line in stage.run("pgrep", "-f", "postgres: postgres postgres").split():
        stage.run("kill", "-9", line)
    rest(client)


@scene(cause=ERROR, connections=server(postgres.PORT, cause=ERROR), snaplen=WHOLE)
def midway_postgres_shut_down_in_query(stage: Stage) -> None:
    """A fast shutdown of PostgreSQL in the middle of a statement: FATAL 57P01."""
    program = postgres.postgres(stage)
    stage.record()
    asked = stage.start(*postgres.psql(stage, "select pg_sleep(5)"), at="")
    pause(1)
    kill(program, signal.SIGINT)
    asked.wait(20)


@scene(cause=ERROR, connections=server(postgres.PORT, cause=ERROR), snaplen=WHOLE)
def midway_postgres_no_such_database(stage: Stage) -> None:
    """psql asked for a database that is not there: FATAL 3D000."""
    postgres.postgres(stage)
    stage.record()
    stage.run(
        "psql",
        "-X",
        f"host={stage.host} port={postgres.PORT} user=postgres dbname=nowhere sslmode=disable gssencmode=disable",
        "-c",
        "select 1",
    )


@scene(cause=LEFT, connections=server(postgres.PORT, cause=LEFT), snaplen=WHOLE)
def midway_postgres_client_killed_idle(stage: Stage) -> None:
    """An idle client of PostgreSQL was killed with SIGKILL ("unexpected EOF on client connection")."""
    postgres.postgres(stage)
    stage.record()
    program = postgres.idle(stage, 30)
    pause(1.5)
    kill(program)
    pause(0.5)


@scene(cause=CUT, connections=server(mariadb.PORT, cause=CUT), snaplen=WHOLE)
def midway_mariadb_killed_in_result(stage: Stage) -> None:
    """MariaDB was killed with SIGKILL while it sent rows to a client that reads slowly."""
    narrow(stage)
    program = mariadb.mariadb(stage)
    stage.record()
    reader = stage.python(
        "import pymysql, sys, time\n"
        "c = pymysql.connect(host=sys.argv[1], port=int(sys.argv[2]), user='root', ssl_disabled=True)\n"
        "k = c.cursor(pymysql.cursors.SSCursor)\n"
        "k.execute(\"select repeat('x', 1000) from information_schema.columns limit 300\")\n"
        "try:\n"
        "    k.fetchone(); time.sleep(2)\n"
        "    while k.fetchone(): pass\n"
        "except Exception as error: print(error)\n",
        stage.host, mariadb.PORT, at="",
    )  # fmt: skip
    pause(1.2)
    kill(program)
    reader.wait(20)


@scene(cause=LEFT, connections=server(mariadb.PORT, cause=LEFT), snaplen=WHOLE)
def midway_mariadb_client_killed_idle(stage: Stage) -> None:
    """An idle client of MariaDB was killed with SIGKILL ("Aborted connection")."""
    mariadb.mariadb(stage)
    stage.record()
    program = stage.python(mariadb.IDLE, stage.host, mariadb.PORT, 30, "select 1", at="")
    pause(1.2)
    kill(program)
    pause(0.5)


@scene(cause=ERROR, connections=server(mariadb.PORT, nth=12, cause=ERROR), snaplen=WHOLE)
def midway_mariadb_too_many_connections(stage: Stage) -> None:
    """max_connections=10: with one for an administrator, others were refused with error 1040."""
    mariadb.mariadb(stage, "--max-connections=10")
    stage.record()
    held = [stage.python(mariadb.IDLE, stage.host, mariadb.PORT, 3, "select 1", at="") for _ in range(13)]
    for each in held:
        each.wait(20)


@scene(cause=CUT, connections=server(6390, nth=1, cause=CUT), snaplen=WHOLE)
def midway_redis_killed_in_answer(stage: Stage) -> None:
    """Redis was killed with SIGKILL while it sent a value of 300,000 bytes to a slow reader."""
    narrow(stage)
    program = stage.start("redis-server", "--port", 6390, "--save", "", ready=6390)
    stage.record()
    stage.run("redis-cli", "-p", 6390, "setrange", "big", "100000", "x")
    client = slowly(stage, 6390, b"*2\r\n$3\r\nGET\r\n$3\r\nbig\r\n")
    kill(program)
    rest(client)


@scene(cause=ERROR, connections=server(6390, nth=1, cause=ERROR), snaplen=WHOLE)
def midway_redis_at_its_limit_of_clients(stage: Stage) -> None:
    """maxclients 1: the second client was told so, and left."""
    stage.start("redis-server", "--port", 6390, "--save", "", "--maxclients", "1", ready=6390)
    stage.record()
    first = stage.connect(6390)
    first.sendall(b"*1\r\n$4\r\nPING\r\n")
    first.recv(100)
    second = stage.connect(6390)
    pause(0.2)
    with suppress(OSError):
        second.recv(100)
        second.recv(100)
    second.close()
    first.close()


# ---- brokers ----

MQTT = """
import paho.mqtt.client as mqtt, sys, time
client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5 if sys.argv[2] == "5" else mqtt.MQTTv311)
client.connect("127.0.0.1", int(sys.argv[1]), keepalive=30)
client.loop_start(); client.subscribe("shop/#"); client.publish("shop/orders", "x" * 50); time.sleep(float(sys.argv[3]))
if sys.argv[4] == "leave": client.disconnect()
time.sleep(0.3)
"""


def mosquitto(stage: Stage) -> subprocess.Popen[str]:
    program = stage.start(
        "mosquitto", "-c", stage.write("m.conf", f"listener {PORT}\nallow_anonymous true\n"), ready=PORT
    )
    stage.record()
    return program


@scene(severity=FINE, connections=server(PORT, severity=FINE), snaplen=WHOLE)
def midway_mqtt_in_order(stage: Stage) -> None:
    """An MQTT client subscribed, published and disconnected."""
    mosquitto(stage)
    stage.python(MQTT, PORT, "4", 0.5, "leave", at="", wait=True)


@scene(cause=LEFT, connections=server(PORT, cause=LEFT), snaplen=WHOLE)
def midway_mqtt_client_killed(stage: Stage) -> None:
    """An MQTT client was killed with SIGKILL: no DISCONNECT."""
    mosquitto(stage)
    program = stage.python(MQTT, PORT, "4", 30, "leave", at="")
    pause(1.2)
    kill(program)
    pause(0.5)


@scene(cause=LEFT, connections=server(PORT, nth=0, cause=LEFT), snaplen=WHOLE)
def midway_mqtt_broker_killed(stage: Stage) -> None:
    """mosquitto was killed with SIGKILL while a client was connected."""
    broker = mosquitto(stage)
    program = stage.python(MQTT, PORT, "4", 2, "stay", at="")
    pause(1.2)
    kill(broker)
    program.wait(20)


@scene(cause=LEFT, connections=server(PORT, nth=0, cause=LEFT), snaplen=WHOLE)
def midway_mqtt_broker_shut_down(stage: Stage) -> None:
    """mosquitto 2.0.11 was ended with SIGTERM; it closed without a DISCONNECT to its MQTT 5 client."""
    broker = mosquitto(stage)
    program = stage.python(MQTT, PORT, "5", 2, "stay", at="")
    pause(1.2)
    kill(broker, signal.SIGTERM)
    program.wait(20)


AMQP = """
import pika, sys, time
connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", int(sys.argv[1])))
channel = connection.channel(); channel.queue_declare("orders"); channel.basic_publish("", "orders", b"x" * 100)
try: connection.sleep(float(sys.argv[2])); connection.close()
except Exception as error: print(repr(error))
"""


def rabbitmq(stage: Stage, what: str = "tcp or icmp") -> dict[str, str]:
    """A broker of its own, as whoever runs this; its ctl finds it by these variables."""
    folder = str(stage.folder)
    there = {
        "HOME": folder, "PATH": "/usr/lib/rabbitmq/bin:/usr/sbin:/usr/bin:/sbin:/bin", "RABBITMQ_NODENAME": "shop@localhost", "RABBITMQ_NODE_PORT": str(PORT),
        "RABBITMQ_MNESIA_BASE": folder, "RABBITMQ_LOG_BASE": folder, "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/plugins", "RABBITMQ_CONF_ENV_FILE": f"{folder}/env",
        "RABBITMQ_PID_FILE": f"{folder}/pid",
    }  # fmt: skip
    stage.start("/usr/lib/rabbitmq/bin/rabbitmq-server", env=there, ready=PORT)
    pause(2)
    stage.record(what)
    return there


@scene(
    cause=[*ERROR, *RESET],
    connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=ERROR),
    snaplen=WHOLE,
)
def midway_rabbitmq_forces_a_close(stage: Stage) -> None:
    """rabbitmqctl close_all_connections ended a session: Connection.Close 320 (CONNECTION_FORCED); one before it had left in order."""
    there = rabbitmq(stage)
    stage.python(AMQP, PORT, 0.2, at="", wait=True)
    program = stage.python(AMQP, PORT, 20, at="")
    pause(1.5)
    stage.run("/usr/lib/rabbitmq/bin/rabbitmqctl", "close_all_connections", "bye", env=there)
    program.wait(30)


HEARTBEAT = ["heartbeat-missed"]
SLEEPER = """
import pika, sys, time
connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", int(sys.argv[1]), heartbeat=2))
channel = connection.channel(); channel.queue_declare("orders"); channel.basic_publish("", "orders", b"x" * 100); time.sleep(8)
try: channel.basic_publish("", "orders", b"x" * 100); connection.process_data_events()
except Exception as error: print(repr(error))
"""


@scene(cause=HEARTBEAT, connections=server(PORT, cause=HEARTBEAT), snaplen=WHOLE)
def midway_rabbitmq_misses_heartbeats(stage: Stage) -> None:
    """pika agreed on 2 s and slept; RabbitMQ: "missed heartbeats from client, timeout: 2s", pika: StreamLostError, "Connection reset by peer"."""
    rabbitmq(stage)
    stage.python(SLEEPER, PORT, at="", wait=True)


@scene(cause=HEARTBEAT, connections=server(PORT, nth=0, cause=HEARTBEAT), snaplen=WHOLE)
def midway_mqtt_client_stopped(stage: Stage) -> None:
    """An MQTT client with a keep-alive time of 2 s was stopped with SIGSTOP; mosquitto 2.0.11: "has exceeded timeout, disconnecting"."""
    mosquitto(stage)
    program = stage.python(MQTT.replace("keepalive=30", "keepalive=2"), PORT, "4", 30, "leave", at="")
    pause(5)
    kill(program, signal.SIGSTOP)
    pause(12)
    kill(program)
    pause(0.5)


@scene(
    cause=[*LEFT, *RESET],
    connections=server(PORT, nth=0, cause=[*LEFT, *RESET]) + server(PORT, nth=1, cause=[*LEFT, *RESET]),
    snaplen=WHOLE,
)
def midway_rabbitmq_killed(stage: Stage) -> None:
    """A client of RabbitMQ, then the broker were killed with SIGKILL; both had bytes unread, so their kernels sent RST."""
    rabbitmq(stage)
    first = stage.python(AMQP, PORT, 20, at="")
    pause(1.5)
    kill(first)
    second = stage.python(AMQP, PORT, 20, at="")
    pause(1.5)
    stage.run("pkill", "-9", "beam.smp")
    second.wait(30)


# ---- gRPC, WebSocket, SSH, TLS ----

GRPC = """
import grpc, os, sys, time
from concurrent import futures
def feed(request, context):
    for n in range(1000):
        yield b"x" * 100
        if n == 5 and sys.argv[2] == "die": time.sleep(0.2); os._exit(1)
        if n == 3 and sys.argv[2] == "well": return
        time.sleep(0.02)
handler = grpc.unary_stream_rpc_method_handler(feed)
server = grpc.server(futures.ThreadPoolExecutor(4), options=[("grpc.max_connection_age_ms", 1000), ("grpc.max_connection_age_grace_ms", 500)] if sys.argv[2] == "age" else [])
server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("shop.Orders", {"Feed": handler}),))
server.add_insecure_port(f"127.0.0.1:{sys.argv[1]}"); server.start(); server.wait_for_termination()
"""
GRPC_CLIENT = """
import grpc, sys
with grpc.insecure_channel(f"127.0.0.1:{sys.argv[1]}") as channel:
    try:
        for _ in range(int(sys.argv[2])):
            print(len(list(channel.unary_stream("/shop.Orders/Feed")(b"all"))))
    except grpc.RpcError as error: print(error.code(), error.details())
"""


def grpc(stage: Stage, habit: str, count: int = 1) -> None:
    stage.python(GRPC, PORT, habit, ready=PORT)
    stage.record()
    stage.python(GRPC_CLIENT, PORT, count, at="", wait=True)


@scene(severity=FINE, connections=server(PORT, severity=FINE), snaplen=WHOLE)
def midway_grpc_in_order(stage: Stage) -> None:
    """Three streams of a gRPC server were whole."""
    grpc(stage, "well", 3)


@scene(cause=CUT, connections=server(PORT, nth=0, cause=CUT), snaplen=WHOLE)
def midway_grpc_server_exits_in_stream(stage: Stage) -> None:
    """A gRPC server left with os._exit() in the middle of a stream."""
    grpc(stage, "die")


@scene(severity=["fine", "suspicious"], connections=server(PORT, nth=0, severity=["fine", "suspicious"]), snaplen=WHOLE)
def midway_grpc_stream_beyond_its_age(stage: Stage) -> None:
    """max_connection_age 1 s and a grace of 0.5 s: GOAWAY, then a stream that went on was ended with grpc-status 14, and the server closed."""
    grpc(stage, "age")


WEBSOCKET = """
import asyncio, os, sys, websockets
async def talk(socket):
    async for message in socket:
        await socket.send(message)
        if message == "die": await asyncio.sleep(0.2); os._exit(1)
async def main():
    async with websockets.serve(talk, "127.0.0.1", int(sys.argv[1])): await asyncio.Future()
asyncio.run(main())
"""
WEBSOCKET_CLIENT = """
import asyncio, sys, websockets
async def main():
    try:
        async with websockets.connect(f"ws://127.0.0.1:{sys.argv[1]}/") as socket:
            await socket.send(sys.argv[2]); print(await socket.recv())
            if sys.argv[2] == "die": print(await socket.recv())
    except Exception as error: print(repr(error))
asyncio.run(main())
"""


@scene(cause=LEFT, connections=server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, cause=LEFT), snaplen=WHOLE)
def midway_websocket_server_exits(stage: Stage) -> None:
    """One WebSocket session was closed in order (1000); then the server left with os._exit(): 1006."""
    stage.python(WEBSOCKET, PORT, ready=PORT)
    stage.record()
    stage.python(WEBSOCKET_CLIENT, PORT, "hello", at="", wait=True)
    stage.python(WEBSOCKET_CLIENT, PORT, "die", at="", wait=True)


@scene(severity=["fine", "suspicious"], connections=server(2222, severity=["fine", "suspicious"]), snaplen=WHOLE)
def midway_ssh_without_common_cipher(stage: Stage) -> None:
    """ssh and sshd had no cipher in common; ssh closed during the key exchange, in clear."""
    stage.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", stage.folder / "host", at="server")
    stage.run("mkdir", "-p", "/run/sshd", at="server")
    stage.start(
        "/usr/sbin/sshd",
        "-D",
        "-p",
        2222,
        "-h",
        stage.folder / "host",
        "-o",
        "Ciphers=aes128-ctr",
        "-f",
        "/dev/null",
        ready=2222,
    )
    stage.record()
    stage.run(
        "ssh",
        "-p",
        2222,
        "-o",
        "Ciphers=aes256-ctr",
        "-o",
        "StrictHostKeyChecking=no",
        "-o",
        "BatchMode=yes",
        "127.0.0.1",
        "true",
    )


@scene(cause=["tls-alert"], connections=server(PORT, cause=["tls-alert"]), snaplen=WHOLE)
def midway_tls_without_common_version(stage: Stage) -> None:
    """openssl s_client asked for TLS 1.2 of a server that speaks 1.3 only: protocol_version."""
    certificate(stage)
    stage.start(
        "openssl", "s_server", "-accept", PORT, "-cert", "cert.pem", "-key", "key.pem", "-tls1_3", "-quiet", ready=PORT
    )
    stage.record()
    stage.run("openssl", "s_client", "-connect", f"127.0.0.1:{PORT}", "-tls1_2", "-servername", "shop.example")


@scene(cause=["tls-alert"], connections=server(PORT, cause=["tls-alert"]), snaplen=WHOLE)
def midway_tls_without_common_cipher(stage: Stage) -> None:
    """No cipher in common in TLS 1.2: handshake_failure."""
    certificate(stage)
    stage.start(
        "openssl",
        "s_server",
        "-accept",
        PORT,
        "-cert",
        "cert.pem",
        "-key",
        "key.pem",
        "-tls1_2",
        "-cipher",
        "AES128-GCM-SHA256",
        "-quiet",
        ready=PORT,
    )
    stage.record()
    stage.run("openssl", "s_client", "-connect", f"127.0.0.1:{PORT}", "-tls1_2", "-cipher", "AES256-GCM-SHA384")
