"""Fields of many records as columns, whether the records are objects in a list or an array: here alone that is asked.

Who works on a few connections goes through lists, which needs no numpy; who works on many, through arrays (``worth_arrays``).
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any, cast

from tcpexplain.hot.mapped import are_few, column_of, field_of, file_of, let_go, pieces, put_at, records_of
from tcpexplain.hot.record import dtype

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from tcpexplain.hot.array import Column, Flags, Integers, RecordArray, Records
    from tcpexplain.hot.record import Record

MANY = 2000
"""Records from which on arrays are faster, numpy's import counted in."""
MIX = 0x9E3779B97F4A7C15
"""An odd number whose multiples spread over all bits of a word (2**64 divided by the golden ratio)."""
SIGNED_MIX = MIX - (1 << 64)
"""The same for words with a sign."""


def worth_arrays(records: Records) -> bool:
    """Whether to work on them as arrays: they are one, or many, and numpy is installed."""
    if not isinstance(records, list) or len(records) <= MANY:
        return not isinstance(records, list)
    from importlib.util import find_spec

    return find_spec("numpy") is not None


class Apart:
    """Fields of records, each as an array of its own when it is first asked for."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def __getattr__(self, name: str) -> Integers:
        column = self.column(name)
        setattr(self, name, column)
        return column

    def column(self, name: str) -> Integers:
        """One field."""
        return column_of(self._records, name)


class Picked(Apart):
    """The same of some records, those at ``places``."""

    def __init__(self, records: Records, places: Integers) -> None:
        super().__init__(records)
        self._places = places
        self._copies: Records | None = None

    def column(self, name: str) -> Integers:
        """One field. Of a piece of a table in a file, all fields are brought at once."""
        if self._copies is None and are_few(self._places) and file_of(self._records) is not None:
            self._copies = records_of(cast("RecordArray", self._records), self._places)
        if self._copies is None:
            return field_of(self._records, name, self._places)
        # A view of one field would hold all of them.
        copied_: Integers = self._copies[name].copy()
        return copied_


def as_array(records: Records) -> RecordArray:
    """The records in an array; of objects, which are at least one, copies."""
    if not isinstance(records, list):
        return cast("RecordArray", records)
    import numpy as np

    kind: type[Record] = type(records[0])
    return np.frombuffer(bytearray().join(records), dtype(kind))


def copied(records: Any) -> Any:
    """Records of their own with the same values."""
    return [copy(one) for one in records] if isinstance(records, list) else records.copy()


def taken(records: Records | Sequence[int], places: Sequence[int] | Integers) -> Any:
    """Some of the records, or of the values; an array where one of both is."""
    if isinstance(places, range):
        return records[places.start : places.stop]
    if hasattr(places, "dtype"):
        import numpy as np

        return np.asanyarray(records)[places]
    if isinstance(records, list | range):
        return [records[place] for place in places]
    return cast("RecordArray", records)[list(places)]


def of_each(said: Callable[..., Any], *tables: Records) -> Any:
    """What is said of each record, a list or an array; ``said`` is elementwise, as conditions are: operators, no branches."""
    if isinstance(tables[0], list):
        return [said(*one) for one in zip(*tables, strict=True)]
    parts = [part_said(said, [table[piece] for table in tables]) for piece in pieces(len(tables[0]))]
    return joined(parts) if parts else said(*map(Apart, tables))


def part_said(said: Callable[..., Any], tables: Sequence[Records]) -> Any:
    """What is said of a piece of some arrays, which leaves memory again if they lie in files."""
    found = said(*map(Apart, tables))
    let_go(*tables)
    return found


def joined(parts: Sequence[Any]) -> Any:
    """Columns of pieces as one."""
    import numpy as np

    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def places_where(said: Callable[..., Any], *tables: Records) -> list[int] | Integers:
    """The places at which something is said of records, a list or an array as these are."""
    if isinstance(tables[0], list):
        return true_places(of_each(said, *tables))
    import numpy as np

    found = (
        part_said(said, [table[piece] for table in tables]).nonzero()[0] + piece.start
        for piece in pieces(len(tables[0]))
    )
    return np.concatenate([np.zeros(0, np.int64), *(those for those in found if len(those))])


def true_places(column: list[int] | Integers | Flags) -> list[int]:
    """Where a column is true, or not 0."""
    if isinstance(column, list):
        return [place for place, true in enumerate(column) if true]
    return list(map(int, column.nonzero()[0]))


def places_among(values: Column, chosen: Collection[int]) -> list[int]:
    """Where a column has one of some values."""
    if isinstance(values, list):
        return [place for place, value in enumerate(values) if value in chosen]
    import numpy as np

    return true_places(np.isin(values, np.asarray(sorted(chosen), np.int64)))


def extent(values: Column) -> tuple[int, int]:
    """The least and the greatest."""
    return (min(values), max(values)) if isinstance(values, list) else (int(values.min()), int(values.max()))


def added(values: Column, others: Column) -> Any:
    """The sums, one by one."""
    if isinstance(values, list):
        return [one + other for one, other in zip(values, others, strict=True)]
    return values + others


def places_by_value(values: Column) -> dict[int, Any]:
    """The places of each different value, a list or an array as ``values`` is."""
    if not isinstance(values, list):
        return {one: (values == one).nonzero()[0] for one in distinct(values).tolist()}
    found: dict[int, list[int]] = {}
    for place, value in enumerate(values):
        found.setdefault(value, []).append(place)
    return found


def distinct(values: Column) -> Any:
    """The different values of a column, sorted; ``numpy.unique`` would import numpy.ma, and be slow where they are many."""
    if isinstance(values, list):
        return sorted(set(values))
    import numpy as np

    ordered = np.sort(values)
    new = np.ones(len(ordered), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    return ordered[new]


def column(records: Records, name: str, places: Sequence[int] | None = None) -> list[int]:
    """One field of all records, or of those at ``places``."""
    if isinstance(records, list):
        chosen: Iterable[Any] = records if places is None else (records[place] for place in places)
        return [getattr(one, name) for one in chosen]
    if places is None or (isinstance(places, range) and len(places) == len(records)):
        whole: list[int] = column_of(records, name).tolist()
        return whole
    import numpy as np

    some: list[int] = field_of(records, name, np.asarray(places, np.int64)).tolist()
    return some


def listed(values: Column) -> list[int]:
    """A list of Python's integers."""
    return values if isinstance(values, list) else list(values.tolist())


def put(records: Records, name: str, values: Mapping[int, int]) -> None:
    """Write a field of some records, by their places."""
    if isinstance(records, list):
        for place, value in values.items():
            setattr(records[place], name, value)
    elif values:
        import numpy as np

        put_at(cast("RecordArray", records), name, np.array(list(values), np.int64), np.array(list(values.values())))


def put_column(records: Records, name: str, values: Column) -> None:
    """Write a field of all records."""
    if isinstance(records, list):
        for one, value in zip(records, listed(values), strict=True):
            setattr(one, name, value)
    else:
        for piece in pieces(len(records)):
            records[piece][name] = values[piece]
            let_go(records)


def endpoints(
    rows: Records, clients: Sequence[int], places: Sequence[int]
) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Client and server of connections: version, address as two words, port. ``clients``: which end of the key is the client."""
    fields = ("version", "low_hi", "low_lo", "low_port", "high_hi", "high_lo", "high_port")
    found = []
    for client, kind, *words in zip(clients, *(column(rows, name, places) for name in fields), strict=True):
        low, high = (kind, *words[:3]), (kind, *words[3:])
        found.append((low, high) if client == 0 else (high, low))
    return found
