"""Record connections at several points of real namespaces: client, router (NAT, firewall), server. Needs root, nft, tcpdump, editcap.

    python captures/points/make.py [NAME ...]     writes captures/points/NAME/{client,router,server}.pcap

Each situation is a row of ``SITUATIONS``: the rules of the router, the programs, the clocks, and which points are kept.
"""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
CLIENT, SERVER, SERVICE = "10.1.0.2", "10.2.0.2", "10.9.9.9"
PORT = 8000
SNAT = "add rule ip t outgoing oifname r1 masquerade"
SNAT_RANDOM = "add rule ip t outgoing oifname r1 masquerade fully-random"
DNAT = f"add rule ip t incoming iifname r0 ip daddr {SERVICE} dnat to {SERVER}"
TABLE = """add table ip t
add chain ip t incoming { type nat hook prerouting priority -100; }
add chain ip t outgoing { type nat hook postrouting priority 100; }
add chain ip t passing { type filter hook forward priority 0; }
add chain ip t early { type filter hook prerouting priority -300; }
"""
DROP_DATA = f"add rule ip t passing iifname r0 tcp dport {PORT} ip length > 100 drop"
DROP_ANSWER = f"add rule ip t passing iifname r1 tcp sport {PORT} ip length > 100 drop"
DROP_SYN_ACK = f"add rule ip t passing iifname r1 tcp sport {PORT} tcp flags & (syn|ack) == syn|ack drop"
DROP_FIN = f"add rule ip t passing iifname r1 tcp sport {PORT} tcp flags & fin == fin drop"
DROP_RESET = f"add rule ip t passing iifname r1 tcp sport {PORT} tcp flags & rst == rst drop"
DROP_ALL = f"add rule ip t passing tcp sport {PORT} drop"
UNTRACKED = f"add rule ip t early iifname r1 tcp sport {PORT} ip length > 100 notrack"

SERVER_PROGRAM = """
import socket, struct, sys, time
plan, port = sys.argv[1], int(sys.argv[2])
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("0.0.0.0", port)); s.listen()
c, _ = s.accept(); c.settimeout(4)
try:
    for word in plan.split():
        if word == "read": c.recv(65536)
        elif word == "close": c.close()
        elif word == "abort": c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)); c.close()
        elif word[0] == "w": c.sendall(b"a" * int(word[1:]))
        elif word[0] == "s": time.sleep(float(word[1:]))
except OSError as error: print(error)
time.sleep(0.3)
"""
CLIENT_PROGRAM = """
import socket, struct, sys, time
plan, host, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
c = socket.socket(); c.settimeout(3)
try:
    c.connect((host, port))
    for word in plan.split():
        if word == "read": c.recv(65536)
        elif word == "close": c.close()
        elif word == "abort": c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)); c.close()
        elif word[0] == "w": c.sendall(b"q" * int(word[1:]))
        elif word[0] == "s": time.sleep(float(word[1:]))
except OSError as error: print(error)
time.sleep(0.3)
"""
FORGER = """
import socket, struct, sys
device, out, size = sys.argv[1], sys.argv[2:], 100
tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800)); tap.bind((device, 0))
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
def total(data):
    n = sum(struct.unpack(f"!{len(data) // 2}H", data)); n = (n >> 16) + (n & 0xFFFF); return ~(n + (n >> 16)) & 0xFFFF
def send(src, dst, sport, dport, seq):
    tcp = struct.pack("!HHIIBBHHH", sport, dport, seq, 0, 80, 4, 0, 0, 0)
    tcp = tcp[:16] + struct.pack("!H", total(src + dst + struct.pack("!HH", 6, 20) + tcp)) + tcp[18:]
    raw.sendto(struct.pack("!BBHHHBBH4s4s", 69, 0, 40, 4711, 0, 55, 6, 0, src, dst) + tcp, (socket.inet_ntoa(dst), 0))
while True:
    packet, (_, _, kind, *_) = tap.recvfrom(65536)
    if packet[9] != 6 or kind == 4: continue
    head = (packet[0] & 15) * 4
    sport, dport, seq, ack, off = struct.unpack("!HHIIB", packet[head:head + 13])
    size = struct.unpack("!H", packet[2:4])[0] - head - (off >> 4) * 4
    if size > 50 and dport == int(out[0]):
        if "client" in out: send(packet[16:20], packet[12:16], dport, sport, ack)
        if "server" in out: send(packet[12:16], packet[16:20], sport, dport, seq + size)
        break
"""


