"""Behind the header of a Wi-Fi data frame (IEEE 802.11 section 9.3.2). Hot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.wire.skipped import CUT, ENCRYPTED, NOT_IP

if TYPE_CHECKING:
    from tcpexplain.hot.array import Bytes

DATA, QOS, NO_DATA = 2, 8, 4
"""Type of data frames; bits of the subtype: with quality of service, without a body."""
TO_AND_FROM, PROTECTED, ORDER = 3, 0x40, 0x80
"""Bits of the second byte: between two access points, encrypted, with HT control behind QoS control."""
AMSDU = 0x80


def ieee80211(buffer: Bytes, at: int, end: int) -> int:
    """Where the header of IEEE 802.2 begins; minus a reason if the frame carries none that can be read."""
    if end - at < 24:
        return -CUT
    subtype = buffer[at] >> 4
    if (buffer[at] >> 2) & 3 != DATA or subtype & NO_DATA:
        return -NOT_IP
    if buffer[at + 1] & PROTECTED:
        return -ENCRYPTED
    size = 30 if buffer[at + 1] & TO_AND_FROM == TO_AND_FROM else 24
    if subtype & QOS:
        # The first of several frames in one begins with its addresses and length.
        several = end - at > size and buffer[at + size] & AMSDU
        size += 2
        if buffer[at + 1] & ORDER:
            size += 4
        if several:
            size += 14
    return at + size if end - at > size else -CUT
