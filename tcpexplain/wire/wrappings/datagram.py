"""What UDP datagrams wrap, by the port that IANA gives it and by what its first bytes must be. Hot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.wire.link import mpls
from tcpexplain.wire.skipped import CUT, ESP, UDP, WIREGUARD
from tcpexplain.wire.words import load16, load32
from tcpexplain.wire.wrappings.capwap import capwap
from tcpexplain.wire.wrappings.geneve import geneve
from tcpexplain.wire.wrappings.gre import gre
from tcpexplain.wire.wrappings.gtp import gtp
from tcpexplain.wire.wrappings.kinds import CAPWAP, L2TP, MPLS_IN_UDP, TZSP, kind_of
from tcpexplain.wire.wrappings.l2tp import l2tp
from tcpexplain.wire.wrappings.sixinudp import ayiya, teredo
from tcpexplain.wire.wrappings.tzsp import tzsp
from tcpexplain.wire.wrappings.vxlan import looks_like_vxlan, vxlan

if TYPE_CHECKING:
    from tcpexplain.hot.array import Bytes

VXLAN_PORTS, VXLAN_GPE = (4789, 8472), 4790
GENEVE_PORT, GTP_PORT, L2TP_PORT, CAPWAP_PORT, GRE_PORT, MPLS_PORT = 6081, 2152, 1701, 5247, 4754, 6635
TEREDO_PORT, AYIYA_PORT, WIREGUARD_PORT, NAT_TRAVERSAL_PORT, TZSP_PORT = 3544, 5072, 51820, 4500, 37008
WIREGUARD_SIZES = (0, 148, 92, 64)
"""Bytes of WireGuard's messages by type (initiation, response, cookie reply); the fourth type, data, is a multiple of 16."""


def datagram(buffer: Bytes, at: int, end: int) -> tuple[int, int]:
    """Where the inner IP header is behind the UDP header at ``at``, and the wrapping."""
    if end - at < 16:
        return (-CUT if end - at < 8 else -UDP), 0
    (source,) = load16(buffer, at)
    (port,) = load16(buffer, at + 2)
    (length,) = load16(buffer, at + 4)
    at += 8
    if port in VXLAN_PORTS or port == VXLAN_GPE or looks_like_vxlan(buffer, at, end):
        return vxlan(buffer, at, end, port == VXLAN_GPE)
    if port == GENEVE_PORT:
        return geneve(buffer, at, end)
    if port == GTP_PORT:
        return gtp(buffer, at, end)
    if port == GRE_PORT:
        return gre(buffer, at, end)
    return either(buffer, at, end, source, port, length - 8)


def either(buffer: Bytes, at: int, end: int, source: int, port: int, length: int) -> tuple[int, int]:
    """What may have its port at either end."""
    if L2TP_PORT in (source, port):
        return l2tp(buffer, at, end), kind_of(L2TP, 0)
    if CAPWAP_PORT in (source, port):
        return capwap(buffer, at, end), kind_of(CAPWAP, 0)
    if TEREDO_PORT in (source, port):
        return teredo(buffer, at, end)
    if AYIYA_PORT in (source, port):
        return ayiya(buffer, at, end)
    if port == TZSP_PORT:
        return tzsp(buffer, at, end), kind_of(TZSP, 0)
    if port == MPLS_PORT:
        return mpls(buffer, at, end), kind_of(MPLS_IN_UDP, 0)
    return -unreadable(buffer, at, source, port, length), 0


def unreadable(buffer: Bytes, at: int, source: int, port: int, length: int) -> int:
    """The name of what is encrypted; UDP if it is neither."""
    (word,) = load32(buffer, at)
    if NAT_TRAVERSAL_PORT in (source, port):
        return ESP if word else UDP  # RFC 3948: IKE begins with a zero word there
    kind = word >> 24
    if word & 0xFFFFFF or not 1 <= kind <= 4:
        return UDP
    if kind < 4:
        return WIREGUARD if length == WIREGUARD_SIZES[kind] else UDP
    return WIREGUARD if length % 16 == 0 and WIREGUARD_PORT in (source, port) else UDP
