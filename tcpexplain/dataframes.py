"""Connections, events and segments as data frames of pandas and polars, with the columns of the CSV and Parquet reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpexplain.errors import TcpexplainError
from tcpexplain.reports.table import TABLES, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tcpexplain.capture import Connection

MISSING_INTEGERS = ("ack", "window")
"""Integer columns in which a value may be missing: in pandas only the extension type Int64 holds those."""

OWN = ("community_id", "retry_because", "evidence")
"""Columns in which nearly every connection has a value of its own: text, not categories."""


def to_pandas(connections: Iterable[Connection], what: str) -> Any:
    """A ``pandas.DataFrame``; TE031 if pandas is not installed."""
    try:
        import pandas as pd
    except ImportError:
        raise missing("pandas") from None
    kinds = columns(what)
    cells = gathered(connections, what)
    dtypes = {"int": "int64", "float": "float64", "bool": "bool", "time": "datetime64[ns, UTC]"}

    def series(name: str, kind: str) -> Any:
        values = cells[name]
        if kind in ("words", "ints"):
            values = [" ".join(str(item) for item in value) for value in values]
        if name in OWN:
            return pd.Series(values, dtype="str")
        if kind in dtypes:
            return pd.Series(values, dtype="Int64" if name in MISSING_INTEGERS else dtypes[kind])
        # Categories are text also where all values are missing.
        known = pd.Index(sorted({value for value in values if value is not None}), dtype="str")
        return pd.Series(values, dtype=pd.CategoricalDtype(known))

    return pd.DataFrame({name: series(name, kind) for name, kind in kinds.items()})


def to_polars(connections: Iterable[Connection], what: str) -> Any:
    """A ``polars.DataFrame``; TE031 if polars is not installed."""
    try:
        import polars as pl
    except ImportError:
        raise missing("polars") from None
    kinds = columns(what)
    cells = gathered(connections, what)
    types: dict[str, Any] = {
        "int": pl.Int64, "float": pl.Float64, "bool": pl.Boolean, "word": pl.Categorical, "words": pl.List(pl.String),
        "ints": pl.List(pl.Int64), "time": pl.Datetime("ns", "UTC"),
    }  # fmt: skip

    def series(name: str, kind: str) -> Any:
        if kind == "time":
            return pl.Series(cells[name], dtype=pl.Int64).cast(types[kind])
        return pl.Series(cells[name], dtype=pl.String if kind == "word" and name in OWN else types[kind])

    return pl.DataFrame({name: series(name, kind) for name, kind in kinds.items()})


def columns(what: str) -> dict[str, str]:
    """Names and kinds; ValueError if there is no such table."""
    if what not in TABLES:
        raise ValueError(f"there is no table {what!r}; there are {', '.join(TABLES)}")
    return TABLES[what]


def gathered(connections: Iterable[Connection], what: str) -> dict[str, list[Any]]:
    """Column by column."""
    cells: dict[str, list[Any]] = {name: [] for name in columns(what)}
    for row in rows_of(connections, what):
        for name, value in row.items():
            cells[name].append(value)
    return cells


def missing(package: str) -> TcpexplainError:
    """TE031."""
    return TcpexplainError(
        f"a {package} data frame needs {package}, and it is not installed",
        code="TE031",
        help=f"pip install 'tcpexplain[{package}]'   or   tcpexplain capture.pcap -o table.csv",
        exit_status=3,
    )
