"""Parts of a column as one, in arrays."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from tcpexplain.tables.table import Column

DTYPES = {"int": "int64", "time": "int64", "float": "float64", "bool": "bool"}


def spaced(part: Column) -> Column:
    """Several values in a cell as one text."""
    return replace(part, kind="word", cells=[" ".join(map(str, cell)) for cell in part.cells])


def coded(parts: Sequence[Column]) -> tuple[list[Any], NDArray[np.int32]]:
    """The different values of a column of words or lists, and which of them each row has; -1: it is missing."""
    known, cells = numbered(parts)
    which = cells_chosen(parts)
    return known, cells if which is None else cells.take(which)


def numbered(parts: Sequence[Column]) -> tuple[list[Any], NDArray[np.int32]]:
    """The different values of a column of words or lists, and which of them each cell of the parts is; -1: it is missing."""
    import numpy as np

    known: dict[Any, int] = {}
    codes = [
        -1 if value is None else known.setdefault(value, len(known)) for part in parts for value in part.cells
    ]  # fmt: skip
    return list(known), np.array(codes, np.int32)


def cells_chosen(parts: Sequence[Column]) -> Any:
    """Which cell of the parts each row has; None if each has its own."""
    import numpy as np

    if parts[0].which is None:
        return None
    if len(parts) == 1:
        return np.asarray(parts[0].which, np.int64)
    before = np.cumsum([0] + [len(part.cells) for part in parts])
    return np.concatenate(
        [np.asarray(part.which, np.int64) + first for part, first in zip(parts, before.tolist(), strict=False)]
    )


def number_column(parts: Sequence[Column]) -> tuple[Any, Any]:
    """The values of a column of numbers, and where they are missing (None: nowhere, and they cannot be)."""
    import numpy as np

    missing, values = parts[0].missing, []
    for part in parts:
        found = part.cells if part.which is None else np.array(part.cells, DTYPES[part.kind]).take(part.which)
        if not isinstance(found, np.ndarray):
            none = -1 if missing is None else missing
            found = np.array([none if value is None else value for value in found], DTYPES[part.kind])
        values.append(found.astype(DTYPES[part.kind], copy=False))
    every = values[0] if len(values) == 1 else np.concatenate(values)
    return every, every == missing if missing is not None else None
