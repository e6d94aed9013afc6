"""What lies between the ends: firewalls that drop, reject and forge, NAT that forgets, a path that swallows large packets."""

from stage import FINE, SERVER, Stage, pause, scene, server

PORT, OTHER = 8800, 8801
STALE = ["peer-closed-idle-connection"]
FORGED = ["firewall-reset", "injected-rst"]
SILENT = "ip saddr 10.1.0.1 drop"

# An HTTP server that answers every request and, on /drip, goes on for ten seconds.
SERVE = """
import http.server, sys, time
class Serve(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = b"x" * int(self.path[1:] or 3) if self.path != "/drip" else b""
        self.send_response(200)
        if self.path != "/drip": self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        for i in range(40 if self.path == "/drip" else 0):
            self.wfile.write(b"tick\\n")
            time.sleep(0.25)
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()
http.server.ThreadingHTTPServer(("", int(sys.argv[1])), Serve).serve_forever()
"""

# On the router: watch the connection, and after some segments with data send RST to one end or both, as censors do.
FORGE = """
import socket, struct, sys
def checksum(data):
    data += b"\\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
def send(source, other, ports, seq, ack):
    tcp = struct.pack(">HHIIBBHHH", *ports, seq, ack, 0x50, 0x14, 0, 0, 0)
    pseudo = source + other + struct.pack(">BBH", 0, 6, 20)
    tcp = tcp[:16] + struct.pack(">H", checksum(pseudo + tcp)) + tcp[18:]
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 40, 0x1234, 0, 41, 6, 0, source, other)
    out.sendto(ip[:10] + struct.pack(">H", checksum(ip)) + ip[12:] + tcp, (socket.inet_ntoa(other), 0))
out = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
tap.bind(("right", 0))
both, seen = sys.argv[1] == "both", 0
while seen < 6:
    packet = tap.recv(65536)
    length = struct.unpack(">H", packet[2:4])[0]
    sport, dport, seq, ack, offset = struct.unpack(">HHIIB", packet[20:33])
    data = length - 20 - (offset >> 4) * 4
    if sport == int(sys.argv[2]) and data > 0:
        seen += 1
source, other = packet[12:16], packet[16:20]
send(source, other, (sport, dport), (seq + data) & 0xFFFFFFFF, ack)
if both:
    send(other, source, (dport, sport), ack, (seq + data) & 0xFFFFFFFF)
"""


def serve(stage: Stage) -> None:
    stage.python(SERVE, PORT, ready=PORT)
    stage.record()
    curl(stage, "/")
    pause(0.3)


def curl(stage: Stage, path: str, *options: str) -> str:
    return stage.run("curl", "-sS", *options, f"http://{stage.host}:{PORT}{path}")


def first(**label: object) -> list[dict[str, object]]:
    """The ordinary request before, and what holds for the connection after it."""
    return server(PORT, nth=0, severity=FINE) + server(PORT, nth=1, **label)


@scene(cause=["peer-vanished"], path="pair", connections=first(cause=["peer-vanished"]))
def path_lost_while_server_sends(stage: Stage) -> None:
    """The path was cut (both ways, behind the capture) while the server streamed; tcp_retries2=5 and the kernel gave up."""
    serve(stage)
    stage.sysctl("net.ipv4.tcp_retries2=5")
    stage.start("curl", "-sSN", f"http://{SERVER}:{PORT}/drip", at="")
    pause(1.6)
    stage.nft("ip saddr 10.2.0.1 drop", at="")
    pause(20)


@scene(cause=["peer-vanished"], path="pair", connections=first(cause=["peer-vanished"]))
def path_lost_before_request(stage: Stage) -> None:
    """The path was cut half a second before a request on a kept connection; tcp_retries2=4 and the client's kernel gave up."""
    serve(stage)
    stage.sysctl("net.ipv4.tcp_retries2=4", at="")
    with stage.connect(PORT, seconds=30) as connection:
        stage.ask(connection)
        pause(0.5)
        stage.nft(SILENT)
        stage.ask(connection, "/5", answer=False)
        pause(12)


@scene(cause=FORGED, path="router", connections=first(cause=FORGED))
def firewall_rejects_midstream(stage: Stage) -> None:
    """A router began to reject the client's segments with a TCP reset in the middle of an answered connection."""
    serve(stage)
    with stage.connect(PORT) as connection:
        stage.ask(connection)
        stage.nft(f"tcp dport {PORT} reject with tcp reset", hook="forward", at="router")
        pause(1)
        stage.ask(connection, "/5", answer=False)
        pause(1)


@scene(cause=["icmp-unreachable"], path="router", connections=first(cause=["icmp-unreachable"]))
def router_says_prohibited_midstream(stage: Stage) -> None:
    """A router began to answer the client's segments with ICMP admin-prohibited; tcp_retries2=4 and the client's kernel gave up."""
    serve(stage)
    stage.sysctl("net.ipv4.tcp_retries2=4", at="")
    with stage.connect(PORT) as connection:
        stage.ask(connection)
        stage.nft(f"tcp dport {PORT} reject with icmp type admin-prohibited", hook="forward", at="router")
        pause(1)
        stage.ask(connection, "/5", answer=False)
        pause(12)


