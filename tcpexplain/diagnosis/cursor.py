"""Records of an array, read one after the other as if each were an object: a field becomes a list when it is first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpexplain.machine.facts import EndFacts, Facts

if TYPE_CHECKING:
    from collections.abc import Callable

    from tcpexplain.hot.array import Records


class FieldLists(dict[str, list[int]]):
    """Fields of records as lists of Python's integers."""

    def __init__(self, records: Records) -> None:
        super().__init__()
        self.records = records

    def __missing__(self, name: str) -> list[int]:
        found: list[int] = self.records[name].tolist()
        self[name] = found
        return found


class Cursor:
    """One record at a time: the one at place ``at``."""

    __slots__ = ("at", "lists")

    def __init__(self, records: Records) -> None:
        self.lists, self.at = FieldLists(records), 0


def field(name: str) -> property:
    """An attribute that is a field of the record the cursor is at."""
    get: Callable[[Any], int] = lambda cursor: cursor.lists[name][cursor.at]  # noqa: E731 (a property of its own for every name)
    return property(get)


FactsCursor = type("FactsCursor", (Cursor,), {"__slots__": (), **{name: field(name) for name, _ in Facts.FIELDS}})
"""See ``machine.facts.Facts``."""
EndCursor = type("EndCursor", (Cursor,), {"__slots__": (), **{name: field(name) for name, _ in EndFacts.FIELDS}})
"""See ``machine.facts.EndFacts``."""
