"""From a frame's first byte to its IP header: link layers, and the tags and labels between them and IP. Hot.

An offset that is negative is minus a reason of ``wire.skipped``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.wire.ieee80211 import ieee80211
from tcpexplain.wire.skipped import ARP, CUT, ENCRYPTED, LINK_UNKNOWN, MALFORMED, NOT_IP, TOO_DEEP
from tcpexplain.wire.words import load16

if TYPE_CHECKING:
    from tcpexplain.hot.array import Bytes

(
    ETHERTYPE,
    ETHERTYPE_FIRST,
    VERSION,
    PPP,
    LLC,
    TOKEN_RING,
    IEEE80211,
    RADIOTAP,
    PPI,
    LENGTH_FIRST,
    NFLOG,
    FRAME_RELAY,
    ERF,
    PKTAP,
    JUNIPER_ETHER,
    JUNIPER_PPP,
    JUNIPER_FRAME_RELAY,
    JUNIPER_HDLC,
    MPLS_FIRST,
    WHOLE,
    UNKNOWN,
) = range(21)
"""Families of link layers, by how one gets from the header to IP. The header's fixed length is in the low byte of a ``LinkType.kind``.

ETHERTYPE: the type is the header's last two bytes; ETHERTYPE_FIRST: its first two. VERSION: IP follows. LLC: a header of IEEE 802.2 follows.
RADIOTAP, PPI: the header says how long it is, a Wi-Fi frame follows. LENGTH_FIRST: its first byte says how long it is, IP follows.
WHOLE: a packet put together from fragments (``wire.reassembled``), behind its wrapping as ``wrappings.kinds.kind_of`` packs it. UNKNOWN with a
header: what is known of the frame is that it is no packet, and why; the reason stands in the header's place.
"""

IPV4, IPV6 = 0x0800, 0x86DD
VLANS = (0x8100, 0x88A8, 0x9100, 0x9200)
VN_TAG, E_TAG, I_TAG, NSH, MACSEC = 0x8926, 0x893F, 0x88E7, 0x894F, 0x88E5
MPLS, MPLS_MULTICAST, PPPOE, ARP_TYPE = 0x8847, 0x8848, 0x8864, 0x0806
LENGTHS = 0x0600
"""From here on the two bytes are an EtherType; below it they are the length of an IEEE 802.2 frame."""
TAGS = 16
"""Tags and labels in front of one IP header at most."""


def link_layer(buffer: Bytes, start: int, end: int, link: int) -> int:
    """Where the IP header is, of a frame of ``LinkType.kind`` ``link``."""
    family = link >> 8
    at = start + (link & 0xFF)
    if family >= UNKNOWN:
        return -(link & 0xFF) if link & 0xFF else -LINK_UNKNOWN
    if at + 4 > end:
        return -CUT
    if family == ETHERTYPE:
        (protocol,) = load16(buffer, at - 2)
        return behind_type(buffer, at, end, protocol)
    if family == ETHERTYPE_FIRST:
        (protocol,) = load16(buffer, start)
        return behind_type(buffer, at, end, protocol)
    if family in (VERSION, WHOLE):
        return at
    if family == PPP:
        return ppp(buffer, at, end)
    return rare_link_layer(buffer, at, end, family)


def rare_link_layer(buffer: Bytes, at: int, end: int, family: int) -> int:
    """The same for the families that say themselves where they end."""
    if family == LLC:
        return llc(buffer, at, end)
    if family == TOKEN_RING:
        routed = buffer[at - 6] & 0x80
        return llc(buffer, at + (buffer[at] & 0x1F if routed else 0), end)
    if family == IEEE80211:
        return wireless(buffer, at, end)
    if family in (RADIOTAP, PPI):
        return wireless(buffer, at + (buffer[at + 2] | buffer[at + 3] << 8), end)
    if family == LENGTH_FIRST:
        return at + ((buffer[at] + 3) & 0xFC)
    if family == NFLOG:
        return nflog(buffer, at + 4, end)
    if family == FRAME_RELAY:
        return frame_relay(buffer, at, end)
    if family == PKTAP:
        return pktap(buffer, at, end)
    if family == MPLS_FIRST:
        return mpls(buffer, at, end)
    return juniper(buffer, at, end, family) if family >= JUNIPER_ETHER else erf(buffer, at, end)


def behind_type(buffer: Bytes, at: int, end: int, protocol: int) -> int:
    """Where the IP header is behind an EtherType, whatever tags, labels and inner Ethernet headers follow it."""
    at, protocol = behind_tags(buffer, at, end, protocol)
    if at < 0 or protocol in (IPV4, IPV6):
        return at if at < end else -CUT
    return behind_other(buffer, at, end, protocol)


def behind_tags(buffer: Bytes, at: int, end: int, protocol: int) -> tuple[int, int]:
    """Behind the row of tags that an EtherType begins, or minus a reason; the type that ends the row, still a tag's if there are too many."""
    for _ in range(TAGS - 1):
        size = tag_size(protocol)
        if size < 0:
            break
        if end - at < size:
            return -CUT, 0
        (protocol,) = load16(buffer, at + size - 2)
        at += size
    return at, protocol