@scene(
    cause=["idle-nat-timeout", "peer-vanished"],
    path="router",
    connections=first(cause=["idle-nat-timeout", "peer-vanished"]),
)
def nat_forgot_and_drops(stage: Stage) -> None:
    """conntrack on the router forgot an idle connection (timeout 8 s) and dropped what it did not know; the request came after 20 s."""
    track(stage, "drop")
    with stage.connect(PORT) as connection:
        stage.ask(connection)
        pause(20)
        stage.ask(connection, "/5", answer=False)
        pause(12)


@scene(cause=["idle-nat-timeout", *FORGED], path="router", connections=first(cause=["idle-nat-timeout", *FORGED]))
def nat_forgot_and_resets(stage: Stage) -> None:
    """As before, but the router answered the unknown segment with a RST of its own (as AWS NLB and NAT gateways do)."""
    track(stage, "reject with tcp reset")
    with stage.connect(PORT) as connection:
        stage.ask(connection)
        pause(20)
        stage.ask(connection, "/5", answer=False)
        pause(1)


def track(stage: Stage, verdict: str) -> None:
    """Connection tracking on the router that forgets after 8 s and does with strangers as told."""
    stage.nft("ct state established,related,new accept", hook="forward", at="router")
    stage.nft(f"ct state invalid {verdict}", hook="forward", at="router")
    settings = ("tcp_loose=0", "tcp_timeout_established=8", "tcp_timeout_unacknowledged=8")
    stage.sysctl(*[f"net.netfilter.nf_conntrack_{each}" for each in settings], "net.ipv4.tcp_retries2=4", at="router")
    stage.sysctl("net.ipv4.tcp_retries2=4", at="")
    serve(stage)


@scene(cause=["path-mtu-blackhole"], path="router", connections=first(cause=["path-mtu-blackhole"]))
def path_swallows_large_packets(stage: Stage) -> None:
    """A link of MTU 1300 behind the router, whose ICMP was filtered: small requests pass, the upload's full segments vanish."""
    stage.run("ip", "-n", "router", "link", "set", "right", "mtu", 1300)
    stage.nft("icmp type destination-unreachable drop", hook="output", at="router")
    serve(stage)
    stage.sysctl("net.ipv4.tcp_retries2=5", at="")
    with stage.connect(PORT) as connection:
        stage.ask(connection)
        connection.sendall(b"POST / HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 40000\r\n\r\n" + b"x" * 40_000)
        pause(15)


@scene(cause=["injected-rst"], path="router", connections=first(cause=["injected-rst"]))
def censor_resets_client(stage: Stage) -> None:
    """A box in between forged a RST to the client in the server's name; the server went on streaming and got RSTs in return."""
    serve(stage)
    stage.python(FORGE, "client", PORT, at="router")
    pause(0.5)
    curl(stage, "/drip", "-N")
    pause(1.5)


@scene(cause=FORGED, path="router", connections=first(cause=FORGED))
def censor_resets_both(stage: Stage) -> None:
    """A box in between forged a RST to each end."""
    serve(stage)
    stage.python(FORGE, "both", PORT, at="router")
    pause(0.5)
    curl(stage, "/drip", "-N")
    pause(1.5)


@scene(cause=["half-open-peer"], path="pair", connections=first(cause=["half-open-peer"]))
def server_forgot_connection(stage: Stage) -> None:
    """The server's socket vanished without a packet (TCP_REPAIR, as after a power cut); the client's next request was answered by RST."""
    forget = """
import socket, sys, time
listener = socket.create_server(("", int(sys.argv[1])))
while True:
    connection, _ = listener.accept()
    request = connection.recv(1000)
    connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 3\\r\\n\\r\\nok\\n")
    if b"/forget" in request:
        time.sleep(0.5)
        connection.setsockopt(socket.IPPROTO_TCP, 19, 1)
    connection.close()
"""
    stage.python(forget, PORT, ready=PORT)
    stage.record()
    curl(stage, "/")
    with stage.connect(PORT) as connection:
        stage.ask(connection, "/forget")
        pause(2)
        stage.ask(connection, "/", answer=False)
        pause(0.3)


@scene(
    cause=["half-close-expired", "write-after-close", *STALE],
    path="pair",
    connections=first(cause=["half-close-expired", "write-after-close", *STALE]),
)
def fin_wait_2_expired(stage: Stage) -> None:
    """tcp_fin_timeout=2: the server closed, its orphan in FIN-WAIT-2 expired, and the client wrote 6 s later."""
    closing = SERVE.replace("def do_GET(self):", "timeout = 1\n    def do_GET(self):")
    stage.sysctl("net.ipv4.tcp_fin_timeout=2")
    stage.python(closing, PORT, ready=PORT)
    stage.record()
    curl(stage, "/")
    with stage.connect(PORT) as connection:
        stage.ask(connection)
        pause(7)
        stage.ask(connection, "/5", answer=False)
        pause(0.5)
