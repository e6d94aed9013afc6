"""Sequence number arithmetic modulo 2**32 (RFC 9293 section 3.4).

Every function takes numbers in any representation that is right modulo 2**32: as they stand in the header, or as the
signed 32-bit integers in which the native loops store them.
"""

from __future__ import annotations

BEYOND = 1 << 30
"""An ACK field further ahead than this is old or forged, no sign that the capture missed bytes."""


def offset(a: int, b: int) -> int:
    """How far ``a`` lies after ``b``, from -2**31 to 2**31 - 1; negative when it lies before."""
    return ((a - b + 0x80000000) & 0xFFFFFFFF) - 0x80000000


def same(a: int, b: int) -> bool:
    """Whether ``a`` and ``b`` are one number."""
    return ((a - b) & 0xFFFFFFFF) == 0


def later(a: int, b: int) -> int:
    """The one that lies after the other."""
    return a if offset(a, b) > 0 else b
