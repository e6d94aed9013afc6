"""A packet as it may be given away: raw IP with other addresses in every header, and no payload.

Nothing is copied that is not known: what stands before the first IP header (MAC addresses), payload, the contents of options that may
hold addresses or identities, and wrappings other than the common ones are left out. Lengths tell how much there was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.pseudonyms.internet import ip_header
from tcpexplain.pseudonyms.transport import icmp_error, tcp_header
from tcpexplain.pseudonyms.wrapped import wrapping
from tcpexplain.tuples import NamedTuple
from tcpexplain.wire.headers import DEPTH, network
from tcpexplain.wire.link import VERSION, link_layer
from tcpexplain.wire.segment import Key, Segment
from tcpexplain.wire.wrappings import inside

if TYPE_CHECKING:
    from tcpexplain.pseudonyms.prefixes import Addresses

RAW = VERSION << 8
"""``LinkType.kind`` of raw IP."""
RAW_NUMBER = 101
"""Its number in the registry of link types."""
TCP, ICMP, ICMPV6 = 6, 1, 58


class Layer(NamedTuple):
    """An IP header: where it begins, where what it carries begins, of which protocol that is and how long it was."""

    start: int
    inside: int
    protocol: int
    length: int


class Nameless(NamedTuple):
    """The bytes of a packet, and how many there were behind them."""

    data: bytes
    more: int = 0

    @property
    def size(self) -> int:
        """All bytes, on the wire."""
        return len(self.data) + self.more


def nameless(data: bytes, wire: int, kind: int, addresses: Addresses) -> Nameless | None:
    """A captured packet of a link type (``LinkType.kind``) with ``wire`` bytes on the wire; None if it is of no TCP connection."""
    layers = layers_of(data, wire, kind)
    if not layers:
        return None
    last = layers[-1]
    transport = tcp_header if last.protocol == TCP else icmp_error
    found = transport(data, last.start, last.inside, last.length, addresses)
    if found is None:
        return None
    body = Nameless(*found)
    for at in range(len(layers) - 1, -1, -1):
        layer = layers[at]
        body = Nameless(ip_header(data, layer.start, layer.inside, body.size, addresses) + body.data, body.more)
        if at:
            outer = layers[at - 1]
            around = wrapping(data[outer.inside : layer.start], outer.protocol, body.size)
            if around is None:
                break
            body = Nameless(around + body.data, body.more)
    return body


def layers_of(data: bytes, wire: int, kind: int) -> list[Layer]:
    """The IP headers around a TCP segment or an ICMP message; none if there is neither (compare ``wire.headers.transport``)."""
    segment, key, end = Segment(), Key(), len(data)
    at, found = link_layer(data, 0, end, kind), list[Layer]()
    for _ in range(DEPTH + 1):
        if not 0 <= at < end:
            break
        start = at
        protocol, at, length = network(data, at, end, wire, segment, key)
        if protocol < 0:
            break
        found.append(Layer(start, at, protocol, length))
        if protocol in (TCP, ICMP, ICMPV6):
            return found
        at, _ = inside(data, protocol, at, min(end, at + length))
    return []