def only_ip(at: int, end: int, protocol: int) -> int:
    """Where the IP header is, where nothing but one is looked for behind an EtherType."""
    if protocol in (IPV4, IPV6):
        return at if at < end else -CUT
    return -ARP if protocol == ARP_TYPE else -NOT_IP


def tag_size(protocol: int) -> int:
    """Bytes from behind this EtherType to behind the next one; -1: it is no tag."""
    if protocol in VLANS:
        return 4  # IEEE 802.1Q, 802.1ad
    if protocol == VN_TAG:
        return 6  # Cisco VN-Tag
    if protocol == E_TAG:
        return 8  # IEEE 802.1BR
    return 18 if protocol == I_TAG else -1  # IEEE 802.1ah: the customer's Ethernet header follows


def behind_other(buffer: Bytes, at: int, end: int, protocol: int) -> int:
    """The same for what ends the row of tags."""
    if protocol < LENGTHS:
        return llc(buffer, at, end)
    if protocol in (MPLS, MPLS_MULTICAST):
        return mpls(buffer, at, end)
    if protocol == PPPOE:
        return ppp(buffer, at + 6, end)
    if protocol == NSH:
        return nsh(buffer, at, end)
    if protocol == MACSEC:
        return macsec(buffer, at, end)
    return -ARP if protocol == ARP_TYPE else -NOT_IP


def ethernet(buffer: Bytes, at: int, end: int) -> int:
    """Where the IP header is of an Ethernet frame that is wrapped in something: its addresses are not looked at."""
    if end - at < 14:
        return -CUT
    (protocol,) = load16(buffer, at + 12)
    at, protocol = behind_tags(buffer, at + 14, end, protocol)
    if at < 0:
        return at
    return -TOO_DEEP if tag_size(protocol) >= 0 else only_ip(at, end, protocol)


def llc(buffer: Bytes, at: int, end: int) -> int:
    """Behind a header of IEEE 802.2, with SNAP (RFC 1042) or without."""
    if end - at < 3:
        return -CUT
    if buffer[at] == 0x06 and buffer[at + 1] == 0x06:
        return at + 3
    if buffer[at] != 0xAA or buffer[at + 1] != 0xAA:
        return -NOT_IP
    if end - at < 8:
        return -CUT
    (protocol,) = load16(buffer, at + 6)
    at += 8
    if protocol in VLANS and end - at >= 4:
        (protocol,) = load16(buffer, at + 2)
        at += 4
    return only_ip(at, end, protocol)


def mpls(buffer: Bytes, at: int, end: int) -> int:
    """Behind MPLS labels (RFC 3032). Nothing names what follows the last one; a pseudowire's control word starts with 0 (RFC 4928)."""
    bottom = 0
    while not bottom:
        if end - at < 4:
            return -CUT
        bottom = buffer[at + 2] & 1
        at += 4
    if at >= end:
        return -CUT
    if buffer[at] >> 4 in (4, 6):
        return at
    return ethernet(buffer, at + 4, end) if buffer[at] >> 4 == 0 else -NOT_IP


def ppp(buffer: Bytes, at: int, end: int) -> int:
    """Behind a PPP header, HDLC-like framing and a compressed protocol field allowed (RFC 1661 section 6.5)."""
    if end - at < 5:
        return -CUT
    if buffer[at] == 0xFF and buffer[at + 1] == 0x03:
        at += 2
    if buffer[at] & 1:
        protocol = buffer[at] | 0
        at += 1
    else:
        (protocol,) = load16(buffer, at)
        at += 2
    return at if protocol in (0x21, 0x57) else -NOT_IP


