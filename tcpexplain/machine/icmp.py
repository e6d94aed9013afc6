"""What an ICMP error tells the socket whose segment it quotes (RFC 1122 section 4.2.3.9, Linux icmp_err_convert; measured)."""

from __future__ import annotations

from tcpexplain.machine.endpoint import (
    HOST_DOWN,
    HOST_ISOLATED,
    HOST_UNREACHABLE,
    NET_UNREACHABLE,
    NO_ERROR,
    PARAMETER_PROBLEM,
    PORT_UNREACHABLE,
    PROTOCOL_UNREACHABLE,
    SOURCE_ROUTE_FAILED,
)

UNREACHABLE, TIME_EXCEEDED, PARAMETER = 3, 11, 12

BY_CODE = (
    NET_UNREACHABLE,
    HOST_UNREACHABLE,
    PROTOCOL_UNREACHABLE,
    PORT_UNREACHABLE,
    NO_ERROR,  # fragmentation needed: path MTU discovery, no error
    SOURCE_ROUTE_FAILED,
    NET_UNREACHABLE,
    HOST_DOWN,
    HOST_ISOLATED,
    NET_UNREACHABLE,
    HOST_UNREACHABLE,
    NET_UNREACHABLE,
    HOST_UNREACHABLE,
    HOST_UNREACHABLE,
    HOST_UNREACHABLE,
    HOST_UNREACHABLE,
)
"""By the code of a destination unreachable message (type 3)."""


def error(icmp: int) -> int:
    """The error code for ``Segment.icmp``; NO_ERROR for messages that are none to a socket."""
    kind, code = (icmp - 1) >> 8, (icmp - 1) & 255
    if kind == UNREACHABLE:
        return BY_CODE[code] if code < len(BY_CODE) else NO_ERROR
    if kind == TIME_EXCEEDED:
        return HOST_UNREACHABLE
    return PARAMETER_PROBLEM if kind == PARAMETER else NO_ERROR
