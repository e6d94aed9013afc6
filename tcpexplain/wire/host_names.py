"""Addresses for hosts of which text has only the names."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address


class HostNames:
    """Addresses for hosts that text calls by names: the loopback's own, those that a name spells, else one from the range for tests (RFC 2544)."""

    def __init__(self) -> None:
        self.known: dict[str, IPv4Address | IPv6Address] = {}

    def address(self, host: str, *, six: bool = False) -> IPv4Address | IPv6Address:
        """The address of a host."""
        try:
            return ip_address(host.partition("%")[0])
        except ValueError:
            pass
        if host in self.known:
            return self.known[host]
        spelled = re.search(r"(?<!\d)(\d{1,3})[-.](\d{1,3})[-.](\d{1,3})[-.](\d{1,3})(?!\d)", host)
        if host.startswith(("localhost", "ip6-localhost")):
            found: IPv4Address | IPv6Address = ip_address("::1" if six else "127.0.0.1")
        elif spelled and all(int(part) < 256 for part in spelled.groups()):
            found = ip_address(".".join(str(int(part)) for part in spelled.groups()))
        else:
            base = int(ip_address("2001:2::") if six else ip_address("198.18.0.0"))
            found = ip_address(base + len(self.known) + 1)
        self.known[host] = found
        return found
