"""Write pcapng files, block by block (draft-ietf-opsawg-pcapng): sections, interfaces, names, packets, each with comments."""

from __future__ import annotations

from ipaddress import ip_address
from struct import pack
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SECTION, INTERFACE, NAMES, STATISTICS, PACKET = 0x0A0D0D0A, 1, 4, 5, 6
"""Block types."""
COMMENT, APPLICATION, DESCRIPTION, RESOLUTION = 1, 4, 3, 9
"""Options: ``opt_comment``, ``shb_userappl``, ``if_description``, ``if_tsresol``."""
BYTE_ORDER = 0x1A2B3C4D
NANOSECONDS = b"\x09"
LONGEST = 60_000
"""Bytes of one comment; the format has 16 bits for its length."""


class PcapngWriter:
    """A pcapng file of one section, in little-endian order, its times in nanoseconds."""

    def __init__(self, file: BinaryIO, comments: Iterable[str], application: str) -> None:
        self._file = file
        self._interfaces = 0
        options = [*(option(COMMENT, text) for text in comments), option(APPLICATION, application)]
        self._block(SECTION, pack("<IHHq", BYTE_ORDER, 1, 0, -1), options)

    def interface(self, link_type: int, description: str) -> int:
        """Add an interface with the number of its link type; its number in this file."""
        options = [option(DESCRIPTION, description), option(RESOLUTION, NANOSECONDS)]
        self._block(INTERFACE, pack("<HHI", link_type, 0, 0), options)
        self._interfaces += 1
        return self._interfaces - 1

    def names(self, names: Mapping[str, str]) -> None:
        """Give names to addresses."""
        records = b"".join(record(address, name) for address, name in names.items())
        self._block(NAMES, records + pack("<HH", 0, 0), [])

    def statistics(self, interface: int, time: int, comment: str) -> None:
        """Add statistics of an interface that have none, for the sake of their comment."""
        self._block(STATISTICS, pack("<III", interface, time >> 32, time & 0xFFFFFFFF), [option(COMMENT, comment)])

    def packet(self, interface: int, time: int, data: bytes, wire: int, comments: Sequence[str] = ()) -> None:
        """Add a packet: nanoseconds since 1970, the bytes captured, and how many there were on the wire."""
        head = pack("<IIIII", interface, time >> 32, time & 0xFFFFFFFF, len(data), wire)
        self._block(PACKET, head + padded(data), [option(COMMENT, text) for text in comments])

    def _block(self, kind: int, body: bytes, options: Sequence[bytes]) -> None:
        """A block; its options, if it has any, end with an empty one."""
        content = body + (b"".join(options) + pack("<HH", 0, 0) if options else b"")
        length = pack("<I", len(content) + 12)
        self._file.write(pack("<I", kind) + length + content + length)


def padded(data: bytes) -> bytes:
    """Filled up to a whole number of 32-bit words."""
    return data + bytes(-len(data) % 4)


def option(code: int, value: str | bytes) -> bytes:
    """An option; a text that is too long is cut."""
    data = value if isinstance(value, bytes) else value.encode()[:LONGEST].decode(errors="ignore").encode()
    return pack("<HH", code, len(data)) + padded(data)


def record(address: str, name: str) -> bytes:
    """What a name resolution block says of one address."""
    packed = ip_address(address.partition("%")[0]).packed
    data = packed + name.encode() + b"\0"
    return pack("<HH", 1 if len(packed) == 4 else 2, len(data)) + padded(data)
