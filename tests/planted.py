"""A folder with a capture and a log in which everything that names somebody is a secret, and all encodings of these secrets."""

from __future__ import annotations

import base64
from ipaddress import ip_address
from struct import pack

from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import ICMPv6DestUnreach, IPv6
from scapy.layers.l2 import Ether
from scapy.layers.vxlan import VXLAN
from scapy.packet import Raw

from tcpexplain.wireshark.blocks import INTERFACE, PcapngWriter, option

NAME = 2
"""``if_name``."""
BEGIN = 1_795_000_000 * 10**9
MACS = {"src": "da:5e:c2:e7:00:01", "dst": "da:5e:c2:e7:00:02"}
INNER = {"src": "da:5e:c2:e7:00:03", "dst": "da:5e:c2:e7:00:04"}
FOUR, SIX = ("203.0.113.77", "198.51.100.88"), ("2001:db8:5ec:2e7::77", "2001:db8:5ec:2e7::88")
ROUTERS, OUTER = ("203.0.113.99", "2001:db8:5ec:2e7::99"), ("198.51.100.201", "198.51.100.202")
FOLDER, FILE, INTERFACE_NAME, LOG = "zq7folder", "zq7file.pcapng", "zq7if0", "zq7log.txt"
PATH, SNI, BANNER, HOST, OPTION = "zq7path", "zq7sni.example", "OpenSSH_9.7", "zq7host.example", b"zq7option!"
ADDRESSES = (*FOUR, *SIX, *ROUTERS, *OUTER)
WORDS = (
    FOLDER,
    "zq7file",
    INTERFACE_NAME,
    "zq7log",
    PATH,
    "zq7sni",
    BANNER,
    "zq7host",
    "zq7option",
    "zq7body",
    "zq7note",
)
LINE = (
    f"2026/11/18 10:26:43 [error] 7#7: *1 recv() failed (104: Connection reset by peer) while reading response header from upstream, client: {FOUR[0]}, "
    f'server: {HOST}, request: "GET /{PATH} HTTP/1.1", upstream: "http://{FOUR[1]}:80/{PATH}", host: "{HOST}"'
)


class Talk:
    """One connection's packets, an IP header each: ``client`` says something, ``server`` too, and how it ends."""

    def __init__(self, ends, port):
        self.ends, self.port, self.seq, self.ip = ends, port, [1000, 5000], IPv6 if ":" in ends[0] else IP
        self.packets = []

    def send(self, side, flags, data=b"", options=()):
        ports = ({"sport": self.port, "dport": 80}, {"sport": 80, "dport": self.port})[side]
        ip = self.ip(src=self.ends[side], dst=self.ends[1 - side])
        ack = self.seq[1 - side] if "A" in flags else 0
        self.packets.append(
            ip / TCP(seq=self.seq[side], ack=ack, flags=flags, options=list(options), **ports) / Raw(data)
        )
        self.seq[side] += len(data) + ("S" in flags) + ("F" in flags)
        return self

    def opened(self):
        self.send(0, "S", options=[("MSS", 1460), (28, OPTION)]).send(1, "SA", options=[("MSS", 1460)])
        return self.send(0, "A")


def client_hello():
    """A TLS ClientHello that names a server."""
    name = SNI.encode()
    entry = b"\0" + pack(">H", len(name)) + name
    listed = pack(">H", len(entry)) + entry
    extension = b"\0\0" + pack(">H", len(listed)) + listed
    body = b"\3\3" + bytes(32) + b"\0" + b"\0\2\x13\1" + b"\1\0" + pack(">H", len(extension)) + extension
    shake = b"\1" + len(body).to_bytes(3) + body
    return b"\x16\3\1" + pack(">H", len(shake)) + shake


def talks():
    """All connections: a request that a RST ends, TLS, SSH, refusals by ICMP of both versions, and one in a tunnel."""
    request = f"GET /{PATH} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
    http = (
        Talk(FOUR, 40001)
        .opened()
        .send(0, "PA", request)
        .send(1, "PA", b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\nzq7body")
    )
    tls = Talk(SIX, 40002).opened().send(0, "PA", client_hello())
    ssh = (
        Talk(FOUR, 40003)
        .opened()
        .send(1, "PA", f"SSH-2.0-{BANNER}\r\n".encode())
        .send(0, "FA")
        .send(1, "FA")
        .send(0, "A")
    )
    refused, refused_six = Talk(FOUR, 40004).send(0, "S"), Talk(SIX, 40005).send(0, "S")
    quoted, quoted_six = (bytes(one.packets[0]) for one in (refused, refused_six))
    refused.packets.append(IP(src=ROUTERS[0], dst=FOUR[0]) / ICMP(type=3, code=1) / Raw(quoted + b"zq7body"))
    refused_six.packets.append(IPv6(src=ROUTERS[1], dst=SIX[0]) / ICMPv6DestUnreach(code=1) / Raw(quoted_six))
    tunnelled = Talk(FOUR, 40006).opened().send(0, "PA", request).send(1, "RA")
    wrapped = [
        IP(src=OUTER[0], dst=OUTER[1])
        / UDP(sport=50000, dport=4789)
        / VXLAN(vni=7, flags="Instance")
        / Ether(**INNER, type=0x800)
        / Raw(bytes(one))
        for one in tunnelled.packets
    ]
    for one in (http, tls):
        one.send(1, "RA")
    return [*(one.packets for one in (http, tls, ssh, refused, refused_six)), wrapped]


def plant(folder):
    """Write capture and log; their paths."""
    home = folder / FOLDER
    home.mkdir()
    capture, log = home / FILE, home / LOG
    with capture.open("wb") as file:
        writer = PcapngWriter(file, [f"{HOST} {FOUR[0]}"], "zq7note")
        writer._block(INTERFACE, pack("<HHI", 1, 0, 0), [option(NAME, INTERFACE_NAME), option(9, b"\x09")])
        writer.names({FOUR[0]: HOST})
        for at, packets in enumerate(talks()):
            for place, packet in enumerate(packets):
                frame = bytes(Ether(**MACS, type=0x86DD if packet.version == 6 else 0x800) / Raw(bytes(packet)))
                writer.packet(0, BEGIN + at * 10**9 + place * 10**6, frame, len(frame), [f"zq7note {FOUR[0]}"])
    log.write_text(LINE + "\n", encoding="utf-8")
    return capture, log


def encodings():
    """Every way in which a secret may be written: bytes to look for."""
    for address in ADDRESSES:
        real = ip_address(address)
        yield from (address.encode(), real.exploded.encode())
        yield from as_bytes(real.packed)
    for mac in {*MACS.values(), *INNER.values()}:
        packed = bytes.fromhex(mac.replace(":", ""))
        yield from (mac.encode(), mac.replace(":", "-").encode(), *as_bytes(packed))
    yield b"da:5e:c2"
    for word in WORDS:
        yield from (word.encode(), word.lower().encode(), *as_bytes(word.encode()))
    yield base64.b64encode(PATH.encode())


def as_bytes(packed):
    """As they are, from behind, in hexadecimal, and as a number."""
    number = int.from_bytes(packed)
    yield from (packed, packed[::-1], packed.hex().encode(), packed[::-1].hex().encode())
    if len(packed) <= 16:
        yield str(number).encode()


def leaks(written):
    """The secrets that stand in what was written."""
    lower = written.lower()
    return sorted({one for one in encodings() if one in written or one in lower})
