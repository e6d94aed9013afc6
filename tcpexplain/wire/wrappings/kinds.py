"""The wrappings by number, and how one and its network's identifier are one integer."""

from __future__ import annotations

(
    NONE,
    VXLAN,
    GENEVE,
    GRE,
    NVGRE,
    ERSPAN,
    IP_IN_IP,
    IP_IN_IPV6,
    GTP,
    L2TP,
    CAPWAP,
    AH,
    TEREDO,
    AYIYA,
    MPLS_IN_UDP,
    TZSP,
    ETHERIP,
    MANY,
) = range(18)
NAMES = (
    "",
    "vxlan",
    "geneve",
    "gre",
    "nvgre",
    "erspan",
    "ipip",
    "6in4",
    "gtp-u",
    "l2tp",
    "capwap",
    "ah",
    "teredo",
    "ayiya",
    "mpls-in-udp",
    "tzsp",
    "etherip",
    "several",
)
"""As the JSON spells them; MANY: the same connection was captured in one wrapping and in another, or in none."""

IDENTIFIED = (VXLAN, GENEVE, GRE, NVGRE, ERSPAN)
"""Those whose network's identifier is the same in both directions, and part of a connection's identity."""

SHIFT = 32
NETWORK = 40
"""From this bit on stands which of several networks that use the same addresses; 0: the first, or the only one."""
WRAPPING = (1 << NETWORK) - 1
"""The bits below."""


def kind_of(kind: int, identifier: int) -> int:
    """A wrapping and the identifier of its network (VNI, key, VSID, session; 0: none that both directions share) as one integer."""
    return kind << SHIFT | identifier


def wrapping_of(tunnel: int) -> int:
    """The kind alone."""
    return (tunnel & WRAPPING) >> SHIFT


def in_network(tunnel: int, number: int) -> int:
    """The same wrapping in another network that uses the same addresses; elementwise."""
    return tunnel | number << NETWORK
