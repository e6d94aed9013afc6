"""Asking for what will be needed soon, so that native code need not wait for memory when it comes to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array, Bytes

LINE = 64
"""Bytes of a line of the processor's cache."""


def fetch(array: Array[object] | Bytes, index: int) -> None:
    """Ask for ``array[index]``, all lines of it, without waiting; in plain code nothing."""
