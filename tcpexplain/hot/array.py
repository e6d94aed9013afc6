"""What hot functions are given: arrays of records and of integers, and bytes. Plain code has lists for them, native code addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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


class Records(Protocol):
    """Records as objects in a list, or in an array: ``hot.columns`` asks both for their fields."""

    def __getitem__(self, index: Any, /) -> Any:
        """A record, or some of them; of an array also a column."""

    def __setitem__(self, index: Any, value: Any, /) -> None:
        """Put a record in its place."""

    def __len__(self) -> int:
        """How many there are."""


RecordArray: TypeAlias = "NDArray[np.void]"
"""Records in an array of numpy's."""
Integers: TypeAlias = "NDArray[np.int64]"
"""A column of one: a number a record."""
Column: TypeAlias = "list[int] | NDArray[np.int64]"
"""A number of each record, whether these are objects or in an array."""
Flags: TypeAlias = "NDArray[np.bool_]"
"""What is true of each."""
Octets: TypeAlias = "NDArray[np.uint8]"
"""The bytes of a file."""

Bytes: TypeAlias = bytes | bytearray | memoryview
"""What captures consist of; in native code, an array of numbers from 0 to 255."""
