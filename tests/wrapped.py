"""Wrappings made by scapy: each takes an IP packet as bytes, and gives frame and link type."""

from __future__ import annotations

import logging

logging.getLogger("scapy.runtime").setLevel(logging.ERROR)

from scapy.contrib.erspan import ERSPAN_I, ERSPAN_II, ERSPAN_III  # noqa: E402
from scapy.contrib.geneve import GENEVE  # noqa: E402
from scapy.contrib.gtp import GTP_U_Header, GTPPDUSessionContainer  # noqa: E402
from scapy.contrib.mpls import MPLS  # noqa: E402
from scapy.contrib.tzsp import TZSP, TZSPTagEnd  # noqa: E402
from scapy.layers.dot11 import Dot11, Dot11QoS, RadioTap  # noqa: E402
from scapy.layers.inet import IP, UDP  # noqa: E402
from scapy.layers.inet6 import IPv6  # noqa: E402
from scapy.layers.ipsec import AH  # noqa: E402
from scapy.layers.l2 import GRE, LLC, SNAP, Dot1Q, Dot3, Ether  # noqa: E402
from scapy.layers.l2tp import L2TP  # noqa: E402
from scapy.layers.ppp import PPP, PPPoE  # noqa: E402
from scapy.layers.vxlan import VXLAN  # noqa: E402
from scapy.packet import Raw  # noqa: E402

OUT = IP(src="192.0.2.7", dst="192.0.2.8")
OUT6 = IPv6(src="2001:db8::7", dst="2001:db8::8")
ETHERNET, RAW, WIFI, RADIOTAP, C_HDLC = 1, 101, 105, 127, 104
"""Link types."""
FROM_DS = 2
MACS = {"src": "02:00:00:00:00:01", "dst": "02:00:00:00:00:02"}
"""Of every frame: without them scapy asks the network who has the address, and waits for seconds."""


def ether(inner):
    """An Ethernet frame around an IP packet, with addresses of its own."""
    return Ether(**MACS, type=kind(inner)) / Raw(inner)


def kind(inner):
    """The EtherType of an IP packet."""
    return 0x86DD if inner[0] >> 4 == 6 else 0x0800


def udp(port, payload, out=OUT):
    return bytes(Ether(**MACS) / out / UDP(sport=50000, dport=port) / payload)


def snap(inner):
    return LLC(dsap=0xAA, ssap=0xAA, ctrl=3) / SNAP(code=kind(inner)) / Raw(inner)


def gre(inner, **fields):
    return bytes(Ether(**MACS) / OUT / GRE(proto=kind(inner), **fields) / Raw(inner))


def ah(inner):
    wrapped = AH(nh=41 if inner[0] >> 4 == 6 else 4, payloadlen=4, icv=bytes(12)) / Raw(inner)
    return bytes(Ether(**MACS) / IP(src="192.0.2.7", dst="192.0.2.8", proto=51) / Raw(bytes(wrapped)))


def protocol(inner):
    """The protocol number of an IP packet within another."""
    return 41 if inner[0] >> 4 == 6 else 4


def ppp_protocol(inner):
    return 0x57 if inner[0] >> 4 == 6 else 0x21


