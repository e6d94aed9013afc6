"""Link types: what stands before the IP header in a frame, one row each.

Numbers and layouts: https://www.tcpdump.org/linktypes.html.
"""

from __future__ import annotations

from tcpexplain.errors import CaptureError
from tcpexplain.tuples import NamedTuple
from tcpexplain.wire.link import (
    ERF,
    ETHERTYPE,
    ETHERTYPE_FIRST,
    FRAME_RELAY,
    IEEE80211,
    JUNIPER_ETHER,
    JUNIPER_FRAME_RELAY,
    JUNIPER_HDLC,
    JUNIPER_PPP,
    LENGTH_FIRST,
    LLC,
    MPLS_FIRST,
    NFLOG,
    PKTAP,
    PPI,
    PPP,
    RADIOTAP,
    TOKEN_RING,
    UNKNOWN,
    VERSION,
)


class LinkType(NamedTuple):
    """One link type: its number and name in the registry, what people call it, and its layout in bytes."""

    number: int
    name: str
    label: str
    header: int
    family: int

    @property
    def kind(self) -> int:
        """The layout in one small number, as ``headers.decode`` takes it."""
        return self.header | self.family << 8


LINKTYPES: tuple[LinkType, ...] = (
    LinkType(1, "ETHERNET", "Ethernet", 14, ETHERTYPE),
    LinkType(113, "LINUX_SLL", "Linux cooked v1/v2", 16, ETHERTYPE),
    LinkType(276, "LINUX_SLL2", "Linux cooked v1/v2", 20, ETHERTYPE_FIRST),
    LinkType(101, "RAW", "raw IP", 0, VERSION),
    LinkType(12, "RAW", "raw IP", 0, VERSION),  # DLT_RAW as most systems write it into the file
    LinkType(14, "RAW", "raw IP", 0, VERSION),  # DLT_RAW as OpenBSD does
    LinkType(228, "IPV4", "raw IP", 0, VERSION),
    LinkType(229, "IPV6", "raw IP", 0, VERSION),
    # The four bytes before the packet are an address family, whose numbers and byte order are the writer's own: the version tells.
    LinkType(0, "NULL", "BSD loopback", 4, VERSION),
    LinkType(108, "LOOP", "BSD loopback", 4, VERSION),
    LinkType(9, "PPP", "PPP", 0, PPP),
    LinkType(50, "PPP_HDLC", "PPP", 0, PPP),
    LinkType(51, "PPP_ETHER", "PPP", 6, PPP),
    LinkType(166, "PPP_PPPD", "PPP", 2, PPP),
    LinkType(204, "PPP_WITH_DIR", "PPP", 1, PPP),
    LinkType(104, "C_HDLC", "Cisco HDLC", 4, ETHERTYPE),
    LinkType(205, "C_HDLC_WITH_DIR", "Cisco HDLC", 5, ETHERTYPE),
    LinkType(6, "IEEE802_5", "token ring", 14, TOKEN_RING),
    LinkType(10, "FDDI", "FDDI", 13, LLC),
    LinkType(100, "ATM_RFC1483", "ATM", 0, LLC),
    LinkType(19, "ATM_CLIP", "ATM", 0, LLC),
    LinkType(123, "SUNATM", "ATM", 4, LLC),
    LinkType(122, "IP_OVER_FC", "Fibre Channel", 16, LLC),
    LinkType(105, "IEEE802_11", "Wi-Fi", 0, IEEE80211),
    LinkType(119, "IEEE802_11_PRISM", "Wi-Fi", 144, IEEE80211),
    LinkType(127, "IEEE802_11_RADIOTAP", "Wi-Fi", 0, RADIOTAP),
    LinkType(192, "PPI", "Wi-Fi", 0, PPI),
    LinkType(107, "FRELAY", "frame relay", 0, FRAME_RELAY),
    LinkType(206, "FRELAY_WITH_DIR", "frame relay", 1, FRAME_RELAY),
    LinkType(138, "APPLE_IP_OVER_IEEE1394", "FireWire", 18, ETHERTYPE),
    LinkType(226, "IPNET", "Solaris IPNET", 24, VERSION),
    LinkType(240, "NETANALYZER", "Ethernet", 18, ETHERTYPE),
    LinkType(242, "IPOIB", "InfiniBand", 44, VERSION),
    LinkType(8, "SLIP", "SLIP", 16, VERSION),
    LinkType(109, "ENC", "OpenBSD enc", 12, VERSION),
    LinkType(117, "PFLOG", "OpenBSD pflog", 0, LENGTH_FIRST),
    LinkType(239, "NFLOG", "Linux NFLOG", 0, NFLOG),
    LinkType(197, "ERF", "ERF", 0, ERF),
    LinkType(258, "PKTAP", "macOS PKTAP", 0, PKTAP),
    LinkType(178, "JUNIPER_ETHER", "Juniper", 0, JUNIPER_ETHER),
    LinkType(179, "JUNIPER_PPP", "Juniper", 0, JUNIPER_PPP),
    LinkType(180, "JUNIPER_FRELAY", "Juniper", 0, JUNIPER_FRAME_RELAY),
    LinkType(181, "JUNIPER_CHDLC", "Juniper", 0, JUNIPER_HDLC),
    LinkType(219, "MPLS", "MPLS", 0, MPLS_FIRST),
    LinkType(241, "NETANALYZER_TRANSPARENT", "Ethernet", 26, ETHERTYPE),
    LinkType(259, "EPON", "Ethernet", 22, ETHERTYPE),
    LinkType(274, "ETHERNET_MPACKET", "Ethernet", 22, ETHERTYPE),
    # What a switch adds on its way to the processor: a tag behind the addresses, or in front of them.
    LinkType(281, "DSA_TAG_BRCM", "switch tags (DSA)", 18, ETHERTYPE),
    LinkType(282, "DSA_TAG_BRCM_PREPEND", "switch tags (DSA)", 18, ETHERTYPE),
    LinkType(284, "DSA_TAG_DSA", "switch tags (DSA)", 18, ETHERTYPE),
    LinkType(285, "DSA_TAG_EDSA", "switch tags (DSA)", 22, ETHERTYPE),
)

_BY_NUMBER = {row.number: row for row in LINKTYPES}


def find(number: int) -> LinkType:
    """The row of link type ``number``; one of family UNKNOWN when there is none."""
    if number in _BY_NUMBER:
        return _BY_NUMBER[number]
    from tcpexplain.wire.linknames import OTHER_NAMES

    return LinkType(number, OTHER_NAMES.get(number, ""), "", 0, UNKNOWN)


def unknown(row: LinkType, name: str) -> CaptureError:
    """TE005 for the capture ``name``, whose packets are all of this link type."""
    known = ", ".join(dict.fromkeys(known.label for known in LINKTYPES))
    called = f"{row.number} ({row.name})" if row.name else str(row.number)
    return CaptureError(
        f"link type {called} is not known here",
        file=name,
        code="TE005",
        note=f"tcpexplain reads {known}",
        help=f"tshark may know it:  tcpexplain --reader tshark {name}",
    )
