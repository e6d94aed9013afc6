"""Why a frame gives no TCP segment: codes, and the words by which such frames are counted."""

from __future__ import annotations

(
    SEGMENT,
    ICMP_ERROR,
    CUT,
    MALFORMED,
    LATER_FRAGMENT,
    NOT_IP,
    ARP,
    UDP,
    ICMP_OTHER,
    IP_OTHER,
    LINK_UNKNOWN,
    ESP,
    WIREGUARD,
    ENCRYPTED,
    TOO_DEEP,
    FRAGMENT_USED,
    FRAGMENT_COPY,
    FRAGMENT_ALONE,
    FRAGMENT_OVERLAPS,
    CAPWAP_FRAGMENT,
) = range(20)
"""What ``headers.decode`` found. SEGMENT and ICMP_ERROR are read; the others say what was met instead."""

SKIP_REASONS = (
    "",
    "",
    "headers cut by the snap length",
    "malformed",
    "IP fragments whose first is missing",
    "not IP",
    "ARP",
    "UDP",
    "ICMP",
    "other IP protocols",
    "unknown link type",
    "ESP (IPsec), which is encrypted",
    "WireGuard, which is encrypted",
    "encrypted on the link (MACsec, Wi-Fi, CAPWAP with DTLS)",
    "wrapped more than eight times",
    "IP fragments put together with the rest of their packets",
    "copies of IP fragments",
    "IP fragments whose packets lack others",
    "IP fragments that overlap or make no packet, dropped",
    "later fragments of CAPWAP",
)
"""Words for every code from 2 on, in the form "1,198 UDP"."""
REASONS = len(SKIP_REASONS)
