"""Fixed rows of big-endian words, as the headers of IPv4, IPv6 and TCP lay them out.

Every loader is called as ``load(buffer, at)`` and returns a tuple. In plain mode it is a ``struct`` method, the fastest
way from bytes to integers in CPython; native code calls the function of the same name in ``ARRAY`` instead, which reads
a uint8 array and gives the same numbers. The caller has checked that the bytes are there.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from tcpexplain.hot.array import Bytes

load16 = Struct(">H").unpack_from
load32 = Struct(">I").unpack_from
load32x3 = Struct(">III").unpack_from
load_typed_ipv4_tcp = Struct(">HBxHHHBBxxIIHHIIBBH").unpack_from
"""An EtherType, then what ``load_ipv4`` and ``load_tcp`` read of the two headers that stand behind it."""
load_typed_ipv4_flow_tcp = Struct(">HBxHHHBBxx12sIIBBH").unpack_from
"""The same with addresses and ports as bytes; for plain code only."""
load_ipv4 = Struct(">BxHHHBBxxII").unpack_from
"""Version and header length, total length, identification, fragment word, TTL, protocol, source, destination."""
load_ipv6 = Struct(">4xHBBqqqq").unpack_from
"""Payload length, next header, hop limit, source and destination as two signed words each."""
load_tcp = Struct(">HHIIBBH").unpack_from
"""Ports of source and destination, sequence and acknowledgment number, data offset byte, flags, window."""
little32x4 = Struct("<IIII").unpack_from
big32x4 = Struct(">IIII").unpack_from
"""Four unsigned words in the byte order of the machine that wrote the file."""


def big(b: Any, i: int, size: int) -> int:
    """``size`` bytes as an unsigned word, the greatest first; a signed one if they are 8. Compiled: one load (``hot.intrinsics``)."""
    return int.from_bytes(bytes(b[i : i + size]), "big", signed=size == 8)


def little(b: Any, i: int, size: int) -> int:
    """The same, the least first."""
    return int.from_bytes(bytes(b[i : i + size]), "little", signed=size == 8)


def array16(b: Bytes, i: int) -> tuple[int]:
    """Read what ``load16`` reads."""
    return (big(b, i, 2),)


def array32(b: Bytes, i: int) -> tuple[int]:
    """Read what ``load32`` reads."""
    return (big(b, i, 4),)


def array32x3(b: Bytes, i: int) -> tuple[int, int, int]:
    """Read what ``load32x3`` reads."""
    return big(b, i, 4), big(b, i + 4, 4), big(b, i + 8, 4)


def array_ipv4(b: Bytes, i: int) -> tuple[int, int, int, int, int, int, int, int]:
    """Read what ``load_ipv4`` reads."""
    return (
        b[i] | 0, big(b, i + 2, 2), big(b, i + 4, 2), big(b, i + 6, 2),
        b[i + 8] | 0, b[i + 9] | 0, big(b, i + 12, 4), big(b, i + 16, 4),
    )  # fmt: skip


def array_ipv6(b: Bytes, i: int) -> tuple[int, int, int, int, int, int, int]:
    """Read what ``load_ipv6`` reads."""
    return (
        big(b, i + 4, 2),
        b[i + 6] | 0,
        b[i + 7] | 0,
        big(b, i + 8, 8),
        big(b, i + 16, 8),
        big(b, i + 24, 8),
        big(b, i + 32, 8),
    )


def array_tcp(b: Bytes, i: int) -> tuple[int, int, int, int, int, int, int]:
    """Read what ``load_tcp`` reads."""
    return (
        big(b, i, 2),
        big(b, i + 2, 2),
        big(b, i + 4, 4),
        big(b, i + 8, 4),
        b[i + 12] | 0,
        b[i + 13] | 0,
        big(b, i + 14, 2),
    )


def array_typed_ipv4_tcp(
    b: Bytes, i: int
) -> tuple[int, int, int, int, int, int, int, int, int, int, int, int, int, int, int, int]:
    """Read what ``load_typed_ipv4_tcp`` reads."""
    return (
        big(b, i, 2), b[i + 2] | 0, big(b, i + 4, 2), big(b, i + 6, 2), big(b, i + 8, 2),
        b[i + 10] | 0, b[i + 11] | 0, big(b, i + 14, 4), big(b, i + 18, 4),
        big(b, i + 22, 2), big(b, i + 24, 2), big(b, i + 26, 4), big(b, i + 30, 4),
        b[i + 34] | 0, b[i + 35] | 0, big(b, i + 36, 2),
    )  # fmt: skip


def array_little32x4(b: Bytes, i: int) -> tuple[int, int, int, int]:
    """Read what ``little32x4`` reads."""
    return little(b, i, 4), little(b, i + 4, 4), little(b, i + 8, 4), little(b, i + 12, 4)


def array_big32x4(b: Bytes, i: int) -> tuple[int, int, int, int]:
    """Read what ``big32x4`` reads."""
    return big(b, i, 4), big(b, i + 4, 4), big(b, i + 8, 4), big(b, i + 12, 4)


ARRAY: dict[str, Callable[[Any, int], Any]] = {
    "load16": array16,
    "load32": array32,
    "load32x3": array32x3,
    "load_typed_ipv4_tcp": array_typed_ipv4_tcp,
    "load_ipv4": array_ipv4,
    "load_ipv6": array_ipv6,
    "load_tcp": array_tcp,
    "little32x4": array_little32x4,
    "big32x4": array_big32x4,
}
"""What each loader is in native code."""