def nsh(buffer: Bytes, at: int, end: int) -> int:
    """Behind a Network Service Header (RFC 8300)."""
    if end - at < 8:
        return -CUT
    inner = at + (buffer[at + 1] & 0x3F) * 4
    kind = buffer[at + 3] | 0
    if kind in (1, 2):
        return inner if inner < end else -CUT
    return ethernet(buffer, inner, end) if kind == 3 else -NOT_IP


def macsec(buffer: Bytes, at: int, end: int) -> int:
    """Behind a MACsec header (IEEE 802.1AE) that only authenticates."""
    if end - at < 8:
        return -CUT
    if buffer[at] & 0x0C:
        return -ENCRYPTED
    size = 16 if buffer[at] & 0x20 else 8
    if end - at < size:
        return -CUT
    (protocol,) = load16(buffer, at + size - 2)
    at += size
    return only_ip(at, end, protocol)


def wireless(buffer: Bytes, at: int, end: int) -> int:
    """Behind the header of a Wi-Fi frame, and the one of IEEE 802.2 in it."""
    inner = ieee80211(buffer, at, end)
    return llc(buffer, inner, end) if inner >= 0 else inner


def nflog(buffer: Bytes, at: int, end: int) -> int:
    """In the payload attribute (9) of Linux's netfilter log; lengths are in the byte order of the capturing host, nearly always little."""
    for _ in range(64):
        if end - at < 4:
            return -CUT
        length = buffer[at] | buffer[at + 1] << 8
        kind = buffer[at + 2] | buffer[at + 3] << 8
        if kind == 9:
            return at + 4
        if length < 4:
            return -NOT_IP
        at += (length + 3) & 0xFFFC
    return -NOT_IP


def frame_relay(buffer: Bytes, at: int, end: int) -> int:
    """Behind Q.922 and the protocol that follows it (RFC 2427)."""
    if end - at < 10:
        return -CUT
    at += 3
    if buffer[at] == 0:
        at += 1
    kind = buffer[at] | 0
    if kind in (0xCC, 0x8E):
        return at + 1
    if kind != 0x80:
        return -NOT_IP
    (protocol,) = load16(buffer, at + 4)
    return at + 6 if protocol in (IPV4, IPV6) else -NOT_IP


def pktap(buffer: Bytes, at: int, end: int) -> int:
    """Behind macOS's packet tap, which says how long it is and what link layer follows: Ethernet or none."""
    if end - at < 12:
        return -CUT
    size = buffer[at] | buffer[at + 1] << 8
    kind = buffer[at + 8] | buffer[at + 9] << 8
    if kind == 1:
        return ethernet(buffer, at + size, end)
    if kind == 0:
        return at + size + 4
    return at + size if kind in (12, 101) else -LINK_UNKNOWN


def erf(buffer: Bytes, at: int, end: int) -> int:
    """Behind an ERF record's header and its extensions, of those that hold Ethernet (2, 11, 16, 20) or IP (22, 23)."""
    if end - at < 18:
        return -CUT
    kind = buffer[at + 8] & 0x7F
    more = buffer[at + 8] & 0x80
    at += 16
    for _ in range(8):
        if not more:
            break
        if end - at < 8:
            return -CUT
        more = buffer[at] & 0x80
        at += 8
    if kind in (2, 11, 16, 20):
        return ethernet(buffer, at + 2, end)
    return at if kind in (22, 23) else -LINK_UNKNOWN


def juniper(buffer: Bytes, at: int, end: int, family: int) -> int:
    """Behind Juniper's header: three bytes "MGC", flags, extensions whose length follows, and the link layer if there is one."""
    if end - at < 12:
        return -CUT
    if buffer[at] != 0x4D or buffer[at + 1] != 0x47 or buffer[at + 2] != 0x43:
        return -MALFORMED
    flags = buffer[at + 3] | 0
    at += 4
    if flags & 0x80:
        (extensions,) = load16(buffer, at)
        at += 2 + extensions
    if end - at < 8:
        return -CUT
    if flags & 0x02:
        return at + 4  # no link layer, but the number of the protocol family
    if family == JUNIPER_ETHER:
        return ethernet(buffer, at, end)
    if family == JUNIPER_PPP:
        return ppp(buffer, at, end)
    if family == JUNIPER_FRAME_RELAY:
        return frame_relay(buffer, at, end)
    (protocol,) = load16(buffer, at + 2)
    return only_ip(at + 4, end, protocol)
