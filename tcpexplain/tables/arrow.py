"""Columns of tables as pyarrow's: words stay in dictionaries, so that writing them compares none.

Arrays are made of buffers: ``pyarrow.array`` would import pandas, to ask whether what it is given is a series.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpexplain.errors import TcpexplainError
from tcpexplain.tables.concatenate import cells_chosen, number_column, numbered, spaced
from tcpexplain.tables.schema import MAY_LACK, TABLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpexplain.tables.table import Column, Table


class ArrowTables:
    """Makes pyarrow tables; TE031 if pyarrow is not installed."""

    def __init__(self) -> None:
        try:
            import numpy as np
            import pyarrow as pa
            from pyarrow import parquet
        except ImportError:
            help_ = "pip install 'tcpexplain[parquet]'   or write .csv"
            raise TcpexplainError(
                "Parquet needs pyarrow, and it is not installed", code="TE031", help=help_, exit_status=3
            ) from None
        self.np, self.pa, self.parquet = np, pa, parquet
        word = pa.dictionary(pa.int32(), pa.string())
        self.types = {
            "int": pa.int64(),
            "float": pa.float64(),
            "bool": pa.bool_(),
            "word": word,
            "words": word,
            "ints": pa.list_(pa.int64()),
            "time": pa.timestamp("ns", tz="UTC"),
        }

    def schema(self, what: str) -> Any:
        """The types of a table, whatever is in it."""
        return self.pa.schema(
            [self.pa.field(name, self.types[kind], nullable=name in MAY_LACK) for name, kind in TABLES[what].items()]
        )

    def table(self, what: str, parts: Sequence[Table]) -> Any:
        """Parts of a table, one after the other, as one."""
        # Most columns of events choose by the same numbers, which are put together once.
        shared: dict[tuple[int, ...], Any] = {}
        columns = [self.array([part[name] for part in parts], shared) for name in TABLES[what]]
        return self.pa.Table.from_arrays(columns, schema=self.schema(what))

    def array(self, parts: Sequence[Column], shared: dict[tuple[int, ...], Any]) -> Any:
        """Parts of a column as one array; ``shared``: what ``cells_chosen`` says of parts that choose by the same arrays."""
        kind = parts[0].kind
        if kind in ("word", "words"):
            same = tuple(id(part.which) for part in parts)
            if same not in shared:
                shared[same] = cells_chosen(parts)
            return self.words(*numbered(parts if kind == "word" else [spaced(part) for part in parts]), shared[same])
        if kind == "ints":
            cells = [cell for part in parts for cell in part.cells]
            flat = self.np.array([number for cell in cells for number in cell], self.np.int64)
            return self.listed(self.ends([len(cell) for cell in cells]), self.fixed(flat, self.pa.int64()))
        values, lacking = number_column(parts)
        return self.fixed(values, self.types[kind], lacking)

    def fixed(self, values: Any, kind: Any, lacking: Any = None) -> Any:
        """Numbers; ``lacking`` tells which are missing."""
        known = None if lacking is None or not lacking.any() else self.bits(~lacking)
        data = self.bits(values) if values.dtype == bool else self.pa.py_buffer(self.np.ascontiguousarray(values))
        return self.pa.Array.from_buffers(kind, len(values), [known, data])

    def bits(self, flags: Any) -> Any:
        """Flags, eight in a byte."""
        return self.pa.py_buffer(self.np.packbits(flags, bitorder="little"))

    def words(self, values: Sequence[str], cells: Any, which: Any) -> Any:
        """A word of each row, that of the cell ``which`` says: one of ``values``, none where the cell is -1."""
        ends = self.ends([len(value.encode()) for value in values])
        known = self.pa.Array.from_buffers(
            self.pa.string(), len(values), [None, self.pa.py_buffer(ends), self.pa.py_buffer("".join(values).encode())]
        )
        codes = cells if which is None else cells.take(which)
        indices = self.fixed(codes, self.pa.int32(), codes < 0 if (cells < 0).any() else None)
        return self.pa.DictionaryArray.from_arrays(indices, known, safe=False)

    def listed(self, ends: Any, values: Any) -> Any:
        """Lists of values, one after the other; ``ends``: see there."""
        offsets = self.pa.Array.from_buffers(self.pa.int32(), len(ends), [None, self.pa.py_buffer(ends)])
        return self.pa.ListArray.from_arrays(offsets, values)

    def ends(self, lengths: Sequence[int]) -> Any:
        """Where each begins, and where the last one ends."""
        found = self.np.zeros(len(lengths) + 1, self.np.int32)
        self.np.cumsum(lengths, out=found[1:])
        return found
