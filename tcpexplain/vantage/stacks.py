"""Which system each end is, from its SYN or SYN-ACK: the kinds of its options and their order, TTL, window, scale. Hot.

A stack writes the options of a SYN in an order of its own, and begins with a TTL of its own (64, 128 or 255). A SYN-ACK has
only what the SYN asked for, in the same order. Where two systems share an order, the initial TTL tells them apart, or else
nothing is said: UNKNOWN. Sources, with those that each row names: p0f 3.09's p0f.fp (sections tcp:request and
tcp:response), tcp_options_write() and tcp_syn_options() in Linux 6.12's net/ipv4/tcp_output.c, tcp_addoptions() in FreeBSD
13's netinet/tcp_output.c, tcp_output() in XNU 11417's bsd/netinet/tcp_output.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.wire.segment import (
    ACK,
    HAS_TIMESTAMP,
    LAYOUT_OTHER,
    OPTIONS_CUT,
    RST,
    SYN,
    layout,
)

if TYPE_CHECKING:
    from tcpexplain.wire.segment import Segment

UNKNOWN, LINUX, WINDOWS, MACOS, FREEBSD, OPENBSD, SOLARIS = range(7)
SYSTEMS = ("", "linux", "windows", "macos", "freebsd", "openbsd", "solaris")
"""Their names, by code; macos stands for Darwin, iOS included."""

_EOL, _NOP, _MSS, _SCALE, _SACK, _TIME = 0, 1, 2, 3, 4, 8

_LINUX = layout(_MSS, _SACK, _TIME, _NOP, _SCALE)  # p0f Linux 2.6 to 3.11+; tcp_options_write()
_LINUX_NO_TIME = layout(_MSS, _NOP, _NOP, _SACK, _NOP, _SCALE)  # p0f Linux, without timestamps
_LINUX_NO_SCALE = layout(_MSS, _SACK, _TIME)  # tcp_options_write(), to a SYN without window scale
_LINUX_NO_SACK = layout(_MSS, _NOP, _NOP, _TIME, _NOP, _SCALE)  # p0f Linux (response), to a SYN without SACK
_BSD_SPREAD = layout(_MSS, _NOP, _SCALE, _NOP, _NOP, _SACK)  # p0f Windows 7 to 10; of TTL 64: Solaris 10
_BSD_TIGHT = layout(_MSS, _NOP, _SCALE, _SACK, _TIME)  # p0f FreeBSD 8 and 9; of TTL 128: Windows with timestamps
_BARE = layout(_MSS, _NOP, _NOP, _SACK)  # p0f Windows XP, 7; of TTL 64: Linux (response)
_DARWIN = layout(_MSS, _NOP, _SCALE, _NOP, _NOP, _TIME, _SACK, _EOL)  # p0f Mac OS X 10.x, iOS
_OPENBSD = layout(_MSS, _NOP, _NOP, _SACK, _NOP, _SCALE, _NOP, _NOP, _TIME)  # p0f OpenBSD 3.x to 5.x
_SOLARIS_11 = layout(_SACK, _TIME, _MSS, _NOP, _SCALE)  # p0f Solaris 11 and illumos
_SOLARIS_8 = layout(_NOP, _SCALE, _NOP, _NOP, _TIME, _NOP, _NOP, _SACK, _MSS)  # p0f Solaris 8

_PAD = layout(_NOP)

FULL_WINDOW = 65535
"""What Darwin and FreeBSD write into every SYN by default (tcp_output(), p0f): Windows and Linux seldom do."""
NEXT = 64
"""IP identifications by which an end's own packet may follow on its last: other packets of that host lie between."""
PROMPT = 1_000_000_000
"""ns beyond the round trip within which a kernel has answered whatever it answers by RST."""


def initial_ttl(ttl: int) -> int:
    """The TTL a packet set out with: 64, 128 or 255; the next one above what is left of it."""
    return 64 if ttl <= 64 else 128 if ttl <= 128 else 255


def system_of(segment: Segment) -> int:
    """The system that sent this SYN or SYN-ACK, UNKNOWN if it does not say, or what it says does not go together."""
    if segment.options & OPTIONS_CUT:
        return UNKNOWN
    begun, order = initial_ttl(segment.ttl), segment.sack_high
    while order & 7 in (_PAD, LAYOUT_OTHER):  # Fast Open and MPTCP come last, and padding
        order >>= 3
    if begun == 128:
        return (
            WINDOWS
            if order in (_BSD_SPREAD, _BARE) or (order == _BSD_TIGHT and segment.options & HAS_TIMESTAMP)
            else UNKNOWN
        )
    if begun == 64:
        return system_of_64(segment, order)
    return SOLARIS if order in (_SOLARIS_8, _SOLARIS_11) else UNKNOWN


def system_of_64(segment: Segment, order: int) -> int:
    """The same for an initial TTL of 64."""
    if order in (_LINUX, _LINUX_NO_TIME, _LINUX_NO_SCALE, _LINUX_NO_SACK):
        return LINUX
    if order == _DARWIN:
        return MACOS if segment.window == FULL_WINDOW or segment.flags & ACK else UNKNOWN
    if order == _BSD_TIGHT:
        return FREEBSD if segment.window == FULL_WINDOW else UNKNOWN
    if order == _OPENBSD:
        return OPENBSD
    if order in (_BSD_SPREAD, _SOLARIS_11, _SOLARIS_8):
        return SOLARIS
    return UNKNOWN


def goes_on(reset: Segment, last: Segment) -> bool:
    """Whether a RST carries on where its pretended sender's last packet was: the same TTL, the next IP identification."""
    return bool(reset.ttl == last.ttl and last.ip_id > 0 and 0 < (reset.ip_id - last.ip_id) & 0xFFFF <= NEXT)


def closes_as_windows(reset: Segment, last: Segment) -> bool:
    """Whether a RST is what Windows sends when it ends a live socket: with ACK and window 0, from an initial TTL of 128, in its sender's own series."""
    bare = reset.flags & (RST | ACK | SYN) == RST | ACK and reset.window == 0 and not reset.options & 63
    return bool(bare and initial_ttl(reset.ttl) == 128 and goes_on(reset, last))


def answers_nothing(reset: Segment, answered: Segment, round_trip: int) -> bool:
    """Whether a RST comes too long after the other end's last segment to be a kernel's answer to it."""
    return bool(reset.time - answered.time > round_trip + PROMPT)
