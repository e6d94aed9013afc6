"""Connections, events and segments as data frames of pandas and polars, with the columns of the CSV and Parquet reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpexplain.errors import TcpexplainError
from tcpexplain.tables.concatenate import coded, number_column, spaced
from tcpexplain.tables.schema import TABLES
from tcpexplain.tables.table import Column, tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tcpexplain.model.capture import Capture
    from tcpexplain.model.connection import Connection

OWN = ("community_id", "retry_because", "evidence")
"""Columns in which nearly every connection has a value of its own: text, not categories."""
LISTS = ("words", "ints")


def to_pandas(connections: Capture | Iterable[Connection], what: str) -> Any:
    """A ``pandas.DataFrame``; TE031 if pandas is not installed."""
    try:
        import pandas as pd
    except ImportError:
        raise missing("pandas") from None
    dtypes = {"int": "int64", "float": "float64", "bool": "bool", "time": "datetime64[ns, UTC]"}

    def series(name: str, parts: list[Column]) -> Any:
        kind = TABLES[what][name]
        if kind in dtypes:
            values, lacking = number_column(parts)
            if lacking is None:
                return pd.Series(values, dtype=dtypes[kind])
            return pd.Series(values, dtype=dtypes[kind] if kind == "time" else "Int64").mask(lacking)
        known, codes = coded([spaced(part) for part in parts] if kind in LISTS else parts)
        # Categories are text also where all values are missing.
        order = pd.Index(known, dtype="str")
        found = pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(order)).reorder_categories(
            order.sort_values()
        )
        return pd.Series(found).astype("str") if name in OWN else pd.Series(found)

    return pd.DataFrame({name: series(name, parts) for name, parts in frame_columns(connections, what).items()})


def to_polars(connections: Capture | Iterable[Connection], what: str) -> Any:
    """A ``polars.DataFrame``; TE031 if polars is not installed."""
    try:
        import polars as pl
    except ImportError:
        raise missing("polars") from None
    types: dict[str, Any] = {
        "int": pl.Int64, "float": pl.Float64, "bool": pl.Boolean, "word": pl.Categorical, "words": pl.List(pl.String),
        "ints": pl.List(pl.Int64), "time": pl.Datetime("ns", "UTC"),
    }  # fmt: skip

    def series(name: str, parts: list[Column]) -> Any:
        kind = TABLES[what][name]
        if kind in ("word", *LISTS):
            known, codes = coded(parts)
            found = pl.Series(known, dtype=types[kind] if kind in LISTS else pl.String).cast(types[kind])
            return found.gather(pl.Series([None if code < 0 else code for code in codes.tolist()], dtype=pl.UInt32))
        values, lacking = number_column(parts)
        found = pl.Series(values).cast(types[kind])
        return found if lacking is None else found.zip_with(~pl.Series(lacking), found.clear(len(found)))

    return pl.DataFrame({name: series(name, parts) for name, parts in frame_columns(connections, what).items()})


def frame_columns(connections: Capture | Iterable[Connection], what: str) -> dict[str, list[Column]]:
    """The parts of each column; ValueError if there is no such table."""
    if what not in TABLES:
        raise ValueError(f"there is no table {what!r}; there are {', '.join(TABLES)}")
    parts = list(tables(connections, what))
    return {name: [part[name] for part in parts] or [Column(kind, [])] for name, kind in TABLES[what].items()}


def missing(package: str) -> TcpexplainError:
    """TE031."""
    return TcpexplainError(
        f"a {package} data frame needs {package}, and it is not installed",
        code="TE031",
        help=f"pip install 'tcpexplain[{package}]'   or   tcpexplain capture.pcap -o table.csv",
        exit_status=3,
    )