@dataclass(frozen=True)
class Situation:
    """How one recording is made."""

    about: str
    client: str = "w200 read close"
    server: str = "read w300 read close"
    rules: str = ""
    later: tuple[tuple[float, str], ...] = ()
    """Seconds after which rules are added."""
    host: str = SERVER
    shift: float = 0.0
    """Seconds by which the server's clock is ahead."""
    kept: tuple[str, ...] = ("client", "server")
    forge: tuple[str, str] | None = None
    """The router's device whose packets are watched, and who gets a RST."""
    direct: bool = False
    """Whether the server sends to the client past the router."""
    settings: str = ""
    """sysctl settings of the router."""
    filter: str = "tcp"
    """What is captured at the server."""
    late: float = 0.0
    """Seconds after which the capture at the server begins."""
    without: str = ""
    """Packets that the server's capture lost, as editcap has them."""


FORGETS = "net.netfilter.nf_conntrack_tcp_loose=0 net.netfilter.nf_conntrack_tcp_timeout_established=1"
DROP_INVALID = "add rule ip t passing ct state invalid drop"
BUSY = "add rule ip t passing accept"
SITUATIONS = {
    "both-ends": Situation("An exchange, seen at both ends; the server's clock is 37.2 s ahead.", shift=37.2),
    "a-zone-apart": Situation("The same; the server's clock is two hours behind.", shift=-7200),
    "a-day-apart": Situation("Clocks a day apart.", shift=86400),
    "snat": Situation("A router masquerades the client; three points.", rules=SNAT, shift=3.5, kept=("client", "router", "server")),
    "snat-other-port": Situation("Masqueraded with another port.", rules=SNAT_RANDOM, shift=-0.25),
    "dnat": Situation("A service's address becomes the server's.", rules=DNAT, host=SERVICE, shift=12),
    "dnat-and-snat": Situation("Both ends' addresses change.", rules=f"{DNAT}\n{SNAT_RANDOM}", host=SERVICE, shift=100),
    "snat-on-the-router": Situation("The router's capture alone: before and after SNAT.", rules=SNAT_RANDOM, kept=("router",)),
    "dnat-on-the-router": Situation("The router's capture alone: before and after DNAT.", rules=DNAT, host=SERVICE, kept=("router",)),
    "routed-on-the-router": Situation("The router's capture alone, no NAT: one 4-tuple on two interfaces.", kept=("router",)),
    "dnat-without-way-back": Situation("The server answers past the NAT; the client refuses.", rules=DNAT, host=SERVICE, direct=True, kept=("client", "router")),
    "dnat-without-way-back-at-both-ends": Situation("The same, seen at both ends.", rules=DNAT, host=SERVICE, direct=True, shift=5),
    "forged-reset-to-client": Situation("A RST forged on the router hits the client.", forge=("r0", "client"), server="read s0.5 w300 s1 close", client="w200 s1 read s1 close", shift=-9),
    "forged-reset-to-server": Situation("A RST forged on the router hits the server.", forge=("r0", "server"), server="s0.5 read s0.5 w300 close", client="w200 s1 read s1 close", shift=8, rules=DROP_RESET),
    "forged-reset-to-both": Situation("A RST forged on the router hits both.", forge=("r0", "client server"), server="s0.3 read close", client="w200 s0.3 read close", shift=4, later=((1.2, BUSY),)),
    "forged-reset-behind-nat": Situation("Forged towards the client, behind SNAT.", forge=("r0", "client"), server="read s0.5 w300 s1 close", client="w200 s1 read s1 close", rules=SNAT, shift=2),
    "request-never-arrives": Situation("The router drops the request, and every copy.", rules=DROP_DATA, client="w200 read s2 close", server="read close", shift=20),
    "answer-never-arrives": Situation("The router drops the answer, and every copy.", rules=DROP_ANSWER, server="read w300 s3 close", client="w200 read close", shift=-20),
    "request-lost-once": Situation("The request is lost once; a copy arrives.", rules=DROP_DATA.replace("drop", "quota until 300 bytes drop"), shift=60),
    "answer-lost-once": Situation("The answer is lost once; a copy arrives.", rules=DROP_ANSWER.replace("drop", "quota until 400 bytes drop"), shift=-60),
    "syn-ack-lost-once": Situation("The SYN-ACK is lost once.", rules=DROP_SYN_ACK.replace("drop", "quota until 61 bytes drop"), shift=1.5),
    "fin-never-arrives": Situation("The server's FIN is dropped, and every copy.", rules=DROP_FIN, server="read w300 s0.3 close", client="w200 read s2.5 w100 s1 close", shift=30),
    "reset-never-arrives": Situation("The server aborts, the RST is dropped; the client goes on.", rules=DROP_RESET, server="read w300 s0.3 abort", client="w200 read s1 w100 s1 close", shift=7),
    "stale-write-behind-nat": Situation("The server closed the idle connection; the client writes.", rules=SNAT_RANDOM, server="read w300 s0.5 close", client="w200 read s1.5 w100 s0.5 close", shift=37.2),
    "untranslated-answer": Situation("The router lets the answer through untranslated (what conntrack INVALID does): its own kernel resets the server.", rules=f"{SNAT}\n{UNTRACKED}", server="read w300 s1 close", client="w200 read close", kept=("client", "router", "server"), shift=0.5),
    "server-capture-starts-late": Situation("The server's capture begins after the request: what it lacks proves nothing.", client="w200 s1.2 w100 read close", server="read read w300 read close", late=0.8, shift=11),
    "server-capture-filtered": Situation("The server's capture has only SYN, FIN and RST.", filter="tcp[tcpflags] & (tcp-syn|tcp-fin|tcp-rst) != 0", shift=15),
    "server-capture-lost-packets": Situation("The server's capture lost the request, which arrived.", without="4", shift=-15),
    "server-aborts": Situation("The server aborts; the RST passes both points.", server="read s0.2 abort", client="w200 read close", shift=33),
    "client-aborts-behind-nat": Situation("Abort by the client, behind SNAT.", rules=SNAT_RANDOM, client="w200 read abort", server="read w300 read close", shift=-42),
    "conntrack-invalid-leaks": Situation("The router's connection tracking forgets the idle connection; the next request is INVALID, and leaves with the client's own address.", rules=SNAT_RANDOM, settings=FORGETS, client="w200 read s2.5 w100 read close", server="read w300 read w300 close", kept=("client", "router", "server"), shift=6),
    "conntrack-invalid-dropped": Situation("The same; the router drops what is INVALID.", rules=f"{SNAT_RANDOM}\n{DROP_INVALID}", settings=FORGETS, client="w200 read s2.5 w100 read close", server="read w300 read w300 close", kept=("client", "router", "server"), shift=-6),
}  # fmt: skip


