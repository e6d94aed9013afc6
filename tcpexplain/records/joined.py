"""Parts of a column as one, in arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpexplain.records.tables import Column

DTYPES = {"int": "int64", "time": "int64", "float": "float64", "bool": "bool"}


def coded(parts: Sequence[Column]) -> tuple[list[Any], Any]:
    """The different values of a column of words or lists, and which of them each row has; -1: it is missing."""
    import numpy as np

    known: dict[Any, int] = {}
    codes = []
    for part in parts:
        places = [-1 if value is None else known.setdefault(value, len(known)) for value in part.cells]
        found = np.array(places, np.int64)
        codes.append(found if part.which is None else found.take(part.which))
    return list(known), codes[0] if len(codes) == 1 else np.concatenate(codes)


def numbers(parts: Sequence[Column]) -> tuple[Any, Any]:
    """The values of a column of numbers, and where they are missing (None: nowhere, and they cannot be)."""
    import numpy as np

    values, lacking = [], []
    for part in parts:
        missing = -1 if part.missing is None else part.missing
        found = part.cells if part.which is None else np.array(part.cells, DTYPES[part.kind]).take(part.which)
        if not isinstance(found, np.ndarray):
            found = np.array([missing if value is None else value for value in found], DTYPES[part.kind])
        values.append(found.astype(DTYPES[part.kind], copy=False))
        lacking.append(found == missing)
    return np.concatenate(values), np.concatenate(lacking) if parts[0].missing is not None else None
