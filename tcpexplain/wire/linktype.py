"""Link types: what stands before the IP header in a frame, one row each.

Numbers and layouts: https://www.tcpdump.org/linktypes.html.
"""

from __future__ import annotations

from typing import NamedTuple

from tcpexplain.errors import CaptureError

ETHERTYPE, ETHERTYPE_FIRST, VERSION, PPP, UNKNOWN = range(5)
"""How the next protocol is told: by the header's last two bytes, by its first two, by the version in the IP header, by PPP, not at all."""


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
)

OTHER_NAMES = {
    3: "AX25", 6: "IEEE802_5", 7: "ARCNET_BSD", 8: "SLIP", 10: "FDDI", 104: "C_HDLC", 105: "IEEE802_11", 107: "FRELAY", 117: "PFLOG",
    119: "IEEE802_11_PRISM", 122: "IP_OVER_FC", 123: "SUNATM", 127: "IEEE802_11_RADIOTAP", 138: "APPLE_IP_OVER_IEEE1394", 166: "PPP_PPPD",
    187: "BLUETOOTH_HCI_H4", 189: "USB_LINUX", 192: "PPI", 195: "IEEE802_15_4_WITHFCS", 201: "BLUETOOTH_HCI_H4_WITH_PHDR", 204: "PPP_WITH_DIR",
    220: "USB_LINUX_MMAPPED", 226: "IPNET", 227: "CAN_SOCKETCAN", 231: "DBUS", 239: "NFLOG", 240: "NETANALYZER", 249: "USBPCAP", 253: "NETLINK",
    258: "PKTAP", 271: "VSOCK",
} | {147 + n: f"USER{n}" for n in range(16)}  # fmt: skip
"""Names for the message about a link type that has no row."""

_BY_NUMBER = {row.number: row for row in LINKTYPES}


def find(number: int) -> LinkType:
    """The row of link type ``number``; one of family UNKNOWN when there is none."""
    return _BY_NUMBER.get(number) or LinkType(number, OTHER_NAMES.get(number, ""), "", 0, UNKNOWN)


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
