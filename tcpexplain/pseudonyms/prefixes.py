"""Other addresses for addresses, of which two have as many leading bits in common as the two they stand for.

That is the property of Crypto-PAn (J. Xu, J. Fan, M. Ammar, S. Moon: Prefix-Preserving IP Address Anonymization, ICNP 2002): whether a bit
is turned over depends on a key and on the bits before it. Here BLAKE2s (RFC 7693) with a key is the pseudorandom function, and its 256 bits
decide the eight bits of one byte at once: they are the nodes of the tree of its prefixes.

Blocks that say what an address is for (private, link-local, multicast) stay where they are, so all prefixes of theirs do: an address just
beside a block keeps the bits that it has in common with it.
"""

from __future__ import annotations

from hashlib import blake2s
from ipaddress import ip_address, ip_network

KEPT = {
    4: ("10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/4"),
    6: ("::ffff:0:0/96", "64:ff9b::/96", "fc00::/7", "fe80::/10", "ff00::/8"),
}
"""Blocks whose addresses stay in them (IANA's registries of special-purpose addresses, RFC 6890)."""
UNCHANGED = {4: ("0.0.0.0/32", "127.0.0.0/8", "255.255.255.255/32"), 6: ("::/128", "::1/128")}
"""Those whose addresses name nobody, and stay as they are."""
WITH_IPV4 = ("::ffff:0:0/96", "64:ff9b::/96")
"""Blocks whose last 32 bits are an IPv4 address (RFC 4291 section 2.5.5.2, RFC 6052): it has the one that it has elsewhere."""


class PrefixMap:
    """One map of all addresses of one version of IP.

    Parameters
    ----------
    key
        At most 32 bytes; who has them can undo the map.
    version
        4 or 6.
    """

    def __init__(self, key: bytes, version: int) -> None:
        self._key, self._version = key, version
        self.bits = 32 if version == 4 else 128
        kept, same = (list(map(ip_network, table[version])) for table in (KEPT, UNCHANGED))
        blocks = [(int(one.network_address), one.prefixlen) for one in (*kept, *same)]
        self._paths = {(size, net >> (self.bits - size)) for net, most in blocks for size in range(most)}
        self._unchanged = [
            (self.bits - one.prefixlen, int(one.network_address) >> (self.bits - one.prefixlen)) for one in same
        ]
        self._trees: dict[bytes, bytes] = {}
        self._four = PrefixMap(key, 4) if version == 6 else None
        self._with_ipv4 = {int(ip_network(one).network_address) >> 32 for one in WITH_IPV4}

    def __call__(self, address: int) -> int:
        """The address that stands for one, both as numbers."""
        if any(address >> shift == prefix for shift, prefix in self._unchanged):
            return address
        if self._four and address >> 32 in self._with_ipv4:
            return address & ~0xFFFFFFFF | self._four(address & 0xFFFFFFFF)
        packed = address.to_bytes(self.bits // 8, "big")
        return address ^ int.from_bytes(self.turned(packed, at) for at in range(len(packed)))

    def turned(self, packed: bytes, at: int) -> int:
        """Which bits of byte ``at`` are turned over: each by those before it, the first by the bytes before it alone."""
        tree, byte, found = self.tree(packed[:at]), packed[at], 0
        above = int.from_bytes(packed[:at])
        for bit in range(8):
            before = byte >> (8 - bit)
            node = 1 << bit | before
            on_path = (8 * at + bit, above << bit | before) in self._paths
            found = found << 1 | (0 if on_path else tree[node >> 3] >> (node & 7) & 1)
        return found

    def tree(self, prefix: bytes) -> bytes:
        """A bit for each node of the tree of the byte that follows a prefix; node 1 is the root, those below n are 2n and 2n + 1."""
        found = self._trees.get(prefix)
        if found is None:
            person = b"tcpx-ip%d" % self._version
            found = self._trees[prefix] = blake2s(prefix, key=self._key, person=person).digest()
        return found


class Addresses:
    """Both versions' maps; addresses as texts, and as the words of a key (``wire.segment.Key``)."""

    def __init__(self, key: bytes) -> None:
        self._maps = {version: PrefixMap(key, version) for version in (4, 6)}
        self._known: dict[tuple[int, int], int] = {}
        self.real: dict[str, str] = {}
        """The address that each stands for, of those that were asked for as texts."""

    def number(self, version: int, address: int) -> int:
        """The number of the address that stands for one."""
        found = self._known.get((version, address))
        if found is None:
            found = self._known[version, address] = self._maps[version](address)
        return found

    def text(self, address: str) -> str:
        """The same as people write it; ValueError if it is no address."""
        real = ip_address(address)
        found = str(type(real)(self.number(real.version, int(real))))
        self.real[found] = address
        return found

    def words(self, version: int, high: int, low: int) -> tuple[int, int]:
        """The same as two signed 64-bit words, IPv4 in the second."""
        if version == 4:
            return 0, self.number(4, low & 0xFFFFFFFF)
        found = self.number(6, (high & WORD) << 64 | low & WORD)
        return signed(found >> 64), signed(found & WORD)

    def packed(self, address: bytes) -> bytes:
        """The same as 4 or 16 bytes in network order."""
        version = 4 if len(address) == 4 else 6
        return self.number(version, int.from_bytes(address, "big")).to_bytes(len(address), "big")


WORD = (1 << 64) - 1


def signed(word: int) -> int:
    """64 bits as a signed number."""
    return (word ^ 1 << 63) - (1 << 63)