def sh(command: str, **more: object) -> subprocess.CompletedProcess[bytes]:
    """Run a command."""
    return subprocess.run(command, shell=True, check=more.pop("check", True), **more)


def lay(one: Situation) -> None:
    """The namespaces tp-c, tp-r and tp-s, and what is between them."""
    clear()
    for name in "crs":
        sh(f"ip netns add tp-{name} && ip -n tp-{name} link set lo up")
        sh(
            f"ip netns exec tp-{name} sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 net.ipv4.ip_forward=1"
        )
    for end, router, net in (("c", "r0", "10.1.0"), ("s", "r1", "10.2.0")):
        sh(f"ip link add {router} netns tp-r type veth peer name e0 netns tp-{end}")
        sh(f"ip -n tp-r addr add {net}.1/24 dev {router} && ip -n tp-r link set {router} up")
        sh(f"ip -n tp-{end} addr add {net}.2/24 dev e0 && ip -n tp-{end} link set e0 up")
        sh(f"ip -n tp-{end} route add default via {net}.1")
    if one.direct:
        sh("ip link add d0 netns tp-c type veth peer name d0 netns tp-s")
        sh("ip -n tp-c addr add 10.3.0.1/24 dev d0 && ip -n tp-c link set d0 up")
        sh("ip -n tp-s addr add 10.3.0.2/24 dev d0 && ip -n tp-s link set d0 up")
        sh(f"ip -n tp-s route add {CLIENT} via 10.3.0.1 && ip -n tp-c route add {SERVER} via 10.3.0.2")
    sh("ip netns exec tp-r nft -f -", input=(TABLE + one.rules).encode())
    for setting in one.settings.split():
        sh(f"ip netns exec tp-r sysctl -qw {setting}")
    time.sleep(0.3)


