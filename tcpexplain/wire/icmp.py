"""ICMP errors: which messages are errors, and one set of numbers for both versions."""

from __future__ import annotations

UNREACHABLE, SOURCE_QUENCH, REDIRECT, TIME_EXCEEDED, PARAMETER_PROBLEM = 3, 4, 5, 11, 12
"""ICMPv4's error messages (RFC 1122 section 3.2.2); each quotes the packet that drew it."""


def error_v4(kind: int, code: int) -> int:
    """The word for ``segment.icmp``: 1 + 256 * type + code; 0 if this ICMPv4 message is no error."""
    if kind in (UNREACHABLE, SOURCE_QUENCH, REDIRECT, TIME_EXCEEDED, PARAMETER_PROBLEM):
        return 1 + 256 * kind + code
    return 0


def error_v6(kind: int, code: int) -> int:
    """The same for ICMPv6 (RFC 4443), in the ICMPv4 numbers for which Linux gives the socket the same errno.

    RFC 7915 section 5.2 maps "no route" to host unreachable; Linux reports ENETUNREACH for it, so net unreachable is truer.
    """
    if kind == 1 and code == 0:
        return 1 + 256 * UNREACHABLE  # no route
    if kind == 1 and code in (2, 3):
        return 1 + 256 * UNREACHABLE + 1  # beyond scope, address unreachable
    if kind == 1 and code == 4:
        return 1 + 256 * UNREACHABLE + 3  # port unreachable
    if kind == 1:
        return 1 + 256 * UNREACHABLE + 13  # prohibited: by an administrator, a policy, a reject route
    if kind == 2:
        return 1 + 256 * UNREACHABLE + 4  # packet too big
    if kind == 3:
        return 1 + 256 * TIME_EXCEEDED + code
    if kind == 4:
        return 1 + 256 * PARAMETER_PROBLEM
    return 0


def type_and_code(icmp: int) -> tuple[int, int]:
    """Type and code of a word in ``segment.icmp``."""
    return divmod(icmp - 1, 256)


WORDS = {
    (3, 0): "network unreachable",
    (3, 1): "host unreachable",
    (3, 2): "protocol unreachable",
    (3, 3): "port unreachable",
    (3, 4): "fragmentation needed",
    (3, 9): "network prohibited",
    (3, 10): "host prohibited",
    (3, 13): "administratively prohibited",
    (11, 0): "time exceeded",
}


def icmp_words(icmp: int) -> str:
    """``segment.icmp`` in words (RFC 792, RFC 1812)."""
    kind, code = type_and_code(icmp)
    return WORDS.get((kind, code), f"type {kind} code {code}")
