"""Where an IP packet begins among bytes, and how long it was."""

from __future__ import annotations

from struct import unpack_from


def from_ip_on(data: bytes) -> bytes:
    """The bytes from the IP header on, behind whichever link header stands before it; nothing if there is none.

    Raw IP, Ethernet (with VLAN tags), Linux cooked v1 and v2, BSD loopback.
    """
    for at, kind in ((0, None), (14, 12), (18, 16), (16, 14), (20, 0), (4, None)):
        if len(data) < at + 20 or (kind is not None and data[kind : kind + 2] not in (b"\x08\x00", b"\x86\xdd")):
            continue
        if looks_like_ip(data, at):
            return data[at:]
    return b""


def looks_like_ip(data: bytes, at: int) -> bool:
    """Whether an IP header may begin there."""
    version, size = data[at] >> 4, data[at] & 15
    if version == 4:
        return size >= 5 and unpack_from(">H", data, at + 2)[0] >= 20 and data[at + 9] in (1, 2, 6, 17, 47, 50, 58, 132)
    return version == 6 and len(data) >= at + 40 and data[at + 6] in (0, 6, 17, 43, 44, 58)


def length_of(data: bytes) -> int:
    """How long an IP packet was on the wire."""
    if data[0] >> 4 == 4:
        return int(unpack_from(">H", data, 2)[0]) or len(data)
    return 40 + int(unpack_from(">H", data, 4)[0])