def clear() -> None:
    """Take them away again."""
    for name in "crs":
        sh(f"ip netns del tp-{name}", check=False, stderr=subprocess.DEVNULL)


def start(name: str, command: list[str]) -> subprocess.Popen[bytes]:
    """A program in a namespace."""
    return subprocess.Popen(["ip", "netns", "exec", f"tp-{name}", *command], stderr=subprocess.DEVNULL)


def dump(name: str, path: Path, expression: str) -> subprocess.Popen[bytes]:
    """A capture in a namespace."""
    device = "any"
    return start(
        name,
        [
            "tcpdump",
            "-i",
            device,
            "-U",
            "--immediate-mode",
            "-Z",
            "root",
            "-s",
            "200",
            "-w",
            str(path),
            *expression.split(),
        ],
    )


def record(name: str, one: Situation) -> None:
    """One situation."""
    lay(one)
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    ends = {"client": "c", "router": "r", "server": "s"}
    dumps = [dump(ends[point], folder / f"{point}.pcap", "tcp") for point in one.kept if point != "server"]
    if "server" in one.kept and not one.late:
        dumps.append(dump("s", folder / "server.pcap", one.filter))
    time.sleep(0.6)
    server = start("s", [sys.executable, "-c", SERVER_PROGRAM, one.server, str(PORT)])
    forger = (
        start("r", [sys.executable, "-c", FORGER, one.forge[0], str(PORT), *one.forge[1].split()])
        if one.forge
        else None
    )
    time.sleep(0.5)
    client = start("c", [sys.executable, "-c", CLIENT_PROGRAM, one.client, one.host, str(PORT)])
    begun = time.monotonic()
    for after, rules in one.later:
        time.sleep(max(0.0, begun + after - time.monotonic()))
        sh("ip netns exec tp-r nft -f -", input=rules.encode())
    if one.late:
        time.sleep(max(0.0, begun + one.late - time.monotonic()))
        dumps.append(dump("s", folder / "server.pcap", one.filter))
    client.wait()
    time.sleep(0.8)
    # Something after the connection shows that the captures went on.
    late = start("s", [sys.executable, "-c", SERVER_PROGRAM, "close", str(PORT + 1)])
    time.sleep(0.3)
    sh("ip netns exec tp-r nft flush ruleset")
    start("c", [sys.executable, "-c", CLIENT_PROGRAM, "close", SERVER, str(PORT + 1)]).wait()
    time.sleep(0.3)
    for process in (server, forger, late, *dumps):
        if process and process.poll() is None:
            process.terminate()
            process.wait()
    if one.shift or one.without:
        path, shifted = folder / "server.pcap", folder / "shifted.pcap"
        sh(f"editcap -F pcap -t {one.shift} {path} {shifted} {one.without}")
        shifted.replace(path)
    clear()


if __name__ == "__main__":
    for chosen in sys.argv[1:] or SITUATIONS:
        record(chosen, SITUATIONS[chosen])
