"""Fixed rows of big-endian words, as the headers of IPv4, IPv6 and TCP lay them out.

Every loader is called as ``load(buffer, at)`` and returns a tuple. In plain mode it is a ``struct`` method, the fastest
way from bytes to integers in CPython; compiled code calls the function of the same name in ``ARRAY`` instead, which reads
a uint8 array and gives the same numbers. The caller has checked that the bytes are there.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

load16 = Struct(">H").unpack_from
load32 = Struct(">I").unpack_from
load32x3 = Struct(">III").unpack_from
load_typed_ipv4_tcp = Struct(">HBxHHHBBxxIIHHIIBBH").unpack_from
"""An EtherType, then what ``load_ipv4`` and ``load_tcp`` read of the two headers that stand behind it."""
load_ipv4 = Struct(">BxHHHBBxxII").unpack_from
"""Version and header length, total length, identification, fragment word, TTL, protocol, source, destination."""
load_ipv6 = Struct(">4xHBBqqqq").unpack_from
"""Payload length, next header, hop limit, source and destination as two signed words each."""
load_tcp = Struct(">HHIIBBH").unpack_from
"""Ports of source and destination, sequence and acknowledgment number, data offset byte, flags, window."""
little32x4 = Struct("<IIII").unpack_from
big32x4 = Struct(">IIII").unpack_from
"""Four unsigned words in the byte order of the machine that wrote the file."""


def signed(byte: Any) -> int:
    """A byte of an array as a signed word: numba would shift it as an unsigned one, which mixed with signed ones is a float."""
    return byte | 0  # type: ignore[no-any-return]


def array16(b: Any, i: int) -> tuple[int]:
    """Read what ``load16`` reads."""
    return ((signed(b[i]) << 8) | b[i + 1],)


def array32(b: Any, i: int) -> tuple[int]:
    """Read what ``load32`` reads."""
    return ((signed(b[i]) << 24) | (signed(b[i + 1]) << 16) | (signed(b[i + 2]) << 8) | b[i + 3],)


def array64(b: Any, i: int) -> int:
    """Eight bytes as a signed word: the top byte's bits beyond the sign fall off in 64-bit arithmetic."""
    return int(
        (signed(b[i]) << 56)
        | (signed(b[i + 1]) << 48)
        | (signed(b[i + 2]) << 40)
        | (signed(b[i + 3]) << 32)
        | (signed(b[i + 4]) << 24)
        | (signed(b[i + 5]) << 16)
        | (signed(b[i + 6]) << 8)
        | b[i + 7]
    )


def array32x3(b: Any, i: int) -> tuple[int, int, int]:
    """Read what ``load32x3`` reads."""
    return array32(b, i)[0], array32(b, i + 4)[0], array32(b, i + 8)[0]


def array_ipv4(b: Any, i: int) -> tuple[int, int, int, int, int, int, int, int]:
    """Read what ``load_ipv4`` reads."""
    return (
        b[i] | 0, array16(b, i + 2)[0], array16(b, i + 4)[0], array16(b, i + 6)[0],
        b[i + 8] | 0, b[i + 9] | 0, array32(b, i + 12)[0], array32(b, i + 16)[0],
    )  # fmt: skip


def array_ipv6(b: Any, i: int) -> tuple[int, int, int, int, int, int, int]:
    """Read what ``load_ipv6`` reads."""
    return (
        array16(b, i + 4)[0],
        b[i + 6] | 0,
        b[i + 7] | 0,
        array64(b, i + 8),
        array64(b, i + 16),
        array64(b, i + 24),
        array64(b, i + 32),
    )


def array_tcp(b: Any, i: int) -> tuple[int, int, int, int, int, int, int]:
    """Read what ``load_tcp`` reads."""
    return (
        array16(b, i)[0],
        array16(b, i + 2)[0],
        array32(b, i + 4)[0],
        array32(b, i + 8)[0],
        b[i + 12] | 0,
        b[i + 13] | 0,
        array16(b, i + 14)[0],
    )


def array_typed_ipv4_tcp(
    b: Any, i: int
) -> tuple[int, int, int, int, int, int, int, int, int, int, int, int, int, int, int, int]:
    """Read what ``load_typed_ipv4_tcp`` reads."""
    return (
        array16(b, i)[0], b[i + 2] | 0, array16(b, i + 4)[0], array16(b, i + 6)[0], array16(b, i + 8)[0],
        b[i + 10] | 0, b[i + 11] | 0, array32(b, i + 14)[0], array32(b, i + 18)[0],
        array16(b, i + 22)[0], array16(b, i + 24)[0], array32(b, i + 26)[0], array32(b, i + 30)[0],
        b[i + 34] | 0, b[i + 35] | 0, array16(b, i + 36)[0],
    )  # fmt: skip


def array_little32(b: Any, i: int) -> int:
    """Four bytes, the least first."""
    return int(b[i] | (signed(b[i + 1]) << 8) | (signed(b[i + 2]) << 16) | (signed(b[i + 3]) << 24))


def array_little32x4(b: Any, i: int) -> tuple[int, int, int, int]:
    """Read what ``little32x4`` reads."""
    return array_little32(b, i), array_little32(b, i + 4), array_little32(b, i + 8), array_little32(b, i + 12)


def array_big32x4(b: Any, i: int) -> tuple[int, int, int, int]:
    """Read what ``big32x4`` reads."""
    return array32(b, i)[0], array32(b, i + 4)[0], array32(b, i + 8)[0], array32(b, i + 12)[0]


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
"""What each loader is in compiled code."""
