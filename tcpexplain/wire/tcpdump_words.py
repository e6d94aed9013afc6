"""What tcpdump's words mean: names of services, and of ICMP errors."""

from __future__ import annotations

import re
from functools import cache


@cache
def service(name: str) -> int:
    """A port by its number or its service's name; 0 if nobody knows it."""
    if name.isdecimal():
        return int(name) & 0xFFFF
    from socket import getservbyname

    known = {"http": 80, "https": 443, "ssh": 22, "http-alt": 8080, "webcache": 8080, "postgresql": 5432, "mysql": 3306, "redis": 6379, "amqp": 5672, "domain": 53, "smtp": 25}  # fmt: skip
    if name in known:
        return known[name]
    try:
        return getservbyname(name, "tcp")
    except (OSError, ValueError):
        # ValueError is for a zero byte. A name that is not known here still is one port, and always the same.
        return 1 + sum(place * ord(letter) for place, letter in enumerate(name, 1)) % 1023


UNREACHABLE = (
    (r"admin(?:istratively)? prohibited filter|admin prohibited", (3, 13)),
    (r"need to frag", (3, 4)),
    (r"time exceeded", (11, 0)),
    (r"tcp port|unreachable port", (3, 3)),
    (r"protocol \d+ unreachable|protocol .* unreachable", (3, 2)),
    (r"host .*unreachable", (3, 1)),
    (r"net .*unreachable", (3, 0)),
)
SIX = {(3, 13): (1, 1), (3, 1): (1, 3), (3, 3): (1, 4), (3, 0): (1, 0), (11, 0): (3, 0), (3, 4): (2, 0)}


def icmp_of(rest: str) -> tuple[int, int] | None:
    """Type and code of an ICMP error; None if it is another message."""
    if "host" in rest and "admin prohibited" in rest and "filter" not in rest:
        found: tuple[int, int] | None = (3, 10)
    else:
        found = next((numbers for words, numbers in UNREACHABLE if re.search(words, rest)), None)
    if rest.startswith("ICMP6"):
        if "unreachable route" in rest:
            return 1, 0
        if "unreachable address" in rest:
            return 1, 3
        if "packet too big" in rest:
            return 2, 0
        return SIX.get(found) if found else None
    return found
