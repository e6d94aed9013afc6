"""Fields of many records as lists of numbers, whether the records are objects in a list or an array."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class Apart:
    """Fields of records, each as an array of its own when it is first asked for."""

    def __init__(self, records: Any) -> None:
        self._records = records

    def __getattr__(self, name: str) -> Any:
        column = self.column(name)
        setattr(self, name, column)
        return column

    def column(self, name: str) -> Any:
        """One field."""
        return self._records[name].copy()


class Picked(Apart):
    """The same of some records, those at ``places``."""

    def __init__(self, records: Any, places: Any) -> None:
        super().__init__(records)
        self._places = places

    def column(self, name: str) -> Any:
        """One field."""
        return self._records[name][self._places]


def distinct(values: Any) -> Any:
    """The different values of an array, sorted; ``numpy.unique`` would import numpy.ma, and be slow where they are many."""
    import numpy as np

    ordered = np.sort(values)
    new = np.ones(len(ordered), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    return ordered[new]


def column(records: Any, name: str, places: Sequence[int] | None = None) -> list[int]:
    """One field of all records, or of those at ``places``."""
    if isinstance(records, list):
        chosen: Iterable[Any] = records if places is None else (records[place] for place in places)
        return [getattr(one, name) for one in chosen]
    values = records[name] if places is None else records[name][places if hasattr(places, "dtype") else list(places)]
    return list(values.tolist())


def listed(values: Any) -> list[int]:
    """A list of Python's integers."""
    return values if isinstance(values, list) else list(values.tolist())


def put(records: Any, name: str, values: Mapping[int, int]) -> None:
    """Write a field of some records, by their places."""
    if isinstance(records, list):
        for place, value in values.items():
            setattr(records[place], name, value)
    elif values:
        records[name][list(values)] = list(values.values())


def endpoints(
    rows: Any, clients: Sequence[int], places: Sequence[int]
) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Client and server of connections: version, address as two words, port. ``clients``: which end of the key is the client."""
    fields = ("version", "low_hi", "low_lo", "low_port", "high_hi", "high_lo", "high_port")
    found = []
    for client, kind, *words in zip(clients, *(column(rows, name, places) for name in fields), strict=True):
        low, high = (kind, *words[:3]), (kind, *words[3:])
        found.append((low, high) if client == 0 else (high, low))
    return found
