"""The addresses in a line: those of its product's fields, else whatever looks like one."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING

from tcpexplain.values import frozen

if TYPE_CHECKING:
    from tcpexplain.runtimes import Product


@frozen
class Place:
    """An end as far as a line names it: an address, a name, a port."""

    address: str | None = None
    port: int | None = None
    name: str = ""
    """A host name that is no address."""

    def __bool__(self) -> bool:
        return self.address is not None or self.port is not None

    def fits(self, address: str, port: int) -> bool:
        """Whether an end of a connection may be this one."""
        return self.address in (None, address) and self.port in (None, port)

    @property
    def words(self) -> tuple[int, int, int]:
        """Version and the two halves of the address as keys have them (``wire.segment.Key``); zeros where it is none."""
        try:
            address = ip_address(self.address or "")
        except ValueError:
            return 0, 0, 0
        whole = address.packed.rjust(16, b"\0")
        upper, lower = (int.from_bytes(half, "big", signed=True) for half in (whole[:8], whole[8:]))
        return address.version, upper, lower

    def __str__(self) -> str:
        host = f"[{self.address}]" if self.address and ":" in self.address else self.address or self.name or "port"
        return f"{host}:{self.port}" if self.port is not None else host


NOWHERE = Place()

_V4 = r"\d{1,3}(?:\.\d{1,3}){3}"
_V6 = r"\[[0-9a-fA-F:.]+(?:%\w+)?\]"
_HOST = rf"(?:{_V4}|{_V6}|[A-Za-z][\w-]*(?:\.[\w-]+)*)"
_BOTH = re.compile(rf"({_V4}:\d+|{_V6}:\d+) ?->? ?({_V4}:\d+|{_V6}:\d+)")
_FROM = re.compile(rf"\b(?:from|by|for) ({_V4}|[0-9a-fA-F]*:[0-9a-fA-F:]+) port (\d+)")
_ENDPOINT = re.compile(rf"(?<![\w.])({_V4}|{_V6}):(\d{{1,5}})(?![\d:.]\d)")
_NAMED = re.compile(
    rf"(?:https?|wss?|tcp|redis|amqp|postgres(?:ql)?|mysql|mongodb|grpc)://(?:[^@/\s]*@)?({_HOST})(?::(\d+))?"
)
_SCHEMES = {
    "http": 80,
    "https": 443,
    "ws": 80,
    "wss": 443,
    "redis": 6379,
    "amqp": 5672,
    "postgres": 5432,
    "postgresql": 5432,
    "mysql": 3306,
    "mongodb": 27017,
}
_ALONE = re.compile(rf"(?<![\w.:])({_V4})(?![\w.:]*\d)")
LOCALHOST = "localhost"


def place(text: str, port: str | None = None) -> Place:
    """``192.0.2.1:80``, ``[::1]:80``, ``192.0.2.1``, ``host:80``, ``host`` as far as it goes."""
    said = text.strip().strip('"').removeprefix("/")
    try:
        return Place(_plain(said), int(port) if port else None)
    except ValueError:
        pass
    host, _, number = said.rpartition(":")
    if not host or not number.isdecimal():
        host, number = said, port or ""
    if "/" in host:
        host = host.split("/")[-1] or host.split("/")[0]
    known = int(number) if number and int(number) < 65536 else None
    try:
        return Place(_plain(host), known)
    except ValueError:
        return Place(None, known, host)


def _plain(host: str) -> str:
    """An address as reports write it; IPv4 inside IPv6 as IPv4. ValueError if it is none."""
    found = ip_address(host.strip("[]").partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)


def fields_of(product: Product | None, text: str) -> dict[str, str]:
    """The named fields of a product's patterns."""
    found: dict[str, str] = {}
    for pattern in product.fields if product else ():
        for match in re.finditer(pattern, text, re.MULTILINE):
            for name, value in match.groupdict().items():
                if value is not None:
                    found.setdefault(name, value)
    return found


def named(found: dict[str, str], role: str) -> Place:
    """One of the ends that a product's fields name."""
    return place(found[role], found.get(f"{role}_port")) if role in found else NOWHERE


def guessed(text: str) -> tuple[Place, Place]:
    """The own end and the peer where no field names them."""
    if both := _BOTH.search(text):
        return place(both[1]), place(both[2])
    if one := _FROM.search(text):
        return NOWHERE, place(one[1], one[2])
    if one := _ENDPOINT.search(text):
        return NOWHERE, place(one[0])
    if one := _NAMED.search(text):
        return NOWHERE, place(one[1], one[2] or str(_SCHEMES.get(one[0].partition(":")[0].lower(), "")) or None)
    if one := _ALONE.search(text):
        return NOWHERE, place(one[1])
    return NOWHERE, NOWHERE


def ends(product: Product | None, text: str, role: str) -> tuple[Place, Place, dict[str, str]]:
    """The own end and the peer of the connection that a line is about, and the other fields it names; ``role``: which end it is, or own."""
    found = fields_of(product, text)
    own, peer = named(found, "own"), named(found, "peer")
    if role == "client":
        own, peer = own or named(found, "upstream_own"), named(found, "upstream") or peer
        if not peer and "upstream" not in found and "client" not in found:
            peer = named(found, "server")
    elif role == "server":
        own, peer = own or named(found, "server"), named(found, "client") or peer
    if own or peer:
        return own, peer, found
    if role in ("client", "server") and {"client", "upstream"} & set(found):
        # The line names the ends of the product's other connection only.
        return NOWHERE, NOWHERE, found
    return (*guessed(text), found)
