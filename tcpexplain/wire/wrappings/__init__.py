"""What wraps a packet in a packet: one file for each kind. Hot.

Each says where the inner IP header is, and which of several wrapped networks it belongs to. ``inside`` chooses by the protocol number of
the outer IP header, ``wire.wrappings.datagram`` by port and content. An offset that is negative is minus a reason of ``wire.skipped``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.wire.link import ethernet
from tcpexplain.wire.skipped import ESP, IP_OTHER
from tcpexplain.wire.wrappings.ah import ah
from tcpexplain.wire.wrappings.datagram import datagram
from tcpexplain.wire.wrappings.gre import gre
from tcpexplain.wire.wrappings.kinds import AH, ETHERIP, IP_IN_IP, IP_IN_IPV6, kind_of

if TYPE_CHECKING:
    from tcpexplain.hot.array import Bytes

IPIP, DATAGRAM, SIX, GRE_PROTOCOL, ESP_PROTOCOL, AH_PROTOCOL, ETHERIP_PROTOCOL = 4, 17, 41, 47, 50, 51, 97
"""Protocol numbers of what may wrap."""


def inside(buffer: Bytes, protocol: int, at: int, end: int) -> tuple[int, int]:
    """Look into what follows an IP header that is neither TCP nor ICMP.

    Returns
    -------
    tuple
        Where the inner IP header is, or minus a reason; the wrapping, as ``kinds.kind_of`` packs it.
    """
    if protocol == DATAGRAM:
        return datagram(buffer, at, end)
    if protocol == GRE_PROTOCOL:
        return gre(buffer, at, end)
    if protocol == IPIP:
        return at, kind_of(IP_IN_IP, 0)
    if protocol == SIX:
        return at, kind_of(IP_IN_IPV6, 0)
    if protocol == AH_PROTOCOL:
        return ah(buffer, at, end), kind_of(AH, 0)
    if protocol == ETHERIP_PROTOCOL:  # RFC 3378
        return ethernet(buffer, at + 2, end), kind_of(ETHERIP, 0)
    return (-ESP if protocol == ESP_PROTOCOL else -IP_OTHER), 0
