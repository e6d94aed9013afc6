"""Fields of many records as lists of numbers, whether the records are objects in a list or an array."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def column(records: Any, name: str, places: Sequence[int] | None = None) -> list[int]:
    """One field of all records, or of those at ``places``."""
    if isinstance(records, list):
        chosen: Iterable[Any] = records if places is None else (records[place] for place in places)
        return [getattr(one, name) for one in chosen]
    values = records[name] if places is None else records[name][list(places)]
    return list(values.tolist())


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
