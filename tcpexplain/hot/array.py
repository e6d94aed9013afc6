"""What hot functions are given: arrays of records and of integers, and bytes. Plain code has lists for them, native code addresses."""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias, TypeVar

Element_co = TypeVar("Element_co", covariant=True)


class Array(Protocol[Element_co]):
    """Elements that are read and written in place: ``list``, or a numpy array.

    To put a record into an array of the library copies it; into a list, it is the same record in two places.
    """

    def __getitem__(self, index: Any, /) -> Element_co:
        """One element."""

    def __setitem__(self, index: Any, value: Any, /) -> None:
        """Put an element in its place."""

    def __len__(self) -> int:
        """How many there are."""


Bytes: TypeAlias = bytes | bytearray | memoryview
"""What captures consist of; in native code, an array of numbers from 0 to 255."""
