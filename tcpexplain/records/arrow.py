"""Columns of tables as pyarrow's: what repeats stays in dictionaries, also within lists, so that writing it compares no words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpexplain.errors import TcpexplainError
from tcpexplain.records.joined import coded, numbers
from tcpexplain.records.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpexplain.records.tables import Column, Table


class Arrow:
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
        self.word = pa.dictionary(pa.int32(), pa.string())
        self.types = {
            "int": pa.int64(),
            "float": pa.float64(),
            "bool": pa.bool_(),
            "word": self.word,
            "words": pa.list_(self.word),
            "ints": pa.list_(pa.int64()),
            "time": pa.timestamp("ns", tz="UTC"),
        }

    def schema(self, what: str) -> Any:
        """The types of a table, whatever is in it."""
        return self.pa.schema([(name, self.types[kind]) for name, kind in TABLES[what].items()])

    def table(self, what: str, parts: Sequence[Table]) -> Any:
        """Parts of a table, one after the other, as one."""
        columns = [self.array([part[name] for part in parts]) for name in TABLES[what]]
        return self.pa.Table.from_arrays(columns, schema=self.schema(what))

    def array(self, parts: Sequence[Column]) -> Any:
        """Parts of a column as one array."""
        kind = parts[0].kind
        if kind == "word":
            return self.words(*coded(parts))
        if kind == "words":
            return self.lists(*coded(parts))
        if kind == "ints":
            return self.pa.array([value for part in parts for value in part.cells], self.types[kind])
        values, lacking = numbers(parts)
        return self.pa.array(values, self.types[kind], mask=lacking)

    def words(self, values: list[Any], codes: Any) -> Any:
        """A word of each row."""
        indices = self.pa.array(codes, mask=codes < 0)
        return self.pa.DictionaryArray.from_arrays(indices, self.pa.array(values, self.pa.string()))

    def lists(self, values: list[tuple[str, ...]], codes: Any) -> Any:
        """Several words of each row."""
        np = self.np
        known: dict[str, int] = {}
        longest = max((len(value) for value in values), default=0)
        table = np.full((len(values), longest), -1, np.int32)
        for row, value in enumerate(values):
            table[row, : len(value)] = [known.setdefault(word, len(known)) for word in value]
        ends = np.cumsum(np.array([len(value) for value in values], np.int32)[codes], dtype=np.int32)
        taken = table[codes].reshape(-1)
        words = self.words(list(known), taken[taken >= 0])
        return self.pa.ListArray.from_arrays(self.pa.array(np.concatenate((np.zeros(1, np.int32), ends))), words)