AYIYA = bytes([0x41, 0x52, 0x11, 41]) + bytes(4 + 16 + 20)
"""Identity of 2**4 bytes, signature of 5 words, IPv6 inside (4 for IPv4 is read, too)."""
NSH = bytes([0x0F, 0xC6, 1, 3, 0, 0, 0, 0xFF]) + bytes(16)
"""Six words, of which four are context, before an Ethernet frame (RFC 8300 section 2). To import scapy's own imports all of scapy."""
WRAPPINGS = {
    "ayiya": (lambda inner: udp(5072, Raw(AYIYA + bytes(inner))), ETHERNET, ("ayiya", 0)),
    "vxlan": (lambda inner: udp(4789, VXLAN(vni=7, flags="Instance") / ether(inner)), ETHERNET, ("vxlan", 7)),
    "vxlan-at-flannels-port": (
        lambda inner: udp(8472, VXLAN(vni=1, flags="Instance") / ether(inner)),
        ETHERNET,
        ("vxlan", 1),
    ),
    "vxlan-at-any-port": (
        lambda inner: udp(45678, VXLAN(vni=9, flags="Instance") / ether(inner)),
        ETHERNET,
        ("vxlan", 9),
    ),
    "vxlan-in-ipv6": (
        lambda inner: udp(4789, VXLAN(vni=7, flags="Instance") / ether(inner), OUT6),
        ETHERNET,
        ("vxlan", 7),
    ),
    "vxlan-with-vlan": (
        lambda inner: udp(
            4789, VXLAN(vni=7, flags="Instance") / Ether(**MACS) / Dot1Q(vlan=5, type=kind(inner)) / Raw(inner)
        ),
        ETHERNET,
        ("vxlan", 7),
    ),
    "vxlan-gpe": (
        lambda inner: udp(
            4790, Raw(b"\x0c\0\0" + (b"\x02" if inner[0] >> 4 == 6 else b"\x01") + b"\0\0\x07\0") / Raw(inner)
        ),
        ETHERNET,
        ("vxlan", 7),
    ),
    "geneve": (lambda inner: udp(6081, GENEVE(vni=3, proto=0x6558) / ether(inner)), ETHERNET, ("geneve", 3)),
    "geneve-with-options": (
        lambda inner: udp(
            6081,
            Raw(b"\x02\0" + kind(inner).to_bytes(2, "big") + b"\0\0\x03\0" + b"\x01\x02\x80\x01" + b"opts")
            / Raw(inner),
        ),
        ETHERNET,
        ("geneve", 3),
    ),
    "gre": (gre, ETHERNET, ("gre", 0)),
    "gre-with-key": (lambda inner: gre(inner, key_present=1, key=0x11223344), ETHERNET, ("gre", 0x11223344)),
    "gre-with-all": (
        lambda inner: gre(inner, chksum_present=1, key_present=1, key=5, seqnum_present=1, sequence_number=9),
        ETHERNET,
        ("gre", 5),
    ),
    "gre-in-udp": (lambda inner: udp(4754, GRE(proto=kind(inner)) / Raw(inner)), ETHERNET, ("gre", 0)),
    "gre-bridged": (lambda inner: bytes(Ether(**MACS) / OUT / GRE(proto=0x6558) / ether(inner)), ETHERNET, ("gre", 0)),
    "nvgre": (
        lambda inner: bytes(Ether(**MACS) / OUT / GRE(proto=0x6558, key_present=1, key=0xABC << 8 | 1) / ether(inner)),
        ETHERNET,
        ("nvgre", 0xABC),
    ),
    "erspan-1": (
        lambda inner: bytes(Ether(**MACS) / OUT / GRE(proto=0x88BE) / ERSPAN_I() / ether(inner)),
        ETHERNET,
        ("erspan", 0),
    ),
    "erspan-2": (
        lambda inner: bytes(
            Ether(**MACS) / OUT / GRE(proto=0x88BE, seqnum_present=1) / ERSPAN_II(session_id=12) / ether(inner)
        ),
        ETHERNET,
        ("erspan", 12),
    ),
    "erspan-3": (
        lambda inner: bytes(
            Ether(**MACS) / OUT / GRE(proto=0x22EB, seqnum_present=1) / ERSPAN_III(session_id=12) / ether(inner)
        ),
        ETHERNET,
        ("erspan", 12),
    ),
    "ip-in-ip": (
        lambda inner: bytes(Ether(**MACS) / IP(src="192.0.2.7", dst="192.0.2.8", proto=protocol(inner)) / Raw(inner)),
        ETHERNET,
        None,
    ),
    "ip-in-ipv6": (
        lambda inner: bytes(
            Ether(**MACS) / IPv6(src="2001:db8::7", dst="2001:db8::8", nh=protocol(inner)) / Raw(inner)
        ),
        ETHERNET,
        None,
    ),
    "gtp-u": (lambda inner: udp(2152, GTP_U_Header(teid=99, gtp_type=255) / Raw(inner)), ETHERNET, ("gtp-u", 0)),
    "gtp-u-with-extension": (
        lambda inner: udp(
            2152,
            GTP_U_Header(teid=99, gtp_type=255, E=1, next_ex=0x85) / GTPPDUSessionContainer(type=1, QFI=3) / Raw(inner),
        ),
        ETHERNET,
        ("gtp-u", 0),
    ),
    "l2tp": (
        lambda inner: udp(
            1701, L2TP(hdr="length", tunnel_id=1, session_id=2) / PPP(proto=ppp_protocol(inner)) / Raw(inner)
        ),
        ETHERNET,
        ("l2tp", 0),
    ),
    "capwap": (
        lambda inner: udp(5247, Raw(bytes((0, 2 << 3, 0, 0, 0, 0, 0, 0))) / ether(inner)),
        ETHERNET,
        ("capwap", 0),
    ),
    "capwap-wifi": (
        lambda inner: udp(
            5247, Raw(bytes((0, 2 << 3, 1, 0, 0, 0, 0, 0))) / Dot11(type=2, FCfield=FROM_DS) / snap(inner)
        ),
        ETHERNET,
        ("capwap", 0),
    ),
    "ah-tunnel": (ah, ETHERNET, None),
    "tzsp": (
        lambda inner: udp(37008, TZSP(type=0, encapsulated_protocol=1) / TZSPTagEnd() / ether(inner)),
        ETHERNET,
        ("tzsp", 0),
    ),
    "etherip": (
        lambda inner: bytes(
            Ether(**MACS) / IP(src="192.0.2.7", dst="192.0.2.8", proto=97) / Raw(b"\x30\0") / ether(inner)
        ),
        ETHERNET,
        ("etherip", 0),
    ),
    "mpls": (
        lambda inner: bytes(Ether(**MACS, type=0x8847) / MPLS(label=3, s=0) / MPLS(label=4, s=1) / Raw(inner)),
        ETHERNET,
        ("", 0),
    ),
    "ethernet-over-mpls": (
        lambda inner: bytes(Ether(**MACS, type=0x8847) / MPLS(label=3, s=1) / Raw(bytes(4)) / ether(inner)),
        ETHERNET,
        ("", 0),
    ),
    "mpls-in-udp": (lambda inner: udp(6635, MPLS(label=3, s=1) / Raw(inner)), ETHERNET, ("mpls-in-udp", 0)),
    "pppoe": (
        lambda inner: bytes(
            Ether(**MACS, type=0x8864) / PPPoE(sessionid=1) / PPP(proto=ppp_protocol(inner)) / Raw(inner)
        ),
        ETHERNET,
        ("", 0),
    ),
    "nsh": (
        lambda inner: bytes(Ether(**MACS, type=0x894F) / Raw(NSH) / ether(inner)),
        ETHERNET,
        ("", 0),
    ),
    "vn-tag": (
        lambda inner: bytes(Ether(**MACS, type=0x8926) / Raw(bytes(4) + kind(inner).to_bytes(2, "big") + inner)),
        ETHERNET,
        ("", 0),
    ),
    "e-tag": (
        lambda inner: bytes(Ether(**MACS, type=0x893F) / Raw(bytes(6) + kind(inner).to_bytes(2, "big") + inner)),
        ETHERNET,
        ("", 0),
    ),
    "802.1ah": (
        lambda inner: bytes(Ether(**MACS, type=0x88E7) / Raw(bytes(4) + bytes(ether(inner)))),
        ETHERNET,
        ("", 0),
    ),
    "snap": (lambda inner: bytes(Dot3() / snap(inner)), ETHERNET, ("", 0)),
    "cisco-hdlc": (lambda inner: b"\x0f\0" + kind(inner).to_bytes(2, "big") + inner, C_HDLC, ("", 0)),
    "wifi": (lambda inner: bytes(Dot11(type=2, FCfield=FROM_DS) / snap(inner)), WIFI, ("", 0)),
    "wifi-with-qos": (
        lambda inner: bytes(Dot11(type=2, subtype=8, FCfield=FROM_DS) / Dot11QoS() / snap(inner)),
        WIFI,
        ("", 0),
    ),
    "radiotap": (
        lambda inner: bytes(RadioTap(present="Rate+Channel", Rate=2) / Dot11(type=2, FCfield=FROM_DS) / snap(inner)),
        RADIOTAP,
        ("", 0),
    ),
    "vxlan-in-gre": (
        lambda inner: bytes(
            Ether(**MACS)
            / OUT
            / GRE()
            / OUT6
            / UDP(sport=1, dport=4789)
            / VXLAN(vni=7, flags="Instance")
            / ether(inner)
        ),
        ETHERNET,
        ("vxlan", 7),
    ),
}
"""By name: how it is made, its link type, and the tunnel that is told of it (None: by the version of what is inside)."""
